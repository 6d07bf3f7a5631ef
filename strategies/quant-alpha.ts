// Quant Alpha: the trend follower of the swarm. Three weak signals are added up, each -1 to 1:
//
//   trend     gap of two EMAs in ATRs, on a higher interval, trusted as far as ADX is high   0.5
//   impulse   MACD histogram in ATRs, on a lower interval                                    0.3
//   stretch   RSI beyond its extremes, against the move                                      0.2
//
// The sum's sign is the direction and its size the confidence; a weak sum is a HOLD.

import { adx, atr, defineStrategy, ema, macd, on, rsi } from 'sapphire';

const INTERVALS = ['1m', '5m', '15m', '30m', '1h', '2h', '4h', '1d'];
/** A histogram of this many ATRs is a full signal. */
const FULL_IMPULSE_ATRS = 0.2;
/** Below the first ADX a trend counts half, from the second on in full. */
const WEAK_ADX = 15;
const STRONG_ADX = 30;

export default defineStrategy({
  name: 'quant-alpha',
  description: 'Trend by EMA and ADX, impulse by MACD, stretch by RSI: one scored vote.',
  reads: 'market',
  parameters: {
    trendInterval: { default: '1h', choices: INTERVALS, description: 'Candles of EMA and ADX.' },
    signalInterval: { default: '15m', choices: INTERVALS, description: 'Candles of MACD and RSI.' },
    fast: { default: 12, min: 2, max: 500, integer: true, description: 'Faster EMA.' },
    slow: { default: 26, min: 3, max: 1000, integer: true, description: 'Slower EMA.' },
    period: { default: 14, min: 2, max: 200, integer: true, description: 'ADX, ATR and RSI.' },
    oversold: { default: 30, min: 1, max: 49, description: 'RSI below this speaks for a buy.' },
    overbought: { default: 70, min: 51, max: 99, description: 'RSI above this, for a sell.' },
    threshold: { default: 0.4, min: 0, max: 1, description: 'A smaller sum of signals holds.' },
  },
  features: (p) => {
    const strength = adx(p.period);
    return {
      fast: on(p.trendInterval, ema(p.fast)),
      slow: on(p.trendInterval, ema(p.slow)),
      trendAtr: on(p.trendInterval, atr(p.period)),
      adx: on(p.trendInterval, strength.adx),
      histogram: on(p.signalInterval, macd(12, 26, 9).histogram),
      signalAtr: on(p.signalInterval, atr(p.period)),
      rsi: on(p.signalInterval, rsi(p.period)),
    };
  },
  analyze(view) {
    const i = view.i;
    const features = view.features;
    const p = view.parameters;
    const gap = features.fast[i] - features.slow[i];
    const trendAtr = features.trendAtr[i];
    const adxNow = features.adx[i];
    const histogram = features.histogram[i];
    const signalAtr = features.signalAtr[i];
    const rsiNow = features.rsi[i];
    const known = gap + trendAtr + adxNow + histogram + signalAtr + rsiNow;
    if (known !== known) return null;

    const strength = clamp((adxNow - WEAK_ADX) / (STRONG_ADX - WEAK_ADX), 0, 1);
    const trend = trendAtr > 0 ? clamp(gap / trendAtr, -1, 1) * (0.5 + 0.5 * strength) : 0;
    const impulse = signalAtr > 0 ? clamp(histogram / (FULL_IMPULSE_ATRS * signalAtr), -1, 1) : 0;
    let stretch = 0;
    if (rsiNow < p.oversold) stretch = (p.oversold - rsiNow) / p.oversold;
    else if (rsiNow > p.overbought) stretch = (p.overbought - rsiNow) / (100 - p.overbought);

    const sum = clamp(0.5 * trend + 0.3 * impulse + 0.2 * stretch, -1, 1);
    const size = sum < 0 ? -sum : sum;
    if (size < p.threshold || size === 0) return view.vote('HOLD', 1 - size, 'signals disagree');
    const confidence = clamp(0.45 + 0.7 * size, 0, 1);
    return sum > 0
      ? view.vote('BUY', confidence, 'trend and impulse up')
      : view.vote('SELL', confidence, 'trend and impulse down');
  },
});

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
