// What a run leaves behind, in two halves.
//
//   facts          a function of (config, data, seed, code): the same on every machine, digested
//   circumstances  how it went this time: never digested
//
// Everything a report shows comes from here and from the columns beside it.

import type { Pattern } from '../agents/memory/patterns.ts';
import type { AgentRecord } from '../agents/track-record.ts';
import type { Config } from '../config/schema.ts';
import type { Column } from '../market/column.ts';
import type { Trade } from '../portfolio/trade.ts';
import type { Statistics } from '../statistics/performance.ts';
import type { RunIntervals } from '../statistics/run-intervals.ts';
import type { ModelFacts } from './model-facts.ts';
import type { RunRecord } from './record.ts';

export const RESULT_SCHEMA_VERSION = 4;

export interface LegFacts {
  readonly venue: string;
  readonly symbol: string;
  /** Candles that exist within the run's rows. */
  readonly candles: number;
  /** Candles missing inside the leg's own span. */
  readonly holes: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly fundingStamps: number;
  /** Time within the leg's span that no stamp covers, ms: its funding cost nothing in this run. */
  readonly fundingMissingMs: number;
  /** Stamps charged on the trade candle's open because no mark price was at hand. */
  readonly markFallbacks: number;
  readonly instrumentSource: 'assumed' | 'venue' | 'synthetic';
  readonly dataDigest: string;
}

export interface DataFacts {
  readonly kind: 'real' | 'synthetic';
  readonly interval: string;
  readonly fromMs: number;
  /** Close of the last candle. */
  readonly toMs: number;
  readonly rows: number;
  /** Instrument-candles. */
  readonly candles: number;
  readonly legs: readonly LegFacts[];
  /** `sentiment from feargreed`, `sentiment by price proxy`, or empty when nobody reads one. */
  readonly sentiment: string;
  /** `quality 99.6 of 100`: the worst leg's score, as `data check` gives it; absent where nobody looked. */
  readonly quality?: string;
}

/** From candles to fills: where decisions were lost. Counts are of leg-decisions. */
export interface Funnel {
  readonly candles: number;
  /** At least one agent said BUY or SELL. */
  readonly votes: number;
  /** Highest score between the hold and the act threshold. */
  readonly undecided: number;
  /** A score above the act threshold (or a new target exposure). */
  readonly agreed: number;
  readonly passedRisk: number;
  readonly filled: number;
}

export interface AgentFacts {
  readonly id: string;
  readonly weight: number;
  readonly buys: number;
  readonly sells: number;
  readonly holds: number;
  readonly abstentions: number;
  readonly vetoes: number;
  /** Trades whose entry it voted for. */
  readonly trades: number;
  readonly wins: number;
  /** Share of P&L credited, by agents/credit.ts: over all agents it adds up to that of closed trades. */
  readonly pnlUsd: number;
  /** What its weight had become at the end, for a vote of full confidence; null = it is as given. */
  readonly earnedWeight: number | null;
  /** What came of those trades, and what its confidence was worth. */
  readonly record: AgentRecord;
}

/** What was remembered, and what came of it; trades are counted. */
export interface MemoryFacts {
  /** At the end, and ever in this run. */
  readonly kept: number;
  readonly added: number;
  /** From another run's memory; of those, how many were over after this run began. */
  readonly loaded: number;
  readonly inSample: number;
  /** SHA-256 of what was loaded; left out where nothing was. */
  readonly digest?: string;
  /** Polls at which it was asked, and at which it knew something alike. */
  readonly asked: number;
  readonly recalled: number;
  /** Agreements that it undid, and made. */
  readonly keptOut: number;
  readonly letIn: number;
  readonly patterns: readonly Pattern[];
  /** The newest, in words. */
  readonly lessons: readonly string[];
}

export interface SymbolFacts {
  readonly venue: string;
  readonly symbol: string;
  readonly trades: number;
  readonly wins: number;
  readonly pnlUsd: number;
  readonly feesUsd: number;
  readonly slippageUsd: number;
  readonly fundingUsd: number;
  /** Price change over the leg's own candles, a fraction. */
  readonly buyAndHoldReturn: number;
}

export interface CostFacts {
  readonly feesUsd: number;
  /** How much worse than the reference prices: spread and impact together. */
  readonly slippageUsd: number;
  readonly spreadUsd: number;
  /** Price moved by our own size. */
  readonly impactUsd: number;
  /** Received; negative = paid. */
  readonly fundingUsd: number;
  /** The same fills without fees, slippage and funding, a fraction of starting cash. */
  readonly returnWithoutCosts: number;
}

/**
 * What one way of working orders cost against the prices of their decisions (implementation
 * shortfall, Perold 1988). USD, positive = paid; the parts add up to the total.
 */
