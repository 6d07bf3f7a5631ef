// Tables of unknown origin: what is guessed is told, what could be read in two ways is refused with the
// flag that decides, and what the person says is done.

import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, it } from 'vitest';
import type { Hints } from '../../data/importers/guess.ts';
import { type ImportOptions, importFile } from '../../data/importers/import.ts';
import { timeReader } from '../../data/importers/zone.ts';
import { DAY_MS, HOUR_MS } from '../../engine/interval.ts';
import { ALL, importRoom, T } from './import-room.ts';

const room = importRoom();
const NAMES = { venue: 'v', symbol: 'BTCUSDT' };
// Three hours: open, high, low, close, volume. No two prices of a candle are in another order too.
const ROWS = [
  [100, 120, 90, 110, 5],
  [110, 130, 105, 125, 6],
  [125, 126, 80, 85, 7],
] as const;
const iso = (hour: number, zone = 'Z') =>
  new Date(T + hour * HOUR_MS).toISOString().replace('.000Z', zone);
const table = (
  header: string | null,
  stamp: (hour: number) => string | number,
  order = [0, 1, 2, 3, 4],
  by = ',',
) =>
  [
    ...(header === null ? [] : [header]),
    ...ROWS.map((row, hour) => [stamp(hour), ...order.map((k) => row[k])].join(by)),
  ].join('\n');

async function give(
  name: string,
  content: string | Uint8Array,
  hints?: Hints,
  more: ImportOptions = {},
) {
  const guesses: string[] = [];
  const onGuess = (_: string, guess: string) => guesses.push(guess);
  const outcome = await room.give(name, content, { ...NAMES, ...more, hints, onGuess });
  return { outcome, guess: guesses.join() };
}

/** The three candles as they must stand in the store. */
async function expectCandles(shiftMs = 0): Promise<void> {
  const { openMs, open, high, low, close, volume } = await room.store.readCandles(
    'v',
    'BTCUSDT',
    HOUR_MS,
    ...ALL,
  );
  expect([...openMs]).toEqual([0, 1, 2].map((hour) => T + hour * HOUR_MS + shiftMs));
  const rows = ROWS.map((_, k) => [open[k], high[k], low[k], close[k], volume[k]]);
  expect(rows).toEqual(ROWS.map((row) => [...row]));
}

