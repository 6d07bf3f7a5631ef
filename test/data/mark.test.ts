// Mark-price candles: told by name or flag, kept apart from traded ones, and read back by their opens.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exportDataset } from '../../data/export.ts';
import { importFile } from '../../data/importers/import.ts';
import { SCHEMA_VERSION } from '../../data/schema.ts';
import { openStore } from '../../data/store.ts';
import { HOUR_MS, MINUTE_MS } from '../../engine/interval.ts';
import { csv, HOUR, importRoom, kline, row, T } from './import-room.ts';
import { ALL, candles, freshStore, from, problemOf, readAll, sql, TARGET } from './store-room.ts';

const room = importRoom();
const SHARED = new URL('../../../shared/data/', import.meta.url).pathname;
const REAL = join(SHARED, 'binance-usdm__BTCUSDT__mark1h_2023_2025.parquet');
const KLINE_HEADER =
  'open_time,open,high,low,close,volume,close_time,quote_volume,count,' +
  'taker_buy_volume,taker_buy_quote_volume,ignore';

describe('importing mark prices', () => {
  it('takes what its name calls mark, ours, as mark candles and not as traded ones', async () => {
    const outcome = await room.imported('v__BTCUSDT__mark1h_2025.csv', csv(row(0), row(1)), {});
    expect(outcome).toMatchObject({ kind: 'mark', interval: '1h', symbol: 'BTCUSDT', added: 2 });
    const datasets = await room.store.datasets();
    expect(datasets.map(({ kind, interval }) => [kind, interval])).toEqual([['mark', '1h']]);
    await expect(room.closes()).rejects.toThrow(/must have candles of v BTCUSDT/);
  });

  it('takes the markPriceKlines of Binance, header and all, and a gap is reported', async () => {
    const lines = [0, 1, 3].map((hour) => kline(T + hour * HOUR_MS, 100 + hour));
    const name = 'futures-um-markPriceKlines-BTCUSDT-1h-2025-01.csv';
    const outcome = await room.imported(name, `${[KLINE_HEADER, ...lines].join('\n')}\n`, {});
    expect(outcome).toMatchObject({
      kind: 'mark',
      importer: 'binance-klines',
      venue: 'binance-usdm',
      gaps: [{ fromMs: T + 2 * HOUR_MS, missing: 1 }],
    });
    const mark = await room.store.readMark('binance-usdm', 'BTCUSDT', HOUR_MS, ...ALL);
    expect([...mark.atMs]).toEqual([T, T + HOUR_MS, T + 3 * HOUR_MS]);
    expect([...mark.price]).toEqual([100, 100, 100]);
  });

  it('takes any candles as mark prices when told so, and refuses what is no candle', async () => {
    const marked = { ...HOUR, mark: true };
    const outcome = await room.imported('prices.csv', csv(row(0), row(1), row(2)), marked);
    expect(outcome.kind).toBe('mark');
    const funding = `ts,rate\n${T},0.0001\n`;
    expect(await room.refused('rates.csv', funding, marked)).toBe(
      'rates.csv: must hold candles to be mark prices, has funding',
    );
    expect(await room.refused('x__B__mark.csv', csv(row(0)), {})).toMatch(/give --interval/);
  });

  it('holds mark candles to the rules of candles', async () => {
    const bad = csv(row(0), row(1, 999));
    expect(await room.refused('v__B__mark1h.csv', bad, {})).toMatch(/line 3: must have high >=/);
    const offGrid = csv(`${T + 1},100,200,50,100,0`);
    expect(await room.refused('v__B__mark1h.csv', offGrid, {})).toMatch(/1h grid/);
  });

  it('of index and premium prices is still refused', async () => {
    expect(await room.refused('v__B__index1h.csv', csv(row(0)), {})).toMatch(/index and premium/);
  });
});

