import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { Float64, makeVector, Table, TimestampMillisecond, tableToIPC } from 'apache-arrow';
import { zipSync } from 'fflate';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../data/digest.ts';
import {
  type FileOutcome,
  findFiles,
  type ImportOptions,
  importFile,
} from '../../data/importers/import.ts';
import { decimal, timeOfCell } from '../../data/importers/times.ts';
import { openStore, type Store } from '../../data/store.ts';
import { HOUR_MS } from '../../engine/interval.ts';

const ALL = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const;
const HOUR = { venue: 'v', symbol: 'BTCUSDT', interval: '1h' };
/** 2025-01-01 00:00 UTC. */
const T = 1735689600000;

let root: string;
let folder: string;
let store: Store;
let made = 0;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'sapphire-import-'));
});
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});
beforeEach(async () => {
  folder = join(root, `${made++}`);
  mkdirSync(folder);
  store = await openStore(join(folder, 'store.duckdb'), { write: true });
});
afterEach(() => {
  store.close();
});

async function give(
  name: string,
  content: string | Uint8Array,
  options: ImportOptions = HOUR,
): Promise<FileOutcome> {
  const path = join(folder, name);
  writeFileSync(path, content);
  return importFile({ path, named: true }, options, async () => store);
}

async function imported(name: string, content: string | Uint8Array, options?: ImportOptions) {
  const outcome = await give(name, content, options);
  if (outcome.status !== 'imported') throw new Error(JSON.stringify(outcome));
  return outcome;
}

async function refused(name: string, content: string | Uint8Array, options?: ImportOptions) {
  const outcome = await give(name, content, options);
  if (outcome.status !== 'failed') throw new Error(JSON.stringify(outcome));
  return outcome.problems.join('\n');
}

const closes = async (symbol = 'BTCUSDT', venue = 'v') =>
  Array.from((await store.readCandles(venue, symbol, HOUR_MS, ...ALL)).close);

const HEADER = 'ts,open,high,low,close,volume';
const row = (hour: number, close = 100 + hour, volume: number | string = 5) =>
  `${T + hour * HOUR_MS},100,200,50,${close},${volume}`;
const csv = (...rows: string[]) => `${[HEADER, ...rows].join('\n')}\n`;
const kline = (time: number | string, close: number) =>
  `${time},100,200,50,${close},5,${time},9,3,1,1,0`;

describe('what a file must not be', () => {
  const good = csv(row(0), row(1), row(2));
  const zipped = zipSync({ 'BTCUSDT-1h-2025-01.csv': Buffer.from(kline(T, 100)) });

  it.each<[string, string, string | Uint8Array, RegExp]>([
    ['empty', 'a.csv', '', /must not be empty/],
    ['blank', 'a.csv', ' \n\n', /blank/],
    ['a web page', 'a.csv', '<!DOCTYPE html><html><body>404</body></html>', /web page/],
    ['a web page called zip', 'BTCUSDT-1h-2025-01.zip', '<html></html>', /web page/],
    ['an XML error', 'a.parquet', '<?xml version="1.0"?><Error/>', /web page or XML/],
    [
      'Python',
      'BTCUSDT-1m-2024-01.csv',
      '# fetch\nimport requests\n\ndef main():\n',
      /program code/,
    ],
    ['a Git LFS pointer', 'a.csv', 'version https://git-lfs.github.com/spec/v1\n', /LFS pointer/],
    ['binary noise', 'a.csv', Uint8Array.of(1, 0, 2, 0, 3), /must be csv, JSON, Parquet/],
    ['half a zip', 'a.zip', zipped.slice(0, 60), /whole zip/],
    ['a zip with a flipped byte', 'a.zip', flipped(zipped, 60), /whole zip/],
    ['a zip of two', 'a.zip', zipSync({ a: Buffer.from('1'), b: Buffer.from('2') }), /exactly one/],
    ['an empty zip', 'a.zip', zipSync({}), /exactly one/],
    ['half a gzip', 'a.csv.gz', gzipSync(good).subarray(0, 30), /whole gzip/],
    ['half a Parquet', 'a.parquet', 'PAR1 and then it broke off', /its end is missing/],
    ['a hollow Parquet', 'a.parquet', `PAR1${'x'.repeat(40)}PAR1`, /whole Parquet/],
    ['half a Feather', 'a.feather', 'ARROW1\0\0 and then it broke off', /its end is missing/],
    ['a hollow Feather', 'a.feather', `ARROW1\0\0${'x'.repeat(40)}ARROW1`, /Feather file/],
    ['half a JSON', 'a.json', `[[${T},1,1,1,1,1],[${T + HOUR_MS},1,`, /whole JSON/],
    ['a JSON of something else', 'a.json', '{"a":1}', /some importer knows/],
    ['a header alone', 'a.csv', `${HEADER}\n`, /must have rows/],
    ['numbers without a header', 'a.csv', `${row(0)}\n${row(1)}\n`, /some importer knows/],
    ['no volume', 'a.csv', 'ts,open,high,low,close\n1,1,1,1,1\n', /must be candles, funding/],
  ])(
    '%s (%s) is refused by name and reason, and leaves nothing',
    async (_what, name, content, why) => {
      const problem = await refused(name, content);
      expect(problem).toMatch(why);
      expect(problem).toContain(name);
      expect(await store.datasets()).toEqual([]);
    },
  );

  it('another file than the checksum beside it says', async () => {
    const path = join(folder, 'BTCUSDT-1h-2025-01.csv');
    writeFileSync(`${path}.CHECKSUM`, `${sha256('other')}  BTCUSDT-1h-2025-01.csv\n`);
    expect(await refused('BTCUSDT-1h-2025-01.csv', kline(T, 100))).toContain(
      'must have the SHA-256',
    );
    writeFileSync(`${path}.CHECKSUM`, `${sha256(kline(T, 100))}  BTCUSDT-1h-2025-01.csv\n`);
    expect((await imported('BTCUSDT-1h-2025-01.csv', kline(T, 100))).added).toBe(1);
  });
});

