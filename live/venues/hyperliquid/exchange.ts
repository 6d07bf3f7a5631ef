// How Hyperliquid is asked (POST /info, again where it failed in passing) and told (POST /exchange, once).

import type { Pace, VenueHosts } from '../../../data/venues/contract.ts';
import { VenueHttp } from '../../../data/venues/http.ts';
import { ITEMS_A_WEIGHT } from '../../../data/venues/hyperliquid/hosts.ts';
import type { Quiet } from '../../../data/venues/quiet.ts';
import { Allowance } from '../allowance.ts';
import type { Refused, Unknown } from '../port.ts';
import { type Heard, Sender } from '../sender.ts';
import { Wire, type WireRequest, type WireTuning } from '../wire.ts';
import { Failed, responseOf } from './codes.ts';
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

export interface ExchangeParts extends WireTuning {
  readonly hosts: VenueHosts;
  readonly signer: ActionSigner;
  readonly pace: Pace;
  readonly quiet: Quiet;
  readonly scrub: (text: string) => string;
  /** The venue's time, UTC ms. */
  readonly nowMs: () => number;
  readonly onAuth: (text: string) => void;
  readonly onSkew: () => Promise<void>;
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
  readonly #wire: Wire;
  readonly #sender: Sender;
  readonly #http: VenueHttp;
  readonly #allowance: Allowance;

  constructor(parts: ExchangeParts) {
    const { hosts, pace, quiet, scrub, timeoutMs } = parts;
    this.#parts = parts;
    const allowance = new Allowance(ALLOWANCE, pace);
    this.#allowance = allowance;
    this.#wire = new Wire(hosts.restUrl, pace, parts);
    this.#sender = new Sender({ wire: this.#wire, quiet, allowance, pace, scrub });
    const tuning = timeoutMs === undefined ? {} : { timeoutMs };
    this.#http = new VenueHttp(ID, hosts.restUrl, pace, allowance.reading, {
      ...tuning,
      quiet,
      scrub,
    });
  }

  /** Throws VenueFault. */
  info<T>(
    body: { readonly type: string } & Readonly<Record<string, unknown>>,
    weight: number,
    read: (json: unknown) => T,
    signal?: AbortSignal,
  ): Promise<T> {
    return this.#http.ask({ path: '/info', body, weight }, ({ json }) => read(json), signal);
  }

  /** A list in an answer weighs by its length, which is known only afterwards. */
  listed(items: number): void {
    this.#allowance.weighed(Math.floor(items / ITEMS_A_WEIGHT));
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
    return this.#judge(await this.#sender.send({ weight, orders, isUrgent, make }, onMade), read);
  }

  async again<T>(request: WireRequest, read: (response: unknown) => T) {
    return this.#judge(await this.#sender.again(request), read);
  }

  close(): void {
    this.#wire.close();
  }

  #judge<T>(
    heard: Heard | Refused | Unknown,
    read: (response: unknown) => T,
  ): T | Refused | Unknown {
    if (heard.kind !== 'heard') return heard;
    try {
      return this.seen(() => read(responseOf(heard)));
    } catch (error) {
      // What a good status says cannot be read: it may well have happened.
      const text = error instanceof Error ? error.message : '';
      return { kind: 'unknown', code: 'unparsable', text };
    }
  }

  /** What `read` gives, or the outcome that it failed with; who must hear of it has heard. */
  seen<T>(read: () => T): T | Refused | Unknown {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof Failed)) throw error;
      const { outcome } = error;
      const { onAuth, onSkew } = this.#parts;
      if (outcome.kind === 'refused' && outcome.code === 'auth') onAuth(outcome.text);
      if (outcome.kind === 'refused' && outcome.code === 'clock-skew') void onSkew();
      return outcome;
    }
  }
}
