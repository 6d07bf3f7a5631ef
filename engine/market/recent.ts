// What a leg has traded and how far it has moved of late: looked up when an order asks, not kept.

import type { CandleColumns } from './column.ts';

export interface Recent {
  /** Base units traded; holes count as nothing. */
  readonly volume: number;
  /** Returns from one candle to the next that are known. */
  readonly moves: number;
  /** Standard deviation of one of them; NaN without any. */
  readonly deviation: number;
}

/** Rows `from` to `to` (not included), those before 0 left out. */
export function recentMarket({ close, volume }: CandleColumns, from: number, to: number): Recent {
  let traded = 0;
  let sum = 0;
  let squares = 0;
  let moves = 0;
  for (let k = Math.max(0, from); k < to; k++) {
    if (volume[k] === volume[k]) traded += volume[k]!;
    const move = k === 0 ? Number.NaN : close[k]! / close[k - 1]! - 1;
    if (move !== move) continue;
    sum += move;
    squares += move * move;
    moves++;
  }
  const mean = sum / moves;
  return {
    volume: traded,
    moves,
    deviation: Math.sqrt(Math.max(0, squares / moves - mean * mean)),
  };
}
