// A finished run built by hand: three legs, four agents, 50 days, 412 trades.

import type { Config } from '../../engine/config/schema.ts';
import { DAY_MS } from '../../engine/interval.ts';
import type { Trade } from '../../engine/portfolio/trade.ts';
import {
  type AgentFacts,
  type ExecutionFacts,
  type LegFacts,
  RESULT_SCHEMA_VERSION,
  type RunFacts,
  type RunResult,
} from '../../engine/research/result.ts';
import type { Statistics } from '../../engine/statistics/performance.ts';
import type { RunIntervals } from '../../engine/statistics/run-intervals.ts';
import { EMPTY_RECORD } from '../support/sample-record.ts';

export const MAY_1 = Date.UTC(2025, 4, 1);

export const leg = (symbol: string): LegFacts => ({
  venue: 'aster',
  symbol,
  candles: 73_440,
  holes: 0,
  fromMs: MAY_1,
  toMs: MAY_1 + 50 * DAY_MS,
  fundingStamps: 153,
  fundingMissingMs: 0,
  markFallbacks: 0,
  instrumentSource: 'assumed',
  dataDigest: '00',
});

export const agent = (id: string, pnlUsd: number): AgentFacts => ({
  id,
  weight: 1,
  buys: 1200,
  sells: 900,
  holds: 70_000,
  abstentions: 1340,
  vetoes: 0,
  trades: 300,
  wins: 160,
  pnlUsd,
  earnedWeight: null,
  record: {
    trades: 300,
    wins: 160,
    averageWin: 0.006,
    averageLoss: -0.005,
    expectancy: 0.0009,
    brier: 0.24,
    calibration: [{ from: 0.7, trades: 300, wins: 160, meanConfidence: 0.74 }],
  },
});

/** One way of working orders: the given total in a tenth delay, half spread, the rest fees. */
export const way = (
  algorithm: string,
  parents: number,
  totalUsd: number,
  paperUsd: number,
): ExecutionFacts => ({
  algorithm,
  parents,
  fills: parents,
  paperUsd,
  filledPaperUsd: paperUsd,
  delayUsd: 0.1 * totalUsd,
  spreadUsd: 0.5 * totalUsd,
  impactUsd: 0,
  feeUsd: 0.4 * totalUsd,
  missedUsd: 0,
  totalUsd,
  bps: (totalUsd / paperUsd) * 1e4,
});

export const STATISTICS: Statistics = {
  finalEquityUsd: 13_120,
  peakEquityUsd: 13_500,
  totalReturn: 0.312,
  cagr: 6.26,
  volatility: 0.455,
  sharpe: 1.213,
  sortino: 1.8,
  calmar: 48.9,
  maxDrawdown: -0.128,
  maxDrawdownUsd: 1_700,
  maxDrawdownMs: 12 * DAY_MS,
  tailRatio: 1.08,
  days: 50,
  probabilisticSharpe: 0.387,
  trades: 412,
  winRate: 0.541,
  profitFactor: 1.21,
  expectancyUsd: 1.2,
  averageWinUsd: 10,
  averageLossUsd: -9,
  systemQuality: 1.74,
  exposureTime: 0.342,
  turnover: 40,
  feesUsd: 410,
  slippageUsd: 230,
  fundingUsd: -170,
};

const INTERVALS: RunIntervals = {
  confidence: 0.9,
  resamples: 2000,
  seed: 1,
  meanBlockDays: 1.6,
  totalReturn: { lower: -0.021, upper: 0.112 },
  cagr: { lower: -0.14, upper: 1.17 },
  volatility: { lower: 0.09, upper: 0.13 },
  sharpe: { lower: -1.2, upper: 6.9 },
  sortino: { lower: -1.5, upper: 13.4 },
  calmar: { lower: -1.9, upper: 52 },
  maxDrawdown: { lower: -0.081, upper: -0.019 },
  winRate: { lower: 0.498, upper: 0.584 },
  profitFactor: { lower: 0.9, upper: 1.6 },
  expectancyUsd: { lower: -0.5, upper: 2.8 },
};

export const FACTS: RunFacts = {
  schemaVersion: RESULT_SCHEMA_VERSION,
  name: 'swarm',
  strategy: 'swarm of 4 agents',
  config: {
    name: 'swarm',
    world: { cashUsd: 10_000 },
    decision: { consensus: { actThreshold: 0.6, holdThreshold: 0.4 } },
  } as unknown as Config,
  seed: 1,
  cashUsd: 10_000,
  routing: [{ venue: 'binance-usdm', breakerOpened: 0, aloneBps: null }],
  failovers: 0,
  splitBps: null,
  configDigest: 'cc',
  dataDigest: '7f3a90bc12de4411c1',
  strategyDigest: 'dd',
  decisionDigest: '99aa00bb11cc22dd',
  digest: '0123456789abcdef',
  data: {
    kind: 'real',
    interval: '1m',
    fromMs: MAY_1,
    toMs: MAY_1 + 50 * DAY_MS,
    rows: 73_440,
    candles: 220_320,
    legs: ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'].map(leg),
    sentiment: 'sentiment from feargreed',
  },
  statistics: STATISTICS,
  intervals: INTERVALS,
  benchmark: { name: 'buy and hold', totalReturn: 0.12 },
  funnel: {
    candles: 220_320,
    votes: 3114,
    undecided: 1204,
    agreed: 611,
    passedRisk: 468,
    filled: 412,
  },
  refusals: { 'already-in-position': 120, 'no-capital': 23, veto: 4 },
  costs: {
    feesUsd: 410,
    slippageUsd: 230,
    spreadUsd: 190,
    impactUsd: 40,
    fundingUsd: -170,
    returnWithoutCosts: 0.393,
  },
  execution: [way('exit', 410, 60, 400_000), way('market', 412, 60, 412_000)],
  liquidations: 0,
  memory: null,
  agents: [
    agent('degen-hunter', -20.1),
    agent('quant-alpha', 520.34),
    agent('risk-guardian', 4.2),
    agent('sentiment-reader', -9.96),
  ],
  symbols: [],
  warnings: [{ code: 'assumed-instruments', text: 'instruments are assumed: 3 of 3' }],
};

export interface Change {
  readonly facts?: Partial<RunFacts>;
  readonly statistics?: Partial<Statistics>;
  readonly trialNumber?: number;
  readonly trades?: readonly Trade[];
}

export function result(change: Change = {}): RunResult {
  const empty = new Float64Array(0);
  const equityUsd = Float64Array.from({ length: 800 }, (_, i) => 10_000 + i);
  return {
    facts: {
      ...FACTS,
      statistics: { ...STATISTICS, ...change.statistics },
      ...change.facts,
    },
    resultDigest: 'ee',
    circumstances: {
      startedAt: '2026-11-20T00:00:00Z',
      wallMs: 912,
      candlesPerSecond: 4_400_000,
      node: '24.21.0',
      version: '0.1.0',
      host: 'box',
      trialNumber: change.trialNumber ?? 12,
    },
    trades: change.trades ?? [],
    fills: {
      length: 0,
      tsMs: empty,
      row: empty,
      leg: empty,
      orderId: empty,
      qty: empty,
      price: empty,
      feeUsd: empty,
      slippageUsd: empty,
      impactUsd: empty,
      maker: empty,
    },
    equity: { length: 800, closeMs: equityUsd, equityUsd, benchmarkUsd: equityUsd },
    prices: [],
    record: EMPTY_RECORD,
  };
}
