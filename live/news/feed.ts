// Headlines beside a feed's candles: each once, stamped with the instant at which it was heard here, so that
// nothing is known before it was.
//
//   candles -------------------------------> inbox
//   source, source, ... -> new? fresh? ----> inbox (market lane) -> journal -> kernel, with the next row
//
// A source that is away, slow or says too much is told in a note and asked on; candles and decisions never
// wait for one. What an earlier life of the session heard is not heard again.

import type { NewsItem } from '../../data/news/read.ts';
import { HOUR_MS, MINUTE_MS } from '../../engine/interval.ts';
import type { Clock } from '../clock.ts';
import type { Feed } from '../feeds/feed.ts';
import type { Inbox, MarketEvent } from '../inbox.ts';
import { note } from '../note.ts';
import type { NewsSource } from './source.ts';

/** What is asked for headlines. */
export type Pollable = Pick<NewsSource, 'id' | 'poll'>;

export interface NewsOptions {
  readonly sources: readonly Pollable[];
  readonly everyMs: number;
  /** Items that say they are older are passed over; so are those without a time at the first look. */
  readonly maxAgeMs: number;
  /** Ends what reads documents. */
  readonly close: () => Promise<void>;
}

/** Of one source: more are passed over, and told. */
const MOST_AN_HOUR = 200;
const LONGEST_PAUSE_MS = 15 * MINUTE_MS;
/** Ids and texts that are known; the oldest are forgotten. */
const MOST_KNOWN = 20_000;

export class FeedWithNews implements Feed {
  readonly name: string;
  readonly clock: Clock;
  readonly #feed: Feed;
  readonly #options: NewsOptions;
  readonly #known = new Set<string>();

  /** A live feed: a stored range has headlines of its own. */
  constructor(feed: Feed, options: NewsOptions) {
    this.#feed = feed;
    this.#options = options;
    this.name = feed.name;
    this.clock = feed.clock;
  }

  isOver(afterMs: number): boolean {
    return this.#feed.isOver(afterMs);
  }

  heard(event: MarketEvent): void {
    this.#feed.heard?.(event);
    if (event.kind === 'headline') this.#isNew(event.text);
  }

  async run(inbox: Inbox, afterMs: number, signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    const both = AbortSignal.any([signal, over.signal]);
    const { sources, close } = this.#options;
    const asking = sources.map((source) => this.#ask(source, inbox, both));
    try {
      await this.#feed.run(inbox, afterMs, signal);
    } finally {
      over.abort();
      await Promise.all(asking);
      await close();
    }
  }

  async #ask(source: Pollable, inbox: Inbox, signal: AbortSignal): Promise<void> {
    const { everyMs } = this.#options;
    const quota = new Quota();
    let faults = 0;
    let isFirst = true;
    while (!signal.aborted) {
      const polled = await source.poll(signal);
      if (signal.aborted) return;
      let waitMs = everyMs;
      if (polled.kind === 'fault') {
        if (faults === 0) tell(inbox, 'news-lost', `${source.id}: ${polled.text}`);
        const backOffMs = Math.min(everyMs * 2 ** faults, Math.max(LONGEST_PAUSE_MS, everyMs));
        waitMs = Math.max(backOffMs, Math.min(polled.waitMs, HOUR_MS));
        faults++;
      } else {
        if (faults > 0) tell(inbox, 'news-back', source.id);
        faults = 0;
        if (polled.kind === 'items') this.#say(source.id, polled.items, isFirst, quota, inbox);
        isFirst = false;
      }
      await this.clock.sleep(waitMs, signal);
    }
  }

  /** Documents have their newest item first: what is oldest is said first. */
  #say(
    source: string,
    items: readonly NewsItem[],
    isFirst: boolean,
    quota: Quota,
    inbox: Inbox,
  ): void {
    const nowMs = this.clock.nowMs();
    for (const { id, title, publishedMs } of items.toReversed()) {
      const isNew = this.#isNew(`${source} ${id}`);
      if (!this.#isNew(title) || !isNew) continue;
      // Of what has no time, only what was not there at the first look is new.
      const isOld =
        publishedMs === publishedMs ? nowMs - publishedMs > this.#options.maxAgeMs : isFirst;
      if (isOld) continue;
      const left = quota.take(this.clock.monotonicMs());
      if (left < 0) continue;
      if (left === 0) tell(inbox, 'news-lost', `${source}: more than ${MOST_AN_HOUR} in an hour`);
      const event = { kind: 'headline', tsMs: nowMs, publishedMs: nowMs, text: title } as const;
      inbox.push({ lane: 'market', event });
    }
  }

  #isNew(key: string): boolean {
    const known = this.#known;
    const small = key.toLowerCase();
    if (known.has(small)) return false;
    known.add(small);
    if (known.size > MOST_KNOWN) known.delete(known.values().next().value!);
    return true;
  }
}

/** So many in an hour. */
class Quota {
  #left = MOST_AN_HOUR;
  #sinceMs = Number.NEGATIVE_INFINITY;

  /** How many are left behind this one; below 0 = it is one too many. */
  take(nowMs: number): number {
    if (nowMs - this.#sinceMs >= HOUR_MS) {
      this.#left = MOST_AN_HOUR;
      this.#sinceMs = nowMs;
    }
    this.#left = Math.max(-1, this.#left - 1);
    return this.#left;
  }
}

function tell(inbox: Inbox, code: 'news-lost' | 'news-back', text: string): void {
  inbox.push({ lane: 'market', note: note(code, text.slice(0, 200)) });
}
