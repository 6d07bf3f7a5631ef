// Hyperliquid's public side by answers the venue gave: what is read, refused, and asked.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assumedInstrument } from '../../../data/instruments.ts';
import { assetOf } from '../../../data/names.ts';
import { coinOf, symbolOf } from '../../../data/venues/hyperliquid/hosts.ts';
import {
  candlesOf,
  fundingOf,
  instrumentOf,
  messageOf,
  tickAt,
  universeWithContextsOf,
} from '../../../data/venues/hyperliquid/parse.ts';
import { hyperliquidTalk } from '../../../data/venues/hyperliquid/talk.ts';
import { openHyperliquid } from '../../../data/venues/hyperliquid/venue.ts';
import { inventedCandles } from '../../support/venues/candles.ts';
import { startHyperliquidServer } from '../../support/venues/hyperliquid-server.ts';
import type { LocalVenue } from '../../support/venues/local-venue.ts';
import { VirtualPace } from '../../support/venues/pace.ts';

const MINUTE = 60_000;
const HOUR = 3_600_000;
const START_MS = Date.UTC(2025, 0, 6);

/** What the venue answered the SDK's test of 2023-07-17 (hyperliquid-python-sdk @7ee976d). */
const SNAPSHOT = [
  {
    T: 1684702799999,
    c: '0.001604',
    h: '0.001616',
    i: '1h',
    l: '0.001601',
    n: 709,
    o: '0.001601',
    s: 'kPEPE',
    t: 1684699200000,
    v: '520665683.0',
  },
  {
    T: 1684706399999,
    c: '0.001591',
    h: '0.001603',
    i: '1h',
    l: '0.001584',
    n: 802,
    o: '0.001603',
    s: 'kPEPE',
    t: 1684702800000,
    v: '682593287.0',
  },
];
const FUNDING = [
  { coin: 'BTC', fundingRate: '-0.00061334', premium: '-0.00091334', time: 1683849600048 },
  { coin: 'BTC', fundingRate: '-0.00074503', premium: '-0.00104503', time: 1683878400388 },
];

describe("Hyperliquid's spelling", () => {
  it.each([
    ['BTC', 'BTCUSDC', 'BTC', 1],
    ['ETH', 'ETHUSDC', 'ETH', 1],
    ['kPEPE', 'kPEPEUSDC', 'PEPE', 1000],
  ])('calls %s what our datasets call %s', (coin, symbol, base, factor) => {
    expect(symbolOf(coin)).toBe(symbol);
    expect(coinOf(symbol)).toBe(coin);
    expect(assetOf(symbol)).toEqual({ base, factor });
  });
});

describe("Hyperliquid's candles", () => {
  it('are read as the venue answered', () => {
    expect(candlesOf(SNAPSHOT, 'kPEPE', HOUR)).toEqual([
      {
        openMs: 1684699200000,
        open: 0.001601,
        high: 0.001616,
        low: 0.001601,
        close: 0.001604,
        volume: 520665683,
      },
      {
        openMs: 1684702800000,
        open: 0.001603,
        high: 0.001603,
        low: 0.001584,
        close: 0.001591,
        volume: 682593287,
      },
    ]);
  });

  it.each([
    ['another coin', { s: 'BTC' }, /must be of kPEPE, are of BTC/],
    ['another interval', { i: '5m' }, /must be of 1h, is of 5m/],
    ['a JSON number', { c: 0.001604 }, /close must be a decimal string/],
    ['no number', { c: 'NaN' }, /close must be a decimal string/],
    ['crossed numbers', { h: '0.001600' }, /must have high >= open and close/],
    ['another end', { T: 1684702800000 }, /must last 1h/],
  ])('are refused with %s', (_, change, why) => {
    expect(() => candlesOf([{ ...SNAPSHOT[0], ...change }], 'kPEPE', HOUR)).toThrow(why);
  });

  it('are refused when they are null, which is what an unknown coin gets', () => {
    expect(() => candlesOf(null, 'kPEPE', HOUR)).toThrow(/must be a list, is null/);
  });
});

describe("Hyperliquid's funding", () => {
  it('is read as the venue answered, at the minute it was due', () => {
    expect(fundingOf(FUNDING, 'BTC')).toEqual([
      { stampMs: 1683849600048, atMs: 1683849600000, rate: -0.00061334, markPrice: Number.NaN },
      { stampMs: 1683878400388, atMs: 1683878400000, rate: -0.00074503, markPrice: Number.NaN },
    ]);
    expect(() => fundingOf(FUNDING, 'ETH')).toThrow(/must be of ETH, is of BTC/);
  });
});

