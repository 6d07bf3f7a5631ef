// From paths to rows in the store: find the files, read each, check it, write it in a transaction.
//
// A file is read and checked before the store is even opened, so bad files leave no trace, not even
// an empty database. One bad file does not stop the others; its outcome says why.

import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { InputError } from '../../engine/errors.ts';
import { intervalMs } from '../../engine/interval.ts';
import type { DatasetKey } from '../history.ts';
import { needNames, readName } from '../names.ts';
import { type Gap, gapsOf } from '../quality/gaps.ts';
import { type DatasetKind, hasInterval, isCandleKind, type WriteOutcome } from '../schema.ts';
import type { Provenance, Store } from '../store.ts';
import { venueId } from '../venue-id.ts';
import { type CheckedTable, checkTable } from './check.ts';
import { type ImportedTable, type SourceFile, type Target, UnsupportedFile } from './contract.ts';
import { hasHints, readGeneric, SAMPLE_ROWS } from './generic.ts';
import { commonInterval, type Hints } from './guess.ts';
import { IMPORTERS } from './list.ts';
import { isNamed } from './parquet.ts';
import { openSource } from './source.ts';

export interface ImportOptions {
  readonly venue?: string | undefined;
  readonly symbol?: string | undefined;
  readonly interval?: string | undefined;
  /** The files hold candles of the mark price, whatever their names say. */
  readonly mark?: boolean | undefined;
  /** Let differing rows take the place of stored ones. */
  readonly replace?: boolean | undefined;
  /** What the person says of a table of unknown origin. */
  readonly hints?: Hints | undefined;
  /** Of a series: how long after its stamp a value was published, ms. */
  readonly publishedAfterMs?: number | undefined;
  /** Told what is taken of a table of unknown origin, before any of it is stored. */
  readonly onGuess?: ((file: string, guess: string) => void) | undefined;
}

/** What became of one file. */
export type FileOutcome =
  | ({ readonly status: 'imported' } & ImportedFile)
  | { readonly status: 'skipped'; readonly file: string; readonly reason: string }
  | { readonly status: 'failed'; readonly file: string; readonly problems: readonly string[] };

export interface ImportedFile extends ImportedDataset {
  readonly file: string;
  readonly importer: string;
  /** Further datasets that the file held. */
  readonly also: readonly ImportedDataset[];
}

export interface ImportedDataset extends WriteOutcome {
  readonly kind: DatasetKind;
  readonly venue: string;
  readonly symbol: string;
  readonly interval: string | null;
  /** Identical rows that the file had twice. */
  readonly duplicates: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** Holes inside the file; empty for funding and series. */
  readonly gaps: readonly Gap[];
}

/** A file to import; `named` when a person gave it, not the folder it is in. */
export interface FoundFile {
  readonly path: string;
  readonly named: boolean;
}

/** Files under `paths`, folders searched through, in order of name, each once. No dot files. */
export function findFiles(paths: readonly string[]): FoundFile[] {
  const found = paths.flatMap((path): FoundFile[] => {
    if (!existsSync(path) || !statSync(path).isDirectory()) return [{ path, named: true }];
    return walk(path).map((one) => ({ path: one, named: false }));
  });
  const seen = new Set<string>();
  return found.filter(({ path }) => !seen.has(resolve(path)) && seen.add(resolve(path)));
}

/** Imports one file. Only InputErrors become outcomes; anything else is thrown. */
export async function importFile(
  found: FoundFile,
  options: ImportOptions,
  openStore: () => Promise<Store>,
): Promise<FileOutcome> {
  const file = found.named ? found.path : basename(found.path);
  try {
    if (!found.named && !DATA_FILE.test(found.path)) {
      return { status: 'skipped', file, reason: 'no market data file' };
    }
    return { status: 'imported', ...(await importOne(found.path, options, openStore)) };
  } catch (error) {
    if (error instanceof UnsupportedFile && !found.named) {
      return { status: 'skipped', file, reason: error.reason };
    }
    if (!(error instanceof InputError) || 'exitCode' in error) throw error;
    return { status: 'failed', file, problems: error.message.split('\n') };
  }
}

const DATA_FILE = /\.(csv|json|parquet|feather|arrow|zip|gz|txt)$/i;

function walk(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !name.startsWith('.') && !name.endsWith('.CHECKSUM'))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? walk(path) : [path];
  });
}

