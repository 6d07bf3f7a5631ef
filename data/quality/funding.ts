// Funding stamps: their interval, where it changes, and where stamps are missing.
//
// Venues change the interval (8 h to 4 h or 1 h) without a word in the data, so it is read from the
// stamps: a step that is seen three times in a row is a change, else a step of several intervals is
// a hole, and any other one is an irregular stamp (one that came late, and its successor).

import type { FundingColumns } from '../../engine/market/panel.ts';

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
  /** Holes: the first missing stamp, and how many in a row. */
  readonly gaps: readonly { readonly fromMs: number; readonly missing: number }[];
  readonly missing: number;
  /** Stamps that come neither at the usual step nor at a multiple of it, UTC ms. */
  readonly irregularMs: readonly number[];
}

export function fundingQuality({ atMs }: FundingColumns): FundingQuality {
  const intervalChanges: { atMs: number; fromIntervalMs: number; toIntervalMs: number }[] = [];
  const gaps: { fromMs: number; missing: number }[] = [];
  const irregularMs: number[] = [];
  const steps = Array.from({ length: Math.max(0, atMs.length - 1) }, (_, i) => {
    return atMs[i + 1]! - atMs[i]!;
  });
  let usual = mostCommon(steps.slice(0, 10));
  for (let i = 0; i < steps.length; i++) {
    const step = steps[i]!;
    if (step === usual) continue;
    if (steps[i + 1] === step && steps[i + 2] === step) {
      intervalChanges.push({ atMs: atMs[i]!, fromIntervalMs: usual, toIntervalMs: step });
      usual = step;
    } else if (step % usual === 0 && step > usual) {
      gaps.push({ fromMs: atMs[i]! + usual, missing: step / usual - 1 });
    } else {
      irregularMs.push(atMs[i + 1]!);
    }
  }
  return {
    stamps: atMs.length,
    fromMs: atMs.at(0) ?? Number.NaN,
    toMs: atMs.at(-1) ?? Number.NaN,
    intervalChanges,
    gaps,
    missing: gaps.reduce((sum, gap) => sum + gap.missing, 0),
    irregularMs,
  };
}

function mostCommon(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  let best = Number.NaN;
  for (const [value, count] of counts) if (count > (counts.get(best) ?? 0)) best = value;
  return best;
}
