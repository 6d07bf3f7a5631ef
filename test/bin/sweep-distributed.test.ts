// A sweep on several machines: real processes, a real redis-server, really killed. Whoever runs the trials,
// and whatever happens to them, the files are those of a sweep on one thread.

import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Announcement, announce, PROTOCOL } from '../../engine/host/remote/announcement.ts';
import { redisAddress } from '../../engine/host/remote/redis.ts';
import { ended, room, start } from '../support/cli.ts';
import { hasRedis, type RedisServer, redisServer } from '../support/redis.ts';
import { writeSmallStore } from '../support/small-store.ts';
import { writeAsking } from '../support/tape-room.ts';
import {
  factsBytes,
  folderWith,
  KEPT_FILES,
  rowsOf,
  SLOW,
  type SweepDocument,
  statusesOf,
  sweepJson,
  until,
  wholeSweep,
  writeSpec,
} from './sweep-support.ts';

const LONG = process.env['SAPPHIRE_LONG'] === '1';
const here = room('sweep-distributed');
const db = here.at('small.duckdb');
const TRIALS = 48;
const JUDGED = 3;
const BASE = ['--db', db, '--symbols', 'BTCUSDT'];

let redis: RedisServer;
let words: readonly string[];
let wanted: Readonly<Record<string, string>>;
let made = 0;
/** A database of its own for each test. */
let database = 0;

const children: ChildProcessWithoutNullStreams[] = [];

interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  readonly end: ReturnType<typeof ended>;
  /** What it has said on stderr so far. */
  readonly said: () => string;
}

function begin(all: readonly string[], runs = here.at('runs'), cwd = here.root): Running {
  const child = start(all, { cwd, env: { SAPPHIRE_RUNS: runs } });
  children.push(child);
  let stderr = '';
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  return { child, end: ended(child), said: () => stderr };
}

const worker = (more: readonly string[] = [], cwd = here.root) =>
  begin(
    ['sweep-worker', '--redis', redis.url(database), '--data', db, '--workers', '1', ...more],
    here.at('no-runs'),
    cwd,
  );

function coordinator(all: readonly string[], cwd = here.root) {
  const runs = here.at(`runs-${made++}`);
  const more = ['--json', '--distributed', redis.url(database)];
  return { ...begin(['sweep', ...all, ...more], runs, cwd), runs };
}

function documentOf({ code, stdout, stderr }: Awaited<Running['end']>): SweepDocument {
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return JSON.parse(stdout);
}

/** Its files are those of one thread, and the ledger has each trial once. */
function expectWhole({ digest, out }: Pick<SweepDocument, 'digest' | 'out'>, runs: string): void {
  expect({ digest, ...factsBytes(out, KEPT_FILES) }).toEqual(wanted);
  const last = statusesOf(runs);
  expect(new Set(last.values())).toEqual(new Set(['finished']));
  expect(last.size).toBe(statusesOf(here.at('whole')).size);
}

async function stopped({ child, end }: Running): Promise<string> {
  child.kill('SIGINT');
  const { code, stderr, stdout } = await end;
  expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
  return stderr;
}

/** Trials that a worker says it ran. */
const ranBy = (stderr: string) =>
  [...stderr.matchAll(/: (\d+) trials were run here/g)].reduce((sum, [, n]) => sum + Number(n), 0);

/** Many processes, one after the other, on a machine that may be busy. */
const LONG_MS = 120_000;

afterAll(() => here.remove());

