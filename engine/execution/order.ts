// An order and the states it can be in.
//
//   new -> filled | cancelled | rejected
//   dormant -> new | cancelled          an attached stop, woken by the fill of its parent
//
// Ids are 1, 2, 3 ... in the order in which the kernel made them: a run's orders are its own, and a
// venue's client order id is derived from them at the edge.

import { assert } from '../errors.ts';

export type OrderType = 'market' | 'stop';
export type OrderStatus = 'dormant' | 'new' | 'filled' | 'cancelled' | 'rejected';
/** Why the order exists. A stop's purpose becomes the exit reason of the trade it ends. */
export type Purpose = 'entry' | 'signal' | 'veto' | 'halt' | 'stop' | 'trailing-stop';

export interface Order {
  readonly id: number;
  readonly leg: number;
  readonly side: 1 | -1;
  readonly type: OrderType;
  readonly purpose: Purpose;
  /** True: may only bring the position towards zero. */
  readonly reduceOnly: boolean;
  /** Base units > 0; NaN while `equityFraction` stands for it, or while dormant. */
  qty: number;
  /** Notional over equity, turned into a quantity at the fill price; NaN = sized when decided. */
  readonly equityFraction: number;
  /** Price at which a stop becomes a market order; NaN for others and while dormant. */
  triggerPrice: number;
  /** Of an attached stop: its distance from the parent's fill, a fraction; else NaN. */
  readonly stopDistance: number;
  /** The order whose fill wakes this one; 0 = none. */
  readonly parentId: number;
  /** Close of the leg when it was decided. */
  readonly decisionPrice: number;
  readonly createdMs: number;
  /** The fill of this order is what the decision wanted: counted once in the funnel. */
  readonly counts: boolean;
  status: OrderStatus;
  filledQty: number;
}

/** Moves an order along the table above; anything else is our own defect. */
export function moveOrder(order: Order, to: OrderStatus): void {
  const from = order.status;
  const ends = to === 'filled' || to === 'cancelled' || to === 'rejected';
  const legal = from === 'new' ? ends : from === 'dormant' && (to === 'new' || to === 'cancelled');
  assert(legal, 'an order moves along the table of states');
  order.status = to;
}
