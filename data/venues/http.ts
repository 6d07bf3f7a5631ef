// One small client for what a venue says over HTTP: bounded in time, in bytes, in attempts, and quiet
// when the venue asks for quiet.
//
//   ask -> silent? -> weight from the budget -> fetch -> status -> JSON -> read -> value
//            ^                                              |
//            +---- wait: Retry-After, or full jitter <------+  at most `maxAttempts`, then VenueFault
//
// Only reads go through here, so every failure that may pass is asked again. 418 is a ban: nothing
// leaves until it ends, whoever asks gets VenueFault `banned` at once.

import { randomInt } from 'node:crypto';
import type { WeightBudget } from './budget.ts';
import { type Pace, VenueFault } from './contract.ts';
import { LONGEST_PAUSE_MS, Quiet, type Silence } from './quiet.ts';
import { BadReply, jsonOf, shown } from './said.ts';

/** What may be set; all have defaults, and tests set most. */
export interface HttpTuning {
  /** From request to last byte, ms of the machine. Default 10,000. */
  readonly timeoutMs?: number;
  /** A longer body is refused. Default 16 MiB: Aster's exchangeInfo is below one. */
  readonly maxBytes?: number;
  /** Requests for one answer. Default 5. */
  readonly maxAttempts?: number;
  /** 0 <= u < 1, for the jitter. Default the machine's random numbers. */
  readonly random?: () => number;
  /** Shared with whoever else talks to the same host. Default one of its own, over `silence`. */
  readonly quiet?: Quiet;
  /** Remembers silence that was asked for beyond this process. Default nobody does. */
  readonly silence?: Silence | undefined;
  /** Takes secrets out of what the venue says before it stands in any error. */
  readonly scrub?: (text: string) => string;
}

export type { Silence } from './quiet.ts';

export interface HttpRequest {
  /** With the query, for example `/fapi/v3/time`. */
  readonly path: string;
  /** A JSON body makes it a POST. */
  readonly body?: unknown;
  readonly weight: number;
  /** Called as each attempt leaves, for what must be fresh: a signed path, headers of a key. */
  readonly dress?: () => Dress;
}

export interface Dress {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A file as it came, or what is known of it without its bytes. */
export interface FileReply {
  readonly bytes: Buffer;
  /** What the Content-Length header says; NaN when it says nothing. */
  readonly length: number;
  readonly serverMs: number;
}

/** A reply of status 200. */
export interface HttpReply {
  readonly json: unknown;
  /** The Date header, UTC ms in whole seconds (the venue's clock, rounded down); NaN without. */
  readonly serverMs: number;
}

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 16 * 1024 * 1024;
const MAX_ATTEMPTS = 5;
const ERROR_BODY_BYTES = 4096;

interface RawRequest extends HttpRequest {
  readonly accept?: string;
  readonly isHead?: boolean;
}

/** A failed attempt: what the fault will be called, whether to try again, how long at least to wait. */
class Failure extends Error {
  readonly code: string;
  readonly retryable: boolean;

  constructor(code: string, retryable: boolean, text: string, cause?: unknown) {
    super(text, cause === undefined ? undefined : { cause });
    this.code = code;
    this.retryable = retryable;
  }
}

/** What a reader needs of a budget; a WeightBudget is one. */
export type Spending = Pick<WeightBudget, 'take' | 'correct' | 'exhaust'>;

export class VenueHttp {
  readonly #venue: string;
  readonly #baseUrl: string;
  readonly #pace: Pace;
  readonly #budget: Spending;
  readonly #tuning: Required<Omit<HttpTuning, 'quiet' | 'random' | 'silence'>>;
  readonly #quiet: Quiet;

  constructor(
    venue: string,
    baseUrl: string,
    pace: Pace,
    budget: Spending,
    tuning: HttpTuning = {},
  ) {
    this.#venue = venue;
    this.#baseUrl = baseUrl.replace(/\/$/, '');
    this.#pace = pace;
    this.#budget = budget;
    this.#tuning = {
      timeoutMs: tuning.timeoutMs ?? TIMEOUT_MS,
      maxBytes: tuning.maxBytes ?? MAX_BYTES,
      maxAttempts: tuning.maxAttempts ?? MAX_ATTEMPTS,
      scrub: tuning.scrub ?? ((text) => text),
    };
    this.#quiet =
      tuning.quiet ?? new Quiet(pace, tuning.random ?? drawn, this.#baseUrl, tuning.silence);
  }

