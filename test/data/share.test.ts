// Sharing: a folder of Parquet files reads as the database it was made of, and one that is not as its
// manifest says is refused; object storage is spoken to through DuckDB, or not at all.

import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { tableFromIPC } from 'apache-arrow';
import { beforeAll, describe, expect, it } from 'vitest';
import { digestColumns, sha256 } from '../../data/digest.ts';
import { importFile } from '../../data/importers/import.ts';
import { shareArrow } from '../../data/share/arrow.ts';
import { SharedFolder } from '../../data/share/folder.ts';
import { type Manifest, readManifest } from '../../data/share/manifest.ts';
import { Bucket } from '../../data/share/place.ts';
import { shareParquet } from '../../data/share/write.ts';
import { Database } from '../../data/store/database.ts';
import { type History, openStore } from '../../data/store.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../engine/interval.ts';
import { ALL, candles, folder, freshStore, from, problemOf, START_MS } from './store-room.ts';

// Three days of minutes from 2025-01-30 22:00 on: they lie in two months.
const ROWS = 3 * 1440;
const EVERY = { fromMs: ALL[0], toMs: ALL[1], force: false };
const INSTRUMENT = {
  venue: 'binance-usdm',
  symbol: 'BTCUSDT',
  tickSize: 0.1,
  lotSize: 0.001,
  minNotionalUsd: 5,
  makerFeeBps: 2,
  takerFeeBps: 5,
  maxLeverage: 125,
  source: 'venue',
  validFromMs: 0,
} as const;
let path: string;
let made = 0;

beforeAll(async () => {
  const { path: file, store } = await freshStore();
  path = file;
  const stamps = Float64Array.from({ length: 9 }, (_, k) => START_MS + k * 8 * HOUR_MS);
  const key = { venue: 'binance-usdm', symbol: 'BTCUSDT' };
  await store.writeCandles({ ...key, interval: '1m' }, candles(0, ROWS), from('a'));
  await store.writeCandles({ ...key, interval: '1m', kind: 'mark' }, candles(5, 90), from('m'));
  await store.writeCandles({ ...key, symbol: 'ETHUSDT', interval: '1m' }, candles(0, 9), from('e'));
  await store.writeFunding(key, { atMs: stamps, rate: stamps.map((_, k) => k / 1e5) }, from('f'));
  const published = Float64Array.from([START_MS - DAY_MS, START_MS + DAY_MS]);
  await store.writeSeries('mood', { publishedMs: published, value: published }, from('s'));
  await store.writeInstrument(INSTRUMENT);
  store.close();
});

/** A new shared folder of everything in the store, or of a part of it. */
async function share(request: Partial<typeof EVERY> = {}): Promise<string> {
  const dir = join(folder, `shared-${made++}`);
  const store = await openStore(path);
  await shareParquet(store, await store.datasets(), { ...EVERY, ...request, dir });
  store.close();
  return dir;
}

async function everythingOf(store: History) {
  const rows = [];
  for (const dataset of await store.datasets()) rows.push(await store.readRows(dataset, ...ALL));
  return {
    datasets: await store.datasets(),
    rows,
    candles: await store.readCandles('binance-usdm', 'BTCUSDT', MINUTE_MS, ...ALL),
    part: await store.readCandles('binance-usdm', 'BTCUSDT', MINUTE_MS, START_MS + 1, 1e15),
    none: await store.readCandles('binance-usdm', 'ETHUSDT', MINUTE_MS, 0, START_MS),
    funding: await store.readFunding('binance-usdm', 'BTCUSDT', START_MS, START_MS + DAY_MS),
    noFunding: await store.readFunding('binance-usdm', 'ETHUSDT', ...ALL),
    mark: await store.readMark('binance-usdm', 'BTCUSDT', MINUTE_MS, ...ALL),
    mood: await store.readSeries('mood', START_MS, START_MS + 1),
    noMood: await store.readSeries('moods', START_MS, START_MS + 1),
    known: await store.instrument('binance-usdm', 'BTCUSDT'),
    assumed: await store.instrument('binance-usdm', 'ETHUSDT'),
  };
}

