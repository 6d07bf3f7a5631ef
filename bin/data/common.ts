// What the actions of `sapphire data` share: their flags, the dataset those name, tables and texts.

import type { Command } from 'commander';
import { isCandleKind } from '../../data/schema.ts';
import { absolutePath } from '../../data/share/place.ts';
import type { DatasetRow, History } from '../../data/store.ts';
import { venueId } from '../../data/venue-id.ts';
import { InputError, nearest, type Problem } from '../../engine/errors.ts';
import { DEFAULT_DB } from '../flags.ts';

export interface CommonFlags {
  readonly db: string;
  readonly json?: boolean;
}

export interface DatasetFlags extends CommonFlags {
  readonly venue?: string;
  readonly symbol?: string;
  readonly interval?: string;
}

/** The store of a command line, absolute; object storage stays the address it is. */
export function databaseOf({ db }: Pick<CommonFlags, 'db'>): string {
  return absolutePath(db);
}

export function common(command: Command): Command {
  return command
    .option('--db <path>', 'store of candles: a file, or to read a shared folder', DEFAULT_DB)
    .option('--json', 'print one JSON document on stdout');
}

export function whichDataset(command: Command, otherwise: string): Command {
  return command
    .option('--venue <venue>', `such as binance-usdm (${otherwise})`)
    .option('--symbol <symbol>', `such as BTCUSDT (${otherwise})`)
    .option('--interval <interval>', `such as 1m (${otherwise})`);
}

/** The datasets of a kind that the flags leave; InputError when they leave none. */
export function select(
  all: readonly DatasetRow[],
  kind: DatasetRow['kind'],
  flags: DatasetFlags,
): DatasetRow[] {
  const ofKind = all.filter((one) => one.kind === kind);
  const problems: Problem[] = [];
  let left = ofKind;
  for (const key of isCandleKind(kind)
    ? (['venue', 'symbol', 'interval'] as const)
    : (['venue', 'symbol'] as const)) {
    const said = flags[key];
    if (said === undefined) continue;
    const wanted =
      key === 'venue' && !left.some((one) => one.venue === said) ? venueId(said) : said;
    const names = [...new Set(left.map((one) => one[key] ?? ''))];
    const kept = left.filter((one) => one[key] === wanted);
    if (kept.length === 0) {
      const rule = `must be one the store has: ${names.slice(0, 12).join(', ') || 'it has none'}`;
      problems.push({ key: `--${key}`, rule, value: wanted, nearest: nearest(wanted, names) });
    } else left = kept;
  }
  if (problems.length > 0) throw new InputError(problems);
  if (left.length > 0) return left;
  const rule =
    kind === 'mark'
      ? 'must hold mark prices: import some'
      : `must hold ${kind}: import some, or \`data demo\``;
  throw new InputError({ key: 'store', rule });
}

export async function withStore<T>(db: string, work: (store: History) => Promise<T>): Promise<T> {
  const { openStore } = await import('../../data/store.ts');
  const store = await openStore(db, {});
  try {
    return await work(store);
  } finally {
    store.close();
  }
}

/** Columns as wide as their widest cell, numbers to the right; no trailing blanks. */
export function formatTable(
  rows: readonly (readonly string[])[],
  right: readonly number[],
): string {
  const widths = rows[0]!.map((_, j) => Math.max(...rows.map((row) => row[j]!.length)));
  const line = (row: readonly string[]) =>
    row.map((cell, j) => (right.includes(j) ? cell.padStart(widths[j]!) : cell.padEnd(widths[j]!)));
  return rows.map((row) => `${line(row).join('  ').trimEnd()}\n`).join('');
}

export function count(n: number): string {
  return n.toLocaleString('en-US');
}

export function dateText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace('T', ' ');
}
