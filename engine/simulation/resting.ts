// Orders as the venue holds them: its own copy of whatever may change, in order of arrival.
//
// Slots are used again, so that a stop that is moved a hundred thousand times allocates nothing
// here. A slot that is `gone` is swept behind the others once nobody walks over them any more.

import { isTriggered, type Order, type Terms } from '../execution/order.ts';

export interface Resting {
  order: Order;
  terms: Terms;
  /** Base units still wanted; NaN while a share of equity stands for it. */
  qty: number;
  triggerPrice: number;
  /** When it reaches the venue, UTC ms. */
  arrivesMs: number;
  /** When a cancel reaches the venue; Infinity = none is on its way. */
  cancelMs: number;
  /** The same of an amendment, and what it says. */
  amendMs: number;
  amendQty: number;
  amendPrice: number;
  /** Base units that have traded. */
  filled: number;
  /** We were told that the venue has it, after we had lost sight of it. */
  accepted: boolean;
  /** Best price a trailing stop has seen since it was active; NaN before. */
  best: number;
  /** False while it is attached to an order that has not filled. */
  awake: boolean;
  /** Its trigger has been reached: it is a limit or market order now. */
  triggered: boolean;
  /** It has been compared with the market of its arrival. */
  arrived: boolean;
  /** The candle inside which its parent filled, at a time not known; -1 = none, or at an open. */
  wokeTurn: number;
  gone: boolean;
  /** The candle in which it had its turn, so that a path does not try it twice. */
  turn: number;
}

export class Book {
  readonly slots: Resting[] = [];
  /** Slots in use: the first ones. */
  count = 0;

  add(order: Order, arrivesMs: number): Resting {
    let slot = this.slots[this.count];
    if (slot === undefined) {
      slot = blank(order);
      this.slots[this.count] = slot;
    }
    this.count++;
    slot.order = order;
    slot.terms = order.terms;
    slot.qty = order.qty;
    slot.triggerPrice = order.triggerPrice;
    slot.arrivesMs = arrivesMs;
    slot.cancelMs = Number.POSITIVE_INFINITY;
    slot.amendMs = Number.POSITIVE_INFINITY;
    slot.filled = 0;
    slot.accepted = false;
    slot.best = Number.NaN;
    slot.awake = order.attachedTo === 0;
    slot.triggered = !isTriggered(order.type);
    slot.arrived = false;
    slot.wokeTurn = -1;
    slot.gone = false;
    slot.turn = -1;
    return slot;
  }

  /** Moves the newest slot before those that arrive later: takers meet the market by arrival. */
  sortLast(): void {
    const { slots } = this;
    for (let k = this.count - 1; k > 0 && slots[k - 1]!.arrivesMs > slots[k]!.arrivesMs; k--) {
      const later = slots[k - 1]!;
      slots[k - 1] = slots[k]!;
      slots[k] = later;
    }
  }

  find(orderId: number): Resting | null {
    for (let k = 0; k < this.count; k++) {
      const slot = this.slots[k]!;
      if (slot.order.id === orderId && !slot.gone) return slot;
    }
    return null;
  }

  /** Moves slots that are gone behind the others, which keep their order. */
  sweep(): void {
    const { slots } = this;
    let kept = 0;
    for (let k = 0; k < this.count; k++) {
      const slot = slots[k]!;
      if (slot.gone) continue;
      if (k !== kept) {
        slots[k] = slots[kept]!;
        slots[kept] = slot;
      }
      kept++;
    }
    this.count = kept;
  }
}

function blank(order: Order): Resting {
  return {
    order,
    terms: order.terms,
    qty: Number.NaN,
    triggerPrice: Number.NaN,
    arrivesMs: 0,
    cancelMs: Number.POSITIVE_INFINITY,
    amendMs: Number.POSITIVE_INFINITY,
    amendQty: Number.NaN,
    amendPrice: Number.NaN,
    filled: 0,
    accepted: false,
    best: Number.NaN,
    awake: true,
    triggered: true,
    arrived: false,
    wokeTurn: -1,
    gone: false,
    turn: -1,
  };
}
