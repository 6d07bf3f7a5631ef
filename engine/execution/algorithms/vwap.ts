// VWAP: slices at even times, each as large as the share of volume that history expects in it. The
// weights are taken when the parent starts and never changed: what the day then brings is not known
// in advance, and chasing it would be another algorithm (percentage of volume).

import type { Algorithm, ParentFacts } from './contract.ts';
import { SlicedWindow } from './schedule.ts';
import type { VolumeProfile } from './volume-profile.ts';

/**
 * Works `parent` in `slices` (>= 1) over `windowMs` (> 0), weighted by `profile` as it is now;
 * evenly where there is none (null).
 */
export function vwap(
  parent: ParentFacts,
  windowMs: number,
  slices: number,
  profile: VolumeProfile | null,
  baseMs: number,
): Algorithm {
  const { startMs } = parent;
  const endMs = startMs + windowMs;
  const times = Array.from({ length: slices }, (_, k) => startMs + (windowMs / slices) * k);
  const weights = profile?.weights(startMs, endMs, slices) ?? times.map(() => 1);
  return new SlicedWindow(parent, times, weights, endMs, baseMs);
}
