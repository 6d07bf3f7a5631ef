// A sweep's spec: what it means, and everything that is wrong with it at once.

import { describe, expect, it } from 'vitest';
import { checkConfig } from '../../../engine/config/check.ts';
import { mergeLayers } from '../../../engine/config/layers.ts';
import { InputError, problemText } from '../../../engine/errors.ts';
import {
  parameterPaths,
  type SweepGround,
  sweepPaths,
} from '../../../engine/research/sweep/paths.ts';
import {
  assignmentsOf,
  baseConfigOf,
  compileSweep,
  type SweepSpec,
  startSampler,
} from '../../../engine/research/sweep/spec.ts';
import smaCross from '../../../strategies/sma-cross.ts';

const config = checkConfig({ decision: { strategy: 'sma-cross', parameters: { slow: 40 } } });
const GROUND: SweepGround = {
  config,
  parameters: parameterPaths([{ id: 'sma-cross', strategy: smaCross }], true),
};
const [fast, slow] = ['decision.parameters.fast', 'decision.parameters.slow'] as const;
const FAST = { from: 5, to: 20, step: 5 };
const sweep = (spec: SweepSpec) => compileSweep(spec, GROUND);

function wrong(spec: unknown, ground = GROUND): string[] {
  try {
    compileSweep(spec, ground);
  } catch (error) {
    if (error instanceof InputError) return error.problems.map(problemText);
    throw error;
  }
  return [];
}

describe('a spec', () => {
  it('of parameters alone is the whole grid for the Sharpe ratio', () => {
    // A bare list is short for `{ values: list }`, which the tests below write.
    const one = sweep({ parameters: { [fast]: FAST, 'risk.trailingStop.buffer': [0.01, 0.02] } });
    expect(one).toMatchObject({
      config: null,
      objectives: [{ name: 'sharpe', goal: 'max', evaluate: null }],
      sampler: 'grid',
      budget: 8,
      batch: 16,
      seed: 1,
      splits: null,
    });
    const points = startSampler(one)
      .propose(100)
      .map(({ point }) => assignmentsOf(point));
    expect(points[1]).toEqual([
      [fast, 5],
      ['decision.risk.trailingStop.buffer', 0.02],
    ]);
    expect(points).toHaveLength(8);
  });

  it('takes paths short or whole, of values and of strategies, as --set does', () => {
    const one = sweep({
      parameters: {
        'parameters.slow': { values: [30, 50] },
        'world.slippageBps': { values: [1, 5] },
      },
    });
    expect(one.space.axes.map(({ path }) => path)).toEqual([slow, 'world.slippageBps']);
    for (const { point } of startSampler(one).propose(4)) {
      const merged = mergeLayers([
        { origin: 'base', values: config },
        { origin: 'sweep', assignments: assignmentsOf(point) },
      ]);
      expect(merged.config.decision.parameters['slow']).toBe(point[slow]);
    }
  });

  it('names a sampler, or a sampler with options', () => {
    const parameters = { [fast]: FAST };
    expect(sweep({ parameters, sampler: 'random' })).toMatchObject({
      sampler: 'random',
      budget: 4,
    });
    const tpe = sweep({ parameters, sampler: { tpe: { candidates: 48 } }, budget: 9 });
    expect(tpe.options).toEqual({
      startup: 10,
      candidates: 48,
      priorWeight: 1,
      multivariate: true,
    });
    expect(tpe.budget).toBe(9);
  });

  it('has one objective, or several, or a function', () => {
    const parameters = { [fast]: FAST };
    const names = (objective: SweepSpec['objective']) =>
      sweep({ parameters, ...(objective === undefined ? {} : { objective }) }).objectives;
    expect(names('cagr')).toEqual([{ name: 'cagr', goal: 'max', evaluate: null }]);
    expect(names({ sharpe: 'max', maxDrawdown: 'min' })).toEqual([
      { name: 'sharpe', goal: 'max', evaluate: null },
      { name: 'maxDrawdown', goal: 'min', evaluate: null },
    ]);
    const own = (result: { sharpe: number }) => result.sharpe;
    expect(names(own)).toEqual([{ name: 'objective', goal: 'max', evaluate: own }]);
  });

  it('splits the span in two, and may leave a rest that nobody looks at', () => {
    const parameters = { [fast]: FAST };
    const splits = (given: SweepSpec['splits']) =>
      sweep({ parameters, splits: given ?? null }).splits;
    expect(splits({})).toEqual({ train: 0.7, test: 0.3 });
    expect(splits({ train: 0.6 })).toEqual({ train: 0.6, test: 0.4 });
    expect(splits({ train: 0.5, test: 0.25 })).toEqual({ train: 0.5, test: 0.25 });
    expect(splits(null)).toBeNull();
  });

  it('takes the other side of a constraint from the base config where it is not swept', () => {
    const parameters = { [fast]: { values: [10, 30, 39, 40, 50] } };
    const order = { left: fast, is: '<', right: slow } as const;
    expect(sweep({ parameters, constraints: { order } }).budget).toBe(3);
  });

  it('is found without being checked: the name of its base config', () => {
    expect(baseConfigOf({ config: 'momentum', parameters: 5 })).toBe('momentum');
    expect(baseConfigOf({ config: 3 })).toBeNull();
    expect(baseConfigOf(null)).toBeNull();
  });
});

