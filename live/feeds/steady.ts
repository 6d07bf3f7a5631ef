// The wall's time as a stream feed believes it: set once, then carried on by the monotonic clock.
//
// A wall clock that steps (an operator, a time server, a leap) moves nothing. Only when candles
// arrive that cannot be of our time, and the wall's time would explain them (the machine slept, or
// was set right), is it taken over. What the venue gives as closed has closed; and if all that it says
// for a minute is of another time than both of ours, both are wrong and its time counts.

import type { Clock } from '../clock.ts';

/** How far the time of a message may be from that of its candle, and still fit. */
const EARLY_MS = 2000;
const LATE_MS = 1000;
/** How long the venue must insist that both of our clocks are wrong. */
const INSIST_MS = 60_000;

export class SteadyClock implements Clock {
  readonly #clock: Clock;
  #offsetMs: number;
  /** Since when no candle has been of our time, monotonic ms; NaN = the last one was. */
  #oddSinceMs = Number.NaN;
  #lastOpenMs = Number.NaN;
  /** Times that it was set. */
  settings = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#offsetMs = clock.nowMs() - clock.monotonicMs();
  }

  nowMs(): number {
    return Math.floor(this.#clock.monotonicMs() + this.#offsetMs);
  }

  /** The machine's own, right or wrong. */
  wallMs(): number {
    return this.#clock.nowMs();
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs();
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return this.#clock.sleep(ms, signal);
  }

  /** The last candle that was said is not of our time. */
  get isOdd(): boolean {
    return !Number.isNaN(this.#oddSinceMs);
  }

  /** A candle of this open was just said to be the newest: is our time possible? */
  witness(openMs: number, intervalMs: number): void {
    const fits = (ms: number) => ms >= openMs - EARLY_MS && ms < openMs + intervalMs + LATE_MS;
    const isNewer = openMs > this.#lastOpenMs;
    this.#lastOpenMs = openMs;
    const monotonicMs = this.#clock.monotonicMs();
    if (fits(this.nowMs())) {
      this.#oddSinceMs = Number.NaN;
      return;
    }
    if (Number.isNaN(this.#oddSinceMs)) this.#oddSinceMs = monotonicMs;
    const wallMs = this.#clock.nowMs();
    if (fits(wallMs)) this.#set(wallMs);
    // A candle that has just begun is the best word for the time.
    else if (isNewer && monotonicMs - this.#oddSinceMs >= INSIST_MS) this.#set(openMs);
  }

  /** It is at least so late, UTC ms: the venue has answered with what closed then. */
  atLeast(ms: number): void {
    if (this.nowMs() < ms) this.#set(ms);
  }

  #set(ms: number): void {
    this.#offsetMs = ms - this.#clock.monotonicMs();
    this.#oddSinceMs = Number.NaN;
    this.settings++;
  }
}
