// Columns found by their names: what a header line, or a table's schema, says is in it.

import type { DatasetKind } from '../schema.ts';

/** Best first: an unnamed column is the index of a data frame, and only a last resort. */
const TIME = ['ts', 'timestamp', 'time', 'date', 'datetime', 'open_time', 'opentime', 'unix', ''];
const RATE = ['rate', 'funding_rate', 'fundingrate', 'last_funding_rate'];
const PRICES = ['open', 'high', 'low', 'close', 'volume'];

export interface Layout {
  readonly kind: DatasetKind;
  /** Column numbers: the time, then those of the kind. */
  readonly time: number;
  readonly values: readonly number[];
}

/** Finds candles, funding or a series in a list of column names; null when it is none of them. */
export function layoutOf(names: readonly string[]): Layout | null {
  const lower = names.map((name) => name.trim().toLowerCase().replaceAll(' ', '_'));
  const time = TIME.map((name) => lower.indexOf(name)).find((at) => at !== -1);
  if (time === undefined) return null;
  const prices = PRICES.map((name) => lower.indexOf(name));
  if (prices.every((at) => at !== -1)) return { kind: 'candles', time, values: prices };
  const rate = lower.findIndex((name) => RATE.includes(name));
  if (rate !== -1) return { kind: 'funding', time, values: [rate] };
  const value = lower.indexOf('value');
  return value === -1 ? null : { kind: 'series', time, values: [value] };
}

/** What a file holds instead, judged by its first rows or column names; null when unknown. */
export function otherKindOf(head: readonly (readonly string[])[]): string | null {
  const names = (head[0] ?? []).map((name) => name.toLowerCase());
  const has = (...wanted: string[]) => wanted.every((name) => names.includes(name));
  if (has('bid', 'ask')) return 'quotes are not kept';
  if (has('price', 'qty') || has('price', 'quantity') || has('price', 'amount')) {
    return 'single trades are not kept';
  }
  if (names.some((name) => /^(bids|asks)\[/.test(name) || name.includes('l2book'))) {
    return 'order books are not kept';
  }
  if (has('title') || has('text')) return 'texts are not kept';
  const flags = names.filter((name) => name === 'true' || name === 'false').length;
  if (flags > 0) return 'single trades are not kept';
  if (names.length === 3 && names.every((cell) => /^\d+(\.\d+)?$/.test(cell))) {
    return 'single trades are not kept';
  }
  if (names.length > 2 && layoutOf(names) === null && names.includes('ts')) {
    return `columns ${names.join(', ')} are not kept`;
  }
  return null;
}
