// How sure can one be of a Sharpe ratio? The form of Bailey & Lopez de Prado, The Sharpe Ratio
// Efficient Frontier, Journal of Risk 15/2 (2012): the standard error is taken at the OBSERVED
// ratio and the divisor is T - 1. (Their 2025 form takes it under the null with divisor T and is
// more generous: 0.987 where this one says 0.913.) Ratios here are PER PERIOD, not annualised.

import { normalCdf, normalQuantile } from './normal.ts';
import { finite } from './ratios.ts';

export interface ObservedSharpe {
  /** Mean over sample sd, per period. */
  readonly sharpe: number;
  /** Number of returns. */
  readonly count: number;
  readonly skewness: number;
  /** Normal = 3, not excess. */
  readonly kurtosis: number;
}

/**
 * Variance of the estimated ratio times the number of returns: 1 - g3 SR + (g4 - 1)/4 SR^2.
 * 1 + SR^2/2 for normal returns (Lo 2002).
 */
export function sharpeVariance(sharpe: number, skewness: number, kurtosis: number): number {
  return 1 - skewness * sharpe + ((kurtosis - 1) / 4) * sharpe * sharpe;
}

/**
 * P(true ratio > `benchmark`), 0 to 1; null when the variance is not positive, T < 2 or any number
 * is infinite or none: a benchmark of minus infinity is a defect and not a sure pass.
 */
export function probabilisticSharpe2012(observed: ObservedSharpe, benchmark = 0): number | null {
  const { sharpe, count, skewness, kurtosis } = observed;
  const variance = sharpeVariance(sharpe, skewness, kurtosis);
  if (!(variance > 0 && count >= 2) || !areFinite(sharpe, count, variance, benchmark)) return null;
  return finite(normalCdf(((sharpe - benchmark) * Math.sqrt(count - 1)) / Math.sqrt(variance)));
}

/**
 * Number of returns (a fraction of one included) after which the probabilistic ratio against
 * `benchmark` reaches `confidence`; null when the ratio is not above the benchmark or not finite.
 */
export function minimumTrackRecord2012(
  observed: Omit<ObservedSharpe, 'count'>,
  benchmark = 0,
  confidence = 0.95,
): number | null {
  const { sharpe, skewness, kurtosis } = observed;
  const variance = sharpeVariance(sharpe, skewness, kurtosis);
  if (!(sharpe > benchmark && variance > 0) || !areFinite(sharpe, variance, benchmark)) return null;
  const z = normalQuantile(confidence) / (sharpe - benchmark);
  return finite(1 + variance * z * z);
}

function areFinite(...values: readonly number[]): boolean {
  return values.every(Number.isFinite);
}
