// What is learned from trades: whose they were, what a weight becomes, and that nothing of it depends
// on how a run is driven.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { creditTrade, shareOf } from '../../../engine/agents/credit.ts';
import { Learning } from '../../../engine/agents/learning.ts';
import type { Remembered } from '../../../engine/agents/memory.ts';
import { Seat } from '../../../engine/agents/seat.ts';
import { TrackRecorder } from '../../../engine/agents/track-record.ts';
import { Weighting, type WeightingConfig } from '../../../engine/agents/weighting.ts';
import { Digest } from '../../../engine/digest.ts';
import { defineStrategy } from '../../../engine/index.ts';
import { HOUR_MS } from '../../../engine/interval.ts';
import { MutablePortfolioView } from '../../../engine/kernel/portfolio-view.ts';
import { MarketState, STATE_SIZE } from '../../../engine/market/state.ts';
import { type Run, runDigest, runEvents, runLoop } from '../../../engine/research/backtest.ts';
import { collect } from '../../../engine/research/collect.ts';
import { runRecalled } from '../../../engine/research/sweep/recall.ts';
import { Shelf } from '../../../engine/research/sweep/shelf.ts';
import { START_MS } from '../../support/market.ts';
import { configOf, LABELS, runOf, seat } from '../../support/run.ts';
import { learningWorld, randomWorld } from '../random-world.ts';
import { clockwork, plantedPanel } from './planted.ts';

const LONG = process.env['SAPPHIRE_LONG'] === '1';

describe('credit for a trade', () => {
  it('adds up to its P&L to the last bit, in any order, and is in proportion to the shares', () => {
    const pnl = fc.oneof(
      fc.double({ min: -1e9, max: 1e9, noNaN: true }),
      fc.constantFrom(0, 5e-324, -1e-300, 0.1, -1 / 3, 1e15 + 0.3),
    );
    const shares = fc.array(
      fc.oneof(fc.constant(0), fc.double({ min: 1e-6, max: 100, noNaN: true })),
      {
        minLength: 1,
        maxLength: 8,
      },
    );
    const property = fc.property(pnl, shares, fc.infiniteStream(fc.nat()), (usd, list, order) => {
      const credits = new Float64Array(list.length);
      const total = list.reduce((sum, share) => sum + share, 0);
      expect(creditTrade(usd, list, credits)).toBe(total > 0);
      if (total === 0) return;
      const sum = [...credits]
        .map((credit) => ({ credit, at: order.next().value as number }))
        .sort((a, b) => a.at - b.at)
        .reduce((all, { credit }) => all + credit, 0);
      expect(sum).toBe(usd + 0);
      list.forEach((share, k) => {
        if (share === 0) expect(credits[k]).toBe(0);
        else if (Math.abs(usd) > 1e-200) {
          expect(Math.abs(credits[k]! - (usd * share) / total)).toBeLessThanOrEqual(
            1e-11 * Math.abs(usd),
          );
        }
      });
    });
    fc.assert(property, { seed: 41, numRuns: LONG ? 100_000 : 3000 });
  });

  it('goes to those who voted for it, by confidence x weight', () => {
    expect([shareOf(0.5, 2, 1), shareOf(-0.5, 2, 1), shareOf(Number.NaN, 2, 1)]).toEqual([1, 0, 0]);
    expect(shareOf(-0.5, 2, -1)).toBe(1);
  });

  it('of all agents is the P&L of all closed trades of a run', () => {
    let trades = 0;
    for (let seed = 0; seed < 8; seed++) {
      const input = learningWorld(seed);
      const { facts } = collect(runLoop(input), input.config, 0, LABELS);
      const credited = facts.agents.reduce((sum, { pnlUsd }) => sum + pnlUsd, 0);
      const earned = facts.symbols.reduce((sum, { pnlUsd }) => sum + pnlUsd, 0);
      expect(credited).toBeCloseTo(earned, 8);
      trades += facts.statistics.trades;
    }
    expect(trades).toBeGreaterThan(50);
  });
});

describe('a track record', () => {
  it('is what one works out by hand', () => {
    const recorder = new TrackRecorder();
    recorder.add(0.9, 0.04);
    recorder.add(0.95, -0.01);
    recorder.add(0.7, 0.02);
    recorder.add(1, 0);
    const { brier, expectancy, averageWin, averageLoss, ...counts } = recorder.record();
    expect(counts).toMatchObject({ trades: 4, wins: 2 });
    // (0.1² + 0.95² + 0.3² + 1²) / 4.
    expect(brier).toBeCloseTo((0.01 + 0.9025 + 0.09 + 1) / 4, 12);
    expect(expectancy).toBeCloseTo(0.0125, 12);
    expect(averageWin).toBeCloseTo(0.03, 12);
    expect(averageLoss).toBeCloseTo(-0.005, 12);
    expect(counts.calibration).toEqual([
      { from: 0.7, trades: 1, wins: 1, meanConfidence: 0.7 },
      { from: 0.9, trades: 3, wins: 1, meanConfidence: (0.9 + 0.95 + 1) / 3 },
    ]);
  });

  it('says nothing of trades that there are not', () => {
    expect(new TrackRecorder().record()).toEqual({
      trades: 0,
      wins: 0,
      averageWin: null,
      averageLoss: null,
      expectancy: null,
      brier: null,
      calibration: [],
    });
  });
});

