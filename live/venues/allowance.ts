// What an account may spend a minute at its venue, request weight and orders, with a part that only
// cancels and what reduces may touch: whoever has used everything up can still get out.
//
// Of the weight the venue allows an IP, feeds and history take the larger part (data/venues/<venue>/
// hosts.ts leaves a reserve); what is divided here is that reserve. A write never waits in line: an
// order that is sent a minute late is another order. It is told how long it would have been.

import { WeightBudget } from '../../data/venues/budget.ts';
import type { Pace } from '../../data/venues/contract.ts';
import type { Spending } from '../../data/venues/http.ts';

export interface AllowanceRules {
  /** All that the venue allows an IP a minute, whoever spends it; as its headers count. */
  readonly venueWeightPerMinute: number;
  /** The part of it for this account. */
  readonly weightPerMinute: number;
  readonly ordersPerMinute: number;
  /** Of both, what only urgent requests may spend, 0 to 1. */
  readonly urgentFraction: number;
}

export class Allowance {
  readonly #weight: WeightBudget;
  readonly #urgentWeight: WeightBudget;
  readonly #orders: WeightBudget;
  readonly #urgentOrders: WeightBudget;
  readonly #venueWeight: number;

  constructor(rules: AllowanceRules, pace: Pace) {
    const { weightPerMinute, ordersPerMinute, urgentFraction } = rules;
    const part = (perMinute: number, fraction: number) =>
      new WeightBudget({ perMinute: perMinute * fraction, reserveFraction: 0 }, pace);
    this.#weight = part(weightPerMinute, 1 - urgentFraction);
    this.#urgentWeight = part(weightPerMinute, urgentFraction);
    this.#orders = part(ordersPerMinute, 1 - urgentFraction);
    this.#urgentOrders = part(ordersPerMinute, urgentFraction);
    this.#venueWeight = rules.venueWeightPerMinute;
  }

  /** For whoever reads for this account: waits for weight, and hears what the venue says of the IP. */
  get reading(): Spending {
    return {
      take: (weight, signal) => this.#weight.take(weight, signal),
      correct: (used) => this.hear(used),
      exhaust: () => this.exhaust(),
    };
  }

  /** What a read came to weigh, known only afterwards. */
  weighed(weight: number): void {
    this.#weight.draw(weight);
  }

  /** Takes both and gives 0, or takes nothing and gives the ms until they would be there. */
  spend(weight: number, orders: number, isUrgent: boolean): number {
    const waitMs = Math.max(this.#weight.waitMs(weight), this.#orders.waitMs(orders));
    if (waitMs === 0) {
      this.#weight.draw(weight);
      this.#orders.draw(orders);
      return 0;
    }
    if (!isUrgent) return waitMs;
    const urgentMs = Math.max(this.#urgentWeight.waitMs(weight), this.#urgentOrders.waitMs(orders));
    if (urgentMs > 0) return Math.min(waitMs, urgentMs);
    this.#urgentWeight.draw(weight);
    this.#urgentOrders.draw(orders);
    return 0;
  }

  /** The venue says how much weight this IP has used of this minute. */
  hear(usedWeight: number): void {
    if (!Number.isFinite(usedWeight)) return;
    // What is left of the minute for everybody, less what is kept for urgent requests.
    const left = this.#venueWeight - usedWeight;
    this.#urgentWeight.correct(this.#urgentWeight.usable - left);
    this.#weight.correct(this.#weight.usable - (left - this.#urgentWeight.usable));
  }

  /** The venue says there is nothing left: of what is not urgent. */
  exhaust(): void {
    this.#weight.exhaust();
    this.#orders.exhaust();
  }
}
