// A venue without a network, in virtual time: sockets, REST and a market that goes on by itself, with
// every fault a test can ask for. Hours pass in seconds, and the same script gives the same run.
//
//   const clock = new VirtualClock(START_MS);
//   const venue = new FakeVenue(clock, { symbols: ['AUSD', 'BUSD'] });
//   new StreamFeed({ clock, connect: venue.connect, sources: [{ venue, legs }], ... })
//   await clock.advance(HOUR_MS);
//
// The venue's own time is the virtual clock's monotonic one; only `clock.step` moves the wall.

import type {
  PublicVenue,
  SaidCandle,
  SaidFunding,
  Saying,
  StreamTalk,
} from '../../data/venues/contract.ts';
import { VenueFault } from '../../data/venues/contract.ts';
import { MINUTE_MS } from '../../engine/interval.ts';
import type { Clock } from '../../live/clock.ts';
import type { Connect, Ears } from '../../live/feeds/socket.ts';
import { formingStates, inventedCandle } from './venues/candles.ts';

interface Sleeper {
  readonly atMs: number;
  readonly wake: () => void;
}

/** Time that passes when a test says so, waking whoever sleeps at the very moment. */
export class VirtualClock implements Clock {
  #startMs: number;
  #elapsedMs = 0;
  #stepMs = 0;
  readonly #sleepers = new Set<Sleeper>();

  constructor(startMs: number) {
    this.#startMs = startMs;
  }

  /** The wall's time, as right as it is. */
  nowMs(): number {
    return this.trueMs + this.#stepMs;
  }

  /** UTC ms as everybody else in the world has it. */
  get trueMs(): number {
    return Math.floor(this.#startMs + this.#elapsedMs);
  }

  monotonicMs(): number {
    return this.#elapsedMs;
  }

  /** Sleeps that have not ended. */
  get sleeping(): number {
    return this.#sleepers.size;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const wake = () => {
        this.#sleepers.delete(sleeper);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const sleeper = { atMs: this.#elapsedMs + Math.max(0, ms || 0), wake };
      this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', wake);
    });
  }

  /** Calls `work` in `ms`. */
  in(ms: number, work: () => void): void {
    const sleeper: Sleeper = {
      atMs: this.#elapsedMs + Math.max(0, ms),
      wake: () => {
        this.#sleepers.delete(sleeper);
        work();
      },
    };
    this.#sleepers.add(sleeper);
  }

  /** The wall clock is set, by so much. */
  step(ms: number): void {
    this.#stepMs += ms;
  }

  /** The machine sleeps: the world goes on, its monotonic clock does not. */
  suspend(ms: number): void {
    this.#startMs += ms;
  }

  /** Lets `ms` pass; whoever is woken does all that it does before the next one wakes. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#elapsedMs + ms;
    for (;;) {
      await settled();
      let next: Sleeper | null = null;
      for (const one of this.#sleepers) if (next === null || one.atMs < next.atMs) next = one;
      if (next === null || next.atMs > untilMs) break;
      this.#elapsedMs = Math.max(this.#elapsedMs, next.atMs);
      next.wake();
    }
    this.#elapsedMs = untilMs;
    await settled();
  }

  /** Lets time pass, at most `ms`, until the work is done. */
  async until<T>(work: Promise<T>, ms: number): Promise<T> {
    let isDone = false;
    const done = () => {
      isDone = true;
    };
    work.then(done, done);
    for (let leftMs = ms; !isDone && leftMs > 0; leftMs -= 1000) await this.advance(1000);
    if (!isDone) throw new Error(`not done after ${ms} ms of virtual time`);
    return work;
  }
}

/** Resolves when everything that can go on without time or a machine has done so. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export interface FakeOptions {
  readonly id?: string;
  readonly symbols: readonly string[];
  readonly intervalMs?: number;
  /** Whether the stream says which candle is final. Default true. */
  readonly tellsClosed?: boolean;
  readonly talk?: Partial<StreamTalk>;
  readonly funding?: (symbol: string) => readonly SaidFunding[];
  /** Null: there is none. */
  readonly candleOf?: (symbol: string, openMs: number) => SaidCandle | null;
}

interface Wire {
  readonly symbol: string;
  readonly candle: SaidCandle;
  readonly closed: boolean | null;
}

/** What REST does instead of answering. */
export type FakeRest = 'well' | 'down' | 'hangs' | 'refuses' | 'breaks-off';

