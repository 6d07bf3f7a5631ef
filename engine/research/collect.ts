// From a finished kernel to the facts of a run: counts, attribution, costs, statistics, warnings.
// Nothing here is measured with a clock; two equal runs give equal facts.

import type { Config } from '../config/schema.ts';
import type { ShortfallSum } from '../execution/shortfall.ts';
import { intervalName } from '../interval.ts';
import { type Column, missingCandles, spanOf } from '../market/column.ts';
import { uncoveredFundingMs } from '../market/funding.ts';
import type { Leg, Panel } from '../market/panel.ts';
import type { Trade } from '../portfolio/trade.ts';
import { durationOf, performance } from '../statistics/performance.ts';
import { runIntervals } from '../statistics/run-intervals.ts';
import { agentFacts, memoryFacts } from './agent-facts.ts';
import { type Run, runDigest } from './backtest.ts';
import type { TapeLabel } from './model-exposure.ts';
import { modelFacts } from './model-facts.ts';
import {
  type CostFacts,
  type DataFacts,
  type ExecutionFacts,
  type LegFacts,
  RESULT_SCHEMA_VERSION,
  type RoutingFacts,
  type RunFacts,
  type SymbolFacts,
} from './result.ts';
import { warningsOf } from './warnings.ts';

/** What the core cannot know: digests made at the edge and where the data came from. */
export interface RunLabels {
  readonly configDigest: string;
  readonly strategyDigest: string;
  readonly dataDigest: string;
  /** Per leg, in panel order. */
  readonly legDigests: readonly string[];
  readonly synthetic: boolean;
  /** Name of the strategy that decides alone, or `swarm of 4 agents`. */
  readonly strategy: string;
  /** `fear-and-greed column` or the proxy that stood in, or `not used`. */
  readonly sentiment: string;
  /** `quality 99.6 of 100`; left out where nobody looked. */
  readonly quality?: string | undefined;
  /** The tape that answered; left out where none did. */
  readonly tape?: TapeLabel | undefined;
  /** SHA-256 of what it began with remembered; left out where that was nothing. */
  readonly memoryDigest?: string | undefined;
}

/** The rows that count (warm-up left out) and what they held. */
export interface Collected {
  readonly facts: RunFacts;
  /** Closed trades and, last, the ones still open as they stand. */
  readonly trades: readonly Trade[];
  readonly closeMs: Float64Array;
  readonly equityUsd: Float64Array;
  readonly benchmarkUsd: Float64Array;
  readonly firstRow: number;
}

/** Sums a run up. `config` is the merged one; `firstRow` the first row that was decided on. */
export function collect(run: Run, config: Config, firstRow: number, labels: RunLabels): Collected {
  const { kernel, venue } = run;
  const { panel, portfolio, trades, decider, desk } = kernel;
  const rows = kernel.row - firstRow;
  const closeMs = new Float64Array(rows);
  for (let i = 0; i < rows; i++) closeMs[i] = panel.openMs[firstRow + i]! + panel.intervalMs;
  const equityUsd = kernel.equityUsd.subarray(firstRow, kernel.row);
  const { feesUsd, slippageUsd, fundingUsd, tradedNotionalUsd, cashUsd } = portfolio;
  const benchmarkUsd = buyAndHold(panel, firstRow, cashUsd);
  const lastMs = closeMs.at(-1) ?? 0;
  const closed = trades.closed(firstRow);
  const open = trades.stillOpen(portfolio.lastPrice, kernel.row - 1, lastMs, firstRow);
  const statistics = performance({
    closeMs,
    equityUsd,
    length: rows,
    cashUsd,
    trades: closed,
    rowsInMarket: kernel.rowsInMarket,
    tradedNotionalUsd,
    feesUsd,
    slippageUsd,
    fundingUsd,
  });
  const durationMs = durationOf(closeMs, rows);
  const history = { closeMs, equityUsd, length: rows, cashUsd, trades: closed, durationMs };
  const legs = panel.legs.map((leg) =>
    legFacts(
      leg,
      firstRow,
      kernel.row,
      venue.funding.seen[leg.index]!,
      venue.funding.markFallbacks[leg.index]!,
      labels,
      panel.intervalMs,
    ),
  );
  const gross = portfolio.equityUsd - cashUsd + feesUsd + slippageUsd - fundingUsd;
  const costs: CostFacts = {
    feesUsd,
    slippageUsd,
    spreadUsd: slippageUsd - portfolio.impactUsd,
    impactUsd: portfolio.impactUsd,
    fundingUsd,
    returnWithoutCosts: gross / cashUsd,
  };
  const data: DataFacts = {
    kind: labels.synthetic ? 'synthetic' : 'real',
    interval: intervalName(panel.intervalMs),
    fromMs: panel.openMs[firstRow] ?? 0,
    toMs: lastMs,
    rows,
    candles: legs.reduce((sum, leg) => sum + leg.candles, 0),
    legs,
    sentiment: labels.sentiment,
    ...(labels.quality === undefined ? {} : { quality: labels.quality }),
  };
  const models = modelFacts({
    ...{ run, tape: labels.tape ?? null, firstRow, closeMs, equityUsd, trades: closed },
  });
  const memory = memoryFacts(run, config, data.fromMs, labels.memoryDigest);
  const facts: RunFacts = {
    schemaVersion: RESULT_SCHEMA_VERSION,
    name: config.name,
    strategy: labels.strategy,
    config,
    seed: config.seed,
    cashUsd,
    configDigest: labels.configDigest,
    dataDigest: labels.dataDigest,
    strategyDigest: labels.strategyDigest,
    decisionDigest: desk.decisions.hex(),
    digest: runDigest(kernel),
    data,
    statistics,
    intervals: runIntervals(history, config.seed),
    benchmark: {
      name: panel.legs.every((leg) => leg.primary === 0)
        ? 'buy and hold'
        : 'buy and hold, equal weights',
      totalReturn: rows === 0 ? 0 : benchmarkUsd[rows - 1]! / cashUsd - 1,
    },
    funnel: { ...decider.funnel },
    refusals: desk.refusals.toRecord(),
    costs,
    execution: executionFacts(desk.parents.shortfall),
    routing: routingFacts(run),
    failovers: kernel.routing.failovers,
    splitBps: kernel.routing.smart.splits > 0 ? kernel.routing.smart.expectedBps : null,
    liquidations: kernel.liquidations,
    agents: agentFacts(run, closed),
    memory,
    symbols: panel.legs.map((leg) => symbolFacts(leg, firstRow, kernel.row, closed)),
    ...(models === undefined ? {} : { models }),
    warnings: warningsOf({ run, config, data, open, statistics, models, memory }),
  };
  return { facts, trades: [...closed, ...open], closeMs, equityUsd, benchmarkUsd, firstRow };
}

