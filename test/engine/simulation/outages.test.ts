// A venue that cannot be reached: what is refused, what is unknown, what waits, and what goes on.

import { describe, expect, it } from 'vitest';
import { InputError } from '../../../engine/errors.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../engine/interval.ts';
import { runDigest } from '../../../engine/research/backtest.ts';
import { OutageCalendar, outagesOf } from '../../../engine/simulation/outages.ts';
import { panelOf, START_MS } from '../../support/market.ts';
import { configOf, eachRow, FREE, inputOf, runLoop, targets } from '../../support/run.ts';
import { HandVenue } from '../../support/venue.ts';

const iso = (hours: number) => new Date(START_MS + hours * HOUR_MS).toISOString();

/** An outage between two hours after the start. */
function dark(from: number, to: number, answer: 'refused' | 'timeout', more: object = {}) {
  return { outages: { listed: { o: { from: iso(from), to: iso(to), answer } } }, ...more };
}

describe('an outage that refuses', () => {
  it('refuses entries at once, and takes them again when it is over', () => {
    const market = new HandVenue('100x8', dark(2, 4, 'refused'));
    market.rows(2);
    market.submit();
    market.rows(2);
    expect(market.said).toEqual(['2: 1 rejected venue-unavailable']);
    market.submit();
    expect(market.rows(1)).toEqual(['4: 2 filled 1 @ 100, 0 left']);
  });

  it('keeps what takes risk away until it is over, and then lets it through', () => {
    const market = new HandVenue('100 100 100 90 80/80/70/75 75', dark(2, 4.5, 'refused'));
    market.submit();
    market.rows(2);
    market.submit({ side: -1, reduceOnly: true });
    // Out at half past four: half of the way from 80 to 70.
    expect(market.rows()).toEqual(['4: 2 filled -1 @ 75, 0 left']);
  });

  it('does not stop the market: resting stops work and are heard of after it', () => {
    const market = new HandVenue('100 100 100/100/90/95 95 95 95', dark(1.5, 4, 'refused'));
    market.submit();
    market.submit({ side: -1, reduceOnly: true, type: 'stop-market', triggerPrice: 95 });
    market.rows(3);
    expect(market.venue.accounts.positions[0]!.qty).toBe(0);
    expect(market.portfolio.positions[0]!.qty).toBe(1);
    expect(market.rows()).toEqual(['3: 2 filled -1 @ 95, 0 left']);
    expect(market.fills[1]!.tsMs).toBe(START_MS + 4 * HOUR_MS);
  });

  it('keeps a cancel until it is over: the order may fill meanwhile', () => {
    const market = new HandVenue('100 100 100/100/90/95 95 95', dark(2, 4, 'refused'));
    const order = market.submit({ type: 'limit', terms: { limitPrice: 92 } });
    market.rows(2);
    market.cancel(order);
    expect(market.rows()).toEqual(['3: 1 filled 1 @ 92, 0 left']);
  });

  it('that lies in the past or the future of an order does not concern it', () => {
    const market = new HandVenue('100x6', dark(2, 3, 'refused'));
    for (let k = 0; k < 5; k++) {
      market.submit();
      market.rows(1);
    }
    market.rows();
    expect(market.orders.map(({ status }) => status)).toEqual([
      'filled',
      'filled',
      'rejected',
      'filled',
      'filled',
    ]);
  });
});

describe('an outage that times out', () => {
  /** What is said of one market order into it, by seed. */
  const told = (seed: number, to = 4) => {
    const market = new HandVenue('100x8', dark(2, to, 'timeout'), seed);
    market.rows(2);
    market.submit();
    return market.rows().join('; ');
  };

  it('leaves us in the dark for good reason: half were taken, half were lost', () => {
    const words = Array.from({ length: 200 }, (_, k) => told(k + 1));
    const taken = '2: 1 unknown; 3: 1 accepted; 3: 1 filled 1 @ 100, 0 left';
    const lost = '2: 1 unknown; 3: 1 rejected not-found';
    expect([...new Set(words)].sort()).toEqual([taken, lost].sort());
    const share = words.filter((text) => text === taken).length / 200;
    // Five standard deviations of a fair coin.
    expect(Math.abs(share - 0.5)).toBeLessThan(0.18);
    expect(told(7)).toBe(told(7));
  });

  it('shorter than our patience is a late answer, or an order that we learn is gone', () => {
    const brief = 2 + 5 / 3600;
    const words = new Set(Array.from({ length: 60 }, (_, k) => told(k + 1, brief)));
    expect([...words].sort()).toEqual([
      '2: 1 filled 1 @ 100, 0 left',
      '2: 1 unknown; 2: 1 rejected not-found',
    ]);
  });

  it('ends what cannot be had any more: a refusal of what was accepted is an expiry', () => {
    const ends = new Set<string>();
    for (let seed = 1; seed < 20; seed++) {
      const margin = { margin: { enabled: true, leverage: 1 } };
      const market = new HandVenue('100x8', dark(2, 4, 'timeout', margin), seed);
      market.rows(2);
      const order = market.submit({ qty: 500 });
      market.rows();
      ends.add(order.status);
    }
    expect([...ends].sort()).toEqual(['expired', 'rejected']);
  });

  it('keeps a leg reserved until the fate of its order is known', () => {
    const outcomes = new Set<string>();
    for (let seed = 1; seed < 20; seed++) {
      const world = { ...FREE.world, ...dark(3, 6, 'timeout') };
      const script = targets('. . 1 0.5 0.4 0.3 1 . .');
      const input = inputOf(panelOf({ A: '100x10' }), [script], { ...FREE, seed, world });
      const pending: boolean[] = [];
      const run = eachRow(input, (kernel) => pending.push(kernel.desk.isPending(0)));
      // Sent at the close of row 2, into the dark; its fate is known at the close of row 5.
      expect(pending.slice(2, 5)).toEqual([true, true, true]);
      expect(run.kernel.desk.refusals.toRecord()['order-pending']).toBe(2);
      outcomes.add(Object.keys(run.kernel.desk.refusals.toRecord()).sort().join(' '));
      expect(run.kernel.portfolio.walletUsd).toBe(run.venue.accounts.walletUsd[0]);
    }
    expect([...outcomes].sort()).toEqual(['not-found order-pending', 'order-pending']);
  });
});

