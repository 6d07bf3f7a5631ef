// The polls of a whole run, counted before it: what all seats say together at every row of every leg.
// Weights and opinions make them; thresholds, stops, sizes and costs do not.
//
//   opinions of each seat x weights  ->  side, score, what changed  ->  consensus.ts looks them up

import type { Panel } from '../market/panel.ts';
import { isDecision } from './asked-rows.ts';
import { BUY, HOLD, type Opinions, SELL } from './opinions.ts';
import type { Seat } from './seat.ts';

/** Bits of `marks`: the leg is asked about at the row; somebody says BUY or SELL; a vote is new. */
export const ASKED = 1;
export const SPOKE = 2;
const CHANGED = 4;

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

export class Ballots {
  /** By leg and row: the better direction and its score, 0 where nobody is asked. */
  readonly side: readonly Int8Array[];
  readonly score: readonly Float64Array[];
  readonly marks: readonly Uint8Array[];
  /** Rows. */
  readonly length: number;
  readonly #opinions: readonly Opinions[];
  #threshold = Number.NaN;
  #scoredBefore = new Int32Array(0);
  #act = Number.NaN;
  #agreed = new Int32Array(0);
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
    const { legs, length } = panel;
    this.#opinions = opinions;
    this.length = length;
    this.side = legs.map(() => new Int8Array(length));
    this.score = legs.map(() => new Float64Array(length));
    this.marks = legs.map(() => new Uint8Array(length));
    for (const { index, primary } of legs) {
      if (index === primary) this.#count(panel, index, weights, decisionMs, firstRow);
    }
    this.askedBefore = this.#before((leg, i) => this.marks[leg]![i] !== 0);
    this.spokeBefore = this.#before((leg, i) => (this.marks[leg]![i]! & SPOKE) !== 0);
    this.changeSize = 2 + weights.length;
    this.changes = this.#changes();
  }

  /** Polls at rows before `i` (0 to the length) of all legs, and those at which somebody spoke. */
  readonly askedBefore: Int32Array;
  readonly spokeBefore: Int32Array;
  /** Of each change of a vote, in order of rows and legs: leg, row, and what every seat says. */
  readonly changes: Float64Array;
  /** Numbers of one change. */
  readonly changeSize: number;

  /** The same of those with a score of `threshold` or more; one that misses it by `slack` counts. */
  scoredBefore(threshold: number, slack: number): Int32Array {
    if (this.#threshold !== threshold) {
      this.#threshold = threshold;
      this.#scoredBefore = this.#before((leg, i) => this.score[leg]![i]! - threshold >= -slack);
    }
    return this.#scoredBefore;
  }

  /** Rows at which the score of a direction is above `threshold` on some leg, by more than `slack`. */
  agreed(threshold: number, slack: number): Int32Array {
    if (this.#act !== threshold) {
      this.#act = threshold;
      const rows: number[] = [];
      for (let i = 0; i < this.length; i++) {
        for (let leg = 0; leg < this.marks.length; leg++) {
          if (this.side[leg]![i] === 0 || !(this.score[leg]![i]! - threshold > slack)) continue;
          rows.push(i);
          break;
        }
      }
      this.#agreed = Int32Array.from(rows);
    }
    return this.#agreed;
  }

  /** What a seat said as one number; see ABSTENTION. */
  codeOf(seat: number, leg: number, i: number): number {
    const opinions = this.#opinions[seat]!;
    const said = opinions.said[leg]![i]!;
    const confidence = opinions.value[leg]![i]!;
    if (said === HOLD) return confidence;
    if (said === BUY) return 1 + confidence;
    return said === SELL ? -1 - confidence : ABSTENTION;
  }

  /** Confidence signed by direction, 0 hold, NaN abstained. */
  voteOf(seat: number, leg: number, i: number): number {
    const opinions = this.#opinions[seat]!;
    const said = opinions.said[leg]![i]!;
    if (said === BUY) return opinions.value[leg]![i]!;
    if (said === SELL) return -opinions.value[leg]![i]!;
    return said === HOLD ? 0 : Number.NaN;
  }

  /** What each seat said up to row `to` (not included). */
  tallies(to: number): readonly Tally[] {
    // Nearly every run is over the same rows.
    if (this.#talliedTo !== to) {
      this.#talliedTo = to;
      this.#tallies = this.#opinions.map(({ said }) => this.#tally(said, to));
    }
    return this.#tallies;
  }

  #tally(said: readonly Uint8Array[], to: number): Tally {
    const tally = { buys: 0, sells: 0, holds: 0, abstentions: 0 };
    this.marks.forEach((marks, leg) => {
      for (let i = 0; i < to; i++) {
        if (marks[i] === 0) continue;
        const one = said[leg]![i]!;
        if (one === HOLD) tally.holds++;
        else if (one === BUY) tally.buys++;
        else if (one === SELL) tally.sells++;
        else tally.abstentions++;
      }
    });
    return tally;
  }

  /** For each row and the end, how many polls before it are such. */
  #before(isSuch: (leg: number, i: number) => boolean): Int32Array<ArrayBuffer> {
    const counts = new Int32Array(this.length + 1);
    for (let i = 0; i < this.length; i++) {
      let count = counts[i]!;
      for (let leg = 0; leg < this.marks.length; leg++) {
        if (this.marks[leg]![i] !== 0 && isSuch(leg, i)) count++;
      }
      counts[i + 1] = count;
    }
    return counts;
  }

  #changes(): Float64Array {
    const numbers: number[] = [];
    for (let i = 0; i < this.length; i++) {
      for (let leg = 0; leg < this.marks.length; leg++) {
        if ((this.marks[leg]![i]! & CHANGED) === 0) continue;
        numbers.push(leg, i);
        for (let k = 0; k < this.changeSize - 2; k++) numbers.push(this.codeOf(k, leg, i));
      }
    }
    return Float64Array.from(numbers);
  }

  /** The arithmetic of a poll, in its order: see Consensus. */
  #count(
    panel: Panel,
    leg: number,
    weights: readonly number[],
    decisionMs: number,
    firstRow: number,
  ): void {
    const { close } = panel.legs[leg]!.candles;
    const said = this.#opinions.map((one) => one.said[leg]!);
    const value = this.#opinions.map((one) => one.value[leg]!);
    const [side, score, marks] = [this.side[leg]!, this.score[leg]!, this.marks[leg]!];
    const before = new Float64Array(weights.length).fill(Number.NaN);
    for (let i = firstRow; i < panel.length; i++) {
      const c = close[i]!;
      if (c !== c || !isDecision(panel, i, decisionMs)) continue;
      let buy = 0;
      let sell = 0;
      let total = 0;
      let mark = ASKED;
      for (let k = 0; k < weights.length; k++) {
        const weight = weights[k]!;
        const one = said[k]![i]!;
        const confidence = value[k]![i]!;
        let code = ABSTENTION;
        if (one >= HOLD) {
          total += weight;
          if (one === HOLD) code = confidence;
          else {
            mark |= SPOKE;
            if (one === BUY) {
              buy += confidence * weight;
              code = 1 + confidence;
            } else {
              sell += confidence * weight;
              code = -1 - confidence;
            }
          }
        }
        if (code !== before[k]) {
          before[k] = code;
          mark |= CHANGED;
        }
      }
      side[i] = buy > sell ? 1 : sell > buy ? -1 : 0;
      score[i] = total > 0 ? Math.max(buy, sell) / total : 0;
      marks[i] = mark;
    }
  }
}

/** Puts down in the seats of a run what they said in it, up to row `to` (not included). */
export function credit(seats: readonly Seat[], ballots: Ballots, to: number): void {
  const tallies = ballots.tallies(to);
  seats.forEach((seat, k) => {
    Object.assign(seat, tallies[k]!);
  });
}