describe.skipIf(!existsSync(REAL))('real mark prices (skipped without ../shared/data)', () => {
  it('come in whole: 26 304 hours of 2023 to 2025, none missing', async () => {
    const outcome = await importFile({ path: REAL, named: true }, {}, async () => room.store);
    expect(outcome).toMatchObject({
      status: 'imported',
      venue: 'binance-usdm',
      symbol: 'BTCUSDT',
      kind: 'mark',
      added: 26_304,
      gaps: [],
    });
    const mark = await room.store.readMark('binance-usdm', 'BTCUSDT', HOUR_MS, ...ALL);
    expect(mark.atMs[0]).toBe(Date.UTC(2023, 0, 1));
    expect(mark.atMs.at(-1)).toBe(Date.UTC(2025, 11, 31, 23));
    expect(mark.price).toHaveLength(26_304);
  });
});

describe('mark prices in a store', () => {
  const MARK = { ...TARGET, kind: 'mark' } as const;

  it('need no new tables: a store that has candles takes them and keeps its version', async () => {
    const { path, store } = await freshStore();
    await store.writeCandles(TARGET, candles(0, 10), from('a.csv'));
    const [before] = await store.datasets();
    store.close();
    const again = await openStore(path, { write: true });
    await again.writeCandles(MARK, candles(100, 5), from('b.csv'));
    expect((await again.datasets())[0]).toEqual(before);
    again.close();
    expect(await sql(path, 'SELECT version FROM sapphire_schema')).toEqual([[SCHEMA_VERSION]]);
    expect(SCHEMA_VERSION).toBe(1);
  });

  it('do not mix with traded candles of the same symbol and interval', async () => {
    const { store } = await freshStore();
    await store.writeCandles(TARGET, candles(0, 10), from('a.csv'));
    const outcome = await store.writeCandles(MARK, candles(3, 4), from('b.csv'));
    expect(outcome).toEqual({ added: 4, unchanged: 0, conflicts: 0 });
    expect((await readAll(store)).openMs).toHaveLength(10);
    const mark = await store.readMark(TARGET.venue, TARGET.symbol, MINUTE_MS, ...ALL);
    expect([...mark.price]).toEqual([...candles(3, 4).open]);
    expect([...mark.atMs]).toEqual([...candles(3, 4).openMs]);
    store.close();
  });

  it('are merged like any rows: the same again changes nothing, others are a conflict', async () => {
    const { store } = await freshStore();
    await store.writeCandles(MARK, candles(0, 5), from('a.csv'));
    const [before] = await store.datasets();
    expect(await store.writeCandles(MARK, candles(0, 5), from('b.csv'))).toMatchObject({
      added: 0,
      unchanged: 5,
    });
    const other = candles(0, 5);
    other.volume[2] = 77;
    expect(await problemOf(store.writeCandles(MARK, other, from('c.csv')))).toMatch(
      /c\.csv: row 3/,
    );
    expect(await store.datasets()).toEqual([before]);
    store.close();
  });

  it('are read in a range, and are empty where there are none', async () => {
    const { store } = await freshStore();
    await store.writeCandles(MARK, candles(0, 5), from('a.csv'));
    const { openMs } = candles(0, 5);
    const { venue, symbol } = TARGET;
    const some = await store.readMark(venue, symbol, MINUTE_MS, openMs[1]!, openMs[3]!);
    expect([...some.atMs]).toEqual([openMs[1], openMs[2]]);
    expect((await store.readMark(venue, symbol, HOUR_MS, ...ALL)).atMs).toHaveLength(0);
    expect((await store.readMark(venue, 'ETHUSDT', MINUTE_MS, ...ALL)).price).toHaveLength(0);
    store.close();
  });

  it('go out to a file that comes in again as mark prices, bit for bit', async () => {
    await room.store.writeCandles(MARK, candles(0, 50), from('a.csv'));
    const [dataset] = await room.store.datasets();
    for (const format of ['csv', 'parquet']) {
      const out = join(room.folder, `v2__BTCUSDT__mark1m.${format}`);
      const request = { out, fromMs: ALL[0], toMs: ALL[1], force: false };
      expect(await exportDataset(room.store, dataset!, request)).toBe(50);
      const { store } = await freshStore();
      await importFile({ path: out, named: true }, {}, async () => store);
      const [again] = await store.datasets();
      expect(again).toMatchObject({ kind: 'mark', venue: 'v2', digest: dataset!.digest });
      store.close();
    }
  });
});
