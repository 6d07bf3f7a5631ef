// The machine's time: the only file of this room that reads it or sets a timer. Everybody else is
// handed a `Clock`, so that a session runs in virtual time under test.
//
// Two clocks: `nowMs` is the wall's and may jump either way, `monotonicMs` only runs on. How long
// something took, and how long to wait, is measured on the second; only stamps use the first.

export interface Clock {
  /** UTC ms, an integer; may go back when the machine's clock is set. */
  nowMs(): number;
  /** ms since some instant, fractional; never goes back, whatever is done to the wall clock. */
  monotonicMs(): number;
  /**
   * Resolves after `ms` (<= 0 or NaN: in the next turn) on the monotonic clock; also, at once, when
   * `signal` aborts: whoever waits looks at the signal. Never rejects.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** A timer of Node holds no longer wait than this (2^31 - 1 ms, about 24.8 days). */
const LONGEST_TIMER_MS = 2_147_483_647;

/** The machine's own clock. */
export const machineClock: Clock = Object.freeze({
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const untilMs = performance.now() + (ms > 0 ? ms : 0);
    do {
      if (signal?.aborted) return;
      await timer(Math.min(untilMs - performance.now(), LONGEST_TIMER_MS), signal);
    } while (performance.now() < untilMs);
  },
});

function timer(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(handle);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const handle = setTimeout(done, Math.max(0, ms));
    signal?.addEventListener('abort', done);
  });
}

/** Stamps that never go back: the larger of the clock's time and the stamp before. */
export class Stamper {
  readonly #clock: Clock;
  #lastMs: number;

  /** `lastMs`: the last stamp of the journal that is carried on, 0 for a new one. */
  constructor(clock: Clock, lastMs = 0) {
    this.#clock = clock;
    this.#lastMs = lastMs;
  }

  /** The next stamp, UTC ms. A wall clock set back makes stamps stand still, never go back. */
  next(): number {
    this.#lastMs = Math.max(this.#lastMs, this.#clock.nowMs());
    return this.#lastMs;
  }
}
