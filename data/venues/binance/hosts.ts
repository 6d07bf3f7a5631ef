// Where Binance's spot and USD-M futures are asked for history, and what they allow: the API's
// documentation (developers.binance.com), `data-api.binance.vision` for spot without an account.
//
// Our symbols are Binance's: BTCUSDT.

import { INTERVAL_NAMES } from '../../../engine/interval.ts';
import type { BudgetRules } from '../budget.ts';

export interface BinanceMarket {
  readonly id: 'binance-usdm' | 'binance-spot';
  readonly restUrl: string;
  /** `/fapi/v1`, `/api/v3`. */
  readonly path: string;
  readonly budget: BudgetRules;
  readonly page: number;
  /** Weight of a klines request by its limit. */
  readonly weightOf: (limit: number) => number;
  readonly listingWeight: number;
  /** What needs a key to be asked, so that it can only be assumed: the first tier. */
  readonly assumed: {
    readonly makerFeeBps: number;
    readonly takerFeeBps: number;
    readonly maxLeverage: number;
  };
}

export const FUNDING_PAGE = 1000;
/** Funding shares 500 requests in five minutes with others: as if it weighed so much of a minute. */
export const FUNDING_WEIGHT = 24;

export const USDM: BinanceMarket = Object.freeze({
  id: 'binance-usdm',
  restUrl: 'https://fapi.binance.com',
  path: '/fapi/v1',
  budget: { perMinute: 2400, reserveFraction: 0.25 },
  page: 1500,
  weightOf: (limit: number) => (limit < 100 ? 1 : limit < 500 ? 2 : limit <= 1000 ? 5 : 10),
  listingWeight: 1,
  assumed: { makerFeeBps: 2, takerFeeBps: 5, maxLeverage: 20 },
});

export const SPOT: BinanceMarket = Object.freeze({
  id: 'binance-spot',
  restUrl: 'https://data-api.binance.vision',
  path: '/api/v3',
  budget: { perMinute: 6000, reserveFraction: 0.25 },
  page: 1000,
  weightOf: () => 2,
  listingWeight: 20,
  assumed: { makerFeeBps: 10, takerFeeBps: 10, maxLeverage: 1 },
});

/** All of ours: both markets have them. */
export const INTERVALS: readonly string[] = INTERVAL_NAMES;
