// The account: a wallet, one position per leg, and what equity was at every close.
//
//   equity = wallet + sum of unrealised P&L, marked at each leg's last close
//   wallet changes only by realised P&L, fees and funding
//
// A hole marks at the last price known. Sums run in leg order, so they are the same every time.

import type { Instrument } from '../market/instrument.ts';
import { Position } from './position.ts';

export class Portfolio {
  readonly cashUsd: number;
  readonly positions: readonly Position[];
  /** Last valid close of each leg; NaN before its first candle. */
  readonly lastPrice: Float64Array;
  walletUsd: number;
  equityUsd: number;
  peakUsd: number;
  feesUsd = 0;
  slippageUsd = 0;
  fundingUsd = 0;
  tradedNotionalUsd = 0;
  openPositions = 0;
  /** The wallet has changed since the last mark. */
  #isStale = false;

  constructor(instruments: readonly Instrument[], cashUsd: number) {
    this.cashUsd = cashUsd;
    this.walletUsd = cashUsd;
    this.equityUsd = cashUsd;
    this.peakUsd = cashUsd;
    this.positions = instruments.map((instrument) => new Position(instrument));
    this.lastPrice = new Float64Array(instruments.length).fill(Number.NaN);
  }

  /** Equity below its peak, 0 to 1 (more when equity is negative). */
  get drawdown(): number {
    return this.peakUsd > 0 ? 1 - this.equityUsd / this.peakUsd : 0;
  }

  /** Books a fill; returns its realised P&L before the fee. */
  fill(leg: number, qty: number, price: number, feeUsd: number, slippageUsd: number): number {
    const position = this.positions[leg]!;
    const before = position.qty;
    const realised = position.fill(qty, price);
    if (before === 0) this.openPositions++;
    if (position.qty === 0) this.openPositions--;
    this.#isStale = true;
    this.walletUsd += realised - feeUsd;
    this.feesUsd += feeUsd;
    this.slippageUsd += slippageUsd;
    this.tradedNotionalUsd += Math.abs(qty) * price;
    return realised;
  }

  /** Books funding: positive = received. */
  fund(amountUsd: number): void {
    this.#isStale = true;
    this.walletUsd += amountUsd;
    this.fundingUsd += amountUsd;
  }

  /** Wallet plus unrealised P&L at the last prices. */
  worth(): number {
    let worth = this.walletUsd;
    if (this.openPositions === 0) return worth;
    for (let leg = 0; leg < this.positions.length; leg++) {
      const { qty, entryPrice } = this.positions[leg]!;
      if (qty !== 0) worth += qty * (this.lastPrice[leg]! - entryPrice);
    }
    return worth;
  }

  /** Marks at the last prices: equity and its peak. */
  mark(): void {
    if (this.openPositions === 0 && !this.#isStale) return;
    this.#isStale = false;
    const equity = this.worth();
    this.equityUsd = equity;
    if (equity > this.peakUsd) this.peakUsd = equity;
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
