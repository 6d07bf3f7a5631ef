// Several objectives, and several rungs of data: who beats whom, and who goes up.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Goal } from '../../../engine/research/samplers/contract.ts';
import { SAMPLERS, samplerProblems } from '../../../engine/research/samplers/list.ts';
import {
  crowdingOf,
  frontsOf,
  inOrder,
  paretoFront,
} from '../../../engine/research/samplers/pareto.ts';
import { type Judge, run, start } from './sampling.ts';
import { SPACES } from './spaces.ts';

describe('several objectives', () => {
  it('put the rows that nobody beats everywhere on the Pareto front', () => {
    const values = [
      [1, 5],
      [2, 4],
      [2, 5],
      [0, 9],
      [Number.NaN, 0],
      [2, 5],
    ];
    expect(paretoFront(values, ['max', 'min'])).toEqual([1]);
    expect(paretoFront(values, ['max', 'max'])).toEqual([2, 3, 5]);
    expect(paretoFront([], ['max'])).toEqual([]);
  });

  it('are sorted into fronts such that each front is the Pareto front of what is left', () => {
    const rows = fc.array(fc.tuple(fc.nat(6), fc.nat(6), fc.nat(3)), { maxLength: 25 });
    const property = fc.property(rows, (costs) => {
      const fronts = frontsOf(costs);
      for (let rank = 0, left = costs.map((_, i) => i); left.length > 0; rank++) {
        const front = paretoFront(
          left.map((i) => costs[i]!),
          ['min', 'min', 'min'],
        ).map((k) => left[k]!);
        expect(left.filter((i) => fronts[i] === rank)).toEqual(front);
        left = left.filter((i) => !front.includes(i));
      }
    });
    fc.assert(property, { seed: 12, numRuns: 100 });
  });

  it('rank within a front by how lonely a row is, failed rows last', () => {
    const costs = [[0, 4], [1, 3], [1.1, 2.9], [4, 0], null, [5, 5]];
    expect([
      ...crowdingOf([
        [0, 4],
        [1, 3],
        [1.1, 2.9],
        [4, 0],
      ]),
    ]).toEqual([
      Number.POSITIVE_INFINITY,
      expect.closeTo(0.55, 12),
      expect.closeTo(1.5, 12),
      Number.POSITIVE_INFINITY,
    ]);
    expect(inOrder(costs)).toEqual([0, 3, 2, 1, 5, 4]);
  });

  it('are taken by every sampler but cma-es', () => {
    const space = SPACES['endless']!;
    const goals: Goal[] = ['max', 'min'];
    const two: Judge = ({ weight }) => [weight as number, (weight as number) ** 2];
    for (const name of SAMPLERS) {
      const setup = { space, goals, seed: 1, budget: 60, options: {} };
      const keys = samplerProblems(name, setup).map(({ key }) => key);
      if (name === 'cma-es') expect(keys).toEqual(['objective']);
      else if (name !== 'grid') {
        expect(keys).toEqual([]);
        expect(run(start(name, space, { goals }), 16, two).length).toBeGreaterThan(30);
      }
    }
  });
});

describe('successive halving', () => {
  const space = SPACES['endless']!;
  const judge: Judge = ({ weight }) => [weight as number];

  it('sends the best third of each rung to three times the data', () => {
    const options = { eta: 3, minFraction: 0.1, mode: 'halving' };
    const all = run(start('halving', space, { budget: 13, options }), 16, judge);
    expect(all.map(({ rung }) => rung)).toEqual([...new Array(9).fill(0), 1, 1, 1, 2]);
    expect([0, 9, 12].map((i) => all[i]!.fraction)).toEqual([
      expect.closeTo(1 / 9, 12),
      expect.closeTo(1 / 3, 12),
      1,
    ]);
    const best = all.slice(0, 9).sort((a, b) => judge(b.point, b)![0]! - judge(a.point, a)![0]!);
    expect(all.slice(9, 12).map(({ from }) => from)).toEqual(
      best.slice(0, 3).map(({ index }) => index),
    );
    expect(all[12]!.point).toEqual(best[0]!.point);
  });

  it('is as wide as its budget allows', () => {
    // 70 + 23 + 7 = 100
    const all = run(start('halving', space, { budget: 100 }), 16, judge);
    expect([0, 1, 2].map((rung) => all.filter((one) => one.rung === rung).length)).toEqual([
      70, 23, 7,
    ]);
  });

  it('promotes none that failed, and ends its bracket when all did', () => {
    const failing: Judge = ({ weight }) => ((weight as number) < 0.8 ? null : [1]);
    const all = run(start('halving', space, { budget: 100 }), 16, failing);
    for (const { rung, point } of all) if (rung > 0) expect(point['weight']).toBeGreaterThan(0.8);
    const none = start('halving', space, { budget: 100 });
    expect(run(none, 16, () => null).every(({ rung }) => rung === 0)).toBe(true);
  });

  it('runs the brackets of hyperband one after the other, and again', () => {
    const options = { mode: 'hyperband', eta: 3, minFraction: 1 / 9 };
    const all = run(start('halving', space, { budget: 44, options }), 16, judge);
    const rungs = all.map(({ fraction }) => Math.round(fraction * 9));
    const pass = [...new Array(9).fill(1), 3, 3, 3, 9, ...new Array(5).fill(3), 9, 9, 9, 9];
    expect(rungs).toEqual([...pass, ...pass]);
  });

  it('without waiting promotes whoever is best so far', () => {
    const options = { mode: 'asha', eta: 3, minFraction: 1 / 9 };
    const all = run(start('halving', space, { budget: 60, options }), 9, judge);
    // 9 new; the best 3 go up beside 6 new; of those 3 the best goes up, beside 2 more of 15.
    expect(all.slice(0, 9).every(({ rung }) => rung === 0)).toBe(true);
    expect(
      all
        .slice(9, 18)
        .map(({ rung }) => rung)
        .sort(),
    ).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 1]);
    expect(all[18]!.rung).toBe(2);
    for (const { from, point, rung } of all) {
      if (from === null) continue;
      expect(all[from]!.point).toEqual(point);
      expect(all[from]!.rung).toBe(rung - 1);
    }
    const source = all.filter(({ from }) => from !== null).map(({ from }) => from);
    expect(new Set(source).size).toBe(source.length);
  });
});
