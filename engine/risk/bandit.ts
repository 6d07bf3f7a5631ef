// Epsilon-greedy: an arm (a symbol, or an agent) whose closed trades lose on average waits, but is
// tried all the same with probability epsilon. After Sutton and Barto, Reinforcement Learning, ch. 2.
//
// The reward is REALISED profit: the return of a closed trade on its entry notional, after fees and
// funding, in PER CENT, as the original's thresholds are (-0.5 is half a per cent). The original
// rewarded the signal's own price change at order time, which pays a strategy for being early.

import type { Random } from '../random.ts';

/** `risk.bandit`: rewards in per cent, epsilon 0 to 1. */
export interface BanditConfig {
  readonly enabled: boolean;
  readonly arms: 'symbol' | 'agent';
  readonly epsilon: number;
  readonly minReward: number;
  readonly rewardClip: number;
}

const PERCENT = 100;

/** The mean of n rewards, from the mean of the first n - 1 and the last one. */
export function incrementalMean(mean: number, reward: number, n: number): number {
  return mean + (reward - mean) / n;
}

/** Chance of each arm under epsilon-greedy choice among arms; the first of equal means is best. */
export function greedyProbabilities(means: readonly number[], epsilon: number): Float64Array {
  const chances = new Float64Array(means.length).fill(epsilon / means.length);
  let best = 0;
  for (let k = 1; k < means.length; k++) if (means[k]! > means[best]!) best = k;
  if (means.length > 0) chances[best]! += 1 - epsilon;
  return chances;
}

export class Bandit {
  readonly enabled: boolean;
  readonly #epsilon: number;
  readonly #minReward: number;
  readonly #clip: number;
  readonly #draw: Random;
  readonly #mean: Float64Array;
  readonly #count: Int32Array;

  /** `draw`: a named stream of its own. */
  constructor(config: BanditConfig, arms: number, draw: Random) {
    this.enabled = config.enabled;
    this.#epsilon = config.epsilon;
    this.#minReward = config.minReward;
    this.#clip = config.rewardClip;
    this.#draw = draw;
    this.#mean = new Float64Array(config.enabled ? arms : 0);
    this.#count = new Int32Array(config.enabled ? arms : 0);
  }

  /** Whether the arm may trade now; an arm not tried yet may. One draw a call, whatever comes out. */
  allow(arm: number): boolean {
    if (!this.enabled) return true;
    const explores = this.#draw() < this.#epsilon;
    return explores || this.#mean[arm]! >= this.#minReward;
  }

  /** A trade of the arm was closed. A return that is not a number counts as the worst there is. */
  closed(arm: number, returnFraction: number): void {
    if (!this.enabled) return;
    const percent = returnFraction * PERCENT;
    const known = percent === percent ? percent : -this.#clip;
    const reward = Math.max(-this.#clip, Math.min(this.#clip, known));
    this.#count[arm]!++;
    this.#mean[arm] = incrementalMean(this.#mean[arm]!, reward, this.#count[arm]!);
  }

  /** Mean clipped reward of an arm, per cent; 0 before its first trade. */
  meanReward(arm: number): number {
    return this.enabled ? this.#mean[arm]! : 0;
  }
}
