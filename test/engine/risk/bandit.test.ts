// The bandit: vectors, that its mean is the mean of clipped realised returns, and what it allows.

import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { random } from '../../../engine/random.ts';
import { runDigest, runEvents, runLoop } from '../../../engine/research/backtest.ts';
import { runRecalled } from '../../../engine/research/sweep/recall.ts';
import { Bandit, greedyProbabilities, incrementalMean } from '../../../engine/risk/bandit.ts';
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
    expect(runDigest(runRecalled(learned).kernel)).toBe(wanted);
    expect(runDigest(runLoop(run({ context: 'none' })).kernel)).not.toBe(wanted);
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
