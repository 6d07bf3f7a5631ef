// The exponential moving average, seeded with the simple mean of its first `period` values.
//
// TA-Lib and technicalindicators seed this way; Metastock, pandas and trading-signals start from the
// first value, which differs for some five periods and then no more.

import type { CandleColumns, Column } from '../column.ts';
import type { Feature, Indicator } from '../indicator.ts';
import {
  defineIndicator,
  featureOf,
  Parameters,
  type PriceSource,
  sourceColumn,
} from './definition.ts';

/**
 * Exponential mean with weight 2 / (period + 1) on the newest value of `source`.
 * `period` is 1 to 100,000. First value on candle `period`.
 */
export function ema(period: number, source: PriceSource = 'close'): Feature {
  new Parameters('ema').period('period', period).source(source).check();
  return featureOf(
    defineIndicator(
      `ema(${source},${period})`,
      ['value'],
      period,
      (input, [out]) => new Ema(input, sourceColumn(input, source), out!, period),
    ),
  );
}

class Ema implements Indicator {
  readonly #close: Column;
  readonly #source: Column;
  readonly #out: Float64Array;
  readonly #period: number;
  /** Values still missing from the seed. */
  #missing = 0;
  /** The sum of the seed while values are missing, then the mean. */
  #value = 0;

  constructor(input: CandleColumns, source: Column, out: Float64Array, period: number) {
    this.#close = input.close;
    this.#source = source;
    this.#out = out;
    this.#period = period;
    this.reset();
  }

  reset(): void {
    this.#missing = this.#period;
    this.#value = 0;
  }

  run(from: number, to: number): void {
    const close = this.#close;
    const source = this.#source;
    const out = this.#out;
    const period = this.#period;
    const weight = 2 / (period + 1);
    let missing = this.#missing;
    let value = this.#value;
    for (let i = from; i < to; i++) {
      const x = source[i]!;
      const c = close[i]!;
      if (c !== c) {
        out[i] = Number.NaN;
      } else if (missing === 0) {
        value += (x - value) * weight;
        out[i] = value;
      } else {
        value += x;
        missing--;
        if (missing === 0) value /= period;
        out[i] = missing === 0 ? value : Number.NaN;
      }
    }
    this.#missing = missing;
    this.#value = value;
  }
}
