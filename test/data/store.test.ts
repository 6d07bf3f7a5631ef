import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestColumns } from '../../data/digest.ts';
import { openStore, type Provenance, type Store, StoreLockedError } from '../../data/store.ts';
import { InputError } from '../../engine/errors.ts';
import { HOUR_MS, MINUTE_MS } from '../../engine/interval.ts';
import type { CandleArrays } from '../../engine/market/column.ts';

let folder: string;
let made = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sapphire-store-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const START_MS = Date.UTC(2025, 0, 30, 22);
const TARGET = { venue: 'binance-usdm', symbol: 'BTCUSDT', interval: '1m' };
const ALL = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const;
const from = (file: string): Provenance => ({ file, sha256: `sha of ${file}`, importer: 'test' });

/** Candles of a minute each whose prices tell their row; volume is the row number. */
function candles(firstRow: number, rows: number): CandleArrays {
  const column = (value: (row: number) => number) =>
    Float64Array.from({ length: rows }, (_, k) => value(firstRow + k));
  return {
    openMs: column((row) => START_MS + row * MINUTE_MS),
    open: column((row) => 100 + row / 7),
    high: column((row) => 102 + row / 7),
    low: column((row) => 99 + row / 7),
    close: column((row) => 101 + row / 7),
    volume: column((row) => row),
  };
}

async function freshStore(): Promise<{ path: string; store: Store }> {
  const path = join(folder, `store-${made++}.duckdb`);
  return { path, store: await openStore(path, { write: true }) };
}

const readAll = (store: Store) => store.readCandles('binance-usdm', 'BTCUSDT', MINUTE_MS, ...ALL);

async function problemOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => new Error('nothing was thrown'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(InputError);
  return (error as InputError).message;
}

