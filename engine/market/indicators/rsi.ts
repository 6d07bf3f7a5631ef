// The relative strength index with Wilder's smoothing: 100 x gains / (gains + losses).
//
// Wilder's mean is seeded with the plain mean of the first `period` changes (New Concepts in
// Technical Trading Systems, 1978); TA-Lib and technicalindicators do the same. A market that has
// not moved has no losses: 100 there, as technicalindicators gives it ("no loss = 100" is the only
// condition it tests). TA-Lib gives 0, from a cut-off at gains + losses < 1e-14 that also swallows
// the real moves of coins priced at 1e-14; there is no cut-off here.

import type { CandleColumns, Column } from '../column.ts';
import type { Feature, Indicator } from '../indicator.ts';
import {
  defineIndicator,
  featureOf,
  Parameters,
  type PriceSource,
  sourceColumn,
} from './definition.ts';

/** 0 to 100. `period` is 1 to 100,000. First value on candle `period` + 1. */
export function rsi(period = 14, source: PriceSource = 'close'): Feature {
  new Parameters('rsi').period('period', period).source(source).check();
  return featureOf(
    defineIndicator(
      `rsi(${source},${period})`,
      ['value'],
      period + 1,
      (input, [out]) => new Rsi(input, sourceColumn(input, source), out!, period),
    ),
  );
}

class Rsi implements Indicator {
  readonly #close: Column;
  readonly #source: Column;
  readonly #out: Float64Array;
  readonly #period: number;
  /** Changes still missing from the seed; one more than the period before the first value. */
  #missing = 0;
  #last = 0;
  #gain = 0;
  #loss = 0;

  constructor(input: CandleColumns, source: Column, out: Float64Array, period: number) {
    this.#close = input.close;
    this.#source = source;
    this.#out = out;
    this.#period = period;
    this.reset();
  }

  reset(): void {
    this.#missing = this.#period + 1;
    this.#last = this.#gain = this.#loss = 0;
  }

  run(from: number, to: number): void {
    const close = this.#close;
    const source = this.#source;
    const out = this.#out;
    const period = this.#period;
    let missing = this.#missing;
    let last = this.#last;
    let gain = this.#gain;
    let loss = this.#loss;
    for (let i = from; i < to; i++) {
      const x = source[i]!;
      const c = close[i]!;
      if (c !== c) {
        out[i] = Number.NaN;
        continue;
      }
      const change = x - last;
      last = x;
      const up = Math.max(change, 0);
      const down = Math.max(-change, 0);
      if (missing === 0) {
        gain = (gain * (period - 1) + up) / period;
        loss = (loss * (period - 1) + down) / period;
      } else {
        // The first value has nothing to differ from.
        if (missing <= period) {
          gain += up;
          loss += down;
        }
        missing--;
        if (missing > 0) {
          out[i] = Number.NaN;
          continue;
        }
        gain /= period;
        loss /= period;
      }
      out[i] = loss === 0 ? 100 : (100 * gain) / (gain + loss);
    }
    this.#missing = missing;
    this.#last = last;
    this.#gain = gain;
    this.#loss = loss;
  }
}