export interface ExecutionFacts {
  /** `market`, `twap`, `vwap`, `iceberg`, `sniper`, or `exit`: a market order that closes. */
  readonly algorithm: string;
  /** Parent orders, and the fills of all their children. */
  readonly parents: number;
  readonly fills: number;
  /** Wanted quantity x decision price. */
  readonly paperUsd: number;
  /** The part of it that filled, at decision prices. */
  readonly filledPaperUsd: number;
  /** Drift of price from decision to fill. */
  readonly delayUsd: number;
  readonly spreadUsd: number;
  readonly impactUsd: number;
  readonly feeUsd: number;
  /** Drift over what did not fill. */
  readonly missedUsd: number;
  readonly totalUsd: number;
  /** Total over paper notional. */
  readonly bps: number;
}

/** Where entries went, of a run with venues that stand in for each other. */
export interface RoutingFacts {
  readonly venue: string;
  /** Times its breaker opened. */
  readonly breakerOpened: number;
  /** What its share of smart routing was expected to cost alone, bps; null = not routed so. */
  readonly aloneBps: number | null;
}

export interface Warning {
  /** Kebab-case. */
  readonly code: string;
  readonly text: string;
}

export interface RunFacts {
  readonly schemaVersion: number;
  readonly name: string;
  /** `swarm of 4 agents` or the name of the strategy that decides alone. */
  readonly strategy: string;
  readonly config: Config;
  readonly seed: number;
  /** Equity at the start, over all venues. */
  readonly cashUsd: number;
  readonly configDigest: string;
  readonly dataDigest: string;
  readonly strategyDigest: string;
  /** Votes, scores, refusals, intents. */
  readonly decisionDigest: string;
  /** Orders, fills, funding, equity. */
  readonly digest: string;
  readonly data: DataFacts;
  readonly statistics: Statistics;
  /** How far the headline statistics could have come out otherwise, by resampled days. */
  readonly intervals: RunIntervals;
  /** Equal weight in every leg, bought at the first candle, no costs. */
  readonly benchmark: { readonly name: string; readonly totalReturn: number };
  readonly funnel: Funnel;
  /** Refusals by code, most frequent first. */
  readonly refusals: Readonly<Record<string, number>>;
  readonly costs: CostFacts;
  /** By algorithm, in alphabetical order; those that worked something. */
  readonly execution: readonly ExecutionFacts[];
  /** By venue, the primary one first. */
  readonly routing: readonly RoutingFacts[];
  /** Entries that went elsewhere because a venue certainly had not taken them. */
  readonly failovers: number;
  /** Expected cost of entries that were split over venues, bps; null = none was. */
  readonly splitBps: number | null;
  /** Positions that a venue closed for want of margin. */
  readonly liquidations: number;
  readonly agents: readonly AgentFacts[];
  /** Null = nothing is remembered. */
  readonly memory: MemoryFacts | null;
  readonly symbols: readonly SymbolFacts[];
  /** Left out where nobody asks a model. */
  readonly models?: ModelFacts;
  readonly warnings: readonly Warning[];
}

/** Whether anybody knew a later candle, where that was looked for in the very run. */
export interface LookaheadVerdict {
  readonly clean: boolean;
  /** Closes at which somebody was asked, each compared with what is said before later candles exist. */
  readonly checked: number;
  /** Those of them after which the future was made another. */
  readonly altered: number;
  /** The first answer that depends on a later candle, in words; null = none does. */
  readonly offence: string | null;
}

export interface Circumstances {
  readonly startedAt: string;
  readonly wallMs: number;
  /** Of the event loop alone, without reading data and writing the report. */
  readonly candlesPerSecond: number;
  readonly node: string;
  readonly version: string;
  readonly host: string;
  readonly trialNumber: number;
  /** Left out where nobody looked. */
  readonly lookahead?: LookaheadVerdict;
}

/** Every fill, one row each, in order of time. */
export interface FillColumns {
  readonly length: number;
  readonly tsMs: Column;
  readonly row: Column;
  readonly leg: Column;
  readonly orderId: Column;
  /** Signed base units. */
  readonly qty: Column;
  readonly price: Column;
  readonly feeUsd: Column;
  /** Spread and impact together; `impactUsd` is the part our own size made. */
  readonly slippageUsd: Column;
  readonly impactUsd: Column;
  /** 1 = our limit was taken, 0 = we took. */
  readonly maker: Column;
}

/** One row per panel row: the close at which the account was marked. */
export interface EquityColumns {
  readonly length: number;
  readonly closeMs: Column;
  readonly equityUsd: Column;
  /** Buy-and-hold of the legs from the same cash, without costs. */
  readonly benchmarkUsd: Column;
}

/** Prices for the chart of one leg, at the panel's rows. */
export interface LegPrices {
  readonly venue: string;
  readonly symbol: string;
  readonly openMs: Column;
  readonly close: Column;
}

/** A finished run, as reports and run folders take it. */
export interface RunResult {
  readonly facts: RunFacts;
  readonly resultDigest: string;
  readonly circumstances: Circumstances;
  readonly trades: readonly Trade[];
  readonly fills: FillColumns;
  readonly equity: EquityColumns;
  readonly prices: readonly LegPrices[];
  readonly record: RunRecord;
}
