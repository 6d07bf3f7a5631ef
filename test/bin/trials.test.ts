// `sapphire trials`: families are told apart, reruns are no trials, failed ones are, and a ledger that
// was torn or written to by something else is read for what it is worth.

import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordTrials, type Trial } from '../../data/runs/ledger.ts';
import { room } from '../support/cli.ts';
import { writeSmallStore } from '../support/small-store.ts';

const here = room('trials');
const db = here.at('small.duckdb');

beforeAll(() => writeSmallStore(db));
afterAll(() => here.remove());

function trialOf(changes: Partial<Trial> = {}): Trial {
  return {
    strategyDigest: 'a1b2c3d4e5f6'.repeat(5),
    symbols: ['BTCUSDT', 'ETHUSDT'],
    configDigest: 'c1',
    dataDigest: 'd1'.repeat(30),
    startedAt: '2025-11-20T21:30:45.000Z',
    status: 'finished',
    ...changes,
  };
}

/** A folder whose ledger holds these. */
async function withLedger(trials: readonly Trial[]): Promise<string> {
  const cwd = here.folder();
  await recordTrials(`${cwd}/runs`, trials);
  return cwd;
}

interface Document {
  readonly ledger: string;
  readonly trials: number;
  readonly families: readonly {
    readonly id: string;
    readonly strategy: string | null;
    readonly trials: number;
    readonly finished: number;
    readonly failed: number;
    readonly aborted: number;
    readonly counted: number;
    readonly bestSharpe: number | null;
    readonly firstAt: string;
    readonly lastAt: string;
    readonly symbols: readonly string[];
    readonly data: string | null;
    readonly list?: readonly { readonly status: string; readonly run: string | null }[];
  }[];
  readonly familiesLeftOut: number;
  readonly passedOver: readonly { readonly line: number; readonly rule: string }[];
}

async function told(cwd: string, ...words: string[]): Promise<Document> {
  const { code, stdout, stderr } = await here.call(['trials', '--json', ...words], { cwd });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
}

const CROSS = `import { defineStrategy, sma } from 'sapphire';
export default defineStrategy({
  name: 'my-cross',
  parameters: { fast: { default: 5, min: 1 } },
  features: (p) => ({ fast: sma(p.fast), slow: sma(20) }),
  decide({ i, parameters, features: { fast, slow } }) {
    if (parameters.fast === 7) throw new Error('unlucky');
    return slow[i] > 0 ? (fast[i] > slow[i] ? 1 : 0) : undefined;
  },
});
`;

