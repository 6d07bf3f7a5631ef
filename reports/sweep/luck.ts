// What luck alone gives to whoever tries so often: the Sharpe ratio that the best of so many worthless
// trials is expected to show, read as the deflated Sharpe ratio reads it.
//
//   spread of the trials' own ratios x expected maximum of N standard normals    (per day, x sqrt 365)
//
// As in engine/statistics/trial-deflation.ts: N is every trial, failed and earlier ones too; where earlier
// ones are not at hand the spread is at least 1 / (T - 1), that of a worthless trial over T days.

import { expectedMaximum } from '../../engine/statistics/deflated-sharpe.ts';
import { moments } from '../../engine/statistics/moments.ts';
import { DAYS_PER_YEAR } from '../../engine/statistics/returns.ts';
import type { PageRow, SweepPage } from './view.ts';

export interface Luck {
  /** Trials that are counted. */
  readonly trials: number;
  /** True where the ledger knows of more than this sweep made. */
  readonly hasEarlier: boolean;
  /** Annualised Sharpe ratio that is expected of the best worthless one. */
  readonly sharpe: number;
  /** Of the best trial; null = not defined. */
  readonly bestSharpe: number | null;
  readonly days: number;
}

/** Null where fewer than two days were run. `rows` are the trials that compete. */
export function luckOf(
  { result: { facts, circumstances }, rows: all }: SweepPage,
  rows: readonly PageRow[],
  best: PageRow,
): Luck | null {
  const days = best.statistics?.days ?? 0;
  const trials = Math.max(facts.trials, circumstances.trialNumber, 1);
  if (days < 2 || !Number.isInteger(trials)) return null;
  const ratios = rows.flatMap(({ statistics }) => {
    const annual = statistics?.sharpe ?? Number.NaN;
    return Number.isFinite(annual) ? [annual / Math.sqrt(DAYS_PER_YEAR)] : [];
  });
  const overTime = 1 / (days - 1);
  const own = moments(Float64Array.from(ratios));
  const ownSpread = own === null ? overTime : own.sd * own.sd;
  const spread = trials > all.length ? Math.max(ownSpread, overTime) : ownSpread;
  return {
    trials,
    hasEarlier: circumstances.trialNumber > facts.trials,
    sharpe: Math.sqrt(spread * DAYS_PER_YEAR) * expectedMaximum(trials),
    bestSharpe: best.statistics?.sharpe ?? null,
    days,
  };
}
