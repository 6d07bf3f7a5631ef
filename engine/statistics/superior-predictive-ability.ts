// Hansen, A Test for Superior Predictive Ability, JBES 23/4 (2005): White's question with every
// trial measured in its own standard error, and with hopeless trials kept from hiding a good one.
//
//   T = max(0, max_k sqrt(n) mean_k / omega_k)      T*_b the same of f*_k - g(mean_k)
//   g:  lower  max(mean, 0)     hopeless trials count as far below: the most generous p
//       consistent  mean if mean >= -omega sqrt(2 log log n / n), else 0     the one to report
//       upper  mean             every trial counts as the benchmark's equal: the strictest p
//
// Where no trial beats the benchmark T is 0, every T* reaches it, and p is 1.

import { meanBlockOfTrials } from './block-length.ts';
import { noTest, type ResampledTest, resampledMeans, testOf } from './reality-check.ts';
import {
  type Resampler,
  type Resampling,
  requireResampling,
  stationaryResampler,
} from './stationary-bootstrap.ts';
import { isSound, meansOf, type TrialMatrix } from './trial-matrix.ts';

export interface SuperiorPredictiveAbility {
  /** T, in standard errors, from 0. */
  readonly statistic: number;
  readonly lower: ResampledTest;
  /** The one to gate on: lower.p <= consistent.p <= upper.p. */
  readonly consistent: ResampledTest;
  readonly upper: ResampledTest;
  /** Standard error of each trial's mean x sqrt(n); 0 for a trial that never differed. */
  readonly omega: Float64Array;
  /** sqrt(n) mean / omega of each trial; 0 for a trial that never differed. */
  readonly t: Float64Array;
  /** The trial with the highest t value, -1 when there is none to speak of. */
  readonly best: number;
  /** Mean run length of the resamples and of omega's kernel, rows. */
  readonly meanBlock: number;
}

/**
 * Hansen's test over `differences`: each trial's performance less the benchmark's, per period,
 * higher is better (EVERY trial). A trial that never differs from the benchmark can neither beat
 * it nor help others; one that is better by a constant has no standard error, which is a defect
 * and makes everything NaN, as do values that are not finite and fewer than 9 rows without a
 * `meanBlock`. Throws InputError for unusable settings.
 */
export function superiorPredictiveAbility(
  differences: TrialMatrix,
  resampling: Resampling,
): SuperiorPredictiveAbility {
  requireResampling(resampling);
  const { resamples, seed } = resampling;
  const meanBlock = resampling.meanBlock ?? blockOr1(differences);
  if (!(meanBlock >= 1)) return nothing(meanBlock);
  const resample = stationaryResampler(differences.rows, meanBlock, seed);
  return superiorPredictiveAbilityBy(differences, resamples, resample, meanBlock);
}

/** The same over the resamples that `resample` hands out; `meanBlock` (>= 1) is omega's kernel. */
export function superiorPredictiveAbilityBy(
  differences: TrialMatrix,
  resamples: number,
  resample: Resampler,
  meanBlock: number,
): SuperiorPredictiveAbility {
  const { trials, rows } = differences;
  if (!isSound(differences) || rows < 3 || !(meanBlock >= 1)) return nothing(meanBlock);
  const means = meansOf(differences);
  const omega = standardErrors(differences, means, meanBlock);
  const root = Math.sqrt(rows);
  const reach = Math.sqrt((2 * Math.log(Math.log(rows))) / rows);

  let statistic = 0;
  let best = -1;
  let highest = Number.NEGATIVE_INFINITY;
  const consistent = new Float64Array(trials);
  const ts = new Float64Array(trials);
  for (let k = 0; k < trials; k++) {
    if (omega[k] === 0) {
      if (means[k]! > 0) return nothing(meanBlock);
      continue;
    }
    const t = (root * means[k]!) / omega[k]!;
    ts[k] = t;
    if (t > highest) {
      highest = t;
      best = k;
    }
    statistic = Math.max(statistic, t);
    consistent[k] = means[k]! >= -omega[k]! * reach ? means[k]! : 0;
  }

  const column = () => new Float64Array(resamples);
  const stars = { lower: column(), consistent: column(), upper: column() };
  resampledMeans(differences, resamples, resample, (b, k, mean) => {
    const unit = root / omega[k]!;
    if (unit === Number.POSITIVE_INFINITY) return;
    const lower = (mean - Math.max(means[k]!, 0)) * unit;
    const middle = (mean - consistent[k]!) * unit;
    const upper = (mean - means[k]!) * unit;
    if (lower > stars.lower[b]!) stars.lower[b] = lower;
    if (middle > stars.consistent[b]!) stars.consistent[b] = middle;
    if (upper > stars.upper[b]!) stars.upper[b] = upper;
  });
  return {
    statistic,
    lower: testOf(statistic, stars.lower),
    consistent: testOf(statistic, stars.consistent),
    upper: testOf(statistic, stars.upper),
    omega,
    t: ts,
    best,
    meanBlock,
  };
}

