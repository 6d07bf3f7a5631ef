// Claims about the session itself: what leaves when, late legs, full lanes, feeds that fail, speed.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HOUR_MS } from '../../engine/interval.ts';
import type { RunInput } from '../../engine/research/backtest.ts';
import type { Clock } from '../../live/clock.ts';
import type { Feed } from '../../live/feeds/feed.ts';
import { type Inbox, LIMITS } from '../../live/inbox.ts';
import { readFolder } from '../../live/journal/folder.ts';
import { runSession, type SessionPlan } from '../../live/recovery.ts';
import { panelOf, START_MS } from '../support/market.ts';
import { FREE, inputOf, targets } from '../support/run.ts';
import { BadDisk } from './journal/bad-disk.ts';
import { backtestOf, digestsOf, inRoom, newest, planOf, replayOf } from './support.ts';

const CHART = '100 101 103 102 104 105 101 99 100 104';
const TRADES = '1 . . 0 . -1 . . 0';
const small = (): RunInput => inputOf(panelOf({ A: CHART }), [targets(TRADES)], FREE);
const pair = (): RunInput => {
  const chart = panelOf({ A: CHART, B: '50 51 52 - 51 50 49 48 50 51' });
  const said = targets({ A: '0.4 . . 0 . -0.4 . . 0', B: '. 0.4 . . . 0' });
  return inputOf(chart, [said], FREE);
};

/** Time that passes when somebody sleeps, and at no other time. */
function handClock(): Clock & { ms: number } {
  return {
    ms: 0,
    nowMs() {
      return START_MS + this.ms;
    },
    monotonicMs() {
      return this.ms;
    },
    async sleep(ms: number, signal?: AbortSignal) {
      if (!signal?.aborted) this.ms += Math.max(0, ms);
    },
  };
}

/** A feed that says what `say` puts into the inbox. */
function feedOf(clock: Clock, say: (inbox: Inbox) => Promise<void>): Feed {
  return { name: 'replay:test', clock, isOver: () => false, run: say };
}

function candle(row: number, leg: number, close: number) {
  const openMs = START_MS + row * HOUR_MS;
  const tsMs = openMs + HOUR_MS;
  const prices = { open: close, high: close, low: close, close, volume: 100 };
  return { kind: 'candle' as const, tsMs, leg, openMs, ...prices };
}

const eventsOf = (folder: string) =>
  [...readFolder(folder)].flatMap((line) => (line.kind === 'in' ? [line.event] : []));

describe('an intent', () => {
  it('leaves only when its line and all before it are on the disk', async () => {
    await inRoom(async (root) => {
      const disk = new BadDisk();
      const plan = planOf(small(), root, { disk });
      const watched: SessionPlan = {
        ...plan,
        openPort: (answer, view) => {
          const port = plan.openPort(answer, view);
          return {
            id: 'watched',
            onRow: (row) => port.onRow!(row),
            close: () => port.close(),
            carryOut: (intents, nowMs) => {
              disk.calls.push(`sent ${intents.length}`);
              port.carryOut(intents, nowMs);
            },
          };
        },
      };
      await runSession(watched);
      const sent = [...disk.calls.keys()].filter((k) => disk.calls[k]!.startsWith('sent'));
      expect(sent.length).toBeGreaterThan(3);
      for (const k of sent) expect(disk.calls.slice(k - 2, k)).toEqual(['write', 'datasync']);
    });
  });
});

describe('the order of a row', () => {
  it("is: the venue's answers, candles by leg, row-closed, intents with their cause", async () => {
    await inRoom(async (root) => {
      await runSession(planOf(pair(), root));
      const lines = [...readFolder(root)].map((line) => {
        if (line.kind === 'in') return line.event.kind;
        return line.kind === 'out' ? `-> ${line.intent.kind} of ${line.causeSeq}` : line.kind;
      });
      expect(lines.slice(0, 12)).toEqual([
        'manifest',
        'note',
        'candle',
        'candle',
        'row-closed',
        '-> submit-order of 4',
        'note',
        'order-filled',
        'candle',
        'candle',
        'row-closed',
        '-> submit-order of 10',
      ]);
    });
  });
});

