// An order of ours at the venues, and the requests that it led to.

import { isOver as hasEnded, isTriggered, type Order } from '../../engine/execution/order.ts';
import type { Instrument } from '../../engine/market/instrument.ts';
import type { FillReport } from '../venues/port.ts';

/** One request to have an order at a venue. An order has several where one after another failed. */
export interface Attempt {
  /** Of the ids that its order may have, which one. */
  readonly n: number;
  readonly clientId: string;
  readonly tracked: Tracked;
  /** Empty until the venue has told it. */
  venueOrderId: string;
  /**
   * `sending`: its outcome is not known yet; `unknown`: it may be there; `there`: the venue has it;
   * `gone`: nothing of it can fill any more, as far as the venue says.
   */
  state: 'sending' | 'unknown' | 'there' | 'gone';
  /** From then on a query that finds nothing proves that it is not there; monotonic ms. */
  provenMs: number;
  /** It certainly never was there: its id is free again. */
  isVoid: boolean;
  /** Booked, base units; and the venue's names of those fills. */
  filledQty: number;
  readonly trades: Set<string>;
  /** How it ended and with how much filled; told to the kernel once so much is booked. */
  end: { readonly as: 'filled' | 'cancelled' | 'expired'; readonly filledQty: number } | null;
}

/** How an order is to be changed; a price of NaN = it stays. */
export interface Wish {
  /** Whole lots, base units. */
  readonly qty: number;
  readonly price: number;
}

/** An order of ours. */
export interface Tracked {
  /** A copy; its status and `filledQty` are what the kernel was told. */
  readonly order: Order;
  readonly instrument: Instrument;
  /** Whole lots, base units; another one when it is amended. */
  qty: number;
  readonly attempts: Attempt[];
  /** Requests that this process has sent for it. */
  tries: number;
  /** How the venue ended it, as long as something else of it may still come; null = it did not. */
  end: 'cancelled' | 'expired' | 'lost-by-venue' | null;
  /** It is to be taken back as soon as that is possible. */
  isUnwanted: boolean;
  /** It is to be changed as soon as the venue has it: the newest wish counts. */
  wish: Wish | null;
}

/** Counts a fill of an attempt; false = it was counted before. */
export function countFill(attempt: Attempt, { tradeId, qty }: FillReport): boolean {
  if (attempt.trades.has(tradeId)) return false;
  attempt.trades.add(tradeId);
  attempt.filledQty += Math.abs(qty);
  return true;
}

/** The order, as it is sent from here on. */
export function change(tracked: Tracked, { qty, price }: Wish): void {
  const { order } = tracked;
  tracked.qty = qty;
  if (!(price === price)) return;
  if (isTriggered(order.type)) order.triggerPrice = price;
  else order.terms = { ...order.terms, limitPrice: price };
}

/** The kernel was told of its end. */
export function isOver({ order }: Tracked): boolean {
  return hasEnded(order);
}

/** Whether the venue has it is not known. */
export function isPending({ state }: Attempt): boolean {
  return state === 'sending' || state === 'unknown';
}

/** Nothing of it can fill any more, as far as the venue says. It may be otherwise after each wait. */
export function isGone({ state }: Attempt): boolean {
  return state === 'gone';
}

/** True when a fill that the venue counts has not been booked yet. */
export function lacksFills({ state, end, filledQty, tracked }: Attempt): boolean {
  if (state === 'gone' || end === null) return false;
  return end.filledQty - filledQty >= tracked.instrument.lotSize / 2;
}

/** What is wanted of it and has not filled, base units; below 0 where more has. */
export function leftQty({ qty, wish, order }: Tracked): number {
  return (wish?.qty ?? qty) - order.filledQty;
}

/** What may still become a position: nothing of it has ended. */
export function outstandingQty(tracked: Tracked): number {
  return isOver(tracked) ? 0 : Math.max(0, leftQty(tracked));
}
