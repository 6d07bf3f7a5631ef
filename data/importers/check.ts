// The rules every imported row must pass, and the order rows are put in.
//
//   raw rows -> each valid? -> sorted by time -> repeats dropped if identical -> on the grid? -> columns
//
// Nothing is repaired: a row is taken as it is or the file is refused, naming the first rows at
// fault and how many there are. Gaps are no fault; they are reported.

import { InputError, type Problem } from '../../engine/errors.ts';
import { intervalMs, intervalName, MINUTE_MS } from '../../engine/interval.ts';
import { candleFault } from '../quality.ts';
import { hasInterval } from '../schema.ts';
import type { Fault, ImportedTable } from './contract.ts';

const SHOWN_FAULTS = 5;

export interface CheckedTable {
  /** Times first, then the columns of the kind; strictly increasing. */
  readonly columns: readonly Float64Array[];
  /** Rows dropped because a row with the same time and values was there. */
  readonly duplicates: number;
  /** Names a row of `columns` as a person finds it in the file: `file.csv: line 17`. */
  readonly place: (row: number) => string;
}

/** Validates and sorts. `interval` is needed for candles. InputError with the first rows at fault. */
export function checkTable(
  file: string,
  table: ImportedTable,
  interval: string | undefined,
): CheckedTable {
  if (table.timeMs.length + table.faults.length === 0) {
    throw new InputError({ key: file, rule: 'must have rows' });
  }
  const stepMs = hasInterval(table.kind) ? intervalMs(interval ?? '') : 0;
  const timeMs = table.kind === 'funding' ? floorToMinute(table.timeMs) : table.timeMs;
  const faults = [...table.faults, ...faultsOf(table, timeMs, stepMs)];
  if (faults.length > 0) throw new InputError(problemsOf(file, table, faults));
  const { rows, count } = keptRows(table, timeMs, faults);
  if (faults.length > 0) throw new InputError(problemsOf(file, table, faults));
  const given = [timeMs, ...table.columns];
  // What stands in order and once is taken as it is: millions of rows need no copy.
  const columns = rows === null ? given : given.map((column) => pick(column, rows, count));
  if (stepMs > 0) refuseOtherInterval(file, columns[0]!, stepMs);
  return {
    columns,
    duplicates: timeMs.length - count,
    place: (row) => `${file}: ${table.unit} ${table.numberOf(rows === null ? row : rows[row]!)}`,
  };
}

/** Rows by time, identical repeats dropped; null when they are all rows as they stand. */
function keptRows(
  table: ImportedTable,
  timeMs: Float64Array,
  faults: Fault[],
): { readonly rows: Uint32Array | null; readonly count: number } {
  if (isRising(timeMs)) return { rows: null, count: timeMs.length };
  const order = Uint32Array.from(timeMs, (_, row) => row);
  order.sort((a, b) => timeMs[a]! - timeMs[b]! || a - b);
  let count = 0;
  for (const row of order) {
    const before = count === 0 ? -1 : order[count - 1]!;
    if (before === -1 || timeMs[before] !== timeMs[row]) {
      order[count++] = row;
    } else if (!table.columns.every((column) => column[before] === column[row])) {
      const rule = `must have one row a time, has other values than ${table.unit} ${table.numberOf(before)}`;
      faults.push({ at: table.numberOf(row), rule });
    }
  }
  return { rows: order, count };
}

function isRising(timeMs: Float64Array): boolean {
  for (let row = 1; row < timeMs.length; row++)
    if (!(timeMs[row]! > timeMs[row - 1]!)) return false;
  return true;
}

function pick(column: Float64Array, rows: Uint32Array, count: number): Float64Array {
  const out = new Float64Array(count);
  for (let k = 0; k < count; k++) out[k] = column[rows[k]!]!;
  return out;
}

/** Venues stamp funding some milliseconds late; it belongs to the minute it is due. */
function floorToMinute(timeMs: Float64Array): Float64Array {
  return timeMs.map((ms) => Math.floor(ms / MINUTE_MS) * MINUTE_MS);
}

function faultsOf(table: ImportedTable, timeMs: Float64Array, stepMs: number): Fault[] {
  const faults: Fault[] = [];
  for (let row = 0; row < timeMs.length; row++) {
    const rule = faultOfRow(table, timeMs[row]!, row, stepMs);
    if (rule !== null) faults.push({ at: table.numberOf(row), rule });
  }
  return faults;
}

function faultOfRow(table: ImportedTable, ms: number, row: number, stepMs: number): string | null {
  const said = table.said?.get(table.numberOf(row));
  if (Number.isNaN(ms)) {
    const rule = 'must have a time from 1973 to 2103 (s, ms, us, ns or ISO)';
    return said === undefined ? rule : `${rule}, has ${said.time}`;
  }
  if (stepMs > 0 && ms % stepMs !== 0) {
    const at = new Date(ms).toISOString();
    return `must open on the ${intervalName(stepMs)} grid, opens ${at}`;
  }
  if (said !== undefined && !table.columns.every((column) => Number.isFinite(column[row]!))) {
    return `must have numbers, has ${said.values}`;
  }
  if (table.kind === 'candles') {
    const [open, high, low, close, volume] = table.columns;
    return candleFault(open![row]!, high![row]!, low![row]!, close![row]!, volume![row]!);
  }
  const value = table.columns[0]![row]!;
  if (!Number.isFinite(value)) return `must have a number, has ${value}`;
  if (table.kind === 'funding' && Math.abs(value) >= 1) {
    return `must have a rate as a fraction of notional, has ${value}`;
  }
  if ((table.kind === 'flow' || table.kind === 'spread') && value < 0) {
    return `must not be below 0, is ${value}`;
  }
  return null;
}

/** A wrong --interval would pass as a file full of gaps; the rows themselves tell. */
function refuseOtherInterval(file: string, openMs: Float64Array, stepMs: number): void {
  let shortestMs = Number.POSITIVE_INFINITY;
  for (let i = 1; i < openMs.length; i++) {
    shortestMs = Math.min(shortestMs, openMs[i]! - openMs[i - 1]!);
  }
  if (openMs.length < 3 || shortestMs === stepMs) return;
  const step = intervalName(shortestMs);
  const rule = `must have candles ${intervalName(stepMs)} apart, the nearest two are ${step} apart`;
  throw new InputError({ key: file, rule });
}

function problemsOf(file: string, table: ImportedTable, faults: readonly Fault[]): Problem[] {
  const sorted = [...faults].sort((a, b) => a.at - b.at);
  const shown = sorted.slice(0, SHOWN_FAULTS).map(({ at, rule }): Problem => {
    return { key: `${file}: ${table.unit} ${at}`, rule };
  });
  if (faults.length <= SHOWN_FAULTS) return shown;
  return [...shown, { key: file, rule: `${faults.length} rows at fault in all` }];
}
