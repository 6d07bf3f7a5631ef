// Four agents that ask at one close: they wait side by side, as long as the slowest of them takes and never
// longer than its deadline. In virtual time: nothing here depends on how fast the machine is.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ModelEvent } from '../../../engine/event.ts';
import { HOUR_MS } from '../../../engine/interval.ts';
import type { Clock } from '../../../live/clock.ts';
import type { Feed } from '../../../live/feeds/feed.ts';
import { ModelDesk } from '../../../live/models/desk.ts';
import type { Provider } from '../../../live/models/provider.ts';
import { Router } from '../../../live/models/router.ts';
import { Spending } from '../../../live/models/spending.ts';
import { runSession } from '../../../live/recovery.ts';
import { asker } from '../../support/asking.ts';
import { panelOf, START_MS } from '../../support/market.ts';
import { inputOf, staking, voter } from '../../support/run.ts';
import { VirtualClock } from '../../support/socket.ts';
import { inRoom, planOf } from '../support.ts';
import { questionOf } from './support.ts';

const LONG = process.env['SAPPHIRE_LONG'] === '1';
const SAID = { text: '{"action":"BUY","confidence":0.9,"risk":0.9,"words":"up"}' };
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sapphire-parallel-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A provider that answers each prompt as long after it as `latencyOf` says. */
function slowly(clock: Clock, latencyOf: (prompt: string) => number): Provider {
  return {
    ...{ id: 'slow', model: 'm', warm: async () => {} },
    async send({ text }, signal) {
      await clock.sleep(latencyOf(text), signal);
      signal.throwIfAborted();
      return { ...SAID, version: '1', inputTokens: 10, outputTokens: 10 };
    },
  };
}

function routerOf(clock: Clock, provider: Provider, parallel: number): Router {
  const free = { usdPerMillionInput: Number.NaN, usdPerMillionOutput: Number.NaN };
  return new Router({
    routes: [{ provider, ...free, knowledgeMs: Number.NaN }],
    spending: new Spending(folder, { tokensPerDay: null, usdPerDay: null }, () => clock.nowMs()),
    ...{ clock, attempts: 1, timeoutMs: 1e9, parallel, cacheMs: 0, maxOutputTokens: 64 },
    random: () => 0,
  });
}

/** When something came of each question, ms after all of them were asked, and what. */
async function cameOf(
  asked: readonly { readonly latencyMs: number; readonly deadlineMs: number }[],
  parallel: number,
) {
  const clock = new VirtualClock(START_MS);
  const provider = slowly(clock, (text) => asked[Number(/q(\d+)/.exec(text)![1])]!.latencyMs);
  const told: ModelEvent[] = [];
  const desk: ModelDesk = new ModelDesk({
    ...{ port: routerOf(clock, provider, parallel), clock, isStored: false },
    tell(event) {
      told.push(event);
      desk.seen(event);
    },
  });
  asked.forEach(({ deadlineMs }, k) => {
    const question = questionOf({ user: `q${k}` });
    desk.ask({ ...question, id: k, tsMs: START_MS, deadlineMs: START_MS + deadlineMs }, false);
  });
  await clock.advance(100_000);
  await Promise.all([desk.close(), clock.advance(0)]);
  const first = asked.map((_, id) => told.find((event) => event.id === id)!);
  return first.map(({ kind, tsMs }) => [kind, tsMs - START_MS] as const);
}

