// Aster's candles, mark prices and funding over /fapi, without a key.

import { intervalMs, intervalName } from '../../engine/interval.ts';
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
import type { Fetcher } from './contract.ts';
import { paced } from './estimate.ts';
import { foundOf } from './found.ts';
import { restPages, venuePages } from './rest.ts';

export const aster: Fetcher = {
  name: ID,
  aliases: ['asterdex', 'aster-perp'],
  summary: 'Aster perpetuals: candles, funding, mark prices, trading rules',
  home: HOSTS.restUrl,
  kinds: ['candles', 'mark', 'funding'],
  intervals: INTERVALS_MS.map((ms) => intervalName(ms)),

  open({ url, pace, tuning }) {
    const venue = openAster({ ...tuning, pace, hosts: { restUrl: url } });
    const rest = venuePages(ID, venue, pace);
    return {
      overlapRows: 60,
      holesAreAsked: true,
      find: async (spellings, signal) =>
        (await venue.listing(spellings, signal)).map((one) => foundOf(ID, one)),
      earliestMs: () => Number.NEGATIVE_INFINITY,
      async estimate({ kind, interval }, fromMs, toMs) {
        const isFunding = kind === 'funding';
        // Stamps every eight hours on most symbols; a symbol with more costs a request or two more.
        const rows = (toMs - fromMs) / (isFunding ? 8 * 3_600_000 : intervalMs(interval!));
        const page = isFunding ? FUNDING_PAGE : KLINES_PAGE;
        return paced(BUDGET, { rows, page, weight: isFunding ? 1 : klinesWeight(page) });
      },
      pages: (subject, fromMs, toMs, signal) => restPages(rest, subject, fromMs, toMs, signal),
    };
  },
};
