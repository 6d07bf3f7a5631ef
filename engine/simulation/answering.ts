// Recorded replies in simulated time: a question that leaves the kernel is looked up, and its reply
// comes as long after it as it did when it was recorded.
//
//   tray --ask-model--> take -> due: reply at tsMs + latency, or the deadline before it -> deliver
//
// What is due up to the close of a row comes before the venue meets that row: fills inside a candle are
// known at its close. A reply at its very deadline is in time. There is no network here, and no waiting.

import type { Question, Reply, ReplyBook } from '../agents/question.ts';
import { isoText } from '../config/instant.ts';
import { InputError } from '../errors.ts';
import type { Tray } from '../kernel/tray.ts';

/** Where what is due goes: a kernel. */
export interface ReplySink {
  readonly replies: Map<number, Reply>;
  onModelReply(tsMs: number, id: number): void;
  onModelDeadline(tsMs: number, id: number): void;
}

/** `refuse`: a question without a recorded reply ends the run; `timeout`: its deadline passes. */
export type OnMiss = 'refuse' | 'timeout';

interface Due {
  readonly tsMs: number;
  readonly id: number;
  /** Null = the deadline. */
  readonly reply: Reply | null;
}

export class Answering {
  /** Questions that the book does not answer, in their order. */
  readonly misses: Question[] = [];
  readonly #book: ReplyBook | null;
  readonly #onMiss: OnMiss;
  readonly #queue: Due[] = [];

  /** `book` null = nothing was recorded. */
  constructor(book: ReplyBook | null, onMiss: OnMiss) {
    this.#book = book;
    this.#onMiss = onMiss;
  }

  /** When the next thing is due, UTC ms; Infinity = nothing is. */
  get dueMs(): number {
    return this.#queue[0]?.tsMs ?? Number.POSITIVE_INFINITY;
  }

  /** Takes note of what is asked. Throws InputError that names the first question without a reply. */
  take(tray: Tray): void {
    for (let k = 0; k < tray.length; k++) {
      const intent = tray.at(k);
      if (intent.kind === 'ask-model') this.#ask(intent.question);
    }
  }

  /** Questions in the tray that the book does not answer. */
  missing(tray: Tray): Question[] {
    const found: Question[] = [];
    for (let k = 0; k < tray.length; k++) {
      const intent = tray.at(k);
      if (intent.kind !== 'ask-model') continue;
      if ((this.#book?.find(intent.question) ?? null) === null) found.push(intent.question);
    }
    return found;
  }

  /** Tells the sink the next thing that is due by `untilMs`; false when there is none. */
  deliver(untilMs: number, sink: ReplySink): boolean {
    if (!(this.dueMs <= untilMs)) return false;
    const { tsMs, id, reply } = this.#queue.shift()!;
    if (reply === null) sink.onModelDeadline(tsMs, id);
    else {
      sink.replies.set(id, reply);
      sink.onModelReply(tsMs, id);
    }
    return true;
  }

  #ask(question: Question): void {
    const reply = this.#book?.find(question) ?? null;
    if (reply === null) {
      if (this.#onMiss === 'refuse') throw unanswered(question, this.#book !== null);
      this.misses.push(question);
    }
    this.settle(question, reply);
  }

  /** What will come of a question is known: a reply, late or in time, or null = its deadline alone. */
  settle({ id, tsMs, deadlineMs }: Question, reply: Reply | null): void {
    const replyMs = reply === null ? Number.POSITIVE_INFINITY : tsMs + latencyOf(reply);
    if (reply !== null) this.#put({ tsMs: replyMs, id, reply });
    if (replyMs > deadlineMs) this.#put({ tsMs: deadlineMs, id, reply: null });
  }

  /** Those due at the same time come in the order in which they were asked. */
  #put(due: Due): void {
    let at = this.#queue.length;
    const isAfter = ({ tsMs, id }: Due) => tsMs > due.tsMs || (tsMs === due.tsMs && id > due.id);
    while (at > 0 && isAfter(this.#queue[at - 1]!)) at--;
    this.#queue.splice(at, 0, due);
  }
}

/** Whole ms, as every stamp is. */
export function latencyOf({ origin }: Reply): number {
  return Math.max(0, Math.round(origin.latencyMs));
}

/** A run has come to a question without a recorded reply. */
export class UnansweredError extends InputError {}

/** The run ends at a question without a recorded reply. */
export function unanswered(question: Question, hasTape: boolean): UnansweredError {
  const { agent, symbol, venue, tsMs, digest, kind } = question;
  const what = kind === 'vote' ? 'question' : 'request for a second opinion';
  const where = `${agent} on ${venue} ${symbol} at ${isoText(tsMs)}, ${digest}`;
  const rule = hasTape
    ? `has no answer to the ${what} of ${where}: record it (npm run record), or world.tape.onMiss=timeout`
    : `must name a tape: ${agent} asks a model (${where}), and a backtest only replays answers`;
  return new UnansweredError({ key: 'world.tape.file', rule });
}
