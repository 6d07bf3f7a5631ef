// Binance's REST as its documentation says it. USD-M is Aster's relative: the same shapes under
// /fapi/v1. Spot has its own paths, pages of a thousand, one weight, and another filter's name.

import { intervalName } from '../../../engine/interval.ts';
import { asterDialect } from './aster-server.ts';
import { decimalText } from './candles.ts';
import type { Dialect, LocalVenueOptions, Market, Reply, SeenRequest } from './dialect.ts';
import { LocalVenue } from './local-venue.ts';

/** Starts a local Binance USD-M. */
export function startBinanceUsdmServer(options: LocalVenueOptions): Promise<LocalVenue> {
  return new LocalVenue(asterDialect(options.intervalMs ?? 60_000), options).start();
}

/** Starts a local Binance spot. */
export function startBinanceSpotServer(options: LocalVenueOptions): Promise<LocalVenue> {
  return new LocalVenue(spotDialect(options.intervalMs ?? 60_000), options).start();
}

function spotDialect(intervalMs: number): Dialect {
  return {
    ...asterDialect(intervalMs),
    weightLimit: 6000,
    answer: (market, request) => answer(market, request, intervalName(intervalMs)),
  };
}

function answer(market: Market, { path, query }: SeenRequest, name: string): Reply {
  if (path === '/api/v3/exchangeInfo') {
    return {
      status: 200,
      weight: 20,
      body: { symbols: market.symbols.map((one) => listed(market, one)) },
    };
  }
  if (path !== '/api/v3/klines') return { status: 404, weight: 1, body: null };
  const served = market.served(query.get('symbol') ?? '');
  const limit = Number(query.get('limit') ?? 500);
  if (limit > 1000) return { status: 400, weight: 2, body: { code: -1130, msg: 'limit' } };
  const [start, end] = [Number(query.get('startTime')), Number(query.get('endTime'))];
  const rows = query.get('interval') === name ? served : [];
  const body = rows
    .filter(({ openMs }) => openMs >= start && openMs <= end)
    .slice(0, limit)
    .map(({ openMs, open, high, low, close, volume }) => {
      const closeMs = openMs + market.intervalMs - 1;
      return [openMs, open, high, low, close, volume, closeMs, '1', 2, '3', '4', '0'];
    });
  return { status: 200, weight: 2, body };
}

function listed(market: Market, symbol: string): unknown {
  const { tickSize = 0.01, lotSize = 0.00001 } = market.about(symbol)!;
  return {
    symbol,
    status: 'TRADING',
    filters: [
      { filterType: 'PRICE_FILTER', tickSize: decimalText(tickSize) },
      { filterType: 'LOT_SIZE', stepSize: decimalText(lotSize) },
      { filterType: 'NOTIONAL', minNotional: '5.00000000', maxNotional: '9000000.00000000' },
    ],
  };
}
