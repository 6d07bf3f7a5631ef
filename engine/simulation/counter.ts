// The venue's counter: orders, cancels and amendments in; answers out, at once or when the line lets
// them through. It keeps the orders; what happens to them in the market is venue.ts.

import { attachedPrice, attachedQty, placedAt } from '../execution/attached.ts';
import { hasTrigger, isTriggered, type Order } from '../execution/order.ts';
import { roundQty } from '../market/instrument.ts';
import type { Panel } from '../market/panel.ts';
import type { RefusalCode } from '../risk/refusal.ts';
import type { Accounts } from './account.ts';
import { admit } from './admit.ts';
import { Answers } from './answers.ts';
import type { Lines } from './lines.ts';
import { Book, type Resting } from './resting.ts';
import type { VenueSink } from './sink.ts';

export class Counter {
  /** Orders that take what is there, of all legs, in order of arrival. */
  readonly takers = new Book();
  /** Orders that wait for a price, by leg. */
  readonly books: readonly Book[];
  /** Orders in all books. */
  inBooks = 0;
  /** Answers are given at once. */
  readonly isInstant: boolean;
  /** Stamp of what happens now, UTC ms. */
  tsMs = 0;
  readonly answers = new Answers();
  readonly #panel: Panel;
  readonly #accounts: Accounts;
  readonly #lines: Lines;
  readonly #sink: VenueSink;

  constructor(panel: Panel, accounts: Accounts, lines: Lines, sink: VenueSink) {
    this.#panel = panel;
    this.#accounts = accounts;
    this.#lines = lines;
    this.isInstant = lines.isInstant;
    this.#sink = sink;
    this.books = panel.legs.map(() => new Book());
  }

  submit(order: Order, nowMs: number): void {
    const { leg } = order;
    const code = admit(order, this.#panel.legs[leg]!.instrument);
    if (code !== null) {
      this.answer(leg, (tsMs) => this.#sink.onReject(tsMs, order.id, code), nowMs);
      return;
    }
    const isTaker = order.type === 'market' && order.attachedTo === 0;
    const venue = this.#accounts.venueOf[leg]!;
    const line = this.#lines.send(order, venue, nowMs);
    if (line.outcome === 'refused') {
      this.answer(
        leg,
        (tsMs) => this.#sink.onReject(tsMs, order.id, 'venue-unavailable'),
        line.atMs,
      );
      return;
    }
    if (line.outcome !== 'sent') {
      const { backMs, outcome } = line;
      this.answers.push(line.atMs, (tsMs) => this.#sink.onUnknown(tsMs, order.id));
      if (outcome === 'lost') {
        this.answers.push(backMs, (tsMs) => this.#sink.onReject(tsMs, order.id, 'not-found'));
        return;
      }
      this.answers.push(backMs, (tsMs) => this.#sink.onAccept(tsMs, order.id));
    }
    const slot = (isTaker ? this.takers : this.books[leg]!).add(order, line.arrivesMs);
    if (!isTaker) this.inBooks++;
    if (this.isInstant && isTriggered(order.type)) slot.arrived = true;
  }

  /** An order that was filled or dropped in the meantime is left: its answer is on the way. */
  cancel(leg: number, orderId: number, nowMs: number): void {
    const slot = this.#find(leg, orderId);
    if (!slot) return;
    if (this.isInstant) {
      this.tsMs = nowMs;
      this.drop(slot);
    } else {
      slot.cancelMs = this.#lines.cancel(this.#accounts.venueOf[leg]!, nowMs);
    }
  }

  /** A new quantity or price of a resting order. It keeps its place: candles know no queue. */
  amend(leg: number, orderId: number, qty: number, price: number, nowMs: number): void {
    const slot = this.#find(leg, orderId);
    if (!slot) return;
    slot.qty = qty;
    if (price === price) {
      if (slot.order.type === 'limit') slot.terms = { ...slot.terms, limitPrice: price };
      else slot.triggerPrice = price;
    }
    this.answer(leg, (tsMs) => this.#sink.onAmend(tsMs, orderId, qty, price), nowMs);
  }

  probe(venue: number, nowMs: number): void {
    const isUp = this.#lines.isUp(venue, nowMs);
    this.#sink.onProbe(nowMs, venue, isUp);
  }

  #find(leg: number, orderId: number): Resting | null {
    return this.books[leg]!.find(orderId) ?? this.takers.find(orderId);
  }

  drop(slot: Resting): void {
    slot.gone = true;
    const { id, leg } = slot.order;
    if (this.isInstant) this.#sink.onCancel(this.tsMs, id);
    else this.answer(leg, (tsMs) => this.#sink.onCancel(tsMs, id));
  }

  expire(slot: Resting): void {
    slot.gone = true;
    const { id, leg } = slot.order;
    this.answer(leg, (tsMs) => this.#sink.onExpire(tsMs, id));
  }

  /** An order that has traded already is not rejected any more: what is left of it expires. */
  reject(slot: Resting, code: RefusalCode): void {
    slot.gone = true;
    const { order } = slot;
    const isVirgin = slot.qty !== slot.qty || slot.qty === order.qty;
    this.answer(order.leg, (tsMs) => {
      if (isVirgin) this.#sink.onReject(tsMs, order.id, code);
      else this.#sink.onExpire(tsMs, order.id);
    });
  }

  /** At once, or when the line lets it through. */
  answer(leg: number, send: (tsMs: number) => void, atMs = this.tsMs): void {
    if (this.isInstant) send(atMs);
    else this.answers.push(this.#lines.back(this.#accounts.venueOf[leg]!, atMs), send);
  }

  /** Attached orders start to rest where their parent's fill puts them. */
  wake(parent: Order, fillPrice: number): void {
    const { leg } = parent;
    const book = this.books[leg]!;
    const { instrument } = this.#panel.legs[leg]!;
    const filledQty = Math.abs(this.#accounts.positions[leg]!.qty);
    for (let k = 0; k < book.count; k++) {
      const slot = book.slots[k]!;
      if (slot.order.attachedTo !== parent.id || slot.gone || slot.awake) continue;
      const price = attachedPrice(slot.order, instrument, fillPrice);
      slot.terms = placedAt(slot.order, price);
      if (hasTrigger(slot.order.type)) slot.triggerPrice = price;
      slot.qty = attachedQty(slot.order, instrument, filledQty);
      slot.awake = true;
      slot.arrived = true;
      slot.fresh = true;
    }
  }

  /** One cancels the other: what one of a group has filled is taken off the rest of it. */
  shrinkGroup(filled: Resting, size: number): void {
    const { leg } = filled.order;
    const book = this.books[leg]!;
    const { instrument } = this.#panel.legs[leg]!;
    for (let k = 0; k < book.count; k++) {
      const slot = book.slots[k]!;
      if (slot === filled || slot.gone || slot.terms.ocoGroup !== filled.terms.ocoGroup) continue;
      slot.qty = roundQty(instrument, slot.qty - size + instrument.lotSize / 2);
      if (!(slot.qty > 0)) this.drop(slot);
    }
  }

  sweep(): void {
    if (this.takers.count > 0) this.takers.sweep();
    if (this.inBooks === 0) return;
    let kept = 0;
    for (const book of this.books) {
      book.sweep();
      kept += book.count;
    }
    this.inBooks = kept;
  }
}
