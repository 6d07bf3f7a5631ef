// An order as the kernel would make one, for tests that have no kernel: one at the market that has not left.

import { type Order, PLAIN } from '../../engine/execution/order.ts';

/** Buys 1 of leg 0 at the market, entered at time 0 at a price of 100, or what is said otherwise. */
export function orderOf(changes: Partial<Order> = {}): Order {
  return {
    id: 1,
    leg: 0,
    side: 1,
    type: 'market',
    purpose: 'entry',
    reduceOnly: false,
    terms: PLAIN,
    qty: 1,
    equityFraction: Number.NaN,
    triggerPrice: Number.NaN,
    distance: Number.NaN,
    attachedTo: 0,
    parentId: 0,
    decisionPrice: 100,
    createdMs: 0,
    sendMs: 0,
    counts: true,
    status: 'new',
    filledQty: 0,
    ...changes,
  };
}
