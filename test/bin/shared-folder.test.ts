// Runs over a shared folder: the same digests as over the database that it was made of, in every verb
// that reads history, also where the default would look for the demonstration.

import { cpSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { room } from '../support/cli.ts';
import { writeSmallStore } from '../support/small-store.ts';
import { sweepJson, writeSpec } from './sweep-support.ts';

const here = room('shared-folder');
const db = here.at('small.duckdb');
const shared = here.at('shared');
const WORDS = [
  '--strategy',
  'sma-cross',
  '--set',
  'parameters.slow=12',
  '--set',
  'parameters.fast=4',
];

beforeAll(async () => {
  await writeSmallStore(db);
  const made = await here.call(['data', 'export', '--parquet', shared, '--db', db]);
  expect(made).toMatchObject({ code: 0 });
}, 120_000);
afterAll(() => here.remove());

async function documentOf(words: readonly string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await here.call([...words, '--json']);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return JSON.parse(stdout) as Record<string, unknown>;
}

describe('a shared folder in place of the database', () => {
  it('gives a backtest over a part of the range the same digests', async () => {
    const both = [];
    for (const from of [db, shared]) {
      const range = ['--from', '2025-01-05', '--to', '2025-01-12'];
      const run = await documentOf(['backtest', ...WORDS, '--db', from, ...range]);
      both.push([run['digest'], run['decisionDigest'], run['dataDigest'], run['configDigest']]);
    }
    expect(both[1]).toEqual(both[0]);
  }, 120_000);

  it('gives a sweep and a walk-forward the same results', async () => {
    const spec = writeSpec(here, 'grid.json', {
      config: 'sma-cross',
      parameters: { 'parameters.fast': { values: [3, 5] } },
      splits: { train: 0.7 },
    });
    const sweeps: string[] = [];
    const walks: unknown[] = [];
    for (const from of [db, shared]) {
      const options = { env: { SAPPHIRE_RUNS: here.folder() } };
      const where = ['--db', from, '--symbols', 'BTCUSDT', '--json'];
      sweeps.push((await sweepJson(here, [spec, ...where.slice(0, 4)], options)).digest);
      const walk = ['walk-forward', spec, ...where, '--folds', '2', '--train', '2'];
      const { code, stdout } = await here.call(walk, options);
      expect(code).toBe(0);
      walks.push(JSON.parse(stdout));
    }
    expect(sweeps[1]).toBe(sweeps[0]);
    expect(walks[1]).toEqual(walks[0]);
  }, 120_000);

  it('is refused in one line, with exit code 2, when a file of it is gone', async () => {
    const broken = here.at('broken');
    cpSync(shared, broken, { recursive: true });
    rmSync(here.at('broken/candles/venue=paperx/symbol=ETHUSDT'), { recursive: true });
    const { code, stdout, stderr } = await here.call(['backtest', ...WORDS, '--db', broken]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toMatch(/ETHUSDT.*rows\.parquet is missing; share it again/);
  }, 120_000);

  it('says what object storage needs', async () => {
    const { code, stderr } = await here.call(['backtest', '--db', 's3://bucket/history']);
    expect(code).toBe(2);
    expect(stderr).toContain("s3://bucket/history: needs DuckDB's httpfs");
  }, 120_000);
});
