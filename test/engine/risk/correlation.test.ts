// Correlation: against the definition, against simple-statistics, and which entries it refuses.

import fc from 'fast-check';
import { sampleCorrelation } from 'simple-statistics';
import { describe, expect, it } from 'vitest';
import { correlationCode, returnCorrelation } from '../../../engine/risk/correlation.ts';

/** Closes from log returns, in hundredths. */
const walk = (percents: readonly number[]) => {
  const out = [100];
  for (const percent of percents) out.push(out.at(-1)! * Math.exp(percent / 100));
  return Float64Array.from(out);
};

const UP = [1, -2, 3, -1, 2, 0, -3, 1, 2, -1];
const A = walk(UP);
const TWICE = walk(UP.map((each) => 2 * each));
const MIRROR = walk(UP.map((each) => -each));
const FLAT = walk(UP.map(() => 0));

describe('the correlation of returns', () => {
  it('is 1 for a leveraged copy and -1 for the mirror image', () => {
    expect(returnCorrelation(A, TWICE, 10, 10)).toBeCloseTo(1, 12);
    expect(returnCorrelation(A, MIRROR, 10, 10)).toBeCloseTo(-1, 12);
  });

  it('is the sample correlation of another library', () => {
    const list = fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 12, maxLength: 12 });
    const property = fc.property(list, list, (x, y) => {
      fc.pre(new Set(x).size > 1 && new Set(y).size > 1);
      const expected = sampleCorrelation(x, y);
      expect(returnCorrelation(walk(x), walk(y), 12, 12)).toBeCloseTo(expected, 9);
    });
    fc.assert(property, { seed: 240, numRuns: 100 });
  });

  it('looks back on its last candles only', () => {
    const turned = walk([...UP.slice(0, 5).map((each) => -each), ...UP.slice(5)]);
    expect(returnCorrelation(A, turned, 10, 5)).toBeCloseTo(1, 12);
    expect(returnCorrelation(A, turned, 10, 10)).toBeLessThan(0.5);
  });

  it('skips holes, and is not a number when they leave less than half', () => {
    const holed = TWICE.slice();
    holed[4] = Number.NaN;
    expect(returnCorrelation(A, holed, 10, 10)).toBeCloseTo(1, 12);
    holed[2] = Number.NaN;
    holed[7] = Number.NaN;
    expect(returnCorrelation(A, holed, 10, 10)).toBeNaN();
    expect(returnCorrelation(A, TWICE, 4, 10)).toBeNaN();
    expect(returnCorrelation(A, FLAT, 10, 10)).toBeNaN();
  });
});

describe('an entry', () => {
  const config = { enabled: true, lookbackCandles: 10, max: 0.8 };
  const code = (other: Float64Array, qty: number, side: 1 | -1, enabled = true) =>
    correlationCode({ ...config, enabled }, [A, other], [{ qty: 0 }, { qty }], 0, side, 10);

  it('is refused when it repeats an open position', () => {
    expect(code(TWICE, 1, 1)).toBe('correlated');
    expect(code(TWICE, -1, -1)).toBe('correlated');
    expect(code(MIRROR, -1, 1)).toBe('correlated');
    expect(code(MIRROR, 1, -1)).toBe('correlated');
  });

  it('passes when it hedges one, and when nothing is open', () => {
    expect(code(TWICE, 1, -1)).toBeNull();
    expect(code(MIRROR, 1, 1)).toBeNull();
    expect(code(TWICE, 0, 1)).toBeNull();
  });

  it('is not compared with a position of its own leg', () => {
    expect(correlationCode(config, [A], [{ qty: 1 }], 0, 1, 10)).toBeNull();
  });

  it('fails closed when the correlation cannot be told, or the cap is not a number', () => {
    expect(code(FLAT, 1, 1)).toBe('correlation-unknown');
    const broken = { ...config, max: Number.NaN };
    expect(correlationCode(broken, [A, TWICE], [{ qty: 0 }, { qty: 1 }], 0, -1, 10)).toBe(
      'correlated',
    );
  });

  it('is not looked at when the rule is off', () => {
    expect(code(TWICE, 1, 1, false)).toBeNull();
  });
});
