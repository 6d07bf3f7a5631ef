// `sapphire data fetch` and `update` as a person types them, against local servers.

import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { programFor } from '../../bin/main.ts';
import { openStore } from '../../data/store.ts';
import { InputError } from '../../engine/errors.ts';
import { HOUR_MS } from '../../engine/interval.ts';
import { type CliOptions, ended, room, SCRIPT, start, TOP } from '../support/cli.ts';
import { startAsterServer } from '../support/venues/aster-server.ts';
import { inventedCandles } from '../support/venues/candles.ts';
import type { LocalVenue } from '../support/venues/local-venue.ts';

const LONG = process.env['SAPPHIRE_LONG'] === '1';
const here = room('fetch');
afterAll(() => here.remove());

/** Two hundred days of hourly candles up to the hour that is forming. */
const ROWS = 4800;
const NOW_MS = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
const FROM_MS = NOW_MS - (ROWS - 1) * HOUR_MS;
const FROM = new Date(FROM_MS).toISOString();

const marketOf = (seed: number) => ({
  candles: inventedCandles(seed, FROM_MS, ROWS, HOUR_MS, seed * 100),
  funding: Array.from({ length: 600 }, (_, i) => ({
    atMs: FROM_MS + i * 8 * HOUR_MS,
    rate: i / 1e6,
  })),
});

let server: LocalVenue;
let cwd: string;
let env: Record<string, string>;

beforeEach(async () => {
  const symbols = { BTCUSDT: marketOf(3), ETHUSDT: marketOf(4) };
  server = await startAsterServer({ symbols, intervalMs: HOUR_MS });
  cwd = here.folder();
  env = { SAPPHIRE_ASTER_URL: server.hosts.restUrl, SAPPHIRE_STATE: `${cwd}/state` };
});
afterEach(() => server.stop());

const data = (...words: string[]) => here.call(['data', ...words], { cwd, env } as CliOptions);
const fetchBoth = ['fetch', 'aster', 'BTCUSDT,ETHUSDT', '1h', '--from', FROM, '--funding'];

async function digests(): Promise<string[]> {
  const store = await openStore(`${cwd}/data/market.duckdb`);
  const rows = await store.datasets();
  store.close();
  const named = rows.map((row) => `${row.symbol} ${row.kind} ${row.rows} ${row.digest}`);
  return named.sort();
}

