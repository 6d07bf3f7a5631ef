// Reads documents of news in a thread of its own: however long one is, or whatever it does to its parser,
// the session's loop does not wait for it. A thread that does not come back is ended, and another started.

import { Worker } from 'node:worker_threads';
import type { NewsItem } from '../../data/news/read.ts';
import { BadReply } from '../../data/venues/said.ts';
import type { Clock } from '../clock.ts';
import type { Reading } from './reader.ts';

/** A document that is not read by then is given up, ms. */
const PATIENCE_MS = 10_000;
const HEAP_MB = 128;

export class ReaderThread {
  readonly #clock: Clock;
  #worker: Worker | null = null;
  /** One at a time. */
  #line: Promise<unknown> = Promise.resolve();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Throws BadReply for what is no list of news, or cannot be read in time. */
  read(text: string): Promise<readonly NewsItem[]> {
    const next = this.#line.then(() => this.#read(text));
    this.#line = next.catch(() => {});
    return next;
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = null;
    await worker?.terminate();
  }

  async #read(text: string): Promise<readonly NewsItem[]> {
    const { promise, resolve } = Promise.withResolvers<Reading>();
    const worker = this.#start();
    let isLost = false;
    const fail = (why: string) => {
      isLost = true;
      resolve({ items: null, why });
    };
    const died = () => fail('its reader died');
    worker.once('message', resolve).once('error', died).once('exit', died);
    const done = new AbortController();
    void this.#clock.sleep(PATIENCE_MS, done.signal).then(() => {
      if (!done.signal.aborted) fail(`cannot be read in ${PATIENCE_MS / 1000} s`);
    });
    worker.postMessage(text);
    const reading = await promise;
    done.abort();
    worker.off('message', resolve).off('error', died).off('exit', died);
    // Whatever it is at, the next document gets a new one.
    if (isLost) await this.close();
    if (reading.items === null) throw new BadReply(reading.why);
    return reading.items;
  }

  #start(): Worker {
    if (this.#worker !== null) return this.#worker;
    const worker = new Worker(new URL('./reader.ts', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    });
    // One that dies between two documents is replaced at the next.
    worker.on('error', () => {});
    worker.on('exit', () => {
      if (this.#worker === worker) this.#worker = null;
    });
    worker.unref();
    this.#worker = worker;
    return worker;
  }
}
