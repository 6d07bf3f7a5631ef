// Entries on their way out: which venue gets one, what risk approves of it there, and where it goes
// when that venue certainly did not take it.
//
//   wanted -> venue (routing.ts) -> approved (risk/gate.ts) -> worked (parents.ts) -> desk
//
// A smart entry is split over the venues of its market by depth, fee and impact, and each part is
// approved for itself.

import type { ExecutionConfig } from '../config/schema.ts';
import { assert } from '../errors.ts';
import type { Order } from '../execution/order.ts';
import { type RouteVenue, smartRoute } from '../execution/smart-route.ts';
import type { Panel } from '../market/panel.ts';
import { recentMarket } from '../market/recent.ts';
import type { Portfolio } from '../portfolio/portfolio.ts';
import type { RiskGate } from '../risk/gate.ts';
import type { RefusalCode } from '../risk/refusal.ts';
import type { Desk } from './desk.ts';
import type { Routing } from './routing.ts';

/** An entry that a decision wants; the decider uses one object again, so what is kept is copied. */
export interface Wanted {
  /** Of the primary venue. */
  leg: number;
  side: 1 | -1;
  /** Share of equity; NaN = the sizing rule is asked. */
  fraction: number;
  score: number;
  /** Share of what would have been taken that second opinions leave it, 0 to 1. */
  factor: number;
  /** Of its stop, a fraction of price; 0 = none. */
  distance: number;
  /** NaN = none. */
  targetPrice: number;
  row: number;
  nowMs: number;
  /** Notional that a close decided together with it gives back. */
  freedUsd: number;
  /** The leg that holds the position it adds to; -1 = it opens one. */
  addsTo: number;
}

export interface EntriesParts {
  readonly panel: Panel;
  readonly portfolio: Portfolio;
  readonly execution: ExecutionConfig;
  readonly gate: RiskGate;
  readonly desk: Desk;
  readonly routing: Routing;
}

interface Sent {
  readonly wanted: Wanted;
  readonly stake: number;
}

export class Entries {
  readonly #parts: EntriesParts;
  /** What stands behind orders that may have to go elsewhere, by order id. */
  readonly #sent = new Map<number, Sent>();

  constructor(parts: EntriesParts) {
    this.#parts = parts;
  }

  /** Sends an entry. Returns why not, or null when it is out. */
  enter(wanted: Wanted): RefusalCode | null {
    const { gate, desk, routing, portfolio, execution } = this.#parts;
    const { leg, side, addsTo, nowMs, fraction, score, distance } = wanted;
    const asked = fraction === fraction ? fraction : gate.stake(leg, side, score, distance);
    if (typeof asked === 'string') return asked;
    const stake = asked * desk.parents.stakeFactor();
    if (addsTo >= 0) {
      if (!routing.takesEntries(addsTo, nowMs)) return 'no-venue';
      return this.#send(addsTo, wanted, stake);
    }
    if (execution.routing === 'smart' && routing.hasFallbacks) return this.#split(wanted, stake);
    const at = routing.choose(leg, portfolio.lastPrice, nowMs);
    return at < 0 ? 'no-venue' : this.#send(at, wanted, stake);
  }

  /** An entry was refused. True when it goes to another venue instead. */
  reroute(order: Order, code: string, nowMs: number): boolean {
    const { routing, portfolio, gate, desk } = this.#parts;
    const next = routing.refused(order, code, nowMs);
    const sent = this.#sent.get(order.id);
    this.#sent.delete(order.id);
    if (next < 0) return false;
    if (desk.isTakenBack(order)) {
      routing.abandoned();
      return false;
    }
    assert(sent !== undefined, 'what may go elsewhere is known');
    if (order.parentId > 0) desk.parents.withdraw(order.leg);
    desk.reserveInFlight();
    const price = portfolio.lastPrice[next]!;
    const { stake, wanted } = sent;
    const answer = gate.entry(next, order.side, stake, price, nowMs, 0, wanted.factor);
    if (typeof answer === 'string') {
      desk.refuse(next, answer);
      routing.abandoned();
      return false;
    }
    const { distance, targetPrice, row } = sent.wanted;
    const first = desk.parents.enter(answer, distance, targetPrice, row);
    if (first) {
      routing.movedTo(first);
      this.#sent.set(first.id, sent);
    } else {
      routing.abandoned();
    }
    return true;
  }

  /** An entry has come to its end, or its venue has it. */
  answered(order: Order, nowMs: number): void {
    const { routing } = this.#parts;
    routing.accepted(order, nowMs);
    if (routing.hasFallbacks) this.#sent.delete(order.id);
  }

  #send(leg: number, wanted: Wanted, stake: number): RefusalCode | null {
    const { gate, desk, routing, portfolio } = this.#parts;
    const { side, nowMs, freedUsd, distance, targetPrice, row, factor } = wanted;
    const price = portfolio.lastPrice[leg]!;
    const answer = gate.entry(leg, side, stake, price, nowMs, freedUsd, factor);
    if (typeof answer === 'string') return answer;
    const qty = gate.qtyOf(answer);
    const first = desk.parents.enter(answer, distance, targetPrice, row);
    if (first && routing.hasFallbacks) {
      routing.started(first, qty, portfolio.lastPrice, nowMs);
      this.#sent.set(first.id, { wanted: { ...wanted }, stake });
    }
    return null;
  }

  /** Shares an entry out over the venues of its market that take entries. */
  #split(wanted: Wanted, stake: number): RefusalCode | null {
    const { gate, routing, portfolio, panel, execution } = this.#parts;
    const { leg, side, row, nowMs } = wanted;
    const equity = portfolio.equityUsd;
    const price = portfolio.lastPrice[leg]!;
    const open = routing.markets[leg]!.filter((each) => {
      return portfolio.lastPrice[each]! > 0 && routing.takesEntries(each, nowMs);
    });
    if (open.length === 0) return 'no-venue';
    const from = row + 1 - execution.selection.lookbackCandles;
    const venues = open.map((each): RouteVenue => {
      const { instrument, candles } = panel.legs[each]!;
      const { volume } = recentMarket(candles, from, row + 1);
      // A dearer price at a venue is a cost like a fee.
      const premiumBps = side * (portfolio.lastPrice[each]! / price - 1) * 10_000;
      return {
        instrument,
        depthUsd: volume * portfolio.lastPrice[each]!,
        feeBps: instrument.takerFeeBps + premiumBps,
      };
    });
    const { deviation, moves } = recentMarket(panel.legs[leg]!.candles, from, row + 1);
    // Over the same period as the depth.
    const sigma = deviation * Math.sqrt(moves);
    const fraction = Math.min(stake, gate.positionCap(leg));
    if (!(fraction > 0) || !(sigma >= 0) || venues.every(({ depthUsd }) => depthUsd === 0)) {
      return this.#send(open[0]!, wanted, stake);
    }
    const split = smartRoute((fraction * equity) / price, price, venues, sigma);
    let refusal: RefusalCode | null = 'no-venue';
    for (const share of split.shares) {
      const at = open[share.venue]!;
      const part = (share.qty * portfolio.lastPrice[at]!) / equity;
      const answer = this.#send(at, wanted, part * (1 + 1e-12));
      if (refusal !== null) refusal = answer;
    }
    routing.smart.add(split);
    return refusal;
  }
}
