// Claims about single legs and candles of a stream feed, and about funding, in virtual time.

import { describe, expect, it } from 'vitest';
import { HOUR_MS, MINUTE_MS } from '../../../engine/interval.ts';
import { START_MS } from '../../support/market.ts';
import { inventedCandle } from '../../support/venues/candles.ts';
import { delays, expectRowsInOrder, expectWhole, type Scene, scene } from './support.ts';

describe('a leg that is late', () => {
  it('is asked for before its row runs out of time, and the others do not wait', async () => {
    const one = scene({ rows: 30, beginRow: 5 });
    one.clock.in(3 * MINUTE_MS, () => one.venue.muted.add('BUSD'));
    await one.clock.until(one.running, HOUR_MS);
    expectWhole(one);
    expectRowsInOrder(one);
    expect(Math.max(...delays(one, 0, 6))).toBeLessThan(100);
    expect(Math.max(...delays(one, 1, 6))).toBeLessThan(2200);
  });

  it('and cannot be asked for holds nobody up; what it missed is said when it comes', async () => {
    const one = scene({ rows: 60, beginRow: 5 });
    one.clock.in(5 * MINUTE_MS, () => {
      one.venue.muted.add('BUSD');
      one.venue.rest = 'down';
    });
    one.clock.in(35 * MINUTE_MS, () => {
      one.venue.muted.delete('BUSD');
      one.venue.rest = 'well';
    });
    await one.clock.until(one.running, 2 * HOUR_MS);
    expectWhole(one);
    expect(Math.max(...delays(one, 0, 6))).toBeLessThan(100);
    expect(Math.max(...delays(one, 1, 42))).toBeLessThan(100);
    const closed = one.inbox.events.flatMap((event) =>
      event.kind === 'row-closed' ? [event.openMs] : [],
    );
    expect(closed).toEqual([...new Set(closed)].toSorted((a, b) => a - b));
  });

  it('for good, as after a delisting, holds nobody up, not even when the line is new', async () => {
    const endMs = START_MS + 10 * MINUTE_MS;
    const one = scene({
      rows: 40,
      beginRow: 5,
      candleOf: (symbol, openMs) =>
        symbol === 'BUSD' && openMs >= endMs
          ? null
          : inventedCandle(symbol === 'AUSD' ? 1 : 2, openMs, MINUTE_MS),
    });
    for (const minute of [10, 15, 20]) {
      one.clock.in(minute * MINUTE_MS + 49_500, () => one.venue.drop());
    }
    await one.clock.until(one.running, HOUR_MS);
    expect(one.inbox.minutesOf(0)).toEqual(one.minutes);
    expect(one.inbox.minutesOf(1)).toEqual(one.minutes.slice(0, 10));
    expect(Math.max(...delays(one, 0, 6))).toBeLessThan(1000);
  });

  it('because nobody has its candle is a hole: said so, and its row is closed', async () => {
    const holeMs = START_MS + 12 * MINUTE_MS;
    const one = scene({ rows: 30, beginRow: 5 });
    one.clock.in(7 * MINUTE_MS, () => one.venue.muted.add('BUSD'));
    one.clock.in(8 * MINUTE_MS, () => one.venue.muted.delete('BUSD'));
    one.venue.missing.add(holeMs);
    await one.clock.until(one.running, HOUR_MS);
    expect(one.inbox.minutesOf(0)).toEqual(one.minutes);
    expect(one.inbox.minutesOf(1)).toEqual(one.minutes.filter((minute) => minute !== 12));
    expect(one.inbox.notesOf('gap')).toEqual([
      { code: 'gap', leg: 1, atMs: holeMs, text: 'candles=1' },
    ]);
    expect(Math.max(...delays(one, 1, 13))).toBeLessThan(500);
  });

  it('of a history with holes keeps no row open', async () => {
    const one = scene({
      rows: 60,
      beginRow: 50,
      before: (venue) => {
        for (const row of [0, 1, 7, 8, 9, 30]) venue.missing.add(START_MS + row * MINUTE_MS);
      },
    });
    await one.clock.until(one.running, HOUR_MS);
    expectRowsInOrder(one);
    const closed = one.inbox.events.filter(({ kind }) => kind === 'row-closed');
    expect(closed.length).toBe(54);
    expect(one.inbox.minutesOf(1).length).toBe(54);
    expect(one.inbox.notesOf('gap').map(({ leg, text }) => `${leg} ${text}`)).toEqual([
      '0 candles=2',
      '1 candles=2',
      '0 candles=3',
      '1 candles=3',
      '0 candles=1',
      '1 candles=1',
    ]);
  });
});

