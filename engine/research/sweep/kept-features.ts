// The feature columns of a slice, on a shelf: a swept period makes new ones without end.

import { FeatureSet } from '../../market/features.ts';
import type { Feature } from '../../market/indicator.ts';
import type { Leg } from '../../market/panel.ts';
import type { Shelf, Shelved } from './shelf.ts';

export class KeptFeatures extends FeatureSet {
  readonly #shelf: Shelf;
  readonly #rows: number;
  /** By indicator and interval. */
  readonly #known = new Map<string, Shelved>();

  constructor(candles: Leg['candles'], baseMs: number, maxHoleCandles: number, shelf: Shelf) {
    super(candles, baseMs, maxHoleCandles, (rows) => shelf.column(rows));
    this.#shelf = shelf;
    this.#rows = candles.close.length;
  }

  override column(feature: Feature, decisionMs: number): Float64Array {
    const column = super.column(feature, decisionMs);
    const { indicator, intervalMs = decisionMs } = feature;
    const key = `${indicator.key} ${intervalMs}`;
    let known = this.#known.get(key);
    if (known === undefined) {
      known = this.#shelved(key, feature, decisionMs);
      this.#known.set(key, known);
    }
    this.#shelf.use(known);
    return column;
  }

  #shelved(key: string, feature: Feature, decisionMs: number): Shelved {
    const columns = feature.indicator.outputs.length;
    return {
      bytes: columns * this.#rows * Float64Array.BYTES_PER_ELEMENT,
      drop: () => {
        this.#known.delete(key);
        for (const one of this.forget(feature, decisionMs)) this.#shelf.giveBack(one);
      },
    };
  }
}
