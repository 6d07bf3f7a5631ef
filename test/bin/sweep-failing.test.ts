// Trials that go wrong in a sweep: each is a row with a code and is counted, and none takes others along.

import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { room } from '../support/cli.ts';
import { writeSmallStore } from '../support/small-store.ts';
import { ledgerOf, rowsOf, sweepJson, writeSpec } from './sweep-support.ts';

const here = room('sweep-failing');
const db = here.at('small.duckdb');
const BASE = ['--db', db, '--symbols', 'BTCUSDT'];

beforeAll(() => writeSmallStore(db));
afterAll(() => here.remove());

describe('trials that fail', () => {
  it('are rows with a code, counted in the result and in the ledger', async () => {
    const spec = writeSpec(here, 'failing.json', {
      config: 'sma-cross',
      parameters: {
        'consensus.holdThreshold': { values: [0.1, 0.9] },
        'parameters.fast': { values: [3, 5] },
      },
    });
    const runs = here.at('ledger-failing');
    const env = { SAPPHIRE_RUNS: runs };
    const { out, ...document } = await sweepJson(here, [spec, ...BASE], { env });
    expect(document).toMatchObject({ trials: 4, completed: 2, failed: 2 });
    const rows = rowsOf(out);
    expect(rows.map(({ code }) => code)).toEqual([null, null, 'refused', 'refused']);
    expect(rows[2]!.message).toContain('must not be above decision.consensus.actThreshold');
    expect(ledgerOf(runs).map(({ status }) => status)).toEqual([
      'finished',
      'finished',
      'failed',
      'failed',
      // The best at doubled costs, and one candle late.
      'finished',
      'finished',
    ]);
    // Once more, elsewhere: six trials that are known already.
    await sweepJson(here, [spec, ...BASE], { env });
    expect(ledgerOf(runs)).toHaveLength(6);
    expect(new Set(ledgerOf(runs).map(({ configDigest }) => configDigest)).size).toBe(6);
  });

  it('all of them end with code 1, a message and the rows', async () => {
    const spec = writeSpec(here, 'silent.json', {
      config: 'sma-cross',
      parameters: {
        'parameters.fast': { values: [30, 40] },
        'parameters.slow': { values: [4000] },
      },
    });
    const { code, stdout, stderr } = await here.call(['sweep', spec, ...BASE, '--json']);
    expect(code).toBe(1);
    expect(stderr).toBe(
      'error: none of 2 trials has a value (2 objective-undefined); ' +
        'the first: sharpe is not defined for this run (trades: 0)\n',
    );
    const { out, ...document } = JSON.parse(stdout);
    expect(document).toMatchObject({ trials: 2, completed: 0, failed: 2, best: null });
    expect(rowsOf(out)).toHaveLength(2);
  });

  it('because a strategy writes into the candles spoil the sweep: code 1, no result', async () => {
    const cwd = here.folder('spoilt');
    const source = `import { defineStrategy } from 'sapphire';
      export default defineStrategy({
        name: 'mine',
        parameters: { n: { default: 1, integer: true } },
        decide: ({ i, columns, parameters: { n } }) => {
          if (n === 2 && i === 300) columns.close[299] += 1;
          return i % 20 < n ? 1 : 0;
        },
      });`;
    writeFileSync(join(cwd, 'mine.ts'), source);
    const spec = writeSpec(here, 'spoilt.json', {
      parameters: { 'parameters.n': { from: 1, to: 3, step: 1 } },
    });
    const words = ['sweep', spec, ...BASE, '--strategy', './mine.ts'];
    const { code, stdout, stderr } = await here.sapphire(words, { cwd });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('a strategy wrote into the candles');
    const [name] = readdirSync(join(cwd, 'runs')).filter((one) => one.endsWith('-sweep'));
    const again = await here.sapphire(['sweep', '--resume', join(cwd, 'runs', name!)]);
    expect(again.code).toBe(2);
    expect(again.stderr).toContain('must be swept anew: a strategy wrote into the candles');
  });

  it('by killing their worker twice are lost, and the others are not', async () => {
    const cwd = here.folder('lost');
    const source = `import { defineStrategy } from 'sapphire';
      import { isMainThread } from 'node:worker_threads';
      export default defineStrategy({
        name: 'mine',
        parameters: { n: { default: 1, integer: true } },
        decide: ({ i, parameters: { n } }) => {
          if (n === 3 && !isMainThread) process.exit(9);
          console.log('noise');
          return i % 20 < n ? 1 : 0;
        },
      });`;
    writeFileSync(join(cwd, 'mine.ts'), source);
    const spec = writeSpec(here, 'lost.json', {
      parameters: { 'parameters.n': { from: 1, to: 6, step: 1 } },
    });
    const words = ['sweep', spec, ...BASE, '--strategy', './mine.ts', '--json', '--workers', '2'];
    const { code, stdout } = await here.sapphire(words, { cwd });
    expect(code).toBe(0);
    const { out } = JSON.parse(stdout);
    expect(rowsOf(out).map((row) => row.code)).toEqual([
      null,
      null,
      'worker-lost',
      null,
      null,
      null,
    ]);
    expect(rowsOf(out)[2]!.message).toContain('exit code 9');
  });
});
