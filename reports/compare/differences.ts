// Where configs differ, by path, and which digests do: only what is not the same everywhere.

import type { RunFacts } from '../../engine/research/result.ts';
import { shortDigest } from '../format.ts';

/** One value of every run; undefined where a run has no such path. */
export interface Difference {
  readonly path: string;
  readonly values: readonly (string | undefined)[];
}

/** Paths of configs at which not all runs agree, in the order of the configs. */
export function configDifferences(runs: readonly RunFacts[]): Difference[] {
  return differing(runs.map(({ config }) => leavesOf(config)));
}

/** What ran on what, where it is not the same: strategy, span, data, code. */
export function groundDifferences(runs: readonly RunFacts[]): Difference[] {
  const grounds = runs.map(
    (facts) =>
      new Map([
        ['strategy', facts.strategy],
        ['strategy digest', shortDigest(facts.strategyDigest)],
        ['data', facts.data.kind],
        ['data digest', shortDigest(facts.dataDigest)],
        ['decisions digest', shortDigest(facts.decisionDigest)],
        ['run digest', shortDigest(facts.digest)],
      ]),
  );
  return differing(grounds);
}

function differing(runs: readonly ReadonlyMap<string, string>[]): Difference[] {
  const paths = [...new Set(runs.flatMap((leaves) => [...leaves.keys()]))];
  return paths
    .filter((path) => !paths.some((other) => other.startsWith(`${path}.`)))
    .map((path) => ({ path, values: runs.map((leaves) => leaves.get(path)) }))
    .filter(({ values }) => new Set(values).size > 1);
}

/** Dotted paths to every value that is not an object; an empty object is a value. */
function leavesOf(value: unknown, path = '', into = new Map<string, string>()) {
  const isBranch = typeof value === 'object' && value !== null && !Array.isArray(value);
  const entries = isBranch ? Object.entries(value) : [];
  if (entries.length === 0) {
    if (value !== undefined && path !== '$schema') into.set(path, textOf(value));
  } else {
    for (const [key, item] of entries) leavesOf(item, path === '' ? key : `${path}.${key}`, into);
  }
  return into;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
}
