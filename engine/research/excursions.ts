// How far price went against a trade and in its favour while it was open.
//
// Only what certainly happened while it was held counts: the whole candle of an entry at its open, of
// an entry inside a candle its close alone; of the candle of the exit only the price of the exit,
// because nobody knows which part of it came before. So neither number is ever overstated.

import type { CandleColumns } from '../market/column.ts';
import type { Trade } from '../portfolio/trade.ts';

export interface Excursions {
  /** Worst price over the entry price, signed by side, <= 0. */
  readonly maeFraction: number;
  /** Best price likewise, >= 0. */
  readonly mfeFraction: number;
}

/** Of one trade; its rows are counted from `firstRow`. Holes are passed over. */
export function excursionsOf(
  { openMs, high, low, close }: CandleColumns,
  firstRow: number,
  { side, entryRow, exitRow, entryMs, entryPrice, exitPrice, exitReason }: Trade,
): Excursions {
  let highest = Math.max(entryPrice, exitPrice);
  let lowest = Math.min(entryPrice, exitPrice);
  const from = firstRow + entryRow;
  // What is still open was held through its last candle.
  const to = firstRow + exitRow + (exitReason === 'open' ? 1 : 0);
  for (let row = from; row < to; row++) {
    const isWhole = row > from || entryMs <= openMs[row]!;
    const top = isWhole ? high[row]! : close[row]!;
    const bottom = isWhole ? low[row]! : close[row]!;
    if (top > highest) highest = top;
    if (bottom < lowest) lowest = bottom;
  }
  const up = highest / entryPrice - 1;
  const down = lowest / entryPrice - 1;
  return side === 'long'
    ? { maeFraction: down, mfeFraction: up }
    : { maeFraction: -up, mfeFraction: -down };
}
