// What luck alone gives to whoever tries often. The best of N worthless trials has a high Sharpe
// ratio; a result counts only as far as it beats that. N is EVERY trial ever made, failed and
// aborted ones too.

import { InputError } from '../errors.ts';
import { normalQuantile } from './normal.ts';
import { type ObservedSharpe, probabilisticSharpe2012 } from './probabilistic-sharpe.ts';
import { finite } from './ratios.ts';

const EULER_MASCHERONI = 0.577_215_664_901_532_9;

/**
 * Expected maximum of `trials` independent standard normals: (1 - g) Z(1 - 1/N) + g Z(1 - 1/(N e)),
 * 0 for a single one. Bailey, Borwein, Lopez de Prado & Zhu 2014; against the exact integral it is
 * 0.04 low at N = 2, 0.04 high at 10 and 0.01 high at 1000. Throws InputError below one trial.
 */
export function expectedMaximum(trials: number): number {
  if (!(Number.isInteger(trials) && trials >= 1)) {
    throw new InputError({ key: 'trials', rule: 'must be a whole number from 1', value: trials });
  }
  if (trials === 1) return 0;
  return (
    (1 - EULER_MASCHERONI) * normalQuantile(1 - 1 / trials) +
    EULER_MASCHERONI * normalQuantile(1 - 1 / (trials * Math.E))
  );
}

/**
 * Bailey & Lopez de Prado, The Deflated Sharpe Ratio (2014): the probabilistic ratio against the
 * maximum that `trials` worthless trials would show. `sharpeVarianceOfTrials` is the variance of
 * the trials' own ratios, per period like `observed.sharpe`. Null where the former is.
 */
export function deflatedSharpe(
  observed: ObservedSharpe,
  trials: number,
  sharpeVarianceOfTrials: number,
): number | null {
  const luck = Math.sqrt(sharpeVarianceOfTrials) * expectedMaximum(trials);
  return probabilisticSharpe2012(observed, luck);
}

/**
 * Annualised Sharpe ratio that the best of `trials` independent worthless trials is expected to
 * show over `days` UTC days: its estimate has a standard error of about sqrt(365 / days).
 */
export function sharpeOfLuck(trials: number, days: number, periodsPerYear: number): number | null {
  if (!(days > 0 && days < Number.POSITIVE_INFINITY)) return null;
  return finite(expectedMaximum(trials) * Math.sqrt(periodsPerYear / days));
}

/**
 * Years of data below which the best of `trials` worthless trials is expected to reach
 * `annualSharpe` (> 0): the minimum backtest length of Bailey et al. 2014. Null for a ratio <= 0 or
 * not finite.
 */
export function minimumBacktestYears(trials: number, annualSharpe: number): number | null {
  if (!(annualSharpe > 0 && annualSharpe < Number.POSITIVE_INFINITY)) return null;
  return finite((expectedMaximum(trials) / annualSharpe) ** 2);
}
