// The simple moving average. The sum over its window is kept without subtracting: see window.ts.

import type { CandleColumns, Column } from '../column.ts';
import type { Feature, Indicator } from '../indicator.ts';
import {
  defineIndicator,
  featureOf,
  Parameters,
  type PriceSource,
  sourceColumn,
} from './definition.ts';
import { clearTails, emptyTails, foldSums } from './window.ts';

/**
 * Mean of the last `period` values of `source`, the current candle included.
 * `period` is 1 to 100,000. First value on candle `period`.
 */
export function sma(period: number, source: PriceSource = 'close'): Feature {
  new Parameters('sma').period('period', period).source(source).check();
  return featureOf(
    defineIndicator(
      `sma(${source},${period})`,
      ['value'],
      period,
      (input, [out]) => new Sma(input, sourceColumn(input, source), out!, period),
    ),
  );
}

class Sma implements Indicator {
  readonly #close: Column;
  readonly #source: Column;
  readonly #out: Float64Array;
  readonly #period: number;
  readonly #tails: Float64Array;
  #at = 0;
  #head = 0;

  constructor(input: CandleColumns, source: Column, out: Float64Array, period: number) {
    this.#close = input.close;
    this.#source = source;
    this.#out = out;
    this.#period = period;
    this.#tails = emptyTails(period);
    this.reset();
  }

  reset(): void {
    clearTails(this.#tails, 0);
    this.#at = 0;
    this.#head = 0;
  }

  run(from: number, to: number): void {
    const close = this.#close;
    const source = this.#source;
    const out = this.#out;
    const period = this.#period;
    const tails = this.#tails;
    let at = this.#at;
    let head = this.#head;
    for (let i = from; i < to; i++) {
      const x = source[i]!;
      const c = close[i]!;
      if (c !== c) {
        out[i] = Number.NaN;
        continue;
      }
      tails[at++] = x;
      head += x;
      out[i] = (tails[at]! + head) / period;
      if (at === period) {
        foldSums(tails);
        at = 0;
        head = 0;
      }
    }
    this.#at = at;
    this.#head = head;
  }
}
