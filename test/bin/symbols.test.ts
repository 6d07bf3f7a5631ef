// An asset by another name than the store has, in every verb that takes symbols: the same run by digest,
// and the terminal says what was taken.

import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { programFor } from '../../bin/main.ts';
import { openStore } from '../../data/store.ts';
import { HOUR_MS } from '../../engine/interval.ts';
import { candleArrays } from '../../engine/market/column.ts';
import { room } from '../support/cli.ts';
import { startAsterServer } from '../support/venues/aster-server.ts';
import { inventedCandles } from '../support/venues/candles.ts';

const here = room('symbols');
const db = here.at('market.duckdb');
const TOLD = 'symbol: PEPE is 1000PEPEUSDT of binance-usdm: factor 1000, a price of 1,000 PEPE\n';

beforeAll(async () => {
  const store = await openStore(db, { write: true });
  const candles = candleArrays(300);
  for (const [i, one] of inventedCandles(9, 1_735_689_600_000, 300, HOUR_MS, 0.02).entries()) {
    for (const key of ['openMs', 'open', 'high', 'low', 'close', 'volume'] as const) {
      candles[key][i] = one[key];
    }
  }
  const source = { file: 'test.csv', sha256: '0'.repeat(64), importer: 'test' };
  const target = { venue: 'binance-usdm', symbol: '1000PEPEUSDT', interval: '1h' };
  await store.writeCandles(target, candles, source);
  store.close();
});
afterAll(() => here.remove());

/** In this process; what it writes. */
async function said(words: readonly string[]): Promise<{ out: string; err: string }> {
  const texts = { out: '', err: '' };
  const spies = (['out', 'err'] as const).map((to) =>
    vi.spyOn(process[`std${to}`], 'write').mockImplementation((text) => {
      texts[to] += String(text);
      return true;
    }),
  );
  vi.stubEnv('SAPPHIRE_RUNS', here.at('runs'));
  try {
    await (await programFor(words)).parseAsync(words, { from: 'user' });
  } finally {
    for (const spy of spies) spy.mockRestore();
    vi.unstubAllEnvs();
    process.exitCode = undefined;
  }
  return texts;
}

it('a backtest by another name of an asset is the same run, config and all, and says what it took', async () => {
  const words = (symbol: string) => [
    'backtest',
    '--strategy',
    'sma-cross',
    '--symbols',
    symbol,
    '--db',
    db,
    '--json',
  ];
  const named = await said(words('1000PEPEUSDT'));
  const other = await said(words('PEPE'));
  expect([named.err, other.err]).toEqual(['', TOLD]);
  const { digest, configDigest, dataDigest } = JSON.parse(named.out);
  expect(JSON.parse(other.out)).toMatchObject({ digest, configDigest, dataDigest });
});

it('a look for leaks and a paper trial over the store take it too', async () => {
  const flags = ['--strategy', 'sma-cross', '--symbols', 'PEPE', '--db', db, '--json'];
  const leaks = await said(['check-lookahead', ...flags, '--samples', '2']);
  expect(leaks.err).toContain(TOLD);
  expect(JSON.parse(leaks.out)).toMatchObject({ clean: true, symbols: ['1000PEPEUSDT'] });
  const trial = here.at('trial');
  const paper = await said(['paper', ...flags, '--days', '2', '--dir', trial]);
  expect(paper.err).toContain(TOLD);
  expect(JSON.parse(paper.out)).toMatchObject({ state: 'ended' });
}, 60_000);

it('data verbs take it, and say of the store what they took', async () => {
  const told = TOLD.replace('binance-usdm', 'the store');
  const checked = await said(['data', 'check', '--symbol', 'PEPE', '--db', db]);
  expect(checked.err).toBe(told);
  expect(checked.out).toMatch(/^binance-usdm 1000PEPEUSDT 1h: 300 candles/);
  const shared = await said([
    'data',
    'export',
    '--parquet',
    here.at('shared'),
    '--symbols',
    'PEPE',
    '--db',
    db,
  ]);
  expect(shared.err).toContain(told);
  expect(shared.out).toContain('300 rows');
  // A folder is read like a database.
  const words = ['backtest', '--strategy', 'sma-cross', '--symbols', 'kPEPE', '--json'];
  const run = await said([...words, '--db', here.at('shared')]);
  expect(run.err).toBe(
    'symbol: kPEPE is 1000PEPEUSDT of binance-usdm: factor 1, a price of 1,000 PEPE\n',
  );
});

it('a fetch finds it at the venue, keeps it under its own name, and asks for the list only then', async () => {
  const nowMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
  const candles = inventedCandles(3, nowMs - 47 * HOUR_MS, 48, HOUR_MS, 0.02);
  const symbols = { '1000PEPEUSDT': { candles }, BTCUSDT: { candles } };
  const server = await startAsterServer({ symbols, intervalMs: HOUR_MS });
  vi.stubEnv('SAPPHIRE_ASTER_URL', server.hosts.restUrl);
  vi.stubEnv('SAPPHIRE_STATE', here.at('state'));
  const fetched = here.at('fetched.duckdb');
  const told = 'symbol: kPEPE is 1000PEPEUSDT of aster: factor 1, a price of 1,000 PEPE\n';
  const words = ['data', 'fetch', 'aster', 'BTC,kPEPE', '1h', '--db', fetched];
  const { out, err } = await said(words).finally(() => server.stop());
  expect(err).toContain('symbol: BTC is BTCUSDT of aster: factor 1, a price of 1 BTC\n');
  expect(err).toContain(told);
  expect(out).toMatch(/^aster BTCUSDT 1h +47 added.*\n.*\naster 1000PEPEUSDT 1h +47 added/);
});
