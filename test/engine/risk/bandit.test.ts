// The bandit: vectors, that its mean is the mean of clipped realised returns, and what it allows.

import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { random } from '../../../engine/random.ts';
import { Bandit, greedyProbabilities, incrementalMean } from '../../../engine/risk/bandit.ts';

const VECTORS = new URL('../../../../shared/vectors/bandits.json', import.meta.url);
const here = existsSync(VECTORS);
const CONFIG = {
  enabled: true,
  arms: 'symbol',
  epsilon: 0.1,
  minReward: -0.5,
  rewardClip: 10,
} as const;

const never = () => 0.999;

describe.skipIf(!here)('the vectors (skipped where shared/vectors is absent)', () => {
  const { vectors } = here ? JSON.parse(readFileSync(VECTORS, 'utf8')) : { vectors: [] };
  const vector = (name: string) => vectors.find(({ id }: { id: string }) => id === name);

  it('eps_greedy_probs', () => {
    const { inputs, expected, tol } = vector('eps_greedy_probs');
    const chances = greedyProbabilities(inputs.means, inputs.eps);
    chances.forEach((chance, k) => {
      expect(Math.abs(chance - expected[k])).toBeLessThanOrEqual(tol);
    });
  });

  it('eps_greedy_incremental_mean', () => {
    const { inputs, expected, tol } = vector('eps_greedy_incremental_mean');
    const mean = incrementalMean(inputs.q, inputs.reward, inputs.n_after);
    expect(Math.abs(mean - expected)).toBeLessThanOrEqual(tol);
  });
});

describe('the bandit', () => {
  it('keeps the arithmetic mean of the clipped returns, in per cent', () => {
    const returns = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), {
      minLength: 1,
      maxLength: 50,
      size: 'max',
    });
    const property = fc.property(returns, (list) => {
      const one = new Bandit(CONFIG, 2, never);
      for (const each of list) one.closed(1, each);
      const clipped = list.map((each) => Math.max(-10, Math.min(10, 100 * each)));
      const mean = clipped.reduce((sum, each) => sum + each, 0) / list.length;
      expect(one.meanReward(1)).toBeCloseTo(mean, 9);
      expect(one.meanReward(0)).toBe(0);
    });
    fc.assert(property, { seed: 2018, numRuns: 200 });
  });

  it('lets an arm wait whose trades lose more than half a per cent on average', () => {
    const one = new Bandit(CONFIG, 2, never);
    expect(one.allow(0)).toBe(true);
    one.closed(0, -0.0049);
    expect(one.allow(0)).toBe(true);
    one.closed(0, -0.0052);
    expect([one.allow(0), one.allow(1)]).toEqual([false, true]);
    one.closed(0, 0.01);
    expect(one.allow(0)).toBe(true);
  });

  it('tries a bad arm all the same with probability epsilon, the same for the same seed', () => {
    const tries = (seed: number) => {
      const one = new Bandit(CONFIG, 1, random(seed, 'bandit'));
      one.closed(0, -0.05);
      return Array.from({ length: 5000 }, () => one.allow(0));
    };
    const count = tries(7).filter(Boolean).length;
    // 500 expected, standard deviation 21: five of them on either side.
    expect(count).toBeGreaterThan(395);
    expect(count).toBeLessThan(605);
    expect(tries(7)).toEqual(tries(7));
    expect(tries(7)).not.toEqual(tries(8));
  });

  it('fails closed: a return that is not a number is the worst reward', () => {
    const one = new Bandit(CONFIG, 1, never);
    one.closed(0, Number.NaN);
    expect(one.meanReward(0)).toBe(-10);
    expect(one.allow(0)).toBe(false);
    expect(new Bandit({ ...CONFIG, minReward: Number.NaN }, 1, never).allow(0)).toBe(false);
  });

  it('that is off allows all and draws nothing', () => {
    const draw = () => {
      throw new Error('drawn');
    };
    const one = new Bandit({ ...CONFIG, enabled: false }, 1, draw);
    one.closed(0, -1);
    expect([one.allow(0), one.meanReward(0)]).toEqual([true, 0]);
  });
});
