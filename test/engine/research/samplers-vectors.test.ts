// What samplers are made of, by the vectors, by published points and by hand.

import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cmaParameters } from '../../../engine/research/samplers/cma-cloud.ts';
import { defaultPopulation } from '../../../engine/research/samplers/cma-es.ts';
import { eigenOf } from '../../../engine/research/samplers/eigen.ts';
import {
  kernelWidths,
  logNormal,
  logSumExp,
  recencyWeights,
} from '../../../engine/research/samplers/parzen.ts';
import { hyperbandBrackets, promoted } from '../../../engine/research/samplers/rungs.ts';
import { MAX_DIMENSIONS, sobolPoint } from '../../../engine/research/samplers/sobol-sequence.ts';
import { goodCount } from '../../../engine/research/samplers/tpe.ts';

const VECTORS = new URL('../../../../shared/vectors/', import.meta.url);
const here = existsSync(VECTORS);

interface Vector {
  readonly id: string;
  readonly inputs: never;
  readonly expected: never;
  readonly tol: number;
  readonly note: string;
}

function vectorsOf(file: string): (id: string) => Vector {
  const text = here ? readFileSync(new URL(file, VECTORS), 'utf8') : '{"vectors":[]}';
  const { vectors } = JSON.parse(text) as { vectors: Vector[] };
  return (id) => vectors.find((vector) => vector.id === id)!;
}

function expectNear(actual: readonly number[], expected: readonly number[], tol: number): void {
  expect(actual.length).toBe(expected.length);
  actual.forEach((value, i) => {
    expect(Math.abs(value - expected[i]!)).toBeLessThanOrEqual(tol);
  });
}

describe.skipIf(!here)('the vectors (skipped where shared/vectors is absent)', () => {
  const vector = vectorsOf('optimisers.json');

  it.each([
    ['hyperband_table1_R81_eta3', 'reference'],
    ['hyperband_alg1_R81_eta3', 'paper'],
  ] as const)('%s', (id, rounding) => {
    const { inputs, expected, tol } = vector(id);
    const { R, eta } = inputs as { R: number; eta: number };
    const brackets = hyperbandBrackets(R, eta, rounding);
    brackets.forEach((rungs, k) => {
      const rows = expected[String(brackets.length - 1 - k)] as number[][];
      expectNear(
        rungs.map(({ points }) => points),
        rows.map(([n]) => n!),
        tol,
      );
      expectNear(
        rungs.map(({ resource }) => resource),
        rows.map(([, r]) => r!),
        tol || 1e-12,
      );
    });
    expect(brackets.length).toBe(Object.keys(expected).length);
  });

  it('optuna_hyperband_budgets', () => {
    const { inputs, expected } = vector('optuna_hyperband_budgets');
    const { min, max, eta } = inputs as { min: number; max: number; eta: number };
    expect(hyperbandBrackets(max / min, eta).map(([first]) => first!.points)).toEqual(expected);
  });

  it('asha_promotion_minimise', () => {
    const { inputs, expected } = vector('asha_promotion_minimise');
    const { cases: rungs } = inputs as {
      cases: { value: number; competing: number[]; eta: number }[];
    };
    const goesUp = rungs.map(({ value, competing, eta }) =>
      promoted(
        competing.map((one) => [one]),
        eta,
      ).includes(competing.indexOf(value)),
    );
    expect(goesUp).toEqual(expected);
  });

  it('tpe_gamma', () => {
    const { inputs, expected } = vector('tpe_gamma');
    expect((inputs as { n: number[] }).n.map(goodCount)).toEqual(expected);
  });

  it('tpe_weights_27', () => {
    const { inputs, expected, tol } = vector('tpe_weights_27');
    expectNear(recencyWeights((inputs as { n: number }).n), expected, tol);
  });

  it('tpe_acquisition', () => {
    const { inputs, expected, tol } = vector('tpe_acquisition');
    const { x, below, above, bandwidth_below, bandwidth_above } = inputs as {
      x: number;
      below: number[];
      above: number[];
      bandwidth_below: number;
      bandwidth_above: number;
    };
    const log = (centres: number[], width: number) =>
      logSumExp(centres.map((centre) => logNormal(x, centre, width))) - Math.log(centres.length);
    const [l, g] = [log(below, bandwidth_below), log(above, bandwidth_above)];
    const wanted = expected as { l: number; g: number; log_ratio: number };
    expectNear([Math.exp(l), Math.exp(g), l - g], [wanted.l, wanted.g, wanted.log_ratio], tol);
  });

  it.each([2, 5, 10])('cmaes_defaults_n%i', (n) => {
    const { expected, tol, note } = vector(`cmaes_defaults_n${n}`);
    const wanted = expected as Record<string, number>;
    const more = JSON.parse(note) as Record<string, number>;
    const p = cmaParameters(n, defaultPopulation(n));
    expect([p.lambda, p.mu]).toEqual([wanted['lam'], wanted['mu']]);
    expectNear(
      [p.muEff, p.weights[0]!, p.cc, p.cs, p.c1, p.cMu, p.damps, p.chiN],
      [
        wanted['mueff']!,
        wanted['weights0']!,
        ...['cc', 'cs', 'c1', 'cmu_tutorial2016', 'damps', 'chiN'].map((key) => more[key]!),
      ],
      tol,
    );
  });
});

