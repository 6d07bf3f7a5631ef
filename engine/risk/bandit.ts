// An arm (a symbol, or an agent) whose closed trades lose waits, but is tried all the same now and then.
//
//   epsilon-greedy   its mean reward is below minReward; tried with probability epsilon at every asking.
//                    Sutton and Barto, Reinforcement Learning, ch. 2
//   thompson         a draw from what is believed of its mean reward is below minReward. Rewards become
//                    0 to 1 by rewardClip and are counted into Beta(1, 1): Agrawal and Goyal 2012. A draw
//                    holds until a trade of the arm is closed, or the next UTC day: drawn anew at every
//                    candle, one of them would soon let anybody in
//   ucb1             not even the upper confidence bound of its mean reward (0 to 1) reaches minReward. The
//                    bound of an arm that waits rises with the trades of the others: bandit-rules.ts
//   exp3             nothing is assumed of the market: an arm is let in as often as its chance among all is of
//                    the highest one, at gamma = epsilon; minReward has no say. Drawn as with thompson
//
// Contextual: with a context, each arm has a record for each of them, and starts there from nothing.
//
// The reward is REALISED profit: the return of a closed trade on its entry notional, after fees and
// funding, in PER CENT, as the original's thresholds are (-0.5 is half a per cent). The original
// rewarded the signal's own price change at order time, which pays a strategy for being early.

import type { Random } from '../random.ts';
import { exp3Chances, exp3Weights, ucb1 } from './bandit-rules.ts';
import { betaDraw } from './beta-draw.ts';

/** `risk.bandit`: rewards in per cent, epsilon 0 to 1. */
export interface BanditConfig {
  readonly enabled: boolean;
  readonly arms: 'symbol' | 'agent';
  readonly policy: 'epsilon-greedy' | 'thompson' | 'ucb1' | 'exp3';
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
  readonly #config: BanditConfig;
  readonly #contexts: number;
  readonly #draw: Random;
  // One number for each arm in each context.
  readonly #mean: Float64Array;
  readonly #count: Int32Array;
  /** Sum of rewards as 0 to 1, the last draw, and the day that it is of; NaN = to be drawn. */
  readonly #won: Float64Array;
  readonly #drawn: Float64Array;
  readonly #drawnOn: Float64Array;
  /** Of exp3, for each context the weights of its arms, the highest 1. */
  readonly #weights: Float64Array[];

  /** `draw`: a named stream of its own. */
  constructor(config: BanditConfig, arms: number, draw: Random, contexts = 1) {
    const size = config.enabled ? arms * contexts : 0;
    this.enabled = config.enabled;
    this.#config = config;
    this.#contexts = contexts;
    this.#draw = draw;
    this.#mean = new Float64Array(size);
    this.#count = new Int32Array(size);
    this.#won = new Float64Array(size);
    this.#drawn = new Float64Array(size);
    this.#drawnOn = new Float64Array(size).fill(Number.NaN);
    const even = () => new Float64Array(arms).fill(1);
    this.#weights = config.enabled ? Array.from({ length: contexts }, even) : [];
  }

  /**
   * Whether the arm may trade now; an arm not tried yet may. Epsilon-greedy draws once a call, whatever
   * comes out. `day` counts UTC days.
   */
  allow(arm: number, context = 0, day = 0): boolean {
    if (!this.enabled) return true;
    const { policy, epsilon, minReward } = this.#config;
    const at = arm * this.#contexts + context;
    if (policy === 'thompson') return this.#count[at] === 0 || this.#believes(at, day);
    if (policy === 'ucb1') return this.#mayBeGood(at, context);
    if (policy === 'exp3') return this.#isDealt(arm, context, day);
    const explores = this.#draw() < epsilon;
    return explores || this.#mean[at]! >= minReward;
  }

  /** A trade of the arm was closed. A return that is not a number counts as the worst there is. */
  closed(arm: number, returnFraction: number, context = 0): void {
    if (!this.enabled) return;
    const { rewardClip: clip } = this.#config;
    const at = arm * this.#contexts + context;
    const percent = returnFraction * PERCENT;
    const known = percent === percent ? percent : -clip;
    const reward = Math.max(-clip, Math.min(clip, known));
    this.#count[at]!++;
    this.#mean[at] = incrementalMean(this.#mean[at]!, reward, this.#count[at]!);
    this.#won[at]! += this.#asShare(reward);
    this.#drawnOn[at] = Number.NaN;
    if (this.#config.policy === 'exp3') this.#weigh(arm, context, this.#asShare(reward));
  }

  /** Mean clipped reward of an arm, per cent; 0 before its first trade. */
  meanReward(arm: number, context = 0): number {
    return this.enabled ? this.#mean[arm * this.#contexts + context]! : 0;
  }

  #believes(at: number, day: number): boolean {
    if (this.#drawnOn[at] !== day) {
      const won = this.#won[at]!;
      this.#drawn[at] = betaDraw(1 + won, 1 + this.#count[at]! - won, this.#draw);
      this.#drawnOn[at] = day;
    }
    return this.#drawn[at]! >= this.#asShare(this.#config.minReward);
  }

  /** Optimism in the face of uncertainty: as long as it may be good enough, it trades. */
  #mayBeGood(at: number, context: number): boolean {
    const n = this.#count[at]!;
    if (n === 0) return true;
    // Of the trade that is asked about: after the very first one the bound would be nothing but its mean.
    let t = 1;
    for (let k = context; k < this.#count.length; k += this.#contexts) t += this.#count[k]!;
    return ucb1(this.#won[at]! / n, n, t) >= this.#asShare(this.#config.minReward);
  }

  #isDealt(arm: number, context: number, day: number): boolean {
    const at = arm * this.#contexts + context;
    if (this.#drawnOn[at] !== day) {
      this.#drawn[at] = this.#draw();
      this.#drawnOn[at] = day;
    }
    const chances = exp3Chances(this.#weights[context]!, this.#config.epsilon);
    return this.#drawn[at]! < chances[arm]! / Math.max(...chances);
  }

  /** Only ratios of weights matter: the highest stays 1, or they would run over. */
  #weigh(arm: number, context: number, share: number): void {
    const grown = exp3Weights(this.#weights[context]!, this.#config.epsilon, arm, share);
    const highest = Math.max(...grown);
    this.#weights[context] = grown.map((one) => one / highest);
  }

  /** A reward as 0 (the worst) to 1. */
  #asShare(reward: number): number {
    return (reward / this.#config.rewardClip + 1) / 2;
  }
}
