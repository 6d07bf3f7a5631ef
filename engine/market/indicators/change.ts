// The change over `period` candles that exist, as a fraction: a rate of change that skips holes.

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
 * Newest value over the one `period` candles before it, minus 1; NaN where that one is 0.
 * `period` is 1 to 100,000. First value on candle `period` + 1.
 */
export function change(period: number, source: PriceSource = 'close'): Feature {
  new Parameters('change').period('period', period).source(source).check();
  return featureOf(
    defineIndicator(
      `change(${source},${period})`,
      ['value'],
      period + 1,
      (input, [out]) => new Change(input, sourceColumn(input, source), out!, period),
    ),
  );
}

class Change implements Indicator {
  readonly #close: Column;
  readonly #source: Column;
  readonly #out: Float64Array;
  /** The last `period` values; NaN where there was none yet. */
  readonly #ring: Float64Array;
  #at = 0;

  constructor(input: CandleColumns, source: Column, out: Float64Array, period: number) {
    this.#close = input.close;
    this.#source = source;
    this.#out = out;
    this.#ring = new Float64Array(period);
    this.reset();
  }

  reset(): void {
    this.#ring.fill(Number.NaN);
    this.#at = 0;
  }

  run(from: number, to: number): void {
    const close = this.#close;
    const source = this.#source;
    const out = this.#out;
    const ring = this.#ring;
    const period = ring.length;
    let at = this.#at;
    for (let i = from; i < to; i++) {
      const x = source[i]!;
      const c = close[i]!;
      if (c !== c) {
        out[i] = Number.NaN;
        continue;
      }
      const past = ring[at]!;
      ring[at++] = x;
      if (at === period) at = 0;
      out[i] = past === 0 ? Number.NaN : x / past - 1;
    }
    this.#at = at;
  }
}
