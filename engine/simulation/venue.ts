// The simulated venue: resting orders meet the candles of a panel, row by row.
//
//   row i:  funding stamped at its open -> market orders at the open -> funding stamped inside it
//           -> stops against its extremes
//
// What it may use of row i is what a venue would have known: orders it was given before the row
// opened. Where a candle is ambiguous the answer is the pessimistic one, stated at the line. It
// answers through a sink: the kernel's own methods, or events for the kernel's second door.

import type { WorldConfig } from '../config/schema.ts';
import { assert } from '../errors.ts';
import type { Order } from '../execution/order.ts';
import { type Instrument, roundQty } from '../market/instrument.ts';
import type { Panel } from '../market/panel.ts';
import type { Portfolio } from '../portfolio/portfolio.ts';
import { attachedTrigger } from '../risk/gate.ts';
import type { RefusalCode } from '../risk/refusal.ts';
import type { Tray } from '../tray.ts';

/** Where the venue's answers go. Times are UTC ms, amounts USD. */
export interface VenueSink {
  onFill(
    tsMs: number,
    orderId: number,
    qty: number,
    price: number,
    feeUsd: number,
    slippageUsd: number,
  ): void;
  onCancel(tsMs: number, orderId: number): void;
  onReject(tsMs: number, orderId: number, code: RefusalCode): void;
  onFunding(tsMs: number, leg: number, amountUsd: number, rate: number, price: number): void;
}

/** An order as the venue holds it: its own copy of what may change. */
interface Resting {
  order: Order;
  triggerPrice: number;
  qty: number;
  awake: boolean;
  gone: boolean;
}

export class SimulatedVenue {
  /** Per leg: stamps charged on a trade price because no mark price was at hand. */
  readonly markFallbacks: Int32Array;
  /** Per leg: stamps within the rows met so far, charged or not. */
  readonly stamps: Int32Array;
  readonly #panel: Panel;
  readonly #portfolio: Portfolio;
  readonly #sink: VenueSink;
  readonly #slippage: number;
  readonly #takerFee: Float64Array;
  readonly #chargesFunding: boolean;
  readonly #nextStamp: Int32Array;
  #nextStampMs = Number.POSITIVE_INFINITY;
  /** The row in which the next funding stamp falls. */
  #stampRow = Number.MAX_SAFE_INTEGER;
  /** Slots of resting orders; the first `#count` are in use, in order of arrival. */
  readonly #orders: Resting[] = [];
  #count = 0;

