// One venue of a stream feed: its lines, and what is asked of it when they do not say enough.
//
//   lines ---saying---> lanes <---answer--- REST: what is overdue, what is missing, funding
//
// What goes wrong here is tried again for ever; only a fault that cannot be mended ends the feed.

import { candleFault } from '../../data/quality.ts';
import {
  type PublicVenue,
  type SaidCandle,
  type Saying,
  VenueFault,
} from '../../data/venues/contract.ts';
import { DAY_MS, HOUR_MS } from '../../engine/interval.ts';
import { type Note, note } from '../note.ts';
import { pagesOf } from './backfill.ts';
import type { Lane } from './lane.ts';
import { keepLine } from './line.ts';
import { Rates } from './rates.ts';
import type { Connect } from './socket.ts';
import type { SteadyClock } from './steady.ts';
import { Backoff, type Timings } from './timings.ts';

/** What a source tells the feed. */
export interface Mouth {
  /** A candle whose turn is over, or that cannot be one: the session names it. */
  say(lane: Lane, candle: SaidCandle): void;
  forming(lane: Lane, candle: SaidCandle): void;
  note(note: Note): void;
  complain(text: string): void;
  /** Something has changed: look again. */
  stir(): void;
  /** The feed cannot go on. */
  fail(error: unknown): void;
}

export interface SourceParts {
  readonly venue: PublicVenue;
  readonly lanes: readonly Lane[];
  readonly intervalMs: number;
  /** The first row that is wanted, and where rows end, UTC ms. */
  readonly startMs: number;
  readonly toMs: number;
  /** A session goes on: what comes before now was missed, not history. */
  readonly isResumed: boolean;
  readonly clock: SteadyClock;
  readonly connect: Connect;
  readonly random: () => number;
  readonly timings: Timings;
  readonly mouth: Mouth;
}

/** Candles further ahead of our time than this are nonsense. */
const NONSENSE_MS = 2 * HOUR_MS;
/** A candle said to be closed may be so far ahead of our clock. */
const AHEAD_MS = 3000;
/** Candles of one leg that may wait while more are fetched. */
const BACKLOG = 4096;

/** What has been asked for one lane. */
interface Asking {
  readonly lane: Lane;
  readonly rates: Rates;
  isBusy: boolean;
  /** The last attempt has failed. */
  hasFailed: boolean;
  /** Closes up to here have been asked for: soon after, and once more. */
  askedMs: number;
  askedAgainMs: number;
  /** The earliest waiting candle whose gap has been asked for. */
  gapMs: number;
  /** A candle said to be closed before its time, and the last one that was asked for. */
  claimMs: number;
  askedClaimMs: number;
  hasBegun: boolean;
}

export class Source {
  readonly #parts: SourceParts;
  readonly #asking: readonly Asking[];
  readonly #bySymbol: ReadonlyMap<string, Asking>;
  readonly #backoff: Backoff;
  readonly #work = new Set<Promise<void>>();
  #notBeforeMs = Number.NEGATIVE_INFINITY;
  /** What of the clock's settings the marks of what was asked belong to. */
  #settings = 0;

