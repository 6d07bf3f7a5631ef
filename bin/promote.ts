// `sapphire promote`: may this config trade real money? Every gate with its number, and where all pass a
// promotion signed by the operator. Where one does not pass nothing is written, and the exit code is 4.

import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { InputError, nearest, type Problem } from '../engine/errors.ts';
import type { Promotion, PromotionBody, PromotionGate } from '../live/promotion/document.ts';
import type { PromotedLimits } from '../live/promotion/limits.ts';
import { DEFAULT_DB, examples } from './flags.ts';
import { type Environment, painter, printJson, shellWord } from './output.ts';
import { collect } from './venue-flags.ts';

interface PromoteFlags {
  readonly trial?: string;
  readonly verdict?: string;
  readonly venue?: string;
  readonly fallback?: readonly string[];
  readonly capital?: string;
  readonly maxDrawdown?: string;
  readonly stages?: string;
  readonly stageDays?: string;
  readonly days?: string;
  readonly key?: string;
  readonly newKey?: string | true;
  readonly limit?: readonly string[];
  readonly override?: readonly string[];
  readonly why?: readonly string[];
  readonly db?: string;
  readonly out?: string;
  readonly json?: boolean;
}

const STAGES = '0.1,0.5,1';
const STAGE_DAYS = 7;
const VALID_DAYS = 30;
const MOST_DAYS = 365;

export function register(program: Command): void {
  program
    .command('promote')
    .argument('[run]', 'folder of the backtest, the first letters of its digest, latest, latest~1')
    .description('check a config against the gates and sign it for live trading')
    .option('--trial <dir>', 'folder of its paper trial')
    .option('--verdict <dir>', 'verdict.json of its sweep or walk-forward, or the folder of it')
    .option('--venue <name>', 'where it may trade')
    .option(
      '--fallback <name>',
      'where entries go that the venues before certainly did not take, with what it may trade with there: hyperliquid=250; may be repeated',
      collect,
    )
    .option('--capital <usd>', 'what it may trade with at --venue, all stages done')
    .option('--max-drawdown <fraction>', 'share of all capital after which trading halts')
    .option('--stages <list>', `shares of the capital, one after another (${STAGES})`)
    .option('--stage-days <number>', `clean days at a stage before the next (${STAGE_DAYS})`)
    .option('--days <number>', `days until the promotion ends (${VALID_DAYS})`)
    .option(
      '--limit <name=value>',
      'guard.collar=0.01, watchdog.measure=flatten, ...; may be repeated',
      collect,
    )
    .option('--override <gate>', 'go on although this gate did not pass; may be repeated', collect)
    .option('--why <text>', 'the reason, one for each --override; kept and shown', collect)
    .option('--key <file>', "the operator's private key (SAPPHIRE_OPERATOR_KEY)")
    .option('--new-key [file]', 'make a key pair there, and do nothing else')
    .option('--db <file>', `store on which the backtest is run again (${DEFAULT_DB})`)
    .option('--out <file>', 'where the promotion goes (runs/promotions/...)')
    .option('--json', 'print one JSON document on stdout')
    .addHelpText(
      'after',
      examples(
        ['sapphire promote --new-key', 'once, on a machine that does not trade'],
        [
          'sapphire promote runs/2026... --verdict wf --trial sessions/first --venue aster --capital 500 --max-drawdown 0.05',
          'and --fallback hyperliquid=250 for a second venue',
        ],
      ),
    )
    .action(promote);
}

