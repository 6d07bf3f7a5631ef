// Statistics of round trips, by P&L in USD after all costs. Only closed trades count: what is still
// open has a mark, not a result, and is in the equity. A trade that made exactly nothing is neither
// a win nor a loss, and counts in the number.

import type { Column } from '../market/column.ts';
import type { Trade } from '../portfolio/trade.ts';
import { finite } from './ratios.ts';

export interface TradeStatistics {
  /** Closed trades. */
  readonly trades: number;
  /** Wins over closed trades. */
  readonly winRate: number | null;
  /** Gross wins over gross losses, of USD (backtesting.py takes it of returns); 0 without wins. */
  readonly profitFactor: number | null;
  readonly expectancyUsd: number | null;
  readonly averageWinUsd: number | null;
  /** Below zero. */
  readonly averageLossUsd: number | null;
  /** sqrt(n) x mean / sd (n - 1) of P&L; null without two trades that differ. */
  readonly systemQuality: number | null;
}

/** One pass, in the order of the list; null where there is nothing to divide by. */
export function tradeStatistics(list: readonly Trade[]): TradeStatistics {
  return pnlStatistics(
    list.filter(({ exitReason }) => exitReason !== 'open').map(({ pnlUsd }) => pnlUsd),
  );
}

/** The same of the P&L of closed trades alone, USD. */
export function pnlStatistics(pnlUsd: Column): TradeStatistics {
  const trades = pnlUsd.length;
  let wins = 0;
  let losses = 0;
  let wonUsd = 0;
  let lostUsd = 0;
  for (let k = 0; k < trades; k++) {
    const pnl = pnlUsd[k]!;
    if (pnl > 0) {
      wins++;
      wonUsd += pnl;
    } else if (pnl !== 0) {
      // A NaN lands here and spoils the sum, instead of passing for a trade that made nothing.
      losses++;
      lostUsd += pnl;
    }
  }
  return {
    trades,
    winRate: finite(wins / trades),
    profitFactor: losses === 0 ? null : finite(wonUsd / -lostUsd),
    expectancyUsd: finite((wonUsd + lostUsd) / trades),
    averageWinUsd: finite(wonUsd / wins),
    averageLossUsd: finite(lostUsd / losses),
    systemQuality: qualityOf(pnlUsd, (wonUsd + lostUsd) / trades),
  };
}

/**
 * Van Tharp's system quality number (Trade Your Way to Financial Freedom, 2007). He counts no more than a
 * hundred trades; all are counted here, as in backtesting.py, so compare systems of about as many.
 */
function qualityOf(pnlUsd: Column, mean: number): number | null {
  const trades = pnlUsd.length;
  let squares = 0;
  for (let k = 0; k < trades; k++) squares += (pnlUsd[k]! - mean) ** 2;
  const sd = Math.sqrt(squares / (trades - 1));
  // Trades that all made the same have no spread but that of rounding.
  if (!(sd > 1e-12 * Math.abs(mean))) return null;
  return finite((Math.sqrt(trades) * mean) / sd);
}
