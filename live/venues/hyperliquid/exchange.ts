// How Hyperliquid is asked (POST /info, again where it failed in passing) and told (POST /exchange, once).

import type { VenueHosts } from '../../../data/venues/contract.ts';
import { ITEMS_A_WEIGHT } from '../../../data/venues/hyperliquid/hosts.ts';
import { type LineParts, Lines } from '../lines.ts';
import type { Refused, Unknown } from '../port.ts';
import type { WireRequest } from '../wire.ts';
import { responseOf } from './codes.ts';
import type { Action, ActionSigner } from './sign.ts';

const ID = 'hyperliquid';

/**
 * Half of the IP's weight (data/venues/hyperliquid/hosts.ts leaves it), a quarter of it for cancels.
 * Orders have no limit of their own a minute; the address has one that grows with what it trades, and
 * says so when it is used up.
 */
const ALLOWANCE = Object.freeze({
  venueWeightPerMinute: 1200,
  weightPerMinute: 600,
  ordersPerMinute: 600,
  urgentFraction: 1 / 4,
});
/** How long an action may be under way before it has no effect any more. */
const EXPIRY_MS = 8000;
/** When one has certainly had none: expiry, and the clocks' difference. */
export const LIFE_MS = EXPIRY_MS + 4000;

export interface ExchangeParts extends LineParts {
  readonly hosts: VenueHosts;
  readonly signer: ActionSigner;
  /** The venue's time, UTC ms. */
  readonly nowMs: () => number;
}

export interface Act {
  readonly action: Action;
  /** Orders or cancels in it; the weight follows. */
  readonly count: number;
  readonly orders?: number;
  readonly isUrgent: boolean;
}

export class Exchange {
  readonly #parts: ExchangeParts;
  readonly #lines: Lines;

  constructor(parts: ExchangeParts) {
    this.#parts = parts;
    this.#lines = new Lines(ID, parts.hosts.restUrl, ALLOWANCE, parts);
  }

  /** Throws VenueFault. */
  info<T>(
    body: { readonly type: string } & Readonly<Record<string, unknown>>,
    weight: number,
    read: (json: unknown) => T,
    signal?: AbortSignal,
  ): Promise<T> {
    return this.#lines.http.ask({ path: '/info', body, weight }, ({ json }) => read(json), signal);
  }

  /** A list in an answer weighs by its length, which is known only afterwards. */
  listed(items: number): void {
    this.#lines.allowance.weighed(Math.floor(items / ITEMS_A_WEIGHT));
  }

  async act<T>(
    { action, count, orders = 0, isUrgent }: Act,
    read: (response: unknown) => T,
    onMade?: (request: WireRequest) => void,
  ): Promise<T | Refused | Unknown> {
    const { signer, nowMs } = this.#parts;
    const make = (): WireRequest => ({
      method: 'POST',
      path: '/exchange',
      headers: { 'content-type': 'application/json' },
      body: signer.sign(action, nowMs() + EXPIRY_MS),
    });
    const weight = 1 + Math.floor(count / 40);
    const heard = await this.#lines.sender.send({ weight, orders, isUrgent, make }, onMade);
    return this.#lines.judge(heard, (one) => read(responseOf(one)));
  }

  async again<T>(request: WireRequest, read: (response: unknown) => T) {
    const heard = await this.#lines.sender.again(request);
    return this.#lines.judge(heard, (one) => read(responseOf(one)));
  }

  /** One of several answers as what came of it; see `Lines.seen`. */
  seen<T>(read: () => T): T | Refused | Unknown {
    return this.#lines.seen(read);
  }

  close(): void {
    this.#lines.close();
  }
}
