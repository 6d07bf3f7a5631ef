// What protects positions: the stop, the take-profit ladder, the venue's own trailing stop.
//
//   entry sent -> attached, asleep -> its first fill wakes them -> every further fill resizes them
//
// A position with stops enabled is never without one: a new stop is submitted before the old one is
// cancelled. All of it is sent through the desk, like everything else.

import type { RiskConfig } from '../config/schema.ts';
import { attachedPrice, attachedQty, placedAt } from '../execution/attached.ts';
import { hasTrigger, isOver, isProtection, moveOrder, type Order } from '../execution/order.ts';
import { MINUTE_MS } from '../interval.ts';
import { type Instrument, roundPrice } from '../market/instrument.ts';
import type { Panel } from '../market/panel.ts';
import { reachOf } from '../market/reach.ts';
import type { Portfolio } from '../portfolio/portfolio.ts';
import type { ApprovedOrder, RiskGate } from '../risk/gate.ts';
import { TakeProfitLadder } from '../risk/take-profit.ts';
import { TrailingStops } from '../risk/trailing.ts';
import type { Desk } from './desk.ts';

export interface ProtectionParts {
  readonly panel: Panel;
  readonly portfolio: Portfolio;
  readonly gate: RiskGate;
  readonly risk: RiskConfig;
}

export class Protection {
  /** Stops follow closes; take-profits rest: what `followStops` and `layLadders` are for. */
  readonly trails: boolean;
  readonly hasLadder: boolean;
  readonly #desk: Desk;
  readonly #parts: ProtectionParts;
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
  /** Entries take the venue's own trailing stop along. */
  readonly #takesTrail: boolean;

  constructor(desk: Desk, parts: ProtectionParts) {
    const { panel, risk } = parts;
    const legs = panel.legs.length;
    this.#desk = desk;
    this.#parts = parts;
    this.#trailing = new TrailingStops(risk.trailingStop, legs);
    this.#ladder = new TakeProfitLadder(risk.takeProfit, legs);
    this.#rungs = panel.legs.map(() => []);
    this.#initialQty = new Float64Array(legs);
    this.#openedMs = new Float64Array(legs);
    this.#laid = new Int32Array(legs);
    this.#stopId = new Int32Array(legs);
    this.#takesTrail = risk.trailingStop.enabled && risk.trailingStop.kind === 'venue';
    this.trails = this.#trailing.enabled;
    this.hasLadder = this.#ladder.enabled;
  }

