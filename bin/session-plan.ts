// From a config to a session: over a stored range played again, or over a venue's live candles.
//
//   replay:DB   store -> panel -> market -> ReplayFeed
//   aster, ...  venue's rules -> market (warm-up before now, days after it) -> StreamFeed
//
// A live market stands in the first line of the journal; whoever takes the session up again, on this
// machine or another, finds it there.

import { join } from 'node:path';
import type { History } from '../data/store.ts';
import type { PublicVenue, VenueHosts } from '../data/venues/contract.ts';
import { isoText, parseInstant } from '../engine/config/instant.ts';
import type { Config } from '../engine/config/schema.ts';
import { InputError, type Problem } from '../engine/errors.ts';
import type { LoadedSeats } from '../engine/host/load.ts';
import { DAY_MS, intervalMs, intervalName } from '../engine/interval.ts';
import type { Disorder } from '../live/feeds/disorder.ts';
import type { Market } from '../live/market.ts';
import type { SessionPlan } from '../live/recovery.ts';
import type { RunConfig } from './flags.ts';
import { VERSION } from './version.ts';

/** What the flags of `paper` say beside the config. */
export interface SessionWish {
  /** null = a stored range. */
  readonly venue: string | null;
  readonly hosts: Partial<VenueHosts>;
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
  { config, db, origins }: RunConfig,
  loaded: LoadedSeats,
  { days, isJson, isStoreNamed }: SessionWish,
) {
  const { openStore } = await import('../data/store.ts');
  const { WorldSchema } = await import('../engine/config/schema.ts');
  const { readWorld } = await import('./world.ts');
  if (!isStoreNamed) {
    const { fillMissingStore } = await import('./run.ts');
    await fillMissingStore(db, isJson);
  }
  const store = await openStore(db);
  try {
    const within = await limited(store, config, days);
    const asked = origins.get('world.sentiment') ?? '';
    const { default: usual } = WorldSchema.properties.sentiment as { readonly default?: unknown };
    const needsSentiment = asked.startsWith('flag') || config.world.sentiment !== usual;
    const options = { seats: loaded.seats, needsSentiment, strict: false };
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
  const venue = PUBLIC_VENUES[wish.venue!]!({ hosts: wish.hosts, pace: machineClock });
  const config = liveConfig(run.config, venue);
  const { folder } = await planPlace(run, config, wish);
  const market =
    (await marketIn(folder)) ??
    (await liveMarket(config, loaded, venue, wish.days ?? TRIAL_DAYS, machineClock.nowMs()));
  const { intervalMs: stepMs, fromMs, toMs } = market;
  const legs = market.legs.map(({ instrument }, leg) => ({ leg, symbol: instrument.symbol }));
  return {
    ...(await planParts(run, config, loaded, wish, {}, market, [])),
    feed: new StreamFeed({
      name: venue.id,
      intervalMs: stepMs,
      fromMs,
      toMs,
      clock: machineClock,
      sources: [{ venue, legs }],
    }),
  };
}

/** The config with venue and interval written in. Throws InputError for what no live feed can do. */
function liveConfig(config: Config, venue: PublicVenue): Config {
  const { world } = config;
  const problems: Problem[] = [];
  const refuse = (key: string, rule: string, value: unknown) => problems.push({ key, rule, value });
  if (world.symbols.length === 0) {
    refuse('world.symbols', `must name what to trade at ${venue.id}: --symbols BTCUSDT`, undefined);
  }
  if (world.venue !== null && world.venue !== venue.id) {
    refuse('world.venue', `must be the venue of --feed (${venue.id})`, world.venue);
  }
  if (world.fallbacks.length > 0) {
    refuse('world.fallbacks', 'a live feed is of one venue', world.fallbacks.join(', '));
  }
  if (world.fills.path === 'finer') {
    refuse('world.fills.path', 'a live feed has no shorter candles to replay', world.fills.path);
  }
  for (const key of ['from', 'to'] as const) {
    if (world[key] === null) continue;
    refuse(`world.${key}`, 'a live feed begins now and ends after --days', world[key]);
  }
  const interval = world.interval ?? '1m';
  if (!venue.intervalsMs.includes(intervalMs(interval))) {
    const known = venue.intervalsMs.map((ms) => intervalName(ms)).join(', ');
    refuse('world.interval', `must be an interval of ${venue.id} (${known})`, interval);
  }
  if (problems.length > 0) throw new InputError(problems);
  return { ...config, world: { ...world, venue: venue.id, interval } };
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
  venue: PublicVenue,
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
  if (firstRow > venue.candleDepth) {
    const rule = `needs ${firstRow} candles of warm-up, and ${venue.id} keeps ${venue.candleDepth}`;
    throw new InputError({ key: 'world.interval', rule, value: config.world.interval });
  }
  const instruments = await venue.instruments(config.world.symbols);
  const beginMs = Math.floor(nowMs / stepMs) * stepMs;
  const rows = Math.max(1, Math.round((days * DAY_MS) / stepMs));
  return Object.freeze({
    intervalMs: stepMs,
    capacity: firstRow + rows,
    firstRow,
    fromMs: beginMs - firstRow * stepMs,
    toMs: beginMs + rows * stepMs,
    series: [],
    legs: instruments.map((instrument, primary) => ({ instrument, primary })),
  });
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
  return {
    folder,
    identity: { sessionId, code, node: process.version, data },
    config,
    market,
    loaded,
    openPort: (answer) => new PaperVenue(market, config, finer, answer),
    speed: wish.speed,
  };
}
