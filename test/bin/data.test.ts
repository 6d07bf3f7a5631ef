// `sapphire data` as a person uses it: what stands on stdout and stderr, and how it exits.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { register } from '../../bin/data.ts';
import { InputError } from '../../engine/errors.ts';
import { HOUR_MS } from '../../engine/interval.ts';

let folder: string;
let db: string;
let before: typeof process.exitCode;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sapphire-data-verb-'));
  db = join(folder, 'market.duckdb');
  before = process.exitCode;
  process.exitCode = undefined;
});
afterEach(() => {
  process.exitCode = before;
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs `sapphire data ...words` in this process and gives what it printed. */
async function data(...words: string[]): Promise<{ out: string; err: string; code: unknown }> {
  let [out, err] = ['', ''];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    err += String(text);
    return true;
  });
  const program = new Command('sapphire').exitOverride();
  program.configureOutput({ writeErr: () => {}, writeOut: (text) => (out += text) });
  register(program);
  for (const verb of program.commands) for (const noun of verb.commands) noun.exitOverride();
  try {
    await program.parseAsync(['data', ...words], { from: 'user' });
  } finally {
    vi.restoreAllMocks();
  }
  return { out, err, code: process.exitCode };
}

const T = 1735689600000;
const line = (hour: number, close = 100) => `${T + hour * HOUR_MS},100,101,99,${close},5`;
const csv = (...lines: string[]) => `ts,open,high,low,close,volume\n${lines.join('\n')}\n`;

