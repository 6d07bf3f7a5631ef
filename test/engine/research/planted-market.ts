// Two years of hourly candles with or without something to find in them, and a sweep that looks for
// it through the real kernel: orders, fees, slippage, stops and all.
//
//   log return = market drift + signal + sigma x noise      signal: AR(1), half-life `memory` hours
//
// A rule that follows the recent change sees the signal through the noise. How strong a signal makes
// which Sharpe ratio is measured over many histories, never assumed.

import type { Config } from '../../../engine/config/schema.ts';
import { HOUR_MS } from '../../../engine/interval.ts';
import { candleArrays } from '../../../engine/market/column.ts';
import { buildPanel, type Panel } from '../../../engine/market/panel.ts';
import { gaussian, random } from '../../../engine/random.ts';
import type { RowRange } from '../../../engine/research/splits.ts';
import { hasRun, STATISTICS, type TrialOutcome } from '../../../engine/research/sweep/outcome.ts';
import { parameterPaths } from '../../../engine/research/sweep/paths.ts';
import { taskOf } from '../../../engine/research/sweep/plan.ts';
import { Slices } from '../../../engine/research/sweep/slice.ts';
import type { Point } from '../../../engine/research/sweep/space.ts';
import { compileSweep, type SweepSpec, startSampler } from '../../../engine/research/sweep/spec.ts';
import { runTrial, seatsOf, trialConfig } from '../../../engine/research/sweep/trial.ts';
import { holdingReturns } from '../../../engine/research/verdict/search.ts';
import { doubledCosts, lateByOne } from '../../../engine/research/verdict/stress.ts';
import { rowsOfDays, type VerdictInput } from '../../../engine/research/verdict.ts';
import { trialMatrix } from '../../../engine/statistics/trial-matrix.ts';
import momentum from '../../../strategies/momentum.ts';
import smaCross from '../../../strategies/sma-cross.ts';
import { instrumentOf, START_MS } from '../../support/market.ts';
import { configOf, type Partly } from '../../support/run.ts';
import { studentOf4 } from './verdict-market.ts';

const BOOK = new Map([momentum, smaCross].map((strategy) => [strategy.name, strategy]));
const HOURS_A_YEAR = 8760;
const FOLDS = 6;

export interface MarketKind {
  readonly seed: number;
  readonly days?: number;
  /** Annual volatility of the noise. */
  readonly volatility?: number;
  /** Standard deviation of the signal over that of the noise of an hour; 0 = nothing to find. */
  readonly signal?: number;
  /** Hours after which half of a signal is gone. */
  readonly memory?: number;
  /** Annual drift of the market, a fraction. */
  readonly drift?: number;
  /** Noise with the tails of a Student t of 4 degrees of freedom. */
  readonly fatTails?: boolean;
  /** Volatility that comes in spells of weeks. */
  readonly clustered?: boolean;
}

export function plantedPanel(kind: MarketKind): Panel {
  const { seed, days = 730, volatility = 0.6, signal = 0, memory = 48, drift = 0 } = kind;
  const draw = random(seed, 'planted-market');
  const rows = days * 24;
  const sigma = volatility / Math.sqrt(HOURS_A_YEAR);
  const keep = 0.5 ** (1 / memory);
  const fresh = Math.sqrt(1 - keep * keep);
  const candles = candleArrays(rows);
  let price = 1000;
  let s = gaussian(draw);
  let spell = 0;
  const noise = () => (kind.fatTails ? studentOf4(draw) : gaussian(draw));
  for (let i = 0; i < rows; i++) {
    s = keep * s + fresh * gaussian(draw);
    spell = 0.995 * spell + 0.1 * gaussian(draw);
    const scale = kind.clustered ? Math.exp(0.5 * spell - 0.25) : 1;
    const open = price;
    price *= Math.exp(drift / HOURS_A_YEAR + sigma * (signal * s + scale * noise()));
    candles.openMs[i] = START_MS + i * HOUR_MS;
    candles.open[i] = open;
    candles.close[i] = price;
    candles.high[i] = Math.max(open, price) * (1 + 0.2 * sigma * Math.abs(gaussian(draw)));
    candles.low[i] = Math.min(open, price) * (1 - 0.2 * sigma * Math.abs(gaussian(draw)));
    candles.volume[i] = 1e9;
  }
  const instrument = instrumentOf('BTC', { lotSize: 1e-9, tickSize: 1e-6, minNotionalUsd: 0 });
  return buildPanel([{ instrument, candles }], HOUR_MS, 60);
}

