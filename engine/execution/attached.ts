// Orders that sleep until another one fills, and then rest at a distance from that fill: the stop and
// the take-profits of an entry. The kernel and the venue wake their copies by the same arithmetic.

import { type Instrument, roundPrice, roundQty } from '../market/instrument.ts';
import { isTriggered, type Order, type Terms } from './order.ts';

/** Price at which an attached order rests after its parent filled at `fillPrice`, on the tick grid. */
export function attachedPrice(order: Order, instrument: Instrument, fillPrice: number): number {
  const { side, distance } = order;
  // A trailing stop waits for a gain, like a take-profit; the others for a loss.
  const isStop = isTriggered(order.type) && order.type !== 'trailing-stop';
  const isBelow = isStop ? side < 0 : side > 0;
  return roundPrice(instrument, fillPrice * (isBelow ? 1 - distance : 1 + distance));
}

/** Puts a woken order where `attachedPrice` says: its trigger, its limit, or its activation. */
export function placedAt(order: Order, price: number): Terms {
  if (order.type === 'trailing-stop') {
    const activationPrice = order.distance > 0 ? price : Number.NaN;
    return { ...order.terms, activationPrice };
  }
  return isTriggered(order.type) ? order.terms : { ...order.terms, limitPrice: price };
}

/** What it closes once `filledQty` of its parent (base units, > 0) has filled. */
export function attachedQty(order: Order, instrument: Instrument, filledQty: number): number {
  const { closeFraction } = order.terms;
  if (!(closeFraction < 1)) return filledQty;
  return roundQty(instrument, filledQty * closeFraction);
}
