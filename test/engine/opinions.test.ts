// Claims about answers that are looked up instead of asked for: nothing of a run changes by it.

import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { Ballots, credit } from '../../engine/agents/ballots.ts';
import type { Strategy, View } from '../../engine/agents/contract.ts';
import { isForeseeable } from '../../engine/agents/foresight.ts';
import { Opinions } from '../../engine/agents/opinions.ts';
import type { SeatSpec } from '../../engine/agents/seat.ts';
import { Targets } from '../../engine/agents/targets.ts';
import { intervalOr } from '../../engine/interval.ts';
import { Kernel } from '../../engine/kernel.ts';
import { type Run, type RunInput, runDigest, runLoop } from '../../engine/research/backtest.ts';
import { randomWorld } from './random-world.ts';

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
  const run = runLoop({ ...input, ballots });
  credit(run.kernel.seats, ballots, run.kernel.decider.askedRow + 1);
  return run;
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
  if (analyze) strategy.analyze = (view, account) => earlier(view, () => analyze(view, account));
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
});
