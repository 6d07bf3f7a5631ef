// Our orders as parameters of Drift's placePerpOrder: integers of fixed precision, a slot of one byte in
// place of a client id, and a last second on every order, for there is no dead-man switch.
//
// drift-labs/protocol-v2 @0ae3e3b1d (2026-04-01): sdk/src/types.ts, numericConstants.ts. Nothing here is
// sent: the program has been paused since that day.

import { plainText } from '../grid.ts';
import type { OrderRequest, Refused } from '../port.ts';
import { refused } from '../sender.ts';

/** What the market's own account says; integers as it says them. */
export interface DriftMarket {
  readonly index: number;
  readonly stepSize: bigint;
  readonly tickSize: bigint;
  readonly minOrderSize: bigint;
}

const PRICE_DECIMALS = 6;
const BASE_DECIMALS = 9;
const IOC = 1;
const MOST_U64 = 2n ** 64n - 1n;

type Word<T extends string> = { readonly [K in T]?: Record<string, never> };

/** Names and order of the program's own struct. */
export interface DriftParams {
  readonly orderType: Word<'market' | 'limit' | 'triggerMarket' | 'triggerLimit'>;
  readonly marketType: Word<'perp'>;
  readonly direction: Word<'long' | 'short'>;
  readonly userOrderId: number;
  readonly baseAssetAmount: bigint;
  readonly price: bigint;
  readonly marketIndex: number;
  readonly reduceOnly: boolean;
  readonly postOnly: Word<'none' | 'mustPostOnly'>;
  readonly bitFlags: number;
  /** Unix seconds. */
  readonly maxTs: bigint;
  readonly triggerPrice: bigint | null;
  readonly triggerCondition: Word<'above' | 'below'>;
  readonly oraclePriceOffset: null;
  readonly auctionDuration: null;
  readonly auctionStartPrice: null;
  readonly auctionEndPrice: null;
}

/** The parameters, or why there are none. `slot` 1 to 255; the order is good until `untilMs` at most. */
export function driftParamsOf(
  request: OrderRequest,
  market: DriftMarket,
  slot: number,
  untilMs: number,
): DriftParams | Refused {
  const { type, side, timeInForce, postOnly } = request;
  if (type === 'trailing-stop') return refused('unsupported', 'no trailing-stop orders');
  if (timeInForce === 'fok') return refused('unsupported', 'no fill or kill');
  if (postOnly && (type !== 'limit' || timeInForce === 'ioc')) {
    return refused('unsupported', 'post-only must rest');
  }
  // A market order without prices for its auction fills badly; a limit that does not rest has one.
  const isMarket = type === 'market';
  if (isMarket && Number.isNaN(request.limitPrice)) {
    return refused('bad-order', 'a market order needs a worst price here');
  }
  const size = unitsOf(request.qty, BASE_DECIMALS);
  if (size === null || size % market.stepSize !== 0n) {
    return refused('bad-lot', `${request.qty} is no whole number of steps`);
  }
  if (size < market.minOrderSize) {
    return refused('below-min-notional', `${request.qty} is less than its smallest order`);
  }
  const isTrigger = type.startsWith('stop') || type.startsWith('take-profit');
  const hasPrice = isMarket || type === 'limit' || type.endsWith('-limit');
  const price = hasPrice ? unitsOf(request.limitPrice, PRICE_DECIMALS) : 0n;
  const trigger = isTrigger ? unitsOf(request.triggerPrice, PRICE_DECIMALS) : 0n;
  for (const one of [price, trigger]) {
    if (one === null || one % market.tickSize !== 0n)
      return refused('bad-tick', 'off the tick grid');
  }
  const isUp = type.startsWith('stop') ? side > 0 : side < 0;
  const lastMs = timeInForce === 'gtd' ? Math.min(request.expiresMs, untilMs) : untilMs;
  return {
    orderType: isTrigger
      ? type.endsWith('-limit')
        ? { triggerLimit: {} }
        : { triggerMarket: {} }
      : { limit: {} },
    marketType: { perp: {} },
    direction: side > 0 ? { long: {} } : { short: {} },
    userOrderId: slot,
    baseAssetAmount: size,
    price: price!,
    marketIndex: market.index,
    reduceOnly: request.reduceOnly,
    postOnly: postOnly ? { mustPostOnly: {} } : { none: {} },
    bitFlags: isMarket || timeInForce === 'ioc' ? IOC : 0,
    maxTs: BigInt(Math.floor(lastMs / 1000)),
    triggerPrice: isTrigger ? trigger : null,
    triggerCondition: isTrigger && !isUp ? { below: {} } : { above: {} },
    oraclePriceOffset: null,
    auctionDuration: null,
    auctionStartPrice: null,
    auctionEndPrice: null,
  };
}

/** A decimal as a whole number of its smallest units, exactly; null when it has more places. */
export function unitsOf(value: number, decimals: number): bigint | null {
  if (!(value > 0) || !Number.isFinite(value)) return null;
  const [whole, places = ''] = plainText(value).split('.') as [string, string?];
  if (places.length > decimals) return null;
  const units = BigInt(whole + places.padEnd(decimals, '0'));
  return units <= MOST_U64 ? units : null;
}
