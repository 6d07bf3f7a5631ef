// Every sampler keeps the contract, and those that learn find what is to be found.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Goal } from '../../../engine/research/samplers/contract.ts';
import { SAMPLERS, samplerKind, samplerProblems } from '../../../engine/research/samplers/list.ts';
import {
  isInSpace,
  meets,
  pointAt,
  pointKey,
  type Space,
} from '../../../engine/research/sweep/space.ts';
import { anyValue, type Judge, run, start } from './sampling.ts';
import { SPACES, spaceOf } from './spaces.ts';

/** What a sampler can do, of the spaces: the grid visits no endless one. */
const cases = SAMPLERS.flatMap((name) =>
  Object.entries(SPACES).flatMap(([label, space]) => {
    const isPossible =
      space.axes.every((axis) => (samplerKind(name).axisRule?.(axis) ?? null) === null) &&
      samplerProblems(name, { space, goals: ['max'], seed: 1, budget: 1e6, options: {} }).length ===
        0;
    return isPossible ? [{ name, label, space }] : [];
  }),
);

describe.each(cases)('the sampler $name on the $label space', ({ name, space }) => {
  it('says whether what it is told makes a difference', () => {
    const points = (judge: Judge) =>
      run(start(name, space, { budget: 40 }), 16, judge).map((one) => JSON.stringify(one));
    const isSame = points(anyValue).join() === points(() => null).join();
    if (!isSame) expect(start(name, space).learns).toBe(true);
    expect(start(name, space).learns).toBe(!['grid', 'random', 'sobol'].includes(name));
  });

  it('proposes points of the space that meet the constraints, numbered in order', () => {
    const property = fc.property(fc.nat(1e6), fc.integer({ min: 1, max: 20 }), (seed, batch) => {
      const all = run(start(name, space, { seed }), batch, anyValue);
      expect(all.length).toBeGreaterThan(0);
      all.forEach(({ index, point, fraction }, i) => {
        expect(index).toBe(i);
        expect(isInSpace(space, point), pointKey(point)).toBe(true);
        expect(meets(space, point), pointKey(point)).toBe(true);
        expect(fraction > 0 && fraction <= 1).toBe(true);
      });
    });
    fc.assert(property, { seed: 5, numRuns: 8 });
  });

  it('proposes the same for the same seed and values, and spends no more than its budget', () => {
    const plan = (seed: number) => run(start(name, space, { seed, budget: 40 }), 16, anyValue);
    expect(plan(7)).toEqual(plan(7));
    expect(plan(7).length).toBeLessThanOrEqual(40);
    if (name !== 'grid') expect(plan(7)).not.toEqual(plan(8));
  });

  it('goes on when every trial fails', () => {
    const all = run(start(name, space, { budget: 30 }), 16, () => null);
    expect(all.length).toBeGreaterThan(0);
  });

  it('says why it has ended', () => {
    const sampler = start(name, space, { budget: 30 });
    expect(sampler.ended).toBeNull();
    run(sampler, 16, anyValue);
    expect(sampler.ended).not.toBeNull();
    expect(sampler.propose(1)).toEqual([]);
  });

  it('is told in plan order or not at all', () => {
    const sampler = start(name, space);
    sampler.propose(2);
    expect(() => sampler.tell(1, [1], 'done')).toThrow('plan order');
    sampler.tell(0, [1], 'done');
    expect(() => sampler.tell(0, [1], 'done')).toThrow('plan order');
  });
});

describe.each(['grid', 'random', 'sobol'])('the sequence of %s', (name) => {
  it('does not depend on the batch nor on what it is told', () => {
    const space = SPACES['constrained']!;
    const points = (batch: number, judge: Judge) =>
      run(start(name, space, { seed: 3, budget: 50 }), batch, judge).map(({ point }) => point);
    expect(points(1, anyValue)).toEqual(points(16, () => null));
    // Which it says of itself, so that a search may ask for more at once than its batch.
    expect(start(name, space).learns).toBe(false);
  });

  it('meets every point of a finite space once', () => {
    for (const label of ['finite', 'constrained', 'conditional']) {
      const space = SPACES[label]!;
      const valid = new Set<string>();
      for (let i = 0; i < space.size; i++) {
        const point = pointAt(space, i);
        if (meets(space, point)) valid.add(pointKey(point));
      }
      const all = run(start(name, space, { budget: 10_000 }), 16, anyValue);
      expect(all.length).toBe(valid.size);
      expect(new Set(all.map(({ point }) => pointKey(point)))).toEqual(valid);
    }
  });
});