export interface PlantedSweep {
  readonly market: MarketKind;
  readonly strategy: 'momentum' | 'sma-cross';
  readonly config?: Partly<Config>;
  readonly spec: SweepSpec;
}

export interface SweptMarket {
  readonly input: VerdictInput;
  readonly outcomes: readonly TrialOutcome[];
  readonly points: readonly Point[];
}

/** Sweeps a made market and gathers what the verdict is asked about. */
export function sweptMarket({ market, strategy, config: given, spec }: PlantedSweep): SweptMarket {
  const panel = plantedPanel(market);
  const config = configOf({
    ...given,
    decision: {
      strategy,
      ...given?.decision,
      risk: { maxPositionFraction: 1, maxExposure: 1, ...given?.decision?.risk },
    },
  });
  const { seats, solo } = seatsOf(config.decision, BOOK);
  const parameters = parameterPaths(seats, solo);
  const sweep = compileSweep(spec, { config, parameters, statistics: STATISTICS });
  const plan = {
    config,
    columns: panel,
    firstRow: 0,
    readCandles: 0,
    strategies: BOOK,
    warmupOf: () => 0,
  };
  const rows: RowRange = { from: 0, to: panel.length };
  const { objectives } = sweep;
  const slices = new Slices(panel);
  const points = startSampler(sweep)
    .propose(sweep.budget)
    .map(({ point }) => point);
  const outcomes = points.map((point, k) =>
    runTrial({ config, slices, strategies: BOOK, objectives }, taskOf(plan, k, point, rows)),
  );
  const value = ({ values }: TrialOutcome) => values[0] ?? Number.NEGATIVE_INFINITY;
  const best = outcomes.reduce((a, b) => (value(b) > value(a) ? b : a));
  const ran = outcomes.filter(hasRun);
  const days = panel.length / 24;
  const matrix = trialMatrix(
    rowsOfDays(
      ran.map((one) => one.dailyReturns),
      days,
    ),
  );
  const stressed = (worsen: (config: Config, intervalMs: number) => Config) => {
    const merged = trialConfig(config, taskOf(plan, 0, points[best.index]!, rows));
    const ground = {
      config: worsen(merged, panel.intervalMs),
      slices,
      strategies: BOOK,
      objectives,
    };
    const outcome = runTrial(ground, { ...taskOf(plan, 0, {}, rows) });
    return rowsOfDays([outcome.dailyReturns], days)[0] ?? null;
  };
  const own = best.dailyReturns!;
  const input: VerdictInput = {
    matrix,
    chosen: ran.indexOf(best),
    trials: outcomes.length,
    observations: own.length,
    benchmark: holdingReturns(panel, rows),
    doubledCosts: stressed(doubledCosts),
    lateByOne: stressed(lateByOne),
    // Shipped strategies, whose cleanliness has tests of its own.
    lookahead: { clean: true, checked: panel.length, what: null },
    worstFold: { depth: worstFold(own), limit: 0.25 },
    seed: market.seed,
    resamples: 500,
  };
  return { input, outcomes, points };
}

/** Deepest fall inside one of six equal spans of days. */
function worstFold(returns: Float64Array): number {
  const length = Math.ceil(returns.length / FOLDS);
  let worst = 0;
  for (let fold = 0; fold < FOLDS; fold++) {
    let worth = 1;
    let peak = 1;
    for (const r of returns.subarray(fold * length, (fold + 1) * length)) {
      worth *= 1 + r;
      peak = Math.max(peak, worth);
      worst = Math.min(worst, worth / peak - 1);
    }
  }
  return worst;
}
