// F25 to F27: clocks that step, machines that sleep, a process that stalls.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOUR_MS, MINUTE_MS } from '../../../engine/interval.ts';
import { random } from '../../../engine/random.ts';
import type { RunInput } from '../../../engine/research/backtest.ts';
import { SteadyClock } from '../../../live/feeds/steady.ts';
import { runSession } from '../../../live/recovery.ts';
import { randomWorld } from '../../engine/random-world.ts';
import { panelOf, START_MS } from '../../support/market.ts';
import { FREE, freeWith, inputOf, targets, voter } from '../../support/run.ts';
import { backtestOf, digestsOf, inRoom, planOf } from '../support.ts';
import {
  byHand,
  causedIn,
  closeMs,
  eventsIn,
  HandClock,
  idsIn,
  LONG,
  linesIn,
  rowsIn,
} from './support.ts';

const settings = { seed: 25, numRuns: LONG ? 300 : 20 };
/** Back and forth, by ten seconds to an hour. */
const STEPS_MS = [10_000, -10_000, 60_000, -60_000, HOUR_MS, -HOUR_MS];

/** A session whose rows come 200 ms after their close; `before` each is done whatever goes wrong. */
async function session(
  input: RunInput,
  folder: string,
  isSteady: boolean,
  before: (clock: HandClock, i: number) => void,
) {
  const machine = new HandClock(START_MS);
  const clock = isSteady ? new SteadyClock(machine) : machine;
  const feed = byHand(input, clock, async (hand) => {
    for (let i = 0; i < input.panel.length; i++) {
      machine.goTo(closeMs(input, i) + 200);
      before(machine, i);
      await hand.row(i);
    }
  });
  return runSession(planOf(input, folder, { feed }));
}

function stampsIn(folder: string): number[] {
  return linesIn(folder).map(({ tsMs }) => tsMs);
}

describe('F25 a wall clock that steps', () => {
  const stepping = (seed: number) => {
    const draw = random(seed, 'steps');
    return (clock: HandClock) => {
      if (draw() < 0.3) clock.wallErrorMs += STEPS_MS[Math.floor(draw() * STEPS_MS.length)]!;
    };
  };

  it('F25 by up to an hour, either way, changes nothing under a steady clock', async () => {
    const any = fc.integer({ min: 1, max: 1_000_000 });
    await fc.assert(
      fc.asyncProperty(any, (seed) =>
        inRoom(async (folder) => {
          const input = randomWorld(seed, { solo: seed % 2 === 0, rows: 60 });
          const outcome = await session(input, folder, true, stepping(seed));
          expect(digestsOf(outcome)).toEqual(digestsOf(backtestOf(input)));
          const stamps = stampsIn(folder);
          expect(stamps).toEqual(stamps.toSorted((a, b) => a - b));
          // None was stamped by the clock that steps.
          expect(stamps.at(-1)).toBe(closeMs(input, input.panel.length - 1) + 200);
        }),
      ),
      settings,
    );
  });

  it('F25 moves no stamp back, loses no row and doubles none, even where nobody steadies it', async () => {
    const any = fc.integer({ min: 1, max: 1_000_000 });
    let stale = 0;
    await fc.assert(
      fc.asyncProperty(any, (seed) =>
        inRoom(async (folder) => {
          const input = randomWorld(seed, { solo: false, rows: 60 });
          await session(input, folder, false, stepping(seed));
          const stamps = stampsIn(folder);
          expect(stamps).toEqual(stamps.toSorted((a, b) => a - b));
          expect(rowsIn(folder)).toEqual(Array.from(input.panel.openMs.subarray(0, 60)));
          const ids = idsIn(folder);
          expect(ids).toEqual(ids.map((_, k) => k + 1));
          // Rows that look old by such a clock are not traded on, which errs on the safe side.
          const caused = causedIn(folder).filter((one) => one.isStale);
          stale += eventsIn(folder).filter((event) => event.kind === 'feed-health').length;
          expect(caused.filter(({ cause }) => cause.kind === 'row-closed')).toEqual([]);
        }),
      ),
      settings,
    );
    expect(stale).toBeGreaterThan(settings.numRuns);
  });

  it('F25 after a suspend rows of the time that was slept through are taken in and not traded on', async () => {
    await inRoom(async (folder) => {
      const chart = '100 101 102 103 104 105 106 107 108 109';
      const input = inputOf(panelOf({ A: chart }), [targets('. . . 1 . . . 0.5')], FREE);
      const machine = new HandClock(START_MS);
      const feed = byHand(input, machine, async (hand) => {
        for (let i = 0; i < 10; i++) {
          // Asleep from the close of row 2 to that of row 6: the monotonic clock stood still.
          if (i === 3) machine.wallErrorMs = 4 * HOUR_MS;
          if (i < 3 || i > 6) machine.goTo(closeMs(input, i) + 200 - machine.wallErrorMs);
          await hand.row(i);
        }
      });
      const { kernel } = await runSession(planOf(input, folder, { feed }));
      expect(kernel.row).toBe(10);
      const health = eventsIn(folder).flatMap((event) =>
        event.kind === 'feed-health' ? [[(event.tsMs - START_MS) / HOUR_MS, event.stale]] : [],
      );
      // Row 6 itself is fresh again: it had just closed when the machine woke.
      expect(health).toEqual([
        [4, true],
        [7, false],
      ]);
      expect(kernel.desk.refusals.toRecord()['stale-data']).toBe(1);
      const rows = Array.from(kernel.fills.columns.row.subarray(0, kernel.fills.length));
      // What was wanted in the sleep is taken up at the close of row 6, what is new at that of row 7.
      expect(rows).toEqual([7, 8]);
    });
  });
});

