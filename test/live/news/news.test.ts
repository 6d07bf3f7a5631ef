// Headlines of a live session: heard once, stamped when they were heard, and the same in a replay. No candle
// waits for any of them.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { NewsItem } from '../../../data/news/read.ts';
import { checkConfig } from '../../../engine/config/check.ts';
import type { Event } from '../../../engine/event.ts';
import { defineStrategy } from '../../../engine/index.ts';
import { HOUR_MS, MINUTE_MS } from '../../../engine/interval.ts';
import type { RunInput } from '../../../engine/research/backtest.ts';
import { machineClock } from '../../../live/clock.ts';
import type { Feed } from '../../../live/feeds/feed.ts';
import { Inbox, type Letter } from '../../../live/inbox.ts';
import { readFolder } from '../../../live/journal/folder.ts';
import { FeedWithNews, type NewsOptions, type Pollable } from '../../../live/news/feed.ts';
import type { Polled } from '../../../live/news/source.ts';
import { runSession } from '../../../live/recovery.ts';
import { replayFolder } from '../../../live/replay.ts';
import { randomWorld } from '../../engine/random-world.ts';
import { seat } from '../../support/run.ts';
import { VirtualClock } from '../../support/socket.ts';
import { bytesOf, copied, cutAt, digestsOf, inRoom, newest, planOf } from '../support.ts';

const LONG = process.env['SAPPHIRE_LONG'] === '1';
const START_MS = Date.UTC(2026, 0, 1);

// ---- beside candles ------------------------------------------------------------------------------

/** A feed that says nothing and ends with its signal. */
function silentFeed(clock: VirtualClock): Feed {
  return {
    ...{ name: 'silent', clock, isOver: () => false },
    run: (_, __, signal) => new Promise((done) => signal.addEventListener('abort', () => done())),
  };
}

function item(id: string, title: string, ageMs = 0, nowMs = START_MS): NewsItem {
  return { id, title, publishedMs: nowMs - ageMs };
}

/** A source that says what is in line for it, and the same after that. */
function scripted(id: string, ...script: (Polled | readonly NewsItem[])[]): Pollable {
  return {
    id,
    async poll() {
      const next = script.shift() ?? { kind: 'same' as const };
      return 'kind' in next ? next : { kind: 'items', items: next };
    },
  };
}

const fault = (text: string, waitMs = 0): Polled => ({ kind: 'fault', text, waitMs });

function heardOf(...sources: Pollable[]) {
  const clock = new VirtualClock(START_MS);
  const inbox = new Inbox();
  const over = new AbortController();
  const options: NewsOptions = {
    ...{ sources, everyMs: MINUTE_MS, maxAgeMs: HOUR_MS, close: async () => {} },
  };
  const feed = new FeedWithNews(silentFeed(clock), options);
  const letters: Letter[] = [];
  const drain = () => {
    for (let one = inbox.take(true); one !== null; one = inbox.take(true)) letters.push(one);
  };
  return {
    feed,
    async run(ms: number) {
      const running = feed.run(inbox, 0, over.signal);
      await clock.advance(ms);
      drain();
      over.abort();
      await running;
      return this;
    },
    texts: () =>
      letters.flatMap((one) =>
        'event' in one && one.event.kind === 'headline' ? [one.event.text] : [],
      ),
    stamps: () =>
      letters.flatMap((one) =>
        'event' in one && one.event.kind === 'headline'
          ? [[one.event.publishedMs - START_MS, one.event.tsMs - START_MS]]
          : [],
      ),
    notes: () =>
      letters.flatMap((one) => ('note' in one ? [`${one.note.code} ${one.note.text}`] : [])),
  };
}

