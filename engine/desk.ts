// The order desk: orders on their way, the stops that protect positions, and the tray of intents.
//
// Everything that leaves the kernel leaves here, in the order in which it was made, and is mixed
// into the decision digest on its way out. A position with stops enabled is never without one:
// the new stop is submitted before the old one is cancelled, and every fill resizes it.

import type { RiskConfig } from './config/schema.ts';
import { Digest } from './digest.ts';
import { assert } from './errors.ts';
import { isLive, moveOrder, type Order } from './execution/order.ts';
import type { Panel } from './market/panel.ts';
import type { Portfolio } from './portfolio/portfolio.ts';
import { type ApprovedOrder, attachedTrigger, type RiskGate } from './risk/gate.ts';
import { type RefusalCode, RefusalCount } from './risk/refusal.ts';
import { TrailingStops } from './risk/trailing.ts';
import { Tray } from './tray.ts';

export class Desk {
  /** Every order of the run; the order with id n is at n - 1. */
  readonly orders: Order[] = [];
  /** Intents since they were last carried out. */
  readonly tray = new Tray();
  readonly refusals = new RefusalCount();
  /** Votes, scores, refusals, intents: what the decision digest is made of. */
  readonly decisions = new Digest();
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

  order(id: number): Order {
    const order = this.orders[id - 1];
    assert(order !== undefined, 'an answer belongs to an order we sent');
    return order;
  }

  submit(order: ApprovedOrder): void {
    this.orders.push(order);
    assert(order.id === this.orders.length, 'orders are submitted in the order they were made');
    if (order.type !== 'stop') {
      this.#pending[order.leg]!++;
      if (!order.reduceOnly) {
        const usd = order.qty * order.decisionPrice;
        this.#pendingUsd[order.leg]! +=
          usd === usd ? usd : order.equityFraction * this.#portfolio.equityUsd;
      }
    }
    const { decisions } = this;
    decisions.number(order.id);
    decisions.number(order.leg);
    decisions.number(order.side);
    decisions.number(order.qty);
    decisions.number(order.equityFraction);
    decisions.number(order.triggerPrice);
    decisions.number(order.stopDistance);
    this.tray.push({ kind: 'submit-order', order });
  }

  cancel(orderId: number): void {
    this.decisions.number(-orderId);
    this.tray.push({ kind: 'cancel-order', orderId });
  }

  refuse(leg: number, code: RefusalCode): void {
    this.refusals.add(code);
    this.decisions.number(leg);
    this.decisions.text(code);
  }

  /** Closes the whole position at the next candle. `counts`: it is what a decision wanted. */
  exit(leg: number, purpose: 'signal' | 'veto' | 'halt', nowMs: number, counts: boolean): void {
    this.submit(this.#gate.exit(leg, purpose, this.#portfolio.lastPrice[leg]!, nowMs, counts));
  }

  /** An order that was waited for has been answered. */
  settle(order: Order): void {
    if (order.type === 'stop') {
      if (this.#stopId[order.leg] === order.id) this.#stopId[order.leg] = 0;
      return;
    }
    this.#pending[order.leg]!--;
    if (this.#pending[order.leg] === 0) this.#pendingUsd[order.leg] = 0;
    this.#dropAttached(order);
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
      const trigger = this.#trailing.follow(leg, side, close);
      if (trigger !== trigger) continue;
      const old = this.#restingStop(leg);
      const nowMs = this.#panel.openMs[i]! + this.#panel.intervalMs;
      const next = this.#gate.stop(leg, 'trailing-stop', trigger, nowMs);
      if (old && (next.triggerPrice - old.triggerPrice) * side <= 0) this.#gate.takeBack(next);
      else this.#replaceStop(leg, next);
    }
  }

  /** After the fill of an entry: wakes its attached stop, or widens the resting one over an addition. */
  protect(order: Order, price: number, heldBefore: number, nowMs: number): void {
    const { leg } = order;
    if (heldBefore === 0) {
      this.#trailing.open(leg, price);
      const attached = this.orders[order.id];
      if (attached?.parentId !== order.id || attached.status !== 'dormant') return;
      const { instrument } = this.#panel.legs[leg]!;
      const { side, stopDistance } = attached;
      attached.triggerPrice = attachedTrigger(instrument, side, price, stopDistance);
      attached.qty = Math.abs(this.#portfolio.positions[leg]!.qty);
      moveOrder(attached, 'new');
      this.#stopId[leg] = attached.id;
      return;
    }
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
    if (resting && isLive(resting)) this.cancel(resting.id);
  }

  #restingStop(leg: number): Order | null {
    const id = this.#stopId[leg]!;
    return id > 0 ? this.orders[id - 1]! : null;
  }

  #replaceStop(leg: number, next: ApprovedOrder): void {
    const old = this.#restingStop(leg);
    this.submit(next);
    this.#stopId[leg] = next.id;
    if (old) this.cancel(old.id);
  }

  /** An entry that never filled takes its sleeping stop with it. */
  #dropAttached(order: Order): void {
    if (order.status === 'filled') return;
    const attached = this.orders[order.id];
    if (attached?.parentId === order.id && attached.status === 'dormant') this.cancel(attached.id);
  }
}
