// The panel: several legs on one time grid. Row i is the same minute for every leg; a leg without a
// candle there has NaN, a hole, and nothing trades on it. One index serves all columns.
//
// History builds a panel whole (`buildPanel`); live grows an empty one row by row (`emptyPanel`,
// `openRow`, then the legs' columns). The kernel cannot tell which it was given.

import { assert } from '../errors.ts';
import { type CandleArrays, candleArrays } from './column.ts';
import { FeatureSet } from './features.ts';
import { type Headline, Headlines, NO_HEADLINES } from './headlines.ts';
import type { Instrument } from './instrument.ts';

/** Funding stamps of one leg: rate is a fraction of notional, positive = longs pay. */
export interface FundingColumns {
  readonly atMs: Float64Array;
  readonly rate: Float64Array;
}

/** Mark prices of one leg: the OPEN times of its mark candles and the prices they open at. */
export interface MarkColumns {
  readonly atMs: Float64Array;
  readonly price: Float64Array;
}

export interface Leg {
  readonly index: number;
  /** Index of the leg it stands in for: the same asset at the primary venue. Its own if primary. */
  readonly primary: number;
  readonly instrument: Instrument;
  readonly candles: CandleArrays;
  readonly features: FeatureSet;
  readonly funding: FundingColumns;
  /** Empty where the history has none, and on a panel that grows. */
  readonly mark: MarkColumns;
  /** Shorter candles on their own times (not the panel's rows); null when none were read. */
  readonly finer: CandleArrays | null;
}

/** One leg's history as a reader hands it over: only rows that exist, openMs strictly increasing. */
export interface LegInput {
  readonly instrument: Instrument;
  readonly candles: CandleArrays;
  readonly funding?: FundingColumns;
  readonly mark?: MarkColumns;
  /** Candles of a shorter interval that divides the panel's. */
  readonly finer?: CandleArrays;
  /** Index of the leg it stands in for, which comes before it; its own when left out. */
  readonly primary?: number;
}

/** An outside series: a value holds from the instant it was published. */
export interface SeriesInput {
  readonly name: string;
  readonly publishedMs: Float64Array;
  readonly value: Float64Array;
}

export class Panel {
  readonly intervalMs: number;
  readonly capacity: number;
  readonly openMs: Float64Array;
  readonly legs: readonly Leg[];
  readonly series: Readonly<Record<string, Float64Array>>;
  readonly headlines: Headlines;
  /** Rows in use. */
  length: number;

  constructor(
    intervalMs: number,
    openMs: Float64Array,
    legs: readonly Leg[],
    series: Readonly<Record<string, Float64Array>>,
    length: number,
    headlines: Headlines = NO_HEADLINES,
  ) {
    this.intervalMs = intervalMs;
    this.capacity = openMs.length;
    this.openMs = openMs;
    this.legs = legs;
    this.series = series;
    this.length = length;
    this.headlines = headlines;
  }

  /** Starts the next row and returns its index; every leg is a hole there until written. */
  openRow(openMs: number): number {
    const i = this.length;
    assert(i < this.capacity, 'the panel has room for another row');
    assert(i === 0 || openMs > this.openMs[i - 1]!, 'rows come in order of time');
    this.openMs[i] = openMs;
    for (const leg of this.legs) leg.candles.openMs[i] = openMs;
    this.length = i + 1;
    return i;
  }

  /** What became known since the row before row `i`. */
  headlinesOf(i: number): readonly Headline[] {
    const { headlines, openMs, intervalMs } = this;
    if (headlines.length === 0) return NOTHING_SAID;
    const from = i === 0 ? 0 : headlines.knownAt(openMs[i - 1]! + intervalMs);
    const to = headlines.knownAt(openMs[i]! + intervalMs);
    return Array.from({ length: to - from }, (_, k) => headlines.at(from + k));
  }

  /** Candles that exist, over all legs: the unit of "candles" in counts and rates. */
  countCandles(): number {
    let count = 0;
    for (const { candles } of this.legs) {
      for (let i = 0; i < this.length; i++) if (candles.close[i] === candles.close[i]) count++;
    }
    return count;
  }
}

/** Aligns histories on the union of their open times. Columns are shared, not copied, if they agree. */
export function buildPanel(
  inputs: readonly LegInput[],
  intervalMs: number,
  maxHoleCandles: number,
  series: readonly SeriesInput[] = [],
  headlines: Headlines = NO_HEADLINES,
): Panel {
  assert(inputs.length > 0, 'a panel has at least one leg');
  const openMs = unionOfTimes(inputs.map((leg) => leg.candles.openMs));
  const legs = inputs.map((input, index): Leg => {
    const candles =
      input.candles.openMs.length === openMs.length
        ? { ...input.candles, openMs }
        : spread(input.candles, openMs);
    return {
      index,
      primary: input.primary ?? index,
      instrument: input.instrument,
      candles,
      features: new FeatureSet(candles, intervalMs, maxHoleCandles),
      funding: input.funding ?? NO_FUNDING,
      mark: input.mark ?? NO_MARK,
      finer: input.finer ?? null,
    };
  });
  checkPrimaries(legs);
  const joined: Record<string, Float64Array> = {};
  for (const one of series) joined[one.name] = asOf(one, openMs, intervalMs);
  const panel = new Panel(intervalMs, openMs, legs, joined, openMs.length, headlines);
  for (const leg of legs) leg.features.advance(openMs.length);
  return panel;
}

