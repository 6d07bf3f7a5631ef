// A worker process: joins the oldest sweep that is announced, carries out its trials on threads of its own,
// and goes on to the next sweep. It may come and go at any time.
//
//   announced -> is all the same here? -> threads over shared columns <- jobs of the queue -> replies
//
// The main thread only talks to Redis, so that its hold on a job never lapses while a trial takes long.

import { hostname } from 'node:os';
import { type Job, WaitingError, Worker } from 'bullmq';
import { Digest } from '../../digest.ts';
import type { TrialOutcome } from '../../research/sweep/outcome.ts';
import type { PanelColumns } from '../../research/sweep/slice.ts';
import type { TrialTask } from '../../research/sweep/trial.ts';
import type { Pool } from '../pool.ts';
import type { SweepWorkerData } from '../sweep-ground.ts';
import { sweepPool } from '../sweep-host.ts';
import { type Announcement, oldestSweep, PREFIX, queueName, stateOf } from './announcement.ts';
import { sentOutcome, type TrialJob, type TrialReply } from './job.ts';
import type { RedisLine } from './redis.ts';
import { atMost } from './remote-crew.ts';

export interface Joining {
  readonly line: RedisLine;
  /** Threads that run trials, from 1. */
  readonly threads: number;
  /** What trials stand on here. Throws InputError where it is not what the sweep was announced with. */
  readonly prepare: (announcement: Announcement) => Promise<SweepWorkerData>;
  /** Ends after one sweep. */
  readonly once: boolean;
  /** Called with what ends it: Ctrl-C. The function it returns takes it back. */
  readonly onStop: (stop: () => void) => () => void;
}

export interface Joined {
  readonly sweeps: number;
  /** Trials whose results were given back. */
  readonly trials: number;
}

/** A worker that is not heard of for so long has died, and its jobs go to others. */
const HOLD_MS = 6000;
const LOOK_MS = 500;
/** Workers may well be killed; a trial that kills so many of them is the cause of it. */
const MOST_DEATHS = 8;
/** A coordinator that has been silent for so long is not waited for while there is nothing to do. */
const SILENCE_MS = 60_000;
const PATIENCE_MS = 3000;

/** Helps with sweeps until it is stopped, or after one with `once`. */
export async function joinSweeps(joining: Joining): Promise<Joined> {
  const { line, prepare, once } = joining;
  let isStopped = false;
  let serving: Serving | null = null;
  const forget = joining.onStop(() => {
    isStopped = true;
    serving?.stop();
  });
  let sweeps = 0;
  let trials = 0;
  let isWaiting = false;
  try {
    while (!isStopped) {
      const announcement = line.isAway ? null : await oldestSweep(line.client);
      if (announcement === null) {
        if (!isWaiting) line.say(`waiting for a sweep at ${line.address.shown}`);
        isWaiting = true;
        await sleep(LOOK_MS);
        continue;
      }
      isWaiting = false;
      const data = await prepare(announcement);
      if (isStopped) break;
      line.say(`joined ${announcement.name} with ${joining.threads} threads`);
      serving = new Serving(joining, announcement, data);
      trials += await serving.toEnd();
      serving = null;
      sweeps++;
      if (once) break;
    }
  } finally {
    forget();
  }
  return { sweeps, trials };
}

class Serving {
  readonly #joining: Joining;
  readonly #announcement: Announcement;
  readonly #columns: PanelColumns;
  readonly #before: string;
  readonly #pools: Pool<TrialTask, TrialOutcome>[];
  readonly #free: Pool<TrialTask, TrialOutcome>[];
  readonly #worker: Worker<TrialJob, TrialReply>;
  #isStopped = false;
  #failure: unknown = null;
  #trials = 0;
  #busy = 0;
  #lastMs = performance.now();

  constructor(joining: Joining, announcement: Announcement, data: SweepWorkerData) {
    const { line, threads } = joining;
    this.#joining = joining;
    this.#announcement = announcement;
    this.#columns = data.columns;
    this.#before = mixOf(data.columns);
    // One crew a thread: jobs come and go independently, and a thread that dies is replaced.
    this.#pools = Array.from({ length: threads }, () => sweepPool(data, 1, threads));
    this.#free = [...this.#pools];
    this.#worker = new Worker<TrialJob, TrialReply>(
      queueName(announcement.id),
      (job, token) => this.#carryOut(job, token),
      {
        connection: line.client,
        prefix: PREFIX,
        name: `${hostname()}-${process.pid}-x${threads}`,
        concurrency: threads,
        lockDuration: HOLD_MS,
        stalledInterval: HOLD_MS / 2,
        maxStalledCount: MOST_DEATHS,
        drainDelay: 1,
      },
    );
    // A broken line is told by the line; a job that another has by now is told by nobody.
    this.#worker.on('error', () => {});
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** Serves until the sweep is over; the number of trials. */
  async toEnd(): Promise<number> {
    const { line } = this.#joining;
    const { id, name } = this.#announcement;
    let isSilent = false;
    try {
      while (!this.#isStopped && this.#failure === null) {
        await sleep(LOOK_MS);
        if (line.isAway) {
          this.#lastMs = performance.now();
          continue;
        }
        const state = await stateOf(line.client, id);
        if (state === 'over') break;
        if (state === 'silent' && !isSilent) line.say(`the coordinator of ${name} is silent`);
        isSilent = state === 'silent';
        if (!isSilent || this.#busy > 0) this.#lastMs = performance.now();
        if (performance.now() - this.#lastMs > SILENCE_MS) break;
      }
    } finally {
      await this.#close();
    }
    if (this.#failure !== null) throw this.#failure;
    line.say(
      `${this.#isStopped ? 'left' : 'done with'} ${name}: ${this.#trials} trials were run here`,
    );
    return this.#trials;
  }

  async #carryOut(job: Job<TrialJob, TrialReply>, token: string | undefined): Promise<TrialReply> {
    const pool = this.#free.pop();
    const { tasks } = job.data;
    const outcomes: TrialOutcome[] = [];
    const fromMs = performance.now();
    this.#busy++;
    let isDone = false;
    try {
      if (pool !== undefined && !this.#isStopped) {
        isDone = await pool.run(tasks, (k, outcome) => {
          outcomes[k] = outcome;
        });
      }
    } catch (error) {
      // Threads do not start here: somebody else may have more luck.
      this.#failure ??= error;
    } finally {
      this.#busy--;
      if (pool !== undefined) this.#free.push(pool);
    }
    if (!isDone) {
      await job.moveToWait(token);
      throw new WaitingError();
    }
    if (mixOf(this.#columns) !== this.#before) return { spoilt: true };
    this.#trials += tasks.length;
    return { outcomes: outcomes.map(sentOutcome), ms: performance.now() - fromMs };
  }

  /** Ends the threads; what they had at hand goes back into the queue. */
  async #close(): Promise<void> {
    await Promise.all(this.#pools.map((pool) => pool.stop()));
    await atMost(PATIENCE_MS, () => this.#worker.close());
    await atMost(PATIENCE_MS, () => this.#worker.close(true));
  }
}

/** A number that changes with any bit of any column, soon computed. */
function mixOf({ openMs, legs, series }: PanelColumns): string {
  const mix = new Digest();
  const all = legs.flatMap(({ candles, funding, mark, finer }) => {
    return [candles, funding, mark, finer ?? {}].flatMap((some) => Object.values(some));
  });
  for (const column of [openMs, ...all, ...Object.values(series)] as Float64Array[]) {
    mix.column(column, 0, column.length);
  }
  return mix.hex();
}

function sleep(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
