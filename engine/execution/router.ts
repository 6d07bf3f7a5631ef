// Which venue a new quantity goes to, and when it may go to another one.
//
//   start -> under way -> accepted                  the order is that venue's; the route ends
//                      -> refusal                   would be wrong elsewhere too; the route ends
//                      -> not taken, for certain    to the next venue
//                      -> unknown                   reserved, nowhere else, until it is resolved
//
// Invariant: of one order at most one venue may hold a live or unknown quantity at any moment, so
// what the venues accept can never add up to more than what was started. Answers name their venue,
// so that one which is late or comes twice cannot be taken for the answer of another attempt.

import { assert } from '../errors.ts';
import type { Breaker } from './breaker.ts';

/** What a code says about the order: wrong, certainly not placed, or nobody knows. */
export type Outcome = 'refusal' | 'not-taken' | 'unknown';
/** `stray`: accepted where it was ruled out; a second order may be live, so cancel this one. */
export type Acceptance = 'accepted' | 'repeat' | 'stray';

/** An order whose fate is not known yet. */
export interface UnknownOrder {
  readonly orderId: number;
  readonly venue: number;
  readonly market: number;
  readonly qty: number;
  /** Since when its fate has been unknown. */
  readonly sinceMs: number;
}

const OUTCOMES: Readonly<Record<string, Outcome>> = Object.freeze({
  'bad-tick': 'refusal',
  'bad-lot': 'refusal',
  'below-min-notional': 'refusal',
  'insufficient-margin': 'refusal',
  'bad-order': 'refusal',
  'would-cross': 'refusal',
  'reduce-only': 'refusal',
  'not-found': 'refusal',
  'would-trigger': 'refusal',
  'price-band': 'refusal',
  'no-liquidity': 'refusal',
  leverage: 'refusal',
  liquidating: 'refusal',
  unsupported: 'refusal',
  'venue-unavailable': 'not-taken',
  'not-trading': 'not-taken',
  'too-many-orders': 'not-taken',
  'clock-skew': 'not-taken',
  auth: 'not-taken',
  banned: 'not-taken',
  throttled: 'not-taken',
  'connection-refused': 'not-taken',
  'breaker-open': 'not-taken',
  'guard-stale': 'not-taken',
  'guard-skew': 'not-taken',
  'guard-reducing': 'not-taken',
  'guard-halted': 'refusal',
  'guard-blocked': 'refusal',
  'guard-unknown': 'refusal',
  'guard-size': 'refusal',
  'guard-exposure': 'refusal',
  'guard-price': 'refusal',
  'guard-rate': 'refusal',
  'guard-repeat': 'refusal',
  'guard-duplicate': 'refusal',
  'guard-refused': 'refusal',
  'guard-margin': 'refusal',
  timeout: 'unknown',
  'connection-lost': 'unknown',
  'duplicate-id': 'unknown',
  'server-error': 'unknown',
  unparsable: 'unknown',
  unknown: 'unknown',
});

/** What a code means. One that is not in the table is unknown: never refused, never resent. */
export function outcomeOf(code: string): Outcome {
  return Object.hasOwn(OUTCOMES, code) ? OUTCOMES[code]! : 'unknown';
}

/** Said by ourselves before anything was sent: no news from the venue. */
export function isOurs(code: string): boolean {
  return code === 'breaker-open' || code.startsWith('guard-');
}

interface Route {
  readonly orderId: number;
  readonly market: number;
  /** Base units > 0. */
  readonly qty: number;
  candidates: readonly number[];
  /** Where it is under way or unknown; -1 = nowhere any more. */
  venue: number;
  /** The breaker's epoch when it was sent there. */
  epoch: number;
  /** Venues that certainly did not take it. */
  readonly ruledOut: number[];
  sinceMs: number;
}

export class Router {
  readonly #breakers: readonly Breaker[];
  /** Orders under way or unknown, and the ended ones of which a venue was ruled out. */
  readonly #routes = new Map<number, Route>();
  /** Oldest first; summed in this order. */
  readonly #unknown = new Map<number, Route>();

  /** One breaker per venue; its index is the venue's. */
  constructor(breakers: readonly Breaker[]) {
    this.#breakers = [...breakers];
  }

