// A venue's orders, fills, positions and balances held against ours, at the start and ever after.
//
//   every order of ours is listed, or is asked for by itself
//   every other order is somebody else's: its leg takes no new risk
//   positions equal what our fills add up to, or, seen twice, its leg takes no new risk
//
// Nothing of the venue's is taken for ours, and nothing is sent from here.

import type { Clock } from '../clock.ts';
import type { VenueClient } from '../venues/port.ts';
import type { Funding } from './funding.ts';
import type { Ledger } from './ledger.ts';
import { isNear, type VenueLegs, type WatchedLeg } from './legs.ts';
import type { Attempt } from './tracked.ts';
import type { Watch } from './watch.ts';

export interface ReconcileParts {
  readonly client: VenueClient;
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly legs: VenueLegs;
  readonly watch: Watch;
  readonly funding: Funding;
  /** One look at one order, asked for by itself. */
  readonly check: (attempt: Attempt) => Promise<void>;
  readonly over: AbortSignal;
}

/** A difference of positions must be seen twice, so long apart, before it is believed; ms. */
const SECOND_LOOK_MS = 2000;

export class Reconciler {
  readonly #parts: ReconcileParts;
  #running: Promise<boolean> | null = null;
  #next: Promise<boolean> | null = null;

  constructor(parts: ReconcileParts) {
    this.#parts = parts;
  }

  /**
   * True when the venue could be asked for everything. One comparison at a time: whoever asks while one
   * runs waits for the next, which is shared.
   */
  reconcile(): Promise<boolean> {
    if (this.#running === null) {
      this.#running = this.#attempt();
      return this.#running;
    }
    this.#next ??= this.#running.then(() => {
      this.#next = null;
      this.#running = this.#attempt();
      return this.#running;
    });
    return this.#next;
  }

  async #attempt(): Promise<boolean> {
    try {
      await this.#compare();
      return true;
    } catch (error) {
      this.#parts.legs.complain(error);
      return false;
    } finally {
      this.#running = null;
    }
  }

  async #compare(): Promise<void> {
    const { client, ledger, watch, funding, over } = this.#parts;
    const { reportsOrders, reportsPositions } = client.capabilities;
    const { told } = ledger;
    if (reportsOrders) await this.#compareOrders();
    if (reportsPositions) await this.#comparePositions(told);
    watch.account(await client.balances(over));
    await funding.read();
  }

  async #compareOrders(): Promise<void> {
    const { client, ledger, legs, watch, check, over } = this.#parts;
    const before = [...ledger.open()].filter(({ state }) => state === 'there');
    const orders = await client.openOrders(undefined, over);
    const listed = new Set(
      orders.flatMap(({ clientId, venueOrderId }) => [clientId, venueOrderId]),
    );
    const strange = new Set<string>();
    for (const report of orders) {
      if (ledger.report(report)) continue;
      strange.add(report.symbol);
      watch.stranger(report);
    }
    for (const leg of legs.all) {
      if (!strange.has(leg.instrument.symbol)) legs.unblock(leg, 'external-order');
    }
    for (const attempt of before) {
      const isListed = listed.has(attempt.clientId) || listed.has(attempt.venueOrderId);
      // A list may be old: asked for by itself it is told from one that ended.
      if (!isListed && attempt.state === 'there') await check(attempt);
    }
  }

  async #comparePositions(told: number): Promise<void> {
    const { clock, legs, watch, over } = this.#parts;
    let differ = await this.#differences();
    if (differ.length > 0) {
      for (const { leg } of differ) await watch.readFills(leg);
      await clock.sleep(SECOND_LOOK_MS, over);
      differ = await this.#differences();
    }
    for (const leg of legs.all) {
      if (differ.includes(leg)) this.#mismatch(leg);
      else this.#equal(leg, told);
    }
  }

  /** Legs on which the venue holds something else; those with orders under way are left out. */
  async #differences(): Promise<WatchedLeg[]> {
    const { client, ledger, legs, watch, over } = this.#parts;
    const positions = await client.positions(over);
    return legs.all.filter(({ leg, instrument }) => {
      const theirs = positions.find(({ symbol }) => symbol === instrument.symbol)?.qty ?? 0;
      return watch.isQuiet(leg) && !isNear(ledger.heldQty(leg), theirs, instrument);
    });
  }

  #mismatch(leg: WatchedLeg): void {
    const { ledger, legs } = this.#parts;
    legs.tell('mismatch', `ours is ${ledger.heldQty(leg.leg)}`, leg.leg);
    legs.block(leg, 'position');
  }

  /** What moved while it was looked at says nothing either way. */
  #equal(leg: WatchedLeg, told: number): void {
    const { ledger, legs, watch } = this.#parts;
    if (!watch.isQuiet(leg.leg) || told !== ledger.told) return;
    legs.tell('reconciled', 'orders and positions', leg.leg);
    legs.unblock(leg, 'position');
    legs.unblock(leg, 'external-fill');
  }
}
