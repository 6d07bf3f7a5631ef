// Bandit rules in closed form: how good an arm may be for all that is known, and how often each is tried
// where nothing is assumed of how they pay.
//
//   UCB1   mean + sqrt(2 ln t / n)       Auer, Cesa-Bianchi and Fischer 2002
//   EXP3   weights under an adversary    Auer, Cesa-Bianchi, Freund and Schapire 2002

/** Upper confidence bound of an arm with `mean` (rewards 0 to 1) after n of t trials; untried: Infinity. */
export function ucb1(mean: number, n: number, t: number): number {
  return n === 0 ? Number.POSITIVE_INFINITY : mean + Math.sqrt((2 * Math.log(t)) / n);
}

/** Chances of the arms: a share gamma (0 to 1) evenly, the rest by weight. */
export function exp3Chances(weights: ArrayLike<number>, gamma: number): Float64Array {
  let total = 0;
  for (let k = 0; k < weights.length; k++) total += weights[k]!;
  return Float64Array.from(weights, (one) => ((1 - gamma) * one) / total + gamma / weights.length);
}

/** The weights after arm `chosen` paid `reward` (0 to 1). */
export function exp3Weights(
  weights: ArrayLike<number>,
  gamma: number,
  chosen: number,
  reward: number,
): Float64Array {
  const paid = reward / exp3Chances(weights, gamma)[chosen]!;
  const grown = Math.exp((gamma * paid) / weights.length);
  return Float64Array.from(weights, (one, k) => (k === chosen ? one * grown : one));
}
