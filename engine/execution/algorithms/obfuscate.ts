// Makes children harder to recognise: size, time and price are moved a little, by seeded draws
// inside fixed bounds.
//
// A close keeps its exact quantity: the original also fuzzed those, which left dust or flipped the
// position. Always two draws a child, so that a close does not shift the chances of the next entry.

import type { Random } from '../../random.ts';
import type { Child } from './contract.ts';
import { qtyOfLots, wholeLots } from './schedule.ts';

export const MIN_FACTOR = 0.98;
export const MAX_FACTOR = 1.02;
export const MIN_DELAY_MS = 100;
export const MAX_DELAY_MS = 1500;
/** A limit is at most this far from the market, a fraction of it. */
export const MAX_LIMIT_DISTANCE = 0.005;

export interface ObfuscationFacts {
  readonly isEntry: boolean;
  readonly side: 1 | -1;
  /** Last price, > 0; NaN = unknown, the limit stays as it is. */
  readonly marketPrice: number;
  readonly lotSize: number;
  /** What is left of the parent: the child never has more. Base units. */
  readonly maxQty: number;
  /**
   * True where the limit is a promise (a sniper's target, an iceberg's bound): it may then move to
   * the better side only. False: it is moved towards the market too.
   */
  readonly keepsLimit: boolean;
}

export interface Obfuscated {
  readonly child: Child;
  /** Whole ms to hold the child back. */
  readonly delayMs: number;
}

/** The child as it is sent, and when. */
export function obfuscate(child: Child, facts: ObfuscationFacts, draw: Random): Obfuscated {
  const factor = MIN_FACTOR + (MAX_FACTOR - MIN_FACTOR) * draw();
  const delayMs = MIN_DELAY_MS + Math.floor((MAX_DELAY_MS - MIN_DELAY_MS + 1) * draw());
  const qty = facts.isEntry ? factoredQty(child.qty, factor, facts) : child.qty;
  return { child: { ...child, qty, limitPrice: boundedLimit(child.limitPrice, facts) }, delayMs };
}

/** In whole lots; a child of few lots is not rounded out of the bounds, let alone to nothing. */
function factoredQty(
  qty: number,
  factor: number,
  { maxQty, lotSize }: Pick<ObfuscationFacts, 'maxQty' | 'lotSize'>,
): number {
  const lots = wholeLots(qty, lotSize);
  const moved = Math.max(Math.floor(lots * factor), Math.ceil(lots * MIN_FACTOR));
  return qtyOfLots(Math.min(moved, wholeLots(maxQty, lotSize)), lotSize);
}

/** `limitPrice` within MAX_LIMIT_DISTANCE of the market; see `keepsLimit` for the other side. */
export function boundedLimit(
  limitPrice: number,
  { side, marketPrice, keepsLimit }: Pick<ObfuscationFacts, 'side' | 'marketPrice' | 'keepsLimit'>,
): number {
  if (Number.isNaN(marketPrice)) return limitPrice;
  const lowest = marketPrice * (1 - MAX_LIMIT_DISTANCE);
  const highest = marketPrice * (1 + MAX_LIMIT_DISTANCE);
  if (keepsLimit) return side > 0 ? Math.min(limitPrice, highest) : Math.max(limitPrice, lowest);
  return Math.min(Math.max(limitPrice, lowest), highest);
}
