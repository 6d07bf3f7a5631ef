// Where Hyperliquid is reached, how it spells, and what it allows. Sources: hyperliquid-python-sdk
// @7ee976d (v0.23.0, 2026-04-14), the gitbook's pages on rate limits, tick and lot size, fees, and
// timeouts and heartbeats.
//
// A perpetual is called by its coin: BTC, kPEPE (1000 PEPE). Ours are BTCUSDC, kPEPEUSDC, as datasets
// of it are named: the coin and what it is settled in.

import { intervalMs } from '../../../engine/interval.ts';
import type { BudgetRules } from '../budget.ts';
import type { VenueHosts } from '../contract.ts';

export const ID = 'hyperliquid';

export const HOSTS: VenueHosts = Object.freeze({
  restUrl: 'https://api.hyperliquid.xyz',
  streamUrl: 'wss://api.hyperliquid.xyz/ws',
});

/** 1200 weight a minute and IP, of which orders and account queries spend too: half is theirs. */
export const BUDGET: BudgetRules = Object.freeze({ perMinute: 1200, reserveFraction: 0.5 });

/** Of its intervals those that we speak too: all of ours but 6h. */
export const INTERVALS_MS: readonly number[] = Object.freeze(
  ['1m', '3m', '5m', '15m', '30m', '1h', '2h', '4h', '8h', '12h', '1d'].map((name) =>
    intervalMs(name),
  ),
);

/** Only the latest 5,000 candles of an interval exist. */
export const CANDLE_DEPTH = 5000;
/** "Responses that take a time range will only return 500 elements". */
export const FUNDING_PAGE = 500;

/** Most info requests weigh 20, and 1 more for every 60 candles or 20 other items. */
export const INFO_WEIGHT = 20;
export const CANDLES_A_WEIGHT = 60;
export const ITEMS_A_WEIGHT = 20;

/** A perp price has at most so many decimals, less those of its size; spot has 8. */
export const PERP_DECIMALS = 6;
export const PRICE_FIGURES = 5;

/** The published base tier, below $5M in 14 days; the live value needs an address. */
export const FEES = Object.freeze({ makerFeeBps: 1.5, takerFeeBps: 4.5 });
export const MIN_NOTIONAL_USD = 10;

const SETTLED_IN = 'USDC';

/** Our symbol of a coin. */
export function symbolOf(coin: string): string {
  return `${coin}${SETTLED_IN}`;
}

/** The coin of a symbol of ours; a symbol that is none of Hyperliquid's stays as it is. */
export function coinOf(symbol: string): string {
  return symbol.endsWith(SETTLED_IN) ? symbol.slice(0, -SETTLED_IN.length) : symbol;
}
