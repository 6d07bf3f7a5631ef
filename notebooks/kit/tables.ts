// The database that the SQL cells of a notebook ask: in memory, one schema a step of its recipe, one
// view a file that the step left. `market` is the store of candles, read-only.
//
//   first.trades  first.fills  first.equity  first.result  first.document      market.candle ...
//
// The same rows come back in the same order, without anything of the clock, so a page can be digested.

import { readdirSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { InputError } from '../../engine/errors.ts';
import { folderOf, type Study } from './study.ts';

/** An answer as the toolkit's `DatabaseClient.revive` takes it. */
export interface Answer {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly schema: readonly { readonly name: string; readonly type: string }[];
}

/** More would make pages that nobody waits for: thin in SQL. */
const MOST_ROWS = 20_000;

const JOURNAL = /journal-\d+\.ndjson$/;

const READERS: Readonly<Record<string, (path: string) => string>> = {
  '.parquet': (path) => `SELECT * FROM read_parquet(${literal(path)})`,
  '.json': (path) => `SELECT * FROM read_json(${literal(path)}, maximum_object_size = 67108864)`,
  '.ndjson': (path) =>
    `SELECT * FROM read_ndjson(${literal(path)}, maximum_object_size = 67108864)`,
};

/** A study's database, until closed. */
export class Tables {
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection) {
    this.#instance = instance;
    this.#connection = connection;
  }

  static async open(study: Study): Promise<Tables> {
    const instance = await DuckDBInstance.create(':memory:', {
      threads: '1',
      preserve_insertion_order: 'true',
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
    const tables = new Tables(instance, await instance.connect());
    await tables.#attach(study);
    return tables;
  }

  async #attach(study: Study): Promise<void> {
    await this.#connection.run(`ATTACH ${literal(study.store)} AS market (READ_ONLY)`);
    for (const step of study.recipe.steps) {
      await this.#connection.run(`CREATE SCHEMA "${step.name}"`);
      const folder = folderOf(study, step);
      const left = folder === null ? [] : readdirSync(folder).map((name) => join(folder, name));
      const files = [join(study.folder, step.name, 'document.json'), ...left.sort()];
      for (const path of files) await this.#view(step.name, path);
      const journal = left.filter((path) => JOURNAL.test(path));
      if (journal.length > 0) await this.#journal(step.name, journal);
    }
  }

  async #view(schema: string, path: string): Promise<void> {
    const read = READERS[extname(path)];
    const name = basename(path, extname(path)).replaceAll('-', '_');
    if (read === undefined || JOURNAL.test(path)) return;
    await this.#connection.run(`CREATE VIEW "${schema}"."${name}" AS ${read(path)}`);
  }

  /** The lines of a session: kinds have little in common, so what they say stays JSON. */
  async #journal(schema: string, paths: readonly string[]): Promise<void> {
    const files = `[${paths.map(literal).join(', ')}]`;
    const columns = `{s: 'BIGINT', k: 'VARCHAR', t: 'BIGINT', w: 'VARCHAR', e: 'JSON', i: 'JSON'}`;
    await this.#connection.run(
      `CREATE VIEW "${schema}".journal AS SELECT s AS seq, k AS kind, t AS tsMs, w AS word, e AS event, i AS intent
         FROM read_ndjson(${files}, columns = ${columns}, maximum_object_size = 67108864)`,
    );
  }

  /** Throws InputError naming `cell` for what DuckDB does not take, and for too many rows. */
  async ask(sql: string, cell: string): Promise<Answer> {
    let reader: Awaited<ReturnType<DuckDBConnection['runAndReadAll']>>;
    try {
      reader = await this.#connection.runAndReadAll(sql);
    } catch (cause) {
      const text = cause instanceof Error ? cause.message.split('\n')[0]! : String(cause);
      throw new InputError(
        { key: cell, rule: `must be SQL that DuckDB runs (${text})` },
        { cause },
      );
    }
    if (reader.currentRowCount > MOST_ROWS) {
      const rule = `must give at most ${MOST_ROWS} rows`;
      throw new InputError({ key: cell, rule, value: reader.currentRowCount });
    }
    const rows = reader.getRowObjectsJS().map((row) => plain(row) as Record<string, unknown>);
    const schema = reader.columnNames().map((name, j) => {
      const type = String(reader.columnType(j));
      return { name, type: /^(DATE|TIMESTAMP)/.test(type) ? 'date' : 'other' };
    });
    return { rows, schema };
  }

  close(): void {
    this.#connection.closeSync();
    this.#instance.closeSync();
  }
}

/** JSON has no large integers, dates, NaN: numbers, ISO texts, null. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
  }
  return value;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
