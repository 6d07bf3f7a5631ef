// What polls that were counted ahead come to under weights that are earned: worked out when it is asked
// for, and kept until a trade has changed a weight, or the next window is heard.
//
// Polls go by the changes of a window: number 0 is what was said before its first one, number c what is
// said from the c-th change on.

import type { Ballots } from './ballots.ts';
import type { Learning } from './learning.ts';

export class Earned {
  /** Of the poll that was looked at last, before memory: as in Consensus. */
  side: 1 | -1 | 0 = 0;
  score = 0;
  readonly learning: Learning;
  readonly #ballots: Ballots;
  readonly #codes: Float64Array;
  /** By number; `weightings` is that of the count, -1 = there is none. */
  #sides = new Int8Array(0);
  #scores = new Float64Array(0);
  #weightings = new Int32Array(0);

  constructor(learning: Learning, ballots: Ballots, seats: number) {
    this.learning = learning;
    this.#ballots = ballots;
    this.#codes = new Float64Array(seats);
  }

  /** The score, signed by its direction. */
  get lean(): number {
    return this.side * this.score;
  }

  /** Another window was heard. */
  turn(): void {
    const { changes, changeSize } = this.#ballots;
    const polls = changes.length / changeSize + 1;
    if (polls > this.#scores.length) {
      this.#sides = new Int8Array(polls);
      this.#scores = new Float64Array(polls);
      this.#weightings = new Int32Array(polls);
    }
    this.#weightings.fill(-1);
  }

  /** Looks at the poll of a number; `said` is what was said before the first change. */
  look(number: number, said: Float64Array): void {
    const { weightings } = this.learning;
    if (this.#weightings[number] !== weightings) {
      const counted = this.learning.count(number === 0 ? said : this.#codesOf(number));
      this.#weightings[number] = weightings;
      this.#sides[number] = counted.side;
      this.#scores[number] = counted.score;
    }
    this.side = this.#sides[number] as 1 | -1 | 0;
    this.score = this.#scores[number]!;
  }

  #codesOf(number: number): Float64Array {
    const { changes, changeSize } = this.#ballots;
    const from = (number - 1) * changeSize + 2;
    for (let k = 0; k < this.#codes.length; k++) this.#codes[k] = changes.values[from + k]!;
    return this.#codes;
  }
}
