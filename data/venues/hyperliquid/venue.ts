// Hyperliquid's public side: candles, funding and trading rules, all by POST /info, no key.

import { intervalName } from '../../../engine/interval.ts';
import { WeightBudget } from '../budget.ts';
import type { Pace, VenueHosts } from '../contract.ts';
import { type HttpReply, type HttpTuning, VenueHttp } from '../http.ts';
import type { Listing, PagedVenue } from '../paged.ts';
import { candlePages, fundingPages } from '../pages.ts';
import { refuseInterval, refuseUnknown } from '../said.ts';
import {
  BUDGET,
  CANDLE_DEPTH,
  CANDLES_A_WEIGHT,
  coinOf,
  FUNDING_PAGE,
  HOSTS,
  ID,
  INFO_WEIGHT,
  INTERVALS_MS,
  ITEMS_A_WEIGHT,
} from './hosts.ts';
import {
  candlesOf,
  fundingOf,
  instrumentOf,
  type Listed,
  universeOf,
  universeWithContextsOf,
} from './parse.ts';
import { hyperliquidTalk } from './talk.ts';

export interface HyperliquidOptions extends HttpTuning {
  readonly hosts?: Partial<VenueHosts>;
  readonly pace: Pace;
}

/** Opens Hyperliquid's public side; nothing is sent before something is asked. */
export function openHyperliquid(options: HyperliquidOptions): PagedVenue {
  const { pace } = options;
  const hosts = { ...HOSTS, ...options.hosts };
  const http = new VenueHttp(ID, hosts.restUrl, pace, new WeightBudget(BUDGET, pace), options);
  let names: ReadonlySet<string> | null = null;

  function info<T>(
    body: { readonly type: string; readonly [key: string]: unknown },
    weight: number,
    read: (reply: HttpReply) => T,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    return http.ask({ path: '/info', body, weight }, read, signal);
  }

  function remember(universe: readonly Listed[]): ReadonlyMap<string, Listed> {
    const bySymbol = new Map(universe.map((one) => [one.symbol, one]));
    names = new Set(bySymbol.keys());
    return bySymbol;
  }

  /** An unknown coin is answered 500, like a fault that passes: it is never asked for. */
  async function known(symbol: string, signal: AbortSignal | undefined): Promise<void> {
    if (names?.has(symbol)) return;
    const read = ({ json }: HttpReply) =>
      refuseUnknown(ID, [symbol], remember(universeOf(json, null)).keys());
    await info({ type: 'meta' }, INFO_WEIGHT, read, signal);
  }

  function candlePage(
    symbol: string,
    intervalMs: number,
    fromMs: number,
    toMs: number,
    signal?: AbortSignal,
  ) {
    const coin = coinOf(symbol);
    const rows = Math.min(CANDLE_DEPTH, (toMs - fromMs) / intervalMs);
    const interval = intervalName(intervalMs);
    const req = { coin, interval, startTime: fromMs, endTime: toMs - 1 };
    const read = (reply: HttpReply) => {
      const candles = candlesOf(reply.json, coin, intervalMs);
      // Without the venue's clock a newer candle is the proof that one has closed.
      const serverMs = Number.isNaN(reply.serverMs)
        ? (candles.at(-1)?.openMs ?? Number.NaN)
        : reply.serverMs;
      return { candles, serverMs };
    };
    const weight = INFO_WEIGHT + Math.ceil(rows / CANDLES_A_WEIGHT);
    return info({ type: 'candleSnapshot', req }, weight, read, signal);
  }

  function fundingPage(symbol: string, fromMs: number, toMs: number, signal?: AbortSignal) {
    const coin = coinOf(symbol);
    const body = { type: 'fundingHistory', coin, startTime: fromMs, endTime: toMs - 1 };
    const read = ({ json, serverMs }: HttpReply) => {
      return { stamps: fundingOf(json, coin), serverMs };
    };
    return info(body, INFO_WEIGHT + FUNDING_PAGE / ITEMS_A_WEIGHT, read, signal);
  }

  return Object.freeze<PagedVenue>({
    id: ID,
    intervalsMs: INTERVALS_MS,
    candleDepth: CANDLE_DEPTH,
    talk: hyperliquidTalk(hosts.streamUrl),

    symbols(signal?: AbortSignal) {
      const read = ({ json }: HttpReply) => {
        return [...remember(universeWithContextsOf(json)).values()]
          .filter(({ isDelisted }) => !isDelisted)
          .map(({ symbol }) => symbol);
      };
      return info({ type: 'metaAndAssetCtxs' }, INFO_WEIGHT, read, signal);
    },

    instruments(symbols: readonly string[], signal?: AbortSignal) {
      const read = ({ json }: HttpReply) => {
        const all = remember(universeWithContextsOf(json));
        refuseUnknown(ID, symbols, all.keys(), (symbol) =>
          all.get(symbol)!.isDelisted ? 'must be trading, is delisted' : null,
        );
        const sinceMs = Math.floor(pace.nowMs());
        return symbols.map((symbol) => instrumentOf(all.get(symbol)!, sinceMs));
      };
      return info({ type: 'metaAndAssetCtxs' }, INFO_WEIGHT, read, signal);
    },

    listing(symbols: readonly string[], signal?: AbortSignal) {
      const read = ({ json }: HttpReply) => {
        const all = remember(universeWithContextsOf(json));
        refuseUnknown(ID, symbols, all.keys());
        const sinceMs = Math.floor(pace.nowMs());
        return symbols.map((symbol): Listing => {
          const one = all.get(symbol)!;
          if (one.isDelisted) return { symbol, status: 'delisted', instrument: null };
          return { symbol, status: 'trading', instrument: instrumentOf(one, sinceMs) };
        });
      };
      return info({ type: 'metaAndAssetCtxs' }, INFO_WEIGHT, read, signal);
    },

    candlePage,
    markPage: null,
    flowPage: null,
    fundingPage,

    async *candles(
      symbol: string,
      intervalMs: number,
      fromMs: number,
      toMs: number,
      signal?: AbortSignal,
    ) {
      refuseInterval(ID, INTERVALS_MS, intervalMs);
      await known(symbol, signal);
      // The whole range at once: a piece of it from before the depth would be empty, like its end.
      yield* candlePages(intervalMs, fromMs, toMs, (nextMs, endMs) =>
        candlePage(symbol, intervalMs, nextMs, endMs, signal),
      );
    },

    async *funding(symbol: string, fromMs: number, toMs: number, signal?: AbortSignal) {
      await known(symbol, signal);
      yield* fundingPages(fromMs, toMs, (nextMs, endMs) =>
        fundingPage(symbol, nextMs, endMs, signal),
      );
    },
  });
}
