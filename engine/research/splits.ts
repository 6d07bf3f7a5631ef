// How history is divided into what may be learnt from and what judges: walk-forward windows, purged
// k-fold and combinatorial purged cross-validation. Rows are in time order, ranges are half-open.
// Lopez de Prado, Advances in Financial Machine Learning (2018), ch. 7 and 12.
//
//   a row's label reaches h rows ahead, so a training row is purged when [i, i + h] meets the label
//   of a test row; after a test, `embargo` more rows are left out of training.
//
//   train train (purged) [ test ] (label's end)(embargo) train train

import { InputError, type Problem } from '../errors.ts';

/** Rows from `from` up to, not including, `to`. */
export interface RowRange {
  readonly from: number;
  readonly to: number;
}

export interface WalkForwardSplit {
  readonly train: RowRange;
  readonly test: RowRange;
}

export interface CrossValidationSplit {
  /** Ascending, not touching; empty when purging left nothing. */
  readonly train: readonly RowRange[];
  readonly test: readonly RowRange[];
}

export interface WalkForwardOptions {
  readonly rows: number;
  /** Rows of the (first, when anchored) training window, from 1. */
  readonly train: number;
  /** Rows of each test window, from 1. */
  readonly test: number;
  /** Rows between the starts of two windows; the test's length when left out. */
  readonly step?: number;
  /** Rows left out between training and test (a label's reach), from 0. */
  readonly purge?: number;
  /** True: training always starts at row 0 and grows; false: it rolls. */
  readonly anchored?: boolean;
}

/** Windows in time order; only whole test windows. Throws InputError when not even one fits. */
export function walkForward(options: WalkForwardOptions): WalkForwardSplit[] {
  const { rows, train, test, step = test, purge = 0, anchored = false } = options;
  const problems = wholes({ rows, train, test, step }, 1).concat(wholes({ purge }, 0));
  if (problems.length === 0 && train + purge + test > rows) {
    const rule = `must hold at least one window of ${train} + ${purge} + ${test} rows`;
    problems.push({ key: 'rows', rule, value: rows });
  }
  if (problems.length > 0) throw new InputError(problems);
  const splits: WalkForwardSplit[] = [];
  for (let start = 0; start + train + purge + test <= rows; start += step) {
    const end = start + train;
    splits.push({
      train: { from: anchored ? 0 : start, to: end },
      test: { from: end + purge, to: end + purge + test },
    });
  }
  return splits;
}

/**
 * Walk-forward efficiency (Pardo, The Evaluation and Optimization of Trading Strategies, 2008):
 * annualised return out of sample over that in sample. NaN unless the latter is above 0: a ratio
 * of two losses would look like a success.
 */
export function walkForwardEfficiency(inSampleAnnual: number, outOfSampleAnnual: number): number {
  const ratio = outOfSampleAnnual / inSampleAnnual;
  const isDefined = inSampleAnnual > 0 && Number.isFinite(inSampleAnnual);
  return isDefined && Number.isFinite(ratio) ? ratio : Number.NaN;
}

export interface CrossValidationOptions {
  readonly rows: number;
  /** k folds, or N groups: 2 to rows. The first rows mod k of them are one row longer. */
  readonly folds: number;
  /** h: rows that a row's label reaches ahead, from 0. */
  readonly labelRows?: number;
  /** Rows kept out of training after a test, as a fraction of all rows, 0 to below 1. */
  readonly embargoFraction?: number;
  /** The same as rows, from 0; the fraction is left aside then. */
  readonly embargoRows?: number;
}

/** k splits, each fold once the test. Throws InputError for unusable options. */
export function purgedKFold(options: CrossValidationOptions): readonly CrossValidationSplit[] {
  return combinatorialPurged({ ...options, testFolds: 1 }).splits;
}

export interface CombinatorialSplits {
  /** C(N, k), in lexicographic order of the test groups. */
  readonly splits: readonly CrossValidationSplit[];
  /** Test groups of each split, ascending. */
  readonly testFolds: readonly (readonly number[])[];
  /** The rows of each group. */
  readonly folds: readonly RowRange[];
  /** k/N C(N, k) whole histories: path p takes its group g from split `paths[p][g]`. */
  readonly paths: readonly (readonly number[])[];
}

/** The most splits that are listed; beyond it the choice of N and k is a slip. */
const MOST_SPLITS = 100_000;