async function importOne(
  path: string,
  options: ImportOptions,
  openStore: () => Promise<Store>,
): Promise<ImportedFile> {
  const source = openSource(path);
  const named = readName(path, source.inner);
  const unsupported =
    named.unsupported ?? (options.interval === undefined ? named.unsupportedInterval : undefined);
  if (unsupported !== undefined) throw new UnsupportedFile(source.name, unsupported);
  const target: Target = {
    venue: options.hints?.column ?? venueOf(options.venue ?? named.venue),
    symbol: options.symbol ?? named.symbol,
    interval: options.interval ?? named.interval,
    kind: options.mark === true ? 'mark' : named.kind,
  };
  if (target.interval !== undefined) intervalMs(target.interval, '--interval');
  const { table, importer } = await readTable(source, target, options);
  // Nobody buys at the mark price: what such files hold beside it means nothing.
  const also = target.kind === 'mark' ? [] : (table.also ?? []);
  const interval = table.interval ?? target.interval ?? intervalIn(source, table, options);
  const parts = [table, ...also].map((part) =>
    partOf(source, part, { ...target, interval }, options),
  );
  const store = await openStore();
  const provenance = { file: source.name, sha256: source.sha256, importer };
  const written = await store.transaction(async () => {
    const done: ImportedDataset[] = [];
    for (const { dataset, checked } of parts) {
      const replace = { replace: options.replace ?? false };
      const origin: Provenance = { ...provenance, place: checked.place };
      const outcome = await store.writeRows(dataset, checked.columns, origin, replace);
      const times = checked.columns[0]!;
      const isCandles = isCandleKind(dataset.kind);
      done.push({
        ...dataset,
        ...outcome,
        duplicates: checked.duplicates,
        fromMs: times[0]!,
        toMs: times.at(-1)!,
        gaps: isCandles ? gapsOf(times, intervalMs(dataset.interval!)) : [],
      });
    }
    return done;
  });
  const [first, ...others] = written;
  return { file: source.name, importer, ...first!, also: others };
}

/** By the importer that knows the layout; by a guess when none does, or a person said how. */
async function readTable(
  source: SourceFile,
  target: Target,
  { hints = {}, onGuess }: ImportOptions,
): Promise<{ table: ImportedTable; importer: string }> {
  const known = hasHints(hints)
    ? undefined
    : IMPORTERS.find((candidate) => candidate.recognises(source));
  if (known !== undefined && (source.format !== 'parquet' || (await isNamed(source)))) {
    return { table: await known.read(source, target), importer: known.name };
  }
  const tell = (text: string) => onGuess?.(source.name, text);
  const all = { ...hints, interval: target.interval };
  try {
    return { table: (await readGeneric(source, all, tell)).table, importer: 'generic' };
  } catch (error) {
    // In a folder there may be tables of anything; a file that was named is meant.
    if (!(error instanceof InputError) || hasHints(hints)) throw error;
    const [first] = error.problems;
    const reason = `no layout that is known, and ${first!.rule}`;
    throw new UnsupportedFile(source.name, reason, error.problems);
  }
}

/** What nobody said of candles, told by the steps between them; undefined where those say nothing. */
function intervalIn(
  { name }: SourceFile,
  { kind, timeMs }: ImportedTable,
  { onGuess }: ImportOptions,
): string | undefined {
  if (!isCandleKind(kind)) return undefined;
  const interval = commonInterval(timeMs.subarray(0, SAMPLE_ROWS)) ?? undefined;
  if (interval !== undefined) onGuess?.(name, `${interval} candles, by the steps between them`);
  return interval;
}

interface Part {
  readonly dataset: DatasetKey;
  readonly checked: CheckedTable;
}

/** One dataset of a file: named, checked, and ready to be stored. */
function partOf(
  source: SourceFile,
  table: ImportedTable,
  target: Target,
  { publishedAfterMs = 0 }: ImportOptions,
): Part {
  if (table.timeMs.length + table.faults.length === 0) {
    throw new InputError({ key: source.name, rule: 'must have rows' });
  }
  needNames(source.name, target, table.kind);
  const kind = kindOf(source.name, table.kind, target);
  const isSeries = kind === 'series';
  const timeMs =
    isSeries && publishedAfterMs > 0
      ? table.timeMs.map((ms) => ms + publishedAfterMs)
      : table.timeMs;
  const checked = checkTable(source.name, { ...table, timeMs }, target.interval);
  const name = table.suffix === undefined ? target.venue! : `${target.venue}.${table.suffix}`;
  const dataset = {
    kind,
    venue: isSeries ? name : target.venue!,
    symbol: isSeries ? '' : target.symbol!,
    interval: hasInterval(kind) ? target.interval! : null,
  };
  return { dataset, checked };
}

function venueOf(name: string | undefined): string | undefined {
  return name === undefined ? undefined : venueId(name);
}

/** Rows cannot tell whether their prices were traded or marked: a name or a flag does. */
function kindOf(file: string, found: DatasetKind, target: Target): DatasetKind {
  if (target.kind !== 'mark') return found;
  if (found === 'candles') return 'mark';
  throw new InputError({ key: file, rule: `must hold candles to be mark prices, has ${found}` });
}
