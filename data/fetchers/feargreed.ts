// The fear and greed index of alternative.me: a number from 0 to 100 a day since 2018-02, published at
// the time that stands beside it. One answer has all of it, newest first.

import { DAY_MS } from '../../engine/interval.ts';
import { WeightBudget } from '../venues/budget.ts';
import { type HttpReply, VenueHttp } from '../venues/http.ts';
import { BadReply, decimalOf, listOf, mustRise, objectOf, timeOf } from '../venues/said.ts';
import type { Fetcher, HistorySource, SourceOptions } from './contract.ts';
import { paced } from './estimate.ts';
import { about } from './rest.ts';

const NAME = 'feargreed';
const BEGIN_MS = Date.UTC(2018, 1, 1);
/** Documented: 60 requests a minute. */
const PACE = { perMinute: 60, reserveFraction: 0.5 };

export const feargreed: Fetcher = {
  name: NAME,
  aliases: ['fear-and-greed', 'fng'],
  summary: 'the fear and greed index of alternative.me, a value a day (no symbol, no interval)',
  home: 'https://api.alternative.me',
  kinds: ['series'],
  intervals: [],
  open: openFeargreed,
};

function openFeargreed({ url, pace, tuning }: SourceOptions): HistorySource {
  const http = new VenueHttp(NAME, url, pace, new WeightBudget(PACE, pace), tuning);
  return {
    // Three days, in hours.
    overlapRows: 72,
    holesAreAsked: false,
    find: async () => [{ spelling: '', venue: NAME, symbol: '', instrument: null, note: null }],
    earliestMs: () => BEGIN_MS,
    estimate: async (_, fromMs, toMs) =>
      paced(PACE, { rows: (toMs - fromMs) / DAY_MS, page: 100_000, weight: 1 }),

    async *pages(subject, fromMs, toMs, signal) {
      const read = ({ json, serverMs }: HttpReply) => ({ values: valuesOf(json), serverMs });
      const request = { path: '/fng/?limit=0&format=json', weight: 1 };
      const { values, serverMs } = await http.ask(request, read, signal);
      const within = values.filter(([ms]) => ms >= fromMs && ms < toMs);
      const lastMs = within.at(-1)?.[0];
      yield {
        ...about({ fetcher: NAME }, subject),
        columns: [0, 1].map((part) => Float64Array.from(within, (one) => one[part]!)),
        nextMs: lastMs === undefined ? fromMs : lastMs + 1,
        isLast: true,
        skewMs: serverMs - pace.nowMs(),
      };
    },
  };
}

/** `{ data: [{ value: "40", timestamp: "1551157200" }, ...] }`, newest first; ours rise. */
function valuesOf(json: unknown): (readonly [publishedMs: number, value: number])[] {
  const values = listOf(objectOf(json, 'fng')['data'], 'data').map((item) => {
    const one = objectOf(item, 'value');
    const publishedMs = timeOf(decimalOf(one['timestamp'], 'timestamp') * 1000, 'timestamp');
    const value = decimalOf(one['value'], `value of ${publishedMs}`);
    if (!(value >= 0 && value <= 100)) throw new BadReply(`value must be 0 to 100, is ${value}`);
    return [publishedMs, value] as const;
  });
  const rising = values.toReversed();
  mustRise(
    rising.map(([ms]) => ms),
    'fng',
  );
  return rising;
}
