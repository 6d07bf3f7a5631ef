// The legs that want to trade at one close, in the order in which they take capital: best score first,
// ties by leg. The same objects are used at every close.

import type { Seat } from '../agents/seat.ts';

/** Signed votes by agent id. */
export type Votes = Readonly<Record<string, number>>;

export const NO_VOTES: Votes = Object.freeze({});

/** A leg that wants to trade at this close, before capital is shared out. */
export interface Candidate {
  leg: number;
  side: 1 | -1 | 0;
  score: number;
  /** Exposure wanted; NaN when it was voted on. */
  target: number;
  /** Signed votes by seat, as in Consensus; empty when one strategy decides alone. */
  readonly votes: Float64Array;
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
      candidate = { leg, side, score, target, votes: new Float64Array(voters) };
      this.#list[k] = candidate;
    }
    candidate.leg = leg;
    candidate.side = side;
    candidate.score = score;
    candidate.target = target;
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

/** A candidate's votes by agent id, for a trade's record: abstentions are left out. */
export function votesById({ votes }: Candidate, seats: readonly Seat[]): Votes {
  if (votes.length === 0) return NO_VOTES;
  const record: Record<string, number> = {};
  seats.forEach((seat, k) => {
    const vote = votes[k]!;
    if (vote === vote) record[seat.id] = vote;
  });
  return record;
}
