// How many independent tries are 400 variants of one idea? The number of independent trials whose
// best is expected to stand out as far as the best of these does, given how they hang together.
//
//   z_k = sum_t g_t x_kt, g_t standard normal: normal with exactly the trials' sample correlations
//   E[max z] by simulation --> N with E[max of N independent normals] equal to it
//
// Multiplier bootstrap of a maximum: Chernozhukov, Chetverikov & Kato, Annals of Statistics 41/6
// (2013). Chosen over counts from eigenvalues, which answer another question: at a common
// correlation of 0.5 a hundred trials are 16 for the maximum, 4 by the participation ratio of the
// eigenvalues and 50.5 by the average correlation.

import { gaussian, random } from '../random.ts';
import { trialsOfExpectedMaximum } from './expected-maximum.ts';
import { requireResampling } from './stationary-bootstrap.ts';
import { isSound, LANES, meansOf, type TrialMatrix, weightedSums } from './trial-matrix.ts';

export interface EffectiveTrialsOptions {
  /** Number of simulated maxima; 1000 give the number to about 4 %. */
  readonly resamples: number;
  readonly seed: number;
}

/**
 * Effective number of independent trials, 1 to `matrix.trials`: 1 for copies of one trial, about
 * N for unrelated ones. A trial that never moved adds no luck. Trials that move against each other
 * would count as more than there are; the number of trials is the cap. NaN for values that are not
 * finite or fewer than 3 rows. Throws InputError for unusable settings.
 */
export function effectiveTrials(matrix: TrialMatrix, options: EffectiveTrialsOptions): number {
  requireResampling(options);
  const { trials, rows } = matrix;
  if (rows < 3 || !isSound(matrix)) return Number.NaN;
  const unit = unitTrials(matrix);
  const draw = random(options.seed, 'effective-trials');
  const weights = new Float64Array(LANES * rows);
  const sums = new Float64Array(LANES * trials);
  let total = 0;
  for (let from = 0; from < options.resamples; from += LANES) {
    for (let i = 0; i < weights.length; i++) weights[i] = gaussian(draw);
    weightedSums(unit, weights, sums);
    for (let lane = 0; lane < Math.min(LANES, options.resamples - from); lane++) {
      let low = Number.POSITIVE_INFINITY;
      let high = Number.NEGATIVE_INFINITY;
      for (let i = lane; i < sums.length; i += LANES) {
        low = Math.min(low, sums[i]!);
        high = Math.max(high, sums[i]!);
      }
      // The draw and its mirror image together: the noise that all trials share cancels.
      total += (high - low) / 2;
    }
  }
  return Math.min(trials, trialsOfExpectedMaximum(total / options.resamples));
}

/** Each trial less its mean, over its length: dot products are correlations. Flat ones become 0. */
function unitTrials(matrix: TrialMatrix): TrialMatrix {
  const { trials, rows } = matrix;
  const values = matrix.values.slice();
  const means = meansOf(matrix);
  for (let k = 0; k < trials; k++) {
    const trial = values.subarray(k * rows, (k + 1) * rows);
    const mean = means[k]!;
    let squares = 0;
    for (let t = 0; t < rows; t++) {
      trial[t]! -= mean;
      squares += trial[t]! * trial[t]!;
    }
    if (Math.sqrt(squares / rows) <= 1e-14 * (1 + Math.abs(mean))) trial.fill(0);
    else for (let t = 0; t < rows; t++) trial[t]! /= Math.sqrt(squares);
  }
  return { trials, rows, values };
}
