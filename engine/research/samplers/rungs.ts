// How many points run on how much data, and who goes up.
//
//   bracket s, eta 3, R 9:   s=2   9 on 1   3 on 3   1 on 9        many points, little data each
//                            s=1   5 on 3   1 on 9
//                            s=0   3 on 9                          few points, all the data
//
// L. Li, Jamieson, DeSalvo, Rostamizadeh and Talwalkar, Hyperband, JMLR 18/185 (2018), Algorithm 1;
// promotion within a rung as in A. Li et al., Massively Parallel Hyperparameter Tuning (ASHA, 2020).

import { inOrder } from './pareto.ts';

/** Points of a rung, and the resource each of them gets. */
export interface Rung {
  readonly points: number;
  readonly resource: number;
}

/** Guards floors of quotients that are whole but for the last bit. */
const WHOLE = 1e-9;

/** The greatest s with eta^s <= resource. */
export function maxBracket(resource: number, eta: number): number {
  let s = 0;
  while (eta ** (s + 1) <= resource * (1 + WHOLE)) s++;
  return s;
}

/** Successive halving from `points` points: after rung i a share 1 / eta goes up, s times. */
export function rungsOf(points: number, s: number, resource: number, eta: number): Rung[] {
  return Array.from({ length: s + 1 }, (_, i) => ({
    points: Math.floor(points / eta ** i + WHOLE),
    resource: resource * eta ** (i - s),
  }));
}

/**
 * The brackets of Hyperband by s, from the greatest down to 0. `rounding` is how many points a
 * bracket begins with: `paper`, ceil((smax + 1) eta^s / (s + 1)), is Algorithm 1 as printed and what
 * Optuna does; `reference`, ceil(floor((smax + 1) / (s + 1)) eta^s), is the authors' code and the
 * table of their paper.
 */
export function hyperbandBrackets(
  resource: number,
  eta: number,
  rounding: 'paper' | 'reference' = 'paper',
): Rung[][] {
  const most = maxBracket(resource, eta);
  return Array.from({ length: most + 1 }, (_, k) => {
    const s = most - k;
    const share = (most + 1) / (s + 1);
    const start = (rounding === 'paper' ? share : Math.floor(share)) * eta ** s;
    return rungsOf(Math.ceil(start - WHOLE), s, resource, eta);
  });
}

/** Trials of a bracket: every point counts once on every rung it reaches. */
export function trialsOf(rungs: readonly Rung[]): number {
  return rungs.reduce((sum, { points }) => sum + points, 0);
}

/**
 * Which of a rung's trials go up: the best floor(n / eta), at least the single best, failed ones
 * (null) never. Row numbers, best first.
 */
export function promoted(costs: readonly (readonly number[] | null)[], eta: number): number[] {
  const places = Math.max(1, Math.floor(costs.length / eta + WHOLE));
  return inOrder(costs)
    .filter((row) => costs[row] !== null)
    .slice(0, places);
}
