// The probability of backtest overfitting: the vectors and cases, a slow version written the way
// the paper reads, and noise.

import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../../engine/errors.ts';
import {
  backtestOverfitting,
  rankLogit,
  splitCount,
} from '../../../engine/statistics/backtest-overfitting.ts';
import { sharpe } from '../../../engine/statistics/ratios.ts';
import { type TrialMatrix, trialMatrix } from '../../../engine/statistics/trial-matrix.ts';
import { byRows, lcg, lcgNormal, noise, ofDays } from './generators.ts';

const LONG = process.env['SAPPHIRE_LONG'] === '1';
const VECTORS = new URL('../../../../shared/vectors/pbo_cscv.json', import.meta.url);
const CASES = new URL('../../../../shared/cases/overfit_dsr_pbo.json', import.meta.url);
const absent = !existsSync(VECTORS) || !existsSync(CASES);
const vectors = absent ? [] : JSON.parse(readFileSync(VECTORS, 'utf8')).vectors;
const cases = absent ? [] : JSON.parse(readFileSync(CASES, 'utf8')).pbo.cases;
const vector = (id: string) => vectors.find((v: { id: string }) => v.id === id);

const mean = (list: readonly number[]) => list.reduce((a, b) => a + b, 0) / list.length;

describe.skipIf(absent)('overfitting by ../shared/vectors (skipped without them)', () => {
  it('splits sixteen blocks in 12,870 ways', () => {
    const { inputs, expected } = vector('n_combinations_S16');
    expect(splitCount(inputs.S)).toBe(expected);
  });

  it('has the noise of the linear congruential generator', () => {
    const { inputs, expected, tol } = vector('cscv_noise_lcg');
    const u = lcg(12345);
    const matrix = byRows(inputs.T, inputs.N, () => u() - 0.5);
    expect(matrix.values[0]).toBeCloseTo(expected.M_0_0, 12);
    expect(matrix.values.at(-1)).toBeCloseTo(expected.M_239_19, 12);
    const found = backtestOverfitting(matrix, { blocks: inputs.S });
    expect(found.splits).toBe(expected.n_splits);
    expect(Math.abs(found.pbo - expected.pbo)).toBeLessThanOrEqual(tol);
    expect(Math.abs(found.lossProbability - expected.p_loss_oos)).toBeLessThanOrEqual(tol);
    expect(Math.abs(found.logits[0]! - expected.first_lambda)).toBeLessThanOrEqual(tol);
  });

  it('has the mean and spread of forty matrices of noise', () => {
    const { inputs, expected, tol } = vector('cscv_noise_calibration');
    const found = Array.from({ length: inputs.matrices }, (_, i) => {
      const u = lcg(1000 + i);
      // 160 rows do not divide by 6: this vector drops the last four where we drop the first.
      const matrix = byRows(inputs.T - (inputs.T % inputs.S), inputs.N, () => u() - 0.5);
      return backtestOverfitting(matrix, { blocks: inputs.S }).pbo;
    });
    const squares = found.map((pbo) => (pbo - mean(found)) ** 2);
    const spread = Math.sqrt((mean(squares) * found.length) / (found.length - 1));
    expect(Math.abs(mean(found) - expected.mean_pbo)).toBeLessThanOrEqual(tol);
    expect(Math.abs(spread - expected.sd)).toBeLessThanOrEqual(tol);
  });

  it("calls the R package's three trials overfit throughout: ranks over N + 1, not N", () => {
    // The matrix is not in the file; its ranks follow from the logits of rank / N.
    const { expected } = vector('cscv_tiny_R_package_variant');
    const trials = 3;
    const ranks = expected.lambda.map((x: number) => trials / (1 + Math.exp(-x)));
    for (const rank of ranks) expect(rank * 2).toBeCloseTo(Math.round(rank * 2), 9);
    const theirs = ranks.map((rank: number) => Math.log(rank / (trials - rank)));
    expect(theirs.filter((x: number) => x <= 1e-12).length / 6).toBe(expected.pbo);
    const ours = ranks.map((rank: number) => rankLogit(Math.round(rank * 2) / 2, trials));
    expect(ours.every((x: number) => x <= 0)).toBe(true);
  });

  it('leaves no vector of the file out', () => {
    expect(vectors.map((v: { id: string }) => v.id).sort()).toEqual([
      'cscv_noise_calibration',
      'cscv_noise_lcg',
      'cscv_tiny_R_package_variant',
      'n_combinations_S16',
    ]);
  });

  it.each(cases as { id: string }[])(
    '$id is met in every number',
    // biome-ignore lint/suspicious/noExplicitAny: the shape of a case file.
    (one: any) => {
      const normal = lcgNormal(one.seed);
      const matrix = byRows(one.T, one.N, () => normal() * 0.01);
      if (one.matrix !== null) {
        const given = ofDays(one.matrix);
        for (const [i, x] of matrix.values.entries()) expect(x).toBeCloseTo(given.values[i]!, 14);
      }
      for (let t = 0; t < one.T; t++) matrix.values[t]! += one.edge_added_to_column0 ?? 0;
      const found = backtestOverfitting(matrix, { blocks: one.S });
      const { expected } = one;
      expect(found.splits).toBe(expected.combinations);
      expect(found.pbo).toBeCloseTo(expected.pbo, 12);
      expect(found.lossProbability).toBeCloseTo(expected.prob_oos_loss, 12);
      expect(mean([...found.logits])).toBeCloseTo(expected.mean_logit, 9);
      expect(found.slope).toBeCloseTo(expected.slope, 9);
      expect(found.intercept).toBeCloseTo(expected.intercept, 9);
      for (const [i, x] of expected.first_logits.entries()) {
        expect(found.logits[i]).toBeCloseTo(x, 9);
      }
    },
  );
});

