// From equity at candle closes to the returns of UTC days: what every ratio is computed on, so that
// a run on 1m candles and the same run on 1h candles have the same Sharpe ratio.
//
//   close    23:59   00:00 | 00:01 ... 00:00 | 00:01 ... 14:30
//   day      ------- 1 ----|------ 2 --------|------ 3 -------   (3 is unfinished and counts)

import { DAY_MS } from '../interval.ts';
import type { Column } from '../market/column.ts';

/** Crypto days in a year: markets do not close. */
export const DAYS_PER_YEAR = 365;

/**
 * One return per UTC day from the first close to the last, as fractions: equity at the last close
 * at or before the day's midnight over the same of the day before, less 1.
 *
 * - A close exactly at 00:00 belongs to the day that ended.
 * - The first day starts from `startUsd`; the last may be unfinished. So the returns compound to
 *   the return of the run, to the last cent.
 * - A day without any close (a hole in all legs) has return 0: the account stood still.
 * - The first day that ends at or below zero is the last one listed, with its return of -1 or
 *   worse: a return on nothing is not defined, and leaving out the day of ruin would flatter.
 *
 * `closeMs` ascends. Allocates one array of a number per day.
 */
export function dailyReturns(
  closeMs: Column,
  equityUsd: Column,
  length: number,
  startUsd: number,
): Float64Array {
  if (length === 0) return new Float64Array(0);
  const first = dayOf(closeMs[0]!);
  const returns = new Float64Array(dayOf(closeMs[length - 1]!) - first + 1);
  let day = 0;
  let midnightMs = (first + 1) * DAY_MS;
  let before = startUsd;
  for (let row = 0; row < length; row++) {
    row = lastUpTo(closeMs, row, length, midnightMs);
    const equity = equityUsd[row]!;
    returns[day] = equity / before - 1;
    if (!(equity > 0)) return returns.subarray(0, day + 1);
    before = equity;
    if (row + 1 < length) {
      day = dayOf(closeMs[row + 1]!) - first;
      midnightMs = (first + day + 1) * DAY_MS;
    }
  }
  return returns;
}

/** The last row from `row` (which is) up to an instant. */
function lastUpTo(closeMs: Column, row: number, length: number, untilMs: number): number {
  let low = row;
  let high = length;
  while (low + 1 < high) {
    const middle = (low + high) >>> 1;
    if (closeMs[middle]! <= untilMs) low = middle;
    else high = middle;
  }
  return low;
}

/** Days since 1970 of the UTC day that a close belongs to. */
export function dayOf(closeMs: number): number {
  return Math.ceil(closeMs / DAY_MS) - 1;
}
