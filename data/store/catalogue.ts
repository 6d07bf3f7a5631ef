// The dataset table: what the store has, found by name and kept in step with the rows.
//
// Ids are given in the order of first import and never reused; a dataset's row is rewritten in the
// same transaction as its rows of history, so a reader never sees one without the other.

import { InputError } from '../../engine/errors.ts';
import { DAY_MS } from '../../engine/interval.ts';
import { combineMonths, monthDigests, monthEndMs, monthOf, monthStartMs } from '../digest.ts';
import { type DatasetKey, withVenueIds } from '../history.ts';
import { readColumns } from '../read.ts';
import {
  type DatasetKind,
  type DatasetRow,
  SCHEMA_SQL,
  SCHEMA_VERSION,
  SHAPES,
  type SourceEntry,
} from '../schema.ts';
import type { Database } from './database.ts';

/** Checks the schema version; makes the tables when `create` and the file is empty. */
export async function checkSchema(database: Database, create: boolean): Promise<void> {
  const tables = await database.objects('SELECT table_name AS name FROM duckdb_tables()');
  if (tables.length === 0 && create) {
    await database.run('BEGIN');
    for (const sql of SCHEMA_SQL) await database.run(sql);
    await database.run('COMMIT');
    return;
  }
  if (!tables.some((table) => table['name'] === 'sapphire_schema')) {
    throw new InputError({
      key: database.path,
      rule: 'must be a market data store of this program',
    });
  }
  const [row] = await database.objects('SELECT version FROM sapphire_schema');
  if (row?.['version'] !== SCHEMA_VERSION) {
    const rule = `must have schema version ${SCHEMA_VERSION}: import the files again into a new one`;
    throw new InputError({ key: database.path, rule, value: row?.['version'] });
  }
}

/** Every dataset, in the order of first import. */
export async function listDatasets(database: Database): Promise<DatasetRow[]> {
  const rows = await database.objects(
    `SELECT id, kind, venue, symbol, "interval", "rows"::DOUBLE AS n, from_ms::DOUBLE AS from_ms,
       to_ms::DOUBLE AS to_ms, synthetic, sources::VARCHAR AS sources, digest
     FROM dataset ORDER BY id`,
  );
  const listed = rows.map((row) => ({
    id: row['id'] as number,
    venue: row['venue'] as string,
    symbol: row['symbol'] as string,
    interval: row['interval'] as string | null,
    kind: row['kind'] as DatasetKind,
    rows: row['n'] as number,
    fromMs: row['from_ms'] as number,
    toMs: row['to_ms'] as number,
    synthetic: row['synthetic'] as boolean,
    digest: row['digest'] as string,
    sources: JSON.parse(row['sources'] as string) as SourceEntry[],
  }));
  return withVenueIds(listed);
}

/** An id for a new dataset; its row is written by `recordWrite`. */
export async function nextId(database: Database): Promise<number> {
  const [row] = await database.objects('SELECT coalesce(max(id), 0) + 1 AS id FROM dataset');
  return Number(row!['id']);
}

/** Brings a dataset's row and months in step with rows that were just written. */
export async function recordWrite(
  database: Database,
  key: DatasetKey,
  id: number,
  synthetic: boolean,
  sources: readonly SourceEntry[],
  changedMs: Float64Array,
): Promise<void> {
  const { table, time } = SHAPES[key.kind];
  await hashMonths(database, key, id, changedMs);
  const months = await database.objects(
    'SELECT month, "rows"::DOUBLE AS n, digest FROM month WHERE dataset = $1 ORDER BY month',
    [id],
  );
  const digest = combineMonths(
    months.map((row) => ({
      month: row['month'] as string,
      rows: row['n'] as number,
      digest: row['digest'] as string,
    })),
  );
  await database.run('DELETE FROM dataset WHERE id = $1', [id]);
  await database.run(
    `INSERT INTO dataset
       SELECT ${id}, $1, $2, $3, $4, count(*), min(${time}), max(${time}), $5, $6::JSON, $7
       FROM ${table} WHERE dataset = ${id}`,
    [key.kind, key.venue, key.symbol, key.interval, synthetic, JSON.stringify(sources), digest],
  );
}

/**
 * Hashes the months that hold `changedMs` (increasing) again, from what is stored now. They are read
 * a year at a time: a query a month is slow for decades of daily candles, all at once is too big.
 */
async function hashMonths(
  database: Database,
  key: DatasetKey,
  id: number,
  changedMs: Float64Array,
): Promise<void> {
  const shape = SHAPES[key.kind];
  let endMs = Number.NEGATIVE_INFINITY;
  for (const timeMs of changedMs) {
    if (timeMs < endMs) continue;
    const startMs = monthStartMs(timeMs);
    endMs = monthEndMs(startMs + 335 * DAY_MS);
    const span = { id, fromMs: startMs, toMs: endMs };
    const columns = await readColumns(database, shape, span, 0, startMs, endMs);
    await database.run('DELETE FROM month WHERE dataset = $1 AND month >= $2 AND month < $3', [
      id,
      monthOf(startMs),
      monthOf(endMs),
    ]);
    const rows = monthDigests(columns).map(
      (month) => `(${id}, '${month.month}', ${month.rows}, '${month.digest}')`,
    );
    await database.run(`INSERT INTO month VALUES ${rows.join(', ')}`);
  }
}

/** Removes a dataset's rows at the given times. */
export async function deleteRows(
  database: Database,
  kind: DatasetKind,
  id: number,
  timesMs: Float64Array,
): Promise<void> {
  const { table, time } = SHAPES[kind];
  await database.run('CREATE OR REPLACE TEMP TABLE gone (dataset USMALLINT, at_ms BIGINT)');
  await database.append('gone', id, [timesMs]);
  await database.run(
    `DELETE FROM ${table} WHERE dataset = ${id} AND ${time} IN (SELECT at_ms FROM gone)`,
  );
  await database.run('DROP TABLE gone');
}
