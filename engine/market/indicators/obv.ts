// On-balance volume: the volume of candles that closed higher minus that of those that closed lower.
//
// The first candle seen counts as higher (TA-Lib, LEAN; technicalindicators begins at 0). Only the
// changes mean anything: two histories that begin on different days differ by a constant.

import type { CandleColumns } from '../column.ts';
import type { Feature, Indicator } from '../indicator.ts';
import { defineIndicator, featureOf } from './definition.ts';

/** In base units. A number from the first candle on. */
export function obv(): Feature {
  return featureOf(defineIndicator('obv()', ['value'], 1, (input, [out]) => new Obv(input, out!)));
}

class Obv implements Indicator {
  readonly #input: CandleColumns;
  readonly #out: Float64Array;
  #last = Number.NaN;
  #value = 0;

  constructor(input: CandleColumns, out: Float64Array) {
    this.#input = input;
    this.#out = out;
  }

  reset(): void {
    this.#last = Number.NaN;
    this.#value = 0;
  }

  run(from: number, to: number): void {
    const { close, volume } = this.#input;
    const out = this.#out;
    let last = this.#last;
    let value = this.#value;
    for (let i = from; i < to; i++) {
      const c = close[i]!;
      if (c !== c) {
        out[i] = Number.NaN;
        continue;
      }
      if (c > last) value += volume[i]!;
      else if (c < last) value -= volume[i]!;
      else if (last !== last) value = volume[i]!;
      last = c;
      out[i] = value;
    }
    this.#last = last;
    this.#value = value;
  }
}
