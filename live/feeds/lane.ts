// One leg of a stream feed: what it has been told, what it may hand on, what it still lacks.
//
//   heard (of a venue that says `closed`), asked for -----------------> ready (final) -> said
//   heard (of one that does not) -> tentative -> over, lately heard of -^
//                                             -> over, long not heard of: doubted -> asked for -^
//
// Next is the first open that is neither said nor given up; what was given up may still come, late. A
// candle is said once; again only when it comes with other values. No I/O, no time of its own.

import type { SaidCandle } from '../../data/venues/contract.ts';

/** What is to be done with a candle at once: nothing, or say it although its turn is over. */
export type Heard = 'nothing' | 'again' | 'late';

/** A moment, on both clocks. */
export interface Moment {
  /** UTC ms. */
  readonly nowMs: number;
  readonly monotonicMs: number;
}

/** When the line that carries a lane was last heard of, monotonic ms. */
export interface Pulse {
  heardMs: number;
}

/** A tentative candle is doubted that was not heard of for so long before its close. */
const DOUBT_MS = 10_000;
/** Candles whose values are remembered after they were said. */
const REMEMBERED = 64;
/** Opens that were given up and are still taken when they come. */
const AWAITED = 10_000;

export class Lane {
  readonly leg: number;
  readonly symbol: string;
  readonly #intervalMs: number;
  readonly #ready = new Map<number, SaidCandle>();
  readonly #said = new Map<number, SaidCandle>();
  /** Opens that were passed over, taken late if they come; and those to be asked for. */
  readonly #givenUp = new Set<number>();
  readonly #owed = new Set<number>();
  #tentative: { readonly candle: SaidCandle; readonly at: Moment } | null = null;
  #doubted: { readonly candle: SaidCandle; readonly sinceMs: number } | null = null;
  #nextMs: number;
  #earliestMs = Number.POSITIVE_INFINITY;
  #answeredMs = Number.NEGATIVE_INFINITY;
  pulse: Pulse = { heardMs: Number.NEGATIVE_INFINITY };
  /** Monotonic ms since which others wait for it, or it is known to be overdue; NaN = neither. */
  sinceMs = Number.NaN;
  /** Monotonic ms since which its own newer candles wait for an older one; NaN = they do not. */
  gapSinceMs = Number.NaN;
  #dryBeforeMs = Number.NEGATIVE_INFINITY;

  /** `nextMs`: open of the first candle that is wanted, UTC ms. */
  constructor(leg: number, symbol: string, intervalMs: number, nextMs: number) {
    this.leg = leg;
    this.symbol = symbol;
    this.#intervalMs = intervalMs;
    this.#nextMs = nextMs;
  }

  get nextMs(): number {
    return this.#nextMs;
  }

  /** Candles that wait to be said. */
  get backlog(): number {
    return this.#ready.size;
  }

  /** True when its next candle is here and final. */
  get hasNext(): boolean {
    return this.#ready.has(this.#nextMs);
  }

  /** Open of the earliest candle that is final and waits; Infinity = none. */
  get earliestMs(): number {
    return this.#earliestMs;
  }

  /** True when the venue, asked for it, gave newer ones without its next candle. */
  get isHoleCertain(): boolean {
    return this.#nextMs < this.#answeredMs;
  }

