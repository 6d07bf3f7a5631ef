// Binance's history over REST, spot and USD-M futures: candles, mark prices, funding, trading rules.

import { intervalName } from '../../../engine/interval.ts';
import {
  flowKlinesOf,
  fundingOf,
  klinesOf,
  type Listed,
  listedOf,
  markKlinesOf,
  stepsOf,
} from '../binance-shape.ts';
import { WeightBudget } from '../budget.ts';
import type { Pace } from '../contract.ts';
import { type HttpReply, type HttpTuning, VenueHttp } from '../http.ts';
import type { Listing, PagedHistory } from '../paged.ts';
import { refuseUnknown, shown } from '../said.ts';
import { type BinanceMarket, FUNDING_PAGE, FUNDING_WEIGHT } from './hosts.ts';

export interface BinanceOptions extends HttpTuning {
  readonly restUrl?: string;
  readonly pace: Pace;
}

/** Opens one market; nothing is sent before something is asked. */
export function openBinance(market: BinanceMarket, options: BinanceOptions): PagedHistory {
  const { pace, restUrl = market.restUrl } = options;
  const budget = new WeightBudget(market.budget, pace);
  const http = new VenueHttp(market.id, restUrl, pace, budget, options);
  const isFutures = market.id === 'binance-usdm';

  function path(name: string, query: Readonly<Record<string, string | number>>): string {
    const pairs = Object.entries(query).map(([key, value]) => [key, String(value)]);
    return `${market.path}/${name}?${new URLSearchParams(Object.fromEntries(pairs))}`;
  }

  const klines =
    (name: string, parse: typeof klinesOf): PagedHistory['candlePage'] =>
    (symbol, intervalMs, fromMs, toMs, signal) => {
      const limit = Math.min(market.page, Math.ceil((toMs - fromMs) / intervalMs));
      const interval = intervalName(intervalMs);
      const query = { symbol, interval, startTime: fromMs, endTime: toMs - 1, limit };
      const read = ({ json, serverMs }: HttpReply) => {
        const candles = parse(json, intervalMs);
        // Without the venue's clock a newer candle is the proof that one has closed.
        const knownMs = Number.isNaN(serverMs) ? (candles.at(-1)?.openMs ?? serverMs) : serverMs;
        return { candles, serverMs: knownMs };
      };
      return http.ask({ path: path(name, query), weight: market.weightOf(limit) }, read, signal);
    };

  /** Asks for all symbols of the market and what to make of them. */
  function listed<T>(read: (all: readonly Listed[]) => T, signal?: AbortSignal): Promise<T> {
    const request = { path: `${market.path}/exchangeInfo`, weight: market.listingWeight };
    const ofMarket = ({ json }: HttpReply) =>
      read(listedOf(json).filter((one) => !isFutures || one.isPerpetual));
    return http.ask(request, ofMarket, signal);
  }

  return Object.freeze<PagedHistory>({
    symbols: (signal) => listed((all) => all.map(({ symbol }) => symbol), signal),

    listing(symbols, signal) {
      return listed((all) => {
        const bySymbol = new Map(all.map((one) => [one.symbol, one]));
        refuseUnknown(market.id, symbols, bySymbol.keys());
        const validFromMs = Math.floor(pace.nowMs());
        return symbols.map((symbol): Listing => {
          const one = bySymbol.get(symbol)!;
          if (one.status !== 'TRADING') {
            return { symbol, status: shown(one.status), instrument: null };
          }
          const rules = { venue: market.id, symbol, ...stepsOf(one), ...market.assumed };
          const instrument = Object.freeze({ ...rules, source: 'venue' as const, validFromMs });
          return { symbol, status: 'TRADING', instrument };
        });
      }, signal);
    },

    candlePage: klines('klines', klinesOf),
    flowPage: klines('klines', flowKlinesOf),
    markPage: isFutures ? klines('markPriceKlines', markKlinesOf) : null,

    fundingPage(symbol, fromMs, toMs, signal) {
      const query = { symbol, startTime: fromMs, endTime: toMs - 1, limit: FUNDING_PAGE };
      const request = { path: path('fundingRate', query), weight: FUNDING_WEIGHT };
      const read = ({ json, serverMs }: HttpReply) => {
        return { stamps: fundingOf(json, symbol), serverMs };
      };
      return http.ask(request, read, signal);
    },
  });
}
