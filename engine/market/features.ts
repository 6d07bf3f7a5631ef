// The feature columns of one leg: every indicator any strategy asked for, once each.
//
// History fills them in one go, live row by row; `advance` does both, because an indicator's batch
// form is its step in a loop. Higher intervals are built here from closed base candles:
//
//   base rows      |m|m|m|m|m|m|m|m|m|      1m candles
//   buckets        |----5m---|----5m---|     closed only; the value is seen from the closing row on
//
// After a hole longer than maxHoleCandles, or a listing break, indicators start afresh.

import { InputError } from '../errors.ts';
import { intervalName } from '../interval.ts';
import { type CandleArrays, candleArrays } from './column.ts';
import type { Feature, Indicator, IndicatorSpec } from './indicator.ts';

interface Slot {
  readonly indicator: Indicator;
  readonly outputs: readonly Float64Array[];
}

export class FeatureSet {
  readonly #candles: CandleArrays;
  readonly #baseMs: number;
  readonly #maxHoleMs: number;
  readonly #slots = new Map<string, Slot>();
  readonly #buckets = new Map<number, Buckets>();
  /** Rows before which everything is forgotten, ascending. */
  readonly #resets: number[] = [];
  #lastMs = Number.NaN;
  #filled = 0;

  /** `maxHoleCandles` counts base candles; see `world.maxHoleCandles`. */
  constructor(candles: CandleArrays, baseMs: number, maxHoleCandles: number) {
    this.#candles = candles;
    this.#baseMs = baseMs;
    this.#maxHoleMs = (maxHoleCandles + 1) * baseMs;
  }

  /** Rows computed so far. */
  get filled(): number {
    return this.#filled;
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
    const intervalMs = Math.max(feature.intervalMs ?? decisionMs, this.#baseMs);
    if (intervalMs % this.#baseMs !== 0) {
      const rule = `must be a multiple of the base candles (${intervalName(this.#baseMs)})`;
      const key = `interval of feature ${feature.indicator.key}`;
      throw new InputError({ key, rule, value: intervalName(intervalMs) });
    }
    if (intervalMs === this.#baseMs) return this.#slot(feature.indicator).outputs[feature.output]!;
    let buckets = this.#buckets.get(intervalMs);
    if (!buckets) {
      buckets = new Buckets(this.#candles, this.#baseMs, intervalMs);
      this.#eachSegment(0, this.#filled, (from, to, fresh) => buckets!.advance(from, to, fresh));
      this.#buckets.set(intervalMs, buckets);
    }
    return buckets.column(feature, this.#filled);
  }

  /** Computes every column up to row `to` (not included). Rows must already hold their candles. */
  advance(to: number): void {
    const from = this.#filled;
    if (to <= from) return;
    this.#findResets(from, to);
    this.#filled = to;
    for (const slot of this.#slots.values()) this.#fill(slot, from, to);
    for (const buckets of this.#buckets.values()) {
      this.#eachSegment(from, to, (a, b, fresh) => buckets.advance(a, b, fresh));
    }
  }

  #slot(spec: IndicatorSpec): Slot {
    const known = this.#slots.get(spec.key);
    if (known) return known;
    const slot = makeSlot(spec, this.#candles, this.#candles.close.length);
    this.#slots.set(spec.key, slot);
    this.#fill(slot, 0, this.#filled);
    return slot;
  }

  #fill(slot: Slot, from: number, to: number): void {
    if (this.#resets.length === 0) {
      slot.indicator.run(from, to);
      return;
    }
    this.#eachSegment(from, to, (a, b, fresh) => {
      if (fresh) slot.indicator.reset();
      slot.indicator.run(a, b);
    });
  }

  #findResets(from: number, to: number): void {
    const { openMs, close } = this.#candles;
    let last = this.#lastMs;
    for (let i = from; i < to; i++) {
      const c = close[i]!;
      if (c !== c) continue;
      const t = openMs[i]!;
      if (t - last > this.#maxHoleMs) this.#resets.push(i);
      last = t;
    }
    this.#lastMs = last;
  }

  /** Calls `visit(a, b, fresh)` for the stretches of [from, to) between resets. */
  #eachSegment(
    from: number,
    to: number,
    visit: (from: number, to: number, fresh: boolean) => void,
  ): void {
    let start = from;
    let fresh = false;
    for (const row of this.#resets) {
      if (row < from || row >= to) continue;
      if (row > start) visit(start, row, fresh);
      start = row;
      fresh = true;
    }
    if (to > start) visit(start, to, fresh);
  }
}

/** Closed candles of a higher interval, and for each base row how many are closed by its close. */
class Buckets {
  readonly #base: CandleArrays;
  readonly #baseMs: number;
  readonly #intervalMs: number;
  readonly #candles: CandleArrays;
  readonly #closedBy: Int32Array;
  readonly #slots = new Map<string, { slot: Slot; expanded: Float64Array[] }>();
  /** Bucket counts at which everything is forgotten. */
  readonly #resets: number[] = [];
  #count = 0;
  #startMs = Number.NaN;
  #whole = false;
  #open = 0;
  #high = 0;
  #low = 0;
  #close = 0;
  #volume = 0;

