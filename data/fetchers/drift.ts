// Drift's data archive: what is left of a venue that ended on 2026-04-01. Candles by resolution, newest
// first, `startTs` being the LATER bound; funding a day at a time as csv. Days without data are
// answered with 200 and nothing. [drift-labs/drift-protocol-v2-docs; third-party probes of 2026-07]
//
// Candles of fills, volume in base units. A funding rate is in quote per base: over the oracle's
// average price it is the fraction of notional that everybody else means by it.

import { InputError, nearest } from '../../engine/errors.ts';
import { DAY_MS, HOUR_MS, intervalMs, MINUTE_MS } from '../../engine/interval.ts';
import { decode, headOf } from '../importers/csv.ts';
import { WeightBudget } from '../venues/budget.ts';
import type { SaidCandle } from '../venues/contract.ts';
import { VenueHttp } from '../venues/http.ts';
import { BadReply, jsonOf, listOf, objectOf } from '../venues/said.ts';
import type { FetchedPage, Fetcher, HistorySource, SourceOptions, Subject } from './contract.ts';
import { paced } from './estimate.ts';
import { about, columnsOf } from './rest.ts';

const NAME = 'drift';
const RESOLUTIONS: Readonly<Record<string, string>> = {
  '1m': '1',
  '5m': '5',
  '15m': '15',
  '1h': '60',
  '4h': '240',
  '1d': 'D',
};
const PAGE = 1000;
const BEGIN_MS = Date.UTC(2022, 10, 4);
const END_MS = Date.UTC(2026, 3, 2);
/** No limit is published: five requests a second, of a service that nobody earns by any more. */
const PACE = { perMinute: 600, reserveFraction: 0.5 };
/** The best known of its 86 markets, for who misspells one; the archive has no list. */
const KNOWN = [
  'SOL',
  'BTC',
  'ETH',
  'APT',
  'JUP',
  'JTO',
  'WIF',
  'DOGE',
  'SUI',
  'HYPE',
  'XRP',
  'DRIFT',
];
/** Raw integers of the chain, where an answer has them instead of decimals. */
const RATE_UNIT = 1e9;
const PRICE_UNIT = 1e6;

export const drift: Fetcher = {
  name: NAME,
  aliases: ['drift-perp'],
  summary: "Drift's archive, 2022-11 to 2026-03: candles and hourly funding",
  home: 'https://data.api.drift.trade',
  kinds: ['candles', 'funding'],
  intervals: Object.keys(RESOLUTIONS),
  open: openDrift,
};

