// Whether what an entry is expected to cost in the book is worth it. Exits are never asked: getting
// out at a bad price beats not getting out.

/**
 * 'slippage' when half the spread and the market impact together, in bps of price, are above
 * `maxSlippageBps`; null when they are not, or when there is no limit. An unknown cost (NaN) is
 * refused.
 */
export function slippageCode(
  maxSlippageBps: number | null,
  halfSpreadBps: number,
  impactBps: number,
): 'slippage' | null {
  if (maxSlippageBps === null) return null;
  return halfSpreadBps + impactBps <= maxSlippageBps ? null : 'slippage';
}
