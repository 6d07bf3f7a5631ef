// Who asks for a recording: within its budget however many are under way, not for ever where nobody
// answers, and with every answer that was paid for on the tape.

import { afterAll, describe, expect, it } from 'vitest';
import { Recorder } from '../../bin/recorder.ts';
import { rowOf } from '../../data/tapes/row.ts';
import { Tape, type TapeWriter } from '../../data/tapes.ts';
import { type Question, questionDigest, type Reply } from '../../engine/agents/question.ts';
import type { ModelPort } from '../../live/models/port.ts';
import { failure, reply } from '../support/asking.ts';
import { room } from '../support/cli.ts';

const here = room('recorder');
afterAll(() => here.remove());

function question(k: number): Question {
  const asked = {
    ...{ agent: 'second', model: '', kind: 'second-opinion' as const, shape: 'review' as const },
    ...{ leg: 0, venue: 'paperx', symbol: 'BTCUSDT', row: k, side: 1 as const, tsMs: k },
    ...{ deadlineMs: k + 1000, prompt: { system: 'a test', user: `number ${k}`, numbers: '{}' } },
  };
  return { id: k + 1, ...asked, digest: questionDigest(asked) };
}

const QUESTIONS = Array.from({ length: 100 }, (_, k) => question(k));

function memoryTape(): TapeWriter {
  const tape = new Tape([]);
  return {
    tape,
    put: async (asked, said, knowledgeMs) => tape.add(rowOf(asked, said, knowledgeMs)),
    close() {},
  };
}

/** Answers after a turn of the loop, as a network would. */
function portOf(answer: () => Reply, mostUsd = 0): ModelPort {
  return {
    ...{ name: 'a test', knowledgeMs: 0 },
    estimate: () => ({ tokens: 1, costUsd: mostUsd, mostUsd }),
    ask: async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return answer();
    },
    close: async () => {},
  };
}

const answered = (costUsd: number): Reply => {
  const said = reply('review', { factor: 1 });
  return { ...said, origin: { ...said.origin, costUsd } };
};

describe('a recorder', () => {
  it('never spends more than its budget, with eight questions under way', async () => {
    const writer = memoryTape();
    const recorder = new Recorder(
      writer,
      portOf(() => answered(1), 1),
      3.5,
    );
    await recorder.askAll(QUESTIONS);
    expect(recorder.sums).toMatchObject({ asked: 3, answered: 3, costUsd: 3, stopped: 'budget' });
    expect(writer.tape.rows).toHaveLength(3);
  });

  it('gives back what a question did not cost', async () => {
    const recorder = new Recorder(
      memoryTape(),
      portOf(() => answered(0.25), 1),
      3,
    );
    await recorder.askAll(QUESTIONS);
    // The ninth is the last after which another one, at most 1 USD, still fits into 3.
    expect(recorder.sums).toMatchObject({ asked: 9, costUsd: 2.25, stopped: 'budget' });
  });

  it('stops where a day has nothing left, and where nobody answers', async () => {
    const of = async (code: 'budget' | 'unavailable') => {
      const writer = memoryTape();
      const recorder = new Recorder(
        writer,
        portOf(() => failure(code)),
        100,
      );
      await recorder.askAll(QUESTIONS);
      expect(writer.tape.rows).toEqual([]);
      return recorder.sums;
    };
    const [allowance, away] = [await of('budget'), await of('unavailable')];
    expect(allowance.stopped).toBe('allowance');
    expect(allowance.asked).toBe(8);
    expect(away.stopped).toBe('nobody-answers');
    expect(away.asked).toBeLessThan(40);
  });

  it('puts down what is under way when it is interrupted, and asks nothing more', async () => {
    const writer = memoryTape();
    const before = new Set(process.listeners('SIGINT'));
    const port = portOf(() => {
      for (const listener of process.listeners('SIGINT')) {
        if (!before.has(listener)) listener('SIGINT');
      }
      return answered(0);
    });
    const recorder = new Recorder(writer, port, Number.POSITIVE_INFINITY);
    await recorder.askAll(QUESTIONS);
    expect(recorder.sums).toMatchObject({ asked: 8, answered: 8, stopped: 'interrupted' });
    expect(writer.tape.rows).toHaveLength(8);
    expect(new Set(process.listeners('SIGINT'))).toEqual(before);
  });

  it('refuses a budget in USD where a provider has no price', async () => {
    const words = ['record', '--config', 'second-opinion', '--tape', 'x.ndjson', '--budget', '5'];
    const { code, stdout } = await here.sapphire([...words, '--json'], {
      env: { GEMINI_API_KEY: 'no-key' },
    });
    expect(code).toBe(2);
    const [problem] = JSON.parse(stdout).error.problems;
    expect(problem.key).toBe('decision.models.providers.gemini.usdPerMillionInput');
    expect(problem.rule).toBe('is needed where --budget 5 limits what is spent');
    // Without a key nobody can be asked, and nothing but a dry run asks nobody.
    const bare = await here.call(['record', '--tape', 'x.ndjson', '--config', 'second-opinion']);
    expect(bare.stderr).toContain('decision.models.order: must reach a model: set GEMINI_API_KEY');
  });
});
