// Whole lots over slices, windows that are refused, and the trajectory of Almgren and Chriss: the
// vectors of others and arithmetic by hand.

import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ParentFacts } from '../../../engine/execution/algorithms/contract.ts';
import {
  checkWindow,
  largestRemainder,
  ParentLots,
} from '../../../engine/execution/algorithms/schedule.ts';
import { TWAP_JITTER, twapTimes } from '../../../engine/execution/algorithms/twap.ts';
import {
  almgrenChrissKappa,
  almgrenChrissTrajectory,
} from '../../../engine/execution/trajectory.ts';
import { random } from '../../../engine/random.ts';

const VECTORS = new URL('../../../../shared/vectors/execution.json', import.meta.url);
const here = existsSync(VECTORS);
const settings = { seed: 3, numRuns: process.env['SAPPHIRE_LONG'] === '1' ? 10_000 : 500 };

interface Vector {
  readonly id: string;
  readonly inputs: Readonly<Record<string, number>> & { readonly profile?: readonly number[] };
  readonly expected: number & number[];
  readonly tol: number;
}

describe.skipIf(!here)('the execution vectors (skipped where shared/vectors is absent)', () => {
  const vectors: Vector[] = here ? JSON.parse(readFileSync(VECTORS, 'utf8')).vectors : [];
  const named = (id: string) => vectors.find((one) => one.id === id)!;

  it('is the file of seven vectors, implementation shortfall tested beside its code', () => {
    expect(vectors.map(({ id }) => id)).toEqual([
      'implementation_shortfall_buy',
      'twap_1000_in_7',
      'vwap_profile',
      'vwap_profile_uneven',
      'vwap_price',
      'almgren_chriss_kappa',
      'almgren_chriss_trajectory',
    ]);
  });

  it('twap_1000_in_7', () => {
    const { inputs, expected } = named('twap_1000_in_7');
    const even = new Array<number>(inputs['slices']!).fill(1);
    expect(largestRemainder(inputs['total_lots']!, even)).toEqual(expected);
  });

  it.each(['vwap_profile', 'vwap_profile_uneven'])('%s', (id) => {
    const { inputs, expected } = named(id);
    expect(largestRemainder(inputs['total_lots']!, inputs.profile!)).toEqual(expected);
  });

  it('almgren_chriss_kappa and almgren_chriss_trajectory', () => {
    const { inputs, expected, tol } = named('almgren_chriss_kappa');
    const { X, T, N, sigma, eta, gamma, lambda } = inputs;
    const model = { sigma: sigma!, eta: eta!, gamma: gamma!, lambda: lambda! };
    const kappa = almgrenChrissKappa(model, T! / N!);
    expect(Math.abs(kappa - expected)).toBeLessThanOrEqual(tol);
    const trajectory = named('almgren_chriss_trajectory');
    const ours = almgrenChrissTrajectory(X!, T!, N!, kappa);
    expect(ours).toHaveLength(trajectory.expected.length);
    for (const [j, held] of trajectory.expected.entries()) {
      expect(Math.abs(ours[j]! - held), `x${j}`).toBeLessThanOrEqual(trajectory.tol);
    }
  });
});

describe('the largest remainder', () => {
  it('adds up exactly and is never a lot away from the exact share', () => {
    const weights = fc
      .array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 50 })
      .filter((each) => each.some((weight) => weight > 1e-3));
    fc.assert(
      fc.property(fc.nat({ max: 1e9 }), weights, (total, each) => {
        const lots = largestRemainder(total, each);
        const sum = each.reduce((a, b) => a + b, 0);
        expect(lots.reduce((a, b) => a + b, 0)).toBe(total);
        for (const [k, count] of lots.entries()) {
          expect(Number.isInteger(count)).toBe(true);
          expect(Math.abs(count - (total * each[k]!) / sum)).toBeLessThan(1 + 1e-6);
        }
      }),
      settings,
    );
  });

  it('refuses weights that are none', () => {
    expect(() => largestRemainder(5, [])).toThrow('weights');
    expect(() => largestRemainder(5, [0, 0])).toThrow('weights');
    expect(() => largestRemainder(5, [1, -1])).toThrow('weights');
    expect(() => largestRemainder(5, [1, Number.NaN])).toThrow('weights');
    expect(() => largestRemainder(5.5, [1])).toThrow('whole');
  });
});

