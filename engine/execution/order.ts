// An order and the states it can be in.
//
//   dormant -> new -> open -> partly-filled -> filled        dormant: attached, woken by a fill
//                \-> unknown (no answer) -> any of them       every one but filled may be cancelled
//
// `LEGAL` below is the whole table. Ids are 1, 2, 3 ... in the order in which the kernel made them: a
// run's orders are its own, and a venue's client order id is derived from them at the edge.

import { assert } from '../errors.ts';

/**
 * - `market` takes what is there.
 * - `limit` trades at its limit or better.
 * - `stop-market`, `stop-limit` become one of those when price goes against `side` to the trigger.
 * - `take-profit-market`, `take-profit-limit` do so when price goes in favour of it.
 * - `trailing-stop` is the venue's own: a stop-market whose trigger follows price.
 */
export type OrderType =
  | 'market'
  | 'limit'
  | 'stop-market'
  | 'stop-limit'
  | 'take-profit-market'
  | 'take-profit-limit'
  | 'trailing-stop';

/** Good till cancelled; immediate or cancel; fill or kill; good till a date. */
export type TimeInForce = 'gtc' | 'ioc' | 'fok' | 'gtd';

export type OrderStatus =
  | 'dormant'
  | 'new'
  | 'open'
  | 'partly-filled'
  | 'unknown'
  | 'filled'
  | 'cancelled'
  | 'rejected'
  | 'expired';

/** Why the order exists. What ends a trade becomes its exit reason. */
export type Purpose =
  | 'entry'
  | 'signal'
  | 'veto'
  | 'halt'
  | 'delever'
  | 'stop'
  | 'trailing-stop'
  | 'take-profit';

/** What only some orders have; those that have none of it share `PLAIN`. */
export interface Terms {
  readonly timeInForce: TimeInForce;
  /** Worst price of a limit; NaN for the others. */
  readonly limitPrice: number;
  /** Of `gtd`: when the venue takes it back, UTC ms; else NaN. */
  readonly expiresMs: number;
  /** Rejected instead of taking liquidity. */
  readonly postOnly: boolean;
  /** Of a trailing stop: distance behind the best price, a fraction; NaN when `trailDistance` says. */
  readonly trailFraction: number;
  /** Of a trailing stop: distance in price; NaN when `trailFraction` says. */
  readonly trailDistance: number;
  /** Of a trailing stop: price that must be reached before it follows; NaN = at once. */
  readonly activationPrice: number;
  /** Orders of one group: a fill of one takes as much from the others. 0 = none. */
  readonly ocoGroup: number;
  /** Of an attached take-profit: share of what its parent filled that it closes; else NaN. */
  readonly closeFraction: number;
}

/** Good till cancelled and nothing else. */
export const PLAIN: Terms = Object.freeze({
  timeInForce: 'gtc',
  limitPrice: Number.NaN,
  expiresMs: Number.NaN,
  postOnly: false,
  trailFraction: Number.NaN,
  trailDistance: Number.NaN,
  activationPrice: Number.NaN,
  ocoGroup: 0,
  closeFraction: Number.NaN,
});

export interface Order {
  readonly id: number;
  readonly leg: number;
  readonly side: 1 | -1;
  readonly type: OrderType;
  readonly purpose: Purpose;
  /** True: may only bring the position towards zero. */
  readonly reduceOnly: boolean;
  terms: Terms;
  /** Base units > 0; NaN while `equityFraction` stands for it, or while dormant. */
  qty: number;
  /** Notional over equity, turned into a quantity at the fill price; NaN = sized when decided. */
  readonly equityFraction: number;
  /** Price at which a stop or take-profit comes alive; NaN for others and while dormant. */
  triggerPrice: number;
  /** Of an attached order: its distance from the parent's fill, a fraction; else NaN. */
  readonly distance: number;
  /** The order whose fill wakes this one; 0 = none. */
  readonly attachedTo: number;
  /** The working parent whose child this is; 0 = it is its own. */
  readonly parentId: number;
  /** Close of the leg when it was decided. */
  readonly decisionPrice: number;
  readonly createdMs: number;
  /** Earliest time at which it is sent on; 0 = at once. */
  sendMs: number;
  /** The fill of this order is what the decision wanted: counted once in the funnel. */
  readonly counts: boolean;
  status: OrderStatus;
  filledQty: number;
}

const ENDS: readonly OrderStatus[] = ['filled', 'cancelled', 'rejected', 'expired'];

/** From each state, the states that may follow. */
export const LEGAL: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = Object.freeze({
  dormant: ['new', 'cancelled'],
  new: ['open', 'partly-filled', 'unknown', ...ENDS],
  open: ['partly-filled', 'filled', 'cancelled', 'expired'],
  'partly-filled': ['partly-filled', 'filled', 'cancelled', 'expired'],
  unknown: ['open', 'partly-filled', ...ENDS],
  filled: [],
  cancelled: [],
  rejected: [],
  expired: [],
});

/** Moves an order along the table; anything else is our own defect. */
export function moveOrder(order: Order, to: OrderStatus): void {
  const from = order.status;
  // Nearly all orders go from new to one of the ends, all of which the table allows.
  const isUsual = from === 'new' && (to === 'filled' || to === 'cancelled');
  assert(isUsual || LEGAL[from].includes(to), 'an order moves along the table of states');
  order.status = to;
}

/** True for orders with a trigger of their own; a trailing stop's comes from the market. */
export function hasTrigger(type: OrderType): boolean {
  return isTriggered(type) && type !== 'trailing-stop';
}

/** True for orders that wait for a price other than their own limit. */
export function isTriggered(type: OrderType): boolean {
  return type !== 'market' && type !== 'limit';
}

/** Rests beside a position and ends it: not something a decision waits for. */
export function isProtection(purpose: Purpose): boolean {
  return purpose === 'stop' || purpose === 'trailing-stop' || purpose === 'take-profit';
}

/** True once nothing more will come of it. */
export function isOver({ status }: Order): boolean {
  return LEGAL[status].length === 0;
}
