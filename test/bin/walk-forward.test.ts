// `sapphire walk-forward` as a person starts it, over the small store.

import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DivisionFlags, walkOptions } from '../../bin/walk-forward-options.ts';
import { walkScreen } from '../../bin/walk-forward-screen.ts';
import { room, SCRIPT } from '../support/cli.ts';
import { writeSmallStore } from '../support/small-store.ts';
import { ledgerOf, writeSpec } from './sweep-support.ts';

const here = room('walk-forward');
const db = here.at('small.duckdb');
const BASE = ['--db', db, '--symbols', 'BTCUSDT'];
// Sixteen and a half days: four windows of four.
const SHORT = ['--folds', '2', '--train', '2'];
const SPEC = {
  config: 'sma-cross',
  parameters: { 'parameters.fast': { values: [3, 5] }, 'parameters.slow': { values: [13, 21] } },
  splits: { train: 0.7 },
};

beforeAll(() => writeSmallStore(db));
afterAll(() => here.remove());

const walk = (words: readonly string[], runs = here.at('runs')) =>
  here.call(['walk-forward', ...BASE, ...words], { env: { SAPPHIRE_RUNS: runs } });

describe('walk-forward', () => {
  const spec = writeSpec(here, 'grid.json', SPEC);

  it('searches each fold, counts every trial and gives every gate', async () => {
    const runs = here.folder();
    const out = here.at('verdict-1');
    const { code, stdout, stderr } = await walk([spec, ...SHORT, '--json', '--out', out], runs);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const document = JSON.parse(stdout);
    expect(document.list).toHaveLength(2);
    expect(document.list.map(({ trials }: { trials: number }) => trials)).toEqual([4, 4]);
    expect(document.stitched.dailyReturns.length).toBeGreaterThanOrEqual(8);
    expect(document.verdict.gates).toHaveLength(10);
    // 2 searches of 4, 2 folds traded, 4 points on all traded days, 2 + 2 under stress.
    expect(new Set(ledgerOf(runs).map(({ configDigest }) => configDigest)).size).toBe(18);
    expect(document.verdict.trials).toBe(18);
    const { passed, sentence, gates, configDigest, trials } = document.verdict;
    const written = JSON.parse(readFileSync(`${out}/verdict.json`, 'utf8'));
    expect(written).toMatchObject({ passed, sentence, gates, configDigest, trials });
    expect(written.validation).toEqual({ scheme: 'rolling', folds: 2, train: 2 });
    expect(JSON.parse(readFileSync(`${out}/walk-forward.json`, 'utf8'))).toEqual(document);
    expect(readFileSync(`${out}/report.html`, 'utf8')).toContain(sentence);

    const again = await walk([spec, ...SHORT, '--json'], runs);
    expect(JSON.parse(again.stdout)).toEqual(document);
    const twice = await walk([spec, ...SHORT, '--out', out], runs);
    expect(twice.code).toBe(2);
    expect(twice.stderr).toContain('--out: must be a folder without a verdict.json');
  });

  it('runs a strategy fold by fold, prints the gates, and --gate makes a failure 4', async () => {
    const words = ['--strategy', 'sma-cross', ...SHORT];
    const plain = await walk(words);
    expect(plain.code).toBe(0);
    expect(plain.stdout).toMatch(/^walk {7}sma-cross/);
    expect(plain.stdout).toMatch(/n\/a +probability of overfitting/);
    expect(plain.stdout).toMatch(/verdict +does not pass, of 10 gates/);
    const gated = await walk([...words, '--gate', '--anchored']);
    expect(gated.code).toBe(4);
  });

  it('trades every fold by searches around it, and joins them into paths', async () => {
    const runs = here.folder();
    const out = here.at('verdict-cross');
    const division = [
      '--scheme',
      'combinatorial',
      '--folds',
      '4',
      '--purge',
      '1',
      '--embargo',
      '1',
    ];
    const words = [spec, ...division, '--json', '--out', out];
    const { code, stdout, stderr } = await walk(words, runs);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const document = JSON.parse(stdout);
    const { splits, paths, judgedPath, groups, sharpe } = document.crossValidation;
    expect([groups.length, splits.length, paths.length]).toEqual([4, 6, 3]);
    // Seventeen days, the last one unfinished: one fold is a day longer.
    for (const { dailyReturns } of paths) expect(dailyReturns).toHaveLength(17);
    const ratios = paths.map((path: { sharpe: number }) => path.sharpe);
    expect([...ratios].sort((a, b) => a - b)).toEqual([sharpe.min, sharpe.median, sharpe.max]);
    expect(document.stitched.sharpe).toBe(paths[judgedPath - 1].sharpe);
    expect(document.stitched.sharpe).toBe(sharpe.median);
    // One search of 4 trials a split, whatever its pieces; every one is in the ledger, and so are a run of
    // the base config, 4 points on all days, at most 4 on each fold, and 4 + 4 under stress.
    const trials = new Set(ledgerOf(runs).map(({ configDigest }) => configDigest)).size;
    expect(document.verdict.trials).toBe(trials);
    expect(trials).toBeGreaterThanOrEqual(6 * 4 + 1 + 4 + 4 + 8);
    expect(trials).toBeLessThanOrEqual(6 * 4 + 1 + 4 + 16 + 8);
    expect(document.verdict.validation).toEqual({
      scheme: 'combinatorial',
      folds: 4,
      testFolds: 2,
      purgeDays: 1,
      embargoDays: 1,
      paths: 3,
    });
    expect(Object.keys(document.recommended)).toHaveLength(2);
    const page = readFileSync(`${out}/report.html`, 'utf8');
    expect(page).toContain('Spread over 3 paths');

    const layout = { width: 100, color: false };
    const screen = walkScreen({ document, written: ['here/verdict.json'], layout });
    expect(screen).toMatch(
      /^walk +sma-cross +combinatorial purged: 2 of 4 folds at a time, 3 paths/,
    );
    expect(screen).toMatch(/purged +1 day on either side of a test, 1 more after it/);
    expect(screen).toMatch(/paths +3 of all days, out of sample/);
    expect(screen).toContain(`median ${sharpe.median.toFixed(2)}`);
    expect(screen).toMatch(/written +here\/verdict.json$/);
  });

  it.each([
    [
      ['--scheme', 'purged', '--folds', '2', '--purge', '9'],
      /--purge: must leave days to train on/,
    ],
    [['--folds', '20'], /--folds: must leave 2 days to each of 26 windows .*the data have 17 days/],
    [['--out', SCRIPT], /--out: must be a folder that can be written \(it is a file\), was/],
    [['--folds', '0'], /--folds: must be a whole number, 1 to 100/],
    [
      ['--train', 'x', '--max-drawdown', '2'],
      /--max-drawdown: must be a fraction above 0[\s\S]*--train: must/,
    ],
  ])('refuses %j in words and leaves nothing behind', async (words, message) => {
    const runs = here.at('nothing');
    const { code, stderr } = await walk(['--strategy', 'sma-cross', ...words], runs);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
    expect(existsSync(runs)).toBe(false);
  });
});

