// Where entries go: the breaker of every venue, and which of several venues gets a new quantity.
//
//   market = the legs of one asset, its primary venue first
//   primary answers -> primary       certainly not taken -> the next       unknown -> nowhere else
//
// With one venue there is nowhere to go, but its breaker still keeps entries back while it does not
// answer. What closes, cancels or reads is never asked about here: no breaker can block it.

import type { ExecutionConfig } from '../config/schema.ts';
import { Breaker, DEFAULT_BREAKER } from '../execution/breaker.ts';
import type { Order } from '../execution/order.ts';
import { isOurs, outcomeOf, Router } from '../execution/router.ts';
import type { RouteSplit } from '../execution/smart-route.ts';
import type { Panel } from '../market/panel.ts';
import { venuesOf } from '../market/venues.ts';
import type { Stir } from './stir.ts';
import type { Tray } from './tray.ts';

export class Routing {
  /** Names, in the order in which they appear in the panel: the primary venue first. */
  readonly venues: readonly string[];
  readonly venueOf: Int32Array;
  /** Of each leg: the legs of its asset, the primary one first. */
  readonly markets: readonly (readonly number[])[];
  /** The legs that are decided on. */
  readonly primaries: Int32Array;
  readonly breakers: readonly Breaker[];
  readonly hasFallbacks: boolean;
  /** Entries that went to another venue because one certainly had not taken them. */
  failovers = 0;
  readonly smart = new SmartCosts();
  readonly #router: Router;
  /** Of each order under way: its first number, under which the router knows it. */
  readonly #routes = new Map<number, number>();
  /** Probes under way, by venue: their ticket, 0 = none. */
  readonly #tickets: Int32Array;
  /** Some breaker may not be closed. */
  isTroubled = false;
  readonly #stir: Stir;
  #refusedRoute = 0;

  constructor(panel: Panel, config: ExecutionConfig, stir: Stir) {
    this.#stir = stir;
    const { legs } = panel;
    const venues = venuesOf(legs.map((leg) => leg.instrument));
    this.venues = venues.names;
    this.venueOf = venues.of;
    const byPrimary = legs.map(({ index }) => {
      return legs.filter(({ primary }) => primary === index).map((leg) => leg.index);
    });
    this.markets = legs.map(({ primary }) => byPrimary[primary]!);
    this.primaries = Int32Array.from(
      legs.filter(({ primary, index }) => primary === index),
      (leg) => leg.index,
    );
    this.hasFallbacks = this.primaries.length < legs.length;
    const maxResetMs = Math.max(config.breaker.resetMs, DEFAULT_BREAKER.maxResetMs);
    const settings = { ...config.breaker, maxResetMs };
    this.breakers = this.venues.map((name) => new Breaker(settings, name));
    this.#router = new Router(this.breakers);
    this.#tickets = new Int32Array(this.venues.length);
  }

  /** True while the venue of a leg takes new risk. */
  takesEntries(leg: number, nowMs: number): boolean {
    return !this.isTroubled || this.breakers[this.venueOf[leg]!]!.allows('entry', nowMs);
  }

  /** The leg of a market that an entry goes to, primary first; -1 = no venue takes it. */
  choose(primary: number, lastPrice: Float64Array, nowMs: number): number {
    if (!this.hasFallbacks) return this.takesEntries(primary, nowMs) ? primary : -1;
    const market = this.markets[primary]!;
    const candidates = this.#candidates(market, lastPrice);
    const venue = this.#router.choose(candidates, nowMs, []);
    return legAt(market, this.venueOf, venue);
  }

  /** An entry was sent to the venue of its leg. */
  started(order: Order, qty: number, lastPrice: Float64Array, nowMs: number): void {
    if (!this.hasFallbacks) return;
    const market = this.markets[order.leg]!;
    this.#routes.set(order.id, order.id);
    const own = this.venueOf[order.leg]!;
    // From the chosen venue on: what was passed over did not take entries.
    const all = this.#candidates(market, lastPrice);
    const from = all.slice(all.indexOf(own));
    this.#router.start(order.id, market[0]!, qty, from, nowMs);
  }