  /** The first open from its next on that is not here, UTC ms. */
  get firstUnknownMs(): number {
    let openMs = this.#nextMs;
    while (this.#ready.has(openMs)) openMs += this.#intervalMs;
    return openMs;
  }

  /** Where to ask from: candles given up since `sinceMs` unasked go along with the rest. */
  askFromMs(sinceMs: number): number {
    let fromMs = this.firstUnknownMs;
    for (const openMs of this.#owed) if (openMs >= sinceMs) fromMs = Math.min(fromMs, openMs);
    return fromMs;
  }

  /** The venue was asked for its next candle and has not got it, for now. */
  get isDry(): boolean {
    return this.#nextMs < this.#dryBeforeMs && !this.hasNext;
  }

  /** The venue has answered up to `toMs`: what it has not given it does not have. */
  conclude(toMs: number): void {
    for (const openMs of this.#owed) if (openMs <= this.#answeredMs) this.#owed.delete(openMs);
    this.#dryBeforeMs = Math.max(this.#dryBeforeMs, toMs);
  }

  /** Takes in what the stream says. `isFinal`: it does not change any more. */
  hear(candle: SaidCandle, isFinal: boolean, at: Moment): Heard {
    const { openMs, volume } = candle;
    // Overtaken on the way: the volume of one candle only grows.
    const known = this.#said.get(openMs) ?? this.#ready.get(openMs);
    if (known !== undefined && !isFinal && volume < known.volume) return 'nothing';
    if (openMs < this.#nextMs || isFinal) return this.#settle(candle);
    const before = this.#tentative?.candle;
    if (before !== undefined && openMs < before.openMs) return this.#settle(candle);
    if (before?.openMs === openMs && volume < before.volume) return 'nothing';
    this.newest(openMs, at);
    this.#tentative = { candle, at };
    return 'nothing';
  }

  /** A candle of this open has begun: whatever is older is over. */
  newest(openMs: number, at: Moment): void {
    if (this.#tentative !== null && this.#tentative.candle.openMs < openMs) this.#promote(at);
  }

  /** Its line was lost: what still formed has gone on without us. */
  forget(): void {
    this.#tentative = null;
  }

  /**
   * Takes for final what was doubted for long, and, when the time is known, what closed `settleMs`
   * ago on a line that lives.
   */
  ripen(at: Moment, settleMs: number, isTimeKnown: boolean): void {
    if (this.ripeInMs(at, settleMs) > 0) return;
    if (this.#doubted !== null) {
      const { candle } = this.#doubted;
      this.#doubted = null;
      if (candle.openMs < this.#nextMs) return;
      this.#put(candle);
      // Better than a hole; the venue is asked all the same when it can be.
      this.#owed.add(candle.openMs);
    } else if (isTimeKnown) this.#promote(at);
  }

  /** ms until there is something to ripen; Infinity = nothing. */
  ripeInMs({ nowMs, monotonicMs }: Moment, settleMs: number): number {
    // An answer to the question for a doubted candle has two more such times to come.
    if (this.#doubted !== null) return this.#doubted.sinceMs + 2 * settleMs - monotonicMs;
    if (this.#tentative === null) return Number.POSITIVE_INFINITY;
    const { candle, at } = this.#tentative;
    const overMs = candle.openMs + this.#intervalMs - nowMs;
    // Silence of the line since the close says nothing about the candle.
    if (this.pulse.heardMs < monotonicMs + overMs) return Math.max(overMs, settleMs);
    return Math.max(overMs + settleMs, at.monotonicMs + settleMs - monotonicMs);
  }

  /**
   * Takes in what the venue answers when it is asked for candles in order: what is not among them
   * is a hole. `isNew`: it was not here before.
   */
  answer(candle: SaidCandle): { readonly heard: Heard; readonly isNew: boolean } {
    const { openMs } = candle;
    const isNew = !this.#said.has(openMs) && !this.#ready.has(openMs);
    this.#answeredMs = Math.max(this.#answeredMs, openMs);
    const wasDue = openMs >= this.#nextMs;
    const heard = this.#settle(candle);
    return { heard, isNew: isNew && (wasDue || heard === 'late') };
  }

  /** The next candle, which is then said. Only when `hasNext`. */
  shift(): SaidCandle {
    const candle = this.#ready.get(this.#nextMs)!;
    this.#ready.delete(this.#nextMs);
    this.#remember(candle);
    this.#goTo(this.#nextMs + this.#intervalMs);
    return candle;
  }

  /** Gives up what is missing before the earliest that is here; gives the first and how many. */
  skip(): { readonly fromMs: number; readonly count: number } {
    const fromMs = this.#nextMs;
    const isCertain = this.isHoleCertain;
    const toMs = this.#earliestMs;
    const count = Math.round((toMs - fromMs) / this.#intervalMs);
    const awaitedMs = toMs - Math.min(count, AWAITED) * this.#intervalMs;
    for (let openMs = awaitedMs; openMs < toMs; openMs += this.#intervalMs) {
      this.#givenUp.add(openMs);
      if (!isCertain) this.#owed.add(openMs);
    }
    while (this.#givenUp.size > AWAITED) {
      const oldest = first(this.#givenUp);
      this.#givenUp.delete(oldest);
      this.#owed.delete(oldest);
    }
    this.#goTo(toMs);
    return { fromMs, count };
  }

  /** It goes on: others wait for it anew. */
  refresh(): void {
    this.sinceMs = Number.NaN;
    this.gapSinceMs = Number.NaN;
  }

  /** The venue is back: what it did not have it may have. */
  revive(): void {
    this.refresh();
    this.#dryBeforeMs = Number.NEGATIVE_INFINITY;
  }

  #promote({ monotonicMs }: Moment): void {
    const { candle, at } = this.#tentative!;
    this.#tentative = null;
    const isDoubtful = candle.openMs + this.#intervalMs - at.nowMs > DOUBT_MS;
    if (isDoubtful) this.#doubted = { candle, sinceMs: monotonicMs };
    else if (candle.openMs >= this.#nextMs) this.#put(candle);
  }

  #settle(candle: SaidCandle): Heard {
    const { openMs } = candle;
    if (this.#doubted?.candle.openMs === openMs) this.#doubted = null;
    if (openMs >= this.#nextMs) {
      if (this.#tentative?.candle.openMs === openMs) this.#tentative = null;
      this.#put(candle);
      return 'nothing';
    }
    const said = this.#said.get(openMs);
    if (said !== undefined) {
      if (isSame(said, candle)) return 'nothing';
      this.#said.set(openMs, candle);
      return 'again';
    }
    if (!this.#givenUp.delete(openMs)) return 'nothing';
    this.#owed.delete(openMs);
    this.#remember(candle);
    return 'late';
  }

  #put(candle: SaidCandle): void {
    const { openMs } = candle;
    this.#ready.set(openMs, candle);
    if (openMs < this.#earliestMs) this.#earliestMs = openMs;
  }

  #goTo(nextMs: number): void {
    this.#nextMs = nextMs;
    this.refresh();
    if (this.#ready.has(nextMs)) this.#earliestMs = nextMs;
    else {
      this.#earliestMs = Number.POSITIVE_INFINITY;
      for (const openMs of this.#ready.keys()) {
        if (openMs < this.#earliestMs) this.#earliestMs = openMs;
      }
    }
  }

  #remember(candle: SaidCandle): void {
    this.#said.set(candle.openMs, candle);
    if (this.#said.size > REMEMBERED) this.#said.delete(first(this.#said.keys()));
  }
}

function first(values: Iterable<number>): number {
  for (const value of values) return value;
  return Number.NaN;
}

function isSame(a: SaidCandle, b: SaidCandle): boolean {
  return (
    a.open === b.open &&
    a.high === b.high &&
    a.low === b.low &&
    a.close === b.close &&
    a.volume === b.volume
  );
}