  constructor(parts: SourceParts) {
    const { lanes, startMs, timings, random } = parts;
    this.#parts = parts;
    this.#backoff = new Backoff(timings, random);
    this.#asking = lanes.map((lane) => ({
      lane,
      rates: new Rates(startMs),
      isBusy: false,
      hasFailed: false,
      askedMs: Number.NEGATIVE_INFINITY,
      askedAgainMs: Number.NEGATIVE_INFINITY,
      gapMs: Number.NaN,
      claimMs: Number.NaN,
      askedClaimMs: Number.NaN,
      hasBegun: false,
    }));
    this.#bySymbol = new Map(this.#asking.map((one) => [one.lane.symbol, one]));
  }

  /** True when every lane has been asked for its past, candles and funding. */
  get hasBegun(): boolean {
    return this.#asking.every(({ hasBegun, rates }) => hasBegun && rates.isKnown);
  }

  get hasRates(): boolean {
    return this.#asking.every(({ rates }) => rates.isKnown);
  }

  carries(lane: Lane): boolean {
    return this.#parts.lanes.includes(lane);
  }

  ratesOf(lane: Lane): Rates {
    return this.#asking.find((one) => one.lane === lane)!.rates;
  }

  /** Opens the lines; resolves when each is up for the first time, or the signal aborts. */
  open(signal: AbortSignal): Promise<void> {
    const { venue, lanes, intervalMs, clock, connect, random, timings, mouth } = this.#parts;
    const { talk, id } = venue;
    const ups: Promise<void>[] = [];
    for (let k = 0; k < lanes.length; k += talk.maxSymbols) {
      const carried = lanes.slice(k, k + talk.maxSymbols);
      const symbols = carried.map(({ symbol }) => symbol);
      const up = Promise.withResolvers<void>();
      ups.push(up.promise);
      signal.addEventListener('abort', () => up.resolve(), { once: true });
      const onUp = (outageMs: number, isRenewal: boolean) => {
        const how = isRenewal ? 'renewed' : `after ${seconds(outageMs)} s`;
        mouth.note(note('connected', `${id} ${how}`));
        if (!isRenewal) this.#lookAgain(carried);
        up.resolve();
      };
      const pulse = { heardMs: Number.NEGATIVE_INFINITY };
      for (const lane of carried) lane.pulse = pulse;
      const onDown = (reason: string, upMs: number) => {
        for (const lane of carried) lane.forget();
        mouth.note(note('lost', `${id} after ${seconds(upMs)} s: ${reason}`));
      };
      const onSaying = (saying: Saying) => {
        pulse.heardMs = clock.monotonicMs();
        this.#hear(saying);
        mouth.stir();
      };
      const line = { talk, symbols, intervalMs, clock, connect, random, timings };
      this.#track(keepLine({ ...line, onSaying, onUp, onDown }, signal));
    }
    return Promise.all(ups).then(() => {});
  }

  /** Ripens candles and asks for what is due; gives the ms until it wants to look again. */
  look(signal: AbortSignal): number {
    const { clock, timings } = this.#parts;
    const [nowMs, monotonicMs] = [clock.nowMs(), clock.monotonicMs()];
    const at = { nowMs, monotonicMs };
    if (clock.settings !== this.#settings) this.#forgetMarks();
    let waitMs = Number.POSITIVE_INFINITY;
    for (const { lane } of this.#asking) {
      // Whether a candle is over is not known by a clock that contradicts the venue.
      lane.ripen(at, timings.settleMs, !clock.isOdd);
      waitMs = Math.min(waitMs, lane.ripeInMs(at, timings.settleMs));
    }
    const restMs = this.#notBeforeMs - monotonicMs;
    if (restMs > 0) return Math.min(waitMs, restMs);
    for (const one of this.#asking) {
      if (!one.isBusy && this.#isWanted(one, nowMs)) this.#track(this.#ask(one, nowMs, signal));
      const areRatesWanted = one.rates.isWanted(nowMs, timings.fundingAfterMs);
      if (areRatesWanted) this.#track(this.#askRates(one, nowMs, signal));
    }
    return Math.min(waitMs, this.#nextLookMs(nowMs));
  }

  /** Resolves when nothing of it is left running. */
  async closed(): Promise<void> {
    while (this.#work.size > 0) await Promise.all(this.#work);
  }

  #track(work: Promise<void>): void {
    const tracked = work.catch((error) => this.#parts.mouth.fail(error));
    this.#work.add(tracked);
    tracked.then(() => this.#work.delete(tracked));
  }

  /** A line is up (again), or the venue answers again: what is overdue may come after all. */
  #lookAgain(lanes: readonly Lane[]): void {
    for (const one of this.#asking) {
      if (!lanes.includes(one.lane)) continue;
      one.lane.revive();
      one.askedMs = Number.NEGATIVE_INFINITY;
      one.askedAgainMs = Number.NEGATIVE_INFINITY;
    }
    this.#parts.mouth.stir();
  }

  /** What was asked for by another time. */
  #forgetMarks(): void {
    this.#settings = this.#parts.clock.settings;
    for (const one of this.#asking) {
      one.askedMs = Number.NEGATIVE_INFINITY;
      one.askedAgainMs = Number.NEGATIVE_INFINITY;
      one.rates.forgetHour();
    }
  }

  #hear(saying: Saying): void {
    const { venue, mouth, intervalMs, startMs, toMs, clock } = this.#parts;
    if (saying.kind === 'complaint') mouth.complain(`${venue.id}: ${saying.text}`);
    if (saying.kind !== 'candle') return;
    const { candle, closed } = saying;
    const { openMs, open, high, low, close, volume } = candle;
    const one = this.#bySymbol.get(saying.symbol);
    if (one === undefined) return;
    const { lane } = one;
    const isOnGrid = openMs % intervalMs === 0;
    if (!isOnGrid || candleFault(open, high, low, close, volume) !== null) {
      if (closed === true) mouth.say(lane, candle);
      else this.#complain(lane, `no candle: ${JSON.stringify(candle)}`);
      return;
    }
    clock.witness(openMs, intervalMs);
    const at = { nowMs: clock.nowMs(), monotonicMs: clock.monotonicMs() };
    const aheadMs = openMs + intervalMs - at.nowMs;
    if (aheadMs > NONSENSE_MS) {
      this.#complain(lane, `a candle of the future: ${openMs}`);
      return;
    }
    // One that has not even begun would end the one that forms.
    if (closed === null && aheadMs > intervalMs + AHEAD_MS) return;
    if (closed !== true && openMs >= lane.nextMs && openMs < toMs) mouth.forming(lane, candle);
    if (openMs < startMs || closed === false) return;
    if (openMs >= toMs) lane.newest(openMs, at);
    else if (closed === true && aheadMs > AHEAD_MS) {
      // Not final, or our clock is slow: the venue knows, and is asked.
      this.#complain(lane, `closed ${aheadMs} ms before its time`);
      one.claimMs = openMs;
    } else if (lane.hear(candle, closed === true, at) !== 'nothing') mouth.say(lane, candle);
  }

  #complain({ symbol }: Lane, text: string): void {
    const { mouth, venue } = this.#parts;
    mouth.complain(`${venue.id}: ${symbol}: ${text}`);
  }

  /** Opens of candles that closed `afterMs` ago end here. */
  #overdueMs(nowMs: number, afterMs: number): number {
    const { intervalMs, toMs } = this.#parts;
    return Math.min(toMs, Math.floor((nowMs - afterMs) / intervalMs) * intervalMs);
  }

  #isWanted(one: Asking, nowMs: number): boolean {
    const { timings, clock } = this.#parts;
    const { lane, askedMs, askedAgainMs } = one;
    const dueMs = this.#overdueMs(nowMs, timings.askAfterMs);
    const unknownMs = lane.firstUnknownMs;
    one.hasBegun ||= unknownMs >= dueMs;
    const isGap = lane.earliestMs > lane.nextMs && lane.earliestMs < Number.POSITIVE_INFINITY;
    const { claimMs, askedClaimMs } = one;
    if (claimMs >= lane.nextMs && claimMs !== askedClaimMs) return true;
    if (one.hasFailed || (isGap && one.gapMs !== lane.earliestMs)) return true;
    if (unknownMs >= dueMs) return false;
    if (!lane.hasNext && Number.isNaN(lane.sinceMs)) lane.sinceMs = clock.monotonicMs();
    const againMs = this.#overdueMs(nowMs, timings.askAgainMs);
    return askedMs < dueMs || (unknownMs < againMs && askedAgainMs < againMs);
  }

  /** Asks for everything that a lane lacks by now. */
  async #ask(one: Asking, nowMs: number, signal: AbortSignal): Promise<void> {
    const { venue, intervalMs, timings, mouth, isResumed, clock } = this.#parts;
    const { lane } = one;
    one.isBusy = true;
    const dueMs = this.#overdueMs(nowMs, timings.askAfterMs);
    const againMs = this.#overdueMs(nowMs, timings.askAgainMs);
    const gapMs = lane.earliestMs > lane.nextMs ? lane.earliestMs : Number.POSITIVE_INFINITY;
    const fromMs = lane.askFromMs(nowMs - DAY_MS);
    // A waiting candle is asked for too: only who has it can say what was not before it.
    const { claimMs } = one;
    const lastMs = Math.max(
      gapMs < Number.POSITIVE_INFINITY ? gapMs : Number.NEGATIVE_INFINITY,
      claimMs >= lane.nextMs ? claimMs : Number.NEGATIVE_INFINITY,
    );
    const toMs = Math.max(dueMs, lastMs + intervalMs);
    const parts = { venue: venue.id, clock, pageMs: timings.pageMs, signal };
    const open = (call: AbortSignal) => venue.candles(lane.symbol, intervalMs, fromMs, toMs, call);
    let [count, firstMs] = [0, Number.NaN];
    try {
      for await (const page of pagesOf(open, parts)) {
        // First of all: who is asked along with it is to be waited for again.
        this.#succeed();
        for (const candle of page) {
          const { heard, isNew } = this.#answer(lane, candle);
          if (heard) mouth.say(lane, candle);
          if (isNew && count++ === 0) firstMs = candle.openMs;
        }
        if (count > 0 && page.length > 0) lane.refresh();
        mouth.stir();
        while (lane.backlog > BACKLOG && !signal.aborted) await clock.sleep(50, signal);
      }
      if (signal.aborted) return;
      this.#succeed();
      one.askedMs = Math.max(one.askedMs, dueMs);
      one.askedAgainMs = Math.max(one.askedAgainMs, againMs);
      one.gapMs = gapMs;
      one.askedClaimMs = claimMs;
      one.hasFailed = false;
      lane.conclude(toMs);
      if (count > 0 && (one.hasBegun || isResumed)) {
        mouth.note(note('repaired', `${venue.id} candles=${count}`, lane.leg, firstMs));
      }
      one.hasBegun = true;
    } catch (error) {
      one.hasFailed = true;
      if (!signal.aborted) this.#failed(error);
    } finally {
      one.isBusy = false;
      mouth.stir();
    }
  }

  #answer(lane: Lane, candle: SaidCandle): { heard: boolean; isNew: boolean } {
    const { openMs, open, high, low, close, volume } = candle;
    const { intervalMs, startMs, toMs, clock } = this.#parts;
    const isOurs = openMs % intervalMs === 0 && openMs >= startMs && openMs < toMs;
    if (!isOurs) return { heard: false, isNew: false };
    // What cannot be a candle is said, for the session to name, and is not had.
    if (candleFault(open, high, low, close, volume) !== null) return { heard: true, isNew: false };
    clock.atLeast(openMs + intervalMs);
    const { heard, isNew } = lane.answer(candle);
    return { heard: heard !== 'nothing', isNew };
  }

  async #askRates({ lane, rates }: Asking, nowMs: number, signal: AbortSignal): Promise<void> {
    const { venue, timings, mouth, clock, startMs, toMs } = this.#parts;
    rates.isBusy = true;
    const parts = { venue: venue.id, clock, pageMs: timings.pageMs, signal };
    const untilMs = Math.min(nowMs, toMs);
    const open = (call: AbortSignal) => venue.funding(lane.symbol, rates.nextMs, untilMs, call);
    try {
      if (untilMs > startMs) {
        for await (const page of pagesOf(open, parts)) {
          rates.take(page.filter(({ atMs }) => atMs < untilMs));
        }
      }
      if (signal.aborted) return;
      this.#succeed();
      rates.wereAsked(nowMs, timings.fundingAfterMs);
    } catch (error) {
      if (!signal.aborted) this.#failed(error);
    } finally {
      rates.isBusy = false;
      mouth.stir();
    }
  }

  #succeed(): void {
    if (this.#backoff.attempts === 0) return;
    this.#backoff.reset();
    this.#notBeforeMs = Number.NEGATIVE_INFINITY;
    this.#lookAgain(this.#parts.lanes);
  }

  #failed(error: unknown): void {
    const { mouth, clock } = this.#parts;
    if (!(error instanceof VenueFault) || !error.retryable) {
      mouth.fail(error);
      return;
    }
    const monotonicMs = clock.monotonicMs();
    if (monotonicMs < this.#notBeforeMs) return;
    this.#notBeforeMs = monotonicMs + this.#backoff.next();
    mouth.complain(error.message);
  }

  #nextLookMs(nowMs: number): number {
    const { intervalMs, timings } = this.#parts;
    const { askAfterMs, askAgainMs, fundingAfterMs } = timings;
    const until = (afterMs: number) =>
      intervalMs - ((((nowMs - afterMs) % intervalMs) + intervalMs) % intervalMs);
    const rates = this.#asking.map((one) => one.rates.nextMsFrom(nowMs, fundingAfterMs));
    return Math.min(until(askAfterMs), until(askAgainMs), ...rates);
  }
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
