// How Aster's account is asked and told things: signed reads that may be repeated, writes that leave
// once. Every path of its API stands in here or in client.ts, in both versions.

import { VenueFault, type VenueHosts } from '../../../data/venues/contract.ts';
import type { HttpReply } from '../../../data/venues/http.ts';
import { jsonOf } from '../../../data/venues/said.ts';
import { type LineParts, Lines } from '../lines.ts';
import type { Outcome, Refused, Unknown } from '../port.ts';
import type { WireRequest } from '../wire.ts';
import { bodyOf, errorOf } from './codes.ts';
import { type AsterSigner, type Params, textOf } from './sign.ts';

const ID = 'aster';

/**
 * A quarter of the IP's weight is an account's (data/venues/aster/hosts.ts leaves it), and of it a third
 * is for cancels. Orders: the documented 1200 a minute and account.
 */
const ALLOWANCE = Object.freeze({
  venueWeightPerMinute: 2400,
  weightPerMinute: 600,
  ordersPerMinute: 1200,
  urgentFraction: 1 / 3,
});

export interface Ask {
  readonly name: string;
  readonly params?: Params;
  readonly weight: number;
  /** Asked without a signature. */
  readonly isPublic?: boolean;
}

export interface Do extends Ask {
  readonly method: 'POST' | 'PUT' | 'DELETE';
  readonly orders?: number;
  readonly isUrgent?: boolean;
}

export interface AccountParts extends LineParts {
  readonly hosts: VenueHosts;
  readonly signer: AsterSigner;
}

export class Account {
  readonly #parts: AccountParts;
  readonly #lines: Lines;

  constructor(parts: AccountParts) {
    this.#parts = parts;
    this.#lines = new Lines(ID, parts.hosts.restUrl, ALLOWANCE, parts);
  }

  /** Asks, again where it failed in passing. Throws VenueFault; see `codeOf` for the venue's code. */
  async ask<T>(ask: Ask, read: (reply: HttpReply) => T, signal?: AbortSignal): Promise<T> {
    const { onAuth, onSkew } = this.#parts;
    try {
      return await this.#once(ask, read, signal);
    } catch (error) {
      const code = codeOf(error);
      if (code === -1021 || code === -4225) {
        await onSkew();
        return this.#once(ask, read, signal);
      }
      if (isAuth(error)) onAuth(error instanceof Error ? error.message : '');
      throw error;
    }
  }

  #once<T>(ask: Ask, read: (reply: HttpReply) => T, signal?: AbortSignal): Promise<T> {
    const { signer } = this.#parts;
    const { name, params = [], weight, isPublic = false } = ask;
    const path = this.#pathOf(name);
    if (isPublic) {
      const query = params.length === 0 ? '' : `?${textOf(params)}`;
      return this.#lines.http.ask({ path: `${path}${query}`, weight }, read, signal);
    }
    const dress = () => ({ path: `${path}?${signer.sign(params)}`, headers: signer.headers });
    return this.#lines.http.ask({ path, weight, dress }, read, signal);
  }

  /** Does something once; `read` makes of a good body what came of it, or throws BadReply. */
  async do<T>(
    what: Do,
    read: (body: unknown) => T,
    onMade?: (request: WireRequest) => void,
  ): Promise<T | Refused | Unknown> {
    const { signer } = this.#parts;
    const { name, params = [], weight, method, orders = 0, isUrgent = false } = what;
    const make = (): WireRequest => ({
      method,
      path: this.#pathOf(name),
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...signer.headers },
      body: signer.sign(params),
    });
    const heard = await this.#lines.sender.send({ weight, orders, isUrgent, make }, onMade);
    return this.#lines.judge(heard, (one) => read(bodyOf(one)));
  }

  /** One answer of several in a body. */
  item<T>(body: unknown, read: (body: unknown) => T): T | Refused | Unknown {
    const text = JSON.stringify(body) ?? '';
    const heard = { kind: 'heard' as const, status: 200, text, retryAfterMs: 0 };
    return this.#lines.judge(heard, (one) => read(bodyOf(one)));
  }

  /** The same bytes again. */
  async again<T>(request: WireRequest, read: (body: unknown) => T): Promise<T | Refused | Unknown> {
    const heard = await this.#lines.sender.again(request);
    return this.#lines.judge(heard, (one) => read(bodyOf(one)));
  }

  close(): void {
    this.#lines.close();
  }

  /** Names are V3's; V1 has other numbers for some. */
  #pathOf(name: string): string {
    if (this.#parts.signer.version === 'v3') return `/fapi/v3/${name}`;
    if (name === 'accountWithJoinMargin') return '/fapi/v4/account';
    return `/fapi/${name === 'balance' || name === 'positionRisk' ? 'v2' : 'v1'}/${name}`;
  }
}

/** The venue's own code in a fault, NaN = it gave none. */
export function codeOf(error: unknown): number {
  if (!(error instanceof VenueFault) || error.code !== 'refused') return Number.NaN;
  const { body = '' } = (error.cause ?? {}) as { body?: string };
  try {
    return errorOf(jsonOf(body))?.code ?? Number.NaN;
  } catch {
    return Number.NaN;
  }
}

function isAuth(error: unknown): boolean {
  if (!(error instanceof VenueFault) || error.code !== 'refused') return false;
  const { status } = (error.cause ?? {}) as { status?: number };
  const codes = [-1002, -1011, -1022, -2014, -2015];
  return status === 401 || status === 403 || codes.includes(codeOf(error));
}

/** An outcome of something that is about no single order. */
export const DONE: Outcome = Object.freeze({ kind: 'accepted' as const, venueOrderId: '' });
