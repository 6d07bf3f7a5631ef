// Writing the store: all or nothing, the same twice is nothing, and what differs is refused by name.

import { spawn } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { digestColumns } from '../../data/digest.ts';
import { openStore } from '../../data/store.ts';
import { HOUR_MS, MINUTE_MS } from '../../engine/interval.ts';
import type { CandleArrays } from '../../engine/market/column.ts';
import {
  ALL,
  candles,
  freshStore,
  from,
  problemOf,
  readAll,
  START_MS,
  TARGET,
} from './store-room.ts';

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
