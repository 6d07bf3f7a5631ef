// White's reality check and Hansen's test: the vectors, invariants, and their error rates on noise.

import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { realityCheck, realityCheckBy } from '../../../engine/statistics/reality-check.ts';
import { listedResampler } from '../../../engine/statistics/stationary-bootstrap.ts';
import {
  superiorPredictiveAbility,
  superiorPredictiveAbilityBy,
} from '../../../engine/statistics/superior-predictive-ability.ts';
import { lessShares, trialMatrix } from '../../../engine/statistics/trial-matrix.ts';
import { noise, ofDays } from './generators.ts';

const LONG = process.env['SAPPHIRE_LONG'] === '1';
const VECTORS = new URL('../../../../shared/vectors/bootstrap_spa.json', import.meta.url);
const absent = !existsSync(VECTORS);
const vectors = absent ? [] : JSON.parse(readFileSync(VECTORS, 'utf8')).vectors;
const vector = (id: string) => vectors.find((v: { id: string }) => v.id === id);

function near(actual: ArrayLike<number>, expected: readonly number[], tol: number): void {
  expect(actual.length).toBe(expected.length);
  for (const [i, value] of expected.entries()) {
    expect(Math.abs(actual[i]! - value), `element ${i}`).toBeLessThanOrEqual(tol);
  }
}

describe.skipIf(absent)('data snooping by ../shared/vectors (skipped without them)', () => {
  it('is what White says, statistic by statistic', () => {
    const { inputs, expected, tol } = vector('white_reality_check');
    const lists: number[][] = inputs.resample_indices;
    const test = realityCheckBy(ofDays(inputs.f), lists.length, listedResampler(lists));
    near([test.statistic], [expected.V], tol);
    near(test.resampled, expected.Vstar, tol);
    expect(test.exceedances / lists.length).toBe(expected.p);
    expect(test.p).toBe(1 / 9);
  });

  it('is what Hansen says, studentised, with all three recentrings', () => {
    const { inputs, expected, tol } = vector('hansen_spa_studentised');
    const white = vector('white_reality_check').inputs;
    const lists: number[][] = white.resample_indices;
    const test = superiorPredictiveAbilityBy(
      ofDays(white.f),
      lists.length,
      listedResampler(lists),
      1 / inputs['q=1/L'],
    );
    near(test.omega, expected.omega, tol);
    near([test.statistic], [expected.T_SPA], tol);
    const reach = Math.sqrt((2 * Math.log(Math.log(10))) / 10);
    near(
      test.omega.map((omega) => -omega * reach),
      expected.threshold,
      tol,
    );
    for (const [key, one] of [
      ['l', test.lower],
      ['c', test.consistent],
      ['u', test.upper],
    ] as const) {
      near(one.resampled, expected.Tstar[key], tol);
      expect(one.exceedances / lists.length).toBe(expected.p[key]);
    }
  });

  it('is about every vector of the file, with the bootstrap itself', () => {
    const own = ['white_reality_check', 'hansen_spa_studentised'];
    const elsewhere = [
      'arch_ar1_10000',
      'block_length_lcg_ar1_0.6_n300',
      'block_length_lcg_iid_n300',
      'stationary_indices_fixed_uniforms',
      'mean_block_length',
    ];
    expect(vectors.map((v: { id: string }) => v.id).sort()).toEqual([...own, ...elsewhere].sort());
  });
});

