// Margin of perpetual positions: what an open position must keep (maintenance, in tiers of notional)
// and the price at which it no longer does (liquidation). Plain numbers in, numbers out.
//
//   equity(p) = margin + qty * (p - entry)      maintenance(p) = max over tiers of |qty| p rate - cum
//
// The liquidation price is where the two meet. Tier tables change at every venue: they are data,
// never constants of this file. Quantities are signed (+ long, - short), prices are mark prices.

import { assert, InputError, type Problem } from '../errors.ts';

/** A venue's maintenance tiers, lowest first; the three columns have one length. */
export interface MarginTiers {
  /** Notional from which a tier holds, quote currency counted as USD; the first is 0. */
  readonly floorsUsd: readonly number[];
  /** Maintenance margin as a fraction of notional, in (0, 1), never falling. */
  readonly rates: readonly number[];
  /** What is taken off in each tier so that maintenance has no step at its floor. */
  readonly cumUsd: readonly number[];
}

/**
 * Tiers from their floors and rates; the amounts taken off follow by
 * `cum_n = floor_n * (rate_n - rate_{n-1}) + cum_{n-1}`. [Binance FAQ b3c689c1f50a44cabb3a84e663b81d93]
 *
 * InputError naming every floor and rate at fault.
 */
export function tiersOf(floorsUsd: readonly number[], rates: readonly number[]): MarginTiers {
  const problems = problemsOf(floorsUsd, rates);
  if (problems.length > 0) throw new InputError(problems);
  const cumUsd = [0];
  for (let n = 1; n < floorsUsd.length; n++) {
    cumUsd.push(floorsUsd[n]! * (rates[n]! - rates[n - 1]!) + cumUsd[n - 1]!);
  }
  return Object.freeze({
    floorsUsd: Object.freeze([...floorsUsd]),
    rates: Object.freeze([...rates]),
    cumUsd: Object.freeze(cumUsd),
  });
}

/**
 * One tier for all sizes, for instruments of which only the highest leverage (>= 1) is known:
 * maintenance is half of the initial margin at that leverage. [Hyperliquid docs, trading/margining]
 */
export function tiersOfLeverage(maxLeverage: number): MarginTiers {
  if (!(maxLeverage >= 1 && Number.isFinite(maxLeverage))) {
    throw new InputError({ key: 'maxLeverage', rule: 'must be >= 1', value: maxLeverage });
  }
  return tiersOf([0], [1 / (2 * maxLeverage)]);
}

/** Margin a position of this notional (USD, either sign) must keep. */
export function maintenanceUsd(tiers: MarginTiers, notionalUsd: number): number {
  const size = Math.abs(notionalUsd);
  const { floorsUsd, rates, cumUsd } = tiers;
  let n = floorsUsd.length - 1;
  while (n > 0 && size < floorsUsd[n]!) n--;
  return size * rates[n]! - cumUsd[n]!;
}

/** Margin set aside to open a position of this notional (USD, either sign) at `leverage` > 0. */
export function initialMarginUsd(notionalUsd: number, leverage: number): number {
  return Math.abs(notionalUsd) / leverage;
}

/**
 * The margin that stands behind one position of a cross account: the wallet, what the other
 * positions have won or lost at their marks, less what those must keep. All in USD.
 */
export function crossMarginUsd(
  walletUsd: number,
  otherUnrealisedUsd: number,
  otherMaintenanceUsd: number,
): number {
  return walletUsd - otherMaintenanceUsd + otherUnrealisedUsd;
}

/**
 * Mark price at which a position's equity equals its maintenance margin: a long is liquidated at or
 * below it, a short at or above it. `marginUsd` is the isolated margin, or `crossMarginUsd`.
 *
 * NaN when no price above 0 liquidates it: flat, or a long that is paid for in full. 0 for a short
 * that is bankrupt at every price, so that `price >= liquidation` holds.
 *
 * The tier is the one that holds at the answer, not at entry. Maintenance is convex in price (rates
 * never fall), so it is the largest of the tiers' straight lines, and the answer is the strictest of
 * their prices: no search, and no gap for a rounding error to fall into at a tier's edge.
 */
export function liquidationPrice(
  tiers: MarginTiers,
  qty: number,
  entryPrice: number,
  marginUsd: number,
): number {
  if (qty === 0) return Number.NaN;
  assert(Number.isFinite(qty + entryPrice + marginUsd), 'a liquidation price is asked of numbers');
  const { rates, cumUsd } = tiers;
  let strictest = tierLiquidationPrice(qty, entryPrice, marginUsd, rates[0]!, cumUsd[0]!);
  for (let n = 1; n < rates.length; n++) {
    const price = tierLiquidationPrice(qty, entryPrice, marginUsd, rates[n]!, cumUsd[n]!);
    strictest = qty > 0 ? Math.max(strictest, price) : Math.min(strictest, price);
  }
  if (strictest > 0) return strictest;
  return qty > 0 ? Number.NaN : 0;
}

/**
 * Where equity meets the line of one tier, wherever that tier holds; may be <= 0. Binance's form:
 * `LP = (WB - TMM1 + UPNL1 + cum - side q EP) / (q MMR - side q)`, with `marginUsd` for the first
 * three terms. [Binance FAQ b3c689c1f50a44cabb3a84e663b81d93]
 *
 * Other venues' forms are this one: Hyperliquid's, seen from any mark and the margin at it, without `cum`;
 * those of OKX and Gate with the taker fee added to the rate; Bybit's, which keeps maintenance at the
 * entry's notional, with a rate of 0 and that maintenance taken off (tests have the numbers).
 */
export function tierLiquidationPrice(
  qty: number,
  entryPrice: number,
  marginUsd: number,
  rate: number,
  cumUsd: number,
): number {
  return (marginUsd + cumUsd - qty * entryPrice) / (Math.abs(qty) * rate - qty);
}

function problemsOf(floorsUsd: readonly number[], rates: readonly number[]): Problem[] {
  const problems: Problem[] = [];
  if (floorsUsd.length === 0 || floorsUsd.length !== rates.length) {
    const value = `${floorsUsd.length} floors and ${rates.length} rates`;
    return [
      { key: 'marginTiers', rule: 'must have one rate for each floor, and one at least', value },
    ];
  }
  floorsUsd.forEach((floorUsd, n) => {
    const holds = n === 0 ? floorUsd === 0 : floorUsd > floorsUsd[n - 1]!;
    if (holds && Number.isFinite(floorUsd)) return;
    const rule = n === 0 ? 'must be 0' : 'must be above the floor before it';
    problems.push({ key: `marginTiers.floorsUsd.${n}`, rule, value: floorUsd });
  });
  rates.forEach((rate, n) => {
    if (rate > 0 && rate < 1 && (n === 0 || rate >= rates[n - 1]!)) return;
    const rule = 'must be above 0, below 1 and not below the rate before it';
    problems.push({ key: `marginTiers.rates.${n}`, rule, value: rate });
  });
  return problems;
}
