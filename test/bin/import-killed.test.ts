// kill -9 in the middle of an import, or a disk that is full, then the same command again: the store is
// what an uninterrupted import gives, by digest.

import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStore } from '../../data/store.ts';
import { MINUTE_MS } from '../../engine/interval.ts';
import { random } from '../../engine/random.ts';
import { ended, room, SCRIPT } from '../support/cli.ts';

const LONG = process.env['SAPPHIRE_LONG'] !== undefined;
const KILLS = LONG ? 12 : 2;
const here = room('import-killed');
const inbox = here.at('inbox');
const whole = here.at('whole.duckdb');
let tookMs: number;

beforeAll(async () => {
  mkdirSync(inbox);
  for (let k = 0; k < 3; k++) {
    let text = 'ts,open,high,low,close,volume\n';
    for (let i = 0; i < 60_000; i++)
      text += `${1.7e12 - (1.7e12 % MINUTE_MS) + i * MINUTE_MS},100,101,99,100,${i % 97}\n`;
    writeFileSync(`${inbox}/v__S${k}__1m.csv`, text);
  }
  const startedMs = performance.now();
  expect(await here.sapphire(['data', 'import', inbox, '--db', whole])).toMatchObject({ code: 0 });
  tookMs = performance.now() - startedMs;
}, 120_000);
afterAll(() => here.remove());

it(
  `${KILLS} kills in an import leave whole files or none, and going on gives the same digests`,
  async () => {
    const draw = random(5, 'kills');
    const killed = here.at('killed.duckdb');
    for (let k = 0; k < KILLS; k++) {
      const words = [SCRIPT, 'data', 'import', inbox, '--db', killed];
      const child = spawn(process.execPath, words, { cwd: here.root, stdio: 'ignore' });
      const gone = new Promise((done) => child.once('exit', done));
      setTimeout(() => child.kill('SIGKILL'), tookMs * (0.2 + 0.75 * draw()));
      await gone;
      const rows = await rowsOf(killed);
      for (const count of rows) expect(count).toBe(60_000);
    }
    expect(await here.sapphire(['data', 'import', inbox, '--db', killed])).toMatchObject({
      code: 0,
    });
    expect(await digestsOf(killed)).toEqual(await digestsOf(whole));
  },
  LONG ? 900_000 : 300_000,
);

it.skipIf(process.platform === 'win32')(
  'a full disk leaves whole files, says so, and the same command goes on once there is room',
  async () => {
    const db = here.at('full.duckdb');
    // No file may grow beyond so many half-KiB blocks: the system answers writes as a full disk does.
    const limited = `trap '' XFSZ; ulimit -f 7000; exec '${process.execPath}' '${SCRIPT}' data import '${inbox}' --db '${db}'`;
    const full = await ended(spawn('sh', ['-c', limited], { cwd: here.root }));
    expect(full.code).toBe(1);
    expect(full.stderr).toMatch(
      /error: .*full\.duckdb: must have room to be written; what was committed before is whole/,
    );
    expect(full.stdout).toMatch(/imported {2}v__S0__1m\.csv: v S0 1m, 60,000 added/);
    expect(full.stdout).toContain('what was imported stays; the same command goes on from there');
    const before = await rowsOf(db);
    expect(before.length).toBeGreaterThan(0);
    for (const count of before) expect(count).toBe(60_000);
    const again = await here.sapphire(['data', 'import', inbox, '--db', db]);
    expect(again).toMatchObject({ code: 0 });
    expect(again.stdout).toContain('v S0 1m, 0 added, 60,000 unchanged');
    expect(await digestsOf(db)).toEqual(await digestsOf(whole));
  },
  120_000,
);

async function rowsOf(path: string): Promise<number[]> {
  try {
    const store = await openStore(path);
    const rows = (await store.datasets()).map((one) => one.rows);
    store.close();
    return rows;
  } catch {
    // Killed before the file was a store: the next import makes it one.
    return [];
  }
}

async function digestsOf(path: string) {
  const store = await openStore(path);
  const digests = (await store.datasets()).map(({ symbol, rows, digest }) => [
    symbol,
    rows,
    digest,
  ]);
  store.close();
  return digests;
}
