// Sweeps as a person starts them, over the small store, and what is left in their folders.

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { SweepFacts, SweepPlan } from '../../engine/research/sweep/facts.ts';
import type { TrialRow } from '../../engine/research/sweep/outcome.ts';
import type { CliOptions, Room } from '../support/cli.ts';
import { writeSmallStore } from '../support/small-store.ts';

/**
 * A trial turns in circles for some 20 ms, so that there is time to kill. On its thread alone: the look-ahead
 * check of the verdict, which asks it a hundred times as often, is not what is killed.
 */
export const SLOW = `import { isMainThread } from 'node:worker_threads';
import { defineStrategy, sma } from 'sapphire';
export default defineStrategy({
  name: 'slow',
  parameters: { n: { default: 5, min: 2, max: 400, integer: true }, size: { default: 0.5 } },
  features: ({ n }) => ({ mean: sma(n) }),
  decide: ({ features: { mean }, columns: { close }, i, parameters: { size } }) => {
    let x = 0;
    for (let k = 0; !isMainThread && k < 2_500; k++) x = Math.sin(x + k);
    return x > 2 ? undefined : close[i] > mean[i] ? size : close[i] < mean[i] ? 0 : undefined;
  },
});`;

export interface SweepDocument {
  readonly out: string;
  readonly digest: string;
  readonly trials: number;
  readonly completed: number;
  readonly failed: number;
  readonly best: {
    readonly index: number;
    readonly parameters: Readonly<Record<string, number>>;
    readonly values: Readonly<Record<string, number>>;
    readonly digest: string;
    readonly test: { readonly values: readonly number[] } | null;
  } | null;
  readonly backtestsPerSecond: number;
}

/** A sweep with --json that must end with this code and say nothing of it but on stdout. */
export async function sweepJson(
  here: Room,
  words: readonly string[],
  options: CliOptions = {},
  wanted = 0,
): Promise<SweepDocument> {
  const { code, stdout, stderr } = await here.call(['sweep', '--json', ...words], options);
  if (code !== wanted || wanted === 0)
    expect({ code, stderr }).toEqual({ code: wanted, stderr: '' });
  return JSON.parse(stdout);
}

export function writeSpec(here: Room, name: string, spec: unknown): string {
  const path = here.at(name);
  writeFileSync(path, typeof spec === 'string' ? spec : JSON.stringify(spec));
  return path;
}

export function rowsOf(out: string): TrialRow[] {
  const text = readFileSync(join(out, 'trials.ndjson'), 'utf8');
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

export const planOf = (out: string): SweepPlan =>
  JSON.parse(readFileSync(join(out, 'sweep.json'), 'utf8')).plan;
export const factsOf = (out: string): SweepFacts =>
  JSON.parse(readFileSync(join(out, 'result.json'), 'utf8')).facts;

/** All that must be the same however a sweep was run: bytes, and JSON without circumstances. */
export function factsBytes(out: string, files: readonly string[]): Record<string, string> {
  const bytes = files.map((name) => [name, readFileSync(join(out, name)).toString('base64')]);
  const json = { plan: planOf(out), facts: factsOf(out) };
  return { ...Object.fromEntries(bytes), json: JSON.stringify(json) };
}

/** Status of every trial of the ledger, by config digest, as it was written line by line. */
export function ledgerOf(runs: string): { configDigest: string; status: string }[] {
  const text = readFileSync(join(runs, 'trials.ndjson'), 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

/** The last status of every trial of the ledger, by config digest. */
export function statusesOf(runs: string): Map<string, string> {
  return new Map(ledgerOf(runs).map(({ configDigest, status }) => [configDigest, status]));
}

// ---- a sweep that takes its time ------------------------------------------------------------------

/** Its files that must be the same whoever ran it and whatever happened. */
export const KEPT_FILES = [
  'trials.ndjson',
  'daily-returns.f64',
  'test-trials.ndjson',
  'test-returns.f64',
  'verdict.json',
];

export const SLOW_SPEC = {
  parameters: {
    'parameters.n': { from: 2, to: 60, step: 1 },
    'parameters.size': { from: 0.1, to: 0.9 },
  },
  sampler: { tpe: { startup: 20 } },
  splits: { train: 0.7 },
};

export interface WholeSweep {
  /** The command's words, to be run in the root of the room. */
  readonly words: readonly string[];
  readonly document: SweepDocument;
  /** The digest and `KEPT_FILES` of never having stopped. */
  readonly wanted: Readonly<Record<string, string>>;
}

/** Sweeps slow trials to the end, in runs folder `whole`. Makes the small store and the strategy. */
export async function wholeSweep(
  here: Room,
  { judged, workers, budget, batch }: Record<'budget' | 'batch' | 'judged' | 'workers', number>,
): Promise<WholeSweep> {
  const db = here.at('small.duckdb');
  await writeSmallStore(db);
  writeFileSync(here.at('slow.ts'), SLOW);
  const spec = writeSpec(here, 'slow.json', { ...SLOW_SPEC, budget, batch });
  const base = ['--db', db, '--symbols', 'BTCUSDT', '--strategy', './slow.ts'];
  const words = [spec, ...base, '--top', `${judged}`];
  const env = { SAPPHIRE_RUNS: here.at('whole') };
  const document = await sweepJson(here, [...words, '--workers', `${workers}`], { env });
  const wanted = { digest: document.digest, ...factsBytes(document.out, KEPT_FILES) };
  return { words, document, wanted };
}

/** The folder of the sweep in a runs folder, once it has so many rows. */
export async function folderWith(runs: string, rows: number): Promise<string> {
  return until(() => {
    const name = existsSync(runs) && readdirSync(runs).find((one) => one.endsWith('-sweep'));
    const path = name ? join(runs, name, 'trials.ndjson') : '';
    if (!name || !existsSync(path)) return false;
    return readFileSync(path, 'utf8').split('\n').length > rows && join(runs, name);
  });
}

/** What comes sooner or later, within a minute. */
export async function until<T>(find: () => T | undefined | false): Promise<T> {
  for (let tries = 0; tries < 6000; tries++) {
    const found = find();
    if (found) return found;
    await new Promise((next) => setTimeout(next, 10));
  }
  throw new Error('it never came');
}
