// From paths to rows in the store: find the files, read each, check it, write it in a transaction.
//
// A file is read and checked before the store is even opened, so bad files leave no trace, not even
// an empty database. One bad file does not stop the others; its outcome says why.

import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { InputError } from '../../engine/errors.ts';
import { intervalMs } from '../../engine/interval.ts';
import type { CandleArrays } from '../../engine/market/column.ts';
import { needNames, readName } from '../names.ts';
import { type Gap, gapsOf } from '../quality.ts';
import { type DatasetKind, isCandleKind, type WriteOutcome } from '../schema.ts';
import type { Provenance, Store } from '../store.ts';
import { venueId } from '../venue-id.ts';
import { type CheckedTable, checkTable } from './check.ts';
import { type Target, UnsupportedFile } from './contract.ts';
import { otherKindOf } from './layout.ts';
import { IMPORTERS } from './list.ts';
import { openSource } from './source.ts';

export interface ImportOptions {
  readonly venue?: string | undefined;
  readonly symbol?: string | undefined;
  readonly interval?: string | undefined;
  /** The files hold candles of the mark price, whatever their names say. */
  readonly mark?: boolean | undefined;
  /** Let differing rows take the place of stored ones. */
  readonly replace?: boolean | undefined;
}

/** What became of one file. */
export type FileOutcome =
  | ({ readonly status: 'imported' } & ImportedFile)
  | { readonly status: 'skipped'; readonly file: string; readonly reason: string }
  | { readonly status: 'failed'; readonly file: string; readonly problems: readonly string[] };

export interface ImportedFile extends WriteOutcome {
  readonly file: string;
  readonly importer: string;
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

/** Files under `paths`, folders searched through, in order of name. Dot files are left out. */
export function findFiles(paths: readonly string[]): FoundFile[] {
  return paths.flatMap((path): FoundFile[] => {
    if (!existsSync(path) || !statSync(path).isDirectory()) return [{ path, named: true }];
    return walk(path).map((found) => ({ path: found, named: false }));
  });
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
    venue: venueOf(options.venue ?? named.venue),
    symbol: options.symbol ?? named.symbol,
    interval: options.interval ?? named.interval,
    kind: options.mark === true ? 'mark' : named.kind,
  };
  if (target.interval !== undefined) intervalMs(target.interval, '--interval');
  const importer = IMPORTERS.find((candidate) => candidate.recognises(source));
  if (importer === undefined) {
    const other = otherKindOf(source.head);
    if (other !== null) throw new UnsupportedFile(source.name, other);
    const rule = 'must be in a layout some importer knows (see data/README.md)';
    throw new InputError({ key: source.name, rule, value: source.head[0]?.join(',') });
  }
  const table = await importer.read(source, target);
  needNames(source.name, target, table.kind);
  const kind = kindOf(source.name, table.kind, target);
  const checked = checkTable(source.name, table, target.interval);
  const provenance: Provenance = {
    file: source.name,
    sha256: source.sha256,
    importer: importer.name,
    place: checked.place,
  };
  const dataset = {
    kind,
    venue: target.venue!,
    symbol: kind === 'series' ? '' : target.symbol!,
    interval: isCandleKind(kind) ? target.interval! : null,
  };
  const outcome = await write(await openStore(), dataset, checked, provenance, options);
  const times = checked.columns[0]!;
  return {
    file: source.name,
    importer: importer.name,
    ...dataset,
    ...outcome,
    duplicates: checked.duplicates,
    fromMs: times[0]!,
    toMs: times.at(-1)!,
    gaps: dataset.interval === null ? [] : gapsOf(times, intervalMs(dataset.interval)),
  };
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

function write(
  store: Store,
  { kind, venue, symbol, interval }: Pick<ImportedFile, 'kind' | 'venue' | 'symbol' | 'interval'>,
  { columns }: CheckedTable,
  source: Provenance,
  { replace = false }: ImportOptions,
): Promise<WriteOutcome> {
  const [times, first] = columns as [Float64Array, Float64Array];
  if (kind === 'funding') {
    return store.writeFunding({ venue, symbol }, { atMs: times, rate: first }, source, { replace });
  }
  if (kind === 'series') {
    const series = { publishedMs: times, value: first };
    return store.writeSeries(venue, series, source, { replace });
  }
  const [openMs, open, high, low, close, volume] = columns as Six;
  const candles: CandleArrays = { openMs, open, high, low, close, volume };
  const target = { venue, symbol, interval: interval!, kind };
  return store.writeCandles(target, candles, source, { replace });
}

type Six = [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array, Float64Array];
