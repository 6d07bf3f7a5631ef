// Two stores to look for look-ahead in: one drawn, in which every number of its own can be told from the
// others, and one from the generator that is long enough to warm strategies up.

import { openStore } from '../../data/store.ts';
import { generateMarket, type MarketLeg } from '../../data/synthetic.ts';
import { HOUR_MS, MINUTE_MS } from '../../engine/interval.ts';
import { candles } from './market.ts';

/** 2025-01-01 00:00 UTC. */
export const DRAWN_FROM_MS = 1_735_689_600_000;
export const DRAWN_ROWS = 60;
// Closes of 100 + (37 i mod 11): row 20 is 103, row 21 is 107; the highest, 110, comes first at row 8.
const WAVES = Array.from({ length: DRAWN_ROWS }, (_, i) => 100 + ((i * 37) % 11));
// Volumes of their own, and highs and lows apart from opens and closes.
const chart = (step: number) =>
  WAVES.map((close, i) => {
    const open = i === 0 ? close : WAVES[i - 1]!;
    const [high, low] = [Math.max(open, close) + 1 + (i % 3), Math.min(open, close) - 1 - (i % 4)];
    return `${open}/${high}/${low}/${close}@${500 + ((i * step) % 17)}`;
  }).join(' ');

const source = { file: 'test.csv', sha256: '3'.repeat(64), importer: 'test' };
/** One leg of the generator that moves enough for strategies to speak. */
export const LIVELY_LEG: MarketLeg = {
  startPrice: 2000,
  annualVolatility: 0.9,
  beta: 1.2,
  driftPerYear: 0,
  tickSize: 0.01,
  lotSize: 1e-4,
  minNotionalUsd: 5,
  makerFeeBps: 2,
  takerFeeBps: 5,
  maxLeverage: 20,
  dailyVolume: 100_000,
  fundingMean: 1e-4,
};

/** Sixty hours that are drawn: two symbols, marks, a fallback, finer candles, a sentiment. */
export async function writeDrawn(path: string): Promise<void> {
  const store = await openStore(path, { write: true });
  const startMs = DRAWN_FROM_MS;
  const hours = (step: number) => candles(chart(step), { startMs });
  for (const [venue, symbol] of [
    ['paperx', 'BTCUSDT'],
    ['paperx', 'ETHUSDT'],
    ['otherx', 'ETHUSDT'],
  ] as const) {
    await store.writeCandles({ venue, symbol, interval: '1h' }, hours(symbol.length), source);
  }
  const key = { venue: 'paperx', symbol: 'ETHUSDT' };
  const marks = { ...hours(5) };
  marks.open = marks.open.map((price) => price * 1.03);
  for (const name of ['high', 'low', 'close'] as const) marks[name] = marks.open.slice();
  await store.writeCandles({ ...key, interval: '1h', kind: 'mark' }, marks, source);
  const finer = candles(
    Array.from({ length: 4 * DRAWN_ROWS }, (_, i) => 95 + ((i * 7) % 19)).join(' '),
    {
      startMs,
      intervalMs: 15 * MINUTE_MS,
    },
  );
  await store.writeCandles({ ...key, interval: '15m' }, finer, source);
  const stamps = Float64Array.from(
    { length: DRAWN_ROWS / 4 },
    (_, k) => DRAWN_FROM_MS + k * 4 * HOUR_MS,
  );
  await store.writeFunding(key, { atMs: stamps, rate: stamps.map(() => 0.01) }, source);
  const publishedMs = Float64Array.from(
    { length: DRAWN_ROWS },
    (_, k) => DRAWN_FROM_MS + (k + 1) * HOUR_MS,
  );
  const value = publishedMs.map((_, k) => 20 + ((k * 13) % 61));
  await store.writeSeries('feargreed', { publishedMs, value }, source);
  store.close();
}

/** Six days of minutes from the generator: enough to warm every shipped strategy up. */
export async function writeMinutes(path: string): Promise<void> {
  const store = await openStore(path, { write: true });
  const legs = { AAAUSDC: LIVELY_LEG, BBBUSDC: { ...LIVELY_LEG, startPrice: 30, beta: 0.8 } };
  const market = { venue: 'synthetic', seed: 11, fromMs: DRAWN_FROM_MS, candles: 6 * 1440 };
  for (const { instrument, candles: made, funding } of generateMarket({
    ...market,
    intervalMs: MINUTE_MS,
    factorVolatility: 0.5,
    legs,
  })) {
    const { venue, symbol } = instrument;
    await store.writeInstrument(instrument);
    await store.writeCandles({ venue, symbol, interval: '1m', synthetic: true }, made, source);
    await store.writeFunding({ venue, symbol, synthetic: true }, funding!, source);
  }
  store.close();
}
