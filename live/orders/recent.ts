// What was sent and refused of late, as far as limits by the minute ask.

import type { Order } from '../../engine/execution/order.ts';
import { MINUTE_MS } from '../../engine/interval.ts';

interface Happening {
  readonly atMs: number;
  readonly leg: number;
  readonly side: number;
}

export class Recent {
  #entries: Happening[] = [];
  #refusals: Happening[] = [];

  /** `nowMs`: monotonic. */
  entered({ leg, side }: Order, nowMs: number): void {
    this.#entries = [...within(this.#entries, nowMs), { atMs: nowMs, leg, side }];
  }

  refused({ leg, side }: Order, nowMs: number): void {
    this.#refusals = [...within(this.#refusals, nowMs), { atMs: nowMs, leg, side }];
  }

  /** Within the last minute: entries of all legs, of the order's leg and side, refusals of its leg. */
  counts(order: Order, nowMs: number) {
    const entries = within(this.#entries, nowMs);
    const isSame = ({ leg, side }: Happening) => leg === order.leg && side === order.side;
    return {
      entries: entries.length,
      repeats: entries.filter(isSame).length,
      refusals: within(this.#refusals, nowMs).filter(({ leg }) => leg === order.leg).length,
    };
  }
}

function within(happenings: readonly Happening[], nowMs: number): Happening[] {
  return happenings.filter(({ atMs }) => atMs > nowMs - MINUTE_MS);
}
