// Days of a dataset: how much of what was due on each UTC day is there, from the first to the last.
//
// What is due is what the report of the same rows counts as there or missing, so calendar and score
// agree by construction; what the source has not either is told apart.

import { DAY_MS } from '../../engine/interval.ts';
import type { Column } from '../../engine/market/column.ts';

export interface Coverage {
  /** Start of the first day, UTC ms. */
  readonly fromMs: number;
  /** Share of what was due that is there, 0 to 1, day by day; NaN where nothing was due. */
  readonly shares: Float64Array;
  /** Share of the day's places that the source has nothing for, 0 to 1. */
  readonly absent: Float64Array;
}

/** Of increasing times, those that are missing between them, and those the source has not either. */
export function coverageOf(
  timesMs: Column,
  missingMs: Iterable<number>,
  absentMs: Iterable<number>,
): Coverage {
  if (timesMs.length === 0) {
    return { fromMs: 0, shares: new Float64Array(0), absent: new Float64Array(0) };
  }
  const [first, last] = [timesMs[0]!, timesMs[timesMs.length - 1]!];
  const fromMs = Math.floor(first / DAY_MS) * DAY_MS;
  const days = Math.floor((last - fromMs) / DAY_MS) + 1;
  const dayOf = (ms: number) => Math.floor((ms - fromMs) / DAY_MS);
  const there = new Float64Array(days);
  for (let i = 0; i < timesMs.length; i++) there[dayOf(timesMs[i]!)]!++;
  const [missing, absent] = [missingMs, absentMs].map((times) => {
    const counts = new Float64Array(days);
    for (const ms of times) counts[dayOf(ms)]!++;
    return counts;
  }) as [Float64Array, Float64Array];
  return {
    fromMs,
    shares: there.map((count, day) => count / (count + missing[day]!)),
    absent: absent.map((count, day) => {
      return count === 0 ? 0 : count / (there[day]! + missing[day]! + count);
    }),
  };
}
