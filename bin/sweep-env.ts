// The best point under the environment names of the original system, for a .env file: see
// engine/config/environment.ts, which reads them back. What has no such name is refused beforehand.

import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { ENVIRONMENT } from '../engine/config/environment.ts';
import type { Plain } from '../engine/config/place.ts';
import type { Config } from '../engine/config/schema.ts';
import { assert, InputError, type Problem } from '../engine/errors.ts';
import type { Point } from '../engine/research/sweep/space.ts';

export interface EnvironmentNames {
  /** The variable of each swept path, and whether it is written in per cent. */
  readonly byPath: ReadonlyMap<string, { readonly variable: string; readonly perCent: boolean }>;
  readonly problems: readonly Problem[];
}

/** The names of config paths; a problem for each path that has none, or shares one. */
export function environmentNames(swept: readonly string[], { decision }: Config): EnvironmentNames {
  const byPath = new Map<string, { variable: string; perCent: boolean }>();
  const problems: Problem[] = [];
  const named = ENVIRONMENT.map(({ variable, perCent = false, paths }) => {
    return { variable, perCent, paths: paths(decision as unknown as Plain) };
  });
  for (const path of swept) {
    const found = named.find(({ paths }) => paths.includes(path));
    if (found === undefined) {
      const known = named.flatMap(({ paths }) => paths).join(', ');
      const rule = `needs an environment name for ${path}; there are such for ${known}`;
      problems.push({ key: '--write-env', rule });
      continue;
    }
    const { variable, perCent } = found;
    const other = [...byPath].find(([, one]) => one.variable === variable);
    if (other !== undefined) {
      const rule = `cannot name both ${other[0]} and ${path}: ${variable} is either`;
      problems.push({ key: '--write-env', rule });
    }
    byPath.set(path, { variable, perCent });
  }
  return { byPath, problems };
}

/** Writes a point's values into a file, and says so. Throws InputError where one has no such name. */
export function writeBest(file: string, point: Point, config: Config): void {
  const names = environmentNames(Object.keys(point), config);
  if (names.problems.length > 0) throw new InputError(names.problems);
  const lines = environmentLines(point, names);
  writeEnvironment(resolve(file), lines);
  process.stderr.write(`wrote ${lines.join(' ')} to ${file}\n`);
}

/** Lines `NAME=value` of a point, in the order of its paths. */
export function environmentLines(point: Point, names: EnvironmentNames): string[] {
  return Object.entries(point).map(([path, value]) => {
    const { variable, perCent } = names.byPath.get(path)!;
    assert(typeof value === 'number', 'what has an environment name is a number');
    return `${variable}=${perCent ? inPerCent(value) : value}`;
  });
}

/** The digits that read back to the same fraction once the point is moved by two. */
function inPerCent(fraction: number): string {
  const text = String(Number((fraction * 100).toPrecision(15)));
  return Number(`${text}e-2`) === fraction ? text : `${fraction * 100}`;
}

/**
 * Puts the lines into a file: those of the same names are replaced, all others stay. Throws
 * InputError when it cannot be written.
 */
export function writeEnvironment(path: string, lines: readonly string[]): void {
  const draft = `${path}.${process.pid}.draft`;
  try {
    const before = existsSync(path) ? readFileSync(path, 'utf8') : '';
    const left = new Map(lines.map((line) => [line.slice(0, line.indexOf('=')), line]));
    const kept = before.split('\n').flatMap((line) => {
      const name = /^\s*(?:export\s+)?([A-Z_]+)\s*=/.exec(line)?.[1] ?? '';
      const ours = left.get(name);
      if (ours === undefined) return lines.some((one) => one.startsWith(`${name}=`)) ? [] : [line];
      left.delete(name);
      return [ours];
    });
    while (kept.at(-1) === '') kept.pop();
    writeFileSync(draft, `${[...kept, ...left.values()].join('\n')}\n`);
    renameSync(draft, path);
  } catch (cause) {
    const rule = `must be a file that can be written (${(cause as Error).message})`;
    throw new InputError({ key: '--write-env', rule, value: path }, { cause });
  }
}
