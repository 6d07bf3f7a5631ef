// Aster's public side as its V3 documentation says it: /fapi/v3 over HTTP, kline streams over /ws
// and /stream. Its handle and faults are those of local-venue.ts.
//
//   const server = await startAsterServer({ symbols: { BTCUSDT: { candles } } });
//   const { server, account } = await startAsterAccount({ symbols: { BTCUSDT: {} } }, { signer, user });

import { intervalName } from '../../../engine/interval.ts';
import { AsterAccount, type AsterAccountOptions } from './aster-account.ts';
import { decimalText } from './candles.ts';
import type {
  Dialect,
  Listener,
  LocalVenueOptions,
  Market,
  Reply,
  SeenRequest,
} from './dialect.ts';
import type { WireCandle } from './faults.ts';
import { LocalVenue } from './local-venue.ts';

/** Starts a local Aster. */
export function startAsterServer(options: LocalVenueOptions): Promise<LocalVenue> {
  return new LocalVenue(asterDialect(options.intervalMs ?? 60_000), options).start();
}

/** The same with an account, whose orders meet the prices that a test sets. */
export async function startAsterAccount(
  options: LocalVenueOptions,
  about: AsterAccountOptions,
): Promise<{ readonly server: LocalVenue; readonly account: AsterAccount }> {
  const publicly = asterDialect(options.intervalMs ?? 60_000);
  const isKey = (url: URL) => account.isKey(url.pathname.replace(/^\/ws\//, ''));
  const dialect: Dialect = {
    ...publicly,
    answer: (market, request) => account.answer(request) ?? publicly.answer(market, request),
    connected(listener, url) {
      if (!isKey(url)) return publicly.connected(listener, url);
      listener.topics.add(`user:${url.pathname.replace(/^\/ws\//, '')}`);
      return true;
    },
  };
  const server = new LocalVenue(dialect, options);
  const account = new AsterAccount(server, about, (topic, text) => server.tellTopic(topic, text));
  await server.start();
  return { server, account };
}

const MAX_STREAMS = 200;
const MAX_HEARD_A_SECOND = 10;

export function asterDialect(intervalMs: number): Dialect {
  const name = intervalName(intervalMs);
  return {
    streamPath: '',
    weightLimit: 2400,
    weightHeader: 'X-MBX-USED-WEIGHT-1M',
    hasProtocolPing: true,
    idleMs: 900_000,
    answer: (market, request) => answer(market, request, name),
    connected(listener, url) {
      const raw = /^\/ws\/?(.*)$/.exec(url.pathname)?.[1];
      const combined = url.pathname === '/stream' ? (url.searchParams.get('streams') ?? '') : null;
      if (raw === undefined && combined === null) return false;
      listener.isCombined = combined !== null;
      const streams = (combined ?? raw ?? '').split('/').filter((stream) => stream !== '');
      for (const stream of streams) listener.topics.add(stream);
      return streams.length <= MAX_STREAMS;
    },
    heard: (_market, listener, text) => heard(listener, text),
    topic: (symbol) => `${symbol.toLowerCase()}@kline_${name}`,
    candleText(market, symbol, candle, closed, listener) {
      const event = klineEvent(market, symbol, candle, closed, name);
      const stream = `${symbol.toLowerCase()}@kline_${name}`;
      return JSON.stringify(listener.isCombined ? { stream, data: event } : event);
    },
  };
}

function heard(listener: Listener, text: string): readonly string[] | null {
  if (listener.heardAtMs.length > MAX_HEARD_A_SECOND) return null;
  let said: { method?: unknown; params?: unknown; id?: unknown };
  try {
    said = JSON.parse(text);
  } catch {
    return ['{"code":3,"msg":"Invalid JSON: expected value at line 1 column 1"}'];
  }
  const params = Array.isArray(said.params) ? said.params.map(String) : [];
  if (said.method === 'SUBSCRIBE') for (const stream of params) listener.topics.add(stream);
  else if (said.method === 'UNSUBSCRIBE') for (const one of params) listener.topics.delete(one);
  else return ['{"code":2,"msg":"Invalid request: unknown variant"}'];
  if (listener.topics.size > MAX_STREAMS) return null;
  return [JSON.stringify({ result: null, id: said.id ?? null })];
}

function klineEvent(
  market: Market,
  symbol: string,
  candle: WireCandle,
  closed: boolean,
  name: string,
): unknown {
  return {
    e: 'kline',
    E: market.nowMs(),
    s: symbol,
    k: {
      t: candle.openMs,
      T: candle.openMs + market.intervalMs - 1,
      s: symbol,
      i: name,
      f: 100,
      L: 200,
      o: candle.open,
      c: candle.close,
      h: candle.high,
      l: candle.low,
      v: candle.volume,
      n: 100,
      x: closed,
      q: '1.0000',
      V: '500',
      Q: '0.500',
      B: '123456',
    },
  };
}

function answer(market: Market, request: SeenRequest, name: string): Reply {
  const path = request.path.replace(/^\/fapi\/v[13]/, '');
  const { query } = request;
  const symbol = query.get('symbol') ?? '';
  const number = (key: string) => (query.has(key) ? Number(query.get(key)) : undefined);
  switch (path) {
    case '/ping':
      return { status: 200, weight: 1, body: {} };
    case '/time':
      return { status: 200, weight: 1, body: { serverTime: market.nowMs() } };
    case '/exchangeInfo':
      return { status: 200, weight: 1, body: exchangeInfo(market) };
    case '/markPriceKlines':
    case '/klines': {
      const limit = number('limit') ?? 500;
      const weight = limit < 100 ? 1 : limit < 500 ? 2 : limit <= 1000 ? 5 : 10;
      if (market.about(symbol) === undefined) return refusal(weight, -1121, 'Invalid symbol.');
      if (limit < 1 || limit > 1500) return refusal(weight, -1130, 'limit is not valid.');
      const isMark = path === '/markPriceKlines';
      const served = isMark ? market.servedMark(symbol) : market.served(symbol);
      const all = query.get('interval') === name ? served : [];
      const rows = ranged(all, (one) => one.openMs, query, limit);
      const said = rows.length === 0 && market.isStuck ? all.slice(-1) : rows;
      return { status: 200, weight, body: said.map(row) };
    }
    case '/fundingRate': {
      const limit = number('limit') ?? 100;
      if (market.about(symbol) === undefined) return refusal(1, -1121, 'Invalid symbol.');
      if (limit < 1 || limit > 1000) return refusal(1, -1130, 'limit is not valid.');
      const nowMs = market.nowMs();
      const all = (market.about(symbol)!.funding ?? []).filter((one) => one.atMs <= nowMs);
      const rows = ranged(all, (one) => one.atMs, query, limit).map(({ atMs, rate }) => {
        return { symbol, fundingRate: decimalText(rate), fundingTime: atMs };
      });
      return { status: 200, weight: 1, body: rows };
    }
    default:
      return { status: 404, weight: 1, body: { code: -5000, msg: `Path ${path} is not there.` } };
  }

  function row(one: WireCandle): unknown[] {
    const closeMs = one.openMs + market.intervalMs - 1;
    const { open, high, low, close, volume } = one;
    // Takers bought half of it.
    const bought = decimalText(Number(volume) / 2);
    const rest = ['2434.19055334', 308, bought, '28.46694368', '17928899.62484339'];
    return [one.openMs, open, high, low, close, volume, closeMs, ...rest];
  }
}

/** With neither bound the latest `limit`; else the first `limit` from the start, both inclusive. */
function ranged<T>(
  all: readonly T[],
  timeOf: (one: T) => number,
  query: URLSearchParams,
  limit: number,
): T[] {
  const [start, end] = [query.get('startTime'), query.get('endTime')];
  const [from, to] = [Number(start ?? 0), end === null ? Number.POSITIVE_INFINITY : Number(end)];
  const within = all.filter((one) => timeOf(one) >= from && timeOf(one) <= to);
  return start === null ? within.slice(-limit) : within.slice(0, limit);
}

function refusal(weight: number, code: number, msg: string): Reply {
  return { status: 400, weight, body: { code, msg } };
}

function exchangeInfo(market: Market): unknown {
  const symbols = market.symbols.map((symbol) => {
    const { tickSize = 0.1, lotSize = 0.001, isDelisted = false } = market.about(symbol)!;
    const [tick, step] = [decimalText(tickSize), decimalText(lotSize)];
    return {
      symbol,
      pair: symbol,
      contractType: 'PERPETUAL',
      deliveryDate: 4133404800000,
      onboardDate: 1598252400000,
      status: isDelisted ? 'SETTLING' : 'TRADING',
      quoteAsset: 'USDT',
      marginAsset: 'USDT',
      pricePrecision: 5,
      quantityPrecision: 0,
      filters: [
        { filterType: 'PRICE_FILTER', maxPrice: '1000000', minPrice: tick, tickSize: tick },
        { filterType: 'LOT_SIZE', maxQty: '10000000', minQty: step, stepSize: step },
        { filterType: 'MARKET_LOT_SIZE', maxQty: '590119', minQty: step, stepSize: step },
        { filterType: 'MAX_NUM_ORDERS', limit: 200 },
        { filterType: 'MIN_NOTIONAL', notional: '5' },
      ],
    };
  });
  const limit = {
    interval: 'MINUTE',
    intervalNum: 1,
    limit: 2400,
    rateLimitType: 'REQUEST_WEIGHT',
  };
  return { exchangeFilters: [], rateLimits: [limit], serverTime: market.nowMs(), symbols };
}
