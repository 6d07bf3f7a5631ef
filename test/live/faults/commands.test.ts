// A person's words: pause, halt, resume. What they reach, and that no restart forgets one.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Config } from '../../../engine/config/schema.ts';
import type { Command } from '../../../engine/event.ts';
import { HOUR_MS } from '../../../engine/interval.ts';
import type { Kernel } from '../../../engine/kernel.ts';
import type { RunInput } from '../../../engine/research/backtest.ts';
import { runSession, type SessionPlan } from '../../../live/recovery.ts';
import { replayFolder } from '../../../live/replay.ts';
import { panelOf, START_MS } from '../../support/market.ts';
import { freeWith, inputOf, type Partly, voter } from '../../support/run.ts';
import { bytesOf, copied, cutAt, digestsOf, inRoom, newest, planOf } from '../support.ts';
import { causedIn, eventsIn, LONG } from './support.ts';

type Script = Readonly<Record<number, Command>>;

/** The plan with words said right after rows close; those that the journal holds are not said again. */
function told(plan: SessionPlan, script: Script, recorded = 0): SessionPlan {
  let say: (command: Command) => void = () => {};
  const rest = Object.entries(script).slice(recorded);
  const words = new Map(rest.map(([row, command]) => [Number(row), command]));
  return {
    ...plan,
    commands: {
      async listen(tell: (command: Command) => void) {
        say = tell;
      },
    },
    onRow: (kernel, ...seen) => {
      const word = words.get(kernel.row);
      if (word !== undefined) say(word);
      plan.onRow?.(kernel, ...seen);
    },
  };
}

const STAKE = { rule: 'fixed-fraction', notionalFraction: 0.1 } as const;
const world = (chart: Record<string, string>, said: Record<string, string>, risk: object = {}) =>
  inputOf(panelOf(chart), [voter('ann', said)], freeWith({ sizing: STAKE, ...risk }));

/** Hours after the start at which entries were sent. */
const entriesOf = (folder: string) =>
  causedIn(folder).flatMap(({ intent, cause }) =>
    intent.kind === 'submit-order' && intent.order.purpose === 'entry'
      ? [(cause.tsMs - START_MS) / HOUR_MS]
      : [],
  );
const fillRows = ({ fills }: Kernel) => Array.from(fills.columns.row.subarray(0, fills.length));
const stateOf = ({ portfolio, standing, fills }: Kernel) => {
  const { isPaused, isHalted, isStale } = standing;
  const positions = portfolio.positions.map(({ qty, entryPrice }) => [qty, entryPrice]);
  const { equityUsd } = portfolio;
  return { isPaused, isHalted, isStale, positions, equityUsd, fills: fills.length };
};

describe('a pause', () => {
  const chart = { A: '100x6 99 90 100x4', B: '50x12' };
  const said = { A: 'b', B: 'h h h h b b b b b b b b' };

  it('opens nothing, leaves protective stops to do their work, and ends with resume', async () => {
    await inRoom(async (folder) => {
      const input = world(chart, said, { stopLoss: { enabled: true, fraction: 0.05 } });
      const script = { 3: 'pause', 9: 'resume' } as const;
      const { kernel } = await runSession(told(planOf(input, folder), script));
      // A was opened at row 1 and stopped out in row 7, paused or not. B wanted to be opened from
      // row 4 on and was at the first close after the resume.
      expect(entriesOf(folder)).toEqual([1, 10]);
      expect(fillRows(kernel)).toEqual([1, 7, 10]);
      expect(kernel.desk.refusals.toRecord()).toMatchObject({ paused: 5 });
    });
  });

  it('takes back what waits to open, and no stop', async () => {
    await inRoom(async (folder) => {
      // Without volume the entry of B waits at the venue.
      const slow = { A: '100x12', B: '50 50 50@0 50@0 50@0 50@0 50@0 50x5' };
      const input = world(
        slow,
        { A: 'b', B: 'h b h h h h h h h h h h' },
        { stopLoss: { enabled: true, fraction: 0.05 } },
      );
      const { kernel } = await runSession(told(planOf(input, folder), { 4: 'pause' }));
      const taken = causedIn(folder).filter(({ intent }) => intent.kind === 'cancel-order');
      // The entry, and then the stop that waited for it; nothing of A.
      expect(taken[0]!.cause.kind).toBe('command');
      for (const { intent } of taken) expect(intent).toMatchObject({ leg: 1 });
      expect(fillRows(kernel)).toEqual([1]);
      expect(kernel.portfolio.positions.map(({ qty }) => qty > 0)).toEqual([true, false]);
    });
  });

  it('closes what the strategy wants closed', async () => {
    await inRoom(async (folder) => {
      const input = world({ A: '100x12' }, { A: 'b h h h h s h h h h' });
      const { kernel } = await runSession(told(planOf(input, folder), { 3: 'pause' }));
      expect(fillRows(kernel)).toEqual([1, 6]);
    });
  });
});

