// What importers refuse and why, and what importing promises: hostile files by name and reason,
// hostile rows by line; a refused file leaves nothing behind.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../data/digest.ts';
import { findFiles, importFile } from '../../data/importers/import.ts';
import { HOUR_MS } from '../../engine/interval.ts';
import { csv, HEADER, HOUR, importRoom, kline, row, T } from './import-room.ts';

const room = importRoom();
const { imported, refused, closes } = room;

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
    ['a JSON of something else', 'a.json', '{"a":1}', /must be an array of rows/],
    ['a header alone', 'a.csv', `${HEADER}\n`, /must have rows/],
    ['prices in no order', 'a.csv', '2025-01-01,3,1,2,9,5\n', /no order of prices fits/],
    ['no volume', 'a.csv', `ts,open,high,low,close\n${T},1,1,1,1\n`, /volume is not to be found/],
  ])(
    '%s (%s) is refused by name and reason, and leaves nothing',
    async (_what, name, content, why) => {
      const problem = await refused(name, content);
      expect(problem).toMatch(why);
      expect(problem).toContain(name);
      expect(await room.store.datasets()).toEqual([]);
    },
  );

  it('another file than the checksum beside it says', async () => {
    const path = join(room.folder, 'BTCUSDT-1h-2025-01.csv');
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
    ['no number', row(1).replace('100', 'NaN'), /must have numbers, has NaN, /],
    ['a word', row(1).replace(',100,', ',abc,'), /must have numbers, has abc, /],
    ['an empty cell', row(1).replace(',100,', ',,'), /must have numbers, has "", /],
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
    expect(await room.store.datasets()).toEqual([]);
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

  it('tells its interval by the steps between its rows, where neither name nor flag does', async () => {
    const { interval: _, ...unsaid } = HOUR;
    const said: string[] = [];
    const onGuess = (file: string, guess: string) => void said.push(`${file}: ${guess}`);
    const found = await imported('a.csv', csv(row(0), row(4), row(8), row(20)), {
      ...unsaid,
      onGuess,
    });
    expect(found).toMatchObject({ interval: '4h', added: 4, gaps: [{ missing: 2 }] });
    expect(said).toEqual(['a.csv: 4h candles, by the steps between them']);
    // One row has no steps, and a week is no interval that is kept.
    expect(await refused('b.csv', csv(row(0)), unsaid)).toContain('give --interval');
    expect(await refused('c.csv', csv(row(0), row(168), row(336)), unsaid)).toContain(
      'give --interval',
    );
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

describe('importing files', () => {
  it('a file that conflicts is refused by line, and --replace takes its word', async () => {
    await imported('a.csv', csv(row(0), row(1), row(2)));
    const [before] = await room.store.datasets();
    const other = csv(row(1), row(2, 150), row(3));
    expect(await refused('b.csv', other)).toMatch(
      /b\.csv: line 3: .*close 102.*close 150.*--replace/,
    );
    expect((await room.store.datasets())[0]).toEqual(before);
    const outcome = await imported('b.csv', other, { ...HOUR, replace: true });
    expect(outcome).toMatchObject({ added: 1, unchanged: 1, conflicts: 1 });
    expect(await closes()).toEqual([100, 101, 150, 103]);
    expect((await room.store.datasets())[0]!.sources.map(({ file }) => file)).toEqual([
      'a.csv',
      'b.csv',
    ]);
  });

  it('a room.folder is searched through in order of name, without dot files and checksums', async () => {
    mkdirSync(join(room.folder, 'in/deep'), { recursive: true });
    for (const name of ['b.csv', 'a.csv', '.hidden.csv', 'a.csv.CHECKSUM', 'deep/c.zip']) {
      writeFileSync(join(room.folder, 'in', name), 'x');
    }
    const found = findFiles([join(room.folder, 'in'), join(room.folder, 'gone.csv')]);
    expect(found.map(({ path, named }) => [path.slice(room.folder.length + 1), named])).toEqual([
      ['in/a.csv', false],
      ['in/b.csv', false],
      ['in/deep/c.zip', false],
      ['gone.csv', true],
    ]);
    const outcome = await importFile(found[3]!, {}, async () => room.store);
    expect(outcome).toMatchObject({
      status: 'failed',
      problems: [expect.stringMatching(/must exist/)],
    });
  });

  it('what is no data file is skipped in a folder', async () => {
    const path = join(room.folder, 'README.md');
    writeFileSync(path, '# hello');
    const outcome = await importFile({ path, named: false }, {}, async () => room.store);
    expect(outcome).toMatchObject({ status: 'skipped', reason: 'no market data file' });
  });

  it('does not open the store for a file that is bad', async () => {
    const path = join(room.folder, 'a.csv');
    writeFileSync(path, csv(row(0, -1)));
    let opened = false;
    const outcome = await importFile({ path, named: true }, HOUR, async () => {
      opened = true;
      return room.store;
    });
    expect([outcome.status, opened]).toEqual(['failed', false]);
  });
});

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = bytes.slice();
  copy[at]! ^= 0xff;
  return copy;
}
