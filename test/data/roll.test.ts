// Candles of what is finer: by hand, against the coarser candles of the same venue, and never a part.

import { existsSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, it } from 'vitest';
import { resample, rollTrades, spreadByMinute } from '../../data/roll.ts';
import { intervalMs, MINUTE_MS } from '../../engine/interval.ts';
import { type CandleArrays, candleArrays } from '../../engine/market/column.ts';
import { DATA } from '../support/cli.ts';

const T = Date.UTC(2025, 0, 1);
const column = (...values: number[]) => Float64Array.from(values);

describe('trades', () => {
  const trades = {
    timeMs: column(0, 59_999, 60_000, 60_000, 119_999, 240_000, 300_000).map((ms) => T + ms),
    price: column(10, 11, 12, 9, 13, 20, 21),
    qty: column(1, 2, 3, 4, 5, 6, 7),
    side: column(1, -1, 1, -1, 1, 1, -1),
  };

  it('make a candle of each whole minute: the edge belongs to the next one, an empty one is none', () => {
    const { candles, takerBuyVolume } = rollTrades(trades, MINUTE_MS, {
      fromMs: T,
      toMs: T + 300_000,
    });
    expect([...candles.openMs]).toEqual([T, T + 60_000, T + 240_000]);
    expect([...candles.open]).toEqual([10, 12, 20]);
    expect([...candles.high]).toEqual([11, 13, 20]);
    expect([...candles.low]).toEqual([10, 9, 20]);
    expect([...candles.close]).toEqual([11, 13, 20]);
    expect([...candles.volume]).toEqual([3, 12, 6]);
    expect([...takerBuyVolume!]).toEqual([1, 8, 6]);
  });

  it('of unknown edges leave out the first and the last candle; sides that nobody knows are null', () => {
    const { candles, takerBuyVolume } = rollTrades({ ...trades, side: null }, MINUTE_MS);
    expect([...candles.openMs]).toEqual([T + 60_000, T + 240_000]);
    expect(takerBuyVolume).toBeNull();
    const none = { timeMs: column(), price: column(), qty: column(), side: null };
    expect(rollTrades(none, MINUTE_MS).candles.openMs).toHaveLength(0);
  });
});

describe('quotes', () => {
  it('become half the spread over the middle, the mean of a minute, known when it is over', () => {
    const timeMs = column(0, 30_000, 59_999, 60_000, 130_000).map((ms) => T + ms);
    const bid = column(99, 99.5, Number.NaN, 100, 102);
    const ask = column(101, 100.5, 101, 100, 101);
    const { publishedMs, halfSpreadBps, crossed } = spreadByMinute(timeMs, bid, ask);
    expect([...publishedMs]).toEqual([T + 60_000, T + 120_000]);
    // 1 of 100 and 0.5 of 100: 100 and 50 bps; locked at 100: 0. The crossed one is left out.
    expect([...halfSpreadBps]).toEqual([75, 0]);
    expect(crossed).toBe(1);
  });
});

describe('resampled candles', () => {
  it('are whole buckets only: a missing candle is a hole, a begun bucket is none', () => {
    const minutes = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16, 17, 18, 19, 20];
    const candles = candleArrays(minutes.length);
    for (const [k, minute] of minutes.entries()) {
      candles.openMs[k] = T + minute * MINUTE_MS;
      candles.open[k] = minute;
      candles.high[k] = minute + 0.5;
      candles.low[k] = minute - 0.5;
      candles.close[k] = minute + 0.25;
      candles.volume[k] = 1;
    }
    const flow = candles.volume.map((_, k) => k / 100);
    const { candles: five, takerBuyVolume } = resample(
      { candles, takerBuyVolume: flow },
      MINUTE_MS,
      5 * MINUTE_MS,
    );
    expect([...five.openMs].map((ms) => (ms - T) / MINUTE_MS)).toEqual([5, 15]);
    expect([...five.open]).toEqual([5, 15]);
    expect([...five.high]).toEqual([9.5, 19.5]);
    expect([...five.low]).toEqual([4.5, 14.5]);
    expect([...five.close]).toEqual([9.25, 19.25]);
    expect([...five.volume]).toEqual([5, 5]);
    expect(takerBuyVolume![0]).toBeCloseTo(0.02 + 0.03 + 0.04 + 0.05 + 0.06, 12);
  });

  // Two files of the same venue by different people; volume may differ in the last bits of a sum.
  it.each([
    ['binance-usdm__ETHUSDT__1m_2025-05_06', '1m', 'binance-usdm__ETHUSDT__1h_2019_2025', '1h'],
    ['binance-usdm__SOLUSDT__1m_2025-05_06', '1m', 'binance-usdm__SOLUSDT__5m_2025-04_12', '5m'],
    ['binance-spot__BTCUSDT__5m_2025-01_06', '5m', 'binance-spot__BTCUSDT__1h_2020_2025', '1h'],
  ])('%s gives what the same venue says at %s in %s', async (fine, from, coarse, to) => {
    if (!existsSync(`${DATA}${fine}.parquet`)) return;
    const [small, large] = [await columnsOf(fine), await columnsOf(coarse)];
    const made = resample(
      { candles: small, takerBuyVolume: null },
      intervalMs(from),
      intervalMs(to),
    ).candles;
    const at = new Map(Array.from(large.openMs, (ms, k) => [ms, k]));
    let compared = 0;
    for (let k = 0; k < made.openMs.length; k++) {
      const row = at.get(made.openMs[k]!);
      if (row === undefined) continue;
      compared++;
      for (const name of ['open', 'high', 'low', 'close'] as const) {
        if (made[name][k] !== large[name][row]) throw new Error(`${name} at ${made.openMs[k]}`);
      }
      expect(Math.abs(made.volume[k]! - large.volume[row]!)).toBeLessThanOrEqual(
        1e-6 * large.volume[row]!,
      );
    }
    expect(compared).toBeGreaterThan(1000);
    expect(made.openMs.length).toBeLessThanOrEqual(
      small.openMs.length / (intervalMs(to) / intervalMs(from)),
    );
  });
});

async function columnsOf(name: string): Promise<CandleArrays> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const names = ['ts', 'open', 'high', 'low', 'close', 'volume'];
  const reader = await connection.runAndReadAll(
    `SELECT ${names.map((one) => `${one}::DOUBLE`).join(', ')} FROM '${DATA}${name}.parquet' ORDER BY ts`,
  );
  const [openMs, open, high, low, close, volume] = reader
    .getColumns()
    .map((values) => Float64Array.from(values as number[]));
  connection.closeSync();
  instance.closeSync();
  return { openMs: openMs!, open: open!, high: high!, low: low!, close: close!, volume: volume! };
}
