// Bytes at rest: five million candles into the store and out of it again, beside DuckDB's own count of
// the same Parquet file as the floor.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { importFile } from '../data/importers/import.ts';
import { openStore } from '../data/store.ts';
import { DAY_MS, MINUTE_MS } from '../engine/interval.ts';
import type { LiveFigure } from './live.ts';

const ROWS = 5_000_000;
const FROM_MS = Date.UTC(2015, 0, 1);

const folder = mkdtempSync(join(tmpdir(), 'sapphire-bench-data-'));
try {
  process.stdout.write(JSON.stringify(await figures()));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function figures(): Promise<LiveFigure[]> {
  const parquet = join(folder, 'v__BTCUSDT__1m.parquet');
  const csv = join(folder, 'v__ETHUSDT__1m.csv');
  const floor = await writeFiles(parquet, csv);
  const db = join(folder, 'market.duckdb');
  const store = await openStore(db, { write: true });
  const take = (path: string) => importFile({ path, named: true }, {}, async () => store);
  const ofParquet = await timed(() => take(parquet));
  const ofCsv = await timed(() => take(csv));
  store.close();
  let reader = await openStore(db);
  await reader.datasets();
  reader.close();
  const ofOpen = await timed(async () => {
    reader = await openStore(db);
    await reader.datasets();
  });
  const read = (fromMs: number, toMs: number) => () =>
    reader.readCandles('v', 'BTCUSDT', MINUTE_MS, fromMs, toMs);
  const ofDay = await timed(read(FROM_MS + 999 * DAY_MS, FROM_MS + 1000 * DAY_MS));
  const ofRead = await timed(read(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY));
  reader.close();
  const figure = (
    name: string,
    { ms, cpuMs }: Took,
    unit: string,
    target: number,
    what: string,
  ) => ({
    name,
    value: unit === 's' ? ms / 1000 : ms,
    unit,
    target,
    ratioToFloor: unit === 's' ? floor.ms / ms : null,
    // On a machine that others use, too, this is what can be compared.
    detail: `${what}; ${cpuMs.toFixed(0)} ms of processor time`,
  });
  const counted = `floor: DuckDB counts the Parquet file in ${floor.ms.toFixed(0)} ms`;
  return [
    figure('import-5m-parquet', ofParquet, 's', 10, counted),
    figure('import-5m-csv', ofCsv, 's', 20, 'read from bytes'),
    figure('read-5m', ofRead, 's', 1, 'one symbol into columns'),
    figure('open-10m', ofOpen, 'ms', 100, 'a database of 10 million rows'),
    figure('read-day', ofDay, 'ms', 50, '1440 candles of it'),
  ];
}

interface Took {
  readonly ms: number;
  /** Of all threads. */
  readonly cpuMs: number;
}

/** Writes both files; returns what DuckDB takes to count the first one. */
async function writeFiles(parquet: string, csv: string): Promise<Took> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const rows = `SELECT ${FROM_MS} + r * ${MINUTE_MS} AS ts, round(100 + sin(r / 1000.0), 2) AS open,
    round(101 + sin(r / 1000.0), 2) AS high, round(99 + sin(r / 1000.0), 2) AS low,
    round(100.5 + sin(r / 1000.0), 2) AS close, round(10 + 5 * cos(r / 77.0), 3) AS volume
    FROM range(${ROWS}) AS t(r)`;
  await connection.run(`COPY (${rows}) TO '${parquet}' (FORMAT parquet, COMPRESSION zstd)`);
  await connection.run(`COPY (${rows}) TO '${csv}' (FORMAT csv, HEADER)`);
  const sums = 'count(*), sum(ts), sum(open), sum(high), sum(low), sum(close), sum(volume)';
  const took = await timed(() => connection.run(`SELECT ${sums} FROM read_parquet('${parquet}')`));
  connection.closeSync();
  instance.closeSync();
  return took;
}

async function timed(work: () => Promise<unknown>): Promise<Took> {
  const [startMs, before] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(before);
  return { ms: performance.now() - startMs, cpuMs: (user + system) / 1000 };
}
