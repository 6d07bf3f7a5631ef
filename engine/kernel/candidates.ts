// The legs that want to trade at one close, in the order in which they take capital: best score first,
// ties by leg. The same objects are used at every close.

import type { Learning } from '../agents/learning.ts';
import type { Seat } from '../agents/seat.ts';
import { type Decision, UNDECIDED } from '../portfolio/trade.ts';

/** A leg that wants to trade at this close, before capital is shared out. */
export interface Candidate {
  leg: number;
  side: 1 | -1 | 0;
  score: number;
  /** Exposure wanted; NaN when it was voted on. */
  target: number;
  /** Of a target that has waited: the close at which it was said, UTC ms; NaN = this one. */
  saidMs: number;
  /** Share of its size that second opinions leave it, 0 to 1. */
  factor: number;
  /** Signed votes by seat, as in Consensus; empty when one strategy decides alone. */
  readonly votes: Float64Array;
  /** What each of them counted for, signed, where something is learned. */
  readonly shares: Float64Array;
  learning: Learning | null;
}

export class Candidates {
  readonly #list: Candidate[] = [];
  readonly #voters: number;

  constructor(voters: number) {
    this.#voters = voters;
  }

  at(k: number): Candidate {
    return this.#list[k]!;
  }

  /** Writes the `k`-th of this close. `target` NaN = it was voted on. */
  nominate(k: number, leg: number, side: 1 | -1 | 0, score: number, target: number): Candidate {
    let candidate = this.#list[k];
    if (!candidate) {
      const voters = Number.isNaN(target) ? this.#voters : 0;
      const [votes, shares] = [new Float64Array(voters), new Float64Array(voters)];
      const fixed = { factor: 1, votes, shares, learning: null };
      candidate = { leg, side, score, target, saidMs: Number.NaN, ...fixed };
      this.#list[k] = candidate;
    }
    candidate.leg = leg;
    candidate.side = side;
    candidate.score = score;
    candidate.target = target;
    candidate.saidMs = Number.NaN;
    candidate.factor = 1;
    return candidate;
  }

  /** Sorts the first `count`: few, and nearly always in order (insertion sort is stable). */
  rank(count: number): void {
    const list = this.#list;
    for (let k = 1; k < count; k++) {
      const one = list[k]!;
      let j = k;
      while (j > 0 && list[j - 1]!.score < one.score) {
        list[j] = list[j - 1]!;
        j--;
      }
      list[j] = one;
    }
  }
}

/** What stands behind a candidate at the close of `row`, for a trade's record; abstentions by reason. */
export function decisionOf(
  { leg, side, score, votes: said, shares, learning }: Candidate,
  seats: readonly Seat[],
  row: number,
): Decision {
  // One that decides alone: nothing was said.
  if (said.length === 0) {
    return { row, score, votes: UNDECIDED.votes, reasons: UNDECIDED.reasons };
  }
  const remembered = learning?.wordsOn(leg, row, side as 1 | -1, said) ?? {};
  const weights: Record<string, number> = {};
  const votes: Record<string, number> = {};
  const reasons: Record<string, string> = {};
  for (let k = 0; k < said.length; k++) {
    const vote = said[k]!;
    const seat = seats[k]!;
    if (vote !== vote) {
      const why = seat.abstentionOn(leg, row);
      if (why !== undefined) reasons[seat.id] = why;
      continue;
    }
    votes[seat.id] = vote;
    const words = [seat.reasonOn(leg, row), remembered[seat.id]].filter((one) => one !== undefined);
    if (words.length > 0) reasons[seat.id] = words.join('; ');
    if (vote !== 0) weights[seat.id] = shares[k]! / vote;
  }
  const decision = { row, score, votes, reasons };
  return learning === null ? decision : { ...decision, weights };
}

/** The decisions behind what was done on each leg last; trades keep those they began and ended with. */
export class Behind {
  readonly entry: Decision[];
  readonly exit: Decision[];

  /** Of each leg: the legs of its asset at all venues, for which a decision is one. */
  readonly #markets: readonly (readonly number[])[];

  constructor(markets: readonly (readonly number[])[]) {
    this.#markets = markets;
    this.entry = markets.map(() => UNDECIDED);
    this.exit = [...this.entry];
  }

  enters(leg: number, decision: Decision): void {
    for (const at of this.#markets[leg]!) this.entry[at] = decision;
  }

  exits(leg: number, decision: Decision): void {
    for (const at of this.#markets[leg]!) this.exit[at] = decision;
  }
}

/** The first price that a strategy behind the candidate asks for; NaN = none does. */
export function targetPriceOf(
  { leg, side, votes }: Candidate,
  seats: readonly Seat[],
  i: number,
): number {
  for (let k = 0; k < seats.length; k++) {
    const seat = seats[k]!;
    if (!seat.strategy.targetPrice) continue;
    if (votes.length > 0 && !(votes[k]! * side > 0)) continue;
    const price = seat.targetPrice(leg, i, side as 1 | -1);
    if (price === price) return price;
  }
  return Number.NaN;
}
