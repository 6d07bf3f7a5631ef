// Every fill of a run, one row each, in order of time.

import { GrowingColumns } from '../columns.ts';

const FIELDS = ['tsMs', 'row', 'leg', 'orderId', 'qty', 'price', 'feeUsd', 'slippageUsd'] as const;

export class FillLog {
  readonly #columns = new GrowingColumns(FIELDS);

  get length(): number {
    return this.#columns.length;
  }

  /** The columns, longer than `length`; use rows below it. */
  get columns(): Readonly<Record<(typeof FIELDS)[number], Float64Array>> {
    return this.#columns.data;
  }

  add(
    tsMs: number,
    row: number,
    leg: number,
    orderId: number,
    qty: number,
    price: number,
    feeUsd: number,
    slippageUsd: number,
  ): void {
    const k = this.#columns.next();
    const into = this.#columns.data;
    into.tsMs[k] = tsMs;
    into.row[k] = row;
    into.leg[k] = leg;
    into.orderId[k] = orderId;
    into.qty[k] = qty;
    into.price[k] = price;
    into.feeUsd[k] = feeUsd;
    into.slippageUsd[k] = slippageUsd;
  }
}
