// How a local Aster spells orders, in answers and in its user stream.

import type { BookFill, BookOrder, BookType } from './book.ts';
import { decimalText } from './candles.ts';

export const TYPES: Readonly<Record<string, BookType>> = {
  MARKET: 'market',
  LIMIT: 'limit',
  STOP_MARKET: 'stop-market',
  STOP: 'stop-limit',
  TAKE_PROFIT_MARKET: 'take-profit-market',
  TAKE_PROFIT: 'take-profit-limit',
  TRAILING_STOP_MARKET: 'trailing-stop',
};
const NAMES = Object.fromEntries(Object.entries(TYPES).map(([name, type]) => [type, name]));
const STATUS = {
  open: 'NEW',
  'partly-filled': 'PARTIALLY_FILLED',
  filled: 'FILLED',
  cancelled: 'CANCELED',
  expired: 'EXPIRED',
} as const;

export function orderJson(one: BookOrder): unknown {
  const limit = Number.isNaN(one.price) ? '0' : decimalText(one.price);
  return {
    clientOrderId: one.clientId ?? `web_${one.id}`,
    cumQty: decimalText(one.filled),
    cumQuote: decimalText(one.quote),
    executedQty: decimalText(one.filled),
    orderId: one.id,
    avgPrice: one.filled === 0 ? '0.00000' : decimalText(one.quote / one.filled),
    origQty: decimalText(one.qty),
    price: limit,
    reduceOnly: one.reduceOnly,
    side: one.side > 0 ? 'BUY' : 'SELL',
    positionSide: 'BOTH',
    status: STATUS[one.status],
    stopPrice: Number.isNaN(one.trigger) ? '0' : decimalText(one.trigger),
    closePosition: false,
    symbol: one.symbol,
    timeInForce: one.tif.toUpperCase(),
    type: NAMES[one.type],
    origType: NAMES[one.type],
    time: one.createdMs,
    updateTime: one.updatedMs,
    workingType: 'CONTRACT_PRICE',
  };
}

export function updateJson(order: BookOrder, fill: BookFill | null, nowMs: number): unknown {
  return {
    s: order.symbol,
    c: order.clientId ?? `web_${order.id}`,
    S: order.side > 0 ? 'BUY' : 'SELL',
    o: NAMES[order.type],
    f: order.tif.toUpperCase(),
    q: decimalText(order.qty),
    p: Number.isNaN(order.price) ? '0' : decimalText(order.price),
    ap: order.filled === 0 ? '0' : decimalText(order.quote / order.filled),
    sp: Number.isNaN(order.trigger) ? '0' : decimalText(order.trigger),
    x: fill === null ? STATUS[order.status] : 'TRADE',
    X: STATUS[order.status],
    i: order.id,
    l: decimalText(fill?.qty ?? 0),
    z: decimalText(order.filled),
    L: decimalText(fill?.price ?? 0),
    ...(fill === null ? {} : { N: 'USDT', n: decimalText(fill.fee) }),
    T: nowMs,
    t: fill?.id ?? 0,
    m: fill?.maker ?? false,
    R: order.reduceOnly,
    wt: 'CONTRACT_PRICE',
    ot: NAMES[order.type],
    ps: 'BOTH',
    cp: false,
    rp: '0',
  };
}
