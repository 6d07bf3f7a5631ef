// History as everything but the `data` verbs sees it: datasets by name, their rows as columns.
//
//   market.duckdb (store.ts) --+
//                              +--> RowSource --> candles, funding, mark prices, series
//   shared folder (share/) ----+
//
// What a question means (which dataset, what there is when there is none) is said once, here; a
// source only lists its datasets and hands over the rows of one of them. Questions may overlap: they
// take turns, for a second query on a DuckDB connection ends the stream of the first.

import { InputError, nearest } from '../engine/errors.ts';
import { intervalName } from '../engine/interval.ts';
import type { CandleArrays } from '../engine/market/column.ts';
import type { Instrument } from '../engine/market/instrument.ts';
import type { FundingColumns, MarkColumns, SeriesInput } from '../engine/market/panel.ts';
import { type DatasetKind, type DatasetRow, SHAPES, type Shape } from './schema.ts';
import type { FetchRecord } from './store/fetched.ts';
import { Turns } from './store/turns.ts';
import { venueId } from './venue-id.ts';

/** Stored history, opened for reading: a database file or a shared folder. */
export interface History extends Pick<ColumnHistory, Columns> {
  /** The stored trading rules, newest first, else assumed ones (data/instruments.ts). */
  instrument(venue: string, symbol: string): Promise<Instrument>;
  /** What was fetched, by dataset; empty where nobody fetched. */
  fetched(): Promise<FetchRecord[]>;
  /**
   * Copies a dataset's rows with time in [fromMs, toMs), in order, into a new file in the layout
   * that importers read (`ts,open,...`, `ts,rate`, `ts,value`); returns how many there are.
   */
  copyRows(
    dataset: DatasetRow,
    fromMs: number,
    toMs: number,
    path: string,
    format: 'parquet' | 'csv',
  ): Promise<number>;
  close(): void;
}

type Columns =
  | 'path'
  | 'datasets'
  | 'readCandles'
  | 'readFunding'
  | 'readMark'
  | 'readSeries'
  | 'readRows';

/** Where rows come from. */
export interface RowSource {
  readonly path: string;
  datasets(): Promise<readonly DatasetRow[]>;
  /** Rows with time in [fromMs, toMs), strictly increasing: times, then the shape's columns. */
  rows(shape: Shape, dataset: DatasetRow, fromMs: number, toMs: number): Promise<Float64Array[]>;
}

/** What is asked of columns, over any source; whoever holds the source adds the rest. */
export abstract class ColumnHistory {
  protected readonly turns = new Turns();
  protected readonly source: RowSource;

  constructor(source: RowSource) {
    this.source = source;
  }

  /** The file or folder, or the address in object storage. */
  get path(): string {
    return this.source.path;
  }

  /** Every dataset, in the order of first import. */
  datasets(): Promise<DatasetRow[]> {
    return this.turns.take(async () => [...(await this.source.datasets())]);
  }

  /**
   * Candles with OPEN in [fromMs, toMs), strictly increasing, arrays of exact length (0 when the
   * dataset has none there). Bounds may be infinite. InputError when there is no such dataset.
   */
  readCandles(
    venue: string,
    symbol: string,
    intervalMs: number,
    fromMs: number,
    toMs: number,
  ): Promise<CandleArrays> {
    return this.turns.take(() => candlesOf(this.source, venue, symbol, intervalMs, fromMs, toMs));
  }

  /** Funding stamped in [fromMs, toMs); empty when there is none. */
  readFunding(
    venue: string,
    symbol: string,
    fromMs: number,
    toMs: number,
  ): Promise<FundingColumns> {
    return this.turns.take(() => fundingOf(this.source, venue, symbol, fromMs, toMs));
  }

  /** Opens of the mark candles that start in [fromMs, toMs); empty when there is no such dataset. */
  readMark(
    venue: string,
    symbol: string,
    intervalMs: number,
    fromMs: number,
    toMs: number,
  ): Promise<MarkColumns> {
    return this.turns.take(() => markOf(this.source, venue, symbol, intervalMs, fromMs, toMs));
  }

  /** Values published before toMs, from the last one at or before fromMs on; null if unknown. */
  readSeries(name: string, fromMs: number, toMs: number): Promise<SeriesInput | null> {
    return this.turns.take(() => seriesOf(this.source, name, fromMs, toMs));
  }

  /** A dataset's rows with time in [fromMs, toMs): times first, then the columns of its kind. */
  readRows(dataset: DatasetRow, fromMs: number, toMs: number): Promise<Float64Array[]> {
    return this.turns.take(() => this.source.rows(SHAPES[dataset.kind], dataset, fromMs, toMs));
  }
}

/** What names a dataset. */
export interface DatasetKey {
  readonly kind: DatasetKind;
  readonly venue: string;
  readonly symbol: string;
  /** Null for kinds without an interval. */
  readonly interval: string | null;
}

