// Real venues behind a session's port: a house for each, with its own desk and ledger, for two venues may
// call two orders by one number.
//
//   intents --carryOut--> desk of the leg's venue --> VenueClient
//   events  <---answer--- its ledger <-- outcomes, stream, comparisons
//
// A session that is taken up again runs its journal first: intents come as `recall` does, nothing is
// sent, and `begin` finds out what became of them before anything new leaves.

import type { Command } from '../../engine/event.ts';
import type { Order } from '../../engine/execution/order.ts';
import type { Intent } from '../../engine/intent.ts';
import { MINUTE_MS } from '../../engine/interval.ts';
import { venuesOf } from '../../engine/market/venues.ts';
import type { VenueEvent } from '../inbox.ts';
import { note } from '../note.ts';
import type { Answer, SessionView, VenuePort } from '../venues/port.ts';
import { Asleep } from './asleep.ts';
import type { VenueDesk } from './desk.ts';
import { type House, type Neighbours, type OrderPortParts, openHouse } from './house.ts';
import { isOver, type Tracked } from './tracked.ts';

export type { OrderPortParts } from './house.ts';

const MARKS_EVERY_MS = 5000;
const PULSE_EVERY_MS = 30_000;
const RECONCILE_EVERY_MS = MINUTE_MS;
const RETRY_MS = 5000;

export class OrderPort implements VenuePort {
  readonly id = 'venues';
  readonly #parts: OrderPortParts;
  readonly #session: SessionView;
  readonly #houses: House[];
  readonly #venueOf: Int32Array;
  readonly #asleep = new Asleep();
  /** Orders of an earlier process. */
  readonly #recalled = new Set<number>();
  /** Taken back in their sleep by an earlier process. */
  readonly #endedAsleep: Tracked[] = [];
  readonly #over = new AbortController();
  #isRecalling = true;
  /** Equity at all venues, at its highest, USD. */
  #peakUsd: number;
  #running: Promise<unknown>[] = [];
  /** Stamp of the newest recorded answer, UTC ms; Infinity = there is none. */
  #recalledMs = Number.POSITIVE_INFINITY;

