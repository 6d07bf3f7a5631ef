// What the actions of `sapphire data` share: their flags, the dataset those name, tables and texts.

import type { Command } from 'commander';
import { isCandleKind } from '../../data/schema.ts';
import { absolutePath } from '../../data/share/place.ts';
import type { DatasetRow, History } from '../../data/store.ts';
import { aliasesOf, aliasText } from '../../data/symbols.ts';
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

const CANDLE_KEYS = ['venue', 'symbol', 'interval'] as const;

/** The datasets of a kind that the flags leave; InputError when they leave none. */
export function select(
  all: readonly DatasetRow[],
  kind: DatasetRow['kind'],
  flags: DatasetFlags,
): DatasetRow[] {
  const keys = isCandleKind(kind) ? CANDLE_KEYS : (['venue', 'symbol'] as const);
  const left = leftBy(
    all.filter((one) => one.kind === kind),
    keys,
    flags,
  );
  if (left.length > 0) return left;
  const rule =
    kind === 'mark'
      ? 'must hold mark prices: import some'
      : `must hold ${kind}: import some, or \`data demo\``;
  throw new InputError({ key: 'store', rule });
}

/** The datasets of every kind that the flags leave; InputError when they leave none. */
export function selectAny(all: readonly DatasetRow[], flags: DatasetFlags): DatasetRow[] {
  const left = leftBy(all, CANDLE_KEYS, flags);
  if (left.length > 0) return left;
  throw new InputError({ key: 'store', rule: 'must hold data: import some, or `data demo`' });
}

function leftBy(
  rows: readonly DatasetRow[],
  keys: readonly (typeof CANDLE_KEYS)[number][],
  flags: DatasetFlags,
): DatasetRow[] {
  const problems: Problem[] = [];
  let left = [...rows];
  for (const key of keys) {
    const said = flags[key];
    if (said === undefined) continue;
    const names = [...new Set(left.flatMap((one) => one[key] || []))];
    const wanted = wantedBy(key, said, names);
    const kept = left.filter((one) => one[key] === wanted);
    if (kept.length === 0) {
      const rule = `must be one the store has: ${names.slice(0, 12).join(', ') || 'it has none'}`;
      problems.push({ key: `--${key}`, rule, value: wanted, nearest: nearest(wanted, names) });
    } else left = kept;
  }
  if (problems.length > 0) throw new InputError(problems);
  return left;
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

/** Symbols by the names that the store has, told where those are others; unknown ones as they are. */
export function storedNames(
  key: string,
  said: readonly string[],
  names: Iterable<string>,
): readonly string[] {
  return aliasesOf(key, said, names).map((alias, k) => {
    if (alias === null || alias.symbol === said[k]) return said[k]!;
    process.stderr.write(`symbol: ${aliasText(alias, 'the store')}\n`);
    return alias.symbol;
  });
}

/** What a flag means: a venue by any of its names, a symbol by any of its asset's. */
function wantedBy(key: string, said: string, names: readonly string[]): string {
  if (names.includes(said)) return said;
  if (key === 'symbol') return storedNames('--symbol', [said], names)[0]!;
  return key === 'venue' ? venueId(said) : said;
}