describe('what is attached', () => {
  it('shares the fate of its entry and protects from the fill on', () => {
    for (let seed = 1; seed < 30; seed++) {
      const panel = panelOf({ A: '100 100 100 100/100/80/90 90 90 90 90' });
      const market = new HandVenue(panel, dark(2, 5, 'timeout'), seed);
      market.rows(2);
      const entry = market.submit();
      market.submit({
        side: -1,
        reduceOnly: true,
        attachedTo: entry.id,
        purpose: 'stop',
        type: 'stop-market',
        distance: 0.1,
      });
      market.rows();
      const { positions } = market.venue.accounts;
      expect(positions[0]!.qty).toBe(0);
      expect(market.orders.map(({ status }) => status)).toEqual(
        entry.status === 'filled' ? ['filled', 'filled'] : ['rejected', 'dormant'],
      );
    }
  });
});

describe('a probe', () => {
  it('says whether the venue is there, and is no order', () => {
    const market = new HandVenue('100x6', dark(2, 4, 'refused'));
    for (let k = 0; k < 5; k++) {
      market.rows(1);
      market.probe();
    }
    expect(market.said.map((line) => line.slice(3))).toEqual([
      'probe 0 up',
      'probe 0 down',
      'probe 0 down',
      'probe 0 up',
      'probe 0 up',
    ]);
    expect(new HandVenue('100').said).toEqual([]);
  });
});

describe('seeded outages', () => {
  const { world } = configOf({ world: { outages: { perMonth: 60, meanMinutes: 30 } } });
  const drawn = (seed: number, venues = ['a']) =>
    outagesOf(world, venues, START_MS, START_MS + 300 * DAY_MS, seed);

  it('are as many and as long as the config says, half of each answer', () => {
    const all = drawn(1);
    // 600 expected; five standard deviations of a Poisson number, and of a mean of exponentials.
    expect(Math.abs(all.length - 600)).toBeLessThan(5 * Math.sqrt(600) + 15);
    const meanMs = all.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0) / all.length;
    expect(Math.abs(meanMs / MINUTE_MS - 30)).toBeLessThan((5 * 30) / Math.sqrt(550));
    const refused = all.filter(({ answer }) => answer === 'refused').length / all.length;
    expect(Math.abs(refused - 0.5)).toBeLessThan(0.11);
    for (const [k, { fromMs, toMs }] of all.entries()) {
      expect(toMs).toBeGreaterThanOrEqual(fromMs);
      if (k > 0) expect(fromMs).toBeGreaterThan(all[k - 1]!.toMs);
    }
  });

  it('are the same for a seed, others for another, and each venue has its own', () => {
    expect(drawn(1)).toEqual(drawn(1));
    expect(drawn(2)).not.toEqual(drawn(1));
    const both = drawn(1, ['a', 'b']);
    expect(both.filter(({ venue }) => venue === 'a')).toEqual(drawn(1));
    expect(both.filter(({ venue }) => venue === 'b')[0]!.fromMs).not.toBe(drawn(1)[0]!.fromMs);
  });

  it('give the same run twice', () => {
    const given = {
      ...FREE,
      world: { ...FREE.world, outages: { perMonth: 300, meanMinutes: 90 } },
    };
    const script = '1 0 -1 0 0.5 1 0 -0.5 . 0 1 . 0 -1 . 0';
    const run = () =>
      runLoop(inputOf(panelOf({ A: '100 101x30 99x30' }), [targets(script)], given));
    expect(runDigest(run().kernel)).toBe(runDigest(run().kernel));
  });
});

describe('a calendar', () => {
  it('knows what lasts, one outage after or within another', () => {
    const at = (fromMs: number, toMs: number) =>
      ({ venue: 'a', fromMs, toMs, answer: 'refused' }) as const;
    const calendar = new OutageCalendar([at(0, 100), at(10, 20), at(90, 120), at(120, 130)], ['a']);
    expect(calendar.reachableMs(0, 5)).toBe(130);
    expect(calendar.reachableMs(0, -1)).toBe(-1);
    expect(calendar.reachableMs(0, 130)).toBe(130);
    expect(calendar.at(0, 50)).toEqual(at(0, 100));
    expect(calendar.at(0, 110)).toEqual(at(90, 120));
    expect(calendar.at(0, 130)).toBeNull();
    expect(new OutageCalendar([], ['a']).isEmpty).toBe(true);
  });
});

describe('a listed outage that cannot be', () => {
  it('is refused by key before anything runs, all of them at once', () => {
    const listed = {
      back: { from: iso(4), to: iso(4) },
      open: { from: iso(1) },
      far: { venue: 'elsewhere', from: iso(1), to: iso(2) },
    };
    const problems = (() => {
      try {
        return new HandVenue('100x3', { outages: { listed } }).said;
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        return error.problems.map(({ key, rule }) => `${key} ${rule}`);
      }
    })();
    expect(problems).toEqual([
      'world.outages.listed.back must end after it begins',
      'world.outages.listed.open must say from when to when',
      'world.outages.listed.far.venue must be a venue of the run (test)',
    ]);
  });
});
