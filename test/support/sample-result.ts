// A finished run made by hand, as large and as nasty as a test asks for: the same every time.
// Its equity follows from its trades, and its trades from its prices, so pictures of it make sense.

import type { Config } from '../../engine/config/schema.ts';
import { intervalMs as lengthOf } from '../../engine/interval.ts';
import type { Trade } from '../../engine/portfolio/trade.ts';
import { gaussian, random } from '../../engine/random.ts';
import {
  type LookaheadVerdict,
  RESULT_SCHEMA_VERSION,
  type RunFacts,
  type RunResult,
} from '../../engine/research/result.ts';
import { durationOf, performance } from '../../engine/statistics/performance.ts';
import { runIntervals } from '../../engine/statistics/run-intervals.ts';
import { configOf } from './run.ts';
import { trackRecordOf } from './sample-agents.ts';
import { executionOf, fillsOf, IMPACT_SHARE } from './sample-execution.ts';
import { sampleRecord } from './sample-record.ts';

export interface SampleOptions {
  readonly rows?: number;
  readonly legs?: number;
  readonly trades?: number;
  readonly interval?: string;
  readonly seed?: number;
  readonly kind?: 'real' | 'synthetic';
  /** Every statistic that may be null is. */
  readonly nulls?: boolean;
  /** Names that try to break out of the page. */
  readonly hostile?: boolean;
  /** Rows of the first leg without a candle: from, to (not included). */
  readonly hole?: readonly [number, number];
  readonly trialNumber?: number;
  readonly lookahead?: LookaheadVerdict;
  readonly change?: (facts: RunFacts) => RunFacts;
}

export const FROM_MS = Date.UTC(2025, 4, 1);
export const CASH_USD = 10_000;

/** Every string here must show up on a page as text and nowhere as markup. */
export const HOSTILE = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(2)>',
  "it's </title></style></script><b>bold</b>",
  'BTC\u202eTDSU',
] as const;

const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT', 'BNBUSDT', 'XRPUSDT', 'DOGEUSDT'];
const PRICES = [94_200, 1_790, 147, 598, 2.21, 0.1734];
const AGENTS = ['quant-alpha', 'degen-hunter', 'sentiment-sage', 'risk-guardian'];
const REASONS = ['signal', 'stop', 'trailing-stop', 'signal', 'veto'] as const;