describe("Hyperliquid's trading rules", () => {
  const meta = {
    universe: [
      { name: 'BTC', szDecimals: 5, maxLeverage: 40 },
      { name: 'kPEPE', szDecimals: 0, maxLeverage: 10 },
    ],
  };
  const contexts = [{ markPx: '118250.0' }, { markPx: '0.012345' }];
  const read = (json: unknown, at = 0) => instrumentOf(universeWithContextsOf(json)[at]!, START_MS);

  it('are lot and tick by decimals and figures, fees of the base tier', () => {
    expect(read([meta, contexts])).toEqual({
      venue: 'hyperliquid',
      symbol: 'BTCUSDC',
      tickSize: 1,
      lotSize: 0.00001,
      minNotionalUsd: 10,
      makerFeeBps: 1.5,
      takerFeeBps: 4.5,
      maxLeverage: 40,
      source: 'venue',
      validFromMs: START_MS,
    });
    expect(read([meta, contexts], 1)).toMatchObject({
      symbol: 'kPEPEUSDC',
      tickSize: 0.000001,
      lotSize: 1,
    });
  });

  // "1234.5 is valid but 1234.56 is not; 0.001234 is valid, but 0.0012345 is not", and 123456 is.
  it.each([
    [1234.5, 0, 0.1],
    [0.001234, 0, 0.000001],
    [123456, 0, 1],
    [1, 0, 0.0001],
    [0.99999, 0, 0.00001],
    [9999.9, 5, 0.1],
    [10000, 5, 1],
    [0.5, 6, 1],
    [1000, 0, 0.1],
  ])('make a tick at %d with %i decimals of size: %d', (price, szDecimals, tick) => {
    expect(tickAt(price, szDecimals)).toBe(tick);
  });

  it.each([
    ['BTCUSDC', 118250, 5],
    ['ETHUSDC', 3750, 4],
    ['SOLUSDC', 180, 2],
    ['DOGEUSDC', 0.23, 0],
  ])('agree with what was assumed of %s', (symbol, price, szDecimals) => {
    const assumed = assumedInstrument('hyperliquid-perp', symbol, price);
    expect(tickAt(price, szDecimals)).toBe(assumed.tickSize);
    expect(Number(`1e-${szDecimals}`)).toBe(assumed.lotSize);
  });

  it.each([
    ['no price', [meta, [{ markPx: null }, {}]], /markPx must be a decimal string/],
    ['a price of zero', [meta, [{ markPx: '0' }, {}]], /markPx must be above 0/],
    ['contexts missing', [meta, []], /must have a context each/],
    ['decimals below 0', [{ universe: [{ name: 'X', szDecimals: -1 }] }, [{}]], /szDecimals must/],
    ['no coins', [{ universe: [] }, []], /lists none/],
  ])('are refused with %s', (_, json, why) => {
    expect(() => read(json)).toThrow(why);
  });
});

describe("Hyperliquid's stream", () => {
  /** Captured from the venue on 2026-07-26: one minute of BTC, first and last frame. */
  const FIRST =
    '{"channel":"candle","data":{"t":1785053340000,"T":1785053399999,"s":"BTC","i":"1m","o":"64340.0","c":"64340.0","h":"64340.0","l":"64340.0","v":"0.00083","n":1}}';
  const LAST =
    '{"channel":"candle","data":{"t":1785053340000,"T":1785053399999,"s":"BTC","i":"1m","o":"64340.0","c":"64352.0","h":"64354.0","l":"64340.0","v":"1.07768","n":79}}';
  const candle = {
    openMs: 1785053340000,
    open: 64340,
    high: 64354,
    low: 64340,
    close: 64352,
    volume: 1.07768,
  };

  it('says a candle and never whether it has closed', () => {
    expect(messageOf(LAST, MINUTE)).toEqual([
      { kind: 'candle', symbol: 'BTCUSDC', candle, closed: null },
    ]);
    expect(messageOf(FIRST, MINUTE)).toMatchObject([{ closed: null, candle: { close: 64340 } }]);
  });

  it('may say several at once, as it is documented, and loses none for a bad one', () => {
    const [one, two] = [JSON.parse(FIRST).data, JSON.parse(LAST).data];
    const text = JSON.stringify({ channel: 'candle', data: [one, { ...two, c: 'NaN' }, two] });
    expect(messageOf(text, MINUTE).map(({ kind }) => kind)).toEqual([
      'candle',
      'complaint',
      'candle',
    ]);
  });

  it.each([
    '{"channel":"pong"}',
    '{"channel":"subscriptionResponse","data":{"method":"subscribe","subscription":{"type":"candle","coin":"BTC","interval":"1m"}}}',
    'Websocket connection established.',
  ])('is alive by %j', (text) => {
    expect(messageOf(text, MINUTE)).toEqual([{ kind: 'alive' }]);
  });

  it.each([
    '{"channel":"error","data":"Already subscribed"}',
    '{"channel":"trades","data":[]}',
    '{"channel":"candle"}',
    '{"channel":"candle","data":null}',
    LAST.replace('1m', '5m'),
    LAST.replace('"64352.0"', '64352.0'),
    LAST.replace('64352.0', '-64352.0'),
    LAST.slice(0, -5),
    '',
    'null',
    '[]',
  ])('complains of %j, without an exception', (text) => {
    expect(messageOf(text, MINUTE)).toMatchObject([{ kind: 'complaint' }]);
  });

  it('is subscribed one by one, and pinged in its own words', () => {
    const talk = hyperliquidTalk('wss://api.hyperliquid.xyz/ws');
    expect(talk.url(['BTCUSDC'], MINUTE)).toBe('wss://api.hyperliquid.xyz/ws');
    expect(talk.hello(['BTCUSDC', 'kPEPEUSDC'], HOUR).map((text) => JSON.parse(text))).toEqual([
      { method: 'subscribe', subscription: { type: 'candle', coin: 'BTC', interval: '1h' } },
      { method: 'subscribe', subscription: { type: 'candle', coin: 'kPEPE', interval: '1h' } },
    ]);
    expect(JSON.parse(talk.ping!)).toEqual({ method: 'ping' });
    // The venue closes a connection that it has sent nothing to for 60 s.
    expect(talk.pingEveryMs).toBeLessThan(60_000);
  });
});

