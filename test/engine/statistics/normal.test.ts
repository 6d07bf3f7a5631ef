// The normal distribution against values of mpmath at 40 digits, rounded to doubles.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../../engine/errors.ts';
import { normalCdf, normalQuantile } from '../../../engine/statistics/normal.ts';

const CDF: readonly (readonly [number, number])[] = [
  [-37, 5.725571222524577e-300],
  [-20, 2.7536241186062337e-89],
  [-8, 6.220960574271784e-16],
  [-4, 3.1671241833119924e-5],
  [-2.5, 0.006209665325776135],
  [-1, 0.15865525393145705],
  [0, 0.5],
  [0.5, 0.6914624612740131],
  [1.96, 0.9750021048517795],
  [3.5, 0.9997673709209645],
  [4.5, 0.9999966023268753],
];

describe('the normal distribution', () => {
  it.each(CDF)('gives P(Z <= %d) to 1e-15, and to 1e-12 of itself in the tail', (z, expected) => {
    expect(Math.abs(normalCdf(z) - expected)).toBeLessThan(1e-15);
    if (z < -2) expect(Math.abs(normalCdf(z) / expected - 1)).toBeLessThan(1e-12);
  });

  it.each([
    [1e-300, -37.0470962993612],
    [1e-16, -8.222082216130435],
    [1e-9, -5.9978070150076865],
    [0.02425, -1.972961051311885],
    [0.4999, -0.0002506628300880351],
    [0.975, 1.9599639845400543],
  ])('inverts %d to 1e-14', (p, expected) => {
    expect(Math.abs(normalQuantile(p) - expected)).toBeLessThan(1e-14 * (1 + Math.abs(expected)));
  });

  it('has an inverse that leads back, for any probability', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-12, max: 0.999_999, noNaN: true }), (p) => {
        expect(Math.abs(normalCdf(normalQuantile(p)) / p - 1)).toBeLessThan(1e-12);
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  it('never falls as z rises, across the seams of the two formulas too', () => {
    for (const seam of [-38, -2, 2]) {
      let before = 0;
      for (let step = -50; step <= 50; step++) {
        const p = normalCdf(seam + step * 1e-6);
        expect(p).toBeGreaterThanOrEqual(before);
        before = p;
      }
    }
  });

  it('is 0 and 1 at the infinities and undefined for what is no number', () => {
    expect(normalCdf(Number.NEGATIVE_INFINITY)).toBe(0);
    expect(normalCdf(Number.POSITIVE_INFINITY)).toBe(1);
    expect(normalCdf(Number.NaN)).toBeNaN();
  });

  it.each([0, 1, -0.1, 1.1, Number.NaN])('refuses the probability %d', (p) => {
    expect(() => normalQuantile(p)).toThrow(InputError);
  });
});
