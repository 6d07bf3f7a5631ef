// Confidence intervals by resampling: how far a statistic moves when history is dealt again.
// Percentile intervals (Efron & Tibshirani 1993, ch. 13). BCa was looked at and left: its
// acceleration is a jackknife over independent rows and a smooth statistic, and neither days of
// a market nor a maximum drawdown are that.

import { InputError } from '../errors.ts';
import type { Column } from '../market/column.ts';
import { meanBlockOf } from './block-length.ts';
import { type Resampling, requireResampling, stationaryResampler } from './stationary-bootstrap.ts';

/** A statistic with its interval, in the statistic's own unit; NaN where not defined. */
export interface Interval {
  /** Of the series as it was. */
  readonly estimate: number;
  readonly lower: number;
  readonly upper: number;
  /** Two-sided: 0.9 leaves 5 % below `lower` and 5 % above `upper`. */
  readonly confidence: number;
  /** Resamples in which the statistic was not defined (a Sharpe ratio of nothing but zeros). */
  readonly undefinedResamples: number;
}

export const DEFAULT_CONFIDENCE = 0.9;

/**
 * Type-7 quantiles of resampled statistics. An undefined resample counts as the worst it could be:
 * below all others for `lower`, above all for `upper`; a bound that falls among them is NaN. All
 * is NaN when the estimate is. Throws InputError unless 0 < confidence < 1.
 */
export function intervalOf(samples: Column, estimate: number, confidence: number): Interval {
  if (!(confidence > 0 && confidence < 1)) {
    const rule = 'must be above 0 and below 1';
    throw new InputError({ key: 'confidence', rule, value: confidence });
  }
  const defined = Float64Array.from(samples).filter(Number.isFinite).sort();
  const undefinedResamples = samples.length - defined.length;
  const tail = ((1 - confidence) / 2) * (samples.length - 1);
  const isDefined = Number.isFinite(estimate);
  return {
    estimate: isDefined ? estimate : Number.NaN,
    lower: isDefined ? at(defined, tail - undefinedResamples) : Number.NaN,
    upper: isDefined ? at(defined, samples.length - 1 - tail) : Number.NaN,
    confidence,
    undefinedResamples,
  };
}

/**
 * Interval of any statistic of a series of returns by the stationary bootstrap. `statistic` is
 * handed the same buffer every time and must not keep it; null and non-finite answers count as
 * undefined. A value that is not finite, or a series too short or too flat for an automatic block
 * length, gives NaN.
 */
export function bootstrapInterval(
  returns: Column,
  statistic: (returns: Column) => number | null,
  resampling: Resampling,
  confidence = DEFAULT_CONFIDENCE,
): Interval {
  requireResampling(resampling);
  const count = returns.length;
  const samples = new Float64Array(resampling.resamples).fill(Number.NaN);
  const values = Float64Array.from(returns);
  const meanBlock = resampling.meanBlock ?? meanBlockOf(values);
  if (count === 0 || !(meanBlock >= 1) || !values.every(Number.isFinite)) {
    return intervalOf(samples, Number.NaN, confidence);
  }
  const resample = stationaryResampler(count, meanBlock, resampling.seed);
  const rows = new Uint32Array(count);
  const buffer = new Float64Array(count);
  for (let b = 0; b < samples.length; b++) {
    resample(rows);
    for (let t = 0; t < count; t++) buffer[t] = values[rows[t]!]!;
    samples[b] = statistic(buffer) ?? Number.NaN;
  }
  return intervalOf(samples, statistic(values) ?? Number.NaN, confidence);
}

function at(sorted: Float64Array, position: number): number {
  if (!(position >= 0 && position <= sorted.length - 1)) return Number.NaN;
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (position - below) * (sorted[above]! - sorted[below]!);
}
