// Binance's public archive (data.binance.vision): zips by the month and by the day, each with its
// SHA-256 beside it. Years of candles in a few requests, no account, no limits published.
//
//   month over and most of it wanted? -> monthly zip -> 404? -> daily zips -> 404? -> a day without a
//   file, or, near today, the end of what has been published
//
// An archive that fails its checksum is no archive: it is asked once more and then refused. One that
// was issued anew after it was stored has another checksum; that is asked before anything else.
// [github.com/binance/binance-public-data @5c7f319, README]

import { InputError } from '../../engine/errors.ts';
import { DAY_MS, INTERVAL_NAMES, intervalMs } from '../../engine/interval.ts';
import { monthEndMs, monthOf, monthStartMs, sha256 } from '../digest.ts';
import type { SourceEntry } from '../schema.ts';
import { WeightBudget } from '../venues/budget.ts';
import { VenueHttp } from '../venues/http.ts';
import { BadReply } from '../venues/said.ts';
import { columnsOfArchive } from './archive.ts';
import type {
  Estimate,
  FetchedPage,
  Fetcher,
  HistorySource,
  Reissue,
  SourceOptions,
  Subject,
} from './contract.ts';

interface Archive {
  /** `BTCUSDT-1m-2025-01.zip`. */
  readonly file: string;
  readonly path: string;
  readonly fromMs: number;
  readonly toMs: number;
}

interface Shelf {
  readonly name: string;
  readonly venue: string;
  /** `data/spot`, `data/futures/um`. */
  readonly root: string;
}

const HOME = 'https://data.binance.vision';
/** Nobody says how much is too much: a pace at which nobody would notice. */
const PACE = { perMinute: 1200, reserveFraction: 0.25 };
const MAX_BYTES = 512 * 1024 * 1024;
const TIMEOUT_MS = 180_000;
/** Monthly files come on the first Monday of the month after, daily ones on the next day. */
const MONTHLY_BY_MS = 40 * DAY_MS;
const DAILY_BY_MS = 3 * DAY_MS;
/** Fewer days than this of a month are had sooner by the day. */
const FEW_DAYS = 8;

export const visionUsdm = fetcherOf(
  { name: 'binance-vision', venue: 'binance-usdm', root: 'data/futures/um' },
  ['binance-vision-usdm', 'binance-archive'],
  ['candles', 'mark', 'funding', 'flow'],
);

export const visionSpot = fetcherOf(
  { name: 'binance-vision-spot', venue: 'binance-spot', root: 'data/spot' },
  ['binance-archive-spot'],
  ['candles', 'flow'],
);

function fetcherOf(shelf: Shelf, aliases: readonly string[], kinds: Fetcher['kinds']): Fetcher {
  const what = kinds.includes('funding')
    ? 'USD-M futures: candles, mark prices, funding'
    : 'spot: candles';
  return {
    name: shelf.name,
    aliases,
    summary: `Binance's archive of ${what}, whole years quickly`,
    home: HOME,
    kinds,
    intervals: INTERVAL_NAMES,
    open: (options) => openVision(shelf, options),
  };
}