describe('the grid', () => {
  it('proposes the last of a million million points without making the others', () => {
    const thousand = { from: 1, to: 1000, integer: true };
    const space = spaceOf({ a: thousand, b: thousand, c: thousand, d: thousand });
    expect(space.size).toBe(1e12);
    expect(pointAt(space, 1e12 - 1)).toEqual({ a: 1000, b: 1000, c: 1000, d: 1000 });
    expect(pointAt(space, 123_456_789_012)).toEqual({ a: 124, b: 457, c: 790, d: 13 });
    const first = start('grid', space, { budget: 3 }).propose(3);
    expect(first.map(({ point }) => point['d'])).toEqual([1, 2, 3]);
  });

  it('refuses a budget that does not hold it', () => {
    const setup = { space: SPACES['finite']!, goals: ['max'] as Goal[], seed: 1, options: {} };
    expect(samplerProblems('grid', { ...setup, budget: 72 })).toEqual([]);
    const [problem] = samplerProblems('grid', { ...setup, budget: 71 });
    expect(problem).toMatchObject({ key: 'budget', value: 71 });
    expect(problem!.rule).toContain('72');
  });
});

describe('draws along a logarithm', () => {
  it('fall as often into each decade, continuous and whole alike', () => {
    const space = spaceOf({
      a: { from: 0.001, to: 1, log: true },
      b: { from: 1, to: 1000, log: true, integer: true },
    });
    const all = run(start('random', space, { budget: 3000 }), 100, anyValue);
    const below = (path: string, limit: number) =>
      all.filter(({ point }) => (point[path] as number) < limit).length;
    // A third of 3000 each, standard deviation 26: five of them.
    expect(Math.abs(below('a', 0.01) - 1000)).toBeLessThan(130);
    // ln(9.5 / 0.5) / ln(1000.5 / 0.5) = 0.3873 of whole numbers are below 10.
    expect(Math.abs(below('b', 10) - 1162)).toBeLessThan(135);
  });
});