/**
 * Combinatorial purged cross-validation: every choice of `testFolds` (k, 1 to N - 1) of the N
 * groups is once the test. Throws InputError for unusable options, all problems at once.
 */
export function combinatorialPurged(
  options: CrossValidationOptions & { readonly testFolds: number },
): CombinatorialSplits {
  const { rows, folds, testFolds, labelRows = 0, embargoFraction = 0 } = options;
  const { embargoRows = Math.floor(rows * embargoFraction) } = options;
  const problems = wholes({ rows, testFolds }, 1)
    .concat(wholes({ folds }, 2))
    .concat(wholes({ labelRows }, 0))
    .concat(options.embargoRows === undefined ? [] : wholes({ embargoRows }, 0));
  if (folds > rows) problems.push({ key: 'folds', rule: `must be at most ${rows}`, value: folds });
  if (testFolds >= folds) {
    problems.push({ key: 'testFolds', rule: `must be below ${folds}`, value: testFolds });
  }
  if (!(embargoFraction >= 0 && embargoFraction < 1)) {
    const rule = 'must be 0 to below 1';
    problems.push({ key: 'embargoFraction', rule, value: embargoFraction });
  }
  if (problems.length === 0 && combinations(folds, testFolds) > MOST_SPLITS) {
    const rule = `must give at most ${MOST_SPLITS} splits`;
    problems.push({ key: 'folds', rule, value: combinations(folds, testFolds) });
  }
  if (problems.length > 0) throw new InputError(problems);

  const groups = equalRanges(rows, folds);
  const chosen = choices(folds, testFolds);
  const splits = chosen.map((list) => {
    const test = joined(list.map((group) => groups[group]!));
    return { test, train: trainingRows(rows, test, labelRows, embargoRows) };
  });
  const paths = Array.from({ length: (splits.length * testFolds) / folds }, () =>
    new Array<number>(folds).fill(-1),
  );
  const used = new Array<number>(folds).fill(0);
  chosen.forEach((list, split) => {
    for (const group of list) paths[used[group]!++]![group] = split;
  });
  return { splits, testFolds: chosen, folds: groups, paths };
}

function trainingRows(
  rows: number,
  test: readonly RowRange[],
  labelRows: number,
  embargo: number,
): RowRange[] {
  const train: RowRange[] = [];
  let from = 0;
  for (const { from: start, to: end } of test) {
    // i + h >= start meets the first test row; i <= end - 1 + h meets the last label.
    if (start - labelRows > from) train.push({ from, to: start - labelRows });
    from = end + labelRows + embargo;
  }
  if (from < rows) train.push({ from, to: rows });
  return train;
}

function equalRanges(rows: number, folds: number): RowRange[] {
  const size = Math.floor(rows / folds);
  const longer = rows % folds;
  const startOf = (fold: number) => fold * size + Math.min(fold, longer);
  return Array.from({ length: folds }, (_, i) => ({ from: startOf(i), to: startOf(i + 1) }));
}

/** Neighbouring ranges in one piece, so that nothing is purged between two tests. */
function joined(ranges: readonly RowRange[]): RowRange[] {
  const out: RowRange[] = [];
  for (const range of ranges) {
    const last = out.at(-1);
    if (last?.to === range.from) out[out.length - 1] = { from: last.from, to: range.to };
    else out.push(range);
  }
  return out;
}

/** Every ascending choice of `size` of 0 .. count - 1, in lexicographic order. */
function choices(count: number, size: number): number[][] {
  const out: number[][] = [];
  const list = Array.from({ length: size }, (_, i) => i);
  for (;;) {
    out.push([...list]);
    let at = size - 1;
    while (at >= 0 && list[at] === count - size + at) at--;
    if (at < 0) return out;
    list[at]!++;
    for (let i = at + 1; i < size; i++) list[i] = list[i - 1]! + 1;
  }
}

function combinations(count: number, size: number): number {
  let product = 1;
  for (let i = 1; i <= size; i++) product = (product * (count - size + i)) / i;
  return Math.round(product);
}

function wholes(values: Readonly<Record<string, number>>, least: number): Problem[] {
  return Object.entries(values)
    .filter(([, value]) => !(Number.isInteger(value) && value >= least))
    .map(([key, value]) => ({ key, rule: `must be a whole number from ${least}`, value }));
}
