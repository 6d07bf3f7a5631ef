// Closed candles of a higher interval, made from base candles, and the indicators on them.
//
//   base rows   |m|m|m|m|m|m|m|m|m|
//   buckets     |----5m---|----5m---|      closed only: a value is seen from the closing row on
//
// A bucket closes with the row whose close reaches its end, or, when that row is missing, with the
// first row after it. A bucket whose beginning was not seen is not a candle and is left out.

import { type CandleArrays, candleArrays } from './column.ts';
import type { Feature } from './indicator.ts';
import { type MakeColumn, makeColumn, makeSlot, type Slot } from './slot.ts';

interface Entry {
  slot: Slot;
  /** Outputs that somebody reads, spread over base rows; by index of the output. */
  readonly expanded: Map<number, Float64Array>;
}

const COLUMNS = ['openMs', 'open', 'high', 'low', 'close', 'volume'] as const;

export class Buckets {
  readonly #base: CandleArrays;
  readonly #baseMs: number;
  readonly #intervalMs: number;
  /** Makes what base rows see. */
  readonly #make: MakeColumn;
  readonly #entries = new Map<string, Entry>();
  /** Bucket counts at which everything is forgotten. */
  readonly #resets: number[] = [];
  /** Rows from which another bucket is the newest closed one, ascending; and its number from 1 on. */
  readonly #stepRow: number[] = [];
  readonly #stepCount: number[] = [];
  #candles: CandleArrays;
  #count = 0;
  #hasHoles = false;
  /** The open bucket; NaN when there is none. */
  #startMs = Number.NaN;
  #endMs = Number.NaN;
  /** Its beginning was seen. */
  #whole = false;
  /** A candle was seen since the last reset. */
  #watched = false;
  #open = 0;
  #high = 0;
  #low = 0;
  #close = 0;
  #volume = 0;

  constructor(base: CandleArrays, baseMs: number, intervalMs: number, make = makeColumn) {
    this.#base = base;
    this.#baseMs = baseMs;
    this.#intervalMs = intervalMs;
    this.#make = make;
    // Enough for history without gaps; sparse rows can touch a bucket each, so it may grow.
    const rows = base.close.length;
    this.#candles = candleArrays(Math.ceil((rows * baseMs) / intervalMs) + 16);
  }

  /** Takes in base rows `from` to `to`; `fresh`: what came before is forgotten. */
  advance(from: number, to: number, fresh: boolean): void {
    const { openMs, open, close } = this.#base;
    if (fresh) this.#forget(from);
    for (let i = from; i < to; ) {
      const t = openMs[i]!;
      if (t >= this.#endMs) this.#closeBucket(i);
      const isOpen = this.#startMs === this.#startMs;
      if (isOpen || close[i] === close[i]) {
        if (!isOpen) this.#openBucket(t, open[i]!);
        i = this.#takeIn(i, to);
      } else {
        this.#hasHoles = true;
        i++;
      }
    }
    for (const { slot, expanded } of this.#entries.values()) {
      for (const [output, into] of expanded) this.#expand(slot.outputs[output]!, into, from, to);
    }
  }

  /** The column of a feature over base rows; `rows` of them are known so far. */
  column(feature: Feature, rows: number): Float64Array {
    const { indicator, output } = feature;
    let entry = this.#entries.get(indicator.key);
    if (!entry) {
      const slot = makeSlot(indicator, this.#candles);
      this.#replay(slot);
      entry = { slot, expanded: new Map() };
      this.#entries.set(indicator.key, entry);
    }
    let into = entry.expanded.get(output);
    if (!into) {
      into = this.#make(this.#base.close.length).fill(Number.NaN, rows);
      entry.expanded.set(output, into);
      this.#expand(entry.slot.outputs[output]!, into, 0, rows);
    }
    return into;
  }

  /** Lets go of an indicator; gives the columns that base rows saw of it. */
  drop(key: string): Float64Array[] {
    const entry = this.#entries.get(key);
    this.#entries.delete(key);
    return entry ? [...entry.expanded.values()] : [];
  }

  /** Takes in rows of the open bucket until it is closed or they are over; returns the next one. */
  #takeIn(from: number, to: number): number {
    const { openMs, high, low, close, volume } = this.#base;
    const endMs = this.#endMs;
    const lastMs = endMs - this.#baseMs;
    // Not in fields, which would be written at every row.
    let highest = this.#high;
    let lowest = this.#low;
    let last = this.#close;
    let sum = this.#volume;
    let isFull = false;
    let i = from;
    for (; i < to && !isFull && openMs[i]! < endMs; i++) {
      const c = close[i]!;
      if (c === c) {
        if (high[i]! > highest) highest = high[i]!;
        if (low[i]! < lowest) lowest = low[i]!;
        last = c;
        sum += volume[i]!;
      } else {
        this.#hasHoles = true;
      }
      isFull = openMs[i]! >= lastMs;
    }
    this.#high = highest;
    this.#low = lowest;
    this.#close = last;
    this.#volume = sum;
    if (isFull) this.#closeBucket(i - 1);
    return i;
  }

  #forget(row: number): void {
    this.#startMs = this.#endMs = Number.NaN;
    this.#watched = false;
    this.#resets.push(this.#count);
    this.#stepRow.push(row);
    this.#stepCount.push(0);
  }

