// Aster's public side by its documentation's samples: what is read, what is refused, what is asked.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { klinesWeight } from '../../../data/venues/aster/hosts.ts';
import { instrumentOf, messageOf } from '../../../data/venues/aster/parse.ts';
import { asterTalk } from '../../../data/venues/aster/talk.ts';
import { openAster } from '../../../data/venues/aster/venue.ts';
import { fundingOf, klinesOf, listedOf } from '../../../data/venues/binance-shape.ts';
import { InputError } from '../../../engine/errors.ts';
import { startAsterServer } from '../../support/venues/aster-server.ts';
import { inventedCandles } from '../../support/venues/candles.ts';
import type { LocalVenue } from '../../support/venues/local-venue.ts';
import { VirtualPace } from '../../support/venues/pace.ts';

const MINUTE = 60_000;
const START_MS = Date.UTC(2025, 0, 6);

/** The row of the documentation, its close time made that of a minute. */
const ROW = [
  1499040000000,
  '0.01634790',
  '0.80000000',
  '0.01575800',
  '0.01577100',
  '148976.11427815',
  1499040059999,
  '2434.19055334',
  308,
  '1756.87402397',
  '28.46694368',
  '17928899.62484339',
];
const CANDLE = {
  openMs: 1499040000000,
  open: 0.0163479,
  high: 0.8,
  low: 0.015758,
  close: 0.015771,
  volume: 148976.11427815,
};

/** The symbol of the documentation's exchangeInfo, shortened to what is read. */
const LISTED = {
  symbol: 'DOGEUSDT',
  contractType: 'PERPETUAL',
  status: 'TRADING',
  pricePrecision: 5,
  quantityPrecision: 0,
  filters: [
    { filterType: 'PRICE_FILTER', maxPrice: '300', minPrice: '0.0001', tickSize: '0.0001' },
    { filterType: 'LOT_SIZE', maxQty: '10000000', minQty: '1', stepSize: '1' },
    { filterType: 'MARKET_LOT_SIZE', maxQty: '590119', minQty: '1', stepSize: '10' },
    { filterType: 'MIN_NOTIONAL', notional: '1' },
  ],
};

function changed(at: number, value: unknown): unknown[] {
  return ROW.map((cell, i) => (i === at ? value : cell));
}

describe("Aster's klines", () => {
  it('are read as they are documented', () => {
    expect(klinesOf([ROW], MINUTE)).toEqual([CANDLE]);
    expect(klinesOf([], MINUTE)).toEqual([]);
  });

  it.each([
    ['a price that is no number', changed(4, 'NaN'), /close must be a decimal string, is NaN/],
    ['a JSON number', changed(4, 0.015771), /close must be a decimal string/],
    ['an exponent', changed(2, '8e-1'), /high must be a decimal string/],
    ['infinity', changed(2, '1e309'), /high must be a decimal string/],
    ['a hexadecimal', changed(2, '0x10'), /high must be a decimal string/],
    ['nothing', changed(1, ''), /open must be a decimal string/],
    ['null', changed(5, null), /volume must be a decimal string/],
    ['a space', changed(1, ' 0.0163'), /open must be a decimal string/],
    ['a negative price', changed(3, '-0.015758'), /must have prices above 0/],
    ['a price of zero', changed(3, '0'), /must have prices above 0/],
    ['a low above the open', changed(3, '0.5'), /must have low <= open and close/],
    ['a high below the open', changed(2, '0.016'), /must have high >= open and close/],
    ['a negative volume', changed(5, '-1'), /must have volume >= 0/],
    ['an open time off the grid', changed(0, 1499040000001), /must open on the 1m grid/],
    ['another interval', changed(6, 1499644799999), /must last 1m, ends at 1499644799999/],
    ['a time in seconds', changed(0, 1499040000), /open time must be UTC ms/],
    ['a time as a text', changed(0, '1499040000000'), /open time must be UTC ms/],
    ['too few cells', ROW.slice(0, 3), /must last 1m, ends at undefined/],
    ['no row', {}, /kline must be a list, is \{\}/],
  ])('are refused with %s', (_, row, why) => {
    expect(() => klinesOf([row], MINUTE)).toThrow(why);
  });

  it('are refused when one comes twice or out of order', () => {
    const later = changed(0, 1499040060000).with(6, 1499040119999);
    expect(() => klinesOf([ROW, ROW], MINUTE)).toThrow(/must rise in time/);
    expect(() => klinesOf([later, ROW], MINUTE)).toThrow(/must rise in time/);
    expect(klinesOf([ROW, later], MINUTE)).toHaveLength(2);
  });

  it.each([
    [1, 1],
    [99, 1],
    [100, 2],
    [499, 2],
    [500, 5],
    [1000, 5],
    [1001, 10],
    [1500, 10],
  ])('of a limit of %i weigh %i', (limit, weight) => {
    expect(klinesWeight(limit)).toBe(weight);
  });
});

