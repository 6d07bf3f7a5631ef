// Every fill of a run, one row each, in order of time.

import { GrowingColumns, type Room, within } from '../columns.ts';
import type { Digest } from '../digest.ts';

const FIELDS = [
  'tsMs',
  'row',
  'leg',
  'orderId',
  'qty',
  'price',
  'feeUsd',
  'slippageUsd',
  'impactUsd',
  'maker',
] as const;

export class FillLog {
  readonly #columns: GrowingColumns<(typeof FIELDS)[number]>;

  constructor(room?: Room) {
    this.#columns = new GrowingColumns(FIELDS, room);
  }

  get length(): number {
    return this.#columns.length;
  }

  /** A copy of the columns, for after the run. */
  get columns(): Readonly<Record<(typeof FIELDS)[number], Float64Array>> {
    return this.#columns.flat();
  }

  mixInto(digest: Digest): void {
    this.#columns.mixInto(digest);
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
    impactUsd: number,
    maker: 0 | 1,
  ): void {
    const at = this.#columns.next();
    const into = this.#columns.block(at);
    const k = within(at);
    into.tsMs[k] = tsMs;
    into.row[k] = row;
    into.leg[k] = leg;
    into.orderId[k] = orderId;
    into.qty[k] = qty;
    into.price[k] = price;
    into.feeUsd[k] = feeUsd;
    into.slippageUsd[k] = slippageUsd;
    into.impactUsd[k] = impactUsd;
    into.maker[k] = maker;
  }
}