describe('a table of unknown origin', () => {
  const bom = '\ufeff';
  it.each<[string, string, string | Uint8Array, RegExp]>([
    [
      'names of its own',
      'a.csv',
      table('Date,O,H,L,C,Vol', iso),
      /time = Date \(text, UTC\), open = O, .*volume = Vol, stamped by the open, 1h candles/,
    ],
    [
      'semicolons and seconds',
      'a.csv',
      table('t;o;h;l;c;v', (h) => T / 1000 + h * 3600, undefined, ';'),
      /time = t \(s\)/,
    ],
    [
      'tabs and nanoseconds',
      'a.tsv',
      table(
        'when\topen\thigh\tlow\tclose\tvolume',
        (h) => `${T + h * HOUR_MS}000000`,
        undefined,
        '\t',
      ),
      /time = when \(ns\)/,
    ],
    [
      'bars, a BOM, quotes and CRLF',
      'a.csv',
      `${bom}${table('"time"|"open"|"high"|"low"|"close"|"base volume"', (h) => `"${iso(h)}"`, undefined, '|').replaceAll('\n', '\r\n')}\r\n`,
      /time = time/,
    ],
    [
      'no header, in order',
      'a.csv',
      table(null, (h) => T + h * HOUR_MS),
      /no header, time = column 1 \(ms\), open = column 2, high = column 3/,
    ],
    [
      'no header, as KuCoin writes',
      'a.csv',
      table(null, (h) => T / 1000 + h * 3600, [0, 3, 1, 2, 4]),
      /high = column 4, low = column 5, close = column 3/,
    ],
    [
      'no header, as Coinbase writes',
      'a.csv',
      table(null, (h) => T / 1000 + h * 3600, [2, 1, 0, 3, 4]),
      /open = column 4, high = column 3, low = column 2/,
    ],
    ['gzip', 'a.csv.gz', gzipSync(table('Date,O,H,L,C,Vol', iso)), /a header/],
    [
      'a date and a time of day',
      'a.csv',
      table('<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<TICKVOL>', (h) => `2025.01.01,0${h}:00`),
      /./,
    ],
    [
      'JSON of objects',
      'a.json',
      JSON.stringify({
        data: ROWS.map(([o, h, l, c, v], k) => ({ T: 1, t: iso(k), o: String(o), h, l, c, v })),
      }),
      /time = t/,
    ],
    [
      'JSON lines',
      'a.ndjson.json',
      ROWS.map((row, k) => JSON.stringify([iso(k), ...row])).join('\n'),
      /no header/,
    ],
    [
      'stamps of closes that say so',
      'a.csv',
      table('close_time,open,high,low,close,volume', (h) => T + (h + 1) * HOUR_MS - 1),
      /stamped by the close/,
    ],
  ])('is read with %s, and the guess is told', async (_what, name, content, says) => {
    const hints =
      name === 'a.csv' && String(content).startsWith('<DATE>') ? { timeZone: 'UTC' } : undefined;
    const { outcome, guess } = await give(name, content, hints);
    expect(outcome).toMatchObject({
      status: 'imported',
      importer: 'generic',
      interval: '1h',
      added: 3,
    });
    expect(guess).toMatch(says);
    await expectCandles();
  });

  it('is read from Parquet whose columns are called otherwise', async () => {
    const path = join(room.folder, 'odd.parquet');
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    const rows = ROWS.map(
      (row, k) => `(make_timestamp(${(T + k * HOUR_MS) * 1000}), ${row.join(', ')})`,
    );
    await connection.run(
      `COPY (SELECT * FROM (VALUES ${rows.join(', ')}) AS t("Begin", "O", "H", "L", "C", "Vol.")) TO '${path}' (FORMAT parquet)`,
    );
    connection.closeSync();
    instance.closeSync();
    const outcome = await importFile(
      { path, named: true },
      { ...NAMES, hints: {} },
      async () => room.store,
    );
    expect(outcome).toMatchObject({ status: 'imported', importer: 'generic', interval: '1h' });
    await expectCandles();
  });

  const flat = ROWS.map((_, h) => `${T + h * HOUR_MS},100,100,100,100,5`).join('\n');
  it.each<[string, string, Hints | undefined, RegExp]>([
    [
      'prices that fit in any order',
      flat,
      undefined,
      /more than one order of prices.*--columns open=2/,
    ],
    [
      'prices that fit in no order',
      flat.replace('100,100', '500,1'),
      undefined,
      /no order of prices fits/,
    ],
    [
      'times of day without a zone',
      table('Date,O,H,L,C,V', (h) => iso(h, '')),
      undefined,
      /no offset.*--time-zone UTC or/,
    ],
    [
      'dates that may be either way round',
      table('Date,O,H,L,C,V', (h) => `0${h + 1}/02/2025`),
      undefined,
      /--time-unit dmy or/,
    ],
    [
      'such dates under the names that a layout of our own has',
      table('Date,Open,High,Low,Close,Volume', (h) => `0${h + 1}.02.2025`),
      undefined,
      /--time-unit dmy or/,
    ],
    [
      'a header of ours alone, without an interval',
      'time,open,high,low,close,volume\n',
      undefined,
      /must have rows/,
    ],
    ['no time', 'a,b,c\n1,2,3\n', undefined, /its time is not to be found.*--columns time=NAME/s],
    [
      'no volume',
      table('t,o,h,l,c,turnover', iso),
      undefined,
      /its volume is not to be found.*volume=NAME/,
    ],
    [
      'an interval that nobody keeps',
      table('t,o,h,l,c,v', (h) => T + h * 7 * HOUR_MS),
      undefined,
      /--interval 1h/,
    ],
    [
      'a column that is not there',
      table('t,o,h,l,c,v', iso),
      { columns: { time: 'tt' } },
      /--columns: must be a column of a.csv \(t, o, h, l, c, v\), was "tt" \(did you mean t\?\)/,
    ],
    [
      'a field that is none',
      table('t,o,h,l,c,v', iso),
      { columns: { tme: 't' } },
      /must say one of time.*did you mean time\?/,
    ],
    [
      'a unit that does not fit',
      table('t,o,h,l,c,v', (h) => T + h * HOUR_MS),
      { timeUnit: 's' },
      /its times cannot be read/,
    ],
  ])('is refused with %s, and with what to add', async (_what, content, hints, says) => {
    const { outcome, guess } = await give('a.csv', content, hints);
    expect(outcome.status).toBe('failed');
    expect(outcome.status === 'failed' && outcome.problems.join('\n')).toMatch(says);
    expect(guess).toBe('');
    expect(await room.store.datasets()).toEqual([]);
  });

  it('is read as the person says: columns by name or number, zone, and stamps of closes', async () => {
    const columns = { time: 'T', open: '2', high: 'x', low: 'y', close: 'z', volume: 'V' };
    const text = table('T,a,x,y,z,V', (h) => iso(h + 2, '').replace('T', ' '));
    const { outcome } = await give('a.csv', text, { columns, timeZone: '+01:00', closeTime: true });
    expect(outcome).toMatchObject({ status: 'imported' });
    await expectCandles();
    const dmy = table('Date,O,H,L,C,V', (h) => `01/02/2025 0${h}:00`);
    await give('b.csv', dmy, { timeUnit: 'dmy', timeZone: 'UTC' }, { symbol: 'DMY' });
    await give('b.csv', dmy, { timeUnit: 'mdy', timeZone: 'UTC' }, { symbol: 'MDY' });
    const [, feb, jan] = await room.store.datasets();
    expect([feb!.fromMs, jan!.fromMs]).toEqual([Date.UTC(2025, 1, 1), Date.UTC(2025, 0, 2)]);
  });

  it('names the line of a row that is cut short, and stores nothing', async () => {
    const { outcome } = await give('a.csv', `${table('t,o,h,l,c,v', iso)}\n${iso(3)},1,2\n`);
    expect(outcome).toMatchObject({
      status: 'failed',
      problems: ['a.csv: line 5: must have 6 cells, has 3'],
    });
    expect(await room.store.datasets()).toEqual([]);
  });
});

