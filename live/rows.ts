// Closed candles gather here until their row is complete: every leg has delivered, the feed says that
// nothing more will come, the grace time is over, or a newer row has begun.
//
// What comes for a row that has closed is named and left: a revision never changes a decision that
// was made. A candle that cannot be one is named and left as well, and its leg is a hole.

import { candleFault } from '../data/quality.ts';
import type { Event } from '../engine/event.ts';
import type { MarketEvent } from './inbox.ts';
import { type Note, note } from './note.ts';

/** Nothing has a price or a volume above it; sums and products of larger ones leave a double. */
const LARGEST = 1e18;
/** Of a note: what a feed says may be of any length. */
const TEXT_LENGTH = 200;

export type CandleEvent = Extract<Event, { readonly kind: 'candle' }>;
export type RateEvent = Extract<Event, { readonly kind: 'funding-rate' }>;
export type SeriesEvent = Extract<Event, { readonly kind: 'series' | 'headline' }>;

/** A row as the venue may meet it and the kernel decide on it. */
export interface ClosedRow {
  readonly openMs: number;
  /** At least one, in order of leg; a leg without one is a hole. */
  readonly candles: readonly CandleEvent[];
  readonly series: readonly SeriesEvent[];
  /** Funding that became known since the row before. */
  readonly rates: readonly RateEvent[];
}

/** A candle's numbers, as they were taken in. */
export type Known = Pick<CandleEvent, 'open' | 'high' | 'low' | 'close' | 'volume'>;

export interface RowGateOptions {
  readonly legs: number;
  readonly intervalMs: number;
  /** How long after its close a row waits for its late legs. */
  readonly graceMs: number;
  /** The candle that a closed row holds; null = a hole. */
  readonly known?: (leg: number, openMs: number) => Known | null;
  /** Told what was not taken as it came. */
  readonly onOdd?: (note: Note) => void;
}

/** What was not taken as it came. */
export interface RowCounts {
  /** For a row that had closed without it. */
  late: number;
  /** A second candle with other values: before its row closed it took the place, after that not. */
  revised: number;
  repeated: number;
  /** Not a candle: a price that is no number, high below low, off the grid, of no leg. */
  unsound: number;
}

export class RowGate {
  readonly counts: RowCounts = { late: 0, revised: 0, repeated: 0, unsound: 0 };
  readonly #options: RowGateOptions;
  #lastMs = Number.NEGATIVE_INFINITY;
  #openMs = Number.NaN;
  #candles: (CandleEvent | undefined)[] = [];
  #filled = 0;
  #series: SeriesEvent[] = [];
  #rates: RateEvent[] = [];

  constructor(options: RowGateOptions) {
    this.#options = options;
  }

  /** True while a row waits for legs. */
  get isWaiting(): boolean {
    return this.#filled > 0;
  }

  /** Takes one event in; gives the row that it has made complete, if any. */
  add(event: MarketEvent): ClosedRow | null {
    switch (event.kind) {
      case 'series':
      case 'headline':
        this.#series.push(event);
        return null;
      case 'funding-rate':
        this.#rates.push(event);
        return null;
      case 'row-closed':
        return event.openMs === this.#openMs && this.#filled > 0 ? this.#close() : null;
      case 'candle':
        return this.#take(event);
    }
  }

  /** The row whose grace time is over by `nowMs`, UTC ms. */
  due(nowMs: number): ClosedRow | null {
    const isOver = nowMs >= this.#openMs + this.#options.intervalMs + this.#options.graceMs;
    return this.#filled > 0 && isOver ? this.#close() : null;
  }

  #take(candle: CandleEvent): ClosedRow | null {
    const { leg, openMs } = candle;
    const { legs, intervalMs } = this.#options;
    const isOurs =
      Number.isInteger(leg) && leg >= 0 && leg < legs && Number.isInteger(openMs / intervalMs);
    const fault = isOurs ? faultOf(candle) : 'of no leg or off the grid';
    if (fault !== null) {
      this.#odd('unsound', candle, fault);
      return null;
    }
    if (openMs <= this.#lastMs || (this.#filled > 0 && openMs < this.#openMs)) {
      this.#comeLate(candle);
      return null;
    }
    // A newer row has begun: whoever is not here by now is a hole in the one before.
    const before = this.#filled > 0 && openMs > this.#openMs ? this.#close() : null;
    this.#openMs = openMs;
    const known = this.#candles[leg];
    if (known === undefined) this.#filled++;
    else this.#again(known, candle);
    this.#candles[leg] = candle;
    if (before !== null || this.#filled < this.#options.legs) return before;
    return this.#close();
  }

  /** Its row has closed: with it, with another one in its place, or without it. */
  #comeLate(candle: CandleEvent): void {
    const known = this.#options.known?.(candle.leg, candle.openMs) ?? null;
    if (known === null) this.#odd('late', candle, valuesText(candle));
    else this.#again(known, candle);
  }

  #again(known: Known, candle: CandleEvent): void {
    if (isSame(known, candle)) this.counts.repeated++;
    else this.#odd('revised', candle, `${valuesText(known)} to ${valuesText(candle)}`);
  }

  #odd(code: 'late' | 'revised' | 'unsound', { leg, openMs }: CandleEvent, text: string): void {
    this.counts[code]++;
    // What is no candle may be anything at all, and must not make a note that cannot be read back.
    const knownLeg = Number.isInteger(leg) ? leg : -1;
    const atMs = Number.isFinite(openMs) ? openMs : Number.NaN;
    this.#options.onOdd?.(note(code, text.slice(0, TEXT_LENGTH), knownLeg, atMs));
  }

  #close(): ClosedRow {
    const candles = this.#candles.filter((candle) => candle !== undefined);
    const { tsMs } = candles[0]!;
    // What was heard meanwhile is taken in with its row; when it was heard stands in it.
    const series = this.#series.map((one) => (one.kind === 'headline' ? { ...one, tsMs } : one));
    const row = { openMs: this.#openMs, candles, series, rates: this.#rates };
    this.#lastMs = this.#openMs;
    this.#candles = [];
    this.#filled = 0;
    this.#series = [];
    this.#rates = [];
    return row;
  }
}

/** Why it is no candle, or null. */
function faultOf({ open, high, low, close, volume }: CandleEvent): string | null {
  // A text, or null, would become a number when it is added to one.
  const strange = [open, high, low, close, volume].find((value) => typeof value !== 'number');
  if (strange !== undefined) return `must have numbers, has ${JSON.stringify(strange)}`;
  const fault = candleFault(open, high, low, close, volume);
  if (fault !== null) return fault;
  const isHuge = Math.max(high, volume) > LARGEST;
  return isHuge ? `must have numbers up to ${LARGEST}, has ${high} and volume ${volume}` : null;
}

/** Open, high, low, close, volume. */
function valuesText({ open, high, low, close, volume }: Known): string {
  return [open, high, low, close, volume].join(' ');
}

function isSame(a: Known, b: Known): boolean {
  return (
    a.open === b.open &&
    a.high === b.high &&
    a.low === b.low &&
    a.close === b.close &&
    a.volume === b.volume
  );
}
