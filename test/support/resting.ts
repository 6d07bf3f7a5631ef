// What orders get of a few candles, and nothing else: for tests of the matching rules.
//
//   meet('100/110/95/104', [closing(sell('stop-market', { triggerPrice: 96 }))], { held: 1 })
//
// The orders are in before the first candle, or after `before` of them, numbered 1, 2, 3 ... Each is
// for one unit and may open unless it says otherwise.

import type { Config } from '../../engine/config/schema.ts';
import type { OrderType } from '../../engine/execution/order.ts';
import type { Panel } from '../../engine/market/panel.ts';
import type { Partly } from './run.ts';
import { type Draft, HandVenue, type Told } from './venue.ts';

export const buy = (type: OrderType, more: Draft = {}): Draft => ({ ...more, side: 1, type });
export const sell = (type: OrderType, more: Draft = {}): Draft => ({ ...more, side: -1, type });

/** The same order as protection: it may only close. */
export const closing = (draft: Draft): Draft => ({ ...draft, purpose: 'stop', reduceOnly: true });

export interface MeetOptions {
  readonly fills?: Partly<Config['world']['fills']>;
  /** Signed base units held before the first candle, bought at `heldAt`. */
  readonly held?: number;
  readonly heldAt?: number;
  /** Candles that are over when the orders come in. */
  readonly before?: number;
}

/** Every fill, in order. */
export function meet(
  chart: string | Panel,
  orders: readonly Draft[],
  { fills = {}, held = 0, heldAt = 100, before = 0 }: MeetOptions = {},
): readonly Told[] {
  const market = new HandVenue(chart, { fills });
  if (held !== 0) market.venue.adopt(0, held, heldAt);
  market.rows(before);
  for (const order of orders) market.submit(order);
  market.rows();
  return market.fills;
}
