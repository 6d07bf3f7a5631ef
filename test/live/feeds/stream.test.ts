// Claims about the stream feed in virtual time: every candle once and in order, whatever happens.

import { describe, expect, it } from 'vitest';
import { HOUR_MS, MINUTE_MS } from '../../../engine/interval.ts';
import { StreamFeed } from '../../../live/feeds/stream.ts';
import { START_MS } from '../../support/market.ts';
import { FakeVenue, VirtualClock } from '../../support/socket.ts';
import { delays, expectRowsInOrder, expectWhole, Listening, scene, truthOf } from './support.ts';

describe.each([
  ['a venue that says which candle is final', true],
  ['a venue that does not', false],
])('over %s, a feed', (_, tellsClosed) => {
  it('says history row by row, then each candle once as it closes', async () => {
    const one = scene({ rows: 40, beginRow: 30, tellsClosed });
    await one.clock.until(one.running, HOUR_MS);
    expectWhole(one);
    expectRowsInOrder(one);
    expect(one.inbox.events.filter(({ kind }) => kind === 'row-closed').length).toBe(40);
    expect(Math.max(...delays(one, 0, 31))).toBeLessThan(2000);
    expect({ open: one.venue.open, notes: one.inbox.notes.length }).toEqual({ open: 0, notes: 1 });
  });

  it('that is taken up again goes on behind the last row, and says what it repaired', async () => {
    const one = scene({ rows: 60, beginRow: 40, afterRow: 9, tellsClosed });
    await one.clock.until(one.running, HOUR_MS);
    expectWhole(one);
    expectRowsInOrder(one);
    expect(one.inbox.notesOf('repaired').map(({ leg, text }) => [leg, text])).toEqual([
      [0, 'fake candles=30'],
      [1, 'fake candles=30'],
    ]);
  });

  it('that loses its line in the middle of a minute loses no candle', async () => {
    const one = scene({ rows: 20, beginRow: 5, tellsClosed });
    one.clock.in(200_000, () => one.venue.drop('reset by peer'));
    await one.clock.until(one.running, HOUR_MS);
    expectWhole(one);
    expect(one.inbox.notesOf('lost').map(({ text }) => text)).toEqual([
      'fake after 200.0 s: reset by peer',
    ]);
    expect(one.inbox.notesOf('connected').length).toBe(2);
  });

  it.each([
    ['all at once', 200, 200],
    ['its answers first', 200, 203],
  ])('that was cut off for three hours says them row by row, back %s', async (_how, rest, line) => {
    const one = scene({ rows: 240, beginRow: 5, tellsClosed });
    one.venue.restMs = (symbol) => (symbol === 'AUSD' ? 50 : 2900);
    one.clock.in(20 * MINUTE_MS, () => {
      one.venue.isRefusing = true;
      one.venue.rest = 'down';
      one.venue.drop();
    });
    one.clock.in(line * MINUTE_MS, () => {
      one.venue.isRefusing = false;
    });
    one.clock.in(rest * MINUTE_MS, () => {
      one.venue.rest = 'well';
    });
    await one.clock.until(one.running, 5 * HOUR_MS);
    expectWhole(one);
    expectRowsInOrder(one);
    expect(one.inbox.notesOf('gap')).toEqual([]);
    expect(one.inbox.notesOf('lost').length).toBe(1);
    const repaired = one.inbox.notesOf('repaired').map(({ text }) => Number(/\d+$/.exec(text)));
    expect(Math.max(...repaired)).toBeGreaterThan(170);
    // Old rows close with what of them is there: a row's candles are said at once or not at all.
    const [near, far] = [0, 1].map((leg) => one.inbox.delaysOf(leg, START_MS + 26 * MINUTE_MS));
    expect(far!.slice(0, 170)).toEqual(near!.slice(0, 170));
  });

  it('that gets its line back and no answers goes on with what is new, the rest is late', async () => {
    const one = scene({ rows: 240, beginRow: 5, tellsClosed });
    one.clock.in(20 * MINUTE_MS, () => {
      one.venue.isRefusing = true;
      one.venue.rest = 'down';
      one.venue.drop();
    });
    one.clock.in(200 * MINUTE_MS, () => {
      one.venue.isRefusing = false;
    });
    one.clock.in(210 * MINUTE_MS, () => {
      one.venue.rest = 'well';
    });
    await one.clock.until(one.running, 5 * HOUR_MS);
    expect(one.inbox.minutesOf(0).toSorted((a, b) => a - b)).toEqual(one.minutes);
    expect(one.inbox.notesOf('gap').map(({ leg }) => leg)).toEqual([0, 1]);
    expect(one.inbox.minutesOf(0).indexOf(207)).toBeLessThan(one.inbox.minutesOf(0).indexOf(100));
    const fresh = one.inbox.delaysOf(0, START_MS + 207 * MINUTE_MS);
    expect(Math.max(...fresh)).toBeLessThan(5000);
  });

  it('keeps its candles when the wall clock steps an hour forth and two back', async () => {
    const one = scene({ rows: 60, beginRow: 5, tellsClosed });
    one.clock.in(10 * MINUTE_MS + 7000, () => one.clock.step(HOUR_MS));
    one.clock.in(25 * MINUTE_MS + 3000, () => one.clock.step(-2 * HOUR_MS));
    one.clock.in(40 * MINUTE_MS, () => one.venue.drop());
    await one.clock.until(one.running, 2 * HOUR_MS);
    expectWhole(one);
    expectRowsInOrder(one);
    expect(one.inbox.notesOf('gap').length).toBe(0);
    expect(Math.max(...delays(one, 0, 6))).toBeLessThan(3000);
    // What the session measures a row's age by has not stepped either.
    expect(Math.abs(one.feed.clock.nowMs() - one.clock.trueMs)).toBeLessThan(1000);
  });

  it('on a machine that sleeps for three hours has them all soon after it wakes', async () => {
    const one = scene({ rows: 240, beginRow: 5, tellsClosed });
    one.clock.in(20 * MINUTE_MS, () => {
      one.clock.suspend(3 * HOUR_MS);
      one.venue.drop();
    });
    await one.clock.until(one.running, 5 * HOUR_MS);
    const last = new Map(one.inbox.candlesOf(1).map((candle) => [candle.openMs, candle]));
    expect([...last.values()]).toEqual(truthOf(one, 'BUSD', 1));
    expectRowsInOrder(one);
    expect(Math.abs(one.feed.clock.nowMs() - one.clock.trueMs)).toBeLessThan(3000);
    expect(Math.max(...delays(one, 0, 210))).toBeLessThan(3000);
  });

  // Who is not told what is final takes our word for the time within seconds: not seconds ahead.
  it.each(tellsClosed ? [-HOUR_MS, -5000, 5000, HOUR_MS] : [-HOUR_MS, -5000, HOUR_MS])(
    'that starts with a wall clock wrong by %i ms still says every candle once',
    async (wrongMs) => {
      const one = scene({ rows: 100, beginRow: 70, tellsClosed, wrongMs });
      await one.clock.until(one.running, 3 * HOUR_MS);
      expectWhole(one);
      expectRowsInOrder(one);
      expect(Math.abs(one.feed.clock.nowMs() - one.clock.trueMs)).toBeLessThan(6000);
      // The venue's first word for the time is taken; it need not be said every minute.
      expect(one.inbox.notesOf('complaint').length).toBeLessThan(tellsClosed ? 4 : 10);
    },
  );

  it('says nothing twice that comes twice, and sorts what overtakes', async () => {
    const one = scene({ rows: 40, beginRow: 5, tellsClosed });
    let k = 0;
    one.venue.repeat = 3;
    one.venue.travelMs = () => (k++ * 997) % 1500;
    await one.clock.until(one.running, HOUR_MS);
    expectWhole(one);
  });

  it('goes on by asking when the line lives and says nothing of the market', async () => {
    const one = scene({ rows: 30, beginRow: 5, tellsClosed });
    one.clock.in(3 * MINUTE_MS, () => {
      one.venue.isMute = true;
    });
    await one.clock.until(one.running, HOUR_MS);
    expectWhole(one);
    expectRowsInOrder(one);
    expect(Math.max(...delays(one, 1, 9))).toBeLessThan(2500);
    // After five minutes it is no line any more.
    expect(one.inbox.notesOf('lost')[0]!.text).toMatch(/no candle for 300000 ms/);
  });

  it('survives answers that fail, break off and never come', async () => {
    const one = scene({ rows: 200, beginRow: 150, tellsClosed });
    one.venue.rest = 'breaks-off';
    one.clock.in(10 * MINUTE_MS, () => {
      one.venue.rest = 'hangs';
      one.venue.drop();
    });
    one.clock.in(12 * MINUTE_MS, () => {
      one.venue.rest = 'down';
    });
    one.clock.in(20 * MINUTE_MS, () => {
      one.venue.rest = 'well';
    });
    await one.clock.until(one.running, 2 * HOUR_MS);
    expectWhole(one);
    expectRowsInOrder(one);
  });
});