describe('a halt', () => {
  it('closes what is open, opens nothing while it lasts, and ends with resume', async () => {
    await inRoom(async (folder) => {
      const input = world({ A: '100x14', B: '50x14' }, { A: 'b '.repeat(14), B: 'h b' });
      const script = { 5: 'halt', 10: 'resume' } as const;
      const { kernel } = await runSession(told(planOf(input, folder), script));
      expect(fillRows(kernel)).toEqual([1, 2, 5, 5, 11]);
      expect(kernel.portfolio.positions.map(({ qty }) => qty > 0)).toEqual([true, false]);
      const halts = causedIn(folder).filter(({ intent }) => intent.kind === 'halt');
      expect(halts.map(({ intent, cause }) => [intent, cause.kind])).toEqual([
        [{ kind: 'halt', code: 'operator' }, 'command'],
      ]);
    });
  });
});

describe('a word that was said', () => {
  const BUSY: RunInput = world(
    {
      A: `100x5 ${'104 108 103 99 96 101 '.repeat(8)}`,
      B: `50 ${'52 51 49 47 50 53 '.repeat(8)} 50x4`,
    },
    { A: 'b s h b b s '.repeat(9), B: 'h b s s b h h '.repeat(8) },
    {
      stopLoss: { enabled: true, fraction: 0.03 },
      trailingStop: { enabled: true, buffer: 0.02, step: 0.005 },
    } satisfies Partly<Config['decision']['risk']>,
  );
  const SCRIPT: Script = {
    8: 'pause',
    14: 'resume',
    20: 'halt',
    27: 'resume',
    35: 'pause',
    36: 'halt',
    41: 'resume',
    50: 'pause',
  };

  it('survives Ctrl-C: whoever goes on is paused or halted as before', async () => {
    await inRoom(async (folder) => {
      for (const [row, wanted] of [
        [10, { isPaused: true, isHalted: false }],
        [22, { isPaused: false, isHalted: true }],
        [30, { isPaused: false, isHalted: false }],
      ] as const) {
        const stop = new AbortController();
        const plan = planOf(BUSY, folder, {
          onRow: (kernel) => {
            if (kernel.row === row) stop.abort();
          },
        });
        const said = recordedIn(folder);
        const { kernel, code } = await runSession(told(plan, SCRIPT, said), stop.signal);
        expect(code).toBe('interrupted');
        expect(kernel.standing, `row ${row}`).toMatchObject(wanted);
      }
    });
  });

  it('that waited for the next start is heard behind all that was recorded, at any byte', async () => {
    await inRoom(async (root) => {
      const whole = join(root, 'whole');
      await runSession(planOf(BUSY, whole));
      const first = readFileSync(newest(whole)).indexOf(10) + 1;
      for (let at = bytesOf(whole) - 1; at > first; at -= LONG ? 47 : 1997) {
        const folder = copied(whole, join(root, `cut-${at}`));
        cutAt(folder, at);
        const halted = planOf(BUSY, folder, {
          commands: {
            async listen(say) {
              say('halt');
            },
          },
        });
        const { kernel, code } = await runSession(halted);
        expect(code, `cut at byte ${at}`).toBe('ended');
        expect(kernel.standing.isHalted, `cut at byte ${at}`).toBe(true);
        expect(commandsIn(folder), `cut at byte ${at}`).toEqual(['halt']);
      }
    });
  });

  it('is said once, whatever byte the session was cut at: the same end, and the same replay', async () => {
    await inRoom(async (root) => {
      const whole = join(root, 'whole');
      const wanted = await runSession(told(planOf(BUSY, whole), SCRIPT));
      expect(wanted.kernel.standing.isPaused).toBe(true);
      expect(commandsIn(whole)).toEqual(Object.values(SCRIPT));
      expect(wanted.kernel.fills.length).toBeGreaterThan(15);
      const first = readFileSync(newest(whole)).indexOf(10) + 1;
      const last = bytesOf(whole);
      let cuts = 0;
      for (let at = last - 1; at > first; at -= LONG ? 11 : 997) {
        const folder = copied(whole, join(root, `cut-${at}`));
        cutAt(folder, at);
        const recorded = recordedIn(folder);
        const again = await runSession(told(planOf(BUSY, folder), SCRIPT, recorded));
        expect(digestsOf(again), `cut at byte ${at}`).toEqual(digestsOf(wanted));
        expect(stateOf(again.kernel), `cut at byte ${at}`).toEqual(stateOf(wanted.kernel));
        expect(commandsIn(folder), `cut at byte ${at}`).toEqual(Object.values(SCRIPT));
        if (cuts++ % 10 > 0) continue;
        const { config, seats, solo } = BUSY;
        const loaded = { seats, solo, files: [], label: 'test' };
        const replay = await replayFolder(folder, async () => ({ config, loaded }));
        expect(replay, `cut at byte ${at}`).toMatchObject({ equal: true, ...digestsOf(wanted) });
      }
      expect(cuts).toBeGreaterThan(50);
    });
  }, 300_000);
});

function commandsIn(folder: string): Command[] {
  return eventsIn(folder).flatMap((event) => (event.kind === 'command' ? [event.command] : []));
}

/** Commands that a folder's journal holds; none where there is no journal yet. */
function recordedIn(folder: string): number {
  try {
    return commandsIn(folder).length;
  } catch {
    return 0;
  }
}
