// Walk-forward: learn on one window, trade the next one, move on. What is stitched together from the
// windows that were traded is a history that no point was chosen by.
//
//   rolling    |==== train ====|-test-|            anchored   |==== train ====|-test-|
//                     |==== train ====|-test-|                |======= train =======|-test-|
//
// Windows begin and end at UTC midnight, so that their daily returns join without a seam. Each test
// window starts flat with the config's cash; indicators are warmed on the rows before it.

import { InputError, type Problem } from '../errors.ts';
import { DAY_MS } from '../interval.ts';
import type { Column } from '../market/column.ts';
import { moments } from '../statistics/moments.ts';
import type { Statistics } from '../statistics/performance.ts';
import { cagr, sharpe } from '../statistics/ratios.ts';
import { DAYS_PER_YEAR } from '../statistics/returns.ts';
import { type RowRange, walkForward, walkForwardEfficiency } from './splits.ts';
import type { PanelColumns } from './sweep/slice.ts';
import { rowAt } from './sweep/slice.ts';
import type { Point } from './sweep/space.ts';

export interface WalkForwardOptions {
  /** Test windows, from 1. */
  readonly folds: number;
  /** Length of the (first, when anchored) training window in test windows, from 1. */
  readonly train: number;
  readonly anchored: boolean;
}

/** Days since 1970, half-open. */
export interface DayRange {
  readonly from: number;
  readonly to: number;
}

/** Rows that are traded, and the UTC days that they cover. */
export interface Window {
  readonly test: RowRange;
  readonly testDays: DayRange;
}

export interface FoldPlan extends Window {
  readonly train: RowRange;
}

/** What a run over some rows came to. */
export interface FoldRun {
  /** The objective; null = not defined. */
  readonly value: number | null;
  /** Null when the run did not go through. */
  readonly statistics: Statistics | null;
  readonly dailyReturns: Column | null;
  /** Why it did not go through; null when it did. */
  readonly failure: string | null;
}

/** The best of a search in a training window. */
export interface Found {
  readonly point: Point;
  readonly run: FoldRun;
}

/** Who searches and runs; a sweep in this thread (verdict/search.ts), or anything else. */
export interface WalkForwardHand {
  /** The best point on training rows, in one piece or several; null when no trial has a value. */
  search(
    train: readonly RowRange[],
    fold: number,
  ): { readonly best: Found | null; readonly trials: number };
  /** A point over rows, with warm-up from the rows before. */
  run(point: Point, rows: RowRange): FoldRun;
}

export interface Fold extends FoldPlan {
  /** Null = nothing was found, and nothing traded. */
  readonly point: Point | null;
  /** Trials of the search. */
  readonly trials: number;
  readonly inSample: FoldRun | null;
  readonly outOfSample: FoldRun | null;
}

export interface Stitched {
  readonly days: DayRange;
  /** Of every UTC day of the test windows; NaN on the days of a run that did not go through. */
  readonly dailyReturns: Float64Array;
  /** Growth of 1 at the end of each day; 0 from the day of ruin on. */
  readonly growth: Float64Array;
  readonly totalReturn: number;
  readonly cagr: number | null;
  readonly sharpe: number | null;
  /** Over ends of days, a fraction <= 0. */
  readonly maxDrawdown: number;
  readonly trades: number;
}

export interface WalkForward {
  readonly folds: readonly Fold[];
  readonly stitched: Stitched;
  /** Mean daily return out of sample over that in sample; NaN unless the latter is above 0. */
  readonly efficiency: number;
  /** Deepest drawdown inside one test window, over every row; NaN when a run did not go through. */
  readonly worstDrawdown: number;
}

/** Days in a test window at least: a daily return each way. */
export const LEAST_DAYS = 2;

/** The UTC days that rows from `firstRow` cover, from the first that begins among them. */
export interface DayGrid {
  readonly days: DayRange;
  /** The first row of a day, or the one after the last. */
  row(day: number): number;
}

/** Days of the rows from `firstRow`; the last may be unfinished. Refuses candles longer than a day. */
export function dayGrid(
  { openMs, intervalMs }: Pick<PanelColumns, 'openMs' | 'intervalMs'>,
  firstRow: number,
): DayGrid {
  if (intervalMs > DAY_MS) {
    throw new InputError({
      key: 'world.interval',
      rule: 'must be a day at most',
      value: intervalMs,
    });
  }
  const rows = openMs.length;
  const from = firstRow < rows ? Math.ceil(openMs[firstRow]! / DAY_MS) : 0;
  const to = firstRow < rows ? Math.ceil((openMs[rows - 1]! + intervalMs) / DAY_MS) : 0;
  return {
    days: { from, to: Math.max(from, to) },
    row: (day) => (day === to ? rows : rowAt(openMs, day * DAY_MS)),
  };
}

/**
 * The windows over rows from `firstRow`; what whole windows leave over is left out at the beginning
 * (anchored: trained on). Throws InputError for settings out of range or too few days.
 */
