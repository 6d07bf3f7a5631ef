// Whose candle is said next: rows in time order over all legs, nobody held up for long.
//
// The leg that is furthest behind goes first. A leg that has nothing ready holds the newer candles of
// the others back, and its own newer ones, only while there is hope: not when the venue has said that
// there is nothing more, and not beyond the time that the waiting candle can bear.

import type { SaidCandle } from '../../data/venues/contract.ts';
import type { Lane } from './lane.ts';
import type { Timings } from './timings.ts';

export type Step =
  | { readonly kind: 'candle'; readonly lane: Lane; readonly candle: SaidCandle }
  /** What was missing before the next candle of the lane has been given up. */
  | { readonly kind: 'gap'; readonly lane: Lane; readonly fromMs: number; readonly count: number }
  /** Nothing may be said for `ms`, unless something comes; Infinity = until then. */
  | { readonly kind: 'wait'; readonly ms: number };

export class Weave {
  readonly lanes: readonly Lane[];
  readonly #intervalMs: number;
  readonly #timings: Timings;
  /** The first back-fill is under way: history is better whole than soon. */
  isStarting = true;

  constructor(lanes: readonly Lane[], intervalMs: number, timings: Timings) {
    this.lanes = lanes;
    this.#intervalMs = intervalMs;
    this.#timings = timings;
  }

  /** True when a row closed too long ago to wait for anybody. */
  isOld(openMs: number, nowMs: number): boolean {
    return nowMs - (openMs + this.#intervalMs) > this.#timings.oldMs;
  }

  /** The leg furthest behind that has its next candle; what it has is not taken yet. */
  peek(): Lane | null {
    let best: Lane | null = null;
    for (const lane of this.lanes) {
      if (lane.hasNext && (best === null || lane.nextMs < best.nextMs)) best = lane;
    }
    return best;
  }

  /** The next thing to do, which is then done to the lanes. */
  step(nowMs: number, monotonicMs: number): Step {
    let waitMs = Number.POSITIVE_INFINITY;
    for (const lane of this.lanes) {
      if (lane.hasNext || lane.earliestMs === Number.POSITIVE_INFINITY) continue;
      if (Number.isNaN(lane.gapSinceMs)) lane.gapSinceMs = monotonicMs;
      const leftMs = lane.gapSinceMs + this.#holdMs(lane.earliestMs, nowMs) - monotonicMs;
      if (lane.isHoleCertain || leftMs <= 0) return { kind: 'gap', lane, ...lane.skip() };
      waitMs = Math.min(waitMs, leftMs);
    }
    const lane = this.peek();
    if (lane === null) return { kind: 'wait', ms: waitMs };
    const holdMs = this.#holdMs(lane.nextMs, nowMs);
    const isOld = this.isOld(lane.nextMs, nowMs);
    let heldMs = 0;
    for (const other of this.lanes) {
      // A row that is old has no time left: it closes with whatever of it is said at once.
      const isMissed = other.nextMs < lane.nextMs || (isOld && other.nextMs === lane.nextMs);
      if (!isMissed || other.hasNext || other.isDry) continue;
      if (Number.isNaN(other.sinceMs)) other.sinceMs = monotonicMs;
      heldMs = Math.max(heldMs, other.sinceMs + holdMs - monotonicMs);
    }
    if (heldMs > 0) return { kind: 'wait', ms: Math.min(waitMs, heldMs) };
    return { kind: 'candle', lane, candle: lane.shift() };
  }

  /** How long a candle of this open can bear to wait. */
  #holdMs(openMs: number, nowMs: number): number {
    const { startHoldMs, catchUpHoldMs, holdMs } = this.#timings;
    if (this.isStarting) return startHoldMs;
    return this.isOld(openMs, nowMs) ? catchUpHoldMs : holdMs;
  }
}
