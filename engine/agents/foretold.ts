// Polls that were counted ahead, as one run comes to them: in the order of rows, each of them looked up, or
// passed over together with others at which nobody agrees. Whatever a run that asks would have counted, put
// down and mixed into its digest is, too.

import type { Digest } from '../digest.ts';
import { assert } from '../errors.ts';
import { type Ballots, LAST_BITS, type Polls } from './ballots.ts';
import { Earned } from './earned.ts';
import { Hearing } from './hearing.ts';
import type { Learning } from './learning.ts';
import type { Seat } from './seat.ts';
import type { VoteSpans } from './vote-spans.ts';

/** What polls add to the counts of a run. */
export interface PollCount {
  candles: number;
  votes: number;
  undecided: number;
  agreed: number;
}

export class Foretold {
  /** Of the poll that was looked up last, as in Consensus. */
  spoke = false;
  score = 0;
  side: 1 | -1 | 0 = 0;
  /** Somebody says something else in it than in the one before on its leg. */
  isNew = false;
  readonly #ballots: Ballots;
  /** Who counts the next ones; null where all are. */
  readonly #hearing: Hearing | null;
  readonly #seats: readonly Seat[];
  /** By leg, one number a seat: what was said last by code, and as `votes` in Consensus. */
  readonly #said: readonly Float64Array[];
  readonly #voted: readonly Float64Array[];
  /** Of each leg: the poll that was looked up last, by its number. */
  readonly #polls: Int32Array;
  /** Numbers of the changes that have been taken in. */
  #heard = 0;
  /** Of the rows at which they agree, the next one. */
  #nextAgreed = 0;
  #leg = 0;
  #row = 0;
  /** What polls come to where weights are earned. */
  #earned: Earned | null = null;