export class FakeVenue implements PublicVenue {
  readonly id: string;
  readonly intervalsMs: readonly number[];
  readonly candleDepth = Number.POSITIVE_INFINITY;
  readonly talk: StreamTalk;
  /** Connections ever dialled; sockets open now and at most at once; REST calls. */
  dialled = 0;
  mostOpen = 0;
  asked = 0;
  /** When each was dialled, monotonic ms. */
  readonly dialledMs: number[] = [];
  isRefusing = false;
  /** Connections are cut so long after they open; Infinity = they are not. */
  cutAfterMs = Number.POSITIVE_INFINITY;
  /** Connected and silent: not a byte, and what would have been said is lost. */
  isFrozen = false;
  /** Answers pings and says nothing of the market. */
  isMute = false;
  readonly muted = new Set<string>();
  rest: FakeRest = 'well';
  restMs: (symbol: string) => number = () => 50;
  /** How long a message travels; may depend on anything, and then messages overtake each other. */
  travelMs: () => number = () => 20;
  repeat = 1;
  /** Candles that REST does not have. */
  readonly missing = new Set<number>();
  readonly clock: VirtualClock;
  readonly #options: Required<FakeOptions>;
  readonly #sockets = new Set<FakeSocket>();

  constructor(clock: VirtualClock, options: FakeOptions) {
    const { id = 'fake', intervalMs = MINUTE_MS, tellsClosed = true, talk = {} } = options;
    const { funding = () => [], candleOf = inventedOf(options.symbols, intervalMs) } = options;
    this.clock = clock;
    this.#options = { ...options, id, intervalMs, tellsClosed, talk, funding, candleOf };
    this.id = id;
    this.intervalsMs = [intervalMs];
    this.talk = {
      url: (symbols) => `fake://${id}/${symbols.join('/')}`,
      hello: () => [],
      maxSymbols: 100,
      ping: 'ping',
      pingEveryMs: 15_000,
      silenceMs: 45_000,
      maxAgeMs: 86_400_000,
      parse: (text) => parsed(text),
      ...talk,
    };
    this.#play();
  }

  async symbols(): Promise<readonly string[]> {
    return [];
  }

  get tellsClosed(): boolean {
    return this.#options.tellsClosed;
  }

  get open(): number {
    return this.#sockets.size;
  }

  /** The candle that really was. */
  candleOf(symbol: string, openMs: number): SaidCandle {
    return this.#options.candleOf(symbol, openMs)!;
  }

