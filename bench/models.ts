// How long a decision of four agents that ask waits, in a process of its own; prints one JSON document.
//
//   asked-known-p99      from the last candle of a row in the inbox to the dispatch of the order, four agents
//                        whose questions were answered within the last seconds, both flushes included;
//                        floor: the same votes of agents that ask nobody, one flush
//   asked-beyond         four new questions, the slowest of which takes SLOWEST_MS: what is waited beyond it,
//                        real packages and a local server included
//
//   node bench/models.ts

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Strategy } from '../engine/agents/contract.ts';
import { questionDigest } from '../engine/agents/question.ts';
import { checkConfig } from '../engine/config/check.ts';
import { defineStrategy } from '../engine/index.ts';
import { MINUTE_MS } from '../engine/interval.ts';
import { machineClock } from '../live/clock.ts';
import type { Feed } from '../live/feeds/feed.ts';
import { openRouter } from '../live/models/list.ts';
import type { Router } from '../live/models/router.ts';
import { runSession, type SessionPlan } from '../live/recovery.ts';
import { PaperVenue } from '../live/venues/paper.ts';
import { Secret } from '../live/venues/secret.ts';
import { KEY, LocalModels } from '../test/support/models/local-models.ts';
import type { LiveFigure } from './live.ts';
import { START_MS } from './workload.ts';

const ROWS = 1200;
const WARM_ROWS = 200;
const RUNS = 30;
const SLOWEST_MS = 300;
/** A busy machine starts in its own time. */
const PATIENCE_MS = 50_000;
const AGENTS = ['a', 'b', 'c', 'd'] as const;

const at = (values: number[], share: number) =>
  values.sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(share * values.length))]!;
const textOf = (values: number[]) =>
  [at(values, 0.5), at(values, 0.99), at(values, 1)].map((ms) => ms.toFixed(2)).join(' / ');

const server = await LocalModels.open(() => {
  return { action: 'HOLD', confidence: 0.7, risk: 0.8, words: '' };
});
const root = mkdtempSync(join(tmpdir(), 'sapphire-bench-'));

/** Long and short in turn; the models' HOLD leaves it above the threshold. */
const flipper = defineStrategy({
  name: 'flipper',
  analyze: (view) => view.vote(view.i % 2 === 0 ? 'BUY' : 'SELL', 1),
});
const askers = AGENTS.map((name) =>
  defineStrategy({
    name,
    asks: {
      kind: 'vote',
      shape: 'opinion',
      prompt: () => ({ system: 'A bench.', user: `What does ${name} think?`, numbers: {} }),
      vote: (view, { confidence }) => view.vote('HOLD', confidence),
    },
  }),
);

/** The same votes, without asking. */
const voters = AGENTS.map((name) =>
  defineStrategy({ name, analyze: (view) => view.vote('HOLD', 0.7) }),
);

const config = checkConfig({
  name: 'bench',
  decision: {
    agents: {
      flipper: { use: './flipper.ts', weight: 1 },
      ...Object.fromEntries(AGENTS.map((name) => [name, { use: `./${name}.ts`, weight: 0.1 }])),
    },
    asking: { deadlineMs: PATIENCE_MS },
    models: {
      order: ['one'],
      providers: { one: { kind: 'compatible', model: 'm', baseUrl: `${server.url}/v1` } },
      ...{ cacheSeconds: 86_400, timeoutMs: PATIENCE_MS, tokensPerDay: null },
    },
  },
});

function routerOf(): Router {
  const { router } = openRouter({
    models: config.decision.models,
    secretOf: () => new Secret(KEY),
    clock: machineClock,
    stateFolder: root,
    random: () => 0,
  });
  return router;
}

// ---- a whole decision, answers known ---------------------------------------------------------------

