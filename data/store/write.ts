// Merging rows into a dataset: what is new is added, what is the same is left, what differs refuses
// the whole write (or, asked to, takes the place of what was there).
//
// The stored rows of the same stretch are read and walked beside the new ones, so every difference
// can be named with both values; nothing is written before all rows have been compared.

import { assert, InputError, type Problem } from '../../engine/errors.ts';
import { intervalMs } from '../../engine/interval.ts';
import { type DatasetKey, findDataset } from '../history.ts';
import { candleFault } from '../quality.ts';
import { readColumns } from '../read.ts';
import {
  contentText,
  type DatasetRow,
  isCandleKind,
  type Provenance,
  SHAPES,
  type SourceEntry,
  type WriteOptions,
  type WriteOutcome,
} from '../schema.ts';
import { deleteRows, listDatasets, nextId, recordWrite } from './catalogue.ts';
import type { Database } from './database.ts';

/** Merges `columns` (times first) into the dataset `key`. Must run inside a transaction. */
export async function mergeRows(
  database: Database,
  key: DatasetKey,
  columns: readonly Float64Array[],
  synthetic: boolean,
  source: Provenance,
  options: WriteOptions,
): Promise<WriteOutcome> {
  checkRows(key, columns, source);
  const shape = SHAPES[key.kind];
  const times = columns[0]!;
  const [firstMs, lastMs] = [times[0]!, times.at(-1)!];
  const dataset = findDataset(await listDatasets(database), key);
  if (dataset !== null) refuseMixing(dataset, synthetic, source);
  const stepMs = key.interval === null ? 0 : intervalMs(key.interval);
  const stored =
    dataset === null
      ? columns.map(() => new Float64Array(0))
      : await readColumns(database, shape, dataset, stepMs, firstMs, lastMs + 1);
  // Where nothing is stored everything is new: millions of rows need no list.
  const isNew = stored[0]!.length === 0;
  const { added, differing, storedAt } = isNew ? NOTHING : compare(stored, columns);
  const replace = options.replace === true;
  if (differing.length > 0 && !replace) {
    throw new InputError(conflictProblem(key, stored, columns, differing, storedAt, source));
  }
  const changed = differing.length === 0 ? added : added.concat(differing).sort((a, b) => a - b);
  const whole = isNew || changed.length === times.length;
  const count = whole ? times.length : changed.length;
  if (count > 0) {
    const id = dataset?.id ?? (await nextId(database));
    if (differing.length > 0) await deleteRows(database, key.kind, id, pick(times, differing));
    await database.append(
      shape.table,
      id,
      whole ? columns : columns.map((column) => pick(column, changed)),
    );
    const entry: SourceEntry = {
      file: source.file,
      sha256: source.sha256,
      importer: source.importer,
      rows: count,
    };
    const sources = withEntry(dataset?.sources ?? [], entry);
    const changedMs = whole ? times : pick(times, changed);
    await recordWrite(database, key, id, synthetic, sources, changedMs);
  }
  return {
    added: count - differing.length,
    unchanged: times.length - count,
    conflicts: differing.length,
  };
}

/** One entry for one content: what comes in many pages, or again with --replace, adds up. */
function withEntry(sources: readonly SourceEntry[], entry: SourceEntry): readonly SourceEntry[] {
  const isSame = (one: SourceEntry) =>
    one.file === entry.file && one.sha256 === entry.sha256 && one.importer === entry.importer;
  if (!sources.some(isSame)) return [...sources, entry];
  return sources.map((one) => (isSame(one) ? { ...one, rows: one.rows + entry.rows } : one));
}

const NOTHING: Comparison = Object.freeze({ added: [], differing: [], storedAt: [] });

interface Comparison {
  /** Rows of the new columns that the store has not. */
  readonly added: number[];
  /** Rows of the new columns that the store has with other values. */
  readonly differing: number[];
  /** For each differing row, its row among the stored ones. */
  readonly storedAt: number[];
}

