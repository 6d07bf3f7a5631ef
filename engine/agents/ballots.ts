// Polls that are counted before a run comes to them: what all seats say together at every row of every
// leg. Weights and opinions make them; thresholds, stops, sizes and costs do not.
//
//   opinions of each seat x weights  ->  side, score, what changed  ->  consensus.ts looks them up
//
// Agents mostly say what they said before, so a poll is counted once for all rows until somebody does not.
// They are those of a whole history, which many runs look up, or of some thousand rows of one run, after
// which they are counted anew for the next ones: see hearing.ts.

import { NumberList } from '../columns.ts';
import type { Panel } from '../market/panel.ts';
import { decisionsBefore } from './asked-rows.ts';
import { ABSTAINED, BUY, HOLD, type Opinions, type Sayings, SELL } from './opinions.ts';

/** One number for a vote: HOLD 0 to 1, BUY 1 to 2, SELL -2 to -1, abstained -9. */
export const ABSTENTION = -9;

/** The direction of such a number; 0 = HOLD, abstained. */
export function sideOf(code: number): 1 | -1 | 0 {
  if (code === ABSTENTION) return 0;
  return code > 1 ? 1 : code < -1 ? -1 : 0;
}

/** The confidence in such a number, which is no abstention. */
export function confidenceOf(code: number): number {
  return sideOf(code) === 0 ? Math.abs(code) : Math.abs(code) - 1;
}

/**
 * A sum of weights is only good to its last bits (0.1 + 0.2 + 0.3 is more than 0.6): a score this
 * near to a threshold is on it.
 */
export const LAST_BITS = 1e-12;

/** How often a seat said what. */
export interface Tally {
  buys: number;
  sells: number;
  holds: number;
  abstentions: number;
}

/** Polls of one leg: from each of its rows on, up to the next, they come to the same. */
export class Polls {
  /** All of one length. The first row is the first one of the ballots. */
  readonly rows = new NumberList();
  /** The better direction and its score, as in Consensus; 1 where somebody says BUY or SELL. */
  readonly side = new NumberList();
  readonly score = new NumberList();
  readonly spoke = new NumberList();
  /** Rows from the first one of the ballots up to a row (to the last), at which seats are asked. */
  readonly #askedBefore: (row: number) => number;

  constructor(askedBefore: (row: number) => number) {
    this.#askedBefore = askedBefore;
  }

  /** How many polls are held in rows `a` to `b` (not included). */
  asked(a: number, b: number): number {
    return this.#askedBefore(b) - this.#askedBefore(a);
  }

  /** The number of the poll of a row, which is not before that of number `n`. */
  at(row: number, n: number): number {
    const { values, length } = this.rows;
    let k = n;
    while (k + 1 < length && values[k + 1]! <= row) k++;
    return k;
  }

  /** Its score, signed by its direction. */
  leanOf(n: number): number {
    return this.side.values[n]! * this.score.values[n]!;
  }

  /** Where the poll of number `n` ends; `to` is the end of the last one. */
  endOf(n: number, to: number): number {
    return n + 1 < this.rows.length ? this.rows.values[n + 1]! : to;
  }

  clear(): void {
    this.rows.clear();
    this.side.clear();
    this.score.clear();
    this.spoke.clear();
  }
}

/** Rows at which agents agree on some leg. */
export interface Agreed {
  readonly rows: NumberList;
  /** The direction of each, where one leg alone is decided on; else empty. */
  readonly sides: NumberList;
}

export class Ballots {
  /** Rows that are counted: `from` up to `to` (not included). */
  from = 0;
  to = 0;
  /** One leg alone is decided on. */
  readonly isAlone: boolean;
  /** By leg; null of a leg that is not decided on. */
  readonly polls: readonly (Polls | null)[];
  /** Of each change of a vote, in order of rows and legs: leg, row, and what every seat says by code. */
  readonly changes = new NumberList();
  /** Numbers of one change. */
  readonly changeSize: number;
  /**
   * Of each change what every seat votes: confidence signed by direction, 0 hold, NaN abstained; and, one
   * number more, the score of all together, signed likewise.
   */
  readonly votes = new NumberList();
  readonly #opinions: readonly Opinions[];
  readonly #weights: readonly number[];
  /** The changes of each leg alone. */
  readonly #changesOf: readonly { readonly codes: NumberList; readonly votes: NumberList }[];
  /** What was said last, by leg and seat; see ABSTENTION. */
  readonly #last: readonly Float64Array[];
  /** Of the leg that is being counted: what each seat says now, and the number of that. */
  readonly #said: Float64Array;
  readonly #confidence: Float64Array;
  readonly #number: Int32Array;
  #act = Number.NaN;
  readonly #agreed: Agreed = { rows: new NumberList(), sides: new NumberList() };
  #talliedTo = -1;
  #tallies: readonly Tally[] = [];

