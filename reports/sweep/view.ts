// What all parts of a sweep's page look at: the trials that compete, each with its first objective and
// its place among the others, and the parameters as axes.
//
// Only completed trials on the largest share of the span compete, as on the board of the sweep; what
// is left out of a chart for that is counted, and said.

import type { Contribution } from '../../engine/research/sweep/ablation.ts';
import type { SweepFacts, SweepResult } from '../../engine/research/sweep/facts.ts';
import type { TrialRow } from '../../engine/research/sweep/outcome.ts';
import type { Verdict } from '../../engine/research/verdict.ts';
import type { Statistics } from '../../engine/statistics/performance.ts';
import type { TrialMatrix } from '../../engine/statistics/trial-matrix.ts';
import { type AxisView, axesOf } from './axis.ts';
import { type Luck, luckOf } from './luck.ts';
import { pathsOf, shortNames } from './words.ts';

/** Equity at the same closes of some of the best configs, the best first. */
export interface EquityFan {
  /** UTC ms, rising. */
  readonly closeMs: Float64Array;
  readonly curves: readonly {
    /** Plan index of the trial. */
    readonly index: number;
    readonly equityUsd: Float64Array;
  }[];
}

/** How the sweep was started, to write its command; as data/runs keeps it. */
export interface SweepCommand {
  readonly file: string;
  readonly flags: Readonly<Record<string, unknown>>;
}

/** A trial, with as much of its statistics as the page shows: there may be very many. */
export type PageRow = Omit<TrialRow, 'statistics'> & {
  readonly statistics: Pick<
    Statistics,
    'sharpe' | 'days' | 'finalEquityUsd' | 'totalReturn'
  > | null;
};

export interface SweepPage {
  readonly result: SweepResult;
  /** Every trial in plan order, failed ones too. */
  readonly rows: readonly PageRow[];
  /** Trial k of it is `rows[k]`; days that a trial lacks are NaN. */
  readonly dailyReturns: TrialMatrix | null;
  readonly verdict: Verdict | null;
  readonly equity: EquityFan | null;
  readonly start?: SweepCommand | null;
  /** What agents add whose weights were taken away. */
  readonly contributions?: readonly Contribution[];
}

/** A trial that competes. */
export interface Tried {
  readonly row: PageRow;
  /** The first objective. */
  readonly value: number;
  /** Share of the others that it beats or equals, 0 the worst, 1 the best. */
  readonly place: number;
}

export interface SweepView {
  readonly page: SweepPage;
  readonly facts: SweepFacts;
  /** The first objective: what charts are coloured by. */
  readonly objective: SweepFacts['objectives'][number];
  readonly axes: readonly AxisView[];
  /** Short names by path. */
  readonly names: ReadonlyMap<string, string>;
  /** In plan order. */
  readonly tried: readonly Tried[];
  /** Completed on less of the span: looked at, not compared. */
  readonly partial: number;
  /** Best by the first objective, the first of equals; null without one. */
  readonly best: Tried | null;
  /** Of the first objective; NaN without a trial. */
  readonly median: number;
  readonly luck: Luck | null;
  readonly isBetter: (a: number, b: number) => boolean;
}

/** The view of a sweep; no row is changed. */
export function viewOf(page: SweepPage): SweepView {
  const { facts } = page.result;
  const done = page.rows.filter(({ status, values }) => {
    return status === 'done' && Number.isFinite(values[0] ?? Number.NaN);
  });
  const fraction = done.reduce((most, row) => Math.max(most, row.fraction), 0);
  const rows = done.filter((row) => row.fraction === fraction);
  const objective = facts.objectives[0] ?? { name: 'objective', goal: 'max' as const };
  const isBetter =
    objective.goal === 'min' ? (a: number, b: number) => a < b : (a: number, b: number) => a > b;
  const sorted = Float64Array.from(rows, ({ values }) => values[0]!).sort();
  const tried = rows.map((row): Tried => {
    const value = row.values[0]!;
    return { row, value, place: placeIn(sorted, value, objective.goal === 'min') };
  });
  const paths = pathsOf(page.rows);
  const names = new Map(shortNames(paths).map((name, k) => [paths[k]!, name]));
  const best = tried.reduce<Tried | null>(
    (top, one) => (top === null || isBetter(one.value, top.value) ? one : top),
    null,
  );
  return {
    page,
    facts,
    objective,
    axes: axesOf(rows, paths, names).filter(({ values }) => values.length > 0),
    names,
    tried,
    partial: done.length - rows.length,
    best,
    median: quantile(sorted, 0.5),
    luck: best === null ? null : luckOf(page, rows, best.row),
    isBetter,
  };
}

/** Share of the sorted values that `value` beats or equals, itself left out; one alone is at 1. */
function placeIn(sorted: Float64Array, value: number, isMin: boolean): number {
  const others = sorted.length - 1;
  if (others < 1) return 1;
  const beaten = isMin
    ? sorted.length - countBelow(sorted, value, false)
    : countBelow(sorted, value, true);
  return (beaten - 1) / others;
}

/** Values below `value`, or up to it. */
function countBelow(sorted: Float64Array, value: number, isWith: boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value || (isWith && sorted[middle] === value)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Quantile of sorted values between the nearest two; NaN of none. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  if (sorted.length === 0) return Number.NaN;
  const at = share * (sorted.length - 1);
  const low = sorted[Math.floor(at)]!;
  return low + (sorted[Math.ceil(at)]! - low) * (at - Math.floor(at));
}

/** Median of values in any order; NaN of none. */
export function medianOf(values: readonly number[]): number {
  return quantile(Float64Array.from(values).sort(), 0.5);
}
