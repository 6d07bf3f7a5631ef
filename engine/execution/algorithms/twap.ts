// TWAP: equal slices at even times, each time moved by a seeded jitter of at most a fifth of a
// slice, so that others cannot set a clock by it. The first slice goes at once and the last one is
// never late: a child needs a candle before the window's end to fill in.

import type { Random } from '../../random.ts';
import type { Algorithm, ParentFacts } from './contract.ts';
import { SlicedWindow } from './schedule.ts';

/** The largest jitter, as a fraction of a slice: x 0.8 to 1.2. */
export const TWAP_JITTER = 0.2;

/**
 * Times of the slices in ascending order, UTC ms. Slice k is within TWAP_JITTER x slice of
 * startMs + k x slice. Takes `slices` - 1 draws.
 */
export function twapTimes(
  startMs: number,
  windowMs: number,
  slices: number,
  draw: Random,
): number[] {
  const sliceMs = windowMs / slices;
  return Array.from({ length: slices }, (_, k) => {
    if (k === 0) return startMs;
    const jitter = TWAP_JITTER * (2 * draw() - 1);
    return startMs + sliceMs * (k + (k === slices - 1 ? Math.min(jitter, 0) : jitter));
  });
}

/** Works `parent` in `slices` (>= 1) equal slices over `windowMs` (> 0). */
export function twap(
  parent: ParentFacts,
  windowMs: number,
  slices: number,
  draw: Random,
  baseMs: number,
): Algorithm {
  const times = twapTimes(parent.startMs, windowMs, slices, draw);
  const weights = times.map(() => 1);
  return new SlicedWindow(parent, times, weights, parent.startMs + windowMs, baseMs);
}