describe('F27 a row that comes late because the process stalled', () => {
  /** Rows 4 and 5 are taken in half a minute after their close. */
  const late = async (input: RunInput, folder: string) => {
    const machine = new HandClock(START_MS);
    const feed = byHand(input, machine, async (hand) => {
      for (let i = 0; i < input.panel.length; i++) {
        const stallMs = i === 4 || i === 5 ? 30_000 : 200;
        machine.goTo(closeMs(input, i) + stallMs);
        await hand.row(i);
      }
    });
    return runSession(planOf(input, folder, { feed }));
  };
  const refused = (outcome: Awaited<ReturnType<typeof late>>) =>
    outcome.kernel.desk.refusals.toRecord()['stale-data'];

  it('F27 opens nothing on them: stale-data, and what was wanted once is done on the first fresh row', async () => {
    await inRoom(async (folder) => {
      const input = inputOf(panelOf({ A: '100x10' }), [targets('. . . . 1')], FREE);
      const outcome = await late(input, folder);
      const { fills } = outcome.kernel;
      expect(Array.from(fills.columns.row.subarray(0, fills.length))).toEqual([7]);
      expect(refused(outcome)).toBe(1);
      const health = eventsIn(folder).filter((event) => event.kind === 'feed-health');
      expect(health).toEqual([
        { kind: 'feed-health', tsMs: closeMs(input, 4), stale: true },
        { kind: 'feed-health', tsMs: closeMs(input, 6), stale: false },
      ]);
    });
  });

  it.each([
    ['said at every close', '1 . . . 0 0 0 0', 2],
    ['said once', '1 . . . 0', 1],
  ])(
    'F27 closes nothing either: an exit that is %s comes with the first fresh row',
    async (_, said, times) => {
      await inRoom(async (folder) => {
        const input = inputOf(panelOf({ A: '100x10' }), [targets(said)], FREE);
        const outcome = await late(input, folder);
        const { fills } = outcome.kernel;
        expect(Array.from(fills.columns.row.subarray(0, fills.length))).toEqual([1, 7]);
        expect(refused(outcome)).toBe(times);
      });
    },
  );

  it('F27 moves no trailing stop; the first fresh row does', async () => {
    await inRoom(async (folder) => {
      const trailing = { trailingStop: { enabled: true, buffer: 0.01, step: 0.001 } };
      const input = inputOf(
        panelOf({ A: '100 101 102 103 110 111 112 113 114 115' }),
        [voter('ann', 'b')],
        freeWith(trailing),
      );
      await late(input, folder);
      const hours = causedIn(folder).flatMap(({ intent, cause }) =>
        intent.kind === 'submit-order' && intent.order.purpose === 'trailing-stop'
          ? [(cause.tsMs - START_MS) / HOUR_MS]
          : [],
      );
      // Closes of rows 1 to 3 and 6 to 9; those of 4 and 5 came late.
      expect(hours.filter((hour) => hour === 5 || hour === 6)).toEqual([]);
      expect(hours).toContain(4);
      expect(hours).toContain(7);
    });
  });

  it('F27 in any world, however rows are delayed, decides nothing on a row that is too old', async () => {
    let stale = 0;
    let acted = 0;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 1_000_000 }), (seed) =>
        inRoom(async (folder) => {
          const input = randomWorld(seed, { solo: seed % 2 === 0, rows: 80, stops: true });
          const draw = random(seed, 'stalls');
          const machine = new HandClock(START_MS);
          const feed = byHand(input, machine, async (hand) => {
            for (let i = 0; i < input.panel.length; i++) {
              const stallMs = draw() < 0.4 ? 40 * MINUTE_MS * draw() : 100;
              machine.goTo(closeMs(input, i) + stallMs);
              await hand.row(i);
            }
          });
          await runSession(planOf(input, folder, { feed }));
          for (const { cause, isStale } of causedIn(folder)) {
            if (cause.kind !== 'row-closed') continue;
            expect(isStale, `row ${new Date(cause.openMs).toISOString()}`).toBe(false);
            acted++;
          }
          stale += eventsIn(folder).filter((one) => one.kind === 'feed-health' && one.stale).length;
        }),
      ),
      settings,
    );
    expect(stale).toBeGreaterThan(5 * settings.numRuns);
    expect(acted).toBeGreaterThan(20 * settings.numRuns);
  });
});
