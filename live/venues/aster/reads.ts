// What Aster's account can be asked. All of it may be asked again, and is.

import { openAster } from '../../../data/venues/aster/venue.ts';
import type { Pace, VenueHosts } from '../../../data/venues/contract.ts';
import type { Quiet } from '../../../data/venues/quiet.ts';
import { decimalOf, listOf, objectOf, textOf, timeOf } from '../../../data/venues/said.ts';
import { InputError } from '../../../engine/errors.ts';
import { DAY_MS } from '../../../engine/interval.ts';
import type { Instrument } from '../../../engine/market/instrument.ts';
import type { Reads } from '../opened.ts';
import type { FillReport, FundingReport } from '../port.ts';
import type { VenueTime } from '../venue-time.ts';
import { type Account, codeOf } from './account.ts';
import { nameOf } from './orders.ts';
import { balancesOf, fillsOf, fundingOf, orderOf, ordersOf, positionsOf } from './parse.ts';
import type { Params } from './sign.ts';

const FILLS_PAGE = 1000;
const FUNDING_PAGE = 1000;
/** The longest range of a question for fills. */
const FILLS_SPAN_MS = 7 * DAY_MS;

export interface ReadParts {
  readonly account: Account;
  readonly time: VenueTime;
  readonly hosts: VenueHosts;
  readonly pace: Pace;
  readonly quiet: Quiet;
  /** Filled by `instruments`. */
  readonly rules: Map<string, Instrument>;
}

