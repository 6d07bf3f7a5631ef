// What a verdict's trials are: those of a search, of the windows that are traded, of worse worlds. Each is
// asked for, one after the other, and whoever carries it out answers with what it came to:
//
//   steps --wanted trial--> here, at once (carried)  |  what it asks recorded first (bin/recording.ts)
//         <---outcome-----
//
// Every trial is told to whoever counts them, failed ones included; one over several pieces is one trial.

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
  type TrialTask,
  trialConfig,
} from '../sweep/trial.ts';
import type { Fold, FoldRun, Found, WalkForwardHand, Window } from '../walk-forward.ts';

/** Told of each trial as it ends, and of the rows that it ran on. */
export type OnTrial = (point: Point, outcome: TrialOutcome, pieces: readonly RowRange[]) => void;

/** A trial that is wanted next. */
export interface Wanted {
  readonly ground: TrialGround;
  /** One a piece. */
  readonly tasks: readonly TrialTask[];
  readonly point: Point;
  readonly pieces: readonly RowRange[];
}

/** Wants trials one after the other, and is told what each came to. */
export type Steps<T> = Generator<Wanted, T, TrialOutcome>;

/** Carries out in this thread whatever is wanted. */
export function carried<T>(steps: Steps<T>, onTrial: OnTrial): T {
  let step = steps.next();
  while (!step.done) {
    const { ground, tasks, point, pieces } = step.value;
    const outcome = runJoined(ground, tasks);
    onTrial(point, outcome, pieces);
    step = steps.next(outcome);
  }
  return step.value;
}

/** Where trials stand, and what they are made from. */
export interface Field {
  readonly plan: PlanGround;
  readonly trials: TrialGround;
  /** What is searched; null = nothing is, and the config runs as it is. */
  readonly sweep: Sweep | null;
}

/** What a search came to. */
export interface Searched {
  readonly best: Found | null;
  readonly board: Board;
  /** By index of the trial. */
  readonly points: readonly Point[];
}

/** A search over rows in one piece or several. */
export function* searchSteps(
  { plan, trials, sweep }: Field & { readonly sweep: Sweep },
  train: readonly RowRange[],
): Steps<Searched> {
  const board = new Board(sweep.objectives.map(({ goal }) => goal));
  const sampler = startSampler(sweep);
  const points: Point[] = [];
  let best: Found | null = null;
  for (;;) {
    const proposals = sampler.propose(sweep.batch);
    if (proposals.length === 0) return { best, board, points };
    for (const proposal of proposals) {
      const { index, point, fraction } = proposal;
      points[index] = point;
      const pieces = shareOfPieces(train, fraction);
      const outcome = yield wantedOf(plan, trials, index, point, pieces);
      board.add(rowOf(proposal, outcome, ''));
      if (board.best?.index === index) best = { point, run: foldRunOf(outcome) };
      sampler.tell(index, toldValues(outcome.values), outcome.status);
    }
  }
}

/** The best point on training rows; of a config as it is, itself. */
export function* foundSteps(
  field: Field,
  train: readonly RowRange[],
): Steps<ReturnType<WalkForwardHand['search']>> {
  const { plan, trials, sweep } = field;
  if (sweep !== null) {
    const { best, board } = yield* searchSteps({ ...field, sweep }, train);
    return { best, trials: board.trials };
  }
  const outcome = yield wantedOf(plan, trials, 0, {}, train);
  const best = hasRun(outcome) ? { point: {}, run: foldRunOf(outcome) } : null;
  return { best, trials: 1 };
}

/** A point over rows, with warm-up from the rows before. */
export function* runSteps({ plan, trials }: Field, point: Point, rows: RowRange): Steps<FoldRun> {
  return foldRunOf(yield wantedOf(plan, trials, 0, point, [rows]));
}

function wantedOf(
  plan: PlanGround,
  ground: TrialGround,
  index: number,
  point: Point,
  pieces: readonly RowRange[],
): Wanted {
  const tasks = pieces.map((rows) => taskOf(plan, index, point, rows));
  return { ground, tasks, point, pieces };
}

/** The hand of a walk-forward and of a cross-validation: a sweep's sampler and trials in this thread. */
export function sweepHand(
  plan: PlanGround,
  trials: TrialGround,
  sweep: Sweep | null,
  onTrial: OnTrial,
): WalkForwardHand {
  const field = { plan, trials, sweep };
  return {
    search: (train) => carried(foundSteps(field, train), onTrial),
    run: (point, rows) => carried(runSteps(field, point, rows), onTrial),
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

/** Makes a config worse. */
export type Worsen = (config: Config, intervalMs: number) => Config;

/** The test windows again with their points in a worse world, null where nothing was traded. */
export function* stressSteps(
  { plan, trials }: Omit<Field, 'sweep'>,
  folds: readonly (Pick<Fold, 'point'> & Pick<Window, 'test'>)[],
  worsen: Worsen,
): Steps<(FoldRun | null)[]> {
  const runs: (FoldRun | null)[] = [];
  for (const [k, { point, test }] of folds.entries()) {
    if (point === null) {
      runs.push(null);
      continue;
    }
    const merged = trialConfig(trials.config, { assignments: assignmentsOf(point) });
    const config = worsen(merged, plan.columns.intervalMs);
    const task = taskOf(plan, k, point, test);
    // The point is in the config by now; its costs must not be put back.
    const assignments = task.assignments.filter(([path]) => RANGE.includes(path));
    const tasks = [{ ...task, assignments }];
    runs.push(foldRunOf(yield { ground: { ...trials, config }, tasks, point, pieces: [test] }));
  }
  return runs;
}

/** The same, carried out in this thread. */
export function stressedRuns(
  plan: PlanGround,
  trials: TrialGround,
  folds: Parameters<typeof stressSteps>[1],
  worsen: Worsen,
  onTrial: OnTrial,
): (FoldRun | null)[] {
  return carried(stressSteps({ plan, trials }, folds, worsen), onTrial);
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
