// Orders that sleep until another one fills, and then rest at a distance from that fill: the stop and
// the take-profits of an entry. The kernel and the venue wake their copies by the same arithmetic.

import { type Instrument, roundPrice, roundQty } from '../market/instrument.ts';
import type { Order } from './order.ts';
import { isTriggered } from './order.ts';

/** Price at which an attached order rests after its parent filled at `fillPrice`, on the tick grid. */
export function attachedPrice(order: Order, instrument: Instrument, fillPrice: number): number {
  const { side, distance } = order;
  const isBelow = isTriggered(order.type) ? side < 0 : side > 0;
  return roundPrice(instrument, fillPrice * (isBelow ? 1 - distance : 1 + distance));
}

/** What it closes once `filledQty` of its parent (base units, > 0) has filled. */
export function attachedQty(order: Order, instrument: Instrument, filledQty: number): number {
  const { closeFraction } = order.terms;
  if (!(closeFraction < 1)) return filledQty;
  return roundQty(instrument, filledQty * closeFraction);
}
