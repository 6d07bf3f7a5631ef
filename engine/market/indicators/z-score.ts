// The z-score: how many standard deviations the newest value is from the mean of its window, itself
// included. Population deviation, so a z-score of 2 is a touch of the Bollinger band at 2.

import type { CandleColumns, Column } from '../column.ts';
import type { Feature, Indicator } from '../indicator.ts';
import {
  defineIndicator,
  featureOf,
  Parameters,
  type PriceSource,
  sourceColumn,
} from './definition.ts';
import { RollingMoments } from './window.ts';

/**
 * In standard deviations; 0 where the window is constant. `period` is 2 to 100,000.
 * First value on candle `period`.
 */
export function zScore(period: number, source: PriceSource = 'close'): Feature {
  new Parameters('zScore').period('period', period, 2).source(source).check();
  return featureOf(
    defineIndicator(
      `zScore(${source},${period})`,
      ['value'],
      period,
      (input, [out]) => new ZScore(input, sourceColumn(input, source), out!, period),
    ),
  );
}

class ZScore implements Indicator {
  readonly #close: Column;
  readonly #source: Column;
  readonly #out: Float64Array;
  readonly #period: number;
  readonly #moments: RollingMoments;

  constructor(input: CandleColumns, source: Column, out: Float64Array, period: number) {
    this.#close = input.close;
    this.#source = source;
    this.#out = out;
    this.#period = period;
    this.#moments = new RollingMoments(period);
  }

  reset(): void {
    this.#moments.reset();
  }

  run(from: number, to: number): void {
    const close = this.#close;
    const source = this.#source;
    const out = this.#out;
    const moments = this.#moments;
    const period = this.#period;
    for (let i = from; i < to; i++) {
      const x = source[i]!;
      const c = close[i]!;
      if (c !== c) {
        out[i] = Number.NaN;
        continue;
      }
      moments.push(x);
      const { mean, squares } = moments;
      out[i] = squares === 0 ? 0 : (x - mean) / Math.sqrt(squares / period);
    }
  }
}
