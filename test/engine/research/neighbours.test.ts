// Claims about what lies beside the best of a sweep, by hand on a grid of five by five.

import { describe, expect, it } from 'vitest';
import { type NeighbourRow, sensitivityOf } from '../../../engine/research/sweep/neighbours.ts';

/** The best in the middle at 1, all beside it at `beside`, the rest at 0. */
function grid(beside: number, change: (row: NeighbourRow) => NeighbourRow = (row) => row) {
  return Array.from({ length: 25 }, (_, index): NeighbourRow => {
    const [a, b] = [index % 5, Math.floor(index / 5)];
    const far = Math.max(Math.abs(a - 2), Math.abs(b - 2));
    const values = [far === 0 ? 1 : far === 1 ? beside : 0];
    return change({ index, status: 'done', fraction: 1, point: { a, b }, values });
  });
}

describe('the sensitivity of a sweep', () => {
  it('is a plateau where the median neighbour keeps half of the lead, else a spike', () => {
    // The median trial is at 0, so a neighbour keeps what it has.
    expect(sensitivityOf(grid(0.8), 'max')).toEqual({
      best: 12,
      kind: 'plateau',
      neighbours: 8,
      keeping: 8,
      kept: 0.8,
      asGood: 0,
      losses: {
        a: { mean: expect.closeTo(0.2, 12), of: 2 },
        b: { mean: expect.closeTo(0.2, 12), of: 2 },
      },
    });
    expect(sensitivityOf(grid(0.1), 'max')).toMatchObject({ kind: 'spike', keeping: 0, kept: 0.1 });
  });

  it('turns around with a goal that is to be small', () => {
    const turned = grid(0.8, (row) => ({ ...row, values: [-row.values[0]!] }));
    expect(sensitivityOf(turned, 'min')).toEqual(sensitivityOf(grid(0.8), 'max'));
  });

  it('counts a failed neighbour as one that keeps nothing, and no trial on less of the span', () => {
    const one = grid(0.8, (row) =>
      row.index === 7 ? { ...row, status: 'failed', values: [null] } : row,
    );
    expect(sensitivityOf(one, 'max')).toMatchObject({ neighbours: 8, keeping: 7, kept: 0.8 });
    const early = grid(0.8, (row) => (row.index === 7 ? { ...row, fraction: 0.5 } : row));
    expect(sensitivityOf(early, 'max')).toMatchObject({ neighbours: 7, keeping: 7 });
  });

  it('says nothing of fewer than three neighbours, of trials that are all alike, and of none', () => {
    expect(sensitivityOf(grid(0.8).slice(12, 14), 'max')).toMatchObject({
      kind: 'unknown',
      neighbours: 1,
    });
    expect(sensitivityOf(grid(1).slice(11, 14), 'max')).toBeNull();
    expect(sensitivityOf([], 'max')).toBeNull();
  });
});
