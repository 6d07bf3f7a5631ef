// A finished sweep made by hand, as large and as nasty as a test asks for: the same every time. Its
// Sharpe ratio has a hill over the first two parameters, so that pictures of it make sense.

import { DAY_MS } from '../../engine/interval.ts';
import { gaussian, random } from '../../engine/random.ts';
import type { BestTrial, SweepFacts, TestRow } from '../../engine/research/sweep/facts.ts';
import {
  bestOf,
  type FailureCode,
  type Scored,
  type TrialRow,
} from '../../engine/research/sweep/outcome.ts';
import type { Point } from '../../engine/research/sweep/space.ts';
import type { Verdict } from '../../engine/research/verdict.ts';
import type { Statistics } from '../../engine/statistics/performance.ts';
import type { TrialMatrix } from '../../engine/statistics/trial-matrix.ts';
import type { SweepPage } from '../../reports/sweep/report.ts';
import { CASH_USD, FROM_MS, HOSTILE } from './sample-result.ts';

export interface SweepOptions {
  readonly trials?: number;
  /** Parameters, 1 to 6: two of a grid, a continuous one, a word, a flag, a conditional one. */
  readonly parameters?: number;
  /** Two objectives: sharpe and maxDrawdown. */
  readonly isPareto?: boolean;
  readonly hasSplits?: boolean;
  readonly hasVerdict?: boolean;
  readonly hasEquity?: boolean;
  /** Names that try to break out of the page. */
  readonly hostile?: boolean;
  /** Every trial fails. */
  readonly allFail?: boolean;
  readonly change?: (facts: SweepFacts) => SweepFacts;
  readonly changeRows?: (rows: TrialRow[]) => TrialRow[];
}

const DAYS = 120;
const TRAIN: readonly [number, number] = [FROM_MS, FROM_MS + DAYS * DAY_MS];
const TEST: readonly [number, number] = [TRAIN[1], TRAIN[1] + 50 * DAY_MS];
const BUFFERS = [0.005, 0.01, 0.015, 0.02, 0.025, 0.03, 0.035, 0.04];
const STEPS = [0.0005, 0.001, 0.002, 0.003, 0.005, 0.008];

export function sampleSweep(options: SweepOptions = {}): SweepPage {
  const { trials = 240, isPareto = false, hasSplits = true, hostile = false } = options;
  const draw = random(11, 'sample-sweep');
  const made = Array.from({ length: trials }, (_, index) => rowOf(index, options, draw));
  const rows = options.changeRows?.(made) ?? made;
  const objectives: SweepFacts['objectives'] = isPareto
    ? [
        { name: 'sharpe', goal: 'max' },
        { name: 'maxDrawdown', goal: 'max' },
      ]
    : [{ name: 'sharpe', goal: 'max' }];
  const goals = objectives.map(({ goal }) => goal);
  const done = rows.filter(({ status }) => status === 'done');
  const ranked = bestOf(done as unknown as Scored[], goals, 10).map(({ index }) => {
    return rows.find((row) => row.index === index)!;
  });
  const failures: Partial<Record<FailureCode, number>> = {};
  for (const { code } of rows) if (code !== null) failures[code] = (failures[code] ?? 0) + 1;
  const facts: SweepFacts = {
    schemaVersion: 1,
    kind: 'sweep',
    name: hostile ? HOSTILE[0] : 'trailing-stop',
    strategy: hostile ? HOSTILE[2] : 'swarm of 4 agents',
    symbols: hostile ? [...HOSTILE] : ['BTCUSDT', 'ETHUSDT'],
    planDigest: 'a1b2c3d4'.repeat(8),
    configDigest: '5d0a1f8e'.repeat(8),
    dataDigest: 'c0ffee00'.repeat(8),
    strategyDigest: '0badcafe'.repeat(8),
    sampler: hostile ? HOSTILE[1] : 'tpe',
    seed: 7,
    budget: trials,
    objectives,
    splits: hasSplits ? { train: 0.7, test: 0.3 } : null,
    isSynthetic: hostile,
    trainMs: TRAIN,
    testMs: hasSplits ? TEST : null,
    trials: rows.length,
    completed: done.length,
    failed: rows.length - done.length,
    failures,
    ended: `the budget of ${trials} trials is spent`,
    best: ranked.map((row) => bestTrial(row, hasSplits, isPareto, draw)),
    front: isPareto ? frontOf(done) : [],
    sensitivity: null,
    trialsDigest: 'e1e2e3e4'.repeat(8),
    returnsDigest: 'f5f6f7f8'.repeat(8),
  };
  return {
    result: {
      facts: options.change?.(facts) ?? facts,
      resultDigest: '12345678'.repeat(8),
      circumstances: {
        startedAt: '2025-11-20T21:30:45Z',
        endedAt: '2025-11-20T21:31:15Z',
        ran: rows.length,
        backtestsPerSecond: 8.25,
        workers: 2,
        trialNumber: rows.length,
        node: 'v24.21.0',
        version: '0.1.0',
        host: hostile ? HOSTILE[1] : 'workbench',
      },
    },
    rows,
    dailyReturns: options.hasEquity ? returnsOf(rows, draw) : null,
    verdict: options.hasVerdict ? sampleVerdict(hostile) : null,
    equity: null,
    start: {
      file: hostile ? HOSTILE[2] : 'strategies/sweeps/trailing-stop.json',
      flags: { config: 'swarm', symbols: 'BTCUSDT,ETHUSDT', set: ['world.slippageBps=5'] },
    },
  };
}

