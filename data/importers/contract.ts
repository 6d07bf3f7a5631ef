// The contract of an importer: it recognises a file by its content and turns it into a raw table.
//
//   path -> SourceFile (unpacked, hashed) -> importer.read -> ImportedTable -> check -> store
//
// An importer only parses. Sorting, validation, names and writing are the same for all of them and
// live beside it, so that no importer can forget a rule.

import { InputError, type Problem } from '../../engine/errors.ts';
import type { DatasetKind } from '../schema.ts';

/** A file as importers see it: unpacked, with its first rows cut into cells when it is text. */
export interface SourceFile {
  readonly path: string;
  /** Without folders; what error messages and source entries show. */
  readonly name: string;
  /** Name of the entry when the file is a zip. */
  readonly inner: string | null;
  /** Of the file's bytes as they are on disk. */
  readonly sha256: string;
  readonly format: 'parquet' | 'feather' | 'json' | 'csv';
  /** The content after unpacking gzip or zip. */
  readonly bytes: Uint8Array;
  /** The first two rows of a csv, cut into cells; empty for other formats. */
  readonly head: readonly (readonly string[])[];
}

/** What is known of the data before it is read: from flags first, then from names. */
export interface Target {
  readonly venue?: string | undefined;
  readonly symbol?: string | undefined;
  readonly interval?: string | undefined;
  readonly kind?: DatasetKind | undefined;
}

/** A row that could not be parsed. */
export interface Fault {
  /** Line or row, counted from 1. */
  readonly at: number;
  readonly rule: string;
}

/** The cells of a row as they stand in the file. */
export interface RowText {
  readonly time: string;
  readonly values: string;
}

/** Rows as they stand in the file: any order, not yet validated. */
export interface ImportedTable {
  readonly kind: DatasetKind;
  /** OPEN of candles, stamp of funding, publication of series values; UTC ms, NaN if unreadable. */
  readonly timeMs: Float64Array;
  /** The columns of the kind (schema.ts), NaN where unreadable. */
  readonly columns: readonly Float64Array[];
  /** What `numberOf` counts: lines of a text or rows of a table. */
  readonly unit: 'line' | 'row';
  /** The number of a row as a person would count it in the file. */
  readonly numberOf: (row: number) => number;
  readonly faults: readonly Fault[];
  /** What stands in the first rows that cannot be read, by their number: NaN tells nobody what to mend. */
  readonly said?: ReadonlyMap<number, RowText>;
  /** Other datasets that the same rows hold: what takers bought, further series. */
  readonly also?: readonly ImportedTable[];
  /** Of a series: it is called `venue.suffix`. */
  readonly suffix?: string;
  /** Of candles that were made of something finer: their interval, whatever the file is called. */
  readonly interval?: string;
}

export interface Importer {
  /** Stands in a dataset's source entries. */
  readonly name: string;
  /** True when the content (not only the name) is in this importer's layout. */
  recognises(file: SourceFile): boolean;
  /** Parses the whole file. Throws InputError when it is not what it seemed. */
  read(file: SourceFile, target: Target): Promise<ImportedTable>;
}

/** A file of which the store keeps nothing: skipped in a folder, an error when named. */
export class UnsupportedFile extends InputError {
  readonly reason: string;

  constructor(key: string, reason: string, problems?: readonly Problem[]) {
    super(problems ?? { key, rule: `must hold what the store keeps: ${reason}` });
    this.name = 'UnsupportedFile';
    this.reason = reason;
  }
}
