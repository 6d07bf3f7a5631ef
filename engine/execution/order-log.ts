// Every order of a run, one row each: the order with id n is at row n - 1. Rows are written when an
// order is submitted and completed when it has come to its end, so that nothing keeps the order
// objects themselves, of which a run may make a hundred thousand.

import { GrowingColumns, within } from '../columns.ts';
import type { Order, OrderStatus } from './order.ts';

const FIELDS = [
  'leg',
  'side',
  'qty',
  'equityFraction',
  'triggerPrice',
  'stopDistance',
  'decisionPrice',
  'createdMs',
  'filledQty',
  'status',
] as const;

/** What stands in the `status` column. */
export function statusCode(status: OrderStatus): number {
  switch (status) {
    case 'dormant':
      return 0;
    case 'new':
      return 1;
    case 'filled':
      return 2;
    case 'cancelled':
      return 3;
    case 'rejected':
      return 4;
  }
}

export class OrderLog {
  readonly #columns = new GrowingColumns(FIELDS);

  get length(): number {
    return this.#columns.length;
  }

  /** A copy of the columns, for after the run. */
  get columns(): Readonly<Record<(typeof FIELDS)[number], Float64Array>> {
    return this.#columns.flat();
  }

  add(order: Order): void {
    const row = this.#columns.next();
    const into = this.#columns.block(row);
    const k = within(row);
    into.leg[k] = order.leg;
    into.side[k] = order.side;
    into.equityFraction[k] = order.equityFraction;
    into.stopDistance[k] = order.stopDistance;
    into.decisionPrice[k] = order.decisionPrice;
    into.createdMs[k] = order.createdMs;
    this.update(order);
  }

  /** Takes over what may have changed since it was submitted. */
  update(order: Order): void {
    const into = this.#columns.block(order.id - 1);
    const k = within(order.id - 1);
    into.qty[k] = order.qty;
    into.triggerPrice[k] = order.triggerPrice;
    into.filledQty[k] = order.filledQty;
    into.status[k] = statusCode(order.status);
  }
}
