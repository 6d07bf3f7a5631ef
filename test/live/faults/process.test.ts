// F26, F43 to F45 and F48 to F50: two processes, kills, damaged files, a store that is gone, another
// version's journal. What the journal does byte by byte is claimed in test/live/journal/.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../../data/store.ts';
import { random } from '../../../engine/random.ts';
import type { RunInput } from '../../../engine/research/backtest.ts';
import { FORMAT } from '../../../live/journal/manifest.ts';
import { JournalRefusal } from '../../../live/journal/refusal.ts';
import { runSession, type SessionPlan } from '../../../live/recovery.ts';
import { replayFolder } from '../../../live/replay.ts';
import { randomWorld } from '../../engine/random-world.ts';
import { room } from '../../support/cli.ts';
import { panelOf, START_MS } from '../../support/market.ts';
import { FREE, inputOf, targets } from '../../support/run.ts';
import { writeSmallStore } from '../../support/small-store.ts';
import {
  backtestOf,
  bytesOf,
  copied,
  cutAt,
  digestsOf,
  inRoom,
  newest,
  planOf,
} from '../support.ts';
import { byHand, closeMs, HandClock, idsIn, LONG } from './support.ts';

const input = randomWorld(9, { solo: false, rows: 120, stops: true });
const wanted = digestsOf(backtestOf(input));

describe('F26 F48 a second process', () => {
  it('F48 is refused with exit code 7 while the first trades, and disturbs nothing', async () => {
    await inRoom(async (folder) => {
      const refusals: unknown[] = [];
      const tries: Promise<unknown>[] = [];
      const first = await runSession(
        planOf(input, folder, {
          onRow: ({ row }) => {
            if (row % 30 !== 15) return;
            tries.push(runSession(planOf(input, folder)).catch((error) => refusals.push(error)));
          },
        }),
      );
      await Promise.all(tries);
      expect(refusals).toHaveLength(4);
      for (const one of refusals) {
        expect(one).toBeInstanceOf(JournalRefusal);
        expect(one).toMatchObject({ code: 'journal-locked', exitCode: 7 });
        expect(String(one)).toContain(`process ${process.pid} on`);
      }
      expect(digestsOf(first)).toEqual(wanted);
    });
  });

  it('F26 that comes after the first goes on with its numbers: no order id is used twice', async () => {
    await inRoom(async (folder) => {
      for (const row of [40, 80, 1000]) {
        const stop = new AbortController();
        const plan = planOf(input, folder, {
          onRow: (kernel) => {
            if (kernel.row === row) stop.abort();
          },
        });
        await runSession(plan, stop.signal);
      }
      const ids = idsIn(folder);
      expect(ids.length).toBeGreaterThan(30);
      expect(ids).toEqual(ids.map((_, k) => k + 1));
    });
  });
});

describe('F43 F44 a process that is killed', () => {
  it('F43 at any byte: the session that goes on is the one that was never killed', async () => {
    await inRoom(async (root) => {
      const whole = join(root, 'whole');
      await runSession(planOf(input, whole));
      const first = readFileSync(newest(whole)).indexOf(10) + 1;
      const last = bytesOf(whole);
      const draw = random(43, 'cuts');
      for (let k = 0; k < (LONG ? 1000 : 25); k++) {
        const folder = copied(whole, join(root, `cut-${k}`));
        const at = first + Math.floor(draw() * (last - first));
        cutAt(folder, at);
        expect(digestsOf(await runSession(planOf(input, folder))), `byte ${at}`).toEqual(wanted);
      }
    });
  }, 300_000);

  it('F43 and started again hours later, its legs are together in every row as they were', async () => {
    await inRoom(async (folder) => {
      const chart = { A: '100 101 103 102 104 105 101 99', B: '50 51 52 51 52 51 50 49', C: '7x8' };
      const said = targets({ A: '0.3 . 0 0.3', B: '. 0.3 . . -0.3', C: '. . 0.3' });
      const trio = inputOf(panelOf(chart), [said], FREE);
      const half = async (from: number, to: number, laterMs: number) => {
        const clock = new HandClock(START_MS);
        clock.goTo(closeMs(trio, from) + laterMs);
        const feed = byHand(trio, clock, async (hand) => {
          for (let i = from; i < to; i++) {
            clock.goTo(closeMs(trio, i) + 100);
            await hand.row(i);
          }
        });
        return runSession(planOf(trio, folder, { feed }));
      };
      await half(0, 4, 0);
      // The clock is hours past every row that is run again: none closes for want of its other legs.
      const outcome = await half(4, 8, 0);
      expect(outcome.recoveredRows).toBe(4);
      expect(digestsOf(outcome)).toEqual(digestsOf(backtestOf(trio)));
      expect(outcome.counts).toEqual({ late: 0, revised: 0, repeated: 0, unsound: 0 });
    });
  });

  it('F44 between an intent and the answer to it: nothing is sent again, the answer is the same', async () => {
    await inRoom(async (root) => {
      const whole = join(root, 'whole');
      await runSession(planOf(input, whole));
      const text = readFileSync(newest(whole), 'latin1').split(/(?<=\n)/);
      const ends = text.map((_, k) => text.slice(0, k + 1).join('').length);
      const outs = [...text.keys()].filter((k) => text[k]!.includes('"k":"out"'));
      const step = Math.ceil(outs.length / (LONG ? outs.length : 12));
      for (let n = 0; n < outs.length; n += step) {
        const folder = copied(whole, join(root, `cut-${n}`));
        cutAt(folder, ends[outs[n]!]!);
        const again = await runSession(planOf(input, folder));
        expect(digestsOf(again), `after line ${outs[n]}`).toEqual(wanted);
        const ids = idsIn(folder);
        expect(ids).toEqual(ids.map((_, k) => k + 1));
      }
    });
  });
});

