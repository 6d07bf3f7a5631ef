// A poll as it was counted last: agents mostly say what they said before, and then it comes to the same.

export class Counted {
  side: 1 | -1 | 0 = 0;
  score = 0;
  /** What each vote counted for, signed; 0 = HOLD or abstained. */
  readonly shares: Float64Array;
  readonly #codes: Float64Array;
  #weights = -1;

  constructor(seats: number) {
    this.shares = new Float64Array(seats);
    this.#codes = new Float64Array(seats);
  }

  /** Whether it is the count of these votes, see ballots.ts, under the `weights`-th weights. */
  isOf(codes: Float64Array, weights: number): boolean {
    if (weights !== this.#weights) return false;
    const known = this.#codes;
    for (let k = 0; k < known.length; k++) if (codes[k] !== known[k]) return false;
    return true;
  }

  /** Remembers what it is the count of. */
  of(codes: Float64Array, weights: number): void {
    this.#codes.set(codes);
    this.#weights = weights;
  }
}
