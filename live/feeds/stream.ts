// Live candles of one or several venues, whole and in order: what was missed is asked for, what is
// said twice is said once, and what is late keeps nobody waiting for long.
//
//   connect -> back-fill row by row -> as candles close -> ... -> the row that closes at `toMs`
//
// Each leg says each candle once, in order, except those that came after they had been given up. A
// row is begun in time order; `row-closed` follows when every leg has said or lost its candle.

import { randomInt } from 'node:crypto';
import type { PublicVenue, SaidCandle } from '../../data/venues/contract.ts';
import { InputError, type Problem } from '../../engine/errors.ts';
import { intervalName, MINUTE_MS } from '../../engine/interval.ts';
import type { Clock } from '../clock.ts';
import type { Inbox, MarketEvent } from '../inbox.ts';
import { type Note, note } from '../note.ts';
import type { Feed } from './feed.ts';
import { Lane } from './lane.ts';
import { type Connect, connectSocket } from './socket.ts';
import { type Mouth, Source } from './source.ts';
import { SteadyClock } from './steady.ts';
import { TIMINGS, type Timings } from './timings.ts';
import { Weave } from './weave.ts';

export interface StreamOptions {
  /** What the journal's manifest says. */
  readonly name: string;
  readonly intervalMs: number;
  /** Open of the first row, and close of the last one, UTC ms on the interval's grid. */
  readonly fromMs: number;
  readonly toMs: number;
  /** The machine's. */
  readonly clock: Clock;
  /** Legs by venue; each leg in one place. */
  readonly sources: readonly StreamSource[];
  /** The machine's sockets. */
  readonly connect?: Connect;
  /** 0 <= u < 1, for jitter; node:crypto. Nothing that is decided depends on it. */
  readonly random?: () => number;
  readonly timings?: Partial<Timings>;
}

export interface StreamSource {
  readonly venue: PublicVenue;
  /** `leg`: index in the session's market; `symbol`: in our spelling. */
  readonly legs: readonly { readonly leg: number; readonly symbol: string }[];
}

/** Complaints that are passed on in a minute; the others are counted. */
const COMPLAINTS_A_MINUTE = 6;
/** A complaint is cut there: it may be a whole page of HTML. */
const COMPLAINT_LENGTH = 300;

/** Throws InputError for an interval that a venue does not have, legs given twice, an empty range. */
export class StreamFeed implements Feed {
  readonly name: string;
  /** Steady: the machine's wall clock may step without it. */
  readonly clock: SteadyClock;
  readonly #options: StreamOptions;

  constructor(options: StreamOptions) {
    const problems = problemsOf(options);
    if (problems.length > 0) throw new InputError(problems);
    this.name = options.name;
    this.clock = new SteadyClock(options.clock);
    this.#options = options;
  }

