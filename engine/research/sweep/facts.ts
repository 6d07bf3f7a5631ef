// What a sweep is and what it came to, in the halves of every result: facts, which are the same on
// every machine and for any number of workers, and circumstances, which are how it went this time.

import type { Plain } from '../../config/place.ts';
import type { Config } from '../../config/schema.ts';
import type { Statistics } from '../../statistics/performance.ts';
import type { Goal } from '../samplers/contract.ts';
import type { Sensitivity } from './neighbours.ts';
import type { FailureCode, TrialRow } from './outcome.ts';
import type { Point } from './space.ts';
import type { Splits, Sweep } from './spec.ts';

export const SWEEP_SCHEMA_VERSION = 1;

/** All that trials depend on. A sweep is taken up again only where all of it is the same. */
export interface SweepPlan {
  readonly schemaVersion: number;
  readonly name: string;
  /** As it was written, `$schema` and functions left out. */
  readonly spec: Plain;
  /** As it was understood. */
  readonly compiled: Plain;
  /** Digest of the spec's module and its relative imports; null for JSON. */
  readonly moduleDigest: string | null;
  readonly config: Config;
  readonly configDigest: string;
  readonly symbols: readonly string[];
  /** Of all that the base config reads. */
  readonly dataDigest: string;
  /** Of the tape and of what was remembered, which are part of it; left out where there is none. */
  readonly tapeDigest?: string;
  readonly memoryDigest?: string;
  /** Of each leg, by `venue symbol`. */
  readonly legDigests: Readonly<Record<string, string>>;
  readonly strategyDigest: string;
  /** Version and digest of the engine's source. */
  readonly code: string;
  /** How many of the best are run on the test span. */
  readonly judged: number;
  /** UTC days of the searched span and of the test span: columns of the files of returns. */
  readonly days: number;
  readonly testDays: number;
}

/** A sweep as plain data: what a file can hold of it. */
export function plainSweep({ space, objectives, ...rest }: Sweep): Plain {
  const parameters = space.axes.map(({ path, count, extent, scale, when, value }) => {
    const isListed = scale === null;
    return [
      path,
      {
        count: Number.isFinite(count) ? count : null,
        ...(isListed
          ? { values: Array.from({ length: count }, (_, k) => value(k)) }
          : { from: extent![0], to: extent![1] }),
        ...(when.length > 0 ? { when: when.map((one) => ({ ...one })) } : {}),
      },
    ] as const;
  });
  return {
    ...rest,
    size: Number.isFinite(space.size) ? space.size : null,
    parameters: Object.fromEntries(parameters),
    constraints: space.constraints.map((one) => ({ ...one })),
    objectives: objectives.map(({ name, goal, evaluate }) => {
      return { name, goal, isFunction: evaluate !== null };
    }),
  };
}

/** The same point on the rows that were not searched. */
export type TestRow = Omit<TrialRow, 'fraction' | 'rung' | 'from' | 'point'>;

export interface BestTrial {
  /** Plan index. */
  readonly index: number;
  readonly point: Point;
  readonly fraction: number;
  readonly values: readonly (number | null)[];
  readonly configDigest: string;
  readonly digest: string | null;
  readonly decisionDigest: string | null;
  readonly statistics: Statistics | null;
  /** Null without splits. */
  readonly test: TestRow | null;
}

export interface SweepFacts {
  readonly schemaVersion: number;
  readonly kind: 'sweep';
  readonly name: string;
  /** `swarm of 4 agents`, or the strategy that decides alone in the base config. */
  readonly strategy: string;
  readonly symbols: readonly string[];
  /** Digest of the plan: spec, config, data, strategies, code left out. */
  readonly planDigest: string;
  readonly configDigest: string;
  readonly dataDigest: string;
  readonly strategyDigest: string;
  readonly sampler: string;
  readonly seed: number;
  readonly budget: number;
  readonly objectives: readonly { readonly name: string; readonly goal: Goal }[];
  readonly splits: Splits | null;
  readonly isSynthetic: boolean;
  /** Instants of the searched span, and of the test span; open of the first row, close of the last. */
  readonly trainMs: readonly [fromMs: number, toMs: number];
  readonly testMs: readonly [fromMs: number, toMs: number] | null;
  readonly trials: number;
  readonly completed: number;
  readonly failed: number;
  readonly failures: Readonly<Partial<Record<FailureCode, number>>>;
  /** Why the sampler proposed no more. */
  readonly ended: string;
  /** The best by rank; several objectives: front by front. Empty when no trial was completed. */
  readonly best: readonly BestTrial[];
  /** Plan indices of the Pareto front; empty with one objective. */
  readonly front: readonly number[];
  /** Plateau or spike around the best by the first objective; null without one, or where all are alike. */
  readonly sensitivity: Sensitivity | null;
  /** SHA-256 of the files of rows and daily returns: every trial in plan order. */
  readonly trialsDigest: string;
  readonly returnsDigest: string;
}

export interface SweepCircumstances {
  readonly startedAt: string;
  readonly endedAt: string;
  /** Of the process that ended it: trials it ran, and how fast, loading left out. */
  readonly ran: number;
  readonly backtestsPerSecond: number;
  readonly workers: number;
  /** Distinct trials of this family so far, by the ledger. */
  readonly trialNumber: number;
  readonly node: string;
  readonly version: string;
  readonly host: string;
}

/** What result.json of a sweep holds. */
export interface SweepResult {
  readonly facts: SweepFacts;
  readonly resultDigest: string;
  readonly circumstances: SweepCircumstances;
}
