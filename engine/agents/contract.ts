// What a strategy is: one file that exports the result of `defineStrategy`.
//
//   parameters   names with defaults and ranges: the flags of a sweep, checked before a run
//   features     the indicator columns it reads; filled once and shared
//   analyze      a vote (BUY, SELL, HOLD with a confidence): an agent among agents
//   asks         a question to a model, and what its answer means: a vote, or a second opinion
//   decide       a target exposure (1 = all equity long, -1 short, 0 flat): decides alone
//   veto         may stop an entry, looking at the portfolio
//
// It sees columns and a row `i`, and reads them at `i` or below. It cannot tell whether it is live:
// there is no clock, no network and nothing to await here.

import type { CandleColumns, Column } from '../market/column.ts';
import type { Feature } from '../market/indicator.ts';
import type { Answer, AnswerShape, Prompt } from './question.ts';

export type Action = 'BUY' | 'SELL' | 'HOLD';

/** An opinion. HOLD counts in the consensus; to stay out of it, return null (abstain). */
export interface Vote {
  readonly action: Action;
  /** 0 to 1. */
  readonly confidence: number;
  /** A few constant words; shown in the report. */
  readonly reason?: string | undefined;
}

export interface ParameterSpec {
  readonly default: number | string | boolean;
  readonly min?: number;
  readonly max?: number;
  /** True: whole numbers only. */
  readonly integer?: boolean;
  readonly choices?: readonly string[];
  readonly description?: string;
}

export type ParameterSpecs = Readonly<Record<string, ParameterSpec>>;

/** The values a strategy runs with: the defaults overlaid by the config. */
export type ParameterValues<P extends ParameterSpecs> = {
  readonly [K in keyof P]: P[K]['default'] extends number
    ? number
    : P[K]['default'] extends boolean
      ? boolean
      : string;
};

/** What every strategy may look at. One object per leg, reused: copy what must be kept. */
export interface View<P extends ParameterSpecs = ParameterSpecs, S = unknown> {
  /** The row being decided on: the candle that has just closed. */
  readonly i: number;
  /** UTC ms at which that candle closed. */
  readonly closeMs: number;
  readonly intervalMs: number;
  readonly venue: string;
  readonly symbol: string;
  readonly columns: CandleColumns;
  /** The declared features, as columns over the same rows. */
  readonly features: Readonly<Record<string, Column>>;
  /** Outside series such as `sentiment`, when the data have them. */
  readonly series: Readonly<Record<string, Column | undefined>>;
  readonly parameters: ParameterValues<P>;
  /** What `state()` made for this leg: scratch that is part of the run. */
  readonly state: S;
  /** Past trades, for who declared `reads: 'memory'`; null for others and where memory is off. */
  readonly memory: MemoryView | null;
  vote(action: Action, confidence: number, reason?: string): Vote;
  /** Null, for an `analyze` or a question that stays out, with constant words for the record. */
  abstain(reason: string): null;
  /**
   * What was published within `withinMs` before this close, the newest first, at most `most`: one line
   * each, by strangers. Quote it as data. Empty where the run has no `world.headlines`.
   */
  headlines(most: number, withinMs: number): readonly string[];
}

/** What an agent's own trades came to that were like this moment, on this leg and at row `i`. */
export interface Similar {
  /** Sum of their weights: what they are worth together, in trades. */
  readonly evidence: number;
  /** 0 to 1, shrunk towards its usual one where evidence is thin. */
  readonly winRate: number;
  /** Mean return on notional, after costs. */
  readonly expectancy: number;
}

export interface MemoryView {
  /** Its own trades in that direction; null = it remembers none. */
  similar(side: 1 | -1): Similar | null;
}

/** The account as an agent that declared `reads: 'portfolio'` sees it, marked at this close. */
export interface PortfolioView {
  readonly equityUsd: number;
  /** Equity below its peak, a fraction 0 to 1. */
  readonly drawdown: number;
  /** Gross notional over equity. */
  readonly exposure: number;
  readonly openPositions: number;
  /** Of this leg: signed base units, 0 = flat. */
  readonly qty: number;
  /** Average entry price of this leg, NaN when flat. */
  readonly entryPrice: number;
}

