// From a sweep's spec to a sweep: space, objectives, sampler, budget. Everything that is wrong with a
// spec is told at once; what comes out of here needs no second look.
//
//   spec + base config  ->  axes  ->  space (conditions, constraints)  ->  sampler that can do it

import { isPlain, type Plain, type SchemaNode } from '../../config/place.ts';
import { InputError, nearest, type Problem } from '../../errors.ts';
import type { Goal, Sampler } from '../samplers/contract.ts';
import { Fresh } from '../samplers/fresh.ts';
import { countUpTo } from '../samplers/grid.ts';
import {
  makeSampler,
  type SamplerName,
  samplerKind,
  samplerProblems,
  withDefaults,
} from '../samplers/list.ts';
import { drawer } from '../samplers/random.ts';
import { type Axis, axisOf, type Condition, type SweptParameter, type Value } from './axis.ts';
import { type ConstraintSpec, constraintsOf, type Known } from './constraints.ts';
import { findPath, isWhole, type SweepGround, sweepPaths, valueProblems } from './paths.ts';
import { makeSpace, type Point, type Space } from './space.ts';
import { DEFAULT_BUDGET, SplitsSchema, SweepSchema, soundSpec } from './spec-schema.ts';

/** A spec as a TypeScript module may write it; a JSON file has the same keys. */
export interface SweepSpec {
  /** Path or name of the base config; the caller resolves it. */
  readonly config?: string | null;
  /** By config path; a bare list is short for its `values`. */
  readonly parameters: Readonly<Record<string, SweptParameter | readonly Value[]>>;
  readonly constraints?: Readonly<Record<string, ConstraintSpec>>;
  readonly objective?: string | Readonly<Record<string, Goal>> | ObjectiveFunction;
  readonly sampler?: SamplerName | Readonly<Partial<Record<SamplerName, object>>>;
  readonly budget?: number | null;
  readonly batch?: number;
  readonly seed?: number;
  readonly splits?: { readonly train?: number; readonly test?: number | null } | null;
}

/** Of the result of a trial, the number to be made large; NaN or a throw = the trial failed. */
// biome-ignore lint/suspicious/noExplicitAny: the runner says what it hands over
export type ObjectiveFunction = (result: any) => number;

export interface Objective {
  /** Name of a statistic; `objective` for a function. */
  readonly name: string;
  readonly goal: Goal;
  /** Set where the spec gives a function instead of a name. */
  readonly evaluate: ObjectiveFunction | null;
}

/** Shares of the span: `train` from its beginning, `test` right after; what is left is not touched. */
export interface Splits {
  readonly train: number;
  readonly test: number;
}

export interface Sweep {
  readonly config: string | null;
  readonly space: Space;
  /** One or more; values are told to the sampler in this order. */
  readonly objectives: readonly Objective[];
  readonly sampler: SamplerName;
  /** Of the sampler, with its defaults. */
  readonly options: Readonly<Plain>;
  /** Most trials; of a grid without a budget, exactly its points. */
  readonly budget: number;
  readonly batch: number;
  readonly seed: number;
  readonly splits: Splits | null;
}

/** What the spec calls its base config, or null; nothing else of it is looked at. */
export function baseConfigOf(spec: unknown): string | null {
  const name = isPlain(spec) ? spec['config'] : null;
  return typeof name === 'string' && name !== '' ? name : null;
}

