// Aster's public side: candles, funding and trading rules over /fapi/v3, no key.

import { intervalName } from '../../../engine/interval.ts';
import { WeightBudget } from '../budget.ts';
import type { Pace, PublicVenue, VenueHosts } from '../contract.ts';
import { type HttpReply, type HttpTuning, VenueHttp } from '../http.ts';
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
import { fundingOf, instrumentOf, klinesOf, type Listed, listedOf } from './parse.ts';
import { asterTalk } from './talk.ts';

export interface AsterOptions extends HttpTuning {
  readonly hosts?: Partial<VenueHosts>;
  readonly pace: Pace;
}

/** Opens Aster's public side; nothing is sent before something is asked. */
export function openAster(options: AsterOptions): PublicVenue {
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

  return Object.freeze({
    id: ID,
    intervalsMs: INTERVALS_MS,
    candleDepth: Number.POSITIVE_INFINITY,
    talk: asterTalk(hosts.streamUrl),

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

    async *candles(
      symbol: string,
      intervalMs: number,
      fromMs: number,
      toMs: number,
      signal?: AbortSignal,
    ) {
      refuseInterval(ID, INTERVALS_MS, intervalMs);
      await known(symbol, signal);
      const interval = intervalName(intervalMs);
      yield* candlePages(intervalMs, fromMs, toMs, async (nextMs, endMs) => {
        const limit = Math.min(KLINES_PAGE, Math.ceil((endMs - nextMs) / intervalMs));
        const query = { symbol, interval, startTime: nextMs, endTime: endMs - 1, limit };
        const request = { path: pathOf('klines', query), weight: klinesWeight(limit) };
        const read = (reply: HttpReply) => ({ reply, candles: klinesOf(reply.json, intervalMs) });
        const { reply, candles } = await http.ask(request, read, signal);
        return { candles, serverMs: await serverMs(reply, signal) };
      });
    },

    async *funding(symbol: string, fromMs: number, toMs: number, signal?: AbortSignal) {
      await known(symbol, signal);
      yield* fundingPages(fromMs, toMs, (nextMs, endMs) => {
        const query = { symbol, startTime: nextMs, endTime: endMs - 1, limit: FUNDING_PAGE };
        const request = { path: pathOf('fundingRate', query), weight: 1 };
        const read = ({ json, serverMs }: HttpReply) => {
          return { stamps: fundingOf(json, symbol), serverMs };
        };
        return http.ask(request, read, signal);
      });
    },
  });
}

function pathOf(name: string, query: Readonly<Record<string, string | number>>): string {
  const pairs = Object.entries(query).map(([key, value]) => [key, String(value)]);
  return `/fapi/v3/${name}?${new URLSearchParams(Object.fromEntries(pairs))}`;
}
