// The folder of a sweep: what was planned, every trial as it comes in, and at the end the result.
//
//   <UTC>-<name>-<digest8>-sweep/
//     sweep.json           the plan, written first              result.json        written last
//     trials.ndjson        a line a trial, in plan order        daily-returns.f64  a row a trial
//     test-trials.ndjson   the best on the test span            test-returns.f64   their rows
//     verdict.json         what may be believed of the best, where there is one
//
// Rows are appended and never changed. A file may end in the middle of a row after a crash: what is
// torn is cut off and run again. A row of returns is written before its line, so a line has its row.

import { randomUUID } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { assert, InputError } from '../../engine/errors.ts';
import {
  SWEEP_SCHEMA_VERSION,
  type SweepFacts,
  type SweepPlan,
  type SweepResult,
  type TestRow,
} from '../../engine/research/sweep/facts.ts';
import type { TrialRow } from '../../engine/research/sweep/outcome.ts';
import type { Verdict } from '../../engine/research/verdict.ts';
import { canonicalJson, sha256 } from './canonical.ts';
import { runFolderName } from './folder.ts';
import { makeRoot, unwritable } from './root.ts';
import { lockSweep, unlockSweep } from './sweep-lock.ts';
import { digestOfFile, linesOf, readText, returnsRow } from './sweep-rows.ts';

export const SWEEP_FILES = Object.freeze({
  plan: 'sweep.json',
  trials: 'trials.ndjson',
  returns: 'daily-returns.f64',
  testTrials: 'test-trials.ndjson',
  testReturns: 'test-returns.f64',
  verdict: 'verdict.json',
  result: 'result.json',
  spoilt: 'spoilt.json',
});

/** What is needed to give the command again; circumstances of the plan. */
export interface SweepStart {
  readonly startedAt: string;
  readonly cwd: string;
  /** Path of the spec, and the flags as they were typed. */
  readonly file: string;
  readonly flags: Readonly<Record<string, unknown>>;
}

export interface PlanFile {
  readonly plan: SweepPlan;
  readonly start: SweepStart;
}

/** SHA-256 of a plan without its code: the same sweep after a change that changes no result. */
export function planDigest({ code: _, ...plan }: SweepPlan): string {
  return sha256(canonicalJson(plan, 'plan'));
}

/** A sweep's folder, open for writing; only one process has it at a time. */
export class SweepFolder {
  /** Absolute. */
  readonly path: string;
  readonly plan: SweepPlan;
  readonly start: SweepStart;
  readonly #trials: number;
  readonly #returns: number;
  /** Where each line begins; one more for the end. */
  readonly #offsets: number[] = [0];
  #isClosed = false;

  private constructor(path: string, { plan, start }: PlanFile) {
    this.path = path;
    this.plan = plan;
    this.start = start;
    lockSweep(path);
    try {
      this.#trials = openSync(join(path, SWEEP_FILES.trials), 'a+');
      this.#returns = openSync(join(path, SWEEP_FILES.returns), 'a+');
      this.#cutTorn();
    } catch (error) {
      unlockSweep(path);
      throw unwritable(path, error) ?? error;
    }
  }

  /** A new folder below `root`, with its plan in it. Throws InputError naming `--out`. */
  static create(root: string, plan: SweepPlan, start: SweepStart): SweepFolder {
    makeRoot(root);
    const name = `${runFolderName(start.startedAt, plan.name, planDigest(plan))}-sweep`;
    const draft = join(resolve(root), `.unfinished-${name}-${randomUUID().slice(0, 8)}`);
    try {
      mkdirSync(draft);
      writeFileSync(join(draft, SWEEP_FILES.plan), json({ plan, start }));
      return new SweepFolder(published(draft, join(resolve(root), name)), { plan, start });
    } catch (error) {
      rmSync(draft, { recursive: true, force: true });
      throw unwritable(root, error) ?? error;
    }
  }