/** From the last candle to the order, ms, of each decision of the flipper and four others. */
async function decisionsOf(name: string, others: readonly Strategy[]): Promise<number[]> {
  const instrument = {
    ...{ venue: 'bench', symbol: 'BTC', source: 'assumed' as const, validFromMs: 0 },
    ...{ tickSize: 0.01, lotSize: 0.001, minNotionalUsd: 1, maxLeverage: 20 },
    ...{ makerFeeBps: 1, takerFeeBps: 4 },
  };
  const market = {
    ...{ intervalMs: MINUTE_MS, capacity: ROWS, firstRow: 0, series: [] },
    ...{ fromMs: START_MS, toMs: START_MS + ROWS * MINUTE_MS },
    legs: [{ instrument, primary: 0 }],
  };
  const seats = [flipper, ...others].map((strategy) => ({
    ...{ id: strategy.name, strategy, parameters: {} },
    weight: strategy === flipper ? 1 : 0.1,
  }));
  let arrivedMs = 0;
  let row = 0;
  let hasLeft: (() => void) | null = null;
  const waits: number[] = [];
  const feed: Feed = {
    name: 'bench',
    clock: { ...machineClock, nowMs: () => START_MS + (row + 1) * MINUTE_MS },
    isOver: () => false,
    async run(inbox) {
      for (row = 0; row < ROWS; row++) {
        const { promise, resolve } = Promise.withResolvers<void>();
        hasLeft = resolve;
        await inbox.idle();
        const openMs = START_MS + row * MINUTE_MS;
        const price = 100 + (row % 7);
        const candle = { open: price, high: price + 1, low: price - 1, close: price, volume: 1e6 };
        const event = {
          kind: 'candle',
          tsMs: openMs + MINUTE_MS,
          leg: 0,
          openMs,
          ...candle,
        } as const;
        arrivedMs = performance.now();
        inbox.push({ lane: 'market', event });
        // Not every row has an order: the first ones have no ATR.
        await Promise.race([promise, machineClock.sleep(50)]);
      }
    },
  };
  const plan: SessionPlan = {
    ...{ folder: join(root, name), config, market, feed, models: routerOf() },
    identity: { sessionId: 'bench', code: 'bench', node: process.version, data: {} },
    loaded: { seats, solo: false, files: [], label: 'bench' },
    openPort(answer) {
      const venue = new PaperVenue(market, config, [], answer);
      return {
        id: 'timed',
        onRow: (closed) => venue.onRow(closed),
        close: () => venue.close(),
        carryOut(sent, nowMs) {
          venue.carryOut(sent, nowMs);
          if (!sent.some(({ kind }) => kind === 'submit-order')) return;
          if (row >= WARM_ROWS) waits.push(performance.now() - arrivedMs);
          hasLeft?.();
        },
      };
    },
  };
  await runSession(plan);
  if (waits.length < 500) throw new Error(`only ${waits.length} rows had orders`);
  return waits;
}

async function known(): Promise<LiveFigure> {
  const floor = await decisionsOf('voters', voters);
  const waits = await decisionsOf('askers', askers);
  const asked = server.seen.length;
  if (asked > AGENTS.length) throw new Error(`${asked} questions were not known`);
  return {
    ...{ name: 'asked-known-p99', value: at(waits, 0.99), unit: 'ms', target: 5 },
    detail: `p50 / p99 / max ${textOf(waits)} ms over ${waits.length} decisions of four agents`,
    ratioToFloor: at(floor, 0.5) / at(waits, 0.5),
  };
}

// ---- in parallel -----------------------------------------------------------------------------------

/** Asks what four agents ask at a close; gives the ms until the last answer. */
async function decide(router: Router, row: number): Promise<number> {
  const startMs = performance.now();
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const asks = AGENTS.map((agent) => {
    const prompt = { system: 'A bench.', user: `${agent} at ${row}`, numbers: '{}' };
    const asked = { agent, model: '', kind: 'vote', shape: 'opinion', side: 0 } as const;
    const where = { leg: 0, venue: 'v', symbol: 'BTC', row, tsMs: 0, deadlineMs: PATIENCE_MS };
    const question = { ...asked, ...where, prompt };
    return router.ask({ ...question, id: row, digest: questionDigest(question) }, signal);
  });
  const replies = await Promise.all(asks);
  if (replies.some(({ ok }) => !ok)) throw new Error('a bench asks what is answered');
  return performance.now() - startMs;
}

async function beyond(): Promise<LiveFigure> {
  const router = routerOf();
  await router.warm(AbortSignal.timeout(PATIENCE_MS));
  const waits: number[] = [];
  for (let k = 0; k < RUNS; k++) {
    server.fail({ kind: 'slow', ms: SLOWEST_MS }, { kind: 'slow', ms: 50 });
    waits.push((await decide(router, k)) - SLOWEST_MS);
  }
  await router.close();
  return {
    ...{ name: 'asked-beyond', value: at(waits, 0.5), unit: 'ms', target: 50 },
    detail: `p50 / p99 / max ${textOf(waits)} ms beyond the slowest of four, ${SLOWEST_MS} ms`,
    ratioToFloor: null,
  };
}

try {
  const figures = [await known(), await beyond()];
  process.stdout.write(`${JSON.stringify(figures)}\n`);
} finally {
  await server.close();
  rmSync(root, { recursive: true, force: true });
}
