// A zip of Binance's archive as columns: unpacked, read and checked by what importers are made of, so
// that a file gives the same rows whether it was fetched or imported.

import { InputError } from '../../engine/errors.ts';
import { binanceFunding, binanceKlines } from '../importers/binance.ts';
import { checkTable } from '../importers/check.ts';
import type { SourceFile } from '../importers/contract.ts';
import { decode, headOf } from '../importers/csv.ts';
import { onlyEntry } from '../importers/zip.ts';
import { VenueFault } from '../venues/contract.ts';
import type { Subject } from './contract.ts';

const MAX_BYTES = 500_000_000;
const HEAD_BYTES = 65_536;

/** Times first, rising. Throws VenueFault when it is not what its name says: its checksum was right. */
export async function columnsOfArchive(
  file: string,
  zip: Uint8Array,
  sha256: string,
  { kind, interval, venue }: Subject,
): Promise<readonly Float64Array[]> {
  try {
    const entry = onlyEntry(file, zip, MAX_BYTES);
    const head = headOf(decode(entry.bytes.subarray(0, HEAD_BYTES)), 2);
    const content = { format: 'csv' as const, bytes: entry.bytes, head };
    const source: SourceFile = { path: file, name: file, inner: entry.name, sha256, ...content };
    const importer = kind === 'funding' ? binanceFunding : binanceKlines;
    if (!importer.recognises(source)) {
      throw new InputError({ key: file, rule: 'must be a csv of Binance', value: head[0]?.join() });
    }
    const whole = await importer.read(source, {});
    const table = kind === 'flow' ? whole.also![0]! : whole;
    return checkTable(file, table, interval ?? undefined).columns;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new VenueFault(venue, 'bad-reply', false, error.message, error);
  }
}
