// The account: a wallet, one position per leg, and what equity was at every close.
//
//   equity = wallet + sum of unrealised P&L, marked at each leg's last close
//   wallet changes only by realised P&L, fees and funding
//
// A hole marks at the last price known. Sums run in leg order, so they are the same every time.

import type { Instrument } from '../market/instrument.ts';
import { venuesOf, walletsOf } from '../market/venues.ts';
import { Position } from './position.ts';

const EQUITY = 0;
const PEAK = 1;
const WORTH = 2;

export class Portfolio {
  readonly cashUsd: number;
  readonly positions: readonly Position[];
  /** Last valid close of each leg; NaN before its first candle. */
  readonly lastPrice: Float64Array;
  walletUsd: number;
  feesUsd = 0;
  slippageUsd = 0;
  /** The part of it that our own size made. */
  impactUsd = 0;
  fundingUsd = 0;
  tradedNotionalUsd = 0;
  openPositions = 0;
  /** The wallet has changed since the last mark. */
  #isStale = false;
  /** Equity and its peak. In an array, because a double stored in a field is a new object. */
  readonly #marked = new Float64Array(3);

  /** Of each leg: number of its venue, in the order in which venues appear. */
  readonly venueOf: Int32Array;
  /** What of the wallet lies at each venue; there are no transfers. Null with a single venue. */
  readonly venueWalletUsd: Float64Array | null;

  /** `elsewhereUsd`: cash at venues other than the first, by name, on top of `primaryUsd`. */
  constructor(
    instruments: readonly Instrument[],
    primaryUsd: number,
    elsewhereUsd: Readonly<Record<string, number>> = {},
  ) {
    const venues = venuesOf(instruments);
    const wallets = walletsOf(venues.names, primaryUsd, elsewhereUsd);
    const cashUsd = wallets.reduce((sum, usd) => sum + usd, 0);
    this.venueOf = venues.of;
    this.venueWalletUsd = wallets.length > 1 ? wallets : null;
    this.cashUsd = cashUsd;
    this.walletUsd = cashUsd;
    this.#marked[EQUITY] = cashUsd;
    this.#marked[PEAK] = cashUsd;
    this.positions = instruments.map((instrument) => new Position(instrument));
    this.lastPrice = new Float64Array(instruments.length).fill(Number.NaN);
  }

  /** Equity below its peak, 0 to 1 (more when equity is negative). */
  get drawdown(): number {
    return this.peakUsd > 0 ? 1 - this.equityUsd / this.peakUsd : 0;
  }

  /** Books a fill; returns its realised P&L before the fee. */
  fill(
    leg: number,
    qty: number,
    price: number,
    feeUsd: number,
    slippageUsd: number,
    impactUsd = 0,
  ): number {
    const position = this.positions[leg]!;
    const before = position.qty;
    const realised = position.fill(qty, price);
    if (before === 0) this.openPositions++;
    if (position.qty === 0) this.openPositions--;
    this.#isStale = true;
    this.walletUsd += realised - feeUsd;
    if (this.venueWalletUsd) this.venueWalletUsd[this.venueOf[leg]!]! += realised - feeUsd;
    this.feesUsd += feeUsd;
    this.slippageUsd += slippageUsd;
    this.impactUsd += impactUsd;
    this.tradedNotionalUsd += Math.abs(qty) * price;
    return realised;
  }

  /** Books funding: positive = received. */
  fund(leg: number, amountUsd: number): void {
    this.#isStale = true;
    this.walletUsd += amountUsd;
    if (this.venueWalletUsd) this.venueWalletUsd[this.venueOf[leg]!]! += amountUsd;
    this.fundingUsd += amountUsd;
  }

  /** As of the last mark, USD. */
  get equityUsd(): number {
    return this.#marked[EQUITY]!;
  }

  /** The highest equity that was marked, USD. */
  get peakUsd(): number {
    return this.#marked[PEAK]!;
  }

  /** Wallet plus unrealised P&L at the last prices, now; equity is what this was at the mark. */
  worth(): number {
    this.#sum(WORTH);
    return this.#marked[WORTH]!;
  }

  /** Marks at the last prices: equity and its peak. */
  mark(): void {
    if (this.openPositions === 0 && !this.#isStale) return;
    this.#isStale = false;
    this.#sum(EQUITY);
    const marked = this.#marked;
    if (marked[EQUITY]! > marked[PEAK]!) marked[PEAK] = marked[EQUITY]!;
  }

  /**
   * Marks the account at closes of rows from `from` on, as long as it is worth something and one leg
   * alone holds a position; returns the first row not marked. What `mark` does, row by row.
   */
  markThrough(
    leg: number,
    close: Float64Array,
    from: number,
    to: number,
    usd: Float64Array,
  ): number {
    const { qty, entryPrice } = this.positions[leg]!;
    const { walletUsd } = this;
    const marked = this.#marked;
    let price = this.lastPrice[leg]!;
    let peak = marked[PEAK]!;
    let i = from;
    for (; i < to; i++) {
      const c = close[i]!;
      const next = c === c ? c : price;
      const equity = walletUsd + qty * (next - entryPrice);
      if (!(equity > 0)) break;
      usd[i] = equity;
      if (equity > peak) peak = equity;
      price = next;
    }
    if (i === from) return from;
    this.#isStale = false;
    this.lastPrice[leg] = price;
    marked[EQUITY] = usd[i - 1]!;
    marked[PEAK] = peak;
    return i;
  }

  /** Adds up in the array: a sum that starts from a field is boxed at every step of a loop. */
  #sum(slot: number): void {
    const marked = this.#marked;
    marked[slot] = this.walletUsd;
    if (this.openPositions === 0) return;
    for (let leg = 0; leg < this.positions.length; leg++) {
      const { qty, entryPrice } = this.positions[leg]!;
      if (qty !== 0) marked[slot]! += qty * (this.lastPrice[leg]! - entryPrice);
    }
  }

  /** Equity at the venue of a leg, at the last prices, USD: what stands behind its positions. */
  venueEquityUsd(leg: number): number {
    if (!this.venueWalletUsd) return this.equityUsd;
    const venue = this.venueOf[leg]!;
    let usd = this.venueWalletUsd[venue]!;
    for (let other = 0; other < this.positions.length; other++) {
      const { qty, entryPrice } = this.positions[other]!;
      if (qty !== 0 && this.venueOf[other] === venue) {
        usd += qty * (this.lastPrice[other]! - entryPrice);
      }
    }
    return usd;
  }

  /** Gross notional of all positions at the last prices, USD. */
  grossUsd(): number {
    if (this.openPositions === 0) return 0;
    let gross = 0;
    for (let leg = 0; leg < this.positions.length; leg++) gross += this.notionalUsd(leg);
    return gross;
  }

  /** Notional of one leg at its last price, USD, >= 0. */
  notionalUsd(leg: number): number {
    const qty = this.positions[leg]!.qty;
    return qty === 0 ? 0 : Math.abs(qty) * this.lastPrice[leg]!;
  }
}
