// Columns into Parquet and back, to the last bit, through a DuckDB of our own that lives in memory.
//
// Dictionary encoding is off: it takes -0 and 0 for one value and gives back whichever came first.
// One thread and `preserve_insertion_order` keep rows in order and the same table the same bytes;
// Parquet is read whole, because streaming out of it is three times slower.

import { existsSync } from 'node:fs';
import {
  DOUBLE,
  type DuckDBConnection,
  DuckDBDataChunk,
  DuckDBInstance,
  type DuckDBType,
  VARCHAR,
} from '@duckdb/node-api';
import { InputError, InvariantError } from '../../engine/errors.ts';
import type { Column } from '../../engine/market/column.ts';

/** One column of a table: `integer` is stored as BIGINT and must hold whole numbers only. */
export type TableColumn =
  | { readonly name: string; readonly kind: 'double' | 'integer'; readonly values: Column }
  | { readonly name: string; readonly kind: 'text'; readonly values: readonly string[] };

/** Rows of one DuckDB vector: what a data chunk holds at most. */
const CHUNK_ROWS = 2048;

const OPTIONS = {
  threads: '1',
  preserve_insertion_order: 'true',
  autoinstall_known_extensions: 'false',
  autoload_known_extensions: 'false',
};

/** Runs `work` with a fresh in-memory DuckDB and closes it. */
export async function withDuckDB<T>(
  work: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  const instance = await DuckDBInstance.create(':memory:', OPTIONS);
  try {
    const connection = await instance.connect();
    try {
      return await work(connection);
    } finally {
      connection.closeSync();
    }
  } finally {
    instance.closeSync();
  }
}

/** Writes the first `rows` rows of the columns to a new Parquet file. */
export async function writeParquet(
  connection: DuckDBConnection,
  path: string,
  columns: readonly TableColumn[],
  rows: number,
): Promise<void> {
  const fields = columns.map(({ name, kind }) => {
    return `${identifier(name)} ${kind === 'text' ? 'VARCHAR' : 'DOUBLE'}`;
  });
  await connection.run(`CREATE OR REPLACE TABLE outgoing (${fields.join(', ')})`);
  await append(connection, columns, rows);
  const selected = columns.map(({ name, kind }) => {
    const column = identifier(name);
    return kind === 'integer' ? `${column}::BIGINT AS ${column}` : column;
  });
  await connection.run(
    `COPY (SELECT ${selected.join(', ')} FROM outgoing) TO ${literal(path)}
       (FORMAT parquet, COMPRESSION zstd, DICTIONARY_SIZE_LIMIT 1)`,
  );
  await connection.run('DROP TABLE outgoing');
}

async function append(
  connection: DuckDBConnection,
  columns: readonly TableColumn[],
  rows: number,
): Promise<void> {
  const types: DuckDBType[] = columns.map(({ kind }) => (kind === 'text' ? VARCHAR : DOUBLE));
  const appender = await connection.createAppender('outgoing');
  // The appender copies what it is given, so one chunk serves for all full ones.
  let chunk = DuckDBDataChunk.create(types, CHUNK_ROWS);
  for (let from = 0; from < rows; from += CHUNK_ROWS) {
    const count = Math.min(CHUNK_ROWS, rows - from);
    if (count < CHUNK_ROWS) chunk = DuckDBDataChunk.create(types, count);
    for (let j = 0; j < columns.length; j++) {
      const column = columns[j]!;
      const vector = chunk.getColumnVector(j);
      if (column.kind === 'text') {
        for (let k = 0; k < count; k++) vector.setItem(k, column.values[from + k]!);
      } else {
        copy(column, from, count, (vector as unknown as { items: Float64Array }).items);
      }
      vector.flush();
    }
    appender.appendDataChunk(chunk);
  }
  appender.closeSync();
}

function copy(
  { name, kind, values }: Exclude<TableColumn, { kind: 'text' }>,
  from: number,
  count: number,
  into: Float64Array,
): void {
  if (values instanceof Float64Array) into.set(values.subarray(from, from + count));
  else for (let k = 0; k < count; k++) into[k] = values[from + k]!;
  if (kind !== 'integer') return;
  for (let k = 0; k < count; k++) {
    if (!Number.isSafeInteger(into[k])) {
      throw new InvariantError(`${name} holds whole numbers, row ${from + k} is ${into[k]}`);
    }
  }
}

/** Names of the columns of a Parquet file. Throws InputError for a missing or damaged one. */
export async function parquetNames(connection: DuckDBConnection, path: string): Promise<string[]> {
  return explained(path, async () => {
    const sql = `SELECT column_name FROM (DESCRIBE SELECT * FROM read_parquet(${literal(path)}))`;
    const reader = await connection.runAndReadAll(sql);
    return reader.getColumnsJS()[0]!.map(String);
  });
}

/** Numeric columns of a Parquet file, in the order of the names. Throws InputError. */
export async function readNumbers(
  connection: DuckDBConnection,
  path: string,
  names: readonly string[],
): Promise<Float64Array[]> {
  return explained(path, async () => {
    const result = await connection.run(select(path, names, 'DOUBLE'));
    const chunks = await result.fetchAllChunks();
    const rows = chunks.reduce((sum, chunk) => sum + chunk.rowCount, 0);
    const columns = names.map(() => new Float64Array(rows));
    let row = 0;
    for (const chunk of chunks) {
      for (let j = 0; j < names.length; j++) {
        const { items } = chunk.getColumnVector(j) as unknown as { items: Float64Array };
        columns[j]!.set(items.subarray(0, chunk.rowCount), row);
      }
      row += chunk.rowCount;
    }
    return columns;
  });
}

/** Text columns of a Parquet file, in the order of the names. Throws InputError. */
export async function readTexts(
  connection: DuckDBConnection,
  path: string,
  names: readonly string[],
): Promise<string[][]> {
  return explained(path, async () => {
    const reader = await connection.runAndReadAll(select(path, names, 'VARCHAR'));
    const columns = reader.getColumnsJS() as string[][];
    return names.map((_, j) => columns[j] ?? []);
  });
}

/** Empty slots become NaN or '': DuckDB leaves stale numbers behind a NULL. */
function select(path: string, names: readonly string[], type: 'DOUBLE' | 'VARCHAR'): string {
  const missing = type === 'DOUBLE' ? "'NaN'::DOUBLE" : "''";
  const columns = names.map((name) => `coalesce(${identifier(name)}::${type}, ${missing})`);
  return `SELECT ${columns.join(', ')}
    FROM read_parquet(${literal(path)}, file_row_number = true) ORDER BY file_row_number`;
}

/** DuckDB's complaints about a file as bad input. */
async function explained<T>(path: string, work: () => Promise<T>): Promise<T> {
  if (!existsSync(path)) throw new InputError({ key: path, rule: 'must exist' });
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const reason = error.message.split('\n')[0]!.replace(/^[\w ]+Error: /, '');
    const rule = `must be a Parquet file of a run (${reason})`;
    throw new InputError({ key: path, rule }, { cause: error });
  }
}

function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
