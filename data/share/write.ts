// Writing a shared folder: each dataset month by month as Parquet, then the manifest that names all.
//
// Everything goes into a draft beside the target, which is renamed when it is whole: a folder with a
// manifest is complete, and an export that fails or is killed leaves what was there.

import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { InputError } from '../../engine/errors.ts';
import type { Instrument } from '../../engine/market/instrument.ts';
import { combineMonths, monthDigests, monthEndMs, sha256 } from '../digest.ts';
import { type History, ofKey } from '../history.ts';
import { ioError, unwritable } from '../runs/root.ts';
import { contentText, type DatasetRow, isCandleKind } from '../schema.ts';
import {
  MANIFEST,
  type Manifest,
  manifestText,
  partitionOf,
  type SharedDataset,
  type SharedFile,
} from './manifest.ts';

export interface ShareRequest {
  /** Folder to make, absolute. */
  readonly dir: string;
  /** Rows with time in [fromMs, toMs); infinite for all. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Take the place of a shared folder that is there. */
  readonly force: boolean;
  readonly onProgress?: (rows: number) => void;
}

/** Writes the folder; datasets without rows in the range are left out. InputError when none is left. */
export async function shareParquet(
  history: History,
  datasets: readonly DatasetRow[],
  request: ShareRequest,
): Promise<Manifest> {
  return publish(request, MANIFEST, async (draft) => {
    let rows = 0;
    const shared: SharedDataset[] = [];
    for (const dataset of datasets) {
      const one = await shareDataset(history, dataset, request, draft, (written) => {
        rows += written;
        request.onProgress?.(rows);
      });
      if (one !== null) shared.push(one);
    }
    refuseNothing(shared.length, datasets);
    const instruments = await instrumentsOf(history, shared);
    const fetched = (await history.fetched()).filter((one) => ofKey(shared, one) !== undefined);
    const manifest = { datasets: shared, instruments, fetched };
    writeFileSync(join(draft, MANIFEST), manifestText(manifest));
    return manifest;
  });
}

/** InputError when no dataset has rows in the range. */
export function refuseNothing(found: number, wanted: readonly DatasetRow[]): void {
  if (found > 0) return;
  const names = wanted.map((one) => `${one.venue} ${one.symbol} ${contentText(one)}`);
  const rule = `must leave rows of ${names.slice(0, 5).join(', ')}`;
  throw new InputError({ key: '--from, --to', rule });
}

/**
 * Lets `fill` write into a draft and gives it its name. InputError when the target exists and is not
 * to be replaced, or cannot be written; only a folder that holds `mark` is ever replaced.
 */
export async function publish<T>(
  { dir, force }: Pick<ShareRequest, 'dir' | 'force'>,
  mark: string,
  fill: (draft: string) => Promise<T>,
): Promise<T> {
  if (existsSync(dir) && !(force && existsSync(join(dir, mark)))) {
    const rule = force
      ? `must not exist yet, or be an export that --force may replace (with a ${mark})`
      : 'must not exist yet (--force takes the place of an earlier export)';
    throw new InputError({ key: 'data export', rule, value: dir });
  }
  if (!existsSync(dirname(resolve(dir)))) {
    const rule = 'must be in a folder that exists';
    throw new InputError({ key: 'data export', rule, value: dirname(resolve(dir)) });
  }
  const draft = `${dir}.${process.pid}.tmp`;
  try {
    mkdirSync(draft);
    const result = await fill(draft);
    if (existsSync(dir)) renameSync(dir, `${draft}.old`);
    renameSync(draft, dir);
    return result;
  } catch (error) {
    throw unwritable(dir, ioError(error), 'data export') ?? error;
  } finally {
    rmSync(draft, { recursive: true, force: true });
    rmSync(`${draft}.old`, { recursive: true, force: true });
  }
}

async function shareDataset(
  history: History,
  dataset: DatasetRow,
  { fromMs, toMs }: ShareRequest,
  draft: string,
  onRows: (rows: number) => void,
): Promise<SharedDataset | null> {
  const endMs = Math.min(toMs, dataset.toMs + 1);
  const files: SharedFile[] = [];
  for (let startMs = Math.max(fromMs, dataset.fromMs); startMs < endMs; ) {
    const nextMs = Math.min(monthEndMs(startMs), endMs);
    const columns = await history.readRows(dataset, startMs, nextMs);
    const [month] = monthDigests(columns);
    if (month !== undefined) {
      const folder = partitionOf(dataset, month.month);
      const path = `${folder}/rows.parquet`;
      mkdirSync(join(draft, folder), { recursive: true });
      await history.copyRows(dataset, startMs, nextMs, join(draft, path), 'parquet');
      const bytes = readFileSync(join(draft, path));
      const times = columns[0]!;
      const span = { fromMs: times[0]!, toMs: times.at(-1)! };
      const content = { bytes: bytes.length, sha256: sha256(bytes) };
      files.push({ path, ...month, ...span, ...content });
      onRows(month.rows);
    }
    startMs = nextMs;
  }
  if (files.length === 0) return null;
  return {
    ...dataset,
    rows: files.reduce((sum, file) => sum + file.rows, 0),
    fromMs: files[0]!.fromMs,
    toMs: files.at(-1)!.toMs,
    digest: combineMonths(files),
    files,
  };
}

/** The rules of every symbol that is traded in the folder, as the store has or assumes them now. */
async function instrumentsOf(
  history: History,
  datasets: readonly DatasetRow[],
): Promise<Instrument[]> {
  const seen = new Set<string>();
  const found: Instrument[] = [];
  for (const { kind, venue, symbol } of datasets) {
    if (!isCandleKind(kind) || seen.has(`${venue} ${symbol}`)) continue;
    seen.add(`${venue} ${symbol}`);
    found.push({ ...(await history.instrument(venue, symbol)) });
  }
  return found;
}
