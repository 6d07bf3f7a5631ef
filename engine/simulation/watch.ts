// Which rows the venue has to look at. Nothing waits, or only stops do that know their price: then a
// candle that reaches none of them changes nothing, and is not met.
//
// The invariant: `meet` of a row that is not due would leave everything as it is.

import type { WorldConfig } from '../config/schema.ts';
import type { Panel } from '../market/panel.ts';
import { reachOf } from '../market/reach.ts';
import type { Accounts } from './account.ts';
import type { Counter } from './counter.ts';
import type { FundingStamps } from './funding-stamps.ts';
import type { Resting } from './resting.ts';

export class Watch {
  readonly #panel: Panel;
  readonly #accounts: Accounts;
  readonly #counter: Counter;
  readonly #funding: FundingStamps;
  /** The rule of matching is one of which the invariant is known. */
  readonly #knowsRule: boolean;
  /** Every row is due. */
  #isBusy = false;
  /** Some leg has a price below. */
  #hasPrices = false;
  #stampRow = 0;
  /** Of each leg: a low down to, or a high up to, these is due; -Infinity and Infinity = none is. */
  readonly #below: Float64Array;
  readonly #above: Float64Array;

  constructor(
    panel: Panel,
    { fills }: WorldConfig,
    accounts: Accounts,
    counter: Counter,
    funding: FundingStamps,
  ) {
    this.#panel = panel;
    this.#accounts = accounts;
    this.#counter = counter;
    this.#funding = funding;
    this.#knowsRule = fills.path === 'pessimistic' && fills.rules !== 'freqtrade';
    this.#below = new Float64Array(panel.legs.length);
    this.#above = new Float64Array(panel.legs.length);
  }

  /** Once after whatever may change it, not at every row. */
  renew(): void {
    const { takers, inBooks, answers } = this.#counter;
    const { isExposed, followsMarket } = this.#accounts;
    this.#hasPrices = inBooks > 0 || isExposed;
    this.#stampRow = this.#funding.nextRow;
    this.#isBusy =
      takers.count > 0 ||
      answers.length > 0 ||
      (this.#hasPrices && (!this.#knowsRule || followsMarket || !this.#priced()));
  }

  /** False when `meet(i)` would do nothing, as far as is known now. */
  isDue(i: number): boolean {
    return this.#isBusy || i >= this.#stampRow || (this.#hasPrices && this.#reaches(i));
  }

  /** The first row in `from` to `to` that is due, as far as is known now; else `to`. */
  freeUntil(from: number, to: number): number {
    if (this.#isBusy) return from;
    const end = Math.max(from, Math.min(to, this.#stampRow));
    if (!this.#hasPrices) return end;
    const { legs } = this.#panel;
    let first = end;
    for (let leg = 0; leg < legs.length; leg++) {
      const below = this.#below[leg]!;
      const above = this.#above[leg]!;
      if (below === -Infinity && above === Infinity) continue;
      first = reachOf(legs[leg]!.candles).next(from, first, below, above);
    }
    return first;
  }

  #reaches(i: number): boolean {
    const { legs } = this.#panel;
    for (let leg = 0; leg < legs.length; leg++) {
      const { low, high } = legs[leg]!.candles;
      if (low[i]! <= this.#below[leg]! || high[i]! >= this.#above[leg]!) return true;
    }
    return false;
  }

  /** Takes the prices of all that waits; false when something waits for more than a price. */
  #priced(): boolean {
    const { books } = this.#counter;
    for (let leg = 0; leg < books.length; leg++) {
      const liquidation = this.#accounts.liquidationAt[leg]!;
      const isLong = this.#accounts.positions[leg]!.qty > 0;
      let below = isLong && liquidation > 0 ? liquidation : Number.NEGATIVE_INFINITY;
      let above = !isLong && liquidation > 0 ? liquidation : Number.POSITIVE_INFINITY;
      const { slots, count } = books[leg]!;
      for (let k = 0; k < count; k++) {
        const slot = slots[k]!;
        if (!isPlainStop(slot)) return false;
        if (slot.order.side < 0) below = Math.max(below, slot.triggerPrice);
        else above = Math.min(above, slot.triggerPrice);
      }
      this.#below[leg] = below;
      this.#above[leg] = above;
    }
    return true;
  }
}

/** A stop that has come in, sleeps no more, has not been hit and is being left alone. */
function isPlainStop(slot: Resting): boolean {
  const { order, awake, arrived, triggered, gone, cancelMs, amendMs, terms } = slot;
  if (order.type !== 'stop-market' || !awake || !arrived || triggered || gone) return false;
  return cancelMs === Infinity && amendMs === Infinity && terms.timeInForce === 'gtc';
}
