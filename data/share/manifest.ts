// What a shared folder holds: one manifest beside Parquet files in hive partitions.
//
//   manifest.json                                    datasets, files, digests, instruments
//   candles/venue=V/symbol=S/interval=I/month=M/rows.parquet
//   mark/... flow/... funding/venue=V/symbol=S/month=M/... spread/... series/venue=NAME/month=M/...
//
// Any tool reads the files (`read_parquet('DIR/candles/**/*.parquet', hive_partitioning = true)`);
// this program reads what the manifest names, and only as it was when the manifest was written.

import { InputError } from '../../engine/errors.ts';
import type { Instrument } from '../../engine/market/instrument.ts';
import { sha256 } from '../digest.ts';
import { canonicalJson } from '../runs/canonical.ts';
import { type DatasetKind, type DatasetRow, isKind } from '../schema.ts';
import type { FetchRecord } from '../store/fetched.ts';
import type { Place } from './place.ts';

export const MANIFEST = 'manifest.json';
const FORMAT = 'sapphire-history';
const VERSION = 1;

/** One Parquet file: a dataset's rows of one UTC month. */
export interface SharedFile {
  /** Below the folder, with forward slashes. */
  readonly path: string;
  readonly month: string;
  readonly rows: number;
  /** Time of the first and of the last row, UTC ms. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly bytes: number;
  /** Of the file. */
  readonly sha256: string;
  /** Of the columns, as the store hashes a month (data/digest.ts). */
  readonly digest: string;
}

export interface SharedDataset extends DatasetRow {
  readonly files: readonly SharedFile[];
}

export interface Manifest {
  readonly datasets: readonly SharedDataset[];
  readonly instruments: readonly Instrument[];
  /** What was fetched of the datasets, which tells whose their holes are; left out in older folders. */
  readonly fetched?: readonly FetchRecord[];
}

/** The folder of a month's file, below the shared folder. */
export function partitionOf(dataset: DatasetRow, month: string): string {
  const { kind, venue, symbol, interval } = dataset;
  const parts = [`venue=${encodeURIComponent(venue)}`];
  if (symbol !== '') parts.push(`symbol=${encodeURIComponent(symbol)}`);
  if (interval !== null) parts.push(`interval=${interval}`);
  return [kind, ...parts, `month=${month}`].join('/');
}

export function manifestText(manifest: Manifest): string {
  const body = { format: FORMAT, version: VERSION, ...manifest };
  return `${JSON.stringify({ ...body, digest: sha256(canonicalJson(body)) }, null, 1)}\n`;
}

/** Reads and checks the manifest. One InputError when it, or a file that it names, is not as it was. */
export async function readManifest(place: Place): Promise<Manifest> {
  const text = await place.text(MANIFEST);
  if (text === null) {
    const rule = `must be a file, or a folder with a ${MANIFEST} as \`data export --parquet\` makes it`;
    throw new InputError({ key: place.path, rule });
  }
  const manifest = parse(place, text);
  const faults = manifest.datasets.flatMap(({ files }) =>
    files.flatMap((file) => {
      const bytes = place.bytes(file.path);
      if (bytes === null) return [`${file.path} is missing`];
      if (bytes === undefined || bytes === file.bytes) return [];
      return [`${file.path} has ${bytes} bytes, not ${file.bytes}`];
    }),
  );
  if (faults.length > 0) throw changed(place, faults);
  return manifest;
}

/** The one error for a folder that is not what its manifest says. */
export function changed(place: Place, faults: readonly string[]): InputError {
  const others = faults.length > 1 ? `, and ${faults.length - 1} more` : '';
  const rule = `must be as its ${MANIFEST} says: ${faults[0]}${others}; share it again`;
  return new InputError({ key: place.path, rule });
}

function parse(place: Place, text: string): Manifest {
  const key = `${place.path}/${MANIFEST}`;
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(text) as Record<string, unknown>;
  } catch (error) {
    throw new InputError({ key, rule: 'must be whole JSON' }, { cause: error });
  }
  if (value?.['format'] !== FORMAT) {
    throw new InputError({ key, rule: `must be a manifest of shared history (format ${FORMAT})` });
  }
  if (value['version'] !== VERSION) {
    const rule = `must have version ${VERSION}: share the history again with this program`;
    throw new InputError({ key, rule, value: value['version'] });
  }
  const { digest, ...body } = value;
  if (digest !== sha256(canonicalJson(body))) {
    throw new InputError({ key, rule: 'must not be edited: its digest is another one' });
  }
  // What carries our digest was written by us; a kind of a later version is all that can be strange.
  const manifest = body as unknown as Manifest;
  const strange = manifest.datasets.find((one) => !isKind(one.kind as DatasetKind));
  if (strange === undefined) return manifest;
  throw new InputError({ key, rule: 'holds a kind of data unknown here', value: strange.kind });
}