  /** `weights` of the seats whose opinions these are, in their order. */
  constructor(
    panel: Panel,
    opinions: readonly Opinions[],
    weights: readonly number[],
    decisionMs: number,
    firstRow: number,
  ) {
    const { legs } = panel;
    const seats = weights.length;
    this.#opinions = opinions;
    this.#weights = weights;
    this.polls = legs.map(({ index, primary }) =>
      index === primary ? new Polls(decisionsBefore(panel, index, decisionMs, firstRow)) : null,
    );
    this.changeSize = 2 + seats;
    // Those of a leg that is alone are in order as they are.
    const isAlone = this.polls.filter((polls) => polls !== null).length === 1;
    const { changes: codes, votes } = this;
    const own = () => ({ codes: new NumberList(64), votes: new NumberList(64) });
    this.#changesOf = legs.map(() => (isAlone ? { codes, votes } : own()));
    this.isAlone = isAlone;
    this.#last = legs.map(() => new Float64Array(seats).fill(Number.NaN));
    this.#said = new Float64Array(seats);
    this.#confidence = new Float64Array(seats);
    this.#number = new Int32Array(seats);
  }

  /** Counts rows `from` up to `to`, the next ones, in place of those before. */
  count(from: number, to: number): void {
    this.from = from;
    this.to = to;
    this.#act = Number.NaN;
    this.#talliedTo = -1;
    this.polls.forEach((polls, leg) => {
      if (polls !== null) this.#countLeg(polls, leg);
    });
    if (!this.isAlone) this.#inOneOrder();
  }

  /** Where the score of a direction is above `threshold` by more than `slack`. */
  agreed(threshold: number, slack: number): Agreed {
    const { rows, sides } = this.#agreed;
    if (this.#act === threshold) return this.#agreed;
    this.#act = threshold;
    rows.clear();
    sides.clear();
    for (const polls of this.polls) {
      if (polls === null) continue;
      const { side, score } = polls;
      for (let n = 0; n < polls.rows.length; n++) {
        if (side.values[n] === 0 || !(score.values[n]! - threshold > slack)) continue;
        const end = polls.endOf(n, this.to);
        for (let i = polls.rows.values[n]!; i < end; i++) {
          if (polls.asked(i, i + 1) === 0) continue;
          rows.push(i);
          sides.push(side.values[n]!);
        }
      }
    }
    if (!this.isAlone) {
      sides.clear();
      rows.sortOut();
    }
    return this.#agreed;
  }

  /** The words that came with what a seat said; undefined where there were none, or nobody keeps them. */
  wordsOf(seat: number, leg: number, i: number): string | undefined {
    const sayings = this.#opinions[seat]!.sayings[leg]!;
    return sayings.words[sayings.at(i)];
  }

  /** Adds to each seat's counts what it said up to row `to` (not included), from `from` on. */
  credit(seats: readonly Tally[], to: number): void {
    // Nearly every run is over the same rows.
    if (this.#talliedTo !== to) {
      this.#talliedTo = to;
      const end = Math.min(to, this.to);
      this.#tallies = this.#opinions.map(({ sayings }) => this.#tally(sayings, end));
    }
    seats.forEach((seat, k) => {
      const { buys, sells, holds, abstentions } = this.#tallies[k]!;
      seat.buys += buys;
      seat.sells += sells;
      seat.holds += holds;
      seat.abstentions += abstentions;
    });
  }

  #tally(sayings: readonly Sayings[], to: number): Tally {
    const tally = { buys: 0, sells: 0, holds: 0, abstentions: 0 };
    sayings.forEach(({ rows, said }, leg) => {
      for (let n = 0; n < rows.length && rows.values[n]! < to; n++) {
        const end = n + 1 < rows.length ? Math.min(to, rows.values[n + 1]!) : to;
        const polls = this.polls[leg]!.asked(rows.values[n]!, end);
        const one = said.values[n]!;
        if (one === HOLD) tally.holds += polls;
        else if (one === BUY) tally.buys += polls;
        else if (one === SELL) tally.sells += polls;
        else tally.abstentions += polls;
      }
    });
    return tally;
  }

