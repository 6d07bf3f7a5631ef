// Splits of history: the vectors, and by brute force that no training row knows of a test.

import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../../engine/errors.ts';
import {
  combinatorialPurged,
  purgedKFold,
  type RowRange,
  walkForward,
  walkForwardEfficiency,
} from '../../../engine/research/splits.ts';

const path = '../../../../shared/vectors/montecarlo_walkforward_cv.json';
const VECTORS = new URL(path, import.meta.url);
const absent = !existsSync(VECTORS);
const vectors = absent ? [] : JSON.parse(readFileSync(VECTORS, 'utf8')).vectors;
const vector = (id: string) => vectors.find((v: { id: string }) => v.id === id);

const pair = ({ from, to }: RowRange) => [from, to];
const rowsOf = (ranges: readonly RowRange[]) =>
  ranges.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, i) => from + i));

describe.skipIf(absent)('splits by ../shared/vectors (skipped without them)', () => {
  it.each(['walk_forward_rolling', 'walk_forward_anchored', 'walk_forward_rolling_purge2'])(
    '%s is met',
    (id) => {
      const { inputs, expected } = vector(id);
      const found = walkForward({
        rows: inputs.n,
        train: inputs.train,
        test: inputs.test,
        step: inputs.step,
        purge: inputs.purge_bars ?? 0,
        anchored: id.endsWith('anchored'),
      });
      expect(found.map(({ train, test }) => ({ train: pair(train), test: pair(test) }))).toEqual(
        expected,
      );
    },
  );

  it('wf_efficiency is met', () => {
    const { inputs, expected, tol } = vector('wf_efficiency');
    const found = walkForwardEfficiency(inputs.is_annual_return, inputs.oos_annual_return);
    expect(Math.abs(found - expected)).toBeLessThanOrEqual(tol);
  });

  it('purged_kfold_embargo is met', () => {
    const { inputs, expected } = vector('purged_kfold_embargo');
    const found = purgedKFold({
      rows: inputs.n,
      folds: inputs.k,
      labelRows: inputs.label_horizon_bars,
      embargoFraction: inputs.embargo_pct,
    });
    expect(
      found.map(({ test, train }) => ({ test: pair(test[0]!), train: rowsOf(train) })),
    ).toEqual(expected);
  });

  it.each(['cpcv_6_2', 'cpcv_10_2', 'cpcv_5_2'])('%s has its splits and paths', (id) => {
    const { inputs, expected } = vector(id);
    const found = combinatorialPurged({ rows: 60, folds: inputs.N, testFolds: inputs.k });
    expect({ splits: found.splits.length, paths: found.paths.length }).toEqual(expected);
  });

  it('leave no vector of the file out, with the trades of resampling.test.ts', () => {
    expect(vectors.map((v: { id: string }) => v.id)).toEqual([
      'trade_shuffle_exact',
      'trade_bootstrap_exact',
      'walk_forward_rolling',
      'walk_forward_anchored',
      'walk_forward_rolling_purge2',
      'wf_efficiency',
      'purged_kfold_embargo',
      'cpcv_6_2',
      'cpcv_10_2',
      'cpcv_5_2',
    ]);
  });
});

