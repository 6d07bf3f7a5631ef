// How much luck many trials hold: the exact expected maximum, the effective number of trials on
// constructed families, and what deflating does to the best of noise.

import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../../engine/errors.ts';
import { gaussian, random } from '../../../engine/random.ts';
import {
  deflatedSharpe,
  expectedMaximum,
  minimumBacktestYears,
  sharpeOfLuck,
} from '../../../engine/statistics/deflated-sharpe.ts';
import { effectiveTrials } from '../../../engine/statistics/effective-trials.ts';
import {
  exactExpectedMaximum,
  trialsOfExpectedMaximum,
} from '../../../engine/statistics/expected-maximum.ts';
import {
  minimumTrackRecord2012,
  probabilisticSharpe2012,
} from '../../../engine/statistics/probabilistic-sharpe.ts';
import { deflateTrial, sharpesOf } from '../../../engine/statistics/trial-deflation.ts';
import { type TrialMatrix, trialMatrix } from '../../../engine/statistics/trial-matrix.ts';
import { noise } from './generators.ts';

const LONG = process.env['SAPPHIRE_LONG'] === '1';
const VECTORS = new URL('../../../../shared/vectors/sharpe_inference.json', import.meta.url);
const absent = !existsSync(VECTORS);

interface MaximumVector {
  readonly id: string;
  readonly inputs: { readonly N: number };
  readonly expected: { readonly approx: number; readonly exact: number };
  readonly tol: number;
}

const columnsOf = ({ trials, rows, values }: TrialMatrix) =>
  Array.from({ length: trials }, (_, k) => values.subarray(k * rows, (k + 1) * rows));

