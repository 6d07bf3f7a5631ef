// Which fills have been booked, and what they leave on each leg. The venue's name for a fill is what it is
// known by: told twice, it is the same fill.

import type { VenueEvent } from '../inbox.ts';
import type { FillReport } from '../venues/port.ts';

type Booked = Extract<
  VenueEvent,
  { readonly kind: 'order-filled' | 'liquidation' | 'external-fill' }
>;

export class Bookings {
  readonly #names = new Set<string>();
  readonly #held = new Map<number, number>();

  has(leg: number, { tradeId }: Pick<FillReport, 'tradeId'>): boolean {
    return this.#names.has(`${leg} ${tradeId}`);
  }

  /** Signed base units that everything booked leaves. */
  heldQty(leg: number): number {
    return this.#held.get(leg) ?? 0;
  }

  /** An event that books a fill of `leg`. */
  add(leg: number, { tradeId, qty }: Pick<Booked, 'tradeId' | 'qty'>): void {
    this.#names.add(`${leg} ${tradeId}`);
    const sum = this.heldQty(leg) + qty;
    // Lots add up to doubles: what rounding leaves of a whole position is nothing.
    this.#held.set(leg, Math.abs(sum) < 1e-12 ? 0 : sum);
  }
}
