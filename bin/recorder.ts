// Who asks for a recording: a few questions at a time, within what it may cost, each answer on the tape
// before the next step. It stops asking when the money would not reach, when nobody answers, or by Ctrl-C,
// and then waits for what is under way: that is paid for.

import type { TapeWriter } from '../data/tapes.ts';
import type { AgentFailure, Question, Reply } from '../engine/agents/question.ts';
import type { ModelPort } from '../live/models/port.ts';
import { onStop } from './output.ts';

/** What a recording came to. */
export interface Recording {
  /** The run asks nothing that the tape does not answer. */
  readonly isWhole: boolean;
  readonly asked: number;
  readonly answered: number;
  /** Failures by code; those that may pass are not on the tape. */
  readonly failed: Readonly<Record<string, number>>;
  readonly tokens: number;
  readonly costUsd: number;
  /** Why it stopped asking; null = it did not. */
  readonly stopped: Stop | null;
}

export type Stop = 'interrupted' | 'budget' | 'allowance' | 'nobody-answers';

/** Codes that say something of today and not of the question: it is asked again another time. */
const PASSING: ReadonlySet<AgentFailure> = new Set([
  'rate-limited',
  'budget',
  'unavailable',
  'breaker-open',
  'not-configured',
  'cancelled',
] as const);
/** Questions under way at once; the router may allow fewer. */
const PARALLEL = 8;
/** So many in a row that came to nothing, and nobody is there. */
const MOST_UNHEARD = 24;

export class Recorder {
  asked = 0;
  #answered = 0;
  #tokens = 0;
  #costUsd = 0;
  #underWay = 0;
  /** The most that what is under way may cost. */
  #heldUsd = 0;
  #unheard = 0;
  #stopped: Stop | null = null;
  readonly #failed = new Map<string, number>();
  readonly #writer: TapeWriter;
  readonly #port: ModelPort;
  readonly #budgetUsd: number;
  #putting: Promise<unknown> = Promise.resolve();

  /** Throws nothing; `budgetUsd` Infinity = no limit. */
  constructor(writer: TapeWriter, port: ModelPort, budgetUsd: number) {
    this.#writer = writer;
    this.#port = port;
    this.#budgetUsd = budgetUsd;
  }

  get sums(): Omit<Recording, 'isWhole'> {
    return {
      ...{ asked: this.asked, answered: this.#answered },
      failed: Object.fromEntries(this.#failed),
      ...{ tokens: this.#tokens, costUsd: this.#costUsd, stopped: this.#stopped },
    };
  }

  /** A few at a time. What does not fit the budget is not asked, and what may pass is not put down. */
  async askAll(questions: readonly Question[], told?: () => void): Promise<void> {
    let next = 0;
    const work = async () => {
      while (next < questions.length && this.#stopped === null) {
        const question = questions[next]!;
        const mostUsd = this.#port.estimate?.(question).mostUsd ?? 0;
        // What is under way counts as the most that it may cost, and may leave room when it is done.
        if (!(this.#costUsd + this.#heldUsd + mostUsd <= this.#budgetUsd)) {
          if (this.#underWay === 0) this.#stopped = 'budget';
          return;
        }
        next++;
        await this.#ask(question, mostUsd);
        told?.();
      }
    };
    const forget = onStop(() => {
      this.#stopped ??= 'interrupted';
    });
    try {
      await Promise.all(Array.from({ length: Math.min(PARALLEL, questions.length) }, work));
    } finally {
      forget();
    }
  }

  async #ask(question: Question, mostUsd: number): Promise<void> {
    this.asked++;
    this.#underWay++;
    this.#heldUsd += mostUsd;
    try {
      // Its time limits are the router's: the deadline is of the run, not of the recording.
      await this.#put(question, await this.#port.ask(question, new AbortController().signal));
    } finally {
      this.#underWay--;
      // A sum of differences is never quite 0.
      this.#heldUsd = this.#underWay === 0 ? 0 : this.#heldUsd - mostUsd;
    }
  }

  async #put(question: Question, reply: Reply): Promise<void> {
    const { tokensIn, tokensOut, costUsd } = reply.origin;
    for (const part of [tokensIn, tokensOut]) if (part > 0) this.#tokens += part;
    if (costUsd > 0) this.#costUsd += costUsd;
    if (reply.ok) this.#answered++;
    else this.#failed.set(reply.code, (this.#failed.get(reply.code) ?? 0) + 1);
    if (!reply.ok && PASSING.has(reply.code)) {
      this.#unheard++;
      if (reply.code === 'budget') this.#stopped ??= 'allowance';
      else if (this.#unheard >= MOST_UNHEARD) this.#stopped ??= 'nobody-answers';
      return;
    }
    this.#unheard = 0;
    const { knowledgeMs } = this.#port;
    // One after the other, each question once: it may have been asked of two at one moment.
    this.#putting = this.#putting.then(async () => {
      if (!this.#writer.tape.has(question)) await this.#writer.put(question, reply, knowledgeMs);
    });
    await this.#putting;
  }
}