describe('what a row must be', () => {
  it.each<[string, string, RegExp]>([
    ['no number', row(1).replace('100', 'NaN'), /must have numbers/],
    ['an empty cell', row(1).replace(',100,', ',,'), /must have numbers/],
    ['hexadecimal', row(1).replace(',100,', ',0x64,'), /must have numbers/],
    ['infinite', row(1).replace(',200,', ',Infinity,'), /must have numbers/],
    ['negative volume', row(1, 101, -5), /volume >= 0/],
    ['a price of zero', row(1).replace(',50,', ',0,'), /prices above 0/],
    ['high below low', row(1).replace(',200,50,', ',50,200,'), /low <= open/],
    ['a close above the high', row(1, 201), /high >= open and close/],
    ['off the grid', row(1.5), /must open on the 1h grid, opens 2025-01-01T01:30/],
    ['a row number for a time', '17,100,200,50,101,5', /must have a time from 1973/],
    ['a day that does not exist', '2025-02-30 00:00,100,200,50,101,5', /must have a time/],
    ['cut short', `${T + HOUR_MS},100,20`, /must have 6 cells, has 3/],
  ])('%s refuses the file and names line 3', async (_what, bad, why) => {
    const problem = await refused('a.csv', csv(row(0), bad, row(2)));
    expect(problem).toMatch(why);
    expect(problem).toMatch(/^a\.csv: line 3: /);
    expect(await store.datasets()).toEqual([]);
  });

  it('and the first five that are not are listed, with how many there are', async () => {
    const bad = Array.from({ length: 12 }, (_, hour) => row(hour, -1));
    const problem = await refused('a.csv', csv(...bad));
    expect(problem.split('\n').map((line) => line.slice(0, 14))).toEqual([
      'a.csv: line 2:',
      'a.csv: line 3:',
      'a.csv: line 4:',
      'a.csv: line 5:',
      'a.csv: line 6:',
      'a.csv: 12 rows',
    ]);
  });

  it('may come in any order; the stored order is that of time', async () => {
    await imported('a.csv', csv(row(2), row(0), row(1)));
    expect(await closes()).toEqual([100, 101, 102]);
  });

  it('may stand there twice if it is the same, not with other values', async () => {
    const twice = await imported('a.csv', csv(row(0), row(1), row(0), row(2)));
    expect(twice).toMatchObject({ added: 3, duplicates: 1 });
    const problem = await refused('b.csv', csv(row(5), row(6), row(5, 77), row(7)));
    expect(problem).toMatch(/b\.csv: line 4: .*other values than line 2/);
  });

  it('must be an interval from its neighbours somewhere, or --interval is wrong', async () => {
    const everyFour = csv(row(0), row(4), row(8), row(12));
    expect(await refused('a.csv', everyFour)).toContain('the nearest two are 4h apart');
    expect((await imported('a.csv', everyFour, { ...HOUR, interval: '4h' })).added).toBe(4);
  });

  it('may be missing: holes are reported and never filled', async () => {
    const outcome = await imported('a.csv', csv(row(0), row(1), row(5)));
    expect(outcome.gaps).toEqual([{ fromMs: T + 2 * HOUR_MS, missing: 3 }]);
    expect(await closes()).toEqual([100, 101, 105]);
  });
});

