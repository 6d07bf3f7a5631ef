// The decision at a close: ask, agree, rank, and let risk make orders.
//
//   by vote     every agent votes on every leg; a consensus above the threshold is a candidate
//   by target   one strategy sets a target exposure; a new target is a candidate
//
// All legs are asked before anything is sized; candidates then take capital in order of score, ties
// by leg, so the order in which legs are listed decides nothing else.

import { decisionsIn } from '../agents/asked-rows.ts';
import type { Ballots } from '../agents/ballots.ts';
import { Consensus, type Poll } from '../agents/consensus.ts';
import type { Hearing } from '../agents/hearing.ts';
import type { Seat } from '../agents/seat.ts';
import type { VoteSpans } from '../agents/vote-spans.ts';
import type { DecisionConfig } from '../config/schema.ts';
import type { Panel } from '../market/panel.ts';
import type { Portfolio } from '../portfolio/portfolio.ts';
import type { RiskGate } from '../risk/gate.ts';
import type { RiskRules } from '../risk/rules.ts';
import { Actor } from './act.ts';
import { Asking } from './asking.ts';
import { Candidates } from './candidates.ts';
import type { Desk } from './desk.ts';
import type { Entries } from './entries.ts';
import { Holdings } from './holdings.ts';
import { Parking } from './parking.ts';
import type { MutablePortfolioView } from './portfolio-view.ts';
import type { Routing } from './routing.ts';
import { Vetoes } from './vetoes.ts';

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
  readonly ballots: Ballots | Hearing | null;
  /** Where votes and targets are put down for people; null = nowhere. */
  readonly voteSpans: VoteSpans | null;
  /** ms between closes that are decided on. */
  readonly decisionMs: number;
}

/** How many decisions came how far; see `Funnel` of a result. */
export interface Funnel {
  candles: number;
  votes: number;
  undecided: number;
  agreed: number;
  passedRisk: number;
  filled: number;
}

export class Decider {
  readonly funnel: Funnel = {
    candles: 0,
    votes: 0,
    undecided: 0,
    agreed: 0,
    passedRisk: 0,
    filled: 0,
  };
  /** What comes of candidates. */
  readonly actor: Actor;
  readonly #parts: DeciderParts;
  readonly #closes: readonly Float64Array[];
  readonly #warm: Int32Array;
  /** The legs that are decided on: those of the primary venue. */
  readonly primaries: Int32Array;
  /** The voters together. */
  readonly consensus: Consensus;
  readonly #first: Seat;
  readonly #vetoes: Vetoes;
  readonly #readsPortfolio: boolean;
  /** Somebody may end a position at any close. */
  readonly vetoesHolding: boolean;
  /** The row that was decided on last. */
  askedRow = -1;
  readonly #candidates: Candidates;
  /** Decisions that wait for models; null where nobody asks one. */
  readonly parking: Parking | null;

