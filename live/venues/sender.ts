// How a write leaves, once, for every venue: quiet? -> allowance -> sign -> wire -> what came of it.
//
// Only what HTTP itself says is judged here; what a venue says in a body is its own folder's. The rule
// for both: `refused` needs proof that this very request had no effect, everything else is `unknown`.

import type { Pace } from '../../data/venues/contract.ts';
import { retryAfterMs } from '../../data/venues/http.ts';
import type { Quiet } from '../../data/venues/quiet.ts';
import { shown } from '../../data/venues/said.ts';
import type { Allowance } from './allowance.ts';
import type { RefusalCode, UnknownCode } from './codes.ts';
import type { Refused, Unknown } from './port.ts';
import type { Wire, WireRequest } from './wire.ts';

export interface Write {
  readonly weight: number;
  /** Orders that the venue counts. */
  readonly orders: number;
  /** A cancel, or what can only reduce: may spend the reserve. */
  readonly isUrgent: boolean;
  /** Makes the bytes, signature and nonce included, as they leave. */
  readonly make: () => WireRequest;
}

/** An answer whose body has to be read by the venue's own folder. */
export interface Heard {
  readonly kind: 'heard';
  readonly status: number;
  /** Without secrets. */
  readonly text: string;
  /** Asked of us, ms; 0 = nothing. */
  readonly retryAfterMs: number;
}

export interface SenderParts {
  readonly wire: Wire;
  readonly quiet: Quiet;
  readonly allowance: Allowance;
  readonly pace: Pace;
  readonly scrub: (text: string) => string;
}

export class Sender {
  readonly #parts: SenderParts;

  constructor(parts: SenderParts) {
    this.#parts = parts;
  }

  /** Never rejects. `onMade` is given the bytes before they leave. */
  async send(
    write: Write,
    onMade: (request: WireRequest) => void = () => {},
  ): Promise<Heard | Refused | Unknown> {
    const { quiet, allowance } = this.#parts;
    const { hush } = quiet;
    if (hush !== null) {
      const code = hush.code === 'banned' ? 'banned' : 'throttled';
      return refused(code, 'the venue has asked for quiet', hush.leftMs);
    }
    const waitMs = allowance.spend(write.weight, write.orders, write.isUrgent);
    if (waitMs > 0) return refused('throttled', 'our own allowance is used up', waitMs);
    let request: WireRequest;
    try {
      request = write.make();
    } catch (error) {
      // Not one byte has left: a key that cannot sign, a nonce that cannot be kept.
      return refused('venue-unavailable', this.#clean(error instanceof Error ? error.message : ''));
    }
    onMade(request);
    return this.again(request);
  }

  /** The same bytes, now; see `VenueClient.resend`. */
  async again(request: WireRequest): Promise<Heard | Refused | Unknown> {
    const { wire, quiet, allowance, pace } = this.#parts;
    const reply = await wire.send(request);
    if (reply.kind === 'unsent') return refused('connection-refused', this.#clean(reply.text));
    if (reply.kind === 'lost') return unknown(reply.code, this.#clean(reply.text));
    const { status, headers } = reply;
    const used = headers.get('x-mbx-used-weight-1m');
    if (used !== null && /^\d+$/.test(used)) allowance.hear(Number(used));
    if (status === 429) allowance.exhaust();
    const retryMs = retryAfterMs(headers, pace.nowMs());
    quiet.hear(status, retryMs, 1);
    if (status === 200) quiet.answered();
    const pauseMs = quiet.hush?.leftMs ?? retryMs ?? 0;
    // Before anything is read of it, and so before anything of it could be cut or quoted.
    const text = this.#parts.scrub(reply.text);
    return { kind: 'heard', status, text, retryAfterMs: pauseMs };
  }

  #clean(text: string): string {
    return shown(this.#parts.scrub(text));
  }
}

/** What a status other than 200 means when the body says nothing that is understood. */
export function byStatus({ status, retryAfterMs: waitMs }: Heard, text: string): Refused | Unknown {
  if (status === 429) return refused('throttled', text, waitMs);
  if (status === 418) return refused('banned', text, waitMs);
  if (status === 401 || status === 403) return refused('auth', text);
  // 408: the venue gave up reading or waiting; which of both is not said.
  if (status === 408) return unknown('timeout', text);
  if (status >= 500) return unknown('server-error', text);
  if (status >= 400) return refused('bad-order', text);
  return unknown('unparsable', text);
}

export function refused(code: RefusalCode, text: string, waitMs = 0): Refused {
  return { kind: 'refused', code, text, retryAfterMs: Math.ceil(waitMs) };
}

export function unknown(code: UnknownCode, text: string): Unknown {
  return { kind: 'unknown', code, text };
}

/** Leaves a reader of an answer with what came of the request. */
export class Failed extends Error {
  readonly outcome: Refused | Unknown;

  constructor(outcome: Refused | Unknown) {
    super(outcome.text);
    this.outcome = outcome;
  }
}
