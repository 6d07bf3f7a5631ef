// What a run's trades say of their size: how large the same trades would have had to be for the account to
// grow fastest, and how fast it grows at other sizes. Kelly 1956; Thorp, The Kelly Criterion in Blackjack,
// Sports Betting, and the Stock Market (2006).
//
//   trades as a bet with two outcomes   +gain with probability p, else -loss        (their means)
//   multiple of the sizes traded        p / loss - (1 - p) / gain                   1 = as they were
//   growth of one trade at multiple m   p log(1 + m gain) + (1 - p) log(1 - m loss)
//
// It is what HAS been, and the answer of a search: an edge that is half as large makes full Kelly twice
// Kelly, at which nothing grows. So half of it is shown beside it, and never more than what was found.

import type { Column } from '../../market/column.ts';
import { kellyContinuous, kellyGainLoss, logGrowth } from '../../risk/kelly.ts';
import { moments } from '../../statistics/moments.ts';

/** Growth of the account at a multiple of the sizes traded. */
export interface SizedGrowth {
  readonly multiple: number;
  /** Expected growth of one trade, a fraction; -1 = ruin is certain some day. */
  readonly growth: number;
}

export interface TradeSizes {
  /** Share of trades that gained. */
  readonly winRate: number;
  /** Mean gain and mean loss of a trade over equity, fractions above 0. */
  readonly gain: number;
  readonly loss: number;
  /** Kelly as a multiple of the sizes traded; at or below 0 there was no edge to bet on. */
  readonly kelly: number;
  /** The same from mean and variance of all trades alone; NaN where they do not vary. */
  readonly kellyContinuous: number;
  /** At the sizes traded, and at half, full and twice Kelly where there is an edge. */
  readonly growths: readonly SizedGrowth[];
}

/**
 * Sizes of trades by what each did to the account (fractions of equity). Null without a gain and a loss,
 * or where a value is not finite: without a loss no size is too large, which is no answer.
 */
export function sizesOf(returns: Column): TradeSizes | null {
  const sample = moments(returns);
  if (sample === null || !Number.isFinite(sample.mean)) return null;
  let [wins, won, lost] = [0, 0, 0];
  for (let k = 0; k < returns.length; k++) {
    if (returns[k]! > 0) {
      wins++;
      won += returns[k]!;
    } else lost -= returns[k]!;
  }
  if (wins === 0 || lost === 0) return null;
  const winRate = wins / returns.length;
  const gain = won / wins;
  const loss = lost / (returns.length - wins);
  const kelly = kellyGainLoss(winRate, gain, loss);
  const multiples = kelly > 0 ? [1, kelly / 2, kelly, 2 * kelly] : [1];
  return {
    winRate,
    gain,
    loss,
    kelly,
    kellyContinuous: sample.sd > 0 ? kellyContinuous(sample.mean, 0, sample.sd) : Number.NaN,
    growths: multiples.map((multiple) => ({ multiple, growth: growthAt(multiple) })),
  };

  /** The stake of the bet is what a loss takes; all of it or more is ruin. */
  function growthAt(multiple: number): number {
    const stake = multiple * loss;
    return stake < 1 ? Math.expm1(logGrowth(winRate, gain / loss, stake)) : -1;
  }
}
