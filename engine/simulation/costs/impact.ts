// How far our own size moves the price against us, as a fraction of the price, >= 0.
//
//   volume-share   coefficient x min(share, limit)^2              zipline's and LEAN's model
//   square-root    coefficient x sigma x sqrt(share)              Toth et al. 2011; coefficient near 1
//
// share = our qty / the volume traded. Where nothing was traded the answer is NaN: no fill. LEAN logs an
// error there and returns 0 for crypto, a free fill in a candle in which nobody traded.

/** What a fill's own size does to its price. */
export type ImpactModel = 'none' | 'volume-share' | 'square-root';

/**
 * Impact as a fraction of the price; NaN = no fill, because volume is not above 0.
 * @param qty what of our orders fills in this volume, all of them together; its sign does not matter
 * @param volume traded in the same period, same units as `qty`
 * @param sigma standard deviation of returns over the period of `volume`, a fraction; read by square-root
 *   only, and a NaN in it (its warm-up) gives NaN: hand in a number where fills are allowed
 * @param limit most of a share that counts, read by volume-share only; 1 = all of it
 */
export function impactFraction(
  model: ImpactModel,
  qty: number,
  volume: number,
  sigma: number,
  coefficient: number,
  limit: number,
): number {
  if (model === 'volume-share') return volumeShareImpact(qty, volume, coefficient, limit);
  if (model === 'square-root') return squareRootImpact(qty, volume, sigma, coefficient);
  return volume > 0 ? 0 : Number.NaN;
}

/**
 * coefficient x share^2 with share = min(|qty| / volume, limit), a fraction; NaN when volume is not
 * above 0. Source: zipline, finance/slippage.py, VolumeShareSlippage (coefficient 0.1, limit 0.025).
 * LEAN multiplies the coefficient by a random number: not done here, it hides a cost behind a seed.
 */
export function volumeShareImpact(
  qty: number,
  volume: number,
  coefficient: number,
  limit = 1,
): number {
  if (!(volume > 0)) return Number.NaN;
  const share = Math.min(Math.abs(qty) / volume, limit);
  return coefficient * share * share;
}

/**
 * coefficient x sigma x sqrt(|qty| / volume), a fraction: four times the size, twice the impact on each
 * unit. Sigma and volume must be over the same period. NaN when volume is not above 0.
 */
export function squareRootImpact(
  qty: number,
  volume: number,
  sigma: number,
  coefficient: number,
): number {
  if (!(volume > 0)) return Number.NaN;
  return coefficient * sigma * Math.sqrt(Math.abs(qty) / volume);
}

/** `price` made worse by `fraction` for a taker: up for a purchase (`side` 1), down for a sale (-1). */
export function worsePrice(price: number, side: 1 | -1, fraction: number): number {
  return price * (1 + side * fraction);
}

// Almgren, Thum, Hauptmann and Li, "Direct estimation of equity market impact" (Risk 18/7, 2005),
// fitted on US shares: a yardstick, not a model of perpetuals, which have no shares outstanding.

/** Permanent impact: per unit of sigma, per share^1, per (outstanding / volume)^(1/4). */
const GAMMA = 0.314;
/** Temporary impact: per unit of sigma, per participation^(3/5). */
const ETA = 0.142;

/**
 * I, how far the price stays moved, in units of `sigma`, signed as `qty`.
 * @param volume of a day, same units as `qty` and `outstanding`
 * @param sigma of a day's returns
 */
export function almgrenPermanent(
  qty: number,
  volume: number,
  outstanding: number,
  sigma: number,
): number {
  return GAMMA * sigma * (qty / volume) * (outstanding / volume) ** 0.25;
}

/** K, what trading `qty` evenly over `days` costs beyond that, in units of `sigma`, signed as `qty`. */
export function almgrenTemporary(qty: number, volume: number, days: number, sigma: number): number {
  return Math.sign(qty) * ETA * sigma * Math.abs(qty / (volume * days)) ** 0.6;
}

/** J = I / 2 + K: the mean cost of a unit against the price before the first trade. */
export function almgrenCost(
  qty: number,
  volume: number,
  outstanding: number,
  days: number,
  sigma: number,
): number {
  const permanent = almgrenPermanent(qty, volume, outstanding, sigma);
  return permanent / 2 + almgrenTemporary(qty, volume, days, sigma);
}
