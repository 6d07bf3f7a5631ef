// Closed candles gather here until their row is complete: every leg has delivered, the feed says that
// nothing more will come, the grace time is over, or a newer row has begun.
//
// What comes for a row that has closed is counted and left: a revision never changes a decision that
// was made. A candle that cannot be one is counted and left as well, and its leg is a hole.

import { candleFault } from '../data/quality.ts';
import type { Event } from '../engine/event.ts';
import type { MarketEvent } from './inbox.ts';

export type CandleEvent = Extract<Event, { readonly kind: 'candle' }>;
export type SeriesEvent = Extract<Event, { readonly kind: 'series' }>;

/** A row as the venue may meet it and the kernel decide on it. */
export interface ClosedRow {
  readonly openMs: number;
  /** At least one, in order of leg; a leg without one is a hole. */
  readonly candles: readonly CandleEvent[];
  readonly series: readonly SeriesEvent[];
}

/** What was not taken as it came. */
export interface RowCounts {
  /** For a row that had closed, its values unknown to us or the same. */
  late: number;
  /** A second candle of a leg before its row closed, with other values: it took the place. */
  revised: number;
  repeated: number;
  /** Not a candle: a price that is no number, high below low, off the grid, of no leg. */
  unsound: number;
}

export class RowGate {
  readonly counts: RowCounts = { late: 0, revised: 0, repeated: 0, unsound: 0 };
  readonly #legs: number;
  readonly #intervalMs: number;
  readonly #graceMs: number;
  #lastMs: number;
  #openMs = Number.NaN;
  #candles: (CandleEvent | undefined)[] = [];
  #filled = 0;
  #series: SeriesEvent[] = [];

  /** `graceMs`: how long after its close a row waits for its late legs. */
  constructor(legs: number, intervalMs: number, graceMs: number) {
    this.#legs = legs;
    this.#intervalMs = intervalMs;
    this.#graceMs = graceMs;
    this.#lastMs = Number.NEGATIVE_INFINITY;
  }

  /** True while a row waits for legs. */
  get isWaiting(): boolean {
    return this.#filled > 0;
  }

  /** Takes one event in; gives the row that it has made complete, if any. */
  add(event: MarketEvent): ClosedRow | null {
    switch (event.kind) {
      case 'series':
        this.#series.push(event);
        return null;
      case 'row-closed':
        return event.openMs === this.#openMs && this.#filled > 0 ? this.#close() : null;
      case 'candle':
        return this.#take(event);
    }
  }

  /** The row whose grace time is over by `nowMs`, UTC ms. */
  due(nowMs: number): ClosedRow | null {
    const isOver = nowMs >= this.#openMs + this.#intervalMs + this.#graceMs;
    return this.#filled > 0 && isOver ? this.#close() : null;
  }

  #take(candle: CandleEvent): ClosedRow | null {
    const { leg, openMs, open, high, low, close, volume } = candle;
    const isOurs = leg >= 0 && leg < this.#legs && openMs % this.#intervalMs === 0;
    if (!isOurs || candleFault(open, high, low, close, volume) !== null) {
      this.counts.unsound++;
      return null;
    }
    if (openMs <= this.#lastMs || (this.#filled > 0 && openMs < this.#openMs)) {
      this.counts.late++;
      return null;
    }
    // A newer row has begun: whoever is not here by now is a hole in the one before.
    const before = this.#filled > 0 && openMs > this.#openMs ? this.#close() : null;
    this.#openMs = openMs;
    const known = this.#candles[leg];
    if (known === undefined) this.#filled++;
    else if (isSame(known, candle)) this.counts.repeated++;
    else this.counts.revised++;
    this.#candles[leg] = candle;
    if (before !== null || this.#filled < this.#legs) return before;
    return this.#close();
  }

  #close(): ClosedRow {
    const candles = this.#candles.filter((candle) => candle !== undefined);
    const row = { openMs: this.#openMs, candles, series: this.#series };
    this.#lastMs = this.#openMs;
    this.#candles = [];
    this.#filled = 0;
    this.#series = [];
    return row;
  }
}

function isSame(a: CandleEvent, b: CandleEvent): boolean {
  return (
    a.open === b.open &&
    a.high === b.high &&
    a.low === b.low &&
    a.close === b.close &&
    a.volume === b.volume
  );
}
