// The verdict on a chosen trial: may it be believed? A table of gates, each with its number, whether it
// passes or not, and one sentence. All gates are measured even when the first one fails.
//
//   returns of EVERY trial, ledger's count, benchmark, stressed runs, look-ahead, folds  ->  gates
//
// The invariant: a verdict passes only when every gate does. What could not be measured (null) and
// what is no number never passes.

import { InputError, type Problem } from '../errors.ts';
import type { Column } from '../market/column.ts';
import { requireResampling } from '../statistics/stationary-bootstrap.ts';
import type { ModelExposure } from './model-exposure.ts';
import type { Sensitivity } from './sweep/neighbours.ts';
import { type Gate, isMeasured } from './verdict/gate.ts';
import type { VerdictInput } from './verdict/input.ts';
import { deflationGate, superiorityGates, trackRecordGate } from './verdict/luck.ts';
import { overfittingGate } from './verdict/overfitting.ts';
import {
  finiteGate,
  foldGate,
  knowledgeGate,
  lookaheadGate,
  memoryGate,
  stressGate,
} from './verdict/soundness.ts';

export type { Gate, GateId } from './verdict/gate.ts';
export type { VerdictInput } from './verdict/input.ts';

/** 2 says by which engine, of which market and under which rules. */
export const VERDICT_SCHEMA_VERSION = 2;
const DEFAULT_RESAMPLES = 1000;

export interface Verdict {
  readonly passed: boolean;
  /** Of gates that passed, failed, and could not be measured, in words. */
  readonly sentence: string;
  /** Always all of them, in the same order; those of models and memory only where there are any. */
  readonly gates: readonly Gate[];
  readonly trials: number;
  /** Trials whose returns were compared day by day: all, or a sample of very many. */
  readonly compared: number;
  readonly observations: number;
  readonly seed: number;
  readonly resamples: number;
  /** What models may have known; left out where nobody asks one. */
  readonly models?: ModelExposure;
}

/**
 * Judges a trial; the same input gives the same verdict. Values that are not finite are no error but
 * fail their gates. Throws InputError, all problems at once, for sizes that do not fit together.
 */
export function verdictOf(input: VerdictInput): Verdict {
  const { matrix, benchmark, trials, observations, seed, models, memory } = input;
  const { resamples = DEFAULT_RESAMPLES } = input;
  refuseMisfits(input);
  requireResampling({ resamples, seed });
  const bootstrap = { resamples, seed };
  const gates: readonly Gate[] = [
    lookaheadGate(input.lookahead),
    ...(models === undefined ? [] : [knowledgeGate(models)]),
    ...(memory === undefined ? [] : [memoryGate(memory)]),
    finiteGate(input),
    deflationGate(input, bootstrap),
    ...superiorityGates(input, bootstrap),
    overfittingGate(matrix, benchmark, bootstrap),
    stressGate('doubled-costs', input.doubledCosts, bootstrap),
    stressGate('late-by-one', input.lateByOne, bootstrap),
    trackRecordGate(input),
    foldGate(input.worstFold),
  ];
  const passed = gates.every((gate) => gate.passed === true);
  const sentence = sentenceOf(gates);
  const compared = matrix.trials;
  return Object.freeze({
    passed,
    sentence,
    gates,
    trials,
    compared,
    observations,
    seed,
    resamples,
    ...(models === undefined ? {} : { models }),
  });
}

/** What a verdict is about, by digests: a promotion compares them with what it would trade. */
export interface VerdictPins {
  /** Of the config that is recommended: base and chosen point. */
  readonly configDigest: string;
  /** Of its `decision` part. */
  readonly decisionConfigDigest: string;
  readonly dataDigest: string;
  readonly strategyDigest: string;
  /** Of the engine's source, which ran it and judged it. */
  readonly engineDigest: string;
  /** Of the rules under which its orders were carried out and paid for. */
  readonly rulesDigest: string;
  readonly market: VerdictMarket;
  /** What it began with remembered; left out where that is nothing. */
  readonly memory?: VerdictMemory;
}

/** Memories of another run, by digest, and how many of them ended within the rows that were judged, or later. */
export interface VerdictMemory {
  readonly digest: string;
  readonly inSample: number;
}

