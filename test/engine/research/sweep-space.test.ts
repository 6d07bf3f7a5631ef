// The values of one parameter, and the points of several: counted, found by number, kept to the rules.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Problem, problemText } from '../../../engine/errors.ts';
import { type Axis, axisOf, type SweptParameter } from '../../../engine/research/sweep/axis.ts';
import {
  isInSpace,
  meets,
  pointAt,
  pointAtShares,
  pointKey,
} from '../../../engine/research/sweep/space.ts';
import { SPACES, spaceOf } from './spaces.ts';

function axis(spec: SweptParameter): Axis {
  const problems: Problem[] = [];
  const found = axisOf('a', spec, 'a', problems);
  expect(problems.map(problemText)).toEqual([]);
  return found!;
}

const valuesOf = (spec: SweptParameter) => {
  const one = axis(spec);
  return Array.from({ length: one.count }, (_, k) => one.value(k));
};

const wrong = (spec: SweptParameter): string[] => {
  const problems: Problem[] = [];
  expect(axisOf('a', spec, 'a', problems)).toBeNull();
  return problems.map(problemText);
};

describe('the values of a parameter', () => {
  it('end with the end where a step lands on it, within 1e-9 of a step', () => {
    expect(valuesOf({ from: 0.1, to: 0.5, step: 0.1 })).toEqual([0.1, 0.2, 0.3, 0.4, 0.5]);
    expect(valuesOf({ from: 0, to: 0.3, step: 0.1 })).toEqual([0, 0.1, 0.2, 0.3]);
    expect(valuesOf({ from: 0, to: 1, step: 1 / 3 })).toHaveLength(4);
    expect(valuesOf({ from: 0, to: 0.999_999_999_9, step: 0.5 }).at(-1)).toBe(0.999_999_999_9);
    expect(valuesOf({ from: 5, to: 12, step: 3 })).toEqual([5, 8, 11]);
    expect(valuesOf({ from: 5, to: 6, step: 3 })).toEqual([5]);
  });

  it('are spaced evenly by the logarithm where log is true', () => {
    expect(valuesOf({ from: 0.001, to: 1, log: true, steps: 4 })).toEqual([0.001, 0.01, 0.1, 1]);
    expect(valuesOf({ from: 1, to: 10, log: true, steps: 10, integer: true })).toEqual([
      1, 2, 3, 4, 5, 6, 8, 10,
    ]);
    expect(axis({ from: 0.01, to: 1, log: true }).at(0.5)).toBe(0.1);
  });

  it('are whole numbers where integer is true, and steps of a line where steps says how many', () => {
    expect(valuesOf({ from: 2, to: 5, integer: true })).toEqual([2, 3, 4, 5]);
    expect(valuesOf({ from: 0, to: 1, steps: 5 })).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(valuesOf({ from: 7, to: 7 })).toEqual([7]);
  });

  it('of a choice keep their order and may be of any kind', () => {
    const values = ['1h', null, true, 3, ['a', 'b']] as const;
    expect(valuesOf({ values })).toEqual(values);
    expect(axis({ values }).optionOf(['a', 'b'])).toBe(4);
    expect(axis({ values }).optionOf(['b', 'a'])).toBe(-1);
    expect(axis({ values: [10, 20, 50] }).isOrdered).toBe(true);
    expect(axis({ values: [10, 50, 20] }).isOrdered).toBe(false);
  });

  it('own equal shares of their axis, each its own cell', () => {
    const specs: fc.Arbitrary<SweptParameter> = fc.oneof(
      fc
        .record({
          from: fc.integer({ min: -50, max: 50 }),
          count: fc.integer({ min: 1, max: 60 }),
          step: fc.constantFrom(0.1, 0.25, 1, 7),
        })
        .map(({ from, count, step }) => ({ from, to: from + count * step, step })),
      fc
        .record({ from: fc.integer({ min: 1, max: 50 }), more: fc.integer({ min: 1, max: 400 }) })
        .map(({ from, more }) => ({ from, to: from + more, integer: true, log: true })),
      fc
        .record({
          from: fc.double({ min: 1e-4, max: 1, noNaN: true }),
          steps: fc.integer({ min: 2, max: 30 }),
        })
        .map(({ from, steps }) => ({ from, to: from * 1000, log: true, steps })),
    );
    const property = fc.property(specs, (spec) => {
      const one = axis(spec);
      const { low, high, coordinateOf, cellOf, valueAt } = one.scale!;
      let edge = low;
      for (let k = 0; k < one.count; k++) {
        const value = one.value(k) as number;
        expect(one.optionOf(value)).toBe(k);
        expect(valueAt(coordinateOf(value))).toBe(value);
        const [from, to] = cellOf(value)!;
        expect(from).toBe(edge);
        expect(from < coordinateOf(value) && coordinateOf(value) < to).toBe(true);
        edge = to;
      }
      expect(edge).toBe(high);
      expect(one.at(0)).toBe(one.value(0));
      expect(one.at(1)).toBe(one.value(one.count - 1));
    });
    fc.assert(property, { seed: 21, numRuns: 100 });
  });

  it('are refused with the key, the rule and the value', () => {
    expect(wrong({})).toEqual(['a: needs values, or from and to']);
    expect(wrong({ from: 1 })).toEqual(['a.to: is missing']);
    expect(wrong({ values: [] })).toEqual(['a.values: must hold at least one value, was []']);
    expect(wrong({ values: [1, 2, 1] })).toEqual(['a.values: must hold each value once, was 1']);
    expect(wrong({ values: [1], step: 1 })).toEqual(['a.step: must not be there beside values']);
    expect(wrong({ from: 2, to: 1 })).toEqual(['a.from: must not be above to (1), was 2']);
    expect(wrong({ from: 1, to: 2, step: 0 })).toEqual(['a.step: must be above 0, was 0']);
    expect(wrong({ from: 0, to: 2, log: true })).toEqual([
      'a.from: must be above 0 where log is true, was 0',
    ]);
    expect(wrong({ from: 1, to: 2.5, integer: true })).toEqual([
      'a.to: must be a whole number where integer is true, was 2.5',
    ]);
    expect(wrong({ from: 3, to: 2, step: -1 })).toHaveLength(2);
    expect(wrong({ from: 0, to: 1, step: 1e-12 })[0]).toContain('more than 1000000000 values');
  });
});

