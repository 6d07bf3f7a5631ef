// Claims about starting again: whatever byte a session was cut at, it ends as if nothing had happened,
// or it is refused.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { random } from '../../engine/random.ts';
import type { RunInput } from '../../engine/research/backtest.ts';
import { Divergence } from '../../live/divergence.ts';
import { linkHash } from '../../live/journal/chain.ts';
import { readFolder } from '../../live/journal/folder.ts';
import { JournalLock } from '../../live/journal/lock.ts';
import { JournalFault, JournalRefusal } from '../../live/journal/refusal.ts';
import { runSession, type SessionPlan } from '../../live/recovery.ts';
import { replayFolder } from '../../live/replay.ts';
import { randomWorld } from '../engine/random-world.ts';
import { configOf } from '../support/run.ts';
import { BadDisk } from './journal/bad-disk.ts';
import {
  backtestOf,
  bytesOf,
  copied,
  cutAt,
  digestsOf,
  figuresOf,
  inRoom,
  newest,
  planOf,
} from './support.ts';

const LONG = process.env['SAPPHIRE_LONG'] === '1';
const KILLS = LONG ? 500 : 25;

/** A world with fills, funding, latency and outages: much is under way at any byte. */
function busyWorld(): RunInput {
  const input = randomWorld(32, { solo: false, rows: 300, stops: true });
  const { config } = input;
  const world = {
    ...config.world,
    latency: { entry: { model: 'uniform', ms: 100, maxMs: 4_000_000 } },
    outages: { perMonth: 30, meanMinutes: 90 },
  };
  return { ...input, config: configOf({ ...config, world } as Parameters<typeof configOf>[0]) };
}

const input = busyWorld();

/** The replay of a journal; its strategies were never in a file. */
function replayed(folder: string) {
  const { config, seats, solo } = input;
  const loaded = { seats, solo, files: [], label: 'test' };
  return replayFolder(folder, async () => ({ config, loaded }));
}

type Edit = (lines: string[]) => string[];

/** Rewrites a journal with a chain that holds: damage that no hash can find. */
function rewrite(folder: string, edit: Edit): void {
  const path = newest(folder);
  const lines = edit(readFileSync(path, 'latin1').trimEnd().split('\n'));
  let hash = 'A'.repeat(22);
  const bodies = lines.map((line) => {
    const body = line.replace(/,"h":"[\w-]{22}"\}$/, '');
    hash = linkHash(hash, body);
    return `${body},"h":"${hash}"}\n`;
  });
  writeFileSync(path, bodies.join(''), 'latin1');
}

/** Makes the first fill of a journal a little larger. */
const largerFill: Edit = (lines) => {
  const k = lines.findIndex((line) => line.includes('"order-filled"'));
  const bigger = (_: string, qty: string) => `"qty":${Number(qty) * 2}`;
  return lines.with(k, lines[k]!.replace(/"qty":(-?[\d.e-]+)/, bigger));
};

