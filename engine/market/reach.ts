// Where candles reach a price: the extremes of blocks of rows, so that the next row that does is found
// without a look at every row before it.
//
// A block is summed up when it is first asked about and never again: only rows that are there for good
// may be asked about. Holes reach nothing.

import type { CandleArrays } from './column.ts';

const BLOCK_BITS = 5;
const BLOCK_ROWS = 1 << BLOCK_BITS;

const known = new WeakMap<CandleArrays, Reach>();

/** The same one for everybody who asks about the same candles. */
export function reachOf(candles: CandleArrays): Reach {
  let reach = known.get(candles);
  if (reach === undefined) {
    reach = new Reach(candles);
    known.set(candles, reach);
  }
  return reach;
}

export class Reach {
  readonly #candles: CandleArrays;
  readonly #isKnown: Uint8Array;
  /** Of each block: lowest low and highest high, lowest and highest close. */
  readonly #low: Float64Array;
  readonly #high: Float64Array;
  readonly #lowClose: Float64Array;
  readonly #highClose: Float64Array;

  constructor(candles: CandleArrays) {
    const blocks = (candles.close.length >>> BLOCK_BITS) + 1;
    this.#candles = candles;
    this.#isKnown = new Uint8Array(blocks);
    this.#low = new Float64Array(blocks);
    this.#high = new Float64Array(blocks);
    this.#lowClose = new Float64Array(blocks);
    this.#highClose = new Float64Array(blocks);
  }

  /** The first row in `from` to `to` (not included) with a low down to `below` or a high up to `above`. */
  next(from: number, to: number, below: number, above: number): number {
    const { low, high } = this.#candles;
    let i = from;
    while (i < to) {
      const block = i >>> BLOCK_BITS;
      const end = Math.min(to, (block + 1) << BLOCK_BITS);
      if (end - i === BLOCK_ROWS) {
        if (this.#isKnown[block] === 0) this.#sumUp(block);
        if (this.#low[block]! > below && this.#high[block]! < above) {
          i = end;
          continue;
        }
      }
      for (; i < end; i++) if (low[i]! <= below || high[i]! >= above) return i;
    }
    return to;
  }

  /** The highest (`side` 1) or lowest (-1) of `start` and the closes in `from` to `to` (not included). */
  bestClose(from: number, to: number, side: 1 | -1, start: number): number {
    const { close } = this.#candles;
    let best = start;
    for (let i = from; i < to; ) {
      const block = i >>> BLOCK_BITS;
      const end = Math.min(to, (block + 1) << BLOCK_BITS);
      if (end - i === BLOCK_ROWS) {
        best = better(side, this.#bestOf(block, side), best);
        i = end;
        continue;
      }
      for (; i < end; i++) best = better(side, close[i]!, best);
    }
    return best;
  }

  /** The first row in `from` to `to` (not included) whose close is at `price` or beyond, seen from `side`. */
  nextClose(from: number, to: number, side: 1 | -1, price: number): number {
    const { close } = this.#candles;
    let i = from;
    while (i < to) {
      const block = i >>> BLOCK_BITS;
      const end = Math.min(to, (block + 1) << BLOCK_BITS);
      if (end - i === BLOCK_ROWS && (this.#bestOf(block, side) - price) * side < 0) {
        i = end;
        continue;
      }
      for (; i < end; i++) if ((close[i]! - price) * side >= 0) return i;
    }
    return to;
  }

  #bestOf(block: number, side: 1 | -1): number {
    if (this.#isKnown[block] === 0) this.#sumUp(block);
    return (side > 0 ? this.#highClose : this.#lowClose)[block]!;
  }

  #sumUp(block: number): void {
    const { low, high, close } = this.#candles;
    let lowest = Number.POSITIVE_INFINITY;
    let highest = Number.NEGATIVE_INFINITY;
    let lowClose = lowest;
    let highClose = highest;
    const from = block << BLOCK_BITS;
    for (let i = from; i < from + BLOCK_ROWS; i++) {
      if (low[i]! < lowest) lowest = low[i]!;
      if (high[i]! > highest) highest = high[i]!;
      const c = close[i]!;
      if (c < lowClose) lowClose = c;
      if (c > highClose) highClose = c;
    }
    this.#low[block] = lowest;
    this.#high[block] = highest;
    this.#lowClose[block] = lowClose;
    this.#highClose[block] = highClose;
    this.#isKnown[block] = 1;
  }
}

function better(side: 1 | -1, close: number, best: number): number {
  return (side > 0 ? close > best : close < best) ? close : best;
}
