// Listing breaks: where the same symbol begins to mean another asset.
//
//   LUNA   ... 0.00005 |      437 hours without a candle      | 1.0 ...     (2022-05: LUNA 2.0)
//
// A hole alone is an outage; a hole longer than `maxHoleCandles` behind which the price stands at more
// than five times, or less than a fifth, is a new listing. A position in the old asset is no position
// in the new one, so histories are cut there and never traded across.

import type { CandleColumns } from './column.ts';

/** Moves that markets make in days are smaller: LUNA's own fall has no hole, FTT's was 95 % in four. */
const RATIO = 5;

/** Rows at which a new listing begins, ascending; openMs strictly increasing, no holes as NaN. */
export function listingBreaks(
  { openMs, open, close }: CandleColumns,
  intervalMs: number,
  maxHoleCandles: number,
): number[] {
  const found: number[] = [];
  for (let i = 1; i < close.length; i++) {
    if (openMs[i]! - openMs[i - 1]! <= (maxHoleCandles + 1) * intervalMs) continue;
    const ratio = open[i]! / close[i - 1]!;
    if (ratio > RATIO || ratio < 1 / RATIO) found.push(i);
  }
  return found;
}