describe("Aster's funding", () => {
  const stamp = { symbol: 'BTCUSDT', fundingRate: '-0.03750000', fundingTime: 1570608000000 };

  it('is read as it is documented, the price of it not said', () => {
    const next = { symbol: 'BTCUSDT', fundingRate: '0.00010000', fundingTime: 1570636800003 };
    expect(fundingOf([stamp, next], 'BTCUSDT')).toEqual([
      { stampMs: 1570608000000, atMs: 1570608000000, rate: -0.0375, markPrice: Number.NaN },
      { stampMs: 1570636800003, atMs: 1570636800000, rate: 0.0001, markPrice: Number.NaN },
    ]);
  });

  it('has its mark price where it is said', () => {
    const [one] = fundingOf([{ ...stamp, markPrice: '34287.54619963' }], 'BTCUSDT');
    expect(one!.markPrice).toBe(34287.54619963);
    expect(fundingOf([{ ...stamp, markPrice: '' }], 'BTCUSDT')[0]!.markPrice).toBeNaN();
  });

  it.each([
    ['of another symbol', { ...stamp, symbol: 'ETHUSDT' }, /must be of BTCUSDT/],
    ['that is no number', { ...stamp, fundingRate: 'NaN' }, /must be a decimal string/],
    ['in per cent', { ...stamp, fundingRate: '3.75' }, /must be below 1/],
    ['without a time', { ...stamp, fundingTime: null }, /must be UTC ms/],
  ])('%s is refused', (_, one, why) => {
    expect(() => fundingOf([one], 'BTCUSDT')).toThrow(why);
  });

  it('of one minute twice is refused', () => {
    const again = { ...stamp, fundingTime: stamp.fundingTime + 5 };
    expect(() => fundingOf([stamp, again], 'BTCUSDT')).toThrow(/must rise/);
  });
});

describe("Aster's trading rules", () => {
  const read = (symbol: unknown) => instrumentOf(listedOf({ symbols: [symbol] })[0]!, START_MS);

  it('are those of the filters, not of the precisions; fees and leverage are the base tier', () => {
    expect(read(LISTED)).toEqual({
      venue: 'aster',
      symbol: 'DOGEUSDT',
      tickSize: 0.0001,
      lotSize: 1,
      minNotionalUsd: 1,
      makerFeeBps: 1,
      takerFeeBps: 3.5,
      maxLeverage: 20,
      source: 'venue',
      validFromMs: START_MS,
    });
  });

  it.each([
    ['a tick of 0, which switches the rule off', 0, { tickSize: '0' }, /tick and a lot above 0/],
    ['a lot that is no number', 1, { stepSize: 'one' }, /LOT_SIZE stepSize must be a decimal/],
    ['no lot', 1, { filterType: 'OTHER' }, /LOT_SIZE stepSize must be a decimal/],
    ['no smallest order', 3, { filterType: 'OTHER' }, /MIN_NOTIONAL notional must be a decimal/],
  ])('are refused with %s', (_, at, change, why) => {
    const filters = LISTED.filters.map((one, i) => (i === at ? { ...one, ...change } : one));
    expect(() => read({ ...LISTED, filters })).toThrow(why);
  });

  it('are not disturbed by a symbol nobody asked for', () => {
    const odd = { symbol: 'ODDUSDT', contractType: 'PERPETUAL', filters: 'none' };
    expect(listedOf({ symbols: [odd, LISTED] })).toHaveLength(2);
    expect(() => listedOf({ symbols: [] })).toThrow(/lists none/);
  });
});

describe("Aster's stream", () => {
  /** The documentation's sample, its times made those of a minute after 1973. */
  const k = {
    t: 1499040000000,
    T: 1499040059999,
    s: 'BTCUSDT',
    i: '1m',
    f: 100,
    L: 200,
    o: '0.0010',
    c: '0.0020',
    h: '0.0025',
    l: '0.0015',
    v: '1000',
    n: 100,
    x: false,
    q: '1.0000',
    V: '500',
    Q: '0.500',
    B: '123456',
  };
  const event = (change: object = {}) => ({
    e: 'kline',
    E: 123456789,
    s: 'BTCUSDT',
    k: { ...k, l: '0.0010', ...change },
  });
  const said = (message: unknown) => messageOf(JSON.stringify(message), MINUTE);
  const candle = {
    openMs: 1499040000000,
    open: 0.001,
    high: 0.0025,
    low: 0.001,
    close: 0.002,
    volume: 1000,
  };

  it('says a candle raw and combined, closed as `x` says', () => {
    const forming = [{ kind: 'candle', symbol: 'BTCUSDT', candle, closed: false }];
    expect(said(event())).toEqual(forming);
    expect(said({ stream: 'btcusdt@kline_1m', data: event() })).toEqual(forming);
    expect(said(event({ x: true }))[0]).toMatchObject({ closed: true });
  });

  it("complains of the documentation's own sample: its low is above its open", () => {
    expect(said(event(k))).toEqual([
      {
        kind: 'complaint',
        text: 'candle 1499040000000 must have low <= open and close, low is 0.0015',
      },
    ]);
  });

  it('is alive by the answer to a subscription', () => {
    expect(said({ result: null, id: 1 })).toEqual([{ kind: 'alive' }]);
  });

  it.each([
    ['an error', { code: 2, msg: 'Invalid request: too many parameters' }],
    ['an event it was not asked for', { e: 'aggTrade', s: 'BTCUSDT' }],
    ['another interval', event({ i: '5m' })],
    ['a candle that does not say whether it closed', event({ x: 'true' })],
    ['a number that is none', event({ c: 'NaN' })],
    ['crossed numbers', event({ h: '0.0010', l: '0.0025' })],
    ['a candle without a symbol', { ...event(), s: undefined }],
    ['null', null],
    ['a list', []],
    ['a number', 42],
    ['nothing', {}],
  ])('complains of %s, without an exception', (_, message) => {
    const [one, ...more] = said(message);
    expect(one!.kind).toBe('complaint');
    expect(more).toEqual([]);
  });

  it.each(['', '{"e":"kline"', '<html>', '\u0000'])('complains of %j', (text) => {
    expect(messageOf(text, MINUTE)).toMatchObject([{ kind: 'complaint' }]);
  });

  it('is subscribed by its address alone, in lower case', () => {
    const talk = asterTalk('wss://fstream.asterdex.com');
    expect(talk.url(['BTCUSDT', 'ETHUSDT'], MINUTE)).toBe(
      'wss://fstream.asterdex.com/stream?streams=btcusdt@kline_1m/ethusdt@kline_1m',
    );
    expect(talk.hello(['BTCUSDT'], MINUTE)).toEqual([]);
    expect(talk).toMatchObject({ maxSymbols: 200, ping: null, maxAgeMs: 86_400_000 });
    expect(talk.pingEveryMs).toBeLessThan(talk.silenceMs);
  });
});