describe('a weight', () => {
  const config = (changes: Partial<WeightingConfig>): WeightingConfig => ({
    weighting: 'static',
    minTrades: 2,
    performance: { rate: 1, smoothing: 0.5, least: 0.5, most: 1.2 },
    sigmoid: { steepness: 3, midpoint: 0.35 },
    ...changes,
  });

  it('stays what the config says where weighting is static', () => {
    const weighting = new Weighting(config({}), [0.25]);
    for (let k = 0; k < 50; k++) weighting.closed(0, -0.5);
    expect(weighting.weightOf(0, 1)).toBe(0.25);
  });

  it('grows and shrinks exponentially with the mean return, within bounds, after enough trades', () => {
    const weighting = new Weighting(config({ weighting: 'performance' }), [2, 2]);
    weighting.closed(0, 0.002);
    expect(weighting.weightOf(0, 1)).toBe(2);
    // Means of per cents 0.2 and 0 by halves: 0.1, then 0.05.
    weighting.closed(0, 0);
    expect(weighting.weightOf(0, 0.3)).toBeCloseTo(2 * Math.exp(0.05), 12);
    weighting.closed(0, 0.9);
    expect(weighting.weightOf(0, 1)).toBeCloseTo(2.4, 12);
    weighting.closed(0, Number.NaN);
    expect(weighting.weightOf(0, 1)).toBe(1);
    expect(weighting.weightOf(1, 1)).toBe(2);
  });

  it('of a model is never more than a person gave it', () => {
    const weighting = new Weighting(config({ weighting: 'performance' }), [2, 2], [true, false]);
    for (let k = 0; k < 3; k++) for (const seat of [0, 1]) weighting.closed(seat, 0.05);
    expect([weighting.weightOf(0, 1), weighting.weightOf(1, 1)]).toEqual([2, 2.4]);
    for (let k = 0; k < 9; k++) weighting.closed(0, -0.05);
    expect(weighting.weightOf(0, 1)).toBe(1);
  });

  it('is the sigmoid of confidence x win rate, which is 0 before there is a record', () => {
    const weighting = new Weighting(config({ weighting: 'sigmoid' }), [1]);
    // 1 / (1 + e^1.05) = 0.259: what the original gives to a fresh agent, whatever it says.
    expect(weighting.weightOf(0, 0.9)).toBeCloseTo(0.2592, 4);
    expect(weighting.weightOf(0, 0.1)).toBeCloseTo(0.2592, 4);
    weighting.closed(0, 0.1);
    expect(weighting.weightOf(0, 0.9)).toBeCloseTo(0.2592, 4);
    weighting.closed(0, 0.1);
    expect(weighting.weightOf(0, 0.85)).toBeCloseTo(1 / (1 + Math.exp(-1.5)), 12);
  });
});

const digestsOf = ({ kernel }: Run) => [runDigest(kernel), kernel.desk.decisions.hex()];

