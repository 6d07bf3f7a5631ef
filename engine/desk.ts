// The order desk: orders on their way, the stops that protect positions, and the tray of intents.
//
// Everything that leaves the kernel leaves here, in the order in which it was made, and is mixed
// into the decision digest on its way out. A position with stops enabled is never without one:
// the new stop is submitted before the old one is cancelled, and every fill resizes it.

import type { RiskConfig } from './config/schema.ts';
import { Digest } from './digest.ts';
import { assert } from './errors.ts';
import { attachedPrice, attachedQty, placedAt } from './execution/attached.ts';
import { hasTrigger, isTriggered, moveOrder, type Order, type Purpose } from './execution/order.ts';
import { OrderLog } from './execution/order-log.ts';
import { type Instrument, roundPrice } from './market/instrument.ts';
import type { Panel } from './market/panel.ts';
import type { Portfolio } from './portfolio/portfolio.ts';
import type { ApprovedOrder, RiskGate } from './risk/gate.ts';
import { type RefusalCode, RefusalCount } from './risk/refusal.ts';
import { TakeProfitLadder } from './risk/take-profit.ts';
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
  readonly #ladder: TakeProfitLadder;
  /** Orders of the ladder that rest, by leg. */
  readonly #rungs: Order[][];
  /** The venue's own trailing stop of a leg, where the config asks for one. */
  readonly #venueTrail: (Order | undefined)[] = [];
  /** Largest size of the open position of a leg, and when it was opened. */
  readonly #initialQty: Float64Array;
  readonly #openedMs: Float64Array;
  /** Rungs that held when the ladder of a leg was last laid; -1 = it is to be laid anew. */
  readonly #laid: Int32Array;
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
    this.#ladder = new TakeProfitLadder(risk.takeProfit, legs);
    this.#rungs = panel.legs.map(() => []);
    this.#initialQty = new Float64Array(legs);
    this.#openedMs = new Float64Array(legs);
    this.#laid = new Int32Array(legs);
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
    if (!isProtection(order.purpose)) {
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
    if (isProtection(order.purpose)) {
      decisions.number(isTriggered(order.type) ? order.triggerPrice : order.terms.limitPrice);
      decisions.number(order.distance);
    }
    this.tray.push({ kind: 'submit-order', order });
  }

  cancel(order: Order): void {
    const { id: orderId, leg } = order;
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
    this.submit(this.#gate.exit(leg, purpose, this.#portfolio.lastPrice[leg]!, nowMs, counts));
  }

  /** Takes back every entry that has not been answered. */
  cancelEntries(): void {
    for (const order of this.#live) if (order?.purpose === 'entry') this.cancel(order);
  }

  /** An order has come to its end: filled, cancelled, rejected or expired. */
  settle(order: Order): void {
    const { leg, id } = order;
    this.log.update(order);
    this.#live[id - 1] = undefined;
    if (isProtection(order.purpose)) {
      if (this.#stopId[leg] === id) this.#stopId[leg] = 0;
      if (order.purpose === 'take-profit') this.#forgetRung(order);
      return;
    }
    this.#pending[leg]!--;
    if (this.#pending[leg] === 0) this.#pendingUsd[leg] = 0;
    if (order.filledQty === 0) this.#dropAttached(order);
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

  /** Take-profits that hold from the first minute go along with their entry. */
  attachLadder(parent: ApprovedOrder, nowMs: number): void {
    let share = 0;
    for (const { gain, fraction, afterMinutes } of this.#ladder.rungs) {
      if (afterMinutes > 0 || share >= 1) continue;
      share += fraction;
      // The last rung of a full ladder takes whatever the others have left.
      const closes = share > 1 - 1e-9 ? 1 : fraction;
      this.submit(this.#gate.attachedTakeProfit(parent, gain, closes, nowMs));
    }
  }

  /** After the fill that opens a position: wakes what is attached to it. */
  protect(order: Order, price: number, tsMs: number): void {
    const { leg } = order;
    this.#trailing.open(leg, price);
    this.#ladder.open(leg);
    const { instrument } = this.#panel.legs[leg]!;
    const held = Math.abs(this.#portfolio.positions[leg]!.qty);
    this.#initialQty[leg] = held;
    this.#openedMs[leg] = tsMs;
    this.#laid[leg] = 0;
    for (let k = order.id; ; k++) {
      const attached = this.#live[k];
      if (attached?.attachedTo !== order.id || attached.status !== 'dormant') break;
      const at = attachedPrice(attached, instrument, price);
      attached.terms = placedAt(attached, at);
      if (hasTrigger(attached.type)) attached.triggerPrice = at;
      attached.qty = attachedQty(attached, instrument, held);
      moveOrder(attached, 'new');
      this.log.update(attached);
      if (attached.purpose === 'take-profit') this.#rungs[leg]!.push(attached);
      else if (attached.type === 'trailing-stop') this.#venueTrail[leg] = attached;
      else this.#stopId[leg] = attached.id;
    }
  }

  /** After any other fill that leaves a position: the same stop over what is held now. */
  resize(order: Order, qty: number, nowMs: number): void {
    const { leg } = order;
    const held = Math.abs(this.#portfolio.positions[leg]!.qty);
    this.#initialQty[leg] = Math.max(this.#initialQty[leg]!, held);
    const resting = this.#restingStop(leg);
    if (resting) {
      const { purpose, triggerPrice } = resting;
      this.#replaceStop(leg, this.#gate.stop(leg, purpose, triggerPrice, nowMs));
    }
    const trail = this.#venueTrail[leg];
    if (trail && !isOver(trail) && trail.qty < held) this.amend(trail, held, Number.NaN);
    if (!this.#ladder.enabled) return;
    if (order.purpose === 'take-profit') {
      const rung = this.#rungOf(order);
      if (rung >= 0) this.#ladder.filled(leg, rung, this.#instrument(leg), Math.abs(qty));
    } else {
      this.#laid[leg] = -1;
    }
  }

  /** The position is flat: what protected it has nothing left to do. */
  dropProtection(leg: number): void {
    const resting = this.#restingStop(leg);
    this.#stopId[leg] = 0;
    if (resting) this.cancel(resting);
    const trail = this.#venueTrail[leg];
    if (trail && !isOver(trail)) this.cancel(trail);
    this.#venueTrail[leg] = undefined;
    const rungs = this.#rungs[leg]!;
    for (const rung of rungs) if (!isOver(rung)) this.cancel(rung);
    rungs.length = 0;
  }

  /** Lays the take-profit ladders of row `i` where what is held, or what holds by now, has changed. */
  layLadders(nowMs: number): void {
    const ladder = this.#ladder;
    if (!ladder.enabled) return;
    for (let leg = 0; leg < this.#rungs.length; leg++) {
      const { qty, entryPrice } = this.#portfolio.positions[leg]!;
      if (qty === 0) continue;
      const openedMs = this.#openedMs[leg]!;
      const holding = ladder.holding(openedMs, nowMs);
      if (this.#laid[leg] === holding) continue;
      this.#laid[leg] = holding;
      const side = qty > 0 ? 1 : -1;
      const initial = this.#initialQty[leg]!;
      const held = Math.abs(qty);
      const instrument = this.#instrument(leg);
      const count = ladder.rest(leg, instrument, side, entryPrice, initial, held, openedMs, nowMs);
      this.#layRungs(leg, count, nowMs);
    }
  }

  /** Submits what the ladder wants and does not rest yet, then takes back what it does not want. */
  #layRungs(leg: number, count: number, nowMs: number): void {
    const { price, qty } = this.#ladder;
    const old = this.#rungs[leg]!;
    const laid: Order[] = [];
    for (let k = 0; k < count; k++) {
      const same = old.find(
        (order) => order.terms.limitPrice === price[k] && order.qty === qty[k] && !isOver(order),
      );
      const order = same ?? this.#gate.takeProfit(leg, price[k]!, qty[k]!, nowMs);
      if (!same) this.submit(order as ApprovedOrder);
      laid.push(order);
    }
    for (const order of old) if (!laid.includes(order) && !isOver(order)) this.cancel(order);
    this.#rungs[leg] = laid;
  }

  /** Index of the rung that an order belongs to: by price, which is what a rung is. */
  #rungOf(order: Order): number {
    const { rungs } = this.#ladder;
    const { entryPrice } = this.#portfolio.positions[order.leg]!;
    const side = -order.side;
    let best = -1;
    let least = Number.POSITIVE_INFINITY;
    for (let k = 0; k < rungs.length; k++) {
      const off = Math.abs(entryPrice * (1 + side * rungs[k]!.gain) - order.terms.limitPrice);
      if (off < least) {
        least = off;
        best = k;
      }
    }
    return best;
  }

  #forgetRung(order: Order): void {
    const rungs = this.#rungs[order.leg]!;
    const at = rungs.indexOf(order);
    if (at >= 0) rungs.splice(at, 1);
  }

  #instrument(leg: number): Instrument {
    return this.#panel.legs[leg]!.instrument;
  }

  #restingStop(leg: number): Order | null {
    const id = this.#stopId[leg]!;
    return id > 0 ? (this.#live[id - 1] ?? null) : null;
  }

  #replaceStop(leg: number, next: ApprovedOrder): void {
    const old = this.#restingStop(leg);
    this.submit(next);
    this.#stopId[leg] = next.id;
    if (old) this.cancel(old);
  }

  /** An entry that never filled takes what is attached to it along. */
  #dropAttached(parent: Order): void {
    for (let k = parent.id; ; k++) {
      const attached = this.#live[k];
      if (attached?.attachedTo !== parent.id || attached.status !== 'dormant') return;
      this.cancel(attached);
    }
  }
}

/** Rests beside a position and ends it: not something a decision waits for. */
function isProtection(purpose: Purpose): boolean {
  return purpose === 'stop' || purpose === 'trailing-stop' || purpose === 'take-profit';
}

function isOver({ status }: Order): boolean {
  return (
    status === 'filled' || status === 'cancelled' || status === 'rejected' || status === 'expired'
  );
}
