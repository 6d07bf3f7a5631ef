// What a paper trial came to: the facts behind trial.json and its page. Everything here is read from
// the session's journal, so that it can be told again by anybody who holds it.
//
// Seven days prove that the machine works, not that the strategy earns: profit is shown with its
// probability and the number of days that would be needed, and is no gate.

import type { FillCause } from './fill-pairs.ts';
import type { SignalDifference } from './shadow.ts';

export const TRIAL_SCHEMA_VERSION = 1;

/** What a drill must show; `done` counts how often the journal shows it. */
export interface Drill {
  /** `crash`: killed and recovered; `outage`: a venue that did not answer; `stop`: a halt by hand. */
  readonly name: 'crash' | 'outage' | 'stop';
  readonly done: number;
  /** When it was done last, UTC ms; NaN = never. */
  readonly lastMs: number;
}

export interface TrialBreaker {
  readonly atMs: number;
  readonly venue: string;
  readonly from: string;
  readonly to: string;
  readonly cause: string;
}

/** Something that the journal notes about the feed or the process, in the order of time. */
export interface TrialNote {
  readonly tsMs: number;
  readonly code: string;
  /** Empty = of no leg. */
  readonly symbol: string;
  /** Open time of the candle it is about, UTC ms; NaN = of none. */
  readonly atMs: number;
  readonly text: string;
}

export interface TrialFacts {
  readonly schemaVersion: number;
  readonly sessionId: string;
  readonly name: string;
  /** `swarm of 4 agents` or the name of the strategy that decides alone. */
  readonly strategy: string;
  readonly configDigest: string;
  /** Digest of the config's `decision` part alone: what a promotion pins. */
  readonly decisionConfigDigest: string;
  /** SHA-256 of what it began with remembered; left out where that was nothing. */
  readonly memoryDigest?: string;
  readonly code: string;
  readonly node: string;
  readonly decisionDigest: string;
  readonly digest: string;
  /** Hash of the journal's last line, its files and lines. */
  readonly journal: { readonly hash: string; readonly files: number; readonly lines: number };
  /** Why the session ended; null = it is under way or broke off. */
  readonly stopCode: string | null;

  /** Where candles came from, so that an accelerated trial cannot pass for a real one. */
  readonly feed: string;
  readonly feedKind: 'replay' | 'live';
  /** Times real time; null = as fast as it went, or nobody said. The fastest of all its processes. */
  readonly speed: number | null;
  /** Wall clock of the first process, and time that processes were there, ms of real time. */
  readonly startedAt: string;
  readonly realElapsedMs: number;
  /** Market time from the first decided close to the last one. */
  readonly fromMs: number;
  readonly toMs: number;
  /**
   * True when seven days or more of market time took as long in reality, no process ran faster than
   * that, and processes were there for seven days; one candle is let off at either end.
   */
  readonly isSevenRealDays: boolean;

  /** The journal replays to the same intents; else the first line that does not, in words. */
  readonly replayEqual: boolean;
  readonly firstDivergence: string | null;
  /** The shadow backtest over the same candles. */
  readonly signalsEqual: boolean;
  readonly firstDifference: SignalDifference | null;
  readonly candles: number;
  readonly fillErrorBps: { readonly median: number | null; readonly p95: number | null };
  readonly fillBiasBps: number | null;
  readonly fillCauses: Readonly<Record<FillCause, number>>;
  readonly equityGapBps: number;

  readonly cashUsd: number;
  readonly equityUsd: number;
  readonly modelEquityUsd: number;
  readonly fills: number;
  readonly trades: number;
  readonly maxDrawdown: number;
  readonly feesUsd: number;
  readonly fundingUsd: number;

  /** Rows that closed of those that the span holds, and legs' candles of those that rows hold. */
  readonly rows: number;
  readonly expectedRows: number;
  readonly candlesSeen: number;
  readonly candlesExpected: number;
  /** Share of expected rows that closed and were fresh. */
  readonly uptime: number;
  /** Market time in rows that were too old to be traded on, ms. */
  readonly staleMs: number;
  /** Times a process took the session up; of those, after a crash. */
  readonly starts: number;
  readonly recoveries: number;
  readonly noteCounts: Readonly<Record<string, number>>;
  /** Those worth reading, oldest first, at most 200. */
  readonly notes: readonly TrialNote[];
  readonly reconciled: number;
  readonly mismatched: number;
  readonly breakers: readonly TrialBreaker[];
  readonly drills: readonly Drill[];

  /** Annualised Sharpe of daily returns; null where it cannot be told (fewer than 2 days). */
  readonly sharpe: number | null;
  /** Probability that the true Sharpe is above 0, and days until it would be 0.95 at this rate. */
  readonly probabilisticSharpe: number | null;
  readonly daysForConfidence: number | null;
  /** What this cannot say, or says on other terms; in words. Those of the shadow backtest first. */
  readonly warnings: readonly string[];
}
