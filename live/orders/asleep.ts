// Orders that sleep with us until their entry fills: a venue would not know how to keep them. They wake
// by the same arithmetic as the kernel's own copies, which it makes the same moves with.
//
//   entry filled for the first time, from flat -> stop, trail and take-profits are sent

import { attachedPrice, attachedQty, placedAt } from '../../engine/execution/attached.ts';
import { hasTrigger, type Order } from '../../engine/execution/order.ts';
import type { Instrument } from '../../engine/market/instrument.ts';

export class Asleep {
  readonly #byParent = new Map<number, Order[]>();
  readonly #byId = new Map<number, Order>();

  add(order: Order): void {
    this.#byId.set(order.id, order);
    const beside = this.#byParent.get(order.attachedTo);
    if (beside === undefined) this.#byParent.set(order.attachedTo, [order]);
    else beside.push(order);
  }

  has(orderId: number): boolean {
    return this.#byId.has(orderId);
  }

  /** Takes one that sleeps here back. */
  take(orderId: number): Order {
    const order = this.#byId.get(orderId)!;
    this.#byId.delete(orderId);
    const beside = this.#byParent.get(order.attachedTo)!;
    beside.splice(beside.indexOf(order), 1);
    if (beside.length === 0) this.#byParent.delete(order.attachedTo);
    return order;
  }

  /** What the first fill of an entry, at `price` and of `qty` > 0, wakes: as it is to be sent. */
  wake(parentId: number, instrument: Instrument, price: number, qty: number): Order[] {
    const woken = this.#byParent.get(parentId) ?? [];
    this.#byParent.delete(parentId);
    return woken.map((order) => {
      this.#byId.delete(order.id);
      const at = attachedPrice(order, instrument, price);
      return {
        ...order,
        terms: placedAt(order, at),
        triggerPrice: hasTrigger(order.type) ? at : order.triggerPrice,
        qty: attachedQty(order, instrument, qty),
        status: 'new',
      };
    });
  }
}
