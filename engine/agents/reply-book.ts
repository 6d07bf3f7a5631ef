// Recorded replies as plain data, and the book of them: what is found on a tape can be handed to other
// threads, which answer the same questions with it.

import { type Question, questionText, type Reply, type ReplyBook } from './question.ts';

/** A reply and the question that it answers; plain data. */
export interface RecordedReply {
  /** Of the question, 16 hex digits. */
  readonly digest: string;
  /** See `questionText`. */
  readonly text: string;
  readonly reply: Reply;
}

export class RecordedReplies implements ReplyBook {
  /** By all that was asked: a digest finds accidents, and whoever writes headlines may look for two of one. */
  readonly #byText = new Map<string, Reply>();

  constructor(replies: readonly RecordedReply[]) {
    for (const one of replies) this.add(one);
  }

  add(one: RecordedReply): void {
    this.#byText.set(one.text, one.reply);
  }

  find(question: Question): Reply | null {
    return this.#byText.get(questionText(question)) ?? null;
  }
}
