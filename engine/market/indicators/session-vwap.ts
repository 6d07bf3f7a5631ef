// The volume-weighted average price since 00:00 UTC, of the typical price (high + low + close) / 3.
//
// A market that never closes has no session of its own; the UTC day is what venues roll their
// statistics on. A day whose beginning was not seen counts from the first candle that was.

import { DAY_MS } from '../../interval.ts';
import type { CandleColumns } from '../column.ts';
import type { Feature, Indicator } from '../indicator.ts';
import { defineIndicator, featureOf } from './definition.ts';

/** In quote currency. A number from the first candle on; NaN while nothing was traded that day. */
export function sessionVwap(): Feature {
  return featureOf(
    defineIndicator('sessionVwap()', ['value'], 1, (input, [out]) => new SessionVwap(input, out!)),
  );
}

class SessionVwap implements Indicator {
  readonly #input: CandleColumns;
  readonly #out: Float64Array;
  /** When the day being summed ends, UTC ms. */
  #endMs = Number.NEGATIVE_INFINITY;
  #value = 0;
  #volume = 0;

  constructor(input: CandleColumns, out: Float64Array) {
    this.#input = input;
    this.#out = out;
  }

  reset(): void {
    this.#endMs = Number.NEGATIVE_INFINITY;
  }

  run(from: number, to: number): void {
    const { openMs, high, low, close, volume } = this.#input;
    const out = this.#out;
    let endMs = this.#endMs;
    let valueSum = this.#value;
    let volumeSum = this.#volume;
    for (let i = from; i < to; i++) {
      const c = close[i]!;
      if (c !== c) {
        out[i] = Number.NaN;
        continue;
      }
      const t = openMs[i]!;
      if (t >= endMs) {
        endMs = Math.floor(t / DAY_MS + 1) * DAY_MS;
        valueSum = 0;
        volumeSum = 0;
      }
      const v = volume[i]!;
      valueSum += ((high[i]! + low[i]! + c) / 3) * v;
      volumeSum += v;
      out[i] = valueSum / volumeSum;
    }
    this.#endMs = endMs;
    this.#value = valueSum;
    this.#volume = volumeSum;
  }
}
