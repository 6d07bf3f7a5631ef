// Reading history out of the store into columns of exactly the right length.
//
// Rows are counted first, then fetched in windows of time, each ordered on its own: sorting a whole
// year at once would hold it twice. The order is checked while copying, because everything behind
// a panel (as-of joins, funding cursors) relies on strictly increasing times.

import { InvariantError } from '../engine/errors.ts';
import type { DatasetRow, Shape } from './schema.ts';
import type { Database } from './store/database.ts';

/** Candles fetched and sorted at a time. */
const WINDOW_ROWS = 262_144;

/**
 * The rows of one dataset with time in [fromMs, toMs): times first, then the shape's columns.
 * `stepMs` is the interval, which bounds the rows in a window; 0 (stamps at will) reads at once.
 */
export async function readColumns(
  database: Database,
  shape: Shape,
  dataset: Pick<DatasetRow, 'id' | 'fromMs' | 'toMs'>,
  stepMs: number,
  fromMs: number,
  toMs: number,
): Promise<Float64Array[]> {
  const firstMs = Math.max(Math.ceil(fromMs), dataset.fromMs);
  const endMs = Math.min(Math.ceil(toMs), dataset.toMs + 1);
  const count = firstMs < endMs ? await countRows(database, shape, dataset.id, firstMs, endMs) : 0;
  const columns = [shape.time, ...shape.columns].map(() => new Float64Array(count));
  const selected = [`${shape.time}::DOUBLE`, ...shape.columns].join(', ');
  const windowMs = stepMs > 0 ? WINDOW_ROWS * stepMs : endMs - firstMs;
  let filled = 0;
  for (let windowFrom = firstMs; filled < count; windowFrom += windowMs) {
    if (windowFrom >= endMs) {
      await sayWhyShort(database, shape, dataset.id, firstMs, endMs);
      throw new InvariantError('a read finds the rows it counted');
    }
    const where = within(shape, dataset.id, windowFrom, Math.min(windowFrom + windowMs, endMs));
    const sql = `SELECT ${selected} FROM ${shape.table} WHERE ${where}`;
    let copied = await database.fill(sql, columns, filled);
    // Rows mostly lie in the order they were imported in, and sorting costs more than looking.
    if (!isIncreasing(columns[0]!, filled, filled + copied)) {
      copied = await database.fill(`${sql} ORDER BY ${shape.time}`, columns, filled);
      checkIncreasing(columns[0]!, filled, filled + copied);
    }
    filled += copied;
  }
  return columns;
}

/** A stream that meets a damaged page just ends; a sum over the same rows says what is wrong. */
async function sayWhyShort(
  database: Database,
  shape: Shape,
  id: number,
  fromMs: number,
  toMs: number,
): Promise<void> {
  const sums = [shape.time, ...shape.columns].map((column) => `sum(${column})`);
  const where = within(shape, id, fromMs, toMs);
  await database.objects(`SELECT ${sums.join(', ')} FROM ${shape.table} WHERE ${where}`);
}

/** Writes the same rows to a file, by DuckDB itself; returns their number, and no file for none. */
export async function copyColumns(
  database: Database,
  shape: Shape,
  dataset: Pick<DatasetRow, 'id' | 'fromMs' | 'toMs'>,
  fromMs: number,
  toMs: number,
  path: string,
  format: 'parquet' | 'csv',
): Promise<number> {
  const firstMs = Math.max(Math.ceil(fromMs), dataset.fromMs);
  const endMs = Math.min(Math.ceil(toMs), dataset.toMs + 1);
  const count = firstMs < endMs ? await countRows(database, shape, dataset.id, firstMs, endMs) : 0;
  if (count === 0) return 0;
  const named = shape.columns.map((column, k) => `${column} AS ${shape.names[k]}`);
  const selected = [`${shape.time} AS ts`, ...named].join(', ');
  const where = within(shape, dataset.id, firstMs, endMs);
  const sql = `SELECT ${selected} FROM ${shape.table} WHERE ${where} ORDER BY ${shape.time}`;
  await database.copy(sql, path, format);
  return count;
}

async function countRows(
  database: Database,
  shape: Shape,
  id: number,
  fromMs: number,
  toMs: number,
): Promise<number> {
  const where = within(shape, id, fromMs, toMs);
  const [row] = await database.objects(`SELECT count(*) AS n FROM ${shape.table} WHERE ${where}`);
  return Number(row!['n']);
}

/** Bounds as integer literals, which the zone maps of DuckDB's row groups can prune by. */
function within(shape: Shape, id: number, fromMs: number, toMs: number): string {
  const [first, end] = [BigInt(fromMs), BigInt(toMs)];
  return `dataset = ${id} AND ${shape.time} >= ${first} AND ${shape.time} < ${end}`;
}

/** Throws when times in [from, to) of a column do not increase, the one before `from` included. */
export function checkIncreasing(times: Float64Array, from: number, to: number): void {
  if (isIncreasing(times, from, to)) return;
  throw new InvariantError('stored times are strictly increasing');
}

function isIncreasing(times: Float64Array, from: number, to: number): boolean {
  for (let i = Math.max(from, 1); i < to; i++) if (!(times[i]! > times[i - 1]!)) return false;
  return true;
}
