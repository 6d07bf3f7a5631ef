// One swept parameter, compiled: how many values it has, which they are, and what lies between them.
//
//   choice   words, flags, lists of numbers       count values, in the order they were written
//   range    from .. to by step, steps or wholes  count values, evenly spaced along a coordinate
//   range    from .. to, nothing else             every number between: count is Infinity
//
// The coordinate is the number itself, or its logarithm. A value of a finite range owns the cell of
// coordinates around it, so that samplers which think in real numbers meet every value equally.

import type { Problem } from '../../errors.ts';

/** What a config can hold at a path that is swept. */
export type Value = number | string | boolean | null | readonly (number | string)[];

/** One parameter as the spec writes it: `values`, or `from` and `to` with what refines them. */
export interface SweptParameter {
  readonly values?: readonly Value[];
  readonly from?: number;
  readonly to?: number;
  readonly step?: number;
  readonly steps?: number;
  readonly log?: boolean;
  readonly integer?: boolean;
  /** Other swept paths, and the value or values they must have for this one to matter. */
  readonly when?: Readonly<Record<string, Value | readonly Value[]>>;
}

/** The coordinate of a range. */
export interface Scale {
  /** Ends of the coordinate; of a finite range half a cell beyond its first and last value. */
  readonly low: number;
  readonly high: number;
  coordinateOf(value: number): number;
  /** The value at a coordinate; beyond the ends the nearest one. */
  valueAt(coordinate: number): number;
  /** Ends of the cell of a value; null where the range is continuous. */
  cellOf(value: number): readonly [low: number, high: number] | null;
}

/** Active only while the parameter at `path` is active and has one of `values`. */
export interface Condition {
  readonly path: string;
  readonly values: readonly Value[];
}

export interface Axis {
  /** Full config path. */
  readonly path: string;
  /** How many values it has, 1 or more; Infinity for a continuous range. */
  readonly count: number;
  /** True where neighbours are alike: ranges, and lists of numbers that rise or fall throughout. */
  readonly isOrdered: boolean;
  /** Of ranges; null for choices. */
  readonly scale: Scale | null;
  /** Least and greatest value; null unless all are numbers. */
  readonly extent: readonly [least: number, greatest: number] | null;
  readonly when: readonly Condition[];
  /** The value of an option 0 to count - 1; finite axes only. */
  value(option: number): Value;
  /** The option of a value, or -1; finite axes only. */
  optionOf(value: Value): number;
  /** The value at a share 0 to 1 of the axis, each value owning the same share of its coordinate. */
  at(share: number): Value;
}

type Bare = Omit<Axis, 'path' | 'when'>;

/** A step lands on the end of its range when it misses it by less than this, in steps. */
const LANDS = 1e-9;
const MAX_VALUES = 1e9;
/** Digits of a computed value: what rounding adds behind them is noise in a config. */
const DIGITS = 12;

/** True for the same value: lists compare item by item. */
export function sameValue(a: Value, b: Value): boolean {
  return a === b || (Array.isArray(a) && JSON.stringify(a) === JSON.stringify(b));
}

/** The axis of one parameter, its conditions still empty; null with the reasons in `problems`. */
export function axisOf(
  path: string,
  spec: SweptParameter,
  key: string,
  problems: Problem[],
): Axis | null {
  const before = problems.length;
  const bare = spec.values === undefined ? range(spec, key, problems) : listed(spec, key, problems);
  if (bare === null || problems.length > before) return null;
  return Object.freeze({ ...bare, path, when: [] });
}

function listed(spec: SweptParameter, key: string, problems: Problem[]): Bare | null {
  const values = spec.values!;
  const others = (['from', 'to', 'step', 'steps', 'log', 'integer'] as const).filter(
    (name) => spec[name] !== undefined,
  );
  if (others.length > 0) {
    problems.push({ key: `${key}.${others[0]}`, rule: 'must not be there beside values' });
  }
  if (values.length === 0) {
    problems.push({ key: `${key}.values`, rule: 'must hold at least one value', value: values });
    return null;
  }
  const twice = values.find((value, i) => values.findIndex((one) => sameValue(one, value)) < i);
  if (twice !== undefined) {
    problems.push({ key: `${key}.values`, rule: 'must hold each value once', value: twice });
    return null;
  }
  return choice(values);
}

function choice(values: readonly Value[]): Bare {
  const numbers = values.filter((value) => typeof value === 'number');
  const isNumeric = numbers.length === values.length;
  const rises = numbers.every((value, i) => i === 0 || value > numbers[i - 1]!);
  const falls = numbers.every((value, i) => i === 0 || value < numbers[i - 1]!);
  const last = values.length - 1;
  return {
    count: values.length,
    isOrdered: isNumeric && (rises || falls),
    scale: null,
    extent: isNumeric ? [Math.min(...numbers), Math.max(...numbers)] : null,
    value: (option) => values[option]!,
    optionOf: (value) => values.findIndex((one) => sameValue(one, value)),
    at: (share) => values[Math.max(0, Math.min(last, Math.floor(share * values.length)))]!,
  };
}

