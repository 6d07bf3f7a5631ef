// Aster's answers and stream messages as rows of ours. Decimal strings become numbers here, once.

import type { Instrument } from '../../../engine/market/instrument.ts';
import type { Saying } from '../contract.ts';
import { dueMs, type RawFunding } from '../pages.ts';
import {
  BadReply,
  candleOf,
  decimalOf,
  type Json,
  jsonOf,
  listOf,
  mustRise,
  objectOf,
  shown,
  textOf,
  timeOf,
} from '../said.ts';
import { ASSUMED, ID, klineStream } from './hosts.ts';

/** A symbol of exchangeInfo; what else it says is read when it is asked for. */
export interface Listed {
  readonly symbol: string;
  readonly isPerpetual: boolean;
  readonly status: unknown;
  readonly filters: unknown;
}

export function listedOf(json: unknown): readonly Listed[] {
  const symbols = listOf(objectOf(json, 'exchangeInfo')['symbols'], 'symbols');
  if (symbols.length === 0) throw new BadReply('exchangeInfo must list symbols, lists none');
  return symbols.map((item) => {
    const one = objectOf(item, 'symbol');
    const symbol = textOf(one['symbol'], 'symbol');
    const isPerpetual = one['contractType'] === 'PERPETUAL';
    return { symbol, isPerpetual, status: one['status'], filters: one['filters'] };
  });
}

/** Trading rules by its filters; fees and leverage are ASSUMED, for they need a key. */
export function instrumentOf(listed: Listed, validFromMs: number): Instrument {
  const { symbol } = listed;
  const filters = listOf(listed.filters, `${symbol} filters`);
  const all = filters.map((one) => objectOf(one, `${symbol} filter`));
  const filter = (type: string, key: string) => {
    const one = all.find((each) => each['filterType'] === type);
    return decimalOf(one?.[key], `${symbol} ${type} ${key}`);
  };
  const tickSize = filter('PRICE_FILTER', 'tickSize');
  const lotSize = filter('LOT_SIZE', 'stepSize');
  const minNotionalUsd = filter('MIN_NOTIONAL', 'notional');
  // A tick of 0 switches the rule off, says the documentation; then there is no grid to round to.
  if (!(tickSize > 0 && lotSize > 0 && minNotionalUsd >= 0)) {
    const values = `${tickSize}, ${lotSize}, ${minNotionalUsd}`;
    throw new BadReply(`${symbol} must have a tick and a lot above 0, has ${values}`);
  }
  return Object.freeze({
    venue: ID,
    symbol,
    tickSize,
    lotSize,
    minNotionalUsd,
    ...ASSUMED,
    source: 'venue' as const,
    validFromMs,
  });
}

export function fundingOf(json: unknown, symbol: string): RawFunding[] {
  const stamps = listOf(json, 'fundingRate').map((item) => {
    const one = objectOf(item, 'funding stamp');
    if (one['symbol'] !== symbol) {
      throw new BadReply(`funding must be of ${symbol}, is of ${shown(one['symbol'])}`);
    }
    const stampMs = timeOf(one['fundingTime'], 'fundingTime');
    const rate = decimalOf(one['fundingRate'], `funding ${stampMs}`);
    if (!(Math.abs(rate) < 1)) throw new BadReply(`funding ${stampMs} must be below 1, is ${rate}`);
    // Not documented, sent by its relative Binance; taken where it is a price.
    const said = one['markPrice'];
    const markPrice = said === undefined || said === '' ? Number.NaN : decimalOf(said, 'markPrice');
    return {
      stampMs,
      atMs: dueMs(stampMs),
      rate,
      markPrice: markPrice > 0 ? markPrice : Number.NaN,
    };
  });
  mustRise(
    stamps.map(({ atMs }) => atMs),
    'funding',
  );
  return stamps;
}

/** One message of a combined or raw stream. */
export function messageOf(text: string, intervalMs: number): readonly Saying[] {
  try {
    const message = objectOf(jsonOf(text), 'message');
    const event = 'data' in message ? objectOf(message['data'], 'data') : message;
    if (event['e'] === 'kline') return [klineOf(event, intervalMs)];
    // The answer to a subscription: {"result":null,"id":1}.
    if ('result' in event && !('code' in event)) return [{ kind: 'alive' }];
    return [{ kind: 'complaint', text: shown(text) }];
  } catch (error) {
    if (error instanceof BadReply) return [{ kind: 'complaint', text: error.message }];
    throw error;
  }
}

function klineOf(event: Json, intervalMs: number): Saying {
  const symbol = textOf(event['s'], 'kline symbol');
  const k = objectOf(event['k'], `${symbol} kline`);
  const stream = `${symbol.toLowerCase()}@kline_${shown(k['i'])}`;
  if (stream !== klineStream(symbol, intervalMs)) {
    throw new BadReply(`must be of ${klineStream(symbol, intervalMs)}, is of ${stream}`);
  }
  if (typeof k['x'] !== 'boolean') throw new BadReply(`${symbol} kline must say whether it closed`);
  const raw = { openMs: k['t'], lastMs: k['T'], open: k['o'], high: k['h'], low: k['l'] };
  const candle = candleOf({ ...raw, close: k['c'], volume: k['v'] }, intervalMs);
  return { kind: 'candle', symbol, candle, closed: k['x'] };
}
