// `sapphire paper` and `sapphire replay` as a person starts them: the same numbers as a backtest, a
// journal that can be carried on after Ctrl-C and kill -9, and refusals in words.

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DATA, ended, room, start } from '../support/cli.ts';
import { SMALL_ROWS, writeSmallStore } from '../support/small-store.ts';

const here = room('paper');
const db = here.at('small.duckdb');
const NAMES = ['BTC', 'ETH', 'SOL'].map((one) => `${one}USDT__1h_2025-09_12.parquet`);
const FILES = NAMES.map((name) => `${DATA}binance-usdm__${name}`);
const hasData = FILES.every((file) => existsSync(file));
const without = hasData ? '' : ' (skipped: the shared market data are not here)';
const CROSS = [
  '--strategy',
  'sma-cross',
  '--set',
  'parameters.fast=5',
  '--set',
  'parameters.slow=20',
];

beforeAll(() => writeSmallStore(db));
afterAll(() => here.remove());

/** The document of a call that must go well. */
async function json(...words: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await here.call([...words, '--json']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
}

const digestsOf = ({ digest, decisionDigest }: Record<string, unknown>) => {
  return { digest, decisionDigest };
};

describe('sapphire paper', () => {
  it('trades as a backtest does, and its journal replays equal', async () => {
    const range = ['--db', db, '--to', '2025-01-11', ...CROSS];
    const paper = await json('paper', ...range, '--dir', 'trial');
    const backtest = await json('backtest', ...range);
    expect(digestsOf(paper)).toEqual(digestsOf(backtest));
    expect(paper).toMatchObject({ state: 'ended', rows: 240, recoveredRows: 0 });
    expect(paper['trades']).toBe(backtest['trades']);
    expect(paper['fills']).toBeGreaterThan(10);
    const replay = await json('replay', 'trial');
    expect(Object.keys(replay)).toEqual([
      'equal',
      'lines',
      'digest',
      'decisionDigest',
      'firstDivergence',
    ]);
    expect(replay).toMatchObject({ equal: true, firstDivergence: null, ...digestsOf(backtest) });
  });

  it('runs seven days by default, from a store named in the feed, into runs/paper/', async () => {
    const { code, stdout } = await here.call(['paper', '--feed', `replay:${db}`, ...CROSS]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^paper {6}sma-cross, ended\nrows {7}168 of 168\n/);
    const [folder] = readdirSync(here.at('runs', 'paper'));
    expect(folder).toMatch(/^sma-cross-[0-9a-f]{8}$/);
    expect(stdout).toContain(`npm run -s replay -- ${here.at('runs', 'paper', folder!)}`);
    const again = await here.sapphire(['replay', join('runs', 'paper', folder!)]);
    expect(again).toMatchObject({ code: 0, stderr: '' });
    expect(again.stdout).toMatch(/^replay {5}equal\nlines {6}[\d,]+, ended\n/);
  });

  it('goes on after Ctrl-C, and after kill -9, to the end of an uninterrupted run', async () => {
    const words = ['paper', '--db', db, '--days', '30', ...CROSS];
    const whole = await json(...words, '--dir', 'whole');
    expect(whole['rows']).toBe(SMALL_ROWS);
    const slow = [...words, '--dir', 'often', '--json', '--speed', '400000'];
    const codes: unknown[] = [];
    for (const signal of ['SIGINT', 'SIGKILL', 'SIGINT'] as const) {
      const child = start(slow, { cwd: here.root });
      const end = ended(child);
      const path = here.at('often');
      const before = sizeOf(path);
      await until(() => sizeOf(path) > before + 2000);
      child.kill(signal);
      const { code, stdout } = await end;
      codes.push(code);
      if (signal === 'SIGINT') expect(JSON.parse(stdout)).toMatchObject({ state: 'interrupted' });
    }
    expect(codes).toEqual([130, 'SIGKILL', 130]);
    const rest = await json(...words, '--dir', 'often');
    expect(rest['recoveredRows']).toBeGreaterThan(0);
    for (const key of ['digest', 'decisionDigest', 'rows', 'fills', 'equityUsd']) {
      expect(rest[key], key).toBe(whole[key]);
    }
    expect(await json('replay', 'often')).toMatchObject({ equal: true, ...digestsOf(whole) });
  });

  it.each([
    [
      ['--feed', 'astr'],
      '--feed: must be one of aster, hyperliquid, replay:DB, was "astr" (did you mean aster?)',
    ],
    [['--feed', 'replay:'], '--feed: must be one of aster, hyperliquid, replay:DB'],
    [['--feed', 'aster'], 'world.symbols: must name what to trade at aster: --symbols BTCUSDT'],
    [['--feed', 'aster', '--speed', '60'], '--speed: aster has its own: leave it out, was "60"'],
    [['--feed', 'aster', '--disorder', '1'], '--disorder: a replay has it, not aster'],
    [['--disorder', 'yes'], '--disorder: must be a seed, a whole number >= 0, was "yes"'],
    [['--rest-url', 'https://x'], '--rest-url: goes with the --feed of a venue'],
    [['--feed', 'aster', '--stream-url', 'x'], '--stream-url: must be a URL of wss: or ws:'],
    [['--tell', 'halt'], '--dir: must name the session that --tell is for'],
    [['--tell', 'hault', '--dir', '.'], '--tell: must be one of pause, resume, halt, was "hault"'],
    [['--tell', 'halt', '--dir', '.'], '--dir: holds no journal of a session'],
    [['--speed', '0'], '--speed: must be a number above 0, or max, was "0"'],
    [['--days', 'seven'], '--days: must be a number above 0, at most 3660, was "seven"'],
  ])('refuses %j in words', async (words, message) => {
    const { code, stderr } = await here.call(['paper', '--db', db, ...words]);
    expect(code).toBe(2);
    expect(stderr).toContain(`error: ${message}`);
  });

  it('in disorder still replays equal, and its shadow has the same signals', async () => {
    const paper = await json('paper', '--db', db, ...CROSS, '--disorder', '7', '--dir', 'wild');
    expect(paper['trial']).toMatchObject({ replayEqual: true, signalsEqual: true });
    const market = paper['market'] as Record<string, number>;
    expect(Object.values(market).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(10);
    expect(await json('replay', 'wild')).toMatchObject({ equal: true, ...digestsOf(paper) });
  });

  it('leaves trial.json and a page, which say that it was no seven days', async () => {
    await json('paper', '--db', db, ...CROSS, '--dir', 'week');
    const trial = JSON.parse(readFileSync(here.at('week', 'trial.json'), 'utf8'));
    expect(trial).toMatchObject({ feedKind: 'replay', speed: null, isSevenRealDays: false });
    expect(trial.realElapsedMs).toBeLessThan(600_000);
    expect(trial.toMs - trial.fromMs).toBeGreaterThan(6 * 86_400_000);
    expect(readFileSync(here.at('week', 'report.html'), 'utf8')).toContain('Accelerated');
  });

  it('hears a word from another process, and a halt outlives it', async () => {
    const words = ['paper', '--db', db, ...CROSS, '--dir', 'told'];
    const child = start([...words, '--speed', '3600'], { cwd: here.root });
    const end = ended(child);
    await until(() => existsSync(here.at('told', 'journal-000001.ndjson')));
    const told = await here.sapphire(['paper', '--dir', 'told', '--tell', 'halt']);
    expect(told).toMatchObject({ code: 0, stderr: '' });
    expect(told.stdout).toMatch(/^halt: .*told hears it within a second\n$/);
    await until(() => journalOf('told').includes('"command":"halt"'));
    child.kill('SIGINT');
    await end;
    const rest = await json(...words);
    expect(rest['trial']).toMatchObject({ replayEqual: true, signalsEqual: true });
    const { drills } = JSON.parse(readFileSync(here.at('told', 'trial.json'), 'utf8'));
    // A process that ends at once leaves the word to the next one, which hears it again.
    const stop = drills.find(({ name }: { name: string }) => name === 'stop');
    expect(stop.done).toBeGreaterThanOrEqual(1);
    const whole = await json('paper', '--db', db, ...CROSS, '--dir', 'untold');
    expect(rest['fills']).toBeLessThan(whole['fills'] as number);
  });

  it('refuses the journal of another config, and a second process', async () => {
    const words = ['paper', '--db', db, ...CROSS, '--dir', 'mine'];
    const child = start([...words, '--speed', '1'], { cwd: here.root });
    const end = ended(child);
    await until(() => existsSync(here.at('mine', 'journal-000001.ndjson')));
    const second = await here.sapphire(words);
    expect(second.code).toBe(7);
    expect(second.stderr).toMatch(/must have one writer: process \d+ on /);
    child.kill('SIGINT');
    expect((await end).code).toBe(130);
    const other = await here.call([...words, '--seed', '5']);
    expect(other.code).toBe(2);
    expect(other.stderr).toContain('was written with other config, seed');
  });
});

describe('sapphire replay', () => {
  it('says which line of a journal may not be believed', async () => {
    await json('paper', '--db', db, '--to', '2025-01-03', ...CROSS, '--dir', 'bent');
    const path = here.at('bent', 'journal-000001.ndjson');
    const text = readFileSync(path, 'latin1');
    writeFileSync(path, text.replace('"close":9', '"close":8'), 'latin1');
    const { code, stderr } = await here.call(['replay', 'bent']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/journal-000001\.ndjson:\d+: must follow from the line before it/);
  });

  it('refuses a folder without a journal, and one that is not there', async () => {
    here.folder('empty');
    const empty = await here.call(['replay', 'empty']);
    expect(empty).toMatchObject({ code: 2, stdout: '' });
    expect(empty.stderr).toContain('must hold a journal');
    const missing = await here.call(['replay', 'nowhere']);
    expect(missing).toMatchObject({ code: 2, stdout: '' });
    expect(missing.stderr).toContain('must be a folder that exists');
    writeFileSync(here.at('a-file'), '');
    const file = await here.call(['paper', '--db', db, ...CROSS, '--dir', 'a-file']);
    expect(file).toMatchObject({ code: 2, stdout: '' });
    expect(file.stderr).toMatch(
      /^error: --dir: must be a folder that can be written \(it is a file\)/,
    );
  });
});

describe.skipIf(!hasData)(`on real candles${without}`, () => {
  it('paper over replay: is the backtest, for three configs', async () => {
    const real = here.at('real.duckdb');
    const { code } = await here.call(['data', 'import', ...FILES, '--db', real]);
    expect(code).toBe(0);
    for (const config of ['swarm', 'momentum', 'sma-cross']) {
      const range = [
        '--db',
        real,
        '--config',
        config,
        '--from',
        '2025-10-01',
        '--to',
        '2025-11-15',
      ];
      const paper = await json('paper', ...range, '--dir', config);
      expect(digestsOf(paper)).toEqual(digestsOf(await json('backtest', ...range)));
      expect(await json('replay', config)).toMatchObject({ equal: true, ...digestsOf(paper) });
      expect(paper['fills'], config).toBeGreaterThan(0);
    }
  });
});

function journalOf(name: string): string {
  return readFileSync(here.at(name, 'journal-000001.ndjson'), 'latin1');
}

function sizeOf(folder: string): number {
  if (!existsSync(folder)) return 0;
  const files = readdirSync(folder).filter((name) => name.endsWith('.ndjson'));
  return files.reduce((sum, name) => sum + readFileSync(join(folder, name)).length, 0);
}

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries++) {
    if (tries > 1000) throw new Error('it never came to that');
    await new Promise((done) => setTimeout(done, 10));
  }
}
