// Constraints of a spec: `{ left, is, right }`, each side a number or a path. Nothing is evaluated
// from text. A side that is not swept is what the base config has there, once and for all.

import type { Problem } from '../../errors.ts';
import type { Axis } from './axis.ts';
import { baseValue, findPath, type SweepGround } from './paths.ts';
import { type Constraint, holds, type Relation, type Side } from './space.ts';

export interface ConstraintSpec {
  readonly left: Side;
  readonly is: Relation;
  readonly right: Side;
}

/** What is known of a spec while its parts are put together. */
export interface Known {
  readonly axes: readonly Axis[];
  /** Keys of the spec by full path, of every parameter, also of those that are wrong. */
  readonly keys: ReadonlyMap<string, string>;
  readonly ground: SweepGround;
  readonly paths: readonly string[];
}

type Range = readonly [least: number, greatest: number];

/** The constraints by name, with full paths; what is wrong with them goes into `problems`. */
export function constraintsOf(
  specs: Readonly<Record<string, ConstraintSpec>>,
  known: Known,
  problems: Problem[],
): Constraint[] {
  const { axes } = known;
  return Object.entries(specs).flatMap(([name, spec]) => {
    const key = `constraints.${name}`;
    if (problems.some((problem) => problem.key.startsWith(`${key}.`))) return [];
    const missing = (['left', 'is', 'right'] as const).filter((part) => spec[part] === undefined);
    for (const part of missing) problems.push({ key: `${key}.${part}`, rule: 'is missing' });
    if (missing.length > 0) return [];
    const left = sideOf(spec.left, `${key}.left`, known, problems);
    const right = sideOf(spec.right, `${key}.right`, known, problems);
    if (left === null || right === null) return [];
    if (!axes.some(({ path }) => path === left || path === right)) {
      problems.push({ key, rule: 'must name a parameter of this sweep' });
      return [];
    }
    if (left === right) {
      problems.push({ key, rule: 'must not compare a parameter with itself' });
      return [];
    }
    const is = spec.is;
    if (!canHold(rangeOf(left, axes), is, rangeOf(right, axes))) {
      const value = `${spec.left} ${is} ${spec.right}`;
      problems.push({ key, rule: 'must be met by some point', value });
    }
    return [Object.freeze({ name, left, is, right })];
  });
}

/** A number, or the full path of an axis of numbers. */
function sideOf(
  side: Side,
  key: string,
  { axes, keys, ground, paths }: Known,
  problems: Problem[],
): Side | null {
  if (typeof side === 'number') return side;
  const path = findPath(side, paths, key);
  if (typeof path !== 'string') {
    problems.push({ ...path, value: side });
    return null;
  }
  const axis = axes.find((one) => one.path === path);
  if (axis !== undefined && axis.extent !== null) return path;
  // One that is swept, but wrongly, has been told already.
  if (axis === undefined && keys.has(path)) return null;
  const value = axis === undefined ? baseValue(ground, path) : undefined;
  if (typeof value === 'number') return value;
  problems.push({ key, rule: 'must be a number, or the path of one', value: side });
  return null;
}

function rangeOf(side: Side, axes: readonly Axis[]): Range {
  if (typeof side === 'number') return [side, side];
  return axes.find(({ path }) => path === side)!.extent!;
}

/** True when some number of one range relates so to some number of the other. */
function canHold(left: Range, is: Relation, right: Range): boolean {
  if (is === '!=') return !(left[0] === left[1] && right[0] === right[1] && left[0] === right[0]);
  return is === '<' || is === '<=' ? holds(left[0], is, right[1]) : holds(left[1], is, right[0]);
}
