// The wall's time as a stream feed believes it: set once, then carried on by the monotonic clock.
//
// A wall clock that steps (an operator, a time server, a leap) moves nothing. Only when candles
// arrive that cannot be of our time, and the wall's time explains them (the machine slept, or
// was set right), is it taken over. What the venue gives as closed has closed; and if all that it says
// for a while agrees on another time than both of ours, both are wrong and its time counts.

import type { Clock } from '../clock.ts';

/** How far the time of a message may be from that of its candle, and still fit. */
const EARLY_MS = 2000;
const LATE_MS = 1000;
/** How many in a row must be of the wall's time and not of ours. */
const WALL_COUNT = 3;
/** How long the venue must insist that both of our clocks are wrong. */
const INSIST_MS = 90_000;
const INSIST_COUNT = 6;

/** Candles that agree with each other about the time, and not with us. */
interface Odd {
  readonly sinceMs: number;
  readonly count: number;
  /** Between these lies what is to be added to the monotonic clock. */
  readonly leastMs: number;
  readonly mostMs: number;
}

export class SteadyClock implements Clock {
  readonly #clock: Clock;
  #offsetMs: number;
  /** What candles insist on that are not of our time; null = the last one was. */
  #odd: Odd | null = null;
  /** Times that it was set. */
  settings = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#offsetMs = clock.nowMs() - clock.monotonicMs();
  }

  nowMs(): number {
    return Math.floor(this.#clock.monotonicMs() + this.#offsetMs);
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs();
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return this.#clock.sleep(ms, signal);
  }

  /** The last candle that was said is not of our time. */
  get isOdd(): boolean {
    return this.#odd !== null;
  }

  /** A candle of this open was just said to be the newest: is our time possible? */
  witness(openMs: number, intervalMs: number): void {
    const fits = (ms: number) => ms >= openMs - EARLY_MS && ms < openMs + intervalMs + LATE_MS;
    const monotonicMs = this.#clock.monotonicMs();
    if (fits(this.nowMs())) {
      this.#odd = null;
      return;
    }
    const leastMs = openMs - monotonicMs;
    const mostMs = leastMs + intervalMs + LATE_MS;
    const odd = this.#odd;
    const isSame = odd !== null && leastMs <= odd.mostMs && mostMs >= odd.leastMs;
    this.#odd = {
      sinceMs: isSame ? odd.sinceMs : monotonicMs,
      count: isSame ? odd.count + 1 : 1,
      leastMs: isSame ? Math.max(odd.leastMs, leastMs) : leastMs,
      mostMs: isSame ? Math.min(odd.mostMs, mostMs) : mostMs,
    };
    const { sinceMs, count } = this.#odd;
    const wallMs = this.#clock.nowMs();
    if (fits(wallMs) && count >= WALL_COUNT) this.#set(wallMs);
    else if (monotonicMs - sinceMs >= INSIST_MS && count >= INSIST_COUNT) {
      this.#set(this.#odd.leastMs + monotonicMs);
    }
  }

  /** It is at least so late, UTC ms: the venue has answered with what closed then. */
  atLeast(ms: number): void {
    if (this.nowMs() < ms) this.#set(ms);
  }

  #set(ms: number): void {
    this.#offsetMs = ms - this.#clock.monotonicMs();
    this.#odd = null;
    this.settings++;
  }
}
