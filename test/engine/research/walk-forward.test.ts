// Walk-forward: windows that touch and never overlap in what they trade, runs that are backtests alone,
// and a stitched history that no later day can reach back into.

import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS } from '../../../engine/interval.ts';
import type { TrialOutcome } from '../../../engine/research/sweep/outcome.ts';
import { Slices } from '../../../engine/research/sweep/slice.ts';
import {
  holdingReturns,
  stressedRuns,
  sweepHand,
} from '../../../engine/research/verdict/search.ts';
import { doubledCosts, lateByOne } from '../../../engine/research/verdict/stress.ts';
import {
  type FoldRun,
  foldPlans,
  runWalkForward,
  stitch,
  type WalkForwardHand,
} from '../../../engine/research/walk-forward.ts';
import { performance } from '../../../engine/statistics/performance.ts';
import { dailyReturns } from '../../../engine/statistics/returns.ts';
import { START_MS } from '../../support/market.ts';
import { alone, ROWS, type Room, roomOf } from './sweep-room.ts';

/** Hourly rows of so many days from a midnight. */
const hours = (days: number) => ({
  openMs: Float64Array.from({ length: 24 * days }, (_, i) => START_MS + i * HOUR_MS),
  intervalMs: HOUR_MS,
});
const START_DAY = START_MS / DAY_MS;
const THREE = { folds: 3, train: 2, anchored: false };

const flat = performance({
  closeMs: new Float64Array(0),
  equityUsd: new Float64Array(0),
  length: 0,
  cashUsd: 1,
  trades: [],
  rowsInMarket: 0,
  tradedNotionalUsd: 0,
  feesUsd: 0,
  slippageUsd: 0,
  fundingUsd: 0,
});
const runOf = (returns: readonly number[], maxDrawdown = 0): FoldRun => ({
  value: 1,
  statistics: { ...flat, maxDrawdown, trades: 2 },
  dailyReturns: new Float64Array(returns),
  failure: null,
});

describe('windows', () => {
  it('roll: each trains on the rows right before the ones it trades', () => {
    // 21 days in windows of 4: 2 + 3 of them, the first day left over.
    const plans = foldPlans(hours(21), 0, THREE);
    const days = plans.map(({ train, test }) => [train.from, train.to, test.from, test.to]);
    expect(days.map((list) => list.map((row) => row / 24))).toEqual([
      [1, 9, 9, 13],
      [5, 13, 13, 17],
      [9, 17, 17, 21],
    ]);
    expect(plans[0]!.testDays).toEqual({ from: START_DAY + 9, to: START_DAY + 13 });
  });

  it('anchored: each trains on everything before', () => {
    const plans = foldPlans(hours(21), 0, { ...THREE, anchored: true });
    expect(plans.map(({ train }) => [train.from / 24, train.to / 24])).toEqual([
      [0, 9],
      [0, 13],
      [0, 17],
    ]);
  });

  it('begin at midnight, and leave out what comes before the first one', () => {
    const [first] = foldPlans(hours(22), 5, { folds: 1, train: 1, anchored: true });
    expect(first!.train.from).toBe(24);
  });

  it('are refused in words when the data are too short', () => {
    expect(() => foldPlans(hours(9), 0, THREE)).toThrow(
      /--folds: must leave 2 days to each of 5 windows.*the data have 9 days/,
    );
    expect(() => foldPlans(hours(9), 0, { folds: 0, train: 1.5, anchored: false })).toThrow(
      /--folds[\s\S]*--train/,
    );
  });

  it('are refused where a hole swallows one', () => {
    const whole = hours(20);
    const openMs = whole.openMs.filter((_, i) => i < 24 * 9 || i >= 24 * 17);
    expect(() => foldPlans({ ...whole, openMs }, 0, THREE)).toThrow(/lies in a hole/);
  });
});

