// `sapphire walk-forward` as a person starts it, over the small store.

import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { room } from '../support/cli.ts';
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
  here.sapphire(['walk-forward', ...BASE, ...words], { env: { SAPPHIRE_RUNS: runs } });

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

  it.each([
    [['--folds', '20'], /--folds: must leave 2 days to each of 26 windows .*the data have 17 days/],
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
