// Where one result lies among many that could have been.

import { quantile } from '../../statistics/moments.ts';

/** Statistics that every kind of resampling is summed up by. */
export const FIGURES = ['totalReturn', 'maxDrawdown', 'sharpe'] as const;
export type Figure = (typeof FIGURES)[number];

export interface Spread {
  readonly figure: Figure;
  /** Of the run. */
  readonly real: number;
  /** Type-7 quantiles of the resamples. */
  readonly p5: number;
  readonly p50: number;
  readonly p95: number;
  /**
   * Share of resamples that came out worse than the run, those that came out the same counting half:
   * 0.5 is the middle. Higher is better, of drawdowns too.
   */
  readonly rank: number;
  /** P that a resample is at least as good: (1 + as good) / (1 + count), never 0. */
  readonly p: number;
  readonly count: number;
}

/** Relative difference below which two results are the same: sums in another order. */
const SAME = 1e-12;

/** The spread of `samples` around `real`; null where a value is missing (null or no number) or none is there. */
export function spreadOf(
  figure: Figure,
  real: number | null,
  samples: readonly (number | null)[],
): Spread | null {
  const isMissing = (value: number | null) => value === null || !Number.isFinite(value);
  const values = samples as readonly number[];
  if (real === null || isMissing(real) || values.length === 0 || values.some(isMissing))
    return null;
  const near = SAME * (1 + Math.abs(real));
  let worse = 0;
  let same = 0;
  for (const value of values) {
    if (value < real - near) worse++;
    else if (value <= real + near) same++;
  }
  const count = values.length;
  const at = (share: number) => quantile(values, share)!;
  return Object.freeze({
    figure,
    real,
    p5: at(0.05),
    p50: at(0.5),
    p95: at(0.95),
    rank: (worse + same / 2) / count,
    p: (1 + count - worse) / (1 + count),
    count,
  });
}
