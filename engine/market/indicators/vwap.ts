// The volume-weighted average price over the last `period` candles, of the typical price
// (high + low + close) / 3. LEAN averages in the open as well. Both sums are kept as in window.ts.

import type { CandleColumns } from '../column.ts';
import type { Feature, Indicator } from '../indicator.ts';
import { defineIndicator, featureOf, Parameters } from './definition.ts';
import { clearTails, emptyTails, foldSums } from './window.ts';

/**
 * In quote currency. `period` is 1 to 100,000. First value on candle `period`; NaN while nothing at
 * all was traded in the window.
 */
export function vwap(period: number): Feature {
  new Parameters('vwap').period('period', period).check();
  return featureOf(
    defineIndicator(
      `vwap(${period})`,
      ['value'],
      period,
      (input, [out]) => new Vwap(input, out!, period),
    ),
  );
}

class Vwap implements Indicator {
  readonly #input: CandleColumns;
  readonly #out: Float64Array;
  readonly #period: number;
  readonly #valueTails: Float64Array;
  readonly #volumeTails: Float64Array;
  #at = 0;
  #valueHead = 0;
  #volumeHead = 0;

  constructor(input: CandleColumns, out: Float64Array, period: number) {
    this.#input = input;
    this.#out = out;
    this.#period = period;
    this.#valueTails = emptyTails(period);
    this.#volumeTails = emptyTails(period);
    this.reset();
  }

  reset(): void {
    clearTails(this.#valueTails, 0);
    clearTails(this.#volumeTails, 0);
    this.#at = this.#valueHead = this.#volumeHead = 0;
  }

  run(from: number, to: number): void {
    const { high, low, close, volume } = this.#input;
    const out = this.#out;
    const period = this.#period;
    const valueTails = this.#valueTails;
    const volumeTails = this.#volumeTails;
    let at = this.#at;
    let valueHead = this.#valueHead;
    let volumeHead = this.#volumeHead;
    for (let i = from; i < to; i++) {
      const c = close[i]!;
      if (c !== c) {
        out[i] = Number.NaN;
        continue;
      }
      const v = volume[i]!;
      const value = ((high[i]! + low[i]! + c) / 3) * v;
      valueTails[at] = value;
      volumeTails[at] = v;
      at++;
      valueHead += value;
      volumeHead += v;
      // 0 / 0 is the NaN of a window without a trade.
      out[i] = (valueTails[at]! + valueHead) / (volumeTails[at]! + volumeHead);
      if (at === period) {
        foldSums(valueTails);
        foldSums(volumeTails);
        at = 0;
        valueHead = 0;
        volumeHead = 0;
      }
    }
    this.#at = at;
    this.#valueHead = valueHead;
    this.#volumeHead = volumeHead;
  }
}
