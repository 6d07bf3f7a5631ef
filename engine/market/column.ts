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

/**
 * Candles that are not there between a leg's first and last one in rows [from, to): holes of the
 * panel, and stretches for which no leg has a row.
 */
export function missingCandles(
  candles: CandleColumns,
  from: number,
  to: number,
  intervalMs: number,
): number {
  const { openMs, close } = candles;
  let count = 0;
  let first = 0;
  let last = 0;
  for (let i = from; i < to; i++) {
    if (close[i] !== close[i]) continue;
    if (count === 0) first = openMs[i]!;
    last = openMs[i]!;
    count++;
  }
  return count === 0 ? 0 : Math.round((last - first) / intervalMs) + 1 - count;
}
