// The files as exchanges and other programs publish them, against the same rows in Parquet that
// somebody else converted: importing the one after the other must add nothing and differ nowhere.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FileOutcome, importFile } from '../../data/importers/import.ts';
import { openStore, type Store } from '../../data/store.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../engine/interval.ts';

const SHARED = new URL('../../../shared/data/', import.meta.url).pathname;
const RAW = join(SHARED, 'raw');
const absent = !existsSync(RAW);
const ALL = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const;

let folder: string;
let store: Store;
let made = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sapphire-originals-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Flags {
  readonly venue?: string;
  readonly symbol?: string;
  readonly interval?: string;
}

async function into(next: Store, path: string, flags: Flags = {}): Promise<FileOutcome> {
  return importFile({ path, named: true }, flags, async () => next);
}

/** A fresh store for each test, closed after it. */
/** Of the PEPEUSDT day: awk over the columns of the original; the first minute on its own. */
const PEPE = {
  volume: 11_316_407_147_221,
  bought: 5_685_318_573_656,
  first: [0.00000908, 0.00000909, 0.00000907, 0.00000907, 8_434_891_890],
};

async function withStore(work: () => Promise<void>): Promise<void> {
  store = await openStore(join(folder, `store-${made++}.duckdb`), { write: true });
  try {
    await work();
  } finally {
    store.close();
  }
}

async function imported(path: string, flags: Flags = {}) {
  const outcome = await into(store, path, flags);
  if (outcome.status !== 'imported') throw new Error(JSON.stringify(outcome));
  return outcome;
}

/** Rows of the datasets of some kinds, in order of import. */
async function rowsOf(kinds: readonly string[]): Promise<Float64Array[][]> {
  const found = (await store.datasets()).filter(({ kind }) => kinds.includes(kind));
  const rows: Float64Array[][] = [];
  for (const one of found) rows.push(await store.readRows(one, one.fromMs, one.toMs + 1));
  return rows;
}

async function refused(path: string, flags: Flags = {}): Promise<string> {
  const outcome = await into(store, path, flags);
  if (outcome.status !== 'failed') throw new Error(JSON.stringify(outcome));
  return outcome.problems.join('\n');
}