describe('F45 a journal that the disk has damaged', () => {
  it('F45 by a tail of zeros goes on; by a block of before, or a flipped bit, is refused', async () => {
    await inRoom(async (root) => {
      const whole = join(root, 'whole');
      await runSession(planOf(input, whole));
      const bytes = readFileSync(newest(whole));
      const half = Math.floor(bytes.length / 2);
      const zeroed = copied(whole, join(root, 'zeroed'));
      const tail = Buffer.concat([bytes.subarray(0, half), Buffer.alloc(4096)]);
      writeFileSync(newest(zeroed), tail);
      const again = await runSession(planOf(input, zeroed));
      expect(digestsOf(again)).toEqual(wanted);
      expect(again.cutBytes).toBeGreaterThanOrEqual(4096);

      const stale = Buffer.from(bytes);
      bytes.copy(stale, 8192, 4096, 8192);
      const flipped = Buffer.from(bytes);
      flipped[half]! ^= 8;
      for (const [name, content] of [
        ['stale block', stale],
        ['flipped bit', flipped],
      ] as const) {
        const folder = copied(whole, join(root, name));
        const path = newest(folder);
        writeFileSync(path, content);
        const failure = await runSession(planOf(input, folder)).catch((error: unknown) => error);
        expect(failure, name).toMatchObject({ code: 'journal-damaged', exitCode: 2 });
        expect(readFileSync(`${path}.damaged`).equals(content), name).toBe(true);
      }
    });
  });
});

describe('F49 a store that is locked or damaged', () => {
  const here = room('f49');
  const db = here.at('small.duckdb');
  beforeAll(() => writeSmallStore(db));
  afterAll(() => here.remove());
  const words = (store: string, dir: string) => [
    ...['paper', '--db', store, '--days', '10', '--dir', dir, '--json'],
    ...['--strategy', 'sma-cross', '--set', 'parameters.fast=5', '--set', 'parameters.slow=20'],
  ];

  it('F49 is refused in words before a journal is begun, and a replay needs no store at all', async () => {
    const good = await here.sapphire(words(db, 'good'));
    expect(good.code).toBe(0);
    const broken = here.at('broken.duckdb');
    writeFileSync(broken, readFileSync(db).fill(7, 0, 8192));
    const refused = await here.sapphire(words(broken, 'none'));
    expect([1, 2]).toContain(refused.code);
    expect(refused.stdout).toMatch(/"error"/);
    expect(refused.stdout).toContain('broken.duckdb');
    const replay = await here.sapphire(['replay', 'good', '--json']);
    expect(JSON.parse(replay.stdout)).toMatchObject({
      equal: true,
      digest: JSON.parse(good.stdout).digest,
    });
  });

  it('F49 that is being written elsewhere is refused with exit code 7, and goes when the writer does', async () => {
    const store = await openStore(db, { write: true });
    try {
      const refused = await here.sapphire(words(db, 'held'));
      expect(refused.code).toBe(7);
    } finally {
      store.close();
    }
    expect((await here.sapphire(words(db, 'held'))).code).toBe(0);
  });
});

describe('F50 a journal of another version', () => {
  const small: RunInput = inputOf(panelOf({ A: '100 101 103 102 104' }), [targets('1 . 0')], FREE);
  const altered = async (from: string, to: string) =>
    inRoom(async (folder) => {
      await runSession(planOf(small, folder));
      const path = newest(folder);
      writeFileSync(path, readFileSync(path, 'utf8').replace(from, to));
      const plan: SessionPlan = planOf(small, folder);
      const failure = await runSession(plan).catch((error: unknown) => error);
      const { config, seats, solo } = small;
      const loaded = { seats, solo, files: [], label: 'test' };
      const replay = await replayFolder(folder, async () => ({ config, loaded })).catch(
        (error: unknown) => error,
      );
      return { failure, replay };
    });

  it.each([
    ['newer', FORMAT + 1],
    ['older', FORMAT - 1],
  ])(
    'F50 of a %s format is refused by its number, to go on from and to replay',
    async (_, format) => {
      const { failure, replay } = await altered(`"format":${FORMAT}`, `"format":${format}`);
      for (const one of [failure, replay]) {
        expect(one).toMatchObject({ code: 'journal-version', exitCode: 2 });
        const text = `must be of format ${FORMAT}: read it with the version that wrote it, was ${format}`;
        expect(String(one)).toContain(text);
      }
    },
  );

  it('F50 of the same format and other code is refused to go on from, by name', async () => {
    await inRoom(async (folder) => {
      const plan = planOf(small, folder);
      await runSession(plan);
      const identity = { ...plan.identity, code: '9.9.9+other' };
      const failure = await runSession({ ...plan, identity }).catch((error: unknown) => error);
      expect(failure).toMatchObject({ name: 'InputError' });
      expect(String(failure)).toMatch(/it was written with other code.*0\.0\.0\+test/);
    });
  });
});
