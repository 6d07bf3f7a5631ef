// The headline statistics of thousands of resampled histories, in one pass over each: no array is
// made per resample. The formulas are those of ratios.ts and drawdown.ts, and a test holds them
// together; what is undefined there (null) is NaN here.

import type { Column } from '../market/column.ts';
import { meanBlockOf } from './block-length.ts';
import { DEFAULT_CONFIDENCE, type Interval, intervalOf } from './bootstrap-interval.ts';
import { cagr } from './ratios.ts';
import { DAYS_PER_YEAR } from './returns.ts';
import {
  type Resampler,
  type Resampling,
  requireResampling,
  stationaryResampler,
} from './stationary-bootstrap.ts';

export const HEADLINES = ['sharpe', 'cagr', 'maxDrawdown', 'sortino', 'volatility'] as const;
/** Annualised where that applies; `maxDrawdown` is a fraction <= 0, from the start's equity on. */
export type Headline = (typeof HEADLINES)[number];

/** One number a resample; NaN where a statistic is not defined. */
export type HeadlineSamples = Readonly<Record<Headline, Float64Array>>;

export interface HeadlineIntervals extends Readonly<Record<Headline, Interval>> {
  readonly resamples: number;
  /** Mean run length used, rows. */
  readonly meanBlock: number;
}

/**
 * Intervals of Sharpe, CAGR, maximum drawdown, Sortino and volatility of per-period returns
 * (fractions). A drawdown's interval says how deep the same days in another order would have
 * fallen, not how far the one that was is uncertain. NaN for non-finite returns, under 9 of them
 * without a `meanBlock`, and for a flat line. Throws InputError for unusable settings.
 */
export function headlineIntervals(
  returns: Column,
  resampling: Resampling,
  confidence = DEFAULT_CONFIDENCE,
  periodsPerYear = DAYS_PER_YEAR,
): HeadlineIntervals {
  requireResampling(resampling);
  const { resamples, seed } = resampling;
  const values = Float64Array.from(returns);
  const meanBlock = resampling.meanBlock ?? meanBlockOf(values);
  const samples = makeSamples(resamples);
  const estimate = makeSamples(1);
  if (values.length > 1 && meanBlock >= 1 && values.every(Number.isFinite)) {
    const resample = stationaryResampler(values.length, meanBlock, seed);
    headlineSamples(values, resample, periodsPerYear, samples);
    headlineSamples(values, inOrder, periodsPerYear, estimate);
  }
  const intervals = Object.fromEntries(
    HEADLINES.map((name) => [name, intervalOf(samples[name], estimate[name][0]!, confidence)]),
  ) as Record<Headline, Interval>;
  return { ...intervals, resamples, meanBlock };
}

/** The statistics of each resample that `resample` gives, written into `samples`. */
export function headlineSamples(
  returns: Float64Array,
  resample: Resampler,
  periodsPerYear: number,
  samples: HeadlineSamples,
): void {
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
    for (let t = 0; t < count; t++) {
      const r = returns[rows[t]!]!;
      const d = r - pivot;
      sum += d;
      squares += d * d;
      if (r < 0) shortfalls += r * r;
      // An account that is used up stays so: a later gain on nothing is nothing.
      if (equity <= 0) continue;
      equity *= 1 + r;
      if (equity >= peak) peak = equity;
      else if (equity / peak - 1 < depth) depth = equity / peak - 1;
    }
    const mean = pivot + sum / count;
    const variance = (squares - (sum * sum) / count) / (count - 1);
    const sd = variance > 0 ? Math.sqrt(variance) : 0;
    // The spread below which moments.ts calls a line flat, plus what the pivot may add to it.
    const isFlat = sd <= 1e-14 * (1 + Math.abs(mean)) || variance <= 1e-12 * (squares / count);
    const downside = Math.sqrt(shortfalls / count) * scale;
    samples.volatility[b] = isFlat ? 0 : sd * scale;
    samples.sharpe[b] = isFlat ? Number.NaN : (mean / sd) * scale;
    samples.sortino[b] = downside > 0 ? (mean * periodsPerYear) / downside : Number.NaN;
    samples.cagr[b] = cagr(equity, count / periodsPerYear) ?? Number.NaN;
    samples.maxDrawdown[b] = depth;
  }
}

/** Room for so many resamples, undefined until written. */
export function makeSamples(resamples: number): HeadlineSamples {
  const column = () => new Float64Array(resamples).fill(Number.NaN);
  return {
    sharpe: column(),
    cagr: column(),
    maxDrawdown: column(),
    sortino: column(),
    volatility: column(),
  };
}

function inOrder(rows: Uint32Array): void {
  for (let t = 0; t < rows.length; t++) rows[t] = t;
}
