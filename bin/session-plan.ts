// From a config to a session: over a stored range played again, or over a venue's live candles.
//
//   replay:DB   store -> panel -> market -> ReplayFeed
//   aster, ...  venue's rules -> market (warm-up before now, days after it) -> StreamFeed
//
// A live market stands in the first line of the journal; whoever takes the session up again, on this
// machine or another, finds it there.

import { join } from 'node:path';
import type { History } from '../data/store.ts';
import type { PublicVenue } from '../data/venues/contract.ts';
import { isoText, parseInstant } from '../engine/config/instant.ts';
import type { Config } from '../engine/config/schema.ts';
import { InputError, type Problem } from '../engine/errors.ts';
import type { LoadedSeats } from '../engine/host/load.ts';
import { DAY_MS, intervalMs, intervalName } from '../engine/interval.ts';
import type { Disorder } from '../live/feeds/disorder.ts';
import type { Market } from '../live/market.ts';
import type { SessionPlan } from '../live/recovery.ts';
import type { RunConfig } from './flags.ts';
import { withNews } from './news.ts';
import type { HostsByVenue } from './venue-flags.ts';
import { VERSION } from './version.ts';

/** What the flags of `paper` say beside the config. */
export interface SessionWish {
  /** null = a stored range. */
  readonly venue: string | null;
  readonly hosts: HostsByVenue;
  /** Times real time; Infinity = as fast as it goes. */
  readonly speed: number;
  /** Days to trade; null = seven, or up to `world.to`. */
  readonly days: number | null;
  readonly disorder: Disorder | null;
  /** Absolute; null = by session below the folder of runs. */
  readonly folder: string | null;
  readonly isJson: boolean;
  /** A store was named: one that is missing is an error and not made. */
  readonly isStoreNamed: boolean;
  /** A rule in this process answers agents that ask models. */
  readonly isStandIn?: boolean;
}

/** A paper trial is seven days unless somebody says otherwise. */
export const TRIAL_DAYS = 7;

/** Everything that a session needs. Throws InputError with all that is wrong with the wish. */
export function sessionPlan(
  run: RunConfig,
  loaded: LoadedSeats,
  wish: SessionWish,
): Promise<SessionPlan> {
  return wish.venue === null ? replayPlan(run, loaded, wish) : livePlan(run, loaded, wish);
}

// ---- a stored range ------------------------------------------------------------------------------

async function replayPlan(
  run: RunConfig,
  loaded: LoadedSeats,
  wish: SessionWish,
): Promise<SessionPlan> {
  const { machineClock } = await import('../live/clock.ts');
  const { ReplayFeed } = await import('../live/feeds/replay.ts');
  const { marketOf } = await import('../live/market.ts');
  const { config, world } = await readRange(run, loaded, wish);
  const { panel, firstRow, dataDigest, legDigests } = world;
  const { speed, disorder } = wish;
  const legs = panel.legs.map(({ instrument: { venue, symbol } }, k) => {
    return [`${venue} ${symbol}`, legDigests[k]!] as const;
  });
  const data = { all: dataDigest, ...Object.fromEntries(legs) };
  const finer = panel.legs.map((leg) => leg.finer);
  const name = disorder === null ? 'replay' : `replay in disorder ${disorder.seed}`;
  const options = { name, speed, firstRow, clock: machineClock };
  return {
    ...(await planParts(run, config, loaded, wish, data, marketOf(panel, firstRow), finer)),
    feed: new ReplayFeed(panel, disorder === null ? options : { ...options, disorder }),
  };
}

/** The stored range, and the config with its end written in: a backtest of it is the same run. */
async function readRange(
  given: RunConfig,
  loaded: LoadedSeats,
  { days, isJson, isStoreNamed }: SessionWish,
) {
  const { openStore } = await import('../data/store.ts');
  const { storedRun, wantsSentiment } = await import('./run-store.ts');
  const { readWorld } = await import('./world.ts');
  const run = await storedRun(given, { isNamed: isStoreNamed, silent: isJson });
  const store = await openStore(run.db);
  try {
    const within = await limited(store, run.config, days);
    const options = { seats: loaded.seats, needsSentiment: wantsSentiment(run), strict: false };
    return { config: within, world: await readWorld(store, within, options) };
  } finally {
    store.close();
  }
}

/** The config with `world.to` where the days end, counted from the first candle to be decided on. */
async function limited(store: History, config: Config, days: number | null): Promise<Config> {
  const { choosePrimaries } = await import('./legs.ts');
  const { from, to } = config.world;
  if (days === null && to !== null) return config;
  const rows = choosePrimaries(await store.datasets(), config.world, store.path);
  const storedMs = Math.min(...rows.map((row) => row.fromMs));
  const fromMs = from === null ? storedMs : parseInstant(from, 'world.from');
  const endMs = Math.round(fromMs + (days ?? TRIAL_DAYS) * DAY_MS);
  const toMs = to === null ? endMs : Math.min(endMs, parseInstant(to, 'world.to'));
  return { ...config, world: { ...config.world, to: isoText(toMs) } };
}

