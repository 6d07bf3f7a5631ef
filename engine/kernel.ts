// The decision kernel: one event in, intents out. Backtest, paper, live and replay feed this one.
//
//   candle, row-closed, funding, fills  ->  [ mark -> stops -> ask -> agree -> risk ]  ->  tray
//
// It never calls out, never waits and does not know the time but from events. Two doors lead to the
// same methods: `onRow(i)`, `onFill(...)` with plain numbers, and `apply(event)`. The order inside
// one candle is written in engine/README.md; a hole is never decided on.

import { Seat } from './agents/seat.ts';
import { assert } from './errors.ts';
import type { Command, Event } from './event.ts';
import { isProtection, isTriggered, moveOrder } from './execution/order.ts';
import { intervalOr } from './interval.ts';
import { Booking } from './kernel/booking.ts';
import { Decider } from './kernel/decide.ts';
import { Desk } from './kernel/desk.ts';
import { EventDoor } from './kernel/door.ts';
import { Entries } from './kernel/entries.ts';
import type { KernelOptions } from './kernel/options.ts';
import { MutablePortfolioView } from './kernel/portfolio-view.ts';
import { Relief } from './kernel/relief.ts';
import { Routing } from './kernel/routing.ts';
import { Standing } from './kernel/standing.ts';
import { Stir } from './kernel/stir.ts';
import type { Tray } from './kernel/tray.ts';
import { Unordered } from './kernel/unordered.ts';
import type { Panel } from './market/panel.ts';
import { FillLog } from './portfolio/fill-log.ts';
import { Portfolio } from './portfolio/portfolio.ts';
import { TradeLog } from './portfolio/trade-log.ts';
import { RiskGate } from './risk/gate.ts';
import type { RefusalCode } from './risk/refusal.ts';
import { RiskRules } from './risk/rules.ts';
import { atrColumns } from './risk/stop-distance.ts';

export class Kernel {
  readonly panel: Panel;
  readonly portfolio: Portfolio;
  readonly seats: readonly Seat[];
  readonly trades: TradeLog;
  readonly desk: Desk;
  readonly routing: Routing;
  readonly decider: Decider;
  readonly fills = new FillLog();
  /** Equity at the close of each row. */
  readonly equityUsd: Float64Array;
  /** Funding as it was booked: leg, row, amount, three numbers each. */
  readonly fundingLog: number[] = [];
  rowsInMarket = 0;
  liquidations = 0;
  /** Whether it may act: halted, paused by a person, or on data too old to be traded on. */
  readonly standing: Standing;

  readonly #solo: boolean;
  readonly #firstRow: number;
  readonly #quiet: Int32Array | null;
  readonly #decisionMs: number;
  /** The candles decided on are the base candles. */
  readonly #everyRow: boolean;
  readonly #rules: RiskRules;
  readonly #booking: Booking;
  readonly #unordered: Unordered;
  readonly #stir = new Stir();
  readonly #relief: Relief;
  readonly #closes: readonly Float64Array[];
  readonly #warm: Int32Array;
  readonly #entries: Entries;
  readonly #nextReset: Int32Array;
  readonly #door: EventDoor;
  #nowMs = 0;
  #row = 0;