describe('a session that was cut', () => {
  it(`at any of ${KILLS} bytes goes on to the same end`, async () => {
    await inRoom(async (root) => {
      const whole = join(root, 'whole');
      const wanted = await runSession(planOf(input, whole));
      expect(digestsOf(wanted)).toEqual(digestsOf(backtestOf(input)));
      expect(wanted.kernel.fills.length).toBeGreaterThan(100);
      const bytes = bytesOf(whole);
      const first = readFileSync(newest(whole)).indexOf(10) + 1;
      const draw = random(20_250_601, 'kills');
      for (let k = 0; k < KILLS; k++) {
        const folder = copied(whole, join(root, `cut-${k}`));
        const at = first + Math.floor(draw() * (bytes - first));
        cutAt(folder, at);
        const again = await runSession(planOf(input, folder));
        expect(digestsOf(again), `cut at byte ${at}`).toEqual(digestsOf(wanted));
        expect(figuresOf(again), `cut at byte ${at}`).toEqual(figuresOf(wanted));
        const replay = await replayed(folder);
        expect(replay, `cut at byte ${at}`).toMatchObject({ equal: true, ...digestsOf(wanted) });
      }
    });
  });

  it('remembers what it did: agents that learn go on as if it had not been cut', async () => {
    const { decision } = input.config;
    const learns: RunInput = {
      ...input,
      config: {
        ...input.config,
        decision: {
          ...decision,
          memory: { ...decision.memory, enabled: true, priorTrades: 1 },
          consensus: { ...decision.consensus, weighting: 'performance', minTrades: 3 },
        },
      },
    };
    await inRoom(async (root) => {
      const whole = join(root, 'whole');
      const wanted = await runSession(planOf(learns, whole));
      expect(digestsOf(wanted)).toEqual(digestsOf(backtestOf(learns)));
      expect(digestsOf(wanted)).not.toEqual(digestsOf(backtestOf(input)));
      const memories = (kernel: typeof wanted.kernel) => kernel.learning!.memory!.all();
      expect(memories(wanted.kernel).length).toBeGreaterThan(5);
      const bytes = bytesOf(whole);
      for (const share of [0.35, 0.6, 0.9]) {
        const folder = copied(whole, join(root, `cut-${share}`));
        cutAt(folder, Math.floor(bytes * share));
        const again = await runSession(planOf(learns, folder));
        expect(again.recoveredRows).toBeGreaterThan(50);
        expect(digestsOf(again)).toEqual(digestsOf(wanted));
        expect(memories(again.kernel)).toEqual(memories(wanted.kernel));
      }
    });
  });

  it('again and again, wherever it stood, still ends the same', async () => {
    await inRoom(async (root) => {
      const folder = join(root, 'often');
      const wanted = await runSession(planOf(input, folder));
      const draw = random(5, 'again');
      for (let k = 0; k < 8; k++) {
        cutAt(folder, Math.floor(bytesOf(folder) * (0.3 + 0.7 * draw())));
        const again = await runSession(planOf(input, folder));
        expect(digestsOf(again)).toEqual(digestsOf(wanted));
      }
    });
  });

  it('sends nothing twice: every order stands once in the journal that went on', async () => {
    await inRoom(async (root) => {
      const folder = join(root, 'once');
      await runSession(planOf(input, folder));
      cutAt(folder, Math.floor(bytesOf(folder) / 2));
      await runSession(planOf(input, folder));
      const ids = [...readFolder(folder)].flatMap((line) =>
        line.kind === 'out' && line.intent.kind === 'submit-order' ? [line.intent.order.id] : [],
      );
      expect(ids.length).toBeGreaterThan(100);
      expect(ids).toEqual(ids.map((_, k) => k + 1));
    });
  });

  it('by Ctrl-C stops with a line that says so and goes on in a new file', async () => {
    await inRoom(async (root) => {
      const folder = join(root, 'stopped');
      const stop = new AbortController();
      const plan = planOf(input, folder, {
        onRow: ({ row }) => {
          if (row === 100) stop.abort();
        },
      });
      const half = await runSession(plan, stop.signal);
      expect(half.code).toBe('interrupted');
      expect(half.kernel.row).toBe(100);
      const rest = await runSession(planOf(input, folder));
      expect(rest).toMatchObject({ code: 'ended', recoveredRows: 100 });
      expect(digestsOf(rest)).toEqual(digestsOf(backtestOf(input)));
      expect(newest(folder)).toMatch(/000002\.ndjson$/);
      expect(await replayed(folder)).toMatchObject({ equal: true });
    });
  });

  it('after its end is told once more, and nothing is written', async () => {
    await inRoom(async (root) => {
      const folder = join(root, 'ended');
      const wanted = await runSession(planOf(input, folder));
      const before = readFileSync(newest(folder));
      const again = await runSession(planOf(input, folder));
      expect(figuresOf(again)).toEqual(figuresOf(wanted));
      expect(digestsOf(again)).toEqual(digestsOf(wanted));
      expect(readFileSync(newest(folder)).equals(before)).toBe(true);
    });
  });
});