// ---- a venue's live candles ----------------------------------------------------------------------

async function livePlan(
  run: RunConfig,
  loaded: LoadedSeats,
  wish: SessionWish,
): Promise<SessionPlan> {
  const { PUBLIC_VENUES } = await import('../data/venues/list.ts');
  const { machineClock } = await import('../live/clock.ts');
  const { StreamFeed } = await import('../live/feeds/stream.ts');
  const open = (id: string) =>
    PUBLIC_VENUES[id]!({ hosts: wish.hosts[id] ?? {}, pace: machineClock });
  const ids = [wish.venue!, ...run.config.world.fallbacks];
  const [typed, venues] = liveConfig(run.config, ids, Object.keys(PUBLIC_VENUES), open);
  const begun = await marketIn((await planPlace(run, typed, wish)).folder);
  const { listedSymbols } = await import('./symbols.ts');
  const [{ id: primary }] = venues as [PublicVenue];
  const known = begun === null ? await venues[0]!.symbols() : symbolsAt(begun, primary);
  const { config, notes } = listedSymbols(typed, known, primary);
  for (const note of notes) process.stderr.write(`symbol: ${note}\n`);
  const { folder } = await planPlace(run, config, wish);
  const market =
    begun ??
    (await marketIn(folder)) ??
    (await liveMarket(config, loaded, venues, wish.days ?? TRIAL_DAYS, machineClock.nowMs()));
  const { intervalMs: stepMs, fromMs, toMs } = market;
  const sources = venues.map((venue) => ({
    venue,
    legs: market.legs.flatMap(({ instrument: { venue: id, symbol } }, leg) => {
      return id === venue.id ? [{ leg, symbol }] : [];
    }),
  }));
  const candles = new StreamFeed({
    name: venues.map(({ id }) => id).join('+'),
    intervalMs: stepMs,
    fromMs,
    toMs,
    clock: machineClock,
    sources,
  });
  return {
    ...(await planParts(run, config, loaded, wish, {}, market, [])),
    feed: await withNews(candles, config.world),
  };
}

function symbolsAt({ legs }: Market, venue: string): string[] {
  return legs.flatMap(({ instrument }) => (instrument.venue === venue ? [instrument.symbol] : []));
}

/**
 * The config with venue and interval written in, and its venues, the primary one first. Throws InputError
 * for what no live feed can do.
 */
function liveConfig(
  config: Config,
  ids: readonly string[],
  all: readonly string[],
  open: (id: string) => PublicVenue,
): [Config, readonly PublicVenue[]] {
  const { world } = config;
  const problems: Problem[] = [];
  const [primary, ...fallbacks] = ids as [string, ...string[]];
  const refuse = (key: string, rule: string, value: unknown) => problems.push({ key, rule, value });
  if (world.symbols.length === 0) {
    refuse('world.symbols', `must name what to trade at ${primary}: --symbols BTCUSDT`, undefined);
  }
  if (world.venue !== null && world.venue !== primary) {
    refuse('world.venue', `must be the venue of --feed (${primary})`, world.venue);
  }
  for (const id of fallbacks) {
    const known = all.filter((one) => one !== primary);
    if (known.includes(id)) continue;
    refuse('world.fallbacks', `must have live candles (${known.join(', ')})`, id);
  }
  if (world.fills.path === 'finer') {
    refuse('world.fills.path', 'a live feed has no shorter candles to replay', world.fills.path);
  }
  for (const key of ['from', 'to'] as const) {
    if (world[key] === null) continue;
    refuse(`world.${key}`, 'a live feed begins now and ends after --days', world[key]);
  }
  if (problems.length > 0) throw new InputError(problems);
  const interval = world.interval ?? '1m';
  const venues = ids.map(open);
  for (const { id, intervalsMs } of venues) {
    if (intervalsMs.includes(intervalMs(interval))) continue;
    const known = intervalsMs.map((ms) => intervalName(ms)).join(', ');
    refuse('world.interval', `must be an interval of ${id} (${known})`, interval);
  }
  if (problems.length > 0) throw new InputError(problems);
  return [{ ...config, world: { ...world, venue: primary, interval } }, venues];
}

/** The market of a session that has begun already; null = there is none in the folder. */
export async function marketIn(folder: string): Promise<Market | null> {
  const { existsSync } = await import('node:fs');
  const { readFolder } = await import('../live/journal/folder.ts');
  const { readMarket } = await import('../live/market.ts');
  if (!existsSync(folder)) return null;
  const first = readFolder(folder).next();
  if (first.done || first.value.kind !== 'manifest') return null;
  return readMarket(first.value.manifest.market);
}

