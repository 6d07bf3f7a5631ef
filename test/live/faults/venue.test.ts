// F36 to F42, as far as a paper venue reaches: outages, a venue that is dead, positions that differ.
// What needs a real venue (lost orders, rollbacks, dead-man switches) belongs to the live bridge.

import { describe, expect, it } from 'vitest';
import type { Intent } from '../../../engine/intent.ts';
import { HOUR_MS } from '../../../engine/interval.ts';
import type { RunInput } from '../../../engine/research/backtest.ts';
import { runSession, type SessionPlan } from '../../../live/recovery.ts';
import { replayFolder } from '../../../live/replay.ts';
import type { OpenPort } from '../../../live/venues/port.ts';
import { randomWorld } from '../../engine/random-world.ts';
import { panelOf, START_MS } from '../../support/market.ts';
import { configOf, freeWith, inputOf, targets, voter } from '../../support/run.ts';
import { backtestOf, digestsOf, inRoom, planOf } from '../support.ts';
import { causedIn, eventsIn, idsIn, LONG, linesIn, notesIn, watched } from './support.ts';

const SEEDS = LONG ? 200 : 15;

/** The paper venue until row `from`; then one that takes orders and never says anything again. */
function deadFrom(plan: SessionPlan, from: number): OpenPort {
  return (answer, view) => {
    let row = 0;
    const isDead = () => row > from;
    const paper = plan.openPort((event) => {
      if (!isDead()) answer(event);
    }, view);
    return {
      id: 'dead',
      onRow: (closed) => {
        row++;
        paper.onRow!(closed);
      },
      close: () => paper.close(),
      carryOut: (intents, nowMs) => {
        if (!isDead()) paper.carryOut(intents, nowMs);
        for (const intent of isDead() ? intents : []) {
          if (intent.kind === 'submit-order' && !waits(intent)) {
            answer({ kind: 'order-unknown', tsMs: nowMs, orderId: intent.order.id });
          }
          if (intent.kind === 'probe-venue') {
            answer({ kind: 'venue-probe', tsMs: nowMs, venue: intent.venue, ok: false });
          }
        }
      },
    };
  };
}

/** Sent only once its parent has filled. */
const waits = (intent: Intent) =>
  intent.kind === 'submit-order' && intent.order.status === 'dormant';

describe('F40 a venue that is dead while a position is open there', () => {
  const CHART = `100x4 ${'101 100 '.repeat(30)}`;
  const SAYS = 'b h h h h '.repeat(12);
  const SAID = { A: 'b', B: `h h h h h ${SAYS}`, C: `h h h h h h h h ${SAYS}` };
  const input = (): RunInput =>
    inputOf(panelOf({ A: CHART, B: CHART, C: CHART }), [voter('ann', SAID)], {
      ...freeWith({}),
      decision: {
        execution: { breaker: { failures: 1, resetMs: 2 * HOUR_MS, successes: 1 } },
        risk: {
          sizing: { rule: 'fixed-fraction', notionalFraction: 0.2 },
          maxPositionFraction: 1,
          stopLoss: { enabled: true, fraction: 0.2 },
        },
      },
    });

  it('F40 keeps the position and what is unknown counted, opens nothing, and asks only by reads', async () => {
    await inRoom(async (folder) => {
      const plan = planOf(input(), folder);
      const sent: Intent[] = [];
      const dead = { ...plan, openPort: deadFrom(plan, 3) };
      const { kernel, code } = await runSession(watched(dead, (some) => void sent.push(...some)));
      expect(code).toBe('ended');
      const { portfolio, routing, desk } = kernel;
      expect(portfolio.positions[0]!.qty).toBeGreaterThan(0);
      expect(routing.isTroubled).toBe(true);
      const unknown = eventsIn(folder).filter(({ kind }) => kind === 'order-unknown');
      expect(unknown).toHaveLength(1);
      // B: what may have been filled keeps its reservation. C: the breaker lets nothing by.
      const refused = desk.refusals.toRecord();
      expect(refused['order-pending']).toBeGreaterThan(5);
      expect(refused['no-venue']).toBeGreaterThan(5);
      const entries = sent.filter((one) => one.kind === 'submit-order' && !one.order.reduceOnly);
      expect(entries).toHaveLength(2);
      const probes = sent.filter((one) => one.kind === 'probe-venue');
      expect(probes.length).toBeGreaterThan(3);
    });
  });

  it('F40 replays equal: a dead venue is a series of events like any other', async () => {
    await inRoom(async (folder) => {
      const run = input();
      const plan = planOf(run, folder);
      await runSession({ ...plan, openPort: deadFrom(plan, 3) });
      const { config, seats, solo } = run;
      const loaded = { seats, solo, files: [], label: 'test' };
      expect(await replayFolder(folder, async () => ({ config, loaded }))).toMatchObject({
        equal: true,
      });
    });
  });
});