  /** Moves trailing stops after the close of row `i`; only in favour. */
  followStops(i: number): void {
    for (let leg = 0; leg < this.#parts.panel.legs.length; leg++) {
      const held = this.#parts.portfolio.positions[leg]!.qty;
      const close = this.#parts.panel.legs[leg]!.candles.close[i]!;
      if (held === 0 || close !== close) continue;
      const side = held > 0 ? 1 : -1;
      const wanted = this.#trailing.follow(leg, side, close);
      if (wanted !== wanted) continue;
      const trigger = roundPrice(this.#instrument(leg), wanted);
      const old = this.#restingStop(leg);
      if (old && (trigger - old.triggerPrice) * side <= 0) continue;
      this.#trailing.moved(leg);
      const nowMs = this.#parts.panel.openMs[i]! + this.#parts.panel.intervalMs;
      this.#replaceStop(leg, this.#parts.gate.stop(leg, 'trailing-stop', trigger, nowMs));
    }
  }

  /** The first row in `from` to `to` at whose close a trailing stop may move; else `to`. */
  staysUntil(from: number, to: number): number {
    const { panel, portfolio } = this.#parts;
    let first = to;
    for (let leg = 0; leg < panel.legs.length; leg++) {
      const held = portfolio.positions[leg]!.qty;
      if (held === 0) continue;
      const side = held > 0 ? 1 : -1;
      const price = this.#trailing.waitsFor(leg, side);
      first = reachOf(panel.legs[leg]!.candles).nextClose(from, first, side, price);
    }
    return first;
  }

  /** Takes the closes of such rows in. */
  pass(from: number, to: number): void {
    const { panel, portfolio } = this.#parts;
    for (let leg = 0; leg < panel.legs.length; leg++) {
      const held = portfolio.positions[leg]!.qty;
      if (held === 0) continue;
      const reach = reachOf(panel.legs[leg]!.candles);
      const side = held > 0 ? 1 : -1;
      this.#trailing.pass(leg, (start) => reach.bestClose(from, to, side, start));
    }
  }

  /** What goes along with an entry and sleeps until it fills: `distance` of its stop, 0 = none. */
  attach(parent: ApprovedOrder, distance: number): void {
    const nowMs = parent.createdMs;
    if (distance > 0) this.#desk.submit(this.#parts.gate.attachedStop(parent, distance, nowMs));
    if (this.#takesTrail) this.#desk.submit(this.#parts.gate.attachedTrail(parent, nowMs));
    // Of the ladder, what holds from the first minute.
    let share = 0;
    for (const { gain, fraction, afterMinutes } of this.#ladder.rungs) {
      if (afterMinutes > 0 || share >= 1) continue;
      share += fraction;
      // The last rung of a full ladder takes whatever the others have left.
      const closes = share > 1 - 1e-9 ? 1 : fraction;
      this.#desk.submit(this.#parts.gate.attachedTakeProfit(parent, gain, closes, nowMs));
    }
  }

  /**
   * After a fill of signed `qty` that leaves a position, where `held` was before it. What would have
   * protected it may be spent: a part of an entry that comes after its stop, a venue's stop that fired before
   * it could grow. Then nobody wants the position any more.
   */
  follow(
    order: Order,
    held: number,
    qty: number,
    price: number,
    tsMs: number,
    nowMs: number,
  ): void {
    const { leg, purpose } = order;
    if (purpose === 'entry' && held === 0) this.#protect(order, price, tsMs);
    else this.#resize(order, qty, nowMs);
    const mayBeBare = this.#takesTrail && isProtection(purpose);
    if (!mayBeBare && !this.#desk.isSpent(order)) return;
    const trail = this.#venueTrail[leg];
    const isCovered = this.#restingStop(leg) !== null || (trail !== undefined && !isOver(trail));
    if (!isCovered) this.#desk.exit(leg, 'halt', nowMs, false);
  }

  /** After the fill that opens a position: wakes what is attached to it. */
  #protect(order: Order, price: number, tsMs: number): void {
    const { leg } = order;
    this.#trailing.open(leg, price);
    this.#ladder.open(leg);
    const { instrument } = this.#parts.panel.legs[leg]!;
    const held = Math.abs(this.#parts.portfolio.positions[leg]!.qty);
    this.#initialQty[leg] = held;
    this.#openedMs[leg] = tsMs;
    this.#laid[leg] = 0;
    for (let k = order.id; ; k++) {
      const attached = this.#desk.after(k);
      if (attached?.attachedTo !== order.id || attached.status !== 'dormant') break;
      const at = attachedPrice(attached, instrument, price);
      attached.terms = placedAt(attached, at);
      if (hasTrigger(attached.type)) attached.triggerPrice = at;
      attached.qty = attachedQty(attached, instrument, held);
      moveOrder(attached, 'new');
      this.#desk.log.update(attached);
      if (attached.purpose === 'take-profit') this.#rungs[leg]!.push(attached);
      else if (attached.type === 'trailing-stop') this.#venueTrail[leg] = attached;
      else this.#stopId[leg] = attached.id;
    }
  }

  /** After any other fill that leaves a position: the same stop over what is held now. */
  #resize(order: Order, qty: number, nowMs: number): void {
    const { leg } = order;
    // The position has its stop: what came along with this one is not needed.
    if (order.purpose === 'entry') this.dropAttached(order);
    if (order.purpose !== 'take-profit') {
      this.cover(leg, nowMs);
      return;
    }
    this.#sizeStops(leg, nowMs);
    const rung = this.#ladder.enabled ? this.#rungOf(order) : -1;
    if (rung >= 0) this.#ladder.filled(leg, rung, this.#instrument(leg), Math.abs(qty));
  }

  /** The position has another size, whoever made it so: stops over all of it, the ladder anew. */
  cover(leg: number, nowMs: number): void {
    this.#sizeStops(leg, nowMs);
    this.#laid[leg] = -1;
  }

  #sizeStops(leg: number, nowMs: number): void {
    const held = Math.abs(this.#parts.portfolio.positions[leg]!.qty);
    this.#initialQty[leg] = Math.max(this.#initialQty[leg]!, held);
    const resting = this.#restingStop(leg);
    if (resting) {
      const { purpose, triggerPrice } = resting;
      this.#replaceStop(leg, this.#parts.gate.stop(leg, purpose, triggerPrice, nowMs));
    }
    const trail = this.#venueTrail[leg];
    if (trail && !isOver(trail) && trail.qty - trail.filledQty < held) {
      this.#desk.amend(trail, held + trail.filledQty, Number.NaN);
    }
  }

  /** The position is flat: what protected it has nothing left to do. */
  drop(leg: number): void {
    const resting = this.#restingStop(leg);
    this.#stopId[leg] = 0;
    if (resting) this.#desk.cancel(resting);
    const trail = this.#venueTrail[leg];
    if (trail && !isOver(trail)) this.#desk.cancel(trail);
    this.#venueTrail[leg] = undefined;
    const rungs = this.#rungs[leg]!;
    if (rungs.length === 0) return;
    for (const rung of rungs) if (!isOver(rung)) this.#desk.cancel(rung);
    rungs.length = 0;
  }

  /** Lays the take-profit ladders of row `i` where what is held, or what holds by now, has changed. */
  layLadders(nowMs: number): void {
    const ladder = this.#ladder;
    for (let leg = 0; leg < this.#rungs.length; leg++) {
      const { qty, entryPrice } = this.#parts.portfolio.positions[leg]!;
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
    const { price, qty, rung, rungs } = this.#ladder;
    const old = this.#rungs[leg]!;
    const laid: Order[] = [];
    for (let k = 0; k < count; k++) {
      const same = old.find(
        (order) => order.terms.limitPrice === price[k] && order.qty === qty[k] && !isOver(order),
      );
      if (same) {
        laid.push(same);
        continue;
      }
      const order = this.#parts.gate.takeProfit(leg, price[k]!, qty[k]!, nowMs);
      // When it came into force: now at the latest, so it is sent at once.
      order.sendMs = this.#openedMs[leg]! + rungs[rung[k]!]!.afterMinutes * MINUTE_MS;
      this.#desk.submit(order);
      laid.push(order);
    }
    for (const order of old) if (!laid.includes(order) && !isOver(order)) this.#desk.cancel(order);
    this.#rungs[leg] = laid;
  }

  /** Index of the rung that an order belongs to: by price, which is what a rung is. */
  #rungOf(order: Order): number {
    const { rungs } = this.#ladder;
    const { entryPrice } = this.#parts.portfolio.positions[order.leg]!;
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

  /** A protection has come to its end. */
  settled(order: Order): void {
    const { leg, id } = order;
    if (this.#stopId[leg] === id) this.#stopId[leg] = 0;
    if (order.purpose === 'take-profit') this.#forgetRung(order);
  }

  #forgetRung(order: Order): void {
    const rungs = this.#rungs[order.leg]!;
    const at = rungs.indexOf(order);
    if (at >= 0) rungs.splice(at, 1);
  }

  #instrument(leg: number): Instrument {
    return this.#parts.panel.legs[leg]!.instrument;
  }

  #restingStop(leg: number): Order | null {
    const id = this.#stopId[leg]!;
    return id > 0 ? (this.#desk.after(id - 1) ?? null) : null;
  }

  #replaceStop(leg: number, next: ApprovedOrder): void {
    const old = this.#restingStop(leg);
    this.#desk.submit(next);
    this.#stopId[leg] = next.id;
    if (old) this.#desk.cancel(old);
  }

  /** An entry that never filled takes what is attached to it along. */
  dropAttached(parent: Order): void {
    for (let k = parent.id; ; k++) {
      const attached = this.#desk.after(k);
      if (attached?.attachedTo !== parent.id || attached.status !== 'dormant') return;
      this.#desk.cancel(attached);
    }
  }
}
