// What a verdict is about: the trials, the chosen one, and what was found out about it beside its returns.

import type { Column } from '../../market/column.ts';
import type { TrialMatrix } from '../../statistics/trial-matrix.ts';
import type { ModelExposure } from '../model-exposure.ts';

/** What a search for knowledge of the future came to. */
export interface LookaheadFinding {
  readonly clean: boolean;
  /** Answers that were compared; clean after none says nothing. */
  readonly checked: number;
  /** The first offence in words; null when there is none. */
  readonly what: string | null;
}

export interface FoldDrawdown {
  /** Of the worst out-of-sample fold, a fraction <= 0. */
  readonly depth: number;
  /** The deepest that is allowed, a fraction above 0 up to 1. */
  readonly limit: number;
}

/** Returns in a worse world; a text says why it was not run to its end, null = nobody ran it. */
export type Stressed = Column | string | null;

/** How many trades, and how many of them ended within the rows that are judged, or later. */
export interface RememberedBefore {
  readonly trades: number;
  readonly inSample: number;
}

export interface VerdictInput {
  /** Returns of UTC days of EVERY trial over the same days, as fractions. */
  readonly matrix: TrialMatrix;
  /** Row of the matrix that is judged. */
  readonly chosen: number;
  /** Trials by the ledger, failed and aborted ones included; at least the matrix's. */
  readonly trials: number;
  /** UTC days that the chosen trial was traded on: its track record. */
  readonly observations: number;
  /** Buy-and-hold on the same days, fully invested. */
  readonly benchmark: Column;
  /** The chosen trial at doubled costs. */
  readonly doubledCosts: Stressed;
  /** The chosen trial with every order a candle later. */
  readonly lateByOne: Stressed;
  readonly lookahead: LookaheadFinding | null;
  readonly worstFold: FoldDrawdown | null;
  /** Of all rows that the returns come from; left out where nobody asks a model. */
  readonly models?: ModelExposure | undefined;
  /** Trades of another run that every trial began with; left out where there are none. */
  readonly memory?: RememberedBefore | undefined;
  readonly seed: number;
  /** Of each bootstrap; 1000 unless given. */
  readonly resamples?: number;
}
