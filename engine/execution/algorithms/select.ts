// Which algorithm works a parent, by how large it is against recent volume.
//
//   price target                        sniper
//   share <= smallShare                 market
//   share >= largeShare, or unknown     iceberg
//   between, volatile or unknown        twap     (time is the risk: spread evenly, do not wait)
//   between, calm                       vwap
//
// What is unknown (NaN) counts as the harder case: thin volume, volatile price.

import type { Problem } from '../../errors.ts';
import type { AlgorithmName } from './list.ts';

export interface SelectionSettings {
  /** Up to this share of recent volume an order is small, 0 to 1. */
  readonly smallShare: number;
  /** From this share on it is large, above `smallShare`, to 1. */
  readonly largeShare: number;
  /** From this volatility on the market is volatile; in the unit of the volatility given. */
  readonly volatilityThreshold: number;
}

export interface SelectionFacts {
  /** Parent quantity over recent volume; NaN = unknown. */
  readonly shareOfVolume: number;
  /** NaN = unknown. */
  readonly volatility: number;
  /** NaN = none. */
  readonly targetPrice: number;
  readonly config: SelectionSettings;
}

/** The cell of the matrix above. */
export function selectAlgorithm(facts: SelectionFacts): AlgorithmName {
  const { shareOfVolume, volatility, targetPrice, config } = facts;
  if (!Number.isNaN(targetPrice)) return 'sniper';
  if (shareOfVolume <= config.smallShare) return 'market';
  if (!(shareOfVolume < config.largeShare)) return 'iceberg';
  return volatility < config.volatilityThreshold ? 'vwap' : 'twap';
}

/** Problems of a matrix whose rows overlap or lie outside 0 to 1. */
export function checkSelection(config: SelectionSettings, key = 'execution.select'): Problem[] {
  const { smallShare, largeShare, volatilityThreshold } = config;
  const problems: Problem[] = [];
  if (!(smallShare >= 0 && smallShare <= 1)) {
    problems.push({ key: `${key}.smallShare`, rule: 'must be 0 to 1', value: smallShare });
  }
  if (!(largeShare > smallShare && largeShare <= 1)) {
    const rule = 'must be above smallShare, to 1';
    problems.push({ key: `${key}.largeShare`, rule, value: largeShare });
  }
  if (!(volatilityThreshold >= 0)) {
    const rule = 'must be at least 0';
    problems.push({ key: `${key}.volatilityThreshold`, rule, value: volatilityThreshold });
  }
  return problems;
}
