// The last `period` numbers, in order of size: for medians, ranks and quantiles that slide.
//
// A number is put into its place and the oldest taken out by one move of the memory between the two;
// nothing is allocated after the constructor, and nothing drifts, because nothing is summed.

export class SortedWindow {
  /** Ascending; of these the first `length` count. */
  readonly sorted: Float64Array;
  readonly #ring: Float64Array;
  #at = 0;
  /** Numbers held: 0 to the period. */
  length = 0;

  constructor(period: number) {
    this.sorted = new Float64Array(period);
    this.#ring = new Float64Array(period);
  }

  reset(): void {
    this.#at = 0;
    this.length = 0;
  }

  /** Takes `x` in, which is a number or an infinity, and lets the oldest go once the window is full. */
  push(x: number): void {
    const { sorted } = this;
    const ring = this.#ring;
    const last = this.length;
    if (last < ring.length) {
      const to = this.below(x);
      sorted.copyWithin(to + 1, to, last);
      sorted[to] = x;
      this.length = last + 1;
    } else {
      const from = this.below(ring[this.#at]!);
      let to = this.below(x);
      if (to > from) {
        to--;
        sorted.copyWithin(from, from + 1, to + 1);
      } else sorted.copyWithin(to + 1, to, from);
      sorted[to] = x;
    }
    ring[this.#at] = x;
    this.#at = this.#at + 1 === ring.length ? 0 : this.#at + 1;
  }

  /** How many are below `x`. */
  below(x: number): number {
    const { sorted } = this;
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sorted[middle]! < x) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** How many are above `x`. */
  above(x: number): number {
    const { sorted } = this;
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sorted[middle]! > x) high = middle;
      else low = middle + 1;
    }
    return this.length - low;
  }

  /** The middle one, or half way between the two in the middle; NaN when there is none. */
  median(): number {
    const { sorted, length } = this;
    if (length === 0) return Number.NaN;
    const half = length >> 1;
    return length % 2 === 1 ? sorted[half]! : halfWay(sorted[half - 1]!, sorted[half]!);
  }

  /**
   * The median of the distances from `centre`. Distances grow both ways from the centre, so the k-th
   * smallest is found by bisecting how many of them lie to the left.
   */
  medianDistance(centre: number): number {
    const { length } = this;
    if (length === 0) return Number.NaN;
    const split = this.below(centre);
    const half = length >> 1;
    const upper = this.#distance(centre, split, half);
    return length % 2 === 1 ? upper : halfWay(this.#distance(centre, split, half - 1), upper);
  }

  /** The k-th smallest distance, from 0; `split` numbers are below the centre. */
  #distance(centre: number, split: number, k: number): number {
    const { sorted, length } = this;
    // Of the k + 1 nearest, `left` are below the centre: the smallest such that no farther one is needed.
    let low = Math.max(0, k + 1 - (length - split));
    let high = Math.min(split, k + 1);
    while (low < high) {
      const left = (low + high) >> 1;
      const nextLeft = centre - sorted[split - left - 1]!;
      const lastRight = sorted[split + k - left]! - centre;
      if (nextLeft < lastRight) low = left + 1;
      else high = left;
    }
    const left = low > 0 ? centre - sorted[split - low]! : Number.NEGATIVE_INFINITY;
    const right = low <= k ? sorted[split + k - low]! - centre : Number.NEGATIVE_INFINITY;
    return Math.max(left, right);
  }
}

function halfWay(a: number, b: number): number {
  return a === b ? a : (a + b) / 2;
}
