// What the store holds: its tables, and the rows as the rest of the house sees them.
//
//   dataset 1 --- n candle | funding | series      one row a stamp, keyed by a small dataset id
//      |                                         (mark-price candles are in `candle` too)
//      |
//      +------- n month                            SHA-256 of the columns of one UTC month
//
// A dataset's digest is made of its months' digests, so an import hashes again only what it touched.
// There is no import time and no host in any table: the same imports give the same rows.

/** Version of the tables below; a file with another one is refused, never migrated in silence. */
export const SCHEMA_VERSION = 1;

export const SCHEMA_SQL: readonly string[] = [
  'CREATE TABLE sapphire_schema (version INTEGER NOT NULL)',
  `INSERT INTO sapphire_schema VALUES (${SCHEMA_VERSION})`,
  `CREATE TABLE dataset (
     id USMALLINT NOT NULL, kind VARCHAR NOT NULL, venue VARCHAR NOT NULL, symbol VARCHAR NOT NULL,
     "interval" VARCHAR, "rows" BIGINT NOT NULL, from_ms BIGINT NOT NULL, to_ms BIGINT NOT NULL,
     synthetic BOOLEAN NOT NULL, sources JSON NOT NULL, digest VARCHAR NOT NULL)`,
  `CREATE TABLE month (
     dataset USMALLINT NOT NULL, month VARCHAR NOT NULL, "rows" BIGINT NOT NULL,
     digest VARCHAR NOT NULL)`,
  `CREATE TABLE candle (
     dataset USMALLINT NOT NULL, open_ms BIGINT NOT NULL, open DOUBLE NOT NULL,
     high DOUBLE NOT NULL, low DOUBLE NOT NULL, close DOUBLE NOT NULL, volume DOUBLE NOT NULL)`,
  `CREATE TABLE funding (
     dataset USMALLINT NOT NULL, at_ms BIGINT NOT NULL, rate DOUBLE NOT NULL)`,
  `CREATE TABLE series (
     dataset USMALLINT NOT NULL, published_ms BIGINT NOT NULL, value DOUBLE NOT NULL)`,
  `CREATE TABLE instrument (
     venue VARCHAR NOT NULL, symbol VARCHAR NOT NULL, tick_size DOUBLE NOT NULL,
     lot_size DOUBLE NOT NULL, min_notional_usd DOUBLE NOT NULL, maker_fee_bps DOUBLE NOT NULL,
     taker_fee_bps DOUBLE NOT NULL, max_leverage DOUBLE NOT NULL, source VARCHAR NOT NULL,
     valid_from_ms BIGINT NOT NULL)`,
];

/**
 * `mark`: candles of the mark price, in the table of the candles that were traded. `flow`: what takers
 * bought of each candle's volume, by its OPEN. `spread`: the half-spread in bps, by the instant it was
 * known. Both lie in the table of series.
 */
export type DatasetKind = CandleKind | 'funding' | 'series' | 'flow' | 'spread';

/** The kinds that have an interval and five values a row. */
export type CandleKind = 'candles' | 'mark';

/** True for a kind this version keeps. */
export function isKind(kind: string): kind is DatasetKind {
  return Object.hasOwn(SHAPES, kind);
}

/** True for the kinds that have an interval. */
export function isCandleKind(kind: DatasetKind): kind is CandleKind {
  return kind === 'candles' || kind === 'mark';
}

/** True for the kinds whose rows are candles, or belong to candles of one interval. */
export function hasInterval(kind: DatasetKind): boolean {
  return isCandleKind(kind) || kind === 'flow';
}

/** What a dataset holds, in a word or two: `5m`, `mark 1h`, `funding`. */
export function contentText({ kind, interval }: Pick<DatasetRow, 'kind' | 'interval'>): string {
  return interval === null ? kind : kind === 'candles' ? interval : `${kind} ${interval}`;
}

/** Where each kind lives: its table, its time column, and its other columns, all DOUBLE. */
export interface Shape {
  readonly kind: DatasetKind;
  readonly table: string;
  readonly time: string;
  readonly columns: readonly string[];
  /** What the columns are called in files. */
  readonly names: readonly string[];
}

const CANDLE = {
  table: 'candle',
  time: 'open_ms',
  columns: ['open', 'high', 'low', 'close', 'volume'],
  names: ['open', 'high', 'low', 'close', 'volume'],
} as const;
const VALUE = { table: 'series', time: 'published_ms', columns: ['value'] } as const;

export const SHAPES: Readonly<Record<DatasetKind, Shape>> = Object.freeze({
  candles: { kind: 'candles', ...CANDLE },
  mark: { kind: 'mark', ...CANDLE },
  funding: { kind: 'funding', table: 'funding', time: 'at_ms', columns: ['rate'], names: ['rate'] },
  series: { kind: 'series', ...VALUE, names: ['value'] },
  flow: { kind: 'flow', ...VALUE, names: ['taker_buy_volume'] },
  spread: { kind: 'spread', ...VALUE, names: ['half_spread_bps'] },
});

/** One import that put rows into a dataset. */
export interface SourceEntry {
  /** File name without its folder. */
  readonly file: string;
  readonly sha256: string;
  readonly importer: string;
  /** Rows it added or replaced. */
  readonly rows: number;
}

/** One dataset as `data list` shows it. For a series `venue` is its name and `symbol` is empty. */
export interface DatasetRow {
  /** Small integer, in the order of first import. */
  readonly id: number;
  readonly venue: string;
  readonly symbol: string;
  /** A name like `5m`; null for funding and series. */
  readonly interval: string | null;
  readonly kind: DatasetKind;
  readonly rows: number;
  /** Time of the first row, UTC ms. */
  readonly fromMs: number;
  /** Time of the last row (the OPEN of the last candle), UTC ms. */
  readonly toMs: number;
  readonly synthetic: boolean;
  /** SHA-256 over the columns by UTC month (data/digest.ts). */
  readonly digest: string;
  readonly sources: readonly SourceEntry[];
}

/** Where rows being written come from; becomes a source entry when they change anything. */
export interface Provenance {
  /** File name, or what made the rows, for example `generator`. */
  readonly file: string;
  /** SHA-256 of the file's bytes; for generated rows of what defines them. */
  readonly sha256: string;
  readonly importer: string;
  /** Whose word it is, for error messages: `file` when left out. */
  readonly speaker?: string;
  /** Names row `i` of what is written, for error messages: `file.csv:17`. */
  readonly place?: (row: number) => string;
}

/** What a write did; all zero but `unchanged` when everything was there already. */
export interface WriteOutcome {
  readonly added: number;
  readonly unchanged: number;
  /** Rows that differed from stored ones and took their place; only with `replace`. */
  readonly conflicts: number;
}

export interface WriteOptions {
  /** Let differing rows take the place of stored ones; without it they refuse the whole write. */
  readonly replace?: boolean;
}

/** The dataset of candles to write into; `interval` is a name like `5m`. */
export interface CandleTarget {
  readonly venue: string;
  readonly symbol: string;
  readonly interval: string;
  /** `candles` when left out. */
  readonly kind?: CandleKind;
  readonly synthetic?: boolean;
}

export interface FundingTarget {
  readonly venue: string;
  readonly symbol: string;
  readonly synthetic?: boolean;
}
