// The probability that choosing the best backtest was overfitting: combinatorially symmetric
// cross-validation. Bailey, Borwein, Lopez de Prado & Zhu, The Probability of Backtest
// Overfitting, Journal of Computational Finance 20/4 (2017).
//
//   rows   | b1 | b2 | ... | bS |     every choice of S/2 blocks is in sample once, the rest is out
//   best trial in sample --> its rank out of sample, w = rank / (N + 1) --> logit = ln(w / (1 - w))
//
// PBO is the share of choices in which the chosen trial came out at the median or below it.

import { InputError, type Problem } from '../errors.ts';
import { isSound, type TrialMatrix } from './trial-matrix.ts';

export interface OverfittingOptions {
  /** S: even, 2 to 20; 16 gives 12,870 splits. */
  readonly blocks?: number;
  /** Per period; `sharpe` is mean / sd (n - 1). */
  readonly metric?: 'sharpe' | 'mean';
}

/** NaN throughout (and no splits) when the input is not finite or too short: never a pass. */
export interface BacktestOverfitting {
  /** Share of logits <= 0: 0 robust, about 0.5 noise. */
  readonly pbo: number;
  /** Share of logits exactly 0, which count as overfit: the median rank of an odd N, or ties. */
  readonly atMedian: number;
  /** C(S, S/2). */
  readonly splits: number;
  /** Share of splits in which the chosen trial lost money (metric < 0) out of sample. */
  readonly lossProbability: number;
  /** Least squares of the chosen trial's metric out of sample on that in sample; < 0 = decay. */
  readonly slope: number;
  readonly intercept: number;
  /** One number a split, splits in lexicographic order of the blocks in sample. */
  readonly logits: Float64Array;
  readonly inSample: Float64Array;
  readonly outOfSample: Float64Array;
}

/**
 * PBO over the returns of ALL trials. Rows beyond a multiple of S are dropped at the start. Ties:
 * the first of equally good trials is chosen, equal ranks are averaged, and a rank exactly at the
 * median (which an odd number of trials has) counts as overfit; `atMedian` says how often. A trial
 * that stood still in a half has a Sharpe ratio of 0 there. One pass makes sums per block; a split
 * then costs trials x blocks. Throws InputError for an unusable S; NaN below 2 trials, or when a
 * half has fewer than 2 rows (a metric that needs a spread) or a value is not finite.
 */
export function backtestOverfitting(
  matrix: TrialMatrix,
  { blocks = 16, metric = 'sharpe' }: OverfittingOptions = {},
): BacktestOverfitting {
  const problems: Problem[] = [];
  if (!(Number.isInteger(blocks) && blocks >= 2 && blocks <= 20 && blocks % 2 === 0)) {
    problems.push({ key: 'blocks', rule: 'must be an even number from 2 to 20', value: blocks });
  }
  if (metric !== 'sharpe' && metric !== 'mean') {
    problems.push({ key: 'metric', rule: 'must be sharpe or mean', value: metric });
  }
  if (problems.length > 0) throw new InputError(problems);
  const { trials, rows } = matrix;
  const blockRows = Math.floor(rows / blocks);
  const halfRows = (blockRows * blocks) / 2;
  if (trials < 2 || blockRows < 1 || halfRows < 2 || !isSound(matrix)) return nothing();

  const sums = blockSums(matrix, blocks, blockRows);
  const splits = splitCount(blocks);
  const logits = new Float64Array(splits);
  const inSample = new Float64Array(splits);
  const outOfSample = new Float64Array(splits);
  const scoreIn = new Float64Array(trials);
  const scoreOut = new Float64Array(trials);
  const isSharpe = metric === 'sharpe';
  let overfit = 0;
  let tied = 0;
  let losses = 0;
  let isDefined = true;
  forEachHalf(sums, trials, blocks, (split, chosen, rest) => {
    if (!scores(chosen, halfRows, isSharpe, scoreIn)) isDefined = false;
    if (!scores(rest, halfRows, isSharpe, scoreOut)) isDefined = false;
    let best = 0;
    for (let k = 1; k < trials; k++) if (scoreIn[k]! > scoreIn[best]!) best = k;
    const own = scoreOut[best]!;
    let below = 0;
    let equal = 0;
    for (let k = 0; k < trials; k++) {
      if (scoreOut[k]! < own) below++;
      else if (scoreOut[k] === own) equal++;
    }
    const rank = below + (equal + 1) / 2;
    inSample[split] = scoreIn[best]!;
    outOfSample[split] = own;
    logits[split] = rankLogit(rank, trials);
    if (logits[split]! <= 0) overfit++;
    if (logits[split] === 0) tied++;
    if (own < 0) losses++;
  });
  // A score without a value (a line that rises with no spread) would win or lose by accident.
  if (!isDefined) return nothing();
  return {
    pbo: overfit / splits,
    atMedian: tied / splits,
    splits,
    lossProbability: losses / splits,
    ...line(inSample, outOfSample),
    logits,
    inSample,
    outOfSample,
  };
}

