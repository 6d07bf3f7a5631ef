// The decision at a close: ask, agree, rank, and let risk make orders.
//
//   by vote     every agent votes on every leg; a consensus above the threshold is a candidate
//   by target   one strategy sets a target exposure; a new target is a candidate
//
// All legs are asked before anything is sized; candidates then take capital in order of score, ties
// by leg, so the order in which legs are listed decides nothing else.

import type { Ballots } from '../agents/ballots.ts';
import { Consensus, type Poll } from '../agents/consensus.ts';
import type { Seat } from '../agents/seat.ts';
import type { DecisionConfig } from '../config/schema.ts';
import type { Panel } from '../market/panel.ts';
import type { Portfolio } from '../portfolio/portfolio.ts';
import { UNDECIDED } from '../portfolio/trade.ts';
import type { RiskGate } from '../risk/gate.ts';
import type { RefusalCode } from '../risk/refusal.ts';
import type { RiskRules } from '../risk/rules.ts';
import { stopDistance } from '../risk/stop-distance.ts';
import { Behind, type Candidate, Candidates, decisionOf, targetPriceOf } from './candidates.ts';
import type { Desk } from './desk.ts';
import type { Entries, Wanted } from './entries.ts';
import { Holdings } from './holdings.ts';
import { LeftTargets } from './left-targets.ts';
import type { MutablePortfolioView } from './portfolio-view.ts';
import type { Routing } from './routing.ts';

export interface DeciderParts {
  readonly panel: Panel;
  readonly portfolio: Portfolio;
  readonly decision: DecisionConfig;
  readonly seats: readonly Seat[];
  readonly view: MutablePortfolioView;
  readonly desk: Desk;
  readonly routing: Routing;
  readonly entries: Entries;
  readonly gate: RiskGate;
  readonly rules: RiskRules;
  /** ATR of each leg for the attached stop; null when it is off. */
  readonly atr: readonly (Float64Array | null)[];
  /** Candles each leg has shown since its listing or its last long hole. */
  readonly warm: Int32Array;
  /** Polls that are counted already; null = agents are asked. */
  readonly ballots: Ballots | null;
}

