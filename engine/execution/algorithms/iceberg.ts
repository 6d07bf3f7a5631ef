// ICEBERG: shows a part of the parent as a limit at the touch (the last close stands for it) and
// the next part only when that one is gone. Its price is bounded by the decision price, and it ends
// at its expiry whatever happens: a venue that refuses every child cannot keep it alive.

import { assert } from '../../errors.ts';
import type { Algorithm, Child, Moment, ParentFacts } from './contract.ts';
import { limitChild, ParentLots } from './schedule.ts';

export class Iceberg implements Algorithm {
  readonly #lots: ParentLots;
  readonly #side: 1 | -1;
  readonly #visibleLots: number;
  readonly #worstPrice: number;
  readonly #endMs: number;

  /** `visibleFraction` above 0 to 1, `expiryMs` > 0, `limitBoundBps` 0 to below 10000. */
  constructor(
    parent: ParentFacts,
    visibleFraction: number,
    expiryMs: number,
    limitBoundBps: number,
  ) {
    assert(visibleFraction > 0 && visibleFraction <= 1, 'an iceberg shows a part of itself');
    this.#lots = new ParentLots(parent);
    this.#side = parent.side;
    this.#visibleLots = Math.max(1, Math.floor(this.#lots.total * visibleFraction));
    this.#worstPrice = parent.decisionPrice * (1 + (parent.side * limitBoundBps) / 1e4);
    this.#endMs = parent.startMs + expiryMs;
  }

  next(moment: Moment): Child | null {
    if (moment.nowMs >= this.#endMs || moment.restingQty !== 0) return null;
    const limitPrice =
      this.#side > 0
        ? Math.min(moment.price, this.#worstPrice)
        : Math.max(moment.price, this.#worstPrice);
    const shown = Math.max(this.#visibleLots, this.#lots.fewest(limitPrice));
    const lots = this.#lots.sizeOf(shown, moment, limitPrice);
    return lots > 0 ? limitChild(this.#lots.qtyOf(lots), limitPrice, this.#endMs) : null;
  }

  isOver(moment: Moment): boolean {
    return moment.nowMs >= this.#endMs || this.#lots.isFilled(moment);
  }

  cancelsResting({ nowMs }: Moment): boolean {
    return nowMs >= this.#endMs;
  }
}