describe('the points of a space', () => {
  it('turn the last axis fastest', () => {
    const space = spaceOf({ a: { values: ['x', 'y'] }, b: { from: 1, to: 3, step: 1 } });
    const points = Array.from({ length: space.size }, (_, i) => Object.values(pointAt(space, i)));
    expect(points).toEqual([
      ['x', 1],
      ['x', 2],
      ['x', 3],
      ['y', 1],
      ['y', 2],
      ['y', 3],
    ]);
  });

  it('are not multiplied by what is inactive', () => {
    const space = SPACES['conditional']!;
    // none 1, fixed 5, trailing 5 x 2, each with 3 periods.
    expect(space.size).toBe((1 + 5 + 10) * 3);
    expect(pointAt(space, 0)).toEqual({ stop: 'none', period: 10 });
    expect(pointAt(space, 3)).toEqual({ stop: 'fixed', distance: 0.01, period: 10 });
    expect(pointAt(space, 47)).toEqual({
      stop: 'trailing',
      distance: 0.05,
      step: 0.002,
      period: 20,
    });
  });

  it('are inactive below an inactive one, and after the one they look at', () => {
    const space = spaceOf({
      c: { values: [1, 2], when: { b: 20 } },
      b: { values: [10, 20], when: { a: true } },
      a: { values: [true, false] },
    });
    expect(space.axes.map(({ path }) => path)).toEqual(['a', 'b', 'c']);
    const points = Array.from({ length: space.size }, (_, i) => pointAt(space, i));
    expect(points).toEqual([
      { a: true, b: 10 },
      { a: true, b: 20, c: 1 },
      { a: true, b: 20, c: 2 },
      { a: false },
    ]);
  });

  it('of any finite space are counted right, all different, in the space, in order', () => {
    const values = fc.integer({ min: 1, max: 4 });
    const shape = fc.array(fc.tuple(values, fc.option(fc.tuple(fc.nat(5), fc.nat(3)))), {
      minLength: 1,
      maxLength: 6,
    });
    const property = fc.property(shape, (list) => {
      const parameters = Object.fromEntries(
        list.map(([count, looks], k) => {
          const other = looks === null || k === 0 ? -1 : looks[0] % k;
          const spec: SweptParameter = { values: Array.from({ length: count }, (_, n) => n) };
          const when = { [`p${other}`]: (looks?.[1] ?? 0) % (list[other]?.[0] ?? 1) };
          return [`p${k}`, other < 0 ? spec : { ...spec, when }];
        }),
      );
      const space = spaceOf(parameters);
      const points = Array.from({ length: space.size }, (_, i) => pointAt(space, i));
      expect(new Set(points.map(pointKey)).size).toBe(space.size);
      expect(points.every((point) => isInSpace(space, point))).toBe(true);
      // Every point that shares lead to is one of them.
      const known = new Set(points.map(pointKey));
      for (let n = 0; n < 40; n++) {
        const shares = space.axes.map((_, k) => (n * (k + 3) * 0.618) % 1);
        expect(known.has(pointKey(pointAtShares(space, shares)))).toBe(true);
      }
    });
    fc.assert(property, { seed: 22, numRuns: 200 });
  });

  it('are endless where a range is continuous or there are more than can be told apart', () => {
    expect(SPACES['endless']!.size).toBe(Number.POSITIVE_INFINITY);
    const many = { from: 1, to: 1_000_000, integer: true };
    expect(spaceOf({ a: many, b: many, c: many }).size).toBe(Number.POSITIVE_INFINITY);
  });

  it('cannot depend on one another in a circle', () => {
    const circle = {
      a: { values: [1, 2], when: { b: 1 } },
      b: { values: [1, 2], when: { a: 1 } },
      c: { values: [1, 2] },
    };
    expect(() => spaceOf(circle)).toThrow('a.when: must not run in a circle (a, b)');
  });
});

describe('constraints', () => {
  it('hold between axes, and between an axis and a number', () => {
    const a = { from: 0, to: 10, integer: true };
    const space = (is: '<' | '<=' | '>' | '>=' | '!=', right: string | number) =>
      spaceOf({ a, b: a }, [{ name: 'n', left: 'a', is, right }]);
    const count = (one: ReturnType<typeof space>) =>
      Array.from({ length: one.size }, (_, i) => pointAt(one, i)).filter((p) => meets(one, p))
        .length;
    expect((['<', '<=', '>', '>=', '!='] as const).map((is) => count(space(is, 'b')))).toEqual([
      55, 66, 55, 66, 110,
    ]);
    expect(count(space('<', 3))).toBe(33);
  });

  it('do not bind what is inactive', () => {
    const space = spaceOf(
      {
        on: { values: [true, false] },
        a: { values: [1, 9], when: { on: true } },
        b: { values: [5] },
      },
      [{ name: 'n', left: 'a', is: '<', right: 'b' }],
    );
    const points = Array.from({ length: space.size }, (_, i) => pointAt(space, i));
    expect(points.filter((point) => meets(space, point))).toEqual([
      { on: true, a: 1, b: 5 },
      { on: false, b: 5 },
    ]);
  });
});