describe('opening a store', () => {
  it('names the missing file and the commands that make one', async () => {
    const path = join(folder, 'missing.duckdb');
    const message = await problemOf(openStore(path, {}));
    expect(message).toContain(path);
    expect(message).toContain('npm run data -- import');
    expect(message).toContain('npm run data -- demo');
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
    const message = await problemOf(reader.writeCandles(TARGET, candles(3, 3), from('b')));
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

describe('writing', () => {
  it('twice changes nothing: same digest, same rows, one source entry', async () => {
    const { store } = await freshStore();
    expect(await store.writeCandles(TARGET, candles(0, 5000), from('a'))).toEqual({
      added: 5000,
      unchanged: 0,
      conflicts: 0,
    });
    const before = await store.datasets();
    expect(await store.writeCandles(TARGET, candles(0, 5000), from('a'))).toEqual({
      added: 0,
      unchanged: 5000,
      conflicts: 0,
    });
    expect(await store.datasets()).toEqual(before);
    expect(before[0]!.sources).toEqual([
      { file: 'a', sha256: 'sha of a', importer: 'test', rows: 5000 },
    ]);
    store.close();
  });

  it('in overlapping parts, in any order, gives the digest of writing it at once', async () => {
    const once = await freshStore();
    await once.store.writeCandles(TARGET, candles(0, 9000), from('all'));
    const parts = await freshStore();
    await parts.store.writeCandles(TARGET, candles(4000, 5000), from('late'));
    const overlap = await parts.store.writeCandles(TARGET, candles(0, 4500), from('early'));
    expect(overlap).toEqual({ added: 4000, unchanged: 500, conflicts: 0 });
    const [whole] = await once.store.datasets();
    const [joined] = await parts.store.datasets();
    expect(joined!.digest).toBe(whole!.digest);
    expect(joined).toMatchObject({ rows: 9000, fromMs: whole!.fromMs, toMs: whole!.toMs });
    expect(digestColumns(await readAll(parts.store))).toBe(whole!.digest);
    once.store.close();
    parts.store.close();
  });

  it('refuses all rows when one differs, naming the place and both values', async () => {
    const { store } = await freshStore();
    await store.writeCandles(TARGET, candles(0, 100), from('a'));
    const before = await store.datasets();
    const other = candles(50, 100);
    other.close[7] = 108.5;
    const source = { ...from('b.csv'), place: (row: number) => `b.csv: line ${row + 2}` };
    const message = await problemOf(store.writeCandles(TARGET, other, source));
    expect(message).toContain('b.csv: line 9');
    expect(message).toContain(`close ${101 + 57 / 7}`);
    expect(message).toContain('close 108.5');
    expect(await store.datasets()).toEqual(before);
    store.close();
  });

  it('with replace takes the new values and keeps the rows around them', async () => {
    const { store } = await freshStore();
    await store.writeCandles(TARGET, candles(0, 100), from('a'));
    const other = candles(50, 100);
    other.close[7] = 108.5;
    other.close[9] = 108.75;
    const outcome = await store.writeCandles(TARGET, other, from('b'), { replace: true });
    expect(outcome).toEqual({ added: 50, unchanged: 48, conflicts: 2 });
    const read = await readAll(store);
    expect(read.openMs).toHaveLength(150);
    expect([read.close[56], read.close[57], read.close[59]]).toEqual([101 + 56 / 7, 108.5, 108.75]);
    const [dataset] = await store.datasets();
    expect(dataset!.digest).toBe(digestColumns(read));
    expect(dataset!.sources.map(({ rows }) => rows)).toEqual([100, 52]);
    store.close();
  });

  it.each<[string, (c: CandleArrays) => void]>([
    ['a price that is no number', (c) => c.open.fill(Number.NaN, 3, 4)],
    ['an infinite volume', (c) => c.volume.fill(Number.POSITIVE_INFINITY, 3, 4)],
    ['a price of zero', (c) => c.low.fill(0, 3, 4)],
    ['a low above the open', (c) => c.low.fill(1e6, 3, 4)],
    ['a time off the grid', (c) => c.openMs.fill(START_MS + 3 * MINUTE_MS + 1, 3, 4)],
    ['a time twice', (c) => c.openMs.fill(START_MS + 2 * MINUTE_MS, 3, 4)],
  ])('refuses %s from anybody, and nothing is left of it', async (_what, spoil) => {
    const { store } = await freshStore();
    const spoilt = candles(0, 10);
    spoil(spoilt);
    expect(await problemOf(store.writeCandles(TARGET, spoilt, from('a')))).toContain('a: row 4');
    expect(await store.datasets()).toEqual([]);
    store.close();
  });

  it('keeps synthetic and real history apart', async () => {
    const { store } = await freshStore();
    await store.writeCandles({ ...TARGET, synthetic: true }, candles(0, 5), from('generator'));
    expect(await problemOf(store.writeCandles(TARGET, candles(5, 5), from('a')))).toContain(
      'synthetic',
    );
    store.close();
  });

  it('inside a transaction is undone by an error that comes later', async () => {
    const { store } = await freshStore();
    await store.writeCandles(TARGET, candles(0, 5), from('a'));
    const before = await store.datasets();
    const work = store.transaction(async () => {
      await store.writeCandles(TARGET, candles(5, 5), from('b'));
      expect((await readAll(store)).openMs).toHaveLength(10);
      throw new Error('the power goes');
    });
    await expect(work).rejects.toThrow('the power goes');
    expect(await store.datasets()).toEqual(before);
    expect((await readAll(store)).openMs).toHaveLength(5);
    store.close();
  });

  it('that is killed halfway leaves the store as it was', async () => {
    const { path, store } = await freshStore();
    await store.writeCandles(TARGET, candles(0, 5), from('a'));
    const before = await store.datasets();
    store.close();
    const module = new URL('../../data/store.ts', import.meta.url).href;
    const script = `
      const { openStore } = await import(${JSON.stringify(module)});
      const store = await openStore(${JSON.stringify(path)}, { write: true });
      const one = (x) => Float64Array.of(x);
      await store.transaction(async () => {
        for (let k = 0; k < 100; k++) {
          const candles = { openMs: one(k * 60000), open: one(1), high: one(1), low: one(1),
            close: one(1), volume: one(1) };
          await store.writeCandles({ venue: 'v', symbol: 'S' + k, interval: '1m' }, candles,
            { file: 'f', sha256: 's', importer: 'i' });
        }
        console.log('written');
        await new Promise(() => setInterval(() => {}, 1000));
      });`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
    await new Promise((resolve) => child.stdout.once('data', resolve));
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    const reader = await openStore(path, {});
    expect(await reader.datasets()).toEqual(before);
    reader.close();
  });
});

describe('funding, series and instruments', () => {
  it('funding of an unknown symbol is empty, of a known one cut at both ends', async () => {
    const { store } = await freshStore();
    const atMs = Float64Array.of(0, 8, 16, 24).map((h) => START_MS + h * HOUR_MS);
    const rate = Float64Array.of(0.0001, -0.0002, 0.0003, 0);
    const target = { venue: 'binance-usdm', symbol: 'BTCUSDT' };
    await store.writeFunding(target, { atMs, rate }, from('f'));
    const read = await store.readFunding('binance-usdm', 'BTCUSDT', atMs[1]!, atMs[3]!);
    expect(read).toEqual({ atMs: atMs.slice(1, 3), rate: rate.slice(1, 3) });
    const none = await store.readFunding('binance-usdm', 'ETHUSDT', ...ALL);
    expect(none.atMs).toHaveLength(0);
    store.close();
  });

  it('a series begins with the value that was known at `from`', async () => {
    const { store } = await freshStore();
    const publishedMs = Float64Array.of(10, 20, 30, 40);
    const value = Float64Array.of(1, 2, 3, 4);
    await store.writeSeries('feargreed', { publishedMs, value }, from('s'));
    const values = async (fromMs: number, toMs: number) =>
      Array.from((await store.readSeries('feargreed', fromMs, toMs))!.value);
    expect(await values(25, 40)).toEqual([2, 3]);
    expect(await values(20, 41)).toEqual([2, 3, 4]);
    expect(await values(5, 15)).toEqual([1]);
    expect(await values(90, 99)).toEqual([4]);
    expect(await values(0, 10)).toEqual([]);
    expect(await store.readSeries('other', 0, 1)).toBeNull();
    expect((await store.datasets())[0]).toMatchObject({ venue: 'feargreed', symbol: '' });
    store.close();
  });

  it('an instrument is assumed until rules are stored, then the newest hold', async () => {
    const { store } = await freshStore();
    await store.writeCandles({ ...TARGET, symbol: 'XYZUSDT' }, candles(0, 5), from('a'));
    const assumed = await store.instrument('binance-usdm', 'XYZUSDT');
    // The last price is 101.57: five figures are a tick of 0.01, a lot is worth $0.1.
    expect(assumed).toMatchObject({ source: 'assumed', tickSize: 0.01, lotSize: 0.001 });
    const rules = { ...assumed, source: 'venue' as const, takerFeeBps: 4, validFromMs: 5 };
    await store.writeInstrument(rules);
    await store.writeInstrument({ ...rules, takerFeeBps: 3, validFromMs: 4 });
    expect(await store.instrument('binance-usdm', 'XYZUSDT')).toEqual(rules);
    await store.writeInstrument({ ...rules, takerFeeBps: -1 });
    expect((await store.instrument('binance-usdm', 'XYZUSDT')).takerFeeBps).toBe(-1);
    await expect(store.writeInstrument({ ...rules, lotSize: 0 })).rejects.toThrow('lotSize');
    store.close();
  });
});

/** One statement on a file that no store has open; columns of its result. */
async function sql(path: string, statement: string): Promise<unknown[][]> {
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  const columns = (await connection.runAndReadAll(statement)).getColumnsJS();
  connection.closeSync();
  instance.closeSync();
  return columns;
}
