// From a command line to a sweep that can begin: spec, base config, strategies, candles in shared
// memory, and the plan that says what all trials depend on.
//
//   FILE -> spec    --config, flags, environment -> base config    strategies -> seats    store -> columns
//
// Whatever is wrong is told here, before a folder is made.

import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, extname, resolve } from 'node:path';
import { configDigest } from '../data/runs/canonical.ts';
import { engineDigest } from '../data/runs/code-digest.ts';
import { memoryDigest } from '../data/runs/memory-file.ts';
import { strategyDigest, strategySourceDigest } from '../data/runs/strategy-digest.ts';
import { openStore } from '../data/store.ts';
import { parseJson } from '../engine/config/json.ts';
import { isPlain, type Plain } from '../engine/config/place.ts';
import type { Config } from '../engine/config/schema.ts';
import { InputError, type Problem } from '../engine/errors.ts';
import { type LoadedSeats, loadSeats } from '../engine/host/load.ts';
import type { CandleReading } from '../engine/host/remote/announcement.ts';
import { loadBook, loadSpecModule, type SweepWorkerData } from '../engine/host/sweep-ground.ts';
import {
  plainSweep,
  SWEEP_SCHEMA_VERSION,
  type SweepPlan,
} from '../engine/research/sweep/facts.ts';
import { STATISTICS } from '../engine/research/sweep/outcome.ts';
import { parameterPaths } from '../engine/research/sweep/paths.ts';
import {
  daysOf,
  longestWarmup,
  type PlanGround,
  planProblems,
  type Spans,
  spansOf,
  strategyNames,
} from '../engine/research/sweep/plan.ts';
import type { Point } from '../engine/research/sweep/space.ts';
import {
  assignmentsOf,
  baseConfigOf,
  compileSweep,
  type Sweep,
} from '../engine/research/sweep/spec.ts';
import { type StrategyBook, seatsOf, trialConfig } from '../engine/research/sweep/trial.ts';
import { answersOf, type Beside, besideOf, dataDigestWith } from './beside.ts';
import { loadRunConfig, type RunConfig, type RunFlags } from './flags.ts';
import { storedRun, wantsSentiment } from './run-store.ts';
import { columnsDigest, groundDigest, readSweepData } from './sweep-data.ts';
import { environmentNames } from './sweep-env.ts';
import { VERSION } from './version.ts';
import { warmupOf } from './world.ts';

export interface SweepFlags extends RunFlags {
  readonly workers?: string;
  readonly resume?: string;
  readonly top?: string;
  readonly writeEnv?: string;
  readonly distributed?: string;
  readonly gate?: boolean;
  readonly csv?: string;
}

/** A sweep that can begin. */
export interface Prepared {
  readonly sweep: Sweep;
  readonly plan: SweepPlan;
  readonly ground: PlanGround;
  readonly spans: Spans;
  readonly workerData: SweepWorkerData;
  /** `swarm of 4 agents`, or the strategy that decides alone. */
  readonly label: string;
  readonly isSynthetic: boolean;
  /** Digest of the sources of the strategies that a point names: what its trials are counted by. */
  readonly sourceOf: (point: Point) => string;
  /** Digest of those strategies as a run has it, with the lockfile. */
  readonly strategyDigestOf: (point: Point) => string;
  readonly reading: CandleReading;
  readonly beside: Beside;
  /** Digest of candles and series, without what is read beside them: it tells the family of trials. */
  readonly candlesDigest: string;
  /** Digest of all that a point reads. */
  readonly dataDigestOf: (point: Point) => string;
  /** Digest of the shared columns as they are now. */
  readonly columnsDigest: () => string;
  /** The same with shape and instruments: what a worker elsewhere must have, too. */
  readonly groundDigest: () => string;
}

export interface CompiledSweep {
  readonly found: SpecFile;
  readonly run: RunConfig;
  readonly loaded: LoadedSeats;
  readonly sweep: Sweep;
}

export interface SpecFile {
  readonly spec: unknown;
  /** Absolute. */
  readonly path: string;
  readonly isModule: boolean;
}