describe('walk-forward', () => {
  it('steps by the length of the test unless told otherwise, so that tests join', () => {
    const found = walkForward({ rows: 100, train: 30, test: 10 });
    expect(found).toHaveLength(7);
    for (const [i, { test }] of found.entries()) {
      expect(test).toEqual({ from: 30 + 10 * i, to: 40 + 10 * i });
    }
  });

  it('never trains on a row at or after its test, nor within the purge', () => {
    const sizes = fc.record({
      rows: fc.integer({ min: 1, max: 300 }),
      train: fc.integer({ min: 1, max: 100 }),
      test: fc.integer({ min: 1, max: 50 }),
      step: fc.integer({ min: 1, max: 60 }),
      purge: fc.integer({ min: 0, max: 20 }),
      anchored: fc.boolean(),
    });
    fc.assert(
      fc.property(sizes, (options) => {
        fc.pre(options.train + options.purge + options.test <= options.rows);
        for (const { train, test } of walkForward(options)) {
          expect(test.from - train.to).toBe(options.purge);
          expect(test.to - test.from).toBe(options.test);
          expect(test.to).toBeLessThanOrEqual(options.rows);
          expect(train.from).toBe(options.anchored ? 0 : train.to - options.train);
        }
      }),
      { seed: 14, numRuns: 300 },
    );
  });

  it('refuses what does not fit and what is no number of rows, all at once', () => {
    expect(() => walkForward({ rows: 11, train: 8, test: 4 })).toThrow(/at least one window/);
    const broken = { rows: 100, train: 0, test: 2.5, step: Number.NaN, purge: -1 };
    expect(() => walkForward(broken)).toThrow(/train[\s\S]*test[\s\S]*step[\s\S]*purge/);
  });

  it('has no efficiency without a gain in sample or with what is not finite', () => {
    expect(walkForwardEfficiency(-0.1, -0.2)).toBeNaN();
    expect(walkForwardEfficiency(0, 0.2)).toBeNaN();
    expect(walkForwardEfficiency(Number.NaN, 0.2)).toBeNaN();
    expect(walkForwardEfficiency(0.1, Number.POSITIVE_INFINITY)).toBeNaN();
    expect(walkForwardEfficiency(Number.POSITIVE_INFINITY, 0.1)).toBeNaN();
  });
});

describe('purged cross-validation', () => {
  const options = fc.record({
    rows: fc.integer({ min: 12, max: 60 }),
    folds: fc.integer({ min: 2, max: 6 }),
    labelRows: fc.integer({ min: 0, max: 5 }),
    embargoFraction: fc.double({ min: 0, max: 0.2, noNaN: true }),
    testFolds: fc.integer({ min: 1, max: 5 }),
  });

  it('keeps every row but those whose label meets a test label, and the embargo', () => {
    fc.assert(
      fc.property(options, (given) => {
        fc.pre(given.testFolds < given.folds);
        const { rows, labelRows: h } = given;
        const embargo = Math.floor(rows * given.embargoFraction);
        for (const { train, test } of combinatorialPurged(given).splits) {
          const tested = rowsOf(test);
          const expected = Array.from({ length: rows }, (_, i) => i).filter((i) => {
            const meets = tested.some((j) => i <= j + h && j <= i + h);
            const isEmbargoed = test.some(({ to }) => i >= to && i < to + h + embargo);
            return !meets && !isEmbargoed;
          });
          expect(rowsOf(train)).toEqual(expected);
        }
      }),
      { seed: 15, numRuns: 300 },
    );
  });

  it('has paths that test every row once, and uses each tested group once', () => {
    fc.assert(
      fc.property(options, (given) => {
        fc.pre(given.testFolds < given.folds);
        const { splits, paths, testFolds, folds } = combinatorialPurged(given);
        const used = new Set<string>();
        for (const list of paths) {
          expect(list).toHaveLength(folds.length);
          list.forEach((split, group) => {
            expect(testFolds[split]).toContain(group);
            used.add(`${split} ${group}`);
          });
        }
        expect(used.size).toBe(splits.length * given.testFolds);
        expect(rowsOf(folds)).toEqual(Array.from({ length: given.rows }, (_, i) => i));
      }),
      { seed: 16, numRuns: 100 },
    );
  });

  it('refuses unusable options, all at once', () => {
    const broken = { rows: 10, folds: 11, testFolds: 11, labelRows: -1, embargoFraction: 1 };
    expect(() => combinatorialPurged(broken)).toThrow(
      /labelRows[\s\S]*folds[\s\S]*testFolds[\s\S]*embargoFraction/,
    );
    expect(() => combinatorialPurged({ rows: 99, folds: 40, testFolds: 20 })).toThrow(InputError);
    expect(() => purgedKFold({ rows: 10, folds: 1 })).toThrow(InputError);
  });
});
