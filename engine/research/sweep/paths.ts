// What of a config may be swept: every value the merged base config has, and the own parameters of
// its strategies. A path that would add something to the config is none of them.

import type { ParameterSpec } from '../../agents/contract.ts';
import { resolveParameters } from '../../agents/parameters.ts';
import type { SeatSpec } from '../../agents/seat.ts';
import { isBranch, isPlain, nodeAt, resolvePath } from '../../config/place.ts';
import type { Config } from '../../config/schema.ts';
import { sift } from '../../config/sift.ts';
import { InputError, nearest, type Problem } from '../../errors.ts';
import type { Value } from './axis.ts';

/** What a sweep stands on. */
export interface SweepGround {
  /** The base config, merged and checked. */
  readonly config: Config;
  /** Strategies' own parameters by the path that overrides them, see `parameterPaths`. */
  readonly parameters?: Readonly<Record<string, ParameterSpec>>;
  /** Names an objective may have; without them any name passes. */
  readonly statistics?: readonly string[];
}

/** Of a run's name there is nothing to learn, and the schema is for editors. */
const NOT_SWEPT = new Set(['name', '$schema']);

/** The parameters of loaded strategies by full path, as a SweepGround holds them. */
export function parameterPaths(
  seats: readonly Pick<SeatSpec, 'id' | 'strategy'>[],
  solo: boolean,
): Record<string, ParameterSpec> {
  const entries = seats.flatMap(({ id, strategy }) => {
    const prefix = solo ? 'decision.parameters' : `decision.agents.${id}.parameters`;
    const specs: Readonly<Record<string, ParameterSpec>> = strategy.parameters ?? {};
    return Object.entries(specs).map(([name, spec]) => [`${prefix}.${name}`, spec] as const);
  });
  return Object.fromEntries(entries);
}

/** Every path that may be swept, in the order of the config. */
export function sweepPaths({ config, parameters = {} }: SweepGround): string[] {
  const found = leaves(config, '').filter((path) => !NOT_SWEPT.has(path));
  return [...new Set([...found, ...Object.keys(parameters)])];
}

function leaves(value: unknown, path: string): string[] {
  if (!isPlain(value)) return [path];
  return Object.entries(value).flatMap(([key, item]) =>
    leaves(item, path === '' ? key : `${path}.${key}`),
  );
}

/** The full path that `written` means (it may lack `decision.` or `world.`), or what is wrong. */
export function findPath(written: string, paths: readonly string[], key: string): string | Problem {
  const full = resolvePath(written, key);
  if (typeof full === 'string') {
    if (paths.includes(full)) return full;
    const inside = paths.find((path) => path.startsWith(`${full}.`));
    if (inside !== undefined || isBranch(nodeAt(full)!)) {
      return { key, rule: 'is a part of the config: name one value of it', nearest: inside };
    }
    const rule = /\.parameters\.[^.]+$/.test(full)
      ? 'is not a parameter of the strategy'
      : 'is not in the base config: give it a value there first';
    return { key, rule, nearest: nearestOf(full, paths) };
  }
  if (full.rule !== 'unknown key') return full;
  const isKnown = full.nearest !== undefined && paths.includes(full.nearest);
  const near = isKnown ? full.nearest : nearestOf(written, paths);
  return { key, rule: 'is not a path of the config', nearest: near };
}

/** A path whose last key is the same, else one that is spelt alike, with its part or without. */
function nearestOf(written: string, paths: readonly string[]): string | undefined {
  const last = written.split('.').at(-1)!;
  const short = new Map(paths.map((path) => [path.slice(path.indexOf('.') + 1), path]));
  const alike = nearest(written, [...paths, ...short.keys()]);
  const same = paths.filter((path) => path.endsWith(`.${last}`));
  return (same.length === 1 ? same[0] : undefined) ?? short.get(alike ?? '') ?? alike ?? same[0];
}

/** What the base config has at a full path, a strategy's default included. */
export function baseValue({ config, parameters = {} }: SweepGround, path: string): unknown {
  const keys = path.split('.');
  const value = keys.reduce<unknown>((at, key) => (isPlain(at) ? at[key] : undefined), config);
  return value ?? parameters[path]?.default ?? value;
}

/** What is wrong with a value at a full path, by the config's schema and the strategy's own ranges. */
export function valueProblems(ground: SweepGround, path: string, value: Value, key: string) {
  const spec = ground.parameters?.[path];
  if (spec === undefined) {
    const problems: Problem[] = [];
    sift(nodeAt(path)!, value, key, problems);
    return problems;
  }
  try {
    resolveParameters({ name: path, parameters: { own: spec } }, { own: value as number }, '');
    return [];
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.problems.map((problem): Problem => ({ ...problem, key }));
  }
}

/** True where only whole numbers are taken. */
export function isWhole(ground: SweepGround, path: string): boolean {
  const spec = ground.parameters?.[path];
  if (spec !== undefined) return spec.integer === true;
  const node = nodeAt(path)!;
  const kinds = (node.anyOf ?? [node]).map(({ type }) => type);
  return kinds.includes('integer') && !kinds.includes('number');
}
