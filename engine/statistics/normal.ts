// The standard normal distribution: its cumulative function and the inverse, to double precision.
//
//   |z| < 2    Phi(z) = 1/2 + phi(z) (z + z^3/3 + z^5/(3 5) + ...)        Marsaglia 2004
//   |z| >= 2   1 - Phi(z) = phi(z) / (z + 1/(z + 2/(z + 3/(z + ...))))    Laplace's fraction
//
// No tables of coefficients to mistype. simple-statistics was looked at and left: its normal is a
// table of four digits and its inverse is good to three, too coarse for 1 - 1/N with large N.

import { InputError } from '../errors.ts';

const SQRT_TWO_PI = Math.sqrt(2 * Math.PI);
const TAIL_FROM = 2;
// At 2 the fraction settles to the last bit within 150 levels, and sooner further out.
const TAIL_LEVELS = 200;

/**
 * P(Z <= z) of a standard normal Z, 0 to 1: absolute error below 1e-15, and below -2 a relative
 * one below 1e-12 (at -37; 1e-14 at -8). Source: Marsaglia, Evaluating the Normal Distribution, J. Stat. Software 11/4.
 */
export function normalCdf(z: number): number {
  const size = Math.abs(z);
  // Written so that a NaN takes this way out too: the series below would never settle on it.
  if (!(size < TAIL_FROM)) return z < 0 ? upperTail(size) : 1 - upperTail(size);
  let term = z;
  let sum = z;
  let previous = Number.NaN;
  for (let odd = 3; sum !== previous; odd += 2) {
    previous = sum;
    term *= (z * z) / odd;
    sum += term;
  }
  return 0.5 + density(z) * sum;
}

/**
 * The z with P(Z <= z) = probability, error below 1e-14 (1 + |z|): Abramowitz & Stegun 26.2.23
 * as the first guess (error 4.5e-4), then two Halley steps, each of which triples the digits.
 * Throws InputError unless 0 < probability < 1.
 */
export function normalQuantile(probability: number): number {
  if (!(probability > 0 && probability < 1)) {
    throw new InputError({
      key: 'probability',
      rule: 'must be above 0 and below 1',
      value: probability,
    });
  }
  if (probability === 0.5) return 0;
  // Solved in the lower tail, where the cumulative function keeps its relative precision.
  const tail = probability < 0.5 ? probability : 1 - probability;
  const t = Math.sqrt(-2 * Math.log(tail));
  let z =
    (2.515517 + t * (0.802853 + t * 0.010328)) /
      (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))) -
    t;
  for (let step = 0; step < 2; step++) {
    const u = (normalCdf(z) - tail) / density(z);
    z -= u / (1 + (z * u) / 2);
  }
  return probability < 0.5 ? z : -z;
}

function density(z: number): number {
  return Math.exp((-z * z) / 2) / SQRT_TWO_PI;
}

/** 1 - Phi(z) for z >= 2; 0 beyond 38, where a double holds nothing smaller. */
function upperTail(z: number): number {
  if (z > 38) return 0;
  let fraction = z;
  for (let level = TAIL_LEVELS; level > 0; level--) fraction = z + level / fraction;
  return density(z) / fraction;
}
