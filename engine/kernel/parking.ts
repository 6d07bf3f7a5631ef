// Decisions that wait for models. One that asks is parked until all its answers are in, or their time is
// over, at most one decision interval; then it is counted, and sized on the position of that moment.
//
//   close -> who reads the market votes -> voters ask ->| parked |-> count -> agreed?
//                                                            \-> an entry: reviewers ask ->| parked |-> act
//
// A newer candle of the leg at a decision's close gives a parked decision up. A second opinion is asked
// about entries only, and may only veto them or make them smaller.

import type { Consensus, Spoken } from '../agents/consensus.ts';
import type { Reply } from '../agents/question.ts';
import type { Actor } from './act.ts';
import type { Asked, Asking } from './asking.ts';
import { type Candidate, Candidates } from './candidates.ts';
import type { DeciderParts, Funnel } from './decide.ts';
import type { Vetoes } from './vetoes.ts';

/** A decision that waited, and how it ended. */
export interface Parked {
  readonly leg: number;
  readonly row: number;
  readonly parkedMs: number;
  /** Ids of its questions, in their order. */
  readonly questions: number[];
  /** NaN = it waits. */
  endedMs: number;
  /** What was agreed on; 0 and NaN before it was counted. */
  side: 1 | -1 | 0;
  score: number;
  /** Share of the entry that second opinions left. */
  factor: number;
  /** `hold`, `undecided`, `models-alone`, `entry`, `exit`, or the code of a refusal; empty = it waits. */
  outcome: string;
}

interface Waiting {
  readonly parked: Parked;
  /** It is given up here, UTC ms. */
  readonly limitMs: number;
  readonly said: Spoken;
  readonly open: Set<Asked>;
  /** What reviewers are asked about; null = it has not been counted. */
  candidate: Candidate | null;
  veto: string | null;
}

export interface ParkingParts {
  readonly decider: DeciderParts;
  readonly consensus: Consensus;
  readonly funnel: Funnel;
  readonly actor: Actor;
  readonly vetoes: Vetoes;
  readonly asking: Asking;
  readonly primaries: Int32Array;
  /** ms of the decision's interval. */
  readonly decisionMs: number;
}

export class Parking {
  readonly asking: Asking;
  /** Every decision that waited. */
  readonly log: Parked[] = [];
  readonly #parts: ParkingParts;
  /** Of each leg. */
  readonly #waiting: (Waiting | undefined)[];
  readonly #candidates: Candidates;
  readonly #readsPortfolio: boolean;
  #sharedMs = Number.NaN;

  constructor(parts: ParkingParts) {
    const { panel, seats } = parts.decider;
    this.asking = parts.asking;
    this.#parts = parts;
    this.#waiting = panel.legs.map(() => undefined);
    this.#candidates = new Candidates(seats.length);
    this.#readsPortfolio = seats.some(({ strategy }) => strategy.reads === 'portfolio');
  }

  /** Every agent votes on every leg that has a candle in row `i`, or asks. */
  byVote(i: number): void {
    const { decider, consensus, funnel, actor, vetoes, primaries, decisionMs } = this.#parts;
    const { panel, warm } = decider;
    const nowMs = panel.openMs[i]! + panel.intervalMs;
    const waits: Waiting[] = [];
    let count = 0;
    for (const leg of primaries) {
      const close = panel.legs[leg]!.candles.close[i]!;
      if (close !== close) continue;
      funnel.candles++;
      this.#giveUp(leg, 'overtaken', nowMs);
      if (this.#readsPortfolio) vetoes.show(leg);
      const said = consensus.collect(leg, i, warm[leg]!);
      const isStale = this.#isStale;
      const isEnded = vetoes.any && !isStale && actor.endHolding(leg, i, nowMs);
      const wait = this.#begin(leg, i, said, nowMs, nowMs + decisionMs);
      if (!isEnded && !isStale && this.#askVoters(wait, nowMs)) continue;
      consensus.count(leg, i, said);
      if (isEnded || !this.#tally()) continue;
      const candidate = this.#candidates.nominate(
        count++,
        leg,
        consensus.side,
        consensus.score,
        Number.NaN,
      );
      consensus.tell(candidate);
      waits[leg] = wait;
    }
    if (count === 0) return;
    this.#candidates.rank(count);
    this.#share(nowMs);
    for (let k = 0; k < count; k++) {
      const candidate = this.#candidates.at(k);
      this.#act(waits[candidate.leg]!, candidate, nowMs);
    }
  }

  /** What came of question `id`; null = its time is over. */
  hear(id: number, reply: Reply | null, nowMs: number): void {
    const asked = this.asking.take(id, reply, nowMs);
    if (asked === null) return;
    const wait = this.#waiting[asked.leg]!;
    wait.open.delete(asked);
    if (asked.kind === 'vote') this.#hearVote(wait, asked);
    else this.#hearReview(wait, asked);
    if (wait.open.size > 0) return;
    this.#waiting[asked.leg] = undefined;
    if (wait.candidate === null) this.#count(wait, nowMs);
    else this.#close(wait, wait.candidate, nowMs);
  }

  /** Gives up whatever waits: nobody may act any more. */
  giveUpAll(outcome: string, nowMs: number): void {
    this.#waiting.forEach((_, leg) => {
      this.#giveUp(leg, outcome, nowMs);
    });
  }