describe('a candle', () => {
  it('that comes again with other values is said again, with the same it is not', async () => {
    const one = scene({ rows: 20, beginRow: 5 });
    const openMs = START_MS + 10 * MINUTE_MS;
    const right = one.venue.candleOf('AUSD', openMs);
    const revised = { ...right, close: right.low };
    one.clock.in(8 * MINUTE_MS, () => {
      one.venue.sayCandle('AUSD', right, true);
      one.venue.sayCandle('AUSD', revised, true);
      one.venue.sayCandle('AUSD', revised, true);
    });
    await one.clock.until(one.running, HOUR_MS);
    const said = one.inbox.candlesOf(0).filter((candle) => candle.openMs === openMs);
    expect(said.map(({ close }) => close)).toEqual([right.close, revised.close]);
  });

  it('that is none is handed on for the session to name, and the right one is asked for', async () => {
    const openMs = START_MS + 10 * MINUTE_MS;
    const one = scene({ rows: 20, beginRow: 5 });
    one.clock.in(5 * MINUTE_MS, () => one.venue.muted.add('AUSD'));
    one.clock.in(5 * MINUTE_MS + 48_000, () => {
      const right = one.venue.candleOf('AUSD', openMs);
      one.venue.sayCandle('AUSD', { ...right, high: right.low / 2 }, true);
      one.venue.sayCandle('AUSD', { ...right, close: Number.NaN }, true);
    });
    one.clock.in(6 * MINUTE_MS, () => one.venue.muted.delete('AUSD'));
    await one.clock.until(one.running, HOUR_MS);
    const said = one.inbox.candlesOf(0).filter((candle) => candle.openMs === openMs);
    expect(said.length).toBe(3);
    expect(said[2]).toMatchObject(one.venue.candleOf('AUSD', openMs));
  });

  it('said to be final before its time is not believed', async () => {
    const one = scene({ rows: 20, beginRow: 5 });
    const openMs = START_MS + 10 * MINUTE_MS;
    const right = one.venue.candleOf('AUSD', openMs);
    one.clock.in(5 * MINUTE_MS + 10_000, () => {
      one.venue.sayCandle('AUSD', { ...right, close: right.low, volume: 1 }, true);
    });
    await one.clock.until(one.running, HOUR_MS);
    expectWhole(one);
    expect(one.inbox.notesOf('complaint')[0]!.text).toMatch(/closed 39980 ms before its time/);
  });

  it('that was not heard of to its end is asked for, by whoever is not told', async () => {
    const one = scene({ rows: 20, beginRow: 5, tellsClosed: false });
    const openMs = START_MS + 10 * MINUTE_MS;
    const right = one.venue.candleOf('AUSD', openMs);
    const early = { ...right, close: right.low, volume: right.volume * 0.9 };
    one.clock.in(5 * MINUTE_MS + 45_000, () => one.venue.sayCandle('AUSD', early, null));
    one.clock.in(5 * MINUTE_MS + 46_000, () => {
      one.venue.isFrozen = true;
    });
    one.clock.in(6 * MINUTE_MS + 10_000, () => {
      one.venue.drop();
      one.venue.isFrozen = false;
    });
    await one.clock.until(one.running, HOUR_MS);
    expectWhole(one);
  });

  it('of a far future changes nothing', async () => {
    const one = scene({ rows: 200, beginRow: 5 });
    const right = one.venue.candleOf('AUSD', START_MS);
    one.clock.in(4 * MINUTE_MS, () => {
      one.venue.sayCandle('AUSD', { ...right, openMs: START_MS + 199 * MINUTE_MS }, true);
      one.venue.sayCandle('AUSD', { ...right, openMs: START_MS + 1e6 * MINUTE_MS }, true);
    });
    await one.clock.until(one.running, 4 * HOUR_MS);
    expectWhole(one);
  });

  it('that still forms is shown, and never as a closed one', async () => {
    const one = scene({ rows: 8, beginRow: 5 });
    await one.clock.until(one.running, HOUR_MS);
    const forming = one.inbox.letters.filter((letter) => 'forming' in letter);
    expect(forming.length).toBeGreaterThan(15);
    expectWhole(one);
  });
});

