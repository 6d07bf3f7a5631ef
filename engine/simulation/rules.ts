// Small questions about a resting order that every rule of matching asks.

import type { Order, OrderType } from '../execution/order.ts';
import type { Resting } from './resting.ts';

/** Comes alive when price goes against its side: a stop of whatever kind. */
export function isStopKind(type: OrderType): boolean {
  return type === 'stop-market' || type === 'stop-limit' || type === 'trailing-stop';
}

/** May open or add to a position. */
export function isEntry(order: Order): boolean {
  return !order.reduceOnly;
}

/** Shows a trailing stop a price: its best price and, behind it, its trigger. Never moves back. */
export function followTrail(slot: Resting, price: number): void {
  const { order, terms } = slot;
  const sells = order.side < 0;
  const { activationPrice, trailFraction, trailDistance } = terms;
  if (slot.best !== slot.best) {
    const waits = sells ? price < activationPrice : price > activationPrice;
    if (waits) return;
    slot.best = price;
  } else if (sells ? price > slot.best : price < slot.best) {
    slot.best = price;
  }
  const distance = trailFraction === trailFraction ? slot.best * trailFraction : trailDistance;
  const trigger = sells ? slot.best - distance : slot.best + distance;
  const { triggerPrice } = slot;
  const isBetter =
    triggerPrice !== triggerPrice || (sells ? trigger > triggerPrice : trigger < triggerPrice);
  if (isBetter) slot.triggerPrice = trigger;
}