describe('four questions at once', () => {
  const asked = [100, 300, 200, 9000].map((latencyMs) => ({ latencyMs, deadlineMs: 500 }));

  it('take as long as the slowest that answers, and a silent one its deadline', async () => {
    expect(await cameOf(asked, 4)).toEqual([
      ['model-answer', 100],
      ['model-answer', 300],
      ['model-answer', 200],
      ['model-deadline', 500],
    ]);
  });

  it('one after the other are not waited for any longer', async () => {
    expect(await cameOf(asked, 1)).toEqual([
      ['model-answer', 100],
      ['model-answer', 400],
      ['model-deadline', 500],
      ['model-deadline', 500],
    ]);
  });

  it('are over by the latest deadline, however slow and however few at a time', async () => {
    const one = fc.record({
      latencyMs: fc.nat(2000),
      deadlineMs: fc.integer({ min: 1, max: 1000 }),
    });
    const many = fc.array(one, { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(many, fc.integer({ min: 1, max: 6 }), async (questions, parallel) => {
        const came = await cameOf(questions, parallel);
        came.forEach(([kind, atMs], k) => {
          const { latencyMs, deadlineMs } = questions[k]!;
          expect(atMs).toBeLessThanOrEqual(deadlineMs);
          // Side by side, an answer in time is never made late by the others.
          if (parallel >= questions.length && latencyMs < deadlineMs) {
            expect([kind, atMs]).toEqual(['model-answer', latencyMs]);
          }
        });
      }),
      { seed: 4, numRuns: LONG ? 500 : 40 },
    );
  });
});

/** Two rows that have closed; then nothing until its end. */
function twoRows(clock: VirtualClock, panel: ReturnType<typeof panelOf>): Feed {
  return {
    ...{ name: 'live', clock, isOver: () => false },
    async run(inbox, _, signal) {
      for (let i = 0; i < 2; i++) {
        const openMs = panel.openMs[i]!;
        const { open, high, low, close, volume } = panel.legs[0]!.candles;
        const values = { open: open[i]!, high: high[i]!, low: low[i]!, close: close[i]! };
        const candle = { kind: 'candle' as const, tsMs: openMs + HOUR_MS, leg: 0, openMs };
        inbox.push({ lane: 'market', event: { ...candle, ...values, volume: volume[i]! } });
      }
      await new Promise<void>((done) => signal.addEventListener('abort', () => done()));
    },
  };
}

/** In the machine's time: a journal is flushed to a real disk. */
async function until(holds: () => boolean): Promise<void> {
  for (let k = 0; !holds(); k++) {
    if (k > 5000) throw new Error('it never came to that');
    await sleep(2);
  }
}

describe('a live decision of four agents that ask', () => {
  it.each([
    [[100, 300, 200, 250], 300],
    [[100, 9000, 200, 250], 500],
  ])('with answers after %j ms is made after %i ms', async (latencies, madeMs) => {
    const panel = panelOf({ BTC: '100 101 102' });
    const names = latencies.map((_, k) => `m${k}`);
    const strategies = [voter('ann', 'h b.9'), ...names.map((name) => asker(name, (i) => i === 1))];
    const plain = staking(0.5);
    const decision = { ...plain.decision, asking: { deadlineMs: 500 } };
    const input = inputOf(panel, strategies, { ...plain, decision });
    const seats = input.seats.map((one) => ({ ...one, weight: one.id === 'ann' ? 1 : 0.1 }));
    const clock = new VirtualClock(START_MS + 2 * HOUR_MS);
    let sent = 0;
    const provider = slowly(clock, () => latencies[sent++]!);
    const over = new AbortController();
    await inRoom(async (root) => {
      const plan = planOf({ ...input, seats }, root, { feed: twoRows(clock, panel) });
      const made: number[] = [];
      const running = runSession(
        {
          ...plan,
          models: routerOf(clock, provider, 4),
          openPort: () => ({
            ...{ id: 'seen', close: async () => {} },
            carryOut(intents, nowMs) {
              if (intents.some(({ kind }) => kind === 'submit-order')) made.push(nowMs);
            },
          }),
        },
        over.signal,
      );
      await until(() => sent === 4);
      expect(made).toEqual([]);
      await clock.advance(1000);
      await until(() => made.length > 0);
      over.abort();
      await Promise.all([running, clock.advance(1000)]);
      expect(made).toEqual([START_MS + 2 * HOUR_MS + madeMs]);
    });
  });
});