describe('funding', () => {
  const stamps = (symbol: string) =>
    Array.from({ length: 12 }, (_, k) => {
      const atMs = START_MS + k * HOUR_MS;
      return { atMs, rate: (symbol === 'AUSD' ? 1 : 2) * 1e-5 * (k + 1), markPrice: 100 + k };
    });
  const saidIn = ({ inbox }: Scene) =>
    inbox.events.flatMap((event, k) =>
      event.kind === 'funding-rate' ? [{ ...event, before: inbox.events[k + 1]! }] : [],
    );

  it('is said once each, in order, with the row that contains its stamp', async () => {
    const one = scene({ rows: 5 * 60, beginRow: 130, funding: stamps });
    await one.clock.until(one.running, 5 * HOUR_MS);
    expectWhole(one);
    const said = saidIn(one);
    expect(said.map(({ leg, atMs }) => [leg, (atMs - START_MS) / HOUR_MS])).toEqual(
      [0, 1, 2, 3, 4].flatMap((hour) => [
        [0, hour],
        [1, hour],
      ]),
    );
    for (const { atMs, tsMs } of said) expect(tsMs).toBe(atMs + MINUTE_MS);
    const rows = one.inbox.events.flatMap((event) =>
      event.kind === 'funding-rate' || event.kind === 'candle' ? [event.tsMs] : [],
    );
    expect(rows).toEqual(rows.toSorted((a, b) => a - b));
    expect(said[2]).toMatchObject({ rate: 2e-5, markPrice: 101 });
  });

  it('that is taken up again is not said from before the first row', async () => {
    const one = scene({ rows: 5 * 60, beginRow: 130, afterRow: 60, funding: stamps });
    await one.clock.until(one.running, 5 * HOUR_MS);
    expect(saidIn(one).map(({ leg, atMs }) => [leg, (atMs - START_MS) / HOUR_MS])).toEqual(
      [2, 3, 4].flatMap((hour) => [
        [0, hour],
        [1, hour],
      ]),
    );
  });

  it('that the venue publishes late is asked for again within its hour', async () => {
    let lateMs = 0;
    const one = scene({
      rows: 5 * 60,
      beginRow: 130,
      funding: (symbol) => stamps(symbol).filter(({ atMs }) => atMs + lateMs <= one.clock.trueMs),
    });
    lateMs = 50_000;
    await one.clock.until(one.running, 5 * HOUR_MS);
    expect(saidIn(one).length).toBe(10);
    const delaysMs = one.inbox.letters.flatMap((letter, k) =>
      'event' in letter && letter.lane === 'market' && letter.event.kind === 'funding-rate'
        ? [one.inbox.atMs[k]! - letter.event.atMs]
        : [],
    );
    expect(Math.max(...delaysMs.slice(-4))).toBeLessThan(3 * MINUTE_MS);
  });
});
