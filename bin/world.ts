// From a config to the world it is tried in: which stored legs, which range, how much warm-up, and
// the panel of columns with its digests. The store is only read.

import type { DatasetRow, Store } from '../data/store.ts';
import { type SeatSpec, warmupCandles } from '../engine/agents/seat.ts';
import { parseInstant } from '../engine/config/check.ts';
import { isoText } from '../engine/config/instant.ts';
import type { Config, WorldConfig } from '../engine/config/schema.ts';
import { InputError, nearest } from '../engine/errors.ts';
import { DAY_MS, intervalMs, intervalName, intervalOr } from '../engine/interval.ts';
import { missingCandles } from '../engine/market/column.ts';
import { uncoveredFundingMs } from '../engine/market/funding.ts';
import { atr } from '../engine/market/indicators/atr.ts';
import { buildPanel, type LegInput, type Panel } from '../engine/market/panel.ts';

export interface World {
  readonly panel: Panel;
  /** First row inside the range asked for; rows before it are warm-up. */
  readonly firstRow: number;
  readonly synthetic: boolean;
  readonly symbols: readonly string[];
  /** Symbols that nobody asked for by name and that have no candle in the range. */
  readonly leftOut: readonly string[];
  readonly dataDigest: string;
  readonly legDigests: readonly string[];
  /** What stood in for a sentiment column: see RunLabels. */
  readonly sentiment: string;
}

export interface WorldOptions {
  readonly seats: readonly SeatSpec[];
  /** True when the person asked for this sentiment series by name. */
  readonly needsSentiment: boolean;
  /** Refuse missing funding and holes instead of warning. */
  readonly strict: boolean;
}

/** Reads everything a run needs. Throws InputError for unknown symbols, venues, empty ranges. */
export async function readWorld(
  store: Store,
  config: Config,
  options: WorldOptions,
): Promise<World> {
  const { world } = config;
  const datasets = await store.datasets();
  const chosen = chooseLegs(datasets, world, store.path);
  const baseMs = intervalMs(chosen[0]!.interval!);
  const fromMs =
    world.from === null ? Number.NEGATIVE_INFINITY : parseInstant(world.from, 'world.from');
  const toMs = world.to === null ? Number.POSITIVE_INFINITY : parseInstant(world.to, 'world.to');
  checkDecisionInterval(config, baseMs);
  const warmupMs = warmup(config, options.seats, baseMs) * baseMs;
  const legs: LegInput[] = [];
  const legDigests: string[] = [];
  const leftOut: string[] = [];
  const { combineMonths, digestColumns, monthDigests, sha256 } = await import('../data/digest.ts');
  for (const { venue, symbol } of chosen) {
    const candles = await store.readCandles(venue, symbol, baseMs, fromMs - warmupMs, toMs);
    const { openMs } = candles;
    const inRange = openMs.length > 0 && openMs.at(-1)! >= fromMs;
    if (!inRange) {
      if (world.symbols.length > 0) throw noCandles(chosen, symbol, world);
      leftOut.push(symbol);
      continue;
    }
    const funding = world.funding
      ? await store.readFunding(venue, symbol, openMs[0]!, openMs.at(-1)! + baseMs)
      : { atMs: new Float64Array(0), rate: new Float64Array(0) };
    legs.push({ instrument: await store.instrument(venue, symbol), candles, funding });
    legDigests.push(digestColumns(candles, funding));
  }
  if (legs.length === 0) throw noCandles(chosen, null, world);
  const synthetic = chosen.every((row) => row.synthetic);
  const series = await readSentiment(store, world, legs, options, synthetic);
  const panel = buildPanel(legs, baseMs, world.maxHoleCandles, series ? [series] : []);
  let firstRow = 0;
  while (firstRow < panel.length && panel.openMs[firstRow]! < fromMs) firstRow++;
  if (options.strict) refuseGaps(panel, firstRow, world);
  const named = legs.map(({ instrument: { venue, symbol } }, k) => {
    return `${venue} ${symbol} ${legDigests[k]}`;
  });
  if (series) {
    named.push(`series ${combineMonths(monthDigests([series.publishedMs, series.value]))}`);
  }
  const reads = options.seats.some((seat) => seat.strategy.series?.includes('sentiment'));
  return {
    panel,
    firstRow,
    synthetic,
    symbols: legs.map((leg) => leg.instrument.symbol),
    leftOut,
    dataDigest: sha256([intervalName(baseMs), ...named].join('\n')),
    legDigests,
    sentiment: reads ? `sentiment ${series ? `from ${world.sentiment}` : 'by price proxy'}` : '',
  };
}