describe.skipIf(absent)('published originals (skipped without ../shared/data)', () => {
  it.each([
    [
      'Binance spot zip, milliseconds, no header',
      'binance-vision_spot-klines-BTCUSDT-1h-2024-10-28.zip',
      'binance-spot__BTCUSDT__1h_2020_2025.parquet',
      24,
      {},
    ],
    [
      'Binance spot csv, milliseconds, no header',
      'binance-vision_spot_BTCUSDT-1h-2024-12_noheader_ms.csv',
      'binance-spot__BTCUSDT__1h_2020_2025.parquet',
      744,
      {},
    ],
    [
      'Binance spot csv, microseconds',
      'binance-vision_spot_BTCUSDT-1h-2025-01_noheader_us.csv',
      'binance-spot__BTCUSDT__1h_2020_2025.parquet',
      744,
      {},
    ],
    [
      'freqtrade Feather with LZ4',
      'freqtrade_XRP_USDT_USDT-5m-futures.feather',
      'freqtrade__XRPUSDT-perp__5m.parquet',
      1999,
      { venue: 'freqtrade', symbol: 'XRPUSDT-perp' },
    ],
    [
      'freqtrade funding, late by milliseconds',
      'freqtrade_XRP_USDT_USDT-8h-funding_rate.feather',
      'freqtrade__XRPUSDT-perp__funding.parquet',
      91,
      { venue: 'freqtrade', symbol: 'XRPUSDT-perp' },
    ],
    [
      'LEAN minute zip of a perpetual',
      'lean_bybit_btcusdt_minute_20221213_trade.zip',
      'lean-bybit__BTCUSDT__1m_20221213.parquet',
      721,
      { venue: 'lean-bybit', symbol: 'BTCUSDT' },
    ],
    [
      'LEAN daily zip with zip64 sizes',
      'lean_coinbase_btcusd_daily_trade.zip',
      'lean-coinbase__BTCUSD__1d.parquet',
      1318,
      { venue: 'lean-coinbase', symbol: 'BTCUSD', interval: '1d' },
    ],
  ])('%s: %s has the rows of its Parquet twin', (_what, raw, twin, rows, flags) =>
    withStore(async () => {
      const first = await imported(join(RAW, raw), flags);
      expect(first).toMatchObject({ added: rows, unchanged: 0 });
      const second = await imported(join(SHARED, twin));
      expect(second.unchanged).toBe(rows);
      expect(second.symbol).toBe(first.symbol);
    }),
  );

  it('Binance futures zip has two hours that its twin has otherwise: refused, and the first named', () =>
    withStore(async () => {
      const raw = join(RAW, 'binance-vision_futures-um-klines-BTCUSDT-1h-2024-10-28.zip');
      await imported(join(SHARED, 'binance-usdm__BTCUSDT__1h_2019_2025.parquet'));
      const before = await store.datasets();
      const problem = await refused(raw);
      // The archive has an empty candle at 20:00 where the exchange's API later had 5536 BTC.
      expect(problem).toContain('line 22');
      expect(problem).toContain('2024-10-28T20:00');
      expect(problem).toContain('volume 5536.706');
      expect(problem).toContain('and 1 more row differs');
      expect(await store.datasets()).toEqual(before);
    }));

  it('the file "8m" of freqtrade holds minutes, and says so when given another interval', () =>
    withStore(async () => {
      const raw = join(RAW, 'freqtrade_UNITTEST_BTC-8m.json.gz');
      const flags = { venue: 'freqtrade', symbol: 'UNITTEST-BTC' };
      expect(await refused(raw, flags)).toContain('8m candles are not kept');
      expect(await refused(raw, { ...flags, interval: '5m' })).toContain(
        'must open on the 5m grid',
      );
      expect((await imported(raw, { ...flags, interval: '1m' })).kind).toBe('candles');
    }));

  it('freqtrade json of hours stays within 0.1 % of five minutes from another of its markets', () =>
    withStore(async () => {
      const flags = { venue: 'freqtrade', symbol: 'XRPUSDT-perp' };
      await imported(join(RAW, 'freqtrade_XRP_USDT_USDT-1h-futures.json.gz'), flags);
      await imported(join(SHARED, 'freqtrade__XRPUSDT-perp__5m.parquet'));
      const hours = await store.readCandles('freqtrade', 'XRPUSDT-perp', HOUR_MS, ...ALL);
      const fives = await store.readCandles('freqtrade', 'XRPUSDT-perp', 5 * MINUTE_MS, ...ALL);
      const opens = new Map(Array.from(fives.openMs, (ms, i) => [ms, fives.open[i]]));
      const both = Array.from(hours.openMs.keys()).filter((i) => opens.has(hours.openMs[i]!));
      expect(both.length).toBeGreaterThan(50);
      for (const i of both) {
        const ratio = hours.open[i]! / opens.get(hours.openMs[i]!)!;
        expect(Math.abs(ratio - 1)).toBeLessThan(0.001);
      }
    }));

  it('CryptoDataDownload has a day twice with other values: refused; without it, it is Binance', () =>
    withStore(async () => {
      const raw = join(RAW, 'cryptodatadownload_Binance_BTCUSDT_d.csv');
      expect(await refused(raw)).toMatch(/line 1190: .*other values than line 1189/);
      expect(await store.datasets()).toEqual([]);
      const lines = readFileSync(raw, 'utf8').split('\n');
      const mended = join(folder, 'Binance_BTCUSDT_d.csv');
      writeFileSync(mended, [...lines.slice(0, 1189), ...lines.slice(1190)].join('\n'));
      // Seconds until 2017-12-17, milliseconds after; newest first.
      expect(await imported(mended)).toMatchObject({
        venue: 'binance-spot',
        symbol: 'BTCUSDT',
        interval: '1d',
        added: 1311,
        fromMs: Date.UTC(2017, 7, 17),
        toMs: Date.UTC(2021, 2, 19),
        gaps: [],
      });
      await imported(join(SHARED, 'binance-spot__BTCUSDT__1h_2020_2025.parquet'));
      const from = Date.UTC(2020, 0, 1);
      const days = await store.readCandles(
        'binance-spot',
        'BTCUSDT',
        DAY_MS,
        from,
        Date.UTC(2021, 2, 18),
      );
      const hours = await store.readCandles(
        'binance-spot',
        'BTCUSDT',
        HOUR_MS,
        from,
        Date.UTC(2021, 2, 18),
      );
      const closes = new Map(Array.from(hours.openMs, (ms, i) => [ms, hours.close[i]!]));
      const same = Array.from(days.openMs.keys()).filter((i) => {
        return closes.get(days.openMs[i]! + 23 * HOUR_MS) === days.close[i];
      });
      expect(days.openMs).toHaveLength(442);
      expect(same.length).toBeGreaterThan(430);
    }));

  it('LEAN margin interest is funding', () =>
    withStore(async () => {
      const raw = join(RAW, 'lean_bybit_margin_interest_btcusdt.csv');
      await imported(raw, { venue: 'bybit-perp', symbol: 'BTCUSDT' });
      const { atMs, rate } = await store.readFunding('bybit-perp', 'BTCUSDT', ...ALL);
      expect(Array.from(atMs)).toEqual([0, 8, 16].map((h) => Date.UTC(2022, 11, 13, h)));
      expect(Array.from(rate)).toEqual([-0.0002016, -0.00022398, -0.00038555]);
    }));

  it('the broken pager of a testnet is imported as it is, with its holes reported', () =>
    withStore(async () => {
      const raw = join(RAW, 'DIRTY_bybit-testnet_BTCUSDT_1m_cut2000.csv');
      const outcome = await imported(raw);
      expect(outcome).toMatchObject({
        venue: 'bybit-testnet',
        added: 2000,
        fromMs: Date.UTC(2025, 8, 1, 8, 2),
        toMs: Date.UTC(2025, 8, 7, 17, 30),
      });
      expect(outcome.gaps.map(({ missing }) => missing)).toEqual(Array(9).fill(801));
    }));

  // Counted, added up and looked up in the originals with other tools (awk, zcat, a calculator).
  it('aggregated trades become the candles of their day, with what takers bought', () =>
    withStore(async () => {
      const name = 'binance-vision_spot-PEPEUSDT-aggTrades-2024-10-27.zip';
      const outcome = await imported(join(RAW, name));
      expect(outcome).toMatchObject({ kind: 'candles', interval: '1m', added: 1440, gaps: [] });
      const [candles, flow] = await rowsOf(['candles', 'flow']);
      const sum = (column: Float64Array) => column.reduce((a, b) => a + b, 0);
      // awk: sum of column 3, and of those whose buyer was not the maker.
      expect(sum(candles![5]!)).toBeCloseTo(PEPE.volume, 2);
      expect(sum(flow![1]!)).toBeCloseTo(PEPE.bought, 2);
      expect(candles!.slice(1).map((column) => column[0])).toEqual(PEPE.first);
      // The same trades as Parquet, whose name promises no whole day: all but the outermost minutes.
      const twin = await imported(`${SHARED}binance-spot__PEPEUSDT__aggtrades_20241027.parquet`);
      expect(twin).toMatchObject({ added: 0, unchanged: 1438 });
    }));

  it('trades of Kraken, quotes of LEAN, books of Tardis and hftbacktest are read', () =>
    withStore(async () => {
      const kraken = await imported(join(RAW, 'kraken-trades_BCHEUR.csv'));
      // 1672531647: 90.36, alone in its minute; the trades at 04:03:56 and 04:04:31 are cut or kept.
      expect(kraken).toMatchObject({ venue: 'kraken-spot', symbol: 'BCHEUR', also: [] });
      const lean = await imported(join(RAW, 'lean_bybit_btcusdt_minute_20221213_quote.zip'));
      expect(lean).toMatchObject({ kind: 'spread', venue: 'bybit-perp', symbol: 'BTCUSDT' });
      const tardis = join(RAW, 'tardis_binance-futures_book_snapshot_25_BTCUSDT.csv');
      expect(await imported(tardis)).toMatchObject({ kind: 'spread', venue: 'binance-usdm' });
      const hft = join(RAW, 'hftbacktest_hyperliquid_l2book_btcusd_20250126.gz');
      expect(await imported(hft)).toMatchObject({ kind: 'spread', venue: 'hyperliquid' });
      const spreads = await rowsOf(['spread']);
      // First minute: bid 17199, ask 17199.5 at its close; half the spread over the middle, in bps.
      expect(spreads[0]![0]![0]).toBe(Date.UTC(2022, 11, 13, 0, 1));
      expect(spreads[0]![1]![0]).toBeCloseTo((10_000 * 0.25) / 17_199.25, 9);
    }));

  it('monthly candles cannot be passed off as daily ones', () =>
    withStore(async () => {
      const raw = join(RAW, 'backtestingpy_BTCUSD.csv');
      const flags = { venue: 'x', symbol: 'BTCUSD', interval: '1d' };
      expect(await refused(raw, flags)).toContain('must have candles 1d apart');
    }));
});
