// What holding costs: funding that a venue charged or paid, booked once, by its own history.
//
//   a new hour, or the stream says that something was charged -> history -> events
//
// The stream may be down at that moment, and where it is up it need not say of which position it was.

import { HOUR_MS } from '../../engine/interval.ts';
import type { Clock } from '../clock.ts';
import type { VenueEvent } from '../inbox.ts';
import type { FundingReport, VenueClient } from '../venues/port.ts';
import type { Ledger } from './ledger.ts';
import type { VenueLegs } from './legs.ts';

export interface FundingParts {
  readonly client: VenueClient;
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly legs: VenueLegs;
  readonly over: AbortSignal;
}

/** From a stamp until it has been charged. */
const CHARGED_MS = 30_000;
/** Longest after its stamp that a payment appears in the history. */
const LATE_MS = 2 * HOUR_MS;

export class Funding {
  readonly #parts: FundingParts;
  /** By leg and hour: no venue charges more often. */
  readonly #booked = new Set<string>();
  /** Earliest time at which it is asked for, UTC ms. */
  #dueMs: number;
  /** When it was asked for last, UTC ms. */
  #askedMs = Number.NEGATIVE_INFINITY;

  constructor(parts: FundingParts) {
    this.#parts = parts;
    this.#dueMs = nextCharge(parts.clock.nowMs());
  }

  /** The stream tells of a payment: a venue that keeps a history is asked for it. */
  hear(payment: FundingReport): void {
    if (this.#parts.client.capabilities.reportsFunding) this.#dueMs = Number.NEGATIVE_INFINITY;
    else this.#book(payment);
  }

  /** Recorded by an earlier process: not to be booked again, and something may have come since. */
  recall(event: VenueEvent): void {
    this.#dueMs = Number.NEGATIVE_INFINITY;
    if (event.kind === 'funding') this.#booked.add(keyOf(event.leg, event.atMs));
  }

  /** Books what is new in the history, when there may be something. Throws when it cannot be asked. */
  async read(): Promise<void> {
    const { client, clock, legs, over } = this.#parts;
    const nowMs = clock.nowMs();
    if (!client.capabilities.reportsFunding || nowMs < this.#dueMs) return;
    // What is told while this waits is asked for once more.
    this.#dueMs = nextCharge(nowMs);
    try {
      const beganMs = Math.min(...legs.all.map((leg) => leg.beganMs));
      const sinceMs = Math.max(beganMs, this.#askedMs - LATE_MS);
      for (const one of await client.funding(sinceMs, over)) this.#book(one);
      this.#askedMs = nowMs;
    } catch (error) {
      this.#dueMs = Number.NEGATIVE_INFINITY;
      throw error;
    }
  }

  #book({ symbol, atMs, amountUsd }: FundingReport): void {
    const { clock, ledger, legs } = this.#parts;
    const leg = legs.named(symbol);
    if (leg === undefined || this.#booked.has(keyOf(leg.leg, atMs))) return;
    this.#booked.add(keyOf(leg.leg, atMs));
    const { mark } = leg;
    const heldUsd = ledger.heldQty(leg.leg) * mark;
    // For the record only: what is booked is the amount.
    const rate = heldUsd === 0 ? Number.NaN : -amountUsd / heldUsd;
    const tsMs = clock.nowMs();
    ledger.pass({ kind: 'funding', tsMs, leg: leg.leg, atMs, rate, price: mark, amountUsd });
  }
}

/** After the hour's stamp, when whoever holds something has been charged; UTC ms. */
function nextCharge(nowMs: number): number {
  return Math.ceil((nowMs - CHARGED_MS + 1) / HOUR_MS) * HOUR_MS + CHARGED_MS;
}

function keyOf(leg: number, atMs: number): string {
  return `${leg} ${Math.floor(atMs / HOUR_MS)}`;
}
