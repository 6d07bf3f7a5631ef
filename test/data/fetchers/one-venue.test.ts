// What one venue alone has or lacks: Hyperliquid's depth, Aster's mark prices and order flow.

import { existsSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readLegSeries } from '../../../bin/leg-parts.ts';
import { aster } from '../../../data/fetchers/aster.ts';
import { hyperliquid } from '../../../data/fetchers/hyperliquid.ts';
import { startAsterServer } from '../../support/venues/aster-server.ts';
import { inventedCandles } from '../../support/venues/candles.ts';
import { startHyperliquidServer } from '../../support/venues/hyperliquid-server.ts';
import type { LocalVenue } from '../../support/venues/local-venue.ts';
import { VirtualPace } from '../../support/venues/pace.ts';
import { ALL, datasetsOf, fetchInto, freshPath, withStore } from './fetch-room.ts';

const MINUTE = 60_000;
const START_MS = Date.UTC(2025, 0, 6);

describe('Hyperliquid keeps 5,000 candles of an interval', () => {
  const candles = inventedCandles(3, START_MS, 9001, MINUTE);
  let server: LocalVenue;
  const pace = new VirtualPace(START_MS + 9000 * MINUTE + 1000);
  const keptMs = START_MS + 4001 * MINUTE;
  beforeEach(async () => {
    const symbols = { BTCUSDC: { candles } };
    server = await startHyperliquidServer({ symbols, nowMs: () => pace.nowMs() });
  });
  afterEach(() => server.stop());
  const ask = (path: string, toMs?: number) =>
    fetchInto({
      path,
      fetcher: hyperliquid,
      url: server.hosts.restUrl,
      pace,
      symbols: ['BTC'],
      fromMs: START_MS,
      ...(toMs === undefined ? {} : { toMs }),
    });

  it('and says plainly from when on it has them', async () => {
    const path = freshPath();
    const { tallies } = await ask(path);
    expect(tallies[0]!.firstMs).toBe(keptMs);
    expect(tallies[0]!.notes).toContain('hyperliquid keeps nothing from before 2025-01-08 18:41');
  });

  it('and refuses a range that is older than all of them, storing nothing', async () => {
    const path = freshPath();
    const { failed } = await ask(path, keptMs);
    expect(failed[0]!.problems[0]!.rule).toBe(
      'hyperliquid keeps nothing from before 2025-01-08 18:41: ask for later ones',
    );
    expect(existsSync(path)).toBe(false);
  });
});

describe('Aster', () => {
  it('has what takers bought, in datasets of their own', async () => {
    const pace = new VirtualPace(START_MS + 100 * MINUTE);
    const candles = inventedCandles(3, START_MS, 100, MINUTE);
    const symbols = { BTCUSDT: { candles } };
    const server = await startAsterServer({ symbols, nowMs: () => pace.nowMs() });
    const path = freshPath();
    const common = { path, fetcher: aster, url: server.hosts.restUrl, pace, symbols: ['BTCUSDT'] };
    const { failed } = await fetchInto({ ...common, kinds: ['candles', 'flow'], fromMs: START_MS });
    await server.stop();
    expect(failed).toEqual([]);
    const flow = (await datasetsOf(path)).find(({ kind }) => kind === 'flow')!;
    expect(flow).toMatchObject({ venue: 'aster', symbol: 'BTCUSDT', interval: '1m', rows: 100 });
    await withStore(path, async (store) => {
      const [times, bought] = await store.readRows(flow, ...ALL);
      expect([...times!]).toEqual(candles.map(({ openMs }) => openMs));
      expect([...bought!]).toEqual(candles.map(({ volume }) => Number((volume / 2).toFixed(10))));
      // A run joins it at the close of each candle, as what was rolled from trades is.
      const instrument = await store.instrument('aster', 'BTCUSDT');
      const legs = [
        { instrument, candles: await store.readCandles('aster', 'BTCUSDT', MINUTE, ...ALL) },
      ];
      const wants = { flow: true, spread: false };
      const read = await readLegSeries(store, await store.datasets(), legs, MINUTE, wants);
      expect(read.text).toBe('taker volume of BTCUSDT');
      expect(read.series.map(({ value }) => [...value])).toEqual([[...bought!]]);
      expect(read.series[0]!.publishedMs[0]).toBe(START_MS + MINUTE);
    });
  });

  it('has mark prices, without volume, beside the candles that were traded', async () => {
    const pace = new VirtualPace(START_MS + 100 * MINUTE);
    const candles = inventedCandles(3, START_MS, 100, MINUTE);
    const mark = inventedCandles(4, START_MS, 100, MINUTE).map((one) => ({ ...one, volume: 0 }));
    const server = await startAsterServer({
      symbols: { BTCUSDT: { candles, mark } },
      nowMs: () => pace.nowMs(),
    });
    const path = freshPath();
    await fetchInto({
      path,
      fetcher: aster,
      url: server.hosts.restUrl,
      pace,
      symbols: ['BTCUSDT'],
      kinds: ['candles', 'mark'],
      fromMs: START_MS,
    });
    await server.stop();
    await withStore(path, async (store) => {
      const { price } = await store.readMark('aster', 'BTCUSDT', MINUTE, ...ALL);
      expect([...price]).toEqual(mark.map(({ open }) => open));
    });
  });
});