/** The paper's procedure word by word, on whole sub-matrices. */
function slowly({ trials, rows, values }: TrialMatrix, blocks: number) {
  const size = Math.floor(rows / blocks);
  const first = rows - size * blocks;
  const score = (k: number, set: readonly number[]) =>
    sharpe(
      set.flatMap((block) => {
        const from = k * rows + first + block * size;
        return [...values.subarray(from, from + size)];
      }),
      1,
    ) ?? 0;
  const logits: number[] = [];
  for (let mask = 0; mask < 1 << blocks; mask++) {
    const inside = [...Array(blocks).keys()].filter((b) => (mask >> (blocks - 1 - b)) & 1);
    if (inside.length !== blocks / 2) continue;
    const outside = [...Array(blocks).keys()].filter((b) => !inside.includes(b));
    const known = Array.from({ length: trials }, (_, k) => score(k, inside));
    const later = Array.from({ length: trials }, (_, k) => score(k, outside));
    const best = known.indexOf(Math.max(...known));
    const below = later.filter((s) => s < later[best]!).length;
    const equal = later.filter((s) => s === later[best]!).length;
    logits.push(rankLogit(below + (equal + 1) / 2, trials));
  }
  // Falling masks are the lexicographic order of the blocks inside.
  return logits.reverse();
}

describe('the probability of backtest overfitting', () => {
  it('is that of the slow version, split by split', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1e6 }),
        fc.integer({ min: 2, max: 7 }),
        fc.integer({ min: 18, max: 50 }),
        (seed, trials, rows) => {
          const matrix = noise(trials, rows, seed);
          const fast = backtestOverfitting(matrix, { blocks: 6 });
          expect([...fast.logits].map((x) => x.toFixed(9))).toEqual(
            slowly(matrix, 6).map((x) => x.toFixed(9)),
          );
        },
      ),
      { seed: 6, numRuns: LONG ? 300 : 30 },
    );
  });

  it('is 0 for a trial that is best everywhere', () => {
    const matrix = noise(10, 160, 2);
    for (let t = 0; t < 160; t++) matrix.values[3 * 160 + t]! += 0.05;
    const found = backtestOverfitting(matrix);
    expect([found.splits, found.pbo, found.lossProbability]).toEqual([12870, 0, 0]);
    expect(found.slope).toBeLessThan(0);
  });

  it('is 1 for trials that each had one good day and lost on the others', () => {
    const columns = Array.from({ length: 8 }, (_, k) =>
      Float64Array.from({ length: 16 }, (_, t) => (Math.floor(t / 2) === k ? 1 : -0.01 * (k + 1))),
    );
    expect(backtestOverfitting(trialMatrix(columns), { blocks: 8, metric: 'mean' }).pbo).toBe(1);
  });

  it('counts identical trials as overfit, and says that all were at the median', () => {
    const one = noise(1, 64, 2).values;
    const found = backtestOverfitting(trialMatrix([one, one, one, one]), { blocks: 4 });
    expect([found.pbo, found.atMedian]).toEqual([1, 1]);
  });

  it('gives a trial that stood still a ratio of exactly 0', () => {
    const loser = noise(1, 64, 2).values.map((x) => x - 0.05);
    const found = backtestOverfitting(trialMatrix([loser, new Float64Array(64)]), { blocks: 4 });
    expect([...found.outOfSample]).toEqual(new Array(6).fill(0));
    expect(found.pbo).toBe(0);
  });

  it('is about one half on noise, and no lower: the mean of many matrices', () => {
    const worlds = LONG ? 400 : 60;
    const found = Array.from(
      { length: worlds },
      (_, i) => backtestOverfitting(noise(20, 240, i), { blocks: 8 }).pbo,
    );
    expect(mean(found)).toBeGreaterThan(0.42);
    expect(mean(found)).toBeLessThan(0.62);
  });

  it('is NaN, never a pass, for what is not finite, one trial, and too few rows', () => {
    const matrix = noise(3, 64, 1);
    const rising = trialMatrix([new Float64Array(64).fill(0.01), matrix.values.subarray(0, 64)]);
    for (const bad of [
      { ...matrix, values: matrix.values.with(5, Number.NaN) },
      { ...matrix, values: matrix.values.with(5, Number.NEGATIVE_INFINITY) },
      noise(1, 64, 1),
      noise(3, 15, 1),
      rising,
    ]) {
      const found = backtestOverfitting(bad);
      expect([found.pbo, found.splits, found.slope]).toEqual([NaN, 0, NaN]);
    }
  });

  it.each([3, 0, 22, 2.5, Number.NaN])('refuses %d blocks', (blocks) => {
    expect(() => backtestOverfitting(noise(3, 64, 1), { blocks })).toThrow(InputError);
  });
});
