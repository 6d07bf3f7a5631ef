// Laying out lines of text: a label, then pieces, never wider than asked. Colour is put on after
// everything is measured, so a coloured screen breaks its lines where a plain one does.
//
//   label      piece   piece   piece        a piece that does not fit is left out, with all after it

import type { Column } from '../engine/market/column.ts';

const PAINT = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const;

export interface Piece {
  readonly text: string;
  readonly paint?: keyof typeof PAINT | undefined;
}

export interface Layout {
  readonly width: number;
  readonly color: boolean;
}

export const LABEL_WIDTH = 11;
const GAP = '   ';

/** Characters as the eye counts them; marks and wide letters are taken as one. */
export function widthOf(text: string): number {
  return [...text].length;
}

/** The text, cut to a width with an ellipsis. */
export function cut(text: string, width: number): string {
  const letters = [...text];
  return letters.length <= width ? text : `${letters.slice(0, Math.max(0, width - 1)).join('')}…`;
}

/** One line: the label in its column, then the pieces that fit; the first is cut, not left out. */
export function labelled(label: string, pieces: readonly Piece[], layout: Layout): string {
  const room = layout.width - LABEL_WIDTH;
  let used = 0;
  let body = '';
  for (const piece of pieces) {
    if (piece.text === '') continue;
    const first = used === 0;
    const text = first ? cut(piece.text, room) : piece.text;
    const needed = widthOf(text) + (first ? 0 : GAP.length);
    if (used + needed > room) break;
    body += (first ? '' : GAP) + paint({ ...piece, text }, layout);
    used += needed;
  }
  return paint({ text: label.padEnd(LABEL_WIDTH), paint: 'dim' }, layout) + body;
}

/** A line that must stay whole because it is to be copied: a path, a command. */
export function whole(label: string, text: string, layout: Layout): string {
  return paint({ text: label.padEnd(LABEL_WIDTH), paint: 'dim' }, layout) + text;
}

/** The piece with its colour, when there are colours. */
export function paint(piece: Piece, layout: Layout): string {
  if (!layout.color || piece.paint === undefined || piece.text.trim() === '') return piece.text;
  return `\u001b[${PAINT[piece.paint]}m${piece.text}\u001b[0m`;
}

/** `a, b and 3 more`: as many items as fit into a width, at least one. */
export function listThatFits(items: readonly string[], width: number, between = ', '): string {
  for (let shown = items.length; shown > 1; shown--) {
    const text = list(items, shown, between);
    if (widthOf(text) <= width) return text;
  }
  return cut(list(items, 1, between), width);
}

function list(items: readonly string[], shown: number, between: string): string {
  const more = items.length - shown;
  return items.slice(0, shown).join(between) + (more > 0 ? ` and ${more} more` : '');
}

/** The text in lines no longer than a width, broken at spaces. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && widthOf(longer) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line].map((part) => cut(part, width));
}

const BLOCKS = '▁▂▃▄▅▆▇█';

/**
 * A column as a row of blocks from its lowest to its highest value, at most `width` wide. Each
 * block is the LAST row of its share, so the final block is where the column ended; a flat column
 * is a line in the middle, a value that is no number a space.
 */
export function sparkline(column: Column, width: number): string {
  const cells = Math.min(Math.max(0, Math.floor(width)), column.length);
  const values = Array.from(
    { length: cells },
    (_, cell) => column[Math.ceil(((cell + 1) * column.length) / cells) - 1]!,
  );
  const known = values.filter(Number.isFinite);
  const lowest = Math.min(...known);
  const span = Math.max(...known) - lowest;
  return values
    .map((value) => {
      if (!Number.isFinite(value)) return ' ';
      const height = span > 0 ? Math.round(((value - lowest) / span) * (BLOCKS.length - 1)) : 3;
      return BLOCKS[height]!;
    })
    .join('');
}
