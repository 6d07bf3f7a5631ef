// How far the first stop of an entry lies from its fill: the tightest of the rules that are on.
// The stop is attached to the entry, so a distance that cannot be told refuses the entry.

/** The parts of `risk` that put a stop under an entry; distances are fractions of price. */
export interface StopConfig {
  readonly atrStop: { readonly enabled: boolean; readonly multiple: number };
  readonly stopLoss: { readonly enabled: boolean; readonly fraction: number };
  readonly trailingStop: {
    readonly enabled: boolean;
    readonly buffer: number;
    readonly activation: number;
  };
}

/** A stop further away than this would not be one: its price must stay above zero. */
const WIDEST = 0.99;

/**
 * Distance of the first stop as a fraction of `price`, at most 0.99; 0 = every rule is off; NaN =
 * the ATR stop is on and `atr` (in quote currency) is not warm: the entry must be refused.
 */
export function stopDistance(config: StopConfig, atr: number, price: number): number {
  const { atrStop, stopLoss, trailingStop } = config;
  const byAtr = atrStop.enabled ? (atrStop.multiple * atr) / price : Infinity;
  if (byAtr !== byAtr) return Number.NaN;
  const byLoss = stopLoss.enabled ? stopLoss.fraction : Infinity;
  // A trailing stop that waits for a gain is not there yet at the entry.
  const trailsAtOnce = trailingStop.enabled && !(trailingStop.activation > 0);
  const byTrail = trailsAtOnce ? trailingStop.buffer : Infinity;
  const distance = Math.min(byAtr, byLoss, byTrail);
  return distance === Infinity ? 0 : Math.min(distance, WIDEST);
}