describe('a feed', () => {
  it('at a multiple of real time takes as long as that, and comes to the same end', async () => {
    await inRoom(async (root) => {
      const input = small();
      const clock = handClock();
      const { ReplayFeed } = await import('../../live/feeds/replay.ts');
      const options = { name: 'replay:test', speed: 3600, firstRow: 0, clock };
      const feed = new ReplayFeed(input.panel, options);
      const paper = await runSession(planOf(input, root, { feed }));
      expect(digestsOf(paper)).toEqual(digestsOf(backtestOf(input)));
      // Ten hours at 3600 times; a session that idles looks round four times a second meanwhile.
      expect(clock.ms).toBeGreaterThanOrEqual(10_000);
    });
  });

  it('at any speed gives the same journal, byte for byte', async () => {
    await inRoom(async (root) => {
      const { readFileSync } = await import('node:fs');
      const [max, paced] = [join(root, 'max'), join(root, 'paced')];
      await runSession(planOf(pair(), max));
      await runSession(planOf(pair(), paced, { feed: replayOf(pair(), 3_600_000) }));
      expect(readFileSync(newest(paced)).equals(readFileSync(newest(max)))).toBe(true);
    });
  });

  it('that goes silent on one leg has its row closed when the grace time is over', async () => {
    await inRoom(async (root) => {
      const clock = handClock();
      const feed = feedOf(clock, async (inbox) => {
        inbox.push({ lane: 'market', event: candle(0, 0, 100) });
        inbox.push({ lane: 'market', forming: candle(0, 1, 70) });
        clock.ms = HOUR_MS + 4000;
        await inbox.idle();
        while (clock.ms < HOUR_MS + 6000) {
          clock.ms += 500;
          inbox.push({ lane: 'tick' });
          await inbox.idle();
        }
        inbox.push({ lane: 'market', event: candle(0, 1, 50) });
      });
      const paper = await runSession(planOf(pair(), root, { feed, graceMs: 5000 }));
      expect(paper.kernel.row).toBe(1);
      expect(paper.counts).toEqual({ late: 1, revised: 0, repeated: 0, unsound: 0 });
      const [first, second] = eventsOf(root);
      expect([first!.kind, second!.kind]).toEqual(['candle', 'row-closed']);
    });
  });

  it('that fails ends the session with its own error, after a stop', async () => {
    await inRoom(async (root) => {
      const feed = feedOf(handClock(), async () => {
        throw new Error('the line is dead');
      });
      const failure = await runSession(planOf(small(), root, { feed })).catch((error) => error);
      expect(failure).toMatchObject({ message: 'the line is dead' });
      expect([...readFolder(root)].at(-1)).toMatchObject({ kind: 'stop', code: 'feed-failed' });
    });
  });
});

describe('a lane that overflows', () => {
  it('halts the session, and the journal says which', async () => {
    await inRoom(async (root) => {
      const flood = planOf(small(), root, {
        openPort: (answer) => ({
          id: 'flood',
          onRow: () => {
            for (let k = 0; k <= LIMITS.venue; k++) {
              answer({ kind: 'venue-probe', tsMs: START_MS, venue: 0, ok: true });
            }
          },
          carryOut: () => {},
          close: async () => {},
        }),
      });
      const { code, kernel } = await runSession(flood);
      expect({ code, row: kernel.row }).toEqual({ code: 'venue-lane-full', row: 1 });
      expect([...readFolder(root)].at(-1)).toMatchObject({ kind: 'stop', code });
    });
  });
});

describe('a session', () => {
  it('makes its folder, and leaves nothing but its journal, the lock and the reserve', async () => {
    await inRoom(async (root) => {
      const folder = join(root, 'a', 'b');
      await runSession(planOf(small(), folder));
      const { readdirSync } = await import('node:fs');
      expect(existsSync(folder)).toBe(true);
      expect(readdirSync(folder).sort()).toEqual([
        'journal-000001.ndjson',
        'journal.reserve',
        'writer.json',
        'writer.lock',
      ]);
    });
  });

  it('whose kernel finds a defect keeps the input that did it and throws it', async () => {
    await inRoom(async (root) => {
      const broken = planOf(small(), root, {
        openPort: (answer) => ({
          id: 'broken',
          onRow: () => answer({ kind: 'order-expired', tsMs: START_MS, orderId: 77 }),
          carryOut: () => {},
          close: async () => {},
        }),
      });
      const failure = await runSession(broken).catch((error: unknown) => error);
      expect(String(failure)).toMatch(/an answer belongs to a live order/);
      expect(eventsOf(root).at(-1)).toMatchObject({ kind: 'order-expired', orderId: 77 });
    });
  });
});
