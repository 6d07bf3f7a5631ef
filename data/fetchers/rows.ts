// Rows of a page into the store's tables.

import { contentText, type Provenance, type WriteOutcome } from '../schema.ts';
import type { Store } from '../store.ts';
import type { FetchedPage, Subject } from './contract.ts';

/** `aster BTCUSDT 1m`; `feargreed series`. */
export function subjectText({ venue, symbol, kind, interval }: Subject): string {
  return [venue, symbol, contentText({ kind, interval })].filter((word) => word !== '').join(' ');
}

export function writeRows(
  store: Store,
  { subject, fetcher }: { readonly subject: Subject; readonly fetcher: string },
  { file, sha256 }: Pick<FetchedPage, 'file' | 'sha256'>,
  columns: readonly Float64Array[],
  replace: boolean,
): Promise<WriteOutcome> {
  const { kind, venue, symbol, interval } = subject;
  const times = columns[0]!;
  const name = subjectText(subject);
  const source: Provenance = {
    file,
    sha256,
    importer: `fetch:${fetcher}`,
    speaker: 'venue',
    place: (row) => `${name} ${new Date(times[row]!).toISOString()}`,
  };
  return store.writeRows({ kind, venue, symbol, interval }, columns, source, { replace });
}
