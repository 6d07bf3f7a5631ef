// Claims about answers that are looked up instead of asked for: nothing of a run changes by it.

import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { Ballots } from '../../engine/agents/ballots.ts';
import type { Strategy, View } from '../../engine/agents/contract.ts';
import { isForeseeable } from '../../engine/agents/foresight.ts';
import { Hearing } from '../../engine/agents/hearing.ts';
import { Opinions } from '../../engine/agents/opinions.ts';
import type { SeatSpec } from '../../engine/agents/seat.ts';
import { Targets } from '../../engine/agents/targets.ts';
import { HOUR_MS, intervalOr } from '../../engine/interval.ts';
import { Kernel } from '../../engine/kernel.ts';
import { type Run, type RunInput, runDigest, runLoop } from '../../engine/research/backtest.ts';
import { learningWorld, randomWorld } from './random-world.ts';

const LONG = process.env['SAPPHIRE_LONG'] === '1';

/** The same run with what is said known before it, and rows that are passed over. */
function recalled(input: RunInput): Run {
  const { panel, solo, firstRow } = input;
  const { interval } = input.config.decision;
  if (solo) {
    const seat = input.seats[0]!;
    const targets = new Targets(panel);
    targets.foresee(panel, seat, interval, firstRow);
    return runLoop({ ...input, seats: [{ ...seat, targets }] });
  }
  const opinions = input.seats.map((seat) => {
    const one = new Opinions(panel);
    one.foresee(panel, seat, interval, firstRow);
    return one;
  });
  const weights = input.seats.map((seat) => seat.weight);
  const decisionMs = intervalOr(interval, panel.intervalMs);
  const ballots = new Ballots(panel, opinions, weights, decisionMs, firstRow);
  ballots.count(0, panel.length);
  return runLoop({ ...input, ballots });
}

/** The same with voters heard a few rows ahead, and what they said kept for people. */
function heard(input: RunInput, rows: number): Run {
  const { panel, seats, firstRow, config } = input;
  const ballots = new Hearing(panel, seats, config.decision.interval, firstRow, rows);
  return runLoop({ ...input, ballots });
}

/** What is kept of votes for people: behind every trade, and over time. */
function wordsOf({ kernel }: Run) {
  return {
    origins: [...kernel.trades.origins(), ...kernel.trades.openOrigins()],
    spans: kernel.voteSpans?.columns(),
  };
}

/** The seat with a strategy that changes its mind every ninth row only, and votes on the market alone. */
function slow(seat: SeatSpec): SeatSpec {
  const { analyze, decide } = seat.strategy;
  const earlier = <T>(view: View, ask: () => T): T => {
    const moved = view as { i: number };
    const { i } = moved;
    moved.i = i - (i % 9);
    try {
      return ask();
    } finally {
      moved.i = i;
    }
  };
  const strategy: { -readonly [K in keyof Strategy]: Strategy[K] } = {
    ...seat.strategy,
    reads: 'market',
  };
  if (analyze) {
    strategy.analyze = (view, account) => {
      const vote = earlier(view, () => analyze(view, account));
      const words = `word ${Math.floor(view.i / 6)}`;
      return vote === null ? view.abstain(words) : view.vote(vote.action, vote.confidence, words);
    };
  }
  if (decide) strategy.decide = (view) => earlier(view, () => decide(view));
  return { ...seat, strategy };
}

/** Rows that a run which looks up does not look at: of all, and of those with a position open. */
function restedRows(input: RunInput): { readonly all: number; readonly held: number } {
  const rows = { all: 0, held: 0 };
  const { rest } = Kernel.prototype;
  const watched = vi.spyOn(Kernel.prototype, 'rest').mockImplementation(function (
    this: Kernel,
    to: number,
  ) {
    const from = this.row;
    const end = rest.call(this, to);
    rows.all += end - from;
    if (this.portfolio.openPositions > 0) rows.held += end - from;
    return end;
  });
  recalled(input);
  watched.mockRestore();
  return rows;
}

/** All that a run leaves, counts included. */
function figuresOf({ kernel, venue }: Run) {
  const { desk, decider, portfolio, rowsInMarket, row, nowMs } = kernel;
  return {
    digest: runDigest(kernel),
    decisions: desk.decisions.hex(),
    funnel: decider.funnel,
    refusals: desk.refusals.toRecord(),
    portfolio: [
      portfolio.equityUsd,
      portfolio.peakUsd,
      portfolio.walletUsd,
      ...portfolio.lastPrice,
    ],
    seats: kernel.seats.map(({ id, buys, sells, holds, abstentions, vetoes }) => {
      return { id, buys, sells, holds, abstentions, vetoes };
    }),
    stamps: [...venue.funding.seen],
    rowsInMarket,
    row,
    nowMs,
  };
}

