// The hand of a walk-forward: a sweep's sampler and trials in this thread. Every trial is told to
// whoever counts them, failed ones included.

import type { Config } from '../../config/schema.ts';
import type { Column } from '../../market/column.ts';
import { dailyReturns } from '../../statistics/returns.ts';
import type { RowRange } from '../splits.ts';
import { Board, hasRun, rowOf, type TrialOutcome, toldValues } from '../sweep/outcome.ts';
import { type PlanGround, shareOf, taskOf } from '../sweep/plan.ts';
import { type PanelColumns, Slices } from '../sweep/slice.ts';
import type { Point } from '../sweep/space.ts';
import { assignmentsOf, type Sweep, startSampler } from '../sweep/spec.ts';
import { runTrial, type TrialGround, trialConfig } from '../sweep/trial.ts';
import type { Fold, FoldRun, Found, WalkForwardHand } from '../walk-forward.ts';
import type { Stress } from './stress.ts';

/** Paths of a task that are its rows and not its point. */
const RANGE: readonly string[] = ['world.from', 'world.to'];

/** Told of each trial as it ends. */
export type OnTrial = (point: Point, outcome: TrialOutcome) => void;

/** Searches with `sweep`; without one there is nothing to search, and the config runs as it is. */
export function sweepHand(
  plan: PlanGround,
  trials: TrialGround,
  sweep: Sweep | null,
  onTrial: OnTrial,
): WalkForwardHand {
  const tried = (index: number, point: Point, rows: RowRange): TrialOutcome => {
    const outcome = runTrial(trials, taskOf(plan, index, point, rows));
    onTrial(point, outcome);
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
          const outcome = tried(index, point, shareOf(train, fraction));
          board.add(rowOf(proposal, outcome, ''));
          if (board.best?.index === index) best = { point, run: foldRunOf(outcome) };
          sampler.tell(index, toldValues(outcome.values), outcome.status);
        }
      }
    },
    run: (point, rows) => foldRunOf(tried(0, point, rows)),
  };
}

/**
 * The test windows again with their points in a worse world, null where nothing was traded; a text
 * says why that world cannot be made.
 */
export function stressedRuns(
  plan: PlanGround,
  trials: TrialGround,
  folds: readonly Pick<Fold, 'point' | 'test'>[],
  worsen: (config: Config, columns: PanelColumns) => Stress | string,
  onTrial: OnTrial,
): (FoldRun | null)[] | string {
  const runs: (FoldRun | null)[] = [];
  // Made once, so that windows share what is computed on the columns.
  let slices: Slices | null = null;
  for (const [k, { point, test }] of folds.entries()) {
    if (point === null) {
      runs.push(null);
      continue;
    }
    const merged = trialConfig(trials.config, { assignments: assignmentsOf(point) });
    const stress = worsen(merged, plan.columns);
    if (typeof stress === 'string') return stress;
    slices ??= new Slices(stress.columns);
    const task = taskOf(plan, k, point, test);
    // The point is in the config by now; its costs must not be put back.
    const assignments = task.assignments.filter(([path]) => RANGE.includes(path));
    const outcome = runTrial(
      { ...trials, config: stress.config, slices },
      { ...task, assignments },
    );
    onTrial(point, outcome);
    runs.push(foldRunOf(outcome));
  }
  return runs;
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