describe('after some backtests', () => {
  it('says how many are counted: of an edited source, on other candles, too', async () => {
    const cwd = here.folder();
    const backtest = async (source: string, ...more: string[]) => {
      writeFileSync(`${cwd}/my.ts`, source);
      const words = ['backtest', '--json', '--db', db, '--strategy', './my.ts', ...more];
      const { out } = JSON.parse((await here.call(words, { cwd })).stdout);
      return JSON.parse(readFileSync(`${out}/result.json`, 'utf8')).circumstances.trialNumber;
    };
    expect(await backtest(CROSS, '--to', '2025-01-10')).toBe(1);
    expect(await backtest(CROSS.replace('sma(20)', 'sma(21)'), '--from', '2025-01-03')).toBe(2);
    expect(await backtest(CROSS, '--from', '2025-01-11')).toBe(2);

    const { families } = await told(cwd);
    expect(families.map(({ trials, counted }) => [trials, counted])).toEqual([
      [1, 2],
      [1, 3],
      [1, 2],
    ]);
    const { stdout } = await here.call(['trials'], { cwd });
    expect(stdout).toMatch(/my-cross {3}1 trial, counted as 3 {3}/);
  });

  it('lists families with name, trials, best Sharpe and times; reruns are none, failed ones are', async () => {
    const cwd = here.folder();
    writeFileSync(`${cwd}/my.ts`, CROSS);
    const sharpes: number[] = [];
    const backtest = async (...more: string[]) => {
      const words = ['backtest', '--json', '--db', db, '--strategy', './my.ts', ...more];
      const { stdout } = await here.call(words, { cwd });
      const { statistics } = JSON.parse(stdout);
      if (statistics) sharpes.push(statistics.sharpe);
    };
    await backtest();
    await backtest();
    await backtest('--set', 'parameters.fast=7');
    await backtest('--set', 'parameters.fast=3');
    const both = sharpes.length;
    await backtest('--symbols', 'ETHUSDT');

    const { ledger, trials, families, familiesLeftOut, passedOver } = await told(cwd);
    expect([ledger, trials, familiesLeftOut, passedOver]).toEqual(['runs/trials.ndjson', 4, 0, []]);
    expect(families).toHaveLength(2);
    const [second, first] = families;
    expect(first).toMatchObject({
      strategy: 'my-cross',
      symbols: ['BTCUSDT', 'ETHUSDT'],
      data: '1h, 2025-01-01 to 2025-01-17',
      trials: 3,
      finished: 2,
      failed: 1,
      aborted: 0,
      bestSharpe: Math.max(...sharpes.slice(0, both)),
    });
    expect(second).toMatchObject({ trials: 1, symbols: ['ETHUSDT'], bestSharpe: sharpes.at(-1) });
    const times = readFileSync(`${cwd}/runs/trials.ndjson`, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).startedAt);
    expect([first!.firstAt, first!.lastAt, second!.lastAt]).toEqual([times[0], times[2], times[3]]);

    const { code, stdout } = await here.call(['trials'], { cwd });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^trials {5}4 trials in 2 families {3}runs\/trials\.ndjson\n/);
    expect(stdout).toMatch(
      /\n[0-9a-f]{8} {3}my-cross {3}3 trials \(1 failed\) {3}best Sharpe -?\d/,
    );
    expect(stdout).toContain('BTCUSDT, ETHUSDT   1h, 2025-01-01 to 2025-01-17\n');
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100);

    const one = await told(cwd, '--family', first!.id);
    expect(one.families.map(({ id }) => id)).toEqual([first!.id]);
    expect(one.families[0]!.list!.map(({ status }) => status)).toEqual([
      'finished',
      'failed',
      'finished',
    ]);
    const byName = await here.call(['trials', '--family', 'my-cross', '--limit', '1'], { cwd });
    expect(byName.stdout).toContain('4 trials in 2 families');
    expect(byName.stdout).toMatch(
      / {2}trial {4}20\S+ \S+ {3}finished {3}config [0-9a-f]{12} {3}Sharpe/,
    );
    expect(byName.stdout).toContain('and 2 more (--limit)');

    // Without the folders the ledger still knows how many there were.
    for (const { list } of (await told(cwd, '--family', 'my-cross')).families) {
      for (const { run } of list!) if (run) rmSync(`${cwd}/runs/${run}`, { recursive: true });
    }
    const bare = await told(cwd);
    expect(bare.families.map((one) => [one.trials, one.strategy, one.bestSharpe])).toEqual([
      [1, 'my-cross', null],
      [3, 'my-cross', null],
    ]);
  });
});

