// From a command line to a config: which file is found, what wins over what, what is said of
// mistakes, and what `sapphire config` prints.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, describe, expect, it } from 'vitest';
import { tableText } from '../../bin/config.ts';
import { addRunFlags, loadRunConfig, type RunFlags, shippedConfigs } from '../../bin/flags.ts';
import { InputError } from '../../engine/errors.ts';
import { called } from '../support/in-process.ts';

const cwd = mkdtempSync(join(tmpdir(), 'sapphire-config-'));
mkdirSync(join(cwd, 'mine'));
writeFileSync(
  join(cwd, 'mine/trend.json'),
  JSON.stringify({
    name: 'trend',
    decision: { strategy: 'sma-cross', parameters: { fast: 5 } },
    world: { cashUsd: 500, symbols: ['BTCUSDT'] },
  }),
);
writeFileSync(join(cwd, 'broken.json'), '{\n  "name": "x",\n}\n');
afterAll(() => rmSync(cwd, { recursive: true }));

const load = (flags: RunFlags, environment = {}) => loadRunConfig(flags, environment, cwd);

async function messageOf(flags: RunFlags, environment = {}): Promise<string> {
  try {
    await load(flags, environment);
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
  return '';
}

describe('the flags of a run', () => {
  it('are the thirteen that all such verbs share', () => {
    const command = addRunFlags(new Command());
    expect(command.options.map((option) => option.flags)).toEqual([
      '--config <file>',
      '--strategy <name>',
      '--db <file>',
      '--venue <name>',
      '--symbols <list>',
      '--interval <interval>',
      '--from <instant>',
      '--to <instant>',
      '--cash <usd>',
      '--seed <number>',
      '--set <path=value>',
      '--out <dir>',
      '--json',
    ]);
    command.parse(['--set', 'a=1', '--set', 'b=2'], { from: 'user' });
    expect(command.opts()).toEqual({ set: ['a=1', 'b=2'] });
  });

  it('each land in their place and name themselves as the origin', async () => {
    const { config, origins } = await load({
      config: 'mine/trend.json',
      venue: 'binance-usdm',
      symbols: 'BTCUSDT, ETHUSDT',
      interval: '1m',
      from: '2025-05-01',
      to: '2025-06-01',
      cash: '2000',
      seed: '7',
      set: ['risk.maxPositions=2'],
    });
    expect(config.world).toMatchObject({
      venue: 'binance-usdm',
      symbols: ['BTCUSDT', 'ETHUSDT'],
      interval: '1m',
      from: '2025-05-01',
      to: '2025-06-01',
      cashUsd: 2000,
    });
    expect(config.seed).toBe(7);
    expect(config.decision.risk.maxPositions).toBe(2);
    expect(origins.get('world.symbols')).toBe('flag --symbols');
    expect(origins.get('world.cashUsd')).toBe('flag --cash');
    expect(origins.get('decision.strategy')).toBe('file trend.json');
  });

  it('win over the environment, which wins over the file', async () => {
    const environment = { TRAILING_STEP: '0.003', REWARD_TO_RISK: '3' };
    const set = ['decision.risk.trailingStop.step=0.004'];
    const { config, origins } = await load({ set }, environment);
    expect(config.decision.risk.trailingStop.step).toBe(0.004);
    expect(config.decision.risk.sizing.rewardToRisk).toBe(3);
    expect(origins.get('decision.risk.sizing.rewardToRisk')).toBe('env REWARD_TO_RISK');
  });

  it('take paths relative to where the person stands', async () => {
    const { db, out } = await load({ db: 'x.duckdb', out: 'here' });
    expect([db, out]).toEqual([join(cwd, 'x.duckdb'), join(cwd, 'here')]);
    const usual = await load({});
    expect([usual.db, usual.out]).toEqual([join(cwd, 'data/market.duckdb'), null]);
  });
});

describe('--strategy', () => {
  it('takes the place of the agents of the default config, and names the run', async () => {
    const { config, origins } = await load({ strategy: 'momentum' });
    expect(config.decision.strategy).toBe('momentum');
    expect(config.decision.agents).toEqual({});
    expect(config.name).toBe('momentum');
    expect(origins.get('decision.strategy')).toBe('flag --strategy');
  });

  it('drops the parameters of another strategy and keeps those of the same', async () => {
    const other = await load({ config: 'mine/trend.json', strategy: 'momentum' });
    expect(other.config.decision.parameters).toEqual({});
    expect(other.config.name).toBe('trend');
    const same = await load({ config: 'mine/trend.json', strategy: 'sma-cross' });
    expect(same.config.decision.parameters).toEqual({ fast: 5 });
  });

  it('may be a path, and brings MOMENTUM_THRESHOLD to life', async () => {
    const { config } = await load({ strategy: './my/momentum.ts' }, { MOMENTUM_THRESHOLD: '0.35' });
    expect(config.decision.strategy).toBe('./my/momentum.ts');
    expect(config.decision.parameters).toEqual({ threshold: 0.0035 });
  });
});

describe('--config', () => {
  it('is a file, or the bare name of a shipped one, and the swarm when not given', async () => {
    expect(shippedConfigs()).toContain('momentum');
    expect((await load({ config: 'momentum' })).config.decision.strategy).toBe('momentum');
    expect((await load({ config: 'momentum.json' })).config.name).toBe('momentum');
    expect((await load({})).config.name).toBe('swarm');
  });

  it('that does not exist is answered with the nearest that does', async () => {
    expect(await messageOf({ config: 'momentm' })).toBe(
      '--config: no such file, was "momentm" (did you mean momentum?)',
    );
    expect(await messageOf({ config: 'mine/tend.json' })).toBe(
      '--config: no such file, was "mine/tend.json" (did you mean mine/trend.json?)',
    );
    expect(await messageOf({ config: 'no/such/folder.json' })).toBe(
      '--config: no such file, was "no/such/folder.json"',
    );
    expect(await messageOf({ config: 'mine' })).toContain('no such file, was "mine"');
  });

  it('with broken JSON is told its line and column', async () => {
    expect(await messageOf({ config: 'broken.json' })).toBe(
      'broken.json:2:14: no comma after the last key',
    );
  });
});

describe('problems of a command line', () => {
  it('are told together: flags, assignments, environment and values', async () => {
    const message = await messageOf(
      { cash: 'ten', seed: '', symbols: 'A,,B', set: ['x=1', 'seed=-1', 'y'], to: 'soon' },
      { TRAILING_STEP: 'x' },
    );
    expect(message.split('\n').map((line) => line.split(':')[0])).toEqual([
      '--symbols',
      '--cash',
      '--seed',
      'x',
      '--set',
      'env TRAILING_STEP',
      'seed',
      'world.to',
    ]);
  });

  it('do not mention what a missing file would have held', async () => {
    expect((await messageOf({ config: 'nowhere', cash: 'ten' })).split('\n')).toHaveLength(2);
  });
});

describe('sapphire config', () => {
  const run = async (...words: string[]) => {
    const { code, stdout, stderr } = await called(['config', ...words], {
      cwd,
      env: { TRAILING_STEP: '0.004' },
    });
    return { code, out: stdout, err: stderr };
  };

  it('show prints each value with its origin, aligned', async () => {
    const { code, out, err } = await run('show', '--config', 'mine/trend.json', '--cash', '900');
    expect([code, err]).toEqual([0, '']);
    const lines = out.trimEnd().split('\n');
    const line = (path: string) => lines.find((one) => one.startsWith(`${path} `));
    expect(line('name')).toMatch(/^name +"trend" +file trend\.json$/);
    expect(line('world.cashUsd')).toMatch(/ 900 +flag --cash$/);
    expect(line('decision.risk.trailingStop.step')).toMatch(/ 0\.004 +env TRAILING_STEP$/);
    expect(line('decision.risk.maxPositions')).toMatch(/ 5 +default$/);
    const column = lines[0]!.indexOf('"trend"');
    expect(lines.every((one) => one[column] !== ' ' && one[column - 1] === ' ')).toBe(true);
  });

  it('show --json prints config and origins as one document', async () => {
    const { code, out } = await run('show', '--json', '--config', 'mine/trend.json');
    const { config, origins } = JSON.parse(out);
    expect(code).toBe(0);
    expect(config.decision.parameters).toEqual({ fast: 5 });
    expect(origins['decision.parameters.fast']).toBe('file trend.json');
    expect(origins.seed).toBe('default');
  });

  it('show dims what nobody set, where there is colour', async () => {
    const { config, origins } = await load({ config: 'momentum' });
    const text = tableText(config, origins, (style, line) => `<${style}>${line}`);
    for (const line of text.trimEnd().split('\n')) {
      expect(line.startsWith('<dim>')).toBe(line.endsWith('  default'));
    }
  });

  it('schema prints the file that editors read', async () => {
    const file = new URL('../../strategies/configs/schema.json', import.meta.url);
    expect(await run('schema')).toEqual({ code: 0, out: readFileSync(file, 'utf8'), err: '' });
  });

  it('check says fine, or every mistake with exit code 2', async () => {
    expect(await run('check', 'mine/trend.json')).toEqual({
      code: 0,
      out: 'mine/trend.json: fine\n',
      err: '',
    });
    writeFileSync(join(cwd, 'bad.json'), '{ "sed": 1, "decision": { "strategy": 2 } }');
    expect(await run('check', 'bad.json')).toEqual({
      code: 2,
      out: '',
      err:
        'error: sed: unknown key [file bad.json], was 1 (did you mean seed?)\n' +
        'error: decision.strategy: must be a text or null [file bad.json], was 2\n',
    });
    expect(JSON.parse((await run('check', 'bad.json', '--json')).out).error.problems).toHaveLength(
      2,
    );
    expect(JSON.parse((await run('check', 'momentum', '--json')).out)).toMatchObject({ ok: true });
  });
});
