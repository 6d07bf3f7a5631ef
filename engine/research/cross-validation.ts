// Purged k-fold and combinatorial purged cross-validation of a search: every day is traded by points that
// were found without it. Lopez de Prado, Advances in Financial Machine Learning (2018): purging 7.4.1,
// embargo 7.4.2, combinatorial splits and their paths 12.3 to 12.4.
//
//   groups   | 0 | 1 | 2 | 3 | 4 | 5 |     a split tests k of N; there are C(N, k), and paths k/N C(N, k)
//   split    |===p|test|p e|====p|test|p e|=      = searched on   p purged   e embargo, after a test only
//   path     group g of path p was traded by the search of split paths[p][g]
//
// What that means for a trading rule, whose every row depends on those before:
// - Groups begin at UTC midnight. A search runs each piece of training alone, from flat, and joins the
//   returns (sweep/joined-trial.ts); what is open at the end of a piece is marked there, so that no trade
//   of training ever lasts into a test.
// - Purged are the days on either side of a test that what is known on a day may reach over: warm-up of
//   indicators (training after a test must not read it) and how long trades last, whichever is longer.
// - The embargo is for what neither covers, the market's own memory: more days after each test.
// - A tested group is traded from flat too, with warm-up from the rows before it, as a fold of a
//   walk-forward is; so training may lie after a test, but never knows it.

import { InputError, type Problem } from '../errors.ts';
import { moments, quantile } from '../statistics/moments.ts';
import { combinatorialPurged, type RowRange } from './splits.ts';
import type { PanelColumns } from './sweep/slice.ts';
import { type Point, pointKey } from './sweep/space.ts';
import {
  type DayRange,
  dayGrid,
  deepestOf,
  efficiencyOf,
  type FoldRun,
  LEAST_DAYS,
  type Stitched,
  stitch,
  type WalkForwardHand,
  type Window,
} from './walk-forward.ts';

export interface CrossValidationOptions {
  /** N: groups of days, 2 or more. */
  readonly folds: number;
  /** k: groups that a split tests, 1 (purged k-fold) to N - 1. */
  readonly testFolds: number;
  /** Days left out of training on either side of a test, from 0. */
  readonly purgeDays: number;
  /** More days left out after a test, from 0. */
  readonly embargoDays: number;
}

export interface SplitPlan {
  /** Groups that are tested, ascending. */
  readonly testFolds: readonly number[];
  /** Rows that are searched on, ascending, not touching. */
  readonly train: readonly RowRange[];
}

export interface CrossValidationPlan {
  readonly days: DayRange;
  readonly groups: readonly Window[];
  /** In lexicographic order of the groups that they test. */
  readonly splits: readonly SplitPlan[];
  /** Path p takes group g from split `paths[p][g]`. */
  readonly paths: readonly (readonly number[])[];
}

export interface Split extends SplitPlan {
  /** Null = nothing was found, and nothing traded. */
  readonly point: Point | null;
  /** Trials of the search. */
  readonly trials: number;
  readonly inSample: FoldRun | null;
  /** One for each of `testFolds`. */
  readonly outOfSample: readonly (FoldRun | null)[];
}

/** A statistic over all paths; every value is finite. */
export interface PathSpread {
  readonly min: number;
  /** Type-7 quantiles. */
  readonly p25: number;
  readonly median: number;
  readonly p75: number;
  readonly max: number;
  readonly mean: number;
  /** Divisor n - 1; 0 for a single path. */
  readonly sd: number;
  /** Share of paths that are not above 0. */
  readonly notAbove0: number;
}

export interface CrossValidation {
  readonly splits: readonly Split[];
  /** One history of all days a path. */
  readonly paths: readonly Stitched[];
  /** The path in the middle by Sharpe ratio, of two the worse: what is judged. */
  readonly middle: number;
  /** Annual Sharpe ratio and total return over paths; null where one has none. */
  readonly sharpe: PathSpread | null;
  readonly totalReturn: PathSpread | null;
  /** Mean daily return out of sample over that in sample, of all splits; NaN as in a walk-forward. */
  readonly efficiency: number;
  /** Deepest drawdown inside one tested group of any split; NaN when a run did not go through. */
  readonly worstDrawdown: number;
}

/** Searches that one machine may be expected to make. */
const MOST_SEARCHES = 1000;

/**
 * Groups, splits and paths over rows from `firstRow`. Groups differ by a day at most. Throws InputError,
 * by names of flags, for settings out of range, too few days, and a purge that leaves nothing.
 */
