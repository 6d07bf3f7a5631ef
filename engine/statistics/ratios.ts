// The ratios of a series of returns, each a pure function of a column and the periods in a year.
// Formulas are those of empyrical (arithmetic annualising), and so are the test cases; where it
// answers NaN or infinity the answer here is null, because a gate must not pass on infinity.

import type { Column } from '../market/column.ts';
import { moments, quantileOfSorted } from './moments.ts';

/** Sample standard deviation (n - 1) times sqrt(periods); null below two returns. */
export function volatility(returns: Column, periodsPerYear: number): number | null {
  const sample = moments(returns);
  return sample === null ? null : finite(sample.sd * Math.sqrt(periodsPerYear));
}

/** mean / sd (n - 1) x sqrt(periods). `returns` are in excess of the risk-free rate. */
export function sharpe(returns: Column, periodsPerYear: number): number | null {
  const sample = moments(returns);
  if (sample === null || sample.sd === 0) return null;
  return finite((sample.mean / sample.sd) * Math.sqrt(periodsPerYear));
}

/** sqrt(mean(min(r, 0)^2)) x sqrt(periods), divided by ALL returns; null when there are none. */
export function downsideRisk(returns: Column, periodsPerYear: number): number | null {
  if (returns.length === 0) return null;
  let squares = 0;
  for (let i = 0; i < returns.length; i++) {
    const r = returns[i]!;
    if (r < 0) squares += r * r;
  }
  return finite(Math.sqrt(squares / returns.length) * Math.sqrt(periodsPerYear));
}

/** mean x periods / downside risk; null without a loss. The required return is taken off before. */
export function sortino(returns: Column, periodsPerYear: number): number | null {
  const risk = downsideRisk(returns, periodsPerYear);
  if (risk === null || risk === 0) return null;
  let sum = 0;
  for (let i = 0; i < returns.length; i++) sum += returns[i]!;
  return finite(((sum / returns.length) * periodsPerYear) / risk);
}

/**
 * Compound growth per year of a value that became `growth` times itself in `years`: -1 when
 * nothing is left (growth <= 0), null when no time passed or the number overflows.
 */
export function cagr(growth: number, years: number): number | null {
  if (!(years > 0)) return null;
  if (growth <= 0) return -1;
  return finite(growth ** (1 / years) - 1);
}

/** Compound growth per year over the fall of the deepest drawdown; null without a drawdown. */
export function calmar(cagrFraction: number | null, maxDrawdown: number): number | null {
  if (cagrFraction === null || maxDrawdown === 0) return null;
  return finite(cagrFraction / Math.abs(maxDrawdown));
}

/** Gains above a threshold (per period) over shortfalls below it; null without a shortfall. */
export function omega(returns: Column, threshold = 0): number | null {
  let gains = 0;
  let losses = 0;
  for (let i = 0; i < returns.length; i++) {
    const excess = returns[i]! - threshold;
    if (excess > 0) gains += excess;
    else losses -= excess;
  }
  return losses === 0 ? null : finite(gains / losses);
}

/** |95 % quantile| over |5 % quantile|: above 1 the good days are larger than the bad ones. */
export function tailRatio(returns: Column): number | null {
  const sorted = Float64Array.from(returns).sort();
  const good = quantileOfSorted(sorted, 0.95);
  const bad = quantileOfSorted(sorted, 0.05);
  return good === null || bad === null ? null : finite(Math.abs(good / bad));
}

/** The value, or null when it is no number that a report or a gate could use. */
export function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
