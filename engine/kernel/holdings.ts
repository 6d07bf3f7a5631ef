// What is held and under way in a market: the legs of one asset at its venues, taken together. A decision
// is made once for the market; where a leg lies matters only to its orders.

import type { Portfolio } from '../portfolio/portfolio.ts';
import type { Desk } from './desk.ts';
import type { Routing } from './routing.ts';

export interface HoldingsParts {
  readonly portfolio: Portfolio;
  readonly desk: Desk;
  readonly routing: Routing;
}

/** Legs are those of the primary venue. */
export class Holdings {
  readonly #parts: HoldingsParts;

  constructor(parts: HoldingsParts) {
    this.#parts = parts;
  }

  /**
   * True while something of the leg is under way. A parent that works the other way is taken back
   * first, and then nothing stands in the way.
   */
  isBusy(leg: number, side: 1 | -1 | 0): boolean {
    const { desk, routing } = this.#parts;
    if (!routing.hasFallbacks && desk.parents.active === 0) return desk.isPending(leg);
    let isBusy = false;
    for (const at of routing.markets[leg]!) {
      const working = desk.parents.sideOf(at);
      if (working === 0) isBusy ||= desk.isPending(at);
      else if (working === side) isBusy = true;
      else desk.parents.withdraw(at);
    }
    return isBusy;
  }

  /** The first leg of the market that holds something; -1 = none does. */
  heldAt(leg: number): number {
    const { portfolio, routing } = this.#parts;
    if (!routing.hasFallbacks) return portfolio.positions[leg]!.qty === 0 ? -1 : leg;
    for (const at of routing.markets[leg]!) if (portfolio.positions[at]!.qty !== 0) return at;
    return -1;
  }

  /** What the venues hold of a market, base units. */
  held(leg: number): number {
    const { portfolio, routing } = this.#parts;
    if (!routing.hasFallbacks) return portfolio.positions[leg]!.qty;
    let qty = 0;
    for (const at of routing.markets[leg]!) qty += portfolio.positions[at]!.qty;
    return qty;
  }

  notionalUsd(leg: number): number {
    const { portfolio, routing } = this.#parts;
    if (!routing.hasFallbacks) return portfolio.notionalUsd(leg);
    let usd = 0;
    for (const at of routing.markets[leg]!) usd += portfolio.notionalUsd(at);
    return usd;
  }

  /** Closes what each venue holds of a market. */
  exit(leg: number, purpose: 'signal' | 'veto', nowMs: number, counts: boolean): void {
    const { portfolio, routing, desk } = this.#parts;
    let first = true;
    for (const at of routing.markets[leg]!) {
      if (portfolio.positions[at]!.qty === 0) continue;
      desk.exit(at, purpose, nowMs, counts && first);
      first = false;
    }
  }
}
