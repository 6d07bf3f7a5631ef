// `sapphire report` as a person types it: the page again, comparisons, names of runs, prints, and what
// it says to a folder that is no run or has lost a file.

import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHROMIUM } from '../support/chromium.ts';
import { filesBelow, room, sha256File } from '../support/cli.ts';
import { writeSmallStore } from '../support/small-store.ts';

const here = room('report');
let folders: string[] = [];

beforeAll(async () => {
  await writeSmallStore(here.at('store.duckdb'));
  folders = [];
  for (const fast of ['5', '20']) {
    const words = `backtest --strategy sma-cross --db store.duckdb --interval 1h --json`.split(' ');
    const { stdout } = await here.call([...words, '--set', `parameters.fast=${fast}`]);
    folders.push(JSON.parse(stdout).out);
  }
});
afterAll(() => here.remove());

const bytesOf = (folder: string) =>
  filesBelow(folder).map((name) => [name, sha256File(join(folder, name))]);

describe('the page of a run, drawn again', () => {
  it('lies beside the run folder with the bytes of its own page, and the folder is untouched', async () => {
    const [folder] = folders as [string, string];
    const before = bytesOf(folder);
    const { code, stdout } = await here.sapphire(['report', folder]);
    expect(code).toBe(0);
    expect(stdout).toContain('the same bytes as its report.html');
    expect(sha256File(`${folder}.html`)).toBe(sha256File(join(folder, 'report.html')));
    expect(bytesOf(folder)).toEqual(before);
  });

  it('needs nothing but the folder: no store, no config, no other page', async () => {
    const alone = here.folder('elsewhere');
    const copy = join(alone, 'run');
    cpSync(folders[0]!, copy, { recursive: true });
    rmSync(join(copy, 'report.html'));
    const { code } = await here.call(['report', 'run', '--out', 'page/of.html'], {
      cwd: alone,
    });
    expect(code).toBe(0);
    const own = sha256File(join(folders[0]!, 'report.html'));
    expect(sha256File(join(alone, 'page/of.html'))).toBe(own);
  });
});

describe('an export', () => {
  it('is a folder of tables beside the page, named in the document', async () => {
    const words = ['report', 'latest', '--export', 'tables', '--format', 'csv', '--json'];
    const { code, stdout } = await here.call(words);
    expect(code).toBe(0);
    expect(JSON.parse(stdout).export).toBe(here.at('tables'));
    const names = ['equity', 'fills', 'orders', 'returns', 'trades', 'votes'];
    expect(filesBelow(here.at('tables'))).toEqual(names.map((name) => `${name}.csv`));
  });
});

describe('a comparison', () => {
  it('is one page with equal bytes every time, and one JSON document', async () => {
    const { code, stdout } = await here.call(['report', 'latest~1', 'latest', '--json']);
    expect(code).toBe(0);
    const document = JSON.parse(stdout);
    expect(document.config).toEqual({ 'decision.parameters.fast': ['5', '20'] });
    expect(document.runs.map((run: { out: string }) => run.out)).toEqual(folders);
    expect(document.pairs[0].days).toBe(17);
    const first = sha256File(document.report);
    const again = await here.call(['report', ...folders]);
    expect(again.stdout).toContain('unchanged');
    expect(sha256File(document.report)).toBe(first);
    for (const line of again.stdout.split('\n').slice(0, -2)) {
      expect([...line].length, line).toBeLessThanOrEqual(100);
    }
  });

  it('takes at most six', async () => {
    const { code, stderr } = await here.call(['report', ...Array(7).fill('latest')]);
    expect(code).toBe(2);
    expect(stderr).toBe('error: runs: must be at most 6 runs, was 7\n');
  });
});

describe('what is no whole run', () => {
  const broken = (name: string, change: (folder: string) => void) => {
    const folder = here.at(name);
    cpSync(folders[0]!, folder, { recursive: true });
    change(folder);
    return folder;
  };

  it.each([
    ['fills', (at: string) => rmSync(join(at, 'fills.parquet')), /fills\.parquet: must exist/],
    ['torn', (at: string) => writeFileSync(join(at, 'equity.parquet'), 'x'), /must be a Parquet/],
    ['empty', (at: string) => rmSync(join(at, 'result.json')), /must be a run folder/],
    [
      'version',
      (at: string) => {
        const path = join(at, 'result.json');
        const text = readFileSync(path, 'utf8');
        writeFileSync(path, text.replace(/"schemaVersion": \d+/, '"schemaVersion": 99'));
      },
      /must have schemaVersion \d+, was 99/,
    ],
  ])('is one error and exit 2: %s', async (name, change, words) => {
    const folder = broken(name, change);
    const { code, stdout, stderr } = await here.call(['report', folder]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(words);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(existsSync(`${folder}.html`)).toBe(false);
  });

  it.each([
    [['latest~7'], 'must be one of the 2 runs in'],
    [['nothing-here'], 'must be a run: a folder, latest'],
    [['latest', '--out', 'RUN/report.html'], 'must not be in a run folder'],
    [
      ['latest', '--format', 'cvs'],
      '--format: must be one of parquet, csv, arrow, was "cvs" (did you mean csv?)',
    ],
    [['latest', 'latest', '--export', 'x'], '--export: takes one run'],
    [['latest', '--png'], 'CHROMIUM: must be the path of a browser, was "/nowhere"'],
  ])('names what is wrong with %s', async (words, rule) => {
    const typed = words.map((word) => word.replace('RUN', folders[0]!));
    const env = { CHROMIUM: '/nowhere' };
    const { code, stderr } = await here.call(['report', ...typed], { env });
    expect(code).toBe(2);
    expect(stderr).toContain(rule);
  });
});

describe.skipIf(CHROMIUM === undefined)('a print', () => {
  it('is a picture and a paper beside the page', async () => {
    const env = { CHROMIUM: CHROMIUM! };
    const words = ['report', ...folders, '--png', '--pdf', 'paper.pdf', '--json'];
    const { code, stdout, stderr } = await here.sapphire(words, { env });
    expect(code, stderr).toBe(0);
    const { report, png, pdf } = JSON.parse(stdout);
    expect(png).toBe(report.replace(/html$/, 'png'));
    const picture = readFileSync(png);
    expect(picture.subarray(1, 4).toString()).toBe('PNG');
    expect(picture.readUInt32BE(16)).toBe(1280);
    expect(picture.readUInt32BE(20)).toBeGreaterThan(1500);
    expect(pdf).toBe(here.at('paper.pdf'));
    expect(readFileSync(pdf).subarray(0, 5).toString()).toBe('%PDF-');
  });
});
