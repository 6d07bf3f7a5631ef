// The bandit: vectors, that its mean is the mean of clipped realised returns, and what it allows.

import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { random } from '../../../engine/random.ts';
import { runDigest, runEvents, runLoop } from '../../../engine/research/backtest.ts';
import { runRecalled } from '../../../engine/research/sweep/recall.ts';
import { Shelf } from '../../../engine/research/sweep/shelf.ts';
import { Bandit, greedyProbabilities, incrementalMean } from '../../../engine/risk/bandit.ts';
import { exp3Chances, exp3Weights, ucb1 } from '../../../engine/risk/bandit-rules.ts';
import { betaDraw } from '../../../engine/risk/beta-draw.ts';
import { randomWorld } from '../random-world.ts';

const LONG = process.env['SAPPHIRE_LONG'] === '1';
const VECTORS = new URL('../../../../shared/vectors/bandits.json', import.meta.url);
const here = existsSync(VECTORS);
const CONFIG = {
  enabled: true,
  arms: 'symbol',
  policy: 'epsilon-greedy',
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

describe.skipIf(!here)('the other vectors (skipped where shared/vectors is absent)', () => {
  const { vectors } = here ? JSON.parse(readFileSync(VECTORS, 'utf8')) : { vectors: [] };
  const vector = (name: string) => vectors.find(({ id }: { id: string }) => id === name);
  const near = (actual: ArrayLike<number>, expected: readonly number[], tol: number) => {
    expect(actual).toHaveLength(expected.length);
    expected.forEach((one, k) => {
      expect(Math.abs(actual[k]! - one)).toBeLessThanOrEqual(tol);
    });
  };

  it('ucb1_index', () => {
    const { inputs, expected, tol } = vector('ucb1_index');
    near([ucb1(inputs.mean, inputs.n, inputs.t)], [expected], tol);
  });

  it('exp3_one_step', () => {
    const { inputs, expected, tol } = vector('exp3_one_step');
    const weights = new Array<number>(inputs.K).fill(1);
    near(exp3Chances(weights, inputs.gamma), expected.p, tol);
    near(exp3Weights(weights, inputs.gamma, inputs.chosen, inputs.reward), expected.w, tol);
  });
});

describe('upper confidence bounds', () => {
  const UCB1 = { ...CONFIG, policy: 'ucb1', minReward: 0, rewardClip: 1 } as const;

  it('let an arm trade while it may be good, and again once the others know more', () => {
    const one = new Bandit(UCB1, 2, never);
    expect(one.allow(0)).toBe(true);
    // Losing all of 1 %: a mean of 0, so the bound alone must reach a half: 2 ln (n + 1) / n >= 1 / 4.
    for (let n = 1; n <= 60; n++) {
      one.closed(0, -0.01);
      expect(one.allow(0)).toBe((2 * Math.log(n + 1)) / n >= 0.25);
    }
    expect(one.allow(1)).toBe(true);
    // 60 of t trials: let in again for the one after e^(60 / 8) = 1808.04.
    for (let t = 61; t <= 1807; t++) one.closed(1, 0.01);
    expect(one.allow(0)).toBe(false);
    one.closed(1, 0.01);
    expect(one.allow(0)).toBe(true);
  });
});

describe('EXP3', () => {
  const EXP3 = { ...CONFIG, policy: 'exp3', epsilon: 0.2, rewardClip: 1 } as const;
  const share = (one: Bandit, arm: number) =>
    Array.from({ length: 2000 }, (_, day) => one.allow(arm, 0, day)).filter(Boolean).length / 2000;

  it('lets in everybody at first, then each as often as its chance is of the highest', () => {
    const one = new Bandit(EXP3, 2, random(8, 'bandit'));
    expect([share(one, 0), share(one, 1)]).toEqual([1, 1]);
    // One full win: paid 1 / (1 / 2), so its weight is e^(0.2 x 2 / 2) times the other's.
    one.closed(0, 0.01);
    const weight = Math.exp(0.2);
    const chance = (w: number) => (0.8 * w) / (weight + 1) + 0.1;
    const expected = chance(1) / chance(weight);
    expect(share(one, 0)).toBe(1);
    expect(Math.abs(share(one, 1) - expected)).toBeLessThan(4 * Math.sqrt(0.25 / 2000));
    // However long the other wins, it is tried all the same: 0.1 of 0.9.
    for (let k = 0; k < 5000; k++) one.closed(0, 0.01);
    expect(Math.abs(share(one, 1) - 1 / 9)).toBeLessThan(4 * Math.sqrt(0.1 / 2000));
  });

  it('draws once a day, so that asking often lets nobody in', () => {
    const one = new Bandit(EXP3, 2, random(9, 'bandit'));
    for (let k = 0; k < 200; k++) one.closed(0, 0.01);
    expect(new Set(Array.from({ length: 300 }, () => one.allow(1, 0, 3))).size).toBe(1);
  });
});

describe('Thompson sampling', () => {
  const THOMPSON = { ...CONFIG, policy: 'thompson', minReward: 0, rewardClip: 1 } as const;

  it.skipIf(!here)('draws B above A as often as the closed form of the vectors says', () => {
    const { vectors } = JSON.parse(readFileSync(VECTORS, 'utf8'));
    const posteriors = vectors.filter(({ id }: { id: string }) =>
      id.startsWith('thompson_p_b_gt_a'),
    );
    expect(posteriors.length).toBe(3);
    for (const { inputs, expected } of posteriors) {
      const draw = random(11, 'beta');
      const tries = LONG ? 400_000 : 40_000;
      let above = 0;
      for (let k = 0; k < tries; k++) {
        const a = betaDraw(inputs.a[0], inputs.a[1], draw);
        if (betaDraw(inputs.b[0], inputs.b[1], draw) > a) above++;
      }
      const error = Math.sqrt((expected * (1 - expected)) / tries);
      expect(Math.abs(above / tries - expected)).toBeLessThan(4 * error);
    }
  });

  it('lets in an arm as often as its mean reward is believed to be above the bar', () => {
    let allowed = 0;
    const days = 4000;
    const one = new Bandit(THOMPSON, 1, random(3, 'bandit'));
    expect(one.allow(0)).toBe(true);
    // Ten full wins and five full losses: Beta(11, 6) is above a half with probability 0.8949.
    for (let k = 0; k < 15; k++) one.closed(0, k < 10 ? 0.05 : -0.05);
    for (let day = 0; day < days; day++) if (one.allow(0, 0, day)) allowed++;
    expect(Math.abs(allowed / days - 0.8949)).toBeLessThan(4 * Math.sqrt((0.8949 * 0.1051) / days));
  });

  it('holds a draw until the next day or the next trade, and learns which arm is better', () => {
    const one = new Bandit(THOMPSON, 2, random(4, 'bandit'));
    one.closed(0, 0.001);
    const day = Array.from({ length: 50 }, () => one.allow(0, 0, 7));
    expect(new Set(day).size).toBe(1);
    for (let k = 0; k < 60; k++) {
      one.closed(0, 0.004);
      one.closed(1, -0.004);
    }
    const let0 = Array.from({ length: 500 }, (_, k) => one.allow(0, 0, k)).filter(Boolean).length;
    const let1 = Array.from({ length: 500 }, (_, k) => one.allow(1, 0, k)).filter(Boolean).length;
    expect(let0).toBeGreaterThan(490);
    expect(let1).toBeLessThan(10);
  });

  it('judges an arm in each context apart', () => {
    const one = new Bandit(CONFIG, 2, never, 2);
    one.closed(1, -0.05, 1);
    expect([one.allow(1, 0), one.allow(1, 1), one.allow(0, 1)]).toEqual([true, false, true]);
    expect([one.meanReward(1, 0), one.meanReward(1, 1)]).toEqual([0, -5]);
  });

  it('over agents and regimes is the same whichever way a run is driven', () => {
    const input = randomWorld(21, { solo: false, rows: 500 });
    const { config } = input;
    const bandit = { ...config.decision.risk.bandit, enabled: true, arms: 'agent' as const };
    const run = (changes: Partial<typeof bandit>) => {
      const risk = { ...config.decision.risk, bandit: { ...bandit, ...changes } };
      return { ...input, config: { ...config, decision: { ...config.decision, risk } } };
    };
    const learned = run({ policy: 'thompson', context: 'regime', minReward: 0, rewardClip: 2 });
    const wanted = runDigest(runLoop(learned).kernel);
    expect(runDigest(runEvents(learned).kernel)).toBe(wanted);
    expect(runDigest(runRecalled(learned, new Shelf()).kernel)).toBe(wanted);
    expect(runDigest(runLoop(run({ context: 'none' })).kernel)).not.toBe(wanted);
    for (const policy of ['ucb1', 'exp3'] as const) {
      const other = run({ policy, context: 'regime', minReward: 0.2, rewardClip: 2 });
      expect(runDigest(runEvents(other).kernel)).toBe(runDigest(runLoop(other).kernel));
    }
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
