// Holes in times that come at a step, and whose they are: where a source was asked and answered that it
// has nothing, the hole is the market's and no defect of the dataset.

import type { Column } from '../../engine/market/column.ts';
import type { Range } from '../ranges.ts';

/** Rows that are missing: the first missing time (an OPEN, a stamp), and how many in a row. */
export interface Gap {
  readonly fromMs: number;
  readonly missing: number;
}

/** Holes that are ours, and those that the source has too. */
export interface SplitGaps {
  readonly gaps: readonly Gap[];
  readonly absent: readonly Gap[];
}

/** Holes in increasing times; steps of 0 or less are not holes. */
export function gapsOf(timesMs: Column, stepMs: number): Gap[] {
  const gaps: Gap[] = [];
  for (let i = 1; i < timesMs.length; i++) {
    const missing = Math.ceil((timesMs[i]! - timesMs[i - 1]!) / stepMs) - 1;
    if (missing > 0) gaps.push({ fromMs: timesMs[i - 1]! + stepMs, missing });
  }
  return gaps;
}

/** Splits holes by what the source was asked for; both lists rise in time, `asked` is apart. */
export function splitGaps(
  gaps: readonly Gap[],
  stepMs: number,
  asked: readonly Range[],
): SplitGaps {
  const ours: { fromMs: number; missing: number }[] = [];
  const absent: { fromMs: number; missing: number }[] = [];
  let k = 0;
  for (const gap of gaps) {
    let before: unknown = null;
    for (const ms of timesIn([gap], stepMs)) {
      while (k < asked.length && asked[k]![1] <= ms) k++;
      const list = k < asked.length && asked[k]![0] <= ms ? absent : ours;
      if (list === before) list.at(-1)!.missing++;
      else list.push({ fromMs: ms, missing: 1 });
      before = list;
    }
  }
  return { gaps: ours, absent };
}

/** Rows that are missing in holes. */
export function missingIn(gaps: readonly Gap[]): number {
  return gaps.reduce((sum, { missing }) => sum + missing, 0);
}

/** Every missing time of holes. */
export function* timesIn(gaps: readonly Gap[], stepMs: number): Generator<number> {
  for (const { fromMs, missing } of gaps) {
    for (let k = 0; k < missing; k++) yield fromMs + k * stepMs;
  }
}
