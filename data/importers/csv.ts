// Delimited text, cut into cells: the part every csv importer shares.
//
// Lines are cut one at a time and turned into numbers at once, so a big file is never held as
// cells. A row with more or fewer cells than the first one is a fault with its line number: that is
// what a download that broke off looks like.

import type { DatasetKind } from '../schema.ts';
import type { Fault, ImportedTable, SourceFile } from './contract.ts';
import { decimal, timeOfCell } from './times.ts';

/** How to turn a row of cells into a row of the table. */
export interface RowReader {
  readonly kind: DatasetKind;
  /** Rows before the data (a header), after any preamble. */
  readonly headerRows: number;
  readonly time: number;
  /** Cell numbers of open, high, low, close, volume | rate | value. */
  readonly values: readonly number[];
  readonly timeOf?: (cell: string) => number;
}

/** The first `count` rows of a text, cut into cells, without a preamble of a lone URL. */
export function headOf(text: string, count: number): string[][] {
  const head: string[][] = [];
  for (const { cells } of rowsOf(text)) {
    head.push(cells);
    if (head.length === count) break;
  }
  return head;
}

/** Reads all data rows by `reader`. */
export function readRows(file: SourceFile, reader: RowReader): ImportedTable {
  const text = decode(file.bytes);
  const timeOf = reader.timeOf ?? timeOfCell;
  const columns = [reader.time, ...reader.values].map((): number[] => []);
  const lines: number[] = [];
  const faults: Fault[] = [];
  let skip = reader.headerRows;
  let width = -1;
  for (const { cells, line } of rowsOf(text)) {
    if (width === -1) width = cells.length;
    if (skip-- > 0) continue;
    if (cells.length !== width) {
      faults.push({ at: line, rule: `must have ${width} cells, has ${cells.length}` });
      continue;
    }
    lines.push(line);
    columns[0]!.push(timeOf(cells[reader.time]!));
    for (let j = 0; j < reader.values.length; j++) {
      columns[j + 1]!.push(decimal(cells[reader.values[j]!]!));
    }
  }
  const [timeMs, ...values] = columns.map((column) => Float64Array.from(column));
  return {
    kind: reader.kind,
    timeMs: timeMs!,
    columns: values,
    unit: 'line',
    numberOf: (row) => lines[row]!,
    faults,
  };
}

/** UTF-8 text without a byte order mark. */
export function decode(bytes: Uint8Array): string {
  return new TextDecoder('utf-8').decode(bytes);
}

interface Row {
  readonly cells: string[];
  /** Counted from 1, blank lines included. */
  readonly line: number;
}

function* rowsOf(text: string): Generator<Row> {
  let delimiter = '';
  let line = 0;
  for (let from = 0; from < text.length; ) {
    let to = text.indexOf('\n', from);
    if (to === -1) to = text.length;
    const content = text.slice(from, text[to - 1] === '\r' ? to - 1 : to);
    from = to + 1;
    line++;
    if (content.trim() === '' || (delimiter === '' && /^https?:\/\/\S+$/.test(content))) continue;
    if (delimiter === '') delimiter = delimiterOf(content);
    yield { cells: cut(content, delimiter), line };
  }
}

function delimiterOf(line: string): string {
  if (line.includes(',')) return ',';
  if (line.includes(';')) return ';';
  return line.includes('\t') ? '\t' : ',';
}

function cut(line: string, delimiter: string): string[] {
  if (!line.includes('"')) return line.split(delimiter).map((cell) => cell.trim());
  const cells: string[] = [];
  let cell = '';
  let quoted = false;
  for (let i = 0; i < line.length; i++) {
    const char = line[i]!;
    if (char === '"' && quoted && line[i + 1] === '"') {
      cell += char;
      i++;
    } else if (char === '"') {
      quoted = !quoted;
    } else if (char === delimiter && !quoted) {
      cells.push(cell.trim());
      cell = '';
    } else {
      cell += char;
    }
  }
  cells.push(cell.trim());
  return cells;
}