/** The sweep that `spec` means on `ground`, frozen. Throws InputError with every problem. */
export function compileSweep(spec: unknown, ground: SweepGround): Sweep {
  const problems: Problem[] = [];
  const evaluate =
    isPlain(spec) && typeof spec['objective'] === 'function' ? spec['objective'] : null;
  const readable = evaluate === null ? spec : { ...(spec as Plain), objective: undefined };
  const sound = soundSpec(readable, problems);
  const filled = withDefaults(SweepSchema as SchemaNode, sound) as Plain;

  const sampler = samplerOf(filled['sampler'], sound, problems);
  const paths = sweepPaths(ground);
  const swept = (filled['parameters'] ?? {}) as Swept;
  // A key misspelt at the top may well have been this one.
  const maybeMeant = problems.some(({ key }) => !key.includes('.') || key.startsWith('parameters'));
  if (Object.keys(swept).length === 0 && !maybeMeant) {
    problems.push({ key: 'parameters', rule: 'must hold at least one parameter' });
  }
  const { axes, when, keys } = axesOf(swept, ground, paths, sampler?.name ?? null, problems);
  const specs = (filled['constraints'] ?? {}) as Readonly<Record<string, ConstraintSpec>>;
  const constraints = constraintsOf(specs, { axes, keys, ground, paths }, problems);
  const objectives = objectivesOf(filled['objective'], evaluate, ground, problems);
  const splits = splitsOf(filled['splits'], problems);
  const space = attempt(problems, () =>
    makeSpace(axes, constraints, when, (path) => keys.get(path) ?? path),
  );
  if (problems.length > 0 || space === null || sampler === null) throw new InputError(problems);

  const seed = filled['seed'] as number;
  if (
    constraints.length > 0 &&
    new Fresh(space).from(drawer(space, seed, 'sweep/check')) === null
  ) {
    throw new InputError({ key: 'constraints', rule: 'must leave a point of the space' });
  }
  const goals = objectives.map(({ goal }) => goal);
  const budget = (filled['budget'] as number | null) ?? defaultBudget(sampler.name, space);
  const setup = { space, goals, seed, budget, options: sampler.options };
  problems.push(...samplerProblems(sampler.name, setup));
  if (problems.length > 0) throw new InputError(problems);
  return Object.freeze({
    config: baseConfigOf(spec),
    space,
    objectives,
    sampler: sampler.name,
    options: sampler.options,
    budget,
    batch: filled['batch'] as number,
    seed,
    splits,
  });
}

/** The sampler of a sweep, before its first proposal; the same sweep gives the same proposals. */
export function startSampler({
  sampler,
  space,
  objectives,
  seed,
  budget,
  options,
}: Sweep): Sampler {
  const goals = objectives.map(({ goal }) => goal);
  return makeSampler(sampler, { space, goals, seed, budget, options });
}

/** A point as assignments of a config layer: full path and value. */
export function assignmentsOf(point: Point): [path: string, value: Value][] {
  return Object.entries(point);
}

type Swept = Readonly<Record<string, SweptParameter>>;

function axesOf(
  swept: Swept,
  ground: SweepGround,
  paths: readonly string[],
  sampler: SamplerName | null,
  problems: Problem[],
) {
  const axes: Axis[] = [];
  const keys = new Map<string, string>();
  const written = new Map<string, SweptParameter>();
  for (const [name, spec] of Object.entries(swept)) {
    const key = `parameters.${name}`;
    const path = findPath(name, paths, key);
    if (typeof path !== 'string') {
      problems.push(path);
      continue;
    }
    const other = keys.get(path);
    if (other !== undefined) {
      problems.push({ key, rule: `must not be there twice: ${other} is the same value` });
      continue;
    }
    keys.set(path, key);
    if (problems.some((problem) => problem.key.startsWith(`${key}.`))) continue;
    const axis = axisOf(path, spec, key, problems);
    if (axis === null) continue;
    const wrong = axisProblems(axis, spec, ground, key);
    const rule = sampler === null ? null : (samplerKind(sampler).axisRule?.(axis) ?? null);
    if (rule !== null) wrong.push({ key, rule });
    problems.push(...wrong);
    axes.push(axis);
    written.set(path, spec);
  }
  const when: Record<string, Condition[]> = {};
  for (const [path, spec] of written) {
    when[path] = conditionsOf(
      spec,
      `${keys.get(path)}.when`,
      { axes, keys, ground, paths },
      problems,
    );
  }
  return { axes, when, keys };
}

/** Values looked at one by one; of a longer range its ends must do. */
const LOOKED_AT = 1000;

function axisProblems(axis: Axis, spec: SweptParameter, ground: SweepGround, key: string) {
  const check = (value: Value, at: string) =>
    valueProblems(ground, axis.path, value, `${key}.${at}`);
  if (spec.values !== undefined) return spec.values.flatMap((value) => check(value, 'values'));
  const ends = [...check(spec.from!, 'from'), ...check(spec.to!, 'to')];
  if (!isWhole(ground, axis.path)) return ends;
  const looked = Math.min(axis.count, LOOKED_AT);
  const areWhole = Array.from({ length: looked }, (_, k) => axis.value(k)).every(Number.isInteger);
  if (areWhole) return ends;
  const rule = `must give whole numbers, as ${axis.path} needs: add integer, or a whole step`;
  return ends.length > 0 ? ends : [{ key, rule }];
}

