// The DuckDB file: opening, locking, and the few ways rows go in and out of it.
//
// Two opens of one file inside one process are not kept apart by DuckDB's file lock and corrupt it
// in silence (a second writer, closed, left pages that crash every later reader), so this module
// counts who has which file open. Other processes are kept apart by DuckDB's own lock.
// Extensions are never loaded or installed: a query that needs one fails instead of downloading.

import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import {
  BIGINT,
  DOUBLE,
  type DuckDBConnection,
  DuckDBDataChunk,
  DuckDBInstance,
  type DuckDBValue,
  USMALLINT,
} from '@duckdb/node-api';
import { assert, InputError } from '../../engine/errors.ts';
import { releaseChunks } from './garbage.ts';

/** Somebody else has the store open in a way that excludes us: exit code 7, not 2. */
export class StoreLockedError extends InputError {
  readonly exitCode = 7;
}

/** The disk is full, or takes no more for another reason: exit code 1, what was committed stays. */
export class StoreFullError extends Error {
  readonly exitCode = 1;

  constructor(path: string, reason: string, cause: unknown) {
    super(`${path}: must have room to be written; what was committed before is whole (${reason})`, {
      cause,
    });
    this.name = 'StoreFullError';
  }
}

/** Rows of one DuckDB vector: what a data chunk holds at most. */
const CHUNK_ROWS = 2048;
const NO_EXTENSIONS = {
  autoinstall_known_extensions: 'false',
  autoload_known_extensions: 'false',
} as const;
/** What a database file has after a checksum of eight bytes. */
const MAGIC = 'DUCK';
const OPEN_FILES = new Map<string, { readers: number; writers: number }>();

export class Database {
  readonly path: string;
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  readonly #release: () => void;
  #closed = false;

  private constructor(
    path: string,
    instance: DuckDBInstance,
    connection: DuckDBConnection,
    release: () => void,
  ) {
    this.path = path;
    this.#instance = instance;
    this.#connection = connection;
    this.#release = release;
  }

  /** Opens an existing file for reading, or any file for writing (made when missing). */
  static async open(path: string, write: boolean): Promise<Database> {
    refuseUnreadable(path, write);
    if (write) mkdirSync(dirname(resolve(path)), { recursive: true });
    const release = claim(path, write);
    try {
      const instance = await DuckDBInstance.create(path, {
        access_mode: write ? 'READ_WRITE' : 'READ_ONLY',
        memory_limit: write ? '1GB' : '64MB',
        threads: write ? '2' : '1',
        ...NO_EXTENSIONS,
      });
      return new Database(path, instance, await instance.connect(), release);
    } catch (error) {
      release();
      throw translated(path, error);
    }
  }

  /** A database of its own in memory, to read other files with; `path` is what errors name. */
  static async memory(path: string): Promise<Database> {
    const instance = await DuckDBInstance.create(':memory:', {
      memory_limit: '256MB',
      threads: '1',
      ...NO_EXTENSIONS,
    });
    return new Database(path, instance, await instance.connect(), () => {});
  }

  /** Runs one statement; `values` fill $1, $2, ... */
  async run(sql: string, values?: DuckDBValue[]): Promise<void> {
    try {
      await this.#connection.run(sql, values);
    } catch (error) {
      throw translated(this.path, error);
    }
  }

  /** A small result as plain objects (BIGINT comes as bigint). Never for columns of history. */
  async objects(sql: string, values?: DuckDBValue[]): Promise<Record<string, unknown>[]> {
    try {
      const reader = await this.#connection.runAndReadAll(sql, values);
      return reader.getRowObjectsJS();
    } catch (error) {
      throw translated(this.path, error);
    }
  }

  /**
   * Copies a query of non-null DOUBLE columns into `into`, from row `at` on; returns rows copied.
   * No row objects; `chunks` streams and holds nothing but one chunk, `whole` holds the result.
   */
  async fill(
    sql: string,
    into: readonly Float64Array[],
    at: number,
    by: 'chunks' | 'whole' = 'chunks',
  ): Promise<number> {
    try {
      const connection = this.#connection;
      const result = await (by === 'chunks' ? connection.stream(sql) : connection.run(sql));
      let row = at;
      for (;;) {
        const chunk = await result.fetchChunk();
        if (chunk === null || chunk.rowCount === 0) break;
        assert(row + chunk.rowCount <= into[0]!.length, 'a query gives the rows that were counted');
        for (let j = 0; j < into.length; j++) {
          const items = (chunk.getColumnVector(j) as unknown as { items: Float64Array }).items;
          into[j]!.set(items.subarray(0, chunk.rowCount), row);
        }
        row += chunk.rowCount;
      }
      if (row - at > 16 * CHUNK_ROWS) releaseChunks();
      return row - at;
    } catch (error) {
      throw translated(this.path, error);
    }
  }

