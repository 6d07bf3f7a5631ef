// The order desk: orders on their way, and the tray of intents.
//
// Everything that leaves the kernel leaves here, in the order in which it was made, and is mixed
// into the decision digest on its way out.

import type { Room } from '../columns.ts';
import type { DecisionConfig } from '../config/schema.ts';
import { Digest } from '../digest.ts';
import { assert } from '../errors.ts';
import { isProtection, isTriggered, type Order } from '../execution/order.ts';
import { OrderLog } from '../execution/order-log.ts';
import type { Panel } from '../market/panel.ts';
import type { Portfolio } from '../portfolio/portfolio.ts';
import type { ApprovedOrder, RiskGate } from '../risk/gate.ts';
import { type RefusalCode, RefusalCount } from '../risk/refusal.ts';
import { LiveOrders } from './live-orders.ts';
import { Parents } from './parents.ts';
import { Protection } from './protection.ts';
import type { Routing } from './routing.ts';
import type { Stir } from './stir.ts';
import { Tray } from './tray.ts';

export class Desk {
  /** Every order of the run. */
  readonly log: OrderLog;
  /** Intents since they were last carried out. */
  readonly tray = new Tray();
  readonly refusals = new RefusalCount();
  /** Votes, scores, refusals, intents: what the decision digest is made of. */
  readonly decisions = new Digest();
  /** Quantities that are worked in children, and what all of them cost. */
  readonly parents: Parents;
  readonly protection: Protection;
  /** Orders that may still be filled; the others are only in the log. */
  readonly #live = new LiveOrders();
  readonly #portfolio: Portfolio;
  readonly #gate: RiskGate;
  /** Orders of a leg that are not stops and have not been answered. */
  readonly #pending: Int32Array;
  /** Entries that we have asked to take back. */
  readonly #takenBack = new Set<number>();
  /** Entries of positions that have been closed by what protected them. */
  readonly #spent = new Set<number>();
  /** Entries under way, by leg. */
  readonly #entries: Order[][];
  readonly #pendingUsd: Float64Array;

  constructor(
    panel: Panel,
    portfolio: Portfolio,
    gate: RiskGate,
    decision: DecisionConfig,
    routing: Routing,
    stir: Stir,
    seed: number,
    room?: Room,
  ) {
    this.log = new OrderLog(room);
    const { risk, execution } = decision;
    const legs = panel.legs.length;
    this.#portfolio = portfolio;
    this.#gate = gate;
    this.#pending = new Int32Array(legs);
    this.#entries = panel.legs.map(() => []);
    this.#pendingUsd = new Float64Array(legs);
    this.protection = new Protection(this, { panel, portfolio, gate, risk });
    this.parents = new Parents(panel, portfolio, execution, gate, this, routing, stir, seed);
  }

  /** True while an entry or exit of the leg has not been answered. */
  isPending(leg: number): boolean {
    return this.#pending[leg]! > 0;
  }

  /** True while something of the leg is under way, in one order or in children. */
  isWaiting(leg: number): boolean {
    return this.#pending[leg]! > 0 || this.parents.sideOf(leg) !== 0;
  }

  /** True while something under way will end the leg's position, or an entry is not answered yet. */
  isClosing(leg: number): boolean {
    return this.parents.sideOf(leg) === 0 && this.#pending[leg]! > 0;
  }

  /** True when nobody wants the entry any more, whatever becomes of it. */
  isTakenBack({ id }: Order): boolean {
    return this.#takenBack.has(id);
  }

  /** True when the position that the entry was for has ended, and with it what would protect more of it. */
  isSpent({ id }: Order): boolean {
    return this.#spent.has(id);
  }

  /** An order that has not come to its end. */
  order(id: number): Order {
    const order = this.#live.find(id);
    assert(order !== undefined, 'an answer belongs to a live order of ours');
    return order;
  }

  /** The live order that was submitted right after another one; undefined when it has ended. */
  after(orderId: number): Order | undefined {
    return this.#live.find(orderId + 1);
  }

