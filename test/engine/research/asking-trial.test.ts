// Trials of configs that ask models: the same answers give the digests of a backtest alone, what nobody
// answered is named, and no trial seats what a backtest would refuse.

import { describe, expect, it } from 'vitest';
import type { Strategy } from '../../../engine/agents/contract.ts';
import type { Question } from '../../../engine/agents/question.ts';
import { questionText } from '../../../engine/agents/question.ts';
import { RecordedReplies } from '../../../engine/agents/reply-book.ts';
import { HOUR_MS } from '../../../engine/interval.ts';
import { runDigest, runLoop } from '../../../engine/research/backtest.ts';
import { Slices } from '../../../engine/research/sweep/slice.ts';
import { runTrial, seatsOf, type TrialGround } from '../../../engine/research/sweep/trial.ts';
import { asker, reply } from '../../support/asking.ts';
import { panelOf } from '../../support/market.ts';
import { configOf, staking, voter } from '../../support/run.ts';
import { randomCandles } from '../market/columns.ts';

const ROWS = 60;
const panel = panelOf({ BTC: randomCandles(5, ROWS, { intervalMs: HOUR_MS }) });
const both: Strategy = { ...asker('both'), analyze: (view) => view.vote('BUY', 0.7) };
const STRATEGIES = new Map<string, Strategy>(
  [voter('ann', 'b.6 h s.6 '.repeat(ROWS / 3)), asker('model'), both].map((one) => [one.name, one]),
);
const config = configOf({
  ...staking(0.5),
  decision: {
    ...staking(0.5).decision,
    agents: { ann: { weight: 1 }, model: { weight: 1 } },
    asking: { deadlineMs: 1000 },
  },
});

/** A reply to every question that the config asks, by the row. */
function answers() {
  const found: Question[] = [];
  const { seats, solo } = seatsOf(config.decision, STRATEGIES);
  const find = (question: Question) => {
    found.push(question);
    return reply('opinion', { score: question.row % 2 ? 0.9 : -0.9 });
  };
  const { kernel } = runLoop({ panel, config, seats, solo, firstRow: 0, replies: { find } });
  const recorded = found.map((question) => ({
    digest: question.digest,
    text: questionText(question),
    reply: find(question),
  }));
  return { recorded, digest: runDigest(kernel) };
}

const ground = (given: Partial<TrialGround> = {}): TrialGround => ({
  ...{ config, slices: new Slices(panel), strategies: STRATEGIES },
  objectives: [{ name: 'totalReturn', goal: 'max', evaluate: null }],
  ...given,
});
const trial = (from: TrialGround, assignments: [string, string | number][] = []) =>
  runTrial(from, {
    ...{ index: 0, assignments, readRow: 0, fromRow: 0, toRow: ROWS, missingCandles: 0 },
  });

describe('a trial that asks models', () => {
  it('has the digests of a backtest over the same answers, which are plain data by then', () => {
    const { recorded, digest } = answers();
    const replies = new RecordedReplies(structuredClone(recorded));
    expect(trial(ground({ replies }))).toMatchObject({ status: 'done', digest });
    const silent = trial(ground(), [['world.tape.onMiss', 'timeout']]);
    expect(silent.digest).not.toBe(digest);
  });

  it('fails where it asks what nobody answered, and names the question', () => {
    const { recorded } = answers();
    const replies = new RecordedReplies(recorded.slice(0, 20));
    const { code, message, values } = trial(ground({ replies }));
    expect({ code, values }).toEqual({ code: 'unanswered', values: [null] });
    expect(message).toContain(
      'world.tape.file: has no answer to the question of model on test BTC',
    );
    expect(message).toContain(recorded[20]!.digest);
  });

  it('is refused where models alone could act, as its config is alone', () => {
    const { code, message } = trial(ground(), [['decision.agents.model.weight', 2]]);
    expect(code).toBe('refused');
    expect(message).toContain('so that models alone never act');
  });

  it('asks for an agent that can do without a model only where its config names one', () => {
    const { decision } = configOf({ decision: { agents: { ann: {}, both: {} } } });
    const at = (model: string | null) => {
      const agents = { ...decision.agents, both: { ...decision.agents['both']!, model } };
      return seatsOf({ ...decision, agents }, STRATEGIES).seats[1]!.strategy;
    };
    expect([at(null).asks, typeof at(null).analyze]).toEqual([undefined, 'function']);
    expect([typeof at('some').asks, at('some').analyze]).toEqual(['object', undefined]);
  });
});
