// The hand of a walk-forward and of a cross-validation: a sweep's sampler and trials in this thread. Every
// trial is told to whoever counts them, failed ones included; one over several pieces is one trial.

import type { Config } from '../../config/schema.ts';
import type { Column } from '../../market/column.ts';
import { dailyReturns } from '../../statistics/returns.ts';
import type { RowRange } from '../splits.ts';
import { RANGE, runJoined } from '../sweep/joined-trial.ts';
import { Board, hasRun, rowOf, type TrialOutcome, toldValues } from '../sweep/outcome.ts';
import { longestWarmup, type PlanGround, shareOfPieces, taskOf } from '../sweep/plan.ts';
import type { PanelColumns } from '../sweep/slice.ts';
import type { Point } from '../sweep/space.ts';
import { assignmentsOf, type Sweep, startSampler } from '../sweep/spec.ts';
import {
  runTrial,
  seatsOf,
  type TrialGround,
  type TrialResult,
  trialConfig,
} from '../sweep/trial.ts';
import type { Fold, FoldRun, Found, WalkForwardHand, Window } from '../walk-forward.ts';

/** Told of each trial as it ends, and of the rows that it ran on. */
export type OnTrial = (point: Point, outcome: TrialOutcome, pieces: readonly RowRange[]) => void;

/** Searches with `sweep`; without one there is nothing to search, and the config runs as it is. */
export function sweepHand(
  plan: PlanGround,
  trials: TrialGround,
  sweep: Sweep | null,
  onTrial: OnTrial,
): WalkForwardHand {
  const tried = (index: number, point: Point, pieces: readonly RowRange[]): TrialOutcome => {
    const tasks = pieces.map((rows) => taskOf(plan, index, point, rows));
    const outcome = runJoined(trials, tasks);
    onTrial(point, outcome, pieces);
    return outcome;
  };
  return {
    search(train) {
      if (sweep === null) {
        const outcome = tried(0, {}, train);
        const best = hasRun(outcome) ? { point: {}, run: foldRunOf(outcome) } : null;
        return { best, trials: 1 };
      }
      const board = new Board(sweep.objectives.map(({ goal }) => goal));
      const sampler = startSampler(sweep);
      let best: Found | null = null;
      for (;;) {
        const proposals = sampler.propose(sweep.batch);
        if (proposals.length === 0) return { best, trials: board.trials };
        for (const proposal of proposals) {
          const { index, point, fraction } = proposal;
          const outcome = tried(index, point, shareOfPieces(train, fraction));
          board.add(rowOf(proposal, outcome, ''));
          if (board.best?.index === index) best = { point, run: foldRunOf(outcome) };
          sampler.tell(index, toldValues(outcome.values), outcome.status);
        }
      }
    },
    run: (point, rows) => foldRunOf(tried(0, point, [rows])),
  };
}

/** How far what is known on a day reaches, before it and after it. */
export interface Reach {
  /** The longest warm-up that a point of the space needs. */
  readonly warmupMs: number;
  /** The longest closed trade of the base config over all rows; 0 without one. */
  readonly longestTradeMs: number;
}

/** What a purge must cover. The run of the base config that it takes is told like any other. */
export function reachOf(
  plan: PlanGround,
  trials: TrialGround,
  sweep: Sweep | null,
  onTrial: OnTrial,
): Reach {
  const { config, columns, firstRow, strategies, warmupOf } = plan;
  const { intervalMs, openMs } = columns;
  const warmupCandles =
    sweep === null
      ? warmupOf(config, seatsOf(config.decision, strategies).seats, intervalMs)
      : longestWarmup(config, sweep, strategies, warmupOf, intervalMs);
  const longest = {
    name: 'longestTradeMs',
    goal: 'max' as const,
    evaluate: ({ trades }: TrialResult) =>
      trades.reduce((most, { entryMs, exitMs }) => Math.max(most, exitMs - entryMs), 0),
  };
  const rows = { from: firstRow, to: openMs.length };
  const outcome = runTrial({ ...trials, objectives: [longest] }, taskOf(plan, 0, {}, rows));
  onTrial({}, outcome, [rows]);
  return { warmupMs: warmupCandles * intervalMs, longestTradeMs: outcome.values[0] ?? 0 };
}

/** The test windows again with their points in a worse world, null where nothing was traded. */
export function stressedRuns(
  plan: PlanGround,
  trials: TrialGround,
  folds: readonly (Pick<Fold, 'point'> & Pick<Window, 'test'>)[],
  worsen: (config: Config, intervalMs: number) => Config,
  onTrial: OnTrial,
): (FoldRun | null)[] {
  return folds.map(({ point, test }, k) => {
    if (point === null) return null;
    const merged = trialConfig(trials.config, { assignments: assignmentsOf(point) });
    const config = worsen(merged, plan.columns.intervalMs);
    const task = taskOf(plan, k, point, test);
    // The point is in the config by now; its costs must not be put back.
    const assignments = task.assignments.filter(([path]) => RANGE.includes(path));
    const outcome = runTrial({ ...trials, config }, { ...task, assignments });
    onTrial(point, outcome, [test]);
    return foldRunOf(outcome);
  });
}

/** What a walk-forward keeps of an outcome. */
export function foldRunOf(outcome: TrialOutcome): FoldRun {
  const { values, statistics, message } = outcome;
  const isRun = hasRun(outcome);
  return {
    value: values[0] ?? null,
    statistics,
    dailyReturns: outcome.dailyReturns,
    failure: isRun ? null : (message ?? outcome.code ?? 'unknown'),
  };
}

/** Returns of UTC days of cash split equally over the primary legs, each bought at its first close. */
export function holdingReturns({ openMs, intervalMs, legs }: PanelColumns, rows: RowRange): Column {
  const length = rows.to - rows.from;
  const worth = new Float64Array(length);
  const closeMs = openMs.slice(rows.from, rows.to).map((ms) => ms + intervalMs);
  const primaries = legs.filter(({ primary, index }) => primary === index);
  for (const { candles } of primaries) {
    let bought = Number.NaN;
    let growth = 1;
    for (let i = 0; i < length; i++) {
      const close = candles.close[rows.from + i]!;
      if (close === close) {
        if (bought !== bought) bought = close;
        growth = close / bought;
      }
      worth[i]! += growth / primaries.length;
    }
  }
  return dailyReturns(closeMs, worth, length, 1);
}
