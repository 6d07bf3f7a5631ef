// The rows at which a run asks a seat about a leg: closes of the decision interval, from the first row
// that counts, with a candle of the leg and enough of them before it.

import type { Panel } from '../market/panel.ts';

/** One leg's rows, in their order. */
export class AskedRows {
  readonly leg: number;
  /** From this row on it is asked at every row; Infinity = there is none. */
  readonly everyFrom: number;
  readonly #panel: Panel;
  readonly #warmupCandles: number;
  readonly #decisionMs: number;
  readonly #firstRow: number;
  /** The row that was taken in last has a candle. */
  hasCandle = false;
  #warm = 0;
  /** The next of the leg's resets. */
  #reset = 0;

  constructor(
    panel: Panel,
    leg: number,
    warmupCandles: number,
    decisionMs: number,
    firstRow: number,
  ) {
    this.leg = leg;
    this.#panel = panel;
    this.#warmupCandles = warmupCandles;
    this.#decisionMs = decisionMs;
    this.#firstRow = firstRow;
    const { filled, holes, resets } = panel.legs[leg]!.features;
    const isWhole = filled === panel.length && holes === 0 && resets.length === 0;
    const isPlain = isWhole && decisionMs === panel.intervalMs;
    this.everyFrom = isPlain ? Math.max(firstRow, warmupCandles - 1) : Number.POSITIVE_INFINITY;
  }

  /** Takes the next row's candle in: whether the leg is warm there; null = nobody is asked at it. */
  sees(i: number): boolean | null {
    const { candles, features } = this.#panel.legs[this.leg]!;
    const c = candles.close[i]!;
    this.hasCandle = c === c;
    if (c === c) {
      const { resets } = features;
      for (; this.#reset < resets.length && resets[this.#reset]! <= i; this.#reset++) {
        this.#warm = 0;
      }
      this.#warm++;
    }
    if (i < this.#firstRow || !isDecision(this.#panel, i, this.#decisionMs)) return null;
    return c === c && this.#warm >= this.#warmupCandles;
  }
}

/**
 * How many rows before one (0 to the length) seats are asked at about a leg of a history, by whatever is
 * known of it now. Warm or not, they are asked: who is not abstains.
 */
export function decisionsBefore(
  panel: Panel,
  leg: number,
  decisionMs: number,
  firstRow: number,
): (row: number) => number {
  const { candles, features } = panel.legs[leg]!;
  const isPlain = features.filled === panel.length && features.holes === 0;
  if (isPlain && decisionMs === panel.intervalMs) return (row) => Math.max(0, row - firstRow);
  const counts = new Int32Array(panel.length + 1);
  for (let i = 0; i < panel.length; i++) {
    const c = candles.close[i]!;
    const isAsked = i >= firstRow && c === c && isDecision(panel, i, decisionMs);
    counts[i + 1] = counts[i]! + (isAsked ? 1 : 0);
  }
  return (row) => counts[row]!;
}

/** Closes of the decision interval in rows `from` to `to` (not included). */
export function decisionsIn(panel: Panel, from: number, to: number, decisionMs: number): number {
  if (decisionMs === panel.intervalMs) return Math.max(0, to - from);
  let count = 0;
  for (let i = from; i < to; i++) if (isDecision(panel, i, decisionMs)) count++;
  return count;
}

/** A whole quotient and not `%`: a remainder of doubles costs more than the rest of a row. */
export function isDecision(panel: Panel, i: number, decisionMs: number): boolean {
  if (decisionMs === panel.intervalMs) return true;
  const cycles = (panel.openMs[i]! + panel.intervalMs) / decisionMs;
  return Math.floor(cycles) === cycles;
}
