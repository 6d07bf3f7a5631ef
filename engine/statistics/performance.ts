// Performance of one run: the numbers a trader reads first. Formulas and sources beside each field.
//
//   equity at closes --> drawdown, CAGR, turnover        (every row)
//                    --> returns of UTC days --> ratios  (a few hundred numbers)
//   trades           --> win rate, profit factor, expectancy
//
// What cannot be computed is null: no NaN and no infinity leaves this file. An account that is used
// up (equity <= 0) has a CAGR of -1 if it ends so, and ratios from the days up to that day.

import { assert } from '../errors.ts';
import { DAY_MS, YEAR_MS } from '../interval.ts';
import type { Column } from '../market/column.ts';
import type { Trade } from '../portfolio/trade.ts';
import { drawdown } from './drawdown.ts';
import { moments } from './moments.ts';
import { probabilisticSharpe2012 } from './probabilistic-sharpe.ts';
import { cagr, calmar, finite, sharpe, sortino, tailRatio, volatility } from './ratios.ts';
import { DAYS_PER_YEAR, dailyReturns } from './returns.ts';
import { pnlStatistics, tradeStatistics } from './trade-statistics.ts';

/** Fractions unless named otherwise; null = not defined for this run (too short, no trades). */
export interface Statistics {
  readonly finalEquityUsd: number;
  readonly peakEquityUsd: number;
  readonly totalReturn: number;
  /** (E1/E0)^(year/duration) - 1; null under a day, -1 when nothing is left. */
  readonly cagr: number | null;
  /** Of UTC-day returns, sample sd x sqrt(365). */
  readonly volatility: number | null;
  /** mean/sd(ddof 1) of UTC-day returns x sqrt(365), risk-free 0. */
  readonly sharpe: number | null;
  /** mean x 365 / (sqrt(mean(min(r,0)^2)) x sqrt(365)), divided by ALL days. */
  readonly sortino: number | null;
  /** cagr / |maxDrawdown|. */
  readonly calmar: number | null;
  /** Deepest fall of equity below its running peak (start included), <= 0, over every row. */
  readonly maxDrawdown: number;
  /** Deepest fall in USD, >= 0; it need not be the same fall. */
  readonly maxDrawdownUsd: number;
  /** Longest time below a peak, ms. */
  readonly maxDrawdownMs: number;
  /** |95 % quantile| over |5 % quantile| of UTC-day returns: above 1 good days are larger than bad ones. */
  readonly tailRatio: number | null;
  /** UTC-day returns behind the ratios, unfinished days included; ends with the day of ruin. */
  readonly days: number;
  /** P(true Sharpe > 0), Bailey & Lopez de Prado 2012, on UTC-day returns; null when undefined. */
  readonly probabilisticSharpe: number | null;
  /** Closed trades; what is still open is in the equity. */
  readonly trades: number;
  /** Wins over closed trades. */
  readonly winRate: number | null;
  /** Gross wins over gross losses; null without losses. */
  readonly profitFactor: number | null;
  /** Mean P&L of a closed trade, USD. */
  readonly expectancyUsd: number | null;
  readonly averageWinUsd: number | null;
  /** Below zero. */
  readonly averageLossUsd: number | null;
  /** Van Tharp's system quality number of the closed trades: trade-statistics.ts. */
  readonly systemQuality: number | null;
  /** Share of rows with any position open. */
  readonly exposureTime: number;
  /** Traded notional over mean equity (over the starting cash when that mean is not positive). */
  readonly turnover: number;
  readonly feesUsd: number;
  readonly slippageUsd: number;
  readonly fundingUsd: number;
}

export interface PerformanceInput {
  readonly closeMs: Column;
  readonly equityUsd: Column;
  readonly length: number;
  readonly cashUsd: number;
  /** Closed trades, or the P&L of each and nothing else. */
  readonly trades: readonly Trade[] | Float64Array;
  /** Length of a candle, ms, where the caller has it: see `candleMs`. */
  readonly candleMs?: number;
  readonly rowsInMarket: number;
  readonly tradedNotionalUsd: number;
  readonly feesUsd: number;
  readonly slippageUsd: number;
  readonly fundingUsd: number;
}

/**
 * Computes every statistic: a few plain passes over equity, one over trades, nothing allocated per
 * row. Throws InvariantError when cash is not positive or an equity value or P&L is not finite:
 * the loop has checked them, so such a value is a defect and no number to report.
 */
