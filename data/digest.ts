// Digests of history: SHA-256 over the raw bytes of columns, by UTC month, then combined.
//
// By month, so that the store hashes again only the months an import touched, and so that two
// datasets that differ can be told apart by the month where they do. Doubles are little-endian
// IEEE 754, as on every machine Node runs on; a difference in the last bit changes the digest.

import { createHash } from 'node:crypto';
import type { CandleArrays } from '../engine/market/column.ts';
import type { FundingColumns, MarkColumns } from '../engine/market/panel.ts';

export interface MonthDigest {
  /** `2024-12`, UTC. */
  readonly month: string;
  readonly rows: number;
  readonly digest: string;
}

/** What else may have been read of a leg. */
export interface LegExtras {
  readonly mark?: MarkColumns | undefined;
  readonly finer?: CandleArrays | undefined;
}

/**
 * Digest of one leg: 64 hex digits. Without funding it equals the stored dataset's digest when the
 * candles are all of it. Times must be increasing; holes (NaN) are hashed like any other bits.
 * Mark prices and finer candles count only where there are any.
 */
export function digestColumns(
  candles: CandleArrays,
  funding?: FundingColumns,
  { mark, finer }: LegExtras = {},
): string {
  const ofCandles = digestOfCandles(candles);
  if (funding === undefined) return ofCandles;
  const ofFunding = combineMonths(monthDigests([funding.atMs, funding.rate]));
  let text = `candles ${ofCandles}\nfunding ${ofFunding}\n`;
  if (mark !== undefined && mark.atMs.length > 0) {
    text += `mark ${combineMonths(monthDigests([mark.atMs, mark.price]))}\n`;
  }
  if (finer !== undefined) text += `finer ${digestOfCandles(finer)}\n`;
  return sha256(text);
}

function digestOfCandles({ openMs, open, high, low, close, volume }: CandleArrays): string {
  return combineMonths(monthDigests([openMs, open, high, low, close, volume]));
}

/** One digest for each UTC month with rows; `columns[0]` holds the times, increasing. */
export function monthDigests(columns: readonly Float64Array[]): MonthDigest[] {
  const times = columns[0]!;
  const months: MonthDigest[] = [];
  for (let from = 0; from < times.length; ) {
    const month = monthOf(times[from]!);
    const endMs = monthEndMs(times[from]!);
    let to = from + 1;
    while (to < times.length && times[to]! < endMs) to++;
    const hash = createHash('sha256');
    for (const column of columns) hash.update(bytesOf(column.subarray(from, to)));
    months.push({ month, rows: to - from, digest: hash.digest('hex') });
    from = to;
  }
  return months;
}

/** The digest of a dataset from those of its months, in order of time. */
export function combineMonths(months: readonly MonthDigest[]): string {
  return sha256(months.map(({ month, rows, digest }) => `${month} ${rows} ${digest}\n`).join(''));
}

/** `2024-12` for any instant of that month, UTC ms. */
export function monthOf(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 7);
}

/** First instant of the month of `timeMs`, UTC ms. */
export function monthStartMs(timeMs: number): number {
  const date = new Date(timeMs);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
}

/** First instant of the next month, UTC ms. */
export function monthEndMs(timeMs: number): number {
  const date = new Date(timeMs);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
}

/** SHA-256 of a text or of bytes, 64 hex digits. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

function bytesOf(column: Float64Array): Uint8Array {
  return new Uint8Array(column.buffer, column.byteOffset, column.byteLength);
}
