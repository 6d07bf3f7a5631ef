// F28 to F34: market data that are frozen, broken, spiked, missing, twice, late, changed or unfinished.

import { describe, expect, it } from 'vitest';
import { HOUR_MS } from '../../../engine/interval.ts';
import { buildPanel } from '../../../engine/market/panel.ts';
import { random } from '../../../engine/random.ts';
import type { RunInput } from '../../../engine/research/backtest.ts';
import { runSession } from '../../../live/recovery.ts';
import type { CandleEvent } from '../../../live/rows.ts';
import { randomWorld } from '../../engine/random-world.ts';
import { candles, panelOf, START_MS } from '../../support/market.ts';
import { FREE, freeWith, inputOf, targets, voter } from '../../support/run.ts';
import { backtestOf, digestsOf, inRoom, planOf } from '../support.ts';
import {
  byHand,
  candleOf,
  causedIn,
  closeMs,
  eventsIn,
  type Hand,
  HandClock,
  LONG,
  notesIn,
  rowsIn,
} from './support.ts';

const SEEDS = LONG ? 200 : 15;
const CHART = { A: '100 101 103 102 104 105 101 99 100 104', B: '50 51 52 51 52 51 50 49 48 50' };
const SAID = { A: '0.4 . . 0 . -0.4 . . 0', B: '. 0.4 . . . 0' };
const pair = (): RunInput => inputOf(panelOf(CHART), [targets(SAID)], FREE);

type Rows = (hand: Hand, i: number) => Promise<void>;

/** A session over the rows of `input`, each in time and said as `say` does. */
async function session(input: RunInput, folder: string, say: Rows) {
  const clock = new HandClock(START_MS);
  const feed = byHand(input, clock, async (hand) => {
    for (let i = 0; i < input.panel.length; i++) {
      clock.goTo(closeMs(input, i) + 100);
      await say(hand, i);
    }
  });
  return runSession(planOf(input, folder, { feed }));
}

/** The same input over a market in which some candles are missing: row and leg of each. */
function without(input: RunInput, missing: readonly (readonly [number, number])[]): RunInput {
  const { panel } = input;
  const legs = panel.legs.map(({ instrument, candles: all, funding, index }) => {
    const rows = Array.from(all.close.keys()).filter((i) => {
      return (
        all.close[i] === all.close[i] && !missing.some(([row, leg]) => row === i && leg === index)
      );
    });
    const kept = candles(rows.map(() => '1').join(' '));
    for (const [k, i] of rows.entries()) {
      kept.openMs[k] = panel.openMs[i]!;
      for (const name of ['open', 'high', 'low', 'close', 'volume'] as const) {
        kept[name][k] = all[name][i]!;
      }
    }
    return { instrument, candles: kept, funding };
  });
  return { ...input, panel: buildPanel(legs, panel.intervalMs, input.config.world.maxHoleCandles) };
}

describe('F28 a feed that is alive and frozen', () => {
  it('F28 says the same candle again and again: it is one row, decided on once, and counted', async () => {
    await inRoom(async (folder) => {
      const input = pair();
      const outcome = await session(input, folder, async (hand, i) => {
        await hand.row(i);
        for (let k = 0; k < 5; k++) await hand.candle(i, 0);
      });
      expect(digestsOf(outcome)).toEqual(digestsOf(backtestOf(input)));
      expect(outcome.counts).toEqual({ late: 0, revised: 0, repeated: 50, unsound: 0 });
    });
  });

  it('F28 says nothing new for hours: no row is made up, and what comes then is too old to trade on', async () => {
    await inRoom(async (folder) => {
      const input = pair();
      const clock = new HandClock(START_MS);
      const feed = byHand(input, clock, async (hand) => {
        for (let i = 0; i < 5; i++) {
          clock.goTo(closeMs(input, i) + 100);
          await hand.row(i);
        }
        for (let minutes = 0; minutes < 300; minutes++) {
          clock.goTo(closeMs(input, 4) + minutes * 60_000);
          await hand.settle();
        }
        for (let i = 5; i < 9; i++) await hand.row(i);
      });
      const { kernel } = await runSession(planOf(input, folder, { feed }));
      expect(kernel.row).toBe(9);
      // Row 5 wanted a sale and an exit: neither was acted on.
      expect(kernel.desk.refusals.toRecord()['stale-data']).toBe(2);
      const rows = kernel.fills.columns.row.subarray(0, kernel.fills.length);
      expect(Math.max(...rows)).toBe(4);
    });
  });
});

