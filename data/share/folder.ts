// A shared folder, read as the database file it was made of: the same columns, so the same digests.
//
// Files are compared with the manifest when they are first read, by the SHA-256 of their bytes. A
// month is read as a whole query, not streamed: streaming out of Parquet is three times slower.

import { InvariantError } from '../../engine/errors.ts';
import type { Instrument } from '../../engine/market/instrument.ts';
import { ColumnHistory, type History } from '../history.ts';
import { assumedInstrument } from '../instruments.ts';
import { checkIncreasing } from '../read.ts';
import type { DatasetRow, Shape } from '../schema.ts';
import { Database } from '../store/database.ts';
import type { FetchRecord } from '../store/fetched.ts';
import {
  changed,
  type Manifest,
  readManifest,
  type SharedDataset,
  type SharedFile,
} from './manifest.ts';
import { type Place, placeOf } from './place.ts';

/** Opens a shared folder. InputError when it has no manifest, or is not what that says. */
export async function openShared(path: string): Promise<History> {
  const database = await Database.memory(path);
  try {
    const place = await placeOf(path, database);
    return new SharedFolder(place, database, await readManifest(place));
  } catch (error) {
    database.close();
    throw error;
  }
}

export class SharedFolder extends ColumnHistory implements History {
  readonly #place: Place;
  readonly #database: Database;
  readonly #manifest: Manifest;
  readonly #verified = new Set<string>();

  constructor(place: Place, database: Database, manifest: Manifest) {
    super({
      path: place.path,
      datasets: async () => manifest.datasets.map(({ files: _, ...row }) => row),
      rows: (shape, dataset, fromMs, toMs) => this.#rows(shape, dataset, fromMs, toMs),
    });
    this.#place = place;
    this.#database = database;
    this.#manifest = manifest;
  }

  async instrument(venue: string, symbol: string): Promise<Instrument> {
    const found = this.#manifest.instruments.find(
      (one) => one.venue === venue && one.symbol === symbol,
    );
    return Object.freeze(found ?? assumedInstrument(venue, symbol, 1));
  }

  async fetched(): Promise<FetchRecord[]> {
    return [...(this.#manifest.fetched ?? [])];
  }

  copyRows(
    dataset: DatasetRow,
    fromMs: number,
    toMs: number,
    path: string,
    format: 'parquet' | 'csv',
  ): Promise<number> {
    return this.turns.take(async () => {
      const files = filesWithin(this.#filesOf(dataset), fromMs, toMs);
      for (const file of files) await this.#verify(file);
      if (files.length === 0) return 0;
      const list = files.map((file) => `'${this.#quoted(file)}'`).join(', ');
      const from = `read_parquet([${list}], hive_partitioning = false)`;
      const where = within(fromMs, toMs);
      const [row] = await this.#database.objects(`SELECT count(*) AS n FROM ${from} ${where}`);
      if (Number(row!['n']) === 0) return 0;
      await this.#database.copy(`SELECT * FROM ${from} ${where} ORDER BY ts`, path, format);
      return Number(row!['n']);
    });
  }

  close(): void {
    this.#database.close();
  }

  async #rows(
    shape: Shape,
    dataset: DatasetRow,
    fromMs: number,
    toMs: number,
  ): Promise<Float64Array[]> {
    const files = filesWithin(this.#filesOf(dataset), fromMs, toMs);
    const room = files.reduce((sum, file) => sum + file.rows, 0);
    const columns = ['ts', ...shape.names].map(() => new Float64Array(room));
    const selected = ['ts::DOUBLE', ...shape.names].join(', ');
    let filled = 0;
    for (const file of files) {
      await this.#verify(file);
      const from = `read_parquet('${this.#quoted(file)}', hive_partitioning = false)`;
      const sql = `SELECT ${selected} FROM ${from} ${within(fromMs, toMs)}`;
      filled += await this.#database.fill(sql, columns, filled, 'whole');
    }
    checkIncreasing(columns[0]!, 0, filled);
    return filled === room ? columns : columns.map((column) => column.slice(0, filled));
  }

  #filesOf(dataset: DatasetRow): readonly SharedFile[] {
    const found = this.#manifest.datasets.find(({ id }) => id === dataset.id);
    if (found !== undefined) return (found as SharedDataset).files;
    throw new InvariantError('a dataset is read from the folder that listed it');
  }

  async #verify(file: SharedFile): Promise<void> {
    if (this.#verified.has(file.path)) return;
    if ((await this.#place.digest(file.path)) !== file.sha256) {
      throw changed(this.#place, [`${file.path} has another SHA-256`]);
    }
    this.#verified.add(file.path);
  }

  #quoted(file: SharedFile): string {
    return this.#place.address(file.path).replaceAll("'", "''");
  }
}

function filesWithin(
  files: readonly SharedFile[],
  fromMs: number,
  toMs: number,
): readonly SharedFile[] {
  return files.filter((file) => file.toMs >= fromMs && file.fromMs < toMs);
}

/** A WHERE clause with integer bounds, which prune row groups; nothing for an infinite one. */
function within(fromMs: number, toMs: number): string {
  const bounds = [
    ...(Number.isFinite(fromMs) ? [`ts >= ${BigInt(Math.ceil(fromMs))}`] : []),
    ...(Number.isFinite(toMs) ? [`ts < ${BigInt(Math.ceil(toMs))}`] : []),
  ];
  return bounds.length === 0 ? '' : `WHERE ${bounds.join(' AND ')}`;
}
