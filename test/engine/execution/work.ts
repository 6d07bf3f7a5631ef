// Works one parent to its end at a venue in miniature, asking the algorithm as its contract says.

import { expect } from 'vitest';
import type {
  Child,
  ExecutionSettings,
  Moment,
  ParentFacts,
} from '../../../engine/execution/algorithms/contract.ts';
import type { AlgorithmName } from '../../../engine/execution/algorithms/list.ts';
import { makeAlgorithm } from '../../../engine/execution/algorithms/list.ts';
import type { VolumeProfile } from '../../../engine/execution/algorithms/volume-profile.ts';
import { DAY_MS, MINUTE_MS } from '../../../engine/interval.ts';
import { random } from '../../../engine/random.ts';

export const START = 19_000 * DAY_MS;

export const PARENT: ParentFacts = {
  side: 1,
  qty: 10,
  decisionPrice: 100,
  startMs: START,
  lotSize: 0.1,
  minNotionalUsd: 0,
  targetPrice: Number.NaN,
};
export const CONFIG: ExecutionSettings = {
  twap: { windowMinutes: 10, slices: 5 },
  vwap: { windowMinutes: 240, slices: 4, profileDays: 30 },
  iceberg: { visibleFraction: 0.25, expiryMinutes: 30 },
  sniper: { improvementBps: 20, expiryMinutes: 5, fallback: 'market' },
  limitBoundBps: 50,
};

/** A venue in miniature: how much of what rests is filled in the candle after a close, and so on. */
export interface Venue {
  readonly price: (candle: number) => number;
  /** Part of what rests that fills in this candle, 0 to 1. */
  readonly fills: (candle: number, child: Child) => number;
  /** True: the child sent at this close is refused. */
  readonly refuses?: (candle: number) => boolean;
  /** Closes that a cancel takes to be confirmed. */
  readonly cancelCandles?: number;
}
export const KIND: Venue = { price: () => 100, fills: () => 1 };

export interface Sent extends Child {
  readonly candle: number;
}

/** Works a parent to its end, or for 2000 closes; asks as the contract says. */
export function work(
  name: AlgorithmName,
  parent: ParentFacts,
  venue: Venue,
  { config = CONFIG, baseMs = MINUTE_MS, profile = null as VolumeProfile | null, seed = 1 } = {},
) {
  const algorithm = makeAlgorithm(name, parent, config, random(seed, 'draw'), profile, baseMs);
  const { lotSize, startMs } = parent;
  const sent: Sent[] = [];
  const resting: { lots: number; child: Child; goneAt: number }[] = [];
  let filled = 0;
  let worstLots = 0;
  for (let candle = 0; candle < 2000; candle++) {
    const nowMs = startMs + candle * baseMs;
    for (const order of resting) {
      const part = Math.round(order.lots * venue.fills(candle, order.child));
      order.lots -= part;
      filled += part;
      if (candle >= order.goneAt || nowMs >= order.child.expiresMs) order.lots = 0;
    }
    const restingLots = () => resting.reduce((sum, { lots }) => sum + lots, 0);
    const moment = (): Moment => ({
      nowMs,
      price: venue.price(candle),
      filledQty: filled * lotSize,
      restingQty: restingLots() * lotSize,
    });
    const cancels = algorithm.cancelsResting(moment());
    if (cancels) {
      for (const order of resting) {
        const wait = venue.cancelCandles ?? 0;
        order.goneAt = Math.min(order.goneAt, candle + wait);
        if (wait === 0) order.lots = 0;
      }
    }
    const asked = moment();
    const child = algorithm.next(asked);
    if (child !== null) {
      const lots = Math.round(child.qty / lotSize);
      expect(lots).toBeGreaterThanOrEqual(1);
      expect(Math.abs(child.qty - lots * lotSize)).toBeLessThan(1e-9 * child.qty);
      expect(Number.isNaN(child.limitPrice)).toBe(child.type === 'market');
      sent.push({ ...child, candle });
      worstLots = Math.max(worstLots, filled + restingLots() + lots);
      const goneAt = Number.POSITIVE_INFINITY;
      if (!venue.refuses?.(candle)) resting.push({ lots, child, goneAt });
    }
    if (algorithm.isOver(asked)) {
      const quiet = asked.restingQty === 0 && child === null;
      return { sent, filled, worstLots, endCandle: candle, endMs: nowMs, quiet, cancels };
    }
  }
  throw new Error('the algorithm did not end');
}
