// Purged k-fold and combinatorial purged cross-validation: every day is traded once a path, by searches that
// knew nothing of it. Counts are the book's (Lopez de Prado 2018, 12.3 and 12.4) and counted by hand.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOUR_MS } from '../../../engine/interval.ts';
import { gaussian, random } from '../../../engine/random.ts';
import {
  type CrossValidationOptions,
  crossValidationPlan,
  pathWindows,
  runCrossValidation,
} from '../../../engine/research/cross-validation.ts';
import type { RowRange } from '../../../engine/research/splits.ts';
import type { FoldRun, WalkForwardHand } from '../../../engine/research/walk-forward.ts';
import { moments } from '../../../engine/statistics/moments.ts';
import { performance } from '../../../engine/statistics/performance.ts';
import { START_MS } from '../../support/market.ts';

/** Hourly rows of so many days from a midnight. */
const hours = (days: number) => ({
  openMs: Float64Array.from({ length: 24 * days }, (_, i) => START_MS + i * HOUR_MS),
  intervalMs: HOUR_MS,
});
const NO_GAP = { purgeDays: 0, embargoDays: 0 };
const dayOf = (row: number) => row / 24;
const daysOf = ({ from, to }: RowRange) => [dayOf(from), dayOf(to)];

const EMPTY = performance({
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
  statistics: { ...EMPTY, maxDrawdown, trades: 1 },
  dailyReturns: Float64Array.from(returns),
  failure: null,
});

describe('a plan', () => {
  it.each([
    [6, 2, 15, 5],
    [6, 1, 6, 1],
    [10, 2, 45, 9],
    [5, 3, 10, 6],
  ])(
    'of %i folds of which %i are tested has %i splits and %i paths',
    (folds, testFolds, splits, paths) => {
      const plan = crossValidationPlan(hours(40), 0, { folds, testFolds, ...NO_GAP });
      expect([plan.splits.length, plan.paths.length]).toEqual([splits, paths]);
    },
  );

  it('purges either side of a test and embargoes what comes after', () => {
    // 12 days, 3 folds of 4: the middle one is tested.
    const options = { folds: 3, testFolds: 1, purgeDays: 1, embargoDays: 2 };
    const { splits, groups } = crossValidationPlan(hours(12), 0, options);
    expect(groups.map(({ test }) => daysOf(test))).toEqual([
      [0, 4],
      [4, 8],
      [8, 12],
    ]);
    expect(splits.map(({ train }) => train.map(daysOf))).toEqual([
      [[7, 12]],
      [
        [0, 3],
        [11, 12],
      ],
      [[0, 7]],
    ]);
  });

  const options = fc.record({
    days: fc.integer({ min: 12, max: 60 }),
    firstRow: fc.integer({ min: 0, max: 30 }),
    folds: fc.integer({ min: 2, max: 5 }),
    testFolds: fc.integer({ min: 1, max: 4 }),
    purgeDays: fc.integer({ min: 0, max: 3 }),
    embargoDays: fc.integer({ min: 0, max: 3 }),
  });

  it('lets no candle into training within the purge of a test, nor in the embargo after it', () => {
    let checked = 0;
    fc.assert(
      fc.property(options, ({ days, firstRow, ...given }) => {
        fc.pre(given.testFolds < given.folds);
        const columns = hours(days);
        let plan: ReturnType<typeof crossValidationPlan>;
        try {
          plan = crossValidationPlan(columns, firstRow, given);
        } catch (error) {
          // Nothing to train on, or too short: said in words, and no plan.
          expect(String(error)).toMatch(/--purge|--folds/);
          return;
        }
        checked++;
        const before = given.purgeDays * 24;
        const after = (given.purgeDays + given.embargoDays) * 24;
        for (const { train, testFolds } of plan.splits) {
          const tests = testFolds.map((group) => plan.groups[group]!.test);
          for (const piece of train) {
            expect(piece.from % 24).toBe(0);
            const rows = Array.from({ length: piece.to - piece.from }, (_, i) => piece.from + i);
            const known = rows.filter((row) => {
              return tests.some((test) => row >= test.from - before && row < test.to + after);
            });
            expect(known).toEqual([]);
          }
        }
      }),
      { seed: 21, numRuns: 60 },
    );
    expect(checked).toBeGreaterThan(30);
  });

  it('tests every candle of whole days once a path', () => {
    fc.assert(
      fc.property(options, ({ days, firstRow, ...given }) => {
        fc.pre(given.testFolds < given.folds);
        const plan = crossValidationPlan(hours(days), firstRow, { ...given, ...NO_GAP });
        const first = Math.ceil(firstRow / 24) * 24;
        for (const path of plan.paths) {
          const rows = path.flatMap((split, group) => {
            expect(plan.splits[split]!.testFolds).toContain(group);
            const { from, to } = plan.groups[group]!.test;
            return Array.from({ length: to - from }, (_, i) => from + i);
          });
          expect(rows).toEqual(Array.from({ length: 24 * days - first }, (_, i) => first + i));
        }
      }),
      { seed: 22, numRuns: 60 },
    );
  });

  it.each<[Partial<CrossValidationOptions>, number, RegExp]>([
    [{ folds: 9 }, 12, /--folds: must leave 2 days to each of 9 folds: the data have 12 days/],
    [{ folds: 3, testFolds: 3 }, 12, /--test-folds: must be below 3/],
    [{ purgeDays: -1 }, 12, /--purge: must be a whole number from 0/],
    [{ embargoDays: 0.5 }, 12, /--embargo: must be a whole number from 0/],
    [{ folds: 3, purgeDays: 8 }, 12, /--purge: must leave days to train on.*around fold 1/],
    [
      { folds: 20, testFolds: 10 },
      60,
      /--folds: must give at most|--folds: must make at most 1000/,
    ],
  ])('%j of %i days is refused in words', (given, days, message) => {
    const all = { folds: 4, testFolds: 1, ...NO_GAP, ...given };
    expect(() => crossValidationPlan(hours(days), 0, all)).toThrow(message);
  });

  it('is refused where a hole swallows a fold', () => {
    const whole = hours(20);
    const openMs = whole.openMs.filter((_, i) => i < 24 * 4 || i >= 24 * 11);
    const options = { folds: 5, testFolds: 1, ...NO_GAP };
    expect(() => crossValidationPlan({ ...whole, openMs }, 0, options)).toThrow(
      /fold 2 lies in a hole/,
    );
  });
});