  /** The venue has the order: a fill, an acceptance, or its regular end. */
  accepted(order: Order, nowMs: number): void {
    const venue = this.venueOf[order.leg]!;
    if (!this.hasFallbacks) {
      if (this.isTroubled) this.#report(venue, 'success', nowMs);
      return;
    }
    const route = this.#routes.get(order.id);
    if (route === undefined) return;
    this.#routes.delete(order.id);
    this.#router.onAccepted(route, venue, nowMs);
  }

  /** An entry was refused. Returns the leg it may go to instead, -1 = none. */
  refused(order: Order, code: string, nowMs: number): number {
    const venue = this.venueOf[order.leg]!;
    const outcome = outcomeOf(code);
    if (!this.hasFallbacks) {
      if (outcome === 'not-taken' && !isOurs(code)) this.#report(venue, 'failure', nowMs);
      return -1;
    }
    const route = this.#routes.get(order.id);
    if (route === undefined) return -1;
    this.#routes.delete(order.id);
    this.#trouble();
    const next = this.#router.onRefused(route, venue, code, true, nowMs);
    this.#refusedRoute = route;
    return legAt(this.markets[order.leg]!, this.venueOf, next);
  }

  /** The order that takes the place of the one refused last, at the venue that `refused` named. */
  movedTo(order: Order): void {
    this.failovers++;
    this.#routes.set(order.id, this.#refusedRoute);
  }

  /** Nobody takes the place of the one refused last. */
  abandoned(): void {
    this.#router.withdraw(this.#refusedRoute);
  }

  /** No answer came in time: its venue failed, and it goes nowhere else. */
  unknown(order: Order, nowMs: number): void {
    const venue = this.venueOf[order.leg]!;
    this.#trouble();
    const route = this.#routes.get(order.id);
    if (route === undefined) this.#report(venue, 'failure', nowMs);
    else this.#router.onUnknown(route, venue, nowMs);
  }

  /** Asks after venues that are out, one probe at a time. */
  probe(nowMs: number, tray: Tray): void {
    for (let venue = 0; venue < this.breakers.length; venue++) {
      const breaker = this.breakers[venue]!;
      if (!breaker.probeDue(nowMs)) continue;
      this.#tickets[venue] = breaker.probeSent(nowMs);
      tray.push({ kind: 'probe-venue', venue });
    }
  }

  /** What a probe found. */
  probed(venue: number, ok: boolean, nowMs: number): void {
    this.breakers[venue]!.report(ok ? 'success' : 'failure', this.#tickets[venue]!, nowMs);
  }

  /** From the first failure on breakers are looked at; before, there is nothing to see. */
  #trouble(): void {
    if (!this.isTroubled) this.#stir.count++;
    this.isTroubled = true;
  }

  #candidates(market: readonly number[], lastPrice: Float64Array): number[] {
    const listed = market.filter((leg) => lastPrice[leg] === lastPrice[leg]);
    return listed.map((leg) => this.venueOf[leg]!);
  }

  #report(venue: number, outcome: 'success' | 'failure', nowMs: number): void {
    this.#trouble();
    const breaker = this.breakers[venue]!;
    breaker.report(outcome, breaker.epoch, nowMs);
  }
}

/** What splits were expected to cost, against each venue alone: means weighted by notional. */
export class SmartCosts {
  splits = 0;
  #notionalUsd = 0;
  #costUsd = 0;
  readonly #single: number[] = [];
  readonly #singleUsd: number[] = [];

  add({ shares, costUsd, singleBps }: RouteSplit): void {
    const notionalUsd = shares.reduce((sum, share) => sum + share.notionalUsd, 0);
    this.splits++;
    this.#notionalUsd += notionalUsd;
    this.#costUsd += costUsd;
    singleBps.forEach((bps, venue) => {
      if (bps !== bps) return;
      this.#single[venue] = (this.#single[venue] ?? 0) + bps * notionalUsd;
      this.#singleUsd[venue] = (this.#singleUsd[venue] ?? 0) + notionalUsd;
    });
  }

  get expectedBps(): number {
    return (this.#costUsd / this.#notionalUsd) * 10_000;
  }

  get singleBps(): number[] {
    return this.#single.map((sum, venue) => sum / this.#singleUsd[venue]!);
  }
}

function legAt(market: readonly number[], venueOf: Int32Array, venue: number): number {
  return venue < 0 ? -1 : (market.find((leg) => venueOf[leg] === venue) ?? -1);
}
