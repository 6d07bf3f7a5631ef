// Delimited text, cut into cells: the part every csv importer shares.
//
// Data rows are read as bytes and turned into numbers at once: a text of half a gigabyte becomes
// neither a string nor cells. A row with more or fewer cells than the first one is a fault with its
// line number: that is what a download that broke off looks like. Quoted cells take the slow way.

import { plainLine } from '../../engine/text.ts';
import type { DatasetKind } from '../schema.ts';
import type { Fault, ImportedTable, RowText, SourceFile } from './contract.ts';
import { decimal, timeOfCell, timeOfNumber } from './times.ts';

/** How to turn a row of cells into a row of the table. */
export interface RowReader {
  readonly kind: DatasetKind;
  /** Rows before the data (a header), after any preamble. */
  readonly headerRows: number;
  readonly time: number;
  /** Cell numbers of open, high, low, close, volume | rate | value | ... */
  readonly values: readonly number[];
  readonly timeOf?: (cell: string) => number;
  /** Where the time of day stands, when it is apart, and what both cells mean. */
  readonly timeOfDay?: { readonly at: number; join(date: string, time: string): number };
  /** What a cell means that is a word, by its place in `values`. */
  readonly words?: Readonly<Record<number, (cell: string) => number>>;
}

/** Rows of which the text is kept, when they cannot be read: more are never shown. */
const MOST_SAID = 20;
const MOST_CELL = 24;
const [LF, CR, QUOTE, SPACE, TAB] = [10, 13, 34, 32, 9];

/** The first `count` rows of a text, cut into cells, without a preamble of a lone URL. */
export function headOf(text: string, count: number): string[][] {
  const head: string[][] = [];
  const bytes = new TextEncoder().encode(text);
  for (const row of new Lines(bytes)) {
    head.push(row.cells());
    if (head.length === count) break;
  }
  return head;
}

/** The delimiter of a text's first row: a comma, semicolon, tab or bar. */
export function delimiterOf(line: string): string {
  return [',', ';', '\t', '|'].find((one) => line.includes(one)) ?? ',';
}

/** Reads all data rows by `reader`. */
export function readRows(file: SourceFile, reader: RowReader): ImportedTable {
  const room = countLines(file.bytes);
  const columns = [reader.time, ...reader.values].map(() => new Float64Array(room));
  const lines = new Uint32Array(room);
  const faults: Fault[] = [];
  const said = new Map<number, RowText>();
  let [rows, skip, width] = [0, reader.headerRows, -1];
  for (const row of new Lines(file.bytes)) {
    const count = row.cut();
    if (width === -1) width = count;
    if (skip-- > 0) continue;
    if (count !== width) {
      faults.push({ at: row.line, rule: `must have ${width} cells, has ${count}` });
      continue;
    }
    lines[rows] = row.line;
    let sum = timeIn(row, reader);
    columns[0]![rows] = sum;
    for (let j = 0; j < reader.values.length; j++) {
      const word = reader.words?.[j];
      const at = reader.values[j]!;
      const value = word === undefined ? row.number(at) : word(row.cell(at));
      columns[j + 1]![rows] = value;
      sum += value;
    }
    if (!Number.isFinite(sum) && said.size < MOST_SAID) said.set(row.line, textOf(row, reader));
    rows++;
  }
  const [timeMs, ...values] = columns.map((column) => column.subarray(0, rows));
  return {
    kind: reader.kind,
    timeMs: timeMs!,
    columns: values,
    unit: 'line',
    numberOf: (row) => lines[row]!,
    faults,
    said,
  };
}

function textOf(row: Lines, { time, values }: RowReader): RowText {
  const text = (at: number) => plainLine(row.cell(at), MOST_CELL) || '""';
  return { time: text(time), values: values.map(text).join(', ') };
}

/** UTF-8 text without a byte order mark. */
export function decode(bytes: Uint8Array): string {
  return new TextDecoder('utf-8').decode(bytes);
}

function timeIn(row: Lines, { time, timeOf, timeOfDay }: RowReader): number {
  if (timeOfDay !== undefined) return timeOfDay.join(row.cell(time), row.cell(timeOfDay.at));
  if (timeOf !== undefined) return timeOf(row.cell(time));
  const value = row.number(time);
  // 20250901 is a date, not a number of seconds.
  if (value !== value || row.width(time) === 8) return timeOfCell(row.cell(time));
  return timeOfNumber(value);
}

function countLines(bytes: Uint8Array): number {
  let count = 1;
  for (let at = bytes.indexOf(LF); at !== -1; at = bytes.indexOf(LF, at + 1)) count++;
  return count;
}

