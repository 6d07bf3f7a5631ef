// Runs a search: the sampler proposes, a pool of workers tries, the sampler is told in plan order.
//
//   propose(batch) -> known already? told from what is stored : pool -> keep (plan order) -> tell
//
// Nothing but the plan decides what is proposed and in which order outcomes are handed over: one
// worker, many, or a search taken up again after a crash leave the same rows.

import type { Proposal, TrialStatus } from '../research/samplers/contract.ts';
import { failedOutcome, type TrialOutcome, toldValues } from '../research/sweep/outcome.ts';
import { SPARE_BYTES } from '../research/sweep/shelf.ts';
import { type Sweep, startSampler } from '../research/sweep/spec.ts';
import type { TrialTask } from '../research/sweep/trial.ts';
import { Pool } from './pool.ts';
import type { SweepThreadData, SweepWorkerData } from './sweep-ground.ts';

/** Who carries trials out; a pool of threads, or anything else that has these two. */
export interface Crew {
  /** As Pool.run: true when all were done, false when it was stopped. */
  run(
    tasks: readonly TrialTask[],
    onResult: (k: number, outcome: TrialOutcome) => void,
  ): Promise<boolean>;
}

/** A crew that a sweep has hired. */
export interface StoppableCrew extends Crew {
  /** How many carry trials out. */
  readonly size: number;
  /** Ends it at once, and `run` with it; the tasks that were begun and not ended. */
  stop(): Promise<TrialTask[]>;
  /** Ends it; nothing must be under way. */
  close(): Promise<void>;
}

/** A strategy wrote into candles that trials share: they were not all run on the same. */
export class SpoiltCandlesError extends Error {
  constructor() {
    super('a strategy wrote into the candles, so trials were not run on the same');
  }
}

/** What a trial came to, as it was kept: all that a sampler is told. */
export interface Kept {
  readonly status: TrialStatus;
  readonly values: readonly (number | null)[];
}

export interface Search {
  readonly sweep: Sweep;
  readonly crew: Crew;
  readonly taskOf: (proposal: Proposal) => TrialTask;
  /** A trial of an earlier process; null = it is to be run. Those known are the first of the plan. */
  readonly known: (proposal: Proposal) => Kept | null;
  /** Called once for each trial that was run, in plan order, as soon as all before it are in. */
  readonly keep: (proposal: Proposal, outcome: TrialOutcome) => void;
  /** After each batch, when the sampler has been told. */
  readonly told?: () => Promise<void>;
}

export interface SearchEnd {
  /** Why no more was proposed; null = the crew was stopped. */
  readonly ended: string | null;
  /** Stopped: the proposals of the batch under way that were not kept, in plan order. */
  readonly open: readonly Proposal[];
}

/**
 * Batches of a sampler that learns nothing grow: at the end of each, whoever has done his share waits for the
 * others. Not at once, because a queue makes its jobs by what the batch before took.
 */
const LARGE_BATCH = 512;
const batchAfter = (size: number) => Math.max(size, Math.min(2 * size, LARGE_BATCH));

/** Searches until the sampler has ended or the crew is stopped. */
export async function runSearch(search: Search): Promise<SearchEnd> {
  const { sweep, crew, taskOf, known, keep, told } = search;
  const sampler = startSampler(sweep);
  for (let size = sweep.batch; ; size = sampler.learns ? size : batchAfter(size)) {
    const proposals = sampler.propose(size);
    if (proposals.length === 0) return { ended: sampler.ended, open: [] };
    const kept: (Kept | null)[] = proposals.map(known);
    const toRun = proposals.filter((_, k) => kept[k] === null);
    const first = proposals.length - toRun.length;
    const outcomes = new Map<number, TrialOutcome>();
    let next = 0;
    const isDone = await crew.run(toRun.map(taskOf), (k, outcome) => {
      outcomes.set(k, outcome);
      for (let one = outcomes.get(next); one !== undefined; one = outcomes.get(next)) {
        outcomes.delete(next);
        keep(toRun[next]!, one);
        // No more of it: a batch of whole outcomes would outlive their youth.
        kept[first + next] = { status: one.status, values: one.values };
        next++;
      }
    });
    if (!isDone) return { ended: null, open: toRun.slice(next) };
    proposals.forEach(({ index }, k) => {
      const { values, status } = kept[k]!;
      sampler.tell(index, toldValues(values), status);
    });
    await told?.();
  }
}

/** Threads for a sweep's trials, started with the first task. */
export function sweepPool(
  data: SweepWorkerData,
  workers: number,
  /** Threads of all pools of this process. */
  threads = workers,
): Pool<TrialTask, TrialOutcome> {
  const spareBytes = Math.floor(SPARE_BYTES / threads);
  return new Pool({
    file: new URL('sweep-worker.ts', import.meta.url),
    workers,
    data: { ...data, spareBytes } satisfies SweepThreadData,
    lost: (task, why) => lostOutcome(task, data.objectives.length, 'two', why),
  });
}

/** The outcome of a trial that so many workers died of. */
export function lostOutcome(
  { index }: TrialTask,
  objectives: number,
  workers: string,
  why: string,
): TrialOutcome {
  return failedOutcome(index, objectives, 'worker-lost', `${workers} workers died of it: ${why}`);
}