export function crossValidationPlan(
  columns: Pick<PanelColumns, 'openMs' | 'intervalMs'>,
  firstRow: number,
  { folds, testFolds, purgeDays, embargoDays }: CrossValidationOptions,
): CrossValidationPlan {
  const { days, row } = dayGrid(columns, firstRow);
  const count = days.to - days.from;
  if (Number.isInteger(folds) && folds > 1 && Math.floor(count / folds) < LEAST_DAYS) {
    const rule = `must leave ${LEAST_DAYS} days to each of ${folds} folds: the data have ${count} days`;
    throw new InputError({ key: '--folds', rule, value: folds });
  }
  const found = namingFlags(() => {
    const labels = { labelRows: purgeDays, embargoRows: embargoDays };
    return combinatorialPurged({ rows: count, folds, testFolds, ...labels });
  });
  if (found.splits.length > MOST_SEARCHES) {
    const rule = `must make at most ${MOST_SEARCHES} splits: every one is a search of its own`;
    throw new InputError({ key: '--folds', rule, value: `${found.splits.length} splits` });
  }
  const rowsOf = ({ from, to }: DayRange): RowRange => {
    return { from: row(days.from + from), to: row(days.from + to) };
  };
  const hasRows = ({ from, to }: RowRange) => to > from;
  const groups = found.folds.map((range): Window => {
    const testDays = { from: days.from + range.from, to: days.from + range.to };
    return { test: rowsOf(range), testDays };
  });
  const hole = groups.findIndex(({ test }) => !hasRows(test));
  if (hole >= 0) {
    const rule = `must leave candles in every fold: fold ${hole + 1} lies in a hole of the data`;
    throw new InputError({ key: '--folds', rule, value: folds });
  }
  const splits = found.splits.map(({ train }, k): SplitPlan => {
    return { testFolds: found.testFolds[k]!, train: train.map(rowsOf).filter(hasRows) };
  });
  const empty = splits.find(({ train }) => train.length === 0);
  if (empty !== undefined) {
    const names = empty.testFolds.map((fold) => fold + 1).join(' and ');
    const rule =
      `must leave days to train on: nothing is left around fold ${names} without ${purgeDays} days on ` +
      `either side and ${embargoDays} more after it`;
    throw new InputError({ key: '--purge', rule, value: purgeDays });
  }
  return { days, groups, splits, paths: found.paths };
}

const FLAGS: Readonly<Record<string, string>> = {
  rows: '--folds',
  folds: '--folds',
  testFolds: '--test-folds',
  labelRows: '--purge',
  embargoRows: '--embargo',
};

/** Problems of the splitting code, by the names that a person typed. */
function namingFlags<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const problems: Problem[] = error.problems.map((one) => {
      return { ...one, key: FLAGS[one.key] ?? one.key };
    });
    throw new InputError(problems);
  }
}

/** Searches each split and trades what it tests. `onSplit` is told as soon as one is done. */
export function runCrossValidation(
  columns: Pick<PanelColumns, 'openMs' | 'intervalMs'>,
  { groups, splits: plans, paths: choices }: CrossValidationPlan,
  hand: WalkForwardHand,
  onSplit?: (split: Split, index: number) => void,
): CrossValidation {
  // Many splits find the same point: a group is traded by each of them once.
  const known = new Map<string, FoldRun>();
  const traded = (point: Point, group: number): FoldRun => {
    const key = `${group} ${pointKey(point)}`;
    const run = known.get(key) ?? hand.run(point, groups[group]!.test);
    known.set(key, run);
    return run;
  };
  const splits = plans.map((plan, k): Split => {
    const { best, trials } = hand.search(plan.train, k);
    const outOfSample = plan.testFolds.map((group) => {
      return best === null ? null : traded(best.point, group);
    });
    const found = { point: best?.point ?? null, inSample: best?.run ?? null };
    const split = { ...plan, ...found, trials, outOfSample };
    onSplit?.(split, k);
    return split;
  });
  const paths = choices.map((path) => stitch(columns, runsOf(splits, path), groups));
  const tested = splits.flatMap(({ outOfSample }) => outOfSample);
  return {
    splits,
    paths,
    middle: middleOf(paths),
    sharpe: spreadOver(paths.map(({ sharpe }) => sharpe)),
    totalReturn: spreadOver(paths.map(({ totalReturn }) => totalReturn)),
    efficiency: efficiencyOf(
      splits.map(({ inSample }) => inSample?.dailyReturns ?? null),
      paths.map(({ dailyReturns }) => dailyReturns),
    ),
    worstDrawdown: deepestOf(tested),
  };
}

/** The run of every group on a path. */
function runsOf(splits: readonly Split[], path: readonly number[]): (FoldRun | null)[] {
  return path.map((at, group) => {
    const { testFolds, outOfSample } = splits[at]!;
    return outOfSample[testFolds.indexOf(group)]!;
  });
}

/** Groups of a path, each with the point that traded it. */
export function pathWindows(
  { groups, paths }: CrossValidationPlan,
  { splits }: CrossValidation,
  path: number,
): (Window & Pick<Split, 'point'>)[] {
  return groups.map((group, g) => ({ ...group, point: splits[paths[path]![g]!]!.point }));
}

/** The lower median by Sharpe ratio: a path that at least half of all are no worse than. */
function middleOf(paths: readonly Stitched[]): number {
  const rank = (path: number) => {
    const { sharpe } = paths[path]!;
    return sharpe === null || !Number.isFinite(sharpe) ? Number.NEGATIVE_INFINITY : sharpe;
  };
  const order = paths.map((_, path) => path);
  // Two infinities have no difference: compared, not subtracted.
  order.sort((a, b) => (rank(a) === rank(b) ? a - b : rank(a) < rank(b) ? -1 : 1));
  return order[Math.floor((order.length - 1) / 2)]!;
}

/** Null where a path has no value: a spread over the others would be of those that went well. */
function spreadOver(values: readonly (number | null)[]): PathSpread | null {
  const known = values.filter((value) => value !== null && Number.isFinite(value)) as number[];
  if (known.length < values.length || known.length === 0) return null;
  const sample = moments(known);
  const at = (share: number) => quantile(known, share)!;
  return {
    min: at(0),
    p25: at(0.25),
    median: at(0.5),
    p75: at(0.75),
    max: at(1),
    mean: sample?.mean ?? known[0]!,
    sd: sample?.sd ?? 0,
    notAbove0: known.filter((value) => !(value > 0)).length / known.length,
  };
}
