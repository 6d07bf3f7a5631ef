// A question to a language model or a forecaster, and what comes back. The question is an intent, its
// answer or its deadline an event; whoever carries it out is not known here, nor what a model is called.
//
//   strategy.asks.prompt(view) -> Question (intent) ... Answer | AgentFailure (event)
//     -> strategy.asks.vote(view, answer)    one bounded vote, or
//     -> strategy.asks.review(view, answer)  1 lets an entry through, less makes it smaller, a word vetoes
//
// An answer is numbers and words. The numbers are checked before they come in (answer.ts); the words are
// shown to people and never read by anything that decides.

import { Digest } from '../digest.ts';

/** What may be asked for; see the fields of `Answer` that each has. */
export type AnswerShape =
  /** `score`, or an action with `confidence`; a `risk` score where there is one. */
  | 'opinion'
  /** `low`, `median`, `high` and their `coverage`. */
  | 'forecast'
  /** `factor`. */
  | 'review';

/** What a strategy wants said to a model. Texts of numbers are rounded by rule: no clock, no mode. */
export interface Prompt {
  /** Who the model is to be and how it is to answer; the same for all questions of an agent. */
  readonly system: string;
  /** The question. Text that others wrote (headlines) goes in here, quoted, as data. */
  readonly user: string;
  /** For models that read numbers and not words: by name, one or a series. NaN = not known. */
  readonly numbers?: Readonly<Record<string, number | ArrayLike<number>>>;
}

/** A question as it leaves the kernel, all of it; plain values, so that a journal can hold it. */
export interface Question {
  /** 1, 2, ... in the order of the run. */
  readonly id: number;
  /** Id of the agent in the config, and what the config says of which model answers it ('' = nothing). */
  readonly agent: string;
  readonly model: string;
  readonly kind: 'vote' | 'second-opinion';
  readonly shape: AnswerShape;
  readonly leg: number;
  readonly venue: string;
  readonly symbol: string;
  /** Row of the panel at whose close it was asked. */
  readonly row: number;
  /** The entry that a second opinion is asked about; 0 for a vote. */
  readonly side: -1 | 0 | 1;
  /** When it was asked and when it is too late for an answer, UTC ms. */
  readonly tsMs: number;
  readonly deadlineMs: number;
  readonly prompt: {
    readonly system: string;
    readonly user: string;
    /** JSON of `Prompt.numbers`, NaN as null; see `numbersOf`. */
    readonly numbers: string;
  };
  /** 16 hex digits over agent, model, kind, shape, leg's name, side and prompt; not over its time. */
  readonly digest: string;
}

/** What a model said, checked. NaN = it did not say that. */
export interface Answer {
  /** Direction and conviction, -1 (sell) to 1 (buy). */
  readonly score: number;
  /** 0 to 1. */
  readonly confidence: number;
  /** 0 to 1, higher is safer. */
  readonly risk: number;
  /** Quantiles of a later price, > 0, ascending, and the share of outcomes between low and high. */
  readonly low: number;
  readonly median: number;
  readonly high: number;
  readonly coverage: number;
  /** Of a second opinion: 1 = let it through, 0 = veto, between = so much of it. */
  readonly factor: number;
  /** For people to read; without control characters, at most WORDS characters. */
  readonly words: string;
}

/** Where an answer came from. */
export interface Origin {
  /** `stand-in` where no model was asked. */
  readonly model: string;
  readonly version: string;
  /** From the question's leaving to the answer, ms. */
  readonly latencyMs: number;
  /** NaN = not known. */
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly costUsd: number;
}

/** Why there is no answer, one sentence each. */
export const AGENT_FAILURES = Object.freeze({
  timeout: 'no answer in time',
  'rate-limited': 'the provider takes no more questions for now',
  budget: 'the budget of tokens or money is used up',
  garbage: 'what came back is not an answer of the shape that was asked for',
  refused: 'the model declined, or the provider refused the question',
  unavailable: 'the provider could not be reached, or failed',
  'breaker-open': 'it has failed too often of late to be asked',
  'not-configured': 'nobody is configured to answer this agent',
  'tape-miss': 'the tape holds no answer to this question',
  anomaly: 'the inputs are too far from what is usual to ask about',
  cancelled: 'the session ended before the answer came',
} as const);

export type AgentFailure = keyof typeof AGENT_FAILURES;

/** What comes of a question, from a model or from a tape. */
export type Reply =
  | { readonly ok: true; readonly answer: Answer; readonly origin: Origin }
  | { readonly ok: false; readonly code: AgentFailure; readonly origin: Origin };

/** Recorded replies. Null = there is none to this question. */
export interface ReplyBook {
  find(question: Question): Reply | null;
}

/** JSON of a prompt's numbers, by name; every value that is not finite is null. */
export function numbersText(numbers: Prompt['numbers']): string {
  const plain: Record<string, number | number[]> = {};
  for (const name of Object.keys(numbers ?? {}).sort()) {
    const value = numbers![name]!;
    plain[name] = typeof value === 'number' ? value : Array.from(value);
  }
  return JSON.stringify(plain);
}

/** The numbers of a question, by name. */
export function numbersOf({ prompt }: Question): Record<string, number | number[]> {
  const nan = (value: number | null) => value ?? Number.NaN;
  const plain: Record<string, number | null | (number | null)[]> = JSON.parse(prompt.numbers);
  return Object.fromEntries(
    Object.entries(plain).map(([name, value]) => {
      return [name, Array.isArray(value) ? value.map(nan) : nan(value)];
    }),
  );
}

/** Everything about a question that its answer may depend on, its time and number left out. */
export function questionText(question: Omit<Question, 'id' | 'digest'>): string {
  const { agent, model, kind, shape, venue, symbol, side, prompt } = question;
  const { system, user, numbers } = prompt;
  return JSON.stringify([agent, model, kind, shape, venue, symbol, side, system, user, numbers]);
}

export function questionDigest(question: Omit<Question, 'id' | 'digest'>): string {
  const mix = new Digest();
  mix.text(questionText(question));
  return mix.hex();
}

/** Mixes in what a reply may change of a run. Its words and what it cost are nobody's reason. */
export function mixReply(digest: Digest, id: number, reply: Reply): void {
  digest.number(id);
  if (!reply.ok) {
    digest.text(reply.code);
    return;
  }
  const { score, confidence, risk, low, median, high, coverage, factor } = reply.answer;
  for (const value of [score, confidence, risk, low, median, high, coverage, factor]) {
    digest.number(value);
  }
}
