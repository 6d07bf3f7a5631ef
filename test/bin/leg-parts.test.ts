// Legs between the store and the panel: a symbol listed anew is two legs and no position crosses, what
// takers bought reaches the agents, and stored quotes are what a taker pays.

import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readWorld } from '../../bin/world.ts';
import { importFile } from '../../data/importers/import.ts';
import { openStore, type Store } from '../../data/store.ts';
import { checkConfig } from '../../engine/config/check.ts';
import { loadSeats } from '../../engine/host/load.ts';
import { HOUR_MS } from '../../engine/interval.ts';
import { type CandleArrays, candleArrays } from '../../engine/market/column.ts';
import { listingBreaks } from '../../engine/market/listing.ts';
import { runDigest, runEvents, runLoop } from '../../engine/research/backtest.ts';
import { DATA, room } from '../support/cli.ts';

const here = room('leg-parts');
const FROM = Date.UTC(2025, 0, 1);
const LUNA = `${DATA}binance-spot__LUNAUSDT__1h_2021_2023.parquet`;
const source = { file: 'test.csv', sha256: '2'.repeat(64), importer: 'test' };
let store: Store;

/** Hours at prices; NaN = no candle. */
function hours(prices: readonly number[], volume = 1000): CandleArrays {
  const kept = prices.flatMap((price, hour) => (Number.isNaN(price) ? [] : [{ price, hour }]));
  const candles = candleArrays(kept.length);
  for (const [k, { price, hour }] of kept.entries()) {
    candles.openMs[k] = FROM + hour * HOUR_MS;
    candles.open[k] = price;
    candles.high[k] = price * 1.001;
    candles.low[k] = price * 0.999;
    candles.close[k] = price;
    candles.volume[k] = volume;
  }
  return candles;
}

const flat = (price: number, count: number) => Array<number>(count).fill(price);
const hole = (count: number) => flat(Number.NaN, count);

beforeAll(async () => {
  store = await openStore(here.at('market.duckdb'), { write: true });
  const put = (symbol: string, prices: readonly number[]) =>
    store.writeCandles({ venue: 'x', symbol, interval: '1h' }, hours(prices), source);
  // Is gone for 437 hours, as LUNA in May 2022, and stands at another price.
  await put('LUNA', [...flat(80, 60), ...hole(437), ...flat(1000, 60)]);
  await put('OUTAGE', [...flat(80, 60), ...hole(437), ...flat(70, 60)]);
  await put('FLOW', flat(100, 200));
});
afterAll(() => {
  store.close();
  here.remove();
});

async function ready(world: Record<string, unknown>, decision: Record<string, unknown> = {}) {
  const risk = { atrStop: { enabled: false } };
  const config = checkConfig({
    decision: { strategy: 'buy-and-hold', risk, ...decision },
    world: { venue: 'x', funding: false, cashUsd: 10_000, ...world },
  });
  const loaded = await loadSeats(config.decision, process.cwd());
  const options = { seats: loaded.seats, needsSentiment: false, strict: false };
  const read = await readWorld(store, config, options);
  const { panel, firstRow } = read;
  const input = { panel, config, seats: loaded.seats, solo: loaded.solo, firstRow };
  return { read, input };
}

describe('a symbol that was listed anew', () => {
  it('breaks where a long hole ends at another price, not at an outage and not in a crash', () => {
    const breaks = (prices: number[], most = 60) => listingBreaks(hours(prices), HOUR_MS, most);
    expect(breaks([...flat(80, 5), ...hole(61), ...flat(401, 5)])).toEqual([5]);
    expect(breaks([...flat(80, 5), ...hole(61), ...flat(15.9, 5)])).toEqual([5]);
    expect(breaks([...flat(80, 5), ...hole(60), ...flat(401, 5)])).toEqual([]);
    expect(breaks([...flat(80, 5), ...hole(61), ...flat(399, 5)])).toEqual([]);
    expect(breaks([...flat(80, 5), ...flat(0.00005, 5)])).toEqual([]);
  });

  it('is two legs: what was held of the old one is not worth the price of the new one', async () => {
    const { read, input } = await ready({ symbols: ['LUNA'] });
    expect(read.symbols).toEqual(['LUNA', 'LUNA.2025-01-03']);
    expect(read.ended).toEqual(['LUNA.2025-01-03']);
    const [newest, old] = read.panel.legs;
    const count = (close: Float64Array) => close.filter((price) => price === price).length;
    expect([count(newest!.candles.close), count(old!.candles.close)]).toEqual([60, 60]);
    const { kernel } = runLoop(input);
    const { equityUsd, positions } = kernel.portfolio;
    // Up to a tenth of 10,000 at 80 stays worth that; carried over it would be worth 12.5 times as much.
    expect(positions[1]!.qty).toBeGreaterThan(0);
    expect(positions[1]!.entryPrice).toBeCloseTo(80, 0);
    expect(Math.abs(equityUsd - 10_000)).toBeLessThan(50);
    const fills = kernel.fills.columns;
    for (let k = 0; k < kernel.fills.length; k++) {
      const isNew = read.panel.openMs[fills.row[k]!]! >= FROM + 497 * HOUR_MS;
      expect(fills.leg[k]).toBe(isNew ? 0 : 1);
    }
  });

  it('is one leg where only one listing is in the range, and through an outage', async () => {
    const before = await ready({ symbols: ['LUNA'], to: '2025-01-03' });
    expect(before.read.symbols).toEqual(['LUNA']);
    const after = await ready({ symbols: ['LUNA'], from: '2025-01-22' });
    expect(after.read.symbols).toEqual(['LUNA']);
    expect((await ready({ symbols: ['OUTAGE'] })).read.symbols).toEqual(['OUTAGE']);
  });

  it.skipIf(!existsSync(LUNA))('cuts the real LUNA file at the hole of 437 hours', async () => {
    const real = await openStore(here.at('luna.duckdb'), { write: true });
    await importFile({ path: LUNA, named: true }, {}, async () => real);
    const candles = await real.readCandles('binance-spot', 'LUNAUSDT', HOUR_MS, 0, 4e12);
    real.close();
    const [at, ...more] = listingBreaks(candles, HOUR_MS, 60);
    expect(more).toEqual([]);
    expect(candles.close[at! - 1]).toBe(0.00005);
    expect(candles.open[at!]).toBeCloseTo(1, 9);
    expect((candles.openMs[at!]! - candles.openMs[at! - 1]!) / HOUR_MS).toBe(438);
  });
});

