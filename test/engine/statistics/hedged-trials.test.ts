// What holding does not explain: a share of the market has nothing left, timing keeps all it earned.

import { describe, expect, it } from 'vitest';
import { gaussian, random } from '../../../engine/random.ts';
import { hedgedTrials, togetherAtRisk } from '../../../engine/statistics/hedged-trials.ts';
import { moments } from '../../../engine/statistics/moments.ts';
import {
  consistentPOf,
  superiorPredictiveAbility,
} from '../../../engine/statistics/superior-predictive-ability.ts';
import { trialMatrix, trialOf } from '../../../engine/statistics/trial-matrix.ts';

const DAYS = 2000;
const draw = random(1, 'hedged');
const column = (mean: number, sd: number) =>
  Float64Array.from({ length: DAYS }, () => mean + sd * gaussian(draw));
const market = column(0.002, 0.03);
const mixed = (share: number, own: Float64Array) => own.map((x, t) => x + share * market[t]!);

describe('hedged trials', () => {
  it('are uncorrelated with the market, and have the beta and alpha that they were made of', () => {
    const { matrix, beta } = hedgedTrials(trialMatrix([mixed(0.4, column(0.001, 0.01))]), market);
    const left = trialOf(matrix, 0);
    const product = left.reduce((sum, r, t) => sum + r * (market[t]! - moments(market)!.mean), 0);
    expect(Math.abs(product)).toBeLessThan(1e-9);
    // Standard errors: 0.01 / (0.03 sqrt(2000)) = 0.0075 of beta, 0.01 / sqrt(2000) = 0.00022 of alpha.
    expect(Math.abs(beta[0]! - 0.4)).toBeLessThan(0.025);
    expect(Math.abs(moments(left)!.mean - 0.001)).toBeLessThan(0.0008);
  });

  it('of a plain share of the market are nothing, and of one that stands still itself', () => {
    const still = new Float64Array(DAYS);
    const shares = [0.3, 1, -2].map((share) => mixed(share, still));
    const { matrix, beta } = hedgedTrials(trialMatrix([...shares, still]), market);
    expect(matrix.values.every((x) => x === 0)).toBe(true);
    expect(Array.from(beta, (b) => Number(b.toFixed(9)))).toEqual([0.3, 1, -2, 0]);
    // A rising market lifts all of them over nothing, and none of them over itself.
    const settings = { resamples: 200, seed: 1 };
    expect(superiorPredictiveAbility(trialMatrix(shares), settings).consistent.p).toBeLessThan(
      0.05,
    );
    expect(superiorPredictiveAbility(matrix, settings).consistent.p).toBe(1);
  });

  it('are what they were beside a market that never moved, and no number beside one that is none', () => {
    const own = column(0.001, 0.01);
    const flat = hedgedTrials(trialMatrix([own]), new Float64Array(DAYS).fill(0.001));
    expect([...trialOf(flat.matrix, 0)]).toEqual([...own]);
    const broken = hedgedTrials(trialMatrix([own]), market.with(5, Number.NaN));
    expect(trialOf(broken.matrix, 0).every(Number.isNaN)).toBe(true);
    expect(() => hedgedTrials(trialMatrix([own]), [1])).toThrow(/2000 rows/);
  });

  it('together have the mean of their Sharpe ratios over their common risk', () => {
    const one = togetherAtRisk(
      trialMatrix([column(0, 5), new Float64Array(DAYS), column(0, 0.001)]),
    );
    // Two of three move, unrelated, at unit risk: variance 2 / 9.
    expect(moments(one)!.sd).toBeCloseTo(Math.sqrt(2) / 3, 1);
  });
});

describe("a trial's own p", () => {
  it('is the p of the test for the best, larger for others, and 1 for one that is behind', () => {
    const trials = [0.0002, 0.001, -0.001].map((mean) => column(mean, 0.01));
    const found = superiorPredictiveAbility(trialMatrix(trials), { resamples: 500, seed: 2 });
    expect(found.best).toBe(1);
    expect(consistentPOf(found, 1)).toBe(found.consistent.p);
    expect(consistentPOf(found, 0)).toBeGreaterThan(found.consistent.p);
    expect(consistentPOf(found, 2)).toBe(1);
    expect(found.t[1]).toBe(found.statistic);
    const none = superiorPredictiveAbility(trialMatrix([[Number.NaN, 1, 2]]), {
      resamples: 9,
      seed: 1,
    });
    expect(consistentPOf(none, 0)).toBeNaN();
  });
});
