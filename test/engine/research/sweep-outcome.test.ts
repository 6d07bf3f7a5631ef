// Who was best: by the objective, front by front where there are several, and only among trials that
// ran on as much of the span.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Goal } from '../../../engine/research/samplers/contract.ts';
import { frontsOf, inOrder } from '../../../engine/research/samplers/pareto.ts';
import {
  Board,
  bestOf,
  type FailureCode,
  hasRun,
  type Scored,
  type TrialRow,
  toldValues,
} from '../../../engine/research/sweep/outcome.ts';

const scored = (values: readonly (readonly number[])[]): Scored[] =>
  values.map((one, index) => ({ index, fraction: 1, values: one }));
const indices = (rows: readonly Scored[]) => rows.map(({ index }) => index);

function row(index: number, value: number | null, fraction = 1, code: FailureCode | null = null) {
  const status = value === null ? 'failed' : 'done';
  return { index, status, code, fraction, values: [value] } as unknown as TrialRow;
}

describe('the best', () => {
  it('have the largest or the smallest value, the first of equals before', () => {
    const rows = scored([[3], [5], [1], [5]]);
    expect(indices(bestOf(rows, ['max'], 3))).toEqual([1, 3, 0]);
    expect(indices(bestOf(rows, ['min'], 9))).toEqual([2, 0, 1, 3]);
    expect(bestOf([], ['max'], 3)).toEqual([]);
  });

  it('of several objectives are the front nobody beats, then the next; its ends come first', () => {
    //  0 (1,9) and 4 (9,1) are the ends, 2 (5,5) between; 1 and 3 are beaten by 2.
    const rows = scored([
      [1, 9],
      [4, 4],
      [5, 5],
      [2, 3],
      [9, 1],
    ]);
    expect(indices(bestOf(rows, ['max', 'max'], 5))).toEqual([0, 4, 2, 1, 3]);
    expect(indices(bestOf(rows, ['max', 'max'], 2))).toEqual([0, 4]);
  });

  it('are those that sorting all of them finds', () => {
    const value = fc.integer({ min: -4, max: 4 });
    const table = fc.array(fc.tuple(value, value), { maxLength: 40 });
    const goals: Goal[] = ['max', 'min'];
    fc.assert(
      fc.property(table, fc.integer({ min: 1, max: 45 }), (values, count) => {
        const costs = values.map(([a, b]) => [-a, b]);
        const wanted = inOrder(costs).slice(0, count);
        const fronts = frontsOf(costs);
        const found = indices(bestOf(scored(values), goals, count));
        expect(found.map((k) => fronts[k])).toEqual(wanted.map((k) => fronts[k]));
        if (count >= values.length) expect(found.toSorted()).toEqual(wanted.toSorted());
      }),
      { seed: 7, numRuns: 300 },
    );
  });
});

describe('the board', () => {
  it('counts what was completed, what failed, and why', () => {
    const board = new Board(['max']);
    board.add(row(0, 1));
    board.add(row(1, null, 1, 'refused'));
    board.add(row(2, null, 1, 'worker-lost'));
    board.add(row(3, null, 1, 'refused'));
    expect(board).toMatchObject({ trials: 4, completed: 1, failed: 3 });
    expect(board.failures).toEqual({ refused: 2, 'worker-lost': 1 });
    expect(indices(board.ranked(5))).toEqual([0]);
  });

  it('lets only trials on the largest share of the span compete', () => {
    const board = new Board(['max']);
    expect(board.best).toBeNull();
    board.add(row(0, 99, 1 / 3));
    expect(board.best?.index).toBe(0);
    board.add(row(1, 5, 1));
    board.add(row(2, 100, 1 / 3));
    board.add(row(3, 7, 1));
    expect(board.best?.index).toBe(3);
    expect(indices(board.ranked(9))).toEqual([3, 1]);
    expect(indices(board.front())).toEqual([3]);
  });

  it('knows which failures are of the objective alone: their backtest has run', () => {
    const codes: (FailureCode | null)[] = [null, 'objective-undefined', 'objective-failed'];
    expect(codes.every((code) => hasRun({ code }))).toBe(true);
    expect([
      'refused',
      'run-failed',
      'worker-lost',
      'warmup-missing',
      'broken-invariant',
    ]).toSatisfy((all: FailureCode[]) => all.every((code) => !hasRun({ code })));
    expect(toldValues([1, null])).toEqual([1, Number.NaN]);
  });
});