/** Everything before the first trial. Throws InputError for whatever a person can mend. */
export async function prepareSweep(
  file: string,
  flags: SweepFlags,
  cwd: string,
  judged: number,
): Promise<Prepared> {
  const { found, loaded, sweep, ...given } = await compiledSweep(file, flags, cwd);
  const { seats } = loaded;
  const strategies = strategyNames(given.run.config, sweep.space);
  const { book, fileOf } = await loadBook(strategies, cwd);
  const reads = [...book.values()].flatMap(({ series = [] }) => series);
  const silent = flags.json ?? false;
  const run = await storedRun(given.run, { isNamed: flags.db !== undefined, silent });
  const { config } = run;
  const data = await readSweepData(
    () => openStore(run.db),
    config,
    seats,
    (baseMs) => ({
      candles:
        config.world.from === null ? 0 : longestWarmup(config, sweep, book, warmupOf, baseMs),
      series: reads,
      needsSentiment: wantsSentiment(run),
    }),
  );
  const { columns, firstRow, symbols, leftOut, reading } = data;
  if (leftOut.length > 0 && !silent) {
    process.stderr.write(`left out, no candles in this range: ${leftOut.join(', ')}\n`);
  }
  const asks = [...book.values()].some((strategy) => strategy.asks !== undefined);
  const beside = await besideOf(config, asks, loaded.remembered, cwd);
  const { tape, remembered } = beside;
  const memory = memoryDigest(remembered);
  const spans = spansOf(firstRow, columns.openMs.length, sweep.splits);
  const files = [...fileOf.values()];
  const named = filesOf(config, fileOf);
  const plan: SweepPlan = {
    schemaVersion: SWEEP_SCHEMA_VERSION,
    name: nameOf(found.path),
    spec: plainSpec(found.spec),
    compiled: plainSweep(sweep),
    moduleDigest: found.isModule ? strategySourceDigest([found.path]) : null,
    config,
    configDigest: configDigest(config),
    symbols,
    dataDigest: dataDigestWith(data.dataDigest, beside, config, loaded),
    ...(tape === null ? {} : { tapeDigest: tape.digest }),
    ...(memory === null ? {} : { memoryDigest: memory }),
    legDigests: data.legDigests,
    strategyDigest: strategyDigest(files),
    code: codeVersion(),
    judged,
    days: daysOf(columns, spans.train),
    testDays: spans.test === null ? 0 : daysOf(columns, spans.test),
  };
  const objectives = sweep.objectives.map(({ name, goal }) => ({ name, goal }));
  const module = sweep.objectives.some(({ evaluate }) => evaluate !== null) ? found.path : null;
  return {
    sweep,
    plan,
    ground: { config, columns, firstRow, readCandles: reading.candles, strategies: book, warmupOf },
    spans,
    workerData: {
      ...{ columns, config, strategies, cwd, objectives, module, remembered },
      answers: answersOf(tape),
    },
    label: loaded.label,
    isSynthetic: data.isSynthetic,
    reading,
    beside,
    candlesDigest: data.dataDigest,
    dataDigestOf: (point) => dataDigestAt(config, point, book, data.dataDigest, beside),
    sourceOf: sourcesOf(named),
    strategyDigestOf: (point) => strategyDigest(named(point)),
    columnsDigest: () => columnsDigest(columns),
    groundDigest: () => groundDigest(data),
  };
}

/** What the engine is, for whoever must be sure to run the same. */
export function codeVersion(): string {
  return `${VERSION}+${engineDigest().slice(0, 16)}`;
}

/** What is swept, and over which config; nothing of the data yet. Throws InputError with every problem. */
export async function compiledSweep(
  file: string,
  flags: SweepFlags,
  cwd: string,
): Promise<CompiledSweep> {
  const found = keptFor(flags, await readSpec(file, cwd));
  const run = await baseConfig(found, file, flags, cwd);
  const { config } = run;
  const loaded = await loadSeats(config.decision, cwd);
  const { seats, solo } = loaded;
  const parameters = parameterPaths(seats, solo);
  const sweep = compileSweep(found.spec, { config, parameters, statistics: STATISTICS });
  const problems = planProblems(sweep);
  if (flags.writeEnv !== undefined) {
    const swept = sweep.space.axes.map(({ path }) => path);
    problems.push(...environmentNames(swept, config).problems);
  }
  if (problems.length > 0) throw new InputError(problems);
  return { found, run, loaded, sweep };
}

/** What `--gate` keeps of the rows to judge the best on, where the sweep does not say. */
const GATE_SPLITS = { train: 0.7 };

/** A gate asks of rows that nothing was chosen on: a sweep that names no splits has some then, and says so. */
function keptFor({ gate, json }: SweepFlags, found: SpecFile): SpecFile {
  const { spec } = found;
  if (!gate || !isPlain(spec) || spec['splits'] !== undefined) return found;
  if (!json) {
    const text =
      'the last 30 % of the rows are kept to judge the best on (--gate; splits say otherwise)';
    process.stderr.write(`${text}\n`);
  }
  return { ...found, spec: { ...spec, splits: GATE_SPLITS } };
}

// ---- spec and config -----------------------------------------------------------------------------

async function readSpec(file: string, cwd: string): Promise<SpecFile> {
  const path = resolve(cwd, file);
  if (!existsSync(path)) throw new InputError({ key: file, rule: 'no such file' });
  if (!statSync(path).isFile()) throw new InputError({ key: file, rule: 'must be a file' });
  const kind = extname(path);
  if (kind === '.ts') return { spec: await loadSpecModule(path), path, isModule: true };
  if (kind === '.json') {
    const spec = parseJson(readFileSync(path, 'utf8'), basename(path));
    return { spec, path, isModule: false };
  }
  throw new InputError({ key: file, rule: 'must be a .json or a .ts file' });
}

