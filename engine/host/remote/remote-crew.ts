// The crew of a sweep that runs on any machine: trials go into a queue of Redis, workers that joined carry
// them out (joiner.ts), and what comes back is handed over by the task's number.
//
//   run(tasks) -> jobs of a few trials -> [ queue ] -> workers anywhere -> [ done ] -> onResult(k, outcome)
//
// A reply stays in Redis until all before it are handed over, so that a coordinator that was killed finds
// it there. A worker that dies loses its hold on a job after some seconds, and another one takes it. A
// Redis that lost its memory is told again what is missing. Whatever comes twice is taken once.

import { Job, Queue, QueueEvents } from 'bullmq';
import type { TrialOutcome } from '../../research/sweep/outcome.ts';
import type { TrialTask } from '../../research/sweep/trial.ts';
import { SpoiltCandlesError, type StoppableCrew } from '../sweep-host.ts';
import {
  type Announcement,
  announce,
  BEAT_MS,
  PREFIX,
  queueName,
  withdraw,
} from './announcement.ts';
import { receivedOutcome, type TrialJob, type TrialReply, taskKey } from './job.ts';
import type { RedisLine } from './redis.ts';

export interface RemoteOptions {
  readonly line: RedisLine;
  readonly announcement: Announcement;
  /** The outcome of a task that one worker after the other died of. */
  readonly lost: (task: TrialTask, why: string) => TrialOutcome;
}

/** Trials of a job take about this long together, so that asking for the next one costs little. */
const JOB_MS = 250;
/** Looked after at least this often, whatever events say. */
const LOOK_MS = 500;
const HINT_MS = 3000;
/** A Redis that is away must not keep anybody who wants to end. */
const PATIENCE_MS = 2000;
const AT_ONCE = 64;

export class RemoteCrew implements StoppableCrew {
  readonly #options: RemoteOptions;
  readonly #queue: Queue<TrialJob, TrialReply>;
  readonly #events: QueueEvents;
  readonly #beat: NodeJS.Timeout;
  /** Tasks without a result, by what they are, and their numbers. */
  #open = new Map<string, number>();
  /** Number of the first task that has no result. */
  #next = 0;
  #count = 0;
  /** Jobs that are to be done. */
  #jobs = new Map<string, readonly TrialTask[]>();
  /** Jobs whose results were taken, and the largest number among them. */
  #taken = new Map<string, number>();
  #onResult: (k: number, outcome: TrialOutcome) => void = () => {};
  #isDoubtful = false;
  #isStopped = false;
  #closing: Promise<void> | null = null;
  #halt: () => void = () => {};
  /** Something happened since the last look. */
  #isCalled = false;
  #wake: () => void = () => {};
  #taskMs = Number.POSITIVE_INFINITY;
  #made = 0;
  /** Threads of the workers that are there now, and the most there were. */
  #threads = 0;
  #mostThreads = 0;

  private constructor(options: RemoteOptions) {
    const { line, announcement } = options;
    const name = queueName(announcement.id);
    this.#options = options;
    // Events only wake us, and need no history.
    const streams = { events: { maxLen: 100 } };
    this.#queue = new Queue(name, { connection: line.client, prefix: PREFIX, streams });
    this.#events = new QueueEvents(name, { connection: line.client, prefix: PREFIX });
    this.#queue.on('error', () => {});
    this.#events.on('error', () => {});
    this.#events.on('completed', () => this.#call());
    this.#events.on('failed', () => this.#call());
    line.whenBack(() => {
      this.#isDoubtful = true;
      this.#call();
    });
    this.#beat = setInterval(() => this.#tellAlive().catch(() => {}), BEAT_MS);
  }

  /** Announces the sweep; workers may come from here on. */
  static async open(options: RemoteOptions): Promise<RemoteCrew> {
    const crew = new RemoteCrew(options);
    await announce(options.line.client, options.announcement);
    return crew;
  }

  /** The most threads that helped at the same time. */
  get size(): number {
    return this.#mostThreads;
  }

