// A run as a row of UTC days that can be dealt again: what each day did to the account, how low and
// high it stood inside the day, and the trades that closed on it. Days put back in their own order
// give the run's own return, drawdown and trade statistics.
//
//   day   low |----- open ====== close ---| high      fall: deepest inside the day, peak to low

import { YEAR_MS } from '../interval.ts';
import type { Column } from '../market/column.ts';
import type { Trade } from '../portfolio/trade.ts';
import { dailyReturns, dayOf } from './returns.ts';

/** One entry a day; `low` and `high` are fractions of the equity that the day began with. */
export interface DayHistory {
  readonly returns: Float64Array;
  readonly low: Float64Array;
  readonly high: Float64Array;
  /** Deepest fall below a peak of the same day, <= 0. */
  readonly fall: Float64Array;
  /** Trades that closed on the day: how many, how many of them won, and USD won and lost (<= 0). */
  readonly trades: Float64Array;
  readonly wins: Float64Array;
  readonly wonUsd: Float64Array;
  readonly lostUsd: Float64Array;
  /** Length of the whole in years of 365 days: unfinished days count with their part. */
  readonly years: number;
}

export interface HistoryInput {
  readonly closeMs: Column;
  readonly equityUsd: Column;
  readonly length: number;
  readonly cashUsd: number;
  /** Closed ones, and open ones, which do not count. */
  readonly trades: readonly Trade[];
  /** Of all rows, ms. */
  readonly durationMs: number;
}

/** Days of a run, up to the day of ruin; a trade closed outside of them counts to the nearest. */
export function dayHistory(input: HistoryInput): DayHistory {
  const { closeMs, equityUsd, length, cashUsd, durationMs } = input;
  const history = historyOf(
    dailyReturns(closeMs, equityUsd, length, cashUsd),
    durationMs / YEAR_MS,
  );
  const { low, high, fall, trades, wins, wonUsd, lostUsd } = history;
  const days = low.length;
  if (days === 0) return history;
  const first = dayOf(closeMs[0]!);
  let day = -1;
  let before = cashUsd;
  let peak = cashUsd;
  for (let row = 0; row < length; row++) {
    const equity = equityUsd[row]!;
    const own = dayOf(closeMs[row]!) - first;
    if (own >= days) break;
    if (own !== day) {
      if (row > 0) before = equityUsd[row - 1]!;
      day = own;
      peak = before;
      low[day] = 1;
      high[day] = 1;
    }
    const ratio = equity / before;
    if (ratio < low[day]!) low[day] = ratio;
    if (ratio > high[day]!) high[day] = ratio;
    if (equity >= peak) peak = equity;
    else if (equity / peak - 1 < fall[day]!) fall[day] = equity / peak - 1;
  }
  for (const { exitReason, exitMs, pnlUsd } of input.trades) {
    if (exitReason === 'open') continue;
    const at = Math.min(days - 1, Math.max(0, dayOf(exitMs) - first));
    trades[at]!++;
    if (pnlUsd > 0) {
      wins[at]!++;
      wonUsd[at]! += pnlUsd;
    } else lostUsd[at]! += pnlUsd;
  }
  return history;
}

/** Days of which nothing but their returns is known. */
export function historyOf(returns: Float64Array, years: number): DayHistory {
  const column = () => new Float64Array(returns.length);
  return {
    returns,
    low: returns.map((r) => Math.min(1, 1 + r)),
    high: returns.map((r) => Math.max(1, 1 + r)),
    fall: returns.map((r) => Math.min(0, r)),
    trades: column(),
    wins: column(),
    wonUsd: column(),
    lostUsd: column(),
    years,
  };
}
