// A crew of worker threads that carry out tasks. Who does which task and when is left to chance; what
// comes back is handed over by the task's number, so that chance cannot be seen in it.
//
//   run(tasks)  ->  [ waiting ]  ->  worker: one at hand, a few behind it  ->  onResult(k, result)
//
// A worker that dies is replaced. The task it had at hand is run once more, and is given up when it
// takes a second worker with it; those behind it were not begun and go back to the others.

import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';

/** What a worker says: that it is ready, or the result of task `k`. */
export type FromWorker<Result> = { readonly ready: true } | { readonly k: number; result: Result };

/** What it is told. */
export interface ToWorker<Task> {
  readonly k: number;
  readonly task: Task;
}

export interface PoolOptions<Task, Result> {
  /** The module that workers run; it posts FromWorker and is posted ToWorker. */
  readonly file: URL;
  /** How many, from 1. */
  readonly workers: number;
  /** Handed to each as `workerData`. */
  readonly data: unknown;
  /** The result of a task that two workers died of; `why` is what the last one said. */
  readonly lost: (task: Task, why: string) => Result;
}

interface Mate {
  readonly worker: Worker;
  isReady: boolean;
  /** Numbers of the tasks it was given, in order: the first is at hand. */
  readonly tasks: number[];
  /** What it died of, when it has said so. */
  error: unknown;
}

/** Deaths before a worker was ready, with no result in between, after which there is no hope. */
const MAX_FALSE_STARTS = 3;
/** Deaths of one task. */
const MAX_DEATHS = 2;
/** Tasks of which a worker is given several at once, so that it never waits for the next, ms. */
const SHORT_MS = 20;
const MOST_AT_ONCE = 4;
/** Room for what a thread has just made, MB: three of a size, of which two are in use. */
const YOUNG_MB = 24;
const THREAD = new URL('./thread.ts', import.meta.url);

export class Pool<Task, Result> {
  readonly #options: PoolOptions<Task, Result>;
  readonly #mates = new Set<Mate>();
  #tasks: readonly Task[] = [];
  #waiting: number[] = [];
  #deaths = new Map<number, number>();
  #left = 0;
  #falseStarts = 0;
  #isStopped = false;
  #settle: ((error: unknown) => void) | null = null;
  #onResult: (k: number, result: Result) => void = () => {};
  /** Milliseconds of a task, the last ones counting most. */
  #taskMs = Number.POSITIVE_INFINITY;
  #lastMs = 0;

  constructor(options: PoolOptions<Task, Result>) {
    this.#options = options;
  }

  /** Workers that are there, ready or starting. */
  get size(): number {
    return this.#mates.size;
  }

  /**
   * Carries the tasks out; `onResult` is called once for each, in any order. Resolves to true when all
   * are done, to false when `stop` was called before. Rejects when workers cannot start, or with
   * what `onResult` threw.
   */
  async run(
    tasks: readonly Task[],
    onResult: (k: number, result: Result) => void,
  ): Promise<boolean> {
    if (this.#isStopped) return false;
    if (tasks.length === 0) return true;
    this.#tasks = tasks;
    this.#waiting = tasks.map((_, k) => k);
    this.#deaths = new Map();
    this.#left = tasks.length;
    this.#onResult = onResult;
    this.#lastMs = performance.now();
    await new Promise<void>((done, fail) => {
      this.#settle = (error) => (error === null ? done() : fail(error));
      while (this.#mates.size < Math.min(this.#options.workers, tasks.length)) this.#hire();
      for (const mate of this.#mates) this.#feed(mate);
    });
    return this.#left === 0;
  }

  /** Ends the workers at once and `run` with them; returns the tasks that were begun and not ended. */
  async stop(): Promise<Task[]> {
    const begun = [...this.#mates].flatMap(({ tasks }) => tasks.slice(0, 1));
    this.#isStopped = true;
    this.#end(null);
    await this.close();
    return begun.map((k) => this.#tasks[k]!);
  }

  /** Ends the workers; nothing must be under way. */
  async close(): Promise<void> {
    this.#isStopped = true;
    const mates = [...this.#mates];
    this.#mates.clear();
    await Promise.all(mates.map(({ worker }) => worker.terminate()));
  }

  #hire(): void {
    const { file, data } = this.#options;
    // All of it from the start: it would come to that, and where the room of this thread is kept small
    // (see collector.ts) theirs would not grow either.
    setFlagsFromString(`--min-semi-space-size=${YOUNG_MB / 3}`);
    const worker = new Worker(THREAD, {
      argv: [file.href],
      workerData: data,
      stdout: true,
      stderr: true,
      // What dies young would otherwise fill three times as much before it goes.
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    // What a strategy prints is no result.
    worker.stdout.on('data', (text) => process.stderr.write(text));
    worker.stderr.on('data', (text) => process.stderr.write(text));
    const mate: Mate = { worker, isReady: false, tasks: [], error: null };
    this.#mates.add(mate);
    worker.on('message', (message: FromWorker<Result>) => this.#hear(mate, message));
    worker.on('error', (error) => {
      mate.error = error;
    });
    worker.on('exit', (code) => this.#bury(mate, code));
  }

  #hear(mate: Mate, message: FromWorker<Result>): void {
    if (!this.#mates.has(mate)) return;
    if ('ready' in message) {
      mate.isReady = true;
    } else {
      mate.tasks.splice(mate.tasks.indexOf(message.k), 1);
      this.#falseStarts = 0;
      this.#measure();
      this.#take(message.k, message.result);
    }
    this.#feed(mate);
  }

  #take(k: number, result: Result): void {
    this.#left--;
    try {
      this.#onResult(k, result);
    } catch (error) {
      this.#end(error);
      return;
    }
    if (this.#left === 0) this.#end(null);
  }

  #bury(mate: Mate, code: number): void {
    if (!this.#mates.delete(mate)) return;
    const why = mate.error instanceof Error ? mate.error.message : `exit code ${code}`;
    if (!mate.isReady && ++this.#falseStarts >= MAX_FALSE_STARTS) {
      this.#end(mate.error ?? new Error(`a worker does not start: ${why}`));
      return;
    }
    const [atHand, ...behind] = mate.tasks;
    this.#waiting.unshift(...behind);
    if (atHand !== undefined) {
      const deaths = (this.#deaths.get(atHand) ?? 0) + 1;
      this.#deaths.set(atHand, deaths);
      if (deaths < MAX_DEATHS) this.#waiting.unshift(atHand);
      else this.#take(atHand, this.#options.lost(this.#tasks[atHand]!, why));
    }
    if (this.#settle !== null) this.#hire();
  }

  #feed(mate: Mate): void {
    if (!mate.isReady || this.#settle === null) return;
    const atOnce = this.#taskMs < SHORT_MS ? MOST_AT_ONCE : 1;
    while (mate.tasks.length < atOnce && this.#waiting.length > 0) {
      const k = this.#waiting.shift()!;
      mate.tasks.push(k);
      mate.worker.postMessage({ k, task: this.#tasks[k]! } satisfies ToWorker<Task>);
    }
  }

  #measure(): void {
    const nowMs = performance.now();
    const ms = (nowMs - this.#lastMs) * this.#mates.size;
    this.#lastMs = nowMs;
    this.#taskMs = Number.isFinite(this.#taskMs) ? 0.8 * this.#taskMs + 0.2 * ms : ms;
  }

  #end(error: unknown): void {
    const settle = this.#settle;
    this.#settle = null;
    settle?.(error);
  }
}
