// Implementation shortfall (Perold 1988, "The implementation shortfall: paper versus reality"): what
// a parent order cost against a paper trade of the whole quantity at the decision price.
//
//   decision price -> reference price -> fill price        for what filled
//            delay      spread + impact         + fees
//   decision price -> end price                            for what did not: missed
//
// The reference price of a fill is its price without its spread and impact, so `delay` is all drift
// since the decision. The parts add up to the total by construction. A cost is positive, a gain
// negative; parts of parents simply add up, so one sum serves a parent, an algorithm or a run.

import { assert } from '../errors.ts';

/** One fill of a child. */
export interface ShortfallFill {
  /** Base units, > 0. */
  readonly qty: number;
  readonly price: number;
  /** Negative: a rebate. */
  readonly feeUsd: number;
  /** Part of the price paid for crossing the spread, over the whole fill. */
  readonly spreadUsd: number;
  /** Part of the price paid for the order's own size, over the whole fill. */
  readonly impactUsd: number;
}

/** A parent order that is over. */
export interface ShortfallParent {
  readonly side: 1 | -1;
  /** Wanted, base units, > 0, unrounded. */
  readonly qty: number;
  readonly decisionPrice: number;
  readonly fills: readonly ShortfallFill[];
  /** Price when the parent ended; may be NaN where everything filled. */
  readonly endPrice: number;
}

/** Costs in USD; positive = paid. */
export interface Shortfall {
  /** Drift from the decision price to the reference price of each fill. */
  readonly delayUsd: number;
  readonly spreadUsd: number;
  readonly impactUsd: number;
  readonly feeUsd: number;
  /** Drift from the decision price to the end price over what did not fill. */
  readonly missedUsd: number;
  /** The five parts added up in this order. */
  readonly totalUsd: number;
  /** Total over the paper notional (wanted qty x decision price); NaN where there is none. */
  readonly bpsOfPaper: number;
}

/** The shortfall of one parent. Throws InvariantError for quantities or prices that are none. */
export function shortfallOf(parent: ShortfallParent): Shortfall {
  const { side, qty, decisionPrice, fills, endPrice } = parent;
  const sum = new ShortfallSum();
  let filledQty = 0;
  for (const fill of fills) {
    sum.addFill(
      side,
      decisionPrice,
      fill.qty,
      fill.price,
      fill.feeUsd,
      fill.spreadUsd,
      fill.impactUsd,
    );
    filledQty += fill.qty;
  }
  sum.endParent(side, decisionPrice, qty, filledQty, endPrice);
  return sum.shortfall();
}

/** Adds up fills as they come and parents as they end. Numbers only: nothing is kept per fill. */
export class ShortfallSum {
  /** Parents that ended. */
  parents = 0;
  fills = 0;
  /** Wanted qty x decision price of parents that ended. */
  paperUsd = 0;
  /** The part of it that filled, at decision prices. */
  filledPaperUsd = 0;
  delayUsd = 0;
  spreadUsd = 0;
  impactUsd = 0;
  feeUsd = 0;
  missedUsd = 0;

  addFill(
    side: 1 | -1,
    decisionPrice: number,
    qty: number,
    price: number,
    feeUsd: number,
    spreadUsd: number,
    impactUsd: number,
  ): void {
    const delayUsd = side * qty * (price - decisionPrice) - spreadUsd - impactUsd;
    assert(qty > 0 && Number.isFinite(delayUsd + feeUsd), 'a fill has a quantity and a price');
    this.fills++;
    this.filledPaperUsd += qty * decisionPrice;
    this.delayUsd += delayUsd;
    this.spreadUsd += spreadUsd;
    this.impactUsd += impactUsd;
    this.feeUsd += feeUsd;
  }

  /** Books what of `qty` (wanted) did not fill as missed, at `endPrice`. Call once per parent. */
  endParent(
    side: 1 | -1,
    decisionPrice: number,
    qty: number,
    filledQty: number,
    endPrice: number,
  ): void {
    const missedQty = qty - filledQty;
    const missedUsd = missedQty === 0 ? 0 : side * missedQty * (endPrice - decisionPrice);
    assert(Number.isFinite(missedUsd), 'what was missed has a price');
    this.parents++;
    this.paperUsd += qty * decisionPrice;
    this.missedUsd += missedUsd;
  }

  /** Adds another sum, for totals over algorithms. */
  add(other: ShortfallSum): void {
    this.parents += other.parents;
    this.fills += other.fills;
    this.paperUsd += other.paperUsd;
    this.filledPaperUsd += other.filledPaperUsd;
    this.delayUsd += other.delayUsd;
    this.spreadUsd += other.spreadUsd;
    this.impactUsd += other.impactUsd;
    this.feeUsd += other.feeUsd;
    this.missedUsd += other.missedUsd;
  }

  /** The sum so far. */
  shortfall(): Shortfall {
    const { delayUsd, spreadUsd, impactUsd, feeUsd, missedUsd, paperUsd } = this;
    const totalUsd = delayUsd + spreadUsd + impactUsd + feeUsd + missedUsd;
    const bpsOfPaper = paperUsd > 0 ? (totalUsd / paperUsd) * 1e4 : Number.NaN;
    return { delayUsd, spreadUsd, impactUsd, feeUsd, missedUsd, totalUsd, bpsOfPaper };
  }
}
