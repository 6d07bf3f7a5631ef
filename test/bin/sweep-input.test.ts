// What `sapphire sweep` takes and refuses: the environment names of the original system, and bad input,
// which is told before anything is run and leaves nothing behind.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { filesBelow, room } from '../support/cli.ts';
import { writeSmallStore } from '../support/small-store.ts';
import { writeSpec } from './sweep-support.ts';

const here = room('sweep-input');
const db = here.at('small.duckdb');
const BASE = ['--db', db, '--symbols', 'BTCUSDT'];
const FAST = 'decision.parameters.fast';
const GRID = {
  config: 'sma-cross',
  parameters: {
    'parameters.fast': { values: [3, 5, 8] },
    'parameters.slow': { values: [13, 21] },
  },
};

beforeAll(() => writeSmallStore(db));
afterAll(() => here.remove());

describe('--write-env', () => {
  const spec = writeSpec(here, 'stops.json', {
    config: 'sma-cross',
    parameters: {
      'risk.trailingStop.buffer': { from: 0.002, to: 0.03 },
      'risk.trailingStop.step': { from: 0.0005, to: 0.01 },
    },
    sampler: 'sobol',
    budget: 8,
  });

  it('puts the best values under the original names, and the run they make is the best trial', async () => {
    const file = here.at('.env');
    writeFileSync(file, '# mine\nTRAILING_STEP=9\nAPI_KEY=x\n');
    const stops = ['--set', 'risk.trailingStop.enabled=true'];
    const words = ['sweep', spec, ...BASE, ...stops, '--json', '--write-env', file];
    const { code, stdout } = await here.call(words);
    expect(code).toBe(0);
    const { best } = JSON.parse(stdout);
    const [buffer, step] = ['buffer', 'step'].map(
      (name) => best.parameters[`decision.risk.trailingStop.${name}`],
    );
    expect(readFileSync(file, 'utf8')).toBe(
      `# mine\nTRAILING_STEP=${step}\nAPI_KEY=x\nTRAILING_STOP_BUFFER=${buffer}\n`,
    );
    const again = await here.call(
      ['backtest', '--config', 'sma-cross', ...BASE, ...stops, '--json'],
      { env: { TRAILING_STOP_BUFFER: `${buffer}`, TRAILING_STEP: `${step}` } },
    );
    expect(JSON.parse(again.stdout).digest).toBe(best.digest);
  });

  it('refuses paths that have no such name before anything is run', async () => {
    const runs = here.at('no-such-runs');
    const grid = writeSpec(here, 'grid.json', GRID);
    const { code, stderr } = await here.call(
      ['sweep', grid, ...BASE, '--write-env', here.at('other.env')],
      { env: { SAPPHIRE_RUNS: runs } },
    );
    expect(code).toBe(2);
    expect(stderr).toContain(
      `--write-env: needs an environment name for ${FAST}; there are such for`,
    );
    expect(existsSync(runs)).toBe(false);
    expect(existsSync(here.at('other.env'))).toBe(false);
  });
});

describe('bad input', () => {
  const grid = writeSpec(here, 'grid.json', GRID);
  const file = (name: string, spec: unknown) => writeSpec(here, name, spec);
  const swept = (parameters: unknown, more: object = {}) => ({
    config: 'sma-cross',
    parameters,
    ...more,
  });

  it.each([
    ['no file', [], 'FILE: must be what is swept, or give --resume DIR'],
    ['a file that is not there', ['nowhere.json'], 'nowhere.json: no such file'],
    ['a folder', [here.root], 'must be a file'],
    ['another kind of file', [file('a.yaml', 'a: 1')], 'must be a .json or a .ts file'],
    ['JSON that is none', [file('b.json', '{ "parameters": {,} }')], 'b.json:1:18: expected a key'],
    ['an empty grid', [file('c.json', swept({}))], 'parameters: must hold at least one parameter'],
    ['a budget of none', [file('d.json', swept(GRID.parameters, { budget: 0 }))], 'budget:'],
    [
      'a path that is none',
      [file('e.json', swept({ 'risk.trailingStop.bufer': { values: [1] } }))],
      'parameters.risk.trailingStop.bufer: is not a path of the config (did you mean',
    ],
    [
      'an objective that is none',
      [file('f.json', swept(GRID.parameters, { objective: 'sharp' }))],
      'objective: must be the name of a statistic, was "sharp" (did you mean sharpe?)',
    ],
    [
      'the symbols',
      [file('g.json', swept({ symbols: { values: [['BTCUSDT']] } }))],
      'parameters.world.symbols: must not be swept: it says which candles are read',
    ],
    [
      'a config that is none',
      [file('h.json', { ...GRID, config: 'sma-cros' })],
      'h.json: config: no such file, was "sma-cros" (did you mean sma-cross?)',
    ],
    [
      'a module that throws',
      [file('i.ts', "throw new Error('at import');")],
      'does not load: at import',
    ],
    [
      'no workers',
      [grid, '--workers', '0'],
      '--workers: must be a whole number, 1 to 256, was "0"',
    ],
    [
      'a thousand workers',
      [grid, '--workers', '1000'],
      '--workers: must be a whole number, 1 to 256',
    ],
    ['a top of none', [grid, '--top', '0'], '--top: must be a whole number, 1 to 1000, was "0"'],
    ['no folder to resume', [grid, '--resume', here.root], 'must be the folder of a sweep'],
    ['an unknown symbol', [grid, '--db', db, '--symbols', 'DOGEUSDT'], 'world.symbols'],
  ] as [string, string[], string][])(
    '%s is refused, and nothing is left behind',
    async (_, words, says) => {
      const cwd = here.folder();
      const { code, stdout, stderr } = await here.call(['sweep', ...words], { cwd });
      expect(stderr).toContain(says);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).not.toMatch(/^\s+at /m);
      expect(filesBelow(cwd).filter((name) => !name.startsWith('data'))).toEqual([]);
    },
  );
});
