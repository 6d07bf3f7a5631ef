// The space of a sweep: axes, the conditions under which they matter, and what points must satisfy.
//
// A point holds a value for every active axis, in the order of the axes, and nothing for the others:
// those keep what the base config has. Axes stand in an order in which conditions only look back.

import { InputError, type Problem } from '../../errors.ts';
import { type Axis, type Condition, sameValue, type Value } from './axis.ts';
import { type Lattice, latticeOf } from './lattice.ts';

/** Values by full config path; what is inactive is not there. */
export type Point = Readonly<Record<string, Value>>;

export const RELATIONS = ['<', '<=', '>', '>=', '!='] as const;
export type Relation = (typeof RELATIONS)[number];

/** A number, or the path of an axis. */
export type Side = number | string;

/** Must hold between two sides; satisfied where a side is inactive. */
export interface Constraint {
  readonly name: string;
  readonly left: Side;
  readonly is: Relation;
  readonly right: Side;
}

export interface Space {
  readonly axes: readonly Axis[];
  readonly constraints: readonly Constraint[];
  /** Points before constraints; Infinity where continuous, or too many to count (2^52). */
  readonly size: number;
  readonly lattice: Lattice;
}

/**
 * A space of axes and what is asked of their points; `when` by the path of an axis, `keyOf` the key
 * under which a problem with an axis is told.
 * Throws InputError where conditions run in a circle.
 */
export function makeSpace(
  axes: readonly Axis[],
  constraints: readonly Constraint[] = [],
  when: Readonly<Record<string, readonly Condition[]>> = {},
  keyOf: (path: string) => string = (path) => path,
): Space {
  const given = axes.map((axis) => ({ ...axis, when: when[axis.path] ?? axis.when }));
  const ordered = lookingBack(given);
  const left = given.filter((axis) => !ordered.includes(axis));
  if (left.length > 0) {
    const circle = left.map(({ path }) => path).join(', ');
    const problems: Problem[] = left.map(({ path }) => ({
      key: `${keyOf(path)}.when`,
      rule: `must not run in a circle (${circle})`,
    }));
    throw new InputError(problems);
  }
  const lattice = latticeOf(ordered);
  return Object.freeze({ axes: ordered, constraints, size: lattice.size, lattice });
}

/** The axes, each after those its conditions name and otherwise as given; without those in a circle. */
function lookingBack(axes: readonly Axis[]): Axis[] {
  const ordered: Axis[] = [];
  const isPlaced = (path: string) => ordered.some((axis) => axis.path === path);
  for (let placed = -1; placed < ordered.length; ) {
    placed = ordered.length;
    const next = axes.find(
      (axis) => !ordered.includes(axis) && axis.when.every(({ path }) => isPlaced(path)),
    );
    if (next !== undefined) ordered.push(next);
  }
  return ordered;
}

/** True while every condition of the axis holds at the point, as far as the point is known. */
export function isActive(axis: Axis, point: Point): boolean {
  return axis.when.every(({ path, values }) => {
    const value = point[path];
    return value !== undefined && values.some((one) => sameValue(one, value));
  });
}

/** A point whose active axes have what `pick` says; it is asked for those only, in their order. */
export function pointOf(space: Space, pick: (axis: Axis, k: number) => Value): Point {
  const point: Record<string, Value> = {};
  space.axes.forEach((axis, k) => {
    if (isActive(axis, point)) point[axis.path] = pick(axis, k);
  });
  return point;
}

/** Point `index` of a finite space, 0 to size - 1, in lexicographic order; constraints not asked. */
export function pointAt(space: Space, index: number): Point {
  const options = space.lattice.optionsAt(index);
  const point: Record<string, Value> = {};
  space.axes.forEach((axis, k) => {
    const option = options[k]!;
    if (option >= 0) point[axis.path] = axis.value(option);
  });
  return point;
}

/** The point at shares 0 to 1, one an axis (also of those that turn out to be inactive). */
export function pointAtShares(space: Space, shares: ArrayLike<number>): Point {
  return pointOf(space, (axis, k) => axis.at(shares[k]!));
}

/** True when the point satisfies every constraint whose two sides it knows. */
export function meets(space: Space, point: Point): boolean {
  return space.constraints.every(({ left, is, right }) => {
    const a = typeof left === 'number' ? left : point[left];
    const b = typeof right === 'number' ? right : point[right];
    return typeof a !== 'number' || typeof b !== 'number' || holds(a, is, b);
  });
}

/** True when the point has a value of every active axis, and nothing else. */
export function isInSpace(space: Space, point: Point): boolean {
  const active = space.axes.filter((axis) => isActive(axis, point));
  return (
    active.length === Object.keys(point).length &&
    active.every((axis) => {
      const value = point[axis.path];
      if (value === undefined) return false;
      if (axis.count < Number.POSITIVE_INFINITY) return axis.optionOf(value) >= 0;
      const [least, greatest] = axis.extent!;
      return typeof value === 'number' && value >= least && value <= greatest;
    })
  );
}

/** The same text for the same point. */
export function pointKey(point: Point): string {
  return JSON.stringify(point);
}

export function holds(a: number, is: Relation, b: number): boolean {
  switch (is) {
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
    case '!=':
      return a !== b;
  }
}