/** ln(w / (1 - w)) with w = rank / (N + 1): rank 1 is the worst, N the best, exactly 0 midway. */
export function rankLogit(rank: number, trials: number): number {
  return Math.log(rank / (trials + 1 - rank));
}

/** C(blocks, blocks / 2). */
export function splitCount(blocks: number): number {
  let count = 1;
  for (let i = 1; i <= blocks / 2; i++) count = (count * (blocks / 2 + i)) / i;
  return Math.round(count);
}

/** Sum and sum of squares: [(block * trials + trial) * 2], the block-wise half of every split. */
function blockSums({ trials, rows, values }: TrialMatrix, blocks: number, blockRows: number) {
  const sums = new Float64Array(2 * blocks * trials);
  const start = rows - blocks * blockRows;
  for (let block = 0; block < blocks; block++) {
    for (let k = 0; k < trials; k++) {
      let sum = 0;
      let squares = 0;
      const from = k * rows + start + block * blockRows;
      for (let at = from; at < from + blockRows; at++) {
        const x = values[at]!;
        sum += x;
        squares += x * x;
      }
      sums[2 * (block * trials + k)] = sum;
      sums[2 * (block * trials + k) + 1] = squares;
    }
  }
  return sums;
}

/**
 * Visits every choice of half the blocks in lexicographic order with the sums of both halves. The
 * sums of a choice's first blocks are kept per depth, so that most of them are not added again.
 */
function forEachHalf(
  sums: Float64Array,
  trials: number,
  blocks: number,
  visit: (split: number, chosen: Float64Array, rest: Float64Array) => void,
): void {
  const half = blocks / 2;
  const width = 2 * trials;
  const chosen = Array.from({ length: half + 1 }, () => new Float64Array(width));
  const rest = Array.from({ length: half + 1 }, () => new Float64Array(width));
  const tail = new Float64Array(width);
  let split = 0;
  const add = (to: Float64Array, from: Float64Array, block: number) => {
    const base = block * width;
    for (let i = 0; i < width; i++) to[i] = from[i]! + sums[base + i]!;
  };
  const choose = (depth: number, from: number, skipped: Float64Array) => {
    if (depth === half) {
      tail.set(skipped);
      for (let block = from; block < blocks; block++) add(tail, tail, block);
      visit(split++, chosen[half]!, tail);
      return;
    }
    const own = rest[depth]!;
    own.set(skipped);
    for (let block = from; block <= blocks - half + depth; block++) {
      add(chosen[depth + 1]!, chosen[depth]!, block);
      choose(depth + 1, block + 1, own);
      add(own, own, block);
    }
  };
  choose(0, 0, rest[half]!);
}

/** Writes every trial's score of one half; false when one is not defined. */
function scores(sums: Float64Array, rows: number, isSharpe: boolean, out: Float64Array): boolean {
  let isDefined = true;
  for (let k = 0; k < out.length; k++) {
    const mean = sums[2 * k]! / rows;
    out[k] = mean;
    if (!isSharpe) continue;
    const squares = sums[2 * k + 1]!;
    const spread = squares - rows * mean * mean;
    // Below this share the difference is rounding: the trial rose by the same amount every day.
    if (spread > 1e-12 * squares) out[k] = mean / Math.sqrt(spread / (rows - 1));
    else if (mean !== 0) isDefined = false;
  }
  return isDefined;
}

function line(x: Float64Array, y: Float64Array): { slope: number; intercept: number } {
  let meanX = 0;
  let meanY = 0;
  for (let i = 0; i < x.length; i++) {
    meanX += x[i]! / x.length;
    meanY += y[i]! / x.length;
  }
  let xx = 0;
  let xy = 0;
  for (let i = 0; i < x.length; i++) {
    xx += (x[i]! - meanX) ** 2;
    xy += (x[i]! - meanX) * (y[i]! - meanY);
  }
  const slope = xx > 0 ? xy / xx : Number.NaN;
  return { slope, intercept: meanY - slope * meanX };
}

function nothing(): BacktestOverfitting {
  const none = new Float64Array(0);
  const numbers = { pbo: NaN, atMedian: NaN, splits: 0, lossProbability: NaN };
  return {
    ...numbers,
    slope: NaN,
    intercept: NaN,
    logits: none,
    inSample: none,
    outOfSample: none,
  };
}
