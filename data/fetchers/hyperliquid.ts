// Hyperliquid's candles and funding over POST /info, without a key. Of every interval only the latest
// 5,000 candles exist: one-minute candles reach back three and a half days, hourly ones 208.

import { HOUR_MS, intervalMs, intervalName } from '../../engine/interval.ts';
import {
  BUDGET,
  CANDLE_DEPTH,
  CANDLES_A_WEIGHT,
  FUNDING_PAGE,
  HOSTS,
  ID,
  INFO_WEIGHT,
  INTERVALS_MS,
  ITEMS_A_WEIGHT,
  symbolOf,
} from '../venues/hyperliquid/hosts.ts';
import { openHyperliquid } from '../venues/hyperliquid/venue.ts';
import type { Fetcher, Subject } from './contract.ts';
import { paced } from './estimate.ts';
import { findListed } from './found.ts';
import { restPages, venuePages } from './rest.ts';

export const hyperliquid: Fetcher = {
  name: ID,
  aliases: ['hyperliquid-perp'],
  summary: 'Hyperliquid perpetuals: the latest 5,000 candles of an interval, all funding, rules',
  home: HOSTS.restUrl,
  kinds: ['candles', 'funding'],
  intervals: INTERVALS_MS.map((ms) => intervalName(ms)),

  open({ url, pace, tuning }) {
    const venue = openHyperliquid({ ...tuning, pace, hosts: { restUrl: url } });
    const rest = venuePages(ID, venue, pace);
    return {
      overlapRows: 60,
      holesAreAsked: true,
      find: async (spellings, signal) => {
        // A coin alone will do: what names a dollar is taken for a whole symbol, right or wrong.
        const symbols = spellings.map((one) => (/USD/i.test(one) ? one : symbolOf(one)));
        return findListed(ID, venue, symbols, signal);
      },
      earliestMs,
      async estimate(subject, fromMs, toMs) {
        if (subject.kind === 'funding') {
          const rows = (toMs - fromMs) / HOUR_MS;
          const weight = INFO_WEIGHT + FUNDING_PAGE / ITEMS_A_WEIGHT;
          return paced(BUDGET, { rows, page: FUNDING_PAGE, weight });
        }
        const keptMs = earliestMs(subject, pace.nowMs());
        const rows = (toMs - Math.max(fromMs, keptMs)) / intervalMs(subject.interval!);
        const weight = INFO_WEIGHT + CANDLE_DEPTH / CANDLES_A_WEIGHT;
        return paced(BUDGET, { rows, page: CANDLE_DEPTH, weight });
      },
      pages: (subject, fromMs, toMs, signal) => restPages(rest, subject, fromMs, toMs, signal),
    };
  },
};

/** The forming candle is one of the 5,000. */
function earliestMs({ kind, interval }: Subject, nowMs: number): number {
  if (kind === 'funding') return Number.NEGATIVE_INFINITY;
  const stepMs = intervalMs(interval!);
  return (Math.floor(nowMs / stepMs) - CANDLE_DEPTH + 1) * stepMs;
}
