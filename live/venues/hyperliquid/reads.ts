// What Hyperliquid's account can be asked. All of it may be asked again, and is; the main account is
// asked about, never the agent that signs, of which the venue knows nothing.

import { INFO_WEIGHT, symbolOf } from '../../../data/venues/hyperliquid/hosts.ts';
import { instrumentOf, universeWithContextsOf } from '../../../data/venues/hyperliquid/parse.ts';
import { decimalOf, listOf, objectOf, refuseUnknown, timeOf } from '../../../data/venues/said.ts';
import { InputError } from '../../../engine/errors.ts';
import type { Reads } from '../opened.ts';
import type { FillReport, FundingReport } from '../port.ts';
import type { VenueTime } from '../venue-time.ts';
import type { Exchange } from './exchange.ts';
import type { Asset } from './orders.ts';
import {
  balancesOf,
  fillOf,
  fundingOf,
  openOrdersOf,
  orderStatusOf,
  positionsOf,
  type ShapeOf,
} from './parse.ts';
import type { ActionSigner } from './sign.ts';

const ID = 'hyperliquid';
/** Fills that one answer holds at most. */
const FILLS_PAGE = 2000;
/** Payments of funding, of all coins, likewise. */
const FUNDING_PAGE = 500;
const ROLE_WEIGHT = 60;
const SMALL_WEIGHT = 2;

export interface ReadParts {
  readonly exchange: Exchange;
  readonly time: VenueTime;
  readonly signer: ActionSigner;
  /** The main account, in any case. */
  readonly account: string;
  readonly nowMs: () => number;
  /** Filled by `instruments`. */
  readonly assets: Map<string, Asset>;
  readonly shapeOf: ShapeOf;
}

export function hyperliquidReads(parts: ReadParts): Reads {
  const { exchange, time, signer, assets, shapeOf } = parts;
  const { user } = signer;

  async function roleOf(address: string, signal?: AbortSignal) {
    const body = { type: 'userRole', user: address };
    return exchange.info(body, ROLE_WEIGHT, (json) => objectOf(json, 'userRole'), signal);
  }

  return Object.freeze({
    ping: (signal?: AbortSignal) =>
      time.measure(() =>
        exchange.info(
          { type: 'exchangeStatus' },
          SMALL_WEIGHT,
          (json) => timeOf(objectOf(json, 'exchangeStatus')['time'], 'time'),
          signal,
        ),
      ),

    async admit(signal?: AbortSignal) {
      const account = parts.account.toLowerCase();
      if (signer.signer.toLowerCase() === account) return;
      const agent = await roleOf(signer.signer.toLowerCase(), signal);
      const data = agent['role'] === 'agent' ? objectOf(agent['data'], 'agent data') : {};
      if (String(data['user']).toLowerCase() === account) return;
      const rule = `must be approved as an agent of ${parts.account}: the key's address`;
      throw new InputError({ key: 'hyperliquid private key', rule, value: signer.signer });
    },

    async instruments(symbols: readonly string[], signal?: AbortSignal) {
      const universe = await exchange.info(
        { type: 'metaAndAssetCtxs' },
        INFO_WEIGHT,
        universeWithContextsOf,
        signal,
      );
      const bySymbol = new Map(universe.map((one, index) => [one.symbol, { one, index }]));
      refuseUnknown(ID, symbols, bySymbol.keys(), (symbol) =>
        bySymbol.get(symbol)!.one.isDelisted ? 'must be trading, is delisted' : null,
      );
      const fees = await exchange.info(
        { type: 'userFees', user },
        INFO_WEIGHT,
        (json) => {
          const rates = objectOf(json, 'userFees');
          const bps = (name: string) => Math.round(decimalOf(rates[name], name) * 1e8) / 1e4;
          return { makerFeeBps: bps('userAddRate'), takerFeeBps: bps('userCrossRate') };
        },
        signal,
      );
      return symbols.map((symbol) => {
        const { one, index } = bySymbol.get(symbol)!;
        const rules = instrumentOf(one, Math.floor(parts.nowMs()));
        const instrument = Object.freeze({ ...rules, ...fees });
        assets.set(symbol, { index, instrument });
        return instrument;
      });
    },

    async marks(symbols: readonly string[], signal?: AbortSignal) {
      return exchange.info(
        { type: 'metaAndAssetCtxs' },
        INFO_WEIGHT,
        (json) => {
          const [meta, contexts] = listOf(json, 'metaAndAssetCtxs');
          const coins = listOf(objectOf(meta, 'meta')['universe'], 'universe');
          const all = listOf(contexts, 'contexts');
          const marks = new Map<string, number>();
          for (const [k, item] of coins.entries()) {
            const symbol = symbolOf(String(objectOf(item, 'coin')['name']));
            if (!symbols.includes(symbol)) continue;
            const price = decimalOf(objectOf(all[k], 'context')['markPx'], 'markPx');
            if (price > 0) marks.set(symbol, price);
          }
          return marks;
        },
        signal,
      );
    },

    async openOrders(symbol?: string, signal?: AbortSignal) {
      const body = { type: 'frontendOpenOrders', user };
      const all = await exchange.info(
        body,
        INFO_WEIGHT,
        (json) => openOrdersOf(json, shapeOf),
        signal,
      );
      return symbol === undefined ? all : all.filter((one) => one.symbol === symbol);
    },

    order(_symbol: string, clientId: string, signal?: AbortSignal) {
      const body = { type: 'orderStatus', user, oid: clientId };
      return exchange.info(body, SMALL_WEIGHT, (json) => orderStatusOf(json, shapeOf), signal);
    },

    positions: (signal?: AbortSignal) =>
      exchange.info({ type: 'clearinghouseState', user }, SMALL_WEIGHT, positionsOf, signal),

    balances: (signal?: AbortSignal) =>
      exchange.info({ type: 'clearinghouseState', user }, SMALL_WEIGHT, balancesOf, signal),

    async fills(symbol: string, sinceMs: number, signal?: AbortSignal) {
      const byId = new Map<string, FillReport>();
      let startTime = Math.floor(sinceMs);
      for (;;) {
        const page = await exchange.info(
          { type: 'userFillsByTime', user, startTime, aggregateByTime: false },
          INFO_WEIGHT,
          (json) => listOf(json, 'userFillsByTime').map(fillOf),
          signal,
        );
        exchange.listed(page.length);
        const before = byId.size;
        for (const fill of page) byId.set(fill.tradeId, fill);
        // Several fills may share a millisecond, so the next page begins within the last one's.
        if (page.length < FILLS_PAGE || byId.size === before) break;
        startTime = Math.max(...page.map(({ atMs }) => atMs));
      }
      return [...byId.values()]
        .filter((one) => one.symbol === symbol)
        .sort((a, b) => a.atMs - b.atMs);
    },

    async funding(sinceMs: number, signal?: AbortSignal) {
      const byKey = new Map<string, FundingReport>();
      let startTime = Math.floor(sinceMs);
      for (;;) {
        const page = await exchange.info(
          { type: 'userFunding', user, startTime },
          INFO_WEIGHT,
          (json) => listOf(json, 'userFunding').map(fundingOf),
          signal,
        );
        exchange.listed(page.length);
        const before = byKey.size;
        for (const one of page) byKey.set(`${one.symbol} ${one.atMs}`, one);
        if (page.length < FUNDING_PAGE || byKey.size === before) break;
        startTime = Math.max(...page.map(({ atMs }) => atMs));
      }
      return [...byKey.values()].sort((a, b) => a.atMs - b.atMs);
    },
  });
}
