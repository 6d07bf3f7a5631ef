// Returns in time: rolling Sharpe ratio and volatility, autocorrelation, the distribution and its tail.

import type { Column } from '../../engine/market/column.ts';
import { quantile } from '../../engine/statistics/moments.ts';
import { finite, sharpe, volatility } from '../../engine/statistics/ratios.ts';
import { DAYS_PER_YEAR } from '../../engine/statistics/returns.ts';

/** Days of a rolling window. */
export const WINDOW_DAYS = 30;

/** Annual Sharpe ratio and volatility of the last `WINDOW_DAYS` days at each day; NaN before. */
export function rolling(returns: Column): { sharpe: Float64Array; volatility: Float64Array } {
  const values = Float64Array.from(returns);
  const over = (pick: (window: Float64Array) => number | null) =>
    values.map((_, day) => {
      if (day + 1 < WINDOW_DAYS) return Number.NaN;
      return pick(values.subarray(day + 1 - WINDOW_DAYS, day + 1)) ?? Number.NaN;
    });
  return {
    sharpe: over((window) => sharpe(window, DAYS_PER_YEAR)),
    volatility: over((window) => volatility(window, DAYS_PER_YEAR)),
  };
}

/**
 * Correlation of returns with those `lag` periods later, lags 1 to `most` (Box & Jenkins: divided by
 * the variance of all). Empty where there are not twice as many returns, or none differs.
 */
export function autocorrelation(returns: Column, most: number): number[] {
  const count = returns.length;
  if (count < 2 * most) return [];
  let mean = 0;
  for (let t = 0; t < count; t++) mean += returns[t]! / count;
  let variance = 0;
  for (let t = 0; t < count; t++) variance += (returns[t]! - mean) ** 2;
  if (!(variance > 0)) return [];
  return Array.from({ length: most }, (_, k) => {
    let sum = 0;
    for (let t = k + 1; t < count; t++) sum += (returns[t]! - mean) * (returns[t - k - 1]! - mean);
    return sum / variance;
  });
}

/** What the worst days look like; fractions, null = too few days. */
export interface Tail {
  /** Quantile of type 7 (linear between order statistics): a day worse than this is one in 20, in 100. */
  readonly var95: number | null;
  readonly var99: number | null;
  /** Mean of the days at or below it. */
  readonly cvar95: number | null;
  readonly cvar99: number | null;
}

/** Fewer days than this have no one-in-twenty day. */
const FEWEST = 20;

export function tailOf(returns: Column): Tail {
  const beyond = (share: number, fewest: number): [number | null, number | null] => {
    const limit = returns.length < fewest ? null : quantile(returns, share);
    if (limit === null) return [null, null];
    const worse = Float64Array.from(returns).filter((value) => value <= limit);
    return [limit, finite(worse.reduce((sum, value) => sum + value, 0) / worse.length)];
  };
  const [var95, cvar95] = beyond(0.05, FEWEST);
  const [var99, cvar99] = beyond(0.01, 5 * FEWEST);
  return { var95, var99, cvar95, cvar99 };
}

export interface Bin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** Days by return in bins of one round width, from the first that holds one to the last. */
export function histogram(returns: Column, wanted = 31): Bin[] {
  if (returns.length === 0) return [];
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let t = 0; t < returns.length; t++) {
    low = Math.min(low, returns[t]!);
    high = Math.max(high, returns[t]!);
  }
  const rough = Math.max((high - low) / wanted, 1e-5);
  const power = 10 ** Math.floor(Math.log10(rough));
  const width = [1, 2, 5, 10].map((m) => m * power).find((w) => w >= rough * 0.999)!;
  const first = Math.floor(low / width);
  const counts = new Array<number>(Math.floor(high / width) - first + 1).fill(0);
  for (let t = 0; t < returns.length; t++) counts[Math.floor(returns[t]! / width) - first]!++;
  return counts.map((count, k) => ({
    from: (first + k) * width,
    to: (first + k + 1) * width,
    count,
  }));
}