  /**
   * Asks until `read` has made a value of the reply. A BadReply that `read` throws counts as a failed
   * attempt. Throws VenueFault, or the signal's reason when it aborts.
   */
  ask<T>(request: HttpRequest, read: (reply: HttpReply) => T, signal?: AbortSignal): Promise<T> {
    // Secrets leave before anything is read, and so before anything could be cut or quoted.
    const { scrub } = this.#tuning;
    return this.#tries(
      request,
      ({ bytes, serverMs }) => read({ json: jsonOf(scrub(bytes.toString('utf8'))), serverMs }),
      signal,
    );
  }

  /** The same of a file, whatever is in it; null when it is not there (404). */
  async file<T>(
    path: string,
    read: (reply: FileReply) => T,
    signal?: AbortSignal,
  ): Promise<T | null> {
    return this.#orNone(this.#tries({ path, weight: 1, accept: '*/*' }, read, signal));
  }

  /** Bytes of a file without asking for them; NaN when nobody says, null when it is not there. */
  async fileBytes(path: string, signal?: AbortSignal): Promise<number | null> {
    const request = { path, weight: 1, accept: '*/*', isHead: true };
    return this.#orNone(this.#tries(request, ({ length }) => length, signal));
  }

  async #orNone<T>(work: Promise<T>): Promise<T | null> {
    try {
      return await work;
    } catch (error) {
      const cause = error instanceof VenueFault ? error.cause : undefined;
      if ((cause as { status?: unknown } | undefined)?.status === 404) return null;
      throw error;
    }
  }

  async #tries<T>(
    request: RawRequest,
    read: (reply: FileReply) => T,
    signal?: AbortSignal,
  ): Promise<T> {
    const { maxAttempts } = this.#tuning;
    for (let attempt = 1; ; attempt++) {
      await this.#untilQuiet(signal);
      await this.#budget.take(request.weight, signal);
      await this.#untilQuiet(signal);
      try {
        const value = read(await this.#once(request, attempt, signal));
        this.#quiet.answered();
        return value;
      } catch (error) {
        signal?.throwIfAborted();
        const failure = failureOf(error);
        if (failure === null) throw error;
        const isLast = attempt === maxAttempts || failure.code === 'banned';
        if (!failure.retryable || isLast) throw this.#fault(failure, request, attempt);
        await this.#pace.sleep(this.#quiet.backoffMs(attempt), signal);
      }
    }
  }

  /** Returns when something may be sent; throws while banned, and rather than wait for minutes. */
  async #untilQuiet(signal: AbortSignal | undefined): Promise<void> {
    for (;;) {
      signal?.throwIfAborted();
      const { hush } = this.#quiet;
      if (hush === null) return;
      const { code, leftMs } = hush;
      if (code === 'banned') {
        const text = `nothing is sent for ${seconds(leftMs)} more`;
        throw new VenueFault(this.#venue, 'banned', true, text);
      }
      if (leftMs > LONGEST_PAUSE_MS) {
        const text = `asks for a pause, ${seconds(leftMs)} more`;
        throw new VenueFault(this.#venue, 'overloaded', true, text);
      }
      await this.#pace.sleep(leftMs, signal);
    }
  }

  async #once(
    request: RawRequest,
    attempt: number,
    signal: AbortSignal | undefined,
  ): Promise<FileReply> {
    const limit = AbortSignal.timeout(this.#tuning.timeoutMs);
    const { path, body, accept = 'application/json', isHead = false } = request;
    const sent = { method: 'POST', body: JSON.stringify(body) };
    const type = { 'content-type': 'application/json' };
    let response: Response;
    let bytes: Buffer;
    try {
      const dressed = request.dress?.() ?? { path, headers: {} };
      response = await fetch(`${this.#baseUrl}${dressed.path}`, {
        ...(body === undefined ? { method: isHead ? 'HEAD' : 'GET' } : sent),
        headers: body === undefined ? { accept, ...dressed.headers } : { ...type, accept },
        // A venue does not move; a portal or a firewall does, and its page is no answer.
        redirect: 'manual',
        signal: signal === undefined ? limit : AbortSignal.any([limit, signal]),
      });
      this.#hear(response, attempt);
      const isGood = response.status === 200;
      bytes = await bodyOf(response, isGood ? this.#tuning.maxBytes : ERROR_BODY_BYTES, isGood);
    } catch (error) {
      if (error instanceof BadReply) throw error;
      const late = limit.aborted;
      const why = late ? `no answer in ${seconds(this.#tuning.timeoutMs)}` : causeText(error);
      throw new Failure('unreachable', true, why, error);
    }
    if (response.status !== 200) {
      throw refusalOf(response.status, this.#tuning.scrub(bytes.toString('utf8')));
    }
    const length = Number(response.headers.get('content-length') ?? Number.NaN);
    return { bytes, length, serverMs: Date.parse(response.headers.get('date') ?? '') };
  }

  /** What status and headers ask of everybody who asks here, before the body is read. */
  #hear(response: Response, attempt: number): void {
    const used = response.headers.get('x-mbx-used-weight-1m');
    if (used !== null && /^\d+$/.test(used)) this.#budget.correct(Number(used));
    if (response.status === 429) this.#budget.exhaust();
    const saidMs = retryAfterMs(response.headers, this.#pace.nowMs());
    this.#quiet.hear(response.status, saidMs, attempt);
  }

  #fault(failure: Failure, request: RawRequest, attempt: number): VenueFault {
    const times = attempt === 1 ? '' : ` (${attempt} times)`;
    const what = `${request.path.split('?')[0]}${times}: ${failure.message}`;
    return new VenueFault(this.#venue, failure.code, failure.retryable, what, failure.cause);
  }
}

function failureOf(error: unknown): Failure | null {
  if (error instanceof Failure) return error;
  if (error instanceof BadReply) return new Failure('bad-reply', true, error.message, error);
  return null;
}

/** Any status but 200. A body like `{"code":-1121,"msg":"Invalid symbol."}` says why. */
function refusalOf(status: number, body: string): Failure {
  const text = `status ${status}${body === '' ? '' : `, ${shown(body)}`}`;
  const cause = { status, body };
  if (status === 418) return new Failure('banned', true, text, cause);
  if (status === 429 || status === 503) return new Failure('overloaded', true, text, cause);
  if (status >= 500 || status === 408) return new Failure('unreachable', true, text, cause);
  if (status < 400) return new Failure('bad-reply', true, text, cause);
  return new Failure('refused', false, text, cause);
}

/** Seconds or an HTTP date; null when it says nothing that can be read. */
export function retryAfterMs(headers: Headers, nowMs: number): number | null {
  const text = headers.get('retry-after')?.trim() ?? '';
  if (/^\d{1,15}$/.test(text)) return Number(text) * 1000;
  const atMs = /[a-z]/i.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(atMs)) return null;
  // Both on the venue's clock where it says it, so that ours may be wrong.
  const saidMs = Date.parse(headers.get('date') ?? '');
  return Math.max(0, atMs - (Number.isNaN(saidMs) ? nowMs : saidMs));
}

/** The body, at most `maxBytes`; a longer one is cut, or where it has to be whole a BadReply. */
export async function bodyOf(
  response: Response,
  maxBytes: number,
  isWhole: boolean,
): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += part.byteLength;
    if (bytes > maxBytes) {
      if (isWhole) throw new BadReply(`must be at most ${maxBytes} bytes long`);
      break;
    }
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function causeText(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return shown(cause instanceof Error ? cause.message || cause.name : String(cause));
}

function seconds(ms: number): string {
  return `${Math.ceil(ms / 1000)} s`;
}

function drawn(): number {
  return randomInt(2 ** 32) / 2 ** 32;
}
