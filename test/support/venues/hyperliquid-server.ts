// Hyperliquid's public side as its documentation says it: POST /info and the WebSocket at /ws. Its
// handle and faults are those of local-venue.ts; symbols are ours, BTCUSDC for its coin BTC.
//
//   const server = await startHyperliquidServer({ symbols: { BTCUSDC: { candles } } });
//
// Its stream does not say whether a candle has closed: `close` pushes the last state, no more. Only
// the latest 5,000 candles exist for it, of which REST serves those that overlap the range asked.

import { intervalName } from '../../../engine/interval.ts';
import { decimalText } from './candles.ts';
import type { Dialect, Listener, LocalVenueOptions, Market, Reply } from './dialect.ts';
import type { WireCandle } from './faults.ts';
import { HyperliquidAccount, type HyperliquidAccountOptions } from './hyperliquid-account.ts';
import { LocalVenue } from './local-venue.ts';

/** Starts a local Hyperliquid. */
export function startHyperliquidServer(options: LocalVenueOptions): Promise<LocalVenue> {
  return new LocalVenue(dialect(options.intervalMs ?? 60_000), options).start();
}

/** The same with an account, whose orders meet the prices that a test sets. */
export async function startHyperliquidAccount(
  options: LocalVenueOptions,
  about: HyperliquidAccountOptions,
): Promise<{ readonly server: LocalVenue; readonly account: HyperliquidAccount }> {
  const publicly = dialect(options.intervalMs ?? 60_000);
  const server = new LocalVenue(
    {
      ...publicly,
      answer: (market, request) => account.answer(request) ?? publicly.answer(market, request),
      heard: (market, listener, text) =>
        account.heard(listener.topics, text) ?? publicly.heard(market, listener, text),
    },
    options,
  );
  const account = new HyperliquidAccount(server, about, (topic, text) =>
    server.tellTopic(topic, text),
  );
  await server.start();
  return { server, account };
}

const DEPTH = 5000;
const FUNDING_PAGE = 500;
const MAX_SUBSCRIPTIONS = 1000;

function dialect(intervalMs: number): Dialect {
  const name = intervalName(intervalMs);
  return {
    streamPath: '/ws',
    weightLimit: 1200,
    weightHeader: null,
    hasProtocolPing: false,
    idleMs: 60_000,
    answer: (market, request) =>
      request.method === 'POST' && request.path === '/info'
        ? answer(market, request.body, name)
        : { status: 404, weight: 20, body: null },
    connected: (_listener, url) => url.pathname === '/ws',
    heard,
    topic: (symbol) => `${coinOf(symbol)},${name}`,
    candleText: (market, symbol, candle) =>
      JSON.stringify({ channel: 'candle', data: written(market, symbol, candle, name) }),
  };
}

function coinOf(symbol: string): string {
  return symbol.replace(/USDC$/, '');
}

function written(market: Market, symbol: string, one: WireCandle, name: string): unknown {
  return {
    t: one.openMs,
    T: one.openMs + market.intervalMs - 1,
    s: coinOf(symbol),
    i: name,
    o: one.open,
    c: one.close,
    h: one.high,
    l: one.low,
    v: one.volume,
    n: 36,
  };
}

function heard(market: Market, listener: Listener, text: string): readonly string[] {
  const wrong = (why: string) => [JSON.stringify({ channel: 'error', data: why })];
  let said: {
    method?: unknown;
    subscription?: { type?: unknown; coin?: unknown; interval?: unknown };
  };
  try {
    said = JSON.parse(text);
  } catch {
    return wrong(`Error parsing JSON into valid websocket request: ${text}`);
  }
  if (said.method === 'ping') return ['{"channel":"pong"}'];
  const { type, coin, interval } = said.subscription ?? {};
  if (type !== 'candle' || !market.symbols.some((symbol) => coinOf(symbol) === coin)) {
    return wrong(`Invalid subscription ${JSON.stringify(said.subscription)}`);
  }
  const topic = `${coin},${interval}`;
  if (said.method === 'unsubscribe') listener.topics.delete(topic);
  else if (said.method !== 'subscribe') return wrong(`Invalid method ${String(said.method)}`);
  else if (listener.topics.has(topic)) return wrong(`Already subscribed: ${text}`);
  else if (listener.topics.size >= MAX_SUBSCRIPTIONS) return wrong('Too many subscriptions');
  else listener.topics.add(topic);
  const data = { method: said.method, subscription: said.subscription };
  return [JSON.stringify({ channel: 'subscriptionResponse', data })];
}

