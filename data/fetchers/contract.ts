// The contract of a fetcher: what a source of history can be asked, page by page.
//
//   symbols as typed -> found -> subjects (a dataset each) -> pages of final rows -> fetch.ts -> store
//
// A fetcher only asks and parses. What is asked, in which order, what is compared, committed and told
// is the same for all of them and lives in fetch.ts, so that no fetcher can forget a rule.

import type { Instrument } from '../../engine/market/instrument.ts';
import type { DatasetKind, SourceEntry } from '../schema.ts';
import type { Pace } from '../venues/contract.ts';
import type { HttpTuning } from '../venues/http.ts';

/** A symbol that the source has. */
export interface Found {
  /** As the source spells it, and as it is asked for again. */
  readonly spelling: string;
  readonly venue: string;
  /** As the store calls it; empty for a series. */
  readonly symbol: string;
  /** Trading rules, where the source tells them. */
  readonly instrument: Instrument | null;
  /** What a person should know of it: `is delisted`. */
  readonly note: string | null;
  /** What it was taken for, where it was asked for by another name. */
  readonly alias?: string | null;
}

/** One dataset to fetch. */
export interface Subject {
  readonly kind: DatasetKind;
  readonly venue: string;
  readonly symbol: string;
  /** Null for funding and series. */
  readonly interval: string | null;
  readonly spelling: string;
}

/** An answer: rows that will not change any more, and how far it reaches. */
export interface FetchedPage {
  /** Times first, then the columns of the kind; rising; none before what was asked. May be empty. */
  readonly columns: readonly Float64Array[];
  /** All before this has been answered, UTC ms; the next page begins here. */
  readonly nextMs: number;
  /** The source has nothing after its last row, for now or for ever. */
  readonly isLast: boolean;
  /** What a source entry says of it. */
  readonly file: string;
  readonly sha256: string;
  /** How far the source's clock is ahead of ours, ms; NaN when it does not tell. */
  readonly skewMs: number;
  readonly note?: string | undefined;
}

/** What a range would cost. */
export interface Estimate {
  readonly requests: number;
  readonly rows: number;
  /** NaN when the source does not say. */
  readonly bytes: number;
  /** At the pace that the source allows; NaN when nothing is known of it. */
  readonly ms: number;
}

/** An archive that was issued anew after it was stored. */
export interface Reissue {
  readonly file: string;
  /** What it held, half-open. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** A source that was opened. Throws VenueFault when it cannot be asked. */
export interface HistorySource {
  /** InputError for what it does not have, all at once, each with the nearest name. */
  find(spellings: readonly string[], signal?: AbortSignal): Promise<readonly Found[]>;
  /** Candles asked again before a range that goes on: 0 where checksums do that. */
  readonly overlapRows: number;
  /** Whether a hole means that the source has nothing there, once it was asked again. */
  readonly holesAreAsked: boolean;
  /** First instant it still has when its clock says `nowMs`; -Infinity = from the listing on. */
  earliestMs(subject: Subject, nowMs: number): number;
  estimate(subject: Subject, fromMs: number, toMs: number, signal?: AbortSignal): Promise<Estimate>;
  /** Pages of `fromMs <= t < toMs`; `fromMs` is on the grid, `toMs` may be infinite. */
  pages(
    subject: Subject,
    fromMs: number,
    toMs: number,
    signal?: AbortSignal,
  ): AsyncIterable<FetchedPage>;
  /** Stored archives of the range that have another checksum by now. */
  reissued?(
    subject: Subject,
    sources: readonly SourceEntry[],
    signal?: AbortSignal,
  ): Promise<readonly Reissue[]>;
}

export interface SourceOptions {
  /** Where it is reached, without a slash at the end. */
  readonly url: string;
  readonly pace: Pace;
  readonly tuning?: HttpTuning;
}

export interface Fetcher {
  /** As it is typed and as a source entry says it. */
  readonly name: string;
  /** Other names that it answers to. */
  readonly aliases: readonly string[];
  readonly summary: string;
  /** Its own address. */
  readonly home: string;
  readonly kinds: readonly DatasetKind[];
  /** Interval names of its candles; empty for a series. */
  readonly intervals: readonly string[];
  open(options: SourceOptions): HistorySource | Promise<HistorySource>;
}
