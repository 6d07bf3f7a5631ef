// The run's own trades dealt again: drawn anew (another end), and in another order (another way there).

import type { Column } from '../../market/column.ts';
import type { Trade } from '../../portfolio/trade.ts';
import { resampleTrades } from '../../statistics/trade-resampling.ts';
import { type Spread, spreadOf } from './spread.ts';

export interface DealtTrades {
  readonly trades: number;
  /** As many trades, drawn with replacement. */
  readonly drawn: readonly Spread[];
  /** Every trade once, in another order; the end is the same. */
  readonly shuffled: readonly Spread[];
}

/** What each closed trade did to the account: its P&L over the equity before its entry, in order of exit. */
export function tradeReturns(
  trades: readonly Trade[],
  closeMs: Column,
  equityUsd: Column,
  length: number,
  cashUsd: number,
): Float64Array {
  const closed = trades
    .filter(({ exitReason }) => exitReason !== 'open')
    .sort((a, b) => a.exitMs - b.exitMs);
  return Float64Array.from(closed, ({ entryMs, pnlUsd }) => {
    let low = 0;
    let high = length;
    // The first close after the entry.
    while (low < high) {
      const middle = (low + high) >> 1;
      if (closeMs[middle]! > entryMs) high = middle;
      else low = middle + 1;
    }
    return pnlUsd / (low === 0 ? cashUsd : equityUsd[low - 1]!);
  });
}

/** Deals trades `count` times in both ways. */
export function dealTrades(returns: Float64Array, count: number, seed: number): DealtTrades {
  const settings = { resamples: count, seed };
  const drawn = resampleTrades(returns, { ...settings, method: 'bootstrap' });
  const shuffled = resampleTrades(returns, { ...settings, method: 'permutation' });
  const fall = (one: typeof drawn) =>
    spreadOf('maxDrawdown', one.actual.maxDrawdown, [...one.maxDrawdown]);
  const end = spreadOf(
    'totalReturn',
    drawn.actual.growth - 1,
    Array.from(drawn.growth, (growth) => growth - 1),
  );
  const known = (spreads: readonly (Spread | null)[]) => spreads.filter((one) => one !== null);
  if (returns.length === 0) return { trades: 0, drawn: [], shuffled: [] };
  return {
    trades: returns.length,
    drawn: known([end, fall(drawn)]),
    shuffled: known([fall(shuffled)]),
  };
}
