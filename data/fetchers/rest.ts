// Pages of a source that is asked over REST from an instant on: closed candles, charged funding.
//
// The end of a range is not known from a short page: a venue may cut one for reasons of its own. It
// is the end of the range, an empty answer, or a candle that has not closed by the venue's clock.
// An answer of rows from before what was asked, and of no others, is neither: a venue that repeats
// its last candle for ever would look like one that has nothing more.

import { intervalMs as msOf } from '../../engine/interval.ts';
import { sha256 } from '../digest.ts';
import { canonicalJson } from '../runs/canonical.ts';
import { type Pace, type SaidCandle, VenueFault } from '../venues/contract.ts';
import type { PagedHistory } from '../venues/paged.ts';
import type { CandlePage, FundingPage } from '../venues/pages.ts';
import type { FetchedPage, Subject } from './contract.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
/** Candles may come late after an outage of the venue; later than this they are corrections. */
const LATE_MS = 3_600_000;
/** 2103: an end that every venue takes for a time. */
const LATEST_MS = 4.2e12;

export interface RestPages {
  readonly fetcher: string;
  readonly pace: Pace;
  candles(
    subject: Subject,
    fromMs: number,
    toMs: number,
    signal?: AbortSignal,
  ): Promise<CandlePage>;
  funding(
    subject: Subject,
    fromMs: number,
    toMs: number,
    signal?: AbortSignal,
  ): Promise<FundingPage>;
}

/** How a venue's own client is asked: candles, mark candles and funding by the subject's kind. */
export function venuePages(fetcher: string, venue: PagedHistory, pace: Pace): RestPages {
  return {
    fetcher,
    pace,
    candles({ kind, spelling, interval }, fromMs, toMs, signal) {
      const asks = { mark: venue.markPage, flow: venue.flowPage };
      const ask = kind === 'mark' || kind === 'flow' ? asks[kind]! : venue.candlePage;
      return ask(spelling, msOf(interval!), fromMs, toMs, signal);
    },
    funding: ({ spelling }, fromMs, toMs, signal) =>
      venue.fundingPage(spelling, fromMs, toMs, signal),
  };
}

/** All pages of a subject's range. */
export function restPages(
  rest: RestPages,
  subject: Subject,
  fromMs: number,
  toMs: number,
  signal?: AbortSignal,
): AsyncGenerator<FetchedPage> {
  const endMs = Math.min(toMs, LATEST_MS);
  return subject.kind === 'funding'
    ? fundingPages(rest, subject, fromMs, endMs, signal)
    : candlePages(rest, subject, fromMs, endMs, signal);
}

async function* candlePages(
  rest: RestPages,
  subject: Subject,
  fromMs: number,
  toMs: number,
  signal?: AbortSignal,
): AsyncGenerator<FetchedPage> {
  const stepMs = msOf(subject.interval!);
  for (let nextMs = fromMs; nextMs < toMs; ) {
    const { candles, serverMs } = await rest.candles(subject, nextMs, toMs, signal);
    refuseStrays(rest.fetcher, nextMs, candles.at(-1)?.openMs);
    const within = candles.filter(({ openMs }) => openMs >= nextMs && openMs < toMs);
    const closed = within.filter(({ openMs }) => openMs + stepMs <= serverMs);
    const lastMs = closed.at(-1)?.openMs;
    if (lastMs !== undefined) nextMs = lastMs + stepMs;
    // Nothing behind the last row of a stretch that is long over: that was answered too.
    else if (within.length === 0 && nextMs > fromMs && toMs + LATE_MS <= serverMs) nextMs = toMs;
    const isLast =
      closed.length === 0 || closed.length < within.length || nextMs + stepMs > serverMs;
    yield {
      ...about(rest, subject),
      columns: columnsOf(closed, subject.kind),
      nextMs,
      isLast: isLast && nextMs < toMs,
      skewMs: serverMs - rest.pace.nowMs(),
    };
    if (isLast) return;
  }
}

async function* fundingPages(
  rest: RestPages,
  subject: Subject,
  fromMs: number,
  toMs: number,
  signal?: AbortSignal,
): AsyncGenerator<FetchedPage> {
  // Stamps come some milliseconds late: one is due in [from, to) just when it came in that range
  // with both ends rounded up to minutes.
  const endMs = Math.ceil(toMs / MINUTE_MS) * MINUTE_MS;
  let askedMs = Math.ceil(fromMs / MINUTE_MS) * MINUTE_MS;
  let lastDueMs = Number.NEGATIVE_INFINITY;
  while (askedMs < endMs) {
    const { stamps, serverMs } = await rest.funding(subject, askedMs, endMs, signal);
    refuseStrays(rest.fetcher, askedMs, stamps.at(-1)?.stampMs);
    const within = stamps.filter(
      ({ stampMs, atMs }) => stampMs >= askedMs && stampMs < endMs && atMs > lastDueMs,
    );
    const charged = within.filter(({ stampMs }) => !(stampMs >= serverMs + SECOND_MS));
    const last = charged.at(-1);
    if (last !== undefined) [askedMs, lastDueMs] = [last.stampMs + 1, last.atMs];
    const isLast = last === undefined || charged.length < within.length;
    yield {
      ...about(rest, subject),
      columns: [
        Float64Array.from(charged, ({ atMs }) => atMs),
        Float64Array.from(charged, ({ rate }) => rate),
      ],
      nextMs: last === undefined ? askedMs : lastDueMs + MINUTE_MS,
      isLast: isLast && askedMs < endMs,
      skewMs: serverMs - rest.pace.nowMs(),
    };
    if (isLast) return;
  }
}

function refuseStrays(fetcher: string, askedMs: number, lastMs: number | undefined): void {
  if (lastMs === undefined || lastMs >= askedMs) return;
  const [asked, came] = [askedMs, lastMs].map((ms) => new Date(ms).toISOString());
  const text = `was asked from ${asked} on and answered with ${came}: it repeats what it said`;
  throw new VenueFault(fetcher, 'bad-reply', true, text);
}

/** What stands in the source entry: a definition, for an API has no files to hash. */
export function about(
  { fetcher }: Pick<RestPages, 'fetcher'>,
  { kind, venue, symbol, interval }: Subject,
): Pick<FetchedPage, 'file' | 'sha256'> {
  const file = [fetcher, symbol, kind === 'candles' ? '' : kind, interval ?? '']
    .filter((word) => word !== '')
    .join(' ');
  return { file, sha256: sha256(canonicalJson({ fetcher, kind, venue, symbol, interval })) };
}

/** Candles as columns of a kind; of `flow` the volume alone. */
export function columnsOf(
  candles: readonly SaidCandle[],
  kind: Subject['kind'] = 'candles',
): Float64Array[] {
  const column = (key: keyof SaidCandle) => Float64Array.from(candles, (candle) => candle[key]);
  if (kind === 'flow') return [column('openMs'), column('volume')];
  return [
    column('openMs'),
    column('open'),
    column('high'),
    column('low'),
    column('close'),
    column('volume'),
  ];
}
