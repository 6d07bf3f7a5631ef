// Makes entries harder to recognise: size, time and price are moved a little, by seeded draws inside
// the bounds of the config.
//
// A close keeps its exact quantity: the original also fuzzed those, which left dust or flipped the
// position. The factor goes on the whole parent before risk caps it, so children still add up.

import type { Random } from '../../random.ts';

/** `execution.obfuscation`. */
export interface ObfuscationSettings {
  readonly enabled: boolean;
  /** Entries are scaled by 1 - this to 1 + this. */
  readonly qtySpread: number;
  readonly delayMinMs: number;
  readonly delayMaxMs: number;
}

/** What an entry's size is multiplied by. */
export function qtyFactor({ qtySpread }: ObfuscationSettings, draw: Random): number {
  return 1 - qtySpread + 2 * qtySpread * draw();
}

/** Whole ms to hold an order back. */
export function delayOf({ delayMinMs, delayMaxMs }: ObfuscationSettings, draw: Random): number {
  return Math.ceil(delayMinMs) + Math.floor((delayMaxMs - Math.ceil(delayMinMs) + 1) * draw());
}

/**
 * A limit no worse than `boundBps` from the market: a buy at most so far above it, a sale at most so
 * far below. A limit on the better side is a promise (a target, an iceberg's bound) and is kept.
 */
export function boundedLimit(
  limitPrice: number,
  side: 1 | -1,
  marketPrice: number,
  boundBps: number,
): number {
  if (!(marketPrice > 0)) return limitPrice;
  const bound = marketPrice * (1 + (side * boundBps) / 10_000);
  return side > 0 ? Math.min(limitPrice, bound) : Math.max(limitPrice, bound);
}
