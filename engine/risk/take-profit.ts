// The take-profit ladder: limit orders that rest above a long's entry (below a short's), each for a
// share of the whole position. A rung may wait before it holds: a table of falling gains that each
// take everything is a time-based return on investment, where the lowest gain that holds wins.
//
//   gain 1 %  [ 25 % ]     2 %  [ 25 % ]     5 %  [ the rest ]
//
// The quantities of a full ladder add up to what is held, to the lot: the last rung takes the rest.

import type { Problem } from '../errors.ts';
import { type Instrument, lotsIn, qtyOfLots, roundPrice } from '../market/instrument.ts';

/** One entry of `risk.takeProfit.ladder`; gain and fraction are fractions. */
export interface RungConfig {
  readonly gain: number;
  readonly fraction: number;
  readonly afterMinutes: number;
}

/** `risk.takeProfit`. */
export interface TakeProfitConfig {
  readonly enabled: boolean;
  readonly ladder: Readonly<Record<string, RungConfig>>;
}

const MINUTE_MS = 60_000;
/** Forgives the last bit of a sum of decimals such as 0.1 + 0.2 + 0.7. */
const SLACK = 1e-9;

export class TakeProfitLadder {
  readonly enabled: boolean;
  /** Lowest gain first, ties by id. */
  readonly rungs: readonly RungConfig[];
  /** What `rest` wrote: limit prices on the tick grid, quantities > 0, and rungs, by index. */
  readonly price: Float64Array;
  readonly qty: Float64Array;
  readonly rung: Int32Array;
  /** Lots that each rung of each leg has closed. */
  readonly #closedLots: Float64Array;

  constructor(config: TakeProfitConfig, legs: number) {
    const ids = Object.keys(config.ladder).sort();
    const rungs = ids.map((id) => config.ladder[id]!);
    rungs.sort((a, b) => a.gain - b.gain);
    this.enabled = config.enabled && rungs.length > 0;
    this.rungs = this.enabled ? rungs : [];
    this.price = new Float64Array(this.rungs.length);
    this.qty = new Float64Array(this.rungs.length);
    this.rung = new Int32Array(this.rungs.length);
    this.#closedLots = new Float64Array(this.rungs.length * legs);
  }

  /** A position was opened on the leg: no rung has closed anything of it. */
  open(leg: number): void {
    const count = this.rungs.length;
    for (let k = leg * count; k < (leg + 1) * count; k++) this.#closedLots[k] = 0;
  }

  /** An order of a rung closed `qty` of the leg's position. */
  filled(leg: number, rung: number, instrument: Instrument, qty: number): void {
    this.#closedLots[leg * this.rungs.length + rung]! += lotsIn(instrument, qty);
  }

  /** How many rungs hold at `nowMs`; the orders need no look while this and the fills stay. */
  holding(openedMs: number, nowMs: number): number {
    let count = 0;
    for (const rung of this.rungs) if (holds(rung, openedMs, nowMs)) count++;
    return count;
  }

  /**
   * Writes the orders that should rest for a position into `price`, `qty` and `rung` and returns
   * how many there are. `initialQty` is the largest size the position had, `heldQty` what is left
   * of it (both > 0, base units); whatever else reduced the position, the rungs never add up to
   * more than is held. A rung of less than a lot is left out. Nothing when the entry price is not a
   * number: the stop stays, and a limit cannot be told.
   */
  rest(
    leg: number,
    instrument: Instrument,
    side: 1 | -1,
    entryPrice: number,
    initialQty: number,
    heldQty: number,
    openedMs: number,
    nowMs: number,
  ): number {
    const { rungs } = this;
    const initialLots = lotsIn(instrument, initialQty);
    let left = lotsIn(instrument, heldQty);
    let share = 0;
    let lotsBelow = 0;
    let count = 0;
    for (let k = 0; k < rungs.length && left > 0; k++) {
      const rung = rungs[k]!;
      const price = roundPrice(instrument, entryPrice * (1 + side * rung.gain));
      // A short cannot gain 100 %: such a rung has no price.
      if (!holds(rung, openedMs, nowMs) || !(price > 0)) continue;
      share += rung.fraction;
      const isLast = share >= 1 - SLACK;
      // Shares are rounded together, not one by one: three lots over four rungs are 0, 1, 1, 1.
      const lotsUpTo = isLast ? initialLots : Math.floor(share * initialLots + SLACK);
      const open = lotsUpTo - lotsBelow - this.#closedLots[leg * rungs.length + k]!;
      lotsBelow = lotsUpTo;
      const lots = isLast ? left : Math.min(left, open);
      if (!(lots > 0)) continue;
      left -= lots;
      this.price[count] = price;
      this.qty[count] = qtyOfLots(instrument, lots);
      this.rung[count++] = k;
    }
    return count;
  }
}

/** Rungs that can never close anything: shares of one and the same time that add up beyond 1. */
export function ladderProblems(
  ladder: Readonly<Record<string, RungConfig>>,
  key: string,
): Problem[] {
  const shares = new Map<number, number>();
  for (const { fraction, afterMinutes } of Object.values(ladder)) {
    shares.set(afterMinutes, (shares.get(afterMinutes) ?? 0) + fraction);
  }
  return [...shares].flatMap(([afterMinutes, value]) => {
    if (value <= 1 + SLACK) return [];
    const rule = `fractions of the rungs after ${afterMinutes} minutes must add up to 1 at most`;
    return [{ key, rule, value }];
  });
}

/** As in freqtrade's minimal_roi: from the minute itself on. */
function holds(rung: RungConfig, openedMs: number, nowMs: number): boolean {
  return nowMs - openedMs >= rung.afterMinutes * MINUTE_MS;
}
