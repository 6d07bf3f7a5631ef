// The highest and the lowest value of the last `period` candles, the current one included.
//
// The window is kept as in window.ts with maxima for sums: two comparisons a candle, whatever the
// period. A queue of candidates gives the same numbers but mispredicts a branch on most candles. The
// lowest is the highest of the values with their sign turned.

import type { CandleColumns, Column } from '../column.ts';
import type { Feature, Indicator } from '../indicator.ts';
import {
  defineIndicator,
  featureOf,
  Parameters,
  type PriceSource,
  sourceColumn,
} from './definition.ts';
import { clearTails, emptyTails, foldMaxima } from './window.ts';

/** Largest `source` of the last `period` (1 to 100,000) candles. First value on candle `period`. */
export function highest(period: number, source: PriceSource = 'high'): Feature {
  return extreme('highest', 1, period, source);
}

/** Smallest `source` of the last `period` (1 to 100,000) candles. First value on candle `period`. */
export function lowest(period: number, source: PriceSource = 'low'): Feature {
  return extreme('lowest', -1, period, source);
}

function extreme(name: string, sign: 1 | -1, period: number, source: PriceSource): Feature {
  new Parameters(name).period('period', period).source(source).check();
  return featureOf(
    defineIndicator(
      `${name}(${source},${period})`,
      ['value'],
      period,
      (input, [out]) => new Extreme(input, sourceColumn(input, source), out!, period, sign),
    ),
  );
}

class Extreme implements Indicator {
  readonly #close: Column;
  readonly #source: Column;
  readonly #out: Float64Array;
  readonly #period: number;
  readonly #sign: 1 | -1;
  readonly #tails: Float64Array;
  #at = 0;
  #head = Number.NEGATIVE_INFINITY;

  constructor(
    input: CandleColumns,
    source: Column,
    out: Float64Array,
    period: number,
    sign: 1 | -1,
  ) {
    this.#close = input.close;
    this.#source = source;
    this.#out = out;
    this.#period = period;
    this.#sign = sign;
    this.#tails = emptyTails(period);
    this.reset();
  }

  reset(): void {
    clearTails(this.#tails, Number.NEGATIVE_INFINITY);
    this.#at = 0;
    this.#head = Number.NEGATIVE_INFINITY;
  }

  run(from: number, to: number): void {
    if (this.#period === 1) this.#copy(from, to);
    else this.#slide(from, to);
  }

  /** A window of one candle is that candle: nothing is folded. */
  #copy(from: number, to: number): void {
    const close = this.#close;
    const source = this.#source;
    const out = this.#out;
    for (let i = from; i < to; i++) {
      const c = close[i]!;
      out[i] = c === c ? source[i]! : Number.NaN;
    }
  }

  #slide(from: number, to: number): void {
    const close = this.#close;
    const source = this.#source;
    const out = this.#out;
    const period = this.#period;
    const sign = this.#sign;
    const tails = this.#tails;
    let at = this.#at;
    let head = this.#head;
    for (let i = from; i < to; i++) {
      const c = close[i]!;
      if (c !== c) {
        out[i] = Number.NaN;
        continue;
      }
      const x = sign * source[i]!;
      tails[at++] = x;
      head = Math.max(head, x);
      out[i] = sign * Math.max(head, tails[at]!);
      if (at === period) {
        foldMaxima(tails);
        at = 0;
        head = Number.NEGATIVE_INFINITY;
      }
    }
    this.#at = at;
    this.#head = head;
  }
}
