// A chosen trial's Sharpe ratio after all trials have been counted: the deflated ratio of 2014 over
// the full count, and beside it over the effective number of independent trials.
//
// Two readings of luck that must not be mixed: the spread of the trials' OWN ratios is already
// small where trials are alike, so it goes with their full number; the effective number goes with
// the spread that one worthless trial has over time, 1 / (T - 1), or more where the trials show it.

import { InputError } from '../errors.ts';
import { deflatedSharpe, expectedMaximum } from './deflated-sharpe.ts';
import { type EffectiveTrialsOptions, effectiveTrials } from './effective-trials.ts';
import { exactExpectedMaximum } from './expected-maximum.ts';
import { moments } from './moments.ts';
import { probabilisticSharpe2012 } from './probabilistic-sharpe.ts';
import { isSound, type TrialMatrix, trialOf } from './trial-matrix.ts';

/** Ratios per period; NaN where not defined, which no gate passes. */
export interface Deflation {
  /** The chosen trial's own ratio. */
  readonly sharpe: number;
  /** Every trial made, those without returns included. */
  readonly trials: number;
  readonly effectiveTrials: number;
  /**
   * Sample variance of the ratios of trials that moved; 1 / (T - 1) when there are not two, and at
   * least that where trials are missing.
   */
  readonly sharpeVarianceOfTrials: number;
  /** What the best of `trials` worthless ones is expected to show. */
  readonly luck: number;
  /** P(true ratio > luck): the deflated Sharpe ratio. */
  readonly deflated: number;
  readonly effectiveLuck: number;
  /** The same over the effective number. */
  readonly effectiveDeflated: number;
}

/**
 * Deflates trial `chosen` of `matrix`. `trials` is the ledger's count, at least the matrix's rows:
 * a trial whose returns are missing counts as one more, and as independent. Throws InputError for a
 * count below that or a trial that is not there.
 */
export function deflateTrial(
  matrix: TrialMatrix,
  chosen: number,
  trials: number,
  options: EffectiveTrialsOptions,
): Deflation {
  const problems = [];
  if (!(Number.isInteger(trials) && trials >= matrix.trials)) {
    const rule = `must be a whole number from ${matrix.trials}`;
    problems.push({ key: 'trials', rule, value: trials });
  }
  if (!(Number.isInteger(chosen) && chosen >= 0 && chosen < matrix.trials)) {
    const rule = `must be a trial from 0 to ${matrix.trials - 1}`;
    problems.push({ key: 'chosen', rule, value: chosen });
  }
  if (problems.length > 0) throw new InputError(problems);
  const { rows } = matrix;
  const own = isSound(matrix) ? moments(trialOf(matrix, chosen)) : null;
  const effective = effectiveTrials(matrix, options) + trials - matrix.trials;
  if (own === null || own.sd === 0) {
    const none = { sharpe: NaN, sharpeVarianceOfTrials: NaN, luck: NaN, deflated: NaN };
    const rest = { effectiveLuck: NaN, effectiveDeflated: NaN };
    return { ...none, ...rest, trials, effectiveTrials: effective };
  }
  const observed = {
    sharpe: own.mean / own.sd,
    count: rows,
    skewness: own.skewness!,
    kurtosis: own.kurtosis!,
  };
  const overTime = 1 / (rows - 1);
  const ratios = sharpesOf(matrix).filter(Number.isFinite);
  const spread = moments(ratios);
  const ownSpread = spread === null ? overTime : spread.sd * spread.sd;
  // Trials whose returns are missing spread at least as far as a worthless one does over time.
  const sharpeVarianceOfTrials = trials > matrix.trials ? Math.max(ownSpread, overTime) : ownSpread;
  const effectiveLuck =
    Math.sqrt(Math.max(sharpeVarianceOfTrials, overTime)) * exactExpectedMaximum(effective);
  return {
    sharpe: observed.sharpe,
    trials,
    effectiveTrials: effective,
    sharpeVarianceOfTrials,
    luck: Math.sqrt(sharpeVarianceOfTrials) * expectedMaximum(trials),
    deflated: deflatedSharpe(observed, trials, sharpeVarianceOfTrials) ?? Number.NaN,
    effectiveLuck,
    effectiveDeflated: probabilisticSharpe2012(observed, effectiveLuck) ?? Number.NaN,
  };
}

/** Sharpe ratio per period of every trial; NaN for one that never moved. */
export function sharpesOf(matrix: TrialMatrix): Float64Array {
  return Float64Array.from({ length: matrix.trials }, (_, k) => {
    const sample = moments(trialOf(matrix, k));
    return sample === null || sample.sd === 0 ? Number.NaN : sample.mean / sample.sd;
  });
}