describe('a journal', () => {
  const refused = async (change: Partial<SessionPlan>) =>
    inRoom(async (root) => {
      await runSession(planOf(input, root));
      cutAt(root, Math.floor(bytesOf(root) / 2));
      const before = readFileSync(newest(root));
      const failure = await runSession(planOf(input, root, change)).catch(
        (error: unknown) => error,
      );
      expect(readFileSync(newest(root)).equals(before)).toBe(true);
      return String(failure);
    });
  const { identity, market } = planOf(input, '');

  it.each([
    ['config', { config: { ...input.config, seed: 99 } }],
    ['code', { identity: { ...identity, code: '0.0.0+other' } }],
    ['node', { identity: { ...identity, node: 'v25.0.0' } }],
    ['data', { identity: { ...identity, data: { all: 'e' } } }],
    ['market', { market: { ...market, firstRow: market.firstRow + 1 } }],
  ])('written with another %s is refused and left as it is', async (what, change) => {
    expect(await refused(change)).toMatch(
      new RegExp(`must be a journal of this very session; it was written with other .*${what}`),
    );
  });

  it('that a second session wants while the first writes is refused with exit code 7', async () => {
    await inRoom(async (root) => {
      const lock = JournalLock.take(root, 'the first');
      try {
        const failure = await runSession(planOf(input, root)).catch((error: unknown) => error);
        expect(failure).toBeInstanceOf(JournalRefusal);
        expect(failure).toMatchObject({ code: 'journal-locked', exitCode: 7 });
      } finally {
        lock.release();
      }
    });
  });

  it('whose chain holds but whose fill is another one is not gone on from', async () => {
    await inRoom(async (root) => {
      await runSession(planOf(input, root));
      rewrite(root, largerFill);
      const failure = await runSession(planOf(input, root)).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(Divergence);
      const { difference, exitCode } = failure as Divergence;
      expect(exitCode).toBe(1);
      expect(difference.what).toBe('event');
      expect(difference.recorded).toMatch(/"order-filled"/);
      expect(difference.found).toMatch(/"order-filled"/);
    });
  });

  it('that holds more than follows from its candles is not gone on from', async () => {
    await inRoom(async (root) => {
      await runSession(planOf(input, root));
      rewrite(root, (lines) => {
        const last = lines.length - 1;
        const tsMs = /"t":\d+/.exec(lines[last]!)![0];
        const event = '"e":{"kind":"venue-probe","venue":0,"ok":true}';
        const more = `{"s":${last},"k":"in",${tsMs},${event},"h":"${'A'.repeat(22)}"}`;
        const stop = lines[last]!.replace(/^\{"s":\d+/, `{"s":${last + 1}`).replace(
          /"n":(\d+)/,
          (_, count) => `"n":${Number(count) + 1}`,
        );
        return [...lines.slice(0, last), more, stop];
      });
      const failure = await runSession(planOf(input, root)).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(Divergence);
      expect((failure as Divergence).difference).toMatchObject({ what: 'event', found: null });
    });
  });

  it('that breaks its chain is refused and set aside', async () => {
    await inRoom(async (root) => {
      await runSession(planOf(input, root));
      const path = newest(root);
      const bytes = readFileSync(path);
      bytes[Math.floor(bytes.length / 2)]! ^= 1;
      writeFileSync(path, bytes);
      const failure = await runSession(planOf(input, root)).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'journal-damaged', exitCode: 2 });
      expect(readFileSync(`${path}.damaged`).equals(bytes)).toBe(true);
    });
  });
});

describe('a disk that is full', () => {
  it('ends the session with exit code 3, a stop in the room that was kept, and nothing sent', async () => {
    await inRoom(async (root) => {
      const disk = new BadDisk();
      const sent: number[] = [];
      const plan = planOf(input, root, {
        disk,
        onRow: ({ row }) => {
          if (row === 60) disk.room = 0;
        },
      });
      const watched: SessionPlan = {
        ...plan,
        openPort: (answer, view) => {
          const port = plan.openPort(answer, view);
          return {
            id: port.id,
            onRow: (row) => port.onRow!(row),
            close: () => port.close(),
            carryOut: (intents, nowMs) => {
              for (const one of intents) if (one.kind === 'submit-order') sent.push(one.order.id);
              port.carryOut(intents, nowMs);
            },
          };
        },
      };
      const failure = await runSession(watched).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(JournalFault);
      expect(failure).toMatchObject({ exitCode: 3, errno: 'ENOSPC' });
      const lines = [...readFolder(root)];
      expect(lines.at(-1)).toMatchObject({ kind: 'stop', code: 'failed' });
      const written = lines.filter(
        (line) => line.kind === 'out' && line.intent.kind === 'submit-order',
      );
      expect(sent.length).toBeLessThan(written.length);
      // With room again it goes on in a new file, to the same end.
      const rest = await runSession(planOf(input, root));
      expect(digestsOf(rest)).toEqual(digestsOf(backtestOf(input)));
    });
  });
});

describe('a replay', () => {
  it('names the line at which a journal does not follow from its inputs, and its cause', async () => {
    await inRoom(async (root) => {
      await runSession(planOf(input, root));
      rewrite(root, largerFill);
      const { equal, firstDivergence } = await replayed(root);
      expect(equal).toBe(false);
      expect(firstDivergence!.causeSeq).toBeLessThan(firstDivergence!.seq);
      expect(firstDivergence!.cause).toMatch(/^\{"tsMs":\d/);
    });
  });

  it('finds an intent that was left out of a journal that ended', async () => {
    await inRoom(async (root) => {
      await runSession(planOf(input, root));
      rewrite(root, (lines) => {
        const k = lines.findIndex((line) => line.includes('"submit-order"'));
        return lines
          .toSpliced(k, 1)
          .map((line, seq) => line.replace(/^\{"s":\d+/, `{"s":${seq}`))
          .map((line) => line.replace(/"o":(\d+)/, (_, count) => `"o":${count - 1}`));
      });
      const { firstDivergence } = await replayed(root);
      expect(firstDivergence).toMatchObject({ what: 'intent' });
      expect(firstDivergence!.found).toMatch(/"submit-order"/);
    });
  });
});
