// What a venue refuses at the door, before the market is looked at: prices off the grid, broken lots,
// orders that are too small, orders that contradict themselves.

import { isTriggered, type Order } from '../execution/order.ts';
import { type Instrument, lotsIn, qtyOfLots, roundPrice } from '../market/instrument.ts';
import type { RefusalCode } from '../risk/refusal.ts';

/** Why the venue does not take the order, or null. Fails closed: NaN where a number is due. */
export function admit(order: Order, instrument: Instrument): RefusalCode | null {
  const isAttached = order.attachedTo > 0;
  const { limitPrice, timeInForce, expiresMs, postOnly } = order.terms;
  if (!isAttached && !(order.equityFraction > 0)) {
    if (
      !(order.qty > 0 && order.qty < Infinity) ||
      qtyOfLots(instrument, lotsIn(instrument, order.qty)) !== order.qty
    ) {
      return 'bad-lot';
    }
    const price = limitPrice > 0 ? limitPrice : order.decisionPrice;
    if (!order.reduceOnly && !(order.qty * price >= instrument.minNotionalUsd)) {
      return 'below-min-notional';
    }
  }
  if (needsLimit(order) && !isAttached && !isOnGrid(instrument, limitPrice)) return 'bad-tick';
  if (isTriggered(order.type) && !isAttached && order.type !== 'trailing-stop') {
    if (!isOnGrid(instrument, order.triggerPrice)) return 'bad-tick';
  }
  if (order.type === 'trailing-stop') {
    const { trailFraction, trailDistance } = order.terms;
    if (!(trailFraction > 0 && trailFraction < 1) && !(trailDistance > 0)) return 'bad-order';
  }
  if (timeInForce === 'gtd' && !(expiresMs > order.createdMs)) return 'bad-order';
  if (postOnly && (order.type !== 'limit' || timeInForce === 'ioc' || timeInForce === 'fok')) {
    return 'bad-order';
  }
  return null;
}

function needsLimit({ type }: Order): boolean {
  return type === 'limit' || type === 'stop-limit' || type === 'take-profit-limit';
}

function isOnGrid(instrument: Instrument, price: number): boolean {
  return price > 0 && roundPrice(instrument, price) === price;
}