describe('the paths of a sweep', () => {
  const paths = sweepPaths(GROUND);

  it('are all values of the base config and all parameters of its strategies', () => {
    for (const path of [
      fast,
      slow,
      'seed',
      'decision.risk.trailingStop.buffer',
      'world.takerFeeBps',
      'world.symbols',
    ]) {
      expect(paths).toContain(path);
    }
    expect(new Set(paths).size).toBe(paths.length);
  });

  it('are no names, no branches, and nothing the base config does not have', () => {
    for (const path of [
      'name',
      '$schema',
      'decision.risk',
      'decision.agents',
      'decision.agents.quant-alpha.weight',
    ]) {
      expect(paths).not.toContain(path);
    }
  });

  it('name the parameters of agents below each agent', () => {
    const found = parameterPaths([{ id: 'mine', strategy: smaCross }], false);
    expect(Object.keys(found)[0]).toBe('decision.agents.mine.parameters.fast');
  });
});

describe('what is wrong with a spec', () => {
  it('is told all at once, with the nearest name', () => {
    expect(
      wrong({
        budgte: 5,
        parameters: {
          'decision.risk.trailingStop.bufer': { values: [0.01] },
          'decision.parameters.fats': FAST,
          'decision.risk.atrStop': { values: [1] },
          'decision.agents.quant-alpha.weight': { values: [1] },
          'risk.atrStop.period': { from: 20, to: 5, step: 0 },
          'risk.atrStop.multiple': { from: 0, to: 3, log: true, stps: 4 },
          'world.slippageBps': { from: 0, to: 5 },
        },
        objective: 'sharpe',
        sampler: 'grit',
        batch: 0,
      }),
    ).toEqual([
      'budgte: unknown key, was 5 (did you mean budget?)',
      'parameters.risk.atrStop.multiple.stps: unknown key, was 4 (did you mean steps?)',
      'batch: must be 1 to 100000, was 0',
      'sampler: must be one of grid, random, sobol, tpe, cma-es, halving, was "grit" (did you mean grid?)',
      'parameters.decision.risk.trailingStop.bufer: is not a path of the config (did you mean decision.risk.trailingStop.buffer?)',
      'parameters.decision.parameters.fats: is not a parameter of the strategy (did you mean decision.parameters.fast?)',
      'parameters.decision.risk.atrStop: is a part of the config: name one value of it (did you mean decision.risk.atrStop.enabled?)',
      expect.stringContaining('decision.agents.quant-alpha.weight: is not in the base config'),
      'parameters.risk.atrStop.period.from: must not be above to (5), was 20',
      'parameters.risk.atrStop.period.step: must be above 0, was 0',
    ]);
  });

  it.each([
    ['no object', 5, 'sweep: must be an object, was 5'],
    ['no parameters', {}, 'parameters: must hold at least one parameter'],
    ['a budget of 0', { parameters: { [fast]: FAST }, budget: 0 }, 'budget: must be'],
    [
      'an empty grid',
      { parameters: { [fast]: { values: [] } } },
      `parameters.${fast}.values: must hold at least one value`,
    ],
    [
      'an endless grid',
      { parameters: { 'world.slippageBps': { from: 0, to: 5 } } },
      'needs step, steps or integer for the sampler grid',
    ],
    [
      'the same value twice',
      { parameters: { 'parameters.fast': FAST, [fast]: FAST } },
      `parameters.${fast}: must not be there twice: parameters.parameters.fast is the same value`,
    ],
    [
      'a value that the config refuses',
      { parameters: { 'world.slippageBps': { values: [1, 2000] } } },
      'parameters.world.slippageBps.values: must be 0 to 1000, was 2000',
    ],
    [
      'a range that the strategy refuses',
      { parameters: { [fast]: { from: 0, to: 5, step: 1 } } },
      `parameters.${fast}.from: must be 1 to 5000, was 0`,
    ],
    [
      'a word where a number is',
      { parameters: { 'risk.trailingStop.kind': { values: ['venue', 'closed'] } } },
      'must be one of closes, venue, was "closed" (did you mean closes?)',
    ],
    [
      'parts of whole numbers',
      { parameters: { [fast]: { from: 5, to: 10 } }, sampler: 'random' },
      'must give whole numbers',
    ],
    [
      'a step that is not whole',
      { parameters: { 'risk.maxPositions': { from: 1, to: 3, step: 0.5 } } },
      'must give whole numbers',
    ],
    [
      'two samplers',
      { parameters: { [fast]: FAST }, sampler: { tpe: {}, random: {} } },
      'sampler: must name one sampler',
    ],
    [
      'an option it does not have',
      { parameters: { [fast]: FAST }, sampler: { tpe: { candidate: 3 } } },
      'sampler.tpe.candidate: unknown key, was 3 (did you mean candidates?)',
    ],
    [
      'a grid above its budget',
      { parameters: { [fast]: FAST }, budget: 3 },
      'budget: must hold every point of the grid (4)',
    ],
    [
      'cma-es over words alone',
      {
        parameters: { 'risk.sizing.rule': { values: ['kelly', 'confidence'] } },
        sampler: 'cma-es',
      },
      'sampler: must not be cma-es where no parameter is a range',
    ],
    [
      'cma-es with two objectives',
      { parameters: { [fast]: FAST }, sampler: 'cma-es', objective: { a: 'max', b: 'min' } },
      'objective: must be a single one for the sampler cma-es',
    ],
    [
      'halving on a small budget',
      { parameters: { [fast]: FAST }, sampler: 'halving', budget: 12 },
      'budget: must be at least 13 for halving with eta 3',
    ],
    [
      'no objective',
      { parameters: { [fast]: FAST }, objective: {} },
      'objective: must name at least one',
    ],
    [
      'a goal that is none',
      { parameters: { [fast]: FAST }, objective: { sharpe: 'most' } },
      'objective.sharpe: must be one of max, min, was "most"',
    ],
    [
      'splits above the whole',
      { parameters: { [fast]: FAST }, splits: { train: 0.8, test: 0.3 } },
      'splits.test: must not be above what train leaves (0.2), was 0.3',
    ],
  ])('%s', (_what, spec, expected) => {
    const found = wrong(spec);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(expected);
  });

  it('is an objective that is no statistic, where the names are known', () => {
    const ground = { ...GROUND, statistics: ['sharpe', 'cagr'] };
    expect(wrong({ parameters: { [fast]: FAST }, objective: 'sharp' }, ground)).toEqual([
      'objective: must be the name of a statistic, was "sharp" (did you mean sharpe?)',
    ]);
    expect(
      wrong({ parameters: { [fast]: FAST }, objective: { sharpe: 'max', cgar: 'max' } }, ground),
    ).toHaveLength(1);
  });

  it('are conditions on what is not swept, on values never taken, and in a circle', () => {
    const kind = 'risk.trailingStop.kind';
    const buffer = { from: 0.01, to: 0.02 };
    const when = (conditions: object) =>
      wrong({
        sampler: 'random',
        parameters: {
          [kind]: { values: ['closes', 'venue'] },
          'risk.trailingStop.buffer': { ...buffer, when: conditions },
          'risk.trailingStop.step': { from: 0, to: 0.01 },
        },
      });
    expect(when({ [kind]: 'venue' })).toEqual([]);
    expect(when({ [kind]: ['venue', 'closes'] })).toEqual([]);
    expect(when({ [kind]: 'venues' })).toEqual([
      expect.stringMatching(
        /buffer\.when\.risk\.trailingStop\.kind: must be a value that .*kind takes, was "venues"$/,
      ),
    ]);
    expect(when({ 'risk.trailingStop.enabled': true })[0]).toContain(
      'must be a parameter of this sweep',
    );
    expect(when({ 'risk.trailingStop.step': 0.01 })[0]).toContain('must not be a continuous range');
    expect(when({ 'risk.trailingStop.nope': 1 })[0]).toContain('is not a path of the config');
    expect(
      wrong({
        parameters: {
          [fast]: { values: [5], when: { [slow]: 30 } },
          [slow]: { values: [30], when: { [fast]: 5 } },
        },
      }),
    ).toEqual([
      `parameters.${fast}.when: must not run in a circle (${fast}, ${slow})`,
      `parameters.${slow}.when: must not run in a circle (${fast}, ${slow})`,
    ]);
  });

  it('are constraints that name nothing, compare no numbers, or leave no point', () => {
    const constrained = (name: string, constraint: object) =>
      wrong({
        parameters: {
          [fast]: FAST,
          [slow]: { values: [30, 40] },
          'risk.sizing.rule': { values: ['kelly'] },
        },
        constraints: { [name]: constraint },
      });
    expect(constrained('ok', { left: fast, is: '<', right: slow })).toEqual([]);
    expect(constrained('a', { left: fast, is: '<' })).toEqual(['constraints.a.right: is missing']);
    expect(constrained('a', { left: fast, is: '=', right: 1 })[0]).toContain(
      'constraints.a.is: must be one of <, <=',
    );
    expect(constrained('a', { left: 'risk.sizing.rule', is: '<', right: 1 })[0]).toContain(
      'must be a number, or the path of one',
    );
    expect(constrained('a', { left: 'risk.maxPositions', is: '<', right: 1 })).toEqual([
      'constraints.a: must name a parameter of this sweep',
    ]);
    expect(constrained('a', { left: fast, is: '<', right: fast })[0]).toContain(
      'must not compare a parameter with itself',
    );
    expect(constrained('a', { left: slow, is: '<', right: fast })).toEqual([
      `constraints.a: must be met by some point, was "${slow} < ${fast}"`,
    ]);
    expect(constrained('a', { left: 'parameters.fats', is: '<', right: 3 })[0]).toContain(
      'did you mean decision.parameters.fast?',
    );
  });

  it('are constraints that each leave a point, and together none', () => {
    expect(
      wrong({
        parameters: {
          [fast]: { from: 1, to: 9, integer: true },
          [slow]: { from: 2, to: 10, integer: true },
        },
        constraints: {
          one: { left: fast, is: '<', right: slow },
          two: { left: slow, is: '<', right: fast },
        },
      }),
    ).toEqual(['constraints: must leave a point of the space']);
  });

  it('says nothing more of a parameter that is wrong already', () => {
    expect(
      wrong({
        parameters: { [fast]: { from: 'x', to: 3 }, [slow]: { values: [30], when: { [fast]: 5 } } },
        constraints: { order: { left: fast, is: '<', right: slow } },
      }),
    ).toEqual([`parameters.${fast}.from: must be a finite number, was "x"`]);
  });
});
