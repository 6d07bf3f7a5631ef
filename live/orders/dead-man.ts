// The venue's own switch, which takes orders back when we have fallen silent. It is armed while nothing
// but entries rests there: where it would take a protective stop as well, a position is safer without it.

import type { Clock } from '../clock.ts';
import type { VenueClient } from '../venues/port.ts';
import type { Ledger } from './ledger.ts';
import type { VenueLegs, WatchedLeg } from './legs.ts';

export interface DeadManParts {
  readonly client: VenueClient;
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly legs: VenueLegs;
  readonly over: AbortSignal;
}

/** How long the venue waits for us; we speak up four times in that time. */
const PATIENCE_MS = 120_000;

export class DeadMan {
  readonly #parts: DeadManParts;
  /** Legs on which it is armed; -1 stands for the account. */
  readonly #armed = new Set<number>();

  constructor(parts: DeadManParts) {
    this.#parts = parts;
  }

  /** Until the session ends; a switch that is armed then fires, and takes back what rests. */
  async run(): Promise<void> {
    const { client, clock, over } = this.#parts;
    const { deadMan } = client.capabilities;
    if (deadMan === null) return;
    const patienceMs = Math.max(deadMan.shortestMs, PATIENCE_MS);
    while (!over.aborted) {
      await this.beat(patienceMs);
      await clock.sleep(patienceMs / 4, over);
    }
  }

  /** Arms it anew where it may be, disarms it where it may not be any more. */
  async beat(patienceMs: number): Promise<void> {
    const { client, legs } = this.#parts;
    const { scope, takesStops } = client.capabilities.deadMan!;
    if (scope === 'account') {
      const mayFire = !takesStops || legs.all.every((leg) => !this.#relies(leg));
      const rests = legs.all.some((leg) => this.#rests(leg));
      await this.#set(-1, legs.symbols[0]!, mayFire && rests, patienceMs);
      return;
    }
    for (const leg of legs.all) {
      const mayFire = !takesStops || !this.#relies(leg);
      await this.#set(leg.leg, leg.instrument.symbol, mayFire && this.#rests(leg), patienceMs);
    }
  }

  async #set(key: number, symbol: string, isWanted: boolean, patienceMs: number): Promise<void> {
    const { client, legs } = this.#parts;
    if (!isWanted && !this.#armed.has(key)) return;
    const outcome = await client.deadMan(symbol, isWanted ? patienceMs : 0);
    if (outcome.kind !== 'accepted') {
      legs.tell('complaint', `its switch: ${outcome.code} ${outcome.text}`.slice(0, 200), key);
    }
    // One that may be armed is disarmed again; one that may not be is armed again.
    if (isWanted) this.#armed.add(key);
    else if (outcome.kind === 'accepted') this.#armed.delete(key);
  }

  /** A position, or something that protects one. */
  #relies({ leg }: WatchedLeg): boolean {
    if (this.#parts.ledger.heldQty(leg) !== 0) return true;
    return this.#has(leg, true);
  }

  #rests({ leg }: WatchedLeg): boolean {
    return this.#has(leg, false);
  }

  #has(leg: number, reduceOnly: boolean): boolean {
    for (const { order } of this.#parts.ledger.live()) {
      if (order.leg === leg && order.reduceOnly === reduceOnly) return true;
    }
    return false;
  }
}