describe('a walk-forward', () => {
  const columns = hours(20);
  const plans = foldPlans(columns, 0, THREE);

  it('trades each window with the point found right before it', () => {
    const calls: string[] = [];
    const hand: WalkForwardHand = {
      search: ([{ to }], fold) => {
        calls.push(`search to ${to / 24}`);
        return { best: { point: { k: fold }, run: runOf([0.01, 0.03]) }, trials: 5 };
      },
      run: ({ k }, { from }) => {
        calls.push(`run ${k} from ${from / 24}`);
        return runOf([0.01, -0.02, 0, 0.03], -0.1 * (Number(k) + 1));
      },
    };
    const { folds, stitched, efficiency, worstDrawdown } = runWalkForward(columns, plans, hand);
    expect(calls).toEqual([
      'search to 8',
      'run 0 from 8',
      'search to 12',
      'run 1 from 12',
      'search to 16',
      'run 2 from 16',
    ]);
    expect(folds.map(({ point, trials }) => [point, trials])).toEqual([
      [{ k: 0 }, 5],
      [{ k: 1 }, 5],
      [{ k: 2 }, 5],
    ]);
    expect(stitched.totalReturn).toBeCloseTo((1.01 * 0.98 * 1.03) ** 3 - 1, 12);
    expect(stitched.maxDrawdown).toBeCloseTo(-0.02, 12);
    expect([...stitched.dailyReturns.slice(4, 8)]).toEqual([0.01, -0.02, 0, 0.03]);
    expect(stitched.trades).toBe(6);
    // 0.5 % a day out of sample, 2 % in sample.
    expect(efficiency).toBeCloseTo(0.25, 12);
    expect(worstDrawdown).toBeCloseTo(-0.3, 12);
  });

  it('stands still where nothing was found, and after ruin', () => {
    const { dailyReturns: days, growth } = stitch(
      columns,
      [null, runOf([0.5, -1]), runOf([1, 1, 1, 1])],
      plans,
    );
    expect([...days]).toEqual([0, 0, 0, 0, 0.5, -1, 0, 0, 0, 0, 0, 0]);
    expect([...growth]).toEqual([1, 1, 1, 1, 1.5, 0, 0, 0, 0, 0, 0, 0]);
  });

  it('is no number where a run did not go through, so that no gate passes it', () => {
    const broken: FoldRun = { value: null, statistics: null, dailyReturns: null, failure: 'threw' };
    const hand: WalkForwardHand = {
      search: () => ({ best: { point: {}, run: runOf([0.1]) }, trials: 1 }),
      run: (_, { from }) => (from === 12 * 24 ? broken : runOf([0.01])),
    };
    const { stitched, worstDrawdown } = runWalkForward(columns, plans, hand);
    expect([...stitched.dailyReturns.slice(4, 8)]).toEqual([NaN, NaN, NaN, NaN]);
    expect(worstDrawdown).toBeNaN();
  });
});

