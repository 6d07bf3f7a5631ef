// What the tests of the stream feed share: a feed over fake venues, and everything that it said.

import { expect } from 'vitest';
import { MINUTE_MS } from '../../../engine/interval.ts';
import { StreamFeed, type StreamOptions } from '../../../live/feeds/stream.ts';
import { Inbox, type Letter, type MarketEvent } from '../../../live/inbox.ts';
import type { Note, NoteCode } from '../../../live/note.ts';
import type { CandleEvent } from '../../../live/rows.ts';
import { START_MS } from '../../support/market.ts';
import { type FakeOptions, FakeVenue, VirtualClock } from '../../support/socket.ts';

/** Keeps what is said and is always idle. */
export class Listening extends Inbox {
  readonly letters: Letter[] = [];
  /** Virtual ms of each letter. */
  readonly atMs: number[] = [];
  readonly #clock: VirtualClock | null;

  constructor(clock: VirtualClock | null = null) {
    super();
    this.#clock = clock;
  }

  override push(letter: Letter): boolean {
    this.letters.push(letter);
    this.atMs.push(this.#clock?.trueMs ?? 0);
    return true;
  }

  override idle(): Promise<void> {
    return Promise.resolve();
  }

  get events(): MarketEvent[] {
    return this.letters.flatMap((one) =>
      one.lane === 'market' && 'event' in one ? [one.event] : [],
    );
  }

  get notes(): Note[] {
    return this.letters.flatMap((one) =>
      one.lane === 'market' && 'note' in one ? [one.note] : [],
    );
  }

  notesOf(code: NoteCode): Note[] {
    return this.notes.filter((one) => one.code === code);
  }

  candlesOf(leg: number): CandleEvent[] {
    return this.events.flatMap((one) => (one.kind === 'candle' && one.leg === leg ? [one] : []));
  }

  /** How long after its close each candle of a leg was said, ms, of those from an open on. */
  delaysOf(leg: number, fromMs: number): number[] {
    return this.letters.flatMap((one, k) => {
      if (one.lane !== 'market' || !('event' in one) || one.event.kind !== 'candle') return [];
      const { event } = one;
      const isMeant = event.leg === leg && event.openMs >= fromMs;
      return isMeant ? [this.atMs[k]! - event.tsMs] : [];
    });
  }

  /** Minutes from START_MS of the candles of a leg, as they were said. */
  minutesOf(leg: number): number[] {
    return this.candlesOf(leg).map(({ openMs }) => (openMs - START_MS) / MINUTE_MS);
  }
}

export interface Scene {
  readonly clock: VirtualClock;
  readonly venue: FakeVenue;
  readonly feed: StreamFeed;
  readonly inbox: Listening;
  readonly running: Promise<void>;
  readonly stop: AbortController;
  /** Candles that a leg should have said: minutes of the range, in order. */
  readonly minutes: readonly number[];
}

export interface SceneOptions extends Partial<FakeOptions> {
  /** Rows of the range, and at which of them the feed begins. */
  readonly rows: number;
  readonly beginRow?: number;
  readonly afterRow?: number;
  /** The wall clock's error at the start. */
  readonly wrongMs?: number;
  readonly options?: Partial<StreamOptions>;
  /** Told before the feed begins. */
  readonly before?: (venue: FakeVenue) => void;
}

/** A feed that runs over a range of minutes from START_MS. */
export function scene({
  rows,
  beginRow = 0,
  afterRow = -1,
  wrongMs = 0,
  options = {},
  before = () => {},
  ...fake
}: SceneOptions): Scene {
  const clock = new VirtualClock(START_MS + beginRow * MINUTE_MS + 10_000);
  clock.step(wrongMs);
  const symbols = fake.symbols ?? ['AUSD', 'BUSD'];
  const venue = new FakeVenue(clock, { ...fake, symbols });
  before(venue);
  const feed = new StreamFeed({
    name: 'fake',
    intervalMs: MINUTE_MS,
    fromMs: START_MS,
    toMs: START_MS + rows * MINUTE_MS,
    clock,
    sources: [{ venue, legs: symbols.map((symbol, leg) => ({ leg, symbol })) }],
    connect: venue.connect,
    random: () => 0.5,
    ...options,
  });
  const inbox = new Listening(clock);
  const stop = new AbortController();
  const afterMs = afterRow < 0 ? Number.NEGATIVE_INFINITY : START_MS + afterRow * MINUTE_MS;
  const running = feed.run(inbox, afterMs, stop.signal);
  // A test that awaits it later still sees its failure.
  running.catch(() => {});
  const first = Math.max(0, afterRow + 1);
  const minutes = Array.from({ length: rows - first }, (_, k) => first + k);
  return { clock, venue, feed, inbox, running, stop, minutes };
}

/** Every candle of a leg as the venue really had it, said again ones left out. */
export function truthOf({ venue, minutes }: Scene, symbol: string, leg: number): CandleEvent[] {
  return minutes.map((minute) => {
    const openMs = START_MS + minute * MINUTE_MS;
    const candle = venue.candleOf(symbol, openMs);
    return { kind: 'candle', tsMs: openMs + MINUTE_MS, leg, ...candle };
  });
}

/** Each leg said exactly what the venue had, once, in order. */
export function expectWhole(one: Scene): void {
  for (const [leg, symbol] of ['AUSD', 'BUSD'].entries()) {
    expect(one.inbox.candlesOf(leg)).toEqual(truthOf(one, symbol, leg));
  }
}

/** Rows come one after the other: nothing of an earlier one behind a later one. */
export function expectRowsInOrder({ inbox }: Scene): void {
  const opens = inbox.events.flatMap((event) => ('openMs' in event ? [event.openMs] : []));
  expect(opens).toEqual(opens.toSorted((a, b) => a - b));
}

/** How long after its close each candle of a leg was said, ms; from a row on. */
export function delays({ inbox }: Scene, leg: number, fromRow: number): number[] {
  return inbox.delaysOf(leg, START_MS + fromRow * MINUTE_MS);
}