const FIELDS = ['open', 'high', 'low', 'close', 'volume'] as const;
const BROKEN: readonly unknown[] = [
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  -1,
  1e308,
  '100',
  '',
  null,
  undefined,
  {},
  [100],
  true,
];

describe('F29 a candle with a field that is no number of a market', () => {
  const cases = FIELDS.flatMap((field) => [...BROKEN, 0].map((value) => [field, value] as const));

  it.each(cases.filter(([field, value]) => !(field === 'volume' && value === 0)))(
    'F29 %s = %j is counted and named, its leg is a hole, and the run is that of the hole',
    async (field, value) => {
      await inRoom(async (folder) => {
        const input = pair();
        const outcome = await session(input, folder, async (hand, i) => {
          if (i !== 4) return hand.row(i);
          await hand.candle(i, 1);
          await hand.candle(i, 0, { [field]: value } as Partial<CandleEvent>);
          const openMs = input.panel.openMs[i]!;
          await hand.say({ kind: 'row-closed', tsMs: openMs + HOUR_MS, openMs });
        });
        expect(outcome.counts).toEqual({ late: 0, revised: 0, repeated: 0, unsound: 1 });
        expect(notesIn(folder, 'unsound')).toHaveLength(1);
        expect(digestsOf(outcome)).toEqual(digestsOf(backtestOf(without(input, [[4, 0]]))));
        expect(Number.isFinite(outcome.kernel.portfolio.equityUsd)).toBe(true);
      });
    },
  );

  it.each([
    ['leg', Number.NaN],
    ['leg', 1.5],
    ['leg', '0'],
    ['leg', -1],
    ['leg', 2],
    ['openMs', Number.NaN],
    ['openMs', Number.POSITIVE_INFINITY],
    ['openMs', '5'],
    ['openMs', START_MS + 1],
  ])('F29 %s = %s is named in a note that can be read back', async (key, value) => {
    await inRoom(async (folder) => {
      const input = pair();
      const outcome = await session(input, folder, async (hand, i) => {
        await hand.candle(i, 0, { [key]: value } as Partial<CandleEvent>);
        await hand.row(i);
      });
      expect(outcome.counts.unsound).toBe(10);
      expect(notesIn(folder, 'unsound')).toHaveLength(10);
      expect(digestsOf(outcome)).toEqual(digestsOf(backtestOf(input)));
      expect((await runSession(planOf(input, folder))).recoveredRows).toBe(10);
    });
  });

  it('F29 seeded all over a session never trades, never crashes, and is the run over those holes', async () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      await inRoom(async (folder) => {
        const input = randomWorld(seed, { solo: seed % 2 === 0, rows: 60 });
        const draw = random(seed, 'broken');
        const missing: [number, number][] = [];
        const outcome = await session(input, folder, async (hand, i) => {
          const { panel } = input;
          const legs = panel.legs.filter(({ candles: { close } }) => close[i] === close[i]);
          // One leg stays whole: a row without any candle is none.
          const victim =
            legs.length > 1 && draw() < 0.3 ? legs[Math.floor(draw() * legs.length)]! : null;
          if (victim === null) return hand.row(i);
          missing.push([i, victim.index]);
          const field = FIELDS[Math.floor(draw() * 4)]!;
          const value = BROKEN[Math.floor(draw() * BROKEN.length)];
          await hand.row(i, { leg: victim.index, changes: { [field]: value } });
        });
        expect(outcome.counts.unsound).toBe(missing.length);
        const wanted = backtestOf(without(input, missing));
        expect(digestsOf(outcome), `seed ${seed}`).toEqual(digestsOf(wanted));
      });
    }
  });
});

describe('F30 a candle that is crossed', () => {
  it.each([
    ['a high below the low', { high: 98, low: 99 }],
    ['a high below the open', { open: 101, high: 100.5, low: 99, close: 100 }],
    ['a high below the close', { open: 100, high: 100.5, low: 99, close: 101 }],
    ['a low above the open', { open: 98, high: 101, low: 99, close: 100 }],
    ['a low above the close', { open: 100, high: 101, low: 99, close: 98 }],
  ])('F30 by %s is a hole, and the run is that of the hole', async (_, changes) => {
    await inRoom(async (folder) => {
      const input = pair();
      const outcome = await session(input, folder, async (hand, i) => {
        await (i === 3 ? hand.row(i, { leg: 0, changes }) : hand.row(i));
      });
      expect(outcome.counts.unsound).toBe(1);
      expect(notesIn(folder, 'unsound')[0]).toMatch(/^0: must have (low <=|high >=)/);
      expect(digestsOf(outcome)).toEqual(digestsOf(backtestOf(without(input, [[3, 0]]))));
    });
  });
});