describe('a shared folder', () => {
  it('answers everything as the database file it was made of', async () => {
    const dir = await share();
    const [file, shared] = [await openStore(path), await openStore(dir)];
    const [ofFile, ofFolder] = [await everythingOf(file), await everythingOf(shared)];
    expect(ofFolder).toEqual(ofFile);
    expect(digestColumns(ofFolder.candles)).toBe(ofFile.datasets[0]!.digest);
    expect(await problemOf(shared.readCandles('binance-usdm', 'BTCUSD', HOUR_MS, ...ALL))).toMatch(
      /did you mean binance-usdm BTCUSDT\?/,
    );
    file.close();
    shared.close();
  });

  it('is plain hive partitions to any other reader', async () => {
    const dir = await share();
    expect(readdirSync(join(dir, 'candles/venue=binance-usdm/symbol=BTCUSDT/interval=1m'))).toEqual(
      ['month=2025-01', 'month=2025-02'],
    );
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    const reader = await connection.runAndReadAll(
      `SELECT symbol, month, count(*)::INTEGER FROM read_parquet('${dir}/candles/**/*.parquet',
       hive_partitioning = true, hive_types_autocast = false) GROUP BY ALL ORDER BY ALL`,
    );
    // 2025-01-30 22:00 to 2025-02-01 00:00 are 26 hours.
    expect(reader.getRowsJS()).toEqual([
      ['BTCUSDT', '2025-01', 26 * 60],
      ['BTCUSDT', '2025-02', ROWS - 26 * 60],
      ['ETHUSDT', '2025-01', 9],
    ]);
    connection.closeSync();
    instance.closeSync();
  });

  it('holds only the range asked for, with digests of that', async () => {
    const [fromMs, toMs] = [START_MS + 3 * HOUR_MS, START_MS + 30 * HOUR_MS];
    const dir = await share({ fromMs, toMs });
    const shared = await openStore(dir);
    const [first] = await shared.datasets();
    expect(first).toMatchObject({ rows: 27 * 60, fromMs, toMs: toMs - MINUTE_MS });
    const read = await shared.readCandles('binance-usdm', 'BTCUSDT', MINUTE_MS, ...ALL);
    expect(digestColumns(read)).toBe(first!.digest);
    shared.close();
    expect(await problemOf(share({ fromMs: 0, toMs: 1 }))).toContain('must leave rows of');
  });

  it('is the same, byte for byte, when it is written again', async () => {
    const [one, two] = [await share(), await share()];
    const files = readdirSync(one, { recursive: true, withFileTypes: true });
    for (const entry of files.filter((found) => found.isFile())) {
      const at = join(entry.parentPath, entry.name);
      expect(readFileSync(at).equals(readFileSync(at.replace(one, two)))).toBe(true);
    }
  });

  it('is never written over what is there, but for an export that --force may replace', async () => {
    const dir = await share();
    const store = await openStore(path);
    const datasets = await store.datasets();
    const again = (force: boolean, where = dir) =>
      shareParquet(store, datasets.slice(0, 1), { ...EVERY, dir: where, force });
    expect(await problemOf(again(false))).toContain('must not exist yet');
    const other = join(folder, 'mine');
    mkdirSync(other);
    writeFileSync(join(other, 'thesis.txt'), 'years of work');
    expect(await problemOf(again(true, other))).toContain('manifest.json');
    expect(await problemOf(again(false, join(folder, 'no/where')))).toContain(
      'a folder that exists',
    );
    await again(true);
    expect(readdirSync(dir).sort()).toEqual(['candles', 'manifest.json']);
    expect(readdirSync(folder).filter((name) => name.includes('.tmp'))).toEqual([]);
    store.close();
  });
});

describe('a shared folder that is not as its manifest says', () => {
  const FILE = 'candles/venue=binance-usdm/symbol=BTCUSDT/interval=1m/month=2025-02/rows.parquet';

  it('is refused in one line that names the file', async () => {
    const dir = await share();
    rmSync(join(dir, FILE));
    rmSync(join(dir, 'series'), { recursive: true });
    const missing = await problemOf(openStore(dir));
    expect(missing.split('\n')).toHaveLength(1);
    expect(missing).toContain(`${FILE} is missing, and 1 more`);
    const longer = await share();
    appendFileSync(join(longer, FILE), 'x');
    expect(await problemOf(openStore(longer))).toMatch(/month=2025-02.* bytes, not \d+; share it/);
  });

  it('is refused when a byte of a file that is read was changed', async () => {
    const dir = await share();
    const bytes = readFileSync(join(dir, FILE));
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(join(dir, FILE), bytes);
    const shared = await openStore(dir);
    const read = (fromMs: number, toMs: number) =>
      shared.readCandles('binance-usdm', 'BTCUSDT', MINUTE_MS, fromMs, toMs);
    expect((await read(START_MS, START_MS + DAY_MS)).openMs).toHaveLength(1440);
    expect(await problemOf(read(...ALL))).toContain(`${FILE} has another SHA-256`);
    shared.close();
  });

  it('is refused when its manifest is missing, garbled, edited, foreign or of another version', async () => {
    const dir = await share();
    const at = join(dir, 'manifest.json');
    const text = readFileSync(at, 'utf8');
    const edits: [string, string][] = [
      [text.slice(0, -30), 'must be whole JSON'],
      [text.replace('"rows": 9,', '"rows": 8,'), 'must not be edited'],
      ['{}', 'must be a manifest of shared history'],
      ['[1]', 'must be a manifest of shared history'],
      ['null', 'must be a manifest of shared history'],
      [text.replace('"version": 1', '"version": 2'), 'must have version 1'],
    ];
    for (const [content, says] of edits) {
      expect(content).not.toBe(text);
      writeFileSync(at, content);
      expect(await problemOf(openStore(dir))).toContain(says);
    }
    rmSync(at);
    expect(await problemOf(openStore(dir))).toContain('data export --parquet');
    expect(await problemOf(openStore(dir, { write: true }))).toContain('must be a file');
  });
});