function openVision(shelf: Shelf, { url, pace, tuning }: SourceOptions): HistorySource {
  const limits = { maxBytes: MAX_BYTES, timeoutMs: TIMEOUT_MS, ...tuning };
  const http = new VenueHttp(shelf.name, url, pace, new WeightBudget(PACE, pace), limits);

  /** The published checksum; null when there is no such archive. */
  function checksum(archive: Archive, signal?: AbortSignal): Promise<string | null> {
    const read = ({ bytes }: { readonly bytes: Buffer }) => {
      const [hex = ''] = bytes.toString('utf8').trim().split(/\s+/);
      if (!/^[0-9a-f]{64}$/i.test(hex))
        throw new BadReply(`${archive.file}.CHECKSUM must be SHA-256`);
      return hex.toLowerCase();
    };
    return http.file(`${archive.path}.CHECKSUM`, read, signal);
  }

  async function page(
    archive: Archive,
    subject: Subject,
    fromMs: number,
    toMs: number,
    signal?: AbortSignal,
  ): Promise<FetchedPage | null> {
    const wanted = await checksum(archive, signal);
    if (wanted === null) return null;
    const read = ({ bytes, serverMs }: { readonly bytes: Buffer; readonly serverMs: number }) => {
      const has = sha256(bytes);
      if (has !== wanted) {
        const what = bytes.subarray(0, 1).toString() === '<' ? 'is a web page' : `has ${has}`;
        throw new BadReply(`${archive.file} must have SHA-256 ${wanted}, ${what}`);
      }
      return { bytes, serverMs };
    };
    const got = await http.file(archive.path, read, signal);
    if (got === null) return null;
    const columns = await columnsOfArchive(archive.file, got.bytes, wanted, subject);
    const nextMs = Math.min(archive.toMs, toMs);
    return {
      columns: within(columns, fromMs, nextMs),
      nextMs,
      isLast: false,
      file: archive.file,
      sha256: wanted,
      skewMs: got.serverMs - pace.nowMs(),
    };
  }

  async function* pages(
    subject: Subject,
    fromMs: number,
    toMs: number,
    signal?: AbortSignal,
  ): AsyncGenerator<FetchedPage> {
    const nowMs = pace.nowMs();
    // Months and days from before the listing have no archive: they are passed over in silence.
    let isAny = false;
    for (let nextMs = fromMs; nextMs < toMs; ) {
      const month = monthly(shelf, subject, nextMs);
      const isFunding = subject.kind === 'funding';
      const days = (Math.min(month.toMs, toMs) - nextMs) / DAY_MS;
      const isMonthly = isFunding || (month.toMs <= nowMs && days >= FEW_DAYS);
      const whole = isMonthly ? await page(month, subject, nextMs, toMs, signal) : null;
      const isOld = month.toMs + MONTHLY_BY_MS < nowMs;
      if (whole !== null) {
        isAny = true;
        yield whole;
        nextMs = whole.nextMs;
      } else if (isFunding || (isMonthly && isOld && !(await hasDays(month, subject, signal)))) {
        if (!isOld) break;
        if (isAny) yield nothing(month, subject, Math.min(month.toMs, toMs));
        nextMs = month.toMs;
      } else {
        const day = daily(shelf, subject, nextMs);
        const one = await page(day, subject, nextMs, toMs, signal);
        if (one === null && day.toMs + DAILY_BY_MS > nowMs) break;
        nextMs = Math.min(day.toMs, toMs);
        if (one !== null) {
          isAny = true;
          yield one;
        } else if (isAny) yield nothing(day, subject, nextMs);
      }
    }
  }

  /** A month without a monthly file may have daily ones: its ends tell. */
  async function hasDays(month: Archive, subject: Subject, signal?: AbortSignal): Promise<boolean> {
    for (const ms of [month.fromMs, month.toMs - DAY_MS]) {
      if ((await checksum(daily(shelf, subject, ms), signal)) !== null) return true;
    }
    return false;
  }

  return {
    overlapRows: 0,
    holesAreAsked: false,
    earliestMs: () => Number.NEGATIVE_INFINITY,
    pages,

    async find(spellings) {
      const odd = spellings.filter((symbol) => !/^[A-Z0-9]{2,}(_[A-Z0-9]+)?$/.test(symbol));
      if (odd.length > 0) {
        const rule = 'must be spelled as Binance does, such as BTCUSDT';
        throw new InputError(
          odd.map((value) => {
            const near = value.toUpperCase().replaceAll(/[^A-Z0-9_]/g, '');
            return { key: shelf.name, rule, value, nearest: near };
          }),
        );
      }
      return spellings.map((symbol) => {
        return { spelling: symbol, venue: shelf.venue, symbol, instrument: null, note: null };
      });
    },

    async estimate(subject, fromMs, toMs, signal): Promise<Estimate> {
      const nowMs = pace.nowMs();
      const total = { requests: 0, bytes: 0 };
      for (let nextMs = fromMs; nextMs < toMs; ) {
        const month = monthly(shelf, subject, nextMs);
        const isMonthly =
          subject.kind === 'funding' ||
          (month.toMs <= nowMs && (Math.min(month.toMs, toMs) - nextMs) / DAY_MS >= FEW_DAYS);
        const archive = isMonthly ? month : daily(shelf, subject, nextMs);
        total.bytes += (await http.fileBytes(archive.path, signal)) ?? 0;
        total.requests += 2;
        nextMs = archive.toMs;
      }
      const stepMs = subject.interval === null ? 8 * 3_600_000 : intervalMs(subject.interval);
      const rows = Math.ceil((toMs - fromMs) / stepMs);
      // How quick the line is nobody knows: this is what waiting for answers takes.
      return { ...total, rows, ms: total.requests * 200 };
    },

    async reissued(subject, sources, signal): Promise<Reissue[]> {
      const again: Reissue[] = [];
      for (const [file, entries] of Map.groupBy(sources, (one) => one.file)) {
        const archive = archiveOf(shelf, subject, file);
        const stored = lastFetched(entries, shelf.name);
        if (archive === null || stored === undefined) continue;
        const now = await checksum(archive, signal);
        if (now === null || now === stored.sha256) continue;
        again.push({ file, fromMs: archive.fromMs, toMs: archive.toMs });
      }
      return again;
    },
  };
}

