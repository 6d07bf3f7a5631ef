// One net position per leg, at average price. A reduction realises P&L against the average; a fill
// through zero closes at the old average and opens the rest at the fill price. What is held is always
// the double of a whole number of lots, so that a close of it leaves exactly 0.

import { type Instrument, qtyOfLots } from '../market/instrument.ts';

/** Signed quantity and its average price. */
export class Position {
  /** Base units; + long, - short, exactly 0 when flat. */
  qty = 0;
  /** Average price of what is held; NaN when flat. */
  entryPrice = Number.NaN;
  readonly #instrument: Instrument;

  constructor(instrument: Instrument) {
    this.#instrument = instrument;
  }

  /** Applies a fill of signed `qty` at `price` and returns the realised P&L in quote currency. */
  fill(qty: number, price: number): number {
    const held = this.qty;
    const next = held === 0 ? qty : this.#wholeLots(held + qty);
    if (held === 0 || held > 0 === qty > 0) {
      const cost = held === 0 ? qty * price : held * this.entryPrice + qty * price;
      this.qty = next;
      this.entryPrice = cost / next;
      return 0;
    }
    const closed = Math.abs(qty) < Math.abs(held) ? qty : -held;
    const realised = -closed * (price - this.entryPrice);
    // + 0 turns a -0 into 0: two roads to flat must leave the same bits.
    this.qty = next + 0;
    if (next === 0) this.entryPrice = Number.NaN;
    else if (next > 0 !== held > 0) this.entryPrice = price;
    return realised;
  }

  /** The double of the nearest whole number of lots: sums of doubles drift off the grid. */
  #wholeLots(qty: number): number {
    const lots = Math.round(Math.abs(qty) / this.#instrument.lotSize);
    const size = qtyOfLots(this.#instrument, lots);
    return qty < 0 ? -size : size;
  }
}