function answer(market: Market, body: string, name: string): Reply {
  const malformed: Reply = {
    status: 422,
    weight: 20,
    body: 'Failed to deserialize the JSON body into the target type',
  };
  let asked: Record<string, unknown>;
  try {
    asked = JSON.parse(body);
  } catch {
    return malformed;
  }
  const req = (asked['req'] ?? {}) as Record<string, unknown>;
  const symbolOf = (coin: unknown) => market.symbols.find((symbol) => coinOf(symbol) === coin);
  switch (asked['type']) {
    case 'meta':
      return { status: 200, weight: 20, body: { universe: universe(market) } };
    case 'metaAndAssetCtxs':
      return {
        status: 200,
        weight: 20,
        body: [
          { universe: universe(market) },
          market.symbols.map((symbol) => context(market, symbol)),
        ],
      };
    case 'candleSnapshot': {
      const [start, end] = [req['startTime'], req['endTime']].map(Number) as [number, number];
      const symbol = symbolOf(req['coin']);
      if (!(end >= 0) || !(start >= 0)) return malformed;
      // A coin it does not know is an error of the server, not of the request.
      if (symbol === undefined) return { status: 500, weight: 20, body: null };
      const all = req['interval'] === name ? market.served(symbol).slice(-DEPTH) : [];
      const rows = all.filter(
        ({ openMs }) => openMs + market.intervalMs - 1 >= start && openMs <= end,
      );
      const said = rows.length === 0 && market.isStuck ? all.slice(-1) : rows;
      return {
        status: 200,
        weight: 20 + Math.floor(rows.length / 60),
        body: said.map((one) => written(market, symbol, one, name)),
      };
    }
    case 'fundingHistory': {
      const symbol = symbolOf(asked['coin']);
      const start = Number(asked['startTime']);
      const end = asked['endTime'] === undefined ? market.nowMs() : Number(asked['endTime']);
      if (!(start >= 0)) return malformed;
      if (symbol === undefined) return { status: 500, weight: 20, body: null };
      const rows = (market.about(symbol)!.funding ?? [])
        .filter(({ atMs }) => atMs >= start && atMs <= end && atMs <= market.nowMs())
        .slice(0, FUNDING_PAGE)
        .map(({ atMs, rate }) => {
          const [fundingRate, premium] = [decimalText(rate), decimalText(rate - 0.0003)];
          return { coin: asked['coin'], fundingRate, premium, time: atMs };
        });
      return { status: 200, weight: 20 + Math.floor(rows.length / 20), body: rows };
    }
    default:
      return malformed;
  }
}

function universe(market: Market): unknown[] {
  return market.symbols.map((symbol) => {
    const { lotSize = 0.001, maxLeverage = 50, isDelisted } = market.about(symbol)!;
    const szDecimals = Math.round(-Math.log10(lotSize));
    const delisted = isDelisted ? { isDelisted } : {};
    return { name: coinOf(symbol), szDecimals, maxLeverage, ...delisted };
  });
}

function context(market: Market, symbol: string): unknown {
  const price = market.served(symbol).at(-1)?.close ?? null;
  return {
    dayNtlVlm: '1169046.29406',
    funding: '0.0000125',
    impactPxs: price === null ? null : [price, price],
    markPx: price,
    midPx: price,
    openInterest: '688.11',
    oraclePx: price,
    premium: '0.00031774',
    prevDayPx: price,
  };
}
