// What a trial leaves behind, and who was best.
//
//   outcome   what a run gave, as a worker sends it     row   the same as it is kept, one line a trial
//
// A row says nothing of time, machine or worker: the same sweep has the same rows. Only trials on the
// largest share of the span compete; what halving ran on less is there to be looked at.

import type { Config } from '../../config/schema.ts';
import type { Statistics } from '../../statistics/performance.ts';
import { costsOf, type Goal, type Proposal, type TrialStatus } from '../samplers/contract.ts';
import { crowdingOf, paretoFront } from '../samplers/pareto.ts';
import type { Point } from './space.ts';

/** Why a trial has no value to compare; what it is about stands in the message. */
export type FailureCode =
  /** The config of the point is refused: values out of range, or that do not go together. */
  | 'refused'
  /** It needs candles from before the first that was read. */
  | 'warmup-missing'
  /** The strategy threw or answered nonsense, or the run could not go on. */
  | 'run-failed'
  /** It asked what the tape does not answer, and world.tape.onMiss refuses that. */
  | 'unanswered'
  /** A defect of ours. */
  | 'broken-invariant'
  /** The run went through; the statistic is not defined for it, such as a Sharpe without trades. */
  | 'objective-undefined'
  /** The run went through; the function of the spec threw. */
  | 'objective-failed'
  /** Two workers died of it. */
  | 'worker-lost';

/** Codes of trials whose backtest went through all the same. */
const RAN: readonly (FailureCode | null)[] = [null, 'objective-undefined', 'objective-failed'];

export interface TrialOutcome {
  readonly index: number;
  readonly status: TrialStatus;
  readonly code: FailureCode | null;
  readonly message: string | null;
  /** One an objective; null = not defined. */
  readonly values: readonly (number | null)[];
  /** The config that ran: a backtest of it has these digests. Null where it is refused. */
  readonly config: Config | null;
  readonly digest: string | null;
  readonly decisionDigest: string | null;
  readonly statistics: Statistics | null;
  /** Returns of UTC days, as fractions; ends with the day of ruin. */
  readonly dailyReturns: Float64Array | null;
}

/** One line of the result file. */
export interface TrialRow {
  readonly index: number;
  readonly status: TrialStatus;
  readonly code: FailureCode | null;
  readonly message: string | null;
  /** Share of the searched span. */
  readonly fraction: number;
  readonly rung: number;
  /** Index of the trial of the same point on less data; null where it is new. */
  readonly from: number | null;
  readonly point: Point;
  readonly values: readonly (number | null)[];
  /** UTC days of returns that it has. */
  readonly days: number;
  readonly configDigest: string;
  readonly digest: string | null;
  readonly decisionDigest: string | null;
  readonly statistics: Statistics | null;
}

/** The names an objective may have, in the order of Statistics. */
export const STATISTICS: readonly (keyof Statistics)[] = Object.freeze(
  Object.keys({
    finalEquityUsd: 0,
    peakEquityUsd: 0,
    totalReturn: 0,
    cagr: 0,
    volatility: 0,
    sharpe: 0,
    sortino: 0,
    calmar: 0,
    maxDrawdown: 0,
    maxDrawdownUsd: 0,
    maxDrawdownMs: 0,
    tailRatio: 0,
    days: 0,
    probabilisticSharpe: 0,
    trades: 0,
    winRate: 0,
    profitFactor: 0,
    expectancyUsd: 0,
    averageWinUsd: 0,
    averageLossUsd: 0,
    systemQuality: 0,
    exposureTime: 0,
    turnover: 0,
    feesUsd: 0,
    slippageUsd: 0,
    fundingUsd: 0,
  } satisfies Record<keyof Statistics, 0>) as (keyof Statistics)[],
);

/** The row of an outcome; `configDigest` names the config, or the attempt where it is refused. */
export function rowOf(proposal: Proposal, outcome: TrialOutcome, configDigest: string): TrialRow {
  const { index, fraction, rung, from, point } = proposal;
  const { status, code, message, values, digest, decisionDigest, statistics } = outcome;
  const days = outcome.dailyReturns?.length ?? 0;
  const what = { index, status, code, message, fraction, rung, from, point, values, days };
  return { ...what, configDigest, digest, decisionDigest, statistics };
}

/** An outcome without a run: the trial `index` failed before it, or never came back. */
export function failedOutcome(
  index: number,
  objectives: number,
  code: FailureCode,
  message: string,
  config: Config | null = null,
): TrialOutcome {
  return {
    index,
    status: 'failed',
    code,
    message,
    values: Array.from({ length: objectives }, () => null),
    config,
    digest: null,
    decisionDigest: null,
    statistics: null,
    dailyReturns: null,
  };
}

