// What we know of every order at the venues, from evidence that may come late, twice and out of order,
// and what the kernel is told of it: each fact once, and only along the table of order states.
//
//   outcomes of requests, stream, queries  ->  ledger  ->  events
//
// Invariants: a fill is booked once, by the name that the venue gives it; an order of unknown fate ends
// only on the venue's word, or on a query that was SENT after the request could no longer take effect
// (`provenMs`); an order that has ended here goes on being known, and its late fills are booked.

import { moveOrder, type Order } from '../../engine/execution/order.ts';
import { type Instrument, roundQty } from '../../engine/market/instrument.ts';
import type { VenueEvent } from '../inbox.ts';
import { type Note, type NoteCode, note } from '../note.ts';
import type { FillReport, OrderReport, Outcome } from '../venues/port.ts';
import { Bookings } from './bookings.ts';
import { Names } from './names.ts';
import {
  type Attempt,
  change,
  countFill,
  isOver,
  leftQty,
  type Tracked,
  type Wish,
} from './tracked.ts';

export type Emit = (event: VenueEvent) => void;

export class Ledger {
  readonly #emit: Emit;
  readonly #tell: (note: Note) => void;
  readonly #nowMs: () => number;
  readonly #onLost: (tracked: Tracked) => boolean;
  readonly #onStray: (attempt: Attempt) => void;
  readonly #orders = new Map<number, Tracked>();
  readonly #names = new Names();
  readonly #bookings = new Bookings();
  /** Events told so far: two looks at a venue with the same count between them saw one state. */
  told = 0;

