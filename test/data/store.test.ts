// Opening and reading the store: who may have it open, which files are none, and that a windowed read
// gives exactly the rows asked for.

import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openStore, type Store, StoreLockedError } from '../../data/store.ts';
import { HOUR_MS, MINUTE_MS } from '../../engine/interval.ts';
import {
  ALL,
  candles,
  folder,
  freshStore,
  from,
  problemOf,
  readAll,
  START_MS,
  sql,
  TARGET,
} from './store-room.ts';

describe('opening a store', () => {
  it('names the missing file and the commands that make one', async () => {
    const path = join(folder, 'missing.duckdb');
    const message = await problemOf(openStore(path, {}));
    expect(message).toContain(path);
    expect(message).toContain('npm run data -- fetch');
    expect(message).toContain('`demo`');
  });

  it('refuses a folder, an empty file, a web page and half a database, for reading and writing', async () => {
    const { path, store } = await freshStore();
    await store.writeCandles(TARGET, candles(0, 5000), from('a'));
    store.close();
    const bad = join(folder, 'bad');
    mkdirSync(bad);
    const half = readFileSync(path).subarray(0, 20_000);
    for (const [name, content] of Object.entries({
      empty: '',
      page: '<html></html>'.repeat(2000),
      half,
    })) {
      const file = join(bad, `${name}.duckdb`);
      writeFileSync(file, content);
      for (const write of [false, true]) {
        expect(await problemOf(openStore(file, { write }))).toContain(file);
      }
    }
    expect(await problemOf(openStore(bad, {}))).toContain('must be a file');
  });

  it('refuses a DuckDB file that is no store, and a store of another version', async () => {
    const other = join(folder, 'other.duckdb');
    await sql(other, 'CREATE TABLE candle (x INTEGER)');
    expect(await problemOf(openStore(other, { write: true }))).toContain('market data store');
    const { path, store } = await freshStore();
    store.close();
    await sql(path, 'UPDATE sapphire_schema SET version = 99');
    expect(await problemOf(openStore(path, {}))).toContain('schema version 1');
  });

  it('says that a page of it is corrupt instead of giving wrong prices', async () => {
    const { path, store } = await freshStore();
    await store.writeCandles(TARGET, candles(0, 200_000), from('a'));
    store.close();
    const bytes = readFileSync(path);
    // Block 0 and the headers stay whole: what is damaged holds columns.
    bytes.fill(0x5a, 600_000, 700_000);
    writeFileSync(path, bytes);
    const damaged = await openStore(path, {});
    expect(await problemOf(readAll(damaged))).toMatch(/readable DuckDB file.*checksum/i);
    damaged.close();
  });

  it('lets one writer in, or many readers, within one process', async () => {
    const { path, store } = await freshStore();
    await expect(openStore(path, { write: true })).rejects.toBeInstanceOf(StoreLockedError);
    await expect(openStore(path, {})).rejects.toMatchObject({ exitCode: 7 });
    store.close();
    store.close();
    const readers = [await openStore(path, {}), await openStore(path, {})];
    await expect(openStore(path, { write: true })).rejects.toBeInstanceOf(StoreLockedError);
    for (const reader of readers) reader.close();
    (await openStore(path, { write: true })).close();
  });

  it('refuses a second writer, and a reader, in another process', async () => {
    const { path, store } = await freshStore();
    const module = new URL('../../data/store.ts', import.meta.url).href;
    for (const write of [true, false]) {
      const script = `import(${JSON.stringify(module)})
        .then(({ openStore }) => openStore(${JSON.stringify(path)}, { write: ${write} }))
        .catch((error) => console.log(error.constructor.name, error.exitCode))`;
      const child = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
      expect(child.stdout.trim()).toBe('StoreLockedError 7');
    }
    store.close();
  });

  it('is not changed by anybody who opened it for reading', async () => {
    const { path, store } = await freshStore();
    await store.writeCandles(TARGET, candles(0, 3), from('a'));
    store.close();
    const before = readFileSync(path);
    const reader = await openStore(path, {});
    const message = await problemOf(
      (reader as Store).writeCandles(TARGET, candles(3, 3), from('b')),
    );
    expect(message).toContain('must be opened for writing');
    await readAll(reader);
    reader.close();
    expect(readFileSync(path).equals(before)).toBe(true);
  });
});

