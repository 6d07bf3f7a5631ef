// Candles of a finer interval inside those of the panel.

import type { Panel } from '../market/panel.ts';

/** Shortest distance between two finer candles of any leg: their interval. */
export function finerInterval({ legs, intervalMs }: Panel): number {
  let shortest = intervalMs;
  for (const { finer } of legs) {
    if (finer === null) continue;
    const { openMs } = finer;
    for (let k = 1; k < openMs.length; k++) {
      shortest = Math.min(shortest, openMs[k]! - openMs[k - 1]!);
    }
  }
  return shortest;
}
