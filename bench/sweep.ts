// How many backtests a second a sweep makes on 100,000 candles, in a process of its own; prints one
// JSON document.
//
//   sweep-sma-400       SMA crossover, fast 5..24 by 1, slow 30..125 by 5: every point has columns of
//                       its own to compute and some two thousand fills
//   sweep-swarm-stops   the four agents over 20 thresholds x 20 trailing stops: asked once
//
//   node bench/sweep.ts

import { availableParallelism } from 'node:os';
import type { Config } from '../engine/config/schema.ts';
import { loadStrategy } from '../engine/host/load.ts';
import { shareColumns } from '../engine/host/shared-columns.ts';
import { sweepPool } from '../engine/host/sweep-host.ts';
import type { Value } from '../engine/research/sweep/axis.ts';
import { strategyNames } from '../engine/research/sweep/plan.ts';
import { Slices } from '../engine/research/sweep/slice.ts';
import type { Space } from '../engine/research/sweep/space.ts';
import { runTrial, type TrialTask } from '../engine/research/sweep/trial.ts';
import { smaCross, swarm } from './runs.ts';
import { bareLoop, fundingOf, panelOf, walk } from './workload.ts';

const CANDLES = 100_000;
const RUNS = 3;
const TARGET = 300;

export interface SweepFigure {
  readonly name: string;
  readonly trials: number;
  /** On one thread, and on two. */
  readonly backtestsPerSecond: number;
  readonly onTwoThreads: number | null;
  readonly target: number;
  /** Of the bare loop over the same candles, backtests a second. */
  readonly ratioToFloor: number;
}

const candles = walk(CANDLES);
const equity = new Float64Array(CANDLES);
const figures: SweepFigure[] = [];

const range = (count: number, at: (k: number) => number) =>
  Array.from({ length: count }, (_, k) => at(k));
const pairs = (a: readonly number[], b: readonly number[]) =>
  a.flatMap((x) => b.map((y) => [x, y] as const));

figures.push(
  await figure(
    'sweep-sma-400',
    (await smaCross()).config,
    ['decision.parameters.fast', 'decision.parameters.slow'],
    pairs(
      range(20, (k) => 5 + k),
      range(20, (k) => 30 + 5 * k),
    ),
  ),
  await figure(
    'sweep-swarm-stops',
    (await swarm()).config,
    ['decision.consensus.actThreshold', 'decision.risk.trailingStop.buffer'],
    pairs(
      range(20, (k) => 0.5 + 0.02 * k),
      range(20, (k) => 0.002 + 0.0014 * k),
    ),
  ),
);
process.stdout.write(`${JSON.stringify(figures)}\n`);

async function figure(
  name: string,
  config: Config,
  paths: readonly [string, string],
  points: readonly (readonly [number, number])[],
): Promise<SweepFigure> {
  const panel = panelOf(candles, fundingOf(candles));
  const { intervalMs, openMs, series } = panel;
  const legs = panel.legs.map(({ features: _, ...leg }) => leg);
  const columns = shareColumns({ intervalMs, openMs, series, legs });
  const names = strategyNames(config, { axes: [] } as unknown as Space);
  const strategies = new Map(
    await Promise.all(
      names.map(async (one) => {
        const { strategy } = await loadStrategy(one.name, process.cwd(), one.key);
        return [one.name, strategy] as const;
      }),
    ),
  );
  const objectives = [{ name: 'sharpe', goal: 'max' as const }];
  const tasks = points.map(([a, b], index): TrialTask => {
    const assignments: (readonly [string, Value])[] = [
      [paths[0], a],
      [paths[1], b],
    ];
    return { index, assignments, readRow: 0, fromRow: 0, toRow: CANDLES, missingCandles: 0 };
  });
  const ground = {
    config,
    strategies,
    objectives: objectives.map((one) => ({ ...one, evaluate: null })),
  };
  // A sweep of its own each time: nothing is known of the one before but what the compiler learnt.
  const alone = best(() => {
    const slices = new Slices(columns);
    for (const task of tasks) check(runTrial({ ...ground, slices }, task).code);
  });
  const floorMs = best(() => {
    for (let k = 0; k < 100; k++) bareLoop(candles, equity, 0);
  });
  const isAlone = availableParallelism() < 2;
  const data = {
    ...{ columns, config, strategies: names, cwd: process.cwd(), objectives, module: null },
    ...{ remembered: [], answers: null },
  };
  const pool = isAlone ? null : sweepPool(data, 2);
  let onTwoThreads: number | null = null;
  for (let k = 0; pool !== null && k < RUNS; k++) {
    const startMs = performance.now();
    await pool.run(tasks, (_, { code }) => check(code));
    const rate = (tasks.length * 1000) / (performance.now() - startMs);
    onTwoThreads = Math.max(onTwoThreads ?? 0, rate);
  }
  await pool?.close();
  const backtestsPerSecond = (tasks.length * 1000) / alone;
  const ratioToFloor = backtestsPerSecond / (100_000 / floorMs);
  return {
    name,
    trials: tasks.length,
    backtestsPerSecond,
    onTwoThreads,
    target: TARGET,
    ratioToFloor,
  };
}

/** A trial without a Sharpe ratio has run all the same. */
function check(code: string | null): void {
  if (code !== null && code !== 'objective-undefined') throw new Error(`a trial failed: ${code}`);
}

/** The quickest of a few, ms: what the machine does when nobody is in the way. */
function best(work: () => void): number {
  let ms = Number.POSITIVE_INFINITY;
  for (let k = 0; k < RUNS; k++) {
    const startMs = performance.now();
    work();
    ms = Math.min(ms, performance.now() - startMs);
  }
  return ms;
}
