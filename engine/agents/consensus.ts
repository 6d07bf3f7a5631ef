// The weighted consensus of the agents on one leg.
//
//   score(direction) = sum of confidence x weight of agents for it
//                    / sum of weights of all agents that did not abstain
//
// HOLD counts in the denominator, abstaining does not. Strictly above `actThreshold` acts; from
// `holdThreshold` up to it is undecided, counted apart; a tie holds.

import type { DecisionConfig } from '../config/schema.ts';
import type { Digest } from '../digest.ts';
import type { Seat } from './seat.ts';

/**
 * A sum of weights is only good to its last bits (0.1 + 0.2 + 0.3 is more than 0.6): a score this
 * near to a threshold is on it.
 */
const LAST_BITS = 1e-12;

export class Consensus {
  readonly #seats: readonly Seat[];
  readonly #act: number;
  readonly #hold: number;
  readonly #digest: Digest;
  /** The last poll, one number per seat: confidence signed by direction, 0 hold, NaN abstained. */
  readonly votes: Float64Array;
  /** Of the last poll: the better direction and its score, 0 and 0 when nobody leans. */
  side: 1 | -1 | 0 = 0;
  score = 0;
  /** Somebody said BUY or SELL. */
  spoke = false;
  /** The score is strictly above the act threshold. */
  agreed = false;
  undecided = false;

  constructor(seats: readonly Seat[], config: DecisionConfig['consensus'], digest: Digest) {
    this.#seats = seats;
    this.#act = config.actThreshold;
    this.#hold = config.holdThreshold;
    this.#digest = digest;
    this.votes = new Float64Array(seats.length);
  }

  /** Asks every seat that is warm. `warmCandles` is how many the leg has shown. */
  poll(leg: number, i: number, warmCandles: number): void {
    const digest = this.#digest;
    let buy = 0;
    let sell = 0;
    let total = 0;
    this.spoke = false;
    for (let k = 0; k < this.#seats.length; k++) {
      const seat = this.#seats[k]!;
      const vote = warmCandles >= seat.warmupCandles ? seat.analyze(leg, i) : seat.abstain();
      if (vote === null) {
        this.votes[k] = Number.NaN;
        digest.number(Number.NaN);
        continue;
      }
      const { action, confidence } = vote;
      total += seat.weight;
      if (action === 'HOLD') {
        this.votes[k] = 0;
        digest.number(confidence);
        continue;
      }
      this.spoke = true;
      if (action === 'BUY') {
        buy += confidence * seat.weight;
        this.votes[k] = confidence;
        digest.number(1 + confidence);
      } else {
        sell += confidence * seat.weight;
        this.votes[k] = -confidence;
        digest.number(-1 - confidence);
      }
    }
    const best = Math.max(buy, sell);
    this.score = total > 0 ? best / total : 0;
    this.side = buy > sell ? 1 : sell > buy ? -1 : 0;
    this.agreed = this.side !== 0 && this.score - this.#act > LAST_BITS;
    this.undecided = !this.agreed && this.score - this.#hold >= -LAST_BITS;
    digest.number(this.score);
  }
}