describe('times', () => {
  it.each([
    ['1735689600', T],
    ['1735689600000', T],
    ['1735689600000000', T],
    ['1735689600000000000', T],
    ['1735689600000999', T],
    ['2025-01-01', T],
    ['20250101', T],
    ['20250101 00:00', T],
    ['2025-01-01 00:00', T],
    ['2025-01-01T00:00:00Z', T],
    ['2025-01-01 00:00:00+00:00', T],
    ['2025-01-01T05:30:00.000+05:30', T],
    ['2024-12-31 19:00:00-0500', T],
    ['2025-01-01T00:00:00.25', T + 250],
    ['2025-13-01', Number.NaN],
    ['2025-02-29', Number.NaN],
    ['2025-01-01T24:01', Number.NaN],
    ['0', Number.NaN],
    ['9999999999', Number.NaN],
    ['-1735689600', Number.NaN],
    ['yesterday', Number.NaN],
    ['', Number.NaN],
  ])('%s is %d', (cell, ms) => {
    expect(timeOfCell(cell)).toBe(ms);
  });

  it('numbers are decimal and whole cells', () => {
    expect(['1e-5', '.5', '5.', '-0.1', '+2'].map(decimal)).toEqual([1e-5, 0.5, 5, -0.1, 2]);
    for (const cell of ['', ' ', '0x1', '1_000', '1,5', 'Infinity', 'NaN', '1 2', '--1']) {
      expect(decimal(cell)).toBeNaN();
    }
  });
});

