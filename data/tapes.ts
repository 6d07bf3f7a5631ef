// Tapes: what models answered, recorded, so that a backtest asks nobody. A tape is a DuckDB file with one
// row an answer; the same rows as NDJSON or Parquet are a tape as well, with the same digest.
//
//   record -> answers (question, reply, model, latency, tokens, cost, what it may know) -> backtest
//
// A tape is believed only after every row of it has been checked (tapes/row.ts): its question must give
// the digests that stand beside it, its numbers must be those of an answer. Rows are never changed.

import {
  appendFileSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import type { Question, Reply, ReplyBook } from '../engine/agents/question.ts';
import { RecordedReplies } from '../engine/agents/reply-book.ts';
import { InputError } from '../engine/errors.ts';
import { sha256 } from './digest.ts';
import { lockFile, unlockFile } from './pid-lock.ts';
import { Database, StoreLockedError } from './store/database.ts';
import { FIELDS, readRow, rowOf, rowText, type TapeRow } from './tapes/row.ts';

/** Version of the table; a tape says which one it is by its name. */
const TABLE = 'answers_1';
/** Rows that are fetched at once: prompts are long. */
const PAGE = 1024;

export interface TapeModel {
  readonly model: string;
  readonly version: string;
  readonly answers: number;
  /** Newest UTC ms that it may have been trained on; NaN = not known. */
  readonly knowledgeMs: number;
}

/** Recorded replies, by question. */
export class Tape implements ReplyBook {
  readonly rows: readonly TapeRow[];
  readonly #rows: TapeRow[];
  readonly #book: RecordedReplies;

  constructor(rows: readonly TapeRow[]) {
    this.#rows = [...rows];
    this.rows = this.#rows;
    this.#book = new RecordedReplies(rows);
  }

  find(question: Question): Reply | null {
    return this.#book.find(question);
  }

  has(question: Question): boolean {
    return this.find(question) !== null;
  }

  add(row: TapeRow): void {
    this.#rows.push(row);
    this.#book.add(row);
  }

  /** SHA-256 over all rows, in an order of their own: the same for every kind of file. */
  get digest(): string {
    return sha256([...this.#rows].map(rowText).sort().join('\n'));
  }

  /** Newest UTC ms that any of its models may know of; NaN = of some that is not known. */
  get knowledgeMs(): number {
    return Math.max(0, ...this.#rows.map((row) => row.knowledgeMs));
  }

  /** Who answered, by name. */
  get models(): TapeModel[] {
    const found = new Map<string, { -readonly [K in keyof TapeModel]: TapeModel[K] }>();
    for (const { reply, knowledgeMs } of this.#rows) {
      const { model, version } = reply.origin;
      const key = `${model} ${version}`;
      const one = found.get(key) ?? { model, version, answers: 0, knowledgeMs: 0 };
      one.answers++;
      one.knowledgeMs = Math.max(one.knowledgeMs, knowledgeMs);
      found.set(key, one);
    }
    return [...found.keys()].sort().map((key) => found.get(key)!);
  }
}

/**
 * Reads a tape: DuckDB, or by its ending `.ndjson` or `.parquet`. Throws InputError with the file, the row
 * and the rule that it breaks; StoreLockedError when somebody writes it.
 */
export async function readTape(path: string): Promise<Tape> {
  if (!existsSync(path) || !statSync(path).isFile()) {
    throw new InputError({
      key: path,
      rule: 'must be a tape: npm run record -- --tape FILE makes one',
    });
  }
  const rows: TapeRow[] = [];
  const seen = new Set<string>();
  const take = (value: unknown, where: string) => {
    const row = readRow(value, `${path}: ${where}`);
    if (seen.has(row.text)) {
      const rule = 'must answer each question once';
      throw new InputError({ key: `${path}: ${where}`, rule, value: row.digest });
    }
    seen.add(row.text);
    rows.push(row);
  };
  if (path.endsWith('.ndjson')) readLines(path, take);
  else await readTable(path, take);
  return new Tape(rows);
}

type Take = (value: unknown, where: string) => void;

function readLines(path: string, take: Take): void {
  const lines = readFileSync(path, 'utf8').split('\n');
  // What was cut off by a crash was never believed: it is asked again.
  if (isTorn(lines.at(-1)!)) lines.pop();
  lines.forEach((line, k) => {
    if (line === '') return;
    const value = parsed(line);
    if (value === undefined) {
      throw new InputError({ key: `${path}: line ${k + 1}`, rule: 'must be JSON' });
    }
    take(value, `line ${k + 1}`);
  });
}

/** As every row begins. */
const ROW = '{"digest":"';

/** The beginning of a row, and no whole one: no file of anything else ends so. */
function isTorn(last: string): boolean {
  const begins = last.startsWith(ROW) || ROW.startsWith(last);
  return begins && last !== '' && parsed(last) === undefined;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

async function readTable(path: string, take: Take): Promise<void> {
  const isParquet = path.endsWith('.parquet');
  const db = isParquet ? await Database.memory(path) : await Database.open(path, false);
  try {
    const from = isParquet ? `read_parquet('${path.replaceAll("'", "''")}')` : TABLE;
    if (!isParquet) await refuseStrange(db);
    const columns = FIELDS.map(({ name, sql }) => `"${name}"::${sql} AS "${name}"`).join(', ');
    for (let row = 0; ; row += PAGE) {
      const page = await db.objects(`SELECT ${columns} FROM ${from} LIMIT ${PAGE} OFFSET ${row}`);
      page.forEach((value, k) => {
        take(value, `row ${row + k + 1}`);
      });
      if (page.length < PAGE) return;
    }
  } catch (error) {
    if (error instanceof InputError) throw error;
    const [reason] = String(error instanceof Error ? error.message : error).split('\n');
    throw new InputError({ key: path, rule: `must be a tape (${reason})` }, { cause: error });
  } finally {
    db.close();
  }
}

/** A view could read anything: only a plain table is a tape. */
async function refuseStrange(db: Database): Promise<void> {
  const found = await db.objects(
    'SELECT table_type FROM information_schema.tables WHERE table_name = $1',
    [TABLE],
  );
  if (found.length === 1 && found[0]!['table_type'] === 'BASE TABLE') return;
  throw new InputError({
    key: db.path,
    rule: `must be a tape: a DuckDB file with a table ${TABLE}`,
  });
}

/** Where answers are put down one by one, as they come. */
export interface TapeWriter {
  readonly tape: Tape;
  /** Durable when it resolves. `knowledgeMs` of who answered. */
  put(question: Question, reply: Reply, knowledgeMs: number): Promise<void>;
  close(): void;
}

/**
 * Opens a tape to be added to, made when it is missing: DuckDB, or `.ndjson`. Throws as `readTape`, and
 * where no answer could be put down: before the first is paid for.
 */
export async function openTape(path: string): Promise<TapeWriter> {
  if (path.endsWith('.parquet')) {
    const rule =
      'must not be Parquet to be added to: record into .duckdb or .ndjson, then --export';
    throw new InputError({ key: '--tape', rule, value: path });
  }
  if (path.endsWith('.ndjson')) return openLines(path);
  const tape = existsSync(path) ? await readTape(path) : new Tape([]);
  const db = await Database.open(path, true);
  await makeTable(db);
  return {
    tape,
    async put(question, reply, knowledgeMs) {
      const row = rowOf(question, reply, knowledgeMs);
      await insert(db, row);
      tape.add(row);
    },
    close: () => db.close(),
  };
}

async function openLines(path: string): Promise<TapeWriter> {
  const lock = `${path}.lock`;
  try {
    lockFile(lock, (pid) => {
      const rule = `is being recorded by process ${pid} (if that is not so, remove ${lock})`;
      return new StoreLockedError({ key: path, rule });
    });
  } catch (error) {
    if (error instanceof InputError) throw error;
    const rule = `must be a file that can be written (${(error as Error).message})`;
    throw new InputError({ key: path, rule }, { cause: error });
  }
  try {
    const tape = existsSync(path) ? await readTape(path) : new Tape([]);
    mend(path);
    return {
      tape,
      async put(question, reply, knowledgeMs) {
        const row = rowOf(question, reply, knowledgeMs);
        appendFileSync(path, `${rowText(row)}\n`, { flush: true });
        tape.add(row);
      },
      close: () => unlockFile(lock),
    };
  } catch (error) {
    unlockFile(lock);
    throw error;
  }
}

/** Cuts off a line that a crash left unfinished, and ends one that lacks no more than its end. */
function mend(path: string): void {
  if (!existsSync(path)) return;
  const text = readFileSync(path, 'utf8');
  const from = text.lastIndexOf('\n') + 1;
  const last = text.slice(from);
  if (last === '') return;
  replace(path, isTorn(last) ? text.slice(0, from) : `${text}\n`);
}

function replace(path: string, text: string): void {
  const beside = `${path}.part`;
  writeFileSync(beside, text);
  renameSync(beside, path);
}

/**
 * Writes all of a tape to a file that is not there yet: `.ndjson`, `.parquet`, else DuckDB. It is there
 * whole, or not at all.
 */
export async function exportTape(tape: Tape, path: string): Promise<void> {
  if (existsSync(path)) throw new InputError({ key: path, rule: 'must not exist yet' });
  if (path.endsWith('.ndjson')) {
    replace(path, tape.rows.map((row) => `${rowText(row)}\n`).join(''));
    return;
  }
  const beside = `${path}.part`;
  const discard = () => {
    for (const file of [beside, `${beside}.wal`]) rmSync(file, { force: true });
  };
  // Of an export that was broken off.
  discard();
  try {
    await writeTable(tape, beside, path.endsWith('.parquet'));
    renameSync(beside, path);
  } catch (error) {
    discard();
    throw error;
  }
}

async function writeTable(tape: Tape, path: string, isParquet: boolean): Promise<void> {
  const db = isParquet ? await Database.memory(path) : await Database.open(path, true);
  try {
    await makeTable(db);
    await db.run('BEGIN');
    for (const row of tape.rows) await insert(db, row);
    await db.run('COMMIT');
    if (isParquet) await db.copy(`SELECT * FROM ${TABLE}`, path, 'parquet');
    else await db.run('CHECKPOINT');
  } finally {
    db.close();
  }
}

async function makeTable(db: Database): Promise<void> {
  const columns = FIELDS.map(({ name, sql }) => `"${name}" ${sql}`).join(', ');
  await db.run(`CREATE TABLE IF NOT EXISTS ${TABLE} (${columns})`);
}

async function insert(db: Database, row: TapeRow): Promise<void> {
  const marks = FIELDS.map((_, k) => `$${k + 1}`).join(', ');
  const values = JSON.parse(rowText(row)) as Record<string, string | number | boolean | null>;
  await db.run(
    `INSERT INTO ${TABLE} VALUES (${marks})`,
    FIELDS.map(({ name }) => values[name] ?? null),
  );
}
