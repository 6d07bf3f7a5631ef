// What the screen shows is what the kernel knows, and reading it changes nothing.

import { describe, expect, it } from 'vitest';
import { liveState, type Surroundings } from '../../bin/screen-state.ts';
import { HOUR_MS } from '../../engine/interval.ts';
import type { Kernel } from '../../engine/kernel.ts';
import { runDigest } from '../../engine/research/backtest.ts';
import type { LiveState } from '../../reports/live.ts';
import { panelOf, START_MS } from '../support/market.ts';
import { eachRow, freeWith, inputOf, runOf, staking, targets, voter } from '../support/run.ts';

const AROUND: Surroundings = {
  name: 'made-up',
  strategy: 'swarm of 2 agents',
  feed: 'replay',
  speed: Number.POSITIVE_INFINITY,
  isRecovering: false,
  firstRow: 0,
  actThreshold: 0.6,
  elapsedMs: 1000,
  feedNowMs: START_MS,
  counts: { late: 0, revised: 0, repeated: 0, unsound: 0 },
  events: [],
  journal: '/tmp/journal',
};

describe('the state of a kernel', () => {
  const CHART = '100 100 102 104 103 101 98 97 99 100';
  const TRAILING = freeWith({ trailingStop: { enabled: true, buffer: 0.05, step: 0 } });

  function statesOf(kernelSees: (visit: (kernel: Kernel) => void) => void): LiveState[] {
    const states: LiveState[] = [];
    kernelSees((kernel) => states.push(liveState(kernel, { ...AROUND, feedNowMs: kernel.nowMs })));
    return states;
  }

  it('tells the score as the votes make it, by hand', () => {
    // ann and ben weigh 1 each. Row 1: (0.9 + 0.5) / 2 for BUY. Row 2: 0.8 against 0.3, over 2.
    // Row 3: ben abstains, so ann's 0.4 is all there is.
    const voters = [voter('ann', '. b.9 s.8 s.4'), voter('ben', '. b.5 b.3 .')];
    const states = statesOf((visit) => {
      eachRow(inputOf(panelOf({ A: '100 100 100 100' }), voters, staking(0.5)), visit);
    });
    const told = states.map(({ votes: [one] }) => [one!.side, one!.score, one!.votes]);
    expect(told).toEqual([
      [0, 0, [Number.NaN, Number.NaN]],
      [1, expect.closeTo(0.7), [expect.closeTo(0.9), 0.5]],
      [-1, expect.closeTo(0.4), [expect.closeTo(-0.8), expect.closeTo(0.3)]],
      [-1, expect.closeTo(0.4), [expect.closeTo(-0.4), Number.NaN]],
    ]);
    expect(states[1]!.agents).toEqual(['ann', 'ben']);
  });

  it('gives every leg its own last votes', () => {
    const voters = [voter('ann', { A: 'b.9 b.9', B: 's.7 h' })];
    const { kernel } = runOf(panelOf({ A: '100 100', B: '50 50' }), voters, staking(0.2));
    expect(liveState(kernel, AROUND).votes.map(({ symbol, side }) => [symbol, side])).toEqual([
      ['A', 1],
      ['B', 0],
    ]);
  });

  it('tells positions with their stop, and what they are worth at the last close', () => {
    const input = inputOf(panelOf({ A: CHART }), [targets('0.5')], TRAILING);
    const states = statesOf((visit) => {
      eachRow(input, visit);
    });
    // Bought at the open of row 1; the stop follows 5 % behind the best close.
    expect(states[3]!.positions).toEqual([
      {
        venue: 'test',
        symbol: 'A',
        side: 'long',
        qty: 50,
        entryPrice: 100,
        markPrice: 104,
        pnlUsd: 200,
        stopPrice: 98.8,
        isTrailedByVenue: false,
      },
    ]);
    expect(states[3]!.agents).toEqual([]);
    expect(states[3]!.votes[0]).toMatchObject({ target: 0.5, votes: [] });
    // 98 in row 6 is below 98.80.
    expect(states[6]!.positions).toEqual([]);
    expect(states[6]!.trades).toBe(1);
    expect(states[6]!.events.map(({ text }) => text)).toEqual([
      'bought 50 A at 100.000, fee 0.00 USD',
      'sold 50 A at 98.8000, fee 0.00 USD',
    ]);
  });

  it('tells no stop where none rests', () => {
    const { kernel } = runOf(panelOf({ A: CHART }), [targets('0.5')], freeWith({}));
    expect(liveState(kernel, AROUND).positions[0]!.stopPrice).toBeNaN();
  });

  it('tells the newest events of the session and of the kernel in the order of time', () => {
    const input = inputOf(panelOf({ A: CHART }), [targets('0.5 . 0 . -0.5 . 0')], freeWith({}));
    const { kernel } = eachRow(input, () => {});
    const events = [
      { tsMs: START_MS, text: 'long ago' },
      { tsMs: START_MS + 4.5 * HOUR_MS, text: 'the feed lost its connection' },
    ];
    const state = liveState(kernel, { ...AROUND, events });
    expect(state.events.map(({ text }) => text.split(' ').slice(0, 2).join(' '))).toEqual([
      'bought 50',
      'sold 50',
      'the feed',
      expect.stringMatching(/^sold/),
      expect.stringMatching(/^bought/),
    ]);
  });

  it('counts rows from the first that may be decided on, and ages from the last close', () => {
    const { kernel } = runOf(panelOf({ A: CHART }), [targets('0')]);
    const feedNowMs = START_MS + 10 * HOUR_MS + 3000;
    const state = liveState(kernel, { ...AROUND, firstRow: 4, feedNowMs });
    expect(state).toMatchObject({ rows: 6, expectedRows: 6, feedAgeMs: 3000, speed: null });
    expect(state.marketMs).toBe(START_MS + 10 * HOUR_MS);
  });

  it('is read without changing anything: breakers, digests and fills stay what they are', () => {
    const outage = {
      venue: null,
      from: '2024-01-01T01:30:00Z',
      to: '2024-01-01T04:30:00Z',
      answer: 'refused' as const,
    };
    const given = {
      ...TRAILING,
      decision: {
        ...TRAILING.decision,
        execution: { breaker: { failures: 1, resetMs: HOUR_MS, successes: 2 } },
      },
      world: { ...TRAILING.world, outages: { listed: { one: outage } } },
    };
    const chart = '100 101 102 101 103 102 104 103 105 104 106 105';
    const make = () =>
      inputOf(panelOf({ A: chart }), [targets('. 0.3 0 0.4 . . . . 0.3 0.6 0 0.2')], given);
    const plain = eachRow(make(), () => {});
    const modes: string[] = [];
    const watched = eachRow(make(), (kernel) => {
      modes.push(liveState(kernel, AROUND).breakers[0]!.mode);
      liveState(kernel, AROUND);
    });
    expect(new Set(modes)).toContain('open');
    expect(new Set(modes)).toContain('half-open');
    expect(runDigest(watched.kernel)).toBe(runDigest(plain.kernel));
    expect(watched.kernel.desk.decisions.hex()).toBe(plain.kernel.desk.decisions.hex());
    const [a, b] = [watched, plain].map(({ kernel }) => kernel.routing.breakers[0]!.toState());
    expect(a).toEqual(b);
  });
});