describe('what is learned', () => {
  it('is the same whichever way a run is driven, and where votes are looked up', () => {
    let remembered = 0;
    let different = 0;
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), (seed) => {
        const input = learningWorld(seed);
        const run = runLoop(input);
        remembered += run.kernel.learning?.memory?.added ?? 0;
        const plain = configOf({
          ...input.config,
          decision: {
            ...input.config.decision,
            memory: { ...input.config.decision.memory, enabled: false },
            consensus: { ...input.config.decision.consensus, weighting: 'static' },
          },
        });
        if (runDigest(runLoop({ ...input, config: plain }).kernel) !== digestsOf(run)[0])
          different++;
        expect(digestsOf(runEvents(input))).toEqual(digestsOf(run));
        // The second time what was said is looked up.
        expect(digestsOf(runRecalled(input, new Shelf()))).toEqual(digestsOf(run));
        expect(digestsOf(runRecalled(input, new Shelf()))).toEqual(digestsOf(run));
      }),
      { seed: 7, numRuns: LONG ? 400 : 25 },
    );
    expect(remembered).toBeGreaterThan(100);
    expect(different).toBeGreaterThan(5);
  }, 120_000);

  it('is nothing, and changes nothing, where weights are static and memory is off', () => {
    const input = randomWorld(3, { solo: false });
    expect(runLoop(input).kernel.learning).toBeNull();
  });

  it('never keeps a position open: an opposite vote counts as it was given', () => {
    // The buyer has lost before whenever it looked like this; the seller has no past at all.
    const panel = plantedPanel(1, 1200, true);
    const run = runOf(panel, [clockwork], {
      decision: { memory: { enabled: true }, risk: { allowShort: false } },
    });
    const exits = run.kernel.trades.closed();
    expect(exits.length).toBeGreaterThan(5);
    // Every trade ends eight candles later, at the seller's vote.
    for (const { entryRow, exitRow } of exits) expect(exitRow - entryRow).toBe(8);
  });

  it('lets nobody in for want of belief in the others: who leads then is judged as well', () => {
    // Buyers lead with 0.45 against 0.4. Whenever it looked like this, either side lost.
    const judged = (sides: readonly (1 | -1)[]) => {
      const learning = learned(sides.flatMap((side) => new Array(30).fill(side)));
      learning.judge(0, 200, Float64Array.of(1.9, -1.8));
      return { side: learning.side, score: +learning.score.toFixed(9), ...learning.counts };
    };
    expect(judged([])).toMatchObject({ side: 1, score: 0.45, recalled: 0 });
    // 0.9 / 2 x the least factor, 0.5; the seller has no past, and leads.
    expect(judged([1])).toMatchObject({ side: -1, score: 0.4, recalled: 1 });
    const both = judged([1, -1]);
    expect(both).toMatchObject({ asked: 1, recalled: 1, keptOut: 1, letIn: 0 });
    expect(both.score).toBeLessThan(0.3);
  });

  it('is told of the votes for an entry alone: of an exit it has no say', () => {
    const run = runOf(plantedPanel(1, 1200, true), [clockwork, believer], {
      decision: {
        memory: { enabled: true },
        consensus: { actThreshold: 0.3 },
        risk: { allowShort: false },
      },
    });
    const origins = run.kernel.trades.origins();
    const tellsOf = (reasons: Readonly<Record<string, string>>) =>
      Object.keys(reasons).filter((id) => reasons[id]!.includes('memory x'));
    const entries = origins.flatMap(({ entry }) => tellsOf(entry.reasons));
    expect(entries.filter((id) => id === 'believer').length).toBeGreaterThan(3);
    // It stands for the position still, and was outvoted at full weight.
    const outvoted = origins.filter(({ exit }) => exit.votes['believer']! > 0);
    expect(outvoted.length).toBeGreaterThan(3);
    expect(outvoted.flatMap(({ exit }) => tellsOf(exit.reasons))).toEqual([]);
  });

  it('is shown to an agent that reads memory, and to no other', () => {
    const seen: (number | null)[] = [];
    const reader = defineStrategy({
      ...clockwork,
      name: 'reader',
      reads: 'memory',
      analyze: (view, portfolio) => {
        if (view.i % 48 === 0) seen.push(view.memory?.similar(1)?.evidence ?? null);
        return clockwork.analyze!(view, portfolio);
      },
    });
    const given = {
      decision: { memory: { enabled: true, effect: 0 }, risk: { allowShort: false } },
    };
    runOf(plantedPanel(2, 2400, false), [reader], given);
    expect(seen[2]).toBeNull();
    expect(seen.at(-1)).toBeGreaterThan(1);
    const blind = defineStrategy({
      ...clockwork,
      analyze: (view, portfolio) => {
        expect(view.memory).toBeNull();
        return clockwork.analyze!(view, portfolio);
      },
    });
    runOf(plantedPanel(2, 600, false), [blind], given);
  });
});

/** Two agents over a market, and what both remember: losses of these sides that looked like row 200. */
function learned(sides: readonly (1 | -1)[]): Learning {
  const panel = plantedPanel(1, 240, false);
  const { decision } = configOf({
    decision: { memory: { enabled: true }, consensus: { actThreshold: 0.3 } },
  });
  const state = new Float64Array(STATE_SIZE);
  new MarketState(panel, HOUR_MS).read(0, 200, state);
  const remembered = sides.map((side): Remembered => {
    return {
      ...{ symbol: 'A', side, decidedMs: START_MS, exitMs: START_MS, returnFraction: -0.01 },
      ...{ exitReason: 'signal', votes: { ann: 1, ben: 1 }, state: Array.from(state) },
    };
  });
  // What usually happens is not what happens here: each side has won elsewhere.
  const won = sides.map((side): Remembered => {
    const [one] = remembered;
    return { ...one!, side, returnFraction: 0.01, state: Array.from(state, (x) => x + 9) };
  });
  const seats = ['ann', 'ben'].map((id) => {
    return new Seat(panel, HOUR_MS, { ...seat(clockwork), id }, new MutablePortfolioView());
  });
  const parts = { decision, panel, decisionMs: HOUR_MS, seats, digest: new Digest() };
  return new Learning({ ...parts, isFree: () => true, remembered: [...won, ...remembered] });
}

/** Buys with `clockwork`, and would buy again where that one sells. */
const believer = defineStrategy({
  name: 'believer',
  analyze: (view) => view.vote(view.i % 8 === 0 && view.i % 48 < 9 ? 'BUY' : 'HOLD', 0.1),
});
