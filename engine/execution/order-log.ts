// Every order of a run, one row each: the order with id n is at row n - 1. Rows are written when an
// order is submitted and completed when it has come to its end, so that nothing keeps the order
// objects themselves, of which a run may make a hundred thousand.

import { GrowingRows, type Room } from '../columns.ts';
import type { Digest } from '../digest.ts';
import type { Order, OrderStatus, OrderType, Purpose } from './order.ts';

/** Where each lies in its row; their order is that of the digest. */
const AT = Object.freeze({
  leg: 0,
  side: 1,
  type: 2,
  qty: 3,
  equityFraction: 4,
  limitPrice: 5,
  triggerPrice: 6,
  distance: 7,
  parentId: 8,
  decisionPrice: 9,
  createdMs: 10,
  filledQty: 11,
  status: 12,
});

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

/** What people ask of an order later; kept apart, because `AT` is what the digest is made of. */
const NOTE = Object.freeze({
  purpose: 0,
  attachedTo: 1,
  endedMs: 2,
  restsAt: 3,
});

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
  readonly #rows: GrowingRows<keyof typeof AT>;
  readonly #notes: GrowingRows<keyof typeof NOTE>;

  constructor(room?: Room) {
    this.#rows = new GrowingRows(AT, room);
    this.#notes = new GrowingRows(NOTE, room);
  }

  get length(): number {
    return this.#rows.length;
  }

  /** A copy of the columns, for after the run. */
  get columns(): Readonly<Record<keyof typeof AT, Float64Array>> {
    return this.#rows.flat();
  }

  /** The same of what stands beside them: a purpose by number, the limit as it was in the end; NaN = none. */
  get notes(): Readonly<Record<keyof typeof NOTE, Float64Array>> {
    return this.#notes.flat();
  }

  /** Mixes the columns in, notes left out: what an order was, not what is said of it. */
  mixInto(digest: Digest): void {
    this.#rows.mixInto(digest);
  }

  add(order: Order): void {
    const row = this.#rows.next();
    const into = this.#rows.block(row);
    const k = this.#rows.at(row);
    into[k + AT.leg] = order.leg;
    into[k + AT.side] = order.side;
    into[k + AT.type] = typeCode(order.type);
    into[k + AT.equityFraction] = order.equityFraction;
    into[k + AT.limitPrice] = order.terms.limitPrice;
    into[k + AT.distance] = order.distance;
    into[k + AT.parentId] = order.parentId;
    into[k + AT.decisionPrice] = order.decisionPrice;
    into[k + AT.createdMs] = order.createdMs;
    this.#notes.next();
    const notes = this.#notes.block(row);
    const n = this.#notes.at(row);
    notes[n + NOTE.purpose] = PURPOSES.indexOf(order.purpose);
    notes[n + NOTE.attachedTo] = order.attachedTo;
    notes[n + NOTE.endedMs] = Number.NaN;
    this.update(order);
  }

  /** It has come to its end. */
  end(order: Order, nowMs: number): void {
    this.update(order);
    const row = order.id - 1;
    this.#notes.block(row)[this.#notes.at(row) + NOTE.endedMs] = nowMs;
  }

  /** Takes over what may have changed since it was submitted. */
  update(order: Order): void {
    const row = order.id - 1;
    const into = this.#rows.block(row);
    const k = this.#rows.at(row);
    into[k + AT.qty] = order.qty;
    into[k + AT.triggerPrice] = order.triggerPrice;
    into[k + AT.filledQty] = order.filledQty;
    into[k + AT.status] = statusCode(order.status);
    // What sleeps has no limit yet when it is submitted: the column above keeps that one.
    this.#notes.block(row)[this.#notes.at(row) + NOTE.restsAt] = order.terms.limitPrice;
  }
}
