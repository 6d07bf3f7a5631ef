// Answers by rule, in this process, where no model is to be asked: to try the machinery out, in tests and
// in examples. It calls itself `stand-in` in every answer, and nothing about models follows from it.
//
//   opinion    how far the series of the question went, in its own deviations; else what its words say
//   forecast   80 % of a random walk with the deviation of the series
//   review     lets calm moments through, halves odd ones, vetoes wild ones

import { readAnswer } from '../../engine/agents/answer.ts';
import { numbersOf, type Question, type Reply } from '../../engine/agents/question.ts';
import { STAND_IN } from '../../engine/research/model-exposure.ts';
import type { ModelPort } from './port.ts';

/** It answers this fast at best, ms; and up to as much again, by the question. */
const LATENCY_MS = 250;
/** Of the normal distribution: 80 % lie within. */
const Z_80 = 1.281_551_565_544_600_4;
const GOOD =
  /\b(surges?|rall(y|ies)|gains?|rises?|record|approv(al|ed|es)|adopts?|bullish|soars?)\b/gi;
const BAD =
  /\b(hack(ed|s)?|falls?|bans?|lawsuits?|crash(es)?|bearish|plunges?|fraud|liquidat\w*)\b/gi;

export class StandIn implements ModelPort {
  readonly name = STAND_IN;
  /** It has read nothing. */
  readonly knowledgeMs = 0;

  know(question: Question): Reply {
    const { shape, digest } = question;
    const answer = readAnswer(shape, said(question));
    const latencyMs = LATENCY_MS + (Number.parseInt(digest.slice(0, 8), 16) % LATENCY_MS);
    const origin = {
      ...{ model: STAND_IN, version: '1', latencyMs },
      ...{ tokensIn: 0, tokensOut: 0, costUsd: 0 },
    };
    if (typeof answer === 'string') return { ok: false, code: 'garbage', origin };
    return { ok: true, answer, origin };
  }

  async ask(question: Question): Promise<Reply> {
    return this.know(question);
  }

  estimate() {
    return { tokens: 0, costUsd: 0, mostUsd: 0 };
  }

  async close(): Promise<void> {}
}

function said(question: Question): object | null {
  const steps = stepsOf(question);
  switch (question.shape) {
    case 'opinion':
      return steps === null ? byWords(question) : byTrend(steps);
    case 'forecast':
      return steps === null ? null : walk(steps, question);
    case 'review':
      return steps === null ? { factor: 1, words: 'nothing to look at' } : byCalm(steps);
  }
}

interface Steps {
  readonly last: number;
  readonly count: number;
  /** Sum of the logarithmic steps, the newest of them, and their deviation. */
  readonly sum: number;
  readonly newest: number;
  readonly deviation: number;
}

/** The first series of the question that is one of prices; null = there is none. */
function stepsOf(question: Question): Steps | null {
  const series = Object.values(numbersOf(question)).filter((value) => Array.isArray(value));
  for (const values of series) {
    const prices = values.filter((value) => value > 0);
    if (prices.length < 3) continue;
    const steps = prices.slice(1).map((price, k) => Math.log(price / prices[k]!));
    const sum = steps.reduce((total, step) => total + step, 0);
    const mean = sum / steps.length;
    const squares = steps.reduce((total, step) => total + (step - mean) ** 2, 0);
    const deviation = Math.sqrt(squares / (steps.length - 1));
    return { last: prices.at(-1)!, count: steps.length, sum, newest: steps.at(-1)!, deviation };
  }
  return null;
}

function byTrend({ sum, count, deviation }: Steps): object {
  const far = deviation > 0 ? sum / (deviation * Math.sqrt(count)) : 0;
  const score = Math.max(-1, Math.min(1, far / 2));
  const risk = 1 / (1 + 20 * deviation);
  return { score, risk, words: `went ${far.toFixed(2)} deviations` };
}

function byWords({ prompt }: Question): object {
  const good = prompt.user.match(GOOD)?.length ?? 0;
  const bad = prompt.user.match(BAD)?.length ?? 0;
  const score = good + bad === 0 ? 0 : (good - bad) / (good + bad + 1);
  return { score, risk: 0.75, words: `${good} good words, ${bad} bad ones` };
}

function walk({ last, deviation }: Steps, question: Question): object {
  const { horizon } = numbersOf(question);
  const ahead = typeof horizon === 'number' && horizon > 0 ? horizon : 1;
  const span = Z_80 * deviation * Math.sqrt(ahead);
  return { low: last * Math.exp(-span), median: last, high: last * Math.exp(span), coverage: 0.8 };
}

function byCalm({ newest, deviation }: Steps): object {
  const odd = deviation > 0 ? Math.abs(newest) / deviation : 0;
  const factor = odd > 3 ? 0 : odd > 2 ? 0.5 : 1;
  return { factor, words: `the newest step is ${odd.toFixed(2)} deviations` };
}
