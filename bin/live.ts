// `sapphire live`: a promoted config trades at a venue, through the session that paper runs. Nothing is
// connected before the promotion has been verified and a person has said so; without keys it is paper.
//
//   promotion -> verified -> stage -> confirmed -> session over the venue's candles, orders to the venue

import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { InputError, type Problem } from '../engine/errors.ts';
import type { LoadedSeats } from '../engine/host/load.ts';
import { isLoopback } from '../live/loopback.ts';
import type { Safety } from '../live/orders/safety.ts';
import type { Place, PromotionBody } from '../live/promotion/document.ts';
import type { StageAt } from '../live/promotion/stage-at.ts';
import { cashAt, type StageRecord, stakeAt } from '../live/promotion/stages.ts';
import type { SessionOutcome, SessionPlan } from '../live/recovery.ts';
import type { SecretOf } from '../live/venues/list.ts';
import { type OpenedAlerts, withAlerts } from './alerts.ts';
import { examples, type RunConfig } from './flags.ts';
import { headOf, stakeOf } from './live-words.ts';
import { checkMemoryOut, keepMemory } from './memory-out.ts';
import { runPlan, show } from './session-run.ts';
import {
  addHostFlags,
  type HostFlags,
  type HostsByVenue,
  hostsOf,
  secretsAt,
} from './venue-flags.ts';

interface LiveFlags extends HostFlags {
  readonly promotion?: string;
  readonly operator?: string;
  readonly dir?: string;
  readonly days?: string;
  readonly confirm?: string;
  readonly rearm?: boolean;
  readonly memoryOut?: string;
  readonly json?: boolean;
}

const DAYS = 30;
const MOST_DAYS = 365;

export function register(program: Command): void {
  addHostFlags(program.command('live'))
    .description('trade a promoted config at its venues')
    .requiredOption('--promotion <file>', 'what `sapphire promote` has signed')
    .option('--operator <file>', "the operator's public key (SAPPHIRE_OPERATOR_PUB)")
    .option('--dir <dir>', 'folder of its journals; started again it goes on there')
    .option('--days <number>', `days that one journal has room for (${DAYS})`)
    .option('--confirm <name>', "the promotion's name, where nobody can be asked")
    .option('--rearm', 'after a halt, and a look at the venue: trading may go on')
    .option('--memory-out <file>', 'keep what agents remember, for decision.memory.load')
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
  const days = Number(flags.days ?? DAYS);
  if (!(days > 0 && days <= MOST_DAYS)) {
    const rule = `must be a number of days above 0, up to ${MOST_DAYS}`;
    problems.push({ key: '--days', rule, value: flags.days });
  }
  if (problems.length > 0) throw new InputError(problems);
  const promoted = await verified(flags);
  await checkMemoryOut(flags.memoryOut, promoted.config);
  const { body } = promoted;
  const { placesOf } = await import('../live/promotion/document.ts');
  const places = placesOf(body);
  const ids = places.map(({ venue }) => venue);
  const hosts = hostsOf(flags, ids, problems);
  if (problems.length > 0) throw new InputError(problems);
  refuseMarket(body, ids, hosts);
  await withAlerts(`live ${body.name}`, (opened) =>
    trade(flags, { ...promoted, places, hosts, days }, opened),
  );
}

interface Promoted extends Awaited<ReturnType<typeof verified>> {
  readonly places: readonly Place[];
  readonly hosts: HostsByVenue;
  readonly days: number;
}

