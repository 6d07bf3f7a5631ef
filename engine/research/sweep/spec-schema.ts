// The form of a sweep's spec, with every default of it, and the walk that checks a value against it.
//
// A spec is a JSON file or what a TypeScript module exports; only there may `objective` be a function.

import { Type } from 'typebox';
import { childOf, isBranch, isPlain, type Plain, type SchemaNode } from '../../config/place.ts';
import {
  branch,
  number,
  numberOrNull,
  strict,
  textOrNull,
  whole,
} from '../../config/schema/parts.ts';
import { sift } from '../../config/sift.ts';
import { nearest, type Problem } from '../../errors.ts';
import { SAMPLERS, samplerKind } from '../samplers/list.ts';
import { RELATIONS } from './space.ts';

const record = (item: ReturnType<typeof Type.Unsafe>, rule: string, description: string) =>
  Type.Record(Type.String({ pattern: '^\\S+$' }), item, {
    ...strict,
    default: {},
    description,
    rule,
  });

const given = (type: 'number' | 'boolean', description: string) =>
  Type.Optional(type === 'number' ? Type.Number({ description }) : Type.Boolean({ description }));

const Parameter = Type.Object(
  {
    values: Type.Optional(Type.Array(Type.Unknown(), { description: 'The values, as a choice.' })),
    from: given('number', 'First value of a range.'),
    to: given('number', 'Last value of a range, included where a step lands on it.'),
    step: given('number', 'Distance of two values.'),
    steps: Type.Optional(
      Type.Integer({ minimum: 2, maximum: 1_000_000, description: 'How many values, evenly.' }),
    ),
    log: given('boolean', 'Spaced evenly by the logarithm.'),
    integer: given('boolean', 'Whole numbers only.'),
    when: Type.Optional(
      record(
        Type.Unsafe<unknown>(Type.Unknown()),
        'must be a path that is swept',
        'Swept paths and the value, or list of values, under which this one matters.',
      ),
    ),
  },
  strict,
);

const Side = Type.Union([Type.Number(), Type.String({ minLength: 1 })], {
  description: 'A path of the config, or a number.',
});

const Constraint = Type.Object(
  { left: Side, is: Type.Union(RELATIONS.map((one) => Type.Literal(one))), right: Side },
  strict,
);

const Name = Type.String({ minLength: 1 });

const Goals = record(
  Type.Unsafe<'max' | 'min'>(Type.Union([Type.Literal('max'), Type.Literal('min')])),
  'must be the name of a statistic',
  'Several statistics, each to be made large or small.',
);

const Options = Type.Object(
  Object.fromEntries(
    SAMPLERS.map((name) => [name, Type.Optional(Type.Unsafe<unknown>(samplerKind(name).options))]),
  ),
  { ...strict, description: 'One sampler and its options.' },
);

export const SplitsSchema = branch({
  train: number(0.7, 0.01, 0.99, 'Share of the span, from its beginning, that is searched on.'),
  test: numberOrNull(0.01, 0.99, 'Share right after it that the best are judged on; null = rest.'),
});

export const SweepSchema = Type.Object(
  {
    $schema: Type.Optional(Type.String({ description: 'For editors; ignored.' })),
    config: textOrNull(null, 'Path or name of the base config; null = given elsewhere.'),
    parameters: record(
      Type.Unsafe<unknown>(Parameter),
      'must be a path of the config',
      'What is swept, by config path (decision. and world. may be left out): a list or a range.',
    ),
    constraints: record(
      Type.Unsafe<unknown>(Constraint),
      'must be a name without spaces',
      'What every point must satisfy, by a name of your own.',
    ),
    objective: Type.Unsafe<unknown>(
      Type.Union([Name, Goals], {
        default: 'sharpe',
        description: 'A statistic to be made large, or several with max or min.',
      }),
    ),
    sampler: Type.Unsafe<unknown>(
      Type.Union([Name, Options], {
        default: 'grid',
        description: 'How points are chosen: a name, or a name and its options.',
      }),
    ),
    budget: Type.Union([Type.Null(), Type.Integer({ minimum: 1, maximum: 100_000_000 })], {
      default: null,
      description: 'Most trials; null = all of a grid, 100 of other samplers.',
    }),
    batch: whole(16, 1, 100_000, 'Trials proposed at once, whatever the number of workers.'),
    seed: whole(1, 0, 4_294_967_295, 'Seed of the sampler.'),
    splits: Type.Unsafe<unknown>(
      Type.Union([Type.Null(), SplitsSchema], {
        default: null,
        description: 'Shares of the span to search and to judge on; null = all of it for both.',
      }),
    ),
  },
  { ...strict, title: 'Sapphire sweep' },
);

/** Trials of a sampler that is not the grid, where the spec does not say. */
export const DEFAULT_BUDGET = 100;

/**
 * The sound part of a spec, without defaults; what is not goes into `problems`. `objective`,
 * `sampler` and `splits` have two forms each: the one that was meant is checked.
 */
export function soundSpec(spec: unknown, problems: Problem[]): Plain {
  if (!isPlain(spec)) {
    problems.push({ key: 'sweep', rule: 'must be an object', value: spec });
    return {};
  }
  const forms: Record<string, readonly [text: unknown, keyed: unknown]> = {
    objective: [Name, Goals],
    sampler: [Name, Options],
    splits: [Type.Union([Type.Null(), SplitsSchema]), SplitsSchema],
  };
  const properties: Record<string, SchemaNode> = { ...(SweepSchema as SchemaNode).properties };
  for (const [name, [text, keyed]] of Object.entries(forms)) {
    properties[name] = (isPlain(spec[name]) ? keyed : text) as SchemaNode;
  }
  const listed = { ...spec, parameters: listsAsValues(spec['parameters']) };
  return walked({ ...(SweepSchema as SchemaNode), properties }, listed, '', problems) as Plain;
}

/** A bare list stands for `{ values: list }`. */
function listsAsValues(parameters: unknown): unknown {
  if (!isPlain(parameters)) return parameters;
  const entries = Object.entries(parameters).map(([path, one]) => [
    path,
    Array.isArray(one) ? { values: one } : one,
  ]);
  return Object.fromEntries(entries);
}

/** Like the config's own check, but a misspelt key is compared with its neighbours alone. */
function walked(node: SchemaNode, value: unknown, path: string, problems: Problem[]): unknown {
  if (!isBranch(node)) return sift(node, value, path, problems);
  if (!isPlain(value)) {
    problems.push({ key: path, rule: 'must be an object', value });
    return undefined;
  }
  const copy: Plain = {};
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined) continue;
    const at = path === '' ? key : `${path}.${key}`;
    const child = childOf(node, key);
    if (child === undefined) {
      const names = Object.keys(node.properties ?? {});
      const rule = node.properties === undefined ? (node.rule ?? 'unknown key') : 'unknown key';
      problems.push({ key: at, rule, value: item, nearest: nearest(key, names) });
      continue;
    }
    const sound = walked(child, item, at, problems);
    if (sound !== undefined) copy[key] = sound;
  }
  return copy;
}
