// The average directional index with its two directional indicators (Wilder 1978).
//
// Sums are seeded with the first `period` ranges and movements and the index with the mean of the
// first `period` DX, as Wilder's worksheet and technicalindicators have it; TA-Lib's sums miss one
// candle of the seed, which dies away. Where nothing moved at all, 0 / 0, Wilder is silent: both
// indicators and DX are 0 here (no movement is no trend); technicalindicators gives NaN for ever.

import type { CandleColumns } from '../column.ts';
import type { Feature, Indicator } from '../indicator.ts';
import { defineIndicator, featureOf, Parameters } from './definition.ts';

/** All three 0 to 100. `period` is 1 to 100,000. First values on candle 2 x `period`. */
export function adx(period = 14): {
  readonly adx: Feature;
  readonly plusDi: Feature;
  readonly minusDi: Feature;
} {
  new Parameters('adx').period('period', period).check();
  const spec = defineIndicator(
    `adx(${period})`,
    ['adx', 'plusDi', 'minusDi'],
    2 * period,
    (input, outputs) => new Adx(input, outputs, period),
  );
  return Object.freeze({
    adx: featureOf(spec, 0),
    plusDi: featureOf(spec, 1),
    minusDi: featureOf(spec, 2),
  });
}

class Adx implements Indicator {
  readonly #input: CandleColumns;
  readonly #outputs: readonly Float64Array[];
  readonly #period: number;
  /** Candles seen, counted to one past the warm-up. */
  #seen = 0;
  #lastHigh = 0;
  #lastLow = 0;
  #lastClose = 0;
  #range = 0;
  #plus = 0;
  #minus = 0;
  /** The sum of the seed, then the index. */
  #index = 0;

  constructor(input: CandleColumns, outputs: readonly Float64Array[], period: number) {
    this.#input = input;
    this.#outputs = outputs;
    this.#period = period;
  }

  reset(): void {
    this.#seen = this.#range = this.#plus = this.#minus = this.#index = 0;
  }

  run(from: number, to: number): void {
    const { high, low, close } = this.#input;
    const indexOut = this.#outputs[0]!;
    const plusOut = this.#outputs[1]!;
    const minusOut = this.#outputs[2]!;
    const period = this.#period;
    const warm = 2 * period;
    let seen = this.#seen;
    let lastHigh = this.#lastHigh;
    let lastLow = this.#lastLow;
    let lastClose = this.#lastClose;
    let range = this.#range;
    let plus = this.#plus;
    let minus = this.#minus;
    let index = this.#index;
    for (let i = from; i < to; i++) {
      const c = close[i]!;
      if (c !== c) {
        indexOut[i] = plusOut[i] = minusOut[i] = Number.NaN;
        continue;
      }
      const h = high[i]!;
      const l = low[i]!;
      const rise = h - lastHigh;
      const fall = lastLow - l;
      const trueRange = Math.max(h, lastClose) - Math.min(l, lastClose);
      lastHigh = h;
      lastLow = l;
      lastClose = c;
      if (seen <= warm) seen++;
      if (seen > period + 1) {
        range -= range / period;
        plus -= plus / period;
        minus -= minus / period;
      }
      if (seen > 1) {
        range += trueRange;
        if (rise > fall && rise > 0) plus += rise;
        if (fall > rise && fall > 0) minus += fall;
      }
      const moved = plus + minus;
      const dx = moved > 0 ? (100 * Math.abs(plus - minus)) / moved : 0;
      if (seen > warm) {
        index = (index * (period - 1) + dx) / period;
      } else {
        if (seen > period) index += dx;
        if (seen < warm) {
          indexOut[i] = plusOut[i] = minusOut[i] = Number.NaN;
          continue;
        }
        index /= period;
      }
      indexOut[i] = index;
      plusOut[i] = range > 0 ? (100 * plus) / range : 0;
      minusOut[i] = range > 0 ? (100 * minus) / range : 0;
    }
    this.#seen = seen;
    this.#lastHigh = lastHigh;
    this.#lastLow = lastLow;
    this.#lastClose = lastClose;
    this.#range = range;
    this.#plus = plus;
    this.#minus = minus;
    this.#index = index;
  }
}
