// Sobol's sequence in up to 21 dimensions: after any 2^k points each half, quarter, ... of every
// dimension holds the same number of them.
//
//   direction numbers: S. Joe and F. Y. Kuo, Constructing Sobol sequences with better
//   two-dimensional projections, SIAM J. Sci. Comput. 30 (2008), the set new-joe-kuo-6;
//   order: I. A. Antonov and V. M. Saleev 1979 (the index in Gray code)

/** Degree and inner coefficients of a primitive polynomial, and the first direction numbers. */
type Polynomial = readonly [coefficients: number, ...numbers: number[]];

/** Dimension 2 on; the degree is how many numbers there are. Dimension 1 needs none. */
const POLYNOMIALS: readonly Polynomial[] = [
  [0, 1],
  [1, 1, 3],
  [1, 1, 3, 1],
  [2, 1, 1, 1],
  [1, 1, 1, 3, 3],
  [4, 1, 3, 5, 13],
  [2, 1, 1, 5, 5, 17],
  [4, 1, 1, 5, 5, 5],
  [7, 1, 1, 7, 11, 19],
  [11, 1, 1, 5, 1, 1],
  [13, 1, 1, 1, 3, 11],
  [14, 1, 3, 5, 5, 31],
  [1, 1, 3, 3, 9, 7, 49],
  [13, 1, 1, 1, 15, 21, 21],
  [16, 1, 3, 1, 13, 27, 49],
  [19, 1, 1, 1, 15, 7, 5],
  [22, 1, 3, 1, 15, 13, 25],
  [25, 1, 1, 5, 5, 19, 61],
  [1, 1, 3, 7, 11, 23, 15, 103],
  [4, 1, 3, 7, 13, 13, 15, 69],
];

export const MAX_DIMENSIONS = POLYNOMIALS.length + 1;
const BITS = 32;
const SCALE = 2 ** -BITS;

const DIRECTIONS: readonly Uint32Array[] = [
  Uint32Array.from({ length: BITS }, (_, k) => 2 ** (BITS - 1 - k)),
  ...POLYNOMIALS.map(directionsOf),
];

/** Direction numbers as 32-bit fractions, by the recurrence of Bratley and Fox 1988. */
function directionsOf([coefficients, ...numbers]: Polynomial): Uint32Array {
  const degree = numbers.length;
  const v = new Uint32Array(BITS);
  for (let k = 0; k < BITS; k++) {
    if (k < degree) {
      v[k] = numbers[k]! * 2 ** (BITS - 1 - k);
      continue;
    }
    let mixed = v[k - degree]! ^ (v[k - degree]! >>> degree);
    for (let j = 1; j < degree; j++) {
      if ((coefficients >> (degree - 1 - j)) & 1) mixed ^= v[k - j]!;
    }
    v[k] = mixed;
  }
  return v;
}

/**
 * Point `index` (0 to 2^32 - 1) of the sequence, each coordinate in [0, 1); `shifts`, one 32-bit
 * number a dimension, are added digit by digit (exclusive or), which keeps the evenness.
 */
export function sobolPoint(index: number, shifts: ArrayLike<number>): number[] {
  const gray = (index ^ (index >>> 1)) >>> 0;
  return Array.from({ length: shifts.length }, (_, dimension) => {
    const directions = DIRECTIONS[dimension]!;
    let bits = shifts[dimension]!;
    for (let k = 0; gray >>> k !== 0 && k < BITS; k++) {
      if ((gray >>> k) & 1) bits ^= directions[k]!;
    }
    return (bits >>> 0) * SCALE;
  });
}