export function performance(input: PerformanceInput): Statistics {
  const { closeMs, equityUsd, length, cashUsd } = input;
  assert(cashUsd > 0 && Number.isFinite(cashUsd), `cash must be above 0, was ${cashUsd}`);
  const finalEquityUsd = length === 0 ? cashUsd : equityUsd[length - 1]!;
  const durationMs = durationOf(closeMs, length, input.candleMs);
  const startMs = length === 0 ? 0 : closeMs[length - 1]! - durationMs;
  const fall = drawdown(closeMs, equityUsd, length, cashUsd, startMs);
  checkFinite(fall.sumUsd, equityUsd, length);
  const meanEquityUsd = length === 0 ? cashUsd : fall.sumUsd / length;
  const growth = finalEquityUsd / cashUsd;
  const yearly = durationMs < DAY_MS ? null : cagr(growth, durationMs / YEAR_MS);

  const returns = dailyReturns(closeMs, equityUsd, length, cashUsd);
  const trades =
    input.trades instanceof Float64Array
      ? pnlStatistics(input.trades)
      : tradeStatistics(input.trades);
  assert(
    trades.trades === 0 || trades.expectancyUsd !== null,
    'the P&L of every closed trade is finite',
  );

  const statistics: Statistics = {
    finalEquityUsd,
    peakEquityUsd: fall.peakUsd,
    totalReturn: growth - 1,
    cagr: yearly,
    volatility: volatility(returns, DAYS_PER_YEAR),
    sharpe: sharpe(returns, DAYS_PER_YEAR),
    sortino: sortino(returns, DAYS_PER_YEAR),
    calmar: calmar(yearly, fall.depth),
    maxDrawdown: fall.depth,
    maxDrawdownUsd: fall.fallUsd,
    maxDrawdownMs: fall.longestMs,
    tailRatio: tailRatio(returns),
    days: returns.length,
    probabilisticSharpe: probabilityOfSkill(returns),
    ...trades,
    exposureTime: length === 0 ? 0 : input.rowsInMarket / length,
    turnover: turnover(input.tradedNotionalUsd, meanEquityUsd, cashUsd),
    feesUsd: input.feesUsd,
    slippageUsd: input.slippageUsd,
    fundingUsd: input.fundingUsd,
  };
  for (const [key, value] of Object.entries(statistics)) {
    assert(value === null || Number.isFinite(value), `${key} must be finite, was ${value}`);
  }
  return statistics;
}

/** One look at the sum finds a NaN or an infinity anywhere in the column. */
function checkFinite(sumUsd: number, equityUsd: Column, length: number): void {
  if (Number.isFinite(sumUsd)) return;
  let row = 0;
  while (row < length - 1 && Number.isFinite(equityUsd[row]!)) row++;
  assert(false, `equity must be finite, was ${equityUsd[row]} at row ${row}`);
}

/** From the open of the first row to the close of the last, ms; 0 without rows. `stepMs`: candleMs. */
export function durationOf(closeMs: Column, length: number, stepMs?: number): number {
  if (length === 0) return 0;
  return closeMs[length - 1]! - closeMs[0]! + (stepMs ?? candleMs(closeMs, length));
}

/** Length of a candle: the smallest step between closes (larger ones are holes); 0 for one row. */
export function candleMs(closeMs: Column, length: number): number {
  let smallest = Number.POSITIVE_INFINITY;
  for (let row = 1; row < length; row++) {
    const step = closeMs[row]! - closeMs[row - 1]!;
    if (step < smallest) smallest = step;
  }
  return length < 2 ? 0 : smallest;
}

function probabilityOfSkill(returns: Column): number | null {
  const sample = moments(returns);
  if (sample === null || sample.skewness === null || sample.kurtosis === null) return null;
  return probabilisticSharpe2012({
    sharpe: sample.mean / sample.sd,
    count: sample.count,
    skewness: sample.skewness,
    kurtosis: sample.kurtosis,
  });
}

function turnover(notionalUsd: number, meanEquityUsd: number, cashUsd: number): number {
  const ofMean = meanEquityUsd > 0 ? finite(notionalUsd / meanEquityUsd) : null;
  return ofMean ?? notionalUsd / cashUsd;
}
