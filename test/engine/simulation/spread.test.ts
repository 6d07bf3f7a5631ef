// The half-spread of a taker.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { edgeHalfSpread, fixedHalfSpread } from '../../../engine/simulation/costs/spread.ts';

const SEED = 20_251_122;

describe('the half-spread', () => {
  it('is 0.0002 for 2 bps', () => {
    expect(fixedHalfSpread(2)).toBe(0.0002);
  });

  it('is half of an estimated spread: 30 bps of 60', () => {
    expect(edgeHalfSpread(0.006, 2, 100)).toBe(0.003);
  });

  it('is the floor, never free, where the estimate is NaN, 0, negative or smaller', () => {
    for (const spread of [Number.NaN, 0, -0.01, 0.0001]) {
      expect(edgeHalfSpread(spread, 2, 100)).toBe(0.0002);
    }
  });

  it('is cut at the bound, unless the floor is above it', () => {
    expect(edgeHalfSpread(0.5, 2, 100)).toBe(0.01);
    expect(edgeHalfSpread(Number.POSITIVE_INFINITY, 2, 100)).toBe(0.01);
    expect(edgeHalfSpread(0.5, 150, 100)).toBe(0.015);
  });

  it('is always a number between the floor and the larger of floor and bound', () => {
    const bps = fc.double({ min: 0, max: 1000, noNaN: true });
    const property = fc.property(fc.double(), bps, bps, (spread, floorBps, maxBps) => {
      const half = edgeHalfSpread(spread, floorBps, maxBps);
      return half >= floorBps / 10_000 && half <= Math.max(floorBps, maxBps) / 10_000;
    });
    fc.assert(property, { seed: SEED, numRuns: 500 });
  });
});