describe('what takers bought', () => {
  const AGENTS = { strategy: null, agents: { 'degen-hunter': { use: 'degen-hunter' } } };

  it('reaches Degen Hunter, is in the digest of the data, and is the same by both doors', async () => {
    const without = await ready({ symbols: ['FLOW'] }, AGENTS);
    const openMs = Float64Array.from({ length: 150 }, (_, k) => FROM + k * HOUR_MS);
    const bought = openMs.map((_, k) => (k === 120 ? 0 : 900));
    const key = { kind: 'flow', venue: 'x', symbol: 'FLOW', interval: '1h' } as const;
    await store.writeRows(key, [openMs, bought], source);
    const { read, input } = await ready({ symbols: ['FLOW'] }, AGENTS);
    expect(read.dataDigest).not.toBe(without.read.dataDigest);
    expect(read.legDigests).toEqual(without.read.legDigests);
    expect([without.read.sentiment, read.sentiment]).toEqual(['', 'taker volume of FLOW']);
    const column = read.panel.series['takerBuyVolume x FLOW']!;
    expect([column[0], column[120], column[149], column[150]]).toEqual([900, 0, 900, -1]);
    expect(runDigest(runEvents(input).kernel)).toBe(runDigest(runLoop(input).kernel));
  });

  it('is not read for a strategy that does not ask for it', async () => {
    const { read } = await ready({ symbols: ['FLOW'] });
    expect(Object.keys(read.panel.series)).toEqual([]);
  });
});

describe('half-spreads of quotes', () => {
  it('are what a taker pays, from the row after they were known, with the floor of slippageBps', async () => {
    const published = Float64Array.from([FROM + 50 * HOUR_MS]);
    const key = { kind: 'spread', venue: 'x', symbol: 'FLOW', interval: null } as const;
    await store.writeRows(key, [published, Float64Array.of(30)], source);
    const { input } = await ready({
      symbols: ['FLOW'],
      from: '2025-01-04',
      costs: { spread: 'stored' },
      slippageBps: 2,
    });
    const { kernel } = runLoop(input);
    // Bought at the open of 100, plus 30 bps.
    expect(kernel.fills.columns.price[0]).toBeCloseTo(100.3, 6);
    const early = await ready({ symbols: ['FLOW'], costs: { spread: 'stored' }, slippageBps: 2 });
    expect(runLoop(early.input).kernel.fills.columns.price[0]).toBeCloseTo(100.02, 6);
  });

  it('are refused where none are stored', async () => {
    const wrong = ready({ symbols: ['OUTAGE'], costs: { spread: 'stored' } });
    await expect(wrong).rejects.toThrow('needs quotes of x OUTAGE');
  });
});

describe('--strict', () => {
  it('refuses data that score below world.minQuality, with what cost the points', async () => {
    const read = (world: Record<string, unknown>, strict: boolean) => {
      const decision = { strategy: 'buy-and-hold' };
      const given = { venue: 'x', funding: false, symbols: ['SILENT'], ...world };
      const options = { seats: [], needsSentiment: false, strict };
      return readWorld(store, checkConfig({ decision, world: given }), options);
    };
    const candles = hours(flat(100, 100).map((price, k) => price + (k % 3)));
    candles.volume.fill(0, 0, 40);
    await store.writeCandles({ venue: 'x', symbol: 'SILENT', interval: '1h' }, candles, source);
    // 40 of 100 candles without volume: 20 points.
    expect((await read({}, false)).quality).toBe('quality 80 of 100 (no volume -20.0)');
    await expect(read({}, true)).rejects.toThrow(
      'SILENT: must score 90 or more (--strict): no volume -20.0, was 80',
    );
    expect((await read({ minQuality: 80 }, true)).quality).toContain('quality 80');
  });
});
