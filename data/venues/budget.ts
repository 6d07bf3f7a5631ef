// Request weight that may be spent a minute, as a bucket of tokens on the monotonic clock.
//
// Venues count by the minute and by IP, so whoever trades from this machine spends from the same
// allowance: a reserve is never touched here. The bucket holds half of the rest and refills with the
// other half a minute, so that no minute, wherever it begins, gets more than the rest. What the venue
// says was used, by everybody, only ever lowers the bucket.

import type { Pace } from './contract.ts';

const MINUTE_MS = 60_000;

export interface BudgetRules {
  /** Weight a minute the venue documents. */
  readonly perMinute: number;
  /** Part of it left for trading, 0 to 1. */
  readonly reserveFraction: number;
}

export class WeightBudget {
  /** Weight of any minute that may be spent here. */
  readonly usable: number;
  readonly #perMs: number;
  readonly #pace: Pace;
  #tokens: number;
  #atMs: number;
  #line: Promise<void> = Promise.resolve();

  constructor(rules: BudgetRules, pace: Pace) {
    this.usable = Math.floor(rules.perMinute * (1 - rules.reserveFraction));
    this.#perMs = this.usable / 2 / MINUTE_MS;
    this.#pace = pace;
    this.#tokens = this.burst;
    this.#atMs = pace.monotonicMs();
  }

  /** The most one request may weigh, and what a rested bucket holds. */
  get burst(): number {
    return this.usable / 2;
  }

  /**
   * Takes `weight`, waiting in line until it is there; one heavier than the bucket takes a full one.
   * An abort ends the wait with nothing taken: whoever called looks at the signal.
   */
  async take(weight: number, signal?: AbortSignal): Promise<void> {
    const before = this.#line;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#line = promise;
    await before;
    try {
      const needed = Math.min(weight, this.burst);
      while (this.#refilled() < needed) {
        if (signal?.aborted) return;
        await this.#pace.sleep(Math.ceil((needed - this.#tokens) / this.#perMs), signal);
      }
      if (!signal?.aborted) this.#tokens -= needed;
    } finally {
      resolve();
    }
  }

  /** ms until `weight` would be there, 0 = now; takes nothing. Who waits in line is not looked at. */
  waitMs(weight: number): number {
    const missing = Math.min(weight, this.burst) - this.#refilled();
    return missing > 0 ? Math.ceil(missing / this.#perMs) : 0;
  }

  /** Takes `weight` that `waitMs` has just said is there. */
  draw(weight: number): void {
    this.#tokens = this.#refilled() - Math.min(weight, this.burst);
  }

  /** What the venue says was used of this minute by everybody on this IP. */
  correct(usedWeight: number): void {
    if (Number.isFinite(usedWeight)) {
      this.#tokens = Math.min(this.#refilled(), this.usable - usedWeight);
    }
  }

  /** The venue says there is nothing left. */
  exhaust(): void {
    this.#tokens = Math.min(this.#refilled(), 0);
  }

  #refilled(): number {
    const nowMs = this.#pace.monotonicMs();
    const grown = this.#tokens + (nowMs - this.#atMs) * this.#perMs;
    this.#atMs = nowMs;
    this.#tokens = Math.min(this.burst, grown);
    return this.#tokens;
  }
}