describe('layouts', () => {
  it('columns are found by name, in any order, with quotes, semicolons, tabs, CRLF and a BOM', async () => {
    const plain = await imported('a.csv', csv(row(0), row(1)));
    const shuffled =
      '\ufeff"Volume";"Close";"Low";"High";"Open";"Date"\r\n' +
      '"5";"100";"50";"200";"100";"2025-01-01 00:00:00"\r\n' +
      '"5";"101";"50";"200";"100";"2025-01-01 01:00:00"\r\n';
    expect(await imported('b.csv', shuffled)).toMatchObject({ added: 0, unchanged: 2 });
    const tabs = csv(row(0), row(1)).replaceAll(',', '\t');
    expect(await imported('c.csv', tabs)).toMatchObject({ added: 0, unchanged: 2 });
    const indexed = `,timestamp,open,high,low,close,volume\n0,${row(0)}\n1,${row(1)}\n`;
    expect(await imported('d.csv', indexed)).toMatchObject({ added: 0, unchanged: 2 });
    expect(plain.importer).toBe('columns-csv');
  });

  it.each([
    ['milliseconds, no header', [kline(T, 101), kline(T + HOUR_MS, 102)]],
    ['microseconds, no header', [kline(T * 1000, 101), kline((T + HOUR_MS) * 1000, 102)]],
    ['both units in one file', [kline(T, 101), kline((T + HOUR_MS) * 1000, 102)]],
    [
      'a header',
      [
        'open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore',
        kline(T, 101),
        kline(T + HOUR_MS, 102),
      ],
    ],
  ])('Binance klines with %s, as csv and zip', async (_what, lines) => {
    const text = lines.join('\n');
    const futures = { venue: 'binance-usdm' };
    const first = await imported('BTCUSDT-1h-2025-01.csv', text, futures);
    expect(first).toMatchObject({ importer: 'binance-klines', symbol: 'BTCUSDT', added: 2 });
    const zip = zipSync({ 'BTCUSDT-1h-2025-01.csv': Buffer.from(text) });
    expect(await imported('x.zip', zip, futures)).toMatchObject({ added: 0, unchanged: 2 });
    expect(await closes('BTCUSDT', 'binance-usdm')).toEqual([101, 102]);
  });

  it('Binance funding, its milliseconds floored to the minute', async () => {
    const text = `calc_time,funding_interval_hours,last_funding_rate\n${T + 7},8,0.00010000\n${T + 8 * HOUR_MS},8,-0.0002\n`;
    const name = 'BTCUSDT-fundingRate-2025-01.csv';
    const outcome = await imported(name, text, { venue: 'binance-usdm' });
    expect(outcome).toMatchObject({ kind: 'funding', importer: 'binance-funding', added: 2 });
    const { atMs, rate } = await store.readFunding('binance-usdm', 'BTCUSDT', ...ALL);
    expect([...atMs, ...rate]).toEqual([T, T + 8 * HOUR_MS, 0.0001, -0.0002]);
  });

  it('funding must be a fraction: 1.5 is refused, with the line', async () => {
    const target = { venue: 'v', symbol: 'S' };
    const problem = await refused('f.csv', `ts,rate\n${T},0.0001\n${T + HOUR_MS},1.5\n`, target);
    expect(problem).toMatch(/line 3: must have a rate as a fraction/);
  });

  it('a series is named by its venue and needs no symbol', async () => {
    const text = `ts,value,label\n${T},30,Fear\n${T + 24 * HOUR_MS},55,"Greed, a bit"\n`;
    expect(await imported('feargreed__CRYPTO__1d.csv', text, {})).toMatchObject({ kind: 'series' });
    const series = await store.readSeries('feargreed', ...ALL);
    expect(Array.from(series!.value)).toEqual([30, 55]);
  });

  it('freqtrade JSON and Feather, candles and funding', async () => {
    const rows = [0, 1, 2].map((hour) => [T + hour * HOUR_MS, 100, 200, 50, 100 + hour, 5]);
    const usdm = { venue: 'binance-usdm' };
    const json = JSON.stringify(rows);
    const gz = gzipSync(json);
    expect(await imported('BTC_USDT_USDT-1h-futures.json', json, usdm)).toMatchObject({ added: 3 });
    expect(await imported('BTC_USDT_USDT-1h-futures.json.gz', gz, usdm)).toMatchObject({
      unchanged: 3,
    });
    const feather = featherOf(rows);
    expect(await imported('BTC_USDT_USDT-1h-futures.feather', feather, usdm)).toMatchObject({
      importer: 'freqtrade-feather',
      unchanged: 3,
    });
    const rates = [0, 8].map((hour) => [T + hour * HOUR_MS + 3, 0.0001, 0, 0, 0, 0]);
    const funding = await imported('BTC_USDT_USDT-8h-funding_rate.feather', featherOf(rates), usdm);
    expect(funding).toMatchObject({ kind: 'funding', added: 2, fromMs: T });
    const bad = JSON.stringify([rows[0], [T + HOUR_MS, 100, 200, 50, null, 5], ['x']]);
    expect(await refused('BTC_USDT_USDT-1h-futures.json', bad, usdm)).toMatch(
      /row 2: must have numbers[\s\S]*row 3: must have a time/,
    );
  });

  it('LEAN minutes take the date from the name, and are refused without one', async () => {
    const text = ['0,100,200,50,101,5', '60000,100,200,50,102,5'].join('\n');
    const zip = zipSync({ '20250101_btcusdt_minute_trade_perp.csv': Buffer.from(text) });
    const outcome = await imported('20250101_trade.zip', zip, { venue: 'bybit-perp' });
    expect(outcome).toMatchObject({
      symbol: 'BTCUSDT',
      interval: '1m',
      fromMs: T,
      toMs: T + 60000,
    });
    const nameless = zipSync({ 'btcusdt.csv': Buffer.from(text) });
    const flags = { ...HOUR, interval: '1m' };
    expect(await refused('trade.zip', nameless, flags)).toContain('must have the date in its name');
  });

  it('CryptoDataDownload takes the base volume, mixed units, newest first, below a link', async () => {
    const text = [
      'https://www.CryptoDataDownload.com',
      'Unix,Date,Symbol,Open,High,Low,Close,Volume USDT,Volume BTC,tradecount',
      `${T + HOUR_MS},x,BTC/USDT,100,200,50,102,1000,7,NULL`,
      `${T / 1000},x,BTC/USDT,100,200,50,101,1000,8,NULL`,
    ].join('\n');
    const outcome = await imported('Binance_BTCUSDT_1h.csv', text, {});
    expect(outcome).toMatchObject({ venue: 'binance-spot', importer: 'cryptodatadownload' });
    const read = await store.readCandles('binance-spot', 'BTCUSDT', HOUR_MS, ...ALL);
    expect([...read.volume, ...read.close]).toEqual([8, 7, 101, 102]);
  });

  it('Parquet with timestamps, integers or decimals; a null is a fault with its row', async () => {
    const first = join(folder, 'first.parquet');
    const rows = `FROM (VALUES (0, 101), (1, 102)) t(h, c)`;
    await copy(
      `SELECT to_timestamp(${T / 1000} + h * 3600) AS timestamp, 100 AS open, 200::DECIMAL(9,2) AS high,
       50::FLOAT AS low, c AS close, 5 AS volume ${rows}`,
      first,
    );
    const outcome = await importFile({ path: first, named: true }, HOUR, async () => store);
    expect(outcome).toMatchObject({ status: 'imported', added: 2 });
    expect(await closes()).toEqual([101, 102]);
    const second = join(folder, 'second.parquet');
    await copy(
      `SELECT ${T} + h * 3600000 AS ts, 100 AS open, 200 AS high, 50 AS low,
       CASE WHEN h = 0 THEN c END AS close, 5 AS volume ${rows}`,
      second,
    );
    const bad = await importFile({ path: second, named: true }, HOUR, async () => store);
    expect(bad).toMatchObject({
      status: 'failed',
      problems: [expect.stringMatching(/second.parquet: row 2: must have numbers/)],
    });
  });
});