/**
 * How a strategy asks a model. The question is put together at a close, from what the view shows at `i`
 * or below; the answer, or the lack of one, comes later and moves nothing but what is said here.
 */
export interface Asks<P extends ParameterSpecs = ParameterSpecs, S = unknown> {
  /**
   * `vote`: its answer is a vote in the consensus, in place of `analyze`. `second-opinion`: asked about
   * an entry that the others have agreed on; it may only veto or reduce it.
   */
  readonly kind: 'vote' | 'second-opinion';
  readonly shape: AnswerShape;
  /**
   * The question about this leg at this close; null = nothing to ask: a vote then abstains, a second
   * opinion lets the entry through. `side` is the entry's, 0 for a vote. `portfolio` only for one that
   * reads it.
   */
  readonly prompt: (
    view: View<P, S>,
    side: 1 | -1 | 0,
    portfolio: PortfolioView | null,
  ) => Prompt | null;
  /** Of a `vote`: what the answer means; null = abstains. The view is of the close it was asked at. */
  readonly vote?: (view: View<P, S>, answer: Answer) => Vote | null;
  /** Of a `vote`: how safe it is to act on the answer, 0 to 1; NaN = it does not say. Else its `risk`. */
  readonly safety?: (view: View<P, S>, answer: Answer) => number;
  /**
   * Of a `second-opinion`: 1 lets the entry through, 0 to 1 makes it that much of its size, 0 or a
   * kebab-case word vetoes it.
   */
  readonly review?: (view: View<P, S>, answer: Answer, side: 1 | -1) => number | string;
}

export interface StrategyDefinition<P extends ParameterSpecs = ParameterSpecs, S = unknown> {
  /** Kebab-case; the id under which it is found and reported. */
  readonly name: string;
  readonly description?: string;
  readonly parameters?: P;
  /** What its `analyze` depends on; only votes of `market` agents may be cached between runs. */
  readonly reads?: 'market' | 'portfolio' | 'memory';
  readonly features?: (parameters: ParameterValues<P>) => Readonly<Record<string, Feature>>;
  /** Series it can use, for example `['sentiment']`. */
  readonly series?: readonly string[];
  /** Candles of a leg before it is asked; at least the longest warm-up of its features. */
  readonly warmupCandles?: number | ((parameters: ParameterValues<P>) => number);
  /** Scratch of one leg, made afresh for each run. */
  readonly state?: () => S;
  readonly analyze?: (view: View<P, S>, portfolio: PortfolioView | null) => Vote | null;
  /**
   * Asks a model; such a strategy has no `decide`. Beside a `vote`, `analyze` is what stands in where the
   * config names no model for it.
   */
  readonly asks?: Asks<P, S>;
  /** Target exposure as a fraction of equity, capped by config; undefined keeps the last one. */
  readonly decide?: (view: View<P, S>) => number | undefined;
  /** Price to wait for with an entry in this direction (execution `auto` or `sniper`); NaN = none. */
  readonly targetPrice?: (view: View<P, S>, side: 1 | -1) => number | undefined;
  /** A reason to refuse an entry in this direction, or null. */
  readonly veto?: (view: View<P, S>, portfolio: PortfolioView, side: 1 | -1) => string | null;
  /** A reason to close an open position now, or null. */
  readonly vetoHolding?: (view: View<P, S>, portfolio: PortfolioView) => string | null;
}

/** A strategy as the kernel holds it, its types forgotten. */
// biome-ignore lint/suspicious/noExplicitAny: the kernel hands back what the definition made
export type Strategy = StrategyDefinition<any, any>;

/** Names and freezes a strategy. Throws nothing: it is checked when a run loads it. */
export function defineStrategy<const P extends ParameterSpecs, S = undefined>(
  definition: StrategyDefinition<P, S>,
): StrategyDefinition<P, S> {
  return Object.freeze(definition);
}
