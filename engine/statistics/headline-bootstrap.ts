// The headline statistics of thousands of resampled histories, in one pass over each: no array is
// made per resample. The formulas are those of ratios.ts, drawdown.ts and trade-statistics.ts, and a
// test holds them together; what is undefined there (null) is NaN here.
//
// Trades are dealt with the days on which they closed, so that trades which knew of each other stay
// together (a cluster bootstrap); dealt one by one they would look more certain than they are.

import type { Column } from '../market/column.ts';
import { meanBlockOf } from './block-length.ts';
import { type DayHistory, historyOf } from './day-history.ts';
import { DEFAULT_CONFIDENCE, type Interval, intervalOf } from './percentile-interval.ts';
import { cagr } from './ratios.ts';
import { DAYS_PER_YEAR } from './returns.ts';
import {
  type Resampler,
  type Resampling,
  requireResampling,
  stationaryResampler,
} from './stationary-bootstrap.ts';

export const HEADLINES = [
  'totalReturn',
  'cagr',
  'volatility',
  'sharpe',
  'sortino',
  'calmar',
  'maxDrawdown',
] as const;
export const TRADE_HEADLINES = ['winRate', 'profitFactor', 'expectancyUsd'] as const;
/** Annualised where that applies; `maxDrawdown` is a fraction <= 0, from the start's equity on. */
export type Headline = (typeof HEADLINES)[number];
export type TradeHeadline = (typeof TRADE_HEADLINES)[number];

/** One number a resample; NaN where a statistic is not defined. */
export type HeadlineSamples = Readonly<Record<Headline | TradeHeadline, Float64Array>>;

type Intervals<Name extends string> = Readonly<Record<Name, Interval>> & {
  readonly resamples: number;
  /** Mean run length used, rows. */
  readonly meanBlock: number;
};
export type HeadlineIntervals = Intervals<Headline>;
export type HistoryIntervals = Intervals<Headline | TradeHeadline>;

/**
 * Intervals of the headline statistics of per-period returns (fractions). A drawdown's interval
 * says how deep the same days in another order would have fallen, not how far the one that was is
 * uncertain. NaN for non-finite returns, under 9 of them without a `meanBlock`, and for a flat line.
 * Throws InputError for unusable settings.
 */
export function headlineIntervals(
  returns: Column,
  resampling: Resampling,
  confidence = DEFAULT_CONFIDENCE,
  periodsPerYear = DAYS_PER_YEAR,
): HeadlineIntervals {
  const values = Float64Array.from(returns);
  const history = historyOf(values, values.length / periodsPerYear);
  return historyIntervals(history, resampling, confidence, periodsPerYear);
}

/** The same of days with what happened inside them, trades included. */
export function historyIntervals(
  history: DayHistory,
  resampling: Resampling,
  confidence = DEFAULT_CONFIDENCE,
  periodsPerYear = DAYS_PER_YEAR,
): HistoryIntervals {
  requireResampling(resampling);
  const { resamples, seed } = resampling;
  const { returns } = history;
  const meanBlock = resampling.meanBlock ?? meanBlockOf(returns);
  const samples = makeSamples(resamples);
  const estimate = makeSamples(1);
  if (returns.length > 1 && meanBlock >= 1 && returns.every(Number.isFinite)) {
    const resample = stationaryResampler(returns.length, meanBlock, seed);
    headlineSamples(history, resample, periodsPerYear, samples);
    headlineSamples(history, inOrder, periodsPerYear, estimate);
  }
  const intervals = Object.fromEntries(
    [...HEADLINES, ...TRADE_HEADLINES].map((name) => [
      name,
      intervalOf(samples[name], estimate[name][0]!, confidence),
    ]),
  ) as Record<Headline | TradeHeadline, Interval>;
  return { ...intervals, resamples, meanBlock };
}

/** The statistics of each resample that `resample` gives, written into `samples`. */
export function headlineSamples(
  history: DayHistory,
  resample: Resampler,
  periodsPerYear: number,
  samples: HeadlineSamples,
): void {
  const { returns, low, high, fall, trades, wins, wonUsd, lostUsd, years } = history;
  const count = returns.length;
  const rows = new Uint32Array(count);
  let total = 0;
  for (let t = 0; t < count; t++) total += returns[t]!;
  // Squares are summed about the series' own mean: every resample's mean is near it.
  const pivot = total / count;
  const scale = Math.sqrt(periodsPerYear);
  const resamples = samples.sharpe.length;
  for (let b = 0; b < resamples; b++) {
    resample(rows);
    let sum = 0;
    let squares = 0;
    let shortfalls = 0;
    let equity = 1;
    let peak = 1;
    let depth = 0;
    let closed = 0;
    let won = 0;
    let gains = 0;
    let losses = 0;
    for (let t = 0; t < count; t++) {
      const day = rows[t]!;
      const r = returns[day]!;
      const d = r - pivot;
      sum += d;
      squares += d * d;
      if (r < 0) shortfalls += r * r;
      closed += trades[day]!;
      won += wins[day]!;
      gains += wonUsd[day]!;
      losses += lostUsd[day]!;
      // An account that is used up stays so: a later gain on nothing is nothing.
      if (equity <= 0) continue;
      const lowest = (equity * low[day]!) / peak - 1;
      if (lowest < depth) depth = lowest;
      if (fall[day]! < depth) depth = fall[day]!;
      if (equity * high[day]! > peak) peak = equity * high[day]!;
      equity *= 1 + r;
    }
    const mean = pivot + sum / count;
    const variance = (squares - (sum * sum) / count) / (count - 1);
    const sd = variance > 0 ? Math.sqrt(variance) : 0;
    // The spread below which moments.ts calls a line flat, plus what the pivot may add to it.
    const isFlat = sd <= 1e-14 * (1 + Math.abs(mean)) || variance <= 1e-12 * (squares / count);
    const downside = Math.sqrt(shortfalls / count) * scale;
    const yearly = cagr(equity, years) ?? Number.NaN;
    samples.totalReturn[b] = equity - 1;
    samples.cagr[b] = yearly;
    samples.volatility[b] = isFlat ? 0 : sd * scale;
    samples.sharpe[b] = isFlat ? Number.NaN : (mean / sd) * scale;
    samples.sortino[b] = downside > 0 ? (mean * periodsPerYear) / downside : Number.NaN;
    samples.calmar[b] = depth < 0 ? yearly / -depth : Number.NaN;
    samples.maxDrawdown[b] = depth;
    samples.winRate[b] = won / closed;
    samples.profitFactor[b] = losses < 0 ? gains / -losses : Number.NaN;
    samples.expectancyUsd[b] = (gains + losses) / closed;
  }
}

/** Room for so many resamples, undefined until written. */
export function makeSamples(resamples: number): HeadlineSamples {
  const column = () => new Float64Array(resamples).fill(Number.NaN);
  return Object.fromEntries(
    [...HEADLINES, ...TRADE_HEADLINES].map((name) => [name, column()]),
  ) as HeadlineSamples;
}

function inOrder(rows: Uint32Array): void {
  for (let t = 0; t < rows.length; t++) rows[t] = t;
}
