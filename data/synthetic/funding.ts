// Funding of one synthetic leg: every eight hours of UTC, mean-reverting, higher after a rise.
//
// A stamp uses only candles closed by its instant, so the rate can be known when it is charged.
// The lean stands for the premium of the perpetual over its index, which venues charge the crowded
// side for; deviations and memory are near those of Binance's BTC and SOL in spring 2025.

import { DAY_MS, HOUR_MS } from '../../engine/interval.ts';
import type { CandleArrays } from '../../engine/market/column.ts';
import type { FundingColumns } from '../../engine/market/panel.ts';
import { Normals, Reverting } from './normals.ts';

export const FUNDING_MS = 8 * HOUR_MS;

const OWN = { memoryMs: 16 * HOUR_MS, deviation: 0.00004 };
const LEAN_FRACTION = 0.00006;
const CAP_FRACTION = 0.0075;

/** Rates (fraction of notional per eight hours, positive = longs pay), each a whole 1e-8. */
export function legFunding(
  seed: number,
  symbol: string,
  candles: CandleArrays,
  intervalMs: number,
  annualVolatility: number,
  meanFraction: number,
): FundingColumns {
  const { openMs, open, close } = candles;
  if (openMs.length === 0) return { atMs: new Float64Array(0), rate: new Float64Array(0) };
  const fromMs = openMs[0]!;
  const endMs = fromMs + openMs.length * intervalMs;
  const firstMs = Math.ceil(fromMs / FUNDING_MS) * FUNDING_MS;
  const count = Math.max(0, Math.ceil((endMs - firstMs) / FUNDING_MS));
  const atMs = new Float64Array(count);
  const rate = new Float64Array(count);

  const normals = new Normals(seed, `${symbol}/funding`);
  const own = new Reverting(OWN.memoryMs, OWN.deviation, FUNDING_MS, normals.next());
  const daily = annualVolatility / Math.sqrt(365);
  for (let k = 0; k < count; k++) {
    const ms = firstMs + k * FUNDING_MS;
    const last = Math.floor((ms - fromMs) / intervalMs) - 1;
    const first = Math.max(0, Math.floor((ms - DAY_MS - fromMs) / intervalMs));
    const trend = last < first ? 0 : Math.log(close[last]! / open[first]!) / daily;
    const free = meanFraction + own.step(normals.next()) + LEAN_FRACTION * Math.tanh(trend / 1.5);
    const held = Math.min(CAP_FRACTION, Math.max(-CAP_FRACTION, free));
    atMs[k] = ms;
    rate[k] = Math.round(held * 1e8) / 1e8 + 0;
  }
  return { atMs, rate };
}
