// Whose a trade's P&L is. Said once, here:
//
//   an agent's share of a trade = confidence x weight of its vote, if it voted for the trade, else 0
//   its credit                  = P&L x share / sum of shares
//
// The credits of one trade add up to its P&L to the last bit, in whatever order they are added: all but
// the last of them lie on a grid so coarse that sums on it are exact, and the last one takes the rest.

/** Steps of the grid in the leading power of two of the P&L; doubles have 2^52. */
const GRID_BITS = 40;

/**
 * Writes the credit of each share into `into`, of the same length; shares are >= 0. False, and zeros,
 * where nobody has a share: the trade is nobody's.
 */
export function creditTrade(
  pnlUsd: number,
  shares: ArrayLike<number>,
  into: { length: number; [k: number]: number },
): boolean {
  let total = 0;
  let last = -1;
  for (let k = 0; k < shares.length; k++) {
    into[k] = 0;
    if (!(shares[k]! > 0)) continue;
    total += shares[k]!;
    last = k;
  }
  if (last < 0) return false;
  const step = 2 ** (Math.floor(Math.log2(Math.abs(pnlUsd))) - GRID_BITS);
  let rest = pnlUsd;
  for (let k = 0; k < last; k++) {
    if (!(shares[k]! > 0) || !(step > 0)) continue;
    into[k] = Math.round((pnlUsd * shares[k]!) / total / step) * step;
    rest -= into[k]!;
  }
  into[last] = rest;
  return true;
}

/** An agent's share of a trade of `side`, given its signed vote (NaN = abstained) and its weight. */
export function shareOf(vote: number, weight: number, side: 1 | -1): number {
  return vote * side > 0 ? vote * side * weight : 0;
}