async function promote(run: string | undefined, flags: PromoteFlags): Promise<void> {
  if (flags.newKey !== undefined) return makeOperatorKey(flags);
  const wish = await wishOf(run, flags);
  const { gather } = await import('./promote-evidence.ts');
  const { gatesOf, rehearsalOf } = await import('../live/promotion/gates.ts');
  const { isOpen } = await import('../live/promotion/verify.ts');
  const { stagesFor } = await import('../live/promotion/stages.ts');
  const { isoText } = await import('../engine/config/instant.ts');
  const { DAY_MS } = await import('../engine/interval.ts');
  const gathered = await gather(wish, wish.maxDrawdown);
  const { facts, config, symbols, pins, evidence } = gathered;
  const gates = gatesOf(evidence).map((gate) => {
    const why = gate.passed === true ? undefined : wish.overrides.get(gate.id);
    return why === undefined ? gate : { ...gate, override: why };
  });
  const [primary, ...fallbacks] = wish.places.map(({ venue, capitalUsd }) => {
    return { venue, symbols: [...symbols.get(venue)!], capitalUsd };
  });
  const nowMs = Date.now();
  const body: PromotionBody = {
    schemaVersion: 1,
    kind: 'promotion',
    rehearsal: rehearsalOf(evidence),
    name: config.name,
    strategy: facts.strategy,
    config: config as unknown as PromotionBody['config'],
    pins,
    ...primary!,
    fallbacks,
    maxDrawdown: wish.maxDrawdown,
    limits: wish.limits,
    stages: stagesFor(wish),
    gates,
    issuedAt: isoText(nowMs),
    expiresAt: isoText(nowMs + wish.validDays * DAY_MS),
  };
  const isGood = gates.every(isOpen);
  const path = isGood ? await signed(body, wish) : null;
  if (flags.json) printJson({ promoted: isGood, ...body, out: path });
  else process.stdout.write(await screenOf(body, path));
  if (!isGood) process.exitCode = 4;
}

// ---- the wish ------------------------------------------------------------------------------------

type Wish = Awaited<ReturnType<typeof wishOf>>;

/** Everything that can be wrong with a command line is told at once, before hours of checking. */
async function wishOf(run: string | undefined, flags: PromoteFlags) {
  const { overridable } = await import('../live/promotion/gates.ts');
  const { TRADED_VENUES } = await import('../live/venues/list.ts');
  const venues = Object.keys(TRADED_VENUES);
  const problems: Problem[] = [];
  const needed = (key: string, text: string | undefined, what: string) => {
    if (text === undefined) problems.push({ key, rule: `must be given: ${what}` });
    return text ?? '';
  };
  const number = (key: string, text: string, rule: string, fits: (value: number) => boolean) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (!fits(value)) problems.push({ key, rule, value: text });
    return value;
  };
  const fraction = (value: number) => value > 0 && value <= 1;
  const days = (value: number) => value > 0 && value <= MOST_DAYS;
  const daysRule = `must be a number of days above 0, up to ${MOST_DAYS}`;
  const folder = needed('run', run, 'the folder of the backtest');
  const trial = needed('--trial', flags.trial, 'the folder of the paper trial');
  if (flags.trial !== undefined && !existsSync(resolve(flags.trial))) {
    const rule = 'must be the --dir of a paper trial: npm run paper -- ... --dir DIR';
    problems.push({ key: '--trial', rule, value: flags.trial });
  }
  const verdict = needed('--verdict', flags.verdict, 'verdict.json or the folder of it');
  const venue = needed('--venue', flags.venue, `one of ${venues.join(', ')}`);
  if (flags.venue !== undefined && !venues.includes(venue)) {
    const rule = `must be one of ${venues.join(', ')}`;
    problems.push({ key: '--venue', rule, value: venue, nearest: nearest(venue, venues) });
  }
  const capital = needed('--capital', flags.capital, 'USD that it may trade with');
  const depth = needed('--max-drawdown', flags.maxDrawdown, 'a fraction, such as 0.05');
  const shares = (flags.stages ?? STAGES).split(',').map(Number);
  const isRising = shares.every((share, k) => fraction(share) && share > (shares[k - 1] ?? 0));
  if (!isRising || shares.at(-1) !== 1) {
    const rule = 'must be shares that rise to 1, such as 0.1,0.5,1';
    problems.push({ key: '--stages', rule, value: flags.stages });
  }
  const capitalUsd =
    flags.capital === undefined
      ? 0
      : number('--capital', capital, 'must be USD above 0', (value) => value > 0);
  const fallbacks = fallbacksOf(flags, venues, capitalUsd, problems);
  const places = [{ venue, capitalUsd }, ...fallbacks];
  const known = overridable(places.map((place) => place.venue));
  const overrides = overridesOf(flags, known, problems);
  const limits = await limitsOf(flags, problems);
  const out = flags.out === undefined ? null : resolve(flags.out);
  if (out !== null && existsSync(out)) {
    problems.push({ key: '--out', rule: 'must not be there yet', value: flags.out });
  }
  const wish = {
    run: folder,
    trial,
    verdict,
    places,
    maxDrawdown:
      flags.maxDrawdown === undefined
        ? 0
        : number('--max-drawdown', depth, 'must be a fraction above 0, up to 1', fraction),
    shares,
    days: number('--stage-days', flags.stageDays ?? String(STAGE_DAYS), daysRule, days),
    validDays: number('--days', flags.days ?? String(VALID_DAYS), daysRule, days),
    overrides,
    limits,
    key: keyPath(flags),
    db: resolve(flags.db ?? DEFAULT_DB),
    out,
  };
  if (problems.length > 0) throw new InputError(problems);
  // A key that cannot be read is no news for the end of a long check.
  const { readPrivateKey } = await import('../live/promotion/keys.ts');
  return { ...wish, signer: readPrivateKey(wish.key, passphrase(process.env)) };
}