  submit(order: ApprovedOrder): void {
    this.#live.add(order);
    this.log.add(order);
    assert(order.id === this.log.length, 'orders are submitted in the order they were made');
    const protects = isProtection(order.purpose);
    if (!protects) {
      if (order.purpose === 'entry') this.#entries[order.leg]!.push(order);
      this.#pending[order.leg]!++;
      if (!order.reduceOnly) {
        const usd = order.qty * order.decisionPrice;
        this.#pendingUsd[order.leg]! +=
          usd === usd ? usd : order.equityFraction * this.#portfolio.equityUsd;
      }
    }
    const { decisions } = this;
    decisions.number(order.side * (order.leg + 1));
    decisions.number(order.qty);
    decisions.number(order.equityFraction);
    if (protects) {
      decisions.number(isTriggered(order.type) ? order.triggerPrice : order.terms.limitPrice);
      decisions.number(order.distance);
    }
    this.tray.push({ kind: 'submit-order', order });
  }

  cancel(order: Order): void {
    const { id: orderId, leg } = order;
    if (order.purpose === 'entry') this.#takenBack.add(orderId);
    this.decisions.number(-orderId);
    this.tray.push({ kind: 'cancel-order', leg, orderId });
  }

  /** `price` NaN = the limit or trigger stays. */
  amend(order: Order, qty: number, price: number): void {
    const { id: orderId, leg } = order;
    this.decisions.number(-orderId);
    this.decisions.number(qty);
    this.decisions.number(price);
    this.tray.push({ kind: 'amend-order', leg, orderId, qty, price });
  }

  refuse(leg: number, code: RefusalCode): void {
    const known = this.refusals.size;
    const number = this.refusals.add(code);
    this.decisions.number(leg);
    this.decisions.number(number);
    // The words themselves once, when the code is new: after that its number stands for them.
    if (number === known) this.decisions.text(code);
  }

  /** Closes the whole position at the next candle. `counts`: it is what a decision wanted. */
  exit(leg: number, purpose: 'signal' | 'veto' | 'halt', nowMs: number, counts: boolean): void {
    this.parents.withdraw(leg);
    this.submit(this.#gate.exit(leg, purpose, this.#portfolio.lastPrice[leg]!, nowMs, counts));
  }

  /** Takes back every entry under way. */
  cancelEntries(): void {
    for (let leg = 0; leg < this.#entries.length; leg++) {
      this.parents.withdraw(leg);
      for (const order of this.#entries[leg]!) this.#cancelOnce(order);
    }
  }

  /**
   * What protected a position of `side` has closed it: entries that were still adding to it would
   * open it again, after its stop is spent. What fills of them all the same is closed.
   */
  cancelAdditions(leg: number, side: 1 | -1): void {
    if (this.parents.sideOf(leg) === side) this.parents.withdraw(leg);
    for (const order of this.#entries[leg]!) {
      if (order.side !== side) continue;
      this.#spent.add(order.id);
      this.#cancelOnce(order);
    }
  }

  /** A parent that was withdrawn has asked for its children already. */
  #cancelOnce(order: Order): void {
    if (order.parentId === 0) this.cancel(order);
  }

  /** An order has come to its end: filled, cancelled, rejected or expired. */
  settle(order: Order, nowMs: number): void {
    const { leg } = order;
    this.log.end(order, nowMs);
    this.#live.remove(order);
    if (isProtection(order.purpose)) {
      this.protection.settled(order);
      return;
    }
    if (order.purpose === 'entry') {
      removeFrom(this.#entries[leg]!, order);
    }
    this.#pending[leg]!--;
    if (this.#pending[leg] === 0) this.#pendingUsd[leg] = 0;
    this.parents.settled(order);
    if (order.filledQty === 0) this.protection.dropAttached(order);
  }

  /** Sets aside the capital that orders in flight hold, before a new candle shares out the rest. */
  reserveInFlight(): void {
    let usd = 0;
    let positions = 0;
    for (let leg = 0; leg < this.#pendingUsd.length; leg++) {
      const waiting = Math.max(this.#pendingUsd[leg]!, this.parents.unfilledUsd(leg));
      usd += waiting;
      if (waiting > 0 && this.#portfolio.positions[leg]!.qty === 0) positions++;
    }
    this.#gate.beginCandle(usd, positions);
  }
}

/** Takes one out of a short list and keeps the order of the others. */
function removeFrom(orders: Order[], order: Order): void {
  for (let k = orders.indexOf(order); k < orders.length - 1; k++) orders[k] = orders[k + 1]!;
  orders.pop();
}
