// Columns: the one shape in which history is held. A column is a Float64Array with one number per
// row; a strategy reads it at an index, never past the row it is deciding on.

/** A column that may be read but not written: what strategies, reports and statistics see. */
export interface Column {
  readonly length: number;
  readonly [row: number]: number;
}

/** The columns of one instrument, one row per candle; `openMs` is the candle's OPEN in UTC ms. */
export interface CandleColumns {
  readonly openMs: Column;
  readonly open: Column;
  readonly high: Column;
  readonly low: Column;
  readonly close: Column;
  /** In base units. */
  readonly volume: Column;
}

/** The same columns while they are being written: by a reader of the store or by a live feed. */
export interface CandleArrays extends CandleColumns {
  readonly openMs: Float64Array;
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  readonly volume: Float64Array;
}

/** Room for `capacity` candles; prices start as NaN, which means "no candle here". */
export function candleArrays(capacity: number): CandleArrays {
  const column = () => new Float64Array(capacity).fill(Number.NaN);
  return {
    openMs: new Float64Array(capacity),
    open: column(),
    high: column(),
    low: column(),
    close: column(),
    volume: column(),
  };
}

/** Where candles begin and end, and how many there are between; -1, -1 and 0 where there is none. */
export interface Span {
  readonly first: number;
  readonly last: number;
  readonly count: number;
}

/** The candles of rows [from, to): a row without a candle has NaN for its close. */
export function spanOf(close: Column, from: number, to: number): Span {
  // The ends in loops of their own: one loop for all three was seen once, in a warm process, to count
  // right and to give the last row for a leg that ends before it. It did not happen again.
  let first = from;
  while (first < to && close[first] !== close[first]) first++;
  if (first >= to) return { first: -1, last: -1, count: 0 };
  let last = to - 1;
  while (close[last] !== close[last]) last--;
  let count = 0;
  for (let i = first; i <= last; i++) if (close[i] === close[i]) count++;
  return { first, last, count };
}

/**
 * Candles that are not there between a leg's first and last one in rows [from, to): holes of the
 * panel, and stretches for which no leg has a row.
 */
export function missingCandles(
  { openMs, close }: CandleColumns,
  from: number,
  to: number,
  intervalMs: number,
): number {
  const { first, last, count } = spanOf(close, from, to);
  if (count === 0) return 0;
  return Math.round((openMs[last]! - openMs[first]!) / intervalMs) + 1 - count;
}