/** `hyperliquid=250`; without a number what --capital says. */
function fallbacksOf(
  { venue, fallback = [] }: PromoteFlags,
  venues: readonly string[],
  capitalUsd: number,
  problems: Problem[],
) {
  const key = '--fallback';
  return fallback.map((text, k) => {
    const [name = '', usd] = text.split('=');
    const others = [venue, ...fallback.slice(0, k).map((one) => one.split('=')[0])];
    if (!venues.includes(name)) {
      const rule = `must be one of ${venues.join(', ')}`;
      problems.push({ key, rule, value: name, nearest: nearest(name, venues) });
    } else if (others.includes(name)) {
      problems.push({ key, rule: 'must be another venue than those before', value: name });
    }
    const own = usd === undefined ? capitalUsd : usd.trim() === '' ? Number.NaN : Number(usd);
    if (usd !== undefined && !(own > 0 && own < Number.POSITIVE_INFINITY)) {
      problems.push({ key, rule: 'must be NAME=USD with USD above 0', value: text });
    }
    return { venue: name, capitalUsd: own };
  });
}

async function limitsOf(
  { limit = [] }: PromoteFlags,
  problems: Problem[],
): Promise<PromotedLimits> {
  const { DEFAULT_LIMITS, limitsFrom } = await import('../live/promotion/limits.ts');
  try {
    return limitsFrom(limit);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    problems.push(...error.problems);
    return DEFAULT_LIMITS;
  }
}

function overridesOf(
  { override = [], why = [] }: PromoteFlags,
  known: readonly string[],
  problems: Problem[],
): ReadonlyMap<string, string> {
  for (const gate of override) {
    if (known.includes(gate)) continue;
    const rule = `must be a gate that can be answered for: ${known.join(', ')}`;
    problems.push({ key: '--override', rule, value: gate, nearest: nearest(gate, known) });
  }
  if (override.length !== why.length || why.some((text) => text.trim() === '')) {
    const rule = `must be given once for each --override (${override.length})`;
    problems.push({ key: '--why', rule, value: why.length });
  }
  return new Map(override.map((gate, k) => [gate, why[k] ?? '']));
}

// ---- the key -------------------------------------------------------------------------------------

function keyPath({ key }: PromoteFlags): string {
  const path = key ?? process.env['SAPPHIRE_OPERATOR_KEY'];
  return path ? resolve(path) : join(homedir(), '.config', 'sapphire', 'operator.pem');
}

function passphrase(env: Environment): string | undefined {
  return env['SAPPHIRE_OPERATOR_PASSPHRASE'] || undefined;
}

