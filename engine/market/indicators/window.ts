// Sliding windows that never subtract. A running sum that adds the new value and takes the old one
// away drifts, and after one huge value it stays wrong. Here time is cut into blocks of `period`:
//
//   |. . . o o|o o . . .|      the window (o) = the tail of the last block + the head of this one
//
// `tails[k]` holds the sum (or the extreme, or mean and squares) of the last block from its k-th
// value to its end, `head` that of this block so far; joining the two is the answer. A full block is
// folded from its end, in place: below the write position `tails` holds this block's raw values.
//
// - A result depends on what is outside its window only through rounding, below period x 2^-53.
// - Until the first block is full its tails are NaN, hence so is the result: no warm-up branch.
// - The end of the array, tails[period], is an empty tail: 0, or -Infinity for a maximum.

/** The array of a window of `period` values, with nothing seen yet. */
export function emptyTails(period: number): Float64Array {
  return new Float64Array(period + 1);
}

/** Forgets everything; `nothing` is the value of an empty tail. */
export function clearTails(tails: Float64Array, nothing: number): void {
  tails.fill(Number.NaN);
  tails[tails.length - 1] = nothing;
}

/** Turns the values of a full block into the sums from each of them to the end of the block. */
export function foldSums(tails: Float64Array): void {
  let sum = 0;
  for (let k = tails.length - 2; k >= 0; k--) {
    sum += tails[k]!;
    tails[k] = sum;
  }
}

/** The same with maxima. */
export function foldMaxima(tails: Float64Array): void {
  let top = Number.NEGATIVE_INFINITY;
  for (let k = tails.length - 2; k >= 0; k--) {
    if (tails[k]! > top) top = tails[k]!;
    tails[k] = top;
  }
}

/**
 * Mean and variance of the last `period` values. Head and tail each keep a mean and a sum of squared
 * deviations from it (Welford 1962) and are joined by the formula of Chan, Golub and LeVeque (1983).
 * All its terms are squares, so a variance is never negative, a constant price has a variance of
 * exactly 0, and prices of 2e-7 or 2e+12 lose no digits.
 */
export class RollingMoments {
  /** Of the window, after `push`; NaN until `period` values were pushed. */
  mean = Number.NaN;
  /** Sum of squared deviations from the mean: over period the population variance. */
  squares = Number.NaN;
  readonly #period: number;
  readonly #meanTails: Float64Array;
  readonly #squareTails: Float64Array;
  /** 1 / k. */
  readonly #inverse: Float64Array;
  #at = 0;
  #headMean = 0;
  #headSquares = 0;

  constructor(period: number) {
    this.#period = period;
    this.#meanTails = emptyTails(period);
    this.#squareTails = emptyTails(period);
    this.#inverse = Float64Array.from({ length: period + 1 }, (_, k) => (k === 0 ? 0 : 1 / k));
    this.reset();
  }

  reset(): void {
    clearTails(this.#meanTails, 0);
    clearTails(this.#squareTails, 0);
    this.mean = this.squares = Number.NaN;
    this.#at = this.#headMean = this.#headSquares = 0;
  }

  push(x: number): void {
    const period = this.#period;
    const tails = this.#meanTails;
    tails[this.#at] = x;
    const at = this.#at + 1;
    const before = x - this.#headMean;
    const headMean = this.#headMean + before * this.#inverse[at]!;
    const headSquares = this.#headSquares + before * (x - headMean);
    const apart = headMean - tails[at]!;
    const share = at / period;
    // The mean of an empty tail is 0 and its share 0, so at the end of a block the head is exact.
    this.mean = tails[at]! + apart * share;
    this.squares = headSquares + this.#squareTails[at]! + apart * apart * share * (period - at);
    if (at < period) {
      this.#at = at;
      this.#headMean = headMean;
      this.#headSquares = headSquares;
    } else {
      this.#fold();
      this.#at = this.#headMean = this.#headSquares = 0;
    }
  }

  #fold(): void {
    const means = this.#meanTails;
    const period = this.#period;
    let mean = 0;
    let squares = 0;
    for (let k = period - 1; k >= 0; k--) {
      const x = means[k]!;
      const before = x - mean;
      mean += before * this.#inverse[period - k]!;
      squares += before * (x - mean);
      means[k] = mean;
      this.#squareTails[k] = squares;
    }
  }
}
