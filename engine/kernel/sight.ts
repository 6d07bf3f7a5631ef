// How the kernel takes candles in: features, last prices, and how warm each leg is.

import type { Panel } from '../market/panel.ts';

export class Sight {
  readonly closes: readonly Float64Array[];
  /** Candles each leg has shown since its listing or its last long hole. */
  readonly warm: Int32Array;
  readonly #panel: Panel;
  readonly #lastPrice: Float64Array;
  /** Of each leg: the next of its features' resets. */
  readonly #nextReset: Int32Array;

  constructor(panel: Panel, lastPrice: Float64Array) {
    this.#panel = panel;
    this.#lastPrice = lastPrice;
    this.closes = panel.legs.map((leg) => leg.candles.close);
    this.warm = new Int32Array(panel.legs.length);
    this.#nextReset = new Int32Array(panel.legs.length);
  }

  /** Takes in one leg's candle of row `i`. A hole changes nothing. */
  see(leg: number, i: number): void {
    const { features } = this.#panel.legs[leg]!;
    if (features.filled <= i) features.advance(i + 1);
    const close = this.closes[leg]![i]!;
    if (close !== close) return;
    this.#lastPrice[leg] = close;
    if (this.#nextReset[leg]! < features.resets.length) this.#forget(leg, i);
    this.warm[leg]!++;
  }

  /** All legs of a row. */
  seeRow(i: number): void {
    for (let leg = 0; leg < this.closes.length; leg++) this.see(leg, i);
  }

  /** Row `i`, just seen, is going to be seen once more. */
  unseeRow(i: number): void {
    for (let leg = 0; leg < this.closes.length; leg++) {
      const close = this.closes[leg]![i]!;
      if (close === close) this.warm[leg]!--;
    }
  }

  /** All rows from `from` to `to` (not included). */
  seeThrough(from: number, to: number): void {
    for (let leg = 0; leg < this.closes.length; leg++) {
      const { features } = this.#panel.legs[leg]!;
      const hasReset = (features.resets[this.#nextReset[leg]!] ?? to) < to;
      if (hasReset || features.holes > 0 || features.filled < to) {
        for (let i = from; i < to; i++) this.see(leg, i);
      } else if (to > from) {
        this.#lastPrice[leg] = this.closes[leg]![to - 1]!;
        this.warm[leg]! += to - from;
      }
    }
  }

  /** Warms up again where the indicators were started afresh. */
  #forget(leg: number, i: number): void {
    const { resets } = this.#panel.legs[leg]!.features;
    let next = this.#nextReset[leg]!;
    if (resets[next]! > i) return;
    while (next < resets.length && resets[next]! <= i) next++;
    this.#nextReset[leg] = next;
    this.warm[leg] = 0;
  }
}
