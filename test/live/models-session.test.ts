// A session whose agents ask models: over a stored range it is its backtest, killed anywhere it goes on,
// and live it waits no longer than the deadline.

import { describe, expect, it } from 'vitest';
import type { Question, Reply } from '../../engine/agents/question.ts';
import type { ModelEvent } from '../../engine/event.ts';
import { HOUR_MS } from '../../engine/interval.ts';
import { random } from '../../engine/random.ts';
import type { Clock } from '../../live/clock.ts';
import { ModelDesk } from '../../live/models/desk.ts';
import type { ModelPort } from '../../live/models/port.ts';
import { runSession } from '../../live/recovery.ts';
import { replayFolder } from '../../live/replay.ts';
import { randomWorld } from '../engine/random-world.ts';
import { asker, bookOf, failure, reply, reviewer } from '../support/asking.ts';
import { seat } from '../support/run.ts';
import { backtestOf, bytesOf, copied, cutAt, digestsOf, inRoom, planOf } from './support.ts';

const LONG = process.env['SAPPHIRE_LONG'] === '1';

/** Any answer to anything, a few of them late, by seed. */
function answersOf(seed: number) {
  return ({ id, shape }: Question): Reply => {
    const draw = random(seed, `answer ${id}`);
    const latencyMs = Math.floor(draw() * 1.2 * HOUR_MS);
    if (draw() < 0.1) return failure('unavailable', latencyMs);
    const value = shape === 'review' ? { factor: draw() } : { score: draw() * 2 - 1 };
    return reply(shape, value, latencyMs);
  };
}

function askingWorld(seed: number) {
  const world = randomWorld(seed, { solo: false, rows: 60 });
  const seats = [...world.seats, seat(asker('model'), 0.7), seat(reviewer())];
  return { ...world, seats, replies: bookOf(answersOf(seed)) };
}

/** Answers at once, or after turns of the event loop in which other answers overtake it. */
function portOf(
  answer: (question: Question) => Reply,
  knows: boolean,
): ModelPort & { asked: number } {
  return {
    name: 'scripted',
    knowledgeMs: 0,
    asked: 0,
    ...(knows ? { know: answer } : {}),
    async ask(question) {
      this.asked++;
      for (let k = question.id % 3; k > 0; k--) await new Promise((told) => setImmediate(told));
      return answer(question);
    },
    async close() {},
  };
}

describe('a session over a stored range', () => {
  it.each([true, false])(
    'is its backtest, and its journal replays (answers at once: %s)',
    async (knows) => {
      let questions = 0;
      for (let seed = 1; seed <= (LONG ? 60 : 3); seed++) {
        const input = askingWorld(seed);
        const backtest = backtestOf(input);
        await inRoom(async (folder) => {
          const models = portOf(answersOf(seed), knows);
          const paper = await runSession(planOf(input, folder, { models }));
          expect(digestsOf(paper), `seed ${seed}`).toEqual(digestsOf(backtest));
          const { config, seats, solo } = input;
          const loaded = { seats, solo, files: [], label: 'test' };
          const replay = await replayFolder(folder, async () => ({ config, loaded }));
          expect(replay, `seed ${seed}`).toMatchObject({ equal: true, stopCode: 'ended' });
          questions += paper.kernel.decider.parking!.asking.log.length;
        });
      }
      expect(questions).toBeGreaterThan(20);
    },
  );

  it('killed anywhere, a question in flight included, it goes on to the same end', async () => {
    for (let seed = 1; seed <= (LONG ? 40 : 2); seed++) {
      const input = askingWorld(seed);
      await inRoom(async (root) => {
        const whole = await runSession(
          planOf(input, `${root}/whole`, { models: portOf(answersOf(seed), true) }),
        );
        const draw = random(seed, 'cuts');
        for (let k = 0; k < (LONG ? 20 : 4); k++) {
          const folder = copied(`${root}/whole`, `${root}/cut-${k}`);
          const bytes = bytesOf(folder);
          cutAt(folder, Math.floor(bytes * (0.2 + 0.8 * draw())));
          const models = portOf(answersOf(seed), k % 2 === 0);
          const paper = await runSession(planOf(input, folder, { models }));
          expect(digestsOf(paper), `seed ${seed}, cut ${k}`).toEqual(digestsOf(whole));
        }
      });
    }
  });

  it('with nobody to answer comes to what failures come to', async () => {
    const input = askingWorld(2);
    await inRoom(async (folder) => {
      const { kernel } = await runSession(planOf(input, folder));
      const codes = new Set(kernel.decider.parking!.asking.log.map(({ code }) => code));
      expect([...codes].filter((code) => code !== '')).toEqual(['not-configured']);
    });
  });
});

