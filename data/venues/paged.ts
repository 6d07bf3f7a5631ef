// A venue's public side one page at a time, for whoever keeps what was asked: fetchers.
//
// `PublicVenue` gives ranges and hides how they are asked; a fetcher must know after each answer how
// far it reaches, what the venue's clock said, and what came that nobody asked for.

import type { Instrument } from '../../engine/market/instrument.ts';
import type { PublicVenue } from './contract.ts';
import type { CandlePage, FundingPage } from './pages.ts';

/** A symbol as a venue lists it. */
export interface Listing {
  readonly symbol: string;
  /** The venue's own word, `TRADING`. */
  readonly status: string;
  /** Null while it is not trading: then there are no rules to be had. */
  readonly instrument: Instrument | null;
}

/** One answer for [fromMs, toMs); candle times on the grid, `toMs` a whole number. */
type CandleAsk = (
  symbol: string,
  intervalMs: number,
  fromMs: number,
  toMs: number,
  signal?: AbortSignal,
) => Promise<CandlePage>;

/** What a venue's history can be asked. */
export interface PagedHistory {
  /** Every symbol that it lists, trading or not. */
  symbols(signal?: AbortSignal): Promise<readonly string[]>;
  /** Every symbol as listed, trading or not. InputError with the nearest for one that is not. */
  listing(symbols: readonly string[], signal?: AbortSignal): Promise<readonly Listing[]>;
  readonly candlePage: CandleAsk;
  /** Candles of the mark price; null where the venue has none. */
  readonly markPage: CandleAsk | null;
  /** Candles whose volume is what takers bought of it; null where the venue does not say. */
  readonly flowPage: CandleAsk | null;
  fundingPage(
    symbol: string,
    fromMs: number,
    toMs: number,
    signal?: AbortSignal,
  ): Promise<FundingPage>;
}

/** The public side of a venue with its history. */
export interface PagedVenue extends PublicVenue, PagedHistory {}
