// Time for a venue's client under test: a sleep returns at once and the clock has moved on by it.

import type { Pace } from '../../../data/venues/contract.ts';

export class VirtualPace implements Pace {
  /** Every wait, ms. */
  readonly sleeps: number[] = [];
  #elapsedMs = 0;
  #wallMs: number;

  /** `wallMs`: the wall clock at the start, UTC ms. */
  constructor(wallMs: number) {
    this.#wallMs = wallMs;
  }

  nowMs(): number {
    return this.#wallMs + this.#elapsedMs;
  }

  monotonicMs(): number {
    return this.#elapsedMs;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return;
    this.sleeps.push(ms);
    this.#elapsedMs += Math.max(0, ms);
  }

  /** Time passes, nobody sleeping. */
  pass(ms: number): void {
    this.#elapsedMs += ms;
  }

  /** The wall clock is set, by so much. */
  set(ms: number): void {
    this.#wallMs += ms;
  }
}
