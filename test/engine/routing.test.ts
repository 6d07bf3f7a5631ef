// Several venues in one backtest: entries go to the primary while it answers, to the fallback while
// it does not, and back again; exits are never blocked; unknown is never sent twice.

import { describe, expect, it } from 'vitest';
import type { Config } from '../../engine/config/schema.ts';
import { HOUR_MS } from '../../engine/interval.ts';
import { buildPanel, type Panel } from '../../engine/market/panel.ts';
import { type Run, runDigest, runEvents, runLoop } from '../../engine/research/backtest.ts';
import { candles, instrumentOf, START_MS } from '../support/market.ts';
import { FREE, inputOf, type Partly, targets } from '../support/run.ts';

/** One asset at two venues; the second one's prices are a little higher. */
function twoVenues(chart: string, other = chart): Panel {
  return buildPanel(
    [
      { instrument: instrumentOf('BTC', { venue: 'near' }), candles: candles(chart) },
      { instrument: instrumentOf('BTC', { venue: 'far' }), candles: candles(other), primary: 0 },
    ],
    HOUR_MS,
    60,
  );
}

const hours = (n: number) => new Date(START_MS + n * HOUR_MS).toISOString();

function world(
  outage: { from: number; to: number; answer?: 'refused' | 'timeout' } | null,
  more: Partly<Config['world']> = {},
): Partly<Config> {
  const listed = outage
    ? {
        cut: {
          venue: 'near',
          from: hours(outage.from),
          to: hours(outage.to),
          answer: outage.answer ?? 'refused',
        },
      }
    : {};
  return {
    decision: {
      risk: { maxPositionFraction: 1 },
      execution: { breaker: { failures: 2, resetMs: HOUR_MS, successes: 3 } },
    },
    world: {
      ...FREE.world,
      fallbacks: ['far'],
      venues: { far: { cashUsd: 10_000 } },
      outages: { listed },
      ...more,
    },
  } as Partly<Config>;
}

function go(panel: Panel, script: string, given: Partly<Config>): Run {
  const input = inputOf(panel, [targets(script)], given);
  const run = runLoop(input);
  const events = runEvents(input);
  expect(runDigest(events.kernel)).toBe(runDigest(run.kernel));
  expect(events.kernel.desk.decisions.hex()).toBe(run.kernel.desk.decisions.hex());
  return run;
}

/** Fills as `row: venue qty`. */
function fills(run: Run): string[] {
  const { row, leg, qty } = run.kernel.fills.columns;
  const { legs } = run.kernel.panel;
  return Array.from(row, (at, k) => `${at}: ${legs[leg[k]!]!.instrument.venue} ${qty[k]}`);
}

