// Markets that could have been: candles dealt again in runs of rows. Each candle keeps its shape
// relative to the close before it (gap, body, wicks, volume), so that stops and limits meet candles
// that are as rough as the real ones; only the level is carried on.
//
//   close'[j] = close'[j - 1] x close[i] / close[i - 1]     open, high and low in the same way
//
// The same list of source rows for every symbol of a panel keeps how they move together.

import { InputError } from '../errors.ts';
import { type CandleArrays, type CandleColumns, candleArrays } from '../market/column.ts';
import { random } from '../random.ts';
import { requireResampling, stationaryIndices } from './stationary-bootstrap.ts';

/**
 * Source rows for a history of `rows` candles, each 1 to rows - 1 (row 0 has no close before it):
 * `sources[j - 1]` is the row whose candle comes to row j. Runs of `meanBlock` candles on average.
 * Throws InputError below 2 rows or for a block below 1.
 */
export function candleSources(rows: number, meanBlock: number, seed: number): Uint32Array {
  requireResampling({ resamples: 1, seed, meanBlock });
  if (!(Number.isInteger(rows) && rows >= 2)) {
    throw new InputError({ key: 'rows', rule: 'must be a whole number from 2', value: rows });
  }
  const sources = new Uint32Array(rows - 1);
  stationaryIndices(sources, rows - 1, 1 / meanBlock, random(seed, 'candle-bootstrap'));
  return sources.map((row) => row + 1);
}

/**
 * The candles of `sources` chained from the first candle's close on, on the times of the original.
 * A hole (NaN close) among the sources becomes a hole, as does a candle with no close before it;
 * the level goes on after it from the last close. Throws InputError for a price that is infinite,
 * or not above 0, and for a source row outside 1 to rows - 1.
 */
export function resampleCandles(candles: CandleColumns, sources: ArrayLike<number>): CandleArrays {
  const rows = candles.openMs.length;
  const { open, high, low, close, volume, openMs } = candles;
  const out = candleArrays(rows);
  for (let row = 0; row < rows; row++) {
    out.openMs[row] = openMs[row]!;
    out.volume[row] = Number.NaN;
  }
  if (rows === 0) return out;
  requireSources(sources, rows);

  // The close before each row, over holes.
  const before = new Float64Array(rows);
  let last = Number.NaN;
  let level = Number.NaN;
  for (let row = 0; row < rows; row++) {
    before[row] = last;
    if (close[row] !== close[row]) continue;
    for (const price of [open[row]!, high[row]!, low[row]!, close[row]!]) {
      if (price > 0 && price < Number.POSITIVE_INFINITY) continue;
      const rule = 'must have finite prices above 0';
      throw new InputError({ key: `candles[${row}]`, rule, value: price });
    }
    if (level !== level) level = close[row]!;
    last = close[row]!;
  }

  const put = (row: number, from: number, ratio: number) => {
    out.open[row] = open[from]! * ratio;
    out.high[row] = high[from]! * ratio;
    out.low[row] = low[from]! * ratio;
    out.close[row] = close[from]! * ratio;
    out.volume[row] = volume[from]!;
  };
  if (close[0] === close[0]) put(0, 0, 1);
  for (let row = 1; row < rows; row++) {
    const from = sources[row - 1]!;
    const ratio = level / before[from]!;
    if (close[from] !== close[from] || ratio !== ratio) continue;
    put(row, from, ratio);
    level = out.close[row]!;
  }
  return out;
}

function requireSources(sources: ArrayLike<number>, rows: number): void {
  if (sources.length !== rows - 1) {
    const rule = `must be ${rows - 1} rows`;
    throw new InputError({ key: 'sources', rule, value: sources.length });
  }
  for (let i = 0; i < sources.length; i++) {
    const row = sources[i]!;
    if (Number.isInteger(row) && row >= 1 && row < rows) continue;
    const rule = `must be a row from 1 to ${rows - 1}`;
    throw new InputError({ key: `sources[${i}]`, rule, value: row });
  }
}