export function sampleResult(options: SampleOptions = {}): RunResult {
  const { rows = 4800, legs = 2, trades: wanted = 60, interval = '15m', seed = 7 } = options;
  const { kind = 'real', nulls = false, hostile = false, trialNumber = 12 } = options;
  const stepMs = lengthOf(interval);
  const symbolOf = (leg: number) =>
    hostile ? `${HOSTILE[leg % HOSTILE.length]}${leg}` : (SYMBOLS[leg] ?? `COIN${leg}USDT`);
  const venue = hostile ? HOSTILE[1] : 'aster';
  const agentIds = hostile ? [...HOSTILE] : AGENTS;

  const openMs = Float64Array.from({ length: rows }, (_, i) => FROM_MS + i * stepMs);
  const closeMs = openMs.map((ms) => ms + stepMs);
  const closes = Array.from({ length: legs }, (_, leg) => walk(rows, leg, seed, stepMs));
  if (options.hole !== undefined) closes[0]!.fill(Number.NaN, ...options.hole);

  const trades = tradesOf(closes, wanted, seed).map(
    (trade): Trade => ({
      ...trade,
      venue,
      symbol: symbolOf(trade.leg),
      entryMs: closeMs[trade.entryRow]!,
      exitMs: closeMs[trade.exitRow]!,
      votes: votesOf(trade, agentIds, seed),
    }),
  );
  const equityUsd = equityOf(closes, trades, rows);
  const benchmarkUsd = benchmarkOf(closes, rows);
  const sum = (pick: (trade: Trade) => number) =>
    trades.reduce((total, trade) => total + pick(trade), 0);
  const feesUsd = sum((trade) => trade.feesUsd);
  const slippageUsd = sum((trade) => trade.slippageUsd);
  const fundingUsd = sum((trade) => trade.fundingUsd);
  const impactUsd = IMPACT_SHARE * slippageUsd;
  const length = rows;
  const toMs = FROM_MS + rows * stepMs;
  const measured = performance({
    closeMs,
    equityUsd,
    length,
    cashUsd: CASH_USD,
    trades,
    rowsInMarket: rowsHeld(trades, rows),
    tradedNotionalUsd: trades.length * 2000,
    feesUsd,
    slippageUsd,
    fundingUsd,
  });
  const durationMs = durationOf(closeMs, length);
  const history = { closeMs, equityUsd, cashUsd: CASH_USD, trades, durationMs };
  const intervals = runIntervals({ ...history, length: nulls ? 0 : rows }, seed);
  const statistics = nulls
    ? Object.assign({}, measured, {
        cagr: null,
        volatility: null,
        sharpe: null,
        sortino: null,
        calmar: null,
        probabilisticSharpe: null,
        winRate: null,
        profitFactor: null,
        expectancyUsd: null,
        averageWinUsd: null,
        averageLossUsd: null,
        systemQuality: null,
        tailRatio: null,
      })
    : measured;

  const candles = rows * legs;
  const agreed = Math.round(trades.length * 1.7);
  const facts: RunFacts = {
    schemaVersion: RESULT_SCHEMA_VERSION,
    name: hostile ? HOSTILE[0] : 'swarm-50-days',
    strategy: hostile ? HOSTILE[2] : 'swarm of 4 agents',
    config: sampleConfig(
      hostile ? HOSTILE[2] : 'swarm-50-days',
      agentIds,
      closes.map((_, leg) => symbolOf(leg)),
    ),
    seed: 1,
    cashUsd: 10_000,
    routing: [{ venue: 'binance-usdm', breakerOpened: 0, aloneBps: null }],
    failovers: 0,
    splitBps: null,
    configDigest: '5d0a1f8e5d0a1f8e5d0a1f8e5d0a1f8e5d0a1f8e5d0a1f8e5d0a1f8e5d0a1f8e',
    dataDigest: '7f3a90bc12de44117f3a90bc12de44117f3a90bc12de44117f3a90bc12de4411',
    strategyDigest: 'c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00',
    decisionDigest: '99aa00bb11cc22dd',
    digest: '0123456789abcdef',
    data: {
      kind,
      interval,
      fromMs: FROM_MS,
      toMs,
      rows,
      candles,
      legs: closes.map((_, leg) => ({
        venue,
        symbol: symbolOf(leg),
        candles: rows,
        holes: leg === 0 && options.hole ? options.hole[1] - options.hole[0] : 0,
        fromMs: FROM_MS,
        toMs: toMs - stepMs,
        fundingStamps: Math.floor((rows * stepMs) / 28_800_000),
        fundingMissingMs: 0,
        markFallbacks: 0,
        instrumentSource: 'assumed',
        dataDigest: '7f3a90bc12de44117f3a90bc12de4411',
      })),
      sentiment: hostile ? HOSTILE[0] : 'sentiment from feargreed',
    },
    statistics,
    intervals,
    benchmark: {
      name: 'buy and hold, equal weights',
      totalReturn: (benchmarkUsd[rows - 1] ?? CASH_USD) / CASH_USD - 1,
    },
    funnel: {
      candles,
      votes: trades.length === 0 ? 0 : Math.round(candles * 0.07),
      undecided: trades.length === 0 ? 0 : Math.round(candles * 0.02),
      agreed,
      passedRisk: Math.round(trades.length * 1.1),
      filled: trades.length,
    },
    refusals:
      trades.length === 0
        ? {}
        : hostile
          ? { [HOSTILE[0]]: 3 }
          : {
              'already-in-position': Math.round(trades.length * 0.4),
              'no-capital': Math.round(trades.length * 0.2),
            },
    costs: {
      feesUsd,
      slippageUsd,
      spreadUsd: slippageUsd - impactUsd,
      impactUsd,
      fundingUsd,
      returnWithoutCosts: measured.totalReturn + (feesUsd + slippageUsd - fundingUsd) / CASH_USD,
    },
    execution: executionOf(trades, hostile ? HOSTILE[0] : 'twap'),
    liquidations: 0,
    agents: agentIds.map((id, k) => ({
      id,
      weight: 1,
      buys: 1200 - 100 * k,
      sells: 900 + 30 * k,
      holds: candles,
      abstentions: 1340,
      vetoes: k === 3 ? 12 : 0,
      trades: trades.length,
      wins: trades.filter((trade) => trade.pnlUsd > 0).length,
      pnlUsd: sum((trade) => trade.pnlUsd) / 4 + (k - 1.5) * 40,
      earnedWeight: null,
      record: trackRecordOf(trades),
    })),
    memory: null,
    symbols: closes.map((close, leg) => {
      const own = trades.filter((trade) => trade.leg === leg);
      const of = (pick: (trade: Trade) => number) =>
        own.reduce((total, trade) => total + pick(trade), 0);
      return {
        venue,
        symbol: symbolOf(leg),
        trades: own.length,
        wins: own.filter((trade) => trade.pnlUsd > 0).length,
        pnlUsd: of((trade) => trade.pnlUsd),
        feesUsd: of((trade) => trade.feesUsd),
        slippageUsd: of((trade) => trade.slippageUsd),
        fundingUsd: of((trade) => trade.fundingUsd),
        buyAndHoldReturn: close[rows - 1]! / close[0]! - 1,
      };
    }),
    warnings: warningsOf(kind, hostile),
  };
  return {
    facts: options.change?.(facts) ?? facts,
    resultDigest: 'e1e2e3e4e1e2e3e4e1e2e3e4e1e2e3e4e1e2e3e4e1e2e3e4e1e2e3e4e1e2e3e4',
    circumstances: {
      startedAt: '2026-11-20T12:34:56Z',
      wallMs: 912,
      candlesPerSecond: 4_400_000,
      node: '24.21.0',
      version: '0.1.0',
      host: hostile ? HOSTILE[1] : 'box',
      trialNumber,
      ...(options.lookahead ? { lookahead: options.lookahead } : {}),
    },
    trades,
    fills: fillsOf(trades),
    equity: { length, closeMs, equityUsd, benchmarkUsd },
    prices: closes.map((close, leg) => ({ venue, symbol: symbolOf(leg), openMs, close })),
    record: sampleRecord(
      trades,
      closes,
      openMs,
      stepMs,
      hostile ? { reason: HOSTILE[0], feature: HOSTILE[1] } : undefined,
    ),
  };
}

