// The market data store: one DuckDB file with candles, funding, outside series and instruments.
//
//   importers -> write (merge, compare, hash) -> market.duckdb -> read (windows) -> columns
//
// A write is one transaction: all of it or none, and writing the same rows again changes nothing.
// Opened for reading, the file cannot be changed by any call. Calls may overlap; they take turns.

import { assert, InputError } from '../engine/errors.ts';
import { intervalName } from '../engine/interval.ts';
import type { CandleArrays } from '../engine/market/column.ts';
import type { Instrument } from '../engine/market/instrument.ts';
import type { FundingColumns, MarkColumns, SeriesInput } from '../engine/market/panel.ts';
import { copyColumns, readColumns } from './read.ts';
import {
  type CandleTarget,
  type DatasetRow,
  type FundingTarget,
  type Provenance,
  SHAPES,
  type WriteOptions,
  type WriteOutcome,
} from './schema.ts';
import { checkSchema, findDataset, listDatasets, needCandles } from './store/catalogue.ts';
import { Database } from './store/database.ts';
import { type FetchRecord, listFetched, replaceFetched } from './store/fetched.ts';
import { readInstrument, replaceInstrument } from './store/instrument.ts';
import { Turns } from './store/turns.ts';
import { mergeRows } from './store/write.ts';

export type {
  CandleKind,
  CandleTarget,
  DatasetKind,
  DatasetRow,
  FundingTarget,
  Provenance,
  SourceEntry,
  WriteOptions,
  WriteOutcome,
} from './schema.ts';
export { StoreLockedError } from './store/database.ts';
export type { FetchRecord, Stretch } from './store/fetched.ts';

export interface Store {
  readonly path: string;
  /** Every dataset, in the order of first import. */
  datasets(): Promise<DatasetRow[]>;
  /** The stored trading rules, newest first, else assumed ones (data/instruments.ts). */
  instrument(venue: string, symbol: string): Promise<Instrument>;
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
  ): Promise<CandleArrays>;
  /** Funding stamped in [fromMs, toMs); empty when there is none. */
  readFunding(venue: string, symbol: string, fromMs: number, toMs: number): Promise<FundingColumns>;
  /** Opens of the mark candles that start in [fromMs, toMs); empty when there is no such dataset. */
  readMark(
    venue: string,
    symbol: string,
    intervalMs: number,
    fromMs: number,
    toMs: number,
  ): Promise<MarkColumns>;
  /** Values published before toMs, from the last one at or before fromMs on; null if unknown. */
  readSeries(name: string, fromMs: number, toMs: number): Promise<SeriesInput | null>;
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
  /** Merges candles; InputError for rows that differ from stored ones, unless `replace`. */
  writeCandles(
    target: CandleTarget,
    candles: CandleArrays,
    source: Provenance,
    options?: WriteOptions,
  ): Promise<WriteOutcome>;
  writeFunding(
    target: FundingTarget,
    funding: FundingColumns,
    source: Provenance,
    options?: WriteOptions,
  ): Promise<WriteOutcome>;
  writeSeries(
    name: string,
    series: { readonly publishedMs: Float64Array; readonly value: Float64Array },
    source: Provenance,
    options?: WriteOptions,
  ): Promise<WriteOutcome>;
  /** Stores trading rules; the same (venue, symbol, validFromMs) is replaced. */
  writeInstrument(instrument: Instrument): Promise<void>;
  /** What was fetched, by dataset; empty where nobody fetched. */
  fetched(): Promise<FetchRecord[]>;
  /** Notes what was fetched, in place of the note before; in the transaction of its rows. */
  writeFetched(record: FetchRecord): Promise<void>;
  /** All writes of `work` or none; transactions inside it join it. */
  transaction<T>(work: () => Promise<T>): Promise<T>;
  close(): void;
}

/**
 * Opens a store: read-only unless `write`, which makes a missing file. InputError when there is
 * nothing to read or the file is no store of this version; StoreLockedError when it is in use.
 */
export async function openStore(path: string, options: { write?: boolean } = {}): Promise<Store> {
  const write = options.write === true;
  const database = await Database.open(path, write);
  try {
    await checkSchema(database, write);
  } catch (error) {
    database.close();
    throw error;
  }
  return new DuckStore(database, write);
}

class DuckStore implements Store {
  readonly path: string;
  readonly #database: Database;
  readonly #write: boolean;
  readonly #turns = new Turns();
  #inTransaction = false;

  constructor(database: Database, write: boolean) {
    this.path = database.path;
    this.#database = database;
    this.#write = write;
  }

  datasets(): Promise<DatasetRow[]> {
    return this.#turns.take(() => listDatasets(this.#database));
  }

  instrument(venue: string, symbol: string): Promise<Instrument> {
    return this.#turns.take(() => readInstrument(this.#database, venue, symbol));
  }

  readCandles(
    venue: string,
    symbol: string,
    intervalMs: number,
    fromMs: number,
    toMs: number,
  ): Promise<CandleArrays> {
    return this.#turns.take(async () => {
      const interval = intervalName(intervalMs);
      const key = { kind: 'candles', venue, symbol, interval } as const;
      const dataset = await needCandles(this.#database, key);
      const range = [intervalMs, fromMs, toMs] as const;
      const columns = await readColumns(this.#database, SHAPES.candles, dataset, ...range);
      const [openMs, open, high, low, close, volume] = columns as Six;
      return { openMs, open, high, low, close, volume };
    });
  }