describe('sapphire data fetch', () => {
  it('fills the store, says what came, and a backtest runs on it at once', async () => {
    const { code, stdout } = await data(...fetchBoth);
    expect(code).toBe(0);
    const day = (ms: number) => new Date(ms).toISOString().slice(0, 16).replace('T', ' ');
    expect(stdout.split('\n')).toEqual([
      `aster BTCUSDT 1h       4,799 added, ${day(FROM_MS)} to ${day(NOW_MS - HOUR_MS)}`,
      expect.stringMatching(/^aster BTCUSDT funding {2}600 added, /),
      expect.stringMatching(/^aster ETHUSDT 1h {7}4,799 added, /),
      expect.stringMatching(/^aster ETHUSDT funding {2}600 added, /),
      'next  npm run backtest -- --symbols BTCUSDT,ETHUSDT',
      '',
    ]);
    const words = ['backtest', '--symbols', 'BTCUSDT', '--strategy', 'sma-cross'];
    const run = await here.call(words, { cwd, env });
    expect(run.code).toBe(0);
    expect(run.stdout).toMatch(/^sma-cross · BTC · 1h · .* · 4,799 candles/);
    // The venue's own rules and funding: neither invented nor assumed nor missing.
    expect(run.stdout).not.toMatch(/SYNTHETIC|assumed|no funding/);
    expect(run.stdout).toMatch(/funding -0\.\d %/);
  });

  it('says in a dry run what it would take, and stores nothing', async () => {
    const { code, stdout } = await data(...fetchBoth, '--dry-run');
    expect(code).toBe(0);
    const lines = stdout.split('\n');
    expect(lines[0]).toMatch(/^would fetch +range +requests +rows +bytes +time at its limits$/);
    // 4,800 hours in pages of 1,500; 600 stamps at three a day in one of 1,000.
    expect(lines[1]).toMatch(/^aster BTCUSDT 1h .* to now +4 +about 4,800 +not known +1 s$/);
    expect(lines[2]).toMatch(/^aster BTCUSDT funding .* to now +1 +about 600 +not known +1 s$/);
    expect(lines[5]).toBe('nothing was stored');
    expect(existsSync(`${cwd}/data`)).toBe(false);
    expect(server.requests).toHaveLength(1);
  });

  it('prints one document with --json', async () => {
    const { code, stdout, stderr } = await data(...fetchBoth, '--json');
    expect([code, stderr]).toEqual([0, '']);
    const document = JSON.parse(stdout);
    expect(document.datasets[0]).toMatchObject({
      venue: 'aster',
      symbol: 'BTCUSDT',
      kind: 'candles',
      interval: '1h',
      added: 4799,
      fromMs: FROM_MS,
      toMs: NOW_MS - HOUR_MS,
    });
    expect(document.failed).toEqual([]);
  });

  it.each([
    [['fetch', 'astor', 'BTCUSDT'], /source: must be one of aster, .*did you mean aster\?/],
    [['fetch', 'aster', 'BTCUSD', '1h'], /BTCUSD.*did you mean BTCUSDT\?/],
    [['fetch', 'aster', 'BTCUSDT', '7m'], /aster interval: must be one of 1m, 3m/],
    [['fetch', 'aster'], /symbols: must be symbols joined by commas/],
    [['fetch', 'aster', 'BTCUSDT,', '1h'], /symbols: must be symbols joined by commas/],
    [
      ['fetch', 'hyperliquid', 'BTC', '1h', '--mark'],
      /--mark: hyperliquid has none: candles, funding/,
    ],
    [['fetch', 'aster', 'BTCUSDT', '1h', '--from', 'monday'], /--from: must be an instant/],
    [['fetch', 'aster', 'BTCUSDT', '1h', '--from', '2999-01-01'], /--from: must be before/],
    [['update'], /market.duckdb: is not there: begin with `npm run data -- fetch/],
  ] as const)('refuses %j in words, with 2, and makes no store', async (words, said) => {
    // In this process: what main makes of an InputError is tested where main is.
    vi.stubEnv('SAPPHIRE_ASTER_URL', server.hosts.restUrl);
    vi.stubEnv('SAPPHIRE_STATE', `${cwd}/state`);
    const db = `${cwd}/data/market.duckdb`;
    const program = await programFor(['data', ...words]);
    const run = program.parseAsync(['data', ...words, '--db', db], { from: 'user' });
    const error = await run.catch((thrown: unknown) => thrown);
    vi.unstubAllEnvs();
    expect(error).toBeInstanceOf(InputError);
    expect((error as InputError).message).toMatch(said);
    expect(existsSync(`${cwd}/data`)).toBe(false);
  });

  it('goes to no other machine without TLS', async () => {
    env['SAPPHIRE_ASTER_URL'] = 'http://example.org';
    const { code, stderr } = await data('fetch', 'aster', 'BTCUSDT', '1h');
    expect(code).toBe(2);
    expect(stderr).toMatch(/SAPPHIRE_ASTER_URL: must be an https:\/\/ address/);
  });

  it('exits with 5 at a venue that cannot be asked, and says what was kept', async () => {
    await data(
      'fetch',
      'aster',
      'BTCUSDT',
      '1h',
      '--from',
      FROM,
      '--to',
      new Date(NOW_MS - 100 * HOUR_MS).toISOString(),
    );
    server.ban(Date.now() + 600_000);
    const { code, stderr } = await data(...fetchBoth);
    expect(code).toBe(5);
    expect(stderr).toMatch(/error: aster: banned: /);
    const before = server.requests.length;
    const again = await data('update');
    expect([again.code, server.requests.length]).toEqual([5, before]);
  });

  it('stops at Ctrl-C with 130 and whole pages', async () => {
    server.fail({ kind: 'slow', ms: 1500 }, 1, '/fapi/v3/fundingRate');
    const child = start(['data', ...fetchBoth], { cwd, env });
    const end = ended(child);
    await until(() => server.requests.some(({ path }) => path.endsWith('fundingRate')));
    child.kill('SIGINT');
    const { code, stdout } = await end;
    expect(code).toBe(130);
    expect(stdout).toMatch(/aster BTCUSDT 1h +4,799 added/);
    expect(stdout).toContain('the same command goes on from there');
    expect((await digests())[0]).toMatch(/^BTCUSDT candles 4799 /);
  });

  it.skipIf(process.platform === 'win32')(
    'keeps whole pages when the disk is full, and goes on once there is room',
    async () => {
      // No file may grow beyond so many half-KiB blocks: the system answers writes as a full disk does.
      const words = fetchBoth.map((word) => `'${word}'`).join(' ');
      const limited = `trap '' XFSZ; ulimit -f 500; exec '${process.execPath}' '${SCRIPT}' data ${words}`;
      const full = await ended(
        spawn('sh', ['-c', limited], { cwd, env: { ...process.env, ...env } }),
      );
      expect(full.code).toBe(1);
      expect(full.stderr).toMatch(
        /error: .*market\.duckdb: must have room to be written; what was committed before is whole/,
      );
      expect(full.stdout).toContain('the same command goes on from there');
      const { code } = await data('update');
      expect(code).toBe(0);
      const found = await digests();
      cwd = here.folder();
      await data(...fetchBoth);
      expect(found).toEqual(await digests());
    },
  );

  it('is locked out by another process that fetches into the same store', async () => {
    await data('fetch', 'aster', 'BTCUSDT', '1h');
    server.fail({ kind: 'slow', ms: 3000 }, 1, '/fapi/v3/klines');
    const first = start(['data', ...fetchBoth], { cwd, env });
    const end = ended(first);
    const asked = server.requests.length;
    await until(() => server.requests.length > asked + 1);
    const { code, stderr } = await data('update');
    expect(code).toBe(7);
    expect(stderr).toMatch(/must not be open elsewhere: another process is using it/);
    expect((await end).code).toBe(0);
  });
});

describe("the README's way from nothing to a backtest", () => {
  it('is what a new user may type, line by line', async () => {
    const stepMs = 300_000;
    const beginMs = Math.floor(Date.now() / stepMs) * stepMs - 9000 * stepMs;
    const candles = inventedCandles(5, beginMs, 9001, stepMs, 60_000);
    const stamps = Array.from({ length: 94 }, (_, i) => {
      return { atMs: beginMs + i * 8 * HOUR_MS, rate: 0.0001 };
    });
    await server.stop();
    const one = { candles, funding: stamps, tickSize: 0.1, lotSize: 0.001 };
    server = await startAsterServer({ symbols: { BTCUSDT: one }, intervalMs: stepMs });
    env['SAPPHIRE_ASTER_URL'] = server.hosts.restUrl;
    const readme = readFileSync(join(TOP, 'README.md'), 'utf8');
    const block = /## From nothing to a backtest of your symbol\n\n```\n(.*?)```/s.exec(
      readme,
    )![1]!;
    const lines = block
      .trim()
      .split('\n')
      .map((line) => line.split('#')[0]!.trim());
    expect(lines.shift()).toBe('npm ci');
    const said: string[] = [];
    for (const line of lines) {
      const [, verb, rest = ''] = /^npm run (\S+) --\s*(.*)$/.exec(line)!;
      const { code, stdout, stderr } = await here.sapphire([verb!, ...rest.split(/\s+/)], {
        cwd,
        env,
      });
      expect({ line, code, stderr }).toEqual({ line, code: 0, stderr: '' });
      said.push(stdout);
    }
    expect(said[0]).toMatch(/^aster BTCUSDT 5m +9,000 added.*\n +begins /);
    expect(said[0]).toContain('next  npm run backtest -- --symbols BTCUSDT');
    expect(said[1]).toContain('aster BTCUSDT 5m: 9,000 candles');
    expect(said[2]).toMatch(/^swarm · BTC · 5m · .* · 9,000 candles/);
    expect(said[2]).toMatch(/run again: same numbers/);
    expect(said[2]).not.toMatch(/SYNTHETIC|assumed/);
    expect(said[3]).toMatch(/^aster BTCUSDT 5m +0 added, 60 unchanged/);
  });
});

describe('killed at any moment', () => {
  it(
    'a fetch is brought by update to what it would have been',
    async () => {
      await data(...fetchBoth);
      const whole = await digests();
      const rounds = LONG ? 60 : 3;
      for (let k = 0; k < rounds; k++) {
        cwd = here.folder();
        const child = start(['data', ...fetchBoth], { cwd, env });
        const end = ended(child);
        const from = server.requests.length;
        // Between the listing and the last of eleven requests, each followed by a commit.
        await until(
          () => server.requests.length - from > (k * 11) / rounds || child.exitCode !== null,
        );
        await new Promise((done) => setTimeout(done, (k * 37) % 60));
        child.kill('SIGKILL');
        await end;
        const path = `${cwd}/data/market.duckdb`;
        const isBegun = existsSync(path) && (await data('update', '--dry-run')).code === 0;
        // As a document: a bar on a slow machine would stand on stderr.
        const { code, stderr } = await data(...(isBegun ? ['update'] : fetchBoth), '--json');
        expect({ k, code, stderr }).toEqual({ k, code: 0, stderr: '' });
        expect({ k, found: await digests() }).toEqual({ k, found: whole });
      }
    },
    LONG ? 1_800_000 : 300_000,
  );
});

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries++) {
    if (tries > 3000) throw new Error('it never came to that');
    await new Promise((done) => setTimeout(done, 5));
  }
}