describe('headlines', () => {
  it('are heard once, the oldest first, from the instant at which they came', async () => {
    const one = scripted(
      'one',
      [item('2', 'Newer', 1000), item('1', 'Older', 2000)],
      [item('3', 'Third', -70_000), item('2', 'Newer', 1000), item('1', 'Older, corrected', 0)],
    );
    const other = scripted('other', [item('2', 'NEWER', 0), item('9', 'Its own', 0)]);
    const heard = await heardOf(one, other).run(2 * MINUTE_MS);
    // What both have is one headline; an id that is known is known under any title.
    expect(heard.texts()).toEqual(['Older', 'Newer', 'Its own', 'Third']);
    // Never the instant that the source claims: a backtest would know it too soon.
    expect(heard.stamps()).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
      [MINUTE_MS, MINUTE_MS],
    ]);
  });

  it('that are old, or without a time at the first look, are passed over', async () => {
    const undated = (id: string) => ({ ...item(id, `u${id}`), publishedMs: Number.NaN });
    const one = scripted(
      'one',
      [item('1', 'Yesterday', 24 * HOUR_MS), item('2', 'Just now', HOUR_MS), undated('3')],
      [undated('4'), undated('3')],
    );
    const heard = await heardOf(one).run(2 * MINUTE_MS);
    expect(heard.texts()).toEqual(['Just now', 'u4']);
  });

  it('that an earlier life heard are not heard again', async () => {
    const heard = heardOf(scripted('one', [item('1', 'Known'), item('2', 'New')]));
    heard.feed.heard({ kind: 'headline', tsMs: 0, publishedMs: 0, text: 'Known' });
    expect((await heard.run(0)).texts()).toEqual(['New']);
  });

  it('of a source that is away are missed by nobody else; it is told once, and asked less often', async () => {
    let polls = 0;
    const away: Pollable = {
      id: 'away',
      async poll() {
        polls++;
        return polls < 8 ? fault('status 503', polls === 7 ? 2 * HOUR_MS : 0) : { kind: 'same' };
      },
    };
    const other = scripted('other', [], [item('1', 'Heard')]);
    const heard = await heardOf(away, other).run(3 * HOUR_MS);
    expect(heard.texts()).toEqual(['Heard']);
    expect(heard.notes()).toEqual(['news-lost away: status 503', 'news-back away']);
    // 0, 1, 3, 7, 15, 30, 45 minutes, then an hour at most: nobody is asked to wait for ever.
    expect(polls).toBeGreaterThanOrEqual(8);
  });

  it('of one that says too much are two hundred an hour', async () => {
    const flood = (k: number) =>
      Array.from({ length: 200 }, (_, n) => item(`${k}-${n}`, `flood ${k}-${n}`, -HOUR_MS));
    const heard = await heardOf(scripted('one', flood(1), flood(2), flood(3))).run(5 * MINUTE_MS);
    expect(heard.texts()).toHaveLength(200);
    expect(heard.notes()).toEqual(['news-lost one: more than 200 in an hour']);
  });
});

// ---- in a session --------------------------------------------------------------------------------

/** Long after a headline with `up` in it, short after one with `down`. */
const reader = defineStrategy({
  name: 'reader',
  analyze(view) {
    const [newest = ''] = view.headlines(1, 1000 * HOUR_MS);
    if (newest.includes('up')) return view.vote('BUY', 0.9, 'up');
    return newest.includes('down') ? view.vote('SELL', 0.9, 'down') : view.abstain('no news');
  },
});

/** Candles of a history as a live feed says them: headlines are beside it, and are not said again. */
function liveFeed({ panel }: RunInput, life: number): Feed {
  let nowMs = panel.openMs[0]!;
  const clock = { ...machineClock, nowMs: () => nowMs };
  return {
    ...{ name: 'live', clock },
    isOver: (afterMs) => panel.openMs.at(-1)! <= afterMs,
    async run(inbox, afterMs, signal) {
      for (let i = 0; i < panel.length && !signal.aborted; i++) {
        const openMs = panel.openMs[i]!;
        if (openMs <= afterMs) continue;
        await inbox.idle();
        nowMs = openMs + panel.intervalMs;
        const say = (event: Event) => inbox.push({ lane: 'market', event } as Letter);
        if (i % 3 === 0) {
          const text = `life ${life}, row ${i}: ${i % 2 === 0 ? 'up' : 'down'}`;
          // A second before the close of its row, or, of every second one, a second after it.
          const publishedMs = nowMs + (i % 6 === 0 ? 1000 : -1000);
          say({ kind: 'headline', tsMs: nowMs + 7, publishedMs, text });
        }
        for (const { index: leg, candles } of panel.legs) {
          const at = (column: 'open' | 'high' | 'low' | 'close' | 'volume') => candles[column][i]!;
          const [open, high, low] = [at('open'), at('high'), at('low')];
          const [close, volume] = [at('close'), at('volume')];
          if (close !== close) continue;
          say({ kind: 'candle', tsMs: nowMs, leg, openMs, open, high, low, close, volume });
        }
        say({ kind: 'row-closed', tsMs: nowMs, openMs });
      }
    },
  };
}

