// Places in the config: dotted paths, the schema found at each, and the path a misspelt one meant.
//
//   decision.agents.quant-alpha.weight      properties and keyed records alike
//   agents.quant-alpha.weight               short for it, where only one part has it

import { nearest, type Problem } from '../errors.ts';
import { ConfigSchema } from './schema.ts';

/** What we read of a JSON Schema node; the schema uses no other keyword that matters here. */
export interface SchemaNode {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly patternProperties?: Readonly<Record<string, SchemaNode>>;
  readonly anyOf?: readonly SchemaNode[];
  readonly items?: SchemaNode;
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly uniqueItems?: boolean;
  readonly description?: string;
  /** What to tell a person when a pattern does not match. */
  readonly rule?: string;
}

export type Plain = Record<string, unknown>;

const PARTS = ['decision', 'world'];

/** The whole schema, as nodes. */
export const root: SchemaNode = ConfigSchema as SchemaNode;

/** True for an object that may hold keys: neither null, nor a list, nor an instance of a class. */
export function isPlain(value: unknown): value is Plain {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** True when the node holds keys rather than a value. */
export function isBranch(node: SchemaNode): boolean {
  return node.type === 'object';
}

/** The node of one key of a branch, or undefined when there is no such key. */
export function childOf(node: SchemaNode, key: string): SchemaNode | undefined {
  if (node.properties && Object.hasOwn(node.properties, key)) return node.properties[key];
  for (const [pattern, child] of Object.entries(node.patternProperties ?? {})) {
    if (new RegExp(pattern).test(key)) return child;
  }
  return undefined;
}

/** The node at a path, or undefined when the schema has no such place. */
export function nodeAt(path: string): SchemaNode | undefined {
  let node: SchemaNode | undefined = root;
  for (const key of path.split('.')) node = node && childOf(node, key);
  return node;
}

/** Every fixed path of the schema, branches included; keyed records are named but not entered. */
export function fixedPaths(node: SchemaNode = root, prefix = ''): string[] {
  return Object.entries(node.properties ?? {}).flatMap(([key, child]) => [
    prefix + key,
    ...fixedPaths(child, `${prefix}${key}.`),
  ]);
}

/**
 * The path a misspelt one probably meant: a sibling with a similar name, else the same name at
 * another place of the config. Undefined when nothing is close.
 */
export function nearestPath(path: string): string | undefined {
  const keys = path.split('.');
  let node = root;
  for (let depth = 0; depth < keys.length; depth++) {
    const child = childOf(node, keys[depth]!);
    if (child !== undefined) {
      node = child;
      continue;
    }
    const before = keys.slice(0, depth);
    const sibling = meant(keys[depth]!, Object.keys(node.properties ?? {}));
    if (sibling !== undefined) {
      const whole = [...before, sibling, ...keys.slice(depth + 1)].join('.');
      return nodeAt(whole) ? whole : [...before, sibling].join('.');
    }
    return elsewhere(keys.slice(depth).join('.'));
  }
  return path;
}

/** The full path of a path that may lack its `decision.` or `world.`, or what is wrong with it. */
export function resolvePath(path: string, key = path): string | Problem {
  if (nodeAt(path)) return path;
  const found = PARTS.map((part) => `${part}.${path}`).filter((whole) => nodeAt(whole));
  if (found.length === 1) return found[0]!;
  if (found.length > 1) return { key, rule: `is ambiguous: ${found.join(' or ')}` };
  const first = path.split('.')[0]!;
  const tries = root.properties?.[first]
    ? [path]
    : [path, ...PARTS.map((part) => `${part}.${path}`)];
  const near = tries.map(nearestPath).find((candidate) => candidate && nodeAt(candidate));
  return { key, rule: 'unknown key', nearest: near };
}

/** A similar name, or one that the word begins: `cash` for `cashUsd`, a unit forgotten. */
function meant(word: string, names: readonly string[]): string | undefined {
  const begun = names.filter((name) => name.toLowerCase().startsWith(word.toLowerCase()));
  return word.length > 2 && begun.length === 1 ? begun[0] : nearest(word, names);
}

function elsewhere(tail: string): string | undefined {
  const paths = fixedPaths();
  return (
    paths.find((path) => path.endsWith(`.${tail}`)) ??
    PARTS.map((part) => `${part}.${tail}`).find((path) => nodeAt(path))
  );
}
