// Binance over REST, spot and USD-M; and one dataset filled by its archive and its REST together.

import { afterEach, describe, expect, it } from 'vitest';
import { binanceSpot, binanceUsdm } from '../../../data/fetchers/binance.ts';
import { visionSpot } from '../../../data/fetchers/vision.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../engine/interval.ts';
import { startArchiveServer } from '../../support/venues/archive-server.ts';
import {
  startBinanceSpotServer,
  startBinanceUsdmServer,
} from '../../support/venues/binance-server.ts';
import { inventedCandles } from '../../support/venues/candles.ts';
import type { LocalVenue } from '../../support/venues/local-venue.ts';
import { VirtualPace } from '../../support/venues/pace.ts';
import { ALL, datasetsOf, fetchInto, freshPath, recordsOf, withStore } from './fetch-room.ts';

const JAN = Date.UTC(2025, 0, 1);
let server: LocalVenue;
afterEach(() => server.stop());

describe('Binance over REST', () => {
  it.each([
    [binanceUsdm, startBinanceUsdmServer, 10, 1500],
    [binanceSpot, startBinanceSpotServer, 2, 1000],
  ] as const)(
    '$name gives pages of its own size, weight and rules',
    async (fetcher, start, weight, page) => {
      const candles = inventedCandles(3, JAN, 2600, MINUTE_MS);
      const pace = new VirtualPace(JAN + 2600 * MINUTE_MS);
      const symbols = { BTCUSDT: { candles, tickSize: 0.1, lotSize: 0.001 } };
      server = await start({ symbols, nowMs: () => pace.nowMs() });
      const path = freshPath();
      const url = server.hosts.restUrl;
      const { tallies } = await fetchInto({
        path,
        fetcher,
        url,
        pace,
        symbols: ['BTCUSDT'],
        fromMs: JAN,
      });
      expect(tallies[0]).toMatchObject({ added: 2600, missing: 0 });
      const [, first, second] = server.requests;
      expect([first!.weight, Number(first!.query.get('limit'))]).toEqual([weight, page]);
      expect(Number(second!.query.get('startTime'))).toBe(JAN + page * MINUTE_MS);
      await withStore(path, async (store) => {
        const { close } = await store.readCandles(fetcher.name, 'BTCUSDT', MINUTE_MS, ...ALL);
        expect([...close]).toEqual(candles.map((one) => one.close));
        expect(await store.instrument(fetcher.name, 'BTCUSDT')).toMatchObject({
          tickSize: 0.1,
          lotSize: 0.001,
          minNotionalUsd: 5,
          source: 'venue',
        });
      });
    },
  );

  it('goes on where the archive of the same market ends, in one dataset', async () => {
    const rows = 40 * 24;
    const candles = inventedCandles(3, JAN, rows, HOUR_MS);
    const pace = new VirtualPace(JAN + rows * HOUR_MS);
    const archive = await startArchiveServer();
    const lines = candles.slice(0, 31 * 24).map(({ openMs, open, high, low, close, volume }) => {
      const us = openMs * 1000;
      return `${us},${open},${high},${low},${close},${volume},${us + 3_599_999_999},1,2,${volume},4,0\n`;
    });
    archive.put('/data/spot/monthly/klines/BTCUSDT/1h/BTCUSDT-1h-2025-01.zip', lines.join(''));
    const symbols = { BTCUSDT: { candles } };
    server = await startBinanceSpotServer({
      symbols,
      intervalMs: HOUR_MS,
      nowMs: () => pace.nowMs(),
    });
    const path = freshPath();
    const common = { path, pace, symbols: ['BTCUSDT'], interval: '1h' };
    await fetchInto({
      ...common,
      fetcher: visionSpot,
      url: archive.url,
      fromMs: JAN,
      toMs: JAN + 31 * DAY_MS,
    });
    const next = await fetchInto({ ...common, fetcher: binanceSpot, url: server.hosts.restUrl });
    await archive.stop();
    expect(next.tallies[0]).toMatchObject({ added: 9 * 24, unchanged: 60, missing: 0 });
    const datasets = await datasetsOf(path);
    expect(datasets.map(({ venue, rows: count }) => [venue, count])).toEqual([
      ['binance-spot', rows],
    ]);
    expect((await recordsOf(path))[0]).toMatchObject({ fetcher: 'binance-spot' });
  });
});
