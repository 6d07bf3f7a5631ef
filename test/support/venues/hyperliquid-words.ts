// How a local Hyperliquid spells orders and fills, in answers and in its streams.

import type { BookFill, BookOrder, BookPayment, BookType } from './book.ts';
import { decimalText } from './candles.ts';

const ORDER_TYPES: Readonly<Record<BookType, string>> = {
  market: 'Market',
  limit: 'Limit',
  'stop-market': 'Stop Market',
  'stop-limit': 'Stop Limit',
  'take-profit-market': 'Take Profit Market',
  'take-profit-limit': 'Take Profit Limit',
  'trailing-stop': 'none',
};
export const STATUS = {
  open: 'open',
  'partly-filled': 'open',
  filled: 'filled',
  cancelled: 'canceled',
  expired: 'canceled',
} as const;

export function coinOf(symbol: string): string {
  return symbol.replace(/USDC$/, '');
}

export function orderJson(one: BookOrder): Record<string, unknown> {
  const isTrigger = !Number.isNaN(one.trigger);
  return {
    coin: coinOf(one.symbol),
    side: one.side > 0 ? 'B' : 'A',
    limitPx: decimalText(Number.isNaN(one.price) ? one.trigger : one.price),
    sz: decimalText(one.qty - one.filled),
    oid: one.id,
    timestamp: one.createdMs,
    triggerCondition: 'N/A',
    isTrigger,
    triggerPx: isTrigger ? decimalText(one.trigger) : '0.0',
    children: [],
    isPositionTpsl: false,
    reduceOnly: one.reduceOnly,
    orderType: ORDER_TYPES[one.type],
    origSz: decimalText(one.qty),
    tif: one.tif,
    cloid: one.clientId,
  };
}

export function fillJson({
  id,
  order,
  qty,
  price,
  fee,
  maker,
  atMs,
}: BookFill): Record<string, unknown> {
  return {
    coin: coinOf(order.symbol),
    px: decimalText(price),
    sz: decimalText(qty),
    side: order.side > 0 ? 'B' : 'A',
    time: atMs,
    startPosition: '0.0',
    dir: 'Open Long',
    closedPnl: '0.0',
    hash: `0x${'0'.repeat(64)}`,
    oid: order.id,
    crossed: !maker,
    fee: decimalText(fee),
    tid: id,
    feeToken: 'USDC',
    cloid: order.clientId,
  };
}

/** As in an event; in the history it is the `delta`, and the time stands beside it. */
export function fundingJson({ symbol, usd }: BookPayment): Record<string, unknown> {
  return { coin: coinOf(symbol), usdc: decimalText(usd), szi: '1.0', fundingRate: '0.0000125' };
}