async function trade(flags: LiveFlags, promoted: Promoted, opened: OpenedAlerts): Promise<void> {
  const { body, config, loaded, places, hosts, days } = promoted;
  const { alerts } = opened;
  const ids = places.map(({ venue }) => venue);
  const { makeRoot, runsRoot } = await import('../data/runs/root.ts');
  const usual = join(runsRoot(process.env), 'live', `${body.name}-${body.venue}`);
  const dir = resolve(flags.dir ?? usual);
  makeRoot(dir, '--dir');
  const { Safety, safetyFile } = await import('../live/orders/safety.ts');
  const { ofSafety } = await import('../live/alerts/worth.ts');
  const safety = new Safety(safetyFile(join(dir, 'safety.json')), (...now) => {
    alerts?.say(ofSafety(...now));
  });
  if (flags.rearm) {
    await confirmed(flags, body, `re-arm ${body.name} at ${ids.join(' and ')}`);
    const next = await rearmed(dir, body);
    safety.rearm();
    process.stderr.write(`re-armed: ${next}\n`);
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
  const secretOf = await secretsAt(ids, body.rehearsal.length > 0);
  const missing = ids.flatMap((id) => missingSecrets(tradedVenue(id), secretOf));
  const isPaper = missing.length > 0;
  process.stderr.write(
    `${headOf(body, places, stage, config.world.margin, missing, alerts?.host ?? null)}\n`,
  );
  if (!isPaper) await confirmed(flags, body, `trade ${stakeOf(places, stage)}`);
  const ground: Ground = { body, places, stage, hosts, secretOf };
  const plan = await planOf(ground, config, loaded, days);
  const outcome = isPaper
    ? await runPlan(plan, flags.json === true, alerts)
    : await runWatched(ground, plan, dir, safety, flags, opened);
  await show('live', plan, outcome, flags.json === true);
  await keepMemory(flags.memoryOut, outcome.kernel.learning?.memory?.all() ?? []);
}

/** A halt stands in the journal too, and so does a lost limit; says where trading will go on. */
async function rearmed(dir: string, body: PromotionBody): Promise<string> {
  const { beginAgain, stageAt } = await import('../live/promotion/stage-at.ts');
  const { machineClock } = await import('../live/clock.ts');
  const { hasJournal, tell } = await import('../live/words.ts');
  const here = await stageAt(dir, body, recordOf);
  if (here.step === 'halt') {
    const { number } = beginAgain(dir, body);
    return `stage ${here.number} had lost its limit, the next session begins at stage ${number} anew`;
  }
  if (!hasJournal(here.folder)) return `the next session begins at stage ${here.number}`;
  tell(here.folder, 'resume', machineClock);
  return `the next session goes on at stage ${here.number}, its losses counted from then on`;
}

/** Nothing is opened at a venue before somebody is there who would look after it. */
async function runWatched(
  ground: Ground,
  plan: SessionPlan,
  dir: string,
  safety: Safety,
  flags: LiveFlags,
  { alerts, secrets }: OpenedAlerts,
): Promise<SessionOutcome> {
  const { lastWatch, watchSession } = await import('./live-watch.ts');
  const before = await lastWatch(dir);
  if (before !== null) process.stderr.write(`${before}\n`);
  const { body, stage, secretOf } = ground;
  const venues = venuesOf(ground, plan);
  const watchdog = await watchSession({
    body,
    dir,
    journal: stage.folder,
    venues,
    secretOf,
    safety,
    alerts: secrets,
  });
  const openPort = await portOf(ground, plan, safety);
  const lived = { ...plan, openPort, onBeat: () => watchdog.beat() };
  const outcome = await runPlan(lived, flags.json === true, alerts);
  watchdog.leave(outcome.code);
  return outcome;
}

// ---- may it? -------------------------------------------------------------------------------------

/** The promotion, once everything that it pins was found here. Throws PromotionRefusal (4), InputError. */
async function verified(flags: LiveFlags) {
  const { readPromotion } = await import('../live/promotion/document.ts');
  const { readPublicKey } = await import('../live/promotion/keys.ts');
  const { verifyPromotion } = await import('../live/promotion/verify.ts');
  const { checkConfig } = await import('../engine/config/check.ts');
  const { loadSeats } = await import('../engine/host/load.ts');
  const { decisionConfigDigest } = await import('../data/runs/canonical.ts');
  const { memoryDigest } = await import('../data/runs/memory-file.ts');
  const { sessionDigest } = await import('../data/runs/code-digest.ts');
  const { strategyDigest } = await import('../data/runs/strategy-digest.ts');
  const promotion = await readPromotion(flags.promotion!);
  const operator = readPublicKey(operatorPath(flags));
  const config = checkConfig(promotion.body.config);
  const loaded = await loadSeats(config.decision, process.cwd());
  verifyPromotion(promotion, {
    operator,
    nowMs: Date.now(),
    codeDigest: sessionDigest(),
    strategyDigest: strategyDigest(loaded.files),
    decisionConfigDigest: decisionConfigDigest(config),
    memoryDigest: memoryDigest(loaded.remembered ?? []),
    node: process.versions.node,
  });
  return { body: promotion.body, config, loaded };
}

function operatorPath({ operator }: LiveFlags): string {
  const path = operator ?? process.env['SAPPHIRE_OPERATOR_PUB'];
  return path ? resolve(path) : join(homedir(), '.config', 'sapphire', 'operator.pub.pem');
}

/** What was rehearsed on no market trades on this machine only, at every one of its venues. */
function refuseMarket(
  { rehearsal }: PromotionBody,
  venues: readonly string[],
  hosts: HostsByVenue,
): void {
  if (rehearsal.length === 0) return;
  const isHere = (url: string | undefined) => {
    return isLoopback(URL.parse(url ?? '')?.hostname ?? '');
  };
  const away = venues.filter((id) => {
    return !isHere(hosts[id]?.restUrl) || !isHere(hosts[id]?.streamUrl);
  });
  if (away.length === 0) return;
  const flags = away.map((id) => `--rest-url ${id}=http://127.0.0.1:PORT`).join(' ');
  throw refusal(
    `a REHEARSAL (${rehearsal.join('; ')}) trades at venues on this machine only, and ` +
      `${away.join(' and ')} would be the real one: ${flags}, and --stream-url likewise`,
  );
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

/** What trades where with how much. */
interface Ground {
  readonly body: PromotionBody;
  readonly places: readonly Place[];
  readonly stage: StageAt;
  readonly hosts: HostsByVenue;
  readonly secretOf: SecretOf;
}

async function planOf(
  { body, places, stage, hosts }: Ground,
  config: RunConfig['config'],
  loaded: LoadedSeats,
  days: number,
): Promise<SessionPlan> {
  const { sessionPlan } = await import('./session-plan.ts');
  const { outages: _, ...rest } = config.world;
  const { checkConfig } = await import('../engine/config/check.ts');
  const [primary, ...fallbacks] = places as readonly [Place, ...Place[]];
  const world = {
    ...rest,
    ...cashAt(stage.stage, places, rest),
    venue: primary.venue,
    symbols: primary.symbols,
    fallbacks: fallbacks.map(({ venue }) => venue),
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

/** The venues with the symbols that are traded at each. */
function venuesOf({ places, hosts }: Ground, { market }: SessionPlan) {
  return places.map(({ venue }) => ({
    id: venue,
    symbols: market.legs.flatMap(({ instrument }) => {
      return instrument.venue === venue ? [instrument.symbol] : [];
    }),
    hosts: hosts[venue] ?? {},
  }));
}

async function portOf(
  ground: Ground,
  plan: SessionPlan,
  safety: Safety,
): Promise<SessionPlan['openPort']> {
  const { body, places, stage } = ground;
  const { market, config, identity } = plan;
  const { machineClock: clock } = await import('../live/clock.ts');
  const { connectSocket } = await import('../live/feeds/socket.ts');
  const { parseInstant } = await import('../engine/config/instant.ts');
  const { limitsFor } = await import('../live/orders/limits.ts');
  const { OrderPort } = await import('../live/orders/port.ts');
  const { openClients } = await import('../live/venues/list.ts');
  const leverage = Math.max(1, config.decision.risk.maxExposure);
  const clients = await openClients(venuesOf(ground, plan), ground.secretOf, {
    clock,
    connect: connectSocket,
  });
  const capital = new Map(places.map((place) => [place.venue, stakeAt(stage.stage, place)]));
  return (answer, session) =>
    new OrderPort(
      {
        open: clients,
        instruments: market.legs.map(({ instrument }) => instrument),
        clock,
        safety,
        primaries: market.legs.map(({ primary }) => primary),
        limits: (venue) => limitsFor(capital.get(venue)!, leverage, body.limits.guard),
        leverage,
        margin: { mode: config.world.margin.mode, leverage: config.world.margin.leverage },
        // Of this promotion and stage: no other session's orders can be taken for its own.
        sessionId: `${identity.sessionId}-${body.pins.trial.journalHash.slice(0, 6)}-${stage.number}`,
        capitalUsd: stage.capitalUsd,
        maxDrawdown: body.maxDrawdown,
        expiresMs: parseInstant(body.expiresAt, 'expiresAt'),
      },
      answer,
      session,
    );
}