describe('importing files', () => {
  it('a file that conflicts is refused by line, and --replace takes its word', async () => {
    await imported('a.csv', csv(row(0), row(1), row(2)));
    const [before] = await store.datasets();
    const other = csv(row(1), row(2, 150), row(3));
    expect(await refused('b.csv', other)).toMatch(
      /b\.csv: line 3: .*close 102.*close 150.*--replace/,
    );
    expect((await store.datasets())[0]).toEqual(before);
    const outcome = await imported('b.csv', other, { ...HOUR, replace: true });
    expect(outcome).toMatchObject({ added: 1, unchanged: 1, conflicts: 1 });
    expect(await closes()).toEqual([100, 101, 150, 103]);
    expect((await store.datasets())[0]!.sources.map(({ file }) => file)).toEqual([
      'a.csv',
      'b.csv',
    ]);
  });

  it('a folder is searched through in order of name, without dot files and checksums', async () => {
    mkdirSync(join(folder, 'in/deep'), { recursive: true });
    for (const name of ['b.csv', 'a.csv', '.hidden.csv', 'a.csv.CHECKSUM', 'deep/c.zip']) {
      writeFileSync(join(folder, 'in', name), 'x');
    }
    const found = findFiles([join(folder, 'in'), join(folder, 'gone.csv')]);
    expect(found.map(({ path, named }) => [path.slice(folder.length + 1), named])).toEqual([
      ['in/a.csv', false],
      ['in/b.csv', false],
      ['in/deep/c.zip', false],
      ['gone.csv', true],
    ]);
    const outcome = await importFile(found[3]!, {}, async () => store);
    expect(outcome).toMatchObject({
      status: 'failed',
      problems: [expect.stringMatching(/must exist/)],
    });
  });

  it('what is no data file is skipped in a folder', async () => {
    const path = join(folder, 'README.md');
    writeFileSync(path, '# hello');
    const outcome = await importFile({ path, named: false }, {}, async () => store);
    expect(outcome).toMatchObject({ status: 'skipped', reason: 'no market data file' });
  });

  it('does not open the store for a file that is bad', async () => {
    const path = join(folder, 'a.csv');
    writeFileSync(path, csv(row(0, -1)));
    let opened = false;
    const outcome = await importFile({ path, named: true }, HOUR, async () => {
      opened = true;
      return store;
    });
    expect([outcome.status, opened]).toEqual(['failed', false]);
  });
});

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = bytes.slice();
  copy[at]! ^= 0xff;
  return copy;
}

function featherOf(rows: readonly number[][]): Uint8Array {
  const column = (j: number) => Float64Array.from(rows, (cells) => cells[j]!);
  const date = BigInt64Array.from(rows, (cells) => BigInt(cells[0]!));
  const table = new Table({
    date: makeVector({ type: new TimestampMillisecond(), data: date } as never),
    ...Object.fromEntries(
      ['open', 'high', 'low', 'close', 'volume'].map((name, j) => [
        name,
        makeVector({ type: new Float64(), data: column(j + 1) } as never),
      ]),
    ),
  });
  return tableToIPC(table, 'file');
}

async function copy(select: string, path: string): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(`COPY (${select}) TO '${path}' (FORMAT parquet)`);
  connection.closeSync();
  instance.closeSync();
}
