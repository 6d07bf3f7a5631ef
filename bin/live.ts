// `sapphire live`: a promoted config trades at a venue, through the session that paper runs. Nothing is
// connected before the promotion has been verified and a person has said so; without keys it is paper.
//
//   promotion -> verified -> stage -> confirmed -> session over the venue's candles, orders to the venue

import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { VenueHosts } from '../data/venues/contract.ts';
import { InputError, type Problem } from '../engine/errors.ts';
import type { LoadedSeats } from '../engine/host/load.ts';
import type { PromotionBody } from '../live/promotion/document.ts';
import type { StageAt } from '../live/promotion/stage-at.ts';
import type { StageRecord } from '../live/promotion/stages.ts';
import type { SessionPlan } from '../live/recovery.ts';
import { examples, type RunConfig } from './flags.ts';
import { runPlan, show } from './session-run.ts';
import { hostsOf, secretsFrom } from './venue-flags.ts';

interface LiveFlags {
  readonly promotion?: string;
  readonly operator?: string;
  readonly dir?: string;
  readonly days?: string;
  readonly confirm?: string;
  readonly rearm?: boolean;
  readonly restUrl?: string;
  readonly streamUrl?: string;
  readonly json?: boolean;
}

const DAYS = 30;
const MOST_DAYS = 365;

export function register(program: Command): void {
  program
    .command('live')
    .description('trade a promoted config at its venue')
    .requiredOption('--promotion <file>', 'what `sapphire promote` has signed')
    .option('--operator <file>', "the operator's public key (SAPPHIRE_OPERATOR_PUB)")
    .option('--dir <dir>', 'folder of its journals; started again it goes on there')
    .option('--days <number>', `days that one journal has room for (${DAYS})`)
    .option('--confirm <name>', "the promotion's name, where nobody can be asked")
    .option('--rearm', 'after a halt, and a look at the venue: trading may go on')
    .option('--rest-url <url>', 'another host for the venue')
    .option('--stream-url <url>', 'another host for its stream')
    .option('--json', 'print one JSON document on stdout')
    .addHelpText(
      'after',
      examples(
        ['sapphire live --promotion runs/promotions/2026...-aster.json', 'asks before it trades'],
        ['sapphire paper --dir DIR --tell halt', 'a word to it, from another terminal'],
      ),
    )
    .action(live);
}

async function live(flags: LiveFlags): Promise<void> {
  const problems: Problem[] = [];
  const hosts = hostsOf(flags, problems) ?? {};
  const days = Number(flags.days ?? DAYS);
  if (!(days > 0 && days <= MOST_DAYS)) {
    const rule = `must be a number of days above 0, up to ${MOST_DAYS}`;
    problems.push({ key: '--days', rule, value: flags.days });
  }
  if (problems.length > 0) throw new InputError(problems);
  const { body, config, loaded } = await verified(flags);
  refuseMarket(body, hosts);
  const { runsRoot } = await import('../data/runs/root.ts');
  const usual = join(runsRoot(process.env), 'live', `${body.name}-${body.venue}`);
  const dir = resolve(flags.dir ?? usual);
  mkdirSync(dir, { recursive: true });
  const { Safety, safetyFile } = await import('../live/orders/safety.ts');
  const safety = new Safety(safetyFile(join(dir, 'safety.json')));
  if (flags.rearm) {
    await confirmed(flags, body, `re-arm ${body.name} at ${body.venue}`);
    safety.rearm();
    process.stderr.write('re-armed\n');
    return;
  }
  if (safety.haltedFor !== null) {
    const { code, atMs, text } = safety.haltedFor;
    const since = new Date(atMs).toISOString();
    throw refusal(`halted since ${since}: ${code} ${text}; look at the venue, then --rearm`);
  }
  const { stageAt } = await import('../live/promotion/stage-at.ts');
  const stage = await stageAt(dir, body, recordOf);
  if (stage.step === 'halt') {
    safety.halt('stage-drawdown', Date.now(), `at stage ${stage.number}`);
    throw refusal(`halted: stage ${stage.number} has lost its limit; look at it, then --rearm`);
  }
  const { tradedVenue, missingSecrets } = await import('../live/venues/list.ts');
  const secretOf = secretsFrom(process.env);
  const missing = missingSecrets(tradedVenue(body.venue, 'venue'), secretOf);
  const isPaper = missing.length > 0;
  process.stderr.write(`${headOf(body, stage, missing)}\n`);
  if (!isPaper) await confirmed(flags, body, `trade ${stage.capitalUsd} USD at ${body.venue}`);
  const plan = await planOf(body, config, loaded, stage, hosts, days);
  const outcome = await runPlan(
    isPaper ? plan : { ...plan, openPort: await portOf(body, plan, stage, hosts, safety) },
    flags.json === true,
  );
  await show('live', plan, outcome, flags.json === true);
}