describe('F31 a price that jumps to ten times and back', () => {
  it('F31 is taken as it comes, as in a backtest: a sound candle is never doubted', async () => {
    await inRoom(async (folder) => {
      const chart = '100x5 100/1000/100/1000 1000/1000/100/100 100x5';
      const input = inputOf(panelOf({ A: chart }), [targets('-0.5')], FREE);
      const outcome = await session(input, folder, (hand, i) => hand.row(i));
      expect(outcome.counts).toEqual({ late: 0, revised: 0, repeated: 0, unsound: 0 });
      expect(digestsOf(outcome)).toEqual(digestsOf(backtestOf(input)));
    });
  });

  it('F31 may stop a position out, but what is entered on it keeps to the cap of 10 % of equity', async () => {
    await inRoom(async (folder) => {
      const chart = '100x5 100/1000/100/1000 1000/1000/100/100 100x5';
      const input = inputOf(panelOf({ A: chart }), [voter('ann', 's s s s s b b b b b b b')], {
        decision: { risk: { stopLoss: { enabled: true, fraction: 0.05 } } },
      });
      const { kernel } = await session(input, folder, (hand, i) => hand.row(i));
      expect(kernel.fills.length).toBeGreaterThanOrEqual(3);
      const entries = causedIn(folder).flatMap(({ intent, cause }) => {
        if (intent.kind !== 'submit-order' || intent.order.purpose !== 'entry') return [];
        const { qty, decisionPrice } = intent.order;
        const row = (cause.tsMs - START_MS) / HOUR_MS - 1;
        return [(qty * decisionPrice) / kernel.equityUsd[row]!];
      });
      expect(entries.length).toBeGreaterThanOrEqual(2);
      for (const share of entries) expect(share).toBeLessThanOrEqual(0.1);
    });
  });
});

describe('F32 candles that are missing, twice, late or changed', () => {
  it('F32 missing: a hole that nothing is traded on; rows go on in order of time', async () => {
    await inRoom(async (folder) => {
      const input = pair();
      const holed = without(input, [
        [2, 0],
        [3, 0],
        [6, 1],
      ]);
      const outcome = await session(holed, folder, (hand, i) => hand.row(i));
      expect(digestsOf(outcome)).toEqual(digestsOf(backtestOf(holed)));
      const opens = rowsIn(folder);
      expect(opens).toEqual(opens.toSorted((a, b) => a - b));
      expect(new Set(opens).size).toBe(10);
    });
  });

  it('F32 twice, and legs in another order: nothing is different but the count', async () => {
    await inRoom(async (folder) => {
      const input = pair();
      const outcome = await session(input, folder, async (hand, i) => {
        await hand.candle(i, 1);
        await hand.candle(i, 1);
        await hand.candle(i, 0);
      });
      expect(digestsOf(outcome)).toEqual(digestsOf(backtestOf(input)));
      expect(outcome.counts).toMatchObject({ repeated: 10, revised: 0, late: 0 });
    });
  });

  it('F32 late: named, counted and left; its leg stays the hole that was decided on', async () => {
    await inRoom(async (folder) => {
      const input = pair();
      const outcome = await session(input, folder, async (hand, i) => {
        if (i === 5) await hand.candle(4, 0);
        if (i !== 4) return hand.row(i);
        await hand.candle(4, 1);
        const openMs = input.panel.openMs[4]!;
        await hand.say({ kind: 'row-closed', tsMs: openMs + HOUR_MS, openMs });
      });
      expect(outcome.counts).toMatchObject({ late: 1, revised: 0 });
      expect(notesIn(folder, 'late')).toEqual(['0: 102 104 102 104 100']);
      expect(digestsOf(outcome)).toEqual(digestsOf(backtestOf(without(input, [[4, 0]]))));
    });
  });

  it('F32 changed after its row was decided on: named with both values, and the past stays as it was', async () => {
    await inRoom(async (folder) => {
      const input = pair();
      const wanted = digestsOf(backtestOf(input));
      const outcome = await session(input, folder, async (hand, i) => {
        await hand.row(i);
        if (i >= 2) await hand.candle(i - 1, 0, { high: 200, close: 150 });
        await hand.candle(i, 1, { low: 1 });
      });
      expect(digestsOf(outcome)).toEqual(wanted);
      expect(outcome.counts).toMatchObject({ revised: 18, late: 0, unsound: 0 });
      const close = outcome.kernel.panel.legs[0]!.candles.close;
      expect(Array.from(close)).toEqual(Array.from(input.panel.legs[0]!.candles.close));
      const [first] = notesIn(folder, 'revised').filter((text) => text.startsWith('0'));
      expect(first).toBe('0: 100 101 100 101 100 to 100 200 100 150 100');
      // Nor does it come back when the journal is run again.
      const again = await runSession(planOf(input, folder));
      expect(digestsOf(again)).toEqual(wanted);
    });
  });

  it('F32 changed before its row is decided on: the newer one counts, and is named', async () => {
    await inRoom(async (folder) => {
      const input = pair();
      const outcome = await session(input, folder, async (hand, i) => {
        await hand.candle(i, 0, { high: 500, close: 400 });
        await hand.candle(i, 0);
        await hand.candle(i, 1);
      });
      expect(digestsOf(outcome)).toEqual(digestsOf(backtestOf(input)));
      expect(outcome.counts).toMatchObject({ revised: 10 });
      expect(notesIn(folder, 'revised')).toHaveLength(10);
    });
  });
});