describe("Aster's requests", () => {
  const candles = inventedCandles(7, START_MS, 4000, MINUTE);
  const funding = Array.from({ length: 2300 }, (_, i) => {
    return { atMs: START_MS + i * 3_600_000 + 3, rate: 0.0001 };
  });
  let pace: VirtualPace;
  let server: LocalVenue;

  beforeEach(async () => {
    pace = new VirtualPace(START_MS + 4000 * MINUTE);
    const symbols = { BTCUSDT: { candles, funding }, ETHUSDT: {} };
    server = await startAsterServer({ symbols, nowMs: () => pace.nowMs() });
  });
  afterEach(() => server.stop());

  it('take pages of 1500 candles, each asked for once, with the range and limit documented', async () => {
    const venue = openAster({ hosts: server.hosts, pace });
    const pages: number[] = [];
    for await (const page of venue.candles('BTCUSDT', MINUTE, START_MS, pace.nowMs())) {
      pages.push(page.length);
    }
    expect(pages).toEqual([1500, 1500, 1000]);
    const asked = server.requests.filter(({ path }) => path === '/fapi/v3/klines');
    expect(asked.map(({ query }) => Object.fromEntries(query))).toEqual(
      [0, 1500, 3000].map((row) => ({
        symbol: 'BTCUSDT',
        interval: '1m',
        startTime: String(START_MS + row * MINUTE),
        endTime: String(START_MS + 4000 * MINUTE - 1),
        limit: String(Math.min(1500, 4000 - row)),
      })),
    );
    expect(asked.map(({ weight }) => weight)).toEqual([10, 10, 5]);
  });

  it('take pages of 1000 stamps', async () => {
    pace.pass(funding.length * 3_600_000);
    const venue = openAster({ hosts: server.hosts, pace });
    const got: number[] = [];
    for await (const page of venue.funding('BTCUSDT', START_MS, pace.nowMs())) {
      got.push(...page.map(({ atMs }) => atMs));
    }
    expect(got).toEqual(funding.map(({ atMs }) => atMs - 3));
    const asked = server.requests.filter(({ path }) => path === '/fapi/v3/fundingRate');
    expect(asked.map(({ query }) => query.get('limit'))).toEqual(['1000', '1000', '1000', '1000']);
  });

  it('ask /time where no Date header says what the venue thinks it is', async () => {
    server.dateSkewMs = null;
    pace.pass(-MINUTE / 2);
    const venue = openAster({ hosts: server.hosts, pace });
    const got: number[] = [];
    const fromMs = START_MS + 3990 * MINUTE;
    for await (const page of venue.candles('BTCUSDT', MINUTE, fromMs, pace.nowMs() + MINUTE)) {
      got.push(...page.map(({ openMs }) => openMs));
    }
    expect(got.at(-1)).toBe(START_MS + 3998 * MINUTE);
    expect(server.requests.map(({ path }) => path)).toContain('/fapi/v3/time');
  });

  it('for a symbol that is not trading are refused as input', async () => {
    server.fail({
      kind: 'body',
      body: JSON.stringify({ symbols: [{ ...LISTED, status: 'SETTLING' }] }),
    });
    const venue = openAster({ hosts: server.hosts, pace });
    const asked = venue.instruments(['DOGEUSDT']);
    await expect(asked).rejects.toThrow(InputError);
    await expect(asked).rejects.toThrow('aster DOGEUSDT: must be trading, is SETTLING');
  });
});