  /** `panel` is the world's; `portfolio` is read as the venue's own ledger of the account. */
  constructor(panel: Panel, portfolio: Portfolio, world: WorldConfig, sink: VenueSink) {
    const legs = panel.legs.length;
    this.#panel = panel;
    this.#portfolio = portfolio;
    this.#sink = sink;
    this.#slippage = world.slippageBps / 10_000;
    this.#takerFee = Float64Array.from(
      panel.legs,
      (leg) => (world.takerFeeBps ?? leg.instrument.takerFeeBps) / 10_000,
    );
    this.#chargesFunding = world.funding;
    this.markFallbacks = new Int32Array(legs);
    this.stamps = new Int32Array(legs);
    this.#nextStamp = new Int32Array(legs);
    this.#skipStampsBefore(panel.openMs[0] ?? 0);
  }

  /** True when no order waits. */
  get idle(): boolean {
    return this.#count === 0;
  }

  /** False when `meet(i)` would do nothing: no order rests and no funding is due in row `i`. */
  isBusy(i: number): boolean {
    return this.#count > 0 || i >= this.#stampRow;
  }

  /** Carries out what the kernel left in its tray; it meets the next row at the earliest. */
  take(tray: Tray, nowMs: number): void {
    for (let k = 0; k < tray.length; k++) {
      const intent = tray.at(k);
      if (intent.kind === 'submit-order') {
        this.#rest(intent.order);
      } else if (intent.kind === 'cancel-order') {
        this.#cancel(intent.orderId, nowMs);
      }
    }
    this.#sweep();
  }

  /** Lets everything that rests meet row `i`. */
  meet(i: number): void {
    const openMs = this.#panel.openMs[i]!;
    const closeMs = openMs + this.#panel.intervalMs;
    if (this.#nextStampMs <= openMs) this.#fund(i, openMs);
    if (this.#count > 0) this.#meetOpen(i, openMs);
    // Inside the candle, before the stops: whether a stop was hit before the stamp is unknown, and
    // charging it is the side that costs a long in the usual market.
    if (this.#nextStampMs < closeMs) this.#fund(i, closeMs - 1);
    if (this.#count > 0) {
      this.#meetExtremes(i, closeMs);
      this.#sweep();
    }
  }

  /** Market orders fill at the open, in the order in which they came. A hole makes them wait. */
  #meetOpen(i: number, openMs: number): void {
    for (let k = 0; k < this.#count; k++) {
      const resting = this.#orders[k]!;
      const { order } = resting;
      if (resting.gone || !resting.awake || order.type !== 'market') continue;
      const open = this.#panel.legs[order.leg]!.candles.open[i]!;
      if (open !== open) continue;
      this.#fill(resting, open, openMs);
    }
  }

  /**
   * Stops trigger on the candle's extreme and fill at their trigger, or at the open when the market
   * gapped through it: a stop is never filled at a price that was not there.
   */
  #meetExtremes(i: number, closeMs: number): void {
    for (let k = 0; k < this.#count; k++) {
      const resting = this.#orders[k]!;
      const { order, triggerPrice } = resting;
      if (resting.gone || !resting.awake || order.type !== 'stop') continue;
      const { open, high, low } = this.#panel.legs[order.leg]!.candles;
      const o = open[i]!;
      if (o !== o) continue;
      const sells = order.side < 0;
      if (sells ? low[i]! > triggerPrice : high[i]! < triggerPrice) continue;
      const price = sells ? Math.min(o, triggerPrice) : Math.max(o, triggerPrice);
      this.#fill(resting, price, closeMs);
    }
  }

  #fill(resting: Resting, reference: number, tsMs: number): void {
    const { order } = resting;
    const { leg, side } = order;
    const price = reference * (1 + side * this.#slippage);
    const fee = this.#takerFee[leg]!;
    let size = resting.qty;
    if (order.reduceOnly) {
      const held = this.#portfolio.positions[leg]!.qty;
      if (held === 0 || held > 0 === side > 0) {
        this.#drop(resting, tsMs);
        return;
      }
      size = Math.min(size, Math.abs(held));
    } else if (size !== size) {
      const { instrument } = this.#panel.legs[leg]!;
      const answer = this.#sizeAtFill(order, instrument, price, fee);
      if (typeof answer === 'string') {
        resting.gone = true;
        this.#sink.onReject(tsMs, order.id, answer);
        return;
      }
      size = answer;
    }
    resting.gone = true;
    const slippageUsd = Math.abs(price - reference) * size;
    this.#sink.onFill(tsMs, order.id, side * size, price, size * price * fee, slippageUsd);
    if (order.purpose === 'entry') this.#wake(order, price);
  }

  /** Whole lots that the order's share of equity buys at `price`, its fee included. */
  #sizeAtFill(
    order: Order,
    instrument: Instrument,
    price: number,
    fee: number,
  ): number | RefusalCode {
    const amountUsd = order.equityFraction * this.#portfolio.worth();
    const qty = roundQty(instrument, amountUsd / (price * (1 + fee)));
    if (!(qty > 0) || !(qty * price >= instrument.minNotionalUsd)) return 'below-min-notional';
    return qty;
  }

  /** An attached stop starts to rest where its parent's fill puts it. */
  #wake(parent: Order, fillPrice: number): void {
    for (let k = 0; k < this.#count; k++) {
      const attached = this.#orders[k]!;
      if (attached.order.parentId !== parent.id || attached.gone) continue;
      const { side, stopDistance, leg } = attached.order;
      const { instrument } = this.#panel.legs[leg]!;
      attached.triggerPrice = attachedTrigger(instrument, side, fillPrice, stopDistance);
      attached.qty = Math.abs(this.#portfolio.positions[leg]!.qty);
      attached.awake = true;
    }
  }

  /** An order that was filled or dropped in the meantime is left: its answer is on the way. */
  #cancel(orderId: number, nowMs: number): void {
    for (let k = 0; k < this.#count; k++) {
      const resting = this.#orders[k]!;
      if (resting.order.id === orderId && !resting.gone) this.#drop(resting, nowMs);
    }
  }

  #drop(resting: Resting, tsMs: number): void {
    resting.gone = true;
    this.#sink.onCancel(tsMs, resting.order.id);
  }

  #rest(order: Order): void {
    const { triggerPrice, qty } = order;
    const awake = order.parentId === 0;
    const slot = this.#orders[this.#count];
    if (slot === undefined) {
      this.#orders[this.#count] = { order, triggerPrice, qty, awake, gone: false };
    } else {
      slot.order = order;
      slot.triggerPrice = triggerPrice;
      slot.qty = qty;
      slot.awake = awake;
      slot.gone = false;
    }
    this.#count++;
  }

  /** Moves orders that are gone behind the others, which keep their order; their slots are reused. */
  #sweep(): void {
    const orders = this.#orders;
    let kept = 0;
    for (let k = 0; k < this.#count; k++) {
      const slot = orders[k]!;
      if (slot.gone) continue;
      orders[k] = orders[kept]!;
      orders[kept++] = slot;
    }
    this.#count = kept;
  }

  /** Charges every stamp up to `untilMs` on the position held now, at row `i`'s open. */
  #fund(i: number, untilMs: number): void {
    let next = Number.POSITIVE_INFINITY;
    this.#panel.legs.forEach((leg, index) => {
      const { atMs, rate } = leg.funding;
      let k = this.#nextStamp[index]!;
      for (; k < atMs.length && atMs[k]! <= untilMs; k++) {
        this.stamps[index]!++;
        this.#charge(index, atMs[k]!, rate[k]!, leg.candles.open[i]!);
      }
      this.#nextStamp[index] = k;
      if (k < atMs.length) next = Math.min(next, atMs[k]!);
    });
    this.#expectStamp(next);
  }

  #charge(leg: number, atMs: number, rate: number, open: number): void {
    const { qty } = this.#portfolio.positions[leg]!;
    if (qty === 0 || !this.#chargesFunding) return;
    // No mark price in the data: the trade price at the stamp stands in, and is counted.
    const price = open === open ? open : this.#portfolio.lastPrice[leg]!;
    this.markFallbacks[leg]!++;
    assert(price > 0, 'a position has a price to be charged on');
    this.#sink.onFunding(atMs, leg, -qty * price * rate, rate, price);
  }

  #skipStampsBefore(fromMs: number): void {
    let next = Number.POSITIVE_INFINITY;
    this.#panel.legs.forEach(({ funding }, index) => {
      let k = 0;
      while (k < funding.atMs.length && funding.atMs[k]! < fromMs) k++;
      this.#nextStamp[index] = k;
      if (k < funding.atMs.length) next = Math.min(next, funding.atMs[k]!);
    });
    this.#expectStamp(next);
  }

  /** The first row that closes after the stamp is the one that charges it; Infinity = none is left. */
  #expectStamp(stampMs: number): void {
    const { openMs, length, intervalMs } = this.#panel;
    let low = 0;
    let high = length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (openMs[middle]! + intervalMs > stampMs) high = middle;
      else low = middle + 1;
    }
    this.#nextStampMs = stampMs;
    this.#stampRow = low;
  }
}
