// Performance of one run: the numbers a trader reads first. Formulas and sources beside each field.

import type { Column } from '../market/column.ts';
import type { Trade } from '../portfolio/trade.ts';

/** Fractions unless named otherwise; null = not defined for this run (too short, no trades). */
export interface Statistics {
  readonly finalEquityUsd: number;
  readonly peakEquityUsd: number;
  readonly totalReturn: number;
  /** (E1/E0)^(year/duration) - 1; null under a day. */
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
  /** Longest time below a peak, ms. */
  readonly maxDrawdownMs: number;
  readonly days: number;
  /** P(true Sharpe > 0), Bailey & Lopez de Prado 2012, on UTC-day returns; null when undefined. */
  readonly probabilisticSharpe: number | null;
  readonly trades: number;
  readonly winRate: number | null;
  /** Gross wins over gross losses; null without losses. */
  readonly profitFactor: number | null;
  /** Mean P&L of a closed trade, USD. */
  readonly expectancyUsd: number | null;
  readonly averageWinUsd: number | null;
  readonly averageLossUsd: number | null;
  /** Share of rows with any position open. */
  readonly exposureTime: number;
  /** Traded notional over mean equity. */
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
  readonly trades: readonly Trade[];
  readonly rowsInMarket: number;
  readonly tradedNotionalUsd: number;
  readonly feesUsd: number;
  readonly slippageUsd: number;
  readonly fundingUsd: number;
}

/** Computes every statistic. One pass over equity, one over trades. */
export function performance(_input: PerformanceInput): Statistics {
  throw new Error('being written');
}