describe('the lots of a parent', () => {
  const parent: ParentFacts = {
    side: 1,
    qty: 0.3,
    decisionPrice: 100,
    startMs: 0,
    lotSize: 0.1,
    minNotionalUsd: 0,
    targetPrice: Number.NaN,
  };
  const idle = { nowMs: 0, price: 100, filledQty: 0, restingQty: 0 };

  it('are whole lots rounded down: 0.3 is three lots of 0.1 and 0.29 is two', () => {
    expect(new ParentLots(parent).total).toBe(3);
    expect(new ParentLots({ ...parent, qty: 0.29 }).total).toBe(2);
  });

  it('leave no room for what fills and rests, and none at all for what is unknown', () => {
    const lots = new ParentLots(parent);
    expect(lots.room({ ...idle, filledQty: 0.1, restingQty: 0.2 })).toBe(0);
    expect(lots.room({ ...idle, filledQty: 0.1, restingQty: 0.05 })).toBe(1);
    expect(lots.sizeOf(3, { ...idle, restingQty: Number.NaN }, 100)).toBe(0);
    expect(lots.sizeOf(3, idle, Number.NaN)).toBe(0);
  });

  it('are held back below the minimum, and completed where the rest would be below it', () => {
    const lots = new ParentLots({ ...parent, qty: 1, minNotionalUsd: 30 });
    expect(lots.sizeOf(2, idle, 100)).toBe(0);
    expect(lots.sizeOf(3, idle, 100)).toBe(3);
    expect(lots.sizeOf(8, idle, 100)).toBe(10);
    expect(lots.fewest(100)).toBe(3);
    expect(lots.fewest(99)).toBe(4);
  });

  it.each([
    ['lotSize', 0],
    ['qty', Number.NaN],
    ['qty', -1],
    ['decisionPrice', 0],
  ])('refuse a parent whose %s is %d', (name, value) => {
    expect(() => new ParentLots({ ...parent, [name]: value })).toThrow('broken invariant');
  });
});

describe('a window', () => {
  it('is refused where slices are none, or shorter than a base candle', () => {
    expect(checkWindow(300_000, 5, 60_000)).toEqual([]);
    expect(checkWindow(300_000, 0, 60_000)).toEqual([
      { key: 'execution.slices', rule: 'must be a whole number of at least 1', value: 0 },
    ]);
    expect(checkWindow(300_000, 6, 60_000, 'execution.twap')).toEqual([
      {
        key: 'execution.twap.slices',
        rule: 'must give slices no shorter than a base candle (1 min): at most 5',
        value: 6,
      },
    ]);
    expect(checkWindow(60_000, 1, 300_000)[0]!.rule).toContain('no shorter than a base candle');
    expect(checkWindow(Number.NaN, 1.5, 60_000)).toHaveLength(2);
  });
});

describe('the times of a TWAP', () => {
  it('start at once, ascend, and stay within a fifth of a slice, the last one never late', () => {
    const slices = fc.integer({ min: 1, max: 40 });
    fc.assert(
      fc.property(slices, fc.integer({ min: 1, max: 1e8 }), fc.nat(), (n, windowMs, seed) => {
        const times = twapTimes(1e12, windowMs, n, random(seed, 'twap'));
        const sliceMs = windowMs / n;
        expect(times[0]).toBe(1e12);
        for (const [k, timeMs] of times.entries()) {
          const off = timeMs - 1e12 - k * sliceMs;
          expect(Math.abs(off)).toBeLessThanOrEqual(TWAP_JITTER * sliceMs + 1e-3);
          if (k > 0) expect(timeMs).toBeGreaterThan(times[k - 1]!);
          if (k === n - 1) expect(off).toBeLessThanOrEqual(1e-3);
        }
        expect(twapTimes(1e12, windowMs, n, random(seed, 'twap'))).toEqual(times);
      }),
      settings,
    );
  });
});

describe('the trajectory of Almgren and Chriss', () => {
  const model = { sigma: 0.95, eta: 2.5e-6, gamma: 2.5e-7, lambda: 1e-6 };

  it('is the straight line without fear of risk, and near it with very little', () => {
    const line = [1000, 750, 500, 250, 0];
    expect(almgrenChrissKappa({ ...model, lambda: 0 }, 1)).toBe(0);
    expect(almgrenChrissTrajectory(1000, 4, 4, 0)).toEqual(line);
    const calm = almgrenChrissKappa({ ...model, lambda: 1e-18 }, 1);
    const near = almgrenChrissTrajectory(1000, 4, 4, calm);
    for (const [j, held] of line.entries()) expect(near[j]).toBeCloseTo(held, 6);
  });

  it('holds less at every time the greater the fear, and stays finite at any', () => {
    const calm = almgrenChrissTrajectory(1000, 5, 5, 0.3);
    const afraid = almgrenChrissTrajectory(1000, 5, 5, 2);
    for (const j of [1, 2, 3, 4]) expect(afraid[j]!).toBeLessThan(calm[j]!);
    expect(almgrenChrissTrajectory(1000, 5, 5, 1e4)).toEqual([1000, 0, 0, 0, 0, 0]);
  });

  it('refuses a model in which trading faster would be free', () => {
    expect(() => almgrenChrissKappa({ ...model, gamma: 1e-3 }, 1)).toThrow('eta above gamma');
    expect(() => almgrenChrissKappa(model, 0)).toThrow('tau > 0');
    expect(() => almgrenChrissKappa({ ...model, sigma: Number.NaN }, 1)).toThrow('impact');
  });
});
