// Trials less what holding the benchmark explains of them: the part of a return that timing, and not
// the market's own way, must answer for.
//
//   hedged = r - beta b      beta = cov(r, b) / var(b), of the whole history
//
// Its mean is Jensen's alpha (The Performance of Mutual Funds in the Period 1945-1964, Journal of
// Finance 23/2, 1968). For rules that are long or short it is what Aronson (Evidence-Based Technical
// Analysis, 2007, ch. 1 and appendix) takes a rule's position bias off for: half the time long in a
// market that doubled is no skill. beta is held fixed in resamples; what estimating it adds to
// the variance of a mean is the squared daily Sharpe ratio of b: a thousandth of it.

import type { Column } from '../market/column.ts';
import { moments } from './moments.ts';
import { lessShares, type TrialMatrix, trialOf } from './trial-matrix.ts';

/** What is left of a trial below this share of its own risk is rounding: it is the benchmark. */
const ROUNDING = 1e-9;

export interface HedgedTrials {
  readonly matrix: TrialMatrix;
  /** Of each trial; 0 where the benchmark never moved. */
  readonly beta: Float64Array;
}

/**
 * Hedges every trial. A trial that is a share of the benchmark and nothing else has nothing left: 0
 * throughout. Values that are not finite stay so. Throws InputError when the lengths differ.
 */
export function hedgedTrials(matrix: TrialMatrix, benchmark: Column): HedgedTrials {
  const { trials, rows } = matrix;
  const held = moments(benchmark);
  const before = Array.from({ length: trials }, (_, k) => moments(trialOf(matrix, k)));
  const beta = Float64Array.from(before, (own, k) => {
    if (held === null || own === null || held.sd === 0 || benchmark.length !== rows) return 0;
    const values = trialOf(matrix, k);
    let product = 0;
    for (let t = 0; t < rows; t++) product += (values[t]! - own.mean) * (benchmark[t]! - held.mean);
    return product / ((rows - 1) * held.sd * held.sd);
  });
  const hedged = lessShares(matrix, benchmark, beta);
  for (let k = 0; k < trials; k++) {
    const after = moments(trialOf(hedged, k));
    if (after !== null && after.sd <= ROUNDING * before[k]!.sd) trialOf(hedged, k).fill(0);
  }
  return { matrix: hedged, beta };
}

/** All trials as one that nobody chose: each at the same risk, with the same share; flat ones left out. */
export function togetherAtRisk(matrix: TrialMatrix): Float64Array {
  const sum = new Float64Array(matrix.rows);
  for (let k = 0; k < matrix.trials; k++) {
    const own = trialOf(matrix, k);
    const sd = moments(own)?.sd ?? 0;
    if (sd === 0) continue;
    for (let t = 0; t < sum.length; t++) sum[t]! += own[t]! / (sd * matrix.trials);
  }
  return sum;
}