/**
 * A panel with no rows yet and room for `capacity`. `primaries` holds, for each instrument, the
 * index of the leg it stands in for; without it every leg is a primary one.
 */
export function emptyPanel(
  instruments: readonly Instrument[],
  intervalMs: number,
  maxHoleCandles: number,
  seriesNames: readonly string[],
  capacity: number,
  primaries?: readonly number[],
): Panel {
  const legs = instruments.map((instrument, index): Leg => {
    const candles = candleArrays(capacity);
    return {
      index,
      primary: primaries?.[index] ?? index,
      instrument,
      candles,
      features: new FeatureSet(candles, intervalMs, maxHoleCandles),
      funding: NO_FUNDING,
      mark: NO_MARK,
      finer: null,
    };
  });
  checkPrimaries(legs);
  const series: Record<string, Float64Array> = {};
  for (const name of seriesNames) series[name] = new Float64Array(capacity).fill(Number.NaN);
  return new Panel(intervalMs, new Float64Array(capacity), legs, series, 0, new Headlines());
}

/**
 * The mark price at an instant (UTC ms): the open of the mark candle that starts exactly there, or
 * at most `maxAgeMs` before; NaN when there is none.
 *
 * Nothing is interpolated and no other price of a candle is taken: its open is the only mark whose
 * instant is known, and a value between two opens was never anybody's mark. Funding falls on whole
 * hours, where mark candles of any interval up to 1h open, so 0 is the age to ask for there.
 */
export function markAt(mark: MarkColumns, atMs: number, maxAgeMs = 0): number {
  const times = mark.atMs;
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle]! <= atMs) low = middle + 1;
    else high = middle;
  }
  return low > 0 && atMs - times[low - 1]! <= maxAgeMs ? mark.price[low - 1]! : Number.NaN;
}

/** The name in `Panel.series` of a series that is one leg's own. */
export function legSeriesName(name: string, venue: string, symbol: string): string {
  return `${name} ${venue} ${symbol}`;
}

/** The column of a series as a leg sees it: its own one, else the one that all share. */
export function seriesOfLeg(panel: Panel, leg: number, name: string): Float64Array | undefined {
  const { venue, symbol } = panel.legs[leg]!.instrument;
  return panel.series[legSeriesName(name, venue, symbol)] ?? panel.series[name];
}

const NOTHING_SAID: readonly Headline[] = Object.freeze([]);
const NO_FUNDING: FundingColumns = Object.freeze({
  atMs: new Float64Array(0),
  rate: new Float64Array(0),
});
const NO_MARK: MarkColumns = Object.freeze({
  atMs: new Float64Array(0),
  price: new Float64Array(0),
});

function checkPrimaries(legs: readonly Leg[]): void {
  for (const { index, primary } of legs) {
    const holds = primary === index || (primary < index && legs[primary]?.primary === primary);
    assert(holds, 'a fallback leg comes after the primary leg it stands in for');
  }
}

function unionOfTimes(columns: readonly Float64Array[]): Float64Array {
  const first = columns[0]!;
  if (columns.every((column) => sameTimes(first, column))) return first;
  let total = 0;
  for (const column of columns) total += column.length;
  const all = new Float64Array(total);
  let at = 0;
  for (const column of columns) {
    all.set(column, at);
    at += column.length;
  }
  all.sort();
  let kept = 0;
  for (let i = 0; i < total; i++) if (i === 0 || all[i] !== all[i - 1]) all[kept++] = all[i]!;
  return all.slice(0, kept);
}

function sameTimes(a: Float64Array, b: Float64Array): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function spread(source: CandleArrays, openMs: Float64Array): CandleArrays {
  const target = candleArrays(openMs.length);
  target.openMs.set(openMs);
  let row = 0;
  for (let k = 0; k < source.openMs.length; k++) {
    while (openMs[row]! < source.openMs[k]!) row++;
    target.open[row] = source.open[k]!;
    target.high[row] = source.high[k]!;
    target.low[row] = source.low[k]!;
    target.close[row] = source.close[k]!;
    target.volume[row] = source.volume[k]!;
  }
  return target;
}

/** For each row the newest value published by its close; NaN before the first. */
function asOf(series: SeriesInput, openMs: Float64Array, intervalMs: number): Float64Array {
  const out = new Float64Array(openMs.length);
  let k = -1;
  for (let i = 0; i < openMs.length; i++) {
    const closeMs = openMs[i]! + intervalMs;
    while (k + 1 < series.publishedMs.length && series.publishedMs[k + 1]! <= closeMs) k++;
    out[i] = k < 0 ? Number.NaN : series.value[k]!;
  }
  return out;
}
