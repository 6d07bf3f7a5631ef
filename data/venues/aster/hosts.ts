// Where Aster's perpetuals are reached, how it spells, and what it allows: asterdex/api-docs @265e024
// (2026-06-30), `V3(Recommended)/EN/aster-finance-futures-api-v3.md`, unless another source is named.
//
// Our symbols are Aster's: BTCUSDT.

import { intervalMs, intervalName } from '../../../engine/interval.ts';
import type { BudgetRules } from '../budget.ts';
import type { VenueHosts } from '../contract.ts';

export const ID = 'aster';

export const HOSTS: VenueHosts = Object.freeze({
  restUrl: 'https://fapi.asterdex.com',
  streamUrl: 'wss://fstream.asterdex.com',
});

/** 2400 weight a minute and IP; a quarter stays for orders and what must be known of them. */
export const BUDGET: BudgetRules = Object.freeze({ perMinute: 2400, reserveFraction: 0.25 });

/** Of its intervals those that we speak too; 3d, 1w and 1M are not kept here. */
export const INTERVALS_MS: readonly number[] = Object.freeze(
  ['1m', '3m', '5m', '15m', '30m', '1h', '2h', '4h', '6h', '8h', '12h', '1d'].map((name) =>
    intervalMs(name),
  ),
);

export const KLINES_PAGE = 1500;
export const FUNDING_PAGE = 1000;

/** Weight of a klines request by its limit. */
export function klinesWeight(limit: number): number {
  if (limit < 100) return 1;
  if (limit < 500) return 2;
  return limit <= 1000 ? 5 : 10;
}

/** The name of a stream: lower case, unlike the symbol. */
export function klineStream(symbol: string, interval: number): string {
  return `${symbol.toLowerCase()}@kline_${intervalName(interval)}`;
}

/** What needs a key to be asked, so that the public side can only assume it. */
export const ASSUMED = Object.freeze({
  /** The published base tier, without the 5 % off for paying in ASTER (bitrue, 2025-09). */
  makerFeeBps: 1,
  takerFeeBps: 3.5,
  /** Brackets go far above, but to a size: a modest leverage that every bracket allows. */
  maxLeverage: 20,
});
