// Errors of Drift's program (Anchor, 6000 and up) in our words: drift-labs/protocol-v2 @0ae3e3b1d.

import type { RefusalCode } from '../codes.ts';
import type { Refused, Unknown } from '../port.ts';
import { refused, unknown } from '../sender.ts';

const REFUSED: Readonly<Record<number, RefusalCode>> = Object.freeze({
  6003: 'insufficient-margin',
  6015: 'no-liquidity',
  6024: 'not-trading',
  6035: 'not-trading',
  6047: 'below-min-notional',
  6048: 'bad-lot',
  6056: 'below-min-notional',
  6057: 'would-cross',
  6058: 'not-found',
  6060: 'too-many-orders',
  6061: 'not-found',
  6064: 'reduce-only',
  6117: 'liquidating',
  6125: 'liquidating',
  6147: 'not-trading',
  6254: 'reduce-only',
  6264: 'not-trading',
  6266: 'not-trading',
  6285: 'bad-order',
  6298: 'bad-order',
});
const SLOT_IN_USE = 6071;

/** A transaction that failed had no effect; one of which nothing is known is none of this. */
export function driftOutcome(code: number): Refused | Unknown {
  const text = `program error ${code}`;
  // Another order stands in the slot: most likely this one, from an earlier attempt.
  if (code === SLOT_IN_USE) return unknown('duplicate-id', text);
  return Object.hasOwn(REFUSED, code) ? refused(REFUSED[code]!, text) : unknown('unknown', text);
}
