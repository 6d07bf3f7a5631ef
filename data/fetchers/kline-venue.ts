// A fetcher of a venue whose klines are paged by a limit that has a weight: Binance and its relatives.

import { HOUR_MS, intervalMs } from '../../engine/interval.ts';
import type { BudgetRules } from '../venues/budget.ts';
import type { Pace } from '../venues/contract.ts';
import type { HttpTuning } from '../venues/http.ts';
import type { PagedHistory } from '../venues/paged.ts';
import type { Fetcher } from './contract.ts';
import { paced } from './estimate.ts';
import { findListed } from './found.ts';
import { restPages, venuePages } from './rest.ts';

export interface KlineVenue extends Omit<Fetcher, 'open'> {
  readonly budget: BudgetRules;
  /** Rows and weight of a full page. */
  readonly candlePage: { readonly page: number; readonly weight: number };
  readonly fundingPage: { readonly page: number; readonly weight: number };
  readonly openHistory: (options: HttpTuning & { pace: Pace; url: string }) => PagedHistory;
}

export function klineFetcher(venue: KlineVenue): Fetcher {
  const { name, budget, candlePage, fundingPage, openHistory } = venue;
  const { aliases, summary, home, kinds, intervals } = venue;
  return {
    name,
    aliases,
    summary,
    home,
    kinds,
    intervals,

    open({ url, pace, tuning }) {
      const history = openHistory({ ...tuning, pace, url });
      const rest = venuePages(name, history, pace);
      return {
        overlapRows: 60,
        holesAreAsked: true,
        find: (spellings, signal) => findListed(name, history, spellings, signal),
        earliestMs: () => Number.NEGATIVE_INFINITY,
        async estimate({ interval }, fromMs, toMs) {
          // Stamps every eight hours on most symbols; one with more costs a request or two more.
          const stepMs = interval === null ? 8 * HOUR_MS : intervalMs(interval);
          const cost = interval === null ? fundingPage : candlePage;
          return paced(budget, { rows: (toMs - fromMs) / stepMs, ...cost });
        },
        pages: (subject, fromMs, toMs, signal) => restPages(rest, subject, fromMs, toMs, signal),
      };
    },
  };
}
