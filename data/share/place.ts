// Where a shared folder lies: on this machine, or in object storage that DuckDB reaches for us.
//
// Object storage needs DuckDB's httpfs extension, which is not part of this program and never
// downloaded by it: where the person has installed it, an address like s3://bucket/folder is loaded
// with it, with the keys that DuckDB knows (its secrets); where not, that is said.

import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { InputError } from '../../engine/errors.ts';
import { sha256 } from '../digest.ts';
import type { Database } from '../store/database.ts';

export interface Place {
  /** As a person would write it. */
  readonly path: string;
  /** Content of a text file; null when it is not there. */
  text(name: string): Promise<string | null>;
  /** Bytes of a file: null when it is not there, undefined when only reading would tell. */
  bytes(name: string): number | null | undefined;
  /** SHA-256 of a file's bytes. */
  digest(name: string): Promise<string>;
  /** What `read_parquet` is given. */
  address(name: string): string;
}

const REMOTE = /^(s3|gs|gcs|r2):\/\//;

/** True for what holds shared history: a folder here, or an address in object storage. */
export function isShared(path: string): boolean {
  return REMOTE.test(path) || (statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false);
}

/** A `--db` as an absolute path, relative to `cwd`; an address stays one. */
export function absolutePath(path: string, cwd = process.cwd()): string {
  return REMOTE.test(path) ? path : resolve(cwd, path);
}

/** The place of a path. InputError when it is in object storage and DuckDB has no httpfs here. */
export async function placeOf(path: string, database: Database): Promise<Place> {
  if (!REMOTE.test(path)) return new Folder(path);
  try {
    await database.run('LOAD httpfs');
  } catch (error) {
    const rule =
      "needs DuckDB's httpfs, which is not installed here: run `INSTALL httpfs` once in the same " +
      'version of DuckDB, or copy the folder to this machine';
    throw new InputError({ key: path, rule }, { cause: error });
  }
  return new Bucket(path, database);
}

class Folder implements Place {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  async text(name: string): Promise<string | null> {
    return this.bytes(name) === null ? null : readFile(join(this.path, name), 'utf8');
  }

  bytes(name: string): number | null {
    const found = statSync(join(this.path, name), { throwIfNoEntry: false });
    return found?.isFile() ? found.size : null;
  }

  async digest(name: string): Promise<string> {
    return sha256(await readFile(join(this.path, name)));
  }

  address(name: string): string {
    return join(this.path, name);
  }
}

/** Files that DuckDB reads: any address, also a path here, which is how it is tested. */
export class Bucket implements Place {
  readonly path: string;
  readonly #database: Database;

  constructor(path: string, database: Database) {
    this.path = path;
    this.#database = database;
  }

  async text(name: string): Promise<string | null> {
    const found = await this.#read(`SELECT content FROM read_text('${this.#quoted(name)}')`);
    return found === null ? null : (found['content'] as string);
  }

  bytes(): undefined {
    return undefined;
  }

  async digest(name: string): Promise<string> {
    const sql = `SELECT sha256(content) AS digest FROM read_blob('${this.#quoted(name)}')`;
    return ((await this.#read(sql))?.['digest'] as string | undefined) ?? 'missing';
  }

  address(name: string): string {
    return `${this.path.replace(/\/+$/, '')}/${name}`;
  }

  /** The one row; null when there is no such file. */
  async #read(sql: string): Promise<Record<string, unknown> | null> {
    try {
      const [row] = await this.#database.objects(sql);
      return row ?? null;
    } catch (error) {
      const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
      if (/no files found|not found|404/i.test(reason)) return null;
      throw new InputError({ key: this.path, rule: `must be readable (${reason})` });
    }
  }

  #quoted(name: string): string {
    return this.address(name).replaceAll("'", "''");
  }
}
