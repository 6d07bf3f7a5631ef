// Every order of a run, one row each: the order with id n is at row n - 1. Rows are written when an
// order is submitted and completed when it has come to its end, so that nothing keeps the order
// objects themselves, of which a run may make a hundred thousand.

import { GrowingColumns, type Room, within } from '../columns.ts';
import type { Digest } from '../digest.ts';
import type { Order, OrderStatus, OrderType, Purpose } from './order.ts';

const FIELDS = [
  'leg',
  'side',
  'type',
  'qty',
  'equityFraction',
  'limitPrice',
  'triggerPrice',
  'distance',
  'parentId',
  'decisionPrice',
  'createdMs',
  'filledQty',
  'status',
] as const;

const STATUSES: readonly OrderStatus[] = [
  'dormant',
  'new',
  'filled',
  'cancelled',
  'rejected',
  'open',
  'partly-filled',
  'unknown',
  'expired',
];

const TYPES: readonly OrderType[] = [
  'market',
  'limit',
  'stop-market',
  'stop-limit',
  'take-profit-market',
  'take-profit-limit',
  'trailing-stop',
];

const PURPOSES: readonly Purpose[] = [
  'entry',
  'signal',
  'veto',
  'halt',
  'delever',
  'stop',
  'trailing-stop',
  'take-profit',
];

/** What people ask of an order later; kept apart, because `FIELDS` are what the digest is made of. */
const NOTES = ['purpose', 'attachedTo', 'endedMs', 'restsAt'] as const;

/** What stands in the `status` column. */
export function statusCode(status: OrderStatus): number {
  return STATUSES.indexOf(status);
}

/** What a number of the `status` column, of `type` and of `purpose` stands for. */
export const ORDER_WORDS = Object.freeze({ status: STATUSES, type: TYPES, purpose: PURPOSES });

/** What stands in the `type` column. */
export function typeCode(type: OrderType): number {
  return TYPES.indexOf(type);
}

export class OrderLog {
  readonly #columns: GrowingColumns<(typeof FIELDS)[number]>;
  readonly #notes: GrowingColumns<(typeof NOTES)[number]>;

  constructor(room?: Room) {
    this.#columns = new GrowingColumns(FIELDS, room);
    this.#notes = new GrowingColumns(NOTES, room);
  }

  get length(): number {
    return this.#columns.length;
  }

  /** A copy of the columns, for after the run. */
  get columns(): Readonly<Record<(typeof FIELDS)[number], Float64Array>> {
    return this.#columns.flat();
  }

  /** The same of what stands beside them: a purpose by number, the limit as it was in the end; NaN = none. */
  get notes(): Readonly<Record<(typeof NOTES)[number], Float64Array>> {
    return this.#notes.flat();
  }

  /** Mixes the columns in, notes left out: what an order was, not what is said of it. */
  mixInto(digest: Digest): void {
    this.#columns.mixInto(digest);
  }

  add(order: Order): void {
    const row = this.#columns.next();
    const into = this.#columns.block(row);
    const k = within(row);
    into.leg[k] = order.leg;
    into.side[k] = order.side;
    into.type[k] = typeCode(order.type);
    into.equityFraction[k] = order.equityFraction;
    into.limitPrice[k] = order.terms.limitPrice;
    into.distance[k] = order.distance;
    into.parentId[k] = order.parentId;
    into.decisionPrice[k] = order.decisionPrice;
    into.createdMs[k] = order.createdMs;
    const notes = this.#notes.block(this.#notes.next());
    notes.purpose[k] = PURPOSES.indexOf(order.purpose);
    notes.attachedTo[k] = order.attachedTo;
    notes.endedMs[k] = Number.NaN;
    this.update(order);
  }

  /** It has come to its end. */
  end(order: Order, nowMs: number): void {
    this.update(order);
    this.#notes.block(order.id - 1).endedMs[within(order.id - 1)] = nowMs;
  }

  /** Takes over what may have changed since it was submitted. */
  update(order: Order): void {
    const into = this.#columns.block(order.id - 1);
    const k = within(order.id - 1);
    into.qty[k] = order.qty;
    into.triggerPrice[k] = order.triggerPrice;
    into.filledQty[k] = order.filledQty;
    into.status[k] = statusCode(order.status);
    // What sleeps has no limit yet when it is submitted: the column above keeps that one.
    this.#notes.block(order.id - 1).restsAt[k] = order.terms.limitPrice;
  }
}
