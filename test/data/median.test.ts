// The middle one without sorting, against the middle one of sorted values.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { medianOf } from '../../data/quality/median.ts';

it('is the middle of the sorted values, NaN last, whatever repeats', () => {
  const value = fc.oneof(
    fc.integer({ min: -3, max: 3 }),
    fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY),
    fc.double({ noNaN: true, min: -1e6, max: 1e6 }),
  );
  fc.assert(
    fc.property(fc.array(value, { maxLength: 250 }), (values) => {
      const sorted = Float64Array.from(values).sort();
      const middle = sorted.length >> 1;
      const isOdd = sorted.length % 2 === 1;
      const wanted = isOdd ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
      // Either zero is zero.
      expect(medianOf(values) + 0).toBe(values.length === 0 ? Number.NaN : wanted + 0);
    }),
  );
});