describe('F33 a candle without volume', () => {
  it('F33 fills nothing: the order waits for one in which somebody traded', async () => {
    await inRoom(async (folder) => {
      const input = inputOf(panelOf({ A: '100 100 100@0 100@0 100 100' }), [targets('. 1')], FREE);
      const { kernel } = await session(input, folder, (hand, i) => hand.row(i));
      expect(Array.from(kernel.fills.columns.row.subarray(0, kernel.fills.length))).toEqual([4]);
    });
  });

  it('F33 triggers no stop either', async () => {
    await inRoom(async (folder) => {
      const stopped = freeWith({ stopLoss: { enabled: true, fraction: 0.05 } });
      const chart = '100 100 100 100/100/90/100@0 100/100/90/100 100';
      const input = inputOf(panelOf({ A: chart }), [voter('ann', 'b h h h h h')], stopped);
      const { kernel } = await session(input, folder, (hand, i) => hand.row(i));
      expect(Array.from(kernel.fills.columns.row.subarray(0, kernel.fills.length))).toEqual([1, 4]);
    });
  });
});

describe('F34 a candle that has not closed', () => {
  it('F34 never reaches the kernel, whatever it says, and is not in the journal', async () => {
    await inRoom(async (folder) => {
      const input = pair();
      const forming: CandleEvent[] = [];
      const clock = new HandClock(START_MS);
      const feed = byHand(input, clock, async (hand) => {
        for (let i = 0; i < 10; i++) {
          const wild = { ...candleOf(input.panel, i, 0), high: 9000, close: 9000, volume: 1e9 };
          hand.inbox.push({ lane: 'market', forming: wild });
          await hand.settle();
          clock.goTo(closeMs(input, i) + 100);
          await hand.row(i);
        }
      });
      const onForming = (one: CandleEvent) => void forming.push(one);
      const outcome = await runSession(planOf(input, folder, { feed, onForming }));
      expect(forming).toHaveLength(10);
      expect(outcome.counts).toEqual({ late: 0, revised: 0, repeated: 0, unsound: 0 });
      expect(digestsOf(outcome)).toEqual(digestsOf(backtestOf(input)));
      const highs = eventsIn(folder).map((event) => event.kind === 'candle' && event.high);
      expect(highs).not.toContain(9000);
    });
  });

  it('F34 closes no row: with it alone a row is not there', async () => {
    await inRoom(async (folder) => {
      const input = inputOf(panelOf({ A: '100 101' }), [targets('1')], FREE);
      const clock = new HandClock(START_MS);
      const feed = byHand(input, clock, async (hand) => {
        hand.inbox.push({ lane: 'market', forming: candleOf(input.panel, 0, 0) });
        clock.goTo(closeMs(input, 0) + 60_000);
        await hand.settle();
      });
      const { kernel } = await runSession(planOf(input, folder, { feed }));
      expect(kernel.row).toBe(0);
    });
  });
});