  constructor(options: KernelOptions) {
    const { panel, decision, cashUsd, seed } = options;
    const legs = panel.legs.length;
    this.panel = panel;
    this.#door = new EventDoor(this);
    this.#solo = options.solo;
    this.#firstRow = options.firstRow;
    this.#decisionMs = intervalOr(decision.interval, panel.intervalMs);
    this.#everyRow = this.#decisionMs === panel.intervalMs;
    assert(this.#decisionMs % panel.intervalMs === 0, 'decisions fall on closes of base candles');
    const instruments = panel.legs.map((leg) => leg.instrument);
    const portfolio = new Portfolio(instruments, cashUsd, options.elsewhereUsd);
    const view = new MutablePortfolioView();
    const { execution, risk: config } = decision;
    const seatIds = options.seats.map((seat) => seat.id);
    const decisionMs = this.#decisionMs;
    const rules = new RiskRules({ config, panel, portfolio, decisionMs, seatIds, seed });
    this.#rules = rules;
    // A bandit that chooses agents draws at every poll: no row may be passed over.
    this.#quiet = rules.admits === null ? (options.quiet ?? null) : null;
    const gate = new RiskGate(config, portfolio, instruments, rules);
    this.portfolio = portfolio;
    this.seats = options.seats.map((seat) => new Seat(panel, this.#decisionMs, seat, view));
    this.trades = new TradeLog(instruments);
    if (rules.watches) this.#stir.count++;
    const routing = new Routing(panel, decision.execution, this.#stir);
    this.routing = routing;
    this.desk = new Desk(panel, portfolio, gate, decision, routing, this.#stir, options.seed);
    this.#closes = panel.legs.map((leg) => leg.candles.close);
    this.#warm = new Int32Array(legs);
    this.#nextReset = new Int32Array(legs);
    this.equityUsd = new Float64Array(panel.capacity);
    const { seats, desk } = this;
    const entries = new Entries({ panel, portfolio, execution, gate, desk, routing });
    this.#entries = entries;
    const warm = this.#warm;
    const atrs = atrColumns(panel, decision.risk.atrStop, decisionMs);
    this.decider = new Decider({
      panel,
      portfolio,
      decision,
      seats,
      view,
      desk,
      routing,
      entries,
      gate,
      rules,
      atr: atrs,
      warm,
    });
    this.#booking = new Booking(this.trades, rules, this.decider.behind);
    const { decider, fills } = this;
    this.#unordered = new Unordered({ portfolio, desk, fills, booking: this.#booking });
    this.#relief = new Relief({ panel, portfolio, desk, gate, rules, decider });
    this.standing = new Standing({ portfolio, desk, gate, relief: this.#relief });
  }

  /** Rows closed so far; also the row that is being filled now. */
  get row(): number {
    return this.#row;
  }

  /** UTC ms of the newest event. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Intents left since they were last carried out and cleared by whoever drives. */
  get tray(): Tray {
    return this.desk.tray;
  }

  // ---- the first door: one method per event, plain numbers ------------------------------------

  /** Row `i` has closed: mark, move stops, decide. Intents are in the tray afterwards. */
  onRow(i: number): void {
    assert(i === this.#row, 'rows close in order');
    const { panel, portfolio } = this;
    const closeMs = panel.openMs[i]! + panel.intervalMs;
    this.#nowMs = closeMs;
    for (let leg = 0; leg < panel.legs.length; leg++) this.#see(leg, i);
    portfolio.mark();
    this.equityUsd[i] = portfolio.equityUsd;
    this.#rules.row = i;
    if (portfolio.openPositions > 0) {
      const { protection } = this.desk;
      this.rowsInMarket++;
      if (protection.trails && !this.standing.isStale) protection.followStops(i);
      if (protection.hasLadder && !this.standing.isStale) protection.layLadders(closeMs);
    }
    if (this.#stir.count > 0) this.#lookAround(i, closeMs);
    const { standing } = this;
    if (standing.isHalted || !(portfolio.equityUsd > 0)) standing.end(closeMs);
    if (i >= this.#firstRow && !standing.isHalted && this.#isDecisionTime(closeMs)) {
      if (this.#solo) this.decider.byTarget(i);
      else this.decider.byVote(i);
    }
    if (this.#stir.count > 0 && this.#rules.delevers && !this.standing.isStale)
      this.#relief.delever(i);
    this.#row = i + 1;
  }

  /**
   * The first row that has to be looked at, as long as the venue has nothing to say: until then
   * nobody wants anything new and nothing of ours follows the market.
   */
  get restsUntil(): number {
    const before = this.#row - 1;
    const { decider, standing } = this;
    if (this.#quiet === null || before < this.#firstRow || !decider.isQuiet) return this.#row;
    if (this.#stir.count > 0 || standing.isHalted || standing.isStale) return this.#row;
    const { trails, hasLadder } = this.desk.protection;
    const follows = trails || hasLadder || decider.vetoesHolding;
    return follows && this.portfolio.openPositions > 0 ? this.#row : this.#quiet[before]!;
  }

  /** Takes rows in up to `to` on which nothing happens but time; returns the next one to look at. */
  rest(to: number): number {
    const { panel, portfolio, equityUsd } = this;
    const legs = panel.legs.length;
    let decisions = 0;
    let i = this.#row;
    for (; i < to; i++) {
      for (let leg = 0; leg < legs; leg++) this.#see(leg, i);
      portfolio.mark();
      equityUsd[i] = portfolio.equityUsd;
      if (!(equityUsd[i]! > 0)) {
        this.#unsee(i);
        break;
      }
      if (portfolio.openPositions > 0) this.rowsInMarket++;
      if (this.#everyRow || this.#isDecisionTime(panel.openMs[i]! + panel.intervalMs)) decisions++;
    }
    this.decider.repeat(decisions);
    this.#nowMs = panel.openMs[i - 1]! + panel.intervalMs;
    this.#rules.row = i - 1;
    this.#row = i;
    return i;
  }

  /** An order we sent was filled. Signed `qty`; fee and slippage in USD. */
  onFill(
    tsMs: number,
    orderId: number,
    qty: number,
    price: number,
    feeUsd: number,
    slippageUsd: number,
    impactUsd: number,
    maker: 0 | 1,
    leavesQty: number,
  ): void {
    const { portfolio, desk, decider } = this;
    const order = desk.order(orderId);
    this.#advance(tsMs);
    const { leg, purpose } = order;
    const held = portfolio.positions[leg]!.qty;
    const realisedUsd = portfolio.fill(leg, qty, price, feeUsd, slippageUsd, impactUsd);
    if (order.counts && order.filledQty === 0) decider.funnel.filled++;
    order.filledQty += Math.abs(qty);
    if (!isProtection(purpose)) {
      desk.parents.filled(order, qty, price, feeUsd, slippageUsd, impactUsd);
    }
    moveOrder(order, leavesQty > 0 ? 'partly-filled' : 'filled');
    if (leavesQty > 0) desk.log.update(order);
    else desk.settle(order, this.#nowMs);
    if (purpose === 'entry') this.#entries.answered(order, this.#nowMs);
    const row = this.#row;
    this.fills.add(tsMs, row, leg, orderId, qty, price, feeUsd, slippageUsd, impactUsd, maker);
    this.#booking.fill(order, held, row, tsMs, qty, price, feeUsd, slippageUsd, realisedUsd);
    if (portfolio.positions[leg]!.qty === 0) {
      desk.protection.drop(leg);
      if (isProtection(purpose)) desk.cancelAdditions(leg, held > 0 ? 1 : -1);
    } else if (purpose === 'entry' && held === 0) desk.protection.protect(order, price, tsMs);
    else desk.protection.resize(order, qty, this.#nowMs);
  }

  /** The venue closed a position of ours, or a part of it, of its own accord. Signed `qty`. */
  onLiquidation(tsMs: number, leg: number, qty: number, price: number, feeUsd: number): void {
    this.#advance(tsMs);
    this.liquidations++;
    this.#unordered.fill('liquidation', this.#row, tsMs, leg, qty, price, feeUsd);
  }

  /** A position of ours was changed by somebody else, or by an order given up. Signed `qty`. */
  onExternalFill(tsMs: number, leg: number, qty: number, price: number, feeUsd: number): void {
    this.#advance(tsMs);
    this.#unordered.fill('external', this.#row, tsMs, leg, qty, price, feeUsd);
  }

  /** Funding was booked on a leg: positive = received, USD. */
  onFunding(tsMs: number, leg: number, amountUsd: number): void {
    this.#advance(tsMs);
    this.portfolio.fund(leg, amountUsd);
    this.trades.fund(leg, amountUsd);
    this.fundingLog.push(leg, this.#row, amountUsd);
  }

  /** What the market says has become too old to be traded on, or is fresh again. */
  onFeedHealth(tsMs: number, stale: boolean): void {
    this.#advance(tsMs);
    this.standing.age(stale);
  }

  /** A person's word. */
  onCommand(tsMs: number, command: Command): void {
    this.#advance(tsMs);
    this.standing.obey(command, this.#nowMs);
  }

  onCancel(tsMs: number, orderId: number): void {
    this.#advance(tsMs);
    const order = this.desk.order(orderId);
    moveOrder(order, 'cancelled');
    this.desk.settle(order, this.#nowMs);
    if (order.purpose === 'entry') this.#entries.answered(order, this.#nowMs);
  }

  /** Its time was over, or what was left of it was taken back. */
  onExpire(tsMs: number, orderId: number): void {
    this.#advance(tsMs);
    const order = this.desk.order(orderId);
    moveOrder(order, 'expired');
    this.desk.settle(order, this.#nowMs);
    if (order.purpose === 'entry') this.#entries.answered(order, this.#nowMs);
    if (order.purpose === 'entry' && order.filledQty === 0) this.decider.forgetTarget(order.leg);
  }

  /** No answer came in time: what it wanted stays reserved until its fate is known. */
  onUnknown(tsMs: number, orderId: number): void {
    this.#advance(tsMs);
    const order = this.desk.order(orderId);
    moveOrder(order, 'unknown');
    this.routing.unknown(order, this.#nowMs);
  }

  onAccept(tsMs: number, orderId: number): void {
    this.#advance(tsMs);
    const order = this.desk.order(orderId);
    moveOrder(order, 'open');
    if (order.purpose === 'entry') this.#entries.answered(order, this.#nowMs);
  }

  onAmend(tsMs: number, orderId: number, qty: number, price: number): void {
    this.#advance(tsMs);
    const order = this.desk.order(orderId);
    order.qty = qty;
    if (price === price) {
      if (isTriggered(order.type)) order.triggerPrice = price;
      else order.terms = { ...order.terms, limitPrice: price };
    }
    this.desk.log.update(order);
  }

  /** What a probe of a venue found. */
  onProbe(tsMs: number, venue: number, ok: boolean): void {
    this.#advance(tsMs);
    this.routing.probed(venue, ok, this.#nowMs);
  }

  onReject(tsMs: number, orderId: number, code: RefusalCode): void {
    this.#advance(tsMs);
    const order = this.desk.order(orderId);
    moveOrder(order, 'rejected');
    this.desk.refusals.add(code);
    this.desk.settle(order, this.#nowMs);
    if (order.purpose !== 'entry') return;
    if (!this.#entries.reroute(order, code, this.#nowMs)) this.decider.forgetTarget(order.leg);
  }

  // ---- the second door ------------------------------------------------------------------------

  /** Unpacks an event and calls the method above that the backtest loop calls. */
  apply(event: Event): void {
    this.#door.apply(event);
  }

  // ---- inside ---------------------------------------------------------------------------------

  /** A whole quotient and not `%`: a remainder of doubles costs more than the rest of a row. */
  #isDecisionTime(closeMs: number): boolean {
    if (this.#everyRow) return true;
    const cycles = closeMs / this.#decisionMs;
    return Math.floor(cycles) === cycles;
  }

  /** Takes in one leg's candle of row `i`: features, last price, warm-up. A hole changes nothing. */
  #see(leg: number, i: number): void {
    const { features } = this.panel.legs[leg]!;
    if (features.filled <= i) features.advance(i + 1);
    const close = this.#closes[leg]![i]!;
    if (close !== close) return;
    this.portfolio.lastPrice[leg] = close;
    if (this.#nextReset[leg]! < features.resets.length) this.#forget(leg, i);
    this.#warm[leg]!++;
  }

  /** Row `i` is going to be looked at in full after all. */
  #unsee(i: number): void {
    for (let leg = 0; leg < this.#closes.length; leg++) {
      const close = this.#closes[leg]![i]!;
      if (close === close) this.#warm[leg]!--;
    }
  }

  /** Warms up again where the indicators were started afresh. */
  #forget(leg: number, i: number): void {
    const { resets } = this.panel.legs[leg]!.features;
    let next = this.#nextReset[leg]!;
    if (resets[next]! > i) return;
    while (next < resets.length && resets[next]! <= i) next++;
    this.#nextReset[leg] = next;
    this.#warm[leg] = 0;
  }

  /** Whatever watches, works or waits at this close. Apart from `onRow`, which must stay small. */
  #lookAround(i: number, closeMs: number): void {
    const { parents, tray } = this.desk;
    if (this.#rules.watches && this.#rules.onClose(i, closeMs)) this.#relief.takeBackEntries();
    if (parents.active > 0 && !this.standing.isStale) parents.work(closeMs);
    if (this.routing.isTroubled) this.routing.probe(closeMs, tray);
  }

  #advance(tsMs: number): void {
    if (tsMs > this.#nowMs) this.#nowMs = tsMs;
  }
}
