// What a walk-forward leaves behind as one document: what `--json` prints, walk-forward.json holds and
// the page is drawn from. Dates are UTC days, ends are not included; what is not defined is null.

import type { PathSpread } from '../../engine/research/cross-validation.ts';
import type { Point } from '../../engine/research/sweep/space.ts';
import type { Validation, Verdict } from '../../engine/research/verdict.ts';
import type { Stitched } from '../../engine/research/walk-forward.ts';
import type { Statistics } from '../../engine/statistics/performance.ts';

/** `2025-01-31`, from the first to the one after the last. */
export interface Dates {
  readonly from: string;
  readonly to: string;
}

/** A run over some rows: the objective, and why there is none. */
export interface Side {
  readonly value: number | null;
  readonly statistics: Statistics | null;
  readonly failure: string | null;
}

export interface Searched {
  /** Null = nothing was found. */
  readonly point: Point | null;
  readonly trials: number;
  readonly inSample: Side | null;
}

/** A fold of a rolling or anchored scheme: when it was traded, and what was found before it. */
export interface FoldEntry extends Dates, Searched {
  readonly trainedOn: readonly Dates[];
  readonly outOfSample: Side | null;
}

/** A split of a cross-validation: a search, and every fold that was traded without it. */
export interface SplitEntry extends Searched {
  readonly trainedOn: readonly Dates[];
  /** Folds are counted from 1. */
  readonly tested: readonly (Dates & { readonly fold: number; readonly run: Side | null })[];
}

export interface History
  extends Pick<Stitched, 'totalReturn' | 'cagr' | 'sharpe' | 'maxDrawdown' | 'trades'> {
  readonly dailyReturns: readonly number[];
}

export interface PathEntry extends History {
  /** The split, counted from 1, that each fold was traded by. */
  readonly splits: readonly number[];
}

export interface CrossEntry {
  readonly groups: readonly Dates[];
  readonly splits: readonly SplitEntry[];
  readonly paths: readonly PathEntry[];
  /** Counted from 1: the path in the middle by Sharpe ratio. */
  readonly judgedPath: number;
  readonly sharpe: PathSpread | null;
  readonly totalReturn: PathSpread | null;
  /** What the purge has to cover. */
  readonly warmupMs: number;
  readonly longestTradeMs: number;
}

export interface WalkDocument extends Validation {
  readonly strategy: string;
  readonly symbols: readonly string[];
  readonly configDigest: string;
  readonly dataDigest: string;
  readonly strategyDigest: string;
  readonly isSynthetic: boolean;
  readonly objective: string;
  /** Deepest drawdown of a fold that passes, a fraction. */
  readonly limit: number;
  /** Folds of a rolling or anchored scheme; empty otherwise. */
  readonly list: readonly FoldEntry[];
  /** Null unless it was a cross-validation. */
  readonly crossValidation: CrossEntry | null;
  /** The history that is judged. */
  readonly stitched: History & Dates;
  /** Total return of buy-and-hold on the same days, and its daily returns. */
  readonly buyAndHold: number;
  readonly heldReturns: readonly number[];
  readonly efficiency: number | null;
  readonly worstDrawdown: number | null;
  readonly recommended: Point | null;
  /** As in verdict.json. */
  readonly verdict: Verdict;
}
