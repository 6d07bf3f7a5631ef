// The trial ledger, `trials.ndjson` beside the run folders: every backtest ever tried, good or bad.
//
// The deflated Sharpe ratio asks how many rules were tried before this one looked good, so a trial
// is counted when it fails, too. It is known by four digests; the same four again are a rerun, not
// a trial. Lines are only ever appended, each in one write in append mode, so that processes do not
// tear each other's; a line torn by a crash is passed over when reading and closed off when writing.

import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../../engine/errors.ts';
import { makeRoot, unwritable } from './root.ts';

export const LEDGER_FILE = 'trials.ndjson';

export type TrialStatus = 'finished' | 'failed' | 'aborted';

export interface Trial {
  /** Of the source without parameters (`strategySourceDigest`). */
  readonly strategyDigest: string;
  /** What it traded; their order is no difference. */
  readonly symbols: readonly string[];
  readonly configDigest: string;
  readonly dataDigest: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly status: TrialStatus;
  /** How it is called, for people: `sma-cross`, `swarm of 4 agents`. No part of what it is. */
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
 * Adds a trial unless it is there. `trialNumber` counts the distinct trials of its family so far
 * (same strategy source, symbols and data; any config), this one and failed ones included.
 * Throws InputError naming `--out` when the ledger cannot be written.
 */
export async function recordTrial(root: string, trial: Trial): Promise<{ trialNumber: number }> {
  const [trialNumber] = await recordTrials(root, [trial]);
  return { trialNumber: trialNumber! };
}

/** The same for many at once, as a sweep does: one read and one append; a number for each. */
export async function recordTrials(root: string, trials: readonly Trial[]): Promise<number[]> {
  makeRoot(root);
  const path = join(root, LEDGER_FILE);
  const before = readText(path);
  const known = parseTrials(before);
  const lines: string[] = [];
  for (const trial of trials) {
    const key = trialKey(trial);
    // A rerun that ended otherwise (first killed, then finished) is noted, and is still one trial.
    if (known.get(key)?.status !== trial.status) lines.push(`${lineOf(trial)}\n`);
    known.set(key, trial);
  }
  if (lines.length > 0) {
    const torn = before.length > 0 && !before.endsWith('\n');
    appendText(root, path, (torn ? '\n' : '') + lines.join(''));
  }
  const sizes = new Map<string, number>();
  for (const trial of known.values()) {
    const family = familyKey(trial);
    sizes.set(family, (sizes.get(family) ?? 0) + 1);
  }
  return trials.map((trial) => sizes.get(familyKey(trial))!);
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

/** What trials of one family have in common. */
export function familyKey(trial: Pick<Trial, 'strategyDigest' | 'symbols' | 'dataDigest'>): string {
  return JSON.stringify([trial.strategyDigest, [...trial.symbols].sort(), trial.dataDigest]);
}

/** What makes a trial: lines with the same key are one, run again. */
export function trialKey(trial: Trial): string {
  return `${familyKey(trial)} ${trial.configDigest}`;
}

function lineOf(trial: Trial): string {
  const { startedAt, status, strategyDigest, configDigest, dataDigest, strategy, sharpe } = trial;
  const symbols = [...trial.symbols].sort();
  const digests = { strategyDigest, symbols, configDigest, dataDigest };
  return JSON.stringify({ startedAt, status, ...digests, strategy, sharpe });
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
