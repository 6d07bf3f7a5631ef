// Questions of a session on their way to models, and what comes of them on its way back.
//
//   live      ask -> port -> reply, or its deadline by the clock -> inbox (model lane)
//   stored    ask -> port -> due as long after the question as it took -> before its row is met
//
// A question that the journal holds is not asked again while recorded answers may follow; what is still
// open behind the last recorded line is: its deadline is over by then, or it is asked once more. Over a
// stored range the session waits for answers, because its time stands still meanwhile.

import type { Question, Reply } from '../../engine/agents/question.ts';
import type { ModelEvent } from '../../engine/event.ts';
import { replyEvent, replySink } from '../../engine/research/backtest.ts';
import { Answering, latencyOf } from '../../engine/simulation/answering.ts';
import type { Clock } from '../clock.ts';
import type { ModelPort } from './port.ts';

/** The longest that a session waits for its models to get ready, ms. */
const WARM_MS = 10_000;

export interface ModelDeskParts {
  /** Null = nobody is there to answer. */
  readonly port: ModelPort | null;
  /** The feed's. */
  readonly clock: Clock;
  /** Into the inbox; only of a live session. */
  readonly tell: (event: ModelEvent) => void;
  /** A stored range is played again: its time is its own. */
  readonly isStored: boolean;
}

export class ModelDesk {
  readonly #parts: ModelDeskParts;
  /** Asked, and neither answered nor given up, by id. */
  readonly #open = new Map<number, Question>();
  /** Ends of the waits for deadlines, by id. */
  readonly #deadlines = new Map<number, AbortController>();
  readonly #answering = new Answering(null, 'timeout');
  readonly #over = new AbortController();
  #underWay = 0;
  #settled: (() => void) | null = null;
  #hasBegun = false;
  #found: ModelEvent | null = null;
  readonly #sink = replySink((event) => {
    this.#found = event as ModelEvent;
  });

  constructor(parts: ModelDeskParts) {
    this.#parts = parts;
  }

  /**
   * Before the first question of a live session, so that its deadline is the model's; whoever is not
   * reached by then keeps nobody waiting.
   */
  async warm(): Promise<void> {
    const { port, clock, isStored } = this.#parts;
    if (isStored || port?.warm === undefined) return;
    const done = new AbortController();
    const late = AbortSignal.any([done.signal, this.#over.signal]);
    await Promise.race([port.warm(late), clock.sleep(WARM_MS, late)]);
    done.abort();
  }

  /** Asks; one that `isRecorded` waits for what else is recorded of it. */
  ask(question: Question, isRecorded: boolean): void {
    this.#open.set(question.id, question);
    if (isRecorded) return;
    if (this.#parts.isStored) this.#askStored(question);
    else this.#askLive(question);
  }

  /** An event of a question has been applied. */
  seen({ id }: ModelEvent): void {
    this.#open.delete(id);
    // Nobody waits for it any more, and timers of many questions would add up.
    this.#deadlines.get(id)?.abort();
    this.#deadlines.delete(id);
  }

  /** Nothing is recorded any more: what is open is asked again, or its time is over. */
  begin(): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    const { clock, isStored, tell } = this.#parts;
    for (const question of this.#open.values()) {
      const { id, deadlineMs } = question;
      const nowMs = clock.nowMs();
      if (!isStored && nowMs >= deadlineMs) tell({ kind: 'model-deadline', tsMs: nowMs, id });
      else this.ask(question, false);
    }
  }

  /** The next row may not be met yet: an answer that is due before it is under way. */
  get holds(): boolean {
    return this.#underWay > 0;
  }

  /** Resolves when nothing is under way. */
  settled(): Promise<void> {
    if (!this.holds) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#settled = resolve;
    return promise;
  }

  /** What is due next, of a stored range, up to the close of a row. */
  due(untilMs: number): ModelEvent | null {
    this.#found = null;
    this.#answering.deliver(untilMs, this.#sink);
    return this.#found;
  }

  async close(): Promise<void> {
    this.#over.abort();
    for (const wait of this.#deadlines.values()) wait.abort();
    await this.#parts.port?.close();
  }

  #askStored(question: Question): void {
    const known = this.#known(question);
    if (known !== null) {
      this.#settle(question, known);
      return;
    }
    this.#underWay++;
    void this.#replyTo(question).then((reply) => {
      this.#settle(question, reply);
      this.#underWay--;
      if (this.#underWay === 0) this.#settled?.();
    });
  }

  /** What a tape does not answer comes to nothing but its deadline, as in a backtest. */
  #settle(question: Question, reply: Reply): void {
    const isMiss = !reply.ok && reply.code === 'tape-miss';
    this.#answering.settle(question, isMiss ? null : reply);
  }

  #askLive(question: Question): void {
    const { clock, tell } = this.#parts;
    const { id, deadlineMs } = question;
    const { signal } = this.#over;
    const known = this.#known(question);
    const reply =
      known === null
        ? this.#replyTo(question)
        : clock.sleep(latencyOf(known), signal).then(() => known);
    void reply.then((came) => {
      if (!signal.aborted) tell(replyEvent(clock.nowMs(), id, came));
    });
    const wait = new AbortController();
    this.#deadlines.set(id, wait);
    void clock.sleep(deadlineMs - clock.nowMs(), wait.signal).then(() => {
      if (wait.signal.aborted || !this.#open.has(id)) return;
      tell({ kind: 'model-deadline', tsMs: clock.nowMs(), id });
    });
  }

  #known(question: Question): Reply | null {
    const { port } = this.#parts;
    if (port === null) return failed('not-configured');
    return port.know?.(question) ?? null;
  }

  async #replyTo(question: Question): Promise<Reply> {
    try {
      return await this.#parts.port!.ask(question, this.#over.signal);
    } catch {
      // A port says what went wrong in its reply; one that throws is as good as not there.
      return failed('unavailable');
    }
  }
}

function failed(code: 'not-configured' | 'unavailable' | 'tape-miss'): Reply {
  const origin = { model: '', version: '', latencyMs: 0, tokensIn: 0, tokensOut: 0, costUsd: 0 };
  return { ok: false, code, origin };
}

/** A tape as a port: for a stored range that is to come out as its backtest did. */
export function tapePort(
  find: (question: Question) => Reply | null,
  knowledgeMs: number,
  refuse: ((question: Question) => never) | null,
): ModelPort {
  const know = (question: Question) => {
    return find(question) ?? (refuse === null ? failed('tape-miss') : refuse(question));
  };
  return { name: 'tape', knowledgeMs, know, ask: async (q) => know(q), close: async () => {} };
}
