// Annualising a Sharpe ratio when returns remember: sqrt(periods) is right for independent returns
// only. With momentum in the equity curve it overstates, with reversal it understates. Lo, The
// Statistics of Sharpe Ratios, Financial Analysts Journal 58/4 (2002).
//
//   SR(q) = eta(q) SR,   eta(q) = q / sqrt(q + 2 sum_{k=1}^{q-1} (q - k) rho_k)

import type { Column } from '../market/column.ts';
import { moments } from './moments.ts';
import { DAYS_PER_YEAR } from './returns.ts';

/**
 * eta(q) for `periods` (q, a whole number from 1) and the autocorrelations of lags 1, 2, ...; those
 * beyond the list are taken as 0. sqrt(q) for an empty list; NaN where the variance of the q-period
 * return comes out as not positive, or a value is not finite.
 */
export function loFactor(periods: number, autocorrelations: Column): number {
  let variance = periods;
  const lags = Math.min(periods - 1, autocorrelations.length);
  for (let k = 1; k <= lags; k++) variance += 2 * (periods - k) * autocorrelations[k - 1]!;
  const factor = periods / Math.sqrt(variance);
  return variance > 0 && Number.isInteger(periods) && Number.isFinite(factor) ? factor : Number.NaN;
}

/** Sample autocorrelations of lags 1 to `lags`, divisor n, so never above 1; NaN if flat. */
export function autocorrelations(returns: Column, lags: number): Float64Array {
  const n = returns.length;
  const sample = moments(returns);
  const out = new Float64Array(lags).fill(Number.NaN);
  if (sample === null || !(sample.sd > 0)) return out;
  const { mean, sd } = sample;
  const whole = sd * sd * (n - 1);
  for (let k = 1; k <= lags; k++) {
    let product = 0;
    for (let t = k; t < n; t++) product += (returns[t]! - mean) * (returns[t - k]! - mean);
    out[k - 1] = product / whole;
  }
  return out;
}

/**
 * Annualised Sharpe ratio of per-period returns by Lo's factor over the first `lags` lags. Without
 * `lags` it is floor(4 (n/100)^(2/9)) (Newey & West 1994), 6 for two years of days: the sum over
 * all 364 would be noise, as sample autocorrelations add up to -1/2 whatever the market does.
 * NaN below 3 returns, for a flat line and for values that are not finite.
 */
export function autocorrelatedSharpe(
  returns: Column,
  periodsPerYear = DAYS_PER_YEAR,
  lags = Math.floor(4 * (returns.length / 100) ** (2 / 9)),
): number {
  const sample = moments(returns);
  if (sample === null || sample.count < 3 || !(sample.sd > 0)) return Number.NaN;
  const known = Math.max(0, Math.min(lags, sample.count - 2));
  const factor = loFactor(periodsPerYear, autocorrelations(returns, known));
  return Number.isFinite(sample.mean) ? (sample.mean / sample.sd) * factor : Number.NaN;
}
