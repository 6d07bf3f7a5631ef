// Patterns: remembered trades put together by what their markets looked like, with what came of them.
//
//   trade, oldest first  ->  the nearest pattern of its side within REACH, or a new one  ->  patterns
//
// Leader clustering (Hartigan, Clustering Algorithms, 1975): one pass, no draw, the same trades in the
// same order give the same patterns. A pattern's state is the mean of its trades' states.

import { STATE_SIZE } from '../../market/state.ts';
import { shrunk } from '../../statistics/shrinkage.ts';
import type { Remembered } from '../memory.ts';
import { marketWords } from './words.ts';

/** Mean squared difference of two states, up to which they are one pattern. */
const REACH = 1;
/** Patterns with fewer trades say nothing, and are left out. */
const FEWEST = 5;
/** How many are told: those with the most trades. */
const MOST = 12;
const COIN = 0.5;

export interface Pattern {
  readonly side: 1 | -1;
  /** `falling, trending, wild volatility, heavy volume`. */
  readonly words: string;
  readonly trades: number;
  readonly wins: number;
  /** Shrunk towards how often all remembered trades win; see statistics/shrinkage.ts. */
  readonly winRate: number;
  /** Mean return on notional. */
  readonly expectancy: number;
  /** As in market/state.ts. */
  readonly state: readonly number[];
}

interface Cluster {
  readonly side: 1 | -1;
  readonly sum: number[];
  trades: number;
  wins: number;
  returns: number;
}

/** Patterns by number of trades, the most first; those as many in order of their first trade. */
export function patternsOf(trades: readonly Remembered[], priorTrades: number): Pattern[] {
  const clusters: Cluster[] = [];
  let wins = 0;
  for (const { side, state, returnFraction } of trades) {
    const cluster = nearest(clusters, side, state) ?? {
      ...{ side, sum: new Array<number>(STATE_SIZE).fill(0), trades: 0, wins: 0, returns: 0 },
    };
    if (cluster.trades === 0) clusters.push(cluster);
    for (let d = 0; d < STATE_SIZE; d++) cluster.sum[d]! += state[d]!;
    cluster.trades++;
    cluster.returns += returnFraction;
    if (returnFraction <= 0) continue;
    cluster.wins++;
    wins++;
  }
  const usual = shrunk(wins, trades.length, COIN, priorTrades);
  return clusters
    .filter((one) => one.trades >= FEWEST)
    .sort((a, b) => b.trades - a.trades)
    .slice(0, MOST)
    .map(({ side, sum, trades: count, wins: won, returns }) => {
      const state = sum.map((x) => x / count);
      return {
        ...{ side, words: marketWords(state), trades: count, wins: won, state },
        winRate: shrunk(won, count, usual, priorTrades),
        expectancy: returns / count,
      };
    });
}

function nearest(
  clusters: readonly Cluster[],
  side: 1 | -1,
  state: readonly number[],
): Cluster | undefined {
  let best: Cluster | undefined;
  let bestSquare = REACH;
  for (const one of clusters) {
    if (one.side !== side) continue;
    let square = 0;
    for (let d = 0; d < STATE_SIZE; d++) {
      square += (one.sum[d]! / one.trades - state[d]!) ** 2 / STATE_SIZE;
    }
    if (square > bestSquare) continue;
    if (square < bestSquare || best === undefined) best = one;
    bestSquare = square;
  }
  return best;
}
