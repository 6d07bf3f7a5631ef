// What was fetched: for each dataset by whom, since when, which stretches its source has answered and
// where it has nothing. A stretch is noted in the transaction of its rows, so that after any end of a
// process the note is true, and whoever goes on knows where.
//
// The table is made by the first fetch: stores without one are read as stores where nobody fetched.

import type { DatasetKey } from '../history.ts';
import type { Range } from '../ranges.ts';
import type { DatasetKind } from '../schema.ts';
import type { Database } from './database.ts';

export interface FetchRecord extends DatasetKey {
  /** The fetcher that was used last, and how its source spells the symbol. */
  readonly fetcher: string;
  readonly spelling: string;
  /** The earliest instant that was ever asked for. */
  readonly fromMs: number;
  /** Answered completely; sorted, apart from each other. */
  readonly asked: readonly Range[];
  /** Where the source has no candle: it was asked twice, or is an archive with a checksum. */
  readonly holes: readonly Range[];
}

const TABLE = `CREATE TABLE IF NOT EXISTS fetched (
  kind VARCHAR NOT NULL, venue VARCHAR NOT NULL, symbol VARCHAR NOT NULL, "interval" VARCHAR,
  fetcher VARCHAR NOT NULL, spelling VARCHAR NOT NULL, from_ms BIGINT NOT NULL, asked JSON NOT NULL,
  holes JSON NOT NULL)`;

/** Every record, in the order of datasets' names. */
export async function listFetched(database: Database): Promise<FetchRecord[]> {
  const tables = await database.objects(
    "SELECT table_name FROM duckdb_tables() WHERE table_name = 'fetched'",
  );
  if (tables.length === 0) return [];
  const rows = await database.objects(
    `SELECT kind, venue, symbol, "interval", fetcher, spelling, from_ms::DOUBLE AS from_ms,
       asked::VARCHAR AS asked, holes::VARCHAR AS holes
     FROM fetched ORDER BY venue, symbol, kind, "interval"`,
  );
  return rows.map((row) => ({
    kind: row['kind'] as DatasetKind,
    venue: row['venue'] as string,
    symbol: row['symbol'] as string,
    interval: row['interval'] as string | null,
    fetcher: row['fetcher'] as string,
    spelling: row['spelling'] as string,
    fromMs: row['from_ms'] as number,
    asked: JSON.parse(row['asked'] as string) as Range[],
    holes: JSON.parse(row['holes'] as string) as Range[],
  }));
}

/** Puts a record in the place of that of the same dataset. */
export async function replaceFetched(database: Database, one: FetchRecord): Promise<void> {
  await database.run(TABLE);
  await dropFetched(database, one);
  await database.run(
    'INSERT INTO fetched VALUES ($1, $2, $3, $4, $5, $6, $7, $8::JSON, $9::JSON)',
    [
      one.kind,
      one.venue,
      one.symbol,
      one.interval,
      one.fetcher,
      one.spelling,
      BigInt(one.fromMs),
      JSON.stringify(one.asked),
      JSON.stringify(one.holes),
    ],
  );
}

/** Removes the record of a dataset; its rows stay. */
export async function dropFetched(database: Database, one: DatasetKey): Promise<void> {
  await database.run(
    `DELETE FROM fetched WHERE kind = $1 AND venue = $2 AND symbol = $3
       AND "interval" IS NOT DISTINCT FROM $4`,
    [one.kind, one.venue, one.symbol, one.interval],
  );
}
