// The feature columns of one leg: every indicator any strategy asked for, once each.
//
// History fills them in one go, live row by row; `advance` does both, because an indicator's batch
// form is its step in a loop. Features of a higher interval are computed on its closed candles
// (buckets.ts). After a hole longer than maxHoleCandles, or a listing break, indicators start afresh.

import { InputError } from '../errors.ts';
import { intervalName } from '../interval.ts';
import { Buckets } from './buckets.ts';
import type { CandleArrays } from './column.ts';
import type { Feature, IndicatorSpec } from './indicator.ts';
import { type MakeColumn, makeColumn, makeSlot, type Slot } from './slot.ts';

/**
 * Rows that an indicator is given at once. History comes in blocks so that the candles of a block
 * stay in the cache for every indicator, and so that `run` is called often enough to be compiled as
 * a whole: one call over a million rows is compiled in the middle of its loop, and thrown away.
 */
const BLOCK_ROWS = 4096;

export class FeatureSet {
  readonly #candles: CandleArrays;
  readonly #baseMs: number;
  readonly #maxHoleMs: number;
  readonly #make: MakeColumn;
  readonly #slots = new Map<string, Slot>();
  readonly #buckets = new Map<number, Buckets>();
  /** Rows before which everything is forgotten, ascending. */
  readonly #resets: number[] = [];
  /** Open of the last candle that was there; in an array, as a loop boxes what starts from a field. */
  readonly #lastMs = new Float64Array(1).fill(Number.NaN);
  #filled = 0;
  #holes = 0;

  /** `maxHoleCandles` counts base candles; see `world.maxHoleCandles`. `make` makes the columns. */
  constructor(
    candles: CandleArrays,
    baseMs: number,
    maxHoleCandles: number,
    make: MakeColumn = makeColumn,
  ) {
    this.#candles = candles;
    this.#baseMs = baseMs;
    this.#maxHoleMs = (maxHoleCandles + 1) * baseMs;
    this.#make = make;
  }

  /** Rows computed so far. */
  get filled(): number {
    return this.#filled;
  }

  /** Rows so far without a candle. */
  get holes(): number {
    return this.#holes;
  }

  /** Rows at which indicators were started afresh; a leg warms up again from there. */
  get resets(): readonly number[] {
    return this.#resets;
  }

  /**
   * The column of a feature, one number per base row, NaN until it is warm and on holes.
   * `decisionMs` is the interval of a feature that names none. An interval finer than the base
   * candles means the base candles: nothing finer is known.
   */
  column(feature: Feature, decisionMs: number): Float64Array {
    const intervalMs = this.#intervalOf(feature, decisionMs);
    if (intervalMs % this.#baseMs !== 0) {
      const rule = `must be a multiple of the base candles (${intervalName(this.#baseMs)})`;
      const key = `interval of feature ${feature.indicator.key}`;
      throw new InputError({ key, rule, value: intervalName(intervalMs) });
    }
    if (intervalMs === this.#baseMs) return this.#slot(feature.indicator).outputs[feature.output]!;
    let buckets = this.#buckets.get(intervalMs);
    if (!buckets) {
      buckets = new Buckets(this.#candles, this.#baseMs, intervalMs, this.#make);
      this.#eachBlock(0, this.#filled, (from, to, fresh) => buckets!.advance(from, to, fresh));
      this.#buckets.set(intervalMs, buckets);
    }
    return buckets.column(feature, this.#filled);
  }

  /**
   * Lets go of a feature's indicator: the columns of all its outputs over base rows, of which nobody may
   * hold one any more. Asked for again it is computed anew.
   */
  forget(feature: Feature, decisionMs: number): readonly Float64Array[] {
    const { key } = feature.indicator;
    const intervalMs = this.#intervalOf(feature, decisionMs);
    if (intervalMs !== this.#baseMs) return this.#buckets.get(intervalMs)?.drop(key) ?? [];
    const slot = this.#slots.get(key);
    this.#slots.delete(key);
    return slot?.outputs ?? [];
  }

  /** Computes every column up to row `to` (not included). Rows must already hold their candles. */
  advance(to: number): void {
    const from = this.#filled;
    if (to <= from) return;
    // In blocks as well: see BLOCK_ROWS.
    for (let a = from; a < to; a += BLOCK_ROWS) this.#findResets(a, Math.min(to, a + BLOCK_ROWS));
    this.#filled = to;
    for (const slot of this.#slots.values()) this.#fill(slot, from, to);
    for (const buckets of this.#buckets.values()) {
      this.#eachBlock(from, to, (a, b, fresh) => buckets.advance(a, b, fresh));
    }
  }

  #intervalOf({ intervalMs }: Feature, decisionMs: number): number {
    return Math.max(intervalMs ?? decisionMs, this.#baseMs);
  }

  #slot(spec: IndicatorSpec): Slot {
    const known = this.#slots.get(spec.key);
    if (known) return known;
    const slot = makeSlot(spec, this.#candles, this.#make);
    this.#slots.set(spec.key, slot);
    this.#fill(slot, 0, this.#filled);
    // Rows that are still to come hold NaN, so that reading ahead finds nothing.
    for (const column of slot.outputs) column.fill(Number.NaN, this.#filled);
    return slot;
  }

  #fill(slot: Slot, from: number, to: number): void {
    this.#eachBlock(from, to, (a, b, fresh) => {
      if (fresh) slot.indicator.reset();
      slot.indicator.run(a, b);
    });
  }

  #findResets(from: number, to: number): void {
    const { openMs, close } = this.#candles;
    const maxHoleMs = this.#maxHoleMs;
    let lastMs = this.#lastMs[0]!;
    for (let i = from; i < to; i++) {
      const c = close[i]!;
      if (c !== c) {
        this.#holes++;
        continue;
      }
      const ms = openMs[i]!;
      if (ms - lastMs > maxHoleMs) this.#resets.push(i);
      lastMs = ms;
    }
    this.#lastMs[0] = lastMs;
  }

  /** Calls `visit(a, b, fresh)` for blocks of [from, to) that no reset cuts. */
  #eachBlock(
    from: number,
    to: number,
    visit: (from: number, to: number, fresh: boolean) => void,
  ): void {
    const resets = this.#resets;
    let next = 0;
    while (next < resets.length && resets[next]! < from) next++;
    for (let a = from; a < to; ) {
      const fresh = resets[next] === a;
      if (fresh) next++;
      const b = Math.min(to, a + BLOCK_ROWS, resets[next] ?? to);
      visit(a, b, fresh);
      a = b;
    }
  }
}
