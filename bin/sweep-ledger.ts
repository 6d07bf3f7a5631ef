// A sweep's trials on their way into the trial ledger: each is counted, failed and broken-off ones too.
//
// Lines are gathered for a while: never more than a small share of the time goes there. What a crash
// kept from it is added when the sweep goes on; the same trial again is no new one.

import { LedgerBook, type Trial, type TrialStatus } from '../data/runs/ledger.ts';
import { releaseMemory } from '../data/store/garbage.ts';

/** What all trials of a sweep have in common. */
export interface Family {
  readonly symbols: readonly string[];
  readonly dataDigest: string;
  readonly candlesDigest?: string | undefined;
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  readonly strategy: string;
}

const LEAST_MS = 2000;
/** A pause is this many times as long as the last writing took. */
const PAUSE = 20;
const AT_ONCE = 5000;

export class LedgerFeed {
  readonly #book: LedgerBook;
  readonly #family: Family;
  #waiting: Trial[] = [];
  #nextMs = 0;
  /** Distinct trials of the kin after the last line that was added. */
  trialNumber = 0;

  constructor(root: string, family: Family) {
    this.#book = new LedgerBook(root);
    this.#family = family;
  }

  add(
    strategyDigest: string,
    configDigest: string,
    status: TrialStatus,
    sharpe: number | null = null,
    /** Where its data are not those of all. */
    data: Pick<Trial, 'dataDigest' | 'candlesDigest'> = this.#family,
  ): void {
    const startedAt = new Date().toISOString();
    this.#waiting.push({
      ...this.#family,
      ...data,
      strategyDigest,
      configDigest,
      startedAt,
      status,
      sharpe,
    });
  }

  /** Adds what is waiting, when it is time to. */
  async flushNow(): Promise<void> {
    if (performance.now() >= this.#nextMs || this.#waiting.length >= AT_ONCE) await this.flush();
  }

  /** Adds what is waiting. Throws InputError naming `--out` when the ledger cannot be written. */
  async flush(): Promise<void> {
    if (this.#waiting.length === 0) return;
    const trials = this.#waiting;
    this.#waiting = [];
    const fromMs = performance.now();
    const numbers = this.#book.record(trials);
    this.trialNumber = numbers.at(-1)!;
    // Rows and lines of so many trials, dead by now: the collector would let them lie.
    releaseMemory();
    const nowMs = performance.now();
    this.#nextMs = nowMs + Math.max(LEAST_MS, PAUSE * (nowMs - fromMs));
  }
}