export class Decider {
  readonly funnel = { candles: 0, votes: 0, undecided: 0, agreed: 0, passedRisk: 0, filled: 0 };
  /** Of each leg: what its last entry and exit were decided on. */
  readonly behind: Behind;
  readonly #parts: DeciderParts;
  readonly #closes: readonly Float64Array[];
  readonly #warm: Int32Array;
  /** The legs that are decided on: those of the primary venue. */
  readonly primaries: Int32Array;
  readonly #holdings: Holdings;
  /** Some strategy names a price to wait for. */
  readonly #asksPrice: boolean;
  readonly #wanted: Wanted = {
    leg: 0,
    side: 1,
    fraction: 0.5,
    score: 0.5,
    distance: 0.5,
    targetPrice: 0.5,
    row: 0,
    nowMs: 0.5,
    freedUsd: 0.5,
    addsTo: -1,
  };
  /** The voters together. */
  readonly consensus: Consensus;
  readonly #first: Seat;
  readonly #vetoes: boolean;
  readonly #readsPortfolio: boolean;
  readonly #lastTarget: Float64Array;
  readonly #left: LeftTargets;
  #word = '';
  /** Somebody may end a position at any close. */
  readonly vetoesHolding: boolean;
  /** The one strategy wanted nothing new at the last close that it was asked at. */
  isQuiet = false;
  /** The row that was decided on last, and what it added to the funnel's votes. */
  askedRow = -1;
  #spoke = 0;
  readonly #candidates: Candidates;

  constructor(parts: DeciderParts) {
    const { seats, decision, desk, panel } = parts;
    this.#parts = parts;
    this.#closes = panel.legs.map((leg) => leg.candles.close);
    this.#warm = parts.warm;
    this.primaries = parts.routing.primaries;
    this.#holdings = new Holdings(parts);
    this.#asksPrice = seats.some((seat) => seat.strategy.targetPrice);
    this.#first = seats[0]!;
    const { admits } = parts.rules;
    const { ballots } = parts;
    this.consensus = new Consensus(seats, decision.consensus, desk.decisions, admits, ballots);
    this.#vetoes = seats.some((seat) => seat.strategy.veto || seat.strategy.vetoHolding);
    this.vetoesHolding = seats.some((seat) => seat.strategy.vetoHolding);
    this.#readsPortfolio = seats.some((seat) => seat.strategy.reads === 'portfolio');
    this.#candidates = new Candidates(seats.length);
    this.#lastTarget = new Float64Array(panel.legs.length);
    this.#left = new LeftTargets(panel.legs.length);
    this.behind = new Behind(parts.routing.markets);
  }

  /** Every agent votes on every leg that has a candle in row `i`. */
  byVote(i: number): void {
    const closes = this.#closes;
    const { funnel, consensus } = this;
    this.askedRow = i;
    let count = 0;
    const primaries = this.primaries;
    for (let k = 0; k < primaries.length; k++) {
      const leg = primaries[k]!;
      const close = closes[leg]![i]!;
      if (close !== close) continue;
      funnel.candles++;
      if (this.#readsPortfolio) this.#show(leg);
      consensus.poll(leg, i, this.#warm[leg]!);
      if (this.#vetoes && !this.#isStale && this.#vetoesHolding(leg, i)) continue;
      if (consensus.spoke) funnel.votes++;
      if (consensus.undecided) funnel.undecided++;
      if (!consensus.agreed) continue;
      funnel.agreed++;
      const candidate = this.#candidates.nominate(
        count++,
        leg,
        consensus.side,
        consensus.score,
        Number.NaN,
      );
      candidate.votes.set(consensus.votes);
    }
    if (count === 0 || this.#leaves(count)) return;
    this.#rank(count);
    const nowMs = this.#closeMs(i);
    for (let k = 0; k < count; k++) this.#actOnVote(this.#candidates.at(k), i, nowMs);
  }

  /** The one strategy is asked for a target exposure on every leg that has a candle in row `i`. */
  byTarget(i: number): void {
    const closes = this.#closes;
    const seat = this.#first;
    const left = this.#left;
    const { funnel } = this;
    const { votes } = funnel;
    this.askedRow = i;
    let count = 0;
    const primaries = this.primaries;
    for (let k = 0; k < primaries.length; k++) {
      const leg = primaries[k]!;
      const close = closes[leg]![i]!;
      if (close !== close) continue;
      funnel.candles++;
      if (this.#warm[leg]! < seat.warmupCandles) continue;
      const said = seat.decide(leg, i);
      if (said !== undefined && said !== 0) funnel.votes++;
      const target = left.isEmpty ? said : left.take(leg, said, this.#isStale);
      if (target === undefined) continue;
      if (target === this.#lastTarget[leg]) continue;
      funnel.agreed++;
      const { decisions } = this.#parts.desk;
      decisions.number(leg);
      decisions.number(i);
      decisions.number(target);
      const side = target > 0 ? 1 : target < 0 ? -1 : 0;
      this.#candidates.nominate(count++, leg, side, Math.abs(target), target);
    }
    this.isQuiet = count === 0 && left.isEmpty;
    this.#spoke = funnel.votes - votes;
    if (count === 0 || this.#leaves(count)) return;
    this.#rank(count);
    const nowMs = this.#closeMs(i);
    for (let k = 0; k < count; k++) this.#actOnTarget(this.#candidates.at(k), i, nowMs);
  }

  /** Counts `rows` more closes like the last one, at which the one strategy says the same. */
  repeat(rows: number): void {
    const { funnel, askedRow } = this;
    funnel.votes += rows * this.#spoke;
    for (const leg of this.primaries) {
      const close = this.#closes[leg]![askedRow]!;
      if (close === close) funnel.candles += rows;
    }
  }

  /** True when somebody no longer stands for a position at row `i`; nothing is done about it. */
  endsHolding(i: number): boolean {
    for (const leg of this.primaries) {
      const close = this.#closes[leg]![i]!;
      if (close === close && this.#whoEnds(leg, i) !== null) return true;
    }
    return false;
  }

  /** An entry came to nothing: the same target counts as a new one next time. */
  forgetTarget(leg: number): void {
    // While something is held 0 is a target like any other, and must be new as well.
    const { primary } = this.#parts.panel.legs[leg]!;
    this.#lastTarget[primary] = this.#holdings.heldAt(primary) < 0 ? 0 : Number.NaN;
  }

  /** What agents last said on a leg, and the exposure wanted there; NaN = to be asked anew. */
  lastPoll(leg: number): Poll | null {
    return this.consensus.lastPoll(leg);
  }

  lastTarget(leg: number): number {
    return this.#lastTarget[leg]!;
  }

  get #isStale(): boolean {
    return this.#parts.gate.barred === 'stale-data';
  }

  /** On old data nobody acts, not even to close: a vote is forgotten, a target waits for a fresh close. */
  #leaves(count: number): boolean {
    if (!this.#isStale) return false;
    for (let k = 0; k < count; k++) {
      const { leg, target } = this.#candidates.at(k);
      this.#parts.desk.refuse(leg, 'stale-data');
      this.forgetTarget(leg);
      this.#left.leave(leg, target);
    }
    return true;
  }

  #actOnVote(candidate: Candidate, i: number, nowMs: number): void {
    const { leg, side } = candidate;
    const { desk } = this.#parts;
    const held = this.#holdings.held(leg);
    if (this.#holdings.isBusy(leg, side)) {
      desk.refuse(leg, 'order-pending');
    } else if (held !== 0 && held > 0 === side > 0) {
      desk.refuse(leg, 'already-in-position');
    } else if (held !== 0) {
      // An opposite score ends the position; entering the other way takes a decision of its own,
      // sized on the account as it is after the close.
      this.funnel.passedRisk++;
      this.#exit(candidate, i, nowMs, true);
    } else {
      this.#enter(candidate, Number.NaN, i, nowMs, 0);
    }
  }

  #actOnTarget(candidate: Candidate, i: number, nowMs: number): void {
    const { leg, side, target } = candidate;
    const { portfolio, desk, gate } = this.#parts;
    const held = this.#holdings.held(leg);
    if (this.#holdings.isBusy(leg, side)) {
      desk.refuse(leg, 'order-pending');
      this.#left.leave(leg, target);
    } else if (side === 0) {
      this.#lastTarget[leg] = 0;
      if (held === 0) return;
      this.funnel.passedRisk++;
      this.#exit(candidate, i, nowMs, true);
    } else if (held === 0) {
      this.#enter(candidate, Math.abs(target), i, nowMs, 0);
    } else if (held > 0 !== side > 0) {
      const freedUsd = this.#holdings.notionalUsd(leg);
      this.#exit(candidate, i, nowMs, false);
      this.#enter(candidate, Math.abs(target), i, nowMs, freedUsd);
    } else {
      const wanted = Math.min(Math.abs(target), gate.positionCap(leg));
      const excessUsd = this.#holdings.notionalUsd(leg) - wanted * portfolio.equityUsd;
      if (excessUsd < 0) this.#enter(candidate, -excessUsd / portfolio.equityUsd, i, nowMs, 0);
      else this.#reduce(candidate, excessUsd, nowMs);
    }
  }

  /** Sells off part of a position; less than a lot is left alone. */
  #reduce(candidate: Candidate, excessUsd: number, nowMs: number): void {
    const { target } = candidate;
    const { portfolio, desk, gate } = this.#parts;
    this.#lastTarget[candidate.leg] = target;
    const leg = this.#holdings.heldAt(candidate.leg);
    const price = portfolio.lastPrice[leg]!;
    const order = gate.reduction(leg, excessUsd / price, price, nowMs, 'signal');
    if (order === null) return;
    this.funnel.passedRisk++;
    desk.submit(order);
  }

  /**
   * `fraction` of equity is what a target wants; where agents voted it is NaN and the sizing rule is
   * asked. `freedUsd`: notional that a close decided together with this entry gives back.
   */
  #enter(candidate: Candidate, fraction: number, i: number, nowMs: number, freedUsd: number): void {
    const { leg } = candidate;
    const side = candidate.side as 1 | -1;
    const { portfolio, desk, decision, atr, entries } = this.#parts;
    const price = portfolio.lastPrice[leg]!;
    const distance = stopDistance(decision.risk, atr[leg]?.[i] ?? Number.NaN, price);
    let refusal = this.#vetoes ? this.#vetoed(leg, side, i) : null;
    if (refusal === null && distance !== distance) refusal = 'stop-not-ready';
    const addsTo = freedUsd > 0 ? -1 : this.#holdings.heldAt(leg);
    if (refusal === null) {
      const before = this.behind.entry[leg]!;
      if (addsTo < 0) this.behind.enters(leg, decisionOf(candidate, this.#parts.seats, i));
      const wanted = this.#wanted;
      wanted.leg = leg;
      wanted.side = side;
      wanted.fraction = fraction;
      wanted.score = candidate.score;
      wanted.distance = distance;
      wanted.targetPrice = this.#asksPrice
        ? targetPriceOf(candidate, this.#parts.seats, i)
        : Number.NaN;
      wanted.row = i;
      wanted.nowMs = nowMs;
      wanted.freedUsd = freedUsd;
      wanted.addsTo = addsTo;
      refusal = entries.enter(wanted);
      if (refusal !== null) this.behind.enters(leg, before);
    }
    if (refusal !== null) {
      desk.refuse(leg, refusal);
      this.forgetTarget(leg);
      return;
    }
    this.funnel.passedRisk++;
    this.#lastTarget[leg] = candidate.target;
  }

  #exit(candidate: Candidate, i: number, nowMs: number, counts: boolean): void {
    const { leg } = candidate;
    this.behind.exits(leg, decisionOf(candidate, this.#parts.seats, i));
    this.#holdings.exit(leg, 'signal', nowMs, counts);
  }

  #vetoed(leg: number, side: 1 | -1, i: number): RefusalCode | null {
    const { seats, view, warm } = this.#parts;
    this.#show(leg);
    for (const seat of seats) {
      if (!seat.strategy.veto) continue;
      // Fails closed: who cannot see yet does not wave an entry through.
      const isWarm = warm[leg]! >= seat.warmupCandles;
      const code = isWarm ? seat.veto(leg, i, view, side) : 'warming-up';
      if (code === null) continue;
      seat.vetoes++;
      return `veto-${code}`;
    }
    return null;
  }

  /** Shows an agent the account as it is for a market: where it holds something, if it does. */
  #show(leg: number): void {
    const { portfolio, view } = this.#parts;
    const at = this.#holdings.heldAt(leg);
    view.show(portfolio, at < 0 ? leg : at);
  }

  /** Closes a position that an agent no longer stands for; true when it did. */
  #vetoesHolding(leg: number, i: number): boolean {
    const seat = this.#whoEnds(leg, i);
    if (seat === null) return false;
    seat.vetoes++;
    this.#parts.desk.refuse(leg, `veto-${this.#word}`);
    this.behind.exits(leg, { ...UNDECIDED, row: i, reasons: { [seat.id]: this.#word } });
    this.#holdings.exit(leg, 'veto', this.#closeMs(i), false);
    return true;
  }

  /** The first agent that no longer stands for the position of a leg; its word is then in `#word`. */
  #whoEnds(leg: number, i: number): Seat | null {
    const { seats, view, warm, desk } = this.#parts;
    const at = this.#holdings.heldAt(leg);
    if (at < 0 || desk.isClosing(at)) return null;
    this.#show(leg);
    for (const seat of seats) {
      if (!seat.strategy.vetoHolding || warm[leg]! < seat.warmupCandles) continue;
      const word = seat.vetoHolding(leg, i, view);
      if (word === null) continue;
      this.#word = word;
      return seat;
    }
    return null;
  }

  #closeMs(i: number): number {
    const { panel } = this.#parts;
    return panel.openMs[i]! + panel.intervalMs;
  }

  /** Best score first; capital in flight is set aside. */
  #rank(count: number): void {
    this.#candidates.rank(count);
    const { desk, rules } = this.#parts;
    desk.reserveInFlight();
    if (rules.correlates) rules.forgetAnswered((leg) => desk.isWaiting(leg));
  }
}