  isOver(afterMs: number): boolean {
    return firstOpenMs(this.#options, afterMs) >= this.#options.toMs;
  }

  /**
   * See Feed. Rejects with a VenueFault that is not retryable; every other fault of a venue is noted
   * and tried again.
   */
  async run(inbox: Inbox, afterMs: number, signal: AbortSignal): Promise<void> {
    if (this.isOver(afterMs) || signal.aborted) return;
    const over = new AbortController();
    const stop = () => over.abort();
    signal.addEventListener('abort', stop);
    const course = new Course(this.#options, this.clock, inbox, afterMs, over.signal);
    try {
      await course.run();
    } finally {
      over.abort();
      signal.removeEventListener('abort', stop);
      await course.closed();
    }
  }
}

/** One run of a feed. */
class Course implements Mouth {
  readonly #options: StreamOptions;
  readonly #timings: Timings;
  readonly #clock: SteadyClock;
  readonly #inbox: Inbox;
  readonly #signal: AbortSignal;
  readonly #sources: readonly Source[];
  readonly #weave: Weave;
  /** The row that was begun last, and the last one that was closed. */
  #rowMs = Number.NEGATIVE_INFINITY;
  #closedMs = Number.NEGATIVE_INFINITY;
  /** The row before which the session was waited for. */
  #idleMs = Number.NEGATIVE_INFINITY;
  /** When a candle was said, and when one of the range was heard of, monotonic ms. */
  #progressMs: number;
  #formingMs: number;
  #isStirred = false;
  #wake: (() => void) | null = null;
  #failure: { readonly error: unknown } | null = null;
  #complaints = 0;
  #complaintsMs = Number.NEGATIVE_INFINITY;

  constructor(
    options: StreamOptions,
    clock: SteadyClock,
    inbox: Inbox,
    afterMs: number,
    signal: AbortSignal,
  ) {
    this.#options = options;
    this.#clock = clock;
    this.#inbox = inbox;
    this.#signal = signal;
    this.#progressMs = clock.monotonicMs();
    this.#formingMs = this.#progressMs;
    const { intervalMs, toMs, connect = connectSocket, random = drawn } = options;
    const startMs = firstOpenMs(options, afterMs);
    const isResumed = startMs > options.fromMs;
    const timings = { ...TIMINGS, ...options.timings };
    // Nobody can decide anything before there is a history: who begins waits for all of it.
    this.#timings = isResumed ? timings : { ...timings, startHoldMs: Number.POSITIVE_INFINITY };
    const shared = { intervalMs, startMs, toMs, isResumed, clock, connect, random };
    const lanes: Lane[] = [];
    this.#sources = options.sources.map(({ venue, legs }) => {
      const own = legs.map(({ leg, symbol }) => new Lane(leg, symbol, intervalMs, startMs));
      lanes.push(...own);
      return new Source({ ...shared, venue, lanes: own, timings: this.#timings, mouth: this });
    });
    lanes.sort((a, b) => a.leg - b.leg);
    this.#weave = new Weave(lanes, intervalMs, this.#timings);
  }

  async run(): Promise<void> {
    const beganMs = this.#clock.monotonicMs();
    const ups = this.#sources.map((source) => source.open(this.#signal));
    await this.#connected(Promise.all(ups));
    while (!this.#signal.aborted) {
      const lookMs = Math.min(...this.#sources.map((source) => source.look(this.#signal)));
      if (this.#failure !== null) throw this.#failure.error;
      const hasBegun = this.#sources.every((source) => source.hasBegun);
      const leftMs = beganMs + this.#timings.startHoldMs - this.#clock.monotonicMs();
      if (hasBegun || leftMs <= 0) this.#weave.isStarting = false;
      const isHeld = this.#weave.isStarting && !this.#sources.every((source) => source.hasRates);
      const waitMs = isHeld ? leftMs : await this.#deliver();
      if (this.#isDone()) break;
      await this.#pause(Math.min(waitMs, lookMs, MINUTE_MS));
    }
    if (this.#failure !== null) throw this.#failure.error;
  }

  /** Resolves when nothing is left running. */
  async closed(): Promise<void> {
    await Promise.all(this.#sources.map((source) => source.closed()));
  }

  say(lane: Lane, candle: SaidCandle): void {
    this.#push(candleEvent(lane, candle, this.#options.intervalMs));
  }

  forming(lane: Lane, candle: SaidCandle): void {
    const forming = candleEvent(lane, candle, this.#options.intervalMs);
    this.#formingMs = this.#clock.monotonicMs();
    this.#inbox.push({ lane: 'market', forming });
  }

  note(one: Note): void {
    this.#inbox.push({ lane: 'market', note: one });
  }

  complain(text: string): void {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#complaintsMs >= MINUTE_MS) {
      const more = this.#complaints - COMPLAINTS_A_MINUTE;
      if (more > 0) this.note(note('complaint', `and ${more} more before`));
      this.#complaintsMs = nowMs;
      this.#complaints = 0;
    }
    if (this.#complaints++ >= COMPLAINTS_A_MINUTE) return;
    this.note(note('complaint', text.slice(0, COMPLAINT_LENGTH)));
  }

  stir(): void {
    this.#isStirred = true;
    this.#wake?.();
  }

  fail(error: unknown): void {
    this.#failure ??= { error };
    this.stir();
  }

  /** Until the lines are up, but not for ever: REST may answer when the stream does not. */
  async #connected(ups: Promise<unknown>): Promise<void> {
    const wait = new AbortController();
    const stop = () => wait.abort();
    this.#signal.addEventListener('abort', stop);
    void ups.then(stop);
    await this.#clock.sleep(this.#timings.connectWaitMs, wait.signal);
    this.#signal.removeEventListener('abort', stop);
  }

  /** Says what can be said by now; gives the ms until there may be more. */
  async #deliver(): Promise<number> {
    const { intervalMs } = this.#options;
    for (;;) {
      if (this.#signal.aborted || this.#failure !== null) return 0;
      const nowMs = this.#clock.nowMs();
      const nextMs = this.#weave.peek()?.nextMs ?? Number.NaN;
      if (nextMs > this.#rowMs && nextMs !== this.#idleMs && this.#weave.isOld(nextMs, nowMs)) {
        // What is old may come faster than the session takes it.
        this.#idleMs = nextMs;
        await this.#idle();
        continue;
      }
      const step = this.#weave.step(nowMs, this.#clock.monotonicMs());
      if (step.kind === 'wait') return step.ms;
      this.#progressMs = this.#clock.monotonicMs();
      const { lane } = step;
      if (step.kind === 'gap') {
        this.note(note('gap', `candles=${step.count}`, lane.leg, step.fromMs));
      } else {
        const { candle } = step;
        if (candle.openMs > this.#rowMs) this.#begin(candle.openMs);
        this.#push(candleEvent(lane, candle, intervalMs));
      }
      this.#closeRow();
    }
  }

  async #idle(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const stop = () => resolve();
    this.#signal.addEventListener('abort', stop);
    await Promise.race([this.#inbox.idle(), promise]);
    this.#signal.removeEventListener('abort', stop);
  }

  #begin(openMs: number): void {
    this.#rowMs = openMs;
    this.#sayRates(openMs + this.#options.intervalMs);
  }

  /** Funding stamped before the close of a row belongs to it. */
  #sayRates(tsMs: number): void {
    for (const lane of this.#weave.lanes) {
      const source = this.#sources.find((one) => one.carries(lane))!;
      for (const { atMs, rate, markPrice } of source.ratesOf(lane).sayable(tsMs)) {
        this.#push({ kind: 'funding-rate', tsMs, leg: lane.leg, atMs, rate, markPrice });
      }
    }
  }

  #closeRow(): void {
    const openMs = this.#rowMs;
    if (openMs === this.#closedMs || openMs === Number.NEGATIVE_INFINITY) return;
    if (this.#weave.lanes.some(({ nextMs }) => nextMs <= openMs)) return;
    this.#closedMs = openMs;
    this.#push({ kind: 'row-closed', tsMs: openMs + this.#options.intervalMs, openMs });
  }

  /** True when the last row was said, or will not be. */
  #isDone(): boolean {
    const { toMs } = this.#options;
    const { lanes } = this.#weave;
    const behind = lanes.filter(({ nextMs }) => nextMs < toMs);
    if (behind.length > 0) {
      const { endAfterMs, catchUpHoldMs } = this.#timings;
      if (this.#clock.nowMs() < toMs + endAfterMs) return false;
      // By the venue's candles it may not be over yet: then our clock is wrong.
      const monotonicMs = this.#clock.monotonicMs();
      if (monotonicMs - this.#formingMs < endAfterMs) return false;
      if (monotonicMs - this.#progressMs < catchUpHoldMs) return false;
      for (const { leg, nextMs } of behind) {
        const count = (toMs - nextMs) / this.#options.intervalMs;
        this.note(note('gap', `candles=${count}`, leg, nextMs));
      }
    }
    if (this.#rowMs > this.#closedMs) {
      const openMs = this.#rowMs;
      this.#push({ kind: 'row-closed', tsMs: openMs + this.#options.intervalMs, openMs });
    }
    return true;
  }

  /** For `ms`, or until something stirs. */
  async #pause(ms: number): Promise<void> {
    if (!this.#isStirred && !this.#signal.aborted) {
      const wait = new AbortController();
      this.#wake = () => wait.abort();
      this.#signal.addEventListener('abort', this.#wake);
      await this.#clock.sleep(Math.max(ms, 1), wait.signal);
      this.#signal.removeEventListener('abort', this.#wake);
      this.#wake = null;
    }
    this.#isStirred = false;
  }

  #push(event: MarketEvent): void {
    this.#inbox.push({ lane: 'market', event });
  }
}

function candleEvent(lane: Lane, candle: SaidCandle, intervalMs: number) {
  const { openMs, open, high, low, close, volume } = candle;
  const tsMs = openMs + intervalMs;
  return { kind: 'candle', tsMs, leg: lane.leg, openMs, open, high, low, close, volume } as const;
}

function firstOpenMs({ fromMs, intervalMs }: StreamOptions, afterMs: number): number {
  return Math.max(afterMs + intervalMs, fromMs);
}

function drawn(): number {
  return randomInt(2 ** 47) / 2 ** 47;
}

function problemsOf({ intervalMs, fromMs, toMs, sources }: StreamOptions): Problem[] {
  const problems: Problem[] = [];
  if (!(fromMs < toMs) || fromMs % intervalMs !== 0 || toMs % intervalMs !== 0) {
    const rule = `must begin before it ends, both on the grid of ${intervalName(intervalMs)}`;
    problems.push({ key: 'feed', rule, value: [fromMs, toMs] });
  }
  const seen = new Set<number>();
  for (const { venue, legs } of sources) {
    if (!venue.intervalsMs.includes(intervalMs)) {
      const has = venue.intervalsMs.map(intervalName).join(', ');
      const rule = `must be one that ${venue.id} has: ${has}`;
      problems.push({ key: 'interval', rule, value: intervalName(intervalMs) });
    }
    for (const { leg, symbol } of legs) {
      const key = `${venue.id}:${symbol}`;
      if (seen.has(leg)) problems.push({ key, rule: 'must be a leg of its own', value: leg });
      seen.add(leg);
    }
  }
  if (seen.size === 0) problems.push({ key: 'feed', rule: 'must have a leg' });
  return problems;
}
