// Binance's candles, mark prices and funding over REST, without a key: what its archives do not have
// yet. For months and years the archives are quicker (vision.ts); both fill the same datasets.

import { HOUR_MS, intervalMs } from '../../engine/interval.ts';
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
import { paced } from './estimate.ts';
import { foundOf } from './found.ts';
import { restPages, venuePages } from './rest.ts';

export const binanceUsdm = fetcherOf(
  USDM,
  ['binance-futures', 'binanceusdm'],
  [
    'Binance USD-M perpetuals: candles, funding, mark prices, trading rules',
    'candles',
    'mark',
    'funding',
  ],
);

export const binanceSpot = fetcherOf(
  SPOT,
  [],
  ['Binance spot: candles and trading rules', 'candles'],
);

function fetcherOf(
  market: BinanceMarket,
  aliases: readonly string[],
  [summary, ...kinds]: readonly [string, ...Fetcher['kinds']],
): Fetcher {
  return {
    name: market.id,
    aliases,
    summary,
    home: market.restUrl,
    kinds,
    intervals: INTERVALS,

    open({ url, pace, tuning }) {
      const history = openBinance(market, { ...tuning, pace, restUrl: url });
      const rest = venuePages(market.id, history, pace);
      return {
        overlapRows: 60,
        holesAreAsked: true,
        find: async (spellings, signal) =>
          (await history.listing(spellings, signal)).map((one) => foundOf(market.id, one)),
        earliestMs: () => Number.NEGATIVE_INFINITY,
        async estimate({ kind, interval }, fromMs, toMs) {
          if (kind === 'funding') {
            const rows = (toMs - fromMs) / (8 * HOUR_MS);
            return paced(market.budget, { rows, page: FUNDING_PAGE, weight: FUNDING_WEIGHT });
          }
          const rows = (toMs - fromMs) / intervalMs(interval!);
          const weight = market.weightOf(market.page);
          return paced(market.budget, { rows, page: market.page, weight });
        },
        pages: (subject, fromMs, toMs, signal) => restPages(rest, subject, fromMs, toMs, signal),
      };
    },
  };
}
