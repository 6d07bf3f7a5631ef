// How a symbol's volume is spread over the hours of a UTC day, learned candle by candle.
//
// A plain mean over the last `profileDays` UTC days and the running one: its memory ends at a date
// one can name, which an exponential one does not. Sums are kept per day and hour and added up when
// asked, so that a forgotten day leaves no rounding behind. Only candles that were added count:
// adding each at its close is all that keeps the future out.

import { assert } from '../../errors.ts';
import { DAY_MS, HOUR_MS } from '../../interval.ts';

const HOURS = 24;

export class VolumeProfile {
  readonly #baseMs: number;
  /** One row of 24 hours per day; day d lives in row d modulo rows. */
  readonly #rows: number;
  readonly #volume: Float64Array;
  readonly #seenMs: Float64Array;
  #day = Number.NEGATIVE_INFINITY;
  #lastOpenMs = Number.NEGATIVE_INFINITY;

  /** `profileDays` whole >= 1; `baseMs` > 0 is the length of the candles that will be added. */
  constructor(profileDays: number, baseMs: number) {
    assert(Number.isSafeInteger(profileDays) && profileDays >= 1, 'a profile has whole days');
    assert(baseMs > 0 && baseMs < Infinity, 'a candle is longer than 0');
    this.#baseMs = baseMs;
    this.#rows = profileDays + 1;
    this.#volume = new Float64Array(this.#rows * HOURS);
    this.#seenMs = new Float64Array(this.#rows * HOURS);
  }

  /**
   * Adds a closed candle, in order of time. `volume` in any one unit, >= 0; NaN (a hole) counts as
   * not seen. A candle longer than an hour is spread evenly over its hours.
   */
  add(openMs: number, volume: number): void {
    assert(openMs > this.#lastOpenMs, 'candles are added to a volume profile in order of time');
    this.#lastOpenMs = openMs;
    if (!(volume >= 0 && volume < Infinity)) return;
    const parts = Math.max(1, Math.round(this.#baseMs / HOUR_MS));
    for (let part = 0; part < parts; part++) {
      const cell = this.#cellOf(openMs + part * HOUR_MS);
      this.#volume[cell]! += volume / parts;
      this.#seenMs[cell]! += this.#baseMs / parts;
    }
  }

  /**
   * Share of volume expected in each of `slices` (>= 1) equal parts of the window, sum 1. Even
   * shares until a whole day of candles was seen, every hour among them, and where none traded.
   */
  weights(startMs: number, endMs: number, slices: number): number[] {
    assert(endMs > startMs && slices >= 1, 'a window has a length and a slice');
    const rates = this.#rates();
    const sliceMs = (endMs - startMs) / slices;
    const expected = Array.from({ length: slices }, (_, k) => {
      const fromMs = startMs + k * sliceMs;
      return rates === null ? 0 : volumeBetween(rates, fromMs, fromMs + sliceMs);
    });
    const sum = expected.reduce((total, each) => total + each, 0);
    return expected.map((each) => (sum > 0 ? each / sum : 1 / slices));
  }

  /** Mean volume per ms of each hour, or null while the profile is too young. */
  #rates(): Float64Array | null {
    const rates = new Float64Array(HOURS);
    let totalMs = 0;
    for (let hour = 0; hour < HOURS; hour++) {
      let seenMs = 0;
      let volume = 0;
      for (let cell = hour; cell < this.#volume.length; cell += HOURS) {
        seenMs += this.#seenMs[cell]!;
        volume += this.#volume[cell]!;
      }
      if (seenMs === 0) return null;
      rates[hour] = volume / seenMs;
      totalMs += seenMs;
    }
    return totalMs >= DAY_MS * (1 - 1e-9) ? rates : null;
  }

  /** Where a time is counted; forgets the rows of days that have gone by since the last candle. */
  #cellOf(ms: number): number {
    const day = Math.floor(ms / DAY_MS);
    for (let d = Math.max(this.#day + 1, day - this.#rows + 1); d <= day; d++) {
      const row = (d % this.#rows) * HOURS;
      this.#volume.fill(0, row, row + HOURS);
      this.#seenMs.fill(0, row, row + HOURS);
    }
    this.#day = Math.max(this.#day, day);
    return (day % this.#rows) * HOURS + Math.floor((ms - day * DAY_MS) / HOUR_MS);
  }
}

function volumeBetween(rates: Float64Array, fromMs: number, toMs: number): number {
  let volume = 0;
  let hour = Math.floor(fromMs / HOUR_MS);
  for (; hour * HOUR_MS < toMs; hour++) {
    const overlapMs = Math.min(toMs, (hour + 1) * HOUR_MS) - Math.max(fromMs, hour * HOUR_MS);
    volume += overlapMs * rates[hour % HOURS]!;
  }
  return volume;
}
