// Parquet with named columns: the same layouts as csv with a header, trades, quotes and moods too.
//
// DuckDB reads it, in memory and apart from the store. The file is read as a whole: streaming out
// of Parquet is several times slower.

import { DuckDBInstance } from '@duckdb/node-api';
import { InputError } from '../../engine/errors.ts';
import type { ImportedTable, Importer, SourceFile, Target } from './contract.ts';
import { headlinesIn, layoutOf, quotesIn, tradesIn } from './layout.ts';
import { moodTable, severalIn, severalTables } from './moods.ts';
import { spreadTable } from './quotes.ts';
import { timeOfNumber } from './times.ts';
import { rolledTable } from './trades.ts';

export const parquet: Importer = {
  name: 'parquet',

  recognises: (file) => file.format === 'parquet',

  read: (file, target) => withParquet(file, (table) => readParquet(file, table, target)),
};

/** True when the columns are called as in some layout that needs no guess. */
export function isNamed(file: SourceFile): Promise<boolean> {
  return withParquet(file, async ({ names }) =>
    [layoutOf, tradesIn, quotesIn, headlinesIn, severalIn].some((find) => find(names) !== null),
  );
}

/** All cells as text, for a guess; instants as ms. InputError when the file is broken. */
export function readCells(file: SourceFile): Promise<{ names: string[]; rows: string[][] }> {
  return withParquet(file, async ({ connection, from, names, types }) => {
    const selected = names.map((name, at) => {
      const value = isInstant(types[at]!) ? `epoch_ms(${quoted(name)})` : quoted(name);
      return `coalesce(CAST(${value} AS VARCHAR), '')`;
    });
    const reader = await connection.runAndReadAll(`SELECT ${selected.join(', ')} FROM ${from}`);
    return { names: [...names], rows: reader.getRowsJS() as string[][] };
  });
}

type Connection = Awaited<ReturnType<DuckDBInstance['connect']>>;

interface OpenParquet {
  readonly connection: Connection;
  /** What stands behind FROM. */
  readonly from: string;
  readonly names: readonly string[];
  readonly types: readonly string[];
}

async function withParquet<T>(
  file: SourceFile,
  work: (table: OpenParquet) => Promise<T>,
): Promise<T> {
  const instance = await DuckDBInstance.create(':memory:', {
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  const connection = await instance.connect();
  try {
    const from = `read_parquet('${file.path.replaceAll("'", "''")}', hive_partitioning = false)`;
    const described = await connection.runAndReadAll(`DESCRIBE SELECT * FROM ${from}`);
    const names = described.getRowsJS().map((row) => String(row[0]));
    const types = described.getRowsJS().map((row) => String(row[1]));
    return await work({ connection, from, names, types });
  } catch (error) {
    if (error instanceof InputError || !(error instanceof Error)) throw error;
    const [reason] = error.message.split('\n');
    const rule = `must be a whole Parquet file (${reason})`;
    throw new InputError({ key: file.name, rule }, { cause: error });
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function readParquet(
  file: SourceFile,
  table: OpenParquet,
  target: Target,
): Promise<ImportedTable> {
  const { names } = table;
  const layout = layoutOf(names);
  if (layout !== null) return columnsOf(table, layout.kind, layout.time, layout.values);
  const trades = tradesIn(names);
  if (trades !== null) {
    const { time, price, qty, side } = trades;
    const values = side === -1 ? [price, qty] : [price, qty, side];
    return rolledTable(file, await columnsOf(table, 'candles', time, values, side), target);
  }
  const quotes = quotesIn(names);
  if (quotes !== null) {
    const { time, bid, ask } = quotes;
    return spreadTable(file, await columnsOf(table, 'spread', time, [bid, ask]));
  }
  const headlines = headlinesIn(names);
  if (headlines !== null) {
    return moodTable(await columnsOf(table, 'series', headlines.time, [headlines.score]));
  }
  const several = severalIn(names);
  if (several !== null) {
    const raw = await columnsOf(table, 'series', several.time, several.values);
    return severalTables(
      raw,
      several.values.map((at) => names[at]!),
    );
  }
  const rule = 'must have columns like ts, open, high, low, close, volume';
  throw new InputError({ key: file.name, rule, value: names.join(', ') });
}

/** Columns as doubles, NaN where there is none; the column `side` holds the words buy and sell. */
async function columnsOf(
  { connection, from, names, types }: OpenParquet,
  kind: ImportedTable['kind'],
  time: number,
  values: readonly number[],
  side = -1,
): Promise<ImportedTable> {
  const selected = [time, ...values].map((at) => {
    const column = quoted(names[at]!);
    if (at === side) {
      const word = `lower(CAST(${column} AS VARCHAR))`;
      return `CASE ${word} WHEN 'buy' THEN 1.0::DOUBLE WHEN 'sell' THEN -1.0 ELSE 'NaN' END`;
    }
    const number = isInstant(types[at]!) ? `epoch_ms(${column})` : column;
    return `coalesce(try_cast(${number} AS DOUBLE), 'NaN'::DOUBLE)`;
  });
  const result = await connection.run(`SELECT ${selected.join(', ')} FROM ${from}`);
  const columns = selected.map(() => new Float64Array(result.rowCount));
  let row = 0;
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) break;
    for (let j = 0; j < columns.length; j++) {
      const items = (chunk.getColumnVector(j) as unknown as { items: Float64Array }).items;
      columns[j]!.set(items.subarray(0, chunk.rowCount), row);
    }
    row += chunk.rowCount;
  }
  const [times, ...rest] = columns as [Float64Array, ...Float64Array[]];
  for (let i = 0; i < times.length; i++) times[i] = timeOfNumber(times[i]!);
  return {
    kind,
    timeMs: times,
    columns: rest,
    unit: 'row',
    numberOf: (at) => at + 1,
    faults: [],
  };
}

function isInstant(type: string): boolean {
  return /^(TIMESTAMP|DATE)/.test(type);
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
