// The trial ledger, `trials.ndjson` beside the run folders: every backtest ever tried, good or bad.
//
// The deflated Sharpe ratio asks how many rules were tried before this one looked good, so a trial
// is counted when it fails, too. It is known by four digests; the same four again are a rerun, not
// a trial. Lines are only ever appended, each in one write in append mode, so that processes do not
// tear each other's; a line torn by a crash is passed over when reading and closed off when writing.

import { closeSync, fstatSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../../engine/errors.ts';
import { Kin, short } from './kin.ts';
import { makeRoot, unwritable } from './root.ts';
import { linesOf } from './sweep-rows.ts';

export const LEDGER_FILE = 'trials.ndjson';

export type TrialStatus = 'finished' | 'failed' | 'aborted';

export interface Trial {
  /** Of the source without parameters (`strategySourceDigest`). */
  readonly strategyDigest: string;
  /** What it traded; their order is no difference. */
  readonly symbols: readonly string[];
  readonly configDigest: string;
  readonly dataDigest: string;
  /** Of the candles alone, where a tape or a memory is part of the data: then it tells the family. */
  readonly candlesDigest?: string | undefined;
  /** Open of the first and close of the last candle that there is to decide on, UTC ms: see kin.ts. */
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly status: TrialStatus;
  /** How it is called: `sma-cross`, `swarm of 4 agents`. No part of what it is, but of its kin. */
  readonly strategy?: string | undefined;
  /** What it came to, annualised; null or left out = not known. No part of what it is. */
  readonly sharpe?: number | null | undefined;
}

/** A line of the ledger as it stands there: the same trial may have several, see `trialKey`. */
export interface LedgerLine extends Trial {
  /** From 1. */
  readonly line: number;
}

/** A line that is passed over, and why. */
export interface OddLine {
  /** From 1. */
  readonly line: number;
  readonly rule: string;
}

export interface Ledger {
  /** In the order of the file; one trial has as many as it had different ends. */
  readonly lines: readonly LedgerLine[];
  /** Torn by a crash, or written by something else. */
  readonly odd: readonly OddLine[];
}

/**
 * Adds a trial unless it is there. `trialNumber` counts the distinct trials of its kin so far (kin.ts), this
 * one and failed ones included.
 * Throws InputError naming `--out` when the ledger cannot be written.
 */
export async function recordTrial(root: string, trial: Trial): Promise<{ trialNumber: number }> {
  const [trialNumber] = await recordTrials(root, [trial]);
  return { trialNumber: trialNumber! };
}

/** The same for many at once: one read and one append; a number for each. */
export async function recordTrials(root: string, trials: readonly Trial[]): Promise<number[]> {
  return new LedgerBook(root).record(trials);
}

/**
 * The ledger for who adds to it again and again, as a sweep does. It is read whole once, and from then
 * on only what was added since, by whoever added it; of a trial no more is remembered than a digest.
 */
export class LedgerBook {
  readonly #root: string;
  readonly #path: string;
  /** How each trial ended last, by digest of its key. */
  #known = new Map<string, TrialStatus>();
  #kin = new Kin();
  /** Behind the last whole line that was read, and in which file. */
  #offset = 0;
  #file = 0;

  constructor(root: string) {
    this.#root = root;
    this.#path = join(root, LEDGER_FILE);
  }

  /** As `recordTrials`. Throws InputError naming `--out` when the ledger cannot be written. */
  record(trials: readonly Trial[]): number[] {
    makeRoot(this.#root);
    const isTorn = this.#catchUp();
    const lines: string[] = [];
    for (const trial of trials) {
      // A rerun that ended otherwise (first killed, then finished) is noted, and is still one trial.
      if (this.#note(trial)) lines.push(`${lineOf(trial)}\n`);
    }
    // They are read again with what others add meanwhile, and are known then.
    if (lines.length > 0) appendText(this.#root, this.#path, (isTorn ? '\n' : '') + lines.join(''));
    return countsOf(trials, this.#kin);
  }

  /** Reads what is new; true where the file ends within a line. */
  #catchUp(): boolean {
    const file = openToRead(this.#path);
    if (file === null) {
      this.#forget();
      return false;
    }
    try {
      const { size, ino } = fstatSync(file);
      // Another file, or one that was cut, is another ledger.
      if (size < this.#offset || ino !== this.#file) this.#forget();
      this.#file = ino;
      for (const { text, isWhole, end } of linesOf(file, this.#offset)) {
        const trial = text === '' ? '' : parseLine(text);
        if (typeof trial !== 'string') this.#note(trial);
        if (!isWhole) return true;
        this.#offset = end;
      }
      return false;
    } finally {
      closeSync(file);
    }
  }

  /** True when this is news: a trial that was not there, or that ended otherwise. */
  #note(trial: Trial): boolean {
    const key = short(trialKey(trial));
    const before = this.#known.get(key);
    this.#known.set(key, trial.status);
    if (before === undefined) this.#kin.add(trial);
    return before !== trial.status;
  }

  #forget(): void {
    this.#known = new Map();
    this.#kin = new Kin();
    this.#offset = 0;
    this.#file = 0;
  }
}

/** The number of each; those of one sweep have the same, which is counted once. */
function countsOf(trials: readonly Trial[], kin: Kin): number[] {
  const known = new Map<string, number>();
  return trials.map((trial) => {
    const { strategy, strategyDigest, symbols, fromMs, toMs } = trial;
    const key = JSON.stringify([strategy, strategyDigest, symbols, fromMs, toMs]);
    const count = known.get(key) ?? kin.count(trial);
    known.set(key, count);
    return count;
  });
}

/** Distinct trials in the order of their first line, each with its latest status. */
export async function readTrials(root: string): Promise<Trial[]> {
  return [...parseTrials(readText(join(root, LEDGER_FILE))).values()];
}

/**
 * The ledger line by line, those that are none named; empty where there is no ledger. Throws
 * InputError when it cannot be read.
 */
export function readLedger(root: string): Ledger {
  return parseLedger(readText(join(root, LEDGER_FILE)));
}

/** What trials of one family have in common: those that are listed together. */
export function familyKey(
  trial: Pick<Trial, 'strategyDigest' | 'symbols' | 'dataDigest' | 'candlesDigest'>,
): string {
  const { strategyDigest, symbols, dataDigest, candlesDigest } = trial;
  return JSON.stringify([strategyDigest, [...symbols].sort(), candlesDigest ?? dataDigest]);
}

/** What makes a trial: lines with the same key are one, run again. */
export function trialKey(trial: Trial): string {
  const { configDigest, dataDigest, candlesDigest } = trial;
  const key = `${familyKey(trial)} ${configDigest}`;
  return candlesDigest === undefined ? key : `${key} ${dataDigest}`;
}

function lineOf(trial: Trial): string {
  const { startedAt, status, strategyDigest, configDigest, strategy, sharpe } = trial;
  const { dataDigest, candlesDigest, fromMs, toMs } = trial;
  const symbols = [...trial.symbols].sort();
  const digests = { strategyDigest, symbols, configDigest, dataDigest, candlesDigest };
  return JSON.stringify({ startedAt, status, ...digests, fromMs, toMs, strategy, sharpe });
}

function parseTrials(text: string): Map<string, Trial> {
  const trials = new Map<string, Trial>();
  for (const { line: _, ...trial } of parseLedger(text).lines) trials.set(trialKey(trial), trial);
  return trials;
}

function parseLedger(text: string): Ledger {
  const lines: LedgerLine[] = [];
  const odd: OddLine[] = [];
  text.split('\n').forEach((one, k) => {
    if (one === '') return;
    const line = k + 1;
    const trial = parseLine(one);
    if (typeof trial === 'string') odd.push({ line, rule: trial });
    else lines.push({ ...trial, line });
  });
  return { lines, odd };
}

/** The trial, or what is wrong with a line that is none. Only what tells trials apart must be there. */
function parseLine(line: string): Trial | string {
  let value: Partial<Record<keyof Trial, unknown>> | null;
  try {
    value = JSON.parse(line);
  } catch {
    return 'must be JSON: it is torn, or something else wrote it';
  }
  const digests = ['strategyDigest', 'configDigest', 'dataDigest'] as const;
  const missing: string[] = digests.filter((key) => typeof value?.[key] !== 'string');
  const symbols = value?.symbols;
  const isList = Array.isArray(symbols) && symbols.every((one) => typeof one === 'string');
  if (!isList) missing.push('symbols');
  return missing.length === 0 ? (value as Trial) : `must be a trial: lacks ${missing.join(', ')}`;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw new InputError({ key: path, rule: 'must be a readable file' }, { cause: error });
  }
}

function openToRead(path: string): number | null {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new InputError({ key: path, rule: 'must be a readable file' }, { cause: error });
  }
}

function appendText(root: string, path: string, text: string): void {
  try {
    const file = openSync(path, 'a');
    try {
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw unwritable(root, error) ?? error;
  }
}
