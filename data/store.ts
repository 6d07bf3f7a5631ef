// The market data store: one DuckDB file with candles, funding, outside series and instruments.
//
//   importers -> write (merge, compare, hash) -> market.duckdb -> read (windows) -> columns
//
// What it answers when it is read is in history.ts, and the same for a shared folder (share/).
//
// A write is one transaction: all of it or none, and writing the same rows again changes nothing.
// Opened for reading, the file cannot be changed by any call. Calls may overlap; they take turns.

import { assert, InputError } from '../engine/errors.ts';
import { intervalMs } from '../engine/interval.ts';
import type { CandleArrays } from '../engine/market/column.ts';
import type { Instrument } from '../engine/market/instrument.ts';
import type { FundingColumns } from '../engine/market/panel.ts';
import { ColumnHistory, type DatasetKey, type History } from './history.ts';
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
import { isShared } from './share/place.ts';
import { checkSchema, listDatasets } from './store/catalogue.ts';
import { Database } from './store/database.ts';
import { dropFetched, type FetchRecord, listFetched, replaceFetched } from './store/fetched.ts';
import { readInstrument, replaceInstrument } from './store/instrument.ts';
import { mergeRows } from './store/write.ts';
import { venueId } from './venue-id.ts';

export type { History } from './history.ts';
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
export type { FetchRecord } from './store/fetched.ts';

/** A store opened for writing. */
export interface Store extends History {
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
  /** Merges rows of any kind: times first, then the columns of the kind (schema.ts). */
  writeRows(
    key: DatasetKey,
    columns: readonly Float64Array[],
    source: Provenance,
    options?: WriteOptions,
  ): Promise<WriteOutcome>;
  /** Stores trading rules; the same (venue, symbol, validFromMs) is replaced. */
  writeInstrument(instrument: Instrument): Promise<void>;
  /** Notes what was fetched, in place of the note before; in the transaction of its rows. */
  writeFetched(record: FetchRecord): Promise<void>;
  /** Forgets that it was ever fetched; the rows stay. */
  dropFetched(record: FetchRecord): Promise<void>;
  /** All writes of `work` or none; transactions inside it join it. */
  transaction<T>(work: () => Promise<T>): Promise<T>;
}

/**
 * Opens stored history. To read, the path is a database file or a shared folder (data/share/), also
 * one in object storage; `write` opens or makes a database file. InputError when there is nothing to
 * read or it is no store of this version; StoreLockedError when the file is in use.
 */
export function openStore(path: string, options: { readonly write: true }): Promise<Store>;
export function openStore(path: string, options?: { readonly write?: boolean }): Promise<History>;
export async function openStore(
  path: string,
  { write = false }: { readonly write?: boolean } = {},
): Promise<History> {
  if (!write && isShared(path)) {
    const { openShared } = await import('./share/folder.ts');
    return openShared(path);
  }
  const database = await Database.open(path, write);
  try {
    await checkSchema(database, write);
  } catch (error) {
    database.close();
    throw error;
  }
  return new DuckStore(database, write);
}

class DuckStore extends ColumnHistory implements Store {
  readonly #database: Database;
  readonly #write: boolean;
  #inTransaction = false;

  constructor(database: Database, write: boolean) {
    super({
      path: database.path,
      datasets: () => listDatasets(database),
      rows: (shape, dataset, fromMs, toMs) => {
        const stepMs = dataset.interval === null ? 0 : intervalMs(dataset.interval);
        return readColumns(database, shape, dataset, stepMs, fromMs, toMs);
      },
    });
    this.#database = database;
    this.#write = write;
  }

  instrument(venue: string, symbol: string): Promise<Instrument> {
    return this.turns.take(() => readInstrument(this.#database, venueId(venue), symbol));
  }

  copyRows(
    dataset: DatasetRow,
    fromMs: number,
    toMs: number,
    path: string,
    format: 'parquet' | 'csv',
  ): Promise<number> {
    return this.turns.take(() =>
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
    const key = { kind, venue: venueId(venue), symbol, interval };
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
    const key = { kind: 'funding', venue: venueId(venue), symbol, interval: null } as const;
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
    return this.writeRows(key, columns, source, options);
  }

  writeRows(
    key: DatasetKey,
    columns: readonly Float64Array[],
    source: Provenance,
    options: WriteOptions = {},
  ): Promise<WriteOutcome> {
    const venue = key.kind === 'series' ? key.venue : venueId(key.venue);
    const named = { ...key, venue };
    return this.transaction(() =>
      mergeRows(this.#database, named, columns, false, source, options),
    );
  }

  writeInstrument(instrument: Instrument): Promise<void> {
    return this.transaction(() =>
      replaceInstrument(this.#database, { ...instrument, venue: venueId(instrument.venue) }),
    );
  }

  fetched(): Promise<FetchRecord[]> {
    return this.turns.take(() => listFetched(this.#database));
  }

  writeFetched(record: FetchRecord): Promise<void> {
    return this.transaction(() => replaceFetched(this.#database, record));
  }

  dropFetched(record: FetchRecord): Promise<void> {
    return this.transaction(() => dropFetched(this.#database, record));
  }

  transaction<T>(work: () => Promise<T>): Promise<T> {
    return this.turns.take(async () => {
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