describe('local times', () => {
  // Rules of the European Union: the last Sundays of March and October, at 01:00 UTC.
  it.each([
    ['Europe/Berlin', '2025-01-15 13:00', '2025-01-15T12:00:00.000Z'],
    ['Europe/Berlin', '2025-07-15 14:00', '2025-07-15T12:00:00.000Z'],
    ['Europe/Berlin', '2025-03-30 01:59', '2025-03-30T00:59:00.000Z'],
    ['Europe/Berlin', '2025-03-30 03:00', '2025-03-30T01:00:00.000Z'],
    ['Asia/Kolkata', '2025-01-01 05:30', '2025-01-01T00:00:00.000Z'],
    ['America/New_York', '2025-11-02 00:30', '2025-11-02T04:30:00.000Z'],
    ['-03:00', '2025-01-01 00:00:30', '2025-01-01T03:00:30.000Z'],
    ['UTC', '2025-01-01T00:00', '2025-01-01T00:00:00.000Z'],
  ])('of %s at %s are %s', (zone, local, utc) => {
    expect(new Date(timeReader(null, zone)(local)).toISOString()).toBe(utc);
  });

  it('that a zone skips in spring are none; unknown zones are refused', () => {
    expect(timeReader(null, 'Europe/Berlin')('2025-03-30 02:30')).toBeNaN();
    expect(() => timeReader(null, 'Europe/Atlantis')).toThrow(
      '--time-zone: must be UTC, an offset',
    );
  });
});

describe('an outside series', () => {
  it('is joined as of its publication: a day without a time is known when it is over', async () => {
    const days = (k: number) => `2025-01-0${k + 1}`;
    const text = `day,hashrate\n${[0, 1, 2].map((k) => `${days(k)},${k + 0.5}`).join('\n')}\n`;
    const { outcome, guess } = await give('a.csv', text, { column: 'hashrate' });
    expect(outcome).toMatchObject({ status: 'imported', kind: 'series', venue: 'hashrate' });
    expect(guess).toContain('value = hashrate');
    const read = await room.store.readSeries('hashrate', 0, 4e12);
    expect([...read!.publishedMs]).toEqual([1, 2, 3].map((day) => T + day * DAY_MS));
    expect([...read!.value]).toEqual([0.5, 1.5, 2.5]);
  });

  it('may be published later than it is stamped, and asks which of two values', async () => {
    const text = `t,a,b\n${T},1,2\n${T + HOUR_MS},3,4\n`;
    const { outcome } = await give('a.csv', text, { column: 'x' });
    expect(outcome.status === 'failed' && outcome.problems[0]).toContain('--columns value=NAME');
    const columns = { value: 'b' };
    await give(
      'a.csv',
      text.replaceAll(`${T},`, `${T + 1},`),
      { column: 'x', columns },
      { publishedAfterMs: HOUR_MS },
    );
    const read = await room.store.readSeries('x', 0, 4e12);
    expect([...read!.publishedMs]).toEqual([T + 1 + HOUR_MS, T + 2 * HOUR_MS]);
    expect([...read!.value]).toEqual([2, 4]);
  });

  it('of headlines is the mean mood of a day, 0 to 100, each known no earlier than it was', async () => {
    const rows = [
      [T + HOUR_MS, 'good, "very"', 0.5],
      [T + 2 * HOUR_MS, 'bad', -1],
      [T + 26 * HOUR_MS, 'fine\nindeed', 1],
      [T + 3 * DAY_MS, 'a day, not a time', 0],
    ];
    const text = `ts,text,score\n${rows.map(([t, words, score]) => `${t},"${String(words).replaceAll('"', '""')}",${score}`).join('\n')}\n`;
    await give('news__HEADLINES__x.csv', text, undefined, { venue: 'news', symbol: undefined });
    const read = await room.store.readSeries('news', 0, 4e12);
    expect([...read!.publishedMs]).toEqual([
      T + HOUR_MS,
      T + 2 * HOUR_MS,
      T + 26 * HOUR_MS,
      T + 4 * DAY_MS,
    ]);
    // 0.5 -> 75; mean of 0.5 and -1 -> 37.5; 26 h: both others are 24 h old or more -> 100; 0 -> 50.
    expect([...read!.value]).toEqual([75, 37.5, 100, 50]);
  });
});
