// Sifts a config part by part: what is sound goes into a copy, what is not becomes one Problem.
//
// The validator's own error list is of no use to a person (one unknown key makes two entries, a
// union one per branch, and it stops at eight), so the schema is walked here and the validator is
// only asked about single values. One place, one problem.

import { Value } from 'typebox/value';
import { nearest, type Problem } from '../errors.ts';
import { childOf, isBranch, isPlain, nearestPath, type Plain, type SchemaNode } from './place.ts';

/** The sound part of `value` as a fresh copy; undefined when nothing of it is. */
export function sift(
  node: SchemaNode,
  value: unknown,
  path: string,
  problems: Problem[],
): unknown | undefined {
  if (isBranch(node)) return siftBranch(node, value, path, problems);
  if (Value.Check(node, value)) return Array.isArray(value) ? [...value] : value;
  problems.push({
    key: path,
    rule: ruleOf(node, value),
    value,
    nearest: typeof value === 'string' ? nearest(value, choicesOf(node)) : undefined,
  });
  return undefined;
}

function siftBranch(node: SchemaNode, value: unknown, path: string, problems: Problem[]) {
  if (!isPlain(value)) {
    problems.push({ key: path || 'config', rule: 'must be an object', value });
    return undefined;
  }
  const copy: Plain = {};
  for (const key of Object.keys(value)) {
    const item = value[key];
    if (item === undefined) continue;
    const at = path === '' ? key : `${path}.${key}`;
    const child = childOf(node, key);
    if (child === undefined) {
      problems.push(
        node.properties
          ? { key: at, rule: 'unknown key', value: item, nearest: nearestPath(at) }
          : { key: at, rule: node.rule ?? 'unknown key', value: item },
      );
      continue;
    }
    const sound = sift(child, item, at, problems);
    if (sound !== undefined) copy[key] = sound;
  }
  return copy;
}

/** The rule of a value in words: `must be 0 to 1`, `must be one of 1m, 3m or null`. */
export function ruleOf(node: SchemaNode, value: unknown): string {
  if (typeof value === 'string' && node.type === 'string' && node.rule) return node.rule;
  const parts = node.anyOf ?? [node];
  const nullable = parts.some((part) => part.type === 'null') ? ' or null' : '';
  const choices = choicesOf(node);
  if (choices.length > 0) return `must be one of ${choices.join(', ')}${nullable}`;
  const kinds = parts.filter((part) => part.type !== 'null');
  if (kinds.length === 1 && isKind(kinds[0]!, value))
    return `must be ${range(kinds[0]!)}${nullable}`;
  return `must be ${kinds.map((kind) => kindText(kind, value)).join(', ')}${nullable}`;
}

function choicesOf(node: SchemaNode): string[] {
  return (node.anyOf ?? [node])
    .map((part) => part.const)
    .filter((item) => typeof item === 'string');
}

/** True when only the range is wrong, so that saying the kind would be noise. */
function isKind(node: SchemaNode, value: unknown): boolean {
  if (node.minimum === undefined || node.maximum === undefined) return false;
  return node.type === 'integer' ? Number.isInteger(value) : typeof value === 'number';
}

function range(node: SchemaNode): string {
  return `${node.minimum} to ${node.maximum}`;
}

function kindText(node: SchemaNode, value: unknown): string {
  const bounds = node.minimum === undefined ? '' : ` ${range(node)}`;
  switch (node.type) {
    case 'boolean':
      return 'true or false';
    case 'integer':
      return `a whole number${bounds}`;
    case 'number':
      return `a${bounds ? '' : ' finite'} number${bounds}`;
    case 'array':
      return `a list of ${node.items?.type === 'string' ? 'texts' : 'values'}, each once`;
    default:
      return value === '' ? 'a text that is not empty' : 'a text';
  }
}