describe('object storage', () => {
  it('is refused with what to install where DuckDB has no httpfs', async () => {
    expect(await problemOf(openStore('s3://bucket/shared'))).toMatch(
      /^s3:\/\/bucket\/shared: needs DuckDB's httpfs.*INSTALL httpfs/,
    );
  });

  it('gives what the same folder here gives, through the reads that DuckDB does for it', async () => {
    const dir = await share();
    const database = await Database.memory(dir);
    const place = new Bucket(`${dir}/`, database);
    const remote = new SharedFolder(place, database, await readManifest(place));
    const local = await openStore(dir);
    expect(await everythingOf(remote)).toEqual(await everythingOf(local));
    local.close();
    remote.close();
    const other = await Database.memory(dir);
    expect(await problemOf(readManifest(new Bucket(join(dir, 'no'), other)))).toContain('manifest');
    other.close();
  });
});

describe('Arrow files', () => {
  it('hold the columns without a copy, say where they come from, and import again', async () => {
    const store = await openStore(path);
    const dir = join(folder, 'arrow');
    const datasets = await store.datasets();
    const files = await shareArrow(store, datasets, { ...EVERY, dir });
    expect(files.map(({ file }) => file)).toEqual([
      'binance-usdm__BTCUSDT__1m.arrow',
      'binance-usdm__BTCUSDT__mark1m.arrow',
      'binance-usdm__ETHUSDT__1m.arrow',
      'binance-usdm__BTCUSDT__funding.arrow',
      'mood__series.arrow',
    ]);
    const table = tableFromIPC(readFileSync(join(dir, files[0]!.file)));
    expect(table.getChild('close')!.data[0]!.values).toEqual(candles(0, ROWS).close);
    expect(table.getChild('ts')!.get(1)).toBe(START_MS + MINUTE_MS);
    const about = table.schema.metadata;
    expect(about.get('digest')).toBe(datasets[0]!.digest);
    expect(JSON.parse(about.get('sources')!)).toEqual(datasets[0]!.sources);
    expect(JSON.parse(about.get('instrument')!)).toEqual(INSTRUMENT);
    const { store: other } = await freshStore();
    for (const { file } of files) {
      const found = { path: join(dir, file), named: true };
      expect(await importFile(found, {}, async () => other)).toMatchObject({ status: 'imported' });
    }
    const digests = (rows: typeof datasets) => rows.map((one) => [one.kind, one.venue, one.digest]);
    expect(digests(await other.datasets())).toEqual(digests(datasets));
    other.close();
    store.close();
  });
});

describe('the manifest', () => {
  it('gives each file the digest of its bytes and each month that of its columns', async () => {
    const dir = await share();
    const text = readFileSync(join(dir, 'manifest.json'), 'utf8');
    const { datasets, instruments } = JSON.parse(text) as Manifest;
    expect(instruments.map(({ symbol, source }) => [symbol, source])).toEqual([
      ['BTCUSDT', 'venue'],
      ['ETHUSDT', 'assumed'],
    ]);
    const store = await openStore(path);
    for (const { files, ...dataset } of datasets) {
      expect(dataset.sources[0]).toHaveProperty('importer', 'test');
      for (const file of files) {
        expect(sha256(readFileSync(join(dir, file.path)))).toBe(file.sha256);
        const [times] = await store.readRows(dataset, file.fromMs, file.toMs + 1);
        expect(times).toHaveLength(file.rows);
      }
    }
    store.close();
    expect(existsSync(join(dir, datasets[0]!.files[0]!.path))).toBe(true);
  });
});
