// One leg of a synthetic market: its candles, from the shared weather and streams of its own.
//
// The exact log price runs on unrounded; candles show it on the tick grid, so rounding never adds up.
// Inside a candle the path is a Brownian bridge from open to close, and high and low are drawn from
// the law of the bridge's extremes: P(max > m) = exp(-2 m (m - r) / s^2) (Karatzas and Shreve 1991,
// 4.3.40). So low <= open, close <= high holds by construction, before and after rounding.

import { HOUR_MS, MINUTE_MS, YEAR_MS } from '../../engine/interval.ts';
import { type CandleArrays, candleArrays } from '../../engine/market/column.ts';
import { type Instrument, qtyOfLots, roundPrice } from '../../engine/market/instrument.ts';
import { random } from '../../engine/random.ts';
import { Normals, Reverting } from './normals.ts';
import type { MarketLeg } from './spec.ts';
import type { Weather } from './weather.ts';

const JUMPS_PER_YEAR = 250;
const JUMP_DEVIATION = 0.35;
const OWN_MOOD = { memoryMs: HOUR_MS, deviation: 0.2 };
const OWN_ACTIVITY = { memoryMs: 40 * MINUTE_MS, deviation: 0.5 };
const ACTIVITY_NOISE = 0.25;
const AFTERSHOCK = 0.5;
/** Real candles are a little narrower than a Brownian path of their variance. */
const BRIDGE_VARIANCE = 0.7;
/** Prices stay within 1 and this many ticks: whatever the drift, they are exact and finite. */
export const MAX_TICKS = 1e13;
/** How often an open is not the close before it, and by how much, in candle deviations. */
const GAP_SHARE = 0.02;
const GAP_DEVIATION = 0.05;

/** Candles of one leg at the weather's rows: prices in whole ticks, volume of one lot or more. */
export function legCandles(
  seed: number,
  fromMs: number,
  intervalMs: number,
  factorVolatility: number,
  leg: MarketLeg,
  instrument: Instrument,
  weather: Weather,
): CandleArrays {
  const candles = weather.sigma.length;
  const { openMs, open, high, low, close, volume } = candleArrays(candles);
  const { symbol } = instrument;

  const returns = new Normals(seed, `${symbol}/return`);
  const moods = new Normals(seed, `${symbol}/volatility`);
  const trades = new Normals(seed, `${symbol}/volume`);
  const jumpDraw = random(seed, `${symbol}/jump`);
  const jumpSize = new Normals(seed, `${symbol}/jump-size`);
  const extremes = random(seed, `${symbol}/extreme`);
  const gapDraw = random(seed, `${symbol}/gap`);
  const gapSize = new Normals(seed, `${symbol}/gap-size`);
  const mood = new Reverting(OWN_MOOD.memoryMs, OWN_MOOD.deviation, intervalMs, moods.next());
  const rush = new Reverting(
    OWN_ACTIVITY.memoryMs,
    OWN_ACTIVITY.deviation,
    intervalMs,
    trades.next(),
  );

  const years = intervalMs / YEAR_MS;
  const ownVolatility = Math.sqrt(leg.annualVolatility ** 2 - (leg.beta * factorVolatility) ** 2);
  const ownDaily = ownVolatility / Math.sqrt(365);
  const jumpsPerCandle = JUMPS_PER_YEAR * years;
  const jumpVariance = jumpsPerCandle * JUMP_DEVIATION ** 2 * ownDaily ** 2;
  const own = Math.sqrt(Math.max(0, ownVolatility ** 2 * years - jumpVariance));
  const shared = Math.abs(leg.beta) * factorVolatility * Math.sqrt(years);
  const drift = leg.driftPerYear * years;
  const lots = (leg.dailyVolume * intervalMs) / (86_400_000 * leg.lotSize);

  const floor = roundPrice(instrument, leg.tickSize);
  const ceiling = roundPrice(instrument, leg.tickSize * MAX_TICKS);
  const onGrid = (price: number) =>
    Math.min(ceiling, Math.max(floor, roundPrice(instrument, price)));
  let exact = Math.log(leg.startPrice);
  let before = onGrid(leg.startPrice);
  let shock = 0;
  for (let i = 0; i < candles; i++) {
    const sigma = weather.sigma[i]!;
    const ownSize =
      own * sigma * Math.exp(mood.step(moods.next(), shock) - OWN_MOOD.deviation ** 2);
    let move = leg.beta * weather.factor[i]! + ownSize * returns.next() + drift;
    shock = 0;
    if (jumpDraw() < jumpsPerCandle) {
      move += JUMP_DEVIATION * ownDaily * jumpSize.next();
      shock = AFTERSHOCK;
    }
    const deviation = Math.sqrt(ownSize * ownSize + (shared * sigma) ** 2);

    const from = exact;
    exact = from + move;
    const variance = -2 * BRIDGE_VARIANCE * deviation * deviation;
    const up = 0.5 * (move + Math.sqrt(move * move + variance * Math.log(1 - extremes())));
    const down = 0.5 * (move - Math.sqrt(move * move + variance * Math.log(1 - extremes())));

    let first = before;
    if (gapDraw() < GAP_SHARE) {
      first = onGrid(before * (1 + GAP_DEVIATION * deviation * gapSize.next()));
    }
    const last = onGrid(Math.exp(exact));
    const top = Math.max(first, last, onGrid(Math.exp(from + up)));
    const bottom = onGrid(Math.exp(from + down));
    openMs[i] = fromMs + i * intervalMs;
    open[i] = first;
    high[i] = top;
    low[i] = Math.min(first, last, bottom);
    close[i] = last;
    before = last;

    // Volume moves with volatility and with the size of this very move (Karpoff 1987).
    const surprise = deviation > 0 ? Math.abs(move) / deviation : 0;
    const mean = rush.step(trades.next()) + ACTIVITY_NOISE * trades.next() - VOLUME_LEVEL;
    const traded = lots * weather.activity[i]! * Math.exp(mean) * (0.58 + 0.8 * surprise);
    volume[i] = qtyOfLots(instrument, Math.max(1, Math.round(traded)));
  }
  return { openMs, open, high, low, close, volume };
}

/** Half the log variance of the noise, so that its mean is 1 and `dailyVolume` is a mean. */
const VOLUME_LEVEL = 0.5 * (OWN_ACTIVITY.deviation ** 2 + ACTIVITY_NOISE ** 2);
