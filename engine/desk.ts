// The order desk: orders on their way, the stops that protect positions, and the tray of intents.
//
// Everything that leaves the kernel leaves here, in the order in which it was made, and is mixed
// into the decision digest on its way out. A position with stops enabled is never without one:
// the new stop is submitted before the old one is cancelled, and every fill resizes it.

import type { RiskConfig } from './config/schema.ts';
import { Digest } from './digest.ts';
import { assert } from './errors.ts';
import { moveOrder, type Order } from './execution/order.ts';
import { OrderLog } from './execution/order-log.ts';
import { roundPrice } from './market/instrument.ts';
import type { Panel } from './market/panel.ts';
import type { Portfolio } from './portfolio/portfolio.ts';
import { type ApprovedOrder, attachedTrigger, type RiskGate } from './risk/gate.ts';
import { type RefusalCode, RefusalCount } from './risk/refusal.ts';
import { TrailingStops } from './risk/trailing.ts';
import { Tray } from './tray.ts';

export class Desk {
  /** Every order of the run. */
  readonly log = new OrderLog();
  /** Intents since they were last carried out. */
  readonly tray = new Tray();
  readonly refusals = new RefusalCount();
  /** Votes, scores, refusals, intents: what the decision digest is made of. */
  readonly decisions = new Digest();
  /** Orders that may still be filled, by id - 1; the others are only in the log. */
  readonly #live: (Order | undefined)[] = [];
  readonly #panel: Panel;
  readonly #portfolio: Portfolio;
  readonly #gate: RiskGate;
  readonly #trailing: TrailingStops;
  /** Id of the resting stop of a leg; 0 = none. */
  readonly #stopId: Int32Array;
  /** Orders of a leg that are not stops and have not been answered. */
  readonly #pending: Int32Array;
  readonly #pendingUsd: Float64Array;

  constructor(panel: Panel, portfolio: Portfolio, gate: RiskGate, risk: RiskConfig) {
    const legs = panel.legs.length;
    this.#panel = panel;
    this.#portfolio = portfolio;
    this.#gate = gate;
    this.#trailing = new TrailingStops(risk.trailingStop, legs);
    this.#stopId = new Int32Array(legs);
    this.#pending = new Int32Array(legs);
    this.#pendingUsd = new Float64Array(legs);
  }

  /** True while an entry or exit of the leg has not been answered. */
  isPending(leg: number): boolean {
    return this.#pending[leg]! > 0;
  }

  /** An order that has not come to its end. */
  order(id: number): Order {
    const order = this.#live[id - 1];
    assert(order !== undefined, 'an answer belongs to a live order of ours');
    return order;
  }

  submit(order: ApprovedOrder): void {
    this.#live.push(order);
    this.log.add(order);
    assert(order.id === this.log.length, 'orders are submitted in the order they were made');
    if (order.type !== 'stop') {
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
    if (order.type === 'stop') {
      decisions.number(order.triggerPrice);
      decisions.number(order.stopDistance);
    }
    this.tray.push({ kind: 'submit-order', order });
  }

  cancel(orderId: number): void {
    this.decisions.number(-orderId);
    this.tray.push({ kind: 'cancel-order', orderId });
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
    this.submit(this.#gate.exit(leg, purpose, this.#portfolio.lastPrice[leg]!, nowMs, counts));
  }

  /** Takes back every entry that has not been answered. */
  cancelEntries(): void {
    for (const order of this.#live) if (order?.purpose === 'entry') this.cancel(order.id);
  }

  /** An order has come to its end: filled, cancelled or rejected. */
  settle(order: Order): void {
    const { leg, id } = order;
    this.log.update(order);
    this.#live[id - 1] = undefined;
    if (order.type === 'stop') {
      if (this.#stopId[leg] === id) this.#stopId[leg] = 0;
      return;
    }
    this.#pending[leg]!--;
    if (this.#pending[leg] === 0) this.#pendingUsd[leg] = 0;
    if (order.status !== 'filled') this.#dropAttached(order);
  }

  /** Sets aside the capital that orders in flight hold, before a new candle shares out the rest. */
  reserveInFlight(): void {
    let usd = 0;
    let positions = 0;
    for (let leg = 0; leg < this.#pendingUsd.length; leg++) {
      const waiting = this.#pendingUsd[leg]!;
      usd += waiting;
      if (waiting > 0 && this.#portfolio.positions[leg]!.qty === 0) positions++;
    }
    this.#gate.beginCandle(usd, positions);
  }

  // ---- stops ----------------------------------------------------------------------------------

  /** Moves trailing stops after the close of row `i`; only in favour. */
  followStops(i: number): void {
    if (!this.#trailing.enabled) return;
    for (let leg = 0; leg < this.#panel.legs.length; leg++) {
      const held = this.#portfolio.positions[leg]!.qty;
      const close = this.#panel.legs[leg]!.candles.close[i]!;
      if (held === 0 || close !== close) continue;
      const side = held > 0 ? 1 : -1;
      const wanted = this.#trailing.follow(leg, side, close);
      if (wanted !== wanted) continue;
      const trigger = roundPrice(this.#panel.legs[leg]!.instrument, wanted);
      const old = this.#restingStop(leg);
      if (old && (trigger - old.triggerPrice) * side <= 0) continue;
      this.#trailing.moved(leg);
      const nowMs = this.#panel.openMs[i]! + this.#panel.intervalMs;
      this.#replaceStop(leg, this.#gate.stop(leg, 'trailing-stop', trigger, nowMs));
    }
  }

  /** After the fill that opens a position: wakes the stop attached to it. */
  protect(order: Order, price: number): void {
    const { leg } = order;
    this.#trailing.open(leg, price);
    const attached = this.#attached(order);
    if (!attached) return;
    const { instrument } = this.#panel.legs[leg]!;
    const { side, stopDistance } = attached;
    attached.triggerPrice = attachedTrigger(instrument, side, price, stopDistance);
    attached.qty = Math.abs(this.#portfolio.positions[leg]!.qty);
    moveOrder(attached, 'new');
    this.log.update(attached);
    this.#stopId[leg] = attached.id;
  }

  /** After any other fill that leaves a position: the same stop over what is held now. */
  resizeStop(leg: number, nowMs: number): void {
    const resting = this.#restingStop(leg);
    if (resting) {
      const { purpose, triggerPrice } = resting;
      this.#replaceStop(leg, this.#gate.stop(leg, purpose, triggerPrice, nowMs));
    }
  }

  /** The position is flat: its stop has nothing left to protect. */
  dropStop(leg: number): void {
    const resting = this.#restingStop(leg);
    this.#stopId[leg] = 0;
    if (resting) this.cancel(resting.id);
  }

  #restingStop(leg: number): Order | null {
    const id = this.#stopId[leg]!;
    return id > 0 ? (this.#live[id - 1] ?? null) : null;
  }

  /** The sleeping stop of an entry: it was submitted right after it. */
  #attached(parent: Order): Order | null {
    const next = this.#live[parent.id];
    return next?.parentId === parent.id && next.status === 'dormant' ? next : null;
  }

  #replaceStop(leg: number, next: ApprovedOrder): void {
    const old = this.#restingStop(leg);
    this.submit(next);
    this.#stopId[leg] = next.id;
    if (old) this.cancel(old.id);
  }

  /** An entry that never filled takes its sleeping stop with it. */
  #dropAttached(order: Order): void {
    const attached = this.#attached(order);
    if (attached) this.cancel(attached.id);
  }
}
