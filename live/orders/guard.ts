// The last look at an order before it leaves, on the only path to a venue. Risk has approved it already;
// here it is asked whether the world is such that it may be sent at all. A pure function of what is known
// now, written so that NaN and what is not known fail closed.
//
//   halted     nothing leaves that could add risk; a person re-arms
//   reducing   the same, until its cause is gone
//
// What only takes risk away passes in every state, cut to the position: it can never turn one around.

import type { Order } from '../../engine/execution/order.ts';
import { type Instrument, roundQty } from '../../engine/market/instrument.ts';
import type { Limits } from './limits.ts';

export const GUARD_CODES = Object.freeze({
  'guard-halted': 'trading is halted; a person re-arms it',
  'guard-reducing': 'only what takes risk away is sent for now',
  'guard-blocked': 'orders or positions of this leg are not what we believe',
  'guard-unknown': 'an order of this leg is of unknown fate',
  'guard-size': 'no whole lots, or more than an order may be',
  'guard-exposure': 'beyond what may be open altogether',
  'guard-price': 'too far from the mark price of the venue, or that from another venue’s',
  'guard-stale': 'the mark price is too old',
  'guard-rate': 'too many entries in a minute',
  'guard-repeat': 'entries of one leg and side too often in a minute',
  'guard-duplicate': 'the very same entry has just been sent',
  'guard-refused': 'the venue has refused this leg too often',
  'guard-margin': 'less is free at the venue than it takes',
  'guard-skew': "our clock and the venue's differ",
} as const);

export type GuardCode = keyof typeof GUARD_CODES;

export type SafetyState = 'active' | 'reducing' | 'halted';

/** What is known when an order is about to leave. */
export interface Situation {
  readonly state: SafetyState;
  readonly isBlocked: boolean;
  readonly hasUnknown: boolean;
  /** The venue's mark price of the leg, NaN = never told; and its age, ms. */
  readonly mark: number;
  readonly markAgeMs: number;
  /** The asset's mark at another venue, where one is fresh: a second opinion; null = there is none. */
  readonly reference: number | null;
  /** Positions, orders on their way and of unknown fate, worst case, USD. */
  readonly exposureUsd: number;
  /** What new orders may use at the venue; NaN = not told. */
  readonly freeUsd: number;
  readonly leverage: number;
  readonly skewMs: number;
  /** Within the last minute: entries of all legs, of this leg and side, refusals of this leg. */
  readonly entries: number;
  readonly repeats: number;
  readonly refusals: number;
  /** Since the very same entry was sent, ms; Infinity = it was not. */
  readonly twinAgeMs: number;
}

/** Why an order that adds risk may not leave; null = it may. `qty` in base units. */
export function entryRefusal(
  { side, decisionPrice }: Pick<Order, 'side' | 'decisionPrice'>,
  qty: number,
  { lotSize }: Pick<Instrument, 'lotSize'>,
  limits: Limits,
  now: Situation,
): GuardCode | null {
  if (now.state === 'halted') return 'guard-halted';
  if (now.state !== 'active') return 'guard-reducing';
  if (now.isBlocked) return 'guard-blocked';
  if (now.hasUnknown) return 'guard-unknown';
  if (!(Math.abs(now.skewMs) <= limits.maxSkewMs)) return 'guard-skew';
  if (!(now.markAgeMs <= limits.markLifeMs)) return 'guard-stale';
  const off = side * (decisionPrice / now.mark - 1);
  if (!(Math.abs(off) <= limits.collar)) return 'guard-price';
  const apart = now.reference === null ? 0 : now.mark / now.reference - 1;
  if (!(Math.abs(apart) <= limits.collar)) return 'guard-price';
  const usd = qty * now.mark;
  if (!(qty >= lotSize) || !(usd <= limits.maxOrderUsd)) return 'guard-size';
  if (!(now.exposureUsd + usd <= limits.maxExposureUsd)) return 'guard-exposure';
  if (!(usd / now.leverage <= now.freeUsd)) return 'guard-margin';
  if (!(now.entries < limits.entriesAMinute)) return 'guard-rate';
  if (!(now.repeats < limits.repeatsAMinute)) return 'guard-repeat';
  if (!(now.twinAgeMs >= limits.duplicateMs)) return 'guard-duplicate';
  return now.refusals < limits.refusalsAMinute ? null : 'guard-refused';
}

/**
 * What of a reduction may leave, base units in whole lots: no more than closes `heldQty` (signed). 0 =
 * nothing, because there is nothing on the other side to take away.
 */
export function reducible(
  side: 1 | -1,
  qty: number,
  heldQty: number,
  instrument: Instrument,
): number {
  if (!(side * heldQty < 0)) return 0;
  return roundQty(instrument, Math.min(qty, Math.abs(heldQty)) + instrument.lotSize / 2);
}

/** The worst price at which a market order may fill: the collar around the mark, on its own side. */
export function boundOf(side: 1 | -1, mark: number, { collar }: Limits): number {
  return mark * (1 + side * collar);
}