// ---- may it? -------------------------------------------------------------------------------------

/** The promotion, once everything that it pins was found here. Throws PromotionRefusal (4), InputError. */
async function verified(flags: LiveFlags) {
  const { parsePromotion } = await import('../live/promotion/document.ts');
  const { readPublicKey } = await import('../live/promotion/keys.ts');
  const { verifyPromotion } = await import('../live/promotion/verify.ts');
  const { checkConfig } = await import('../engine/config/check.ts');
  const { loadSeats } = await import('../engine/host/load.ts');
  const { decisionConfigDigest } = await import('../data/runs/canonical.ts');
  const { sessionDigest } = await import('../data/runs/code-digest.ts');
  const { strategyDigest } = await import('../data/runs/strategy-digest.ts');
  const path = flags.promotion!;
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new InputError({ key: path, rule: 'must be a promotion that can be read' }, { cause });
  }
  const promotion = parsePromotion(text, path);
  const operator = readPublicKey(operatorPath(flags));
  const config = checkConfig(promotion.body.config);
  const loaded = await loadSeats(config.decision, process.cwd());
  verifyPromotion(promotion, {
    operator,
    nowMs: Date.now(),
    codeDigest: sessionDigest(),
    strategyDigest: strategyDigest(loaded.files),
    decisionConfigDigest: decisionConfigDigest(config),
    node: process.versions.node,
  });
  return { body: promotion.body, config, loaded };
}

function operatorPath({ operator }: LiveFlags): string {
  const path = operator ?? process.env['SAPPHIRE_OPERATOR_PUB'];
  return path ? resolve(path) : join(homedir(), '.config', 'sapphire', 'operator.pub.pem');
}

/** What was rehearsed on no market trades on this machine only. */
function refuseMarket({ rehearsal }: PromotionBody, hosts: Partial<VenueHosts>): void {
  if (rehearsal.length === 0) return;
  const isHere = (url: string | undefined) => {
    const { hostname = '' } = URL.parse(url ?? '') ?? {};
    return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
  };
  if (isHere(hosts.restUrl) && isHere(hosts.streamUrl)) return;
  throw refusal(`a REHEARSAL (${rehearsal.join('; ')}) trades at a venue on this machine only`);
}

/** A typed name, because the next thing costs money. */
async function confirmed(flags: LiveFlags, { name }: PromotionBody, what: string): Promise<void> {
  let said = flags.confirm;
  if (said === undefined && process.stdin.isTTY) {
    const { createInterface } = await import('node:readline/promises');
    const asking = createInterface({ input: process.stdin, output: process.stderr });
    said = await asking.question(`${what}? type ${name}: `);
    asking.close();
  }
  if (said?.trim() !== name) throw refusal(`not confirmed (type ${name}): nothing was sent`);
}

function refusal(message: string): Error {
  return Object.assign(new Error(message), { exitCode: 6 });
}

// ---- the session ---------------------------------------------------------------------------------

/** What a stage's journal came to; null while something is held there, or nothing was traded. */
async function recordOf(folder: string): Promise<StageRecord | null> {
  const { configsFrom, replayFolder } = await import('../live/replay.ts');
  const { readTrial } = await import('../live/trial.ts');
  const open = configsFrom(process.cwd());
  const { kernel, stopCode } = await replayFolder(folder, open);
  if (stopCode === null || kernel.portfolio.openPositions > 0) return null;
  const { facts } = await readTrial(folder, open);
  const { rows, expectedRows, fromMs, toMs, uptime } = facts;
  if (rows < 2) return null;
  const stepMs = (toMs - fromMs) / (expectedRows - 1);
  return {
    tradedMs: uptime * expectedRows * stepMs,
    drawdown: -facts.maxDrawdown,
    isClean: facts.replayEqual && facts.signalsEqual && facts.mismatched === 0,
  };
}

