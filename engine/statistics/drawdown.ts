// How far and how long equity was below its running peak. Seen at closes, over every row: what
// happens inside a candle is not in the equity column.

import type { Column } from '../market/column.ts';

export interface Drawdown {
  /** Deepest fall below the running peak, a fraction <= 0; below -1 when equity went negative. */
  readonly depth: number;
  /** Longest time from a peak to a later row still below it, ms; need not be the deepest fall. */
  readonly longestMs: number;
  /**
   * Deepest fall in USD, >= 0, the first of equally deep ones; and that fall over its peak, <= 0. It need
   * not be the deepest in per cent: a small account halves early, a large one later loses more by a tenth.
   */
  readonly fallUsd: number;
  readonly fallFraction: number;
  /** Highest equity, the start included. */
  readonly peakUsd: number;
  /** Of all rows, in their order; a NaN or an infinity anywhere makes it one. */
  readonly sumUsd: number;
}

/**
 * Drawdown of an equity curve that starts with `startUsd` (> 0) at `startMs`. The peak's time is
 * the LAST row that stood at the peak, so a flat line is never below it; a fall that has not
 * recovered counts to the last row; the row of recovery itself is not below the peak.
 */
export function drawdown(
  closeMs: Column,
  equityUsd: Column,
  length: number,
  startUsd: number,
  startMs: number,
): Drawdown {
  let peak = startUsd;
  let peakMs = startMs;
  let depth = 0;
  let fallUsd = 0;
  let fallFraction = 0;
  let longestMs = 0;
  /** Lowest equity since the peak: all measures are taken of it when the fall is over. */
  let low = startUsd;
  let sumUsd = 0;
  for (let row = 0; row < length; row++) {
    const equity = equityUsd[row]!;
    sumUsd += equity;
    if (equity < peak) {
      if (equity < low) low = equity;
      continue;
    }
    if (low < peak) {
      depth = Math.min(depth, low / peak - 1);
      if (peak - low > fallUsd) {
        fallUsd = peak - low;
        fallFraction = low / peak - 1;
      }
      longestMs = Math.max(longestMs, closeMs[row - 1]! - peakMs);
    }
    peak = equity;
    low = equity;
    peakMs = closeMs[row]!;
  }
  if (low < peak) {
    depth = Math.min(depth, low / peak - 1);
    if (peak - low > fallUsd) {
      fallUsd = peak - low;
      fallFraction = low / peak - 1;
    }
    longestMs = Math.max(longestMs, closeMs[length - 1]! - peakMs);
  }
  return { depth, fallUsd, fallFraction, longestMs, peakUsd: peak, sumUsd };
}
