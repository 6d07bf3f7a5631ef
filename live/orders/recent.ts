// What was sent and refused of late, as far as limits by the minute ask.

import type { Order } from '../../engine/execution/order.ts';
import { MINUTE_MS } from '../../engine/interval.ts';

interface Happening {
  readonly atMs: number;
  readonly leg: number;
  readonly side: number;
  /** All that makes it the same order as another one. */
  readonly what: string;
}

export class Recent {
  #entries: Happening[] = [];
  #refusals: Happening[] = [];

  /** `nowMs`: monotonic. */
  entered(order: Order, nowMs: number): void {
    this.#entries = [...within(this.#entries, nowMs), happening(order, nowMs)];
  }

  refused(order: Order, nowMs: number): void {
    this.#refusals = [...within(this.#refusals, nowMs), happening(order, nowMs)];
  }

  /**
   * Within the last minute: entries of all legs, of the order's leg and side, refusals of its leg; and how
   * long ago the very same entry was sent.
   */
  counts(order: Order, nowMs: number) {
    const entries = within(this.#entries, nowMs);
    const { what: twin } = happening(order, nowMs);
    const isSame = ({ leg, side }: Happening) => leg === order.leg && side === order.side;
    return {
      entries: entries.length,
      repeats: entries.filter(isSame).length,
      refusals: within(this.#refusals, nowMs).filter(({ leg }) => leg === order.leg).length,
      twinAgeMs:
        nowMs - (entries.findLast(({ what }) => what === twin)?.atMs ?? Number.NEGATIVE_INFINITY),
    };
  }
}

function happening(order: Order, atMs: number): Happening {
  const { leg, side, type, qty, equityFraction, triggerPrice, terms } = order;
  const what = [leg, side, type, qty, equityFraction, triggerPrice, terms.limitPrice].join(' ');
  return { atMs, leg, side, what };
}

function within(happenings: readonly Happening[], nowMs: number): Happening[] {
  return happenings.filter(({ atMs }) => atMs > nowMs - MINUTE_MS);
}
