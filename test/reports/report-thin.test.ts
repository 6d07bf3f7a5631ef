// Thinning keeps what an eye looks for: the properties, over arbitrary curves.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { thinRows } from '../../reports/thin.ts';

const SEED = 20_261_120;

/** Curves with uneven times, holes, flat stretches and outliers. */
const curve = fc
  .array(
    fc.record({
      step: fc.constantFrom(0, 1, 1, 1, 7, 1000),
      value: fc.oneof(
        { weight: 8, arbitrary: fc.double({ min: -1e6, max: 1e6, noNaN: true }) },
        { weight: 2, arbitrary: fc.constant(Number.NaN) },
        { weight: 1, arbitrary: fc.constant(0) },
      ),
    }),
    { minLength: 1, maxLength: 600 },
  )
  .map((points) => {
    let at = 1_700_000_000_000;
    const x = Float64Array.from(points, ({ step }) => {
      at += step;
      return at;
    });
    return { x, y: Float64Array.from(points, ({ value }) => value) };
  });

const columns = fc.integer({ min: 1, max: 40 });

function holds(claim: (x: Float64Array, y: Float64Array, width: number, kept: number[]) => void) {
  const property = fc.property(curve, columns, ({ x, y }, width) =>
    claim(x, y, width, thinRows(x, y, x.length, width)),
  );
  fc.assert(property, { seed: SEED, numRuns: 300 });
}

describe(`a thinned curve (seed ${SEED})`, () => {
  it('holds rows of the curve in order, at most four for each pixel column', () => {
    holds((x, _y, width, kept) => {
      expect(kept.every((row, at) => row < x.length && (at === 0 || row > kept[at - 1]!))).toBe(
        true,
      );
      expect(kept.length).toBeLessThanOrEqual(4 * width);
    });
  });

  it('holds the lowest and the highest value of the whole and both ends', () => {
    holds((_x, y, _width, kept) => {
      const values = [...y].filter(Number.isFinite);
      if (values.length === 0) return;
      const drawn = kept.map((row) => y[row]!).filter(Number.isFinite);
      expect(Math.min(...drawn)).toBe(Math.min(...values));
      expect(Math.max(...drawn)).toBe(Math.max(...values));
      expect(kept).toContain(y.findIndex(Number.isFinite));
      expect(kept).toContain(y.findLastIndex(Number.isFinite));
    });
  });

  it('holds the lowest and the highest value of every pixel column', () => {
    holds((x, y, width, kept) => {
      if (x.length <= 4 * width) return;
      const perColumn = (x.at(-1)! - x[0]!) / width;
      const columnOf = (row: number) =>
        perColumn > 0 ? Math.min(width - 1, Math.floor((x[row]! - x[0]!) / perColumn)) : width - 1;
      const rows = [...x.keys()].filter((row) => Number.isFinite(y[row]));
      const extremes = (of: number[]) => {
        const byColumn = new Map<number, [number, number]>();
        for (const row of of) {
          const [low, high] = byColumn.get(columnOf(row)) ?? [y[row]!, y[row]!];
          byColumn.set(columnOf(row), [Math.min(low, y[row]!), Math.max(high, y[row]!)]);
        }
        return byColumn;
      };
      expect(extremes(kept.filter((row) => Number.isFinite(y[row])))).toEqual(extremes(rows));
    });
  });

  it('is the curve itself when it has no more rows than four for each column', () => {
    expect(thinRows([1, 2, 3, 4], [5, Number.NaN, 7, 8], 4, 1)).toEqual([0, 1, 2, 3]);
    expect(thinRows([], [], 0, 100)).toEqual([]);
  });

  it('breaks where a hole fills a pixel column and closes over a smaller one', () => {
    const x = Float64Array.from({ length: 100 }, (_, i) => i);
    const y = Float64Array.from({ length: 100 }, (_, i) => (i >= 40 && i < 60 ? Number.NaN : i));
    y[5] = Number.NaN;
    const holes = thinRows(x, y, 100, 10).filter((row) => Number.isNaN(y[row]));
    expect(holes.length).toBeGreaterThan(0);
    expect(holes.every((row) => row >= 40 && row < 60)).toBe(true);
  });

  it('keeps the one bad minute of a year', () => {
    const minutes = 525_600;
    const x = Float64Array.from({ length: minutes }, (_, i) => i * 60_000);
    const y = new Float64Array(minutes).fill(100);
    y[314_159] = 3;
    y[271_828] = 900;
    const kept = thinRows(x, y, minutes, 900);
    expect(kept).toEqual(expect.arrayContaining([0, 271_828, 314_159, minutes - 1]));
    expect(kept.length).toBeLessThanOrEqual(3600);
  });
});
