// Lays the sources of a config over each other and remembers where each value came from.
//
//   defaults < file < environment < flags          the later layer wins
//
// Objects merge key by key; lists and scalars replace; null is a value like any other. A layer may
// also clear places first: `--strategy` takes the agents away that the file had.

import { InputError, type Problem } from '../errors.ts';
import { checkConfig } from './check.ts';
import type { Rule } from './contradictions.ts';
import { isPlain, type Plain, resolvePath } from './place.ts';
import type { Config } from './schema.ts';

/** One source of values. It clears, then lays `values`, then the single assignments. */
export interface Layer {
  /** As `config show` prints it: `file swarm.json`, `env TRAILING_STEP`, `flag --set`. */
  readonly origin: string;
  /** A part of a config, as a file holds it. */
  readonly values?: unknown;
  /** Full paths and the value to put there. */
  readonly assignments?: readonly (readonly [path: string, value: unknown])[];
  /** Full paths below which everything of the lower layers is forgotten. */
  readonly clears?: readonly string[];
}

export interface Merged {
  /** Checked, with defaults, deeply frozen. */
  readonly config: Config;
  /** Origin of each value by its dotted path; `default` where no layer said anything. */
  readonly origins: ReadonlyMap<string, string>;
}

interface Overlay {
  readonly values: Plain;
  readonly origins: Map<string, string>;
}

/**
 * The config that the layers, lowest first, add up to; `more` as in checkConfig. Throws InputError
 * with every problem.
 */
export function mergeLayers(layers: readonly Layer[], more: readonly Rule[] = []): Merged {
  const { values, origins } = overlayOf(layers);
  const config = explaining(origins, () => checkConfig(values, more));
  const all = new Map(
    leafPaths(config, '').map((path) => [path, origins.get(path) ?? 'default'] as const),
  );
  return { config, origins: all };
}

/** The layers laid over each other, unchecked and without defaults. */
export function overlay(layers: readonly Layer[]): Readonly<Plain> {
  return overlayOf(layers).values;
}

/**
 * The layer of `--set path.to.key=value` texts: a value is JSON, else a string; a path may lack its
 * `decision.` or `world.` where that is unambiguous. Throws InputError with every problem.
 */
export function assignmentLayer(texts: readonly string[], origin = 'flag --set'): Layer {
  const problems: Problem[] = [];
  const assignments: [string, unknown][] = [];
  for (const text of texts) {
    const cut = text.indexOf('=');
    if (cut < 1) {
      problems.push({
        key: origin.replace('flag ', ''),
        rule: 'must be path.to.key=value',
        value: text,
      });
      continue;
    }
    const path = resolvePath(text.slice(0, cut).trim());
    const value = jsonOrText(text.slice(cut + 1));
    if (typeof path === 'string') assignments.push([path, value]);
    else problems.push({ ...path, value });
  }
  if (problems.length > 0) throw new InputError(problems);
  return { origin, assignments };
}

function overlayOf(layers: readonly Layer[]): Overlay {
  const origins = new Map<string, string>();
  let values: Plain = Object.create(null);
  for (const { origin, values: own = {}, assignments = [], clears = [] } of layers) {
    for (const path of clears) {
      values = without(values, path.split('.'));
      forget(origins, path);
    }
    if (!isPlain(own)) {
      throw new InputError({ key: origin, rule: 'must hold an object', value: own });
    }
    values = laid(values, own, '', origin, origins);
    for (const [path, value] of assignments) {
      const keys = path.split('.');
      const tree = keys.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
      values = laid(values, tree as Plain, '', origin, origins);
    }
  }
  return { values, origins };
}

function laid(
  under: unknown,
  over: Plain,
  path: string,
  origin: string,
  origins: Map<string, string>,
): Plain {
  // No prototype, so that a key such as __proto__ stays a key and is refused like any other.
  const merged: Plain = Object.assign(Object.create(null), isPlain(under) ? under : {});
  for (const key of Object.keys(over)) {
    const value = over[key];
    if (value === undefined) continue;
    const at = path === '' ? key : `${path}.${key}`;
    if (isPlain(value)) {
      if (!isPlain(merged[key])) forget(origins, at);
      if (Object.keys(value).length === 0) origins.set(at, origin);
      merged[key] = laid(merged[key], value, at, origin, origins);
    } else {
      forget(origins, at);
      origins.set(at, origin);
      merged[key] = value;
    }
  }
  return merged;
}

function without(values: Plain, [key, ...rest]: string[]): Plain {
  if (key === undefined || !Object.hasOwn(values, key)) return values;
  const copy: Plain = Object.assign(Object.create(null), values);
  const inner = copy[key];
  if (rest.length === 0) delete copy[key];
  else if (isPlain(inner)) copy[key] = without(inner, rest);
  return copy;
}

function forget(origins: Map<string, string>, path: string): void {
  for (const known of origins.keys()) {
    if (known === path || known.startsWith(`${path}.`)) origins.delete(known);
  }
}

/** Paths of every value of a checked config; an empty object counts as a value. */
function leafPaths(value: unknown, path: string): string[] {
  if (!isPlain(value) || Object.keys(value).length === 0) return [path];
  return Object.entries(value).flatMap(([key, item]) =>
    leafPaths(item, path === '' ? key : `${path}.${key}`),
  );
}

/** Adds to each problem which layer the value came from. */
function explaining<T>(origins: ReadonlyMap<string, string>, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(
      error.problems.map((problem) => {
        const origin = originOf(origins, problem.key);
        return origin === undefined ? problem : { ...problem, rule: `${problem.rule} [${origin}]` };
      }),
    );
  }
}

function originOf(origins: ReadonlyMap<string, string>, key: string): string | undefined {
  const below = [...origins].find(([path]) => path.startsWith(`${key}.`));
  return origins.get(key) ?? below?.[1];
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
