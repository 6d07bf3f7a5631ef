// The venue's counter: orders, cancels and amendments in; answers out, at once or when the line lets
// them through. It keeps the orders; what happens to them in the market is venue.ts.

import { attachedPrice, attachedQty, placedAt } from '../execution/attached.ts';
import { hasTrigger, isTriggered, type Order } from '../execution/order.ts';
import { lotsIn, qtyOfLots, roundPrice, roundQty } from '../market/instrument.ts';
import type { Panel } from '../market/panel.ts';
import type { RefusalCode } from '../risk/refusal.ts';
import type { Accounts } from './account.ts';
import { admit } from './admit.ts';
import { Answers } from './answers.ts';
import type { Lines } from './lines.ts';
import { Book, type Resting } from './resting.ts';
import { followTrail } from './rules.ts';
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
  /** Some messages of ours take their time. */
  hears: boolean;
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
    this.hears = !lines.isInstant;
    this.#sink = sink;
    this.books = panel.legs.map(() => new Book());
  }

  /** `atMs`: when it leaves, which may be after `nowMs`. */
  submit(order: Order, nowMs: number, atMs: number): void {
    if (!this.isInstant) {
      this.#sendLate(order, atMs);
      return;
    }
    const code = admit(order, this.#panel.legs[order.leg]!.instrument);
    if (code !== null) this.#sink.onReject(nowMs, order.id, code);
    else this.#rest(order, Math.max(atMs, order.sendMs), atMs);
  }

  /** Apart from `submit`: what a closure captures costs room at every call, made or not. */
  #sendLate(order: Order, nowMs: number): void {
    const { leg, id } = order;
    const venue = this.#accounts.venueOf[leg]!;
    const { outcome, arrivesMs, atMs, backMs } = this.#lines.send(order, venue, nowMs);
    // Nobody there: that is known at once, and not only when the venue is back.
    if (outcome === 'refused') {
      this.answers.push(atMs, (tsMs) => this.#sink.onReject(tsMs, id, 'venue-unavailable'));
      return;
    }
    const isUnknown = outcome === 'lost' || outcome === 'taken';
    if (isUnknown) this.answers.push(atMs, (tsMs) => this.#sink.onUnknown(tsMs, id));
    const code = outcome === 'lost' ? 'not-found' : admit(order, this.#panel.legs[leg]!.instrument);
    if (code !== null) {
      const dueMs = isUnknown ? backMs : this.#lines.alone(venue, arrivesMs);
      this.answers.push(dueMs, (tsMs) => this.#sink.onReject(tsMs, id, code));
      return;
    }
    if (isUnknown) this.answers.push(backMs, (tsMs) => this.#sink.onAccept(tsMs, id));
    this.#rest(order, arrivesMs, nowMs).accepted = isUnknown;
  }

  #rest(order: Order, arrivesMs: number, nowMs: number): Resting {
    const isTaker = order.type === 'market' && order.attachedTo === 0;
    const slot = (isTaker ? this.takers : this.books[order.leg]!).add(order, arrivesMs);
    if (isTaker) this.takers.sortLast();
    else this.inBooks++;
    if (arrivesMs <= nowMs && this.isInstant && isTriggered(order.type)) slot.arrived = true;
    return slot;
  }

  /** An order that was filled or dropped in the meantime is left: its answer is on the way. */
  cancel(leg: number, orderId: number, nowMs: number, atMs: number): void {
    const slot = this.#find(leg, orderId);
    if (!slot) return;
    if (this.isInstant && atMs > nowMs) {
      slot.cancelMs = atMs;
      this.hears = true;
    } else if (this.isInstant) {
      this.tsMs = nowMs;
      this.drop(slot);
    } else {
      slot.cancelMs = this.#lines.message(this.#accounts.venueOf[leg]!, atMs);
    }
  }

  /**
   * A new quantity or price of a resting order; `qty` counts what has filled already. It keeps its
   * place: candles know no queue. One that does not fit the grid changes nothing.
   */
  amend(leg: number, orderId: number, qty: number, price: number, nowMs: number): void {
    const slot = this.#find(leg, orderId);
    if (!slot) return;
    slot.amendQty = qty;
    slot.amendPrice = price;
    slot.amendMs = this.isInstant
      ? nowMs
      : this.#lines.message(this.#accounts.venueOf[leg]!, nowMs);
    if (this.isInstant) this.#change(slot, nowMs);
  }

  /** Cancels and amendments that have reached the venue by then; a fill before them stands. */
  hear(untilMs: number): void {
    this.tsMs = untilMs;
    this.#hearOf(this.takers, untilMs);
    for (const book of this.books) if (book.count > 0) this.#hearOf(book, untilMs);
  }

  #hearOf(book: Book, untilMs: number): void {
    for (let k = 0; k < book.count; k++) {
      const slot = book.slots[k]!;
      if (!slot.gone && slot.amendMs <= untilMs) this.#change(slot, untilMs);
      if (!slot.gone && slot.cancelMs <= untilMs) this.drop(slot);
    }
  }

  #change(slot: Resting, atMs: number): void {
    const { amendQty: qty, amendPrice: price, order } = slot;
    const { leg, id } = order;
    const { instrument } = this.#panel.legs[leg]!;
    slot.amendMs = Number.POSITIVE_INFINITY;
    const isWhole = qty > 0 && qtyOfLots(instrument, lotsIn(instrument, qty)) === qty;
    const isOnGrid = price !== price || (price > 0 && roundPrice(instrument, price) === price);
    if (!slot.awake || !isWhole || !isOnGrid) return;
    slot.qty = roundQty(instrument, qty - slot.filled + instrument.lotSize / 2);
    if (!(slot.qty > 0)) {
      this.tsMs = atMs;
      this.drop(slot);
      return;
    }
    if (price === price) {
      if (order.type === 'limit') {
        slot.terms = { ...slot.terms, limitPrice: price };
        // It may be marketable now: it comes in once more.
        slot.arrived = false;
        slot.arrivesMs = Math.max(slot.arrivesMs, atMs);
      } else slot.triggerPrice = price;
    }
    this.answer(leg, (tsMs) => this.#sink.onAmend(tsMs, id, qty, price), atMs);
  }

  /** The row has no candle for a leg: nothing trades, but what does not wait is taken back. */
  endureHole(book: Book, leg: number, openMs: number, closeMs: number): void {
    for (let k = 0; k < book.count; k++) {
      const slot = book.slots[k]!;
      if (slot.gone || slot.order.leg !== leg || !slot.awake) continue;
      const { timeInForce, expiresMs } = slot.terms;
      const isNow =
        (timeInForce === 'ioc' || timeInForce === 'fok') && !isTriggered(slot.order.type);
      if (expiresMs <= openMs) this.expire(slot);
      else if (isNow && slot.arrivesMs < closeMs) this.drop(slot);
    }
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
    else this.#cancelLate(leg, id);
  }

  #cancelLate(leg: number, id: number): void {
    this.answer(leg, (tsMs) => this.#sink.onCancel(tsMs, id));
  }

  expire(slot: Resting): void {
    slot.gone = true;
    const { id, leg } = slot.order;
    this.answer(leg, (tsMs) => this.#sink.onExpire(tsMs, id));
  }

  /** One that has traded, or that we know to be there, is not rejected any more: the rest expires. */
  reject(slot: Resting, code: RefusalCode): void {
    slot.gone = true;
    const { order } = slot;
    const isNew = slot.filled === 0 && !slot.accepted;
    this.answer(order.leg, (tsMs) => {
      if (isNew) this.#sink.onReject(tsMs, order.id, code);
      else this.#sink.onExpire(tsMs, order.id);
    });
  }

  /** At once, or when the line lets it through. */
  answer(leg: number, send: (tsMs: number) => void, atMs = this.tsMs): void {
    if (this.isInstant) send(atMs);
    else this.answers.push(this.#lines.back(this.#accounts.venueOf[leg]!, atMs), send);
  }

  /**
   * Attached orders start to rest where their parent's fill puts them. `turn` is that of the candle
   * inside which it filled, -1 when it did so at the open.
   */
  wake(parent: Order, fillPrice: number, turn: number): void {
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
      slot.wokeTurn = turn;
      // What price did before the position was there is not the trail's to follow.
      if (slot.order.type === 'trailing-stop') followTrail(slot, fillPrice);
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
      // What still sleeps has no size yet.
      if (!slot.awake) continue;
      slot.qty = roundQty(instrument, slot.qty - size + instrument.lotSize / 2);
      if (!(slot.qty > 0)) {
        this.drop(slot);
        continue;
      }
      const { id } = slot.order;
      const total = qtyOfLots(instrument, lotsIn(instrument, slot.filled + slot.qty));
      this.answer(leg, (tsMs) => this.#sink.onAmend(tsMs, id, total, Number.NaN));
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
