// A curve of many rows as one short path: thinned to the pixels it is drawn on, written in steps of a
// tenth of a pixel from point to point. A NaN breaks it.

import type { Column } from '../../engine/market/column.ts';
import type { Markish, PixelScales, Plotter, SvgShape } from '../plot.ts';
import { thinRows } from '../thin.ts';

/** Values over time, UTC ms ascending. */
export interface Series {
  readonly ms: Column;
  readonly value: Column;
  readonly length: number;
}

export interface Stroke {
  /** Class of the path: colour, width. */
  readonly className: string;
  /** Class of the area between it and 0; none when left out. */
  readonly area?: string;
  /** Pixels across that it is thinned to. */
  readonly columns: number;
  /** A point before the first row. */
  readonly start?: readonly [ms: number, value: number];
}

/** A mark that draws the series. */
export function curve(plotter: Plotter, series: Series, stroke: Stroke): Markish {
  const rows = thinned(series, stroke.columns);
  return plotter.mark((scales) => {
    const children: SvgShape[] = [];
    const line = pathOf(series, rows, stroke, scales);
    if (stroke.area !== undefined && rows.length > 0) {
      const [left, right] = endsOf(series, rows, stroke).map((ms) => tenth(scales.x(ms)));
      const zero = tenth(scales.y(0));
      const d = `M${left},${zero}${line.replace(/^M/, 'L')}L${right},${zero}z`;
      children.push({ tag: 'path', attributes: { class: stroke.area, d } });
    }
    children.push({ tag: 'path', attributes: { class: `line ${stroke.className}`, d: line } });
    return { tag: 'g', attributes: {}, children };
  });
}

/** Rows by column of values and by pixels: the same curve is drawn on more than one scale. */
const KNOWN = new WeakMap<Column, Map<number, readonly number[]>>();

function thinned({ ms, value, length }: Series, columns: number): readonly number[] {
  const known = KNOWN.get(value) ?? new Map<number, readonly number[]>();
  KNOWN.set(value, known);
  const rows = known.get(columns) ?? thinRows(ms, value, length, columns);
  known.set(columns, rows);
  return rows;
}

function endsOf({ ms }: Series, rows: readonly number[], { start }: Stroke): [number, number] {
  return [start?.[0] ?? ms[rows[0]!]!, ms[rows.at(-1)!]!];
}

function pathOf(
  { ms, value }: Series,
  rows: readonly number[],
  { start }: Stroke,
  { x, y }: PixelScales,
): string {
  let d = '';
  let isDown = false;
  let px = 0;
  let py = 0;
  const to = (atMs: number, at: number) => {
    if (at !== at) {
      isDown = false;
      return;
    }
    // Whole tenths, so that steps do not add up rounding.
    const [nx, ny] = [Math.round(x(atMs) * 10), Math.round(y(at) * 10)];
    if (!isDown) d += `M${nx / 10},${ny / 10}`;
    else if (nx !== px || ny !== py) d += `${isDown ? 'l' : ''}${pair(nx - px, ny - py)}`;
    isDown = true;
    px = nx;
    py = ny;
  };
  if (start !== undefined) to(...start);
  for (const row of rows) to(ms[row]!, value[row]!);
  return d;
}

function pair(dx: number, dy: number): string {
  return `${short(dx)}${dy < 0 ? '' : ','}${short(dy)}`;
}

/** A number of tenths without its zero: `.4`, `-1.2`. */
function short(tenths: number): string {
  return String(tenths / 10).replace(/^(-?)0\./, '$1.');
}

function tenth(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}
