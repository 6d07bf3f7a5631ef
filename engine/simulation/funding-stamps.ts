// Funding: every stamp of a leg's history charges what the venue holds for us at that instant, on the
// mark price. The interval comes from the stamps themselves, so a venue that changes it is followed.

import { assert } from '../errors.ts';
import { fundingUsd } from '../market/funding.ts';
import { markAt, type Panel } from '../market/panel.ts';
import type { Accounts } from './account.ts';

export type OnCharge = (
  atMs: number,
  leg: number,
  amountUsd: number,
  rate: number,
  price: number,
) => void;

export class FundingStamps {
  /** Per leg: stamps charged on a trade price because no mark price was at hand. */
  readonly markFallbacks: Int32Array;
  /** Per leg: stamps within the rows met so far, charged or not. */
  readonly seen: Int32Array;
  readonly #panel: Panel;
  readonly #charges: boolean;
  readonly #accounts: Accounts;
  readonly #onCharge: OnCharge;
  readonly #next: Int32Array;
  #nextMs = Number.POSITIVE_INFINITY;
  /** The row in which the next stamp falls. */
  #nextRow = Number.MAX_SAFE_INTEGER;

  constructor(panel: Panel, charges: boolean, accounts: Accounts, onCharge: OnCharge) {
    const legs = panel.legs.length;
    this.#panel = panel;
    this.#charges = charges;
    this.#accounts = accounts;
    this.#onCharge = onCharge;
    this.markFallbacks = new Int32Array(legs);
    this.seen = new Int32Array(legs);
    this.#next = new Int32Array(legs);
    this.#skipBefore(panel.openMs[0] ?? 0);
  }

  /** The row in which the next stamp falls; past the panel when none is left. */
  get nextRow(): number {
    return this.#nextRow;
  }

  /** A leg's funding has grown: looks for the next stamp anew. */
  renew(): void {
    this.#expect(0);
  }

  /** Charges every stamp up to `untilMs` on the positions held now, at row `i`. */
  chargeUpTo(untilMs: number, i: number): void {
    if (this.#nextMs > untilMs) return;
    for (let leg = 0; leg < this.#next.length; leg++) this.#chargeLeg(leg, untilMs, i);
    this.#expect(i);
  }

  /** The same for one leg. */
  chargeLeg(leg: number, untilMs: number, i: number): void {
    if (this.#nextMs > untilMs) return;
    this.#chargeLeg(leg, untilMs, i);
    this.#expect(i);
  }

  #chargeLeg(leg: number, untilMs: number, i: number): void {
    const { atMs, rate } = this.#panel.legs[leg]!.funding;
    let k = this.#next[leg]!;
    for (; k < atMs.length && atMs[k]! <= untilMs; k++) {
      this.seen[leg]!++;
      this.#charge(leg, atMs[k]!, rate[k]!, i);
    }
    this.#next[leg] = k;
  }

  #charge(leg: number, atMs: number, rate: number, i: number): void {
    const { qty } = this.#accounts.positions[leg]!;
    if (qty === 0 || !this.#charges) return;
    const { candles, mark } = this.#panel.legs[leg]!;
    let price = markAt(mark, atMs);
    if (price !== price) {
      // No mark price in the data: the trade price at the stamp stands in, and is counted.
      const open = candles.open[i]!;
      price = open === open ? open : this.#lastClose(leg, i);
      this.markFallbacks[leg]!++;
    }
    assert(price > 0, 'a position has a price to be charged on');
    this.#onCharge(atMs, leg, fundingUsd(qty, price, rate), rate, price);
  }

  #lastClose(leg: number, i: number): number {
    const { close } = this.#panel.legs[leg]!.candles;
    let k = i - 1;
    while (k >= 0 && close[k] !== close[k]) k--;
    return close[k]!;
  }

  #skipBefore(fromMs: number): void {
    this.#panel.legs.forEach(({ funding }, leg) => {
      let k = 0;
      while (k < funding.atMs.length && funding.atMs[k]! < fromMs) k++;
      this.#next[leg] = k;
    });
    this.#expect(0);
  }

  /**
   * The first row that closes after the stamp is the one that charges it; past the panel = none is left.
   * None before `from` is: looked for from there in steps that double, for it is nearly always near.
   */
  #expect(from: number): void {
    const { openMs, length, intervalMs, legs } = this.#panel;
    let stampMs = Number.POSITIVE_INFINITY;
    for (let leg = 0; leg < legs.length; leg++) {
      const { atMs } = legs[leg]!.funding;
      const k = this.#next[leg]!;
      if (k < atMs.length) stampMs = Math.min(stampMs, atMs[k]!);
    }
    let low = Math.min(from, length);
    let high = low;
    for (let step = 1; high < length && openMs[high]! + intervalMs <= stampMs; step *= 2) {
      low = high + 1;
      high = Math.min(length, high + step);
    }
    while (low < high) {
      const middle = (low + high) >> 1;
      if (openMs[middle]! + intervalMs > stampMs) high = middle;
      else low = middle + 1;
    }
    this.#nextMs = stampMs;
    this.#nextRow = low;
  }
}