  #countLeg(polls: Polls, leg: number): void {
    const { codes, votes } = this.#changesOf[leg]!;
    this.#said.fill(ABSTAINED);
    this.#number.fill(0);
    polls.clear();
    codes.clear();
    votes.clear();
    for (let row = this.from; row < this.to; ) {
      const end = this.#takeIn(leg, row);
      this.#poll(polls, row);
      if (polls.asked(row, row + 1) > 0 && this.#isNew(leg)) {
        codes.push(leg);
        codes.push(row);
        for (let seat = 0; seat < this.#weights.length; seat++) {
          codes.push(this.#codeOf(seat));
          votes.push(this.#voteOf(seat));
        }
        votes.push(polls.leanOf(polls.rows.length - 1));
      }
      row = end;
    }
  }

  /** Takes in what seats say at a row; returns the next one at which one of them says something else. */
  #takeIn(leg: number, row: number): number {
    let end = this.to;
    for (let k = 0; k < this.#weights.length; k++) {
      const { rows, said, confidence } = this.#opinions[k]!.sayings[leg]!;
      let n = this.#number[k]!;
      if (n < rows.length && rows.values[n]! <= row) {
        this.#said[k] = said.values[n]!;
        this.#confidence[k] = confidence.values[n]!;
        this.#number[k] = ++n;
      }
      if (n < rows.length && rows.values[n]! < end) end = rows.values[n]!;
    }
    return end;
  }

  /** The poll that begins at a row, in the arithmetic of Consensus. */
  #poll(polls: Polls, row: number): void {
    let buy = 0;
    let sell = 0;
    let total = 0;
    let spoke = 0;
    for (let k = 0; k < this.#weights.length; k++) {
      const one = this.#said[k]!;
      if (one < HOLD) continue;
      const weight = this.#weights[k]!;
      total += weight;
      if (one === HOLD) continue;
      spoke = 1;
      if (one === BUY) buy += this.#confidence[k]! * weight;
      else sell += this.#confidence[k]! * weight;
    }
    polls.rows.push(row);
    polls.side.push(buy > sell ? 1 : sell > buy ? -1 : 0);
    polls.score.push(total > 0 ? Math.max(buy, sell) / total : 0);
    polls.spoke.push(spoke);
  }

  /** Whether somebody says something else than when the leg was last asked about. */
  #isNew(leg: number): boolean {
    const last = this.#last[leg]!;
    let isNew = false;
    for (let k = 0; k < last.length; k++) {
      const code = this.#codeOf(k);
      if (code === last[k]) continue;
      last[k] = code;
      isNew = true;
    }
    return isNew;
  }

  #codeOf(seat: number): number {
    const confidence = this.#confidence[seat]!;
    const one = this.#said[seat]!;
    if (one === HOLD) return confidence;
    if (one === BUY) return 1 + confidence;
    return one === SELL ? -1 - confidence : ABSTENTION;
  }

  #voteOf(seat: number): number {
    const confidence = this.#confidence[seat]!;
    const one = this.#said[seat]!;
    if (one === HOLD) return 0;
    if (one === BUY) return confidence;
    return one === SELL ? -confidence : Number.NaN;
  }

  /** The changes of all legs, by row and leg. */
  #inOneOrder(): void {
    const { changes, votes, changeSize } = this;
    const heard = this.#changesOf.map(() => 0);
    changes.clear();
    votes.clear();
    for (;;) {
      let first = -1;
      let row = Number.POSITIVE_INFINITY;
      for (let leg = 0; leg < heard.length; leg++) {
        const { codes } = this.#changesOf[leg]!;
        const at = heard[leg]! * changeSize;
        if (at === codes.length || codes.values[at + 1]! >= row) continue;
        row = codes.values[at + 1]!;
        first = leg;
      }
      if (first < 0) return;
      const own = this.#changesOf[first]!;
      const n = heard[first]!++;
      changes.append(own.codes, n * changeSize, changeSize);
      votes.append(own.votes, n * (changeSize - 1), changeSize - 1);
    }
  }
}