  readFunding(
    venue: string,
    symbol: string,
    fromMs: number,
    toMs: number,
  ): Promise<FundingColumns> {
    return this.#turns.take(async () => {
      const key = { kind: 'funding', venue, symbol, interval: null } as const;
      const dataset = await findDataset(this.#database, key);
      if (dataset === null) return { atMs: new Float64Array(0), rate: new Float64Array(0) };
      const columns = await readColumns(this.#database, SHAPES.funding, dataset, 0, fromMs, toMs);
      return { atMs: columns[0]!, rate: columns[1]! };
    });
  }

  readMark(
    venue: string,
    symbol: string,
    intervalMs: number,
    fromMs: number,
    toMs: number,
  ): Promise<MarkColumns> {
    return this.#turns.take(async () => {
      const interval = intervalName(intervalMs);
      const key = { kind: 'mark', venue, symbol, interval } as const;
      const dataset = await findDataset(this.#database, key);
      if (dataset === null) return { atMs: new Float64Array(0), price: new Float64Array(0) };
      const opens = { ...SHAPES.mark, columns: ['open'] };
      const range = [intervalMs, fromMs, toMs] as const;
      const [atMs, price] = await readColumns(this.#database, opens, dataset, ...range);
      return { atMs: atMs!, price: price! };
    });
  }

  readSeries(name: string, fromMs: number, toMs: number): Promise<SeriesInput | null> {
    return this.#turns.take(async () => {
      const key = { kind: 'series', venue: name, symbol: '', interval: null } as const;
      const dataset = await findDataset(this.#database, key);
      if (dataset === null) return null;
      const all = await readColumns(
        this.#database,
        SHAPES.series,
        dataset,
        0,
        Number.NEGATIVE_INFINITY,
        toMs,
      );
      const after = all[0]!.findIndex((publishedMs) => publishedMs > fromMs);
      const first = Math.max(0, (after === -1 ? all[0]!.length : after) - 1);
      return { name, publishedMs: all[0]!.slice(first), value: all[1]!.slice(first) };
    });
  }

  copyRows(
    dataset: DatasetRow,
    fromMs: number,
    toMs: number,
    path: string,
    format: 'parquet' | 'csv',
  ): Promise<number> {
    return this.#turns.take(() =>
      copyColumns(this.#database, SHAPES[dataset.kind], dataset, fromMs, toMs, path, format),
    );
  }

  writeCandles(
    target: CandleTarget,
    candles: CandleArrays,
    source: Provenance,
    options: WriteOptions = {},
  ): Promise<WriteOutcome> {
    const { venue, symbol, interval, kind = 'candles', synthetic = false } = target;
    const key = { kind, venue, symbol, interval };
    const { openMs, open, high, low, close, volume } = candles;
    const columns = [openMs, open, high, low, close, volume];
    return this.transaction(() =>
      mergeRows(this.#database, key, columns, synthetic, source, options),
    );
  }

  writeFunding(
    target: FundingTarget,
    funding: FundingColumns,
    source: Provenance,
    options: WriteOptions = {},
  ): Promise<WriteOutcome> {
    const { venue, symbol, synthetic = false } = target;
    const key = { kind: 'funding', venue, symbol, interval: null } as const;
    const columns = [funding.atMs, funding.rate];
    return this.transaction(() =>
      mergeRows(this.#database, key, columns, synthetic, source, options),
    );
  }

  writeSeries(
    name: string,
    series: { readonly publishedMs: Float64Array; readonly value: Float64Array },
    source: Provenance,
    options: WriteOptions = {},
  ): Promise<WriteOutcome> {
    const key = { kind: 'series', venue: name, symbol: '', interval: null } as const;
    const columns = [series.publishedMs, series.value];
    return this.transaction(() => mergeRows(this.#database, key, columns, false, source, options));
  }

  writeInstrument(instrument: Instrument): Promise<void> {
    return this.transaction(() => replaceInstrument(this.#database, instrument));
  }

  fetched(): Promise<FetchRecord[]> {
    return this.#turns.take(() => listFetched(this.#database));
  }

  writeFetched(record: FetchRecord): Promise<void> {
    return this.transaction(() => replaceFetched(this.#database, record));
  }

  transaction<T>(work: () => Promise<T>): Promise<T> {
    return this.#turns.take(async () => {
      if (!this.#write) {
        const rule = 'must be opened for writing: only the `data` verbs change the store';
        throw new InputError({ key: this.path, rule });
      }
      if (this.#inTransaction) return work();
      this.#inTransaction = true;
      await this.#database.run('BEGIN');
      try {
        const result = await work();
        await this.#database.run('COMMIT');
        return result;
      } catch (error) {
        // A disk that is full ends the transaction by itself; what went wrong is what is told.
        await this.#database.run('ROLLBACK').catch(() => undefined);
        throw error;
      } finally {
        this.#inTransaction = false;
      }
    });
  }

  close(): void {
    assert(!this.#inTransaction, 'a store is closed after its transactions');
    this.#database.close();
  }
}

type Six = [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array, Float64Array];
