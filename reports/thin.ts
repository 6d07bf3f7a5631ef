// Thinning a curve to the pixels it is drawn on, without losing what an eye looks for.
//
// Of every pixel column we keep the first, the lowest, the highest and the last row; skipping rows
// would lose the deepest drawdown of the year. What is kept are rows of the curve itself, in order.
// (The method is M4: Jugel et al., VLDB 2014: at this width the drawn line is the same.)

import type { Column } from '../engine/market/column.ts';

/**
 * Row numbers to draw, ascending. `x` must not decrease; `columns` >= 1 is the width in pixels.
 * A NaN in `y` is a hole: it is kept (one row of it) only where it fills a whole pixel column, so
 * that the drawn line breaks there.
 */
export function thinRows(x: Column, y: Column, length: number, columns: number): number[] {
  if (length <= 4 * columns) return Array.from({ length }, (_, row) => row);
  const start = x[0]!;
  const perColumn = (x[length - 1]! - start) / columns;
  const kept: number[] = [];
  let row = 0;
  while (row < length) {
    const column = columnOf(x[row]!, start, perColumn, columns);
    const first = row;
    let low = -1;
    let high = -1;
    let left = -1;
    let right = -1;
    do {
      const value = y[row]!;
      if (value === value) {
        if (left < 0) left = low = high = row;
        else if (value < y[low]!) low = row;
        else if (value > y[high]!) high = row;
        right = row;
      }
      row++;
    } while (row < length && columnOf(x[row]!, start, perColumn, columns) === column);
    if (left < 0) kept.push(first);
    else pushSorted(kept, left, low, high, right);
  }
  return kept;
}

function columnOf(x: number, start: number, perColumn: number, columns: number): number {
  if (!(perColumn > 0)) return columns - 1;
  return Math.min(columns - 1, Math.floor((x - start) / perColumn));
}

function pushSorted(kept: number[], left: number, low: number, high: number, right: number): void {
  kept.push(left);
  const a = Math.min(low, high);
  const b = Math.max(low, high);
  if (a !== left) kept.push(a);
  if (b !== a && b !== left) kept.push(b);
  if (right !== kept[kept.length - 1]) kept.push(right);
}
