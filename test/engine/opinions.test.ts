// Claims about answers that are looked up instead of asked for: nothing of a run changes by it.

import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { Strategy, View } from '../../engine/agents/contract.ts';
import { isRecallable, Opinions, quietRows } from '../../engine/agents/opinions.ts';
import type { SeatSpec } from '../../engine/agents/seat.ts';
import { Kernel } from '../../engine/kernel.ts';
import { type Run, type RunInput, runDigest, runLoop } from '../../engine/research/backtest.ts';
import { randomWorld } from './random-world.ts';

const LONG = process.env['SAPPHIRE_LONG'] === '1';

/** The same run with seats that write down, then with seats that look up and rows that are passed over. */
function recalled(input: RunInput): { readonly first: Run; readonly again: Run } {
  const seats = input.seats.map((seat) => ({ ...seat, opinions: new Opinions(input.panel) }));
  const first = runLoop({ ...input, seats });
  for (const { opinions } of seats) opinions.isWhole = true;
  const opinions = seats.map((seat) => seat.opinions);
  const quiet = quietRows(input.panel, opinions, input.config.decision.interval);
  return { first, again: runLoop({ ...input, seats, quiet }) };
}

/** The seat with a strategy that changes its mind every ninth row only. */
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
  const strategy: { -readonly [K in keyof Strategy]: Strategy[K] } = { ...seat.strategy };
  if (analyze) strategy.analyze = (view, account) => earlier(view, () => analyze(view, account));
  if (decide) strategy.decide = (view) => earlier(view, () => decide(view));
  return { ...seat, strategy };
}

/** Rows that a run which looks up does not look at. */
function restedRows(input: RunInput): number {
  let rows = 0;
  const { rest } = Kernel.prototype;
  const watched = vi.spyOn(Kernel.prototype, 'rest').mockImplementation(function (
    this: Kernel,
    to: number,
  ) {
    rows += to - this.row;
    return rest.call(this, to);
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
    let rested = 0;
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), (seed) => {
        const world = randomWorld(seed, { solo: seed % 2 === 0, stops: seed % 3 === 0 });
        const input = { ...world, seats: world.seats.map(slow) };
        if (!input.seats.every(({ strategy }) => isRecallable(strategy))) return;
        const plain = runLoop(input);
        if (plain.kernel.standing.isHalted) return;
        compared++;
        rested += restedRows(input);
        const { first, again } = recalled(input);
        expect(figuresOf(first)).toEqual(figuresOf(plain));
        expect(figuresOf(again)).toEqual(figuresOf(plain));
      }),
      { numRuns: LONG ? 2000 : 120, seed: 20261121 },
    );
    expect(compared).toBeGreaterThan(LONG ? 800 : 40);
    expect(rested).toBeGreaterThan(20 * compared);
  });
});