describe('kernel widths', () => {
  it('are the gaps of Optuna: to the larger side, the outer two inwards, clipped', () => {
    // tests/samplers_tests/tpe_tests/test_parzen_estimator.py, on -1 to 1.
    expectNear(kernelWidths([0.4], -1, 1), [1.4], 1e-12);
    expectNear(kernelWidths([-0.3, 0.3], -1, 1), [0.6, 0.6], 1e-12);
    // By hand: clipped from below at 2 / min(100, 1 + 5) = 1 / 3.
    expectNear(kernelWidths([-0.4, 0.4, 0.41, 0.42], -1, 1), [0.8, 0.8, 1 / 3, 1 / 3], 1e-12);
  });
});

describe('kernels', () => {
  it('that are cut off at the ends hold one in all', () => {
    // The middle deviation of a normal holds 0.6826894921370859 of it, two hold 0.9544997361036416.
    const peak = 1 / Math.sqrt(2 * Math.PI);
    expect(Math.exp(logNormal(0, 0, 1, -1, 1))).toBeCloseTo(peak / 0.682_689_492_137_085_9, 11);
    expect(Math.exp(logNormal(3, 3, 0.5, 2, 4))).toBeCloseTo(
      (2 * peak) / 0.954_499_736_103_641_6,
      11,
    );
    // Far in a tail: between 5 and 6 deviations there is 2.856653e-7 of it.
    expect(Math.exp(logNormal(5, 0, 1, 5, 6))).toBeCloseTo(1.486_719_514_7e-6 / 2.856_649_8e-7, 3);
  });
});

describe("Sobol's sequence", () => {
  const none = (dimensions: number) => new Uint32Array(dimensions);

  it("begins as the authors' program does in three dimensions", () => {
    // Printed for `sobol 10 3 new-joe-kuo-6.21201` at web.maths.unsw.edu.au/~fkuo/sobol.
    expect(Array.from({ length: 10 }, (_, i) => sobolPoint(i, none(3)))).toEqual([
      [0, 0, 0],
      [0.5, 0.5, 0.5],
      [0.75, 0.25, 0.25],
      [0.25, 0.75, 0.75],
      [0.375, 0.375, 0.625],
      [0.875, 0.875, 0.125],
      [0.625, 0.125, 0.875],
      [0.125, 0.625, 0.375],
      [0.1875, 0.3125, 0.9375],
      [0.6875, 0.8125, 0.4375],
    ]);
  });

  it("has the authors' points 4, 121 and 122 in twenty-one dimensions", () => {
    // `sobol 123 27 new-joe-kuo-6.21201`, first 21 of 27 columns, in 128ths.
    const inShares = (list: number[]) => list.map((n) => n / 128);
    expect(sobolPoint(4, none(21))).toEqual(
      inShares([
        48, 48, 80, 112, 48, 16, 48, 112, 112, 80, 112, 48, 48, 80, 48, 112, 48, 112, 112, 16, 16,
      ]),
    );
    expect(sobolPoint(121, none(21))).toEqual([
      0.6328125, 0.5390625, 0.4296875, 0.0078125, 0.8515625, 0.7109375, 0.1171875, 0.1953125,
      0.2890625, 0.9140625, 0.7421875, 0.2109375, 0.7578125, 0.6328125, 0.2265625, 0.8984375,
      0.3359375, 0.5859375, 0.5546875, 0.6796875, 0.9140625,
    ]);
    expect(sobolPoint(122, none(21))).toEqual([
      0.8828125, 0.2890625, 0.6796875, 0.7578125, 0.6015625, 0.9609375, 0.8671875, 0.4453125,
      0.0390625, 0.6640625, 0.9921875, 0.4609375, 0.0078125, 0.3828125, 0.4765625, 0.1484375,
      0.0859375, 0.3359375, 0.8046875, 0.4296875, 0.1640625,
    ]);
  });

  it('holds one of any 2^k points in each 2^k-th of every dimension, shifted or not', () => {
    const property = fc.property(
      fc.array(fc.nat(0xffff_ffff), { minLength: 21, maxLength: 21 }),
      fc.nat(100),
      (shifts, block) => {
        const points = Array.from({ length: 64 }, (_, i) => sobolPoint(block * 64 + i, shifts));
        for (let d = 0; d < MAX_DIMENSIONS; d++) {
          expect(new Set(points.map((point) => Math.floor(point[d]! * 64))).size).toBe(64);
        }
      },
    );
    fc.assert(property, { seed: 11, numRuns: 20 });
  });
});

describe('eigenvectors', () => {
  it('take a symmetric matrix apart: V D V^T is the matrix, V^T V is one', () => {
    const size = fc.integer({ min: 1, max: 8 });
    const numbers = fc.array(fc.double({ min: -5, max: 5, noNaN: true }), {
      minLength: 64,
      maxLength: 64,
    });
    const property = fc.property(size, numbers, (n, list) => {
      const matrix = Array.from({ length: n }, (_, i) =>
        Float64Array.from({ length: n }, (_, j) => list[Math.min(i, j) * 8 + Math.max(i, j)]!),
      );
      const { values, vectors } = eigenOf(matrix);
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) {
          let whole = 0;
          let unit = 0;
          for (let k = 0; k < n; k++) {
            whole += vectors[i]![k]! * values[k]! * vectors[j]![k]!;
            unit += vectors[k]![i]! * vectors[k]![j]!;
          }
          expect(whole).toBeCloseTo(matrix[i]![j]!, 9);
          expect(unit).toBeCloseTo(i === j ? 1 : 0, 9);
        }
      }
    });
    fc.assert(property, { seed: 13, numRuns: 60 });
  });
});
