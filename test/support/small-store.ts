// A small store to run the command on: two symbols, 400 hourly candles that wander, funding for one.

import { openStore } from '../../data/store.ts';
import { HOUR_MS } from '../../engine/interval.ts';
import { candleArrays } from '../../engine/market/column.ts';
import { gaussian, random } from '../../engine/random.ts';

/** 2025-01-01 00:00 UTC. */
export const SMALL_FROM_MS = 1_735_689_600_000;
export const SMALL_ROWS = 400;
/** Close of its last candle: 2025-01-17 16:00 UTC. */
export const SMALL_TO_MS = SMALL_FROM_MS + SMALL_ROWS * HOUR_MS;

/** Writes it: venue `paperx`, BTCUSDT with funding and ETHUSDT without, 1h; other prices by `seed`. */
export async function writeSmallStore(path: string, seed = 3): Promise<void> {
  const store = await openStore(path, { write: true });
  const venue = 'paperx';
  try {
    for (const [symbol, start] of [
      ['BTCUSDT', 90_000],
      ['ETHUSDT', 3000],
    ] as const) {
      const candles = candleArrays(SMALL_ROWS);
      const draw = random(seed, symbol);
      let price: number = start;
      for (let i = 0; i < SMALL_ROWS; i++) {
        const close = price * Math.exp(0.01 * gaussian(draw));
        candles.openMs[i] = SMALL_FROM_MS + i * HOUR_MS;
        candles.open[i] = price;
        candles.close[i] = close;
        candles.high[i] = Math.max(price, close) * 1.001;
        candles.low[i] = Math.min(price, close) * 0.999;
        candles.volume[i] = 1 + draw();
        price = close;
      }
      const source = { file: `${symbol}.csv`, sha256: '0'.repeat(64), importer: 'test' };
      await store.writeCandles({ venue, symbol, interval: '1h' }, candles, source);
    }
    const stamps = SMALL_ROWS / 8;
    const atMs = Float64Array.from({ length: stamps }, (_, k) => SMALL_FROM_MS + k * 8 * HOUR_MS);
    const rate = new Float64Array(stamps).fill(0.0001);
    const source = { file: 'funding.csv', sha256: '1'.repeat(64), importer: 'test' };
    await store.writeFunding({ venue, symbol: 'BTCUSDT' }, { atMs, rate }, source);
  } finally {
    store.close();
  }
}
