// What each agent adds: a sweep over weights that are on or 0 is a table of subsets, and every two trials
// that differ in nothing but one agent's weight are a pair with it and without it.
//
//   days of all trials with it, averaged  -  days of all trials without it, averaged     over all pairs
//
// The mean over all subsets of the others is the Banzhaf value (1965); beside it stands what the agent adds
// where all others are on, which is what is lost by leaving it out. Both are resampled by days, paired, so
// that the market cancels. An agent with weight 0 still listens, and may still veto.

import { type PairedDifference, pairedDifference } from '../../statistics/paired-difference.ts';
import { type TrialMatrix, trialOf } from '../../statistics/trial-matrix.ts';
import type { TrialRow } from './outcome.ts';

export interface Contribution {
  readonly agent: string;
  /** Pairs of trials that differ in its weight alone. */
  readonly pairs: number;
  /** With it less without it, the mean of all pairs. */
  readonly mean: PairedDifference;
  /** The same where every other agent that is swept is on; null where there is no such pair. */
  readonly beside: PairedDifference | null;
}

const RESAMPLING = Object.freeze({ resamples: 2000, seed: 1 });
const WEIGHT = /^(?:decision\.)?agents\.([a-z0-9-]+)\.weight$/;

type Trial = Pick<TrialRow, 'index' | 'status' | 'fraction' | 'point'>;

/**
 * One for each agent whose weight was both 0 and above; trial k of `returns` is that of index k, days of
 * ruin and after count as 0. Empty where no weight was taken away.
 */
export function contributionsOf(rows: readonly Trial[], returns: TrialMatrix): Contribution[] {
  const most = rows.reduce((top, { fraction }) => Math.max(top, fraction), 0);
  const done = rows.filter(({ status, fraction }) => status === 'done' && fraction === most);
  const paths = [...new Set(done.flatMap(({ point }) => Object.keys(point)))];
  const weights = paths.filter((path) => WEIGHT.test(path));
  return weights.flatMap((path): Contribution[] => {
    const pairs = pairsOf(done, path);
    if (pairs.length === 0) return [];
    const others = weights.filter((one) => one !== path);
    const full = pairs.filter(([on]) => others.every((one) => Number(on.point[one]) > 0));
    return [
      {
        agent: WEIGHT.exec(path)![1]!,
        pairs: pairs.length,
        mean: differenceOf(pairs, returns),
        beside: full.length === 0 ? null : differenceOf(full, returns),
      },
    ];
  });
}

type Pair = readonly [on: Trial, off: Trial];

/** Trials that are the same but for a weight that is above 0 in one and 0 in the other. */
function pairsOf(rows: readonly Trial[], path: string): Pair[] {
  const groups = new Map<string, Trial[]>();
  for (const row of rows) {
    const others = Object.entries(row.point).filter(([name]) => name !== path);
    const key = JSON.stringify(others.sort(([a], [b]) => (a < b ? -1 : 1)));
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return [...groups.values()].flatMap((group) => {
    const off = group.filter(({ point }) => point[path] === 0);
    const on = group.filter(({ point }) => Number(point[path]) > 0);
    return on.flatMap((one) => off.map((other): Pair => [one, other]));
  });
}

function differenceOf(pairs: readonly Pair[], returns: TrialMatrix): PairedDifference {
  const mean = (side: 0 | 1) => {
    const days = new Float64Array(returns.rows);
    for (const pair of pairs) {
      const own = trialOf(returns, pair[side].index);
      for (let t = 0; t < days.length; t++) days[t]! += (own[t]! || 0) / pairs.length;
    }
    return days;
  };
  return pairedDifference(mean(0), mean(1), RESAMPLING);
}