describe('a walk-forward by trials', () => {
  const SPEC = { parameters: { 'parameters.slow': { values: [10, 40] } } };
  const options = { folds: 4, train: 2, anchored: false };
  const walk = (room: Room) => {
    const told: TrialOutcome[] = [];
    const hand = sweepHand(room.plan, room.trials, room.sweep, (_, one) => told.push(one));
    const plans = foldPlans(room.plan.columns, room.plan.firstRow, options);
    const result = runWalkForward(room.plan.columns, plans, hand);
    return { told, plans, result };
  };

  it('tells every trial, and trades the better point of each search', () => {
    const { told, result } = walk(roomOf(SPEC));
    expect(told).toHaveLength(4 * (2 + 1));
    result.folds.forEach(({ inSample, trials }, k) => {
      const searched = told.slice(3 * k, 3 * k + 2).map(({ values }) => values[0]!);
      expect(trials).toBe(2);
      expect(inSample!.value).toBe(Math.max(...searched));
    });
  });

  it('has runs that are backtests of their window alone, warm-up and all', () => {
    const room = roomOf(SPEC);
    const { told, plans, result } = walk(room);
    const { openMs } = room.plan.columns;
    result.folds.forEach(({ outOfSample, test }, k) => {
      const { config } = told[3 * k + 2]!;
      const { run, firstRow } = alone(config!);
      const rows = run.kernel.row - firstRow;
      const closeMs = openMs.slice(test.from, test.to).map((ms) => ms + HOUR_MS);
      const equity = run.kernel.equityUsd.subarray(firstRow, run.kernel.row);
      expect(rows).toBe(test.to - test.from);
      const own = dailyReturns(closeMs, equity, rows, config!.world.cashUsd);
      expect(Array.from(outOfSample!.dailyReturns!)).toEqual(Array.from(own));
      expect(own).toHaveLength(plans[k]!.testDays.to - plans[k]!.testDays.from);
    });
  });

  it('says the same when it is run again', () => {
    const [a, b] = [walk(roomOf(SPEC)), walk(roomOf(SPEC))];
    expect(a.result).toEqual(b.result);
  });

  it('does not depend on days after a window', () => {
    const room = roomOf(SPEC);
    const { result } = walk(room);
    const { columns } = room.plan;
    const last = result.folds[3]!.test.from;
    const legs = columns.legs.map((leg) => {
      const bent = Object.entries(leg.candles).map(([name, column]) => [
        name,
        (column as Float64Array).map((x, i) => (name === 'openMs' || i < last ? x : 1.1 * x)),
      ]);
      return { ...leg, candles: Object.fromEntries(bent) as typeof leg.candles };
    });
    const bent = { ...columns, legs };
    const plan = { ...room.plan, columns: bent };
    const other = walk({ ...room, plan, trials: { ...room.trials, slices: new Slices(bent) } });
    expect(other.result.folds.slice(0, 3)).toEqual(result.folds.slice(0, 3));
    expect(other.result.folds[3]!.point).toEqual(result.folds[3]!.point);
    expect(other.result.folds[3]!.outOfSample).not.toEqual(result.folds[3]!.outOfSample);
  });

  it('pays twice as much under doubled costs, and fills a candle later under latency', () => {
    const room = roomOf(SPEC);
    const { result } = walk(room);
    const told: TrialOutcome[] = [];
    const runs = (worsen: Parameters<typeof stressedRuns>[3]) =>
      stressedRuns(room.plan, room.trials, result.folds, worsen, (_, one) => told.push(one));
    const dear = runs(doubledCosts) as FoldRun[];
    const late = runs(lateByOne) as FoldRun[];
    expect(told).toHaveLength(8);
    result.folds.forEach(({ outOfSample }, k) => {
      const { feesUsd, slippageUsd } = outOfSample!.statistics!;
      const paid = dear[k]!.statistics!;
      // The same orders but for a slightly smaller account to size them on.
      expect(paid.feesUsd / feesUsd).toBeCloseTo(2, 1);
      expect(paid.slippageUsd / slippageUsd).toBeCloseTo(2, 1);
      expect(late[k]!.dailyReturns).not.toEqual(outOfSample!.dailyReturns);
    });
    expect(told.at(-1)!.config!.world.latency.entry).toMatchObject({
      model: 'constant',
      ms: HOUR_MS,
    });
  });

  it('has a benchmark that compounds to the price change of its legs', () => {
    const { plan } = roomOf(SPEC);
    const rows = { from: 240, to: ROWS };
    const returns = Array.from(holdingReturns(plan.columns, rows));
    const changes = plan.columns.legs.map(({ candles: { close } }) => {
      return close[ROWS - 1]! / close[rows.from]!;
    });
    const mean = changes.reduce((a, b) => a + b, 0) / changes.length;
    expect(returns.reduce((g, r) => g * (1 + r), 1)).toBeCloseTo(mean, 10);
  });
});