function rowOf(index: number, options: SweepOptions, draw: () => number): TrialRow {
  const { parameters = 4, isPareto = false, hostile = false, allFail = false } = options;
  const pick = <T>(values: readonly T[]): T => values[Math.floor(draw() * values.length)]!;
  const [buffer, step] = [pick(BUFFERS), pick(STEPS)];
  const rest = {
    threshold: Number((0.5 * 1.05 ** (draw() * 80)).toPrecision(12)),
    mode: pick(hostile ? HOSTILE : ['fast', 'slow', 'off']),
    flag: draw() < 0.5,
  };
  const all: [string, Point[string]][] = [
    ['risk.trailingStop.buffer', buffer],
    ['risk.trailingStop.step', step],
    ['decision.consensus.threshold', rest.threshold],
    [hostile ? `decision.agents.${HOSTILE[1]}.mode` : 'decision.agents.quant.mode', rest.mode],
    ['risk.delever.enabled', rest.flag],
  ];
  if (rest.flag) all.push(['risk.delever.atDrawdown', Number((draw() * 0.3).toPrecision(4))]);
  const point = Object.fromEntries(all.slice(0, parameters));
  const hill = Math.exp(-(((buffer - 0.02) / 0.012) ** 2)) - (parameters > 1 ? step * 60 : 0);
  const sharpe = Number((hill * 1.4 + gaussian(draw) * 0.5).toFixed(6));
  const statistics = statisticsOf(sharpe, DAYS, draw);
  const base = { index, fraction: 1, rung: 0, from: null, point };
  const digests = { configDigest: 'dd'.repeat(32), digest: 'abcd', decisionDigest: 'ef01' };
  if (allFail || index % 40 === 39) {
    return {
      ...base,
      status: 'failed',
      code: index % 80 === 79 ? 'run-failed' : 'refused',
      message: hostile ? HOSTILE[0] : 'risk.trailingStop.step must not be above buffer',
      values: isPareto ? [null, null] : [null],
      days: 0,
      configDigest: digests.configDigest,
      digest: null,
      decisionDigest: null,
      statistics: null,
    };
  }
  const values = isPareto ? [sharpe, statistics.maxDrawdown] : [sharpe];
  return {
    ...base,
    status: 'done',
    code: null,
    message: null,
    values,
    days: DAYS,
    ...digests,
    statistics,
  };
}

