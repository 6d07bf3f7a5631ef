// How long a stream feed waits for what, in ms of the monotonic clock: defaults in one place.
//
// The row of a session closes 5 s after its close for whoever is late (its grace), so a leg that has
// not come is asked for well before that, and nobody waits for another beyond it.

export interface Timings {
  /** A candle of a venue that does not say `closed` is final so long after its close. */
  readonly settleMs: number;
  /** A candle that has not come so long after its close is asked for, */
  readonly askAfterMs: number;
  /** and once more so long after it. */
  readonly askAgainMs: number;
  /** How long a leg may hold up the newest candles, its own and those of others, */
  readonly holdMs: number;
  /** those that are too old to be in time anyway, */
  readonly catchUpHoldMs: number;
  /** and those of the first back-fill of a session that goes on; one that begins waits for ever. */
  readonly startHoldMs: number;
  /** A candle is old when it closed so long ago: the grace of its row is over, or all but over. */
  readonly oldMs: number;
  /** How long to wait for connections before the back-fill begins without them. */
  readonly connectWaitMs: number;
  /** A page of REST that takes longer is given up and asked for again: beyond all that the
   * venue's own client waits for, which is bounded as well. */
  readonly pageMs: number;
  /** Funding is asked for so long after each full hour. */
  readonly fundingAfterMs: number;
  /** A feed that has not got its last row so long after its end is over without it. */
  readonly endAfterMs: number;
  /** A connection must open within this. */
  readonly openMs: number;
  /** A connection that carries no candle for so long is dead, whatever else it says. */
  readonly frozenMs: number;
  /** How long two connections overlap at most when one takes over from the other. */
  readonly overlapMs: number;
  /** The first wait before another attempt, doubled with each up to the longest; drawn from 0. */
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
  /** A connection that lived so long was a good one: waits begin small again. */
  readonly stableMs: number;
}

export const TIMINGS: Timings = Object.freeze({
  settleMs: 1500,
  askAfterMs: 2000,
  askAgainMs: 12_000,
  holdMs: 2000,
  catchUpHoldMs: 20_000,
  startHoldMs: 300_000,
  oldMs: 4000,
  connectWaitMs: 5000,
  pageMs: 150_000,
  fundingAfterMs: 20_000,
  endAfterMs: 30_000,
  openMs: 10_000,
  frozenMs: 300_000,
  overlapMs: 5000,
  retryMinMs: 500,
  retryMaxMs: 30_000,
  stableMs: 30_000,
});

/** Waits between attempts: exponential, with full jitter, never at an end. */
export class Backoff {
  readonly #timings: Timings;
  readonly #random: () => number;
  #attempts = 0;

  constructor(timings: Timings, random: () => number) {
    this.#timings = timings;
    this.#random = random;
  }

  /** Failed attempts since the last success. */
  get attempts(): number {
    return this.#attempts;
  }

  /** How long to wait now that one more attempt has failed. */
  next(): number {
    const { retryMinMs, retryMaxMs } = this.#timings;
    const longestMs = Math.min(retryMaxMs, retryMinMs * 2 ** Math.min(this.#attempts, 30));
    this.#attempts++;
    return this.#random() * longestMs;
  }

  reset(): void {
    this.#attempts = 0;
  }
}
