// A trial over several pieces: each is the backtest of that piece alone, their returns are joined without the
// days between, and nothing of a test is known to training that lies after it.

import { describe, expect, it } from 'vitest';
import { HOUR_MS } from '../../../engine/interval.ts';
import { crossValidationPlan } from '../../../engine/research/cross-validation.ts';
import type { RowRange } from '../../../engine/research/splits.ts';
import { runJoined } from '../../../engine/research/sweep/joined-trial.ts';
import type { TrialOutcome } from '../../../engine/research/sweep/outcome.ts';
import { shareOfPieces, taskOf } from '../../../engine/research/sweep/plan.ts';
import { Slices } from '../../../engine/research/sweep/slice.ts';
import { runTrial, seatsOf, type TrialResult } from '../../../engine/research/sweep/trial.ts';
import { reachOf, sweepHand } from '../../../engine/research/verdict/search.ts';
import { alone, BOOK, type Room, roomOf, warmupOf } from './sweep-room.ts';

const SPEC = { parameters: { 'parameters.slow': { values: [10, 40] } } };
const POINT = { 'decision.parameters.slow': 10 };
const PIECES: readonly RowRange[] = [
  { from: 48, to: 144 },
  { from: 240, to: 360 },
];

function outcomes(room: Room, pieces = PIECES) {
  const tasks = pieces.map((rows, index) => taskOf(room.plan, index, POINT, rows));
  return {
    joined: runJoined(room.trials, tasks),
    parts: tasks.map((task) => runTrial(room.trials, task)),
  };
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

describe('a trial over two pieces', () => {
  const room = roomOf(SPEC);
  const { joined, parts } = outcomes(room);

  it('has the returns of both alone, day after day', () => {
    expect([...joined.dailyReturns!]).toHaveLength(9);
    [...joined.dailyReturns!].forEach((r, t) => {
      const own = parts.flatMap(({ dailyReturns }) => [...dailyReturns!]);
      expect(r).toBeCloseTo(own[t]!, 12);
    });
  });

  it('carries equity over: growth multiplies, and money of the second is scaled by the first', () => {
    const [a, b] = parts.map(({ statistics }) => statistics!);
    const cash = room.plan.config.world.cashUsd;
    const growth = 1 + a!.totalReturn;
    const all = joined.statistics!;
    expect(all.totalReturn).toBeCloseTo(growth * (1 + b!.totalReturn) - 1, 12);
    expect(all.finalEquityUsd).toBeCloseTo(cash * growth * (1 + b!.totalReturn), 6);
    expect(all.trades).toBe(a!.trades + b!.trades);
    for (const name of ['feesUsd', 'slippageUsd', 'fundingUsd'] as const) {
      expect(all[name]).toBeCloseTo(a![name] + growth * b![name], 8);
    }
    expect(all.exposureTime).toBeCloseTo((a!.exposureTime * 96 + b!.exposureTime * 120) / 216, 12);
    // No deeper than the deeper of both and what both fell together.
    expect(all.maxDrawdown).toBeLessThanOrEqual(Math.min(a!.maxDrawdown, b!.maxDrawdown));
    expect(all.days).toBe(9);
    // Nine days, not the thirteen from the first to the last.
    expect(all.cagr).toBeCloseTo((1 + all.totalReturn) ** (365 / 9) - 1, 9);
  });

  it('is judged by any objective, a function too, on what is joined', () => {
    const seen: TrialResult[] = [];
    const evaluate = (result: TrialResult) => {
      seen.push(result);
      return result.equityUsd.at(-1)!;
    };
    const objectives = [{ name: 'objective', goal: 'max' as const, evaluate }];
    const own = { ...room, trials: { ...room.trials, objectives } };
    const tasks = PIECES.map((rows, index) => taskOf(own.plan, index, POINT, rows));
    const found = runJoined(own.trials, tasks);
    expect(found.values).toEqual([joined.statistics!.finalEquityUsd]);
    expect(seen).toHaveLength(1);
    const { closeMs, trades } = seen[0]!;
    expect(closeMs).toHaveLength(216);
    const steps = new Set(closeMs.slice(1).map((ms, i) => ms - closeMs[i]!));
    // Hours, and the hole of nine hours in BTC that ETH bridges: no step over the days between.
    expect(Math.max(...steps)).toBe(HOUR_MS);
    expect(trades).toHaveLength(joined.statistics!.trades);
  });

  it('names the point and no range in its config, and has no digest to be compared', () => {
    expect(joined.config!.decision.parameters['slow']).toBe(10);
    expect(joined.config!.world).toEqual(room.plan.config.world);
    expect([joined.digest, joined.decisionDigest]).toEqual([null, null]);
  });

  it('of one piece is that trial, digests and all', () => {
    const single = outcomes(room, [PIECES[0]!]);
    expect(single.joined).toEqual(single.parts[0]);
  });

  it('fails where a piece fails, and says how', () => {
    const config = { decision: { strategy: 'thrower' } };
    const failing = roomOf({ parameters: { 'risk.maxPositionFraction': { values: [0.1, 0.2] } } });
    const trials = {
      ...failing.trials,
      config: {
        ...failing.plan.config,
        decision: { ...failing.plan.config.decision, ...config.decision },
      },
    };
    const plan = { ...failing.plan, config: trials.config };
    const tasks = PIECES.map((rows, index) => taskOf(plan, index, {}, rows));
    const found = runJoined(trials, tasks);
    expect(found).toMatchObject({ status: 'failed', code: 'run-failed', values: [null] });
    expect(found.message).toMatch(/no luck/);
  });

  it('gives halving the first share of all its rows', () => {
    expect(shareOfPieces(PIECES, 0.25)).toEqual([{ from: 48, to: 102 }]);
    expect(shareOfPieces(PIECES, 0.5)).toEqual([PIECES[0], { from: 240, to: 252 }]);
    expect(shareOfPieces(PIECES, 1)).toEqual(PIECES);
    expect(sum(shareOfPieces(PIECES, 1e-9).map(({ from, to }) => to - from))).toBe(1);
  });
});

describe('training around a test', () => {
  // Five folds of five days; slow EMAs of 40 hours reach two days back.
  const division = { folds: 5, testFolds: 1, embargoDays: 0 };

  /** Values of all trials of a split's search, with the candles of its test as they are or bent. */
  function searched(purgeDays: number, split: number, isBent: boolean): (number | null)[] {
    const room = roomOf(SPEC);
    const { columns, firstRow } = room.plan;
    const { splits, groups } = crossValidationPlan(columns, firstRow, { ...division, purgeDays });
    const { test } = groups[split]!;
    const legs = columns.legs.map((leg) => {
      const bent = Object.entries(leg.candles).map(([name, column]) => [
        name,
        (column as Float64Array).map((x, i) => {
          return name === 'openMs' || i < test.from || i >= test.to ? x : 1.1 * x;
        }),
      ]);
      return { ...leg, candles: Object.fromEntries(bent) as typeof leg.candles };
    });
    const own = isBent ? { ...columns, legs } : columns;
    const values: (number | null)[] = [];
    const hand = sweepHand(
      { ...room.plan, columns: own },
      { ...room.trials, slices: new Slices(own) },
      room.sweep,
      (_, outcome: TrialOutcome) => values.push(outcome.values[0]!),
    );
    hand.search(splits[split]!.train, split);
    return values;
  }

  it('knows nothing of it: other candles there change no trial of the search', () => {
    for (const split of [0, 2, 4]) {
      expect(searched(2, split, true)).toEqual(searched(2, split, false));
    }
  });

  it('would know of it without a purge, by the warm-up of what comes after', () => {
    expect(searched(0, 2, true)).not.toEqual(searched(0, 2, false));
  });

  it('is purged by the longest warm-up of the space, and by the longest trade', () => {
    const room = roomOf(SPEC);
    const told: TrialOutcome[] = [];
    const reach = reachOf(room.plan, room.trials, room.sweep, (_, one) => told.push(one));
    const { run } = alone(room.plan.config);
    const longest = run.kernel.trades
      .closed(0)
      .reduce((most, { entryMs, exitMs }) => Math.max(most, exitMs - entryMs), 0);
    expect(told).toHaveLength(1);
    expect(longest).toBeGreaterThan(0);
    expect(reach.longestTradeMs).toBe(longest);
    // The slower of both EMAs of the space, both legs by the hour.
    const decision = { ...room.plan.config.decision, parameters: { slow: 40 } };
    const { seats } = seatsOf(decision, BOOK);
    const candles = warmupOf({ ...room.plan.config, decision }, seats, HOUR_MS);
    expect(candles).toBeGreaterThanOrEqual(40);
    expect(reach.warmupMs).toBe(candles * HOUR_MS);
  });
});