describe('a cross-validation', () => {
  // Four folds of two days, two of them tested: 6 splits, 3 paths.
  const columns = hours(8);
  const plan = crossValidationPlan(columns, 0, { folds: 4, testFolds: 2, ...NO_GAP });

  /** Finds in split s the point s, whose day is worth s + 1 per cent, less on later folds. */
  const hand = (calls: string[] = []): WalkForwardHand => ({
    search: (_train, split) => {
      return { best: { point: { s: split }, run: runOf([0.02, 0.04]) }, trials: 3 };
    },
    run: ({ s }, { from }) => {
      calls.push(`${s} on ${dayOf(from)}`);
      const r = (Number(s) + 1) / 100;
      return runOf([r, -r / 2], -r / 2);
    },
  });

  it('puts together paths from the splits that tested each fold, by hand', () => {
    const calls: string[] = [];
    const result = runCrossValidation(columns, plan, hand(calls));
    // Splits test 01 02 03 12 13 23. Fold 0 was traded by splits 0 1 2, fold 1 by 0 3 4, and so on.
    expect(plan.paths).toEqual([
      [0, 0, 1, 2],
      [1, 3, 3, 4],
      [2, 4, 5, 5],
    ]);
    expect(calls).toHaveLength(12);
    const days = (...splits: number[]) => splits.flatMap((s) => [(s + 1) / 100, -(s + 1) / 200]);
    expect(result.paths.map(({ dailyReturns }) => [...dailyReturns])).toEqual([
      days(0, 0, 1, 2),
      days(1, 3, 3, 4),
      days(2, 4, 5, 5),
    ]);
    expect(result.paths[0]!.totalReturn).toBeCloseTo(
      1.01 * 0.995 * 1.01 * 0.995 * 1.02 * 0.99 * 1.03 * 0.985 - 1,
      12,
    );
    expect(result.splits.map(({ trials, point }) => [trials, point!['s']])).toEqual(
      [0, 1, 2, 3, 4, 5].map((s) => [3, s]),
    );
    // In sample 3 % a day; out of sample a quarter of (1 + ... + 6 twice each) / 12 = 0.875 %.
    expect(result.efficiency).toBeCloseTo(0.00875 / 0.03, 12);
    expect(result.worstDrawdown).toBeCloseTo(-0.03, 12);
    const windows = pathWindows(plan, result, 2);
    expect(windows.map(({ point }) => point!['s'])).toEqual([2, 4, 5, 5]);
  });

  it('spreads over paths, and judges the one in the middle', () => {
    const result = runCrossValidation(columns, plan, hand());
    const returns = result.paths.map(({ totalReturn }) => totalReturn);
    const { min, median, max, mean, notAbove0 } = result.totalReturn!;
    expect([min, median, max]).toEqual([...returns].sort((a, b) => a - b));
    expect(mean).toBeCloseTo((returns[0]! + returns[1]! + returns[2]!) / 3, 12);
    expect(notAbove0).toBe(0);
    const ratios = result.paths.map(({ sharpe }) => sharpe!);
    expect(ratios.filter((ratio) => ratio <= ratios[result.middle]!)).toHaveLength(2);
    // Of an even number of paths it is the worse of the two in the middle.
    const four = crossValidationPlan(hours(20), 0, { folds: 5, testFolds: 2, ...NO_GAP });
    const even = runCrossValidation(hours(20), four, hand());
    const better = even.paths.filter(({ sharpe }) => sharpe! > even.paths[even.middle]!.sharpe!);
    expect([even.paths.length, better.length]).toEqual([4, 2]);
  });

  it('trades a point once on a fold, however many splits found it', () => {
    const calls: string[] = [];
    const same = {
      ...hand(calls),
      search: () => ({ best: { point: { s: 0 }, run: runOf([0.01]) }, trials: 1 }),
    };
    const { paths } = runCrossValidation(columns, plan, same);
    expect(calls).toEqual(['0 on 0', '0 on 2', '0 on 4', '0 on 6']);
    expect(new Set(paths.map(({ totalReturn }) => totalReturn)).size).toBe(1);
  });

  it('has no spread where a run did not go through, and stands still where nothing was found', () => {
    const broken: FoldRun = { value: null, statistics: null, dailyReturns: null, failure: 'threw' };
    const failing = { ...hand(), run: () => broken };
    const failed = runCrossValidation(columns, plan, failing);
    expect([failed.sharpe, failed.totalReturn]).toEqual([null, null]);
    expect(failed.worstDrawdown).toBeNaN();
    const none = runCrossValidation(columns, plan, {
      ...hand(),
      search: () => ({ best: null, trials: 2 }),
    });
    expect(none.paths.map(({ totalReturn }) => totalReturn)).toEqual([0, 0, 0]);
    expect(none.sharpe).toBeNull();
  });
});

