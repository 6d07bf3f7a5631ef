// Checks a config at the edge: defaults filled in, every problem told at once, the result a frozen
// copy. What comes out of here needs no second look: the engine reads it without checks.

import { Value } from 'typebox/value';
import { assert, InputError, type Problem } from '../errors.ts';
import { contradictions, type Rule } from './contradictions.ts';
import { childOf, isPlain, root, type SchemaNode } from './place.ts';
import { type Config, ConfigSchema } from './schema.ts';
import { sift } from './sift.ts';

export { isoText, parseInstant } from './instant.ts';

/**
 * The config that `value` means, with defaults, deeply frozen and sharing nothing with `value`;
 * `$schema`, which is for editors, is left out.
 * Keys that are missing or undefined take their default. Throws InputError with every problem:
 * unknown keys, wrong kinds, values out of range, and values that do not go together, by the rules of
 * contradictions.ts and by `more`.
 */
export function checkConfig(value: unknown, more: readonly Rule[] = []): Config {
  const problems: Problem[] = [];
  const sound = sift(root, value, '', problems) ?? {};
  const config = Value.Default(ConfigSchema, sound) as Config;
  problems.push(...contradictions(config, problems, more));
  if (problems.length > 0) throw new InputError(problems);
  assert(Value.Check(ConfigSchema, config), 'a sifted config passes the validator');
  return settled(root, config) as Config;
}

/** Frozen, in the order of the schema whatever order the file had, and without `$schema`. */
function settled(node: SchemaNode, value: unknown): unknown {
  if (!isPlain(value)) return Object.freeze(value);
  const names = Object.keys(node.properties ?? value);
  const kept = names.filter((key) => key !== '$schema' && Object.hasOwn(value, key));
  return Object.freeze(
    Object.fromEntries(
      kept.map((key) => [key, settled(childOf(node, key) as SchemaNode, value[key])]),
    ),
  );
}