async function makeOperatorKey(flags: PromoteFlags): Promise<void> {
  const { fingerprint, makeKey, publicPathOf, readPublicKey } = await import(
    '../live/promotion/keys.ts'
  );
  const path = typeof flags.newKey === 'string' ? resolve(flags.newKey) : keyPath(flags);
  const secret = passphrase(process.env);
  makeKey(path, secret);
  const open = publicPathOf(path);
  const operator = fingerprint(readPublicKey(open));
  if (flags.json) {
    printJson({ privateKey: path, publicKey: open, operator, encrypted: secret !== undefined });
    return;
  }
  const lines = [
    `key        ${path}${secret ? ', encrypted' : ', not encrypted: SAPPHIRE_OPERATOR_PASSPHRASE was not set'}`,
    `public     ${open}`,
    `operator   ${operator.slice(0, 12)}`,
    'next       keep the key off the machine that trades; it needs the public half alone',
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

async function signed(body: PromotionBody, wish: Wish): Promise<string> {
  const { promotionText } = await import('../live/promotion/document.ts');
  const { signPromotion } = await import('../live/promotion/keys.ts');
  const { runsRoot } = await import('../data/runs/root.ts');
  const promotion: Promotion = signPromotion(body, wish.signer);
  const stamp = body.issuedAt.replaceAll(/[-:]|\.\d+/g, '');
  const name = `${stamp}-${body.name}-${body.venue}.json`;
  const path = wish.out ?? join(runsRoot(process.env), 'promotions', name);
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, promotionText(promotion), { flag: 'wx' });
  } catch (cause) {
    const rule = `must be a new file (${(cause as Error).message})`;
    throw new InputError({ key: '--out', rule, value: path }, { cause });
  }
  return path;
}

// ---- telling -------------------------------------------------------------------------------------

async function screenOf(body: PromotionBody, path: string | null): Promise<string> {
  const { capitalOf, placesOf, stagesOf } = await import('../live/promotion/document.ts');
  const paint = painter(process.stdout);
  const { name, strategy, maxDrawdown, gates, rehearsal } = body;
  const capitalUsd = capitalOf(body);
  const stages = stagesOf(body).map(({ share, days }) => {
    const usd = `${Number((share * capitalUsd).toFixed(2))} USD`;
    return days > 0 ? `${usd} for ${days} clean days` : usd;
  });
  const width = Math.max(...gates.map((gate) => gate.name.length));
  const lines = [
    `promotion  ${name} (${strategy})`,
    ...placesOf(body).map(({ venue, symbols, capitalUsd: usd }, k) => {
      const what = k === 0 ? 'venue' : 'fallback';
      return `${what.padEnd(11)}${venue}: ${symbols.join(', ')} with ${usd} USD`;
    }),
    `limits     halted after ${(100 * maxDrawdown).toFixed(1)} % of ${capitalUsd} USD are lost`,
    ...(await otherLimits(body)),
    `stages     ${stages.join(', then ')}`,
    ...rehearsal.map((reason) => `${paint('yellow', 'REHEARSAL')}  ${reason}`),
    ...gates.map(
      (gate) => `gate       ${gate.name.padEnd(width)}  ${paint(...mark(gate))}  ${gate.why}`,
    ),
    ...gates.flatMap(({ name: gate, override }) => {
      return override === null ? [] : [`override   ${gate}: ${override}`];
    }),
    path === null
      ? `result     ${paint('red', 'NOT PROMOTED')}: ${failing(gates)}`
      : `result     signed until ${body.expiresAt.slice(0, 10)}: ${relative(process.cwd(), path)}`,
  ];
  if (path !== null) {
    if (rehearsal.length > 0)
      lines.push('           a rehearsal trades at a venue on this machine only');
    lines.push(
      `next       npm run live -- --promotion ${shellWord(relative(process.cwd(), path))}`,
    );
  }
  return `${lines.join('\n')}\n`;
}

/** What is not as usual, and the watchdog's promise. */
async function otherLimits({ limits: { guard, watchdog } }: PromotionBody): Promise<string[]> {
  const { DEFAULT_LIMITS } = await import('../live/promotion/limits.ts');
  const usual = Object.entries(DEFAULT_LIMITS.guard);
  const said = usual.flatMap(([name, value]) => {
    const own = guard[name as keyof typeof guard];
    return own === value ? [] : [`guard      ${name} ${own} instead of ${value}`];
  });
  return [...said, `watchdog   ${watchdog.measure} after ${watchdog.silenceSeconds} s of silence`];
}

function mark({ passed, override }: PromotionGate): ['green' | 'red' | 'yellow', string] {
  if (passed === true) return ['green', 'passed      '];
  if (override !== null) return ['yellow', 'OVERRIDDEN  '];
  return passed === false ? ['red', 'FAILED      '] : ['red', 'NOT MEASURED'];
}

function failing(gates: readonly PromotionGate[]): string {
  const bad = gates.filter(({ passed, override }) => passed !== true && override === null);
  return `${bad.length} of ${gates.length} gates do not pass: ${bad.map(({ id }) => id).join(', ')}`;
}
