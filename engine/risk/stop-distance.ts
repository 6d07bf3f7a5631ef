// How far the first stop of an entry lies from its fill: the tightest of the rules that are on.
// The stop is attached to the entry, so a distance that cannot be told refuses the entry.
//
// Ours and the venue's own are two things: under `trailingStop.kind: venue` the buffer belongs to an
// order of its own, attached beside the stop that the other rules ask for.

import type { RiskConfig } from '../config/schema.ts';
import { intervalOr } from '../interval.ts';
import { atr as atrOf } from '../market/indicators/atr.ts';
import type { Panel } from '../market/panel.ts';

/** The parts of `risk` that put a stop under an entry; distances are fractions of price. */
export interface StopConfig {
  readonly atrStop: { readonly enabled: boolean; readonly multiple: number };
  readonly stopLoss: { readonly enabled: boolean; readonly fraction: number };
  readonly trailingStop: {
    readonly enabled: boolean;
    readonly kind: 'closes' | 'venue';
    readonly buffer: number;
    readonly activation: number;
  };
}

/** A stop further away than this would not be one: its price must stay above zero. */
const WIDEST = 0.99;

/**
 * Distance of the first stop as a fraction of `price`, at most 0.99; 0 = every rule is off; NaN =
 * the ATR stop is on and `atr` (in quote currency) is not warm, or 0, which is no distance for a
 * stop to be at: the entry must be refused.
 */
export function stopDistance(config: StopConfig, atr: number, price: number): number {
  const { atrStop, stopLoss, trailingStop } = config;
  const byAtr = atrStop.enabled ? (atrStop.multiple * atr) / price : Infinity;
  if (!(byAtr > 0)) return Number.NaN;
  const byLoss = stopLoss.enabled ? stopLoss.fraction : Infinity;
  const isOurs = trailingStop.kind === 'closes' && trailsAtOnce(config);
  const byTrail = isOurs ? trailingStop.buffer : Infinity;
  const distance = Math.min(byAtr, byLoss, byTrail);
  return distance === Infinity ? 0 : Math.min(distance, WIDEST);
}

/**
 * What an entry risks per unit of price, given the distance of its first stop: that, or the buffer
 * of the venue's own trailing stop where it is tighter. 0 = nothing stops it.
 */
export function riskDistance(config: StopConfig, distance: number): number {
  const { kind, buffer } = config.trailingStop;
  if (kind !== 'venue' || !trailsAtOnce(config)) return distance;
  return distance > 0 ? Math.min(distance, buffer) : buffer;
}

/** A trailing stop that waits for a gain is not there yet at the entry. */
function trailsAtOnce({ trailingStop }: StopConfig): boolean {
  return trailingStop.enabled && !(trailingStop.activation > 0);
}

/** The ATR that the attached stop of each leg is measured in; null = the stop is off. */
export function atrColumns(
  { legs }: Panel,
  { enabled, interval, period }: RiskConfig['atrStop'],
  decisionMs: number,
): (Float64Array | null)[] {
  const ms = intervalOr(interval, decisionMs);
  return legs.map(({ features }) => (enabled ? features.column(atrOf(period), ms) : null));
}
