// The decision kernel: one event in, intents out. Backtest, paper, live and replay feed this one.
//
//   candle, row-closed, funding, fills  ->  [ mark -> stops -> ask -> agree -> risk ]  ->  tray
//
// It never calls out, never waits and does not know the time but from events. Two doors lead to the
// same methods: `onRow(i)`, `onFill(...)` with plain numbers, and `apply(event)`. The order inside
// one candle is written in engine/README.md; a hole is never decided on.

import { isDecision } from './agents/asked-rows.ts';
import type { Learning } from './agents/learning.ts';
import type { Reply } from './agents/question.ts';
import { Seat } from './agents/seat.ts';
import { VoteSpans } from './agents/vote-spans.ts';
import { assert } from './errors.ts';
import type { Command, Event } from './event.ts';
import { isProtection, isTriggered, moveOrder } from './execution/order.ts';
import { intervalOr } from './interval.ts';
import { Booking } from './kernel/booking.ts';
import { Decider } from './kernel/decide.ts';
import { Desk } from './kernel/desk.ts';
import { EventDoor } from './kernel/door.ts';
import { Entries } from './kernel/entries.ts';
import { learnedIn } from './kernel/learned.ts';
import type { KernelOptions } from './kernel/options.ts';
import { MutablePortfolioView } from './kernel/portfolio-view.ts';
import { Relief } from './kernel/relief.ts';
import { Rest } from './kernel/rest.ts';
import { Routing } from './kernel/routing.ts';
import { Sight } from './kernel/sight.ts';
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
  readonly fills: FillLog;
  /** What is learned from closed trades; null = nothing is. */
  readonly learning: Learning | null;
  /** Equity at the close of each row. */
  readonly equityUsd: Float64Array;
  /** Funding as it was booked: leg, row, amount, three numbers each. */
  readonly fundingLog: number[] = [];
  /** Replies of models by question, on their way into `onModelReply`. */
  readonly replies = new Map<number, Reply>();
  rowsInMarket = 0;
  liquidations = 0;
  /** What was said, for people; null where nobody asked for it. */
  readonly voteSpans: VoteSpans | null;
  /** Whether it may act: halted, paused by a person, or on data too old to be traded on. */
  readonly standing: Standing;

  readonly #solo: boolean;
  readonly #firstRow: number;
  readonly #decisionMs: number;
  readonly #rules: RiskRules;
  readonly #booking: Booking;
  readonly #unordered: Unordered;
  readonly #stir = new Stir();
  readonly #relief: Relief;
  readonly #sight: Sight;
  /** Null where what is said is not known before the run. */
  readonly #rest: Rest | null;
  readonly #entries: Entries;
  readonly #door: EventDoor;
  #nowMs = 0;
  #row = 0;

  constructor(options: KernelOptions) {
    const { panel, decision, cashUsd, seed, room } = options;
    this.panel = panel;
    this.#door = new EventDoor(this);
    this.#solo = options.solo;
    this.#firstRow = options.firstRow;
    this.#decisionMs = intervalOr(decision.interval, panel.intervalMs);
    assert(this.#decisionMs % panel.intervalMs === 0, 'decisions fall on closes of base candles');
    const instruments = panel.legs.map((leg) => leg.instrument);
    const portfolio = new Portfolio(instruments, cashUsd, options.elsewhereUsd);
    const view = new MutablePortfolioView();
    const { execution, risk: config } = decision;
    const seatIds = options.seats.map((seat) => seat.id);
    const decisionMs = this.#decisionMs;
    const rules = new RiskRules({ config, panel, portfolio, decisionMs, seatIds, seed });
    this.#rules = rules;
    const gate = new RiskGate(config, portfolio, instruments, rules);
    this.portfolio = portfolio;
    this.seats = options.seats.map((seat) => new Seat(panel, this.#decisionMs, seat, view));
    this.trades = new TradeLog(instruments, room);
    this.fills = new FillLog(room);
    if (rules.watches) this.#stir.count++;
    const routing = new Routing(panel, decision.execution, this.#stir);
    this.routing = routing;
    this.desk = new Desk(panel, portfolio, gate, decision, routing, this.#stir, seed, room);
    this.#sight = new Sight(panel, portfolio.lastPrice);
    this.equityUsd = room?.column(panel.capacity) ?? new Float64Array(panel.capacity);
    const { seats, desk } = this;
    const entries = new Entries({ panel, portfolio, execution, gate, desk, routing });
    this.#entries = entries;
    const { warm } = this.#sight;
    // A bandit that chooses agents draws at every poll: they are asked one by one.
    const ballots = rules.admits === null ? (options.ballots ?? null) : null;
    const { voteSpanMs, firstRow } = options;
    this.voteSpans = voteSpanMs ? new VoteSpans(panel, seats.length, voteSpanMs, firstRow) : null;
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
      ballots,
      voteSpans: this.voteSpans,
      decisionMs,
    });
    const taught = { options, decisionMs, seats, desk, rules, portfolio, routing };
    this.learning = learnedIn({ ...taught, decider: this.decider });
    this.#booking = new Booking(this.trades, rules, this.decider.actor.behind, this.learning);
    const { decider, equityUsd, fills } = this;
    this.#unordered = new Unordered({ portfolio, desk, fills, booking: this.#booking });
    const stirs = options.solo ? (options.seats[0]!.targets?.stirs ?? null) : null;
    const sight = this.#sight;
    const { primaries, hasFallbacks } = routing;
    const isAlone = primaries.length === 1 && !hasFallbacks && !rules.correlates;
    const only = isAlone ? primaries[0]! : -1;
    // What agents that learn agree on is worked out ahead where it is about one leg alone.
    const isKnown = ballots !== null && (this.learning === null || isAlone);
    this.#rest =
      !isKnown && stirs === null
        ? null
        : new Rest({ panel, portfolio, decider, desk, sight, decisionMs, equityUsd, stirs, only });
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
    this.#advance(closeMs);
    this.#sight.seeRow(i);
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
    if (i >= this.#firstRow && !standing.isHalted && isDecision(panel, i, this.#decisionMs)) {
      if (this.#solo) this.decider.byTarget(i);
      else this.decider.byVote(i);
    }
    if (this.#stir.count > 0 && this.#rules.delevers && !this.standing.isStale)
      this.#relief.delever(i);
    this.#row = i + 1;
  }

  /** What is said is known before the run: `restsUntil` and `rest` may be used. */
  get mayRest(): boolean {
    return this.#rest !== null;
  }

  /** The first row that has to be looked at in full, as long as the venue has nothing to say. */
  get restsUntil(): number {
    const row = this.#row;
    const { standing } = this;
    const rests = this.#rest !== null && row > this.#firstRow && this.#stir.count === 0;
    return rests && !standing.isHalted && !standing.isStale ? this.#rest!.until(row) : row;
  }

  /** Takes rows in up to `to` on which nothing happens but time; returns the next one to look at. */
  rest(to: number): number {
    const row = this.#row;
    const end = this.#rest!.take(row, to);
    if (end === row) return row;
    if (this.portfolio.openPositions > 0) this.rowsInMarket += end - row;
    this.#nowMs = this.panel.openMs[end - 1]! + this.panel.intervalMs;
    this.#rules.row = end - 1;
    this.#row = end;
    return end;
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
    } else desk.protection.follow(order, held, qty, price, tsMs, this.#nowMs);
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
    if (order.purpose === 'entry' && order.filledQty === 0)
      this.decider.actor.forgetTarget(order.leg);
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

  /** A model answered a question, or failed to: what it said is in `replies`. */
  onModelReply(tsMs: number, id: number): void {
    this.#advance(tsMs);
    const reply = this.replies.get(id);
    assert(reply !== undefined, 'a reply is laid out before it is told');
    this.replies.delete(id);
    this.#hear(id, reply);
  }

  /** The time for an answer is over. */
  onModelDeadline(tsMs: number, id: number): void {
    this.#advance(tsMs);
    this.#hear(id, null);
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
    if (!this.#entries.reroute(order, code, this.#nowMs))
      this.decider.actor.forgetTarget(order.leg);
  }

  // ---- the second door ------------------------------------------------------------------------

  /** Unpacks an event and calls the method above that the backtest loop calls. */
  apply(event: Event): void {
    this.#door.apply(event);
  }

  // ---- inside ---------------------------------------------------------------------------------

  #hear(id: number, reply: Reply | null): void {
    const { parking } = this.decider;
    if (this.standing.isHalted) parking?.giveUpAll('halted', this.#nowMs);
    parking?.hear(id, reply, this.#nowMs);
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
