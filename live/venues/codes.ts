// The words in which a venue's answers are told, whatever the venue calls them. What a code means for
// an order's way (wrong everywhere, not taken here, unknown) is engine/execution/router.ts's table.
//
//   refused   the venue, or the way to it, certainly did not take this very request
//   unknown   it may have; nobody knows until the venue is asked
//
// A code that an adapter has never heard of is `unknown`, never refused.

import type { Outcome } from '../../engine/execution/router.ts';
import { outcomeOf } from '../../engine/execution/router.ts';

/**
 * Whom a refusal concerns, and so what is to be done:
 * `ours` = we built a wrong order: a defect, stop sending such; `order` = this order, at this price,
 * now; `state` = the venue's orders or position are not what we believe: reconcile the symbol now;
 * `pace` = later; `account` = a person is needed: stop trading there and alert; `way` = it never left.
 */
export type Concern = 'ours' | 'order' | 'state' | 'pace' | 'account' | 'way';

/** Every code with which something is refused for certain. */
export const REFUSALS = Object.freeze({
  'bad-tick': 'ours',
  'bad-lot': 'ours',
  'below-min-notional': 'ours',
  'bad-order': 'ours',
  /** The venue has no such order, and nothing was sent. */
  unsupported: 'ours',
  'insufficient-margin': 'order',
  leverage: 'order',
  /** Post-only, and would have taken. */
  'would-cross': 'order',
  /** A trigger that the price has passed already: a protective stop needs the emergency path. */
  'would-trigger': 'order',
  'price-band': 'order',
  /** Immediate or cancel, and nobody was there. */
  'no-liquidity': 'order',
  'too-many-orders': 'order',
  'not-trading': 'order',
  /** Reduce-only, and there is nothing to reduce. */
  'reduce-only': 'state',
  /** No such order: it ended, or was never there. */
  'not-found': 'state',
  liquidating: 'state',
  throttled: 'pace',
  'venue-unavailable': 'pace',
  /** Nothing is sent until it ends. */
  banned: 'pace',
  /** Our clock, or a nonce outside the venue's window; it was set right, another attempt may be made. */
  'clock-skew': 'pace',
  auth: 'account',
  'connection-refused': 'way',
} as const satisfies Readonly<Record<string, Concern>>);

export type RefusalCode = keyof typeof REFUSALS;

/** Every code of an outcome that nobody knows. */
export const UNKNOWNS = Object.freeze([
  'timeout',
  'connection-lost',
  'server-error',
  'unparsable',
  /** The venue has an order of this client id already: an earlier request arrived. */
  'duplicate-id',
  /** The venue said something that is in no table. */
  'unknown',
] as const);

export type UnknownCode = (typeof UNKNOWNS)[number];

export function concernOf(code: RefusalCode): Concern {
  return REFUSALS[code];
}

/** What a refusal means for the order's way to other venues; never `unknown`. */
export function wayOf(code: RefusalCode): Exclude<Outcome, 'unknown'> {
  return outcomeOf(code) as Exclude<Outcome, 'unknown'>;
}
