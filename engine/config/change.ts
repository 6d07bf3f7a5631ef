// A checked config with a few values changed, as a sweep wants it once a trial: only what changes is
// checked again, and what does not is shared with the base.

import { Value } from 'typebox/value';
import { checkConfig } from './check.ts';
import { contradictions, type Rule } from './contradictions.ts';
import { childOf, isBranch, isPlain, type Plain, root, type SchemaNode } from './place.ts';
import type { Config } from './schema.ts';

/** Full paths and the values to put there. */
export type Assignments = readonly (readonly [path: string, value: unknown])[];

/**
 * What `checkConfig` makes of `base` with the assignments, where `base` came out of it. Throws
 * InputError with every problem, as it does.
 */
export function checkChange(
  base: Config,
  assignments: Assignments,
  more: readonly Rule[] = [],
): Config {
  let changed: Plain | null = base as unknown as Plain;
  for (const [path, value] of assignments) {
    changed = changed && withValue(root, changed, path.split('.'), value);
  }
  const config = changed as unknown as Config | null;
  if (config !== null && contradictions(config, [], more).length === 0) return config;
  return checkConfig(assigned(base, assignments), more);
}

/**
 * The base with values put at full paths, unchecked; what is not on a path is shared. What layers would
 * add up to, without a record of origins, which takes longer than checking.
 */
export function assigned(base: Config, assignments: Assignments): Config {
  const values: Plain = { ...base };
  for (const [path, value] of assignments) {
    const keys = path.split('.');
    const last = keys.pop()!;
    let place = values;
    for (const key of keys) {
      const inner: Plain = { ...(isPlain(place[key]) ? place[key] : {}) };
      place[key] = inner;
      place = inner;
    }
    place[last] = value;
  }
  return values as unknown as Config;
}

/** A frozen copy with a sound value in a place that is there, or that takes any key; else null. */
function withValue(
  node: SchemaNode,
  branch: Plain,
  [key, ...below]: string[],
  value: unknown,
): Plain | null {
  const child = childOf(node, key!);
  if (child === undefined || (node.properties && !Object.hasOwn(branch, key!))) return null;
  let next: unknown = value;
  if (below.length > 0) {
    const inner = Object.hasOwn(branch, key!) ? branch[key!] : undefined;
    next = isBranch(child) && isPlain(inner) ? withValue(child, inner, below, value) : null;
    if (next === null) return null;
  } else if (isBranch(child) || Object(value) === value || !Value.Check(child, value)) {
    return null;
  }
  return Object.freeze({ ...branch, [key!]: next });
}
