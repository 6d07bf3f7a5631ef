// The layouts importers know: units and spellings of time, and one good file of each program, with
// its traps. Expected values are written out by hand.

import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { Float64, makeVector, Table, TimestampMillisecond, tableToIPC } from 'apache-arrow';
import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { importFile } from '../../data/importers/import.ts';
import { decimal, timeOfCell } from '../../data/importers/times.ts';
import { HOUR_MS } from '../../engine/interval.ts';
import { ALL, csv, HOUR, importRoom, kline, row, T } from './import-room.ts';

const room = importRoom();
const { imported, refused, closes } = room;

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
    const { atMs, rate } = await room.store.readFunding('binance-usdm', 'BTCUSDT', ...ALL);
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
    const series = await room.store.readSeries('feargreed', ...ALL);
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
    const read = await room.store.readCandles('binance-spot', 'BTCUSDT', HOUR_MS, ...ALL);
    expect([...read.volume, ...read.close]).toEqual([8, 7, 101, 102]);
  });

  it('Parquet with timestamps, integers or decimals; a null is a fault with its row', async () => {
    const first = join(room.folder, 'first.parquet');
    const rows = `FROM (VALUES (0, 101), (1, 102)) t(h, c)`;
    await copy(
      `SELECT to_timestamp(${T / 1000} + h * 3600) AS timestamp, 100 AS open, 200::DECIMAL(9,2) AS high,
       50::FLOAT AS low, c AS close, 5 AS volume ${rows}`,
      first,
    );
    const outcome = await importFile({ path: first, named: true }, HOUR, async () => room.store);
    expect(outcome).toMatchObject({ status: 'imported', added: 2 });
    expect(await closes()).toEqual([101, 102]);
    const second = join(room.folder, 'second.parquet');
    await copy(
      `SELECT ${T} + h * 3600000 AS ts, 100 AS open, 200 AS high, 50 AS low,
       CASE WHEN h = 0 THEN c END AS close, 5 AS volume ${rows}`,
      second,
    );
    const bad = await importFile({ path: second, named: true }, HOUR, async () => room.store);
    expect(bad).toMatchObject({
      status: 'failed',
      problems: [expect.stringMatching(/second.parquet: row 2: must have numbers/)],
    });
  });
});

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