/** True when the backtest itself went through, whatever became of the objective. */
export function hasRun({ code }: Pick<TrialRow, 'code'>): boolean {
  return RAN.includes(code);
}

/** Values as a sampler is told them: what is not defined is NaN. */
export function toldValues(values: readonly (number | null)[]): number[] {
  return values.map((value) => value ?? Number.NaN);
}

/** A completed trial, as much of it as is needed to compare. */
export interface Scored {
  readonly index: number;
  readonly fraction: number;
  readonly values: readonly number[];
}

/** Scores of all trials so far and their counts: a few numbers a trial. */
export class Board {
  readonly #goals: readonly Goal[];
  #scored: Scored[] = [];
  #best: Scored | null = null;
  /** Largest share of the span that a completed trial ran on. */
  #fraction = 0;
  completed = 0;
  failed = 0;
  readonly failures: Partial<Record<FailureCode, number>> = {};

  constructor(goals: readonly Goal[]) {
    this.#goals = goals;
  }

  get trials(): number {
    return this.completed + this.failed;
  }

  add({ index, status, code, fraction, values }: Omit<TrialRow, 'statistics'>): void {
    if (status === 'failed') {
      this.failed++;
      if (code !== null) this.failures[code] = (this.failures[code] ?? 0) + 1;
      return;
    }
    this.completed++;
    if (fraction < this.#fraction) return;
    const one: Scored = { index, fraction, values: values as readonly number[] };
    if (fraction > this.#fraction) {
      this.#fraction = fraction;
      this.#scored = [];
      this.#best = null;
    }
    this.#scored.push(one);
    const [goal] = this.#goals;
    const isBetter = (a: number, b: number) => (goal === 'min' ? a < b : a > b);
    if (this.#best === null || isBetter(one.values[0]!, this.#best.values[0]!)) this.#best = one;
  }

  /** Best by the first objective so far; null before a trial is completed. */
  get best(): Scored | null {
    return this.#best;
  }

  /** The `count` best, the best first; with several objectives front by front. */
  ranked(count: number): Scored[] {
    return bestOf(this.#scored, this.#goals, count);
  }

  /** Those that no other beats in every objective, best first; with one objective the best alone. */
  front(): Scored[] {
    if (this.#goals.length === 1) return this.ranked(1);
    const scored = this.#scored;
    const values = scored.map((one) => one.values);
    const front = paretoFront(values, this.#goals).map((k) => scored[k]!);
    return lonelyFirst(front, this.#goals);
  }
}

/** Those that are judged: the `count` best, and of several objectives the whole front at least. */
export function judgedOf(board: Board, objectives: number, count: number): Scored[] {
  const ranked = board.ranked(count);
  if (objectives === 1) return ranked;
  const found = new Set(ranked.map(({ index }) => index));
  return [...ranked, ...board.front().filter(({ index }) => !found.has(index))];
}

/**
 * The `count` best of completed trials, the best first: by the objective, ties by index; of several
 * objectives front by front, within a front the lonely ones first.
 */
export function bestOf(rows: readonly Scored[], goals: readonly Goal[], count: number): Scored[] {
  if (goals.length === 1) {
    const costs = rows.map(({ values }) => costsOf(values, goals, 'done')![0]!);
    const order = rows.map((_, k) => k).sort((a, b) => costs[a]! - costs[b]! || a - b);
    return order.slice(0, count).map((k) => rows[k]!);
  }
  const found: Scored[] = [];
  // Front after front, and only as many as are asked for: all of them would take quadratic room.
  for (let left = rows; left.length > 0 && found.length < count; ) {
    const values = left.map((one) => one.values);
    const front = new Set(paretoFront(values, goals));
    const members = left.filter((_, k) => front.has(k));
    found.push(...lonelyFirst(members, goals));
    left = left.filter((_, k) => !front.has(k));
  }
  return found.slice(0, count);
}

function lonelyFirst(front: readonly Scored[], goals: readonly Goal[]): Scored[] {
  if (front.length === 0) return [];
  const apart = crowdingOf(front.map(({ values }) => costsOf(values, goals, 'done')!));
  const order = front.map((_, k) => k);
  // Infinity minus Infinity is no number: compared, not subtracted.
  order.sort((a, b) => (apart[a] === apart[b] ? a - b : apart[a]! > apart[b]! ? -1 : 1));
  return order.map((k) => front[k]!);
}