async function baseConfig(
  { spec }: SpecFile,
  file: string,
  flags: SweepFlags,
  cwd: string,
): Promise<RunConfig> {
  const named = flags.config ?? baseConfigOf(spec);
  try {
    const all = named === null ? flags : { ...flags, config: named };
    return await loadRunConfig(all, process.env, cwd);
  } catch (error) {
    if (!(error instanceof InputError) || flags.config !== undefined) throw error;
    // It was the spec that named it.
    const key = `${basename(file)}: config`;
    throw new InputError(
      error.problems.map((one) => (one.key === '--config' ? { ...one, key } : one)),
    );
  }
}

/** What a file can hold of a spec. */
export function plainSpec(spec: unknown): Plain {
  const { $schema: _, ...rest } = (isPlain(spec) ? spec : {}) as Plain;
  return JSON.parse(JSON.stringify(rest)) as Plain;
}

/** The stem of the spec's file, as far as a folder may be called that. */
export function nameOf(path: string): string {
  const stem = basename(path, extname(path))
    .replace(/[^\w.-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '');
  return stem.slice(0, 64) || 'sweep';
}

/** The files of the strategies that a point names. */
function filesOf({ decision }: Config, fileOf: ReadonlyMap<string, string>) {
  const valueOr = (point: Point, path: string, otherwise: string | null) => {
    return path in point ? (point[path] as string | null) : otherwise;
  };
  return (point: Point): string[] => {
    const alone = valueOr(point, 'decision.strategy', decision.strategy);
    const names =
      alone !== null
        ? [alone]
        : Object.entries(decision.agents).map(([id, { use }]) => {
            return valueOr(point, `decision.agents.${id}.use`, use) ?? id;
          });
    return names.map((name) => fileOf.get(name)!);
  };
}

/** The digest of all that a point reads; of one that is refused, of the base config. */
export function dataDigestAt(
  base: Config,
  point: Point,
  book: StrategyBook,
  candles: string,
  beside: Beside,
): string {
  if (beside.tape === null && beside.remembered.length === 0) return candles;
  const digestOf = (config: Config) => {
    return dataDigestWith(candles, beside, config, seatsOf(config.decision, book));
  };
  try {
    return digestOf(trialConfig(base, { assignments: assignmentsOf(point) }));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return digestOf(base);
  }
}

/** The source digest of the strategies that a point names, each set of them read once. */
function sourcesOf(named: (point: Point) => string[]) {
  const known = new Map<string, string>();
  return (point: Point): string => {
    const paths = named(point);
    const key = paths.join('\n');
    const found = known.get(key) ?? strategySourceDigest(paths);
    known.set(key, found);
    return found;
  };
}

// ---- taking up again -----------------------------------------------------------------------------

const MOST_DIFFERENCES = 10;

/** Why a sweep cannot go on with what is here now: each difference by name. Empty = it can. */
export function planDifferences(before: SweepPlan, now: SweepPlan, dir: string): Problem[] {
  const problems: Problem[] = [];
  for (const part of ['spec', 'config'] as const) {
    const [was, is] = [leavesOf(before[part]), leavesOf(now[part])];
    for (const key of new Set([...was.keys(), ...is.keys()])) {
      if (was.get(key) === is.get(key)) continue;
      const value = is.has(key) ? JSON.parse(is.get(key)!) : 'nothing';
      const rule = `must be as in ${dir} (${was.get(key) ?? 'nothing'})`;
      problems.push({ key: `${part} ${key}`, rule, value });
    }
  }
  const left = problems.length - MOST_DIFFERENCES;
  if (left > 0) {
    problems.splice(MOST_DIFFERENCES);
    problems.push({ key: 'spec, config', rule: `and ${left} more differences` });
  }
  const legs = new Set([...Object.keys(before.legDigests), ...Object.keys(now.legDigests)]);
  for (const leg of legs) {
    if (before.legDigests[leg] === now.legDigests[leg]) continue;
    problems.push({ key: `data of ${leg}`, rule: `must be the candles that ${dir} began with` });
  }
  const must = (name: string, what: string, was: string | null, is: string | null) => {
    if (was === is) return;
    problems.push({
      key: name,
      rule: `must be ${what} that ${dir} began with (${was})`,
      value: is,
    });
  };
  must('world.tape.file', 'the tape', before.tapeDigest ?? null, now.tapeDigest ?? null);
  const [was, is] = [before.memoryDigest ?? null, now.memoryDigest ?? null];
  must('decision.memory.load', 'the memory', was, is);
  if (problems.length === 0) must('data', 'the data', before.dataDigest, now.dataDigest);
  must('spec module', 'the module', before.moduleDigest, now.moduleDigest);
  must('strategies', 'the strategies', before.strategyDigest, now.strategyDigest);
  must('code', 'the engine', before.code, now.code);
  return problems;
}

/** JSON of every value by its path; an empty object is a value. */
function leavesOf(value: unknown, path = ''): Map<string, string> {
  const found = new Map<string, string>();
  if (!isPlain(value) || Object.keys(value).length === 0) {
    return found.set(path, JSON.stringify(value) ?? 'null');
  }
  for (const [key, item] of Object.entries(value)) {
    const inner = leavesOf(item, path === '' ? key : `${path}.${key}`);
    for (const [at, text] of inner) found.set(at, text);
  }
  return found;
}
