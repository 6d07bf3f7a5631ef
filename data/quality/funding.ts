// Funding stamps: their interval, where it changes, and where stamps are missing.
//
// Venues change the interval (8 h to 4 h or 1 h) without a word in the data, so it is read from the
// stamps: a step that is seen three times in a row is a change. Between changes stamps lie on a grid;
// one beside it came late (or early) and stands for one place of it, and a place without any is a hole.

import type { FundingColumns } from '../../engine/market/panel.ts';
import type { Range } from '../ranges.ts';
import { type Gap, missingIn, splitGaps } from './gaps.ts';
import { medianOf } from './median.ts';

/** Missing stamps, and the interval they were due at. */
export interface FundingGap extends Gap {
  readonly stepMs: number;
}

export interface FundingQuality {
  readonly stamps: number;
  /** First and last stamp, UTC ms; NaN when there are none. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly intervalChanges: readonly {
    readonly atMs: number;
    readonly fromIntervalMs: number;
    readonly toIntervalMs: number;
  }[];
  readonly gaps: readonly FundingGap[];
  readonly missing: number;
  /** Holes that the source, which was asked, has too. */
  readonly absent: readonly FundingGap[];
  readonly absentStamps: number;
  /** Stamps that came beside the grid, UTC ms. */
  readonly irregularMs: readonly number[];
  /**
   * Steps of more than half again the usual one (the median of all, ms), as files are often described
   * by: those of a longer interval, and those over holes.
   */
  readonly longSteps: {
    readonly usualMs: number;
    readonly ofInterval: number;
    readonly overHoles: number;
  };
}

/** `asked` are the stretches that the source has answered. Times rise. */
export function fundingQuality(
  { atMs }: FundingColumns,
  asked: readonly Range[] = [],
): FundingQuality {
  const steps = Array.from({ length: Math.max(0, atMs.length - 1) }, (_, i) => {
    return atMs[i + 1]! - atMs[i]!;
  });
  const intervalChanges: { atMs: number; fromIntervalMs: number; toIntervalMs: number }[] = [];
  const gaps: FundingGap[] = [];
  const absent: FundingGap[] = [];
  const irregularMs: number[] = [];
  const usualMs = medianOf(steps);
  let [ofInterval, overHoles] = [0, 0];
  let stepMs = mostCommon(steps.slice(0, 10));
  /** The last stamp on the grid, and the places behind it that irregular ones stand for. */
  let anchorMs = atMs[0] ?? Number.NaN;
  let taken = new Set<number>();
  for (let i = 1; i < atMs.length; i++) {
    const [step, at] = [steps[i - 1]!, atMs[i]!];
    if (step !== stepMs && steps[i] === step && steps[i + 1] === step) {
      intervalChanges.push({ atMs: atMs[i - 1]!, fromIntervalMs: stepMs, toIntervalMs: step });
      stepMs = step;
      [anchorMs, taken] = [atMs[i - 1]!, new Set()];
    }
    if (step > 1.5 * usualMs) {
      if (stepMs > 1.5 * usualMs) ofInterval++;
      else overHoles++;
    }
    const places = (at - anchorMs) / stepMs;
    // A step as usual from a stamp beside the grid: the grid itself has moved.
    if (!Number.isInteger(places) && step !== stepMs) {
      irregularMs.push(at);
      taken.add(placeOf(places));
      continue;
    }
    const found = holesBefore(placeOf(places), taken, anchorMs, stepMs);
    const split = splitGaps(found, stepMs, asked);
    gaps.push(...split.gaps.map((gap) => ({ ...gap, stepMs })));
    absent.push(...split.absent.map((gap) => ({ ...gap, stepMs })));
    [anchorMs, taken] = [at, new Set()];
  }
  return {
    stamps: atMs.length,
    fromMs: atMs.at(0) ?? Number.NaN,
    toMs: atMs.at(-1) ?? Number.NaN,
    intervalChanges,
    gaps,
    missing: missingIn(gaps),
    absent,
    absentStamps: missingIn(absent),
    irregularMs,
    longSteps: { usualMs, ofInterval, overHoles },
  };
}

/** The place of a grid that a stamp stands for: they come late rather than early. */
function placeOf(places: number): number {
  return Math.max(1, Math.ceil(places - 0.75));
}

/** The places 1 to `count - 1` of a grid that nothing stands for. */
function holesBefore(
  count: number,
  taken: ReadonlySet<number>,
  anchorMs: number,
  stepMs: number,
): Gap[] {
  const holes: { fromMs: number; missing: number }[] = [];
  let isOpen = false;
  for (let place = 1; place < count; place++) {
    if (taken.has(place)) isOpen = false;
    else if (isOpen) holes.at(-1)!.missing++;
    else {
      holes.push({ fromMs: anchorMs + place * stepMs, missing: 1 });
      isOpen = true;
    }
  }
  return holes;
}

function mostCommon(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  let best = Number.NaN;
  for (const [value, count] of counts) if (count > (counts.get(best) ?? 0)) best = value;
  return best;
}