/** The candles that a verdict is about. */
export interface VerdictMarket {
  readonly kind: 'real' | 'synthetic';
  /** Of the base candles: `5m`. */
  readonly interval: string;
  readonly legs: readonly { readonly venue: string; readonly symbol: string }[];
}

/**
 * How what was traded was kept apart from what was searched: the scheme of a walk-forward and its numbers,
 * of `combinatorial` with the number of paths, of which the middle one by Sharpe ratio is judged.
 */
export interface Validation {
  readonly scheme: string;
  readonly folds: number;
  readonly train?: number;
  readonly testFolds?: number;
  readonly purgeDays?: number;
  readonly embargoDays?: number;
  readonly paths?: number;
}

/**
 * The text of verdict.json: the same bytes for the same verdict; numbers are finite or null. How the
 * chosen trial stands among its neighbours is told beside the gates, and is none of them.
 */
export function verdictJson(
  verdict: Verdict,
  pins: VerdictPins,
  sensitivity: Sensitivity | null = null,
  validation: Validation | null = null,
): string {
  const { passed, sentence, gates, trials, compared, observations, seed, resamples } = verdict;
  const { models } = verdict;
  const { configDigest, decisionConfigDigest, dataDigest, strategyDigest } = pins;
  const { engineDigest, rulesDigest, market, memory } = pins;
  const document = {
    schemaVersion: VERDICT_SCHEMA_VERSION,
    kind: 'verdict',
    passed,
    sentence,
    configDigest,
    decisionConfigDigest,
    dataDigest,
    strategyDigest,
    engineDigest,
    rulesDigest,
    market,
    ...(memory === undefined ? {} : { memory }),
    trials,
    compared,
    observations,
    seed,
    resamples,
    gates: gates.map(({ id, name, rule, value, threshold, passed: isPassed, why, beside }) => {
      return { id, name, rule, value, threshold, passed: isPassed, why, beside };
    }),
    sensitivity,
    validation,
    models,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/**
 * Rows of a matrix from what trials left behind: null (a trial without returns) is left out and must
 * be in the ledger's count; what is shorter than `days` ends with its ruin and stands still then.
 */
export function rowsOfDays(returns: readonly (Column | null)[], days: number): Float64Array[] {
  return returns.flatMap((one) => {
    if (one === null) return [];
    const row = new Float64Array(days);
    row.set(Float64Array.from(one).subarray(0, days));
    return [row];
  });
}

function refuseMisfits(input: VerdictInput): void {
  const { matrix, chosen, trials, observations, benchmark, doubledCosts, lateByOne } = input;
  const { rows } = matrix;
  const problems: Problem[] = [];
  const mustFit = (key: string, length: number) => {
    if (length !== rows) problems.push({ key, rule: `must have ${rows} days`, value: length });
  };
  mustFit('benchmark', benchmark.length);
  for (const [key, stressed] of Object.entries({ doubledCosts, lateByOne })) {
    if (stressed !== null && typeof stressed !== 'string') mustFit(key, stressed.length);
  }
  const whole = (key: string, value: number, least: number, most: number) => {
    if (Number.isInteger(value) && value >= least && value <= most) return;
    const upTo = most === Number.POSITIVE_INFINITY ? '' : ` to ${most}`;
    problems.push({ key, rule: `must be a whole number from ${least}${upTo}`, value });
  };
  whole('chosen', chosen, 0, matrix.trials - 1);
  whole('trials', trials, matrix.trials, Number.POSITIVE_INFINITY);
  whole('observations', observations, 0, rows);
  if (problems.length > 0) throw new InputError(problems);
}

function sentenceOf(gates: readonly Gate[]): string {
  const names = (some: readonly Gate[]) => some.map(({ name }) => name).join(', ');
  const failed = gates.filter(({ passed }) => passed === false);
  const unknown = gates.filter((gate) => !isMeasured(gate));
  if (failed.length + unknown.length === 0) return `passes all ${gates.length} gates`;
  const parts = [];
  if (failed.length > 0) parts.push(`fails ${failed.length}: ${names(failed)}`);
  if (unknown.length > 0) parts.push(`could not measure ${unknown.length}: ${names(unknown)}`);
  return `does not pass, of ${gates.length} gates it ${parts.join('; and ')}`;
}
