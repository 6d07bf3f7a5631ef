// Are two runs different, or is it the days? Both saw the same days, so days are resampled for both
// at once and what they have in common (the market) cancels: the paired stationary bootstrap of
// Politis & Romano (1994); for Sharpe ratios see Ledoit & Wolf, Robust performance hypothesis
// testing with the Sharpe ratio, Journal of Empirical Finance 15 (2008). Intervals are percentile
// ones; the p-value resamples the centred difference, as Hansen (2005) and White (2000) do.

import { InputError } from '../errors.ts';
import type { Column } from '../market/column.ts';
import { meanBlockOf } from './block-length.ts';
import { DEFAULT_CONFIDENCE, type Interval, intervalOf } from './percentile-interval.ts';
import { sharpe } from './ratios.ts';
import { DAYS_PER_YEAR } from './returns.ts';
import {
  type Resampler,
  type Resampling,
  requireResampling,
  stationaryResampler,
} from './stationary-bootstrap.ts';

/** How far a is ahead of b. NaN throughout where it cannot be told. */
export interface PairedDifference {
  /** Days that both have. */
  readonly days: number;
  /** Mean of a - b times the days of a year: what a earns more, a fraction a year. */
  readonly yearly: Interval;
  /** Annual Sharpe ratio of a less that of b. */
  readonly sharpe: Interval;
  /** Two-sided, of "a and b earn the same": (1 + resamples at least as far) / (1 + resamples). */
  readonly p: number;
  /** Mean run length used, rows. */
  readonly meanBlock: number;
}

/**
 * Compares returns (fractions) of the same days in the same order. Two that are equal on every day,
 * or fewer than 9 days without a `meanBlock`, cannot be resampled: NaN. Throws InputError for
 * unusable settings and when the lengths differ.
 */
export function pairedDifference(
  a: Column,
  b: Column,
  resampling: Resampling,
  confidence = DEFAULT_CONFIDENCE,
  resampler?: Resampler,
): PairedDifference {
  requireResampling(resampling);
  if (a.length !== b.length) {
    const rule = `must have the ${a.length} days of the other`;
    throw new InputError({ key: 'returns', rule, value: b.length });
  }
  const days = a.length;
  const gaps = Float64Array.from({ length: days }, (_, t) => a[t]! - b[t]!);
  const meanBlock = resampling.meanBlock ?? meanBlockOf(gaps);
  const isUsable = days > 0 && meanBlock >= 1 && gaps.every(Number.isFinite);
  const means = new Float64Array(resampling.resamples).fill(Number.NaN);
  const ratios = means.slice();
  let mean = Number.NaN;
  let ratio = Number.NaN;
  let asFar = 0;
  if (isUsable) {
    mean = meanOf(gaps);
    ratio = difference(sharpe(a, DAYS_PER_YEAR), sharpe(b, DAYS_PER_YEAR));
    const resample = resampler ?? stationaryResampler(days, meanBlock, resampling.seed);
    const rows = new Uint32Array(days);
    const [left, right] = [new Float64Array(days), new Float64Array(days)];
    for (let k = 0; k < means.length; k++) {
      resample(rows);
      let sum = 0;
      for (let t = 0; t < days; t++) {
        left[t] = a[rows[t]!]!;
        right[t] = b[rows[t]!]!;
        sum += gaps[rows[t]!]!;
      }
      means[k] = sum / days;
      ratios[k] = difference(sharpe(left, DAYS_PER_YEAR), sharpe(right, DAYS_PER_YEAR));
      // What only rounding keeps from being as far counts as as far.
      if (Math.abs(means[k]! - mean) >= Math.abs(mean) * (1 - 1e-12)) asFar++;
    }
  }
  const yearly = means.map((value) => value * DAYS_PER_YEAR);
  return {
    days,
    yearly: intervalOf(yearly, mean * DAYS_PER_YEAR, confidence),
    sharpe: intervalOf(ratios, ratio, confidence),
    p: isUsable ? (1 + asFar) / (1 + means.length) : Number.NaN,
    meanBlock,
  };
}

function meanOf(values: Float64Array): number {
  let sum = 0;
  for (let t = 0; t < values.length; t++) sum += values[t]!;
  return sum / values.length;
}

function difference(a: number | null, b: number | null): number {
  return a === null || b === null ? Number.NaN : a - b;
}
