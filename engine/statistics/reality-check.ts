// Does the best of many trials beat the benchmark, or only the luck of many tries? White, A Reality
// Check for Data Snooping, Econometrica 68/5 (2000). Not studentised: one wild trial can drown the
// others, and hopeless trials weaken it; superior-predictive-ability.ts mends both.
//
//   V = max_k sqrt(n) mean(f_k)        V*_b = max_k sqrt(n) (mean(f*_kb) - mean(f_k))

import { meanBlockOfTrials } from './block-length.ts';
import {
  type Resampler,
  type Resampling,
  requireResampling,
  stationaryResampler,
} from './stationary-bootstrap.ts';
import { isSound, LANES, meansOf, type TrialMatrix, weightedSums } from './trial-matrix.ts';

/** A resampled test. All NaN when the input was not finite or too short: NaN < 0.05 is no pass. */
export interface ResampledTest {
  /** (1 + exceedances) / (1 + resamples): above 0 always; small = more than luck. */
  readonly p: number;
  /** Resampled statistics at or above the observed one; ties count against the trials. */
  readonly exceedances: number;
  /** The statistic of each resample under the null. */
  readonly resampled: Float64Array;
}

export interface RealityCheck extends ResampledTest {
  /** V, in units of the differences x sqrt(rows). */
  readonly statistic: number;
}

/**
 * White's reality check over `differences`: each trial's performance less the benchmark's, per
 * period, higher is better (EVERY trial, not only the good ones). Throws InputError for unusable
 * settings; NaN for values that are not finite or fewer than 3 rows.
 */
export function realityCheck(differences: TrialMatrix, resampling: Resampling): RealityCheck {
  requireResampling(resampling);
  const { resamples, seed } = resampling;
  const meanBlock = resampling.meanBlock ?? meanBlockOfTrials(differences);
  if (!(meanBlock >= 1)) return { statistic: Number.NaN, ...noTest() };
  const resample = stationaryResampler(differences.rows, meanBlock, seed);
  return realityCheckBy(differences, resamples, resample);
}

/** The same over the resamples that `resample` hands out. */
export function realityCheckBy(
  differences: TrialMatrix,
  resamples: number,
  resample: Resampler,
): RealityCheck {
  if (!isSound(differences) || differences.rows < 3) return { statistic: Number.NaN, ...noTest() };
  const means = meansOf(differences);
  const root = Math.sqrt(differences.rows);
  let statistic = Number.NEGATIVE_INFINITY;
  for (const mean of means) statistic = Math.max(statistic, root * mean);
  const resampled = new Float64Array(resamples).fill(Number.NEGATIVE_INFINITY);
  resampledMeans(differences, resamples, resample, (b, trial, mean) => {
    const z = root * (mean - means[trial]!);
    if (z > resampled[b]!) resampled[b] = z;
  });
  return { statistic, ...testOf(statistic, resampled) };
}

/**
 * Hands the mean of every trial in every resample to `take`. The matrix is read once per four
 * resamples, with the number of times that each row was drawn as its weight.
 */
export function resampledMeans(
  matrix: TrialMatrix,
  resamples: number,
  resample: Resampler,
  take: (resample: number, trial: number, mean: number) => void,
): void {
  const { trials, rows: count } = matrix;
  const rows = new Uint32Array(count);
  const weights = new Float64Array(LANES * count);
  const sums = new Float64Array(LANES * trials);
  for (let from = 0; from < resamples; from += LANES) {
    const lanes = Math.min(LANES, resamples - from);
    weights.fill(0);
    for (let lane = 0; lane < lanes; lane++) {
      resample(rows);
      for (let t = 0; t < count; t++) weights[LANES * rows[t]! + lane]! += 1;
    }
    weightedSums(matrix, weights, sums);
    for (let k = 0; k < trials; k++) {
      for (let lane = 0; lane < lanes; lane++) {
        take(from + lane, k, sums[LANES * k + lane]! / count);
      }
    }
  }
}

/** Counts the resamples that reach the statistic. */
export function testOf(statistic: number, resampled: Float64Array): ResampledTest {
  let exceedances = 0;
  // Written so that a NaN on either side counts against the trials.
  for (const value of resampled) if (!(value < statistic)) exceedances++;
  return { p: (1 + exceedances) / (1 + resampled.length), exceedances, resampled };
}

/** The answer where there is nothing to test. */
export function noTest(): ResampledTest {
  return { p: Number.NaN, exceedances: Number.NaN, resampled: new Float64Array(0) };
}
