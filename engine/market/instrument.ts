// What a venue lets one trade: steps of price and quantity, the smallest order, fees, leverage.
//
// A quantity is always a whole number of lots. It is rounded once, when an order is built, and
// always towards less risk (down), so that a position that was closed is exactly zero.

/** The trading rules of one symbol at one venue. Prices in quote currency, quantities in base. */
export interface Instrument {
  readonly venue: string;
  readonly symbol: string;
  /** Smallest price step, > 0. */
  readonly tickSize: number;
  /** Smallest quantity step, > 0. */
  readonly lotSize: number;
  /** Smallest order, quote currency counted as USD, >= 0. */
  readonly minNotionalUsd: number;
  /** May be negative: a rebate. */
  readonly makerFeeBps: number;
  readonly takerFeeBps: number;
  readonly maxLeverage: number;
  /** `assumed`: our guess for imported history, a warning in the report. */
  readonly source: 'assumed' | 'venue' | 'synthetic';
  /** From when these rules hold, UTC ms. */
  readonly validFromMs: number;
}

/** Whole lots in `qty`, rounded down in size. The 1e-9 forgives the last bit of a division. */
export function lotsIn(instrument: Pick<Instrument, 'lotSize'>, qty: number): number {
  return Math.floor((Math.abs(qty) / instrument.lotSize) * (1 + 1e-12) + 1e-9);
}

/**
 * The quantity of a whole number of lots. Where a unit holds a whole number of lots (0.001 -> 1000)
 * we divide: 9 / 1000 is the double nearest to 0.009, while 9 * 0.001 is not.
 */
export function qtyOfLots(instrument: Pick<Instrument, 'lotSize'>, lots: number): number {
  const perUnit = lotsPerUnit.of(instrument.lotSize);
  return perUnit > 0 ? lots / perUnit : lots * instrument.lotSize;
}

/**
 * How many steps make 1, or 0 when that is no whole number. Twelve digits decide: the inverse of a
 * decimal is good to fifteen, and 1 / 0.00000003 misses a whole number in the ninth.
 */
class StepsPerUnit {
  /** Steps come again and again: the answer to the last one is kept. */
  #step = Number.NaN;
  #count = Number.NaN;

  of(step: number): number {
    if (step === this.#step) return this.#count;
    const perUnit = 1 / step;
    const whole = Math.round(perUnit);
    this.#step = step;
    this.#count = Math.abs(perUnit - whole) < 1e-12 * whole ? whole : 0;
    return this.#count;
  }
}

const lotsPerUnit = new StepsPerUnit();
const ticksPerUnit = new StepsPerUnit();

/** `qty` rounded down to whole lots, its sign kept; never -0. */
export function roundQty(instrument: Instrument, qty: number): number {
  const size = qtyOfLots(instrument, lotsIn(instrument, qty));
  return size === 0 ? 0 : qty < 0 ? -size : size;
}

/** The price on the tick grid at or next to `price`, up (1) or down (-1); NaN stays NaN. */
export function roundPriceTowards(instrument: Instrument, price: number, way: 1 | -1): number {
  const near = roundPrice(instrument, price);
  // A price that is on the grid but for its last bits stays where it is.
  if (Math.abs(near - price) <= 1e-9 * instrument.tickSize || near !== near) return near;
  if (way > 0 ? near > price : near < price) return near;
  return roundPrice(instrument, near + way * instrument.tickSize);
}

/** The nearest price on the tick grid. */
export function roundPrice(instrument: Instrument, price: number): number {
  const perUnit = ticksPerUnit.of(instrument.tickSize);
  if (perUnit > 0) return Math.round(price * perUnit) / perUnit;
  return Math.round(price / instrument.tickSize) * instrument.tickSize;
}
