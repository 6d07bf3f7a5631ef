// The venue's own switch, which takes orders back when we have fallen silent. It is armed while nothing
// but entries rests there: where it would take a protective stop as well, a position is safer without it.
//
//   entry rests -> armed, anew at every beat        it fills -> disarmed at once, not at the next beat
//
// What may fire is disarmed until the venue says so: also what an earlier process may have armed, and what
// was sent, was not answered, and may arrive late.

import type { Clock } from '../clock.ts';
import type { Outcome, VenueClient } from '../venues/port.ts';
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
/** Between two tries to disarm it. */
const RETRY_MS = 2000;

/** A switch that may fire. */
interface Armed {
  /** Until when it may, monotonic ms. */
  readonly untilMs: number;
  /** Until when a request to arm it that was not answered may still arrive, monotonic ms. */
  lateMs: number;
}

export class DeadMan {
  readonly #parts: DeadManParts;
  readonly #patienceMs: number;
  /** By leg; -1 stands for the account. */
  readonly #armed = new Map<number, Armed>();
  #waker = new AbortController();

  constructor(parts: DeadManParts) {
    this.#parts = parts;
    const { deadMan } = parts.client.capabilities;
    this.#patienceMs = Math.max(deadMan?.shortestMs ?? 0, PATIENCE_MS);
    if (deadMan === null) return;
    const untilMs = parts.clock.monotonicMs() + this.#patienceMs;
    const keys = deadMan.scope === 'account' ? [-1] : parts.legs.all.map(({ leg }) => leg);
    // An earlier process may have armed it.
    for (const key of keys) this.#armed.set(key, { untilMs, lateMs: Number.NEGATIVE_INFINITY });
  }

  /** Until the session ends; a switch that is armed then fires, and takes back what rests. */
  async run(): Promise<void> {
    const { client, clock, over } = this.#parts;
    if (client.capabilities.deadMan === null) return;
    while (!over.aborted) {
      this.#waker = new AbortController();
      const isDone = await this.#beat();
      const signal = AbortSignal.any([over, this.#waker.signal]);
      await clock.sleep(isDone ? this.#patienceMs / 4 : RETRY_MS, signal);
    }
  }

  /** A position has changed: what must not fire any more is disarmed now. */
  stir(): void {
    if (this.#armed.size > 0) this.#waker.abort();
  }

  /** Arms it anew where it may be, disarms it where it may not. False = something may fire that must not. */
  async #beat(): Promise<boolean> {
    const { client, legs } = this.#parts;
    const { scope, takesStops } = client.capabilities.deadMan!;
    if (scope === 'account') {
      const mayFire = !takesStops || legs.all.every((leg) => !this.#relies(leg));
      const rests = legs.all.some((leg) => this.#rests(leg));
      return this.#set(-1, legs.symbols[0]!, mayFire && rests);
    }
    let isDone = true;
    for (const leg of legs.all) {
      const mayFire = !takesStops || !this.#relies(leg);
      const isWanted = mayFire && this.#rests(leg);
      if (!(await this.#set(leg.leg, leg.instrument.symbol, isWanted))) isDone = false;
    }
    return isDone;
  }

  async #set(key: number, symbol: string, isWanted: boolean): Promise<boolean> {
    if (isWanted) await this.#arm(key, symbol);
    return isWanted || this.#disarm(key, symbol);
  }

  async #arm(key: number, symbol: string): Promise<void> {
    const { client, clock } = this.#parts;
    const { requestLifeMs } = client.capabilities;
    const before = this.#armed.get(key);
    const lateMs = clock.monotonicMs() + requestLifeMs;
    const untilMs = lateMs + this.#patienceMs;
    // From here on it may be armed, whatever the answer is.
    const now: Armed = { untilMs, lateMs };
    this.#armed.set(key, now);
    const outcome = await client.deadMan(symbol, this.#patienceMs);
    if (outcome.kind !== 'unknown') now.lateMs = before?.lateMs ?? Number.NEGATIVE_INFINITY;
    if (outcome.kind === 'refused') {
      if (before === undefined) this.#armed.delete(key);
      else this.#armed.set(key, before);
    }
    this.#complain(key, outcome);
  }

  /** True when nothing can fire any more. */
  async #disarm(key: number, symbol: string): Promise<boolean> {
    const { client, clock } = this.#parts;
    const armed = this.#armed.get(key);
    if (armed === undefined) return true;
    if (clock.monotonicMs() < armed.untilMs) {
      const sentMs = clock.monotonicMs();
      const outcome = await client.deadMan(symbol, 0);
      // Where we may not use it, nobody has armed it.
      const isNone = outcome.kind === 'refused' && outcome.code === 'unsupported';
      if (!isNone) this.#complain(key, outcome);
      if (!isNone && !(outcome.kind === 'accepted' && sentMs >= armed.lateMs)) return false;
    }
    this.#armed.delete(key);
    return true;
  }

  #complain(key: number, outcome: Outcome): void {
    if (outcome.kind === 'accepted') return;
    const { code, text } = outcome;
    this.#parts.legs.tell('complaint', `its switch: ${code} ${text}`.slice(0, 200), key);
  }

  /** A position, or something that protects one. */
  #relies({ leg }: WatchedLeg): boolean {
    if (this.#parts.ledger.heldQty(leg) !== 0) return true;
    return this.#has(leg, true);
  }

  /** An entry that waits for its price: one at any price is over before a switch could matter. */
  #rests({ leg }: WatchedLeg): boolean {
    return this.#has(leg, false);
  }

  #has(leg: number, reduceOnly: boolean): boolean {
    for (const { order } of this.#parts.ledger.live()) {
      const isIt = order.leg === leg && order.reduceOnly === reduceOnly;
      if (isIt && (reduceOnly || order.type !== 'market')) return true;
    }
    return false;
  }
}
