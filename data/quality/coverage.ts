// Days of a dataset: how many of its candles each UTC day has, from the first to the last.

import { DAY_MS } from '../../engine/interval.ts';
import type { Column } from '../../engine/market/column.ts';

export interface Coverage {
  /** Start of the first day, UTC ms. */
  readonly fromMs: number;
  /** Share of the day's candles that are there, 0 to 1, day by day; the first and last may be begun. */
  readonly shares: Float64Array;
}

export function coverageOf(openMs: Column, intervalMs: number): Coverage {
  if (openMs.length === 0) return { fromMs: 0, shares: new Float64Array(0) };
  const [first, last] = [openMs[0]!, openMs[openMs.length - 1]!];
  const fromMs = Math.floor(first / DAY_MS) * DAY_MS;
  const counts = new Float64Array(Math.floor((last - fromMs) / DAY_MS) + 1);
  for (let i = 0; i < openMs.length; i++) counts[Math.floor((openMs[i]! - fromMs) / DAY_MS)]!++;
  const shares = counts.map((count, day) => {
    // What was not listed yet, or is not there yet, is not missing.
    const startMs = Math.max(first, fromMs + day * DAY_MS);
    const endMs = Math.min(last + intervalMs, fromMs + (day + 1) * DAY_MS);
    return Math.min(1, count / Math.max(1, Math.round((endMs - startMs) / intervalMs)));
  });
  return { fromMs, shares };
}
