// Bollinger bands: the moving average with bands a number of standard deviations away from it.
//
// The deviation is the population one (divided by the period), as Bollinger, TA-Lib and
// technicalindicators have it; a sample deviation would make bands of 20 candles 2.6 % wider.

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
 * `middle` is the mean of the last `period` values, `upper` and `lower` are `deviations` population
 * standard deviations from it. Period 2 to 100,000, deviations above 0. First on candle `period`.
 */
export function bollinger(
  period = 20,
  deviations = 2,
  source: PriceSource = 'close',
): { readonly upper: Feature; readonly middle: Feature; readonly lower: Feature } {
  new Parameters('bollinger')
    .period('period', period, 2)
    .positive('deviations', deviations)
    .source(source)
    .check();
  const spec = defineIndicator(
    `bollinger(${source},${period},${deviations})`,
    ['upper', 'middle', 'lower'],
    period,
    (input, outputs) =>
      new Bollinger(input, sourceColumn(input, source), outputs, period, deviations),
  );
  return Object.freeze({
    upper: featureOf(spec, 0),
    middle: featureOf(spec, 1),
    lower: featureOf(spec, 2),
  });
}

class Bollinger implements Indicator {
  readonly #close: Column;
  readonly #source: Column;
  readonly #upper: Float64Array;
  readonly #middle: Float64Array;
  readonly #lower: Float64Array;
  readonly #moments: RollingMoments;
  readonly #period: number;
  readonly #deviations: number;

  constructor(
    input: CandleColumns,
    source: Column,
    outputs: readonly Float64Array[],
    period: number,
    deviations: number,
  ) {
    this.#close = input.close;
    this.#source = source;
    this.#upper = outputs[0]!;
    this.#middle = outputs[1]!;
    this.#lower = outputs[2]!;
    this.#moments = new RollingMoments(period);
    this.#period = period;
    this.#deviations = deviations;
  }

  reset(): void {
    this.#moments.reset();
  }

  run(from: number, to: number): void {
    const close = this.#close;
    const source = this.#source;
    const upper = this.#upper;
    const middle = this.#middle;
    const lower = this.#lower;
    const moments = this.#moments;
    const period = this.#period;
    const deviations = this.#deviations;
    for (let i = from; i < to; i++) {
      const c = close[i]!;
      if (c !== c) {
        upper[i] = middle[i] = lower[i] = Number.NaN;
        continue;
      }
      moments.push(source[i]!);
      const mean = moments.mean;
      const reach = deviations * Math.sqrt(moments.squares / period);
      upper[i] = mean + reach;
      middle[i] = mean;
      lower[i] = mean - reach;
    }
  }
}