describe.skipIf(!hasRedis())('a sweep that is distributed', { timeout: LONG_MS }, () => {
  beforeAll(async () => {
    redis = await redisServer();
    const swept = await wholeSweep(here, { budget: TRIALS, batch: 12, judged: JUDGED, workers: 1 });
    words = swept.words;
    wanted = swept.wanted;
  }, LONG_MS);
  afterEach(() => {
    database++;
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });
  afterAll(async () => {
    await redis?.remove();
  });

  it('over two workers, one of them killed in the middle, leaves the files of one thread', async () => {
    const first = worker();
    const { end, runs, said } = coordinator(words);
    await folderWith(runs, 8);
    const second = worker();
    await until(() => second.said().includes('joined slow'));
    await folderWith(runs, 20);
    // Both have something at hand, and one never gives it back.
    first.child.kill('SIGKILL');
    await first.end;
    const done = await end;
    expectWhole(documentOf(done), runs);
    expect(said()).not.toContain(redis.password);
    const stderr = await stopped(second);
    expect(stderr).not.toContain(redis.password);
    expect(ranBy(stderr)).toBeGreaterThan(0);
    // The folder does not keep where it was queued, nor does Redis keep the sweep.
    const { start: kept } = JSON.parse(
      readFileSync(join(documentOf(done).out, 'sweep.json'), 'utf8'),
    );
    expect(JSON.stringify(kept)).not.toContain('redis');
    const client = new Redis(redis.url(database));
    const keys = await client.keys('*');
    client.disconnect();
    expect(keys.filter((key) => !key.startsWith('sapphire:state:'))).toEqual([]);
  });

  it('whose coordinator is killed goes on: nothing is run twice', async () => {
    const only = worker();
    const { child, end, runs } = coordinator(words);
    const out = await folderWith(runs, 15);
    child.kill('SIGKILL');
    await end;
    // The worker carries on with what was queued: it is there when somebody asks for it.
    await new Promise((next) => setTimeout(next, 500));
    const again = begin(
      ['sweep', '--resume', out, '--json', '--distributed', redis.url(database)],
      runs,
    );
    expectWhole(documentOf(await again.end), runs);
    expect(ranBy(await stopped(only))).toBe(TRIALS + JUDGED);
  });

  it('whose Redis dies and comes back empty waits, says so, and leaves the same files', async () => {
    const own = await redisServer();
    const runs = here.at(`runs-${made++}`);
    try {
      const helper = begin(['sweep-worker', '--redis', own.url(), '--data', db, '--workers', '2']);
      const all = ['sweep', ...words, '--json', '--distributed', own.url()];
      const { end, said } = begin(all, runs);
      await folderWith(runs, 15);
      await own.stop();
      await until(() => said().includes(`${own.shown()} is away: waiting until it is back`));
      await new Promise((next) => setTimeout(next, 1000));
      await own.start();
      expectWhole(documentOf(await end), runs);
      expect(said()).toContain(`${own.shown()} is back: going on`);
      expect(await stopped(helper)).toContain('is away');
    } finally {
      await own.remove();
    }
  });

  it('gives samplers that adapt the same batches: halving and CMA-ES', async () => {
    const helper = worker();
    const whole = { from: 2, to: 40, step: 1 };
    for (const [sampler, parameters] of [
      [{ halving: { eta: 3 } }, { 'parameters.fast': whole, 'parameters.slow': whole }],
      [
        'cma-es',
        {
          'world.slippageBps': { from: 0, to: 20 },
          'risk.maxPositionFraction': { from: 0.05, to: 0.5 },
        },
      ],
    ]) {
      const swept = { config: 'sma-cross', parameters, sampler, budget: 24, batch: 8 };
      const spec = writeSpec(here, 'adapting.json', swept);
      const some = KEPT_FILES.slice(0, 2);
      const local = await sweepJson(here, [spec, ...BASE, '--out', here.folder()]);
      const { end } = coordinator([spec, ...BASE, '--out', here.folder()]);
      const { digest, out } = documentOf(await end);
      expect({ digest, ...factsBytes(out, some) }).toEqual({
        digest: local.digest,
        ...factsBytes(local.out, some),
      });
    }
    // One worker served both.
    expect((await stopped(helper)).match(/done with adapting/g)).toHaveLength(2);
  });

  it('is refused by a worker with other candles, another strategy or none, by both values', async () => {
    const { child, end, said } = coordinator(words);
    const hint = `no worker yet; on any machine: npm run sweep:worker -- --redis ${redis.shown(database)}`;
    await until(() => said().includes(hint));
    const otherDb = here.at('other.duckdb');
    await writeSmallStore(otherDb, 4);
    const own = await worker(['--data', otherDb]).end;
    expect(own.code).toBe(2);
    expect(own.stderr).toMatch(
      /error: data of paperx BTCUSDT: must be the candles of the sweep \([0-9a-f]{64}\), was "[0-9a-f]{64}"/,
    );
    const elsewhere = here.folder();
    const none = await worker([], elsewhere).end;
    expect({ code: none.code, stderr: none.stderr }).toMatchObject({ code: 2 });
    expect(none.stderr).toContain('decision.strategy: no such file, was "./slow.ts"');
    writeFileSync(join(elsewhere, 'slow.ts'), SLOW.replace('2_500', '2_501'));
    const other = await worker([], elsewhere).end;
    expect(other.code).toBe(2);
    expect(other.stderr).toMatch(
      /error: strategy: must be the strategies of the sweep \([0-9a-f]{64}\), was "[0-9a-f]{64}"/,
    );
    // Ctrl-C without any worker: nothing was run, and nothing stays in Redis.
    child.kill('SIGINT');
    const { code, stderr } = await end;
    expect(code).toBe(130);
    expect(stderr).toContain('interrupted: 0 of 48 trials are kept');
    expect(stderr).not.toContain(redis.password);
  });

  it.skipIf(!LONG)(
    'over a tape leaves the files of one thread, and is refused by a worker with another',
    async () => {
      const asking = { at: (...parts: string[]) => here.at('asking', ...parts) };
      const cwd = here.folder('asking');
      await writeAsking(asking, { knowledgeMs: 0 });
      const spec = writeSpec(here, 'asking.json', {
        parameters: { 'consensus.actThreshold': { values: [0.52, 0.6, 0.65] } },
      });
      const all = [spec, '--config', 'mine.json', ...BASE];
      const local = await sweepJson(here, [...all, '--workers', '1'], { cwd });
      const { end, said } = coordinator(all, cwd);
      await until(() => said().includes('no worker yet'));
      const elsewhere = here.folder();
      for (const name of ['trend.ts', 'guess.ts', 'mine.json']) {
        copyFileSync(asking.at(name), join(elsewhere, name));
      }
      const tape = readFileSync(asking.at('answers.ndjson'), 'utf8');
      writeFileSync(join(elsewhere, 'answers.ndjson'), tape.slice(tape.indexOf('\n') + 1));
      const other = await worker([], elsewhere).end;
      expect(other.code).toBe(2);
      expect(other.stderr).toMatch(
        /error: tape: must be the tape of the sweep \([0-9a-f]{64}\), was "[0-9a-f]{64}"/,
      );
      const same = worker([], cwd);
      const { digest, out } = documentOf(await end);
      expect(rowsOf(out).every(({ statistics }) => statistics!.trades > 3)).toBe(true);
      const some = ['trials.ndjson', 'daily-returns.f64'];
      expect({ digest, ...factsBytes(out, some) }).toEqual({
        digest: local.digest,
        ...factsBytes(local.out, some),
      });
      await stopped(same);
    },
  );

  it('is refused by a worker of another version of the code or of Node', async () => {
    const client = new Redis(redis.url(database));
    const digests = { protocol: PROTOCOL, code: '0.0.9+0123456789abcdef', node: 'v23.0.0' };
    const announcement = { id: 'x', name: 'x', startedAt: new Date().toISOString(), digests };
    await announce(client, announcement as unknown as Announcement);
    const { code, stderr, stdout } = await worker().end;
    client.disconnect();
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(
      /error: code: must be the code of the sweep \(0\.0\.9\+0123456789abcdef\), was "[\d.]+\+[0-9a-f]{16}"/,
    );
    expect(stderr).toContain(
      `error: node: must be the Node of the sweep (v23.0.0), was "${process.version}"`,
    );
  });

  it('loses a trial that kills its threads, and is spoilt by one that writes into candles, as locally', async () => {
    const cwd = here.folder();
    writeFileSync(
      join(cwd, 'mine.ts'),
      `import { defineStrategy } from 'sapphire';
      import { isMainThread } from 'node:worker_threads';
      export default defineStrategy({
        name: 'mine',
        parameters: { n: { default: 1, integer: true } },
        decide: ({ i, columns, parameters: { n } }) => {
          if (n === 3 && !isMainThread) process.exit(9);
          if (n === 9 && i === 300) columns.close[299] += 1;
          return i % 20 < n ? 1 : 0;
        },
      });`,
    );
    const helper = worker([], cwd);
    const sweep = (to: number) => {
      const parameters = { 'parameters.n': { from: 1, to, step: 1 } };
      return [
        writeSpec(here, `lost-${to}.json`, { parameters }),
        ...BASE,
        '--strategy',
        './mine.ts',
      ];
    };
    const local = await sweepJson(here, sweep(4), { cwd });
    const { out } = documentOf(await coordinator(sweep(4), cwd).end);
    expect(rowsOf(out)).toEqual(rowsOf(local.out));
    expect(rowsOf(out)[2]).toMatchObject({ code: 'worker-lost' });
    const spoilt = await coordinator(sweep(9), cwd).end;
    expect(spoilt.code).toBe(1);
    expect(JSON.parse(spoilt.stdout).error.message).toContain('a strategy wrote into the candles');
    await stopped(helper);
  });
});