describe("Hyperliquid's requests", () => {
  const candles = inventedCandles(7, START_MS, 6000, MINUTE);
  const funding = Array.from({ length: 1200 }, (_, i) => {
    return { atMs: START_MS + i * HOUR + 65, rate: 0.0000125 };
  });
  let pace: VirtualPace;
  let server: LocalVenue;

  beforeEach(async () => {
    pace = new VirtualPace(START_MS + 6000 * MINUTE);
    const symbols = { BTCUSDC: { candles, funding, lotSize: 0.00001 }, kPEPEUSDC: { lotSize: 1 } };
    server = await startHyperliquidServer({ symbols, nowMs: () => pace.nowMs() });
  });
  afterEach(() => server.stop());

  it('reach the latest 5,000 candles and no further, in one answer', async () => {
    const venue = openHyperliquid({ hosts: server.hosts, pace });
    const got: number[] = [];
    for await (const page of venue.candles('BTCUSDC', MINUTE, START_MS, pace.nowMs())) {
      got.push(...page.map(({ openMs }) => openMs));
    }
    expect(venue.candleDepth).toBe(5000);
    expect(got).toEqual(candles.slice(1000).map(({ openMs }) => openMs));
    expect(server.requests.map(({ body }) => JSON.parse(body).type)).toEqual([
      'meta',
      'candleSnapshot',
    ]);
    expect(JSON.parse(server.requests[1]!.body)).toEqual({
      type: 'candleSnapshot',
      req: { coin: 'BTC', interval: '1m', startTime: START_MS, endTime: pace.nowMs() - 1 },
    });
  });

  it('take pages of 500 stamps', async () => {
    pace.pass(funding.length * HOUR);
    const venue = openHyperliquid({ hosts: server.hosts, pace });
    const got: number[] = [];
    const pages: number[] = [];
    for await (const page of venue.funding('BTCUSDC', START_MS, START_MS + 1200 * HOUR)) {
      pages.push(page.length);
      got.push(...page.map(({ atMs }) => atMs));
    }
    expect(pages).toEqual([500, 500, 200]);
    expect(got).toEqual(funding.map(({ atMs }) => atMs - 65));
  });

  it('never ask for a coin that is not there: the venue answers 500 to that', async () => {
    const venue = openHyperliquid({ hosts: server.hosts, pace });
    const pages = venue.candles('PEPEUSDC', MINUTE, START_MS, pace.nowMs());
    await expect(pages[Symbol.asyncIterator]().next()).rejects.toThrow(
      'hyperliquid PEPEUSDC: must be a perpetual of hyperliquid, was "PEPEUSDC" (did you mean kPEPEUSDC?)',
    );
    expect(server.requests.map(({ status }) => status)).toEqual([200]);
  });

  it('have no 6h candles, and say which there are', async () => {
    const venue = openHyperliquid({ hosts: server.hosts, pace });
    const pages = venue.candles('BTCUSDC', 6 * HOUR, START_MS, pace.nowMs());
    await expect(pages[Symbol.asyncIterator]().next()).rejects.toThrow(
      'hyperliquid interval: must be one of 1m, 3m, 5m, 15m, 30m, 1h, 2h, 4h, 8h, 12h, 1d, was "6h"',
    );
    expect(server.requests).toEqual([]);
  });

  it('take a newer candle for proof of a close where no Date header tells the time', async () => {
    server.dateSkewMs = null;
    const venue = openHyperliquid({ hosts: server.hosts, pace });
    const got: number[] = [];
    const fromMs = START_MS + 5990 * MINUTE;
    for await (const page of venue.candles('BTCUSDC', MINUTE, fromMs, pace.nowMs())) {
      got.push(...page.map(({ openMs }) => openMs));
    }
    expect(got.at(-1)).toBe(START_MS + 5998 * MINUTE);
  });

  it('refuse a coin that is delisted', async () => {
    const coin = { name: 'OLD', szDecimals: 0, maxLeverage: 3, isDelisted: true };
    server.fail({
      kind: 'body',
      body: JSON.stringify([{ universe: [coin] }, [{ markPx: '1.0' }]]),
    });
    const venue = openHyperliquid({ hosts: server.hosts, pace });
    await expect(venue.instruments(['OLDUSDC'])).rejects.toThrow('must be trading, is delisted');
  });
});
