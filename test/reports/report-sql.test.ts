// Every number of the page equals the one in result.json, or is worked out again by other means: SQL over
// the Parquet files that lie beside it. What SQL says is written with the same number formats, nothing
// else. A number that nothing covers fails the last test, which names it.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resultDigest } from '../../data/runs/canonical.ts';
import { readRun, writeRun } from '../../data/runs/folder.ts';
import { sampleResult } from '../support/sample-result.ts';
import { BY_ACCOUNT } from './numbers/by-account.ts';
import { BY_DATA } from './numbers/by-data.ts';
import { BY_DAYS } from './numbers/by-days.ts';
import { BY_RESULT } from './numbers/by-result.ts';
import { BY_TRADES } from './numbers/by-trades.ts';
import { poolOf } from './numbers/facts-pool.ts';
import { Numbers } from './numbers/numbers.ts';
import { pageOf } from './page.ts';

/** A run that made a little money, so that a track record is asked for; some of its candles are missing. */
const SAMPLE = { trades: 160, hole: [1000, 1100], seed: 18 } as const;

/** Places that repeat result.json. */
const FROM_RESULT = [
  'header',
  '.cards',
  'section[aria-label="The numbers that matter"]',
  '#statistics',
  '#attribution',
  '#track-records',
  '#memory',
  '#execution',
  '#decisions',
  '#provenance',
  '#trust',
  '.warnings',
  'footer',
].join(', ');

/** Numbers that the words of the page are made of, and that are none of the run's. */
const OF_THE_WORDS: readonly (readonly [selector: string, begins: string, numbers: string[]])[] = [
  ['th', 'Days for', ['0.95']],
  ['p', 'Brier score:', ['1', '0', '0.5', '0.25']],
  ['p', 'From above:', ['150', '0.60', '2026']],
  ['p', 'Implementation shortfall', ['1988']],
  ['p', 'n/a: this Sharpe', ['30']],
  ['p', 'Brier score', ['1', '0', '0.5', '0.25']],
  ['p', 'All times are UTC', ['00:00', '1']],
];

let root: string;
let dir: string;
let duck: DuckDBConnection;
let numbers: Numbers;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'sapphire-sql-'));
  const sample = sampleResult(SAMPLE);
  const whole = { ...sample, resultDigest: resultDigest(sample.facts) };
  dir = await writeRun(root, whole, { report: '' });
  // Drawn from the folder alone.
  const result = await readRun(dir);
  duck = await (await DuckDBInstance.create(':memory:')).connect();
  for (const name of ['trades', 'fills', 'equity', 'decisions', 'funding', 'vote-spans']) {
    await duck.run(
      `CREATE TABLE ${name.replace('-', '')} AS SELECT * FROM '${dir}/${name}.parquet'`,
    );
  }
  const { cashUsd } = result.facts;
  await duck.run(`CREATE VIEW closed AS SELECT * FROM trades WHERE exitReason <> 'open'`);
  // One return a UTC day; a close at midnight ends its day, and the first day starts from the cash.
  await duck.run(`CREATE TABLE days AS
    WITH ends AS (
      SELECT ceil(closeMs / 86400000)::BIGINT - 1 AS day, arg_max(equityUsd, closeMs) AS equity
      FROM equity GROUP BY day)
    SELECT day, equity / lag(equity, 1, ${cashUsd}) OVER (ORDER BY day) - 1 AS r,
      lag(equity, 1, ${cashUsd}) OVER (ORDER BY day) AS began FROM ends ORDER BY day`);
  // Each close below the highest before it; a spell lasts from a highest close to the next.
  await duck.run(`CREATE TABLE falls AS
    WITH peaks AS (SELECT *, greatest(${cashUsd},
      max(equityUsd) OVER (ORDER BY closeMs ROWS UNBOUNDED PRECEDING)) AS peak FROM equity)
    SELECT *, equityUsd / peak - 1 AS fall,
      sum(CASE WHEN equityUsd >= peak THEN 1 ELSE 0 END) OVER (ORDER BY closeMs) AS spell FROM peaks`);
  numbers = new Numbers(await pageOf(result), result, duck);
}, 120_000);

afterAll(() => {
  duck?.closeSync();
  rmSync(root, { recursive: true, force: true });
});

describe('by SQL over the run folder come out as on the page', () => {
  it.each([...BY_TRADES, ...BY_DAYS, ...BY_ACCOUNT, ...BY_RESULT, ...BY_DATA])(
    '$claim',
    ({ check }) => check(numbers),
  );
});

it('no number of the page is left that neither SQL nor result.json tells', () => {
  const pool = poolOf(JSON.parse(readFileSync(join(dir, 'result.json'), 'utf8')));
  // Of the name of the digest.
  pool.add('-256');
  numbers.pool(FROM_RESULT, pool);
  for (const one of OF_THE_WORDS) numbers.words(...one);
  expect(numbers.left()).toEqual([]);
});
