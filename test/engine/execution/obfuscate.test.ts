// Obfuscation stays inside its bounds, and leaves limits on the better side alone.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  boundedLimit,
  delayOf,
  qtyFactor,
} from '../../../engine/execution/algorithms/obfuscate.ts';

const SEED = 20_261_121;
const settings = { enabled: true, qtySpread: 0.02, delayMinMs: 100, delayMaxMs: 1500 };
const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('obfuscation', () => {
  it('scales by 0.98 to 1.02 and delays by whole 100 to 1500 ms', () => {
    fc.assert(
      fc.property(unit, (u) => {
        const factor = qtyFactor(settings, () => u);
        const delay = delayOf(settings, () => u);
        expect(factor).toBeGreaterThanOrEqual(0.98);
        expect(factor).toBeLessThanOrEqual(1.02);
        expect(Number.isInteger(delay) && delay >= 100 && delay <= 1500).toBe(true);
      }),
      { seed: SEED, numRuns: 1000 },
    );
    expect([qtyFactor(settings, () => 0), delayOf(settings, () => 0)]).toEqual([0.98, 100]);
    expect(delayOf(settings, () => 1 - 2 ** -53)).toBe(1500);
  });

  it('bounds a limit at 0.5 % on the worse side only', () => {
    expect(boundedLimit(102, 1, 100, 50)).toBeCloseTo(100.5, 12);
    expect(boundedLimit(98, -1, 100, 50)).toBeCloseTo(99.5, 12);
    expect(boundedLimit(90, 1, 100, 50)).toBe(90);
    expect(boundedLimit(110, -1, 100, 50)).toBe(110);
    expect(boundedLimit(102, 1, Number.NaN, 50)).toBe(102);
  });
});
