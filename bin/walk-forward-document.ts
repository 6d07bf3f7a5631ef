// From what a walk-forward carried out to its document: see reports/walk-forward/document.ts.

import { isoText } from '../engine/config/instant.ts';
import { DAY_MS } from '../engine/interval.ts';
import type { RowRange } from '../engine/research/splits.ts';
import type { DayRange, FoldRun, Stitched } from '../engine/research/walk-forward.ts';
import type {
  CrossEntry,
  Dates,
  FoldEntry,
  History,
  Side,
  WalkDocument,
} from '../reports/walk-forward/document.ts';
import type { WalkOptions } from './walk-forward-options.ts';
import type { Crossed, Ground, Walked } from './walk-forward-run.ts';

export function documentOf(of: Ground, { limit }: WalkOptions, done: Walked): WalkDocument {
  const { plan, label, isSynthetic, sweep, ground } = of;
  const { stitched, efficiency, worstDrawdown, verdict, json, crossed } = done;
  const { openMs } = ground.columns;
  const { symbols, configDigest, dataDigest, strategyDigest } = plan;
  return {
    strategy: label,
    symbols,
    configDigest,
    dataDigest,
    strategyDigest,
    isSynthetic,
    objective: sweep?.objectives[0]?.name ?? 'sharpe',
    ...done.validation,
    limit,
    list: (done.folds ?? []).map((fold): FoldEntry => {
      const { train, testDays, point, trials, inSample, outOfSample } = fold;
      return {
        ...datesOf(testDays),
        trainedOn: [rowDates(openMs, train)],
        point,
        trials,
        inSample: sideOf(inSample),
        outOfSample: sideOf(outOfSample),
      };
    }),
    crossValidation: crossed && crossOf(crossed, openMs),
    stitched: { ...datesOf(stitched.days), ...historyOf(stitched) },
    buyAndHold: done.benchmark,
    heldReturns: [...done.heldReturns],
    efficiency: finite(efficiency),
    worstDrawdown: finite(worstDrawdown),
    recommended: done.recommended,
    verdict: { ...JSON.parse(json), passed: verdict.passed },
  };
}

function crossOf({ plan, result, reach }: Crossed, openMs: Float64Array): CrossEntry {
  return {
    groups: plan.groups.map(({ testDays }) => datesOf(testDays)),
    splits: result.splits.map(({ train, testFolds, point, trials, inSample, outOfSample }) => ({
      trainedOn: train.map((rows) => rowDates(openMs, rows)),
      point,
      trials,
      inSample: sideOf(inSample),
      tested: testFolds.map((group, k) => ({
        fold: group + 1,
        ...datesOf(plan.groups[group]!.testDays),
        run: sideOf(outOfSample[k]!),
      })),
    })),
    paths: result.paths.map((path, p) => {
      return { splits: plan.paths[p]!.map((split) => split + 1), ...historyOf(path) };
    }),
    judgedPath: result.middle + 1,
    sharpe: result.sharpe,
    totalReturn: result.totalReturn,
    ...reach,
  };
}

function historyOf(stitched: Stitched): History {
  const { totalReturn, cagr, sharpe, maxDrawdown, trades, dailyReturns } = stitched;
  return { totalReturn, cagr, sharpe, maxDrawdown, trades, dailyReturns: [...dailyReturns] };
}

function sideOf(run: FoldRun | null): Side | null {
  if (run === null) return null;
  const { value, statistics, failure } = run;
  return { value, statistics, failure };
}

function datesOf({ from, to }: DayRange): Dates {
  return { from: dateOf(from * DAY_MS), to: dateOf(to * DAY_MS) };
}

/** Days of training rows, which begin and end at midnight but for the last of the data. */
function rowDates(openMs: Float64Array, { from, to }: RowRange): Dates {
  const last = openMs[to - 1]!;
  return { from: dateOf(openMs[from]!), to: dateOf((Math.floor(last / DAY_MS) + 1) * DAY_MS) };
}

function dateOf(ms: number): string {
  return isoText(ms).slice(0, 10);
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
