// Fills that no live order of ours made: the venue closed a position or a part of it, a person traded by
// hand, an order that had been given up was filled all the same. They are booked like any other, stops
// follow what is left, and what nobody decided on is closed.

import type { FillLog } from '../portfolio/fill-log.ts';
import type { Portfolio } from '../portfolio/portfolio.ts';
import type { Booking } from './booking.ts';
import type { Desk } from './desk.ts';

export interface UnorderedParts {
  readonly portfolio: Portfolio;
  readonly desk: Desk;
  readonly fills: FillLog;
  readonly booking: Booking;
}

export class Unordered {
  readonly #parts: UnorderedParts;

  constructor(parts: UnorderedParts) {
    this.#parts = parts;
  }

  /** Signed `qty`. What such a fill cost beyond its price and fee nobody can say. */
  fill(
    reason: 'liquidation' | 'external',
    row: number,
    nowMs: number,
    leg: number,
    qty: number,
    price: number,
    feeUsd: number,
  ): void {
    const { portfolio, desk, fills, booking } = this.#parts;
    const held = portfolio.positions[leg]!.qty;
    const realisedUsd = portfolio.fill(leg, qty, price, feeUsd, 0, 0);
    fills.add(nowMs, row, leg, 0, qty, price, feeUsd, 0, 0, 0);
    booking.book(reason, 0, leg, held, row, nowMs, qty, price, feeUsd, 0, realisedUsd);
    const left = portfolio.positions[leg]!.qty;
    if (held !== 0 && left !== 0 && held > 0 === left > 0) {
      desk.protection.cover(leg, nowMs);
      return;
    }
    desk.protection.drop(leg);
    if (held !== 0) desk.cancelAdditions(leg, held > 0 ? 1 : -1);
    if (left !== 0 && !desk.isClosing(leg)) desk.exit(leg, 'halt', nowMs, false);
  }
}