  async run(
    tasks: readonly TrialTask[],
    onResult: (k: number, outcome: TrialOutcome) => void,
  ): Promise<boolean> {
    if (this.#isStopped) return false;
    if (tasks.length === 0) return true;
    this.#open = new Map(tasks.map((task, k) => [taskKey(task), k]));
    this.#jobs = new Map();
    this.#taken = new Map();
    this.#next = 0;
    this.#count = tasks.length;
    this.#onResult = onResult;
    const stopped = new Promise<void>((done) => {
      this.#halt = done;
    });
    await Promise.race([this.#carryOut(tasks), stopped]);
    return this.#open.size === 0;
  }

  async #carryOut(tasks: readonly TrialTask[]): Promise<void> {
    await this.#takeOver();
    await this.#collect();
    const covered = new Set([...this.#jobs.values()].flat().map(taskKey));
    const left = tasks.filter((task) => {
      const key = taskKey(task);
      return this.#open.has(key) && !covered.has(key);
    });
    await this.#add(this.#jobsOf(left));
    const fromMs = performance.now();
    let isHinted = false;
    while (this.#open.size > 0 && !this.#isStopped) {
      await this.#pause();
      if (this.#isDoubtful) await this.#repair();
      await this.#collect();
      if (isHinted || this.#mostThreads > 0 || performance.now() - fromMs < HINT_MS) continue;
      isHinted = true;
      const { line } = this.#options;
      line.say(
        `no worker yet; on any machine: npm run sweep:worker -- --redis ${line.address.shown} --data STORE`,
      );
    }
  }

  /** Jobs that an earlier coordinator left; what nobody waits for any more goes. */
  async #takeOver(): Promise<void> {
    const jobs = await this.#queue.getJobs(['active', 'waiting']);
    for (const job of jobs) {
      if (job?.id === undefined) continue;
      const isOurs = job.data.tasks.some((task) => this.#open.has(taskKey(task)));
      if (isOurs) this.#jobs.set(job.id, job.data.tasks);
      else await job.remove().catch(() => {});
    }
  }

  // ---- jobs --------------------------------------------------------------------------------------

  #jobsOf(tasks: readonly TrialTask[]): Map<string, readonly TrialTask[]> {
    const fair = Math.ceil(tasks.length / (2 * Math.max(1, this.#threads)));
    const size = Math.max(1, Math.min(fair, Math.floor(JOB_MS / this.#taskMs)));
    const jobs = new Map<string, readonly TrialTask[]>();
    for (let at = 0; at < tasks.length; at += size) {
      jobs.set(this.#newId(tasks[at]!), tasks.slice(at, at + size));
    }
    return jobs;
  }

  /** Never one that an earlier coordinator gave. */
  #newId({ index }: TrialTask): string {
    return `t${index}-${process.pid.toString(36)}${Date.now().toString(36)}-${this.#made++}`;
  }

  async #add(jobs: ReadonlyMap<string, readonly TrialTask[]>): Promise<void> {
    if (jobs.size === 0) return;
    for (const [id, tasks] of jobs) this.#jobs.set(id, tasks);
    await this.#queue.addBulk(
      [...jobs].map(([jobId, tasks]) => ({ name: 'trials', data: { tasks }, opts: { jobId } })),
    );
  }

  /** After Redis was away: what is there already is not added twice. */
  async #repair(): Promise<void> {
    this.#isDoubtful = false;
    await announce(this.#options.line.client, this.#options.announcement);
    await this.#add(this.#jobs);
  }

  /** Takes what is done, and lets go of what is no longer needed. */
  async #collect(): Promise<void> {
    for (const state of ['completed', 'failed'] as const) {
      const ids = await this.#options.line.client.zrange(this.#queue.toKey(state), 0, -1);
      const fresh = ids.filter((id) => !this.#taken.has(id));
      for (let at = 0; at < fresh.length && !this.#isStopped; at += AT_ONCE) {
        const some = fresh.slice(at, at + AT_ONCE);
        const jobs = await Promise.all(some.map((id) => Job.fromId(this.#queue, id)));
        for (const job of jobs) if (job !== undefined) await this.#take(job, state);
      }
    }
    const over = [...this.#taken].filter(([, last]) => last < this.#next).map(([id]) => id);
    await Promise.all(
      over.map(async (id) => {
        await this.#queue.remove(id);
        this.#taken.delete(id);
      }),
    );
  }

  async #take(job: Job<TrialJob, TrialReply>, state: 'completed' | 'failed'): Promise<void> {
    const { tasks } = job.data;
    const id = job.id!;
    const numbers = tasks.map((task) => this.#open.get(taskKey(task)) ?? -1);
    this.#jobs.delete(id);
    this.#taken.set(id, Math.max(...numbers));
    if (state === 'failed') {
      await this.#giveUp(tasks, job.failedReason);
      return;
    }
    const reply = job.returnvalue;
    if ('spoilt' in reply) throw new SpoiltCandlesError();
    const ms = reply.ms / tasks.length;
    this.#taskMs = Number.isFinite(this.#taskMs) ? 0.8 * this.#taskMs + 0.2 * ms : ms;
    reply.outcomes.forEach((outcome, at) => {
      this.#handOver(tasks[at]!, receivedOutcome(outcome));
    });
  }

  /** Workers died of a job again and again: of one trial that is its end, of several each goes alone. */
  async #giveUp(tasks: readonly TrialTask[], why: string): Promise<void> {
    const left = tasks.filter((task) => this.#open.has(taskKey(task)));
    if (tasks.length === 1) {
      for (const task of left) this.#handOver(task, this.#options.lost(task, why));
      return;
    }
    await this.#add(new Map(left.map((task) => [this.#newId(task), [task]])));
  }

  #handOver(task: TrialTask, outcome: TrialOutcome): void {
    const key = taskKey(task);
    const k = this.#open.get(key);
    if (k === undefined || this.#isStopped) return;
    this.#open.delete(key);
    this.#onResult(k, outcome);
    if (k !== this.#next) return;
    const open = [...this.#open.values()];
    this.#next = open.length === 0 ? this.#count : open.reduce((a, b) => Math.min(a, b));
  }

  #call(): void {
    this.#isCalled = true;
    this.#wake();
  }

  async #pause(): Promise<void> {
    if (!this.#isCalled) {
      await new Promise<void>((done) => {
        const timer = setTimeout(done, LOOK_MS);
        this.#wake = () => {
          clearTimeout(timer);
          done();
        };
      });
    }
    this.#isCalled = false;
  }

  // ---- workers -----------------------------------------------------------------------------------

  async #tellAlive(): Promise<void> {
    const { line, announcement } = this.#options;
    if (line.isAway || this.#isStopped) return;
    await announce(line.client, announcement);
    this.#threads = threadsOf(await this.#queue.getWorkers());
    this.#mostThreads = Math.max(this.#mostThreads, this.#threads);
  }

  // ---- the end -----------------------------------------------------------------------------------

  async stop(): Promise<TrialTask[]> {
    if (this.#isStopped) return [];
    this.#isStopped = true;
    this.#halt();
    // Who cannot be asked may have begun everything.
    let begun = [...this.#jobs.values()].flat();
    await atMost(PATIENCE_MS, async () => {
      const active = await this.#queue.getJobs(['active']);
      begun = active.flatMap((job) => job?.data.tasks ?? []);
    });
    await this.close();
    return begun.filter((task) => this.#open.has(taskKey(task)));
  }

  /** Takes the sweep out of Redis: workers go on to the next one. */
  close(): Promise<void> {
    this.#closing ??= this.#takeOut();
    return this.#closing;
  }

  async #takeOut(): Promise<void> {
    clearInterval(this.#beat);
    this.#isStopped = true;
    const { line, announcement } = this.#options;
    await atMost(PATIENCE_MS, async () => {
      await withdraw(line.client, announcement.id);
      await this.#queue.obliterate({ force: true, count: 1000 });
    });
    await atMost(PATIENCE_MS, async () => {
      await Promise.all([this.#events.close(), this.#queue.close()]);
    });
  }
}

/** Names of workers end in the number of their threads: see joiner.ts. */
function threadsOf(workers: readonly { readonly [key: string]: string }[]): number {
  const names = new Set(workers.map(({ rawname = '', name = '' }) => rawname || name));
  return [...names].reduce((sum, name) => sum + Number(/-x(\d+)$/.exec(name)?.[1] ?? 0), 0);
}

/** Work that is left alone when it fails or takes too long. */
export async function atMost(ms: number, work: () => Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((done) => {
    timer = setTimeout(done, ms);
  });
  await Promise.race([work().catch(() => {}), late]);
  clearTimeout(timer);
}
