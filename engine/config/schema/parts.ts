// The words that the schema's branches are written with: numbers with bounds, intervals, names.

import { type TProperties, Type } from 'typebox';
import { INTERVAL_NAMES } from '../../interval.ts';

/** Unknown keys are refused, with the nearest name. */
export const strict = { additionalProperties: false } as const;

/** A branch whose keys all have defaults. */
export const branch = <Keys extends TProperties>(keys: Keys, description?: string) =>
  Type.Object(keys, { ...strict, default: {}, ...(description ? { description } : {}) });

export const interval = (description: string) =>
  Type.Unsafe<string | null>(
    Type.Union([Type.Null(), ...INTERVAL_NAMES.map((name) => Type.Literal(name))], {
      default: null,
      description,
    }),
  );

export const number = (value: number, minimum: number, maximum: number, description: string) =>
  Type.Number({ default: value, minimum, maximum, description });

export const numberOrNull = (minimum: number, maximum: number, description: string) =>
  Type.Union([Type.Null(), Type.Number({ minimum, maximum })], { default: null, description });

export const whole = (value: number, minimum: number, maximum: number, description: string) =>
  Type.Integer({ default: value, minimum, maximum, description });

export const flag = (value: boolean, description: string) =>
  Type.Boolean({ default: value, description });

export const textOrNull = (value: string | null, description: string) =>
  Type.Union([Type.Null(), Type.String({ minLength: 1 })], { default: value, description });

/** One of a few words. */
export const oneOf = <Word extends string>(
  value: Word,
  words: readonly Word[],
  description: string,
) =>
  Type.Unsafe<Word>(
    Type.Union(
      words.map((word) => Type.Literal(word)),
      { default: value, description },
    ),
  );

/** Things keyed by a name of the person's own, so that each of them has a path. */
export const keyed = <Item extends ReturnType<typeof Type.Object>>(
  item: Item,
  description: string,
) =>
  Type.Record(Type.String({ pattern: ID_PATTERN }), item, {
    ...strict,
    default: {},
    description,
    rule: 'must be named with lower-case letters, digits and dashes',
  });

export const ID_PATTERN = '^[a-z0-9][a-z0-9-]*$';

export const parameters = Type.Record(
  Type.String({ pattern: '^[A-Za-z][A-Za-z0-9_]*$' }),
  Type.Union([Type.Number(), Type.String(), Type.Boolean()]),
  {
    ...strict,
    default: {},
    description: "Overrides of the strategy's own parameters, by name.",
    rule: 'must be named with letters, digits and _, a letter first',
  },
);