  /** The first candidate, primary first, that was not tried and takes entries; -1 = none. */
  choose(candidates: readonly number[], nowMs: number, tried: readonly number[]): number {
    for (const venue of candidates) {
      if (!tried.includes(venue) && this.#breaker(venue).allows('entry', nowMs)) return venue;
    }
    return -1;
  }

  /**
   * Starts an order of `qty` > 0 base units and returns the venue to send it to; -1 = no venue
   * takes entries, and nothing is kept. An id is started once in the life of a router.
   */
  start(
    orderId: number,
    market: number,
    qty: number,
    candidates: readonly number[],
    nowMs: number,
  ): number {
    assert(qty > 0 && Number.isFinite(qty), 'a routed quantity is finite and above zero');
    assert(!this.#routes.has(orderId), 'an order is started once');
    const wanted = [...candidates];
    const route: Route = {
      orderId,
      market,
      qty,
      candidates: wanted,
      venue: -1,
      epoch: 0,
      ruledOut: [],
      sinceMs: nowMs,
    };
    const venue = this.#sendOn(route, nowMs);
    if (venue >= 0) this.#routes.set(orderId, route);
    return venue;
  }

  /** The venue has the order, at once or, after a silence, late: either way it is taken. */
  onAccepted(orderId: number, venue: number, nowMs: number): Acceptance {
    const route = this.#routes.get(orderId);
    if (route?.venue === venue) {
      if (!this.#unknown.has(orderId)) this.#report(route, 'success', nowMs);
      this.#end(route);
      return 'accepted';
    }
    return route?.ruledOut.includes(venue) ? 'stray' : 'repeat';
  }

  /**
   * The venue, or the way to it, said no. Returns where the order has to be sent next; -1 = nowhere,
   * either because it ended or because its fate is unknown (see `isUnknown`).
   * `certain`: whether the sender can vouch that this very request was not carried out; without it
   * every code means unknown.
   */
  onRefused(orderId: number, venue: number, code: string, certain: boolean, nowMs: number): number {
    const outcome = certain ? outcomeOf(code) : 'unknown';
    if (outcome === 'unknown') {
      this.onUnknown(orderId, venue, nowMs);
      return -1;
    }
    const route = this.#routes.get(orderId);
    if (route?.venue !== venue) return -1;
    // Silence was counted when it became unknown.
    if (!this.#unknown.has(orderId) && !isOurs(code)) {
      this.#report(route, outcome === 'refusal' ? 'refusal' : 'failure', nowMs);
    }
    if (outcome === 'not-taken') return this.#ruleOut(route, nowMs);
    this.#end(route);
    return -1;
  }

  /** No answer, or none that can be read: a failure of the venue, and the quantity is reserved. */
  onUnknown(orderId: number, venue: number, nowMs: number): void {
    const route = this.#routes.get(orderId);
    if (route?.venue !== venue || this.#unknown.has(orderId)) return;
    this.#report(route, 'failure', nowMs);
    route.sinceMs = nowMs;
    this.#unknown.set(orderId, route);
  }

  /**
   * Evidence about an unknown order: the venue's own, or an order query that was SENT after the
   * request had expired and the venue's visibility lag had passed. Returns where it has to be sent
   * next, -1 = nowhere. The breaker is not told: the query is a call of its own.
   */
  onResolved(
    orderId: number,
    venue: number,
    verdict: 'accepted' | 'not-taken',
    nowMs: number,
  ): number {
    const route = this.#unknown.get(orderId);
    if (route?.venue !== venue) return -1;
    if (verdict === 'not-taken') return this.#ruleOut(route, nowMs);
    this.#end(route);
    return -1;
  }

  /** The parent is not wanted any more: what is out stays where it is and goes nowhere else. */
  withdraw(orderId: number): void {
    const route = this.#routes.get(orderId);
    if (route !== undefined) route.candidates = [];
  }

  isUnknown(orderId: number): boolean {
    return this.#unknown.has(orderId);
  }

  /** Base units of a market, both sides added, whose fate is unknown: part of every limit. */
  reservedQty(market: number): number {
    let qty = 0;
    for (const route of this.#unknown.values()) if (route.market === market) qty += route.qty;
    return qty;
  }

  /** The orders to ask the venues about, in the order in which they became unknown. */
  unknownOrders(): UnknownOrder[] {
    return [...this.#unknown.values()].map(({ orderId, venue, market, qty, sinceMs }) => {
      return { orderId, venue, market, qty, sinceMs };
    });
  }

  #breaker(venue: number): Breaker {
    const breaker = this.#breakers[venue];
    assert(breaker !== undefined, 'a candidate venue has a breaker');
    return breaker;
  }

  #report(route: Route, outcome: 'success' | 'failure' | 'refusal', nowMs: number): void {
    this.#breaker(route.venue).report(outcome, route.epoch, nowMs);
  }

  #ruleOut(route: Route, nowMs: number): number {
    this.#unknown.delete(route.orderId);
    route.ruledOut.push(route.venue);
    return this.#sendOn(route, nowMs);
  }

  #sendOn(route: Route, nowMs: number): number {
    route.venue = this.choose(route.candidates, nowMs, route.ruledOut);
    if (route.venue >= 0) route.epoch = this.#breaker(route.venue).epoch;
    return route.venue;
  }

  /** Forgets an order, unless an acceptance by a venue that was ruled out must be told apart. */
  #end(route: Route): void {
    this.#unknown.delete(route.orderId);
    route.venue = -1;
    if (route.ruledOut.length === 0) this.#routes.delete(route.orderId);
  }
}