describe('a run that looks up what was said', () => {
  it('is the run that asks, to the last bit and count', () => {
    let compared = 0;
    const rested = { all: 0, held: 0, voted: 0 };
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), (seed) => {
        const world = randomWorld(seed, { solo: seed % 2 === 0, stops: seed % 3 === 0 });
        const input = { ...world, seats: world.seats.map(slow) };
        expect(input.seats.every(({ strategy }) => isForeseeable(strategy))).toBe(true);
        const plain = runLoop(input);
        compared++;
        const { all, held } = restedRows(input);
        rested.all += all;
        rested.held += held;
        if (!world.solo) rested.voted += held;
        expect(figuresOf(recalled(input))).toEqual(figuresOf(plain));
      }),
      { numRuns: LONG ? 2000 : 120, seed: 20261121 },
    );
    expect(compared).toBeGreaterThan(LONG ? 800 : 40);
    expect(rested.all).toBeGreaterThan(20 * compared);
    expect(rested.held).toBeGreaterThan(2 * compared);
    expect(rested.voted).toBeGreaterThan(compared / 2);
  }, 300_000);

  it('asks voters a window ahead, and keeps every word of theirs', () => {
    let words = 0;
    let windows = 0;
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1e6 }),
        fc.integer({ min: 1, max: 40 }),
        (seed, rows) => {
          const world = randomWorld(seed, { solo: false, stops: seed % 3 === 0 });
          const input = { ...world, seats: world.seats.map(slow), voteSpanMs: 5 * HOUR_MS };
          const plain = runLoop(input);
          const run = heard(input, rows);
          expect(figuresOf(run)).toEqual(figuresOf(plain));
          expect(wordsOf(run)).toEqual(wordsOf(plain));
          for (const { entry } of wordsOf(run).origins) words += Object.keys(entry.reasons).length;
          windows += input.panel.length / rows;
        },
      ),
      { numRuns: LONG ? 2000 : 80, seed: 20261130 },
    );
    expect(words).toBeGreaterThan(LONG ? 2000 : 80);
    expect(windows).toBeGreaterThan(400);
  }, 300_000);

  it('passes rows over where agents learn as well: who agrees is worked out by what they have earned', () => {
    let rested = 0;
    let held = 0;
    let asked = 0;
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1e6 }),
        fc.integer({ min: 5, max: 90 }),
        (seed, rows) => {
          const world = learningWorld(seed, 1 + (seed % 2));
          const input = { ...world, seats: world.seats.map(slow), voteSpanMs: 5 * HOUR_MS };
          const plain = runLoop(input);
          const { counts, isStatic = true } = plain.kernel.learning ?? {};
          asked += counts?.asked ?? 0;
          const ahead = heard(input, rows);
          for (const run of [recalled(input), ahead]) {
            expect(figuresOf(run)).toEqual(figuresOf(plain));
            expect(wordsOf(run).spans).toEqual(wordsOf(plain).spans);
            expect(run.kernel.learning?.counts).toEqual(counts);
          }
          expect(wordsOf(ahead)).toEqual(wordsOf(plain));
          const passed = restedRows(input);
          if (isStatic && counts === undefined) return;
          rested += passed.all;
          held += passed.held;
        },
      ),
      { numRuns: LONG ? 1500 : 30, seed: 20261129 },
    );
    expect(asked).toBeGreaterThan(100);
    expect(rested).toBeGreaterThan(1000);
    expect(held).toBeGreaterThan(200);
  }, 300_000);

  it('throws what a voter threw at the row of which it threw it, and not before', () => {
    /** What came of a run, and the last row that it looked at in full. */
    const reach = (work: () => Run) => {
      const watched = vi.spyOn(Kernel.prototype, 'onRow');
      const message = messageOf(work);
      const row = watched.mock.lastCall?.[0];
      watched.mockRestore();
      return { message, row };
    };
    let thrown = 0;
    for (let seed = 1; seed <= 24; seed++) {
      const world = randomWorld(seed, { solo: false });
      const row = 20 + 4 * seed;
      const seats = world.seats.map(slow).map((seat, k) => (k === 1 ? throwing(seat, row) : seat));
      const input = { ...world, seats };
      const plain = reach(() => runLoop(input));
      const ahead = reach(() => heard(input, 16));
      expect(ahead.message).toBe(plain.message);
      if (plain.message === '') continue;
      expect(plain.message).toMatch(/at row \d+, .*not today/);
      expect(ahead.row).toBe(plain.row);
      thrown++;
    }
    expect(thrown).toBeGreaterThan(8);
  });
});

/** The seat with a strategy that throws from a row on. */
function throwing(seat: SeatSpec, row: number): SeatSpec {
  const { strategy } = seat;
  const analyze: Strategy['analyze'] = (view, account) => {
    if (view.i >= row) throw new TypeError('not today');
    return strategy.analyze!(view, account);
  };
  return { ...seat, strategy: { ...strategy, analyze } };
}

/** What a run threw; empty = nothing. */
function messageOf(work: () => unknown): string {
  try {
    work();
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}
