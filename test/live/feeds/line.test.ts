// Claims about the line to a venue, in virtual time: kept up for ever, cut when dead, renewed when old.

import { describe, expect, it } from 'vitest';
import { HOUR_MS, MINUTE_MS } from '../../../engine/interval.ts';
import { delays, expectWhole, scene, truthOf } from './support.ts';

const DAY_MS = 24 * HOUR_MS;

describe('a line', () => {
  it('is renewed before the venue ends it, the next one open before the last is closed', async () => {
    const talk = { maxAgeMs: DAY_MS };
    const one = scene({ rows: 50 * 60, beginRow: 1, talk });
    await one.clock.until(one.running, 60 * HOUR_MS);
    expectWhole(one);
    const { dialled, mostOpen, dialledMs } = one.venue;
    expect({ dialled, mostOpen, open: one.venue.open }).toEqual({
      dialled: 3,
      mostOpen: 2,
      open: 0,
    });
    expect(dialledMs[1]).toBeLessThan(DAY_MS);
    expect(dialledMs[1]).toBeGreaterThan(DAY_MS - 700_000);
    expect(one.inbox.notesOf('lost')).toEqual([]);
    expect(one.inbox.notesOf('connected').map(({ text }) => text)).toEqual([
      'fake after 0.0 s',
      'fake renewed',
      'fake renewed',
    ]);
    expect(one.inbox.notesOf('repaired').length).toBe(0);
  }, 60_000);

  it('that cannot be renewed is used on until the venue ends it', async () => {
    const one = scene({ rows: 120, beginRow: 1, talk: { maxAgeMs: HOUR_MS } });
    one.clock.in(50 * MINUTE_MS, () => {
      one.venue.isRefusing = true;
    });
    one.clock.in(60 * MINUTE_MS, () => one.venue.drop('a day is over'));
    one.clock.in(62 * MINUTE_MS, () => {
      one.venue.isRefusing = false;
    });
    await one.clock.until(one.running, 3 * HOUR_MS);
    expectWhole(one);
    expect(one.inbox.notesOf('lost').length).toBe(1);
    expect(Math.max(...delays(one, 0, 2))).toBeLessThan(3000);
  });

  it('that is silent for longer than it may is cut and dialled again', async () => {
    const one = scene({ rows: 20, beginRow: 1 });
    one.clock.in(5 * MINUTE_MS, () => {
      one.venue.isFrozen = true;
    });
    one.clock.in(5 * MINUTE_MS + 60_000, () => {
      one.venue.isFrozen = false;
    });
    await one.clock.until(one.running, HOUR_MS);
    expectWhole(one);
    expect(one.inbox.notesOf('lost')[0]!.text).toMatch(/silent for 45000 ms/);
    // Dead at 45 s after its last byte; the next one is frozen as well and found out in its turn.
    expect(one.venue.dialled).toBeLessThanOrEqual(4);
  });

  it('that is refused is dialled for ever, each wait twice the last up to half a minute', async () => {
    const one = scene({
      rows: 60,
      beginRow: 1,
      options: { random: () => 1 },
      before: (venue) => {
        venue.isRefusing = true;
      },
    });
    one.clock.in(30 * MINUTE_MS, () => {
      one.venue.isRefusing = false;
    });
    await one.clock.until(one.running, 2 * HOUR_MS);
    expectWhole(one);
    const { dialledMs } = one.venue;
    const waits = dialledMs.slice(1, 10).map((ms, k) => ms - dialledMs[k]! - 20);
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
    expect(dialledMs.length).toBeGreaterThan(60);
    const notes = one.inbox.notes.filter(({ code }) => code === 'lost' || code === 'connected');
    expect(notes.map(({ code }) => code)).toEqual(['lost', 'connected']);
  });

  it('that opens and is cut again is not a good one: the waits grow all the same', async () => {
    const one = scene({
      rows: 30,
      beginRow: 1,
      options: { random: () => 1 },
      before: (venue) => {
        venue.cutAfterMs = 1000;
      },
    });
    await one.clock.until(one.running, HOUR_MS);
    expectWhole(one);
    const { dialledMs } = one.venue;
    const waits = dialledMs.slice(1, 9).map((ms, k) => ms - dialledMs[k]! - 1020);
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  });

  it('carries no more symbols than it may', async () => {
    const symbols = ['AUSD', 'BUSD', 'CUSD'];
    const one = scene({ rows: 10, beginRow: 5, symbols, talk: { maxSymbols: 2 } });
    await one.clock.until(one.running, HOUR_MS);
    expect(one.venue.dialled).toBe(2);
    expect(one.inbox.candlesOf(2)).toEqual(truthOf(one, 'CUSD', 2));
  });
});
