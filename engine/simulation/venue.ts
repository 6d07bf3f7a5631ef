// The simulated venue, or several: orders meet the candles of a panel, row by row.
//
//   row i:  funding stamped at its open -> orders that take, at the open -> funding stamped inside it
//           -> what rests, against the candle, by the rule of `world.fills` -> answers that are due
//
// What it may use of row i is what a venue would have known: orders that had reached it. Where a
// candle is ambiguous the rule decides; the default is the pessimistic one (match-worst.ts).

import type { WorldConfig } from '../config/schema.ts';
import type { Intent } from '../intent.ts';
import type { Tray } from '../kernel/tray.ts';
import type { CandleArrays } from '../market/column.ts';
import type { Panel } from '../market/panel.ts';
import { Accounts } from './account.ts';
import {
  type Bar,
  CLOSE,
  CLOSE_MS,
  HIGH,
  highFirst,
  LOW,
  OPEN,
  OPEN_MS,
  priceAt,
  VOLUME,
} from './bar.ts';
import { Counter } from './counter.ts';
import { Dealer } from './dealer.ts';
import { finerInterval } from './finer.ts';
import type { Meeting } from './floor.ts';
import { FundingStamps } from './funding-stamps.ts';
import { Lines } from './lines.ts';
import { matchFreqtrade } from './match-freqtrade.ts';
import { matchPath } from './match-path.ts';
import { matchWorst } from './match-worst.ts';
import type { Resting } from './resting.ts';
import { followTrail, isStopKind } from './rules.ts';
import type { VenueSink } from './sink.ts';
import { Watch } from './watch.ts';

export type { VenueSink } from './sink.ts';

export class SimulatedVenue {
  readonly accounts: Accounts;
  readonly #panel: Panel;
  readonly #sink: VenueSink;
  readonly #world: WorldConfig;
  readonly #dealer: Dealer;
  readonly #lines: Lines;
  readonly #counter: Counter;
  readonly #watch: Watch;
  /** Funding by stamp: what was seen and on which price it was charged. */
  readonly funding: FundingStamps;
  readonly #meetings: readonly (Meeting & { turn: number })[];
  readonly #finer: boolean;
  readonly #finerAt: Int32Array;
  readonly #finerMs: number;
  #seenRow = 0;

