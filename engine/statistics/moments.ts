// The four moments of a sample, in two passes and in index order: the same bits on every run.
// Spread that is only rounding noise counts as none, so that a flat line has no Sharpe ratio
// instead of one of 10^15.

import type { Column } from '../market/column.ts';

export interface Moments {
  readonly count: number;
  readonly mean: number;
  /** Sample standard deviation (divisor n - 1); exactly 0 for a flat line. */
  readonly sd: number;
  /** Third central moment over the second to the 3/2, divisor n; null for a flat line. */
  readonly skewness: number | null;
  /** Fourth central moment over the square of the second, divisor n; normal = 3, NOT excess. */
  readonly kurtosis: number | null;
}

// A day's return is a quotient near 1 less 1, so it carries an error of about 1e-16 whatever its
// size; a spread below this is that error and nothing else.
const ROUNDING = 1e-14;

/**
 * Moments of a sample of at least two values, else null. Skewness and kurtosis are the plain
 * moment estimators that Bailey & Lopez de Prado (2012) put into the probabilistic Sharpe ratio.
 */
export function moments(values: Column): Moments | null {
  const count = values.length;
  if (count < 2) return null;

  let sum = 0;
  for (let i = 0; i < count; i++) sum += values[i]!;
  const mean = sum / count;

  let squares = 0;
  let cubes = 0;
  let fourths = 0;
  for (let i = 0; i < count; i++) {
    const d = values[i]! - mean;
    const d2 = d * d;
    squares += d2;
    cubes += d2 * d;
    fourths += d2 * d2;
  }

  const sd = Math.sqrt(squares / (count - 1));
  if (sd <= ROUNDING * (1 + Math.abs(mean))) {
    return { count, mean, sd: 0, skewness: null, kurtosis: null };
  }
  const variance = squares / count;
  return {
    count,
    mean,
    sd,
    skewness: cubes / count / (variance * Math.sqrt(variance)),
    kurtosis: fourths / count / (variance * variance),
  };
}

/** Quantile of type 7 (linear between order statistics, numpy's default); null when empty. */
export function quantile(values: Column, probability: number): number | null {
  return quantileOfSorted(Float64Array.from(values).sort(), probability);
}

/** The same of values that ascend. */
export function quantileOfSorted(sorted: Column, probability: number): number | null {
  if (sorted.length === 0) return null;
  const position = probability * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (position - below) * (sorted[above]! - sorted[below]!);
}
