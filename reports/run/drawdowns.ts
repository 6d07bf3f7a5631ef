// Falls of equity below its running peak, one by one: when they began, how deep, how long.

import type { RunResult } from '../../engine/research/result.ts';

export interface Fall {
  /** Close of the last row at the peak; the start of the run when it fell at once. */
  readonly peakMs: number;
  readonly troughMs: number;
  /** Close at which the peak was reached again; null = not yet. */
  readonly recoveredMs: number | null;
  /** < 0. */
  readonly depth: number;
}

/** The deepest falls, deepest first; like drawdown.ts, seen at closes, the start included. */
export function deepestFalls({ equity, facts }: RunResult, most: number): Fall[] {
  const { closeMs, equityUsd, length } = equity;
  const falls: Fall[] = [];
  let peak = facts.cashUsd;
  let peakMs = facts.data.fromMs;
  let depth = 0;
  let troughMs = 0;
  const end = (recoveredMs: number | null) => {
    if (depth < 0) falls.push({ peakMs, troughMs, recoveredMs, depth });
    depth = 0;
    if (falls.length > 4096) {
      falls.sort((a, b) => a.depth - b.depth);
      falls.length = most;
    }
  };
  for (let row = 0; row < length; row++) {
    const now = equityUsd[row]!;
    if (now >= peak) {
      end(closeMs[row]!);
      peak = now;
      peakMs = closeMs[row]!;
    } else if (now / peak - 1 < depth) {
      depth = now / peak - 1;
      troughMs = closeMs[row]!;
    }
  }
  end(null);
  return falls.sort((a, b) => a.depth - b.depth || a.peakMs - b.peakMs).slice(0, most);
}