describe('an address', () => {
  it.each([
    [
      'redis.example.org',
      'must be redis://[user:password@]host[:port][/db]',
      '"redis.example.org"',
    ],
    ['http://:secret@host', 'must be redis://', '"...@host"'],
  ])('%s is refused without showing a password', (url, rule, value) => {
    for (const flag of ['--distributed', '--redis']) {
      const refused = () => redisAddress(url, flag);
      expect(refused).toThrow(`${flag}: ${rule}`);
      expect(refused).toThrow(value);
      expect(refused).not.toThrow('secret');
    }
  });

  it('where nobody answers is refused without showing a password, and nothing is left', async () => {
    const spec = writeSpec(here, 'address.json', {
      config: 'sma-cross',
      parameters: { 'parameters.fast': { values: [3] } },
    });
    if (!existsSync(db)) await writeSmallStore(db);
    const cwd = here.folder();
    const url = 'redis://:secret@127.0.0.1:1';
    for (const [verb, flag] of [
      [['sweep', spec, ...BASE], '--distributed'],
      [['sweep-worker', '--data', db], '--redis'],
    ] as const) {
      const { code, stdout, stderr } = await here.sapphire([...verb, flag, url], { cwd });
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      const rule = 'must be a Redis that answers (connect ECONNREFUSED';
      expect(stderr).toContain(`error: ${flag}: ${rule}`);
      expect(stderr).toContain('"redis://127.0.0.1:1"');
      expect(stderr).not.toContain('secret');
    }
    expect(readdirSync(cwd)).toEqual([]);
  });
});