/** Names go in after the defaults: the schema would refuse the hostile ones. */
function sampleConfig(name: string, agentIds: readonly string[], symbols: string[]): Config {
  const plain = configOf({ world: { cashUsd: CASH_USD } });
  const agents = Object.fromEntries(
    agentIds.map((id) => [
      id,
      { weight: 1, use: null, parameters: {}, model: null, deadlineMs: null },
    ]),
  );
  const decision = { ...plain.decision, agents };
  return { ...plain, name, decision, world: { ...plain.world, symbols } };
}

function warningsOf(kind: 'real' | 'synthetic', hostile: boolean): RunFacts['warnings'] {
  const synthetic = {
    code: 'synthetic-data',
    text: 'the candles were made by a generator: an edge found here means nothing',
  };
  const others = [
    {
      code: 'missing-funding',
      text: 'no funding history for ETHUSDT: positions there cost nothing to hold',
    },
    {
      code: 'assumed-instruments',
      text: "lot, tick and fees of BTCUSDT, ETHUSDT are assumed, not the venue's own",
    },
  ];
  if (hostile) others.push({ code: HOSTILE[1], text: HOSTILE[0] });
  return kind === 'synthetic' ? [others[0]!, synthetic, others[1]!] : others;
}

function walk(rows: number, leg: number, seed: number, stepMs: number): Float64Array {
  const draw = random(seed, `price/${leg}`);
  const sd = 0.55 * Math.sqrt(stepMs / 31_536_000_000);
  let price = PRICES[leg] ?? 10;
  return Float64Array.from({ length: rows }, () => {
    price *= Math.exp(sd * gaussian(draw));
    return price;
  });
}

