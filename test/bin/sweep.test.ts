// `sapphire sweep` from end to end: every row is a backtest that anybody can run alone, and the number
// of workers is nothing that a result knows of.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readReturns } from '../../data/runs/sweep-rows.ts';
import { DAY_MS } from '../../engine/interval.ts';
import { room } from '../support/cli.ts';
import { SMALL_ROWS, writeSmallStore } from '../support/small-store.ts';
import {
  factsBytes,
  factsOf,
  ledgerOf,
  planOf,
  rowsOf,
  type SweepDocument,
  sweepJson,
  writeSpec,
} from './sweep-support.ts';

const here = room('sweep');
const db = here.at('small.duckdb');
const BASE = ['--db', db, '--symbols', 'BTCUSDT'];
const FAST = 'decision.parameters.fast';
const SLOW = 'decision.parameters.slow';
const GRID = {
  config: 'sma-cross',
  parameters: {
    'parameters.fast': { values: [3, 5, 8] },
    'parameters.slow': { values: [13, 21] },
  },
};
const FILES = ['trials.ndjson', 'daily-returns.f64'];

beforeAll(() => writeSmallStore(db));
afterAll(() => here.remove());

/** The digests of a backtest of the same config and point alone. */
async function backtest(point: Readonly<Record<string, unknown>>, more: readonly string[] = []) {
  const sets = Object.entries(point).flatMap(([path, value]) => ['--set', `${path}=${value}`]);
  const words = ['--json', '--config', 'sma-cross', ...BASE, ...sets, ...more];
  const { code, stdout, stderr } = await here.call(['backtest', ...words]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const { digest, decisionDigest, configDigest, statistics } = JSON.parse(stdout);
  return { digest, decisionDigest, configDigest, statistics };
}

describe('a sweep of a grid', () => {
  const spec = writeSpec(here, 'grid.json', GRID);
  /** One sweep for all claims below. */
  let swept: SweepDocument;
  beforeAll(async () => {
    swept = await sweepJson(here, [spec, ...BASE, '--out', here.folder('kept')]);
  });

  it('has rows that are backtests alone, digest by digest', async () => {
    const { out, ...document } = swept;
    expect(document).toMatchObject({ trials: 6, completed: 6, failed: 0 });
    const rows = rowsOf(out);
    expect(rows.map(({ point }) => [point[FAST], point[SLOW]])).toEqual([
      [3, 13],
      [3, 21],
      [5, 13],
      [5, 21],
      [8, 13],
      [8, 21],
    ]);
    // Of every point: test/engine/research/sweep-trial.test.ts. Here by the command itself.
    for (const row of [rows[0]!, rows[5]!]) {
      const { point, digest, decisionDigest, configDigest, statistics } = row;
      const wanted = await backtest(point);
      expect({ digest, decisionDigest, configDigest, statistics }).toEqual(wanted);
    }
    const { index, values, parameters, digest } = document.best!;
    const sharpes = rows.map((row) => row.statistics!.sharpe!);
    expect(values).toEqual({ sharpe: Math.max(...sharpes) });
    expect(rows[index]).toMatchObject({ point: parameters, digest });
  });

  it('keeps a folder with the plan, a line and a row of returns a trial, and the result', () => {
    const { out, digest } = swept;
    expect(out).toMatch(/kept\/\d{8}T\d{6}Z-grid-[0-9a-f]{8}-sweep$/);
    expect(readdirSync(out).sort()).toEqual([
      'daily-returns.f64',
      'report.html',
      'result.json',
      'sweep.json',
      'trials.ndjson',
      'verdict.json',
    ]);
    const plan = planOf(out);
    // 400 hours are 16 days and 16 hours.
    expect(plan).toMatchObject({ name: 'grid', days: 17, symbols: ['BTCUSDT'], spec: GRID });
    const rows = rowsOf(out);
    const { values } = readReturns(join(out, 'daily-returns.f64'), 17, 0, 6);
    rows.forEach(({ statistics, days }, k) => {
      expect(days).toBe(17);
      const growth = values.subarray(17 * k, 17 * k + 17).reduce((all, one) => all * (1 + one), 1);
      expect(growth - 1).toBeCloseTo(statistics!.totalReturn, 12);
    });
    const { resultDigest } = JSON.parse(readFileSync(join(out, 'result.json'), 'utf8'));
    expect(digest).toBe(resultDigest);
    expect(factsOf(out)).toMatchObject({
      trials: 6,
      failures: {},
      isSynthetic: false,
      splits: null,
      front: [],
      ended: 'the budget of 6 trials is spent',
    });
  });

  it('says how the best stands among its neighbours, and why its verdict cannot pass', () => {
    const { sensitivity, best } = factsOf(swept.out);
    expect(sensitivity).toMatchObject({ best: best[0]!.index });
    // Of a grid of three by two all but two or none lie beside the best.
    expect([3, 5]).toContain(sensitivity!.neighbours);
    const verdict = JSON.parse(readFileSync(join(swept.out, 'verdict.json'), 'utf8'));
    expect(verdict.sensitivity).toEqual(sensitivity);
    const ofFold = verdict.gates.find((one: { id: string }) => one.id === 'fold-drawdown');
    expect(ofFold).toMatchObject({
      value: null,
      passed: null,
      why: expect.stringContaining('add "splits": { "train": 0.7 } to the sweep'),
    });
  });

  it('keeps rows to judge the best on with --gate, and is not begun where the sweep forbids it', async () => {
    const gated = await here.call(['sweep', spec, ...BASE, '--gate', '--top', '1']);
    expect(gated.code).toBe(4);
    expect(gated.stderr).toContain('the last 30 % of the rows are kept to judge the best on');
    const folder = gated.stdout.match(/^folder +(.+)$/m)![1]!;
    expect(factsOf(here.at(folder)).splits).toEqual({ train: 0.7, test: 0.3 });
    const never = writeSpec(here, 'never.json', { ...GRID, splits: null });
    const { code, stderr } = await here.call(['sweep', never, ...BASE, '--gate']);
    expect(code).toBe(2);
    expect(stderr).toContain('--gate: needs other "splits" than null in the sweep');
  });

  it('shows the best as a table, and says how many were tried', async () => {
    const { code, stdout, stderr } = await here.call(['sweep', spec, ...BASE, '--top', '2']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout.split('\n');
    expect(
      lines.find((line) => /^ +fast +slow +sharpe +trades +drawdown$/.test(line)),
    ).toBeDefined();
    expect(lines.filter((line) => /^[12] /.test(line))).toHaveLength(2);
    expect(stdout).toContain('6 trials were made: 6 completed; the budget of 6 trials is spent.');
    expect(stdout).toContain('The best of 6 is flattered by having been chosen.');
    expect(stdout).toMatch(
      /^Around the best there is a (plateau|spike): \d of its [35] neighbours/m,
    );
    expect(stdout).toContain('Nothing was kept from the search to judge the best on');
    expect(stdout).toMatch(/^verdict {4}does not pass, of 10 gates it fails/m);
    expect(lines.find((line) => line.startsWith('next'))).toMatch(
      /^next {7}npm run backtest -- --config \S.* --set parameters\./,
    );
    // What is to be copied stands whole, however long.
    const cut = lines.filter((line) => !/^(next|folder) /.test(line));
    expect(Math.max(...cut.map((line) => line.length))).toBeLessThanOrEqual(115);
  });
});

describe('the number of workers', () => {
  const common = {
    config: 'sma-cross',
    parameters: {
      'parameters.fast': { from: 2, to: 12, step: 1 },
      'parameters.slow': { from: 10, to: 40, step: 1 },
      'world.slippageBps': { from: 0, to: 20 },
    },
    budget: 24,
    batch: 6,
    splits: { train: 0.6 },
  };
  it.each([
    ['tpe', { ...common, sampler: { tpe: { startup: 8 } } }],
    ['halving', { ...common, sampler: { halving: { eta: 3 } } }],
    [
      'random, with two objectives',
      { ...common, sampler: 'random', objective: { sharpe: 'max', trades: 'min' } },
    ],
  ])('cannot be seen in the result of %s', async (name, spec) => {
    const file = writeSpec(here, `${name.slice(0, 6).replace(',', '')}.json`, spec);
    const files = [...FILES, 'test-trials.ndjson', 'test-returns.f64'];
    const found = [];
    for (const workers of ['1', name === 'tpe' ? '3' : '2']) {
      const words = [file, ...BASE, '--workers', workers, '--top', '4'];
      const { out, digest } = await sweepJson(here, [...words, '--out', here.folder()]);
      found.push({ digest, ...factsBytes(out, files) });
    }
    for (const one of found.slice(1)) expect(one).toEqual(found[0]);
  });
});

describe('splits', () => {
  const spec = writeSpec(here, 'splits.json', { ...GRID, splits: { train: 0.75, test: 0.25 } });

  it('search on the first rows and judge the best on the next; both are backtests alone', async () => {
    const { out, best } = await sweepJson(here, [spec, ...BASE, '--top', '2']);
    // 300 and 100 hours from 2025-01-01.
    const cut = '2025-01-13T12:00:00.000Z';
    const { best: shown, trainMs, testMs } = factsOf(out);
    expect((trainMs[1] - trainMs[0]) / (DAY_MS / 24)).toBe(0.75 * SMALL_ROWS);
    expect(testMs![0]).toBe(trainMs[1]);
    expect(shown).toHaveLength(2);
    const { point, digest, configDigest, test } = shown[1]!;
    const train = await backtest(point, ['--to', cut]);
    expect({ digest, configDigest }).toEqual({
      digest: train.digest,
      configDigest: train.configDigest,
    });
    const after = await backtest(point, ['--from', cut]);
    expect(test).toMatchObject({ ...after, values: [after.statistics.sharpe] });
    expect(best!.test!.values).toEqual(shown[0]!.test!.values);
    expect(planOf(out)).toMatchObject({ days: 13, testDays: 5, judged: 2 });
    const { trials } = readReturns(join(out, 'test-returns.f64'), 5, 0, 2);
    expect(trials).toBe(2);
  });

  it('judge the whole Pareto front', async () => {
    const both = writeSpec(here, 'both.json', {
      ...GRID,
      splits: {},
      objective: { sharpe: 'max', trades: 'max' },
    });
    const { out } = await sweepJson(here, [both, ...BASE, '--top', '1']);
    const { front, best } = factsOf(out);
    expect(front.length).toBeGreaterThan(0);
    expect(best.map(({ index }) => index)).toEqual(expect.arrayContaining([...front]));
    expect(best.every(({ test }) => test !== null)).toBe(true);
  });
});

describe('the verdict', () => {
  const spec = writeSpec(here, 'judged.json', { ...GRID, splits: { train: 0.75 } });

  it('is written and shown with every gate, names what it is about, and --gate makes a failure 4', async () => {
    const runs = here.at('judged-runs');
    const { code, stdout, stderr } = await here.call(['sweep', '--json', spec, ...BASE, '--gate'], {
      env: { SAPPHIRE_RUNS: runs },
    });
    expect({ code, stderr }).toEqual({ code: 4, stderr: '' });
    const { out, best, verdict } = JSON.parse(stdout);
    const written = JSON.parse(readFileSync(join(out, 'verdict.json'), 'utf8'));
    expect(verdict).toEqual(written);
    // 6 trials, 6 of them judged on the test rows, the best in two worse worlds.
    expect(written).toMatchObject({ passed: false, trials: 14, compared: 6, observations: 13 });
    expect(ledgerOf(runs)).toHaveLength(14);
    // It is about the config that one would run: base and point, on all rows.
    const whole = await backtest(best.parameters);
    expect(written.configDigest).toBe(whole.configDigest);
    expect(written.dataDigest).toBe(planOf(out).dataDigest);
    const gate = (id: string) => written.gates.find((one: { id: string }) => one.id === id);
    expect(gate('fold-drawdown')).toMatchObject({ value: best.test.statistics.maxDrawdown });
    expect(gate('look-ahead').passed).toBe(true);
    expect(gate('overfitting')).toMatchObject({ passed: null, why: expect.stringContaining('48') });
    const page = readFileSync(join(out, 'report.html'), 'utf8');
    for (const { id } of written.gates) expect(page).toContain(`<code>${id}</code>`);
    const again = await here.call(['sweep', '--resume', out, '--gate', '--json']);
    expect(again.code).toBe(4);
    expect(JSON.parse(again.stdout).verdict).toEqual(written);
  });

  it('finds out a strategy that looks ahead', async () => {
    const cwd = here.folder('leaky');
    writeFileSync(
      join(cwd, 'leaky.ts'),
      `import { defineStrategy } from 'sapphire';
      export default defineStrategy({
        name: 'leaky',
        parameters: { n: { default: 1, integer: true } },
        decide: ({ i, columns, parameters: { n } }) =>
          columns.close[i + n] > columns.close[i] ? 1 : 0,
      });`,
    );
    const swept = { parameters: { 'parameters.n': { values: [1, 2] } } };
    const file = writeSpec(here, 'leaky.json', swept);
    const { out } = await sweepJson(here, [file, ...BASE, '--strategy', './leaky.ts'], { cwd });
    const { gates } = JSON.parse(readFileSync(join(out, 'verdict.json'), 'utf8'));
    expect(gates[0]).toMatchObject({ id: 'look-ahead', passed: false });
  });
});

describe('a spec', () => {
  it('may be a module with an objective of its own, and import from sapphire', async () => {
    const file = writeSpec(
      here,
      'own.ts',
      `import { DAY_MS } from 'sapphire';
      export default {
        config: 'sma-cross',
        parameters: { 'parameters.fast': { values: [3, 5, 8] } },
        objective: ({ statistics, closeMs }) => {
          const days = (closeMs.at(-1) - closeMs[0]) / DAY_MS;
          return statistics.trades / days;
        },
      };`,
    );
    const { out, best } = await sweepJson(here, [file, ...BASE]);
    for (const { values, statistics } of rowsOf(out)) {
      expect(values[0]).toBeCloseTo(statistics!.trades / (399 / 24), 12);
    }
    expect(Object.keys(best!.values)).toEqual(['objective']);
    expect(planOf(out).moduleDigest).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each(readdirSync(new URL('../../strategies/sweeps/', import.meta.url)))(
    'that comes with the project can be run: %s',
    async (name) => {
      const path = new URL(`../../strategies/sweeps/${name}`, import.meta.url).pathname;
      const spec = JSON.parse(readFileSync(path, 'utf8'));
      // A grid has the points it has: 5 thresholds, 4 buffers, 3 steps, none of them too long; each of
      // four agents with its weight or without.
      const points = name === 'agents.json' ? 16 : 60;
      const trials = spec.sampler === 'grid' ? points : 6;
      const small = spec.sampler === 'grid' ? spec : { ...spec, budget: trials };
      const file = writeSpec(here, `shipped-${name}`, small);
      const { code, stdout } = await here.call(['sweep', file, '--db', db, '--json']);
      expect([0, 1]).toContain(code);
      expect(JSON.parse(stdout)).toMatchObject({ trials });
    },
  );
});