describe('a ledger', () => {
  it('that is empty or missing says how to get a trial', async () => {
    const missing = here.folder();
    const empty = here.folder();
    mkdirSync(`${empty}/runs`);
    writeFileSync(`${empty}/runs/trials.ndjson`, '');
    for (const cwd of [missing, empty]) {
      const { code, stdout, stderr } = await here.call(['trials'], { cwd });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toContain('no trials yet in runs/trials.ndjson');
      expect(stdout).toContain('npm run backtest');
      expect(await told(cwd, '--family', 'any')).toMatchObject({ trials: 0, families: [] });
    }
  });

  it('with torn and foreign lines names them and counts the rest', async () => {
    const trials = [trialOf(), trialOf({ configDigest: 'c2', status: 'aborted' })];
    const cwd = await withLedger(trials);
    const path = `${cwd}/runs/trials.ndjson`;
    appendFileSync(path, '{"startedAt":"2025-11-2\n\n{"hello":1}\n[]\nnull\n"text"\n');
    await recordTrials(`${cwd}/runs`, [trialOf({ configDigest: 'c3', status: 'failed' })]);
    appendFileSync(path, '{"startedAt":"2025');
    const { trials: count, families, passedOver } = await told(cwd);
    expect(count).toBe(3);
    expect(families[0]).toMatchObject({ trials: 3, finished: 1, failed: 1, aborted: 1 });
    expect(passedOver.map(({ line }) => line)).toEqual([3, 5, 6, 7, 8, 10]);
    const { code, stdout, stderr } = await here.call(['trials'], { cwd });
    expect(code).toBe(0);
    expect(stdout).toContain('3 trials (1 failed, 1 aborted)');
    const lines = stderr.trimEnd().split('\n');
    expect(lines).toHaveLength(6);
    expect(lines[0]).toBe(
      'runs/trials.ndjson:3: must be JSON: it is torn, or something else wrote it; passed over',
    );
    expect(lines[1]).toContain(
      'runs/trials.ndjson:5: must be a trial: lacks strategyDigest, configDigest, dataDigest, symbols',
    );
  });

  it('counts one trial that first failed and then finished, with both times', async () => {
    const cwd = await withLedger([trialOf({ status: 'failed' })]);
    await recordTrials(`${cwd}/runs`, [trialOf({ startedAt: '2025-11-21T08:00:00.000Z' })]);
    const { families } = await told(cwd);
    expect(families).toHaveLength(1);
    expect(families[0]).toMatchObject({
      trials: 1,
      finished: 1,
      failed: 0,
      firstAt: '2025-11-20T21:30:45.000Z',
      lastAt: '2025-11-21T08:00:00.000Z',
    });
  });

  it('may hold names and Sharpe ratios itself', async () => {
    const cwd = await withLedger([
      trialOf({ strategy: 'swarm of 4 agents', sharpe: 0.5 }),
      trialOf({ strategy: 'swarm of 4 agents', configDigest: 'c2', sharpe: -1.25 }),
      trialOf({ strategy: 'swarm of 4 agents', configDigest: 'c3', sharpe: null }),
    ]);
    const { families } = await told(cwd, '--family', 'Swarm');
    expect(families[0]).toMatchObject({ strategy: 'swarm of 4 agents', bestSharpe: 0.5 });
  });

  it('is listed from the newest family on, as many as asked for', async () => {
    const trials = Array.from({ length: 25 }, (_, k) =>
      trialOf({
        dataDigest: `e${k}`,
        startedAt: `2025-11-20T21:30:${String(k).padStart(2, '0')}.000Z`,
      }),
    );
    const cwd = await withLedger(trials);
    const two = await told(cwd, '--limit', '2');
    expect(two.families.map(({ lastAt }) => lastAt.slice(-7, -5))).toEqual(['24', '23']);
    expect([two.trials, two.familiesLeftOut]).toEqual([25, 23]);
    const { stdout } = await here.call(['trials'], { cwd });
    expect(stdout).toContain('25 trials in 25 families');
    expect(stdout).toMatch(/\nand 5 families more \(--limit\)\n$/);
    const bySource = await told(cwd, '--family', 'A1B2');
    expect(bySource.trials).toBe(25);
  });

  it('is where SAPPHIRE_RUNS says', async () => {
    const cwd = await withLedger([trialOf()]);
    const env = { SAPPHIRE_RUNS: `${cwd}/runs` };
    const { stdout } = await here.sapphire(['trials'], { cwd: here.folder(), env });
    expect(stdout).toContain('1 trial in 1 family');
  });
});

describe('bad input', () => {
  it.each([
    ['--limit 0', '--limit: must be a whole number, 1 or more, was "0"'],
    ['--limit all', '--limit: must be a whole number, 1 or more, was "all"'],
    ['--family sma-cros', 'was "sma-cros" (did you mean sma-cross?)'],
    ['--family ffffffff', '--family: must be a strategy or a digest in the ledger (sma-cross)'],
    ['--famly x', '--famly: unknown option (did you mean --family?)'],
  ])('%s is refused with exit code 2', async (words, says) => {
    const cwd = await withLedger([trialOf({ strategy: 'sma-cross' })]);
    const { code, stdout, stderr } = await here.call(['trials', ...words.split(' ')], { cwd });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(says);
    expect(stderr).toMatch(/^error: /);
  });

  it('a ledger that is a folder is refused', async () => {
    const cwd = here.folder();
    mkdirSync(`${cwd}/runs/trials.ndjson`, { recursive: true });
    const { code, stderr } = await here.call(['trials'], { cwd });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: \S*trials\.ndjson: must be a readable file\n$/);
  });
});
