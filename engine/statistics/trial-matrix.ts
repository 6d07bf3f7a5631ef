// The returns of many trials side by side: what every test against luck reads. One row of the
// matrix is one trial, one column one UTC day; a trial that failed or never traded is a row too.
//
//   values   | trial 0: day 0 day 1 ... | trial 1: day 0 day 1 ... | ...

import { InputError } from '../errors.ts';
import type { Column } from '../market/column.ts';

/** `values[trial * rows + row]`, as fractions per period; rows in time order. */
export interface TrialMatrix {
  readonly trials: number;
  readonly rows: number;
  readonly values: Float64Array;
}

/** Copies columns, one a trial. Throws InputError when there are none or their lengths differ. */
export function trialMatrix(columns: readonly Column[]): TrialMatrix {
  const rows = columns[0]?.length ?? 0;
  const problems = columns.flatMap((column, k) =>
    column.length === rows
      ? []
      : [{ key: `trials[${k}]`, rule: `must have ${rows} rows`, value: column.length }],
  );
  if (columns.length === 0) problems.push({ key: 'trials', rule: 'must be at least 1', value: 0 });
  if (problems.length > 0) throw new InputError(problems);
  const values = new Float64Array(columns.length * rows);
  columns.forEach((column, k) => {
    for (let t = 0; t < rows; t++) values[k * rows + t] = column[t]!;
  });
  return { trials: columns.length, rows, values };
}

/** Each trial less its own share of a benchmark, row by row: what White's and Hansen's tests are asked about. */
export function lessShares(
  matrix: TrialMatrix,
  benchmark: Column,
  shares: ArrayLike<number>,
): TrialMatrix {
  const { trials, rows } = matrix;
  if (benchmark.length !== rows) {
    const rule = `must have ${rows} rows`;
    throw new InputError({ key: 'benchmark', rule, value: benchmark.length });
  }
  const values = matrix.values.slice();
  for (let k = 0; k < trials; k++) {
    for (let t = 0; t < rows; t++) values[k * rows + t]! -= shares[k]! * benchmark[t]!;
  }
  return { trials, rows, values };
}

/** One trial's row of the matrix, not a copy. */
export function trialOf({ rows, values }: TrialMatrix, trial: number): Float64Array {
  return values.subarray(trial * rows, (trial + 1) * rows);
}

/** True when no value is NaN or infinite and the matrix has the size that it says. */
export function isSound({ trials, rows, values }: TrialMatrix): boolean {
  return values.length === trials * rows && trials > 0 && values.every(Number.isFinite);
}

/** Mean of each trial. */
export function meansOf({ trials, rows, values }: TrialMatrix): Float64Array {
  const means = new Float64Array(trials);
  for (let k = 0; k < trials; k++) {
    let sum = 0;
    for (let t = 0, at = k * rows; t < rows; t++) sum += values[at + t]!;
    means[k] = sum / rows;
  }
  return means;
}

/** How many weightings `weightedSums` works on in one pass over the matrix. */
export const LANES = 4;

/**
 * `sums[LANES * trial + lane]` = sum over rows of value x `weights[LANES * row + lane]`: one read
 * of the matrix serves four resamples, which is what makes a thousand of them cheap.
 */
export function weightedSums(
  { trials, rows, values }: TrialMatrix,
  weights: Float64Array,
  sums: Float64Array,
): void {
  for (let k = 0; k < trials; k++) {
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (let t = 0, at = k * rows, w = 0; t < rows; t++, at++, w += LANES) {
      const x = values[at]!;
      a += x * weights[w]!;
      b += x * weights[w + 1]!;
      c += x * weights[w + 2]!;
      d += x * weights[w + 3]!;
    }
    sums[LANES * k] = a;
    sums[LANES * k + 1] = b;
    sums[LANES * k + 2] = c;
    sums[LANES * k + 3] = d;
  }
}
