// The probabilistic Sharpe ratio as its authors write it in 2025: the standard error is that of the
// NULL (the benchmark's ratio) and the divisor is T. On the hedge fund of the 2012 paper it says
// 0.987 where the 2012 form says 0.913, so a report names the form; gates here use the 2012 one.
// Lopez de Prado, Lipton & Zoonekynd, Sharpe Ratio Inference (2025). Ratios are PER PERIOD.

import { normalCdf, normalQuantile } from './normal.ts';
import { type ObservedSharpe, sharpeVariance } from './probabilistic-sharpe.ts';

/** How likely a worthless strategy is to pass, and a good one to fail. */
export interface SharpeTest {
  /** The ratio of a worthless strategy, and that of a good one. */
  readonly nullSharpe: number;
  readonly goodSharpe: number;
  readonly count: number;
  readonly skewness: number;
  /** Normal = 3, not excess. */
  readonly kurtosis: number;
}

/** P(true ratio > `benchmark`), 0 to 1; NaN for T < 2, no positive variance or no finite value. */
export function probabilisticSharpe2025(observed: ObservedSharpe, benchmark = 0): number {
  return normalCdf(distanceOf(observed, benchmark));
}

/** How far the ratio is above `benchmark`, in the standard errors of one that is exactly there. */
function distanceOf(observed: ObservedSharpe, benchmark: number): number {
  const error = standardError(benchmark, observed);
  if (!Number.isFinite(observed.sharpe) || !(observed.count >= 2)) return Number.NaN;
  return (observed.sharpe - benchmark) / error;
}

/** Returns needed for `confidence`, fractions included; NaN for a ratio not above the benchmark. */
export function minimumTrackRecord2025(
  observed: Omit<ObservedSharpe, 'count'>,
  benchmark = 0,
  confidence = 0.95,
): number {
  const error = standardError(benchmark, { ...observed, count: 1 });
  const distance = observed.sharpe - benchmark;
  if (!(distance > 0 && distance < Number.POSITIVE_INFINITY)) return Number.NaN;
  return ((error * normalQuantile(confidence)) / distance) ** 2;
}

/** Probability (beta) that a strategy of `goodSharpe` fails the test at level `alpha`. */
export function missProbability(test: SharpeTest, alpha = 0.05): number {
  const bar = test.nullSharpe + standardError(test.nullSharpe, test) * normalQuantile(1 - alpha);
  return normalCdf((bar - test.goodSharpe) / standardError(test.goodSharpe, test));
}

/**
 * Share of worthless strategies among those that pass at level `alpha` with miss probability
 * `beta`, when a share `prior` (p) of all that are tried is good:
 * 1 / (1 + (1 - beta) p / (alpha (1 - p))).
 * NaN unless all three are from 0 to 1.
 */
export function falseDiscoveryRate(prior: number, alpha: number, beta: number): number {
  return shareOfWorthless(prior, alpha, 1 - beta);
}

/** Of what passes: `byLuck` of the worthless do, and `bySkill` of the good. */
function shareOfWorthless(prior: number, byLuck: number, bySkill: number): number {
  for (const share of [prior, byLuck, bySkill]) if (!(share >= 0 && share <= 1)) return Number.NaN;
  return (byLuck * (1 - prior)) / (byLuck * (1 - prior) + bySkill * prior);
}

/**
 * The same for a strategy with exactly the ratio `sharpe`: the probability that it is worthless
 * given that a ratio as high was seen. NaN unless 0 <= prior <= 1 and all is finite.
 */
export function observedFalseDiscoveryRate(
  test: SharpeTest,
  sharpe: number,
  prior: number,
): number {
  const observed = { ...test, sharpe };
  // Tails by themselves: 1 less a probability would be 0 for both where a ratio is far out.
  const byLuck = normalCdf(-distanceOf(observed, test.nullSharpe));
  const bySkill = normalCdf(-distanceOf(observed, test.goodSharpe));
  return shareOfWorthless(prior, byLuck, bySkill);
}

/** Standard error of an estimated ratio whose true value is `sharpe`; NaN where not defined. */
function standardError(
  sharpe: number,
  { count, skewness, kurtosis }: Pick<ObservedSharpe, 'count' | 'skewness' | 'kurtosis'>,
): number {
  const error = Math.sqrt(sharpeVariance(sharpe, skewness, kurtosis) / count);
  return error > 0 && Number.isFinite(error) && Number.isFinite(sharpe) ? error : Number.NaN;
}
