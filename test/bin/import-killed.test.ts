// kill -9 in the middle of an import, then the same command again: the store is what an uninterrupted
// import gives, by digest.

import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, expect, it } from 'vitest';
import { openStore } from '../../data/store.ts';
import { MINUTE_MS } from '../../engine/interval.ts';
import { random } from '../../engine/random.ts';
import { room } from '../support/cli.ts';

const LONG = process.env['SAPPHIRE_LONG'] !== undefined;
const KILLS = LONG ? 12 : 2;
const here = room('import-killed');
afterAll(() => here.remove());

it(
  `${KILLS} kills in an import leave whole files or none, and going on gives the same digests`,
  async () => {
    const inbox = here.at('inbox');
    mkdirSync(inbox);
    const files = 3;
    for (let k = 0; k < files; k++) {
      let text = 'ts,open,high,low,close,volume\n';
      for (let i = 0; i < 60_000; i++)
        text += `${1.7e12 - (1.7e12 % MINUTE_MS) + i * MINUTE_MS},100,101,99,100,${i % 97}\n`;
      writeFileSync(`${inbox}/v__S${k}__1m.csv`, text);
    }
    const whole = here.at('whole.duckdb');
    const started = performance.now();
    expect(await here.sapphire(['data', 'import', inbox, '--db', whole])).toMatchObject({
      code: 0,
    });
    const tookMs = performance.now() - started;
    const draw = random(5, 'kills');
    const killed = here.at('killed.duckdb');
    for (let k = 0; k < KILLS; k++) {
      const main = new URL('../../bin/sapphire.mjs', import.meta.url).pathname;
      const words = [main, 'data', 'import', inbox, '--db', killed];
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