/** Warm-up before this instant, days after it. */
async function liveMarket(
  config: Config,
  loaded: LoadedSeats,
  venues: readonly PublicVenue[],
  days: number,
  nowMs: number,
): Promise<Market> {
  const { executionProblems } = await import('../engine/research/contradictions.ts');
  const { checkDecisionInterval, warmupOf } = await import('./world.ts');
  const stepMs = intervalMs(config.world.interval!);
  checkDecisionInterval(config, stepMs);
  const unfit = executionProblems(config.decision.execution, stepMs);
  if (unfit.length > 0) throw new InputError(unfit);
  const firstRow = warmupOf(config, loaded.seats, stepMs);
  const shallow = venues.find(({ candleDepth }) => firstRow > candleDepth);
  if (shallow !== undefined) {
    const { id, candleDepth } = shallow;
    const rule = `needs ${firstRow} candles of warm-up, and ${id} keeps ${candleDepth}`;
    throw new InputError({ key: 'world.interval', rule, value: config.world.interval });
  }
  const legs = await legsAt(venues, config.world.symbols);
  const beginMs = Math.floor(nowMs / stepMs) * stepMs;
  const rows = Math.max(1, Math.round((days * DAY_MS) / stepMs));
  return Object.freeze({
    intervalMs: stepMs,
    capacity: firstRow + rows,
    firstRow,
    fromMs: beginMs - firstRow * stepMs,
    toMs: beginMs + rows * stepMs,
    series: [],
    legs,
  });
}

/** The symbols at the first venue, then the same assets at each other one. */
async function legsAt(
  [first, ...others]: readonly PublicVenue[],
  symbols: readonly string[],
): Promise<Market['legs']> {
  const { sameAssets } = await import('../data/names.ts');
  const instruments = await first!.instruments(symbols);
  const legs = instruments.map((instrument, primary) => ({ instrument, primary }));
  for (const venue of others) {
    const listed = await venue.symbols();
    const found = symbols.flatMap((symbol, primary) => {
      const [name] = sameAssets(symbol, listed);
      return name === undefined ? [] : [{ name, primary }];
    });
    if (found.length === 0) {
      const rule = `must trade one of ${symbols.join(', ')}`;
      throw new InputError({ key: 'world.fallbacks', rule, value: venue.id });
    }
    const rules = await venue.instruments(found.map(({ name }) => name));
    legs.push(...found.map(({ primary }, k) => ({ instrument: rules[k]!, primary })));
  }
  return legs;
}

/** What a session is of: the version, all that decides and trades in it, and its strategies. */
export async function sessionCode(files: readonly string[]): Promise<string> {
  const { sessionDigest } = await import('../data/runs/code-digest.ts');
  const { strategyDigest } = await import('../data/runs/strategy-digest.ts');
  return `${VERSION}+${sessionDigest().slice(0, 16)}.${strategyDigest(files).slice(0, 16)}`;
}

// ---- both ----------------------------------------------------------------------------------------

async function planPlace({ out }: RunConfig, config: Config, { folder }: SessionWish) {
  const { configDigest } = await import('../data/runs/canonical.ts');
  const { runsRoot } = await import('../data/runs/root.ts');
  const sessionId = `${config.name}-${configDigest(config).slice(0, 8)}`;
  return { sessionId, folder: folder ?? out ?? join(runsRoot(process.env), 'paper', sessionId) };
}

/** What it begins with remembered is data like any other: a session taken up again needs the same. */
async function memoryOf({
  remembered = [],
}: LoadedSeats): Promise<Readonly<Record<string, string>>> {
  const { memoryDigest } = await import('../data/runs/memory-file.ts');
  const memory = memoryDigest(remembered);
  return memory === null ? {} : { memory };
}

async function planParts(
  run: RunConfig,
  config: Config,
  loaded: LoadedSeats,
  wish: SessionWish,
  data: Readonly<Record<string, string>>,
  market: Market,
  finer: readonly import('../live/venues/paper.ts').Finer[],
): Promise<Omit<SessionPlan, 'feed'>> {
  const { PaperVenue } = await import('../live/venues/paper.ts');
  const { sessionId, folder } = await planPlace(run, config, wish);
  const code = await sessionCode(loaded.files);
  const { sessionModels } = await import('./models.ts');
  const isStored = wish.venue === null;
  const answering = await sessionModels(config, loaded, isStored, wish.isStandIn === true);
  const tape = answering.tapeDigest === null ? {} : { tape: answering.tapeDigest };
  return {
    folder,
    identity: {
      sessionId,
      code,
      node: process.version,
      data: { ...data, ...tape, ...(await memoryOf(loaded)) },
    },
    config,
    market,
    loaded,
    openPort: (answer) => new PaperVenue(market, config, finer, answer),
    ...(answering.port === null ? {} : { models: answering.port }),
    speed: wish.speed,
  };
}