  constructor(base: CandleArrays, baseMs: number, intervalMs: number) {
    this.#base = base;
    this.#baseMs = baseMs;
    this.#intervalMs = intervalMs;
    const rows = base.close.length;
    // Irregular rows can touch one bucket each, so capacity is bounded by rows, not by time.
    this.#candles = candleArrays(rows + 1);
    this.#closedBy = new Int32Array(rows);
  }

  advance(from: number, to: number, fresh: boolean): void {
    const { openMs, open, high, low, close, volume } = this.#base;
    if (fresh) {
      this.#startMs = Number.NaN;
      this.#resets.push(this.#count);
    }
    for (let i = from; i < to; i++) {
      const c = close[i]!;
      const t = openMs[i]!;
      const start = Math.floor(t / this.#intervalMs) * this.#intervalMs;
      if (start !== this.#startMs && this.#startMs === this.#startMs) this.#closeBucket();
      if (c === c) {
        if (start !== this.#startMs) this.#openBucket(start, t, open[i]!);
        if (high[i]! > this.#high) this.#high = high[i]!;
        if (low[i]! < this.#low) this.#low = low[i]!;
        this.#close = c;
        this.#volume += volume[i]!;
      }
      if (this.#startMs === start && t + this.#baseMs >= start + this.#intervalMs) {
        this.#closeBucket();
      }
      // 0 until a bucket has closed since the last reset: what came before it is forgotten.
      this.#closedBy[i] = this.#count > (this.#resets.at(-1) ?? 0) ? this.#count : 0;
    }
    for (const entry of this.#slots.values()) this.#expand(entry, from, to);
  }

  column(feature: Feature, rows: number): Float64Array {
    let entry = this.#slots.get(feature.indicator.key);
    if (!entry) {
      const slot = makeSlot(feature.indicator, this.#candles, this.#candles.close.length);
      const expanded = slot.outputs.map(() => new Float64Array(this.#base.close.length));
      for (const column of expanded) column.fill(Number.NaN);
      entry = { slot, expanded };
      this.#slots.set(feature.indicator.key, entry);
      let start = 0;
      for (const reset of this.#resets) {
        slot.indicator.run(start, reset);
        slot.indicator.reset();
        start = reset;
      }
      slot.indicator.run(start, this.#count);
      this.#expand(entry, 0, rows);
    }
    return entry.expanded[feature.output]!;
  }

  #openBucket(start: number, firstMs: number, open: number): void {
    this.#startMs = start;
    // A bucket whose beginning was not seen is not a candle of that interval: it is left out.
    this.#whole = firstMs === start || this.#count > (this.#resets.at(-1) ?? 0);
    this.#open = open;
    this.#high = Number.NEGATIVE_INFINITY;
    this.#low = Number.POSITIVE_INFINITY;
    this.#volume = 0;
  }

  #closeBucket(): void {
    const k = this.#count;
    const startMs = this.#startMs;
    this.#startMs = Number.NaN;
    if (!this.#whole) return;
    const candles = this.#candles;
    candles.openMs[k] = startMs;
    candles.open[k] = this.#open;
    candles.high[k] = this.#high;
    candles.low[k] = this.#low;
    candles.close[k] = this.#close;
    candles.volume[k] = this.#volume;
    this.#count = k + 1;
    const fresh = this.#resets.at(-1) === k;
    for (const { slot } of this.#slots.values()) {
      if (fresh) slot.indicator.reset();
      slot.indicator.run(k, k + 1);
    }
  }

  #expand(entry: { slot: Slot; expanded: Float64Array[] }, from: number, to: number): void {
    const close = this.#base.close;
    const closedBy = this.#closedBy;
    entry.slot.outputs.forEach((source, k) => {
      const target = entry.expanded[k]!;
      for (let i = from; i < to; i++) {
        const n = closedBy[i]!;
        const c = close[i]!;
        target[i] = n > 0 && c === c ? source[n - 1]! : Number.NaN;
      }
    });
  }
}

function makeSlot(spec: IndicatorSpec, candles: CandleArrays, rows: number): Slot {
  const outputs = spec.outputs.map(() => new Float64Array(rows).fill(Number.NaN));
  return { indicator: spec.create(candles, outputs), outputs };
}
