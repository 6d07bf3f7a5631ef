// Two runs day by day: the returns of the days that both have, and what resampling them says.

import { DAY_MS } from '../../engine/interval.ts';
import type { RunResult } from '../../engine/research/result.ts';
import {
  type PairedDifference,
  pairedDifference,
} from '../../engine/statistics/paired-difference.ts';
import { dailyReturns } from '../../engine/statistics/returns.ts';

/** Enough that the second digit of a p-value stands; the seed makes the page the same every time. */
export const RESAMPLING = Object.freeze({ resamples: 2000, seed: 1 });

/** Returns of UTC days; `firstDay` counts days since 1970, the first and last may be unfinished. */
export interface DailyReturns {
  readonly firstDay: number;
  readonly returns: Float64Array;
  readonly fromMs: number;
  readonly toMs: number;
}

export function dailyReturnsOf({ equity, facts }: RunResult): DailyReturns {
  const { closeMs, equityUsd, length } = equity;
  const firstDay = length === 0 ? 0 : Math.ceil(closeMs[0]! / DAY_MS) - 1;
  const returns = dailyReturns(closeMs, equityUsd, length, facts.cashUsd);
  const { fromMs, toMs } = facts.data;
  return { firstDay, returns, fromMs, toMs };
}

export interface Pairing {
  /** First and last common UTC day, as the ms of their midnights; null without one. */
  readonly daysMs: readonly [number, number] | null;
  /** How far the second is ahead of the first. */
  readonly difference: PairedDifference;
  /** The returns of all common days are equal. */
  readonly isEqual: boolean;
}

/** `other` against `base` on their common days; a day that only one of them has whole is left out. */
export function pairingOf(base: DailyReturns, other: DailyReturns): Pairing {
  const both = [base, other];
  const isWhole = base.fromMs === other.fromMs ? Math.floor : Math.ceil;
  const starts = both.map(({ firstDay, fromMs }) => Math.max(firstDay, isWhole(fromMs / DAY_MS)));
  const isEnd = base.toMs === other.toMs ? Math.ceil : Math.floor;
  const ends = both.map(({ firstDay, returns, toMs }) =>
    Math.min(firstDay + returns.length, isEnd(toMs / DAY_MS)),
  );
  const from = Math.max(...starts);
  const to = Math.max(from, Math.min(...ends));
  const cut = ({ firstDay, returns }: DailyReturns) =>
    returns.slice(from - firstDay, to - firstDay);
  const [before, after] = [cut(base), cut(other)];
  return {
    daysMs: to > from ? [from * DAY_MS, (to - 1) * DAY_MS] : null,
    difference: pairedDifference(after, before, RESAMPLING),
    isEqual: to > from && after.every((value, t) => value === before[t]),
  };
}