function range(spec: SweptParameter, key: string, problems: Problem[]): Bare | null {
  const { from, to, log = false, integer = false } = spec;
  if (from === undefined || to === undefined) {
    const isEmpty = from === undefined && to === undefined;
    const missing = from === undefined ? 'from' : 'to';
    if (isEmpty) problems.push({ key, rule: 'needs values, or from and to' });
    else problems.push({ key: `${key}.${missing}`, rule: 'is missing' });
    return null;
  }
  if (!rangeIsSound(spec, from, to, key, problems)) return null;
  if (from === to) return choice([from]);
  const coordinateOf = log ? Math.log : (value: number) => value;
  const numberAt = log ? Math.exp : (coordinate: number) => coordinate;
  if (spec.steps !== undefined) {
    const [low, high] = [coordinateOf(from), coordinateOf(to)];
    const cuts = spec.steps - 1;
    const spots = Array.from({ length: spec.steps }, (_, k) => {
      const value = k === 0 ? from : k === cuts ? to : numberAt(low + (k / cuts) * (high - low));
      return integer ? Math.round(value) : tidy(value);
    });
    return finite(listCells([...new Set(spots)], coordinateOf), coordinateOf);
  }
  if (integer || spec.step !== undefined) {
    return finite(stepCells(from, to, spec.step ?? 1, coordinateOf), coordinateOf);
  }
  const [low, high] = [coordinateOf(from), coordinateOf(to)];
  const valueAt = (t: number) => Math.max(from, Math.min(to, tidy(numberAt(t))));
  return {
    count: Number.POSITIVE_INFINITY,
    isOrdered: true,
    scale: { low, high, coordinateOf, valueAt, cellOf: () => null },
    extent: [from, to],
    value: () => Number.NaN,
    optionOf: () => -1,
    at: (share) => valueAt(low + share * (high - low)),
  };
}

function rangeIsSound(
  { step, steps, log = false, integer = false }: SweptParameter,
  from: number,
  to: number,
  key: string,
  problems: Problem[],
): boolean {
  const before = problems.length;
  const bad = (name: string, rule: string, value?: unknown) =>
    problems.push({ key: `${key}.${name}`, rule, value });
  if (from > to) bad('from', `must not be above to (${to})`, from);
  if (log && from <= 0) bad('from', 'must be above 0 where log is true', from);
  if (step !== undefined) {
    if (step <= 0) bad('step', 'must be above 0', step);
    else if ((to - from) / step > MAX_VALUES) {
      bad('step', `must not make more than ${MAX_VALUES} values`, step);
    }
    if (log) bad('step', 'must not be there where log is true: give steps', step);
    if (steps !== undefined) bad('step', 'must not be there beside steps', step);
  }
  if (integer) {
    for (const [name, value] of Object.entries({ from, to, step })) {
      if (value !== undefined && !Number.isInteger(value)) {
        bad(name, 'must be a whole number where integer is true', value);
      }
    }
    if (to - from > MAX_VALUES) bad('to', `must not make more than ${MAX_VALUES} values`, to);
  }
  return problems.length === before;
}

/** Values in rising order, and the coordinates between them: cell k reaches from edge k to k + 1. */
interface Cells {
  readonly count: number;
  value(k: number): number;
  edge(k: number): number;
}

function stepCells(
  from: number,
  to: number,
  step: number,
  coordinateOf: (value: number) => number,
): Cells {
  const count = Math.floor((to - from) / step + LANDS) + 1;
  const lands = Math.abs(from + (count - 1) * step - to) <= LANDS * step;
  return {
    count,
    value: (k) => (lands && k === count - 1 ? to : tidy(from + k * step)),
    edge: (k) => coordinateOf(from + (k - 0.5) * step),
  };
}

function listCells(values: readonly number[], coordinateOf: (value: number) => number): Cells {
  const spots = values.map(coordinateOf);
  const last = spots.length - 1;
  const edges = spots.slice(1).map((spot, k) => (spots[k]! + spot) / 2);
  const reach = last === 0 ? 0.5 : (spots[1]! - spots[0]!) / 2;
  const reachEnd = last === 0 ? 0.5 : (spots[last]! - spots[last - 1]!) / 2;
  const all = [spots[0]! - reach, ...edges, spots[last]! + reachEnd];
  return { count: values.length, value: (k) => values[k]!, edge: (k) => all[k]! };
}

function finite({ count, value, edge }: Cells, coordinateOf: (value: number) => number): Bare {
  /** The cell that holds a coordinate, by halving. */
  const cellAt = (coordinate: number): number => {
    let [low, high] = [0, count - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (edge(middle) <= coordinate) low = middle;
      else high = middle - 1;
    }
    return low;
  };
  const [low, high] = [edge(0), edge(count)];
  const valueAt = (coordinate: number) => value(cellAt(coordinate));
  const cellOf = (of: number): readonly [number, number] => {
    const k = cellAt(coordinateOf(of));
    return [edge(k), edge(k + 1)];
  };
  return {
    count,
    isOrdered: true,
    scale: { low, high, coordinateOf, valueAt, cellOf },
    extent: [value(0), value(count - 1)],
    value,
    optionOf: (of) => {
      if (typeof of !== 'number') return -1;
      const k = cellAt(coordinateOf(of));
      return value(k) === of ? k : -1;
    },
    at: (share) => valueAt(low + share * (high - low)),
  };
}

function tidy(value: number): number {
  return Number(value.toPrecision(DIGITS));
}
