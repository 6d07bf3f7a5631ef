// Binance's candles, mark prices and funding over REST, without a key: what its archives do not have
// yet. For months and years the archives are quicker (vision.ts); both fill the same datasets.

import { openBinance } from '../venues/binance/history.ts';
import {
  type BinanceMarket,
  FUNDING_PAGE,
  FUNDING_WEIGHT,
  INTERVALS,
  SPOT,
  USDM,
} from '../venues/binance/hosts.ts';
import type { Fetcher } from './contract.ts';
import { klineFetcher } from './kline-venue.ts';

export const binanceUsdm = fetcherOf(USDM, {
  aliases: ['binance-futures', 'binanceusdm'],
  summary: 'Binance USD-M perpetuals: candles, funding, mark prices, trading rules',
  kinds: ['candles', 'mark', 'funding', 'flow'],
});

export const binanceSpot = fetcherOf(SPOT, {
  aliases: [],
  summary: 'Binance spot: candles and trading rules',
  kinds: ['candles', 'flow'],
});

function fetcherOf(
  market: BinanceMarket,
  named: Pick<Fetcher, 'aliases' | 'summary' | 'kinds'>,
): Fetcher {
  return klineFetcher({
    ...named,
    name: market.id,
    home: market.restUrl,
    intervals: INTERVALS,
    budget: market.budget,
    candlePage: { page: market.page, weight: market.weightOf(market.page) },
    fundingPage: { page: FUNDING_PAGE, weight: FUNDING_WEIGHT },
    openHistory: ({ url, ...options }) => openBinance(market, { ...options, restUrl: url }),
  });
}
