// Values that are published one by one: moods, spreads, what takers bought. Where they come at a step
// of their own a missing one is told; headlines come when they come, and nothing is missing of them.

import type { Column } from '../../engine/market/column.ts';
import type { Range } from '../ranges.ts';
import { type Gap, missingIn, splitGaps } from './gaps.ts';
import { medianOf } from './median.ts';

export interface SeriesQuality {
  readonly values: number;
  /** First and last publication, UTC ms; NaN when there are none. */
  readonly fromMs: number;
  readonly toMs: number;
  /** The step they come at, ms; null where they have none. */
  readonly stepMs: number | null;
  readonly gaps: readonly Gap[];
  readonly missing: number;
  /** Holes that the source, which was asked, has too. */
  readonly absent: readonly Gap[];
  readonly absentValues: number;
}

/** This share of all steps must be the usual one, of so many values at least. */
const REGULAR_SHARE = 0.9;
const LEAST_VALUES = 10;

/** `stepMs` is the step when it is known; `asked` are the stretches that the source has answered. */
export function seriesQuality(
  timesMs: Column,
  stepMs: number | null = usualStep(timesMs),
  asked: readonly Range[] = [],
): SeriesQuality {
  const found = stepMs === null ? [] : holesIn(timesMs, stepMs);
  const { gaps, absent } = splitGaps(found, stepMs ?? 1, asked);
  const rows = timesMs.length;
  return {
    values: rows,
    fromMs: rows === 0 ? Number.NaN : timesMs[0]!,
    toMs: rows === 0 ? Number.NaN : timesMs[rows - 1]!,
    stepMs,
    gaps,
    missing: missingIn(gaps),
    absent,
    absentValues: missingIn(absent),
  };
}

function usualStep(timesMs: Column): number | null {
  if (timesMs.length < LEAST_VALUES) return null;
  const steps = Array.from({ length: timesMs.length - 1 }, (_, i) => timesMs[i + 1]! - timesMs[i]!);
  const usual = medianOf(steps);
  const same = steps.filter((step) => step === usual).length;
  return same >= REGULAR_SHARE * steps.length ? usual : null;
}

/** A value may come somewhat late without another one missing before it. */
function holesIn(timesMs: Column, stepMs: number): Gap[] {
  const gaps: Gap[] = [];
  for (let i = 1; i < timesMs.length; i++) {
    const missing = Math.round((timesMs[i]! - timesMs[i - 1]!) / stepMs) - 1;
    if (missing > 0) gaps.push({ fromMs: timesMs[i - 1]! + stepMs, missing });
  }
  return gaps;
}
