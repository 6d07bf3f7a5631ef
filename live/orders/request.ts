// An order of the kernel's as it is to stand at a venue: whole lots, whole ticks, and a worst price for
// what takes whatever is there.

import { hasTrigger, type Order } from '../../engine/execution/order.ts';
import { type Instrument, roundPrice, roundPriceTowards } from '../../engine/market/instrument.ts';
import type { Capabilities, OrderRequest } from '../venues/port.ts';

export interface RequestParts {
  readonly clientId: string;
  readonly order: Order;
  readonly instrument: Instrument;
  /** Whole lots, base units > 0. */
  readonly qty: number;
  /** Worst price of what takes; NaN = the venue's own bound. */
  readonly bound: number;
  readonly mark: number;
}

export function requestOf(parts: RequestParts, capabilities: Capabilities): OrderRequest {
  const { clientId, order, instrument, qty, bound, mark } = parts;
  const { side, type, terms, triggerPrice, reduceOnly, decisionPrice } = order;
  const isMarket = type === 'market';
  const isBound = isMarket && capabilities.marketBound === 'needed';
  // Rounded to its own side: a bound may only become kinder by it.
  const worst = isBound ? bound : terms.limitPrice;
  const limitPrice = isMarket
    ? roundPriceTowards(instrument, worst, side)
    : roundPrice(instrument, worst);
  return {
    clientId,
    symbol: instrument.symbol,
    side,
    type,
    qty,
    timeInForce: isBound ? 'ioc' : terms.timeInForce,
    limitPrice,
    triggerPrice: hasTrigger(type) ? roundPrice(instrument, triggerPrice) : Number.NaN,
    expiresMs: terms.expiresMs,
    postOnly: terms.postOnly,
    reduceOnly,
    trailFraction: type === 'trailing-stop' ? terms.trailFraction : Number.NaN,
    activationPrice: type === 'trailing-stop' ? terms.activationPrice : Number.NaN,
    notionalUsd: qty * (mark === mark ? mark : decisionPrice),
  };
}