type Draft = Omit<Trade, 'venue' | 'symbol' | 'entryMs' | 'exitMs' | 'votes'>;

/** Round trips in turn over the legs, none overlapping on its leg. */
function tradesOf(closes: readonly Float64Array[], wanted: number, seed: number): Draft[] {
  const draw = random(seed, 'trades');
  const drafts: Draft[] = [];
  const legs = closes.length;
  closes.forEach((close, leg) => {
    const own = Math.floor(wanted / legs) + (leg < wanted % legs ? 1 : 0);
    const room = close.length / own;
    for (let k = 0; k < own; k++) {
      const entryRow = Math.floor(room * k + draw() * room * 0.4);
      const exitRow = Math.min(
        close.length - 1,
        Math.floor(entryRow + room * (0.1 + draw() * 0.45)),
      );
      const entry = close[entryRow]!;
      const exit = close[exitRow]!;
      if (entry !== entry || exit !== exit) continue;
      const side = draw() < 0.6 ? 'long' : 'short';
      const sign = side === 'long' ? 1 : -1;
      const qty = Math.round((1000 / entry) * 1e5) / 1e5 || 1e-5;
      const slippageUsd = 2 * qty * entry * 0.0002;
      const feesUsd = qty * (entry + exit) * 0.0004;
      const fundingUsd = -sign * qty * entry * 0.0001 * Math.floor(draw() * 4);
      const pnlUsd = sign * qty * (exit - entry) - feesUsd - slippageUsd + fundingUsd;
      drafts.push({
        leg,
        side,
        entryRow,
        exitRow,
        qty,
        entryPrice: entry * (1 + sign * 0.0002),
        exitPrice: exit * (1 - sign * 0.0002),
        pnlUsd,
        feesUsd,
        slippageUsd,
        fundingUsd,
        returnFraction: pnlUsd / (qty * entry),
        exitReason: REASONS[Math.floor(draw() * REASONS.length)]!,
      });
    }
  });
  return drafts.sort((a, b) => a.exitRow - b.exitRow);
}

function votesOf(trade: Draft, ids: readonly string[], seed: number): Trade['votes'] {
  const draw = random(seed, `votes/${trade.leg}/${trade.entryRow}`);
  const sign = trade.side === 'long' ? 1 : -1;
  const votes = ids.map((id, k): [string, number] => [
    id,
    k < 2 ? sign * (0.6 + 0.4 * draw()) : k === 2 ? -sign * Math.round(draw()) * 0.35 : 0,
  ]);
  return Object.fromEntries(votes);
}

function equityOf(
  closes: readonly Float64Array[],
  trades: readonly Trade[],
  rows: number,
): Float64Array {
  const equity = new Float64Array(rows);
  const booked = new Float64Array(rows);
  for (const { leg, side, entryRow, exitRow, qty, pnlUsd } of trades) {
    const close = closes[leg]!;
    const signed = side === 'long' ? qty : -qty;
    for (let row = entryRow; row < exitRow; row++) {
      const now = close[row]!;
      if (now === now) equity[row]! += signed * (now - close[entryRow]!);
    }
    booked[exitRow]! += pnlUsd;
  }
  let cash = CASH_USD;
  for (let row = 0; row < rows; row++) {
    cash += booked[row]!;
    equity[row]! += cash;
  }
  return equity;
}

function rowsHeld(trades: readonly Trade[], rows: number): number {
  const isHeld = new Uint8Array(rows);
  for (const { entryRow, exitRow } of trades) isHeld.fill(1, entryRow, exitRow);
  return isHeld.reduce((total, one) => total + one, 0);
}

function benchmarkOf(closes: readonly Float64Array[], rows: number): Float64Array {
  const worth = new Float64Array(rows);
  for (const close of closes) {
    let last = close[0]!;
    for (let row = 0; row < rows; row++) {
      if (close[row] === close[row]) last = close[row]!;
      worth[row]! += (CASH_USD / closes.length) * (last / close[0]!);
    }
  }
  return worth;
}
