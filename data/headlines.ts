// Headlines from a file, for agents that read news: Parquet, csv or lines of JSON with a time and a text.
//
// A stamp without a time of day is known only when its day is over; one without a zone is taken as UTC.
// What cannot be read is refused with its row: news that silently goes missing is a biased sample.

import { existsSync } from 'node:fs';
import { isoText } from '../engine/config/instant.ts';
import { InputError } from '../engine/errors.ts';
import { type Headline, type HeadlineColumns, Headlines } from '../engine/market/headlines.ts';
import { sha256 } from './digest.ts';
import { endOfDays, timeOfCell } from './importers/times.ts';
import { Database } from './store/database.ts';

const KEY = 'world.headlines';
const TIMES = ['ts', 'time', 'timestamp', 'published', 'published_at', 'datetime', 'date'];
const TEXTS = ['text', 'title', 'headline', 'headlines'];
const READERS: Readonly<Record<string, string>> = {
  parquet: 'read_parquet',
  csv: 'read_csv_auto',
  gz: 'read_csv_auto',
  ndjson: 'read_json_auto',
  jsonl: 'read_json_auto',
};

export interface ReadHeadlines {
  readonly headlines: Headlines;
  /** SHA-256 of what was read, for the digest of the data. */
  readonly digest: string;
}

/**
 * Those published in [fromMs, toMs], UTC ms, in order; those of one instant in the order of the file.
 * Throws InputError naming the path, or the first row that cannot be read.
 */
export async function readHeadlines(
  path: string,
  fromMs: number,
  toMs: number,
): Promise<ReadHeadlines> {
  const rows = await rowsOf(path);
  const stamps = endOfDays(Float64Array.from(rows, ([time]) => timeOfCell(time)));
  const found: Headline[] = [];
  rows.forEach(([time, text], k) => {
    const publishedMs = stamps[k]!;
    if (Number.isNaN(publishedMs) || text === '') {
      const rule = `must have a time and a text in row ${k + 1}`;
      throw new InputError({ key: `${KEY} (${path})`, rule, value: `${time} ${text}`.trim() });
    }
    if (publishedMs >= fromMs && publishedMs <= toMs) found.push({ publishedMs, text });
  });
  found.sort((a, b) => a.publishedMs - b.publishedMs);
  const lines = found.map(({ publishedMs, text }) => JSON.stringify([publishedMs, text]));
  return { headlines: new Headlines(found), digest: sha256(lines.join('\n')) };
}

/** Headlines as a file of lines that `readHeadlines` takes: what a session heard, for a later backtest. */
export function headlinesText({ knownMs, texts }: HeadlineColumns): string {
  const lines = texts.map((text, k) => JSON.stringify({ time: isoText(knownMs[k]!), text }));
  return lines.map((line) => `${line}\n`).join('');
}

/** Time and text of every row. */
async function rowsOf(path: string): Promise<[time: string, text: string][]> {
  const reader = READERS[/\.([a-z]+)$/.exec(path)?.[1] ?? ''];
  if (reader === undefined || !existsSync(path)) {
    const rule = `must be a file that is there: ${Object.keys(READERS).join(', ')}`;
    throw new InputError({ key: KEY, rule, value: path });
  }
  const db = await Database.memory(path);
  try {
    const from = `${reader}('${path.replaceAll("'", "''")}')`;
    const described = await db.objects(`DESCRIBE SELECT * FROM ${from}`);
    const columns = described.map((row) => [
      String(row['column_name']),
      String(row['column_type']),
    ]);
    const [time, text] = [TIMES, TEXTS].map((names) => {
      return columns.find(([name]) => names.includes(name!.toLowerCase()));
    });
    if (time === undefined || text === undefined) {
      const rule = `must have a time (${TIMES.join(', ')}) and a text (${TEXTS.join(', ')})`;
      const value = columns.map(([name]) => name).join(', ');
      throw new InputError({ key: `${KEY} (${path})`, rule, value });
    }
    const column = `"${time[0]!.replaceAll('"', '""')}"`;
    const ms = /^(TIMESTAMP|DATE)/.test(time[1]!) ? `epoch_ms(${column})` : column;
    const [when, what] = [ms, `"${text[0]!.replaceAll('"', '""')}"`].map(
      (cell) => `coalesce(CAST(${cell} AS VARCHAR), '')`,
    );
    const rows = await db.objects(`SELECT ${when} AS time, ${what} AS text FROM ${from}`);
    return rows.map((row) => [String(row['time']), String(row['text'])]);
  } catch (error) {
    if (error instanceof InputError || !(error instanceof Error)) throw error;
    const rule = `cannot be read (${error.message.split('\n')[0]})`;
    throw new InputError({ key: KEY, rule, value: path }, { cause: error });
  } finally {
    db.close();
  }
}
