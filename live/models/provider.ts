// What a provider of models is: somewhere to send one prompt to, for one text. Retries, budgets, failover
// and the check of the answer are the router's; here is one attempt and what may come of it.
//
// A file a provider, which loads its package when it is warmed, or at the first attempt. Adding one: such a
// file, a line in list.ts, its wire format in test/support/models/, and the contract's tests run over it.

import { BadReply, shown } from '../../data/venues/said.ts';
import type { AgentFailure } from '../../engine/agents/question.ts';
import type { Secret } from '../venues/secret.ts';
import { boundedFetch, type Heard, nothingHeard } from './wire.ts';

/** What a provider is sent. */
export interface Asking {
  /** What the model is told to be, and the rule that what follows is data. */
  readonly system: string;
  readonly text: string;
  /** JSON of what is for models that read numbers and not words. */
  readonly numbers: string;
  /** JSON Schema of the one object it may answer with; strict: every key required, none besides. */
  readonly schema: Readonly<Record<string, unknown>>;
  /** Names the schema: letters, digits, - and _. */
  readonly name: string;
  readonly maxOutputTokens: number;
}

/** What came back of one attempt, unread. */
export interface Said {
  readonly text: string;
  /** The model as the provider names what answered. */
  readonly version: string;
  /** NaN = it does not count. */
  readonly inputTokens: number;
  /** Thinking included. */
  readonly outputTokens: number;
}

/** Tokens that an attempt used; NaN = the provider did not count them. */
export type Used = Pick<Said, 'inputTokens' | 'outputTokens'>;

export const UNCOUNTED: Used = Object.freeze({
  inputTokens: Number.NaN,
  outputTokens: Number.NaN,
});
const NONE: Used = Object.freeze({ inputTokens: 0, outputTokens: 0 });

/** A failed attempt: nothing that can be read as an answer came of it. */
export class ModelFault extends Error {
  readonly code: AgentFailure;
  /** Whether the same request may fare better soon; one that was answered badly is paid again. */
  readonly retryable: boolean;
  /** How long the provider asks us to wait, ms; null = it does not say. */
  readonly waitMs: number | null;
  /** Null = nobody knows: it may have been all that was allowed. */
  readonly used: Used | null;

  constructor(
    code: AgentFailure,
    text: string,
    { waitMs = null, used = null }: { waitMs?: number | null; used?: Used | null } = {},
  ) {
    super(text);
    this.name = 'ModelFault';
    this.code = code;
    this.retryable = code === 'timeout' || code === 'rate-limited' || code === 'unavailable';
    this.waitMs = waitMs;
    this.used = used;
  }
}

export interface Provider {
  /** The key in `models.providers`. */
  readonly id: string;
  /** The model that is asked for. */
  readonly model: string;
  /**
   * Loads what the first attempt would have to load, and opens a connection to its host, without a key;
   * nothing is asked. Rejects only where its package cannot be loaded.
   */
  warm(signal: AbortSignal): Promise<void>;
  /** One attempt. Throws ModelFault, or the signal's reason once it has aborted. */
  send(asking: Asking, signal: AbortSignal): Promise<Said>;
}

/** What a provider is opened with. */
export interface ProviderOptions {
  readonly id: string;
  readonly model: string;
  /** null = the provider's own host. */
  readonly baseUrl: string | null;
  /** null = none is needed. */
  readonly key: Secret | null;
  /** Whether the schema is sent: `schema`, `json` (only that it be JSON), or `text`. */
  readonly structured: 'schema' | 'json' | 'text';
  /** A longer reply is refused. */
  readonly maxBytes: number;
  readonly nowMs: () => number;
  /** Takes secrets out of what a provider says. */
  readonly scrub: (text: string) => string;
}

/**
 * Runs one attempt of a package and makes a fault of whatever it throws. What was heard on the wire
 * wins over what the package says of it; `refine` sees a refusal before it is thrown.
 */
export async function attempt(
  { maxBytes, nowMs, scrub }: ProviderOptions,
  signal: AbortSignal,
  work: (fetch: typeof globalThis.fetch) => Promise<Said>,
): Promise<Said> {
  const heard = nothingHeard();
  try {
    return await work(boundedFetch(heard, maxBytes, nowMs));
  } catch (error) {
    signal.throwIfAborted();
    throw faultOf(error, heard, scrub);
  }
}

function faultOf(error: unknown, heard: Heard, scrub: (text: string) => string): ModelFault {
  if (error instanceof ModelFault) return error;
  const text = scrub(shown(textOf(error)));
  const { status, retryAfterMs: waitMs, isTooLong, isCut } = heard;
  if (isTooLong) return new ModelFault('garbage', text);
  if (isCut) return new ModelFault('unavailable', 'the answer broke off');
  if (status === 0) {
    return new ModelFault('unavailable', text, { used: neverLeft(error) ? NONE : null });
  }
  if (status === 200) {
    const what = error instanceof BadReply ? text : 'the reply is not JSON, or not as documented';
    return new ModelFault('garbage', what);
  }
  const said = `status ${status}, ${text}`;
  // A quota that is used up is a refusal in the clothes of a limit: nothing gives it back in seconds.
  const isSpent = status === 429 && /insufficient_quota|billing/i.test(textOf(error));
  if (status === 429 && !isSpent) {
    return new ModelFault('rate-limited', said, { waitMs, used: NONE });
  }
  if (status >= 500 || status === 408) {
    return new ModelFault('unavailable', said, { waitMs, used: NONE });
  }
  return new ModelFault('refused', said, { used: NONE });
}

/** Certainly no connection: nothing was asked, and nothing will be charged. */
function neverLeft(error: unknown): boolean {
  for (let each = error; each instanceof Error; each = each.cause) {
    const { code } = each as { code?: unknown };
    if (/^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|UND_ERR_CONNECT_TIMEOUT)$/.test(String(code)))
      return true;
  }
  return false;
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error && cause.message !== '' ? cause.message : error.message;
}

/** A count of tokens as a provider says it; what is no count is not believed. */
export function tokensOf(value: unknown, what: string): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw new BadReply(`${what} must be a whole number of tokens, is ${shown(value)}`);
}
