// A run's tables for other tools: Parquet, CSV or Arrow, with names in place of leg numbers, and the
// returns of its days as QuantStats reads them (date,return). Rows and numbers are those of the folder.
//
//   DIR/trades.csv fills.csv orders.csv equity.csv votes.csv    and, in every format, returns.csv
//
// What never happened is empty (NULL), never a number that means so. The folder is there whole or not at all.

import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import {
  Bool,
  type DataType,
  Float64,
  Int32,
  Table,
  TimestampMillisecond,
  tableToIPC,
  Utf8,
  type Vector,
  vectorFromArray,
} from 'apache-arrow';
import { InputError } from '../../engine/errors.ts';
import { DAY_MS } from '../../engine/interval.ts';
import type { RunFacts, RunResult } from '../../engine/research/result.ts';
import { dailyReturns } from '../../engine/statistics/returns.ts';
import { withDuckDB } from './parquet.ts';
import { ioError, unwritable } from './root.ts';

export const EXPORT_FORMATS = ['parquet', 'csv', 'arrow'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export interface ExportedFile {
  readonly file: string;
  readonly rows: number;
}

const SIDE = (qty: string) => `CASE WHEN ${qty} > 0 THEN 'buy' ELSE 'sell' END`;
/** NaN is how columns say "none". */
const KNOWN = (column: string, type = 'DOUBLE') =>
  `CASE WHEN isnan(${column}) THEN NULL ELSE ${column}::${type} END AS ${column}`;

/** What each table selects from the folder's files (`t` and others) and from `legs`. */
const TABLES: Readonly<Record<string, (read: (file: string) => string) => string>> = {
  trades: (read) => `
    SELECT t.file_row_number AS trade, t.* EXCLUDE (file_row_number, votes),
      d.maeFraction, d.mfeFraction, ${KNOWN('entryScore')}, ${KNOWN('exitScore')},
      d.entryOrderId, d.exitOrderId, t.votes
    FROM ${read('trades')} t LEFT JOIN ${read('decisions')} d ON d.trade = t.file_row_number`,
  fills: (read) => `
    SELECT t.tsMs, l.venue, l.symbol, ${SIDE('t.qty')} AS side, t.qty, t.price, t.feeUsd,
      t.slippageUsd, t.impactUsd, t.maker = 1 AS maker, t.orderId, t.row, t.leg
    FROM ${read('fills')} t JOIN legs l ON l.leg = t.leg`,
  orders: (read) => `
    SELECT t.file_row_number + 1 AS orderId, l.venue, l.symbol, ${SIDE('t.side')} AS side,
      t.type, t.purpose, t.algorithm, t.status, ${KNOWN('qty')}, ${KNOWN('limitPrice')},
      ${KNOWN('triggerPrice')}, ${KNOWN('decisionPrice')}, t.createdMs, ${KNOWN('endedMs', 'BIGINT')},
      t.filledQty, nullif(t.parentId, 0) AS parentId, nullif(t.attachedTo, 0) AS attachedTo, t.leg
    FROM ${read('orders')} t JOIN legs l ON l.leg = t.leg`,
  equity: (read) => `SELECT t.* EXCLUDE (file_row_number) FROM ${read('equity')} t`,
  votes: (read) => `
    SELECT t.trade, o.venue, o.symbol, o.side, CASE t.at WHEN 'entry' THEN o.entryMs ELSE o.exitMs END AS tsMs,
      t.at, t.agent, t.vote, t.weight, t.reason, t.features, t.row
    FROM ${read('votes')} t JOIN ${read('trades')} o ON o.file_row_number = t.trade`,
};

/**
 * Writes the tables of the run in `folder` into `out`, a new or empty folder. Throws InputError naming
 * `--export` when it is neither, or cannot be written.
 */
export async function exportRun(
  folder: string,
  result: RunResult,
  out: string,
  format: ExportFormat,
): Promise<ExportedFile[]> {
  const target = resolve(out);
  requireFree(target, out);
  let draft: string | undefined;
  try {
    mkdirSync(dirname(target), { recursive: true });
    draft = join(dirname(target), `.unfinished-${basename(target)}-${randomUUID().slice(0, 8)}`);
    mkdirSync(draft);
    const files = await writeFiles(folder, result, draft, format);
    rmSync(target, { recursive: true, force: true });
    renameSync(draft, target);
    return files;
  } catch (error) {
    if (draft !== undefined) rmSync(draft, { recursive: true, force: true });
    throw unwritable(out, ioError(error), '--export') ?? error;
  }
}

function requireFree(target: string, out: string): void {
  let names: string[];
  try {
    names = readdirSync(target);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw new InputError({ key: '--export', rule: 'must be a folder', value: out }, { cause });
  }
  if (names.length === 0) return;
  throw new InputError({ key: '--export', rule: 'must be a new or empty folder', value: out });
}

async function writeFiles(
  folder: string,
  result: RunResult,
  draft: string,
  format: ExportFormat,
): Promise<ExportedFile[]> {
  const read = (file: string) =>
    `read_parquet(${literal(join(folder, `${file}.parquet`))}, file_row_number = true)`;
  const files = await withDuckDB(async (duck) => {
    await duck.run(`CREATE TABLE legs AS ${legsOf(result.facts)}`);
    const done: ExportedFile[] = [];
    for (const [name, select] of Object.entries(TABLES)) {
      const file = `${name}.${format}`;
      const sql = `${select(read)} ORDER BY t.file_row_number`;
      done.push({ file, rows: await writeTable(duck, sql, join(draft, file), format) });
    }
    return done;
  });
  const returns = returnsCsv(result);
  writeFileSync(join(draft, 'returns.csv'), returns);
  return [...files, { file: 'returns.csv', rows: returns.split('\n').length - 2 }];
}

function legsOf({ data }: RunFacts): string {
  const rows = data.legs.map(({ venue, symbol }, leg) => {
    return `(${leg}, ${literal(venue)}, ${literal(symbol)})`;
  });
  return `SELECT * FROM (VALUES ${rows.join(', ')}) AS legs(leg, venue, symbol)`;
}

async function writeTable(
  duck: DuckDBConnection,
  sql: string,
  path: string,
  format: ExportFormat,
): Promise<number> {
  if (format === 'arrow') return writeArrow(duck, sql, path);
  const how =
    format === 'csv'
      ? 'FORMAT csv, HEADER'
      : 'FORMAT parquet, COMPRESSION zstd, DICTIONARY_SIZE_LIMIT 1';
  const reader = await duck.runAndReadAll(`COPY (${sql}) TO ${literal(path)} (${how})`);
  return Number(reader.getRowsJS()[0]?.[0] ?? 0);
}

/** One IPC file: names end in `Ms` for times, which become timestamps in UTC. */
async function writeArrow(duck: DuckDBConnection, sql: string, path: string): Promise<number> {
  const reader = await duck.runAndReadAll(sql);
  const names = reader.columnNames();
  const columns = reader.getColumnsJS();
  const vectors: Record<string, Vector> = {};
  names.forEach((name, j) => {
    const type = arrowType(name, String(reader.columnType(j)));
    const values = (columns[j] ?? []).map((value) => {
      if (type instanceof TimestampMillisecond && value !== null) return Number(value);
      return typeof value === 'bigint' ? Number(value) : value;
    });
    vectors[name] = vectorFromArray(values, type) as Vector;
  });
  writeFileSync(path, tableToIPC(new Table(vectors), 'file'));
  return reader.currentRowCount;
}

function arrowType(name: string, type: string): DataType {
  if (name.endsWith('Ms')) return new TimestampMillisecond('UTC');
  if (type === 'VARCHAR') return new Utf8();
  if (type === 'BOOLEAN') return new Bool();
  return type === 'DOUBLE' ? new Float64() : new Int32();
}

/** `date,return`, one line a UTC day; fractions, as many digits as read back to the same double. */
function returnsCsv({ equity, facts }: RunResult): string {
  const { closeMs, equityUsd, length } = equity;
  const first = length === 0 ? 0 : Math.ceil(closeMs[0]! / DAY_MS) - 1;
  const returns = dailyReturns(closeMs, equityUsd, length, facts.cashUsd);
  const lines = Array.from(returns, (value, day) => {
    return `${new Date((first + day) * DAY_MS).toISOString().slice(0, 10)},${value}\n`;
  });
  return `date,return\n${lines.join('')}`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
