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
  const curve = new Curve(closeMs, equityUsd, startUsd, startMs);
  for (let row = 0; row < length; row += BLOCK_ROWS) {
    curve.follow(row, Math.min(length, row + BLOCK_ROWS));
  }
  curve.recover(length);
  const { depth, longestMs, fallUsd, fallFraction, peakUsd, sumUsd } = curve;
  return { depth, longestMs, fallUsd, fallFraction, peakUsd, sumUsd };
}

/** A loop that is entered often is compiled as a whole, one that is entered once in its middle. */
const BLOCK_ROWS = 4096;

/** An equity curve, followed row by row. */
class Curve {
  depth = 0;
  longestMs = 0;
  fallUsd = 0;
  fallFraction = 0;
  peakUsd: number;
  sumUsd = 0;
  readonly #closeMs: Column;
  readonly #equityUsd: Column;
  #peakMs: number;
  /** Lowest equity since the peak: all measures are taken of it when the fall is over. */
  #low: number;

  constructor(closeMs: Column, equityUsd: Column, startUsd: number, startMs: number) {
    this.#closeMs = closeMs;
    this.#equityUsd = equityUsd;
    this.peakUsd = startUsd;
    this.#peakMs = startMs;
    this.#low = startUsd;
  }

  follow(from: number, to: number): void {
    const equityUsd = this.#equityUsd;
    let { peakUsd, sumUsd } = this;
    let low = this.#low;
    for (let row = from; row < to; row++) {
      const equity = equityUsd[row]!;
      sumUsd += equity;
      if (equity < peakUsd) {
        if (equity < low) low = equity;
        continue;
      }
      if (low < peakUsd) {
        this.#low = low;
        this.recover(row);
      }
      peakUsd = equity;
      low = equity;
      this.peakUsd = equity;
      this.#peakMs = this.#closeMs[row]!;
    }
    this.#low = low;
    this.sumUsd = sumUsd;
  }

  /** The fall since the last peak, if any, is over before `row`. */
  recover(row: number): void {
    if (!(this.#low < this.peakUsd)) return;
    const fraction = this.#low / this.peakUsd - 1;
    this.depth = Math.min(this.depth, fraction);
    if (this.peakUsd - this.#low > this.fallUsd) {
      this.fallUsd = this.peakUsd - this.#low;
      this.fallFraction = fraction;
    }
    this.longestMs = Math.max(this.longestMs, this.#closeMs[row - 1]! - this.#peakMs);
  }
}