function openDrift({ url, pace, tuning }: SourceOptions): HistorySource {
  const http = new VenueHttp(NAME, url, pace, new WeightBudget(PACE, pace), tuning);

  async function candles(subject: Subject, fromMs: number, toMs: number, signal?: AbortSignal) {
    const resolution = RESOLUTIONS[subject.interval!]!;
    const [later, earlier] = [Math.floor((toMs - 1) / 1000), Math.floor(fromMs / 1000)];
    const query = `startTs=${later}&endTs=${earlier}&limit=${PAGE}`;
    const path = `/market/${subject.spelling}/candles/${resolution}?${query}`;
    const read = ({ bytes }: { readonly bytes: Buffer }) =>
      bytes.length === 0 ? [] : candlesOf(jsonOf(bytes.toString('utf8')));
    return columnsOf((await http.file(path, read, signal)) ?? []);
  }

  async function funding(subject: Subject, fromMs: number, _toMs: number, signal?: AbortSignal) {
    const day = new Date(fromMs);
    const date = [day.getUTCFullYear(), day.getUTCMonth() + 1, day.getUTCDate()].join('/');
    const path = `/market/${subject.spelling}/fundingRates/${date}?format=csv`;
    const read = ({ bytes }: { readonly bytes: Buffer }) => fundingOf(decode(bytes));
    return (await http.file(path, read, signal)) ?? [new Float64Array(0), new Float64Array(0)];
  }

  return {
    overlapRows: 0,
    holesAreAsked: true,
    earliestMs: () => BEGIN_MS,

    async find(spellings) {
      const odd = spellings.filter((symbol) => !/^[A-Z0-9]+-PERP$/i.test(symbol));
      if (odd.length > 0) {
        const rule = 'must be spelled as Drift does, such as SOL-PERP';
        const names = KNOWN.map((coin) => `${coin}-PERP`);
        throw new InputError(
          odd.map((value) => {
            const whole = /-PERP$/i.test(value) ? value : `${value}-PERP`;
            return { key: NAME, rule, value, nearest: nearest(whole, names) };
          }),
        );
      }
      return spellings.map((spelling) => {
        return { spelling, venue: NAME, symbol: spelling, instrument: null, note: null };
      });
    },

    async estimate({ interval }, fromMs, toMs) {
      const ms = Math.min(toMs, END_MS) - Math.max(fromMs, BEGIN_MS);
      const rows = ms / (interval === null ? HOUR_MS : intervalMs(interval));
      return paced(PACE, { rows, page: interval === null ? 24 : PAGE, weight: 1 });
    },

    async *pages(subject, fromMs, toMs, signal): AsyncGenerator<FetchedPage> {
      const isFunding = subject.kind === 'funding';
      const ask = isFunding ? funding : candles;
      const endMs = Math.min(toMs, END_MS);
      // What is from before the listing is passed over in silence.
      let isAny = false;
      for (let nextMs = Math.max(fromMs, BEGIN_MS); nextMs < endMs; ) {
        const spanMs = isFunding
          ? DAY_MS - (nextMs % DAY_MS)
          : PAGE * intervalMs(subject.interval!);
        const pageEndMs = Math.min(nextMs + spanMs, endMs);
        const all = await ask(subject, nextMs, pageEndMs, signal);
        const [times] = all as [Float64Array];
        const fromHere = nextMs;
        const isIn = (_: number, row: number) => times[row]! >= fromHere && times[row]! < pageEndMs;
        nextMs = pageEndMs;
        isAny ||= times.some((_, row) => isIn(_, row));
        if (!isAny) continue;
        yield {
          ...about({ fetcher: NAME }, subject),
          columns: all.map((column) => column.filter(isIn)),
          nextMs,
          isLast: nextMs >= END_MS,
          skewMs: Number.NaN,
        };
      }
    },
  };
}

/** `{ records: [{ ts, fillOpen, fillHigh, ..., baseVolume }] }`, newest first; ours rise. */
function candlesOf(json: unknown): SaidCandle[] {
  const records = listOf(objectOf(json, 'candles')['records'], 'records').map((item) => {
    const one = objectOf(item, 'candle');
    const number = (key: string) => {
      const value = typeof one[key] === 'string' ? Number(one[key]) : one[key];
      if (typeof value === 'number' && Number.isFinite(value)) return value;
      throw new BadReply(`candle ${one['ts']} must have a number as ${key}`);
    };
    return {
      openMs: number('ts') * 1000,
      open: number('fillOpen'),
      high: number('fillHigh'),
      low: number('fillLow'),
      close: number('fillClose'),
      volume: number('baseVolume'),
    };
  });
  return records.sort((a, b) => a.openMs - b.openMs);
}

function fundingOf(csv: string): Float64Array[] {
  const [names = [], ...rows] = csv.trim() === '' ? [] : headOf(csv, 10_000);
  const at = (name: string) => {
    const column = names.indexOf(name);
    if (column === -1 && rows.length > 0) throw new BadReply(`funding must have a column ${name}`);
    return column;
  };
  const [time, rate, price] = [at('ts'), at('fundingRate'), at('oraclePriceTwap')] as const;
  const stamps = rows.map((cells) => {
    const [rateText = '', priceText = ''] = [cells[rate], cells[price]];
    const isRaw = !rateText.includes('.') && !priceText.includes('.');
    const fraction = (Number(rateText) / Number(priceText)) * (isRaw ? PRICE_UNIT / RATE_UNIT : 1);
    const atMs = Math.floor((Number(cells[time]) * 1000) / MINUTE_MS) * MINUTE_MS;
    if (!(Math.abs(fraction) < 1) || !Number.isInteger(atMs)) {
      throw new BadReply(`funding must be a fraction at a time, is ${cells.join()}`);
    }
    return [atMs, fraction] as const;
  });
  stamps.sort((a, b) => a[0] - b[0]);
  return [Float64Array.from(stamps, ([ms]) => ms), Float64Array.from(stamps, ([, one]) => one)];
}
