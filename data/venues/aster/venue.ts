// Aster's public side: candles, funding and trading rules over /fapi/v3, no key.

import { intervalName } from '../../../engine/interval.ts';
import {
  flowKlinesOf,
  fundingOf,
  klinesOf,
  type Listed,
  listedOf,
  markKlinesOf,
} from '../binance-shape.ts';
import { WeightBudget } from '../budget.ts';
import type { Pace, VenueHosts } from '../contract.ts';
import { type HttpReply, type HttpTuning, VenueHttp } from '../http.ts';
import type { Listing, PagedVenue } from '../paged.ts';
import { candlePages, fundingPages } from '../pages.ts';
import { objectOf, refuseInterval, refuseUnknown, shown, timeOf } from '../said.ts';
import {
  BUDGET,
  FUNDING_PAGE,
  HOSTS,
  ID,
  INTERVALS_MS,
  KLINES_PAGE,
  klinesWeight,
} from './hosts.ts';
import { instrumentOf } from './parse.ts';
import { asterTalk } from './talk.ts';

export interface AsterOptions extends HttpTuning {
  readonly hosts?: Partial<VenueHosts>;
  readonly pace: Pace;
}

interface KlinesRange {
  readonly symbol: string;
  readonly intervalMs: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Opens Aster's public side; nothing is sent before something is asked. */
export function openAster(options: AsterOptions): PagedVenue {
  const { pace } = options;
  const hosts = { ...HOSTS, ...options.hosts };
  const http = new VenueHttp(ID, hosts.restUrl, pace, new WeightBudget(BUDGET, pace), options);
  let names: ReadonlySet<string> | null = null;

  /** Asks for all perpetuals and what to make of them. */
  function listed<T>(
    read: (perpetuals: ReadonlyMap<string, Listed>) => T,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    const request = { path: '/fapi/v3/exchangeInfo', weight: 1 };
    return http.ask(
      request,
      ({ json }) => {
        const perpetuals = listedOf(json).filter((one) => one.isPerpetual);
        const bySymbol = new Map(perpetuals.map((one) => [one.symbol, one]));
        names = new Set(bySymbol.keys());
        return read(bySymbol);
      },
      signal,
    );
  }

  async function known(symbol: string, signal: AbortSignal | undefined): Promise<void> {
    if (names?.has(symbol)) return;
    await listed((all) => refuseUnknown(ID, [symbol], all.keys()), signal);
  }

  /** The Date header, or the venue's own answer where a proxy took it away. */
  async function serverMs(reply: HttpReply, signal: AbortSignal | undefined): Promise<number> {
    if (!Number.isNaN(reply.serverMs)) return reply.serverMs;
    const read = ({ json }: HttpReply) =>
      timeOf(objectOf(json, 'time')['serverTime'], 'serverTime');
    return await http.ask({ path: '/fapi/v3/time', weight: 1 }, read, signal);
  }

  async function klinesPage(
    name: string,
    parse: typeof klinesOf,
    { symbol, intervalMs, fromMs, toMs }: KlinesRange,
    signal: AbortSignal | undefined,
  ) {
    const interval = intervalName(intervalMs);
    const limit = Math.min(KLINES_PAGE, Math.ceil((toMs - fromMs) / intervalMs));
    const query = { symbol, interval, startTime: fromMs, endTime: toMs - 1, limit };
    const request = { path: pathOf(name, query), weight: klinesWeight(limit) };
    const read = (reply: HttpReply) => ({ reply, candles: parse(reply.json, intervalMs) });
    const { reply, candles } = await http.ask(request, read, signal);
    return { candles, serverMs: await serverMs(reply, signal) };
  }

  function fundingPage(symbol: string, fromMs: number, toMs: number, signal?: AbortSignal) {
    const query = { symbol, startTime: fromMs, endTime: toMs - 1, limit: FUNDING_PAGE };
    const request = { path: pathOf('fundingRate', query), weight: 1 };
    const read = ({ json, serverMs }: HttpReply) => {
      return { stamps: fundingOf(json, symbol), serverMs };
    };
    return http.ask(request, read, signal);
  }

  return Object.freeze<PagedVenue>({
    id: ID,
    intervalsMs: INTERVALS_MS,
    candleDepth: Number.POSITIVE_INFINITY,
    talk: asterTalk(hosts.streamUrl),

    symbols(signal?: AbortSignal) {
      return listed((all) => {
        return [...all.values()]
          .filter(({ status }) => status === 'TRADING')
          .map(({ symbol }) => symbol);
      }, signal);
    },

    instruments(symbols: readonly string[], signal?: AbortSignal) {
      return listed((all) => {
        refuseUnknown(ID, symbols, all.keys(), (symbol) => {
          const { status } = all.get(symbol)!;
          return status === 'TRADING' ? null : `must be trading, is ${shown(status)}`;
        });
        const sinceMs = Math.floor(pace.nowMs());
        return symbols.map((symbol) => instrumentOf(all.get(symbol)!, sinceMs));
      }, signal);
    },

    listing(symbols: readonly string[], signal?: AbortSignal) {
      return listed((all) => {
        refuseUnknown(ID, symbols, all.keys());
        const sinceMs = Math.floor(pace.nowMs());
        return symbols.map((symbol): Listing => {
          const one = all.get(symbol)!;
          const isTrading = one.status === 'TRADING';
          const instrument = isTrading ? instrumentOf(one, sinceMs) : null;
          return { symbol, status: shown(one.status), instrument };
        });
      }, signal);
    },

    candlePage: (symbol, intervalMs, fromMs, toMs, signal) =>
      klinesPage('klines', klinesOf, { symbol, intervalMs, fromMs, toMs }, signal),

    markPage: (symbol, intervalMs, fromMs, toMs, signal) =>
      klinesPage('markPriceKlines', markKlinesOf, { symbol, intervalMs, fromMs, toMs }, signal),

    flowPage: (symbol, intervalMs, fromMs, toMs, signal) =>
      klinesPage('klines', flowKlinesOf, { symbol, intervalMs, fromMs, toMs }, signal),

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
      yield* candlePages(intervalMs, fromMs, toMs, (nextMs, endMs) =>
        klinesPage('klines', klinesOf, { symbol, intervalMs, fromMs: nextMs, toMs: endMs }, signal),
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

function pathOf(name: string, query: Readonly<Record<string, string | number>>): string {
  const pairs = Object.entries(query).map(([key, value]) => [key, String(value)]);
  return `/fapi/v3/${name}?${new URLSearchParams(Object.fromEntries(pairs))}`;
}