describe('guided samplers', () => {
  const box = (n: number, range: [number, number]) =>
    spaceOf(
      Object.fromEntries(
        Array.from({ length: n }, (_, k) => [`x${k}`, { from: range[0], to: range[1] }]),
      ),
    );
  const sphere = {
    space: box(4, [-5, 3]),
    cost: (x: number[]) => x.reduce((sum, v) => sum + v * v, 0),
  };
  const rosenbrock = {
    space: box(2, [-2, 2]),
    cost: ([a, b]: number[]) => 100 * (b! - a! * a!) ** 2 + (1 - a!) ** 2,
  };
  const ellipse = {
    space: box(3, [-4, 5]),
    cost: (x: number[]) => x.reduce((sum, v, k) => sum + 100 ** (k / 2) * (v - 1) ** 2, 0),
  };
  type Task = { readonly space: Space; cost(x: number[]): number };

  const best = (name: string, { space, cost }: Task, seed: number, budget: number): number => {
    let least = Number.POSITIVE_INFINITY;
    const judge: Judge = (point) => {
      const value = cost(Object.values(point) as number[]);
      least = Math.min(least, value);
      return [value];
    };
    run(start(name, space, { seed, budget, goals: ['min'] }), 16, judge);
    return least;
  };
  const median = (list: number[]) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)]!;
  const seeds = [1, 2, 3, 4, 5, 6, 7];
  const medians = (name: string, task: Task, budget: number) =>
    median(seeds.map((seed) => best(name, task, seed, budget)));

  it.each([
    ['tpe', 'sphere', sphere, 200, 10],
    ['tpe', 'ellipse', ellipse, 200, 5],
    ['tpe', 'rosenbrock', rosenbrock, 200, 2],
    ['cma-es', 'sphere', sphere, 200, 100],
    ['cma-es', 'ellipse', ellipse, 300, 100],
    ['cma-es', 'rosenbrock', rosenbrock, 400, 100],
  ] as const)('%s on the %s is better than random by far', (name, _label, task, budget, factor) => {
    const guided = medians(name, task, budget);
    const blind = medians('random', task, budget);
    expect(blind / guided).toBeGreaterThan(factor);
  });

  it('cma-es finds the optimum of a sphere and of Rosenbrock in 1500 trials', () => {
    expect(medians('cma-es', sphere, 1500)).toBeLessThan(1e-9);
    expect(medians('cma-es', rosenbrock, 1500)).toBeLessThan(1e-9);
  });

  it('tpe finds the best word and the best of what depends on it', () => {
    const space = spaceOf({
      kind: { values: ['a', 'b', 'c', 'd'] },
      x: { from: 0, to: 1, when: { kind: 'c' } },
      y: { from: 0, to: 1, when: { kind: ['a', 'b'] } },
    });
    const counts = seeds.map((seed) => {
      const judge: Judge = ({ kind, x = 0, y = 0 }) => [
        kind === 'c' ? 2 - (x as number) : kind === 'd' ? 0.5 : (y as number),
      ];
      const all = run(start('tpe', space, { seed, budget: 120 }), 8, judge);
      return all
        .slice(60)
        .filter(({ point }) => point['kind'] === 'c' && (point['x'] as number) < 0.2).length;
    });
    // At random one in twenty would be there: 3 of 60.
    expect(median(counts)).toBeGreaterThan(30);
  });

  it('cma-es waits for a generation to be told whole', () => {
    const sampler = start('cma-es', box(4, [0, 1]), { budget: 100 });
    const first = sampler.propose(16);
    // 4 + floor(3 ln 4) = 8
    expect(first).toHaveLength(8);
    for (const { index } of first.slice(0, 7)) sampler.tell(index, [index], 'done');
    expect(sampler.propose(16)).toEqual([]);
    expect(sampler.ended).toBeNull();
    sampler.tell(7, [], 'failed');
    expect(sampler.propose(3)).toHaveLength(3);
  });

  it('cma-es keeps to constraints that leave one point in 720, and still gets better', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const space = spaceOf(
      Object.fromEntries(names.map((name) => [name, { from: 0, to: 1 }])),
      names.slice(1).map((right, k) => ({ name: right, left: names[k]!, is: '<', right })),
    );
    const judge: Judge = (point) => [names.reduce((sum, name) => sum + (point[name] as number), 0)];
    const least = (name: string, seed: number) => {
      const all = run(start(name, space, { seed, budget: 400, goals: ['min'] }), 16, judge);
      expect(all).toHaveLength(400);
      expect(all.every(({ point }) => meets(space, point))).toBe(true);
      return Math.min(...all.map((proposal) => judge(proposal.point, proposal)![0]!));
    };
    // The optimum, all at 0, is a corner where every constraint binds.
    const of = (name: string) => median([1, 2, 3].map((seed) => least(name, seed)));
    expect(of('random') / of('cma-es')).toBeGreaterThan(4);
  });

  it('refuses what it was not made for', () => {
    const many = Object.fromEntries(
      Array.from({ length: 22 }, (_, k) => [`x${k}`, { from: 0, to: 1 }]),
    );
    const setup = {
      space: spaceOf(many),
      goals: ['max'] as Goal[],
      seed: 1,
      budget: 10,
      options: {},
    };
    expect(samplerProblems('sobol', setup)).toMatchObject([{ key: 'parameters', value: 22 }]);
    expect(
      samplerProblems('halving', { ...setup, budget: 90, options: { points: 'sobol' } }),
    ).toHaveLength(1);
    expect(samplerProblems('cma-es', { ...setup, options: { population: 2 } })).toMatchObject([
      { key: 'sampler.cma-es.population', value: 2 },
    ]);
    expect(() => samplerKind('tp')).toThrow('did you mean tpe?');
  });

  it('a batch of tpe spreads although nothing of it is told', () => {
    const space = box(2, [0, 1]);
    const sampler = start('tpe', space, { budget: 100 });
    for (const { index, point } of sampler.propose(20)) {
      sampler.tell(index, [-((point['x0'] as number) ** 2)], 'done');
    }
    const batch = sampler.propose(16).map(({ point }) => pointKey(point));
    expect(new Set(batch).size).toBe(16);
  });
});
