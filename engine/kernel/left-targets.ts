// Targets that were said once and could not be acted on at their close: the candles were too old, or an
// order of the leg had not been answered. A strategy that names a target only when it changes is silent
// from then on, and silence means that it still wants it.
//
// The invariant: a target is left until it is taken up again or another one is said. One that is left
// again keeps its age; how old it may become is asked by whoever acts on it.

import type { Candidate } from './candidates.ts';

export class LeftTargets {
  /** By leg; NaN = none. */
  readonly #targets: Float64Array;
  /** By leg: the close at which the last one was said, UTC ms. */
  readonly #saidMs: Float64Array;
  #count = 0;

  constructor(legs: number) {
    this.#targets = new Float64Array(legs).fill(Number.NaN);
    this.#saidMs = new Float64Array(legs).fill(Number.NaN);
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** A target of NaN was voted on: who votes is asked again. */
  leave({ leg, target, saidMs }: Candidate, nowMs: number): void {
    if (target !== target) return;
    const before = this.#targets[leg]!;
    if (before !== before) this.#count++;
    this.#targets[leg] = target;
    this.#saidMs[leg] = saidMs === saidMs ? saidMs : nowMs;
  }

  /** When the target that was taken up last was said, UTC ms. */
  saidMs(leg: number): number {
    return this.#saidMs[leg]!;
  }

  /**
   * What is wanted of a leg at this close: what is said, or else what was left, which waits on while
   * candles are `stale`. undefined = nothing new.
   */
  take(leg: number, said: number | undefined, stale: boolean): number | undefined {
    const left = this.#targets[leg]!;
    if (left !== left || (said === undefined && stale)) return said;
    this.#targets[leg] = Number.NaN;
    this.#count--;
    return said ?? left;
  }
}