  /** Cuts every connection. */
  drop(reason = 'cut'): void {
    for (const socket of [...this.#sockets]) socket.close(reason);
  }

  /** Says a text to every connection. */
  say(text: string): void {
    for (const socket of this.#sockets) socket.tell(text, this.travelMs());
  }

  sayCandle(symbol: string, candle: SaidCandle, closed: boolean | null): void {
    const wire: Wire = { symbol, candle, closed };
    for (const socket of this.#sockets) {
      if (!socket.url.includes(symbol)) continue;
      for (let k = 0; k < this.repeat; k++) socket.tell(JSON.stringify(wire), this.travelMs());
    }
  }

  readonly connect: Connect = (url, ears) => {
    this.dialled++;
    this.dialledMs.push(this.clock.monotonicMs());
    const socket = new FakeSocket(this, this.clock, url, ears);
    this.clock.in(this.travelMs(), () => {
      if (socket.isClosed) return;
      if (this.isRefusing) return socket.close('refused');
      this.#sockets.add(socket);
      this.mostOpen = Math.max(this.mostOpen, this.#sockets.size);
      ears.opened();
      if (this.cutAfterMs < Number.POSITIVE_INFINITY) {
        this.clock.in(this.cutAfterMs, () => socket.close('cut'));
      }
    });
    return socket;
  };

  forget(socket: FakeSocket): void {
    this.#sockets.delete(socket);
  }

  async instruments(): Promise<never> {
    throw new Error('a fake venue has no instruments');
  }

  async *candles(
    symbol: string,
    intervalMs: number,
    fromMs: number,
    toMs: number,
    signal?: AbortSignal,
  ) {
    for (let nextMs = fromMs; nextMs < toMs; nextMs += 100 * intervalMs) {
      await this.#answer(symbol, signal);
      const endMs = Math.min(toMs, nextMs + 100 * intervalMs);
      const page: SaidCandle[] = [];
      for (let openMs = nextMs; openMs < endMs; openMs += intervalMs) {
        const isThere = openMs + intervalMs <= this.clock.trueMs && !this.missing.has(openMs);
        const candle = this.#options.candleOf(symbol, openMs);
        if (isThere && candle !== null) page.push(candle);
      }
      if (page.length > 0) yield page;
    }
  }

  async *funding(symbol: string, fromMs: number, toMs: number, signal?: AbortSignal) {
    await this.#answer(symbol, signal);
    const nowMs = this.clock.trueMs;
    const all = this.#options.funding(symbol);
    const page = all.filter(({ atMs }) => atMs >= fromMs && atMs < toMs && atMs <= nowMs);
    if (page.length > 0) yield page;
  }

  async #answer(symbol: string, signal: AbortSignal | undefined): Promise<void> {
    this.asked++;
    if (this.rest === 'hangs') await new Promise(() => {});
    await this.clock.sleep(this.restMs(symbol), signal);
    signal?.throwIfAborted();
    if (this.rest === 'down') throw new VenueFault(this.id, 'unreachable', true, 'told to');
    if (this.rest === 'refuses') throw new VenueFault(this.id, 'refused', false, 'told to');
    if (this.rest === 'breaks-off' && this.asked % 3 === 0) {
      throw new VenueFault(this.id, 'bad-reply', true, 'told to');
    }
  }

  /** Forms and closes every candle of every symbol, for ever. */
  #play(): void {
    const { intervalMs, symbols, tellsClosed } = this.#options;
    const openMs = Math.floor(this.clock.trueMs / intervalMs) * intervalMs;
    const leftMs = (ms: number) => ms - this.clock.trueMs;
    for (const symbol of symbols) {
      const steps = 4;
      const candle = this.#options.candleOf(symbol, openMs);
      if (candle === null) continue;
      formingStates(candle, steps).forEach((state, k) => {
        const atMs = leftMs(openMs + 100 + (k * (intervalMs - 500)) / (steps - 1));
        if (atMs < 0) return;
        this.clock.in(atMs, () => this.#push(symbol, state, tellsClosed ? false : null));
      });
      if (!tellsClosed) continue;
      this.clock.in(leftMs(openMs + intervalMs), () => this.#push(symbol, candle, true));
    }
    this.clock.in(leftMs(openMs + intervalMs), () => this.#play());
  }

  #push(symbol: string, candle: SaidCandle, closed: boolean | null): void {
    if (!this.isMute && !this.muted.has(symbol)) this.sayCandle(symbol, candle, closed);
  }
}

class FakeSocket {
  readonly url: string;
  readonly #venue: FakeVenue;
  readonly #clock: VirtualClock;
  readonly #ears: Ears;
  isClosed = false;

  constructor(venue: FakeVenue, clock: VirtualClock, url: string, ears: Ears) {
    this.url = url;
    this.#venue = venue;
    this.#clock = clock;
    this.#ears = ears;
  }

  send(text: string): void {
    if (text === 'ping') this.tell('"pong"', 20);
  }

  ping(): void {
    this.tell('"pong"', 20);
  }

  end(): void {
    this.close('ended by us');
  }

  tell(text: string, travelMs: number): void {
    if (this.#venue.isFrozen) return;
    this.#clock.in(travelMs, () => {
      if (!this.isClosed && !this.#venue.isFrozen) this.#ears.text(text);
    });
  }

  close(reason: string): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#venue.forget(this);
    this.#clock.in(0, () => this.#ears.closed(reason));
  }
}

function parsed(text: string): Saying[] {
  if (text === '"pong"') return [{ kind: 'alive' }];
  try {
    const { symbol, candle, closed } = JSON.parse(text) as Wire;
    return [{ kind: 'candle', symbol, candle: revived(candle), closed }];
  } catch {
    return [{ kind: 'complaint', text: `not understood: ${text}` }];
  }
}

/** JSON knows no NaN: it comes as null. */
function revived(candle: SaidCandle): SaidCandle {
  const number = (value: number | null) => value ?? Number.NaN;
  const { openMs, open, high, low, close, volume } = candle;
  return {
    openMs,
    open: number(open),
    high: number(high),
    low: number(low),
    close: number(close),
    volume: number(volume),
  };
}

function inventedOf(symbols: readonly string[], intervalMs: number) {
  return (symbol: string, openMs: number) =>
    inventedCandle(symbols.indexOf(symbol) + 1, openMs, intervalMs);
}
