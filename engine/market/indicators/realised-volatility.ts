// Realised volatility: the sample standard deviation of the last `period` log returns.
//
// Per candle, not annualised: multiply by the square root of the candles in a year of 365 days. A
// return spans a hole in the data (it is from the last candle that exists).

import type { CandleColumns } from '../column.ts';
import type { Feature, Indicator } from '../indicator.ts';
import { defineIndicator, featureOf, Parameters } from './definition.ts';
import { RollingMoments } from './window.ts';

/** A fraction per candle. `period` is 2 to 100,000 returns. First value on candle `period` + 1. */
export function realisedVolatility(period: number): Feature {
  new Parameters('realisedVolatility').period('period', period, 2).check();
  return featureOf(
    defineIndicator(
      `realisedVolatility(${period})`,
      ['value'],
      period + 1,
      (input, [out]) => new RealisedVolatility(input, out!, period),
    ),
  );
}

class RealisedVolatility implements Indicator {
  readonly #input: CandleColumns;
  readonly #out: Float64Array;
  readonly #period: number;
  readonly #moments: RollingMoments;
  #last = Number.NaN;

  constructor(input: CandleColumns, out: Float64Array, period: number) {
    this.#input = input;
    this.#out = out;
    this.#period = period;
    this.#moments = new RollingMoments(period);
  }

  reset(): void {
    this.#moments.reset();
    this.#last = Number.NaN;
  }

  run(from: number, to: number): void {
    const close = this.#input.close;
    const out = this.#out;
    const moments = this.#moments;
    const degrees = this.#period - 1;
    let last = this.#last;
    for (let i = from; i < to; i++) {
      const c = close[i]!;
      if (c !== c) {
        out[i] = Number.NaN;
        continue;
      }
      if (last === last) moments.push(Math.log(c / last));
      last = c;
      out[i] = Math.sqrt(moments.squares / degrees);
    }
    this.#last = last;
  }
}
