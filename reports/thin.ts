// Thinning a curve to the pixels it is drawn on, without losing what an eye looks for.
//
// Of every pixel column we keep the first, the lowest, the highest and the last row; skipping rows
// would lose the deepest drawdown of the year. What is kept are rows of the curve itself, in order.
// (The method is M4: Jugel et al., VLDB 2014: at this width the drawn line is the same.)

import type { Column } from '../engine/market/column.ts';

/**
 * Row numbers to draw, ascending. `x` must not decrease; `columns` >= 1 is the width in pixels.
 * A NaN in `of` is a hole: it is kept (one row of it) only where it fills a whole pixel column, so
 * that the drawn line breaks there.
 */
export function thinRows(x: Column, of: Column, length: number, columns: number): number[] {
  if (length <= 4 * columns) return Array.from({ length }, (_, row) => row);
  // Of one kind, so that the loop over a million rows is compiled for it.
  const y = of instanceof Float64Array ? of : Float64Array.from(of);
  const start = x[0]!;
  const perColumn = (x[length - 1]! - start) / columns;
  const kept: number[] = [];
  for (let first = 0; first < length; ) {
    const end = endOfColumn(x, first, length, start, perColumn, columns);
    let row = first;
    while (row < end && y[row] !== y[row]) row++;
    if (row === end) kept.push(first);
    else {
      const left = row;
      let [low, high, right] = [row, row, row];
      let [least, most] = [y[row]!, y[row]!];
      for (row++; row < end; row++) {
        const value = y[row]!;
        if (value !== value) continue;
        right = row;
        if (value < least) {
          least = value;
          low = row;
        } else if (value > most) {
          most = value;
          high = row;
        }
      }
      pushSorted(kept, left, low, high, right);
    }
    first = end;
  }
  return kept;
}

/** The row after the last one in the column of row `first`: found by halves, for rows are many. */
function endOfColumn(
  x: Column,
  first: number,
  length: number,
  start: number,
  perColumn: number,
  columns: number,
): number {
  const column = columnOf(x[first]!, start, perColumn, columns);
  const isIn = (row: number) => columnOf(x[row]!, start, perColumn, columns) === column;
  let inside = first;
  let step = 1;
  for (; inside + step < length && isIn(inside + step); step *= 2) inside += step;
  let outside = Math.min(inside + step, length);
  while (inside + 1 < outside) {
    const middle = (inside + outside) >> 1;
    if (isIn(middle)) inside = middle;
    else outside = middle;
  }
  return outside;
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