  // ---- votes ------------------------------------------------------------------------------------

  #begin(leg: number, row: number, said: Spoken, nowMs: number, limitMs: number): Waiting {
    const parked: Parked = {
      leg,
      row,
      parkedMs: nowMs,
      questions: [],
      endedMs: Number.NaN,
      side: 0,
      score: Number.NaN,
      factor: 1,
      outcome: '',
    };
    return { parked, limitMs, said, open: new Set(), candidate: null, veto: null };
  }

  /** True when somebody has asked: the decision waits. */
  #askVoters(wait: Waiting, nowMs: number): boolean {
    const { leg, row } = wait.parked;
    const { seats, warm } = this.#parts.decider;
    for (const k of this.asking.voters) {
      const seat = seats[k]!;
      const isWarm = warm[leg]! >= seat.warmupCandles;
      const asked = isWarm ? this.asking.ask(k, leg, row, 0, nowMs, wait.limitMs) : null;
      if (asked === null) seat.abstain();
      else wait.open.add(asked);
    }
    return this.#park(wait);
  }

  #park(wait: Waiting): boolean {
    const { parked, open } = wait;
    if (open.size === 0) return false;
    if (parked.questions.length === 0) this.log.push(parked);
    for (const { id } of open) parked.questions.push(id);
    this.#waiting[parked.leg] = wait;
    return true;
  }

  #hearVote({ said, parked }: Waiting, { seat: k, answer }: Asked): void {
    const seat = this.#parts.decider.seats[k]!;
    const vote = answer === null ? seat.abstain() : seat.voteOf(parked.leg, parked.row, answer);
    this.#parts.consensus.hear(parked.leg, said, k, vote);
  }

  #count(wait: Waiting, nowMs: number): void {
    const { consensus } = this.#parts;
    const { parked, said } = wait;
    const { leg, row } = parked;
    this.#withholdUnsafe(wait);
    consensus.count(leg, row, said);
    parked.side = consensus.side;
    parked.score = consensus.score;
    if (!this.#tally()) {
      const { modelsAlone, undecided } = consensus;
      this.#end(parked, modelsAlone ? 'models-alone' : undecided ? 'undecided' : 'hold', nowMs);
      return;
    }
    const candidate = this.#candidates.nominate(
      0,
      leg,
      consensus.side,
      consensus.score,
      Number.NaN,
    );
    consensus.tell(candidate);
    this.#share(nowMs);
    this.#act(wait, candidate, nowMs);
  }

  /** Where the models that answered find it unsafe on average, none of them has a thesis. */
  #withholdUnsafe({ said, parked: { leg, row, questions } }: Waiting): void {
    const { seats, decision } = this.#parts.decider;
    let [sum, count] = [0, 0];
    for (const id of questions) {
      const { kind, seat, answer } = this.asking.log[id - 1]!;
      if (kind !== 'vote' || answer === null) continue;
      const safety = seats[seat]!.safetyOf(leg, row, answer);
      if (safety !== safety) continue;
      sum += safety;
      count++;
    }
    if (count === 0 || sum / count >= decision.asking.riskThreshold) return;
    for (const k of this.asking.voters) {
      const voted = said.votes[k]!;
      if (voted !== voted) continue;
      seats[k]!.withhold(leg, row, 'models find it unsafe on average');
      this.#parts.consensus.hear(leg, said, k, null);
    }
  }

  /** Counts the last poll; true when agents agreed. */
  #tally(): boolean {
    const { consensus, funnel } = this.#parts;
    if (consensus.spoke) funnel.votes++;
    if (consensus.undecided) funnel.undecided++;
    if (consensus.agreed) funnel.agreed++;
    return consensus.agreed;
  }

  // ---- second opinions --------------------------------------------------------------------------

  /** Acts on a candidate, or has it reviewed first. */
  #act(wait: Waiting, candidate: Candidate, nowMs: number): void {
    const { actor, decider } = this.#parts;
    const { parked } = wait;
    parked.side = candidate.side;
    parked.score = candidate.score;
    if (this.#isStale) {
      decider.desk.refuse(parked.leg, 'stale-data');
      this.#end(parked, 'stale-data', nowMs);
    } else if (!actor.wouldEnter(candidate) || !this.#askReviewers(wait, candidate, nowMs)) {
      this.#end(parked, actor.onVote(candidate, parked.row, nowMs), nowMs);
    }
  }

  #askReviewers(wait: Waiting, candidate: Candidate, nowMs: number): boolean {
    const { parked, limitMs } = wait;
    const { leg, row } = parked;
    const { seats, warm } = this.#parts.decider;
    for (const k of this.asking.reviewers) {
      const seat = seats[k]!;
      if (seat.strategy.reads === 'portfolio') this.#parts.vetoes.show(leg);
      if (warm[leg]! < seat.warmupCandles) continue;
      const asked = this.asking.ask(k, leg, row, candidate.side, nowMs, limitMs);
      if (asked !== null) wait.open.add(asked);
    }
    if (!this.#park(wait)) return false;
    wait.candidate = {
      ...candidate,
      votes: Float64Array.from(candidate.votes),
      shares: Float64Array.from(candidate.shares),
    };
    return true;
  }

  #hearReview(wait: Waiting, { seat: k, leg, row, side, answer }: Asked): void {
    const { seats, decision } = this.#parts.decider;
    const seat = seats[k]!;
    const word =
      answer !== null
        ? seat.reviewOf(leg, row, answer, side as 1 | -1)
        : decision.asking.silence === 'proceed'
          ? 1
          : 'no-answer';
    if (typeof word === 'number' && word > 0) {
      wait.parked.factor = Math.min(wait.parked.factor, word);
      return;
    }
    seat.vetoes++;
    wait.veto ??= word === 0 ? 'second-opinion' : (word as string);
  }

  #close(wait: Waiting, candidate: Candidate, nowMs: number): void {
    const { actor, decider } = this.#parts;
    const { parked, veto } = wait;
    const { leg, row } = parked;
    if (veto !== null) {
      parked.factor = 0;
      decider.desk.refuse(leg, `veto-${veto}`);
      this.#end(parked, `veto-${veto}`, nowMs);
      return;
    }
    if (this.#isStale) {
      decider.desk.refuse(leg, 'stale-data');
      this.#end(parked, 'stale-data', nowMs);
      return;
    }
    candidate.factor = parked.factor;
    this.#share(nowMs);
    this.#end(parked, actor.onVote(candidate, row, nowMs), nowMs);
  }

  // ---- both -------------------------------------------------------------------------------------

  get #isStale(): boolean {
    return this.#parts.decider.gate.barred === 'stale-data';
  }

  #end(parked: Parked, outcome: string, nowMs: number): void {
    parked.endedMs = nowMs;
    parked.outcome = outcome;
  }

  #giveUp(leg: number, outcome: string, nowMs: number): void {
    const wait = this.#waiting[leg];
    if (wait === undefined) return;
    this.#waiting[leg] = undefined;
    for (const asked of wait.open) this.asking.giveUp(asked, nowMs);
    if (wait.candidate !== null) this.#parts.decider.desk.refuse(leg, 'overtaken');
    this.#end(wait.parked, outcome, nowMs);
  }

  /**
   * Capital in flight is set aside before what is free is shared out: once a moment, so that answers
   * that come together take it as candidates of one close do.
   */
  #share(nowMs: number): void {
    const { desk, rules } = this.#parts.decider;
    if (nowMs === this.#sharedMs) return;
    this.#sharedMs = nowMs;
    desk.reserveInFlight();
    if (rules.correlates) rules.forgetAnswered((leg) => desk.isWaiting(leg));
  }
}