describe('with two venues', () => {
  it('only the primary is decided on and traded while it answers', () => {
    const run = go(twoVenues('100x6'), '0.1 0 0.1 0', world(null));
    expect(fills(run)).toEqual(['1: near 20', '2: near -20', '3: near 20', '4: near -20']);
    expect(run.kernel.decider.funnel.candles).toBe(6);
  });

  it('an entry that the primary certainly did not take goes to the fallback in the same candle', () => {
    const run = go(twoVenues('100x6', '101x6'), '. 0.1 0', world({ from: 1, to: 4 }));
    expect(fills(run)).toEqual(['2: far 19.801', '3: far -19.801']);
    expect(run.kernel.routing.failovers).toBe(1);
    expect(run.kernel.desk.refusals.toRecord()).toEqual({ 'venue-unavailable': 1 });
  });

  it('the breaker opens after failures in a row; after probes orders go back to the primary', () => {
    const script = '0.1 0 0.1 0 0.1 0 . . . . . 0.1 0';
    const run = go(twoVenues('100x16'), script, world({ from: 1, to: 6 }));
    // Rows 1 and 3 are refused there and fail over; the third is not even tried there.
    const venues = fills(run).map((text) => text.split(' ')[1]);
    expect(venues).toEqual(['far', 'far', 'far', 'far', 'far', 'far', 'near', 'near']);
    expect(run.kernel.desk.refusals.toRecord()).toEqual({ 'venue-unavailable': 2 });
    const states = run.kernel.routing.breakers[0]!.transitions.map(({ to }) => to);
    expect(states[0]).toBe('open');
    expect(states.at(-1)).toBe('closed');
  });

  it('an order of unknown fate keeps its quantity and is not sent anywhere else', () => {
    for (let seed = 1; seed <= 8; seed++) {
      const given = { ...world({ from: 1, to: 5, answer: 'timeout' }), seed };
      const run = go(twoVenues('100x10'), '. 0.1 . . . . . . .', given as Partly<Config>);
      const bought = fills(run).filter((text) => text.includes('far'));
      expect(bought).toEqual([]);
      expect(run.kernel.fills.length).toBeLessThanOrEqual(1);
    }
  });

  it('an entry that was taken back meanwhile goes to no other venue when it is refused', () => {
    const given = world(
      { from: 1, to: 6 },
      { latency: { feed: { model: 'constant', ms: 1.5 * HOUR_MS } } },
    );
    const sniper = {
      ...given,
      decision: {
        ...given.decision,
        execution: {
          ...given.decision!.execution,
          algorithm: 'sniper',
          sniper: { improvementBps: 0, expiryMinutes: 600, fallback: 'cancel' },
        },
      },
    } as Partly<Config>;
    // The limit is sent at the close of row 1 and refused in row 3; at the close of row 2 nobody
    // wants it any more.
    const chart = '100 100 100 100/101/98/100x8';
    const kept = go(twoVenues(chart), '. 0.1', sniper);
    expect(fills(kept).map((text) => text.split(' ')[1])).toEqual(['far']);
    expect(fills(go(twoVenues(chart), '. 0.1 0', sniper))).toEqual([]);
  });

  it('a fallback without margin takes nothing', () => {
    const given = world({ from: 1, to: 4 }, { venues: { far: { cashUsd: 0 } } });
    const run = go(twoVenues('100x6'), '. 0.1', given);
    expect(fills(run)).toEqual([]);
  });

  it('a close sends the whole position of each venue', () => {
    // Bought at the fallback; the primary is back when it is closed.
    const run = go(twoVenues('100x10'), '. 0.1 . . . . 0', world({ from: 1, to: 3 }));
    expect(fills(run)).toEqual(['2: far 20', '7: far -20']);
  });
});

describe('with one venue', () => {
  it('an outage refuses entries, the breaker keeps more from being tried, exits get through', () => {
    const panel = buildPanel(
      [{ instrument: instrumentOf('BTC', { venue: 'near' }), candles: candles('100x12') }],
      HOUR_MS,
      60,
    );
    const given = world({ from: 2, to: 7 }, { fallbacks: [], venues: {} });
    const held = go(panel, '0.1 . 0', given);
    // Bought in row 1; the exit decided in row 2 waits for the venue and is filled when it is back.
    expect(fills(held)).toEqual(['1: near 10', '7: near -10']);
    const kept = go(panel, '. . 0.1 0.2 0.3 0.4 . . . . . .', given);
    expect(fills(kept)).toEqual([]);
    expect(kept.kernel.desk.refusals.toRecord()).toEqual({
      'no-venue': 2,
      'venue-unavailable': 2,
    });
  });
});

describe('smart routing', () => {
  it('splits an entry over venues by depth, fee and impact, and costs less than either alone', () => {
    const panel = buildPanel(
      [
        {
          instrument: instrumentOf('BTC', { venue: 'near', takerFeeBps: 10 }),
          candles: candles('100@50 101@50 100@50 101@50 100@50 101@50'),
        },
        {
          instrument: instrumentOf('BTC', { venue: 'far', takerFeeBps: 5 }),
          candles: candles('100@20 101@20 100@20 101@20 100@20 101@20'),
          primary: 0,
        },
      ],
      HOUR_MS,
      60,
    );
    const given = world(null);
    const smart = {
      ...given,
      decision: {
        ...given.decision,
        execution: { routing: 'smart', selection: { lookbackCandles: 4 } },
      },
    } as Partly<Config>;
    const run = go(panel, '. . . 0.4', smart);
    const legs = fills(run).map((text) => text.split(' ')[1]);
    expect(legs).toEqual(['near', 'far']);
    const { splits, expectedBps, singleBps } = run.kernel.routing.smart;
    expect(splits).toBe(1);
    for (const single of singleBps) expect(expectedBps).toBeLessThan(single);
  });
});
