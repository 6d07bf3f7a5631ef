// The expected maximum of independent standard normals by its integral, for any real number of
// them from 1, and the way back. deflated-sharpe.ts has the papers' closed form, which is 0.04 low
// at two trials and not made for fractions; an effective number of trials is one.
//
//   E[max_N] = integral of x N phi(x) Phi(x)^(N - 1) dx

import { normalCdf } from './normal.ts';

const FROM = -10;
const TO = 12;
/** The trapezoid on a smooth bell doubles its digits with each halving: here to the last ones. */
const STEPS_PER_UNIT = 32;
const MOST = 1e12;

let table: { x: Float64Array; density: Float64Array; logCdf: Float64Array } | null = null;

/**
 * E[max] of `trials` independent standard normals, error below 1e-11 to 10^12 trials; 0 for one.
 * NaN below 1, above 10^12 and for what is no number.
 */
export function exactExpectedMaximum(trials: number): number {
  if (!(trials >= 1 && trials <= MOST)) return Number.NaN;
  if (trials === 1) return 0;
  table ??= makeTable();
  const { x, density, logCdf } = table;
  let sum = 0;
  for (let i = 0; i < x.length; i++) {
    sum += x[i]! * density[i]! * Math.exp((trials - 1) * logCdf[i]!);
  }
  return (trials * sum) / STEPS_PER_UNIT;
}

/**
 * The number of independent trials whose expected maximum is `maximum`, 1 to 10^12; 1 for 0 and
 * below, NaN for what is no number or more than 10^12 trials would show.
 */
export function trialsOfExpectedMaximum(maximum: number): number {
  if (maximum <= 0) return 1;
  if (!(maximum <= exactExpectedMaximum(MOST))) return Number.NaN;
  let low = 0;
  let high = Math.log(MOST);
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (exactExpectedMaximum(Math.exp(middle)) < maximum) low = middle;
    else high = middle;
  }
  return Math.exp((low + high) / 2);
}

function makeTable() {
  const points = (TO - FROM) * STEPS_PER_UNIT + 1;
  const x = Float64Array.from({ length: points }, (_, i) => FROM + i / STEPS_PER_UNIT);
  return {
    x,
    density: x.map((z) => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)),
    // In the upper half by the tail, where Phi itself has run out of digits.
    logCdf: x.map((z) => (z > 0 ? Math.log1p(-normalCdf(-z)) : Math.log(normalCdf(z)))),
  };
}