describe('a feed', () => {
  it('leaves nothing behind when it is stopped, wherever it is', async () => {
    for (const atMs of [0, 10, 30, 60, 120, 5000, 61_000, 65_000, 400_000]) {
      const one = scene({ rows: 600, beginRow: 500 });
      await one.clock.advance(atMs);
      one.stop.abort();
      await one.clock.until(one.running, 1000);
      expect(one.venue.open, `${atMs}`).toBe(0);
      const { length } = one.inbox.letters;
      const { dialled, asked } = one.venue;
      await one.clock.advance(10 * MINUTE_MS);
      expect(one.inbox.letters.length).toBe(length);
      expect([one.venue.dialled, one.venue.asked]).toEqual([dialled, asked]);
      // The market's own plans are all that is left.
      expect(one.clock.sleeping).toBeLessThan(15);
    }
  });

  it('rejects with a fault of the venue that will not pass, all lines closed', async () => {
    const one = scene({ rows: 60, beginRow: 5 });
    one.clock.in(3 * MINUTE_MS, () => {
      one.venue.rest = 'refuses';
      one.venue.isMute = true;
    });
    const failure = await one.clock.until(one.running, HOUR_MS).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: 'VenueFault', code: 'refused', exitCode: 5 });
    expect(one.venue.open).toBe(0);
  });

  it('passes on a few complaints a minute and counts the others', async () => {
    const one = scene({ rows: 10, beginRow: 5 });
    one.clock.in(70_000, () => {
      for (let k = 0; k < 1000; k++) one.venue.say('<html>');
    });
    one.clock.in(200_000, () => one.venue.say('<html>'));
    await one.clock.until(one.running, HOUR_MS);
    const texts = one.inbox.notesOf('complaint').map(({ text }) => text);
    expect(texts.length).toBe(8);
    expect(texts[6]).toBe('and 994 more before');
  });

  it('ends without its last row when that cannot be had', async () => {
    const one = scene({ rows: 10, beginRow: 5 });
    one.clock.in(3 * MINUTE_MS, () => {
      one.venue.rest = 'down';
      one.venue.isRefusing = true;
      one.venue.drop();
    });
    await one.clock.until(one.running, HOUR_MS);
    expect(one.inbox.notesOf('gap').map(({ leg, text }) => [leg, text])).toEqual([
      [0, 'candles=2'],
      [1, 'candles=2'],
    ]);
  });

  it('is over when no row is left to come', async () => {
    const one = scene({ rows: 10, beginRow: 20 });
    const at = (row: number) => START_MS + row * MINUTE_MS;
    expect(one.feed.isOver(at(8))).toBe(false);
    expect(one.feed.isOver(at(9))).toBe(true);
    expect(one.feed.isOver(Number.NEGATIVE_INFINITY)).toBe(false);
    await one.clock.until(one.running, HOUR_MS);
    expectWhole(one);
    await one.feed.run(one.inbox, at(9), one.stop.signal);
  });

  it('weaves the legs of two venues into the same rows, one of them dead for a while', async () => {
    const clock = new VirtualClock(START_MS + 20 * MINUTE_MS + 10_000);
    const near = new FakeVenue(clock, { id: 'near', symbols: ['AUSD'] });
    const far = new FakeVenue(clock, { id: 'far', symbols: ['BUSD'], tellsClosed: false });
    clock.in(5 * MINUTE_MS, () => {
      far.rest = 'down';
      far.isRefusing = true;
      far.drop();
    });
    clock.in(15 * MINUTE_MS, () => {
      far.rest = 'well';
      far.isRefusing = false;
    });
    const feed = new StreamFeed({
      name: 'both',
      intervalMs: MINUTE_MS,
      fromMs: START_MS,
      toMs: START_MS + 60 * MINUTE_MS,
      clock,
      sources: [
        { venue: far, legs: [{ leg: 1, symbol: 'BUSD' }] },
        { venue: near, legs: [{ leg: 0, symbol: 'AUSD' }] },
      ],
      connect: (url, ears) => (url.includes('far') ? far : near).connect(url, ears),
      random: () => 0.5,
    });
    const inbox = new Listening(clock);
    await clock.until(
      feed.run(inbox, Number.NEGATIVE_INFINITY, new AbortController().signal),
      HOUR_MS,
    );
    const all = Array.from({ length: 60 }, (_, k) => k);
    expect(inbox.minutesOf(0)).toEqual(all);
    expect(inbox.minutesOf(1)).toEqual(all);
    const nearDelays = inbox.delaysOf(0, START_MS + 22 * MINUTE_MS);
    expect(Math.max(...nearDelays)).toBeLessThan(2500);
  });

  it('refuses what it cannot be, all of it at once', () => {
    const clock = new VirtualClock(START_MS);
    const venue = new FakeVenue(clock, { symbols: ['AUSD'] });
    const legs = [
      { leg: 0, symbol: 'AUSD' },
      { leg: 0, symbol: 'BUSD' },
    ];
    const make = () =>
      new StreamFeed({
        name: 'x',
        intervalMs: 5 * MINUTE_MS,
        fromMs: START_MS,
        toMs: START_MS,
        clock,
        sources: [{ venue, legs }],
      });
    expect(make).toThrow(/must begin before it ends(.|\n)*must be one that fake has: 1m(.|\n)*own/);
  });
});
