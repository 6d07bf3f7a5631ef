// Any candles survive the store and both file formats bit for bit; exports are whole or not there.

import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestColumns } from '../../data/digest.ts';
import { exportDataset } from '../../data/export.ts';
import { importFile } from '../../data/importers/import.ts';
import { openStore, type Store } from '../../data/store.ts';
import { HOUR_MS } from '../../engine/interval.ts';
import type { CandleArrays } from '../../engine/market/column.ts';

const ALL = { fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY };
const SOURCE = { file: 'random', sha256: 'none', importer: 'test' };

let folder: string;
let made = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sapphire-roundtrip-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const fresh = () => openStore(join(folder, `store-${made++}.duckdb`), { write: true });
const readAll = (store: Store, symbol: string) =>
  store.readCandles('v', symbol, HOUR_MS, ALL.fromMs, ALL.toMs);

const price = fc.double({ min: 1e-12, max: 1e12, noNaN: true });
const candle = fc.record({
  hour: fc.integer({ min: 400_000, max: 500_000 }),
  prices: fc.tuple(price, price, price, price).map((four) => [...four].sort((a, b) => a - b)),
  closeIsLower: fc.boolean(),
  volume: fc.double({ min: 0, max: 1e15, noNaN: true }),
});
const candleSet = fc
  .uniqueArray(candle, { selector: ({ hour }) => hour, minLength: 1, maxLength: 60 })
  .map((list) => {
    // Two neighbours, so that the set is believed to be hourly.
    const hours = new Map(list.map((one) => [one.hour, one]));
    const first = [...hours.keys()].sort((a, b) => a - b)[0]!;
    if (!hours.has(first + 1)) hours.set(first + 1, { ...hours.get(first)!, hour: first + 1 });
    const sorted = [...hours.values()].sort((a, b) => a.hour - b.hour);
    const column = (value: (one: (typeof sorted)[number]) => number) =>
      Float64Array.from(sorted, value);
    return {
      openMs: column(({ hour }) => hour * HOUR_MS),
      open: column(({ prices, closeIsLower }) => prices[closeIsLower ? 2 : 1]!),
      high: column(({ prices }) => prices[3]!),
      low: column(({ prices }) => prices[0]!),
      close: column(({ prices, closeIsLower }) => prices[closeIsLower ? 1 : 2]!),
      volume: column(({ volume }) => volume),
    } satisfies CandleArrays;
  });

describe('any set of candles', () => {
  it('comes out of the store, and back through csv and Parquet, bit for bit', async () => {
    const store = await fresh();
    let symbol = 0;
    const property = fc.asyncProperty(
      candleSet,
      fc.integer({ min: 0, max: 60 }),
      async (all, cut) => {
        const name = `S${symbol++}`;
        const target = { venue: 'v', symbol: name, interval: '1h' };
        // In two parts that overlap, the later one first.
        const part = (from: number, to?: number) =>
          Object.fromEntries(
            Object.entries(all).map(([key, column]) => [key, column.slice(from, to)]),
          ) as unknown as CandleArrays;
        const at = Math.min(cut, all.openMs.length - 1);
        await store.writeCandles(target, part(at), SOURCE);
        await store.writeCandles(target, part(0, at + 1), SOURCE);
        expect(await readAll(store, name)).toEqual(all);
        const dataset = (await store.datasets()).find((one) => one.symbol === name)!;
        expect(dataset.digest).toBe(digestColumns(all));
        for (const ending of ['csv', 'parquet']) {
          const out = join(folder, `v__${name}x${ending}__1h.${ending}`);
          expect(await exportDataset(store, dataset, { out, ...ALL, force: false })).toBe(
            all.openMs.length,
          );
          const outcome = await importFile({ path: out, named: true }, {}, async () => store);
          if (outcome.status !== 'imported') throw new Error(JSON.stringify(outcome));
          expect(await readAll(store, `${name}x${ending}`)).toEqual(all);
        }
      },
    );
    await fc.assert(property, { seed: 20_251, numRuns: 25 });
    store.close();
  });
});

describe('an export', () => {
  const one = (x: number) => Float64Array.of(x, x + 0.25);
  const two: CandleArrays = {
    openMs: Float64Array.of(0, HOUR_MS),
    open: one(2),
    high: one(3),
    low: one(1),
    close: one(2),
    volume: one(0),
  };

  it('leaves a file that is there alone, unless forced, and no unfinished one behind', async () => {
    const store = await fresh();
    await store.writeCandles({ venue: 'v', symbol: 'S', interval: '1h' }, two, SOURCE);
    const [dataset] = await store.datasets();
    const where = mkdtempSync(join(folder, 'out-'));
    const out = join(where, 'a.csv');
    writeFileSync(out, 'mine');
    const request = { out, ...ALL, force: false };
    await expect(exportDataset(store, dataset!, request)).rejects.toThrow('must not exist yet');
    expect(await exportDataset(store, dataset!, { ...request, force: true })).toBe(2);
    await expect(
      exportDataset(store, dataset!, { ...request, out: join(where, 'b.csv'), fromMs: 1e15 }),
    ).rejects.toThrow('must have rows');
    await expect(
      exportDataset(store, dataset!, { ...request, out: join(where, 'none', 'b.xls') }),
    ).rejects.toThrow(/must end in[\s\S]*must be in a folder/);
    expect(readdirSync(where)).toEqual(['a.csv']);
    store.close();
  });

  it('takes rows from `from` to `to`, to left out, and works for a quote in the path', async () => {
    const store = await fresh();
    await store.writeCandles({ venue: 'v', symbol: 'S', interval: '1h' }, two, SOURCE);
    const [dataset] = await store.datasets();
    const out = join(folder, "it's.parquet");
    const request = { out, fromMs: 0, toMs: HOUR_MS, force: false };
    expect(await exportDataset(store, dataset!, request)).toBe(1);
    expect(existsSync(out)).toBe(true);
    const back = { venue: 'v', symbol: 'T', interval: '1h' };
    // Times of 1970 are refused by importers: numbers that small are counters, not times.
    const outcome = await importFile({ path: out, named: true }, back, async () => store);
    expect(outcome).toMatchObject({ status: 'failed' });
    store.close();
  });
});
