// Drift's archive, the fear and greed index, and whatever ccxt knows.

import { existsSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { type CcxtExchange, type CcxtModule, ccxtFetcher } from '../../../data/fetchers/ccxt.ts';
import { drift } from '../../../data/fetchers/drift.ts';
import { feargreed } from '../../../data/fetchers/feargreed.ts';
import { FETCHERS, fetcherOf } from '../../../data/fetchers/list.ts';
import { DAY_MS, HOUR_MS } from '../../../engine/interval.ts';
import { type AnswerServer, startAnswers } from '../../support/venues/answers.ts';
import { inventedCandles } from '../../support/venues/candles.ts';
import { VirtualPace } from '../../support/venues/pace.ts';
import { ALL, datasetsOf, fetchInto, freshPath, recordsOf, withStore } from './fetch-room.ts';

let server: AnswerServer | undefined;
afterEach(async () => {
  await server?.stop();
  server = undefined;
});

it('lists fetchers by names that are theirs alone', () => {
  const names = FETCHERS.flatMap((one) => [one.name, ...one.aliases]);
  expect(new Set(names).size).toBe(names.length);
  for (const one of FETCHERS) {
    expect(fetcherOf(one.name)).toBe(one);
    expect(one.home).toMatch(/^https:\/\//);
  }
});

describe("Drift's archive", () => {
  const END = Date.UTC(2026, 3, 1);
  const pace = new VirtualPace(Date.UTC(2026, 10, 29));
  /** Two thousand hours up to the end of the venue. */
  const candles = inventedCandles(3, END - 2000 * HOUR_MS, 2000, HOUR_MS, 180);

  /** Newest first, `startTs` the later bound; funding by the day; days without data are empty. */
  function answer({ pathname, searchParams }: URL) {
    const [, , symbol, what, ...rest] = pathname.split('/');
    if (symbol !== 'SOL-PERP') return { body: '' };
    if (what === 'fundingRates') {
      const [year, month, day] = rest.map(Number) as [number, number, number];
      const dayMs = Date.UTC(year, month - 1, day);
      if (dayMs >= END) return { body: '' };
      const lines = Array.from({ length: 24 }, (_, hour) => {
        return `${dayMs / 1000 + hour * 3600 + 7},${hour},0.018,180.0`;
      });
      return { body: `ts,recordId,fundingRate,oraclePriceTwap\n${lines.join('\n')}\n` };
    }
    if (rest[0] !== '60') return { status: 400, body: '{}' };
    const [later, earlier] = ['startTs', 'endTs'].map(
      (key) => Number(searchParams.get(key)) * 1000,
    );
    const records = candles
      .filter(({ openMs }) => openMs >= earlier! && openMs <= later!)
      .toReversed()
      .slice(0, Number(searchParams.get('limit')))
      .map((one) => ({
        ts: one.openMs / 1000,
        fillOpen: one.open,
        fillHigh: one.high,
        fillLow: one.low,
        fillClose: one.close,
        oracleClose: 1,
        baseVolume: one.volume,
        quoteVolume: 2,
      }));
    return { body: JSON.stringify({ success: true, records }) };
  }

  const fetch = async (path: string, symbols: readonly string[], fromMs: number) => {
    server ??= await startAnswers(answer, () => pace.nowMs());
    const kinds = ['candles', 'funding'] as const;
    const one = { path, fetcher: drift, url: server.url, pace, symbols, interval: '1h', kinds };
    return fetchInto({ ...one, fromMs });
  };

  it('comes oldest first from answers that are newest first, and ends where the venue ended', async () => {
    const path = freshPath();
    const { tallies, failed, fault } = await fetch(path, ['SOL-PERP'], END - 2000 * HOUR_MS);
    expect([failed, fault]).toEqual([[], null]);
    expect(tallies[0]).toMatchObject({ added: 2000, missing: 0, lastMs: END - HOUR_MS });
    await withStore(path, async (store) => {
      const { openMs, close, volume } = await store.readCandles(
        'drift',
        'SOL-PERP',
        HOUR_MS,
        ...ALL,
      );
      expect([...openMs]).toEqual(candles.map((one) => one.openMs));
      expect([...close]).toEqual(candles.map((one) => one.close));
      expect([...volume]).toEqual(candles.map((one) => one.volume));
      const { atMs, rate } = await store.readFunding('drift', 'SOL-PERP', ...ALL);
      // 0.018 of quote on a price of 180 is one basis point, due at the full hour.
      expect(rate.every((one) => Math.abs(one - 0.0001) < 1e-12)).toBe(true);
      expect(atMs.at(-1)).toBe(END - HOUR_MS);
    });
    const asked = server!.asked.length;
    await fetch(path, ['SOL-PERP'], END - 2000 * HOUR_MS);
    // Nothing is left to ask of a venue that is over.
    expect(server!.asked.length - asked).toBe(0);
  });

  it('takes an empty 200 for no data, not for an error', async () => {
    const path = freshPath();
    const { failed } = await fetch(path, ['NONE-PERP'], END - 5 * DAY_MS);
    expect(failed[0]!.problems[0]!.rule).toContain('has nothing');
    expect(existsSync(path)).toBe(false);
  });

  it('says how Drift spells', async () => {
    await expect(fetch(freshPath(), ['SOL'], END - DAY_MS)).rejects.toThrow(
      /must be spelled as Drift does, such as SOL-PERP, was "SOL" \(did you mean SOL-PERP\?\)/,
    );
  });
});

describe('the fear and greed index', () => {
  it('is a series from its beginning on, at its times of publication', async () => {
    const firstMs = Date.UTC(2018, 1, 1);
    const days = 2500;
    const pace = new VirtualPace(firstMs + days * DAY_MS + HOUR_MS);
    let shown = days;
    const data = () =>
      Array.from({ length: shown }, (_, day) => ({
        value: String(day % 101),
        value_classification: 'Fear',
        timestamp: String((firstMs + day * DAY_MS) / 1000),
        ...(day === shown - 1 ? { time_until_update: '82800' } : {}),
      })).toReversed();
    server = await startAnswers(
      () => ({ body: JSON.stringify({ name: 'Fear and Greed Index', data: data() }) }),
      () => pace.nowMs(),
    );
    const path = freshPath();
    const one = { path, fetcher: feargreed, url: server.url, pace, symbols: [''] };
    const again = () => fetchInto({ ...one, kinds: ['series'], interval: null });
    expect((await again()).tallies[0]).toMatchObject({ added: days });
    shown += 1;
    pace.pass(DAY_MS);
    expect((await again()).tallies[0]).toMatchObject({ added: 1 });
    await withStore(path, async (store) => {
      const series = await store.readSeries('feargreed', ...ALL);
      expect(series!.publishedMs[102]).toBe(firstMs + 102 * DAY_MS);
      expect(series!.value[102]).toBe(1);
      expect(series!.value).toHaveLength(days + 1);
    });
    expect((await datasetsOf(path))[0]).toMatchObject({ kind: 'series', venue: 'feargreed' });
    expect((await recordsOf(path))[0]).toMatchObject({ fetcher: 'feargreed', fromMs: firstMs });
  });
});

describe('ccxt', () => {
  const START = Date.UTC(2025, 0, 1);
  const candles = inventedCandles(3, START, 1300, HOUR_MS, 60_000);
  const pace = new VirtualPace(START + 1300 * HOUR_MS);

  class RateLimitExceeded extends Error {}
  class BadSymbol extends Error {}

  /** An exchange as ccxt's manual says one behaves; `failing` calls go wrong first. */
  function moduleOf(failing: Error[] = []): CcxtModule {
    const market = { id: 'BTCUSDT', base: 'BTC', quote: 'USDT', active: true };
    const terms = { precision: { price: 0.1, amount: 0.001 }, maker: 0.0002, taker: 0.00055 };
    class Bybit implements CcxtExchange {
      has = { fetchOHLCV: true, fetchFundingRateHistory: true, fetchTime: true };
      timeframes = { '1m': '1', '1h': '60' };
      precisionMode = 4;
      urls = { api: { public: 'https://api.bybit.com' } };
      async loadMarkets() {
        const limits = { cost: { min: 5 }, leverage: { max: 100 } };
        return {
          'BTC/USDT': { ...market, ...terms, symbol: 'BTC/USDT', spot: true },
          'BTC/USDT:USDT': {
            ...market,
            ...terms,
            symbol: 'BTC/USDT:USDT',
            swap: true,
            linear: true,
            limits,
          },
        };
      }
      async fetchOHLCV(symbol: string, _timeframe: string, sinceMs: number, limit: number) {
        const error = failing.shift();
        if (error !== undefined) throw error;
        expect(symbol).toBe('BTC/USDT:USDT');
        return candles
          .filter(({ openMs }) => openMs >= sinceMs && openMs <= pace.nowMs())
          .slice(0, limit)
          .map((one) => [one.openMs, one.open, one.high, one.low, one.close, one.volume]);
      }
      async fetchFundingRateHistory(_symbol: string, sinceMs: number) {
        const at = START + 8 * HOUR_MS;
        return at >= sinceMs ? [{ timestamp: at + 3, fundingRate: 0.0001 }] : [];
      }
      async fetchTime() {
        return pace.nowMs();
      }
    }
    return { exchanges: ['bybit'], bybit: Bybit } as unknown as CcxtModule;
  }

  const fetch = (path: string, load: () => Promise<CcxtModule>, symbols = ['BTCUSDT']) => {
    const fetcher = ccxtFetcher('ccxt:bybit', load)!;
    const kinds = ['candles', 'funding'] as const;
    const one = { path, fetcher, url: '', pace, symbols, interval: '1h', kinds };
    return fetchInto({ ...one, fromMs: START });
  };

  it('gives candles, funding and rules of the perpetual that BTCUSDT means', async () => {
    const path = freshPath();
    const { tallies, failed, fault } = await fetch(path, async () =>
      moduleOf([new RateLimitExceeded('slow down'), new RateLimitExceeded('slow down')]),
    );
    expect([failed, fault]).toEqual([[], null]);
    expect(tallies[0]).toMatchObject({ added: 1300, missing: 0 });
    await withStore(path, async (store) => {
      const { close } = await store.readCandles('bybit-perp', 'BTCUSDT', HOUR_MS, ...ALL);
      expect([...close]).toEqual(candles.map((one) => one.close));
      const { atMs, rate } = await store.readFunding('bybit-perp', 'BTCUSDT', ...ALL);
      expect([[...atMs], [...rate]]).toEqual([[START + 8 * HOUR_MS], [0.0001]]);
      expect(await store.instrument('bybit-perp', 'BTCUSDT')).toMatchObject({
        tickSize: 0.1,
        lotSize: 0.001,
        makerFeeBps: 2,
        takerFeeBps: 5.5,
        maxLeverage: 100,
        source: 'venue',
      });
    });
    // An update asks for what ccxt calls the same market.
    expect((await recordsOf(path))[0]).toMatchObject({
      fetcher: 'ccxt:bybit',
      spelling: 'BTC/USDT:USDT',
    });
  });

  it('says what went wrong in the words of the house', async () => {
    const limited = Array.from({ length: 5 }, () => new RateLimitExceeded('slow down'));
    const { fault } = await fetch(freshPath(), async () => moduleOf(limited));
    expect(fault).toMatchObject({ exitCode: 5, code: 'overloaded' });
    const { failed } = await fetch(freshPath(), async () => moduleOf([new BadSymbol('no such')]));
    expect(failed[0]!.problems[0]!.rule).toBe('no such');
    await expect(fetch(freshPath(), async () => moduleOf(), ['BTCUSDX'])).rejects.toMatchObject({
      problems: [{ rule: 'must be a market of ccxt:bybit', nearest: 'BTCUSDT' }],
    });
    const other = ccxtFetcher('ccxt:bybitt', async () => moduleOf())!;
    await expect(other.open({ url: '', pace })).rejects.toMatchObject({
      problems: [{ nearest: 'bybit' }],
    });
  });

  it('is not installed with the rest, and says how it is', async () => {
    const isThere = await import('ccxt' as string).then(
      () => true,
      () => false,
    );
    if (isThere) return;
    await expect(fetcherOf('ccxt:bybit').open({ url: '', pace })).rejects.toThrow(
      'ccxt: must be installed first, it is large and optional: npm install ccxt',
    );
  });
});