describe('the test for superior predictive ability', () => {
  const settings = { resamples: 300, seed: 5, meanBlock: 2 };

  it('finds one good trial among forty worthless ones, and says which, in most worlds', () => {
    // A t value of 5.6 on average: the best of forty worthless ones is above it now and then.
    const found = { spa: 0, white: 0, best: 0 };
    for (let seed = 0; seed < 20; seed++) {
      const matrix = noise(40, 500, seed);
      for (let t = 0; t < 500; t++) matrix.values[17 * 500 + t]! += 0.0025;
      const test = superiorPredictiveAbility(matrix, settings);
      if (test.best === 17) found.best++;
      if (test.consistent.p < 0.01) found.spa++;
      if (realityCheck(matrix, settings).p < 0.01) found.white++;
    }
    for (const count of Object.values(found)) expect(count).toBeGreaterThanOrEqual(17);
  });

  it('orders its three answers, and hopeless trials cost the upper one its power', () => {
    const matrix = noise(40, 500, 4);
    // A t value of 2 to one trial, of -45 to the rest.
    const own = matrix.values.subarray(0, 500);
    const shift = (2 * 0.01) / Math.sqrt(500) - own.reduce((a, b) => a + b) / 500;
    for (let t = 0; t < 500; t++) own[t]! += shift;
    for (let k = 1; k < 40; k++) for (let t = 0; t < 500; t++) matrix.values[k * 500 + t]! -= 0.02;
    const { lower, consistent, upper } = superiorPredictiveAbility(matrix, settings);
    expect(lower.p).toBeLessThanOrEqual(consistent.p);
    expect(consistent.p).toBeLessThan(0.1);
    expect(upper.p).toBeGreaterThan(0.3);
  });

  it('has p = 1 where no trial beats the benchmark: not the 0 of counting strictly above', () => {
    const losers = noise(5, 200, 4);
    for (let i = 0; i < losers.values.length; i++) losers.values[i]! -= 0.05;
    const test = superiorPredictiveAbility(losers, settings);
    expect(test.statistic).toBe(0);
    expect([test.lower.p, test.consistent.p, test.upper.p]).toEqual([1, 1, 1]);
  });

  it('does not change when trials are scaled by powers of two, each by its own', () => {
    const matrix = noise(6, 200, 8);
    const scaled = matrix.values.map((x, i) => x * 2 ** Math.floor(i / 200));
    const before = superiorPredictiveAbility(matrix, settings);
    const after = superiorPredictiveAbility({ ...matrix, values: scaled }, settings);
    expect(after.consistent).toEqual(before.consistent);
  });

  it('is not moved by trials that are the benchmark itself, which alone have p = 1', () => {
    const matrix = noise(3, 100, 8);
    const columns = [0, 1, 2].map((k) => matrix.values.subarray(k * 100, k * 100 + 100));
    const with0 = trialMatrix([...columns, new Float64Array(100)]);
    expect(superiorPredictiveAbility(with0, settings).consistent).toEqual(
      superiorPredictiveAbility(matrix, settings).consistent,
    );
    const only = lessShares(trialMatrix([columns[0]!]), columns[0]!, [1]);
    expect(superiorPredictiveAbility(only, settings).consistent.p).toBe(1);
    expect(superiorPredictiveAbility(only, { resamples: 9, seed: 1 }).consistent.p).toBe(1);
  });

  it('is NaN, never a pass, for a NaN, an infinity, a constant lead and too few rows', () => {
    const broken = [Number.NaN, Number.POSITIVE_INFINITY].map((x) => {
      const matrix = noise(3, 100, 1);
      return { ...matrix, values: matrix.values.with(150, x) };
    });
    const lead = trialMatrix([new Float64Array(100).fill(0.001)]);
    for (const matrix of [...broken, lead, trialMatrix([[0.1, 0.2]])]) {
      const test = superiorPredictiveAbility(matrix, settings);
      expect([test.statistic, test.consistent.p, test.best]).toEqual([NaN, NaN, -1]);
    }
    for (const matrix of broken) expect(realityCheck(matrix, settings).p).toBeNaN();
    expect(realityCheck(trialMatrix([[0.1, 0.2]]), settings).p).toBeNaN();
  });

  it('rejects worthless trials about as often as its level says, or less', () => {
    const worlds = LONG ? 1000 : 200;
    const p = { consistent: [] as number[], white: [] as number[] };
    for (let i = 0; i < worlds; i++) {
      const matrix = noise(12, 200, i, 0.3);
      const choice = { resamples: 199, seed: i, meanBlock: 1 };
      p.consistent.push(superiorPredictiveAbility(matrix, choice).consistent.p);
      p.white.push(realityCheck(matrix, choice).p);
    }
    for (const list of [p.consistent, p.white]) {
      for (const level of [0.05, 0.1, 0.5]) {
        const share = list.filter((one) => one <= level).length / worlds;
        const error = Math.sqrt((level * (1 - level)) / worlds);
        expect(share, `at ${level}`).toBeLessThan(level + 0.02 + 3 * error);
        expect(share, `at ${level}`).toBeGreaterThan(level - 0.08 - 3 * error);
      }
    }
  });
});
