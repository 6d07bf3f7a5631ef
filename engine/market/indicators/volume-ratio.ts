// The volume of a candle over the mean volume of the `period` candles before it. The candle itself
// is not in the mean: a burst would hide a part of itself. Its sum is kept as in window.ts.

import type { CandleColumns } from '../column.ts';
import type { Feature, Indicator } from '../indicator.ts';
import { defineIndicator, featureOf, Parameters } from './definition.ts';
import { clearTails, emptyTails, foldSums } from './window.ts';

/**
 * 1 = as much as usual; NaN while nothing was traded before. `period` is 1 to 100,000.
 * First value on candle `period` + 1.
 */
export function volumeRatio(period: number): Feature {
  new Parameters('volumeRatio').period('period', period).check();
  return featureOf(
    defineIndicator(
      `volumeRatio(${period})`,
      ['value'],
      period + 1,
      (input, [out]) => new VolumeRatio(input, out!, period),
    ),
  );
}

class VolumeRatio implements Indicator {
  readonly #input: CandleColumns;
  readonly #out: Float64Array;
  readonly #period: number;
  readonly #tails: Float64Array;
  #at = 0;
  #head = 0;

  constructor(input: CandleColumns, out: Float64Array, period: number) {
    this.#input = input;
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
    const { close, volume } = this.#input;
    const out = this.#out;
    const period = this.#period;
    const tails = this.#tails;
    let at = this.#at;
    let head = this.#head;
    for (let i = from; i < to; i++) {
      const c = close[i]!;
      if (c !== c) {
        out[i] = Number.NaN;
        continue;
      }
      const v = volume[i]!;
      // The window before this candle: its place in the block is still that of the oldest one.
      const sum = tails[at]! + head;
      out[i] = sum > 0 ? v / (sum / period) : Number.NaN;
      tails[at++] = v;
      head += v;
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