/**
 * The consistent p of one trial by itself, all tries still counted: how often the best of worthless
 * ones would reach ITS t value (the single step of Romano & Wolf, Stepwise Multiple Testing as
 * Formalized Data Snooping, Econometrica 73/4, 2005). That of the best trial is the test's own; one
 * that is not ahead has 1. NaN where the test is.
 */
export function consistentPOf(found: SuperiorPredictiveAbility, trial: number): number {
  if (!Number.isFinite(found.consistent.p)) return Number.NaN;
  return testOf(Math.max(0, found.t[trial]!), found.consistent.resampled).p;
}

/**
 * Standard errors that the stationary bootstrap would give (Politis & Romano 1994, Lemma 1):
 * omega^2 = R(0) + 2 sum ((n - i)/n (1 - q)^i + i/n (1 - q)^(n - i)) R(i), q = 1 / meanBlock.
 */
function standardErrors(matrix: TrialMatrix, means: Float64Array, meanBlock: number): Float64Array {
  const { trials, rows, values } = matrix;
  const stay = 1 - 1 / meanBlock;
  const kernel = new Float64Array(rows);
  // On the circle R(i) and R(n - i) come together, so one falling weight is enough, and what
  // weighs less than rounding is left out.
  let lags = 0;
  for (let i = 1; i < rows; i++) {
    kernel[i] = (1 - i / rows) * stay ** i;
    if (kernel[i]! > 1e-17) lags = i;
  }
  const omega = new Float64Array(trials);
  // Twice, so that the circle needs no wrapping.
  const twice = new Float64Array(2 * rows);
  for (let k = 0; k < trials; k++) {
    let squares = 0;
    for (let t = 0; t < rows; t++) {
      const d = values[k * rows + t]! - means[k]!;
      twice[t] = d;
      twice[t + rows] = d;
      squares += d * d;
    }
    if (Math.sqrt(squares / rows) <= 1e-14 * (1 + Math.abs(means[k]!))) continue;
    let variance = squares;
    for (let i = 1; i <= lags; i++) {
      let product = 0;
      for (let t = 0; t < rows; t++) product += twice[t]! * twice[t + i]!;
      variance += 2 * kernel[i]! * product;
    }
    // A variance by construction; only rounding can make it fall below a speck of R(0).
    omega[k] = Math.sqrt(Math.max(variance, 1e-12 * squares) / rows);
  }
  return omega;
}

/** The automatic length; 1 where all trials are flat, so that they get their p of 1. */
function blockOr1(differences: TrialMatrix): number {
  if (!isSound(differences) || differences.rows < 9) return Number.NaN;
  const block = meanBlockOfTrials(differences);
  return block >= 1 ? block : 1;
}

function nothing(meanBlock: number): SuperiorPredictiveAbility {
  const none = noTest();
  return {
    statistic: Number.NaN,
    lower: none,
    consistent: none,
    upper: none,
    omega: new Float64Array(0),
    t: new Float64Array(0),
    best: -1,
    meanBlock,
  };
}
