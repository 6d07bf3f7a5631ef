// Our orders in Aster's words: types, times in force, decimals on the symbol's grids, ids. What cannot be
// said in them is refused here, with nothing sent.

import { createHash } from 'node:crypto';
import type { OrderType } from '../../../engine/execution/order.ts';
import type { Instrument } from '../../../engine/market/instrument.ts';
import { stepText } from '../grid.ts';
import type { OrderName, OrderRequest, Refused } from '../port.ts';
import { refused } from '../sender.ts';

export const TYPES: Readonly<Record<OrderType, string>> = Object.freeze({
  market: 'MARKET',
  limit: 'LIMIT',
  'stop-market': 'STOP_MARKET',
  'stop-limit': 'STOP',
  'take-profit-market': 'TAKE_PROFIT_MARKET',
  'take-profit-limit': 'TAKE_PROFIT',
  'trailing-stop': 'TRAILING_STOP_MARKET',
});

/** `^[\.A-Z\:/a-z0-9_-]{1,36}$` less what must be percent-encoded: signed and sent are then one text. */
const AS_IT_IS = /^[A-Za-z0-9_.-]{1,36}$/;
const HASHED = 'h-';
/** What the venue calls its own orders; one of ours must never look like one. */
const VENUES_OWN = /^(autoclose|adl_)/;
/** How closely and how far a trailing stop follows, fractions; said in per cent, at most two places. */
export const TRAILS = Object.freeze([0.001, 0.05] as const);

/** An id as it is where it fits, else a hash of it: 198 bits are no two alike. */
export function clientIdOf(key: string): string {
  if (AS_IT_IS.test(key) && !key.startsWith(HASHED) && !VENUES_OWN.test(key)) return key;
  return HASHED + createHash('sha256').update(key).digest('base64url').slice(0, 34);
}

export type OrderParams = Record<string, string>;

/** The parameters of an order, or why it cannot be sent. */
export function paramsOf(request: OrderRequest, instrument: Instrument): OrderParams | Refused {
  const { type, timeInForce, postOnly } = request;
  // A market order with a worst price is a limit that does not rest.
  const isBound = type === 'market' && !Number.isNaN(request.limitPrice);
  const isLimit = isBound || type === 'limit' || type.endsWith('-limit');
  const params: OrderParams = {
    symbol: request.symbol,
    side: request.side > 0 ? 'BUY' : 'SELL',
    type: isBound ? 'LIMIT' : TYPES[type],
  };
  const quantity = stepText(request.qty, instrument.lotSize);
  if (quantity === null) return refused('bad-lot', `${request.qty} is no whole number of lots`);
  params['quantity'] = quantity;
  if (isLimit) {
    const price = stepText(request.limitPrice, instrument.tickSize);
    if (price === null) return refused('bad-tick', `${request.limitPrice} is off the tick grid`);
    params['price'] = price;
    if (timeInForce === 'gtd') return refused('unsupported', 'no good-till-date orders');
    if (postOnly && timeInForce !== 'gtc') return refused('unsupported', 'post-only must rest');
    params['timeInForce'] = isBound ? 'IOC' : postOnly ? 'GTX' : timeInForce.toUpperCase();
  } else if (postOnly) return refused('unsupported', `a ${type} order cannot be post-only`);
  const wrong = addTrigger(params, request, instrument);
  if (wrong !== null) return wrong;
  if (request.reduceOnly) params['reduceOnly'] = 'true';
  params['newClientOrderId'] = request.clientId;
  // The final state of what does not rest comes with the answer.
  params['newOrderRespType'] = 'RESULT';
  return params;
}

function addTrigger(
  params: OrderParams,
  request: OrderRequest,
  instrument: Instrument,
): Refused | null {
  const { type, trailFraction, activationPrice } = request;
  if (type === 'market' || type === 'limit') return null;
  params['workingType'] = 'MARK_PRICE';
  const priceText = (price: number) => stepText(price, instrument.tickSize);
  if (type !== 'trailing-stop') {
    const stop = priceText(request.triggerPrice);
    if (stop === null) return refused('bad-tick', `${request.triggerPrice} is off the tick grid`);
    params['stopPrice'] = stop;
    return null;
  }
  const percent = Math.round(trailFraction * 1e4) / 100;
  const [least, most] = TRAILS.map((fraction) => 100 * fraction) as [number, number];
  if (!(percent >= least && percent <= most)) {
    const range = `${least} to ${most} %`;
    return refused('unsupported', `a trailing stop follows at ${range}, not at ${percent} %`);
  }
  params['callbackRate'] = String(percent);
  if (Number.isNaN(activationPrice)) return null;
  const activation = priceText(activationPrice);
  if (activation === null) return refused('bad-tick', `${activationPrice} is off the tick grid`);
  params['activationPrice'] = activation;
  return null;
}

/** Quantity and price of a limit order that is changed. */
export function quantitiesOf(
  qty: number,
  price: number,
  { lotSize, tickSize }: Instrument,
): OrderParams | Refused {
  const quantity = stepText(qty, lotSize);
  if (quantity === null) return refused('bad-lot', `${qty} is no whole number of lots`);
  const at = stepText(price, tickSize);
  if (at === null) return refused('bad-tick', `${price} is off the tick grid`);
  return { quantity, price: at };
}

/** How an order is named in a query, a cancel or a change. */
export function nameOf(order: OrderName): readonly [string, string] {
  if ('clientId' in order) return ['origClientOrderId', order.clientId];
  return ['orderId', order.venueOrderId];
}