describe('the division of a walk-forward', () => {
  it('is rolling over six folds, or fifteen splits of six, unless told otherwise', () => {
    expect(walkOptions({})).toMatchObject({ scheme: 'rolling', folds: 6, train: 6, limit: 0.25 });
    expect(walkOptions({ anchored: true })).toMatchObject({ scheme: 'anchored' });
    expect(walkOptions({ scheme: 'purged' })).toMatchObject({ testFolds: 1, purgeDays: null });
    const crossed = walkOptions({ scheme: 'combinatorial', embargo: '0' });
    expect(crossed).toMatchObject({ folds: 6, testFolds: 2, purgeDays: null, embargoDays: 0 });
  });

  it.each<[DivisionFlags, RegExp]>([
    [
      { scheme: 'purgd' },
      /--scheme: must be one of rolling, anchored, purged, combinatorial.*purged/,
    ],
    [
      { scheme: 'purged', train: '3', testFolds: '2', embargo: '-1' },
      /--train: must be left out[\s\S]*--test-folds: must be left out[\s\S]*--embargo: must be a whole/,
    ],
    [
      { purge: '3' },
      /--purge: must be left out: it is for --scheme purged and combinatorial, not rolling/,
    ],
    [{ scheme: 'combinatorial', testFolds: '6' }, /--test-folds: must be below .*folds \(6\)/],
    [{ scheme: 'purged', folds: '1' }, /--folds: must be a whole number, 2 to 100/],
    [{ scheme: 'purged', anchored: true }, /--anchored: must be left out with --scheme purged/],
    [{ scheme: 'combinatorial', purge: '1.5' }, /--purge: must be a whole number, 0 to 10000/],
  ])('%j is refused in words', (flags, message) => {
    expect(() => walkOptions(flags)).toThrow(message);
  });
});
