// The crew of workers: results by number whoever was first, death of a worker, and an end at any time.
// The workers here are small modules that do what their task says.

import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { Pool } from '../../../engine/host/pool.ts';

interface Task {
  readonly n: number;
  /** How long it takes, ms of turning in circles. */
  readonly ms?: number;
  /** `exit`: the thread ends; `throw`: it throws outside of any handler; once, or every time. */
  readonly dies?: 'exit' | 'throw';
  /** Dies only as long as this file is not there, and makes it. */
  readonly unless?: string;
  /** A file that it makes when it begins. */
  readonly begins?: string;
}

const root = mkdtempSync(join(tmpdir(), 'sapphire-pool-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const WORKER = `
import { existsSync, writeFileSync } from 'node:fs';
import { parentPort, threadId, workerData } from 'node:worker_threads';
parentPort.on('message', ({ k, task: { n, ms = 0, dies, unless, begins } }) => {
  if (begins !== undefined) writeFileSync(begins, '');
  const until = performance.now() + ms;
  while (performance.now() < until);
  if (dies !== undefined && !(unless !== undefined && existsSync(unless))) {
    if (unless !== undefined) writeFileSync(unless, '');
    if (dies === 'exit') process.exit(3);
    throw new Error('out of luck');
  }
  parentPort.postMessage({ k, result: n * workerData.factor });
});
parentPort.postMessage({ ready: true });
`;
const STILLBORN = `throw new Error('cannot be loaded');`;

function module(name: string, text: string): URL {
  const path = join(root, name);
  writeFileSync(path, text);
  return pathToFileURL(path);
}
const file = module('worker.mjs', WORKER);

const pools: Pool<Task, number>[] = [];
afterEach(() => Promise.all(pools.splice(0).map((pool) => pool.close())));
function poolOf(workers: number, from = file): Pool<Task, number> {
  const lost = (task: Task, why: string) => (why === '' ? 0 : -task.n);
  const pool = new Pool<Task, number>({ file: from, workers, data: { factor: 10 }, lost });
  pools.push(pool);
  return pool;
}

async function resultsOf(pool: Pool<Task, number>, tasks: readonly Task[]) {
  const results: number[] = [];
  const order: number[] = [];
  const isDone = await pool.run(tasks, (k, result) => {
    expect(results[k]).toBeUndefined();
    results[k] = result;
    order.push(k);
  });
  expect(isDone).toBe(true);
  return { results, order };
}

const tasks = (count: number): Task[] => Array.from({ length: count }, (_, n) => ({ n }));

describe('a pool', () => {
  it('gives every result once, by the number of its task, for any number of workers', async () => {
    const wanted = tasks(200).map(({ n }) => 10 * n);
    for (const workers of [1, 2, 5]) {
      expect((await resultsOf(poolOf(workers), tasks(200))).results).toEqual(wanted);
    }
  });

  it('lets short tasks pass a long one', async () => {
    const all = tasks(20).map((task) => (task.n === 0 ? { ...task, ms: 300 } : task));
    const { order } = await resultsOf(poolOf(2), all);
    expect(order.indexOf(0)).toBeGreaterThan(3);
  });

  it('runs one batch after the other with the same workers, as many as there are tasks', async () => {
    const pool = poolOf(4);
    expect((await resultsOf(pool, tasks(2))).results).toEqual([0, 10]);
    expect(pool.size).toBe(2);
    expect((await resultsOf(pool, tasks(9))).results).toHaveLength(9);
    expect(pool.size).toBe(4);
    expect(await pool.run([], () => {})).toBe(true);
  });
});

describe('a worker that dies', () => {
  it.each(['exit', 'throw'] as const)(
    'by %s is replaced, and its task is run again',
    async (dies) => {
      const unless = join(root, `died-${dies}`);
      const all = tasks(30).map((task) => (task.n === 7 ? { ...task, dies, unless } : task));
      const { results } = await resultsOf(poolOf(2), all);
      expect(results).toEqual(tasks(30).map(({ n }) => 10 * n));
      expect(existsSync(unless)).toBe(true);
    },
  );

  it('of the same task twice loses that task and no other', async () => {
    const all = tasks(30).map((task) => {
      return task.n === 7 || task.n === 8 ? { ...task, dies: 'exit' as const } : task;
    });
    for (const workers of [1, 3]) {
      const { results } = await resultsOf(poolOf(workers), all);
      const wanted = tasks(30).map(({ n }) => (n === 7 || n === 8 ? -n : 10 * n));
      expect(results).toEqual(wanted);
    }
  });

  it('before it was ready, time after time, is the end: with what it said', async () => {
    const pool = poolOf(2, module('stillborn.mjs', STILLBORN));
    await expect(pool.run(tasks(3), () => {})).rejects.toThrow('cannot be loaded');
  });
});

describe('an end', () => {
  it('by stop is at once, and says which tasks were begun', async () => {
    const pool = poolOf(2);
    const all = tasks(10).map((task) => {
      return task.n < 4 ? task : { ...task, ms: 60_000, begins: join(root, `begun-${task.n}`) };
    });
    const running = pool.run(all, () => {});
    const marked = () => all.filter(({ begins }) => begins !== undefined && existsSync(begins));
    while (marked().length < 2) await new Promise((next) => setTimeout(next, 10));
    const begun = await pool.stop();
    expect(await running).toBe(false);
    expect(begun.toSorted((a, b) => a.n - b.n)).toEqual(marked());
    expect(pool.size).toBe(0);
    expect(await pool.run(all, () => {})).toBe(false);
  });

  it('by whoever takes the results is passed on', async () => {
    const pool = poolOf(2);
    const running = pool.run(tasks(50), (k) => {
      if (k === 5) throw new Error('no room');
    });
    await expect(running).rejects.toThrow('no room');
  });
});
