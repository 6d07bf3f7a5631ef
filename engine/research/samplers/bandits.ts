// Bandit rules in closed form: which of several arms to try next, and how sure one is of the better.
//
//   UCB1      mean + sqrt(2 ln t / n)                  Auer, Cesa-Bianchi and Fischer 2002
//   Thompson  P(B > A) of two Beta posteriors          closed form after E. Miller 2014
//   EXP3      weights under an adversary               Auer, Cesa-Bianchi, Freund, Schapire 2002

import { InputError } from '../../errors.ts';

/** Upper confidence bound of an arm with `mean` (rewards 0 to 1) after n of t trials; untried: Infinity. */
export function ucb1(mean: number, n: number, t: number): number {
  return n === 0 ? Number.POSITIVE_INFINITY : mean + Math.sqrt((2 * Math.log(t)) / n);
}

/** Whole parameters of a Beta distribution: one more than the successes, and than the failures. */
export type Beta = readonly [alpha: number, beta: number];

/**
 * P(B > A) for independent A ~ Beta(a), B ~ Beta(b): the chance that Thompson sampling picks B.
 * Throws InputError unless alpha of b is a whole number of at least 1 and the others are above 0.
 */
export function thompsonChance(a: Beta, b: Beta): number {
  if (!(Number.isInteger(b[0]) && b[0] >= 1 && b[1] > 0 && a[0] > 0 && a[1] > 0)) {
    const rule = 'must be above 0, and alpha of b a whole number';
    throw new InputError({ key: 'beta', rule, value: [...a, ...b] });
  }
  let sum = 0;
  for (let i = 0; i < b[0]; i++) {
    const log = logBeta(a[0] + i, a[1] + b[1]) - logBeta(1 + i, b[1]) - logBeta(a[0], a[1]);
    sum += Math.exp(log) / (b[1] + i);
  }
  return sum;
}

/** Chances of the arms: a share gamma (0 to 1) evenly, the rest by weight. */
export function exp3Chances(weights: readonly number[], gamma: number): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => ((1 - gamma) * weight) / total + gamma / weights.length);
}

/** The weights after arm `chosen` paid `reward` (0 to 1). */
export function exp3Weights(
  weights: readonly number[],
  gamma: number,
  chosen: number,
  reward: number,
): number[] {
  const paid = reward / exp3Chances(weights, gamma)[chosen]!;
  const grown = Math.exp((gamma * paid) / weights.length);
  return weights.map((weight, k) => (k === chosen ? weight * grown : weight));
}

function logBeta(a: number, b: number): number {
  return logGamma(a) + logGamma(b) - logGamma(a + b);
}

/** Stirling's series from 20 on, where its first five terms are good to 1e-17; below, stepped up. */
function logGamma(x: number): number {
  let shift = 0;
  let z = x;
  for (; z < 20; z++) shift += Math.log(z);
  const w = 1 / (z * z);
  const series = (1 / 12 - w * (1 / 360 - w * (1 / 1260 - w * (1 / 1680 - w / 1188)))) / z;
  return (z - 0.5) * Math.log(z) - z + Math.log(2 * Math.PI) / 2 + series - shift;
}
