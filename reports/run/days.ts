// The run by UTC days and by rows of its account: what returns, exposure and turnover are drawn from.
// Positions follow from fills, notional from closes: nothing here is in the result already.

import { DAY_MS } from '../../engine/interval.ts';
import type { RunResult } from '../../engine/research/result.ts';
import { dailyReturns } from '../../engine/statistics/returns.ts';

/** One number a UTC day, from the first close of the run on. */
export interface Days {
  readonly length: number;
  /** Midnight at which each day ends, UTC ms. */
  readonly endMs: Float64Array;
  /** Fractions; ends with the day of ruin. */
  readonly returns: Float64Array;
  /** Notional traded, USD, over the equity that the day began with. */
  readonly turnover: Float64Array;
}

/** The account at each close, as fractions of equity; NaN where equity is not above 0. */
export interface Exposure {
  readonly long: Float64Array;
  /** <= 0. */
  readonly short: Float64Array;
  /** Of long and short together: leverage. */
  readonly mostGross: number;
  readonly meanGross: number;
}

export function daysOf({ equity, fills, facts }: RunResult): Days {
  const { closeMs, equityUsd, length } = equity;
  const returns = dailyReturns(closeMs, equityUsd, length, facts.cashUsd);
  const first = length === 0 ? 0 : dayOf(closeMs[0]!);
  const endMs = returns.map((_, day) => (first + day + 1) * DAY_MS);
  const beganWith = new Float64Array(returns.length);
  let equityNow = facts.cashUsd;
  for (let day = 0; day < returns.length; day++) {
    beganWith[day] = equityNow;
    equityNow *= 1 + returns[day]!;
  }
  const turnover = new Float64Array(returns.length);
  for (let k = 0; k < fills.length; k++) {
    const day = dayOf(closeMs[fills.row[k]!] ?? Number.NaN) - first;
    if (day >= 0 && day < returns.length)
      turnover[day]! += Math.abs(fills.qty[k]! * fills.price[k]!);
  }
  for (let day = 0; day < returns.length; day++) turnover[day]! /= beganWith[day]!;
  return { length: returns.length, endMs, returns, turnover };
}

/** Days since 1970 of the UTC day that a close belongs to; one at midnight ends a day. */
function dayOf(closeMs: number): number {
  return Math.ceil(closeMs / DAY_MS) - 1;
}

export function exposureOf({ equity, fills, prices }: RunResult): Exposure {
  const { length, equityUsd } = equity;
  const long = new Float64Array(length);
  const short = new Float64Array(length);
  const held = new Float64Array(prices.length);
  const last = new Float64Array(prices.length);
  const closes = prices.map(({ close }) => close);
  let [next, open, most, sum, counted] = [0, 0, 0, 0, 0];
  for (let row = 0; row < length; row++) {
    for (; next < fills.length && fills.row[next]! <= row; next++) {
      const leg = fills.leg[next]!;
      if (!(leg < held.length)) continue;
      if (held[leg] !== 0) open--;
      const qty = held[leg]! + fills.qty[next]!;
      // Lots are exact; sums of their doubles nearly are.
      held[leg] = Math.abs(qty) < 1e-9 * Math.abs(fills.qty[next]!) ? 0 : qty;
      if (held[leg] !== 0) open++;
      last[leg] = fills.price[next]!;
    }
    if (open === 0) {
      counted++;
      continue;
    }
    let [up, down] = [0, 0];
    for (let leg = 0; leg < held.length; leg++) {
      const close = closes[leg]![row]!;
      if (close === close) last[leg] = close;
      const usd = held[leg]! * last[leg]!;
      if (usd > 0) up += usd;
      else down -= usd;
    }
    const own = equityUsd[row]!;
    const all = own > 0 ? (up + down) / own : Number.NaN;
    long[row] = own > 0 ? up / own : Number.NaN;
    short[row] = own > 0 ? -down / own : Number.NaN;
    if (all > most) most = all;
    if (all === all) {
      sum += all;
      counted++;
    }
  }
  return { long, short, mostGross: most, meanGross: counted > 0 ? sum / counted : 0 };
}