  constructor(parts: DeciderParts) {
    const { seats, decision, desk, panel } = parts;
    this.#parts = parts;
    this.#closes = panel.legs.map((leg) => leg.candles.close);
    this.#warm = parts.warm;
    this.primaries = parts.routing.primaries;
    const holdings = new Holdings(parts);
    this.#vetoes = new Vetoes(parts, holdings);
    this.vetoesHolding = this.#vetoes.endsHolding;
    this.actor = new Actor(parts, this.funnel, holdings, this.#vetoes);
    this.#first = seats[0]!;
    const { admits } = parts.rules;
    const { ballots, voteSpans } = parts;
    const { consensus } = decision;
    this.consensus = new Consensus(seats, consensus, desk.decisions, admits, ballots, voteSpans);
    this.#readsPortfolio = seats.some((seat) => seat.strategy.reads === 'portfolio');
    this.#candidates = new Candidates(seats.length);
    this.parking = this.#parkingOf(parts);
  }

  /** Every agent votes on every leg that has a candle in row `i`. */
  byVote(i: number): void {
    if (this.parking !== null) {
      this.askedRow = i;
      this.parking.byVote(i);
      return;
    }
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
      if (this.#readsPortfolio) this.#vetoes.show(leg);
      consensus.poll(leg, i, this.#warm[leg]!);
      if (this.#vetoes.any && !this.#isStale && this.#endsHolding(leg, i)) continue;
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
      consensus.tell(candidate);
    }
    if (count === 0 || this.#leaves(count, i)) return;
    this.#rank(count);
    const nowMs = this.#closeMs(i);
    for (let k = 0; k < count; k++) this.actor.onVote(this.#candidates.at(k), i, nowMs);
  }

  /** The one strategy is asked for a target exposure on every leg that has a candle in row `i`. */
  byTarget(i: number): void {
    const closes = this.#closes;
    const seat = this.#first;
    const { funnel } = this;
    const { lastTarget, left } = this.actor;
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
      const target = left.isEmpty ? said : this.actor.takeUp(leg, said, i, this.#isStale);
      if (target === undefined) continue;
      if (target === lastTarget[leg]) continue;
      funnel.agreed++;
      const { decisions } = this.#parts.desk;
      decisions.number(leg);
      decisions.number(i);
      decisions.number(target);
      this.#parts.voteSpans?.note(leg, i, [target], target);
      const side = target > 0 ? 1 : target < 0 ? -1 : 0;
      const one = this.#candidates.nominate(count++, leg, side, Math.abs(target), target);
      if (said === undefined) one.saidMs = left.saidMs(leg);
    }
    if (count === 0 || this.#leaves(count, i)) return;
    this.#rank(count);
    const nowMs = this.#closeMs(i);
    for (let k = 0; k < count; k++) this.actor.onTarget(this.#candidates.at(k), i, nowMs);
  }

  /** True when the one strategy, whose targets are known, wants something at row `i` that is not there. */
  stirsAt(i: number): boolean {
    const { lastTarget, left } = this.actor;
    if (!left.isEmpty) return true;
    const targets = this.#first.targets!;
    for (let k = 0; k < this.primaries.length; k++) {
      const leg = this.primaries[k]!;
      if (targets.isOther(leg, i, lastTarget[leg]!)) return true;
    }
    return false;
  }

  /** Counts rows `from` to `to` (not included) at which nothing stirs, with candles where the last one has. */
  repeat(from: number, to: number): void {
    const { funnel, askedRow, primaries } = this;
    const { panel, decisionMs } = this.#parts;
    const targets = this.#first.targets!;
    const decisions = decisionsIn(panel, from, to, decisionMs);
    for (let k = 0; k < primaries.length; k++) {
      const leg = primaries[k]!;
      const close = this.#closes[leg]![askedRow]!;
      if (close !== close) continue;
      funnel.candles += decisions;
      const end = Math.min(to, targets.speaksUntil(leg, from));
      funnel.votes += decisionsIn(panel, from, end, decisionMs);
    }
  }

  /** True when somebody no longer stands for a position at row `i`; nothing is done about it. */
  endsHolding(i: number): boolean {
    const { primaries } = this;
    for (let k = 0; k < primaries.length; k++) {
      const leg = primaries[k]!;
      const close = this.#closes[leg]![i]!;
      if (close === close && this.#vetoes.whoEnds(leg, i) !== null) return true;
    }
    return false;
  }

  /** What agents last said on a leg, and the exposure wanted there; NaN = to be asked anew. */
  lastPoll(leg: number): Poll | null {
    return this.consensus.lastPoll(leg);
  }

  lastTarget(leg: number): number {
    return this.actor.lastTarget[leg]!;
  }

  #parkingOf(decider: DeciderParts): Parking | null {
    const { consensus, funnel, actor, primaries } = this;
    if (decider.seats.every(({ asks }) => asks === null)) return null;
    const { decisionMs } = decider;
    const vetoes = this.#vetoes;
    const asking = new Asking(decider);
    return new Parking({
      ...{ decider, consensus, funnel, actor, vetoes, asking, primaries, decisionMs },
    });
  }

  get #isStale(): boolean {
    return this.#parts.gate.barred === 'stale-data';
  }

  /** On old data nobody acts, not even to close: a vote is forgotten, a target waits for a fresh close. */
  #leaves(count: number, i: number): boolean {
    if (!this.#isStale) return false;
    for (let k = 0; k < count; k++) {
      const candidate = this.#candidates.at(k);
      this.#parts.desk.refuse(candidate.leg, 'stale-data');
      this.actor.forgetTarget(candidate.leg);
      this.actor.left.leave(candidate, this.#closeMs(i));
    }
    return true;
  }

  #endsHolding(leg: number, i: number): boolean {
    return this.actor.endHolding(leg, i, this.#closeMs(i));
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
