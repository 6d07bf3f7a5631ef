// What a session, and `record`, ask of whoever answers questions: the router over real providers, the
// stand-in that is no model, or a tape. A question is handed over only when the journal holds it durably.
//
//   session --ask(question)--> ModelPort --Reply--> inbox (model lane) --> session
//
// A port never throws for what the world does: a failure is a reply with a code. It may take its time:
// whoever asks watches the deadline and ends the wait by `signal`.

import type { Question, Reply } from '../../engine/agents/question.ts';

export interface Estimate {
  readonly tokens: number;
  readonly costUsd: number;
  readonly mostUsd: number;
}

export interface ModelPort {
  /** For people: `stand-in`, `gemini, then openai`. */
  readonly name: string;
  /**
   * Newest UTC ms that the models behind it may have been trained on, for tapes; NaN = not known. The
   * latest of them where there are several.
   */
  readonly knowledgeMs: number;
  /**
   * Asks. `signal` ends the wait: the reply is then a failure (`timeout` or `cancelled`) and nobody
   * reads it. Latency, tokens and cost are in the reply's origin.
   */
  ask(question: Question, signal: AbortSignal): Promise<Reply>;
  /**
   * The reply where it is known without waiting (a tape, the stand-in): it is then due
   * `origin.latencyMs` after the question in the session's own time, as in a backtest. Null = ask.
   */
  know?(question: Question): Reply | null;
  /**
   * Gets ready, so that the time for the first answer is the model's alone. Whoever cannot be reached now
   * is found out by the question. Never rejects.
   */
  warm?(signal: AbortSignal): Promise<void>;
  /** Providers without a price, whose money nobody can count. */
  readonly unpriced?: readonly string[];
  /**
   * What asking costs at most, without asking: tokens and USD of one attempt at the first provider, and
   * USD of every attempt at all of them. For whoever has a budget. What has no price counts as 0.
   */
  estimate?(question: Question): Estimate;
  /** Ends what is under way. A second call does nothing. */
  close(): Promise<void>;
}