// ---- live ----------------------------------------------------------------------------------------

/** A clock that moves by hand. */
class HandClock implements Clock {
  #nowMs = 0;
  readonly #sleepers: { readonly untilMs: number; readonly wake: () => void }[] = [];

  nowMs = () => this.#nowMs;
  monotonicMs = () => this.#nowMs;

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((wake) => {
      signal?.addEventListener('abort', () => wake());
      this.#sleepers.push({ untilMs: this.#nowMs + ms, wake });
    });
  }

  async to(ms: number): Promise<void> {
    this.#nowMs = ms;
    for (const { untilMs, wake } of this.#sleepers) if (untilMs <= ms) wake();
    await new Promise((told) => setImmediate(told));
  }
}

function liveDesk(ask: ModelPort['ask']) {
  const clock = new HandClock();
  const told: ModelEvent[] = [];
  const port: ModelPort = { name: 'slow', knowledgeMs: 0, ask, close: async () => {} };
  const desk = new ModelDesk({
    ...{ port, clock, isStored: false },
    tell: (event) => {
      told.push(event);
      desk.seen(event);
    },
  });
  return { clock, desk, told };
}

const QUESTION = { id: 7, tsMs: 0, deadlineMs: 1000, shape: 'opinion' } as Question;
const YES = reply('opinion', { score: 1 });

describe('a live session', () => {
  it('gets its models ready first, and waits for none of them for more than ten seconds', async () => {
    let isReady = false;
    const clock = new HandClock();
    const never = new Promise<void>(() => {});
    const port = { name: 'slow', knowledgeMs: 0, ask: async () => YES, close: async () => {} };
    const desk = new ModelDesk({
      ...{ clock, isStored: false, tell: () => {} },
      port: { ...port, warm: () => never },
    });
    void desk.warm().then(() => {
      isReady = true;
    });
    await clock.to(9999);
    expect(isReady).toBe(false);
    await clock.to(10_000);
    expect(isReady).toBe(true);
  });

  it('is told of the deadline by the clock, and of the late answer after it', async () => {
    const { promise, resolve } = Promise.withResolvers<Reply>();
    const { clock, desk, told } = liveDesk(() => promise);
    desk.ask(QUESTION, false);
    await clock.to(999);
    expect(told).toEqual([]);
    await clock.to(1001);
    expect(told).toEqual([{ kind: 'model-deadline', tsMs: 1001, id: 7 }]);
    resolve(YES);
    await clock.to(1500);
    expect(told[1]).toMatchObject({ kind: 'model-answer', tsMs: 1500, id: 7 });
  });

  it('is told of no deadline where the answer came, and of a failure where the port throws', async () => {
    const { clock, desk, told } = liveDesk(async ({ id }) => {
      if (id === 8) throw new Error('a defect');
      return YES;
    });
    desk.ask(QUESTION, false);
    desk.ask({ ...QUESTION, id: 8 }, false);
    await clock.to(10);
    await clock.to(5000);
    expect(told.map(({ kind, id }) => [kind, id])).toEqual([
      ['model-answer', 7],
      ['agent-failed', 8],
    ]);
  });

  it('asks again what was in flight when it was killed, or tells that its time is over', async () => {
    let asked = 0;
    const { clock, desk, told } = liveDesk(async () => {
      asked++;
      return YES;
    });
    await clock.to(900);
    desk.ask(QUESTION, true);
    desk.ask({ ...QUESTION, id: 8, deadlineMs: 800 }, true);
    desk.ask({ ...QUESTION, id: 9 }, true);
    desk.seen({ kind: 'model-deadline', tsMs: 5, id: 9 });
    await clock.to(950);
    expect([asked, told]).toEqual([0, []]);
    desk.begin();
    await clock.to(960);
    expect(asked).toBe(1);
    expect(told.map(({ kind, id }) => [kind, id])).toEqual([
      ['model-deadline', 8],
      ['model-answer', 7],
    ]);
  });
});