function routingFacts({ kernel }: Run): RoutingFacts[] {
  const { routing } = kernel;
  const alone = routing.smart.singleBps;
  return routing.venues.map((venue, k) => ({
    venue,
    breakerOpened: routing.breakers[k]!.transitions.filter(({ to }) => to === 'open').length,
    aloneBps: alone[k] ?? null,
  }));
}

function executionFacts(sums: ReadonlyMap<string, ShortfallSum>): ExecutionFacts[] {
  return [...sums]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([algorithm, sum]) => {
      const { parents, fills, paperUsd, filledPaperUsd } = sum;
      const { bpsOfPaper, ...parts } = sum.shortfall();
      return {
        algorithm,
        parents,
        fills,
        paperUsd,
        filledPaperUsd,
        ...parts,
        bps: paperUsd > 0 ? bpsOfPaper : 0,
      };
    });
}

/** Cash split equally over the legs of the primary venue, each bought at its first close; uninvested until then. */
function buyAndHold(panel: Panel, firstRow: number, cashUsd: number): Float64Array {
  const rows = panel.length - firstRow;
  const out = new Float64Array(rows);
  const primaries = panel.legs.filter((leg) => leg.primary === leg.index);
  const share = cashUsd / primaries.length;
  for (const { candles } of primaries) {
    let bought = Number.NaN;
    let worth = share;
    for (let i = 0; i < rows; i++) {
      const close = candles.close[firstRow + i]!;
      if (close === close) {
        if (bought !== bought) bought = close;
        worth = (share * close) / bought;
      }
      out[i]! += worth;
    }
  }
  return out;
}

function legFacts(
  leg: Leg,
  firstRow: number,
  rows: number,
  fundingStamps: number,
  markFallbacks: number,
  labels: RunLabels,
  intervalMs: number,
): LegFacts {
  const { openMs, close } = leg.candles;
  const { first, last, count: candles } = spanOf(close, firstRow, rows);
  return {
    venue: leg.instrument.venue,
    symbol: leg.instrument.symbol,
    candles,
    holes: missingCandles(leg.candles, firstRow, rows, intervalMs),
    fromMs: candles === 0 ? 0 : openMs[first]!,
    toMs: candles === 0 ? 0 : openMs[last]!,
    fundingStamps,
    fundingMissingMs:
      candles === 0 ? 0 : uncoveredFundingMs(leg.funding, openMs[first]!, openMs[last]!),
    markFallbacks,
    instrumentSource: leg.instrument.source,
    dataDigest: labels.legDigests[leg.index] ?? '',
  };
}

function symbolFacts(
  leg: Leg,
  firstRow: number,
  rows: number,
  trades: readonly Trade[],
): SymbolFacts {
  const own = trades.filter((trade) => trade.leg === leg.index);
  const sum = (pick: (trade: Trade) => number) =>
    own.reduce((total, trade) => total + pick(trade), 0);
  return {
    venue: leg.instrument.venue,
    symbol: leg.instrument.symbol,
    trades: own.length,
    wins: own.filter((trade) => trade.pnlUsd > 0).length,
    pnlUsd: sum((trade) => trade.pnlUsd),
    feesUsd: sum((trade) => trade.feesUsd),
    slippageUsd: sum((trade) => trade.slippageUsd),
    fundingUsd: sum((trade) => trade.fundingUsd),
    buyAndHoldReturn: priceChange(leg.candles.close, firstRow, rows),
  };
}

function priceChange(close: Column, from: number, to: number): number {
  const { first, last, count } = spanOf(close, from, to);
  return count === 0 ? 0 : close[last]! / close[first]! - 1;
}