/** What is of a key, among datasets or notes of what was fetched. */
export function ofKey<T extends DatasetKey>(all: readonly T[], key: DatasetKey): T | undefined {
  return all.find(
    (one) =>
      one.kind === key.kind &&
      one.venue === key.venue &&
      one.symbol === key.symbol &&
      one.interval === key.interval,
  );
}

/** The dataset of a key, its venue called by any of its names. */
export function findDataset(rows: readonly DatasetRow[], key: DatasetKey): DatasetRow | null {
  return ofKey(rows, key) ?? ofKey(rows, { ...key, venue: venueId(key.venue) }) ?? null;
}

/**
 * Datasets as they are listed: by the ids of their venues. Stores of before may hold other names of
 * one; a name stays where the id is taken by a dataset of its own.
 */
export function withVenueIds(rows: readonly DatasetRow[]): DatasetRow[] {
  return rows.map((row) => {
    const named = { ...row, venue: row.kind === 'series' ? row.venue : venueId(row.venue) };
    const isTaken = named.venue !== row.venue && ofKey(rows, named) !== undefined;
    return isTaken ? row : named;
  });
}

async function candlesOf(
  source: RowSource,
  venue: string,
  symbol: string,
  intervalMs: number,
  fromMs: number,
  toMs: number,
): Promise<CandleArrays> {
  const key = { kind: 'candles', venue, symbol, interval: intervalName(intervalMs) } as const;
  const dataset = needCandles(source.path, await source.datasets(), key);
  return candleArraysOf(await source.rows(SHAPES.candles, dataset, fromMs, toMs));
}

/** Columns of a kind with an interval, by name. */
export function candleArraysOf(columns: readonly Float64Array[]): CandleArrays {
  const [openMs, open, high, low, close, volume] = columns as Six;
  return { openMs, open, high, low, close, volume };
}

async function fundingOf(
  source: RowSource,
  venue: string,
  symbol: string,
  fromMs: number,
  toMs: number,
): Promise<FundingColumns> {
  const key = { kind: 'funding', venue, symbol, interval: null } as const;
  const dataset = findDataset(await source.datasets(), key);
  if (dataset === null) return { atMs: new Float64Array(0), rate: new Float64Array(0) };
  const [atMs, rate] = await source.rows(SHAPES.funding, dataset, fromMs, toMs);
  return { atMs: atMs!, rate: rate! };
}

async function markOf(
  source: RowSource,
  venue: string,
  symbol: string,
  intervalMs: number,
  fromMs: number,
  toMs: number,
): Promise<MarkColumns> {
  const key = { kind: 'mark', venue, symbol, interval: intervalName(intervalMs) } as const;
  const dataset = findDataset(await source.datasets(), key);
  if (dataset === null) return { atMs: new Float64Array(0), price: new Float64Array(0) };
  const opens = { ...SHAPES.mark, columns: ['open'], names: ['open'] };
  const [atMs, price] = await source.rows(opens, dataset, fromMs, toMs);
  return { atMs: atMs!, price: price! };
}

async function seriesOf(
  source: RowSource,
  name: string,
  fromMs: number,
  toMs: number,
): Promise<SeriesInput | null> {
  const key = { kind: 'series', venue: name, symbol: '', interval: null } as const;
  const dataset = findDataset(await source.datasets(), key);
  if (dataset === null) return null;
  const [times, values] = await source.rows(SHAPES.series, dataset, Number.NEGATIVE_INFINITY, toMs);
  const after = times!.findIndex((publishedMs) => publishedMs > fromMs);
  const first = Math.max(0, (after === -1 ? times!.length : after) - 1);
  return { name, publishedMs: times!.slice(first), value: values!.slice(first) };
}

/** The candles dataset, or an InputError that says what there is instead. */
function needCandles(path: string, rows: readonly DatasetRow[], key: DatasetKey): DatasetRow {
  const candles = rows.filter((row) => row.kind === 'candles');
  const found = findDataset(candles, key);
  if (found !== null) return found;
  const ofSymbol = candles.filter((row) => row.venue === key.venue && row.symbol === key.symbol);
  const intervals = ofSymbol.map((row) => row.interval).join(', ');
  const name = `${key.venue} ${key.symbol}`;
  if (ofSymbol.length > 0) {
    const rule = `must have ${key.interval} candles of ${name}; it has ${intervals}`;
    throw new InputError({ key: path, rule });
  }
  const names = candles.map((row) => `${row.venue} ${row.symbol}`);
  throw new InputError({
    key: path,
    rule: `must have candles of ${name}: import some, or see \`npm run data -- list\``,
    nearest: nearest(name, names),
  });
}

type Six = [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array, Float64Array];