function statisticsOf(sharpe: number, days: number, draw: () => number): Statistics {
  const totalReturn = sharpe * 0.08;
  const finalEquityUsd = CASH_USD * (1 + totalReturn);
  return {
    finalEquityUsd,
    peakEquityUsd: Math.max(CASH_USD, finalEquityUsd),
    totalReturn,
    cagr: totalReturn * 3,
    volatility: 0.4,
    sharpe,
    sortino: sharpe * 1.3,
    calmar: sharpe,
    maxDrawdown: -0.02 - draw() * 0.2,
    maxDrawdownUsd: 900,
    maxDrawdownMs: 12 * DAY_MS,
    tailRatio: 1.1,
    days,
    probabilisticSharpe: 0.7,
    trades: Math.floor(draw() * 200),
    winRate: 0.5,
    profitFactor: null,
    expectancyUsd: 1.5,
    averageWinUsd: 12,
    averageLossUsd: -9,
    systemQuality: 1.4,
    exposureTime: 0.4,
    turnover: 12,
    feesUsd: 120,
    slippageUsd: 40,
    fundingUsd: -3,
  };
}

function bestTrial(
  row: TrialRow,
  hasTest: boolean,
  isPareto: boolean,
  draw: () => number,
): BestTrial {
  const { index, point, fraction, values, configDigest, digest, decisionDigest, statistics } = row;
  const tested = statisticsOf(
    Number((values[0]! * 0.3 + gaussian(draw) * 0.4).toFixed(6)),
    50,
    draw,
  );
  const test: TestRow = {
    index,
    status: 'done',
    code: null,
    message: null,
    values: isPareto ? [tested.sharpe, tested.maxDrawdown] : [tested.sharpe],
    days: 50,
    configDigest,
    digest,
    decisionDigest,
    statistics: tested,
  };
  return {
    index,
    point,
    fraction,
    values,
    configDigest,
    digest,
    decisionDigest,
    statistics,
    test: hasTest ? test : null,
  };
}

/** By first falling, then keeping what rises in the second. */
function frontOf(done: readonly TrialRow[]): number[] {
  const sorted = [...done].sort((a, b) => b.values[0]! - a.values[0]!);
  let most = Number.NEGATIVE_INFINITY;
  return sorted.flatMap(({ index, values }) => {
    if (values[1]! <= most) return [];
    most = values[1]!;
    return [index];
  });
}

function returnsOf(rows: readonly TrialRow[], draw: () => number): TrialMatrix {
  const values = new Float64Array(rows.length * DAYS);
  rows.forEach(({ statistics }, k) => {
    const drift = (statistics?.totalReturn ?? Number.NaN) / DAYS;
    for (let day = 0; day < DAYS; day++) values[k * DAYS + day] = drift + gaussian(draw) * 0.004;
  });
  return { trials: rows.length, rows: DAYS, values };
}

/** One gate that passed, one that failed, one that could not be asked. */
export function sampleVerdict(hostile = false): Verdict {
  return {
    passed: false,
    sentence: hostile ? HOSTILE[0] : 'Not to be believed: 1 of 2 gates failed.',
    gates: [
      {
        id: 'track-record',
        name: hostile ? HOSTILE[1] : 'Enough trades',
        rule: 'at least 30 closed trades',
        value: 77,
        threshold: 30,
        passed: true,
        why: hostile ? HOSTILE[2] : 'fewer say nothing',
        beside: { days2025: 12 },
      },
      {
        id: 'deflated-sharpe',
        name: 'Deflated Sharpe ratio',
        rule: 'at least 0.95',
        value: 0.4123456,
        threshold: 0.95,
        passed: false,
        why: 'the best of so many worthless trials shows as much',
        beside: {},
      },
      {
        id: 'overfitting',
        name: 'Probability of overfitting',
        rule: 'below 0.5',
        value: null,
        threshold: 0.5,
        passed: null,
        why: 'fewer than 2 trials moved',
        beside: {},
      },
    ],
    trials: 240,
    compared: 240,
    observations: DAYS,
    seed: 7,
    resamples: 1000,
  };
}
