// Every fill of a run, one row each, in order of time.

import { GrowingRows, type Room } from '../columns.ts';
import type { Digest } from '../digest.ts';

/** Where each lies in its row; their order is that of the digest. */
const AT = Object.freeze({
  tsMs: 0,
  row: 1,
  leg: 2,
  orderId: 3,
  qty: 4,
  price: 5,
  feeUsd: 6,
  slippageUsd: 7,
  impactUsd: 8,
  maker: 9,
});

export class FillLog {
  readonly #rows: GrowingRows<keyof typeof AT>;

  constructor(room?: Room) {
    this.#rows = new GrowingRows(AT, room);
  }

  get length(): number {
    return this.#rows.length;
  }

  /** A copy of the columns, for after the run. */
  get columns(): Readonly<Record<keyof typeof AT, Float64Array>> {
    return this.#rows.flat();
  }

  mixInto(digest: Digest): void {
    this.#rows.mixInto(digest);
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
    const at = this.#rows.next();
    const into = this.#rows.block(at);
    const k = this.#rows.at(at);
    into[k + AT.tsMs] = tsMs;
    into[k + AT.row] = row;
    into[k + AT.leg] = leg;
    into[k + AT.orderId] = orderId;
    into[k + AT.qty] = qty;
    into[k + AT.price] = price;
    into[k + AT.feeUsd] = feeUsd;
    into[k + AT.slippageUsd] = slippageUsd;
    into[k + AT.impactUsd] = impactUsd;
    into[k + AT.maker] = maker;
  }
}
