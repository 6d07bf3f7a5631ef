// Real processes, really killed: `sapphire paper` is shot five times at moments drawn from a seed,
// started again until it ends, and must come to what an uninterrupted run comes to.

import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { random } from '../../engine/random.ts';
import { readFolder } from '../../live/journal/folder.ts';
import { type Ended, ended, room, start } from '../support/cli.ts';
import { SMALL_ROWS, writeSmallStore } from '../support/small-store.ts';

const SEED = Number(process.env['SAPPHIRE_KILL_SEED'] ?? 20_250_808);
const KILLS = 5;
/** A row every 12 ms: the whole range lasts 4.8 s. */
const SPEED = '300000';
const here = room('kill');
const db = here.at('small.duckdb');
const WORDS = ['paper', '--db', db, '--days', '30', '--strategy', 'sma-cross', '--json'];
const CROSS = ['--set', 'parameters.fast=3', '--set', 'parameters.slow=8'];

beforeAll(() => writeSmallStore(db));
afterAll(() => here.remove());

const options = { cwd: here.root, env: { SAPPHIRE_RUNS: here.at('elsewhere') } };

type Row = Record<string, unknown>;

function document({ code, stdout, stderr }: Ended): Row {
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
}

/** What came of it, however often it was begun. */
const figuresOf = ({ state, digest, decisionDigest, rows, fills, trades, equityUsd }: Row) => {
  return { state, digest, decisionDigest, rows, fills, trades, equityUsd };
};

/** Bytes of the journal so far; 0 before there is one. */
function written(folder: string): number {
  if (!existsSync(folder)) return 0;
  const names = readdirSync(folder).filter((name) => name.endsWith('.ndjson'));
  return names.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

/** Starts it, kills it `ms` after it has begun to write (or after its start); true = it was killed. */
async function shot(
  words: readonly string[],
  folder: string,
  ms: number,
  isEarly: boolean,
): Promise<boolean> {
  const child = start(words, options);
  let isOver = false;
  const end = ended(child).finally(() => {
    isOver = true;
  });
  const before = written(folder);
  while (!isEarly && !isOver && written(folder) === before) await sleep(5);
  await sleep(ms);
  child.kill('SIGKILL');
  const { code, stderr } = await end;
  expect(code === 'SIGKILL' || code === 0, stderr).toBe(true);
  return code === 'SIGKILL';
}

describe('kill -9', () => {
  it(`${KILLS} times at moments of seed ${SEED} changes nothing of the end`, async () => {
    const whole = document(await ended(start([...WORDS, ...CROSS, '--dir', 'whole'], options)));
    expect(whole['rows']).toBe(SMALL_ROWS);
    expect(whole['fills']).toBeGreaterThan(50);
    const folder = here.at('often');
    const again = [...WORDS, ...CROSS, '--dir', folder];
    const draw = random(SEED, 'kill -9');
    const moments: string[] = [];
    let killed = 0;
    for (let k = 0; k < KILLS; k++) {
      // One of them while it starts, recovery included; the others while it trades.
      const isEarly = k === 2;
      const ms = Math.round(isEarly ? 200 + 500 * draw() : 30 + 570 * draw());
      const wasKilled = await shot([...again, '--speed', SPEED], folder, ms, isEarly);
      if (wasKilled) killed++;
      moments.push(
        `${ms} ms after its ${isEarly ? 'start' : 'first bytes'}, ${written(folder)} bytes`,
      );
    }
    console.log(`killed with seed ${SEED}: ${moments.join('; ')}`);
    expect(killed, moments.join('; ')).toBe(KILLS);
    const last = document(await ended(start([...again, '--speed', 'max'], options)));
    expect(figuresOf(last), moments.join('; ')).toEqual(figuresOf(whole));
    expect(last['recoveredRows']).toBeGreaterThan(20);
    const replay = document(await ended(start(['replay', folder, '--json'], options)));
    expect(replay).toMatchObject({ equal: true, firstDivergence: null });
    expect(replay['digest']).toBe(whole['digest']);
    const lines = [...readFolder(folder)];
    // A note that was written shortly before the next shot went with it, but never the last one.
    const recovered = lines.filter(({ kind, ...line }) => {
      return kind === 'note' && 'note' in line && line.note.code === 'recovered';
    });
    expect(recovered.length).toBeGreaterThanOrEqual(1);
    expect(recovered.length).toBeLessThanOrEqual(KILLS);
    const ids = lines.flatMap((line) =>
      line.kind === 'out' && line.intent.kind === 'submit-order' ? [line.intent.order.id] : [],
    );
    expect(ids, 'every order once').toEqual(ids.map((_, k) => k + 1));
  }, 60_000);
});
