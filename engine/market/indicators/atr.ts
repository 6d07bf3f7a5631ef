// The average true range with Wilder's smoothing.
//
// The first candle has no previous close, so it is not used: the seed is the mean of the true ranges
// of candles 2 to period + 1, as in TA-Lib and technicalindicators. LEAN and trading-signals count
// high - low of the first candle and begin one candle earlier; the difference dies away.

import type { CandleColumns, Column } from '../column.ts';
import type { Feature, Indicator } from '../indicator.ts';
import { defineIndicator, featureOf, Parameters } from './definition.ts';

/** In quote currency. `period` is 1 to 100,000. First value on candle `period` + 1. */
export function atr(period = 14): Feature {
  new Parameters('atr').period('period', period).check();
  return featureOf(
    defineIndicator(
      `atr(${period})`,
      ['value'],
      period + 1,
      (input, [out]) => new Atr(input, out!, period),
    ),
  );
}

class Atr implements Indicator {
  readonly #high: Column;
  readonly #low: Column;
  readonly #close: Column;
  readonly #out: Float64Array;
  readonly #period: number;
  /** Ranges still missing from the seed; one more than the period before the first candle. */
  #missing = 0;
  #lastClose = 0;
  #value = 0;

  constructor(input: CandleColumns, out: Float64Array, period: number) {
    this.#high = input.high;
    this.#low = input.low;
    this.#close = input.close;
    this.#out = out;
    this.#period = period;
    this.reset();
  }

  reset(): void {
    this.#missing = this.#period + 1;
    this.#lastClose = this.#value = 0;
  }

  run(from: number, to: number): void {
    const high = this.#high;
    const low = this.#low;
    const close = this.#close;
    const out = this.#out;
    const period = this.#period;
    let missing = this.#missing;
    let lastClose = this.#lastClose;
    let value = this.#value;
    for (let i = from; i < to; i++) {
      const c = close[i]!;
      if (c !== c) {
        out[i] = Number.NaN;
        continue;
      }
      // The true range: the candle's range, stretched to the previous close.
      const range = Math.max(high[i]!, lastClose) - Math.min(low[i]!, lastClose);
      lastClose = c;
      if (missing === 0) {
        value = (value * (period - 1) + range) / period;
        out[i] = value;
      } else {
        if (missing <= period) value += range;
        missing--;
        if (missing === 0) value /= period;
        out[i] = missing === 0 ? value : Number.NaN;
      }
    }
    this.#missing = missing;
    this.#lastClose = lastClose;
    this.#value = value;
  }
}