describe('F41 all venues dead', () => {
  it('F41 crashes nothing: rows go on, and a command to stop is obeyed at once', async () => {
    await inRoom(async (folder) => {
      const chart = { A: `100x40`, B: `50x40` };
      const run = inputOf(panelOf(chart), [voter('ann', 'b s '.repeat(20))], freeWith({}));
      const stop = new AbortController();
      const plan = planOf(run, folder, {
        onRow: ({ row }) => {
          if (row === 30) stop.abort();
        },
      });
      const dead = { ...plan, openPort: deadFrom(plan, -1) };
      const { code, kernel } = await runSession(dead, stop.signal);
      expect({ code, row: kernel.row, fills: kernel.fills.length }).toEqual({
        code: 'interrupted',
        row: 30,
        fills: 0,
      });
      expect(linesIn(folder).at(-1)).toMatchObject({ kind: 'stop', code: 'interrupted' });
    });
  });

  it('F41 for most of a session, refusing or timing out, leaves it equal to its backtest', async () => {
    let unknown = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      await inRoom(async (folder) => {
        const input = randomWorld(seed, { solo: false, rows: 100, stops: true });
        const { config } = input;
        const world = { ...config.world, outages: { perMonth: 200, meanMinutes: 600 } };
        const given = { ...config, world } as unknown as Parameters<typeof configOf>[0];
        const run = { ...input, config: configOf(given) };
        const outcome = await runSession(planOf(run, folder));
        expect(digestsOf(outcome), `seed ${seed}`).toEqual(digestsOf(backtestOf(run)));
        const kinds = eventsIn(folder).map(({ kind }) => kind);
        unknown += kinds.filter((kind) => kind === 'order-unknown').length;
        const ids = idsIn(folder);
        expect(ids, 'nothing is sent twice').toEqual(ids.map((_, k) => k + 1));
      });
    }
    expect(unknown).toBeGreaterThan(SEEDS);
  });
});

describe('F39 a venue whose position is not ours', () => {
  it('F39 is named, and nothing new is opened from then on; protective stops stay', async () => {
    await inRoom(async (folder) => {
      const chart = { A: '100x5 101 102 103 104 105 106', B: '50x11' };
      const said = { A: 'b', B: 'h h h h h h b b b b b' };
      const stopped = freeWith({
        sizing: { rule: 'fixed-fraction', notionalFraction: 0.1 },
        stopLoss: { enabled: true, fraction: 0.2 },
      });
      const run = inputOf(panelOf(chart), [voter('ann', said)], stopped);
      const plan = planOf(run, folder);
      const openPort: OpenPort = (answer, view) => {
        const port = plan.openPort(answer, view);
        let row = 0;
        return {
          ...port,
          id: 'edited',
          onRow: (closed) => {
            row++;
            port.onRow!(closed);
          },
          carryOut: (intents, nowMs) => port.carryOut(intents, nowMs),
          close: () => port.close(),
          positions: () => {
            const own = port.positions!();
            // Somebody has sold half of it by hand.
            return row > 4 && own !== null ? own.map((qty) => qty / 2) : own;
          },
        };
      };
      const { kernel } = await runSession({ ...plan, openPort });
      expect(notesIn(folder, 'reconciled').length).toBeGreaterThan(2);
      expect(notesIn(folder, 'mismatch')[0]).toMatch(/^0: venue [\d.]+ ours [\d.]+$/);
      expect(kernel.standing.isPaused).toBe(true);
      expect(kernel.desk.refusals.toRecord()['paused']).toBeGreaterThan(0);
      const entries = causedIn(folder).filter(({ intent }) => {
        return intent.kind === 'submit-order' && intent.order.purpose === 'entry';
      });
      expect(entries.map(({ cause }) => (cause.tsMs - START_MS) / HOUR_MS)).toEqual([1]);
      const cancels = causedIn(folder).filter(({ intent }) => intent.kind === 'cancel-order');
      expect(cancels).toEqual([]);
    });
  });
});

describe('what a paper venue has of F35 and F36', () => {
  it('F36 a paper venue forgets nothing when it starts again: it is rebuilt from the journal', async () => {
    await inRoom(async (folder) => {
      const run = inputOf(panelOf({ A: '100x6 99 98 97 90 80 100' }), [voter('ann', 'b')], {
        ...freeWith({ stopLoss: { enabled: true, fraction: 0.05 } }),
      });
      const stop = new AbortController();
      const half = planOf(run, folder, {
        onRow: ({ row }) => {
          if (row === 7) stop.abort();
        },
      });
      await runSession(half, stop.signal);
      // The stop was sent to the first venue and fills at the second one.
      const { kernel } = await runSession(planOf(run, folder));
      expect(kernel.fills.length).toBe(2);
      const ids = idsIn(folder);
      expect(ids).toEqual([...new Set(ids)]);
    });
  });

  it('F35 a market is fixed for a session: another tick, lot or leverage is another journal', async () => {
    await inRoom(async (folder) => {
      const run = inputOf(panelOf({ A: '100x6' }), [targets('1')], freeWith({}));
      const plan = planOf(run, folder);
      await runSession(plan);
      const [leg] = plan.market.legs;
      for (const changes of [{ tickSize: 0.5 }, { lotSize: 1 }, { maxLeverage: 3 }]) {
        const instrument = { ...leg!.instrument, ...changes };
        const market = { ...plan.market, legs: [{ ...leg!, instrument }] };
        const failure = await runSession({ ...plan, market }).catch((error: unknown) => error);
        expect(String(failure)).toMatch(/it was written with other market/);
      }
    });
  });
});
