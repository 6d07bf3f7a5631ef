// Confidence intervals by resampling: how far a statistic moves when history is dealt again.
// Percentile intervals (Efron & Tibshirani 1993, ch. 13). BCa was looked at and left: its
// acceleration is a jackknife over independent rows and a smooth statistic, and neither days of
// a market nor a maximum drawdown are that.

import { InputError } from '../errors.ts';
import type { Column } from '../market/column.ts';

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

function at(sorted: Float64Array, position: number): number {
  if (!(position >= 0 && position <= sorted.length - 1)) return Number.NaN;
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (position - below) * (sorted[above]! - sorted[below]!);
}