  constructor(parts: OrderPortParts, answer: Answer, session: SessionView) {
    this.#parts = parts;
    this.#session = session;
    this.#peakUsd = parts.safety.peakUsd(parts.sessionId) ?? parts.capitalUsd;
    const { instruments } = parts;
    const { names, of } = venuesOf(instruments);
    this.#venueOf = of;
    const neighbours: Neighbours = {
      referenceOf: (leg) => this.#referenceOf(leg),
      onFill: (order, price, before) => this.#wake(order, price, before),
      onEquity: (house, usd) => this.#seeEquity(house, usd),
    };
    const over = this.#over.signal;
    this.#houses = names.map((name, venue) => {
      const own = instruments.flatMap((instrument, leg) => {
        return of[leg] === venue ? [{ leg, instrument }] : [];
      });
      return openHouse(name, own, parts, answer, session, neighbours, over);
    });
  }

  /** The asset's mark at another venue, where one is fresh. */
  #referenceOf(leg: number): number | null {
    const { primaries, clock } = this.#parts;
    for (const { legs, limits } of this.#houses) {
      const other = legs.all.find((one) => {
        return one.leg !== leg && primaries[one.leg] === primaries[leg];
      });
      if (other === undefined) continue;
      if (clock.monotonicMs() - other.markedMs <= limits.markLifeMs) return other.mark;
    }
    return null;
  }

  #houseOf(leg: number): House {
    return this.#houses[this.#venueOf[leg]!]!;
  }

  #deskOf({ order }: Tracked): VenueDesk {
    return this.#houseOf(order.leg).desk;
  }

  #tracked(orderId: number): Tracked | undefined {
    for (const { ledger } of this.#houses) {
      const tracked = ledger.get(orderId);
      if (tracked !== undefined) return tracked;
    }
    return undefined;
  }

  // ---- intents ---------------------------------------------------------------------------------------

  carryOut(intents: readonly Intent[]): void {
    for (const intent of intents) this.#carry(intent);
  }

  #carry(intent: Intent): void {
    switch (intent.kind) {
      case 'submit-order':
        this.#submit(intent.order);
        return;
      case 'cancel-order':
        this.#cancel(intent.orderId);
        return;
      case 'amend-order': {
        const tracked = this.#tracked(intent.orderId);
        if (tracked === undefined) return;
        if (this.#isRecalling) tracked.wish = intent;
        else this.#deskOf(tracked).amend(tracked, intent);
        return;
      }
      case 'probe-venue':
        if (!this.#isRecalling) void this.#probe(intent.venue);
        return;
      case 'halt': {
        const { safety, clock } = this.#parts;
        if (!this.#isRecalling) safety.halt(intent.code, clock.nowMs(), 'the kernel halted');
      }
    }
  }

  #submit(order: Order): void {
    if (order.status === 'dormant') {
      this.#asleep.add({ ...order });
      return;
    }
    const { desk } = this.#houseOf(order.leg);
    if (this.#isRecalling) {
      this.#recalled.add(order.id);
      desk.recall(order);
    } else if (this.#recalled.has(order.attachedTo)) desk.retrieve(order);
    else desk.submit(order);
  }

  #cancel(orderId: number): void {
    if (this.#asleep.has(orderId)) {
      const order = this.#asleep.take(orderId);
      const { ledger } = this.#houseOf(order.leg);
      const tracked = ledger.take(order, 0, this.#parts.instruments[order.leg]!);
      // It never left: the kernel's copy ends here, unless the journal says further on that it has.
      if (this.#isRecalling) this.#endedAsleep.push(tracked);
      else this.#endAsleep(tracked);
      return;
    }
    const tracked = this.#tracked(orderId);
    if (tracked === undefined) return;
    tracked.isUnwanted = true;
    if (!this.#isRecalling) this.#deskOf(tracked).cancel(tracked);
  }

  /** Not to be woken any more. An earlier process may have woken it: then it is at the venue, and taken back. */
  #endAsleep(tracked: Tracked): void {
    const { order } = tracked;
    if (isOver(tracked)) return;
    const { ledger, desk } = this.#houseOf(order.leg);
    ledger.cancelled(tracked);
    tracked.isUnwanted = true;
    if (this.#recalled.has(order.attachedTo)) desk.resume(tracked);
  }

  /** The first fill of an entry, from flat, wakes what was attached to it. */
  #wake(order: Order, price: number, heldBefore: number): void {
    if (order.purpose !== 'entry' || heldBefore !== 0) return;
    const { leg, id } = order;
    const held = Math.abs(this.#houseOf(leg).ledger.heldQty(leg));
    const woken = this.#asleep.wake(id, this.#parts.instruments[leg]!, price, held);
    for (const one of woken) this.#submit(one);
  }

  async #probe(venue: number): Promise<void> {
    const { clock } = this.#parts;
    const { watch, ledger } = this.#houses[venue]!;
    const ok = await watch.readPulse();
    if (this.#over.signal.aborted) return;
    ledger.pass({ kind: 'venue-probe', tsMs: clock.nowMs(), venue, ok });
  }

  // ---- a session that is taken up again --------------------------------------------------------------

  recall(event: VenueEvent): void {
    this.#recalledMs = event.tsMs;
    const tracked = 'orderId' in event ? this.#tracked(event.orderId) : undefined;
    const leg = 'leg' in event ? event.leg : tracked?.order.leg;
    if (leg === undefined) return;
    const { ledger, funding } = this.#houseOf(leg);
    const before = ledger.heldQty(leg);
    ledger.recall(event);
    funding.recall(event);
    if (tracked !== undefined && event.kind === 'order-filled') {
      this.#wake(tracked.order, event.price, before);
    }
  }

  /**
   * Connects, finds out what became of what was under way, and compares everything once. Resolves when
   * new orders may leave; throws InputError for an account that cannot be traded here.
   */
  async begin(signal?: AbortSignal): Promise<void> {
    const { safety, clock } = this.#parts;
    const over = signal ? AbortSignal.any([this.#over.signal, signal]) : this.#over.signal;
    this.#isRecalling = false;
    if (safety.haltedFor !== null) {
      this.#session.note(note('safety', `halted since before: ${safety.haltedFor.code}`));
    }
    await Promise.all(this.#houses.map((house) => this.#connect(house, over)));
    if (over.aborted) return;
    for (const tracked of this.#endedAsleep.splice(0)) this.#endAsleep(tracked);
    this.#sinceWhen();
    for (const { ledger, desk } of this.#houses) {
      for (const tracked of [...ledger.live()]) desk.resume(tracked);
    }
    await Promise.all(
      this.#houses.map(async ({ reconciler, watch, margins }) => {
        await Promise.all([watch.readMarks(), watch.readPulse(), margins.set()]);
        while (!(await reconciler.reconcile()) && !over.aborted) await clock.sleep(RETRY_MS, over);
      }),
    );
    this.#running = this.#houses.flatMap((house) => [
      this.#every(MARKS_EVERY_MS, () => house.watch.readMarks()),
      this.#every(PULSE_EVERY_MS, () => house.watch.readPulse()),
      this.#every(RECONCILE_EVERY_MS, () => house.reconciler.reconcile()),
      this.#every(RECONCILE_EVERY_MS, () => house.margins.set()),
      house.deadMan.run(),
    ]);
    this.#running.push(this.#mindTheEnd());
  }

  /** What is open is minded to its end all the same, and nobody's `resume` lifts this. */
  async #mindTheEnd(): Promise<void> {
    const { clock, safety, expiresMs } = this.#parts;
    const over = this.#over.signal;
    for (;;) {
      const leftMs = expiresMs - clock.nowMs();
      if (leftMs === Number.POSITIVE_INFINITY || over.aborted) return;
      if (!(leftMs > 0)) break;
      await clock.sleep(Math.min(leftMs, MINUTE_MS), over);
    }
    safety.reduce('expired');
    this.#session.say('pause');
  }

  /** Fills are asked for since the oldest order that may still have some, or the last recorded answer. */
  #sinceWhen(): void {
    const nowMs = this.#parts.clock.nowMs();
    for (const { legs, ledger } of this.#houses) {
      for (const leg of legs.all) {
        leg.beganMs = Math.min(nowMs, this.#recalledMs);
        leg.fillsMs = leg.beganMs;
      }
      for (const { order } of ledger.live()) {
        const leg = legs.of(order.leg);
        leg.fillsMs = Math.min(leg.fillsMs, order.createdMs);
      }
    }
  }

  /** A venue that is not there yet is waited for: what rests there has to be known before anything else. */
  async #connect({ client, watch }: House, over: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    while (!over.aborted) {
      try {
        watch.pulse((await client.connect(over)).skewMs);
        return;
      } catch (error) {
        if (!isVenueFault(error)) throw error;
        this.#session.note(note('complaint', `${client.id}: ${error.message}`.slice(0, 200)));
        await clock.sleep(RETRY_MS, over);
      }
    }
  }

  async #every(ms: number, work: () => Promise<unknown>): Promise<void> {
    const over = this.#over.signal;
    while (!over.aborted) {
      await this.#parts.clock.sleep(ms, over);
      if (!over.aborted) await work();
    }
  }

  // ---- money -----------------------------------------------------------------------------------------

  /** The venue's own count of our money decides about the limit that the operator set. */
  #seeEquity(house: House, usd: number): void {
    const { safety, clock, sessionId, capitalUsd, maxDrawdown } = this.#parts;
    house.equityUsd = usd;
    const total = this.#houses.reduce((sum, { equityUsd }) => sum + equityUsd, 0);
    if (!(total === total)) return;
    this.#peakUsd = Math.max(this.#peakUsd, total);
    if (this.#peakUsd !== safety.peakUsd(sessionId)) safety.rise(sessionId, this.#peakUsd);
    const lost = (this.#peakUsd - total) / capitalUsd;
    if (lost < maxDrawdown) return;
    if (safety.haltedFor !== null) return;
    safety.halt(
      'max-drawdown',
      clock.nowMs(),
      `${(100 * lost).toFixed(2)} % of the capital is lost`,
    );
    this.#session.say('halt');
  }

  hear(command: Command): void {
    const { safety, clock } = this.#parts;
    if (command === 'halt') safety.halt('operator', clock.nowMs());
    else if (command === 'pause') safety.reduce('paused');
    else safety.settle('paused');
  }

  async close(): Promise<void> {
    this.#over.abort();
    await Promise.all(this.#houses.map(({ client }) => client.close()));
    await Promise.all(this.#running);
  }
}

function isVenueFault(error: unknown): error is Error {
  return error instanceof Error && error.name === 'VenueFault';
}
