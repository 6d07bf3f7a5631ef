// Sentiment Sage: against the crowd when it is extreme, with it in between.
//
//   mood   0 ....... fear ............................ greed ....... 100
//          BUY, surer the lower |  with the trend  | SELL, surer the higher
//
// The mood is the stored fear-and-greed index. Where the data have none it is read off the price:
// half RSI on a high interval, half the distance from the mean. The vote's reason says which.

import { defineStrategy, on, rsi, zScore } from 'sapphire';

const INTERVALS = ['15m', '30m', '1h', '2h', '4h', '8h', '12h', '1d'];
const INDEX = 'fear-and-greed';
const PROXY = 'price proxy';
/** The proxy's mood for each standard deviation of distance. */
const MOOD_PER_DEVIATION = 15;

export default defineStrategy({
  name: 'sentiment-sage',
  description: 'Contrarian at extremes of fear and greed, with the trend in between.',
  reads: 'market',
  series: ['sentiment'],
  parameters: {
    fear: { default: 25, min: 1, max: 49, description: 'Mood at or below which it buys.' },
    greed: { default: 75, min: 51, max: 99, description: 'Mood at or above which it sells.' },
    interval: { default: '1h', choices: INTERVALS, description: 'Candles of the distance.' },
    period: { default: 24, min: 2, max: 500, integer: true, description: 'Its candles.' },
    rsiInterval: { default: '4h', choices: INTERVALS, description: 'Candles of the RSI.' },
    rsiPeriod: { default: 14, min: 2, max: 200, integer: true, description: 'RSI period.' },
    quiet: { default: 0.5, min: 0, max: 5, description: 'Deviations that are no trend yet.' },
  },
  features: (p) => ({
    distance: on(p.interval, zScore(p.period)),
    rsi: on(p.rsiInterval, rsi(p.rsiPeriod)),
  }),
  analyze(view) {
    const i = view.i;
    // The index goes on through a hole in the candles; an opinion on the symbol does not.
    const close = view.columns.close[i];
    if (close !== close) return null;
    const p = view.parameters;
    const distance = view.features.distance[i];
    const index = view.series['sentiment'];
    let mood = index === undefined ? Number.NaN : index[i];
    let source = INDEX;
    if (mood !== mood) {
      mood = 0.5 * view.features.rsi[i] + 0.5 * (50 + MOOD_PER_DEVIATION * distance);
      source = PROXY;
    }
    if (mood <= p.fear) {
      return view.vote('BUY', clamp01(0.7 + (0.3 * (p.fear - mood)) / p.fear), source);
    }
    if (mood >= p.greed) {
      return view.vote('SELL', clamp01(0.7 + (0.3 * (mood - p.greed)) / (100 - p.greed)), source);
    }
    // The trend is needed from here on; without it there is no opinion.
    if (mood !== mood || distance !== distance) return null;
    const size = distance < 0 ? -distance : distance;
    if (size < p.quiet || size === 0) return view.vote('HOLD', 0.5, source);
    return view.vote(distance > 0 ? 'BUY' : 'SELL', clamp01(0.45 + 0.15 * size), source);
  },
});

function clamp01(value: number): number {
  return Math.min(Math.max(value, 0), 1);
}