function conditionsOf(
  { when = {} }: SweptParameter,
  key: string,
  { axes, keys, paths }: Known,
  problems: Problem[],
): Condition[] {
  return Object.entries(when).flatMap(([name, value]) => {
    const at = `${key}.${name}`;
    const path = findPath(name, paths, at);
    if (typeof path !== 'string') {
      problems.push(path);
      return [];
    }
    const axis = axes.find((one) => one.path === path);
    if (axis === undefined) {
      const near = nearest(path, keys.keys());
      // One that is swept, but wrongly, has been told already.
      if (!keys.has(path)) {
        problems.push({ key: at, rule: 'must be a parameter of this sweep', nearest: near });
      }
      return [];
    }
    const values = (Array.isArray(value) ? value : [value]) as readonly Value[];
    if (axis.count === Number.POSITIVE_INFINITY) {
      problems.push({ key: at, rule: 'must not be a continuous range: no value of it is met' });
    } else if (values.length === 0) {
      problems.push({ key: at, rule: 'must name at least one value', value });
    }
    for (const one of axis.count === Number.POSITIVE_INFINITY ? [] : values) {
      if (axis.optionOf(one) >= 0) continue;
      problems.push({ key: at, rule: `must be a value that ${path} takes`, value: one });
    }
    return [{ path, values }];
  });
}

function samplerOf(given: unknown, sound: Plain, problems: Problem[]) {
  const names = isPlain(given) ? Object.keys(given) : [given as string];
  if (names.length !== 1) {
    // Where the one that was named is misspelt, that has been told already.
    if (isPlain(sound['sampler']) && problems.every(({ key }) => !key.startsWith('sampler'))) {
      problems.push({ key: 'sampler', rule: 'must name one sampler', value: names });
    }
    return null;
  }
  const name = attempt(problems, () => {
    samplerKind(names[0]!);
    return names[0] as SamplerName;
  });
  if (name === null) return null;
  const options = withDefaults(
    samplerKind(name).options,
    isPlain(given) ? given[name] : {},
  ) as Plain;
  return { name, options };
}

function objectivesOf(
  given: unknown,
  evaluate: unknown,
  { statistics }: SweepGround,
  problems: Problem[],
): readonly Objective[] {
  if (evaluate !== null) {
    return [{ name: 'objective', goal: 'max', evaluate: evaluate as ObjectiveFunction }];
  }
  const goals = (isPlain(given) ? given : { [given as string]: 'max' }) as Record<string, Goal>;
  const names = Object.keys(goals);
  const isToldAlready = problems.some(({ key }) => key.startsWith('objective'));
  if (names.length === 0 && !isToldAlready) {
    problems.push({ key: 'objective', rule: 'must name at least one' });
  }
  for (const name of names) {
    if (statistics === undefined || statistics.includes(name)) continue;
    const key = isPlain(given) ? `objective.${name}` : 'objective';
    const near = nearest(name, statistics);
    problems.push({ key, rule: 'must be the name of a statistic', value: name, nearest: near });
  }
  return Object.freeze(names.map((name) => ({ name, goal: goals[name]!, evaluate: null })));
}

function splitsOf(given: unknown, problems: Problem[]): Splits | null {
  if (!isPlain(given)) return null;
  const { train, test } = withDefaults(SplitsSchema as SchemaNode, given) as {
    train: number;
    test: number | null;
  };
  const rest = Number((1 - train).toPrecision(12));
  if (test !== null && test > rest) {
    const rule = `must not be above what train leaves (${rest})`;
    problems.push({ key: 'splits.test', rule, value: test });
  }
  return Object.freeze({ train, test: test ?? rest });
}

function defaultBudget(sampler: SamplerName, space: Space): number {
  if (sampler !== 'grid') return Math.min(DEFAULT_BUDGET, space.size);
  const points = countUpTo(space, Number.POSITIVE_INFINITY);
  if (points < Number.POSITIVE_INFINITY) return points;
  const rule = 'must make fewer points for the sampler grid: narrow a range, or take another one';
  throw new InputError({ key: 'parameters', rule });
}

function attempt<T>(problems: Problem[], work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    problems.push(...error.problems);
    return null;
  }
}
