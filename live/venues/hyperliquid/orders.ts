// Our orders in Hyperliquid's words. There are no market orders: they are limits that do not rest, at a
// worst price. There is no fill-or-kill, no trailing stop and no date, which are refused unsent.

import { createHash } from 'node:crypto';
import { PERP_DECIMALS, PRICE_FIGURES } from '../../../data/venues/hyperliquid/hosts.ts';
import { tickAt } from '../../../data/venues/hyperliquid/parse.ts';
import type { Instrument } from '../../../engine/market/instrument.ts';
import { UNTRAILED } from '../bare.ts';
import { decimalsOf, plainText, stepText } from '../grid.ts';
import type { OrderRequest, Refused } from '../port.ts';
import { refused } from '../sender.ts';

/** A symbol's rules, and its place in the universe. */
export interface Asset {
  readonly index: number;
  readonly instrument: Instrument;
}

/** Keys in the order in which they are hashed. */
export interface OrderWire {
  readonly a: number;
  readonly b: boolean;
  readonly p: string;
  readonly s: string;
  readonly r: boolean;
  readonly t: object;
  readonly c?: string;
}

/** How far from its trigger a market stop may fill; the venue's own figure for its interface. */
const TRIGGER_SLIPPAGE = 0.1;

/** 128 bits of a hash: the venue takes no other ids. */
export function cloidOf(key: string): string {
  return `0x${createHash('sha256').update(key).digest('hex').slice(0, 32)}`;
}

/** The order as it is sent, or why it cannot be. */
export function wireOf(request: OrderRequest, { index, instrument }: Asset): OrderWire | Refused {
  const { type, side, qty, timeInForce, postOnly, reduceOnly } = request;
  if (!UNTRAILED.includes(type)) return refused('unsupported', `no ${type} orders`);
  if (timeInForce === 'fok' || timeInForce === 'gtd') {
    return refused('unsupported', `no ${timeInForce} orders`);
  }
  const size = stepText(qty, instrument.lotSize);
  if (size === null) return refused('bad-lot', `${qty} is no whole number of lots`);
  const isTrigger = type !== 'market' && type !== 'limit';
  const isMarket = type.endsWith('market');
  if (postOnly && (isMarket || isTrigger || timeInForce !== 'gtc')) {
    return refused('unsupported', 'only a limit that rests can be post-only');
  }
  let trigger = '';
  let limitPrice = request.limitPrice;
  if (isTrigger) {
    const text = priceText(request.triggerPrice, instrument, 0);
    if (text === null) return refused('bad-tick', `${request.triggerPrice} is no price`);
    trigger = text;
    if (isMarket && Number.isNaN(limitPrice)) {
      limitPrice = worstOf(request.triggerPrice, side, TRIGGER_SLIPPAGE, instrument);
    }
  } else if (isMarket && Number.isNaN(limitPrice)) {
    return refused('bad-order', 'a market order needs a worst price here');
  }
  const price = priceText(limitPrice, instrument, side > 0 ? -1 : 1);
  if (price === null) return refused('bad-tick', `${limitPrice} is no price`);
  // An entry's limit is the price that was decided; what takes risk away is not stopped by a digit.
  const isMoved = price !== plainText(limitPrice);
  if (isMoved && type === 'limit' && !reduceOnly && !isOnStep(limitPrice, instrument)) {
    return refused('bad-tick', `${limitPrice} is off the tick grid`);
  }
  const tif = isMarket || timeInForce === 'ioc' ? 'Ioc' : postOnly ? 'Alo' : 'Gtc';
  const tpsl = type.startsWith('stop') ? 'sl' : 'tp';
  const t = isTrigger ? { trigger: { isMarket, triggerPx: trigger, tpsl } } : { limit: { tif } };
  return {
    a: index,
    b: side > 0,
    p: price,
    s: size,
    r: reduceOnly,
    t,
    c: request.clientId,
  };
}

function isOnStep(price: number, { tickSize }: Instrument): boolean {
  return stepText(price, tickSize) !== null;
}

/** A price that is `slippage` worse than `price` for `side`, on the grid. */
export function worstOf(
  price: number,
  side: 1 | -1,
  slippage: number,
  instrument: Instrument,
): number {
  const raw = price * (1 + side * slippage);
  const tick = tickAt(raw, decimalsOf(instrument.lotSize));
  return Number((Math.round(raw / tick) * tick).toFixed(decimalsOf(tick)));
}

/**
 * A price as the venue takes it: whole, or at most five figures and so many decimals. The step is another
 * one after every power of ten, while an instrument has the one of its day: what is not on the venue's
 * grid is moved there, `way` -1 down, 1 up, 0 to the nearest, so that a limit never gets worse. To refuse
 * it would leave a position without its stop for a last digit. Null for what is no price.
 */
export function priceText(price: number, instrument: Instrument, way: -1 | 0 | 1): string | null {
  if (!(price > 0) || !Number.isFinite(price)) return null;
  if (Number.isInteger(price)) return plainText(price);
  const szDecimals = decimalsOf(instrument.lotSize);
  const text = plainText(price);
  const decimals = text.split('.')[1]?.length ?? 0;
  const figures = text.replace('.', '').replace(/^0+/, '').length;
  if (decimals <= PERP_DECIMALS - szDecimals && figures <= PRICE_FIGURES) return text;
  const tick = tickAt(price, szDecimals);
  const round = way === 0 ? Math.round : way < 0 ? Math.floor : Math.ceil;
  return (round(price / tick) * tick).toFixed(decimalsOf(tick));
}
