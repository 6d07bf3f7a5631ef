// The part of a promotion that says how far trading may go before it is stopped: the guard's limits, and
// what the watchdog does. Asked for as `--limit guard.collar=0.01`, checked, and signed with the rest.

import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { InputError, nearest, type Problem } from '../../engine/errors.ts';
import { GuardSchema } from '../orders/limits.ts';
import { MEASURES } from '../watchdog/talk.ts';

const WatchdogSchema = Type.Object(
  {
    silenceSeconds: Type.Number({
      default: 30,
      minimum: 5,
      maximum: 600,
      description: 'A session that is silent, or gone, for so long is not minded any more.',
    }),
    measure: Type.Union(
      MEASURES.map((measure) => Type.Literal(measure)),
      { default: MEASURES[0], description: 'What is done then.' },
    ),
  },
  { additionalProperties: false },
);

export const LimitsSchema = Type.Object(
  { guard: GuardSchema, watchdog: WatchdogSchema },
  { additionalProperties: false },
);

export type PromotedLimits = Static<typeof LimitsSchema>;

export const DEFAULT_LIMITS: PromotedLimits = Object.freeze({
  guard: Object.freeze(Value.Create(GuardSchema)),
  watchdog: Object.freeze(Value.Create(WatchdogSchema)),
});

type Leaves = Record<string, number | string>;

/** The defaults with `guard.collar=0.01` and the like over them. Throws InputError with all problems. */
export function limitsFrom(wishes: readonly string[]): PromotedLimits {
  const { guard, watchdog } = DEFAULT_LIMITS;
  const limits: { guard: Leaves; watchdog: Leaves } = {
    guard: { ...guard },
    watchdog: { ...watchdog },
  };
  const places = new Map<string, Leaves>();
  for (const branch of ['guard', 'watchdog'] as const) {
    for (const name of Object.keys(limits[branch])) places.set(`${branch}.${name}`, limits[branch]);
  }
  const problems: Problem[] = [];
  for (const wish of wishes) {
    const at = wish.indexOf('=');
    const path = wish.slice(0, Math.max(at, 0)).trim();
    const text = wish.slice(at + 1).trim();
    const place = places.get(path);
    if (place === undefined) {
      const names = [...places.keys()];
      const rule = `must be NAME=VALUE, NAME one of ${names.join(', ')}`;
      problems.push({ key: '--limit', rule, value: wish, nearest: nearest(path, names) });
      continue;
    }
    const name = path.slice(path.indexOf('.') + 1);
    place[name] = typeof place[name] === 'number' && text !== '' ? Number(text) : text;
    const rule = ruleOf(path);
    if (!isFit(path, place[name])) problems.push({ key: `--limit ${path}`, rule, value: text });
  }
  if (problems.length > 0) throw new InputError(problems);
  return limits as unknown as PromotedLimits;
}

interface Bounds {
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
}

function schemaOf(path: string) {
  const [branch, name] = path.split('.') as [keyof PromotedLimits, string];
  return (LimitsSchema.properties[branch].properties as Record<string, Type.TSchema>)[name]!;
}

function isFit(path: string, value: unknown): boolean {
  return Value.Check(schemaOf(path), value);
}

function ruleOf(path: string): string {
  if (path === 'watchdog.measure') return `must be one of ${MEASURES.join(', ')}`;
  const schema = schemaOf(path);
  const { minimum, exclusiveMinimum, maximum } = schema as Bounds;
  const from = minimum === undefined ? `above ${exclusiveMinimum}` : `from ${minimum}`;
  const what = Type.IsInteger(schema) ? 'a whole number' : 'a number';
  return `must be ${what} ${from} to ${maximum}`;
}