  /** `panel` is the world's. `seed` is that of latency and seeded outages. */
  constructor(panel: Panel, world: WorldConfig, seed: number, sink: VenueSink) {
    const legs = panel.legs.length;
    this.#panel = panel;
    this.#world = world;
    this.#sink = sink;
    this.accounts = new Accounts(panel, world);
    this.#lines = new Lines(panel, world, seed, this.accounts.venues);
    this.#counter = new Counter(panel, this.accounts, this.#lines, sink);
    this.#dealer = new Dealer(panel, world, this.accounts, this.#counter, sink);
    this.funding = new FundingStamps(panel, world.funding, this.accounts, (...charge) =>
      this.#charge(...charge),
    );
    this.#watch = new Watch(panel, world, this.accounts, this.#counter, this.funding);
    this.#meetings = panel.legs.map((leg, index) => ({
      leg: index,
      book: this.#counter.books[index]!,
      bar: this.#dealer.bars[index]!,
      turn: 0,
      through: world.fills.throughTicks * leg.instrument.tickSize,
    }));
    this.#finer = world.fills.path === 'finer';
    this.#finerAt = new Int32Array(legs);
    this.#finerMs = finerInterval(panel);
  }

  /** True when no order waits. */
  get idle(): boolean {
    return this.#counter.takers.count === 0 && this.#counter.inBooks === 0;
  }

  /** False when `meet(i)` would do nothing, as far as is known now. */
  isBusy(i: number): boolean {
    return this.#watch.isDue(i);
  }

  /** A row up to `to` before which, from `from` on, `meet` would do nothing. */
  restsUntil(from: number, to: number): number {
    return this.#watch.freeUntil(from, to);
  }

  /**
   * Carries out what the kernel left in its tray; it meets the next row at the earliest. What leaves
   * inside a candle does not meet it: base candles tell nothing of their inside.
   */
  take(tray: Tray, nowMs: number): void {
    const { answers } = this.#counter;
    const { intervalMs } = this.#panel;
    const atMs = Math.ceil(nowMs / intervalMs) * intervalMs;
    let k = 0;
    do {
      while (k < tray.length) this.#carryOut(tray.at(k++), nowMs, atMs);
      // An answer that comes at once may leave more in the tray.
      if (answers.length > 0) answers.deliver(nowMs);
    } while (k < tray.length);
    this.#counter.sweep();
    this.#watch.renew();
  }

  #carryOut(intent: Intent, nowMs: number, atMs: number): void {
    switch (intent.kind) {
      case 'submit-order':
        this.#counter.submit(intent.order, nowMs, atMs);
        break;
      case 'cancel-order':
        this.#counter.cancel(intent.leg, intent.orderId, nowMs, atMs);
        break;
      case 'amend-order':
        this.#counter.amend(intent.leg, intent.orderId, intent.qty, intent.price, nowMs);
        break;
      case 'probe-venue':
        this.#counter.probe(intent.venue, nowMs);
        break;
      case 'ask-model':
      case 'halt':
        break;
    }
  }

  /** Takes over a position that exists already: after a restart, or in a test. */
  adopt(leg: number, qty: number, price: number): void {
    this.accounts.fill(leg, qty, price, 0);
    this.#watch.renew();
  }

  /** Answers that it has given and that have not arrived: what we know of it is not up to date. */
  get hasAnswersUnderWay(): boolean {
    return this.#counter.answers.length > 0;
  }

  /** Lets everything that has reached the venue meet row `i`. */
  meet(i: number): void {
    const openMs = this.#panel.openMs[i]!;
    const closeMs = openMs + this.#panel.intervalMs;
    this.#dealer.row = i;
    this.#dealer.turn++;
    this.#counter.tsMs = openMs;
    this.#seePrices(i);
    if (this.accounts.isExposed) this.accounts.followMarket();
    this.funding.chargeUpTo(openMs, i);
    if (this.#finer) {
      this.#meetFiner(i, openMs, closeMs);
    } else {
      if (this.#counter.takers.count > 0) this.#meetTakers(i, closeMs);
      // Inside the candle, before the stops: whether a stop was hit before the stamp is unknown, and
      // charging it is the side that costs a long in the usual market.
      this.funding.chargeUpTo(closeMs - 1, i);
      this.#counter.tsMs = closeMs;
      if (this.#counter.inBooks > 0 || this.accounts.isExposed) {
        for (let leg = 0; leg < this.#counter.books.length; leg++) this.#meetLeg(leg, i);
      }
    }
    if (this.#counter.hears) this.#counter.hear(closeMs);
    this.#counter.sweep();
    if (this.#counter.answers.length > 0) this.#counter.answers.deliver(closeMs);
    this.#watch.renew();
  }

  // ---- a row ------------------------------------------------------------------------------------

  /** The closes before row `i`, which equity and margin are reckoned with. */
  #seePrices(i: number): void {
    const { lastPrice } = this.accounts;
    const { legs } = this.#panel;
    for (let leg = 0; leg < legs.length; leg++) {
      const { close } = legs[leg]!.candles;
      let k = i - 1;
      while (k > this.#seenRow && close[k] !== close[k]) k--;
      if (k >= 0 && close[k] === close[k]) lastPrice[leg] = close[k]!;
    }
    this.#seenRow = i - 1;
  }

  #meetTakers(i: number, closeMs: number): void {
    this.#dealer.isInside = false;
    const openMs = this.#panel.openMs[i]!;
    const { slots } = this.#counter.takers;
    for (let k = 0; k < this.#counter.takers.count; k++) {
      const slot = slots[k]!;
      const { leg } = slot.order;
      if (slot.gone || slot.arrivesMs >= closeMs || this.#isOver(slot, openMs)) continue;
      const { candles } = this.#panel.legs[leg]!;
      const meeting =
        slot.arrivesMs > openMs ? this.#load(leg, candles, i) : this.#loadOpen(leg, candles, i);
      if (meeting) this.#takeNow(slot, meeting.bar);
      else this.#counter.endureHole(this.#counter.takers, leg, openMs, closeMs);
    }
  }

  /** An order that takes: at the open, or wherever price is when it arrives inside the candle. */
  #takeNow(slot: Resting, bar: Bar): void {
    const { order } = slot;
    const openMs = bar[OPEN_MS]!;
    const isLate = slot.arrivesMs > openMs;
    this.#dealer.isInside = isLate;
    this.#counter.tsMs = isLate ? slot.arrivesMs : openMs;
    this.#dealer.take(slot, this.#priceOnArrival(bar, slot.arrivesMs, order.side));
    this.#dealer.isInside = false;
    const { timeInForce } = slot.terms;
    if (!slot.gone && (timeInForce === 'ioc' || timeInForce === 'fok')) this.#counter.drop(slot);
  }

  /** Taken back before a candle began: cancelled, or its time is over. */
  #isOver(slot: Resting, openMs: number): boolean {
    if (slot.cancelMs <= openMs) this.#counter.drop(slot);
    else if (slot.terms.expiresMs <= openMs && slot.awake) this.#counter.expire(slot);
    return slot.gone;
  }

  #priceOnArrival(bar: Bar, arrivesMs: number, side: 1 | -1): number {
    const { path } = this.#world.fills;
    if (arrivesMs <= bar[OPEN_MS]!) return bar[OPEN]!;
    if (path === 'pessimistic' || path === 'finer') return priceAt(bar, arrivesMs, side, 'worst');
    return priceAt(bar, arrivesMs, side, highFirst(bar, path) ? 'high-first' : 'low-first');
  }

  #meetLeg(leg: number, i: number): void {
    const book = this.#counter.books[leg]!;
    if (book.count === 0 && !(this.accounts.liquidationAt[leg]! > 0)) return;
    const { candles } = this.#panel.legs[leg]!;
    const meeting = this.#load(leg, candles, i);
    if (meeting) this.#match(meeting);
    else {
      const openMs = candles.openMs[i]!;
      this.#counter.endureHole(book, leg, openMs, openMs + this.#panel.intervalMs);
    }
  }

  #match(meeting: Meeting): void {
    const { path, rules } = this.#world.fills;
    this.#arrive(meeting);
    this.#dealer.isInside = true;
    if (rules === 'freqtrade') matchFreqtrade(meeting, this.#dealer);
    else if (path === 'pessimistic' || path === 'finer') matchWorst(meeting, this.#dealer);
    else matchPath(meeting, this.#dealer, path);
    this.#dealer.isInside = false;
  }

  /** Limits that have just come in: marketable ones take at once, or are refused if post-only. */
  #arrive({ book, bar, turn, leg }: Meeting): void {
    for (let k = 0; k < book.count; k++) {
      const slot = book.slots[k]!;
      if (slot.gone || this.#isOver(slot, bar[OPEN_MS]!)) continue;
      if (slot.arrived || !slot.awake) continue;
      if (slot.arrivesMs >= bar[CLOSE_MS]!) continue;
      slot.arrived = true;
      const { side, type, reduceOnly } = slot.order;
      if (this.#world.fills.rules === 'freqtrade' && (reduceOnly || type !== 'limit')) continue;
      const isLate = slot.arrivesMs > bar[OPEN_MS]!;
      // Whether price came to it before or after it arrived is unknown: not in this candle. A stop is
      // the exception, because not to be hit is what it hopes for.
      if (isLate && !isStopKind(type)) slot.turn = turn;
      const price = this.#priceOnArrival(bar, slot.arrivesMs, side);
      if (type !== 'limit') {
        if (isLate && type === 'trailing-stop') {
          // It follows from where it came in, and knows nothing of the open.
          slot.wokeTurn = turn;
          followTrail(slot, price);
        }
        const { triggerPrice } = slot;
        if (isLate && type === 'stop-market' && side * (price - triggerPrice) >= 0) {
          // Behind its trigger when it comes in: it takes what is there now, not what was at the open.
          slot.triggered = true;
          slot.turn = turn;
          this.#takeOnArrival(slot, price, bar);
        }
        continue;
      }
      const { limitPrice, postOnly, timeInForce } = slot.terms;
      const crosses = side * (this.#dealer.quote(leg, price, side) - limitPrice) <= 0;
      if (crosses && postOnly) {
        this.#counter.reject(slot, 'would-cross');
        continue;
      }
      if (crosses) this.#takeOnArrival(slot, price, bar);
      if (!slot.gone && (timeInForce === 'ioc' || timeInForce === 'fok')) this.#counter.drop(slot);
    }
  }

  /** A resting order that is marketable when it comes in. */
  #takeOnArrival(slot: Resting, price: number, bar: Bar): void {
    const before = this.#counter.tsMs;
    this.#counter.tsMs = Math.max(slot.arrivesMs, bar[OPEN_MS]!);
    this.#dealer.isInside = slot.arrivesMs > bar[OPEN_MS]!;
    this.#dealer.fill(slot, price, false);
    this.#dealer.isInside = false;
    this.#counter.tsMs = before;
  }

  /** The leg's candles of a finer interval, one after the other, inside row `i`. */
  #meetFiner(i: number, openMs: number, closeMs: number): void {
    for (let leg = 0; leg < this.#counter.books.length; leg++) {
      const { finer, candles } = this.#panel.legs[leg]!;
      let hasMet = false;
      if (finer !== null) {
        let k = this.#finerAt[leg]!;
        while (k < finer.openMs.length && finer.openMs[k]! < openMs) k++;
        for (; k < finer.openMs.length && finer.openMs[k]! < closeMs; k++) {
          const meeting = this.#load(leg, finer, k, this.#finerMs);
          if (!meeting) continue;
          hasMet = true;
          this.#meetOne(meeting, i);
        }
        this.#finerAt[leg] = k;
      }
      if (hasMet) continue;
      // Nothing finer was stored for this row: its own candle, or a hole.
      const meeting = this.#load(leg, candles, i, this.#panel.intervalMs);
      if (meeting) {
        this.#meetOne(meeting, i);
        continue;
      }
      this.#counter.endureHole(this.#counter.takers, leg, openMs, closeMs);
      this.#counter.endureHole(this.#counter.books[leg]!, leg, openMs, closeMs);
    }
    this.funding.chargeUpTo(closeMs - 1, i);
  }

  /** All that one candle of one leg does, on its own time. */
  #meetOne(meeting: Meeting & { turn: number }, i: number): void {
    const { bar, leg } = meeting;
    this.#dealer.turn++;
    meeting.turn = this.#dealer.turn;
    this.funding.chargeLeg(leg, bar[OPEN_MS]!, i);
    for (let t = 0; t < this.#counter.takers.count; t++) {
      const slot = this.#counter.takers.slots[t]!;
      if (slot.order.leg !== leg || slot.gone || slot.arrivesMs >= bar[CLOSE_MS]!) continue;
      if (!this.#isOver(slot, bar[OPEN_MS]!)) this.#takeNow(slot, bar);
    }
    this.funding.chargeLeg(leg, bar[CLOSE_MS]! - 1, i);
    this.#counter.tsMs = bar[CLOSE_MS]!;
    this.#match(meeting);
  }

  /** What an order meets that is here at the open: half the columns need not be fetched. */
  #loadOpen(leg: number, candles: CandleArrays, at: number): Meeting | null {
    const open = candles.open[at]!;
    if (open !== open) return null;
    const meeting = this.#meetings[leg]!;
    const { bar } = meeting;
    meeting.turn = this.#dealer.turn;
    bar[OPEN] = open;
    bar[VOLUME] = candles.volume[at]!;
    bar[OPEN_MS] = candles.openMs[at]!;
    return meeting;
  }

  /** Copies a candle to where the rules read it; null for a hole. */
  #load(
    leg: number,
    candles: CandleArrays,
    at: number,
    lengthMs = this.#panel.intervalMs,
  ): (Meeting & { turn: number }) | null {
    const open = candles.open[at]!;
    if (open !== open) return null;
    const meeting = this.#meetings[leg]!;
    const { bar } = meeting;
    meeting.turn = this.#dealer.turn;
    bar[OPEN] = open;
    bar[HIGH] = candles.high[at]!;
    bar[LOW] = candles.low[at]!;
    bar[CLOSE] = candles.close[at]!;
    bar[VOLUME] = candles.volume[at]!;
    bar[OPEN_MS] = candles.openMs[at]!;
    bar[CLOSE_MS] = candles.openMs[at]! + lengthMs;
    return meeting;
  }

  #charge(atMs: number, leg: number, amountUsd: number, rate: number, price: number): void {
    this.accounts.fund(leg, amountUsd);
    if (this.#lines.isInstant) this.#sink.onFunding(atMs, leg, amountUsd, rate, price);
    else {
      this.#counter.answer(
        leg,
        (tsMs) => this.#sink.onFunding(tsMs, leg, amountUsd, rate, price),
        atMs,
      );
    }
  }
}