describe('the exact expected maximum', () => {
  const vectors: MaximumVector[] = absent
    ? []
    : JSON.parse(readFileSync(VECTORS, 'utf8')).vectors.filter((v: MaximumVector) =>
        v.id.startsWith('emax_exact'),
      );

  it.skipIf(absent)('has five vectors in ../shared (skipped without them)', () => {
    expect(vectors).toHaveLength(5);
  });

  it.skipIf(absent).each(vectors)('$id is met by the integral and by the closed form', (one) => {
    const { N } = one.inputs;
    expect(Math.abs(exactExpectedMaximum(N) - one.expected.exact)).toBeLessThanOrEqual(one.tol);
    expect(Math.abs(expectedMaximum(N) - one.expected.approx)).toBeLessThanOrEqual(one.tol);
  });

  it('is 1 / sqrt(pi) for two and 3 / (2 sqrt(pi)) for three', () => {
    expect(exactExpectedMaximum(2)).toBeCloseTo(1 / Math.sqrt(Math.PI), 12);
    expect(exactExpectedMaximum(3)).toBeCloseTo(1.5 / Math.sqrt(Math.PI), 12);
  });

  it('leads back to the number of trials, fractions included', () => {
    for (const trials of [1.01, 1.5, 2, 7.3, 100, 12_345, 1e9]) {
      expect(trialsOfExpectedMaximum(exactExpectedMaximum(trials)) / trials).toBeCloseTo(1, 8);
    }
    expect(trialsOfExpectedMaximum(0)).toBe(1);
    expect(trialsOfExpectedMaximum(-1)).toBe(1);
  });

  it('is NaN where there is no number of trials', () => {
    for (const trials of [0, 0.5, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(exactExpectedMaximum(trials)).toBeNaN();
    }
    expect(trialsOfExpectedMaximum(Number.NaN)).toBeNaN();
    expect(trialsOfExpectedMaximum(9)).toBeNaN();
  });
});

describe('the effective number of trials', () => {
  const options = { resamples: LONG ? 8000 : 2000, seed: 11 };

  it('is exactly 1 for copies of one trial, scaled and shifted too', () => {
    const [one] = columnsOf(noise(1, 300, 1));
    const copies = Array.from({ length: 50 }, (_, k) => one!.map((x) => (k + 1) * x + 0.001 * k));
    expect(effectiveTrials(trialMatrix(copies), options)).toBeCloseTo(1, 6);
  });

  it.each([5, 50, 200])('is about %d for as many that have nothing to do with each other', (n) => {
    const matrix = noise(n, 600, 2);
    expect(Math.abs(effectiveTrials(matrix, options) / n - 1)).toBeLessThan(0.15);
  });

  it('is about the number of groups where each group is copies', () => {
    const groups = columnsOf(noise(6, 600, 3));
    const matrix = trialMatrix(groups.flatMap((g) => Array.from({ length: 20 }, () => g)));
    expect(Math.abs(effectiveTrials(matrix, options) - 6)).toBeLessThan(0.8);
  });

  it('is 16 for a hundred trials with a common correlation of one half', () => {
    // E[max] = sqrt(1 - rho) E[max_100] = 1.773, which 16 independent trials have.
    const expected = trialsOfExpectedMaximum(Math.sqrt(0.5) * exactExpectedMaximum(100));
    expect(expected).toBeGreaterThan(15);
    expect(expected).toBeLessThan(17);
    const found = effectiveTrials(noise(100, 2000, 4, 0.5), options);
    expect(Math.abs(found / expected - 1)).toBeLessThan(0.15);
  });

  it('adds no luck for a trial that never moved, and no more than there are for opposites', () => {
    const [a, b] = columnsOf(noise(2, 300, 5));
    const flat = new Float64Array(300);
    const many = Array.from({ length: 40 }, () => flat);
    expect(effectiveTrials(trialMatrix([a!, b!, ...many]), options)).toBeLessThan(3.2);
    expect(effectiveTrials(trialMatrix([flat, flat]), options)).toBe(1);
    expect(effectiveTrials(trialMatrix([a!, a!.map((x) => -x)]), options)).toBe(2);
  });

  it('is NaN for a value that is not finite or two rows', () => {
    const matrix = noise(3, 50, 1);
    for (const bad of [
      { ...matrix, values: matrix.values.with(3, Number.NaN) },
      { ...matrix, values: matrix.values.with(3, Number.POSITIVE_INFINITY) },
      trialMatrix([[0.1, 0.2]]),
    ]) {
      expect(effectiveTrials(bad, options)).toBeNaN();
    }
  });
});

describe('deflating the chosen trial', () => {
  const options = { resamples: 400, seed: 1 };

  it('is the deflated ratio of its own numbers, by the full count', () => {
    const matrix = noise(30, 365, 6);
    const found = deflateTrial(matrix, 4, 30, options);
    const ratios = [...sharpesOf(matrix)];
    const mean = ratios.reduce((a, b) => a + b) / 30;
    const variance = ratios.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 29;
    expect(found.sharpe).toBeCloseTo(ratios[4]!, 14);
    expect(found.sharpeVarianceOfTrials).toBeCloseTo(variance, 14);
    expect(found.luck).toBeCloseTo(Math.sqrt(variance) * expectedMaximum(30), 12);
    expect(found.effectiveTrials).toBeGreaterThan(20);
  });

  it('falls with every trial that the ledger knows of beyond the matrix', () => {
    const matrix = noise(10, 365, 7);
    const few = deflateTrial(matrix, 0, 10, options);
    const more = deflateTrial(matrix, 0, 200, options);
    expect(more.deflated).toBeLessThan(few.deflated);
    expect(more.effectiveTrials).toBeCloseTo(few.effectiveTrials + 190, 9);
    expect(more.effectiveDeflated).toBeLessThan(few.effectiveDeflated);
  });

  it('takes nothing off the only trial, nor off copies of it', () => {
    const [one] = columnsOf(noise(1, 365, 8));
    const single = deflateTrial(trialMatrix([one!]), 0, 1, options);
    expect(single.luck).toBe(0);
    expect(single.deflated).toBe(single.effectiveDeflated);
    const copies = deflateTrial(trialMatrix([one!, one!, one!]), 0, 3, options);
    expect(copies.deflated).toBeCloseTo(single.deflated, 12);
    expect(copies.effectiveDeflated).toBeCloseTo(single.deflated, 6);
  });

  it.each([
    [0, 'unrelated'],
    [0.8, 'much alike'],
  ])('seldom lets the best of fifty worthless trials pass (correlation %d: %s)', (rho) => {
    const worlds = LONG ? 1000 : 150;
    let passed = 0;
    let passedEffective = 0;
    let naive = 0;
    for (let i = 0; i < worlds; i++) {
      const matrix = noise(50, 250, i, rho);
      const ratios = sharpesOf(matrix);
      const best = ratios.indexOf(Math.max(...ratios));
      const found = deflateTrial(matrix, best, 50, { resamples: 100, seed: i });
      if (found.deflated >= 0.95) passed++;
      if (found.effectiveDeflated >= 0.95) passedEffective++;
      if (found.sharpe * Math.sqrt(249) >= 1.645) naive++;
    }
    expect(passedEffective / worlds).toBeLessThan(0.06);
    expect(naive / worlds).toBeGreaterThan(rho === 0 ? 0.8 : 0.1);
    // Where trials are alike all rise and fall together, which the spread between them cannot see.
    expect(passed / worlds).toBeLessThan(rho === 0 ? 0.04 : 0.08);
  });

  it('still lets a true edge pass', () => {
    const matrix = noise(50, 730, 3);
    for (let t = 0; t < 730; t++) matrix.values[9 * 730 + t]! += 0.003;
    const found = deflateTrial(matrix, 9, 50, options);
    expect(found.deflated).toBeGreaterThan(0.99);
    expect(found.effectiveDeflated).toBeGreaterThan(0.99);
  });

  it('is NaN for what is not finite or never moved, and refuses a count below its trials', () => {
    const matrix = noise(3, 50, 1);
    const broken = { ...matrix, values: matrix.values.with(3, Number.NaN) };
    const still = trialMatrix([new Float64Array(50), matrix.values.subarray(0, 50)]);
    for (const bad of [broken, still]) {
      const found = deflateTrial(bad, 0, bad.trials, options);
      expect([found.deflated, found.effectiveDeflated]).toEqual([NaN, NaN]);
    }
    expect(() => deflateTrial(matrix, 3, 2, options)).toThrow(InputError);
    expect(() => deflateTrial(matrix, 3, 2, options)).toThrow(/trials[\s\S]*chosen/);
  });
});

describe('the 2012 forms on numbers that are none', () => {
  const draw = random(3, 'none');
  const observed = { sharpe: 0.1 + 0 * gaussian(draw), count: 100, skewness: 0, kurtosis: 3 };
  const inf = Number.POSITIVE_INFINITY;

  it('are null, never a sure pass', () => {
    expect(probabilisticSharpe2012(observed, -inf)).toBeNull();
    expect(probabilisticSharpe2012({ ...observed, count: inf })).toBeNull();
    expect(probabilisticSharpe2012({ ...observed, sharpe: inf })).toBeNull();
    expect(probabilisticSharpe2012({ ...observed, skewness: -inf })).toBeNull();
    expect(minimumTrackRecord2012(observed, -inf)).toBeNull();
    expect(deflatedSharpe(observed, 10, inf)).toBeNull();
    expect(deflatedSharpe(observed, 10, -1)).toBeNull();
    expect(sharpeOfLuck(10, inf, 365)).toBeNull();
    expect(minimumBacktestYears(10, inf)).toBeNull();
  });
});