  /** Writes the result of a query to a file. */
  async copy(sql: string, path: string, format: 'parquet' | 'csv'): Promise<void> {
    const options = format === 'csv' ? 'FORMAT csv, HEADER' : 'FORMAT parquet, COMPRESSION zstd';
    await this.run(`COPY (${sql}) TO '${path.replaceAll("'", "''")}' (${options})`);
  }

  /** Appends rows of one dataset: `columns[0]` are times, the others doubles, in table order. */
  async append(table: string, dataset: number, columns: readonly Float64Array[]): Promise<void> {
    try {
      await this.#appendRows(table, dataset, columns);
    } catch (error) {
      throw translated(this.path, error);
    }
  }

  async #appendRows(
    table: string,
    dataset: number,
    columns: readonly Float64Array[],
  ): Promise<void> {
    const rows = columns[0]!.length;
    const types = [USMALLINT, BIGINT, ...columns.slice(1).map(() => DOUBLE)];
    const appender = await this.#connection.createAppender(table);
    // What was appended has been copied: one chunk carries all rows but the last ones.
    let chunk = DuckDBDataChunk.create(types, Math.min(CHUNK_ROWS, rows));
    for (let from = 0; from < rows; from += CHUNK_ROWS) {
      const count = Math.min(CHUNK_ROWS, rows - from);
      if (count < chunk.rowCount) chunk = DuckDBDataChunk.create(types, count);
      vector<Uint16Array>(chunk, 0, (items) => items.fill(dataset, 0, count));
      vector<BigInt64Array>(chunk, 1, (items) => {
        for (let k = 0; k < count; k++) items[k] = BigInt(columns[0]![from + k]!);
      });
      for (let j = 1; j < columns.length; j++) {
        vector<Float64Array>(chunk, j + 1, (items) => {
          items.set(columns[j]!.subarray(from, from + count));
        });
      }
      appender.appendDataChunk(chunk);
    }
    appender.closeSync();
  }

  /** Closes the file; a writer's changes are checkpointed into it. Closing twice is harmless. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#connection.closeSync();
    this.#instance.closeSync();
    this.#release();
  }
}

function vector<Items>(chunk: DuckDBDataChunk, column: number, fill: (items: Items) => void): void {
  const target = chunk.getColumnVector(column);
  fill((target as unknown as { items: Items }).items);
  target.flush();
}

function refuseUnreadable(path: string, write: boolean): void {
  if (!existsSync(path)) {
    if (write) return;
    const rule = 'must exist: make it with `npm run data -- fetch`, `import` or `demo`';
    throw new InputError({ key: path, rule });
  }
  if (!statSync(path).isFile()) throw new InputError({ key: path, rule: 'must be a file' });
  if (hasMagic(path)) return;
  const rule = 'must be a readable DuckDB file of this version (it is a file of something else)';
  throw new InputError({ key: path, rule });
}

/**
 * DuckDB itself takes a csv for a table to be looked at and opens a database in memory: what is written
 * there is gone when the process ends.
 */
function hasMagic(path: string): boolean {
  const head = Buffer.alloc(8 + MAGIC.length);
  const file = openSync(path, 'r');
  try {
    readSync(file, head, 0, head.length, 0);
  } finally {
    closeSync(file);
  }
  return head.toString('latin1', 8) === MAGIC;
}

/** Counts this open; refuses a writer beside anybody and anybody beside a writer. */
function claim(path: string, write: boolean): () => void {
  const key = existsSync(path)
    ? realpathSync(path)
    : join(
        realpathSync(dirname(resolve(path))),
        resolve(path).slice(dirname(resolve(path)).length),
      );
  const open = OPEN_FILES.get(key) ?? { readers: 0, writers: 0 };
  if (open.writers > 0 || (write && open.readers > 0)) {
    const rule = 'must not be open elsewhere: this process has it open already';
    throw new StoreLockedError({ key: path, rule });
  }
  OPEN_FILES.set(key, open);
  if (write) open.writers++;
  else open.readers++;
  return () => {
    if (write) open.writers--;
    else open.readers--;
    if (open.readers + open.writers === 0) OPEN_FILES.delete(key);
  };
}

/** DuckDB's words for a bad or busy file as ours; any other error stays what it is. */
function translated(path: string, error: unknown): unknown {
  if (error instanceof InputError || !(error instanceof Error)) return error;
  const [firstLine = ''] = error.message.split('\n');
  if (/could not set lock/i.test(firstLine)) {
    const rule = 'must not be open elsewhere: another process is using it';
    return new StoreLockedError({ key: path, rule }, { cause: error });
  }
  const reason = firstLine.replace(/^[\w ]+Error: /, '');
  if (/could not write|no space left|file too large|disk quota/i.test(firstLine)) {
    return new StoreFullError(path, reason, error);
  }
  const unreadable =
    /not a valid DuckDB database|corrupt|checksum|could not read|serializ|version number|WAL/i;
  if (!unreadable.test(firstLine)) return error;
  const rule = `must be a readable DuckDB file of this version (${reason})`;
  return new InputError({ key: path, rule }, { cause: error });
}