export function foldPlans(
  columns: Pick<PanelColumns, 'openMs' | 'intervalMs'>,
  firstRow: number,
  { folds, train, anchored }: WalkForwardOptions,
): FoldPlan[] {
  const rules = [
    ['--folds', folds],
    ['--train', train],
  ] as const;
  const problems: Problem[] = rules
    .filter(([, value]) => !(Number.isInteger(value) && value >= 1))
    .map(([key, value]) => ({ key, rule: 'must be a whole number from 1', value }));
  if (problems.length > 0) throw new InputError(problems);
  const { days: all, row } = dayGrid(columns, firstRow);
  const [firstDay, endDay] = [all.from, all.to];
  const days = endDay - firstDay;
  const windows = folds + train;
  const unit = Math.floor(days / windows);
  if (unit < LEAST_DAYS) {
    const rule =
      `must leave ${LEAST_DAYS} days to each of ${windows} windows (${train} to train on and ` +
      `${folds} folds): the data have ${days} days`;
    throw new InputError({ key: '--folds', rule, value: folds });
  }
  const used = unit * windows;
  const startDay = endDay - used;
  const splits = walkForward({ rows: used, train: unit * train, test: unit, anchored });
  const plans = splits.map(({ train: learn, test }): FoldPlan => {
    const fromDay = anchored ? firstDay : startDay + learn.from;
    const testDays = { from: startDay + test.from, to: startDay + test.to };
    return {
      train: { from: row(fromDay), to: row(startDay + learn.to) },
      test: { from: row(testDays.from), to: row(testDays.to) },
      testDays,
    };
  });
  const empty = plans.findIndex(({ train: a, test: b }) => a.to <= a.from || b.to <= b.from);
  if (empty >= 0) {
    const rule = `must leave candles in every window: fold ${empty + 1} lies in a hole of the data`;
    throw new InputError({ key: '--folds', rule, value: folds });
  }
  return plans;
}

/** Searches and trades each fold in turn. `onFold` is told as soon as one is done. */
export function runWalkForward(
  columns: Pick<PanelColumns, 'openMs' | 'intervalMs'>,
  plans: readonly FoldPlan[],
  hand: WalkForwardHand,
  onFold?: (fold: Fold, index: number) => void,
): WalkForward {
  const folds = plans.map((plan, k): Fold => {
    const { best, trials } = hand.search([plan.train], k);
    const outOfSample = best === null ? null : hand.run(best.point, plan.test);
    const point = best?.point ?? null;
    const fold = { ...plan, point, trials, inSample: best?.run ?? null, outOfSample };
    onFold?.(fold, k);
    return fold;
  });
  const stitched = stitch(
    columns,
    folds.map(({ outOfSample }) => outOfSample),
    plans,
  );
  return {
    folds,
    stitched,
    efficiency: efficiencyOf(
      folds.map(({ inSample }) => inSample?.dailyReturns ?? null),
      [stitched.dailyReturns],
    ),
    worstDrawdown: deepestOf(folds.map(({ outOfSample }) => outOfSample)),
  };
}

/** Mean daily return out of sample over that in sample; null = nothing was found or traded. */
export function efficiencyOf(
  inSample: readonly (Column | null)[],
  outOfSample: readonly (Column | null)[],
): number {
  const yearly = (some: readonly (Column | null)[]) => {
    const all = Float64Array.from(some.flatMap((returns) => Array.from(returns ?? [])));
    return (moments(all)?.mean ?? Number.NaN) * DAYS_PER_YEAR;
  };
  return walkForwardEfficiency(yearly(inSample), yearly(outOfSample));
}

/** The deepest drawdown inside one run, over every row; NaN when one did not go through. */
export function deepestOf(runs: readonly (FoldRun | null)[]): number {
  const depths = runs.map((run) => {
    return run === null ? 0 : (run.statistics?.maxDrawdown ?? Number.NaN);
  });
  // Math.min keeps a NaN.
  return Math.min(0, ...depths);
}

/** Runs of test windows as one history; null = nothing was traded in that window. */
export function stitch(
  columns: Pick<PanelColumns, 'openMs' | 'intervalMs'>,
  runs: readonly (FoldRun | null)[],
  plans: readonly Window[],
): Stitched {
  const days = { from: plans[0]!.testDays.from, to: plans.at(-1)!.testDays.to };
  const dailyReturns = new Float64Array(days.to - days.from);
  plans.forEach(({ test, testDays }, k) => {
    const run = runs[k]!;
    if (run === null) return;
    dailyReturns.set(onDays(columns, run.dailyReturns, test, testDays), testDays.from - days.from);
  });
  const growth = new Float64Array(dailyReturns.length);
  let worth = 1;
  let peak = 1;
  let depth = 0;
  dailyReturns.forEach((r, t) => {
    // What is used up stays so, whatever later windows would have made of other cash.
    if (worth === 0) dailyReturns[t] = 0;
    else worth = worth * (1 + r) <= 0 ? 0 : worth * (1 + r);
    growth[t] = worth;
    if (worth > peak) peak = worth;
    depth = Math.min(depth, worth / peak - 1);
  });
  return {
    days,
    dailyReturns,
    growth,
    totalReturn: worth - 1,
    cagr: cagr(worth, dailyReturns.length / DAYS_PER_YEAR),
    sharpe: sharpe(dailyReturns, DAYS_PER_YEAR),
    maxDrawdown: depth,
    trades: runs.reduce((sum, run) => sum + (run?.statistics?.trades ?? 0), 0),
  };
}

/**
 * Daily returns of a run over `rows`, one for each of `days`: 0 where a hole swallowed a day and after
 * ruin, NaN throughout for a run that did not go through.
 */
export function onDays(
  { openMs, intervalMs }: Pick<PanelColumns, 'openMs' | 'intervalMs'>,
  returns: Column | null,
  rows: RowRange,
  days: DayRange,
): Float64Array {
  const out = new Float64Array(days.to - days.from);
  if (returns === null) return out.fill(Number.NaN);
  // A close at midnight belongs to the day that ended, as in statistics/returns.ts.
  const first = Math.ceil((openMs[rows.from]! + intervalMs) / DAY_MS) - 1;
  for (let t = 0; t < returns.length; t++) {
    const at = first + t - days.from;
    if (at >= 0 && at < out.length) out[at] = returns[t]!;
  }
  return out;
}