describe('a session that hears headlines', () => {
  const world = randomWorld(5, { solo: false, rows: 40 });
  const input: RunInput = { ...world, seats: [seat(reader)], solo: false };
  const { config, seats, solo } = input;
  const loaded = { seats, solo, files: [], label: 'test' };

  function headlinesIn(folder: string): string[] {
    return [...readFolder(folder)].flatMap((line) =>
      line.kind === 'in' && line.event.kind === 'headline' ? [line.event.text] : [],
    );
  }

  /** Where to cut: behind headlines whose row has not closed, and anywhere. */
  function cutsOf(folder: string): number[] {
    const lines = readFileSync(newest(folder), 'utf8').split('\n');
    const ends: number[] = [];
    let bytes = 0;
    for (const line of lines) {
      bytes += Buffer.byteLength(line) + 1;
      if (line.includes('"headline"')) ends.push(bytes);
    }
    expect(ends.length).toBeGreaterThan(10);
    const some = LONG ? ends : [ends[3]!, ends[6]!];
    const shares = LONG ? Array.from({ length: 25 }, (_, k) => 0.1 + k / 30) : [0.4, 0.93];
    return [...some, ...shares.map((share) => Math.floor(bytesOf(folder) * share))];
  }

  it('replays to the same digests, and killed anywhere goes on from what it had heard', async () => {
    await inRoom(async (root) => {
      const whole = `${root}/whole`;
      const first = await runSession(planOf(input, whole, { feed: liveFeed(input, 1) }));
      const replay = await replayFolder(whole, async () => ({ config, loaded }));
      expect(replay).toMatchObject({ equal: true, stopCode: 'ended' });
      expect(digestsOf(replay)).toEqual(digestsOf(first));
      expect(first.kernel.decider.funnel.votes).toBeGreaterThan(10);
      const all = headlinesIn(whole);
      for (const [k, bytes] of cutsOf(whole).entries()) {
        const folder = copied(whole, `${root}/cut-${k}`);
        cutAt(folder, bytes);
        const feed = liveFeed(input, 2);
        await runSession(planOf(input, folder, { feed }));
        const again = await replayFolder(folder, async () => ({ config, loaded }));
        expect(again, `cut ${k}`).toMatchObject({ equal: true, stopCode: 'ended' });
        const heard = headlinesIn(folder);
        const kept = heard.filter((text) => text.startsWith('life 1'));
        // What had been heard is there once and in its place; the rest is what the second life heard.
        expect(kept).toEqual(all.slice(0, kept.length));
        expect(new Set(heard).size).toBe(heard.length);
      }
    });
  });
});

describe('a config of news', () => {
  const refused = (sources: unknown) => {
    try {
      checkConfig({ decision: { strategy: 'buy-and-hold' }, world: { news: { sources } } });
      return '';
    } catch (error) {
      return (error as Error).message;
    }
  };

  it.each([
    [{ a: {} }, /news\.sources\.a\.url: is needed/],
    [{ a: { url: 'ftp://x' } }, /a\.url: must begin with https:\/\/ or http:\/\//],
    [{ a: { url: 'https://me:pw@x/' } }, /without a name or a password$/],
    [{ a: { url: 'https://x/?t={key}' } }, /a\.keyName: is needed where the URL has \{key\}/],
    [{ a: { url: 'https://x/', keyName: 'T' } }, /a\.keyName: goes with \{key\} in the URL/],
    [{ a: { url: 'http://x/?t={key}', keyName: 'T' } }, /a\.url: must be https:\/\//],
    [{ a: { url: 'https://x/?t={key}', keyName: 'sk-1' } }, /never a key itself$/],
    [{ a: { ulr: 'https://x/' } }, /a\.ulr.*did you mean .*url/],
    [{ 'A b': { url: 'https://x/' } }, /must be named with lower-case letters/],
  ])('is refused: %j', (sources, words) => {
    expect(refused(sources)).toMatch(words);
  });

  it.each([
    [{}],
    [{ coindesk: { url: 'https://www.coindesk.com/arc/outboundfeeds/rss/' } }],
    [{ mine: { url: 'http://10.0.0.2/feed' } }],
    [{ panic: { url: 'https://x/?auth_token={key}', keyName: 'PANIC_TOKEN' } }],
  ])('is taken: %j', (sources) => {
    expect(refused(sources)).toBe('');
  });
});
