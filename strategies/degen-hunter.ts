// Degen Hunter: fast and loud. It wants one candle with a burst of volume that goes somewhere:
//
//   move       from close to close in ATRs                           0.4
//   flow       who was in a hurry: all buyers 1, sellers -1                 0.3
//   breakout   a close beyond the extremes of the candles before it        0.3
//
// Without the burst, or when the three do not add up, it holds. Its candles are those of the interval
// that decides, so it reads their extremes as features: `columns` holds the finer base candles.
// The flow is what takers bought, where the data have it: a quarter more bought than sold is one-sided.
// Elsewhere it is where the candle closed within its range. The vote's reason says when it was known. The
// breakout looks at the row before: a highest that included this candle is never exceeded by its close.

import { atr, change, defineStrategy, highest, lowest, type View, volumeRatio } from 'sapphire';

/** A body of this many ATRs is a full signal. */
const FULL_MOVE_ATRS = 2;
/** Bought minus sold by takers, over all that was traded, that is a full signal. */
const FULL_IMBALANCE = 0.25;

export default defineStrategy({
  name: 'degen-hunter',
  description: 'Joins bursts of volume: large moves, one-sided closes, breakouts.',
  reads: 'market',
  series: ['takerBuyVolume'],
  parameters: {
    period: { default: 60, min: 2, max: 5000, integer: true, description: 'Candles before it.' },
    burst: { default: 3, min: 1, max: 100, description: 'Volume over its mean that is a burst.' },
    threshold: { default: 0.6, min: 0, max: 1, description: 'A smaller sum of signals holds.' },
  },
  features: (p) => ({
    volume: volumeRatio(p.period),
    change: change(1),
    high: highest(1),
    low: lowest(1),
    atr: atr(p.period),
    highest: highest(p.period),
    lowest: lowest(p.period),
  }),
  analyze(view) {
    const i = view.i;
    const p = view.parameters;
    const features = view.features;
    const volume = features.volume[i];
    const range = features.atr[i];
    const step = features.change[i];
    const known = volume + range + step;
    if (known !== known) return null;
    if (volume < p.burst) return view.vote('HOLD', 0.5, 'no burst of volume');

    const close = view.columns.close[i];
    const high = features.high[i];
    const low = features.low[i];
    const body = close - close / (1 + step);
    const move = range > 0 ? clamp(body / (FULL_MOVE_ATRS * range), -1, 1) : 0;
    const shape = high > low ? clamp((close - low - (high - close)) / (high - low), -1, 1) : 0;
    const imbalance = imbalanceOf(view);
    const isKnown = imbalance === imbalance;
    const flow = isKnown ? clamp(imbalance / FULL_IMBALANCE, -1, 1) : shape;
    // NaN, when the row before is a hole or there is none, compares false: no breakout.
    const breakout =
      i === 0 ? 0 : close > features.highest[i - 1] ? 1 : close < features.lowest[i - 1] ? -1 : 0;

    const sum = 0.4 * move + 0.3 * flow + 0.3 * breakout;
    const size = sum < 0 ? -sum : sum;
    if (size < p.threshold || size === 0) return view.vote('HOLD', 0.5, 'a burst going nowhere');
    const confidence = clamp(0.6 + 0.4 * size, 0, 1);
    if (sum > 0) {
      return view.vote('BUY', confidence, isKnown ? 'burst upwards, taker flow' : 'burst upwards');
    }
    return view.vote(
      'SELL',
      confidence,
      isKnown ? 'burst downwards, taker flow' : 'burst downwards',
    );
  },
});

/** Bought minus sold by takers over the volume of the candle that decides; NaN when not all is known. */
function imbalanceOf(view: View): number {
  const bought = view.series['takerBuyVolume'];
  if (bought === undefined) return Number.NaN;
  const { openMs, close, volume } = view.columns;
  const fromMs = view.closeMs - view.intervalMs;
  let taken = 0;
  let traded = 0;
  for (let i = view.i; i >= 0 && openMs[i] >= fromMs; i--) {
    if (close[i] !== close[i]) continue;
    if (!(bought[i] >= 0)) return Number.NaN;
    taken += bought[i];
    traded += volume[i];
  }
  return traded > 0 ? (2 * taken - traded) / traded : Number.NaN;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
