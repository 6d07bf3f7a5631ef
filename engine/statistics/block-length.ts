// How long the runs of a block bootstrap should be: Politis & White, Automatic Block-Length
// Selection for the Dependent Bootstrap, Econometric Reviews 23 (2004), with the correction of
// Patton, Politis & White, Econometric Reviews 28 (2009). White noise wants 1, trends want more.
//
//   m = twice the lag after which Kn autocorrelations in a row are insignificant
//   g = sum 2 lambda(k/m) k R(k)    V = R(0) + sum 2 lambda(k/m) R(k)    k = 1..m, lambda flat-top
//   b = (2 g^2 / D)^(1/3) n^(1/3),  D = 2 V^2 (stationary), 4/3 V^2 (circular)

import type { Column } from '../market/column.ts';
import type { TrialMatrix } from './trial-matrix.ts';

/** Rows, not rounded, at most ceil(min(3 sqrt(n), n/3)); may be below 1. */
export interface BlockLength {
  readonly stationary: number;
  readonly circular: number;
}

/** Kn is never below this; it grows with log10(n) only beyond 10^5 rows. */
const FEWEST_LAGS = 5;

/** Where a series of so many rows is worked on; ten thousand of the same length need one. */
interface Bench {
  readonly centred: Float64Array;
  readonly covariance: Float64Array;
}

function benchFor(rows: number): Bench {
  return { centred: new Float64Array(rows), covariance: new Float64Array(mostLags(rows) + 1) };
}

/** Autocorrelations that must be quiet in a row, and the last lag that is looked at. */
const quietLags = (rows: number) => Math.max(FEWEST_LAGS, Math.floor(Math.log10(rows)));
const mostLags = (rows: number) =>
  Math.max(0, Math.min(Math.ceil(Math.sqrt(rows)) + quietLags(rows), rows - 2));

/**
 * Optimal mean block length for the mean of a series. NaN for fewer than 9 rows, for a flat line
 * and when a value is not finite.
 */
export function automaticBlockLength(values: Column): BlockLength {
  return blockLengthOn(benchFor(values.length), values);
}

function blockLengthOn({ centred, covariance }: Bench, values: Column): BlockLength {
  const n = values.length;
  if (n < 9) return { stationary: Number.NaN, circular: Number.NaN };
  let sum = 0;
  for (let t = 0; t < n; t++) sum += values[t]!;
  const mean = sum / n;
  for (let t = 0; t < n; t++) centred[t] = values[t]! - mean;
  // A flat line's rounding noise has autocorrelations too; they mean nothing.
  const isFlat = autocovariance(centred, 0) <= (1e-14 * (1 + Math.abs(mean))) ** 2;
  if (isFlat) return { stationary: Number.NaN, circular: Number.NaN };

  const run = quietLags(n);
  const most = mostLags(n);
  const critical = 2 * Math.sqrt(Math.log10(n) / n);
  let lags = most;
  for (let k = 0, quiet = 0; k <= most; k++) {
    let product = 0;
    let head = 0;
    let tail = 0;
    for (let t = k; t < n; t++) product += centred[t]! * centred[t - k]!;
    // The reference implementation scales by both ends less one row more than the lag.
    for (let t = k + 1; t < n; t++) {
      tail += centred[t]! * centred[t]!;
      head += centred[t - k - 1]! * centred[t - k - 1]!;
    }
    covariance[k] = product / n;
    quiet = Math.abs(product) / Math.sqrt(head * tail) < critical ? quiet + 1 : 0;
    // The run must end before the last lag looked at.
    if (quiet === run && k < most) {
      lags = Math.min(2 * Math.max(k - run + 1, 1), most);
      // The lags up to twice the one found are still to be summed.
      for (let j = k + 1; j <= lags; j++) covariance[j] = autocovariance(centred, j);
      break;
    }
  }

  let g = 0;
  let variance = covariance[0]!;
  for (let k = 1; k <= lags; k++) {
    const flatTop = 2 * k <= lags ? 1 : 2 * (1 - k / lags);
    g += 2 * flatTop * k * covariance[k]!;
    variance += 2 * flatTop * covariance[k]!;
  }
  const longest = Math.ceil(Math.min(3 * Math.sqrt(n), n / 3));
  const length = (factor: number) => {
    const blocks = Math.cbrt((2 * g * g) / (factor * variance * variance)) * Math.cbrt(n);
    return Number.isNaN(blocks) ? Number.NaN : Math.min(blocks, longest);
  };
  return { stationary: length(2), circular: length(4 / 3) };
}

/** The automatic length for the stationary bootstrap, at least 1, as resamplers want it; or NaN. */
export function meanBlockOf(values: Column): number {
  return atLeast1(automaticBlockLength(values));
}

function atLeast1({ stationary }: BlockLength): number {
  // Math.max keeps a NaN.
  return Math.max(1, stationary);
}

/**
 * One length for all trials, since a resample must take the same rows of each: the median of
 * theirs. Trials without a length (flat lines) have no say; NaN when no trial has one.
 */
export function meanBlockOfTrials({ trials, rows, values }: TrialMatrix): number {
  const bench = benchFor(rows);
  const lengths = Array.from({ length: trials }, (_, k) =>
    atLeast1(blockLengthOn(bench, values.subarray(k * rows, (k + 1) * rows))),
  ).filter((length) => length >= 1);
  if (lengths.length === 0) return Number.NaN;
  return lengths.sort((a, b) => a - b)[lengths.length >> 1]!;
}

function autocovariance(centred: Float64Array, lag: number): number {
  let product = 0;
  for (let t = lag; t < centred.length; t++) product += centred[t]! * centred[t - lag]!;
  return product / centred.length;
}
