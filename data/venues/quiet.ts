// When a venue has asked for quiet: a pause (429, 503 with Retry-After) or a ban (418). One object for
// everybody who talks to the same host, so that a reader's ban keeps orders back as well.

import type { Pace } from './contract.ts';

/** Waits grow from 0..1 s to 0..30 s; full jitter: Brooker, "Exponential Backoff And Jitter", 2015. */
const FIRST_BACKOFF_MS = 1000;
const LONGEST_BACKOFF_MS = 30_000;
/** Documented: bans last from 2 minutes to 3 days and scale for who repeats. */
const SHORTEST_BAN_MS = 120_000;
const LONGEST_BAN_MS = 3 * 86_400_000;

/** Whoever asks waits so long for a throttle to end, not longer. */
export const LONGEST_PAUSE_MS = 120_000;

/** Until when nothing may be sent to a host: bans and long pauses outlive the process. */
export interface Silence {
  /** UTC ms; -Infinity when it may be asked. */
  untilMs(url: string): number;
  keep(url: string, untilMs: number): void;
}

/** How long nothing may be sent. */
export interface Hush {
  readonly code: 'banned' | 'paused';
  readonly leftMs: number;
}

export class Quiet {
  readonly #pace: Pace;
  readonly #random: () => number;
  readonly #url: string;
  readonly #memory: Silence | undefined;
  /** Monotonic ms. */
  #pausedUntilMs = Number.NEGATIVE_INFINITY;
  #bannedUntilMs = Number.NEGATIVE_INFINITY;
  /** Bans in a row whose end the venue did not say. */
  #unsaidBans = 0;

  /** `random`: 0 <= u < 1, for the jitter; `memory` knows of silence by `url`. */
  constructor(pace: Pace, random: () => number, url = '', memory?: Silence | undefined) {
    this.#pace = pace;
    this.#random = random;
    this.#url = url;
    this.#memory = memory;
    const leftMs = (memory?.untilMs(url) ?? Number.NEGATIVE_INFINITY) - pace.nowMs();
    if (leftMs > 0) this.#bannedUntilMs = pace.monotonicMs() + leftMs;
  }

  /** Null when something may be sent. */
  get hush(): Hush | null {
    const nowMs = this.#pace.monotonicMs();
    if (nowMs < this.#bannedUntilMs) {
      return { code: 'banned', leftMs: this.#bannedUntilMs - nowMs };
    }
    const leftMs = this.#pausedUntilMs - nowMs;
    return leftMs > 0 ? { code: 'paused', leftMs } : null;
  }

  /**
   * What a status asks of everybody. `retryMs`: of Retry-After, null = not said; `attempt`: of whoever
   * asked, 1 the first, for a pause whose length is not said.
   */
  hear(status: number, retryMs: number | null, attempt: number): void {
    const nowMs = this.#pace.monotonicMs();
    if (status === 429) {
      const pauseMs = Math.max(retryMs ?? 0, this.backoffMs(attempt));
      this.#pausedUntilMs = Math.max(this.#pausedUntilMs, nowMs + pauseMs);
      if (pauseMs > LONGEST_PAUSE_MS) this.#remember(pauseMs);
    } else if (status === 418) {
      const unsaidMs = SHORTEST_BAN_MS * 2 ** this.#unsaidBans;
      if (retryMs === null) this.#unsaidBans = Math.min(this.#unsaidBans + 1, 16);
      const banMs = Math.min(Math.max(retryMs ?? unsaidMs, 1000), LONGEST_BAN_MS);
      this.#bannedUntilMs = Math.max(this.#bannedUntilMs, nowMs + banMs);
      this.#remember(banMs);
    } else if (status === 503 && retryMs !== null) {
      this.#pausedUntilMs = Math.max(this.#pausedUntilMs, nowMs + retryMs);
    }
  }

  /** Somebody was answered. */
  answered(): void {
    this.#unsaidBans = 0;
  }

  #remember(ms: number): void {
    this.#memory?.keep(this.#url, this.#pace.nowMs() + Math.min(ms, LONGEST_BAN_MS));
  }

  /** How long to wait after the `attempt`th failure, drawn. */
  backoffMs(attempt: number): number {
    const mostMs = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (attempt - 1));
    return Math.floor(this.#random() * mostMs);
  }
}