/** The datasets of candles that a config means: one venue, one interval, in order of symbol list. */
function chooseLegs(
  datasets: readonly DatasetRow[],
  world: WorldConfig,
  path: string,
): readonly DatasetRow[] {
  const candles = datasets.filter((row) => row.kind === 'candles' && row.interval !== null);
  if (candles.length === 0) {
    const rule = 'holds no candles: npm run data -- import FILE, or npm run data -- demo';
    throw new InputError({ key: path, rule });
  }
  const venue = chooseVenue(candles, world);
  const here = candles.filter((row) => row.venue === venue);
  const interval = world.interval ?? finest(here, world.symbols);
  const atInterval = here.filter((row) => row.interval === interval);
  const known = atInterval.map((row) => row.symbol);
  if (atInterval.length === 0) {
    const stored = [...new Set(here.map((row) => row.interval))].join(', ');
    const rule =
      `must be an interval stored for ${venue} (${stored}); ` +
      'to decide on longer candles: --set decision.interval=1h';
    throw new InputError({ key: 'world.interval', rule, value: interval });
  }
  if (world.symbols.length === 0) return atInterval;
  const unknown = world.symbols.filter((symbol) => !known.includes(symbol));
  if (unknown.length > 0) {
    const rule = `must be stored for ${venue} at ${interval} (${known.join(', ')})`;
    throw new InputError(
      unknown.map((symbol) => {
        return { key: 'world.symbols', rule, value: symbol, nearest: nearest(symbol, known) };
      }),
    );
  }
  return world.symbols.map((symbol) => atInterval.find((row) => row.symbol === symbol)!);
}

/** The venue asked for, or the only one that has the symbols; real candles go before synthetic. */
function chooseVenue(candles: readonly DatasetRow[], world: WorldConfig): string {
  const all = [...new Set(candles.map((row) => row.venue))];
  if (world.venue !== null) {
    if (all.includes(world.venue)) return world.venue;
    const rule = `must be a stored venue (${all.join(', ')})`;
    const near = nearest(world.venue, all);
    throw new InputError({ key: 'world.venue', rule, value: world.venue, nearest: near });
  }
  const fits = all.filter((venue) =>
    world.symbols.every((symbol) =>
      candles.some((row) => row.venue === venue && row.symbol === symbol),
    ),
  );
  const real = fits.filter((venue) => candles.some((row) => row.venue === venue && !row.synthetic));
  const left = real.length > 0 ? real : fits;
  if (left.length === 1) return left[0]!;
  if (left.length === 0) {
    throw noVenue([...new Set(candles.map((row) => row.symbol))], world.symbols);
  }
  const rule = `must be chosen: ${left.join(', ')} all have candles (--set world.venue=${left[0]})`;
  throw new InputError({ key: 'world.venue', rule });
}

/** No venue has all the symbols: some are stored nowhere, or they are scattered. */
function noVenue(stored: readonly string[], wanted: readonly string[]): InputError {
  const unknown = wanted.filter((symbol) => !stored.includes(symbol));
  if (unknown.length === 0) {
    const rule = 'must all be stored for one venue';
    return new InputError({ key: 'world.symbols', rule, value: wanted.join() });
  }
  const rule = `must be stored (${stored.join(', ')})`;
  return new InputError(
    unknown.map((symbol) => {
      return { key: 'world.symbols', rule, value: symbol, nearest: nearest(symbol, stored) };
    }),
  );
}

