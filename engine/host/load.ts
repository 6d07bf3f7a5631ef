// The only resolver of strategies: by name (a file of strategies/) or by path. There is no registry.
//
// A user's file says `import { defineStrategy } from 'sapphire'` whatever folder it lives in, and
// is TypeScript run directly; two hooks see to both. Workers do not inherit hooks: each installs
// them by importing this file.

import { existsSync, readdirSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { basename, isAbsolute, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Strategy } from '../agents/contract.ts';
import type { Remembered } from '../agents/memory.ts';
import { checkStrategy } from '../agents/parameters.ts';
import type { SeatSpec } from '../agents/seat.ts';
import { namesOf, seatsOf } from '../agents/seating.ts';
import type { DecisionConfig } from '../config/schema.ts';
import { InputError, nearest } from '../errors.ts';
import { loadMemory } from './load-memory.ts';

const PACKAGE = new URL('../../', import.meta.url);
/** What a strategy may import by the package's name, whatever folder it lies in. */
const PUBLIC: Readonly<Record<string, string>> = {
  sapphire: new URL('engine/index.ts', PACKAGE).href,
  'sapphire/technical': new URL('engine/market/technical.ts', PACKAGE).href,
};
const SHIPPED = fileURLToPath(new URL('strategies/', PACKAGE));

/** Files whose imports are strategies' own: TypeScript modules, wherever they lie. */
const outside = new Set<string>();
/** Counted and not timed: a file may be saved twice within a millisecond. */
let reloads = 0;

registerHooks({
  resolve(specifier, context, next) {
    const url = PUBLIC[specifier];
    if (url !== undefined) return { url, shortCircuit: true };
    const found = next(specifier, context);
    // What a strategy imports by a relative path is its own code: read as it is, and as freshly.
    const parent = context.parentURL ?? '';
    if (!outside.has(bare(parent)) || !specifier.startsWith('.')) return found;
    outside.add(bare(found.url));
    return { ...found, url: bare(found.url) + parent.slice(bare(parent).length) };
  },
  load(url, context, next) {
    const isTypeScript = bare(url).endsWith('.ts') && outside.has(bare(url));
    return next(url, isTypeScript ? { ...context, format: 'module-typescript' } : context);
  },
});

export interface LoadedStrategy {
  readonly strategy: Strategy;
  /** Absolute path of its file: what the strategy digest starts from. */
  readonly file: string;
}

/** What a config's `decision` part asks for, loaded and checked. */
export interface LoadedSeats {
  readonly seats: readonly SeatSpec[];
  readonly solo: boolean;
  readonly files: readonly string[];
  /** `sma-cross`, or `swarm of 4 agents`. */
  readonly label: string;
  /** What another run remembered, oldest first; see decision.memory.load. */
  readonly remembered?: readonly Remembered[];
}

/** Names of the strategies that come with the project. */
export function shippedStrategies(): string[] {
  return readdirSync(SHIPPED)
    .filter((file) => file.endsWith('.ts'))
    .map((file) => basename(file, '.ts'));
}

/**
 * Loads one strategy. A name has neither slash nor `.ts`; a path is taken from `cwd`. `fresh` reads
 * the file again even if it was loaded before (watch mode).
 * Throws InputError: not found (with the nearest name), does not load, is not a strategy.
 */
export async function loadStrategy(
  nameOrPath: string,
  cwd: string,
  key: string,
  fresh = false,
): Promise<LoadedStrategy> {
  const file = locate(nameOrPath, cwd, key);
  const url = pathToFileURL(file).href;
  outside.add(bare(url));
  let module: { default?: unknown };
  try {
    module = await import(fresh ? `${url}?fresh=${++reloads}` : url);
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    const rule = `does not load: ${cause instanceof Error ? cause.message : cause}`;
    throw new InputError({ key: `${key} ${nameOrPath}`, rule }, { cause });
  }
  return { strategy: checkStrategy(module.default, nameOrPath), file };
}

/** Loads every strategy that a config names and checks their parameters, all problems at once. */
export async function loadSeats(
  decision: DecisionConfig,
  cwd: string,
  fresh = false,
): Promise<LoadedSeats> {
  const found = new Map<string, LoadedStrategy | InputError>();
  for (const { name, key } of namesOf(decision)) {
    try {
      found.set(key, await loadStrategy(name, cwd, key, fresh));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      found.set(key, error);
    }
  }
  const files: string[] = [];
  const { seats, solo } = seatsOf(decision, (_, key) => {
    const loaded = found.get(key)!;
    if (loaded instanceof InputError) throw loaded;
    files.push(loaded.file);
    return loaded.strategy;
  });
  if (decision.strategy !== null) return { seats, solo, files, label: seats[0]!.strategy.name };
  const remembered = loadMemory(decision, cwd);
  return { seats, solo, files, label: `swarm of ${seats.length} agents`, remembered };
}

function locate(nameOrPath: string, cwd: string, key: string): string {
  const isPath = nameOrPath.endsWith('.ts') || nameOrPath.includes('/');
  if (!isPath) {
    const names = shippedStrategies();
    if (names.includes(nameOrPath)) return resolve(SHIPPED, `${nameOrPath}.ts`);
    const rule = `must be one of ${names.join(', ')}, or the path of a .ts file`;
    throw new InputError({ key, rule, value: nameOrPath, nearest: nearest(nameOrPath, names) });
  }
  const file = isAbsolute(nameOrPath) ? nameOrPath : resolve(cwd, nameOrPath);
  if (!existsSync(file)) throw new InputError({ key, rule: 'no such file', value: nameOrPath });
  if (!file.endsWith('.ts')) {
    throw new InputError({ key, rule: 'must be a .ts file', value: nameOrPath });
  }
  return file;
}

function bare(url: string): string {
  return url.split('?')[0]!;
}
