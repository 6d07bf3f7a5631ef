// Funding: the rate as venues make it, what it costs a position, and whether its history is all
// there. A missing stamp makes a position cheaper than it was.

import { HOUR_MS } from '../interval.ts';
import type { FundingColumns } from './panel.ts';

/** The longest regular funding interval of perpetuals, with an hour of grace for late stamps. */
const LONGEST_MS = 9 * HOUR_MS;

/**
 * The funding rate of one period, a fraction of notional, positive = longs pay: the average premium
 * pulled towards the interest rate by at most `clamp` either way. Binance and Hyperliquid state it
 * per 8 hours with interest 0.0001 and clamp 0.0005; Hyperliquid pays an eighth of it every hour.
 * [Binance FAQ on funding rates; Hyperliquid docs, trading/funding]
 */
export function fundingRate(premium: number, interest: number, clamp: number): number {
  return premium + Math.min(Math.max(interest - premium, -clamp), clamp);
}

/**
 * What a position of signed `qty` (base units) receives at a stamp, in quote currency; negative =
 * it pays. `price` is the mark price at the stamp.
 */
export function fundingUsd(qty: number, price: number, rate: number): number {
  return -qty * price * rate;
}

/** Time between two instants (UTC ms) that no stamp accounts for: stretches longer than 8 hours. */
export function uncoveredFundingMs(funding: FundingColumns, fromMs: number, toMs: number): number {
  let missing = 0;
  let lastMs = fromMs;
  const stretch = (untilMs: number) => {
    if (untilMs - lastMs > LONGEST_MS) missing += untilMs - lastMs;
    lastMs = untilMs;
  };
  for (const atMs of funding.atMs) if (atMs > fromMs && atMs <= toMs) stretch(atMs);
  stretch(toMs);
  return missing;
}