function finest(rows: readonly DatasetRow[], symbols: readonly string[]): string {
  const wanted = symbols.length === 0 ? rows : rows.filter((row) => symbols.includes(row.symbol));
  const names = (wanted.length > 0 ? wanted : rows).map((row) => row.interval!);
  return names.reduce((a, b) => (intervalMs(b) < intervalMs(a) ? b : a));
}

function checkDecisionInterval({ decision }: Config, baseMs: number): void {
  if (decision.interval === null) return;
  if (intervalMs(decision.interval) % baseMs === 0) return;
  const rule = `must be a multiple of the base candles (${intervalName(baseMs)})`;
  throw new InputError({ key: 'decision.interval', rule, value: decision.interval });
}

/** Base candles to read before the range so that the first decision inside it is a warm one. */
function warmup({ decision, world }: Config, seats: readonly SeatSpec[], baseMs: number): number {
  if (world.from === null) return 0;
  const decisionMs = intervalOr(decision.interval, baseMs);
  const needs = seats.map((seat) => warmupCandles(seat, decisionMs, baseMs));
  const { atrStop } = decision.risk;
  if (atrStop.enabled) {
    const ms = Math.max(intervalOr(atrStop.interval, decisionMs), baseMs);
    needs.push(((atr(atrStop.period).indicator.warmupCandles + 1) * ms) / baseMs);
  }
  return Math.ceil(Math.max(...needs));
}

async function readSentiment(
  store: Store,
  world: WorldConfig,
  legs: readonly LegInput[],
  options: WorldOptions,
  synthetic: boolean,
) {
  // Real moods say nothing about an invented market.
  if (world.sentiment === null || synthetic) return null;
  const firstMs = Math.min(...legs.map((leg) => leg.candles.openMs[0]!));
  const lastMs = Math.max(...legs.map((leg) => leg.candles.openMs.at(-1)!));
  const series = await store.readSeries(world.sentiment, firstMs, lastMs + DAY_MS);
  if (series && series.value.length > 0) return { ...series, name: 'sentiment' };
  if (!options.needsSentiment) return null;
  const rule = 'must be a stored series: npm run data -- import FILE';
  throw new InputError({ key: 'world.sentiment', rule, value: world.sentiment });
}

function noCandles(chosen: readonly DatasetRow[], symbol: string | null, world: WorldConfig) {
  const rows = symbol === null ? chosen : chosen.filter((row) => row.symbol === symbol);
  const fromMs = Math.min(...rows.map((row) => row.fromMs));
  const toMs = Math.max(...rows.map((row) => row.toMs + intervalMs(row.interval!)));
  const range = `${isoText(fromMs)} to ${isoText(toMs)}`;
  const rule = `${symbol ?? rows.map((row) => row.symbol).join(', ')} has candles from ${range} only`;
  const value = `${world.from ?? 'start'} to ${world.to ?? 'end'}`;
  return new InputError({ key: 'world.from, world.to', rule, value });
}

/** `--strict`: what would only be a warning is refused before the run. */
function refuseGaps(panel: Panel, firstRow: number, world: WorldConfig): void {
  const problems = panel.legs.flatMap(({ instrument, candles, funding }) => {
    const found = [];
    const { openMs } = candles;
    const missingMs = uncoveredFundingMs(funding, openMs[firstRow]!, openMs[panel.length - 1]!);
    if (world.funding && missingMs > 0) {
      const rule = 'lacks funding history (--strict), in days';
      found.push({ key: instrument.symbol, rule, value: Math.ceil(missingMs / DAY_MS) });
    }
    const holes = missingCandles(candles, firstRow, panel.length, panel.intervalMs);
    if (holes > 0) {
      found.push({ key: instrument.symbol, rule: 'has missing candles (--strict)', value: holes });
    }
    return found;
  });
  if (problems.length > 0) throw new InputError(problems);
}