/** The rows of a text one after another; each `cut` tells where its cells lie. */
export class Lines implements Iterable<Lines> {
  /** Counted from 1, blank lines included. */
  line = 0;
  readonly #bytes: Uint8Array;
  #delimiter = 0;
  #from = 0;
  #to = 0;
  #next = 0;
  #count = -1;
  #starts = new Int32Array(64);
  #ends = new Int32Array(64);
  /** The cells of a row with quotes; null for one without. */
  #quoted: string[] | null = null;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    const marked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
    this.#next = marked ? 3 : 0;
  }

  *[Symbol.iterator](): Iterator<Lines> {
    while (this.#advance()) yield this;
  }

  /** Finds the cells of the row and returns how many there are. */
  cut(): number {
    if (this.#count !== -1) return this.#count;
    const bytes = this.#bytes;
    const delimiter = this.#delimiter;
    let [count, start] = [0, this.#from];
    for (let at = start; at <= this.#to; at++) {
      const byte = at === this.#to ? delimiter : bytes[at]!;
      if (byte === QUOTE) return this.#cutQuoted();
      if (byte !== delimiter) continue;
      if (count === this.#starts.length) this.#widen();
      this.#starts[count] = start;
      this.#ends[count] = at;
      count++;
      start = at + 1;
    }
    this.#quoted = null;
    this.#count = count;
    return count;
  }

  cells(): string[] {
    return Array.from({ length: this.cut() }, (_, k) => this.cell(k));
  }

  /** A cell's text, trimmed; empty when the row has none there. */
  cell(k: number): string {
    if (k >= this.cut()) return '';
    if (this.#quoted !== null) return this.#quoted[k]!;
    return decode(this.#bytes.subarray(this.#starts[k]!, this.#ends[k]!)).trim();
  }

  width(k: number): number {
    return this.#quoted === null ? this.#ends[k]! - this.#starts[k]! : this.#quoted[k]!.length;
  }

  /** The number that a cell spells in full, else NaN (times.ts: decimal). */
  number(k: number): number {
    if (k >= this.cut()) return Number.NaN;
    if (this.#quoted !== null) return decimal(this.#quoted[k]!);
    const bytes = this.#bytes;
    let [from, to] = [this.#starts[k]!, this.#ends[k]!];
    while (from < to && isBlank(bytes[from]!)) from++;
    while (to > from && isBlank(bytes[to - 1]!)) to--;
    const value = plainDecimal(bytes, from, to);
    return value === value ? value : decimal(this.cell(k));
  }

  #advance(): boolean {
    const bytes = this.#bytes;
    while (this.#next < bytes.length) {
      const from = this.#next;
      let to = bytes.indexOf(LF, from);
      if (to === -1) to = bytes.length;
      this.#next = to + 1;
      this.line++;
      this.#from = from;
      this.#to = to > from && bytes[to - 1] === CR ? to - 1 : to;
      this.#count = -1;
      if (this.#isBlank()) continue;
      if (this.#delimiter === 0) {
        const text = decode(bytes.subarray(from, this.#to));
        if (/^https?:\/\/\S+$/.test(text)) continue;
        this.#delimiter = delimiterOf(text).charCodeAt(0);
      }
      return true;
    }
    return false;
  }

  #isBlank(): boolean {
    for (let at = this.#from; at < this.#to; at++) if (!isBlank(this.#bytes[at]!)) return false;
    return true;
  }

  /** A quoted cell may hold delimiters, doubled quotes and line ends. */
  #cutQuoted(): number {
    const bytes = this.#bytes;
    while (isOdd(bytes, this.#from, this.#to) && this.#next < bytes.length) {
      const to = bytes.indexOf(LF, this.#next);
      const end = to === -1 ? bytes.length : to;
      this.#to = bytes[end - 1] === CR ? end - 1 : end;
      this.#next = end + 1;
      this.line++;
    }
    const text = decode(bytes.subarray(this.#from, this.#to));
    this.#quoted = cutText(text, String.fromCharCode(this.#delimiter));
    this.#count = this.#quoted.length;
    return this.#count;
  }

  #widen(): void {
    const [starts, ends] = [this.#starts, this.#ends];
    this.#starts = new Int32Array(starts.length * 2);
    this.#ends = new Int32Array(ends.length * 2);
    this.#starts.set(starts);
    this.#ends.set(ends);
  }
}

function isBlank(byte: number): boolean {
  return byte === SPACE || byte === TAB || byte === CR;
}

function isOdd(bytes: Uint8Array, from: number, to: number): boolean {
  let odd = false;
  for (let at = from; at < to; at++) if (bytes[at] === QUOTE) odd = !odd;
  return odd;
}

/** Powers of ten that are doubles exactly. */
const TENS = Float64Array.from({ length: 23 }, (_, k) => Number(`1e${k}`));
/** Up to here one more digit leaves a whole number that a double holds. */
const MOST = 900_719_925_474_098;

/**
 * Digits with at most one point: one exact whole number over one exact power of ten, so the division
 * rounds once and gives what Number(text) gives. NaN for all else, which the slow way then reads.
 */
function plainDecimal(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  const sign = bytes[at] === 45 ? -1 : 1;
  if (bytes[at] === 45 || bytes[at] === 43) at++;
  let [value, digits, decimals, point] = [0, 0, 0, false];
  for (; at < to; at++) {
    const digit = bytes[at]! - 48;
    if (digit >= 0 && digit <= 9) {
      if (value > MOST) return Number.NaN;
      value = value * 10 + digit;
      digits++;
      if (point) decimals++;
    } else if (bytes[at] === 46 && !point) {
      point = true;
    } else {
      return Number.NaN;
    }
  }
  if (digits === 0 || decimals > 22) return Number.NaN;
  return (sign * value) / TENS[decimals]!;
}

/** Cells of a line with quotes. A quote counts only around a whole cell: inside one it is a character. */
function cutText(line: string, delimiter: string): string[] {
  const cells: string[] = [];
  let cell = '';
  let state: 'plain' | 'quoted' | 'closed' = 'plain';
  for (let i = 0; i < line.length; i++) {
    const char = line[i]!;
    if (state === 'quoted') {
      if (char !== '"') cell += char;
      else if (line[i + 1] === '"') cell += line[++i];
      else state = 'closed';
    } else if (char === delimiter) {
      cells.push(cell.trim());
      cell = '';
      state = 'plain';
    } else if (state === 'plain' && char === '"' && cell.trim() === '') {
      cell = '';
      state = 'quoted';
    } else if (state === 'plain') {
      cell += char;
    } else if (char.trim() !== '') {
      // Something behind the closing quote: the cell is no quoted one, and its quotes are part of it.
      cell = `"${cell}"${char}`;
      state = 'plain';
    }
  }
  cells.push((state === 'quoted' ? `"${cell}` : cell).trim());
  return cells;
}
