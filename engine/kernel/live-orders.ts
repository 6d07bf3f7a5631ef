// Orders that may still be filled, by id. Ids count up by one, so those under way lie close together: a
// ring of slots holds them, which grows only where an old one is still there when its slot comes round.

import type { Order } from '../execution/order.ts';

export class LiveOrders {
  #slots = ring(64);

  add(order: Order): void {
    while (this.#slots[order.id & (this.#slots.length - 1)] !== undefined) this.#grow();
    this.#slots[order.id & (this.#slots.length - 1)] = order;
  }

  /** The order of an id; undefined when it has ended. */
  find(id: number): Order | undefined {
    const order = this.#slots[id & (this.#slots.length - 1)];
    return order !== undefined && order.id === id ? order : undefined;
  }

  remove({ id }: Order): void {
    this.#slots[id & (this.#slots.length - 1)] = undefined;
  }

  /** Orders that lay in different slots do so in a longer ring as well. */
  #grow(): void {
    const slots = ring(2 * this.#slots.length);
    for (const order of this.#slots) if (order) slots[order.id & (slots.length - 1)] = order;
    this.#slots = slots;
  }
}

/** `size`: a power of two. */
function ring(size: number): (Order | undefined)[] {
  return new Array<Order | undefined>(size).fill(undefined);
}
