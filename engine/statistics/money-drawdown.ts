// The deepest fall of equity in money. It need not be the deepest in per cent: a small account
// halves early, a large one later loses more by a tenth. drawdown.ts has the fraction.

import type { Column } from '../market/column.ts';

export interface MoneyDrawdown {
  /** Most USD below the running peak, start included, >= 0. */
  readonly fallUsd: number;
  /** The same fall over its peak, a fraction <= 0. */
  readonly fraction: number;
}

/**
 * Deepest fall in USD of equity that starts with `startUsd` (> 0); the first of equally deep ones.
 * NaN when a value is not finite.
 */
export function moneyDrawdown(equityUsd: Column, startUsd: number): MoneyDrawdown {
  let peak = startUsd;
  let worst = { fallUsd: 0, fraction: 0 };
  let isDefined = Number.isFinite(startUsd);
  for (let row = 0; row < equityUsd.length; row++) {
    const equity = equityUsd[row]!;
    if (!Number.isFinite(equity)) isDefined = false;
    if (equity > peak) peak = equity;
    else if (peak - equity > worst.fallUsd) {
      worst = { fallUsd: peak - equity, fraction: equity / peak - 1 };
    }
  }
  return isDefined ? worst : { fallUsd: Number.NaN, fraction: Number.NaN };
}