function give(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe('sapphire data import', () => {
  it('prints a line per file and a total', async () => {
    const path = give('v__BTCUSDT__1h.csv', csv(line(0), line(1), line(4)));
    const { out, code } = await data('import', path, '--db', db);
    expect(out).toBe(
      'imported  v__BTCUSDT__1h.csv: v BTCUSDT 1h, 3 added, 0 unchanged, ' +
        '2025-01-01 00:00 to 2025-01-01 04:00, 1 gap (2 missing)\n' +
        '1 file imported, 0 skipped, 0 failed: 3 rows added, 0 unchanged\n',
    );
    expect(code).toBeUndefined();
  });

  it('goes on after a bad file, keeps what was good, says why, and exits with 2', async () => {
    mkdirSync(join(folder, 'in'));
    give('in/a__BTCUSDT__1h.csv', csv(line(0), line(1), line(2, 999)));
    give('in/b__BTCUSDT__1h.csv', csv(line(0), line(1), line(2)));
    give('in/c__BTCUSDT__index1h.csv', csv(line(0)));
    const { out, err, code } = await data('import', join(folder, 'in'), '--db', db, '--json');
    expect(code).toBe(2);
    expect(err).toBe('');
    const document = JSON.parse(out);
    expect(document.total).toEqual({
      imported: 1,
      skipped: 1,
      failed: 1,
      added: 3,
      unchanged: 0,
      conflicts: 0,
    });
    expect(document.files.map((file: { status: string }) => file.status)).toEqual([
      'failed',
      'imported',
      'skipped',
    ]);
    expect(document.files[0].problems[0]).toContain('a__BTCUSDT__1h.csv: line 4');
    const human = await data('import', join(folder, 'in'), '--db', db);
    expect(human.err).toBe('');
    expect(human.out).toMatch(/^FAILED {3}a__BTCUSDT__1h\.csv +line 4: must have high >= open/m);
    expect(human.out).toMatch(
      /^skipped {2}c__BTCUSDT__index1h\.csv +index and premium prices are/m,
    );
    expect(human.out).toContain('0 rows added, 3 unchanged');
  });

  it('of nothing but bad files makes no store', async () => {
    await data('import', give('a__B__1h.csv', '<html>'), join(folder, 'gone.csv'), '--db', db);
    expect(process.exitCode).toBe(2);
    await expect(data('list', '--db', db)).rejects.toBeInstanceOf(InputError);
  });

  it('of mark prices, by name or by --mark, keeps them apart and lists them as such', async () => {
    const named = give('v__BTCUSDT__mark1h.csv', csv(line(0), line(1), line(2)));
    const { out } = await data('import', named, '--db', db);
    expect(out).toContain('v__BTCUSDT__mark1h.csv: v BTCUSDT mark 1h, 3 added');
    const plain = give('v__ETHUSDT__1h.csv', csv(line(0), line(1)));
    await data('import', plain, '--mark', '--db', db);
    await data('import', plain, '--db', db);
    const listed = await data('list', '--db', db);
    const kinds = listed.out.split('\n').map((text) => text.split(/ {2,}/).slice(0, 3).join(' '));
    expect(kinds.slice(1, 4)).toEqual(['v BTCUSDT mark 1h', 'v ETHUSDT mark 1h', 'v ETHUSDT 1h']);
    const checked = await data('check', '--db', db, '--json');
    const { datasets } = JSON.parse(checked.out);
    expect(datasets.map((one: { kind: string }) => one.kind)).toEqual(['mark', 'mark', 'candles']);
    // Nothing is traded at the mark price: no volume is no fault of it.
    expect(datasets[0]).toMatchObject({ score: 100, report: { zeroVolume: 0 } });
  });

  it('takes venue, symbol and interval from flags, and refuses an unknown interval at once', async () => {
    const path = give('prices.csv', csv(line(0), line(1), line(2)));
    const named = ['--venue', 'mine', '--symbol', 'BTCUSD', '--db', db];
    await expect(data('import', path, ...named, '--interval', '1hour')).rejects.toThrow(
      /--interval: must be one of 1m/,
    );
    await data('import', path, ...named, '--interval', '1h');
    const { out } = await data('list', '--db', db, '--json');
    expect(JSON.parse(out).datasets).toMatchObject([
      { venue: 'mine', symbol: 'BTCUSD', interval: '1h', kind: 'candles', rows: 3 },
    ]);
  });

  it('needs a file', async () => {
    await expect(data('import', '--db', db)).rejects.toMatchObject({
      code: 'commander.missingArgument',
    });
    const none = join(folder, 'none');
    mkdirSync(none);
    await expect(data('import', none, '--db', db)).rejects.toThrow(
      /files: must be files, or folders/,
    );
  });
});

describe('sapphire data list, check and export', () => {
  beforeEach(async () => {
    const btc = give('v__BTCUSDT__1h.csv', csv(line(0), line(1), line(4)));
    const eth = give('w__ETHUSDT__1h.csv', csv(line(0), line(1)));
    const rates = give('v__BTCUSDT__funding.csv', `ts,rate\n${T},0.0001\n${T + 8 * HOUR_MS},0\n`);
    await data('import', btc, eth, rates, '--db', db);
  });

  it('list is an aligned table of all datasets', async () => {
    const { out } = await data('list', '--db', db);
    const digest = /[0-9a-f]{8}/g;
    expect(out.replaceAll(digest, '........')).toBe(
      [
        'venue  symbol   data     rows  from              to                files  digest',
        'v      BTCUSDT  1h          3  2025-01-01 00:00  2025-01-01 04:00      1  ........',
        'w      ETHUSDT  1h          2  2025-01-01 00:00  2025-01-01 01:00      1  ........',
        'v      BTCUSDT  funding     2  2025-01-01 00:00  2025-01-01 08:00      1  ........',
        '',
      ].join('\n'),
    );
  });

  it('check reports what is odd and exits with 0', async () => {
    const { out, code } = await data('check', '--db', db);
    // 2 of 5 candles are missing: 40 points is the most that costs.
    const span = '2025-01-01 00:00 to 2025-01-01 04:00';
    expect(out).toContain(`v BTCUSDT 1h: 3 candles, ${span}, score 60 (missing candles -40.0)\n`);
    expect(out).toContain('gaps         1, 2 candles missing: 2025-01-01 02:00 (2)');
    expect(out).toContain('w ETHUSDT 1h: 2 candles');
    expect(out).toContain('nothing to report');
    expect(code).toBeUndefined();
    const one = await data('check', '--symbol', 'BTCUSDT', '--db', db, '--json');
    const { datasets } = JSON.parse(one.out);
    expect(datasets.map((each: { kind: string }) => each.kind)).toEqual(['candles', 'funding']);
    expect(datasets[0].report).toMatchObject({ candles: 3, missing: 2, funding: { stamps: 1 } });
  });

  it('check names the symbols there are when asked for another', async () => {
    await expect(data('check', '--symbol', 'BTCUSD', '--db', db)).rejects.toThrow(
      '--symbol: must be one the store has: BTCUSDT, ETHUSDT, was "BTCUSD" (did you mean BTCUSDT?)',
    );
  });

  it('export writes one dataset, cut to --from and --to', async () => {
    const out = join(folder, 'out.csv');
    const words = ['export', '--out', out, '--symbol', 'BTCUSDT', '--db', db];
    await data(...words, '--from', '2025-01-01T01:00Z', '--to', '2025-01-01T04:00Z');
    expect(readFileSync(out, 'utf8')).toBe(
      `ts,open,high,low,close,volume\n${T + HOUR_MS},100.0,101.0,99.0,100.0,5.0\n`,
    );
    await expect(data(...words)).rejects.toThrow('must not exist yet');
    const all = await data(...words, '--force', '--json');
    expect(JSON.parse(all.out)).toMatchObject({ out, symbol: 'BTCUSDT', rows: 3 });
    await data('export', '--out', join(folder, 'rates.csv'), '--funding', '--db', db);
    expect(readFileSync(join(folder, 'rates.csv'), 'utf8')).toContain(`${T},0.0001\n`);
  });

  it('export must be told which dataset when there are several, and a real instant', async () => {
    const out = join(folder, 'out.parquet');
    await expect(data('export', '--out', out, '--db', db)).rejects.toThrow(
      'must name one dataset by --venue, --symbol and --interval: v BTCUSDT 1h, w ETHUSDT 1h',
    );
    await expect(data('export', '--out', out, '--from', 'monday', '--db', db)).rejects.toThrow(
      '--from: must be an instant',
    );
  });
});

describe('sapphire data export of mark prices', () => {
  it('writes them with --mark, and says so when there are none', async () => {
    const path = give('v__BTCUSDT__1h.csv', csv(line(0), line(1)));
    await data('import', path, '--db', db);
    const out = join(folder, 'out.csv');
    await expect(data('export', '--out', out, '--mark', '--db', db)).rejects.toThrow(
      /store: must hold mark prices: import some/,
    );
    await data('import', path, '--mark', '--interval', '1h', '--db', db);
    await data('export', '--out', out, '--mark', '--db', db);
    expect(readFileSync(out, 'utf8').split('\n')[0]).toBe('ts,open,high,low,close,volume');
    await expect(
      data('export', '--out', out, '--mark', '--funding', '--force', '--db', db),
    ).rejects.toThrow(/--mark: must not stand beside --funding/);
  });
});

describe('sapphire data export of many', () => {
  it('writes a shared folder and Arrow files, of the symbols asked for', async () => {
    await data('import', give('v__BTC__1h.csv', csv(line(0), line(1), line(2))), '--db', db);
    await data('import', give('v__ETH__1h.csv', csv(line(0))), '--db', db);
    const dir = join(folder, 'shared');
    const { out } = await data('export', '--parquet', dir, '--symbols', 'BTC', '--db', db);
    expect(out).toBe(`${dir}: 3 rows in 1 files\nread it: --db ${dir}\n`);
    const { out: listed } = await data('list', '--db', dir);
    expect(listed).toContain('BTC');
    expect(listed).not.toContain('ETH');
    const arrow = join(folder, 'arrow');
    const { out: document } = await data('export', '--arrow', arrow, '--db', dir, '--json');
    expect(JSON.parse(document)).toMatchObject({ rows: 3, files: [{ file: 'v__BTC__1h.arrow' }] });
  });

  it('refuses two targets, none, and a symbol that is not stored', async () => {
    await data('import', give('v__BTC__1h.csv', csv(line(0))), '--db', db);
    const dir = join(folder, 'shared');
    for (const words of [[], ['--parquet', dir, '--out', join(folder, 'a.csv')]]) {
      await expect(data('export', ...words, '--db', db)).rejects.toThrow('exactly one of --out');
    }
    const wrong = data('export', '--parquet', dir, '--symbols', 'BTC,ETH', '--db', db);
    await expect(wrong).rejects.toThrow('--symbols: must be stored (BTC), was "ETH"');
    const { out, code } = await data(
      'import',
      give('v__BTC__1h.csv', csv(line(3))),
      '--db',
      folder,
    );
    expect(out).toContain(`${folder}: must be a file`);
    expect(code).toBe(2);
  });
});
