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
  readonly #byDigest = new Map<string, RecordedReply>();

  constructor(replies: readonly RecordedReply[]) {
    for (const one of replies) this.add(one);
  }

  add(one: RecordedReply): void {
    this.#byDigest.set(one.digest, one);
  }

  find(question: Question): Reply | null {
    const found = this.#byDigest.get(question.digest);
    // Two questions of one digest are as good as impossible; but a wrong answer is worse than none.
    return found !== undefined && found.text === questionText(question) ? found.reply : null;
  }
}
