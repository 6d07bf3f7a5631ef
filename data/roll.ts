// Candles made of what is finer: of trades, and of shorter candles.
//
//   trades    | . .. .|   .. |. .   |      open-stamped buckets, right edge excluded
//   buckets   |--1m---|--1m--|--1m--|
//
// A bucket is made only when its whole time was seen: the first and the last one of a file of trades
// are left out unless their edges are known, and a bucket of candles with a candle missing is a hole.
// Nothing is made up: a bucket in which nothing was traded has no candle.

import { assert } from '../engine/errors.ts';
import type { CandleArrays } from '../engine/market/column.ts';

/** Trades in order of time; `side` is the taker's: 1 bought, -1 sold, NaN unknown. */
export interface Trades {
  readonly timeMs: Float64Array;
  readonly price: Float64Array;
  /** Base units, > 0. */
  readonly qty: Float64Array;
  /** Null when the source does not say. */
  readonly side: Float64Array | null;
}

export interface Rolled {
  readonly candles: CandleArrays;
  /** Base units bought by takers in each candle; null when the sides are not known. */
  readonly takerBuyVolume: Float64Array | null;
}

/** From and to which instant trades are complete, UTC ms. */
export interface Coverage {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Candles of `stepMs`. Without `coverage` trades are complete between the first and the last one. */
export function rollTrades(trades: Trades, stepMs: number, coverage?: Coverage): Rolled {
  const { timeMs, price, qty, side } = trades;
  const n = timeMs.length;
  const fromMs = coverage?.fromMs ?? (timeMs[0] ?? 0) + 1;
  const toMs = coverage?.toMs ?? timeMs[n - 1] ?? 0;
  const rows: number[] = [];
  for (let i = 0; i < n; i++) {
    assert(i === 0 || timeMs[i]! >= timeMs[i - 1]!, 'trades come in order of time');
    if (i === 0 || bucketOf(timeMs[i]!, stepMs) !== bucketOf(timeMs[i - 1]!, stepMs)) rows.push(i);
  }
  const kept = rows.filter((first) => {
    const openMs = bucketOf(timeMs[first]!, stepMs);
    return openMs >= fromMs && openMs + stepMs <= toMs;
  });
  const column = () => new Float64Array(kept.length);
  const candles = {
    openMs: column(),
    open: column(),
    high: column(),
    low: column(),
    close: column(),
    volume: column(),
  };
  const takerBuyVolume = side === null ? null : column();
  for (const [k, first] of kept.entries()) {
    const openMs = bucketOf(timeMs[first]!, stepMs);
    let [high, low, volume, bought, i] = [price[first]!, price[first]!, 0, 0, first];
    for (; i < n && timeMs[i]! < openMs + stepMs; i++) {
      high = Math.max(high, price[i]!);
      low = Math.min(low, price[i]!);
      volume += qty[i]!;
      if (side !== null && side[i] === 1) bought += qty[i]!;
    }
    candles.openMs[k] = openMs;
    candles.open[k] = price[first]!;
    candles.high[k] = high;
    candles.low[k] = low;
    candles.close[k] = price[i - 1]!;
    candles.volume[k] = volume;
    if (takerBuyVolume !== null) takerBuyVolume[k] = bought;
  }
  return { candles, takerBuyVolume };
}

/**
 * Candles of `toMs` of candles of `fromMs`, which divides it. Only whole buckets: one with a candle
 * missing is left out, as a hole. Also the sums of `takerBuyVolume`, when that is given.
 */
export function resample(source: Rolled, fromMs: number, toMs: number): Rolled {
  assert(toMs > fromMs && toMs % fromMs === 0, 'candles are resampled to a multiple of theirs');
  const { openMs, open, high, low, close, volume } = source.candles;
  const flow = source.takerBuyVolume;
  const each = toMs / fromMs;
  const starts: number[] = [];
  for (let i = 0; i + each <= openMs.length; ) {
    const isStart = openMs[i]! % toMs === 0;
    if (isStart && openMs[i + each - 1]! - openMs[i]! === toMs - fromMs) {
      starts.push(i);
      i += each;
    } else i++;
  }
  const map = (value: (start: number) => number) => Float64Array.from(starts, value);
  const over = (start: number, fold: (a: number, i: number) => number, first: number) => {
    let value = first;
    for (let i = start; i < start + each; i++) value = fold(value, i);
    return value;
  };
  return {
    candles: {
      openMs: map((i) => openMs[i]!),
      open: map((i) => open[i]!),
      high: map((start) => over(start, (a, i) => Math.max(a, high[i]!), high[start]!)),
      low: map((start) => over(start, (a, i) => Math.min(a, low[i]!), low[start]!)),
      close: map((i) => close[i + each - 1]!),
      volume: map((start) => over(start, (a, i) => a + volume[i]!, 0)),
    },
    takerBuyVolume: flow && map((start) => over(start, (a, i) => a + flow[i]!, 0)),
  };
}

/**
 * Half-spreads in bps of quotes, one a minute: the mean of (ask - bid) / (ask + bid) over the quotes of
 * the minute, known from its end on. Quotes with a side missing, or crossed, are left out.
 */
export function spreadByMinute(
  timeMs: Float64Array,
  bid: Float64Array,
  ask: Float64Array,
): { readonly publishedMs: Float64Array; readonly halfSpreadBps: Float64Array; crossed: number } {
  const published: number[] = [];
  const sums: number[] = [];
  const counts: number[] = [];
  let crossed = 0;
  for (let i = 0; i < timeMs.length; i++) {
    if (!(bid[i]! > 0 && ask[i]! > 0)) continue;
    if (ask[i]! < bid[i]!) {
      crossed++;
      continue;
    }
    const endMs = bucketOf(timeMs[i]!, MINUTE) + MINUTE;
    if (published.at(-1) !== endMs) {
      published.push(endMs);
      sums.push(0);
      counts.push(0);
    }
    const k = published.length - 1;
    sums[k]! += (1e4 * (ask[i]! - bid[i]!)) / (ask[i]! + bid[i]!);
    counts[k]!++;
  }
  return {
    publishedMs: Float64Array.from(published),
    halfSpreadBps: Float64Array.from(sums, (sum, k) => sum / counts[k]!),
    crossed,
  };
}

const MINUTE = 60_000;

function bucketOf(timeMs: number, stepMs: number): number {
  return Math.floor(timeMs / stepMs) * stepMs;
}
