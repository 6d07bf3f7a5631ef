// What a curve says where it is pointed at: invisible strips side by side, each with a tooltip.

import type { Column } from '../../engine/market/column.ts';
import type { Markish, Plotter, SvgShape } from '../plot.ts';

export interface Strips {
  readonly closeMs: Column;
  readonly length: number;
  /** From and to, UTC ms. */
  readonly time: readonly [number, number];
  /** Lowest and highest value of the axis. */
  readonly domain: readonly [number, number];
  readonly count: number;
  /** What a strip says: of the last row at or before its end. */
  readonly words: (row: number) => string;
}

export function strips(given: Strips, plotter: Plotter): Markish {
  const { closeMs, length, time, domain, count, words } = given;
  const [fromMs, toMs] = time;
  return plotter.mark(({ x, y }) => {
    const shapes: SvgShape[] = [];
    const [bottom, top] = [y(domain[0]), y(domain[1])];
    for (let k = 0; k < count; k++) {
      const end = fromMs + ((toMs - fromMs) * (k + 1)) / count;
      const row = lastAtOrBefore(closeMs, length, end);
      if (row < 0) continue;
      const left = Math.round(x(fromMs + ((toMs - fromMs) * k) / count) * 10) / 10;
      const d = `M${left},${top}H${x(end)}V${bottom}H${left}z`;
      shapes.push({ tag: 'path', attributes: { d }, title: words(row) });
    }
    return { tag: 'g', attributes: { class: 'strips' }, children: shapes };
  });
}

/** The last row at or before a time, of times that do not decrease; -1 where there is none. */
export function lastAtOrBefore(ms: Column, length: number, atMs: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ms[middle]! <= atMs) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
