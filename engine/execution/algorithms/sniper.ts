// SNIPER: one limit at the target price, then at expiry what the config says: the rest at market,
// or nothing. The fallback waits until the limit is certainly gone, because a limit that may still
// fill and a market order for the same quantity would be a double fill.

import { assert } from '../../errors.ts';
import type { Algorithm, Child, Moment, ParentFacts } from './contract.ts';
import { limitChild, MarketOnce, ParentLots } from './schedule.ts';

export class Sniper implements Algorithm {
  readonly #lots: ParentLots;
  readonly #limitPrice: number;
  readonly #expiresMs: number;
  readonly #fallback: MarketOnce | null;
  #isSent = false;

  /** `improvementBps` 0 to below 10000 counts where the parent has no target; `expiryMs` > 0. */
  constructor(
    parent: ParentFacts,
    improvementBps: number,
    expiryMs: number,
    fallback: 'market' | 'cancel',
  ) {
    this.#lots = new ParentLots(parent);
    this.#limitPrice = Number.isNaN(parent.targetPrice)
      ? parent.decisionPrice * (1 - (parent.side * improvementBps) / 1e4)
      : parent.targetPrice;
    assert(this.#limitPrice > 0 && this.#limitPrice < Infinity, 'a limit price is above 0');
    this.#expiresMs = parent.startMs + expiryMs;
    this.#fallback = fallback === 'market' ? new MarketOnce(parent, this.#lots) : null;
  }

  next(moment: Moment): Child | null {
    if (moment.nowMs >= this.#expiresMs) {
      return moment.restingQty === 0 ? (this.#fallback?.next(moment) ?? null) : null;
    }
    if (this.#isSent) return null;
    const lots = this.#lots.sizeOf(this.#lots.total, moment, this.#limitPrice);
    this.#isSent = lots > 0;
    return this.#isSent
      ? limitChild(this.#lots.qtyOf(lots), this.#limitPrice, this.#expiresMs)
      : null;
  }

  isOver(moment: Moment): boolean {
    if (this.#lots.isFilled(moment)) return true;
    return moment.nowMs >= this.#expiresMs && (this.#fallback?.isOver(moment) ?? true);
  }

  /** Not once the fallback was sent: that is the child resting then. */
  cancelsResting({ nowMs }: Moment): boolean {
    return nowMs >= this.#expiresMs && !(this.#fallback?.isAsked ?? false);
  }
}