export function asterReads(parts: ReadParts): Reads {
  const { account, time, rules } = parts;
  return Object.freeze({
    ping: (signal?: AbortSignal) =>
      time.measure(() =>
        account.ask(
          { name: 'time', weight: 1, isPublic: true },
          ({ json }) => timeOf(objectOf(json, 'time')['serverTime'], 'serverTime'),
          signal,
        ),
      ),

    async admit(signal?: AbortSignal) {
      const isHedged = await account.ask(
        { name: 'positionSide/dual', weight: 30 },
        ({ json }) => String(objectOf(json, 'mode')['dualSidePosition']) === 'true',
        signal,
      );
      const canTrade = await account.ask(
        { name: 'accountWithJoinMargin', weight: 5 },
        ({ json }) => objectOf(json, 'account')['canTrade'] !== false,
        signal,
      );
      const key = 'aster account';
      if (isHedged) {
        const rule =
          'must be in one-way mode: positions of both sides at once are not kept apart here';
        throw new InputError({ key, rule, value: 'hedge mode' });
      }
      if (!canTrade) throw new InputError({ key, rule: 'must be allowed to trade' });
    },

    async instruments(symbols: readonly string[], signal?: AbortSignal) {
      const { hosts, pace, quiet } = parts;
      const own: Instrument[] = [];
      for (const one of await openAster({ hosts, pace, quiet }).instruments(symbols, signal)) {
        const params: Params = [['symbol', one.symbol]];
        const fees = await account.ask(
          { name: 'commissionRate', params, weight: 20 },
          ({ json }) => feesOf(json),
          signal,
        );
        const maxLeverage = await account.ask(
          { name: 'leverageBracket', params, weight: 1 },
          ({ json }) => topLeverageOf(json, one.maxLeverage),
          signal,
        );
        const instrument = Object.freeze({ ...one, ...fees, maxLeverage });
        rules.set(one.symbol, instrument);
        own.push(instrument);
      }
      return own;
    },

    async marks(symbols: readonly string[], signal?: AbortSignal) {
      const all = await account.ask(
        { name: 'premiumIndex', weight: 1, isPublic: true },
        ({ json }) =>
          listOf(json, 'premiumIndex').map((item) => {
            const one = objectOf(item, 'mark');
            return [textOf(one['symbol'], 'symbol'), decimalOf(one['markPrice'], 'mark')] as const;
          }),
        signal,
      );
      return new Map(all.filter(([symbol, price]) => symbols.includes(symbol) && price > 0));
    },

    openOrders(symbol?: string, signal?: AbortSignal) {
      const params: Params = symbol === undefined ? [] : [['symbol', symbol]];
      const ask = { name: 'openOrders', params, weight: symbol === undefined ? 40 : 1 };
      return account.ask(ask, ({ json }) => ordersOf(json), signal);
    },

    async order(symbol: string, clientId: string, signal?: AbortSignal) {
      const params: Params = [['symbol', symbol], nameOf({ clientId })];
      try {
        const ask = { name: 'order', params, weight: 1 };
        return await account.ask(ask, ({ json }) => orderOf(json), signal);
      } catch (error) {
        if (codeOf(error) === -2013) return null;
        throw error;
      }
    },

    positions: (signal?: AbortSignal) =>
      account.ask({ name: 'positionRisk', weight: 5 }, ({ json }) => positionsOf(json), signal),

    balances: (signal?: AbortSignal) =>
      account.ask({ name: 'balance', weight: 5 }, ({ json }) => balancesOf(json), signal),

    async fills(symbol: string, sinceMs: number, signal?: AbortSignal) {
      const page = (range: Params) => {
        const params: Params = [['symbol', symbol], ...range, ['limit', String(FILLS_PAGE)]];
        const ask = { name: 'userTrades', params, weight: 5 };
        return account.ask(ask, ({ json }) => fillsOf(json), signal);
      };
      const byId = new Map<string, FillReport>();
      let fromMs = Math.floor(sinceMs);
      while (fromMs <= time.nowMs()) {
        const endMs = fromMs + FILLS_SPAN_MS - 1;
        let rows = await page([
          ['startTime', String(fromMs)],
          ['endTime', String(endMs)],
        ]);
        for (const one of rows) byId.set(one.tradeId, one);
        // A full page: from here on by trade id, which has no longest range.
        const isFull = rows.length === FILLS_PAGE;
        while (rows.length === FILLS_PAGE) {
          const next = Number(rows.at(-1)!.tradeId.split(':')[1]) + 1;
          rows = await page([['fromId', String(next)]]);
          for (const one of rows) byId.set(one.tradeId, one);
        }
        if (isFull) break;
        fromMs = endMs + 1;
      }
      return [...byId.values()].sort((a, b) => a.atMs - b.atMs);
    },

    async funding(sinceMs: number, signal?: AbortSignal) {
      const byKey = new Map<string, FundingReport>();
      for (let fromMs = Math.floor(sinceMs); ; ) {
        const params: Params = [
          ['incomeType', 'FUNDING_FEE'],
          ['startTime', String(fromMs)],
          ['limit', String(FUNDING_PAGE)],
        ];
        const ask = { name: 'income', params, weight: 30 };
        const page = await account.ask(ask, ({ json }) => fundingOf(json), signal);
        const before = byKey.size;
        for (const one of page) byKey.set(`${one.symbol} ${one.atMs}`, one);
        // Symbols share a stamp, so the next page begins with the last one's.
        if (page.length < FUNDING_PAGE || byKey.size === before) break;
        fromMs = page.at(-1)!.atMs;
      }
      return [...byKey.values()];
    },
  });
}

function feesOf(json: unknown): { readonly makerFeeBps: number; readonly takerFeeBps: number } {
  const rates = objectOf(json, 'commissionRate');
  const bps = (name: string) => Math.round(decimalOf(rates[name], name) * 1e8) / 1e4;
  return { makerFeeBps: bps('makerCommissionRate'), takerFeeBps: bps('takerCommissionRate') };
}

/** Of the smallest bracket. */
function topLeverageOf(json: unknown, assumed: number): number {
  const [one] = Array.isArray(json) ? json : [json];
  const brackets = listOf(objectOf(one, 'leverageBracket')['brackets'], 'brackets');
  const all = brackets.map((item) => Number(objectOf(item, 'bracket')['initialLeverage']));
  const top = Math.max(...all.filter((value) => value >= 1));
  return Number.isFinite(top) ? top : assumed;
}
