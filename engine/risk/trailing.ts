// The trailing stop that the kernel keeps: `buffer` behind the best close since entry, moved only
// at closes, only in favour, and only once the best close has gone `step` beyond the one at which
// the stop was last set. With an activation it does not follow at all before the best close has
// gained that much over the entry; from then on it does, whatever price does next.
//
// Closes and not extremes: whether a candle's high came before or after its low is unknown, and a
// stop that follows highs inside the candle wins backtests that no market would have paid
// (freqtrade issues 1928, 7546, 8496). The same rule holds in every mode.

import type { RiskConfig } from '../config/schema.ts';

export class TrailingStops {
  readonly #enabled: boolean;
  readonly #buffer: number;
  readonly #step: number;
  readonly #activation: number;
  readonly #entry: Float64Array;
  readonly #best: Float64Array;
  readonly #anchor: Float64Array;

  constructor(config: RiskConfig['trailingStop'], legs: number) {
    this.#enabled = config.enabled && config.kind === 'closes';
    this.#buffer = config.buffer;
    this.#step = config.step;
    this.#activation = config.activation;
    this.#entry = new Float64Array(legs);
    this.#best = new Float64Array(legs);
    this.#anchor = new Float64Array(legs);
  }

  get enabled(): boolean {
    return this.#enabled;
  }

  /** A position was opened at `price`. */
  open(leg: number, price: number): void {
    this.#entry[leg] = price;
    this.#best[leg] = price;
    this.#anchor[leg] = price;
  }

  /** Takes a close; returns where the stop should be now, NaN to leave it. */
  follow(leg: number, side: 1 | -1, close: number): number {
    const best = this.#best[leg]!;
    if (side > 0 ? close > best : close < best) this.#best[leg] = close;
    const now = this.#best[leg]!;
    if (this.#activation > 0) {
      const ratio = now / this.#entry[leg]!;
      const gain = side > 0 ? ratio - 1 : 1 - ratio;
      if (!(gain >= this.#activation)) return Number.NaN;
    }
    const anchor = this.#anchor[leg]!;
    const moved = side > 0 ? now / anchor - 1 : 1 - now / anchor;
    if (!(moved > 0) || moved < this.#step) return Number.NaN;
    return side > 0 ? now * (1 - this.#buffer) : now * (1 + this.#buffer);
  }

  /**
   * A close short of this price leaves the stop where it is; on the safe side by its ninth digit. The
   * closes before it are then to be told with `pass`.
   */
  waitsFor(leg: number, side: 1 | -1): number {
    const stepped = this.#anchor[leg]! * (1 + side * this.#step);
    const active =
      this.#activation > 0 ? this.#entry[leg]! * (1 + side * this.#activation) : stepped;
    const further = side > 0 ? Math.max(stepped, active) : Math.min(stepped, active);
    const price = further * (1 - side * 1e-9);
    // It waits for nothing but a close.
    return (this.#best[leg]! - price) * side >= 0 ? -side * Infinity : price;
  }

  /** Takes closes in at which the stop does not move; `bestOf` looks for the best of them and one more. */
  pass(leg: number, bestOf: (start: number) => number): void {
    this.#best[leg] = bestOf(this.#best[leg]!);
  }

  /** The stop was put where `follow` said: the next step counts from here. */
  moved(leg: number): void {
    this.#anchor[leg] = this.#best[leg]!;
  }
}
