// Aster's answers and stream messages as rows of ours. Decimal strings become numbers here, once.

import type { Instrument } from '../../../engine/market/instrument.ts';
import { type Listed, stepsOf } from '../binance-shape.ts';
import type { Saying } from '../contract.ts';
import { BadReply, candleOf, type Json, jsonOf, objectOf, shown, textOf } from '../said.ts';
import { ASSUMED, ID, klineStream } from './hosts.ts';

/** Trading rules by its filters; fees and leverage are ASSUMED, for they need a key. */
export function instrumentOf(listed: Listed, validFromMs: number): Instrument {
  return Object.freeze({
    venue: ID,
    symbol: listed.symbol,
    ...stepsOf(listed),
    ...ASSUMED,
    source: 'venue' as const,
    validFromMs,
  });
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
