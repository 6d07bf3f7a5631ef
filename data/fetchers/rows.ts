// Rows of a page into the store's tables.

import type { CandleArrays } from '../../engine/market/column.ts';
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
  const [times, first] = columns as [Float64Array, Float64Array];
  const name = subjectText(subject);
  const source: Provenance = {
    file,
    sha256,
    importer: `fetch:${fetcher}`,
    speaker: 'venue',
    place: (row) => `${name} ${new Date(times[row]!).toISOString()}`,
  };
  if (kind === 'funding') {
    return store.writeFunding({ venue, symbol }, { atMs: times, rate: first }, source, { replace });
  }
  if (kind === 'series') {
    const series = { publishedMs: times, value: first };
    return store.writeSeries(venue, series, source, { replace });
  }
  const [openMs, open, high, low, close, volume] = columns as Six;
  const candles: CandleArrays = { openMs, open, high, low, close, volume };
  return store.writeCandles({ venue, symbol, interval: interval!, kind }, candles, source, {
    replace,
  });
}

type Six = [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array, Float64Array];
