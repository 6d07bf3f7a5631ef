// Agents that ask models, and books that answer them: what a test says and no more.

import { readAnswer } from '../../engine/agents/answer.ts';
import type { Strategy } from '../../engine/agents/contract.ts';
import type {
  AgentFailure,
  AnswerShape,
  Origin,
  Question,
  Reply,
  ReplyBook,
} from '../../engine/agents/question.ts';
import { defineStrategy } from '../../engine/index.ts';

export const NOWHERE: Origin = Object.freeze({
  model: 'scripted',
  version: '1',
  latencyMs: 0,
  tokensIn: 10,
  tokensOut: 5,
  costUsd: 0.001,
});

/** Votes what its model says; asks at every row, or where `when` says. */
export function asker(name: string, when: (row: number) => boolean = () => true): Strategy {
  return defineStrategy({
    name,
    asks: {
      kind: 'vote',
      shape: 'opinion',
      prompt: ({ i, symbol, columns }) =>
        when(i)
          ? { system: 'a test', user: `${symbol} at ${columns.close[i]}`, numbers: { row: i } }
          : null,
      vote: (view, { score, confidence, words }) =>
        view.vote(score > 0 ? 'BUY' : score < 0 ? 'SELL' : 'HOLD', confidence, words),
    },
  });
}

/** Asks about every entry, and lets through what its model lets through. */
export function reviewer(name = 'second'): Strategy {
  return defineStrategy({
    name,
    asks: {
      kind: 'second-opinion',
      shape: 'review',
      prompt: ({ i, symbol }, side) => ({
        system: 'a test',
        user: `${symbol} ${side > 0 ? 'long' : 'short'}?`,
        numbers: { row: i },
      }),
      review: (_, { factor }) => factor,
    },
  });
}

/** A reply of a value as a model would give it. */
export function reply(shape: AnswerShape, value: unknown, latencyMs = 0): Reply {
  const answer = readAnswer(shape, value);
  if (typeof answer === 'string') throw new Error(answer);
  return { ok: true, answer, origin: { ...NOWHERE, latencyMs } };
}

export function failure(code: AgentFailure, latencyMs = 0): Reply {
  return { ok: false, code, origin: { ...NOWHERE, latencyMs } };
}

export function bookOf(find: (question: Question) => Reply | null): ReplyBook {
  return { find };
}