async function planOf(
  body: PromotionBody,
  config: RunConfig['config'],
  loaded: LoadedSeats,
  stage: StageAt,
  hosts: Partial<VenueHosts>,
  days: number,
): Promise<SessionPlan> {
  const { sessionPlan } = await import('./session-plan.ts');
  const { outages: _, ...rest } = config.world;
  const { checkConfig } = await import('../engine/config/check.ts');
  const world = {
    ...rest,
    venue: body.venue,
    symbols: body.symbols,
    cashUsd: stage.capitalUsd,
    fallbacks: [],
    from: null,
    to: null,
  };
  const lived = checkConfig({ ...config, world });
  const run: RunConfig = { config: lived, origins: new Map(), db: '', out: null };
  return sessionPlan(run, loaded, {
    venue: body.venue,
    hosts,
    speed: 1,
    days,
    disorder: null,
    folder: stage.folder,
    isJson: false,
    isStoreNamed: false,
  });
}

async function portOf(
  body: PromotionBody,
  { market, config, identity }: SessionPlan,
  stage: StageAt,
  hosts: Partial<VenueHosts>,
  safety: import('../live/orders/safety.ts').Safety,
): Promise<SessionPlan['openPort']> {
  const { machineClock: clock } = await import('../live/clock.ts');
  const { connectSocket } = await import('../live/feeds/socket.ts');
  const { limitsFor } = await import('../live/orders/guard.ts');
  const { OrderPort } = await import('../live/orders/port.ts');
  const { Lent } = await import('../live/orders/lent.ts');
  const { tradedVenue } = await import('../live/venues/list.ts');
  const leverage = Math.max(1, config.decision.risk.maxExposure);
  const symbols = market.legs.map(({ instrument }) => instrument.symbol);
  // Clients open asynchronously and a port at once: it is lent one that hears through `tell`.
  const lent = new Lent();
  const client = await tradedVenue(body.venue).open(secretsFrom(process.env), {
    symbols,
    tell: lent.tell,
    clock,
    connect: connectSocket,
    ...(Object.keys(hosts).length === 0 ? {} : { hosts }),
  });
  return (answer, session) =>
    new OrderPort(
      {
        open: (_, tell) => {
          lent.to(tell);
          return client;
        },
        instruments: market.legs.map(({ instrument }) => instrument),
        clock,
        safety,
        primaries: market.legs.map(({ primary }) => primary),
        limits: () => limitsFor(stage.capitalUsd, leverage),
        leverage,
        // Of this promotion and stage: no other session's orders can be taken for its own.
        sessionId: `${identity.sessionId}-${body.pins.trial.journalHash.slice(0, 6)}-${stage.number}`,
        capitalUsd: stage.capitalUsd,
        maxDrawdown: body.maxDrawdown,
      },
      answer,
      session,
    );
}

// ---- telling -------------------------------------------------------------------------------------

function headOf(body: PromotionBody, stage: StageAt, missing: readonly string[]): string {
  const { name, strategy, symbols, venue, rehearsal, maxDrawdown, expiresAt, gates } = body;
  const overridden = gates.filter(({ override }) => override !== null);
  const mode =
    missing.length === 0
      ? `LIVE at ${venue}`
      : `PAPER over ${venue}'s candles: ${missing.join(', ')} are not in the environment`;
  return [
    `live       ${name} (${strategy}) on ${symbols.join(', ')}: ${mode}`,
    ...rehearsal.map((reason) => `REHEARSAL  ${reason}`),
    ...overridden.map((gate) => `OVERRIDDEN ${gate.name}: ${gate.override}`),
    `stage      ${stage.number}: ${stage.capitalUsd} USD, halted after ${100 * maxDrawdown} % are lost` +
      (stage.step === null ? '' : ` (${stage.step})`),
    `until      ${expiresAt.slice(0, 10)}   journal ${stage.folder}`,
  ].join('\n');
}