  /** A folder to go on with. Throws InputError; with exit code 7 while another process has it. */
  static open(dir: string): SweepFolder {
    const file = readPlan(dir);
    if (existsSync(join(dir, SWEEP_FILES.spoilt))) {
      const { why } = readJson(dir, join(dir, SWEEP_FILES.spoilt), '') as { why: string };
      throw new InputError({ key: dir, rule: `must be swept anew: ${why}` });
    }
    return new SweepFolder(resolve(dir), file);
  }

  /** Trials kept so far: those with plan index 0 to rows - 1. */
  get rows(): number {
    return this.#offsets.length - 1;
  }

  /** Keeps the next trial in plan order; `returns` null or short: the rest of its days is NaN. */
  append(row: TrialRow, returns: Float64Array | null): void {
    assert(row.index === this.rows, 'trials are kept in plan order');
    try {
      writeAll(this.#returns, returnsRow(returns, this.plan.days));
      const line = Buffer.from(`${JSON.stringify(row)}\n`);
      writeAll(this.#trials, line);
      this.#offsets.push(this.#offsets.at(-1)! + line.length);
    } catch (error) {
      throw unwritable(this.path, error) ?? error;
    }
  }

  /** A trial that was kept. */
  row(index: number): TrialRow {
    const [from, to] = [this.#offsets[index]!, this.#offsets[index + 1]!];
    return JSON.parse(readText(this.#trials, from, to - from)) as TrialRow;
  }

  /** Every trial that was kept, in plan order, read as it is asked for. */
  *all(): Generator<TrialRow> {
    for (const { text } of linesOf(this.#trials)) yield JSON.parse(text) as TrialRow;
  }

  /** What is kept so far survives a power failure from here on. */
  sync(): void {
    fdatasyncSync(this.#returns);
    fdatasyncSync(this.#trials);
  }

  /** Writes how the best did on the test span, in the order of rank; all of them at once. */
  writeTests(rows: readonly TestRow[], returns: readonly (Float64Array | null)[]): void {
    const days = this.plan.testDays;
    const matrix = Buffer.concat(returns.map((one) => returnsRow(one, days)));
    this.#write(SWEEP_FILES.testReturns, matrix);
    this.#write(SWEEP_FILES.testTrials, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  }

  /** Writes the verdict on the best; before the result, so that a finished sweep has it. */
  writeVerdict(text: string): void {
    this.#write(SWEEP_FILES.verdict, text);
  }

  /** Digests of every trial, in plan order: for the facts. */
  digests(): Pick<SweepFacts, 'trialsDigest' | 'returnsDigest'> {
    return {
      trialsDigest: digestOfFile(this.#trials),
      returnsDigest: digestOfFile(this.#returns),
    };
  }

  /** Writes the result: the sweep has ended, and its folder never changes again. */
  finish(result: SweepResult): void {
    assert(result.resultDigest === factsDigest(result.facts), 'a result carries its digest');
    this.sync();
    this.#write(SWEEP_FILES.result, json(result));
  }

  /** Marks the sweep as worthless and throws, with exit code 1: it is not taken up again. */
  spoil(why: string): never {
    this.#write(SWEEP_FILES.spoilt, json({ why }));
    throw new Error(`${this.path}: ${why}`);
  }

  /** Lets go of the folder; it may be opened again. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    closeSync(this.#trials);
    closeSync(this.#returns);
    unlockSweep(this.path);
  }

  #write(name: string, content: string | Uint8Array): void {
    const draft = join(this.path, `.${name}`);
    try {
      // On disk before it has its name, or a power failure leaves a finished sweep without a result.
      writeFileSync(draft, content, { flush: true });
      renameSync(draft, join(this.path, name));
    } catch (error) {
      throw unwritable(this.path, error) ?? error;
    }
  }

  /** Finds the lines, and cuts off what a crash left half-written of lines and of returns. */
  #cutTorn(): void {
    const path = join(this.path, SWEEP_FILES.trials);
    const rowBytes = this.plan.days * Float64Array.BYTES_PER_ELEMENT;
    const most = Math.floor(fstatSync(this.#returns).size / rowBytes);
    const size = fstatSync(this.#trials).size;
    for (const { text, isWhole, end } of linesOf(this.#trials)) {
      if (this.rows === most) break;
      // Without its end a line was not written whole, whatever it says.
      if (!isWhole || !isRowOf(text, this.rows)) {
        // Only the last line can be torn.
        if (end >= size) break;
        const rule = 'must be the trials of this sweep in order: it was edited or damaged';
        throw new InputError({ key: `${path}:${this.rows + 1}`, rule });
      }
      this.#offsets.push(end);
    }
    ftruncateSync(this.#trials, this.#offsets.at(-1)!);
    ftruncateSync(this.#returns, this.rows * rowBytes);
  }
}

/** The plan of a sweep's folder. Throws InputError where it is none, or not of this version. */
export function readPlan(dir: string): PlanFile {
  const path = join(dir, SWEEP_FILES.plan);
  const value = readJson(dir, path, 'must be the folder of a sweep, with a sweep.json');
  const { plan, start } = value as Partial<PlanFile>;
  if (plan?.schemaVersion !== SWEEP_SCHEMA_VERSION) {
    const rule = `must have schemaVersion ${SWEEP_SCHEMA_VERSION}`;
    throw new InputError({ key: path, rule, value: plan?.schemaVersion });
  }
  if (typeof plan.days !== 'number' || typeof start?.file !== 'string') {
    throw new InputError({ key: path, rule: 'must have a plan and how it was started' });
  }
  return { plan, start };
}

/** True once a sweep has its result. */
export function isFinished(dir: string): boolean {
  return existsSync(join(dir, SWEEP_FILES.result));
}

/** The result of a finished sweep. Throws InputError for what is missing, garbled or edited. */
export function readSweepResult(dir: string): SweepResult {
  const path = join(dir, SWEEP_FILES.result);
  const result = readJson(dir, path, 'must be the folder of a finished sweep') as SweepResult;
  if (result.facts?.kind !== 'sweep' || result.facts.schemaVersion !== SWEEP_SCHEMA_VERSION) {
    const rule = `must be a sweep's, with schemaVersion ${SWEEP_SCHEMA_VERSION}`;
    throw new InputError({ key: path, rule });
  }
  if (result.resultDigest !== factsDigest(result.facts)) {
    const rule = 'must have facts that match its resultDigest: it was edited or damaged';
    throw new InputError({ key: path, rule });
  }
  return result;
}

/** The verdict on a sweep's best; null where none was written: no trial had a value, or it is older. */
export function readSweepVerdict(dir: string): Verdict | null {
  const path = join(dir, SWEEP_FILES.verdict);
  if (!existsSync(path)) return null;
  return readJson(dir, path, 'must have a readable verdict.json') as Verdict;
}

/** SHA-256 of a sweep's facts, 64 hex digits. */
export function factsDigest(facts: SweepFacts): string {
  return sha256(canonicalJson(facts, 'facts'));
}

function isRowOf(line: string, index: number): boolean {
  try {
    return (JSON.parse(line) as Partial<TrialRow> | null)?.index === index;
  } catch {
    return false;
  }
}

function readJson(dir: string, path: string, rule: string): object {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new InputError({ key: dir, rule }, { cause });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new InputError({ key: path, rule: 'must be JSON' }, { cause });
  }
  if (typeof value === 'object' && value !== null) return value;
  throw new InputError({ key: path, rule: 'must be a JSON object', value });
}

/** Gives a folder the first free name. Renaming onto a folder with files in it fails. */
export function published(draft: string, wanted: string): string {
  for (let n = 1; ; n++) {
    const path = n === 1 ? wanted : `${wanted}-${n}`;
    if (existsSync(path)) continue;
    try {
      renameSync(draft, path);
      return path;
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (!['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(code)) throw error;
    }
  }
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
