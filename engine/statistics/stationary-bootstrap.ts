// The stationary bootstrap: a series is resampled in runs of geometric length, on a circle, so that
// what hangs together in time (a volatile week, a trend) stays together. Politis & Romano, The
// Stationary Bootstrap, JASA 89 (1994). A resample is a list of row indices, so that one drawing
// serves every trial, and every symbol of a panel, at once.

import { InputError, type Problem } from '../errors.ts';
import { type Random, random } from '../random.ts';

/** Fills `rows` with the row indices of the next resample. */
export type Resampler = (rows: Uint32Array) => void;

/** How a resampling is done. */
export interface Resampling {
  /** Number of resamples, a whole number from 1. */
  readonly resamples: number;
  /** The same seed gives the same resamples on every machine. */
  readonly seed: number;
  /** Mean run length in rows, from 1; automatic (block-length.ts) when it is left out. */
  readonly meanBlock?: number | undefined;
}

/**
 * One resample of `count` rows: the first index is floor(u n); then with probability `restart`
 * (= 1 / mean run length) a new floor(u n), else the next row, row 0 after the last.
 */
export function stationaryIndices(
  rows: Uint32Array,
  count: number,
  restart: number,
  draw: Random,
): void {
  let at = Math.floor(draw() * count);
  for (let t = 0; t < rows.length; t++) {
    if (t > 0) {
      if (draw() < restart) at = Math.floor(draw() * count);
      else if (++at === count) at = 0;
    }
    rows[t] = at;
  }
}

/** A seeded resampler of `count` rows with runs of `meanBlock` rows on average. */
export function stationaryResampler(count: number, meanBlock: number, seed: number): Resampler {
  requireBlock(meanBlock);
  const draw = random(seed, 'stationary-bootstrap');
  return (rows) => stationaryIndices(rows, count, 1 / meanBlock, draw);
}

/** A resampler that hands out the given lists in order: for known answers. Throws past the last. */
export function listedResampler(lists: readonly ArrayLike<number>[]): Resampler {
  let next = 0;
  return (rows) => {
    const list = lists[next++];
    if (list === undefined || list.length !== rows.length) {
      const rule = `must be ${rows.length} indices`;
      throw new InputError({ key: `resamples[${next - 1}]`, rule, value: list?.length });
    }
    rows.set(list);
  };
}

/** Throws InputError, all problems at once, unless the settings can be carried out. */
export function requireResampling({ resamples, seed, meanBlock }: Resampling): void {
  const problems: Problem[] = [];
  if (!(Number.isInteger(resamples) && resamples >= 1)) {
    problems.push({ key: 'resamples', rule: 'must be a whole number from 1', value: resamples });
  }
  if (!Number.isFinite(seed)) {
    problems.push({ key: 'seed', rule: 'must be a finite number', value: seed });
  }
  if (meanBlock !== undefined && !isBlock(meanBlock)) problems.push(blockProblem(meanBlock));
  if (problems.length > 0) throw new InputError(problems);
}

function requireBlock(meanBlock: number): void {
  if (!isBlock(meanBlock)) throw new InputError(blockProblem(meanBlock));
}

function isBlock(meanBlock: number): boolean {
  return meanBlock >= 1 && Number.isFinite(meanBlock);
}

function blockProblem(meanBlock: number): Problem {
  return { key: 'meanBlock', rule: 'must be a finite number of rows from 1', value: meanBlock };
}
