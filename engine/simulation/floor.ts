// What a rule of matching may ask the venue to do with one candle of one leg. The rules decide which
// order trades when and at what price; the venue sizes, charges and answers.

import type { Bar } from './bar.ts';
import type { Book, Resting } from './resting.ts';

/** A leg's orders against one candle. */
export interface Meeting {
  readonly leg: number;
  readonly book: Book;
  readonly bar: Bar;
  /** Numbers the candles that are met, so that an order has one turn in each. */
  readonly turn: number;
  /** Distance in price that must be traded through a limit. */
  readonly through: number;
}

export interface Floor {
  /**
   * Fills as much as size, volume and position allow at `reference`, with costs on top for a taker.
   * What is left stays with the order.
   */
  fill(resting: Resting, reference: number, isMaker: boolean): void;
  /** Price at which the leg is liquidated, NaN = at none. */
  liquidationAt(leg: number): number;
  liquidate(leg: number, price: number): void;
  /** Signed base units the venue holds for us. */
  held(leg: number): number;
  /** True when the position was opened inside this very candle, at a time that is not known. */
  openedInside(leg: number): boolean;
  /** True when the position was opened in this candle, be it at its open. */
  openedNow(leg: number): boolean;
}
