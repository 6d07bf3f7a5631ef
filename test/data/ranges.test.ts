// Sets of instants, against the plainest one there is: a list of yes and no for every instant.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  missingFrom,
  type Range,
  reachBefore,
  withoutRange,
  withRange,
} from '../../data/ranges.ts';

const SIZE = 40;
const range = fc
  .tuple(fc.integer({ min: 0, max: SIZE }), fc.integer({ min: 0, max: SIZE }))
  .map(([a, b]): Range => [Math.min(a, b), Math.max(a, b)]);

const flagsOf = (ranges: readonly Range[]) =>
  Array.from({ length: SIZE }, (_, t) => ranges.some(([from, to]) => from <= t && t < to));

function isTidy(ranges: readonly Range[]): boolean {
  return ranges.every(([from, to], k) => from < to && (k === 0 || ranges[k - 1]![1] < from));
}

describe('ranges', () => {
  it('are the set that their instants are, sorted and apart', () => {
    const steps = fc.array(fc.tuple(fc.boolean(), range), { maxLength: 12 });
    fc.assert(
      fc.property(steps, range, (work, [fromMs, toMs]) => {
        let ranges: readonly Range[] = [];
        let flags = flagsOf([]);
        for (const [isMore, one] of work) {
          ranges = isMore ? withRange(ranges, one) : withoutRange(ranges, one);
          flags = flags.map((is, t) => (one[0] <= t && t < one[1] ? isMore : is));
          expect(isTidy(ranges)).toBe(true);
          expect(flagsOf(ranges)).toEqual(flags);
        }
        const missing = missingFrom(ranges, [fromMs, toMs]);
        expect(isTidy(missing)).toBe(true);
        expect(flagsOf(missing)).toEqual(flags.map((is, t) => !is && fromMs <= t && t < toMs));
      }),
      { seed: 20_250_106, numRuns: 500 },
    );
  });

  it('reach to infinity, and know what they go on from', () => {
    const asked: Range[] = [
      [10, 20],
      [30, 40],
    ];
    expect(missingFrom(asked, [15, Number.POSITIVE_INFINITY])).toEqual([
      [20, 30],
      [40, Number.POSITIVE_INFINITY],
    ]);
    expect([reachBefore(asked, 40), reachBefore(asked, 35)]).toEqual([30, 35]);
  });
});
