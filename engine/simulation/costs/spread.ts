// The half-spread that a taker pays, as a fraction of the price. Numbers in, a number out.
//
//   fixed   the same bps on every fill
//   edge    half of what candles show of the spread (market/indicators/edge-spread.ts), within bounds

/** `bps` as a fraction: 2 is 0.0002. */
export function fixedHalfSpread(bps: number): number {
  return bps / 10_000;
}

/**
 * Half of `spread`, the estimated full spread as a fraction. What is NaN (warm-up, a hole, candles that
 * tell nothing), 0 or negative (too small to be seen) is not a free fill but `floorBps`; so is anything
 * below it. At most `maxBps`: an estimate from a wild stretch of candles is noise, not a spread. Where
 * the floor is above the bound the floor holds, the worse of the two.
 */
export function edgeHalfSpread(spread: number, floorBps: number, maxBps: number): number {
  const floor = floorBps / 10_000;
  const half = Math.min(spread / 2, maxBps / 10_000);
  // NaN is not above anything, so it ends at the floor.
  return half > floor ? half : floor;
}