  #openBucket(firstMs: number, open: number): void {
    const startMs = Math.floor(firstMs / this.#intervalMs) * this.#intervalMs;
    this.#startMs = startMs;
    this.#endMs = startMs + this.#intervalMs;
    // A hole at its beginning is fine when the leg was being watched: nothing was traded there.
    this.#whole = firstMs === startMs || this.#watched;
    this.#watched = true;
    this.#open = open;
    this.#high = Number.NEGATIVE_INFINITY;
    this.#low = Number.POSITIVE_INFINITY;
    this.#volume = 0;
  }

  /** Closes the open bucket; it is seen from row `i` on. */
  #closeBucket(i: number): void {
    const startMs = this.#startMs;
    this.#startMs = this.#endMs = Number.NaN;
    if (!this.#whole) return;
    const k = this.#count;
    if (k === this.#candles.close.length) this.#grow();
    const candles = this.#candles;
    candles.openMs[k] = startMs;
    candles.open[k] = this.#open;
    candles.high[k] = this.#high;
    candles.low[k] = this.#low;
    candles.close[k] = this.#close;
    candles.volume[k] = this.#volume;
    this.#count = k + 1;
    this.#stepRow.push(i);
    this.#stepCount.push(k + 1);
    const fresh = this.#resets.at(-1) === k;
    for (const { slot } of this.#entries.values()) {
      if (fresh) slot.indicator.reset();
      slot.indicator.run(k, k + 1);
    }
  }

  /** Twice the room. Indicators hold the old columns, so they are made again and catch up. */
  #grow(): void {
    const wider = candleArrays(this.#count * 2);
    for (const name of COLUMNS) wider[name].set(this.#candles[name]);
    this.#candles = wider;
    for (const entry of this.#entries.values()) {
      entry.slot = makeSlot(entry.slot.spec, wider);
      this.#replay(entry.slot);
    }
  }

  /** Runs a new indicator over the buckets closed so far, forgetting where the others forgot. */
  #replay(slot: Slot): void {
    let start = 0;
    for (const reset of this.#resets) {
      if (reset >= this.#count) break;
      slot.indicator.run(start, reset);
      slot.indicator.reset();
      start = reset;
    }
    slot.indicator.run(start, this.#count);
  }

  /** Each base row gets the value of the newest bucket closed by then; NaN before it and on holes. */
  #expand(values: Float64Array, into: Float64Array, from: number, to: number): void {
    let step = this.#stepAt(from);
    for (let at = from; at < to; step++) {
      const count = step < 0 ? 0 : this.#stepCount[step]!;
      const end = Math.min(to, this.#stepRow[step + 1] ?? to);
      const value = count === 0 ? Number.NaN : values[count - 1]!;
      // Spans are short: `fill` costs more than it saves.
      for (; at < end; at++) into[at] = value;
    }
    if (!this.#hasHoles) return;
    const { close } = this.#base;
    for (let i = from; i < to; i++) if (close[i] !== close[i]) into[i] = Number.NaN;
  }

  /** The last step at or before a row; -1 = none. */
  #stepAt(row: number): number {
    let low = 0;
    let high = this.#stepRow.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#stepRow[middle]! <= row) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
