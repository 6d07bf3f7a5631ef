// Lines of a screen that is painted again and again: printable ASCII, never wider than asked, so that
// no terminal wraps one and pushes the others away.
//
//   a piece that does not fit is left out whole, with all after it: half a number is another number

import { plainText } from '../format.ts';
import { type Layout, type Piece, paint } from '../table.ts';

/** Printable ASCII: whatever a terminal might draw wider than one column is a question mark. */
export function ascii(text: string): string {
  return plainText(text).replace(/[^\x20-\x7e]/gu, '?');
}

/** The text cut to a width, its end given up. */
export function cutEnd(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}~`.slice(0, width);
}

/** The text cut to a width, its beginning given up: of a path the end says most. */
export function cutStart(text: string, width: number): string {
  if (text.length <= width) return text;
  return width < 1 ? '' : `~${text.slice(text.length - width + 1)}`;
}

/** Pieces one after the other; of those only the first is cut, the others are there or not. */
export function fitted(pieces: readonly Piece[], layout: Layout): string {
  let room = layout.width;
  let line = '';
  for (const { text: given, paint: color } of pieces) {
    const text = line === '' ? cutEnd(ascii(given), room) : ascii(given);
    if (text.length > room) break;
    room -= text.length;
    line += paint({ text, paint: color }, layout);
  }
  return line;
}

/** A column of a grid: its title, whether it is a number, its cells. */
export interface GridColumn {
  readonly title: string;
  readonly kind: 'text' | 'number';
  readonly cells: readonly string[];
  readonly paints?: readonly Piece['paint'][];
}

const GAP = 2;
const FIRST_WIDTH = 11;
const WIDEST_CELL = 18;

/** Cells below each other: the first line are titles. Columns at the right end fall off whole. */
export function grid(columns: readonly GridColumn[], rows: number, layout: Layout): string[] {
  const widths = columns.map(({ title, kind, cells }, at) => {
    const longest = Math.max(0, ...cells.slice(0, rows).map((cell) => cell.length));
    const wanted = Math.max(longest, title.length, at === 0 ? FIRST_WIDTH - GAP : 0);
    // Names are cut, numbers never.
    return Math.min(wanted, kind === 'number' ? Math.max(WIDEST_CELL, longest) : WIDEST_CELL);
  });
  const line = (cellOf: (column: GridColumn) => Piece) => {
    const pieces = columns.map((column, at) => {
      const { text, paint: color } = cellOf(column);
      const cell = cutEnd(ascii(text), widths[at]!);
      const padded =
        column.kind === 'number' ? cell.padStart(widths[at]!) : cell.padEnd(widths[at]!);
      return { text: (at === 0 ? '' : ' '.repeat(GAP)) + padded, paint: color };
    });
    return fitted(pieces, layout);
  };
  const lines = [line(({ title }) => ({ text: title, paint: 'dim' }))];
  for (let row = 0; row < rows; row++) {
    lines.push(line(({ cells, paints }) => ({ text: cells[row]!, paint: paints?.[row] })));
  }
  return lines;
}