  /**
   * `nowMs`: stamps for what is told, UTC ms. `onLost`: the venue ended an order that we still want;
   * true = it is sent anew, and the kernel need not know. `onStray`: of a request that had ended there is an
   * order again; it is to be taken back.
   */
  constructor(
    emit: Emit,
    tell: (note: Note) => void,
    nowMs: () => number,
    onLost: (tracked: Tracked) => boolean = () => false,
    onStray: (attempt: Attempt) => void = () => {},
  ) {
    this.#onLost = onLost;
    this.#onStray = onStray;
    this.#emit = (event) => {
      this.told++;
      emit(event);
    };
    this.#tell = tell;
    this.#nowMs = nowMs;
  }

  get(orderId: number): Tracked | undefined {
    return this.#orders.get(orderId);
  }

  /** Signed base units that all fills booked so far leave. */
  heldQty(leg: number): number {
    return this.#bookings.heldQty(leg);
  }

  /** The order that a fill is of; undefined = none of ours. */
  orderOf(fill: FillReport): Order | undefined {
    return this.#names.find(fill)?.tracked.order;
  }

  /** True while an answer may still say what the venue calls an order of this leg. */
  mayName(leg: number): boolean {
    for (const { state, venueOrderId, tracked } of this.open()) {
      const isNameless = venueOrderId === '' && (state === 'sending' || state === 'unknown');
      if (isNameless && tracked.order.leg === leg) return true;
    }
    return false;
  }

  /** Orders that have not ended, oldest first. */
  *live(): IterableIterator<Tracked> {
    for (const tracked of this.#orders.values()) if (!isOver(tracked)) yield tracked;
  }

  /** Attempts of which something may still come: not answered, unknown, there, or not fully booked. */
  *open(): IterableIterator<Attempt> {
    for (const attempt of this.#names.all()) if (attempt.state !== 'gone') yield attempt;
  }

  /** The order is to be sent: `qty` whole lots > 0. */
  take(order: Order, qty: number, instrument: Instrument): Tracked {
    const { id } = order;
    const copy = { ...order, status: 'new' as const, filledQty: 0 };
    const tracked: Tracked = {
      order: copy,
      instrument,
      qty,
      attempts: [],
      tries: 0,
      end: null,
      isUnwanted: false,
      wish: null,
    };
    this.#orders.set(id, tracked);
    return tracked;
  }

  /** A request with this id is about to leave. Nothing of an earlier one of this order may be open. */
  attempt(tracked: Tracked, n: number, clientId: string): Attempt {
    const attempt: Attempt = {
      n,
      clientId,
      tracked,
      venueOrderId: '',
      state: 'sending',
      provenMs: Number.POSITIVE_INFINITY,
      filledQty: 0,
      trades: new Set(),
      isVoid: false,
      end: null,
    };
    tracked.attempts.push(attempt);
    this.#names.add(attempt);
    return attempt;
  }

  // ---- evidence --------------------------------------------------------------------------------------

  /** What came of the request. `provenMs` as of an attempt, for one of unknown outcome. */
  outcome(attempt: Attempt, outcome: Outcome, provenMs: number): void {
    attempt.provenMs = provenMs;
    // A fill or a report that overtook the answer is the better evidence.
    if (attempt.state !== 'sending') {
      if (outcome.kind === 'accepted') this.#names.name(attempt, outcome.venueOrderId);
      return;
    }
    switch (outcome.kind) {
      case 'accepted':
        this.#names.name(attempt, outcome.venueOrderId);
        this.#isThere(attempt);
        return;
      case 'unknown':
        attempt.state = 'unknown';
        this.#unknown(attempt.tracked);
        return;
      case 'refused':
        attempt.state = 'gone';
        attempt.isVoid = true;
    }
  }

  /** The order that was refused is not tried again. */
  refuse(tracked: Tracked, code: string): void {
    this.#reject(tracked, code);
  }

  /** What the venue says of an order, from its stream or asked for. False = it is none of ours. */
  report(report: OrderReport): boolean {
    const attempt = this.#names.find(report);
    if (attempt === undefined) return false;
    const isAnother = this.#names.name(attempt, report.venueOrderId);
    const { status, filledQty } = report;
    if (attempt.state === 'gone') {
      const rests = status === 'open' || status === 'partly-filled';
      if (rests && isAnother) this.#risen(attempt);
      return true;
    }
    if (status === 'unknown') return true;
    if (status === 'rejected') {
      attempt.state = 'gone';
      this.#over(attempt, null);
      return true;
    }
    this.#isThere(attempt);
    if (status === 'filled' || status === 'cancelled' || status === 'expired') {
      this.#ended(attempt, status, filledQty);
    }
    return true;
  }

  /**
   * The venue was asked for the order by itself at `askedMs` (monotonic, when the query was sent) and
   * knows none. True = that proves that nothing of it is there.
   */
  absent(attempt: Attempt, askedMs: number): boolean {
    if (!(askedMs >= attempt.provenMs)) return false;
    if (attempt.state !== 'unknown' && attempt.state !== 'there') return true;
    const wasThere = attempt.state === 'there';
    attempt.state = 'gone';
    attempt.isVoid = !wasThere;
    // It was there, and the venue has forgotten it: what had filled was asked for before.
    if (wasThere) this.#note('complaint', attempt.tracked, `it lost order ${attempt.clientId}`);
    this.#over(attempt, wasThere ? 'lost-by-venue' : null);
    return true;
  }

  /**
   * One fill. `booked`, `repeat` (booked before), or `external`: no order of ours made it. `feeUsd` as
   * it is booked: the venue's, or what its schedule says.
   */
  fill(leg: number, fill: FillReport, feeUsd: number): 'booked' | 'repeat' | 'external' {
    const attempt = this.#names.find(fill);
    const isOurs = attempt !== undefined && attempt.tracked.order.leg === leg;
    if (this.#bookings.has(leg, fill)) {
      // Booked by an earlier process: of which request it was is known only now.
      if (isOurs && countFill(attempt, fill)) this.#settleEnd(attempt);
      return 'repeat';
    }
    if (!isOurs) return 'external';
    this.#bookings.add(leg, fill);
    this.#names.name(attempt, fill.venueOrderId);
    countFill(attempt, fill);
    const { tracked } = attempt;
    if (isOver(tracked)) {
      this.#note('late-fill', tracked, `${fill.qty} at ${fill.price} of ${attempt.clientId}`);
      this.#unordered(leg, fill, feeUsd);
      return 'booked';
    }
    if (attempt.state !== 'gone') attempt.state = 'there';
    tracked.order.filledQty += Math.abs(fill.qty);
    const { lotSize } = tracked.instrument;
    const left = leftQty(tracked);
    const leavesQty = left < lotSize / 2 ? 0 : roundQty(tracked.instrument, left + lotSize / 2);
    moveOrder(tracked.order, leavesQty > 0 ? 'partly-filled' : 'filled');
    if (leavesQty === 0) attempt.state = 'gone';
    this.#emit({
      kind: 'order-filled',
      tsMs: this.#nowMs(),
      orderId: tracked.order.id,
      tradeId: fill.tradeId,
      qty: fill.qty,
      price: fill.price,
      feeUsd,
      // What of the price was spread and what our own doing nobody has measured.
      slippageUsd: 0,
      impactUsd: 0,
      maker: fill.maker ? 1 : 0,
      leavesQty,
    });
    this.#settleEnd(attempt);
    return 'booked';
  }

  /** A fill that no order of ours made, to be booked all the same. */
  external(leg: number, fill: FillReport, feeUsd: number): void {
    this.#bookings.add(leg, fill);
    if (fill.forced === null) {
      this.#unordered(leg, fill, feeUsd);
      return;
    }
    const { tradeId, qty, price } = fill;
    this.#emit({ kind: 'liquidation', tsMs: this.#nowMs(), leg, tradeId, qty, price, feeUsd });
  }

  /** It is not wanted any more and nothing of it can fill: it slept, or was never sent. */
  cancelled(tracked: Tracked): void {
    this.#cancelled(tracked, 'cancelled');
  }

  /** Something that is about no order. */
  pass(event: Extract<VenueEvent, { readonly kind: 'venue-probe' | 'funding' }>): void {
    this.#emit(event);
  }

  /** The venue has the order as it was wished. */
  amended(tracked: Tracked, { qty, price }: Wish): void {
    if (isOver(tracked)) return;
    const orderId = tracked.order.id;
    this.#emit({ kind: 'order-amended', tsMs: this.#nowMs(), orderId, qty, price });
  }

  // ---- an earlier process ----------------------------------------------------------------------------

  /** An answer that the journal holds: the kernel was told, and nothing is told again. */
  recall(event: VenueEvent): void {
    if (event.kind === 'liquidation' || event.kind === 'external-fill') {
      this.#bookings.add(event.leg, event);
    }
    const tracked = 'orderId' in event ? this.#orders.get(event.orderId) : undefined;
    if (tracked === undefined) return;
    const { order } = tracked;
    if (event.kind === 'order-amended') {
      change(tracked, event);
      tracked.wish = null;
    } else if (event.kind === 'order-filled') {
      this.#bookings.add(order.leg, event);
      order.filledQty += Math.abs(event.qty);
      order.status = event.leavesQty > 0 ? 'partly-filled' : 'filled';
    } else if (event.kind in RECALLED) {
      order.status = RECALLED[event.kind as keyof typeof RECALLED];
    }
  }

  // ---- inside ----------------------------------------------------------------------------------------

  #isThere(attempt: Attempt): void {
    if (attempt.state === 'gone') return;
    attempt.state = 'there';
    const { tracked } = attempt;
    if (tracked.order.status !== 'new' && tracked.order.status !== 'unknown') return;
    moveOrder(tracked.order, 'open');
    this.#emit({ kind: 'order-accepted', tsMs: this.#nowMs(), orderId: tracked.order.id });
  }

  #unknown(tracked: Tracked): void {
    if (tracked.order.status !== 'new') return;
    moveOrder(tracked.order, 'unknown');
    this.#emit({ kind: 'order-unknown', tsMs: this.#nowMs(), orderId: tracked.order.id });
  }

  /** The same bytes came twice, or late, where an id is free again as soon as its order has ended. */
  #risen(attempt: Attempt): void {
    attempt.state = 'there';
    attempt.end = null;
    this.#note('alert', attempt.tracked, `${attempt.clientId} is at the venue again: taken back`);
    this.#onStray(attempt);
  }

  #ended(attempt: Attempt, as: 'filled' | 'cancelled' | 'expired', filledQty: number): void {
    attempt.end = { as, filledQty };
    this.#settleEnd(attempt);
  }

  /** An end is told when all that filled before it has been booked. */
  #settleEnd(attempt: Attempt): void {
    const { end, tracked } = attempt;
    if (end === null || attempt.state === 'gone') return;
    if (end.filledQty - attempt.filledQty >= tracked.instrument.lotSize / 2) return;
    attempt.state = 'gone';
    this.#over(attempt, end.as === 'cancelled' ? 'cancelled' : 'expired');
  }

  /** Nothing more comes of an attempt; the order has ended when that is so of all of them. */
  #over({ tracked }: Attempt, end: Tracked['end']): void {
    tracked.end ??= end;
    if (isOver(tracked) || tracked.attempts.some(({ state }) => state !== 'gone')) return;
    const { end: how } = tracked;
    if (!tracked.isUnwanted && this.#onLost(tracked)) {
      tracked.end = null;
      return;
    }
    if (how === null) {
      this.#reject(tracked, tracked.isUnwanted ? 'cancelled' : 'not-found');
      return;
    }
    if (how !== 'expired') {
      this.#cancelled(tracked, how);
      return;
    }
    moveOrder(tracked.order, 'expired');
    this.#emit({ kind: 'order-expired', tsMs: this.#nowMs(), orderId: tracked.order.id });
  }

  #cancelled(tracked: Tracked, code: string): void {
    if (isOver(tracked)) return;
    moveOrder(tracked.order, 'cancelled');
    const orderId = tracked.order.id;
    this.#emit({ kind: 'order-cancelled', tsMs: this.#nowMs(), orderId, code });
  }

  #reject(tracked: Tracked, code: string): void {
    if (isOver(tracked)) return;
    if (tracked.order.status !== 'new' && tracked.order.status !== 'unknown') {
      this.#cancelled(tracked, code);
      return;
    }
    moveOrder(tracked.order, 'rejected');
    const orderId = tracked.order.id;
    this.#emit({ kind: 'order-rejected', tsMs: this.#nowMs(), orderId, code });
  }

  #unordered(leg: number, { tradeId, qty, price }: FillReport, feeUsd: number): void {
    this.#emit({ kind: 'external-fill', tsMs: this.#nowMs(), leg, tradeId, qty, price, feeUsd });
  }

  #note(code: NoteCode, tracked: Tracked, text: string): void {
    this.#tell(note(code, text, tracked.order.leg));
  }
}

const RECALLED = {
  'order-accepted': 'open',
  'order-unknown': 'unknown',
  'order-cancelled': 'cancelled',
  'order-expired': 'expired',
  'order-rejected': 'rejected',
} as const;
