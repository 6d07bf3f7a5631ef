// The demonstration market: made once, whole or not at all.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEMO, ensureDemo } from '../../data/demo.ts';
import { digestColumns } from '../../data/digest.ts';
import { openStore } from '../../data/store.ts';
import { generateMarket } from '../../data/synthetic.ts';
import { InputError } from '../../engine/errors.ts';
import { HOUR_MS, MINUTE_MS } from '../../engine/interval.ts';

let folder: string;
let market: ReturnType<typeof generateMarket>;
beforeAll(() => {
  market = generateMarket(DEMO.market);
  folder = mkdtempSync(join(tmpdir(), 'sapphire-demo-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

// 2025-01-01 to 2025-07-01 has 31 + 28 + 31 + 30 + 31 + 30 = 181 days.
const CANDLES = 181 * 1440;

describe('the demonstration market', () => {
  it('has the numbers of generator version 1: others need another GENERATOR_VERSION', () => {
    const [btc] = market;
    expect(digestColumns(btc!.candles, btc!.funding).slice(0, 16)).toBe('c26a3207740c05d0');
  });

  it('is written once, is synthetic throughout, and a second call finds it', async () => {
    const path = join(folder, 'first', 'demo.duckdb');
    const progress: [number, number][] = [];
    const first = await ensureDemo(path, { onProgress: (...step) => progress.push(step) });
    expect(first).toEqual({ created: true, datasets: 12, candles: 6 * CANDLES });
    expect(progress).toEqual([0, 1, 2, 3, 4, 5, 6].map((k) => [k * CANDLES, 6 * CANDLES]));

    const store = await openStore(path);
    const datasets = await store.datasets();
    expect(datasets).toHaveLength(12);
    expect(datasets.every((row) => row.synthetic && row.venue === 'synthetic')).toBe(true);
    const candles = datasets.filter((row) => row.kind === 'candles');
    expect(candles.map((row) => row.symbol)).toEqual([...DEMO.symbols]);
    for (const row of candles) {
      expect(row).toMatchObject({ interval: '1m', rows: CANDLES, fromMs: Date.UTC(2025, 0, 1) });
      expect(row.toMs).toBe(Date.UTC(2025, 6, 1) - MINUTE_MS);
    }
    const instrument = await store.instrument('synthetic', 'BTCUSDC');
    expect(instrument).toMatchObject({ source: 'synthetic', takerFeeBps: 4.5, makerFeeBps: 1.5 });
    const doge = market[3]!;
    const range = [DEMO.fromMs, DEMO.toMs] as const;
    const read = await store.readCandles('synthetic', 'DOGEUSDC', MINUTE_MS, ...range);
    // Bit for bit, and much faster than a comparison of 1.5 million numbers one by one.
    expect(digestColumns(read, doge.funding)).toBe(digestColumns(doge.candles, doge.funding));
    const funding = await store.readFunding('synthetic', 'DOGEUSDC', ...range);
    expect(funding).toEqual(doge.funding);
    expect(funding.atMs[1]).toBe(DEMO.fromMs + 8 * HOUR_MS);
    store.close();

    const second = await ensureDemo(path, { onProgress: () => expect.unreachable() });
    expect(second).toEqual({ created: false, datasets: 12, candles: 6 * CANDLES });
  });

  it('is whole after a process that was killed while writing it', async () => {
    const path = join(folder, 'killed.duckdb');
    const demo = new URL('../../data/demo.ts', import.meta.url).href;
    const script = `
      import { ensureDemo } from ${JSON.stringify(demo)};
      const onProgress = (done) => { if (done > ${CANDLES}) process.kill(process.pid, 'SIGKILL'); };
      await ensureDemo(${JSON.stringify(path)}, { onProgress });`;
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', script]);
    expect(child.signal).toBe('SIGKILL');
    expect(existsSync(path)).toBe(false);
    const again = await ensureDemo(path);
    expect(again).toEqual({ created: true, datasets: 12, candles: 6 * CANDLES });
    const store = await openStore(path);
    expect((await store.datasets()).filter((row) => row.rows === CANDLES)).toHaveLength(6);
    store.close();
    expect(readdirSync(folder).filter((name) => name.startsWith('killed'))).toEqual([
      'killed.duckdb',
    ]);
  });

  it('joins real history in a store that has some, and leaves it as it was', async () => {
    const path = join(folder, 'shared.duckdb');
    const store = await openStore(path, { write: true });
    const { candles } = generateMarket({ ...DEMO.market, candles: 60 })[0]!;
    const source = { file: 'mine.csv', sha256: '0'.repeat(64), importer: 'test' };
    await store.writeCandles({ venue: 'real', symbol: 'BTCUSDC', interval: '1m' }, candles, source);
    const [mine] = await store.datasets();
    store.close();
    expect((await ensureDemo(path)).created).toBe(true);
    const reader = await openStore(path);
    const datasets = await reader.datasets();
    reader.close();
    expect(datasets).toHaveLength(13);
    expect(datasets[0]).toEqual(mine);
  });

  it('is refused where another market has its names, and nothing is written', async () => {
    const path = join(folder, 'other.duckdb');
    const store = await openStore(path, { write: true });
    const { candles } = generateMarket({ ...DEMO.market, seed: 8, candles: 60 })[0]!;
    const source = { file: 'synthetic', sha256: '0'.repeat(64), importer: 'generator' };
    const target = { venue: 'synthetic', symbol: 'BTCUSDC', interval: '1m', synthetic: true };
    await store.writeCandles(target, candles, source);
    store.close();
    await expect(ensureDemo(path)).rejects.toThrow(InputError);
    await expect(ensureDemo(path)).rejects.toThrow(/must hold no other market at venue synthetic/);
    const reader = await openStore(path);
    expect(await reader.datasets()).toHaveLength(1);
    reader.close();
  });
});