  constructor(ballots: Ballots | Hearing, seats: readonly Seat[]) {
    this.#hearing = ballots instanceof Hearing ? ballots : null;
    this.#ballots = ballots instanceof Hearing ? ballots.ballots : ballots;
    this.#seats = seats;
    const { polls } = this.#ballots;
    const ofSeats = () => new Float64Array(seats.length).fill(Number.NaN);
    this.#said = polls.map(ofSeats);
    this.#voted = polls.map(ofSeats);
    this.#polls = new Int32Array(polls.length);
    if (this.#hearing === null) return;
    seats.forEach((seat, k) => {
      seat.wordsAhead = (leg, i) => this.#ballots.wordsOf(k, leg, i);
    });
  }

  /** What every seat said on a leg in its last poll, by code. */
  saidOn(leg: number): Float64Array {
    return this.#said[leg]!;
  }

  /** Polls come to what they do under earned weights from here on; memory may have a say. */
  learn(learning: Learning): void {
    this.#earned = new Earned(learning, this.#ballots, this.#seats.length);
    this.#earned.turn();
  }

  /**
   * The first row at or after `from`, which never goes back, whose poll is counted and agrees, or could
   * with memory; else the first one whose poll is not counted yet, or the end.
   */
  nextAgreed(from: number, act: number): number {
    if (this.#earned !== null) return this.#nextEarned(this.#earned, from, act, 0);
    const { values, length } = this.#ballots.agreed(act, LAST_BITS).rows;
    while (this.#nextAgreed < length && values[this.#nextAgreed]! < from) this.#nextAgreed++;
    return this.#nextAgreed < length ? values[this.#nextAgreed]! : Math.max(from, this.#ballots.to);
  }

  /** The same of polls that agree on anything but `side`, where one leg alone is decided on. */
  nextOther(from: number, act: number, side: number): number {
    if (this.#earned !== null) return this.#nextEarned(this.#earned, from, act, side);
    const { rows, sides } = this.#ballots.agreed(act, LAST_BITS);
    this.nextAgreed(from, act);
    let k = this.#nextAgreed;
    while (k < rows.length && sides.values[k] === side) k++;
    return k < rows.length ? rows.values[k]! : Math.max(from, this.#ballots.to);
  }

  /** Takes polls in, of rows `from` to `to` (not included), at none of which agents agree. */
  pass(
    from: number,
    to: number,
    hold: number,
    count: PollCount,
    digest: Digest,
    spans: VoteSpans | null,
  ): void {
    const { polls, changes, changeSize } = this.#ballots;
    for (let leg = 0; leg < polls.length; leg++) {
      if (polls[leg] !== null) this.#passLeg(polls[leg]!, leg, from, to, hold, count);
    }
    const { values, length } = changes;
    const start = this.#heard;
    let end = start;
    while (end < length && values[end + 1]! < to) end += changeSize;
    // Of a leg that is alone only what was said last is left, where nobody puts the rest down.
    const isLast = this.#ballots.isAlone && spans === null && end > start;
    for (let at = isLast ? end - changeSize : start; at < end; at += changeSize) {
      const leg = values[at]!;
      const lean = this.#hear(at);
      if (spans === null) continue;
      const earned = this.#earnedAt(leg, at / changeSize + 1);
      spans.note(leg, values[at + 1]!, this.#voted[leg]!, earned?.lean ?? lean);
    }
    digest.column(values, start, end);
    this.#heard = end;
  }

  #passLeg(
    polls: Polls,
    leg: number,
    from: number,
    to: number,
    hold: number,
    count: PollCount,
  ): void {
    const { changes, changeSize } = this.#ballots;
    let n = polls.at(from, this.#polls[leg]!);
    let at = this.#heard;
    for (let a = from; a < to; n++) {
      const b = Math.min(to, polls.endOf(n, to));
      const asked = polls.asked(a, b);
      count.candles += asked;
      if (polls.spoke.values[n] !== 0) count.votes += asked;
      while (at < changes.length && changes.values[at + 1]! <= a) at += changeSize;
      const score = this.#earnedAt(leg, at / changeSize)?.score ?? polls.score.values[n]!;
      if (score - hold >= -LAST_BITS) count.undecided += asked;
      a = b;
    }
    this.#polls[leg] = n - 1;
  }

  /** Looks the poll of a leg at row `i` up. */
  look(leg: number, i: number): void {
    while (i >= this.#ballots.to) this.#turn();
    const polls = this.#ballots.polls[leg]!;
    assert(polls.asked(i, i + 1) > 0, 'polls of all rows that are asked about are counted');
    const n = polls.at(i, this.#polls[leg]!);
    this.#polls[leg] = n;
    this.#leg = leg;
    this.#row = i;
    this.spoke = polls.spoke.values[n] !== 0;
    this.score = polls.score.values[n]!;
    this.side = polls.side.values[n]! as 1 | -1 | 0;
    const { values, length } = this.#ballots.changes;
    const at = this.#heard;
    this.isNew = at < length && values[at] === leg && values[at + 1] === i;
    if (this.isNew) this.#hear(at);
  }

  /** Puts what is new in it down; `lean`: its score, signed, as it was judged. */
  record(digest: Digest, spans: VoteSpans | null, lean: number): void {
    const { changes, changeSize } = this.#ballots;
    digest.column(changes.values, this.#heard, this.#heard + changeSize);
    this.#heard += changeSize;
    spans?.note(this.#leg, this.#row, this.#voted[this.#leg]!, lean);
  }

  /** What every seat voted on a leg in its last poll, as `votes` in Consensus. */
  votesOn(leg: number): Float64Array {
    return this.#voted[leg]!;
  }

  /** Counts in the seats what they said in polls up to row `to` (not included): once, at the end. */
  credit(to: number): void {
    this.#ballots.credit(this.#seats, to);
  }

  /** The first row from `from` on whose poll of the one leg that is decided on is wanted on another side. */
  #nextEarned(earned: Earned, from: number, act: number, side: number): number {
    const { polls, changes, changeSize, to } = this.#ballots;
    const leg = polls.findIndex((one) => one !== null);
    const reach = earned.learning.reachOn(leg);
    for (let at = this.#heard, row = from; row < to; at += changeSize) {
      const end = at < changes.length ? changes.values[at + 1]! : to;
      if (end <= row) continue;
      earned.look(at / changeSize, this.#said[leg]!);
      const { score } = earned;
      const isFar = reach > 0 ? score * reach > act : score - act > LAST_BITS;
      if (earned.side !== 0 && earned.side !== side && isFar) {
        for (; row < end; row++) if (polls[leg]!.asked(row, row + 1) > 0) return row;
      }
      row = end;
    }
    return Math.max(from, to);
  }

  /** What the poll of a number comes to under earned weights; null where they are those of the config. */
  #earnedAt(leg: number, number: number): Earned | null {
    this.#earned?.look(number, this.#said[leg]!);
    return this.#earned;
  }

  /** Takes over what everybody says from a change on; returns the score of all together, signed. */
  #hear(at: number): number {
    const { changes, changeSize, votes } = this.#ballots;
    const leg = changes.values[at]!;
    const said = this.#said[leg]!;
    const voted = this.#voted[leg]!;
    const from = (at / changeSize) * (changeSize - 1);
    for (let k = 0; k < said.length; k++) {
      said[k] = changes.values[at + 2 + k]!;
      voted[k] = votes.values[from + k]!;
    }
    return votes.values[from + said.length]!;
  }

  /** The next window: all of the one before has been looked up. */
  #turn(): void {
    const hearing = this.#hearing;
    assert(hearing !== null, 'polls of all rows are counted');
    this.credit(this.#ballots.to);
    hearing.next();
    this.#heard = 0;
    this.#nextAgreed = 0;
    this.#polls.fill(0);
    this.#earned?.turn();
  }
}
