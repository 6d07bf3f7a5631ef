// The verdict on a sweep's best: its own days beside those of every trial that ran on the same rows.
//
// The searched rows are where it was chosen, so luck is counted there, with every trial of the ledger; the
// test rows, where there are splits, are the one fold that no point was chosen on. Trials that failed, or
// that halving ended early, have no such days: they are counted, each as an independent one.

import { join } from 'node:path';
import { SWEEP_FILES, type SweepFolder } from '../data/runs/sweep-folder.ts';
import { readReturnsOf } from '../data/runs/sweep-rows.ts';
import { releaseMemory } from '../data/store/garbage.ts';
import { DAY_MS } from '../engine/interval.ts';
import type { BestTrial } from '../engine/research/sweep/facts.ts';
import type { Sensitivity } from '../engine/research/sweep/neighbours.ts';
import { hasRun, type TrialRow } from '../engine/research/sweep/outcome.ts';
import { Slices } from '../engine/research/sweep/slice.ts';
import type { OnTrial } from '../engine/research/verdict/search.ts';
import { inputBeside } from './beside.ts';
import { MAX_DRAWDOWN } from './flags.ts';
import { judge } from './judge.ts';
import type { Prepared } from './sweep-setup.ts';

/** Daily returns that are compared; of more trials an even sample stands for all. */
const MOST_VALUES = 2 ** 19;

export interface SweepJudging {
  readonly prepared: Prepared;
  readonly folder: SweepFolder;
  readonly best: BestTrial;
  readonly sensitivity: Sensitivity | null;
  readonly onTrial: OnTrial;
  readonly count: () => Promise<number>;
}

/** Judges the best and gives the text of verdict.json. */
export async function judgeSweep(judging: SweepJudging): Promise<string> {
  const { prepared, folder, best, sensitivity, onTrial, count } = judging;
  const { ground, spans, plan, sweep } = prepared;
  const { columns, config, strategies } = ground;
  const { index, point } = best;
  const { openMs, intervalMs } = columns;
  const { train, test } = spans;
  const comparable = comparableTo(folder, best);
  const chosen = comparable.findIndex((one) => one.index === index);
  const matrix = readReturnsOf(join(folder.path, SWEEP_FILES.returns), plan.days, comparable);
  // All rows of the file, and dead by now.
  releaseMemory();
  // As in the file of returns: a close at midnight belongs to the day that ended.
  const firstDay = Math.ceil((openMs[train.from]! + intervalMs) / DAY_MS) - 1;
  const testDays = { from: firstDay, to: firstDay + plan.days };
  const trials = {
    config,
    slices: new Slices(columns),
    strategies,
    objectives: sweep.objectives,
    ...inputBeside(prepared.beside),
  };
  const depth = best.test?.statistics?.maxDrawdown ?? Number.NaN;
  const { json } = await judge({
    ground,
    trials,
    folds: [{ test: train, testDays, point }],
    matrix,
    chosen,
    observations: comparable[chosen]!.days,
    worstFold: test === null ? null : depth,
    maxDrawdown: MAX_DRAWDOWN,
    strategyDigest: prepared.strategyDigestOf(point),
    isSynthetic: prepared.isSynthetic,
    dataDigestOf: prepared.dataDigestOf,
    // What was searched and what was kept back: the numbers of all gates.
    rows: { from: train.from, to: test === null ? train.to : test.to },
    tape: prepared.beside.tape,
    sensitivity,
    onTrial,
    count,
  });
  return json;
}

/** A trial and its days, up to its ruin. */
type Compared = Pick<TrialRow, 'index' | 'days'>;

/** Distinct trials that ran on as much as the best did, in plan order, the best among them. */
function comparableTo(folder: SweepFolder, best: BestTrial): Compared[] {
  const found: Compared[] = [];
  const known = new Set([best.configDigest]);
  for (const row of folder.all()) {
    const { index, days, fraction, configDigest } = row;
    const isBest = index === best.index;
    if (!isBest && (fraction !== best.fraction || !hasRun(row) || known.has(configDigest)))
      continue;
    known.add(configDigest);
    found.push({ index, days });
  }
  const most = Math.max(2, Math.floor(MOST_VALUES / Math.max(1, folder.plan.days)));
  if (found.length <= most) return found;
  const step = found.length / most;
  return found.filter((one, k) => {
    return one.index === best.index || Math.floor(k / step) !== Math.floor((k - 1) / step);
  });
}