function compare(stored: readonly Float64Array[], incoming: readonly Float64Array[]): Comparison {
  const result: Comparison = { added: [], differing: [], storedAt: [] };
  const [storedTimes, times] = [stored[0]!, incoming[0]!];
  let s = 0;
  for (let i = 0; i < times.length; i++) {
    while (s < storedTimes.length && storedTimes[s]! < times[i]!) s++;
    if (s === storedTimes.length || storedTimes[s] !== times[i]) {
      result.added.push(i);
    } else if (!incoming.every((column, j) => column[i] === stored[j]![s])) {
      result.differing.push(i);
      result.storedAt.push(s);
    }
  }
  return result;
}

function conflictProblem(
  key: DatasetKey,
  stored: readonly Float64Array[],
  incoming: readonly Float64Array[],
  differing: readonly number[],
  storedAt: readonly number[],
  source: Provenance,
): Problem {
  const names = SHAPES[key.kind].columns;
  const show = (columns: readonly Float64Array[], row: number) =>
    names.map((name, j) => `${name} ${columns[j + 1]![row]}`).join(', ');
  const row = differing[0]!;
  const more = differing.length - 1;
  const others =
    more === 0 ? '' : `, and ${more} more ${more === 1 ? 'row differs' : 'rows differ'}`;
  const at = new Date(incoming[0]![row]!).toISOString();
  return {
    key: placeOf(source, row),
    rule:
      `must equal what the store has at ${at} (${show(stored, storedAt[0]!)}), ` +
      `has ${show(incoming, row)}${others}; --replace takes the ${source.speaker ?? 'file'}'s word`,
  };
}

/** Rows this store refuses from anybody: importers have named such rows already, by line. */
function checkRows(key: DatasetKey, columns: readonly Float64Array[], source: Provenance): void {
  const times = columns[0]!;
  if (times.length === 0) throw new InputError({ key: source.file, rule: 'must have rows' });
  assert(
    columns.every((column) => column.length === times.length),
    'columns to be written have one length',
  );
  const stepMs = key.interval === null ? 1 : intervalMs(key.interval);
  for (let i = 0; i < times.length; i++) {
    const fault = faultOfRow(key, columns, i, stepMs);
    if (fault !== null) throw new InputError({ key: placeOf(source, i), rule: fault });
  }
}

function faultOfRow(
  key: DatasetKey,
  columns: readonly Float64Array[],
  i: number,
  stepMs: number,
): string | null {
  const times = columns[0]!;
  if (!Number.isSafeInteger(times[i]) || times[i]! % stepMs !== 0) {
    return `must have a time on the ${key.interval ?? '1 ms'} grid, has ${times[i]}`;
  }
  if (i > 0 && !(times[i]! > times[i - 1]!)) return 'must come later than the row before it';
  if (isCandleKind(key.kind)) {
    const [, open, high, low, close, volume] = columns;
    return candleFault(open![i]!, high![i]!, low![i]!, close![i]!, volume![i]!);
  }
  const value = columns[1]![i]!;
  if (!Number.isFinite(value)) return `must be a number, is ${value}`;
  const isNegative = value < 0 && (key.kind === 'flow' || key.kind === 'spread');
  return isNegative ? `must be >= 0, is ${value}` : null;
}

function refuseMixing(dataset: DatasetRow, synthetic: boolean, source: Provenance): void {
  if (dataset.synthetic === synthetic) return;
  const name = `${dataset.venue} ${dataset.symbol} ${contentText(dataset)}`;
  const rule = dataset.synthetic
    ? `must not mix with ${name}, which is synthetic in this store: use another --db`
    : `must not put synthetic rows into ${name}, which holds real history`;
  throw new InputError({ key: source.file, rule });
}

function placeOf(source: Provenance, row: number): string {
  return source.place?.(row) ?? `${source.file}: row ${row + 1}`;
}

function pick(column: Float64Array, rows: readonly number[]): Float64Array {
  const out = new Float64Array(rows.length);
  for (let k = 0; k < rows.length; k++) out[k] = column[rows[k]!]!;
  return out;
}
