// Any table with a time and prices, or with a time and a value: csv, tsv, JSON, NDJSON and Parquet of
// other people, read by what is guessed of it (guess.ts) and what the person says.

import { InputError } from '../../engine/errors.ts';
import { intervalMs, MINUTE_MS } from '../../engine/interval.ts';
import type { ImportedTable, SourceFile } from './contract.ts';
import { decode, Lines, readRows } from './csv.ts';
import { type Guess, guessOf, type Hints, joined, type Sample } from './guess.ts';
import { readCells } from './parquet.ts';
import { decimal, endOfDays } from './times.ts';

/** Rows that a guess looks at. */
export const SAMPLE_ROWS = 500;

/** True when the person said something that only this importer understands. */
export function hasHints({ columns, timeUnit, timeZone, closeTime, column }: Hints): boolean {
  return [columns, timeUnit, timeZone, closeTime, column].some((hint) => hint !== undefined);
}

export interface GenericTable {
  readonly table: ImportedTable;
  readonly guess: Guess;
}

/** Reads a file by a guess, which is told before it is used. InputError when it is doubtful. */
export async function readGeneric(
  file: SourceFile,
  hints: Hints,
  onGuess: (text: string) => void,
): Promise<GenericTable> {
  if (file.format === 'csv') {
    const sample = sampleOf(file);
    const guess = guessOf(file.name, sample, hints);
    onGuess(guess.text);
    return { table: shifted(readCsv(file, sample, guess), guess), guess };
  }
  const { names, rows } = file.format === 'json' ? readJson(file) : await readCells(file);
  const guess = guessOf(file.name, { names, rows: rows.slice(0, SAMPLE_ROWS) }, hints);
  onGuess(guess.text);
  return { table: shifted(readTable(rows, guess), guess), guess };
}

function sampleOf(file: SourceFile): Sample {
  const rows: string[][] = [];
  for (const row of new Lines(file.bytes)) {
    rows.push(row.cells());
    if (rows.length > SAMPLE_ROWS) break;
  }
  const [first = [], ...rest] = rows;
  // A header is a first row with a word where the rows below it have a number.
  const isHeader = first.some(
    (cell, at) =>
      Number.isNaN(decimal(cell)) && rest.length > 0 && !Number.isNaN(decimal(rest[0]![at] ?? '')),
  );
  const names = isHeader ? first : null;
  const body = isHeader ? rest : rows;
  // What a row cut short would give is a fault of that row, not another shape of the file.
  return { names, rows: body.filter((row) => row.length === first.length) };
}

function readCsv(file: SourceFile, sample: Sample, guess: Guess): ImportedTable {
  const { kind, time, timeOfDay, values, timeOf } = guess;
  const headerRows = sample.names === null ? 0 : 1;
  const reader = { kind, headerRows, time, values, timeOf };
  if (timeOfDay === null) return readRows(file, reader);
  const join = (date: string, at: string) => timeOf(joined([date], [at])[0]!);
  return readRows(file, { ...reader, timeOfDay: { at: timeOfDay, join } });
}

function readTable(rows: readonly (readonly string[])[], guess: Guess): ImportedTable {
  const { kind, time, timeOfDay, values, timeOf } = guess;
  const stampOf = (row: readonly string[]) => {
    const times = timeOfDay === null ? null : [row[timeOfDay] ?? ''];
    return timeOf(joined([row[time] ?? ''], times)[0]!);
  };
  return {
    kind,
    timeMs: Float64Array.from(rows, stampOf),
    columns: values.map((at) => Float64Array.from(rows, (row) => decimal(row[at] ?? ''))),
    unit: 'row',
    numberOf: (row) => row + 1,
    faults: [],
  };
}

/** Stamps as opens of candles; a series' stamps of whole days as the ends of those days. */
function shifted(table: ImportedTable, { kind, isClose, interval }: Guess): ImportedTable {
  if (kind === 'series') return { ...table, timeMs: endOfDays(table.timeMs) };
  const stepMs = isClose ? intervalMs(interval!) : 0;
  // Some venues stamp a close by its last millisecond.
  const open = (ms: number) => (ms % MINUTE_MS === MINUTE_MS - 1 ? ms + 1 : ms) - stepMs;
  const timeMs = isClose ? table.timeMs.map(open) : table.timeMs;
  return { ...table, timeMs, interval: interval! };
}

function readJson(file: SourceFile): { names: string[] | null; rows: string[][] } {
  const items = itemsOf(file);
  if (items.every(Array.isArray)) {
    return { names: null, rows: (items as unknown[][]).map((row) => row.map(textOf)) };
  }
  const names: string[] = [];
  for (const item of items.slice(0, SAMPLE_ROWS)) {
    if (typeof item !== 'object' || item === null || Array.isArray(item)) throw noRows(file);
    for (const key of Object.keys(item)) if (!names.includes(key)) names.push(key);
  }
  const rows = items.map((item) => names.map((name) => textOf((item as Item)?.[name])));
  return { names, rows };
}

type Item = Readonly<Record<string, unknown>>;

/** The rows of a JSON array, of one array inside an object, or of a text with a value a line. */
function itemsOf(file: SourceFile): unknown[] {
  const text = decode(file.bytes);
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value) && value.length > 0) return value;
    const inside = Object.values((value ?? {}) as Item).filter(Array.isArray);
    if (inside.length === 1 && inside[0]!.length > 0) return inside[0]!;
    throw noRows(file);
  } catch (error) {
    if (error instanceof InputError) throw error;
    return text
      .split('\n')
      .map((line, k) => ({ line: line.trim(), k }))
      .filter(({ line }) => line !== '')
      .map(({ line, k }) => {
        try {
          return JSON.parse(line) as unknown;
        } catch (cause) {
          const rule = 'must be whole JSON, or JSON lines';
          throw new InputError({ key: `${file.name}: line ${k + 1}`, rule }, { cause });
        }
      });
  }
}

function noRows(file: SourceFile): InputError {
  return new InputError({ key: file.name, rule: 'must be an array of rows, or a row a line' });
}

function textOf(value: unknown): string {
  return typeof value === 'string'
    ? value.trim()
    : value === undefined || value === null
      ? ''
      : String(value);
}