function lastFetched(entries: readonly SourceEntry[], name: string): SourceEntry | undefined {
  return entries.findLast((one) => one.importer === `fetch:${name}`);
}

function within(columns: readonly Float64Array[], fromMs: number, toMs: number) {
  const [times] = columns as [Float64Array];
  const isIn = (_: number, row: number) => times[row]! >= fromMs && times[row]! < toMs;
  return columns.map((column) => column.filter(isIn));
}

/** A stretch for which there is no archive. */
function nothing(archive: Archive, { kind }: Subject, nextMs: number): FetchedPage {
  const width = kind === 'funding' || kind === 'flow' ? 2 : 6;
  const columns = Array.from({ length: width }, () => new Float64Array(0));
  const none = { file: archive.file, sha256: '', skewMs: Number.NaN };
  return { ...none, columns, nextMs, isLast: false, note: `there is no ${archive.file}` };
}

// ---- names ---------------------------------------------------------------------------------------

const FOLDERS: Readonly<Partial<Record<Subject['kind'], string>>> = {
  candles: 'klines',
  flow: 'klines',
  mark: 'markPriceKlines',
  funding: 'fundingRate',
};

function monthly(shelf: Shelf, subject: Subject, ms: number): Archive {
  const fromMs = monthStartMs(ms);
  return archive(shelf, subject, 'monthly', monthOf(ms), fromMs, monthEndMs(ms));
}

function daily(shelf: Shelf, subject: Subject, ms: number): Archive {
  const fromMs = Math.floor(ms / DAY_MS) * DAY_MS;
  const date = new Date(fromMs).toISOString().slice(0, 10);
  return archive(shelf, subject, 'daily', date, fromMs, fromMs + DAY_MS);
}

function archive(
  { root }: Shelf,
  { kind, spelling, interval }: Subject,
  period: 'monthly' | 'daily',
  date: string,
  fromMs: number,
  toMs: number,
): Archive {
  const what = kind === 'funding' ? 'fundingRate' : interval;
  const file = `${spelling}-${what}-${date}.zip`;
  const folder = kind === 'funding' ? spelling : `${spelling}/${interval}`;
  return {
    file,
    path: `/${root}/${period}/${FOLDERS[kind] ?? ''}/${folder}/${file}`,
    fromMs,
    toMs,
  };
}

/** The archive of a stored name; null for a name that is none of this subject's. */
function archiveOf(shelf: Shelf, subject: Subject, file: string): Archive | null {
  const [, year, month, day] = /-(\d{4})-(\d{2})(?:-(\d{2}))?\.zip$/.exec(file) ?? [];
  if (year === undefined) return null;
  const ms = Date.UTC(Number(year), Number(month) - 1, Number(day ?? 1));
  const one = day === undefined ? monthly(shelf, subject, ms) : daily(shelf, subject, ms);
  return one.file === file ? one : null;
}
