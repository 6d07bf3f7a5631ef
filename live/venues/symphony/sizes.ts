// Symphony's sizes and spelling. An order is a share of every subscriber's collateral: what a notional
// comes to is known only if a person says what the collateral is. Without that nothing is sent.
//
//   weight (per cent of collateral) = notional / (collateral x leverage) x 100, rounded down

import type { OrderRequest, Refused } from '../port.ts';
import { refused } from '../sender.ts';

/** Smallest leverage that a perpetual of it is opened with (docs.symphony.io, batch-open). */
export const LEAST_LEVERAGE = 1.1;
const MOST_WEIGHT = 100;
/** Weights are sent with so many places. */
const PLACES = 2;

export interface Sizing {
  /** What one subscriber has, quote currency; NaN = nobody has said. */
  readonly collateralUsd: number;
  readonly leverage: number;
}

/** The weight of a notional, or why there is none. */
export function weightOf(notionalUsd: number, sizing: Sizing): number | Refused {
  const { collateralUsd, leverage } = sizing;
  if (!(collateralUsd > 0)) return refused('bad-order', 'the collateral is not known');
  if (!(notionalUsd > 0)) return refused('bad-order', 'the notional is not known');
  const raw = (notionalUsd / (collateralUsd * leverage)) * 100;
  const weight = Math.floor(raw * 10 ** PLACES + 1e-9) / 10 ** PLACES;
  if (weight > MOST_WEIGHT) {
    return refused('insufficient-margin', `${weight} % of the collateral are more than there is`);
  }
  if (weight > 0) return weight;
  return refused('below-min-notional', `${notionalUsd} USD are less than 0.01 % of the collateral`);
}

/** `SOL` of SOLUSDC, SOLUSDT or SOL. */
export function tokenOf(symbol: string): string {
  return symbol.replace(/USD[CT]?$/, '') || symbol;
}

/** Market orders, with or without a trigger; nothing else is documented, and a wrong number is no order. */
export function unsendableOf(request: OrderRequest): Refused | null {
  const { type, postOnly, timeInForce, qty, limitPrice } = request;
  if (type !== 'market' && type !== 'limit') return refused('unsupported', `no ${type} orders`);
  if (postOnly || timeInForce !== 'gtc') return refused('unsupported', 'no times in force');
  if (!isAmount(qty)) return refused('bad-lot', `${qty} is no quantity`);
  if (type === 'limit' && !isAmount(limitPrice)) return refused('bad-tick', 'no price to wait for');
  if (type === 'market' && !Number.isNaN(limitPrice)) {
    return refused('unsupported', 'no worst price is kept: the agent takes what it gets');
  }
  return null;
}

function isAmount(value: number): boolean {
  return value > 0 && Number.isFinite(value);
}
