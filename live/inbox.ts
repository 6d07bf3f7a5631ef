// The mailbox: whatever reaches a session from outside waits here, in lanes of fixed priority.
//
//   operator > venue > tick > model > market          within a lane: first come, first taken
//
// Every lane is bounded. A venue's or an operator's letter that finds its lane full is a halt, never
// a loss in silence. Of ticks and of candles that are still forming only the newest is kept, so what
// is conflated is conflated before the journal; a closed candle is never dropped: a feed that is
// ahead of us waits for `idle` instead.

import type { Command, Event, ModelEvent } from '../engine/event.ts';
import type { Note } from './note.ts';

type CandleEvent = Extract<Event, { readonly kind: 'candle' }>;

/** What a feed says. `row-closed`: nothing more will come for that row. */
export type MarketEvent = Extract<
  Event,
  { readonly kind: 'candle' | 'series' | 'headline' | 'funding-rate' | 'row-closed' }
>;

const MARKET_KINDS: ReadonlySet<string> = new Set<MarketEvent['kind']>([
  'candle',
  'series',
  'headline',
  'funding-rate',
  'row-closed',
]);

export function isMarketEvent(event: Event): event is MarketEvent {
  return MARKET_KINDS.has(event.kind);
}

/** What a venue answers. */
export type VenueEvent = Exclude<
  Event,
  MarketEvent | ModelEvent | Extract<Event, { readonly kind: 'command' | 'feed-health' }>
>;

export type Letter =
  /** A person, or whoever started the session, wants it to end; the reason is a code. */
  | { readonly lane: 'operator'; readonly code: string }
  /** A person's word to the kernel. */
  | { readonly lane: 'operator'; readonly command: Command }
  | { readonly lane: 'venue'; readonly event: VenueEvent }
  /** Time has passed. */
  | { readonly lane: 'tick' }
  | { readonly lane: 'model'; readonly event: ModelEvent }
  | { readonly lane: 'market'; readonly event: MarketEvent }
  /** A candle that has not closed: to look at, never to decide on. */
  | { readonly lane: 'market'; readonly forming: CandleEvent }
  /** What happened to the feed, in its place among the candles. */
  | { readonly lane: 'market'; readonly note: Note };

export type Lane = Letter['lane'];

/** Letters that a lane holds. */
export const LIMITS: Readonly<Record<'operator' | 'venue' | 'model', number>> = Object.freeze({
  operator: 100,
  venue: 10_000,
  model: 1000,
});

export class Inbox {
  readonly #operator = new Queue<Letter>();
  readonly #venue = new Queue<Letter>();
  readonly #model = new Queue<Letter>();
  readonly #market = new Queue<Letter>();
  /** The newest forming candle of each leg. */
  readonly #forming = new Map<number, Letter>();
  #hasTick = false;
  #overflow: 'operator' | 'venue' | null = null;
  #isClosed = false;
  /** Model answers that found their lane full. */
  dropped = 0;
  #arrived: (() => void) | null = null;
  readonly #idle: (() => void)[] = [];

  /** The lane that has overflowed: the session must halt. */
  get overflow(): 'operator' | 'venue' | null {
    return this.#overflow;
  }

  /** Letters that wait, forming candles included. */
  get length(): number {
    const { length: ahead } = this.#operator;
    const queued = this.#venue.length + this.#model.length + this.#market.length;
    return ahead + queued + this.#forming.size + (this.#hasTick ? 1 : 0);
  }

  /** False when the letter was not kept: its lane is full, or nobody will take it any more. */
  push(letter: Letter): boolean {
    if (this.#isClosed) return false;
    const isKept = this.#put(letter);
    this.wake();
    return isKept;
  }

  #put(letter: Letter): boolean {
    switch (letter.lane) {
      case 'operator':
        return this.#putOr(this.#operator, letter, 'operator');
      case 'venue':
        return this.#putOr(this.#venue, letter, 'venue');
      case 'tick':
        this.#hasTick = true;
        return true;
      case 'model':
        if (this.#model.length < LIMITS.model) return this.#model.push(letter);
        this.dropped++;
        return false;
      case 'market':
        if ('forming' in letter) this.#forming.set(letter.forming.leg, letter);
        else this.#market.push(letter);
        return true;
    }
  }

  #putOr(queue: Queue<Letter>, letter: Letter, lane: 'operator' | 'venue'): boolean {
    if (queue.length < LIMITS[lane]) return queue.push(letter);
    this.#overflow ??= lane;
    return false;
  }

  /** The next letter by priority, null when none waits; the models' and the market's only `withMarket`. */
  take(withMarket: boolean): Letter | null {
    const urgent = this.#operator.shift() ?? this.#venue.shift();
    if (urgent !== undefined) return urgent;
    if (this.#hasTick) {
      this.#hasTick = false;
      return { lane: 'tick' };
    }
    if (!withMarket) return null;
    const answer = this.takeAnswer();
    if (answer !== null) return answer;
    const closed = this.#market.shift();
    if (closed !== undefined) return closed;
    for (const [leg, letter] of this.#forming) {
      this.#forming.delete(leg);
      return letter;
    }
    return null;
  }

  /** The next letter of a model. */
  takeAnswer(): Letter | null {
    return this.#model.shift() ?? null;
  }

  /** Resolves when a letter waits or somebody calls `wake`. One at a time: the session. */
  arrival(): Promise<void> {
    if (this.length > 0) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#arrived = resolve;
    for (const told of this.#idle.splice(0)) told();
    return promise;
  }

  /** Lets the session look around although no letter came. */
  wake(): void {
    const arrived = this.#arrived;
    this.#arrived = null;
    arrived?.();
  }

  /** Resolves once the session waits with nothing left to do; at once when it is over. */
  idle(): Promise<void> {
    if (this.#isClosed || (this.#arrived !== null && this.length === 0)) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#idle.push(resolve);
    return promise;
  }

  /** The session is over: what still comes is not kept, and nobody waits for it any more. */
  close(): void {
    this.#isClosed = true;
    for (const told of this.#idle.splice(0)) told();
  }
}

/** First in, first out, without moving everything at each `shift`. */
class Queue<T> {
  #items: T[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  push(item: T): true {
    this.#items.push(item);
    return true;
  }

  shift(): T | undefined {
    if (this.#head === this.#items.length) return undefined;
    const item = this.#items[this.#head]!;
    this.#head++;
    if (this.#head === this.#items.length) {
      this.#items.length = 0;
      this.#head = 0;
    } else if (this.#head > 4096) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }
}
