// Aster's candles, mark prices and funding over /fapi, without a key.

import { intervalName } from '../../engine/interval.ts';
import {
  BUDGET,
  FUNDING_PAGE,
  HOSTS,
  ID,
  INTERVALS_MS,
  KLINES_PAGE,
  klinesWeight,
} from '../venues/aster/hosts.ts';
import { openAster } from '../venues/aster/venue.ts';
import { klineFetcher } from './kline-venue.ts';

export const aster = klineFetcher({
  name: ID,
  aliases: ['asterdex', 'aster-perp'],
  summary: 'Aster perpetuals: candles, funding, mark prices, trading rules',
  home: HOSTS.restUrl,
  kinds: ['candles', 'mark', 'funding', 'flow'],
  intervals: INTERVALS_MS.map((ms) => intervalName(ms)),
  budget: BUDGET,
  candlePage: { page: KLINES_PAGE, weight: klinesWeight(KLINES_PAGE) },
  fundingPage: { page: FUNDING_PAGE, weight: 1 },
  openHistory: ({ url, ...options }) => openAster({ ...options, hosts: { restUrl: url } }),
});
