// What every thread of a sweep loads for itself, because code cannot be sent: the strategies that any
// point names, and the function of a spec that has one as its objective.

import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { Strategy } from '../agents/contract.ts';
import type { Remembered } from '../agents/memory.ts';
import { RecordedReplies, type RecordedReply } from '../agents/reply-book.ts';
import { isPlain } from '../config/place.ts';
import type { Config } from '../config/schema.ts';
import { InputError } from '../errors.ts';
import type { NamedStrategy } from '../research/sweep/plan.ts';
import type { PanelColumns, Slices } from '../research/sweep/slice.ts';
import type { Objective, ObjectiveFunction } from '../research/sweep/spec.ts';
import type { StrategyBook, TrialGround } from '../research/sweep/trial.ts';
import { loadStrategy } from './load.ts';

/** What a worker is started with. */
export interface SweepWorkerData {
  readonly columns: PanelColumns;
  readonly config: Config;
  readonly strategies: readonly NamedStrategy[];
  /** Folder that the paths of strategies are relative to. */
  readonly cwd: string;
  readonly objectives: readonly Omit<Objective, 'evaluate'>[];
  /** Absolute path of the spec where its objective is a function; else null. */
  readonly module: string | null;
  /** What another run remembered, oldest first, and what models answered; null = nobody is asked. */
  readonly remembered: readonly Remembered[];
  readonly answers: readonly RecordedReply[] | null;
}

/** The same for one of several threads of a process. */
export interface SweepThreadData extends SweepWorkerData {
  /** Its share of what may be kept; see shelf.ts. */
  readonly spareBytes: number;
}

/** The ground of trials in this thread. Throws InputError where something does not load. */
export async function groundOf(data: SweepWorkerData, slices: Slices): Promise<TrialGround> {
  const { book } = await loadBook(data.strategies, data.cwd);
  let evaluate: ObjectiveFunction | null = null;
  if (data.module !== null) {
    const spec = await loadSpecModule(data.module);
    const found = isPlain(spec) ? spec['objective'] : null;
    if (typeof found !== 'function') {
      throw new InputError({ key: `${data.module}: objective`, rule: 'must be a function' });
    }
    evaluate = found as ObjectiveFunction;
  }
  const objectives = data.objectives.map((one) => ({ ...one, evaluate }));
  const { config, remembered, answers } = data;
  const replies = answers === null ? undefined : new RecordedReplies(answers);
  return { config, slices, strategies: book, objectives, remembered, replies };
}

export interface LoadedBook {
  readonly book: StrategyBook;
  /** Absolute path of the file of each, by the same names. */
  readonly fileOf: ReadonlyMap<string, string>;
}

/** Loads strategies by name or path, from `cwd`. Throws InputError with every problem. */
export async function loadBook(names: readonly NamedStrategy[], cwd: string): Promise<LoadedBook> {
  const book = new Map<string, Strategy>();
  const fileOf = new Map<string, string>();
  const problems = [];
  for (const { name, key } of names) {
    try {
      const { strategy, file } = await loadStrategy(name, cwd, key);
      book.set(name, strategy);
      fileOf.set(name, file);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw new InputError(problems);
  return { book, fileOf };
}

/** What a spec's module exports by default. Throws InputError when it does not load. */
export async function loadSpecModule(file: string): Promise<unknown> {
  if (!existsSync(file)) throw new InputError({ key: file, rule: 'no such file' });
  try {
    const module = (await import(pathToFileURL(file).href)) as { default?: unknown };
    return module.default;
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    const rule = `does not load: ${cause instanceof Error ? cause.message : cause}`;
    throw new InputError({ key: file, rule }, { cause });
  }
}