describe('a planted leak', () => {
  // A hundred worthless rules whose daily return remembers the six days before, as labels that overlap do: what
  // lies next to a test knows most of it, and of nothing else can be learnt.
  const MEMORY = 6;
  const DAYS = 72;
  const FOLDS = 12;
  const RULES = 100;
  const MARKETS = 100;

  /** Of each rule, the sum of its returns before each day. */
  function market(seed: number): Float64Array[] {
    const draw = random(seed, 'planted leak');
    return Array.from({ length: RULES }, () => {
      const news = Float64Array.from({ length: DAYS + MEMORY }, () => gaussian(draw));
      const sums = new Float64Array(DAYS + 1);
      let sum = news.subarray(0, MEMORY).reduce((a, b) => a + b, 0);
      for (let t = 0; t < DAYS; t++) {
        sum += news[t + MEMORY]!;
        sums[t + 1] = sums[t]! + sum;
        sum -= news[t]!;
      }
      return sums;
    });
  }

  /** Mean return of the tested days of a market. */
  function tested(rules: readonly Float64Array[], purgeDays: number): number {
    const columns = hours(DAYS);
    const division = { folds: FOLDS, testFolds: 1, purgeDays, embargoDays: 0 };
    const sumOf = (rule: number, { from, to }: RowRange) =>
      rules[rule]![dayOf(to)]! - rules[rule]![dayOf(from)]!;
    let total = 0;
    const hand: WalkForwardHand = {
      search: (train) => {
        const sums = rules.map((_, rule) => train.reduce((sum, one) => sum + sumOf(rule, one), 0));
        const rule = sums.indexOf(Math.max(...sums));
        return { best: { point: { rule }, run: runOf([0]) }, trials: RULES };
      },
      run: ({ rule }, rows) => {
        total += sumOf(Number(rule), rows);
        return runOf(Array(DAYS / FOLDS).fill(0));
      },
    };
    runCrossValidation(columns, crossValidationPlan(columns, 0, division), hand);
    return total / DAYS;
  }

  it('shines without a purge and not with one', () => {
    const markets = Array.from({ length: MARKETS }, (_, k) => market(500 + k));
    const inErrors = (purgeDays: number) => {
      const { mean, sd, count } = moments(markets.map((rules) => tested(rules, purgeDays)))!;
      return mean / (sd / Math.sqrt(count));
    };
    expect(inErrors(0)).toBeGreaterThan(4);
    expect(Math.abs(inErrors(MEMORY))).toBeLessThan(3);
  });
});