describe('reading candles', () => {
  it('takes the candle that opens at `from` and leaves the one that opens at `to`', async () => {
    const { store } = await freshStore();
    await store.writeCandles(TARGET, candles(0, 10), from('a'));
    const rows = async (fromMs: number, toMs: number) =>
      Array.from(
        (await store.readCandles('binance-usdm', 'BTCUSDT', MINUTE_MS, fromMs, toMs)).volume,
      );
    const at = (row: number) => START_MS + row * MINUTE_MS;
    expect(await rows(at(2), at(5))).toEqual([2, 3, 4]);
    expect(await rows(at(2) + 1, at(5) + 1)).toEqual([3, 4, 5]);
    expect(await rows(at(2) - 0.5, at(5) - 0.5)).toEqual([2, 3, 4]);
    expect(await rows(at(-5), at(2))).toEqual([0, 1]);
    expect(await rows(at(9), at(50))).toEqual([9]);
    expect(await rows(at(5), at(5))).toEqual([]);
    expect(await rows(at(6), at(5))).toEqual([]);
    expect(await rows(at(10), at(50))).toEqual([]);
    store.close();
  });

  it('in windows gives what one ordered query gives, whatever the order of import', async () => {
    // 150,000 rows are three windows; the middle is imported last, and a hole of a day is left.
    const { path, store } = await freshStore();
    await store.writeCandles(TARGET, candles(100_000, 50_000), from('c'));
    await store.writeCandles(TARGET, candles(0, 30_000), from('a'));
    await store.writeCandles(TARGET, candles(31_440, 68_560), from('b'));
    await store.writeCandles({ ...TARGET, symbol: 'ETHUSDT' }, candles(7, 40_000), from('e'));
    const read = await readAll(store);
    store.close();
    expect(read.openMs).toHaveLength(148_560);
    const whole = await sql(
      path,
      `SELECT open_ms::DOUBLE, open, high, low, close, volume FROM candle
       WHERE dataset = 1 ORDER BY open_ms`,
    );
    const columns = [read.openMs, read.open, read.high, read.low, read.close, read.volume];
    columns.forEach((column, j) => {
      expect(column).toEqual(Float64Array.from(whole[j]! as number[]));
    });
  });

  it('says which intervals and symbols there are when asked for others', async () => {
    const { store } = await freshStore();
    await store.writeCandles(TARGET, candles(0, 3), from('a'));
    const wrongInterval = store.readCandles('binance-usdm', 'BTCUSDT', HOUR_MS, ...ALL);
    expect(await problemOf(wrongInterval)).toContain('it has 1m');
    const wrongSymbol = store.readCandles('binance-usdm', 'BTCUSD', MINUTE_MS, ...ALL);
    expect(await problemOf(wrongSymbol)).toContain('did you mean binance-usdm BTCUSDT?');
    store.close();
  });

  it('may be asked for many at once', async () => {
    const { store } = await freshStore();
    const symbols = ['A', 'B', 'C', 'D'];
    await Promise.all(
      symbols.map((symbol, k) =>
        store.writeCandles({ ...TARGET, symbol }, candles(k * 1000, 500), from(symbol)),
      ),
    );
    const read = await Promise.all(
      symbols.map((symbol) => store.readCandles('binance-usdm', symbol, MINUTE_MS, ...ALL)),
    );
    expect(read.map((one) => one.volume[0])).toEqual([0, 1000, 2000, 3000]);
    expect(read.map((one) => one.openMs.length)).toEqual([500, 500, 500, 500]);
    store.close();
  });
});
