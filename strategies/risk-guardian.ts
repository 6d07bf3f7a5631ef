// Risk Guardian: votes on the weather, vetoes on the account.
//
//   volatility now / usual   > stress    HOLD, loud: nobody should open anything
//                            < calm      with the trend if ADX calls it orderly, modestly
//                            between     HOLD
//
// A veto is written so that an unknown number refuses: what cannot be checked is not allowed. Once
// flat beyond `maxDrawdown` it never allows another entry by itself: that is what a halt is.

import { adx, defineStrategy, on, realisedVolatility } from 'sapphire';

const INTERVALS = ['1m', '5m', '15m', '30m', '1h', '2h', '4h', '1d'];
/** Points between the directional indices; ADX alone is high after one tick in a dead market. */
const MIN_LEAD = 5;
/** It never speaks for a trade louder than this. */
const MODEST = 0.85;

export default defineStrategy({
  name: 'risk-guardian',
  description: 'Goes with calm, orderly trends; holds in stress; vetoes beyond the limits.',
  reads: 'market',
  parameters: {
    volatilityInterval: { default: '15m', choices: INTERVALS, description: 'Candles measured.' },
    nowPeriod: { default: 16, min: 2, max: 500, integer: true, description: 'Volatility now.' },
    usualPeriod: { default: 192, min: 4, max: 5000, integer: true, description: 'And usually.' },
    trendInterval: { default: '1h', choices: INTERVALS, description: 'Candles of the trend.' },
    adxPeriod: { default: 14, min: 2, max: 200, integer: true, description: 'ADX period.' },
    orderlyAdx: { default: 20, min: 0, max: 90, description: 'A trend below this is none.' },
    calm: { default: 1.3, min: 0, max: 10, description: 'Volatility ratio below which it joins.' },
    stress: { default: 1.8, min: 0, max: 100, description: 'Ratio above which it shouts HOLD.' },
    spike: { default: 3, min: 0, max: 100, description: 'Ratio above which it vetoes entries.' },
    maxDrawdown: { default: 0.15, min: 0, max: 1, description: 'Vetoes entries beyond it.' },
    hardDrawdown: { default: 0.25, min: 0, max: 1, description: 'Closes positions beyond it.' },
    maxExposure: { default: 0.8, min: 0, max: 125, description: 'Gross notional over equity.' },
  },
  features: (p) => {
    const trend = adx(p.adxPeriod);
    return {
      now: on(p.volatilityInterval, realisedVolatility(p.nowPeriod)),
      usual: on(p.volatilityInterval, realisedVolatility(p.usualPeriod)),
      adx: on(p.trendInterval, trend.adx),
      plusDi: on(p.trendInterval, trend.plusDi),
      minusDi: on(p.trendInterval, trend.minusDi),
    };
  },
  analyze(view) {
    const i = view.i;
    const features = view.features;
    const p = view.parameters;
    const now = features.now[i];
    const usual = features.usual[i];
    const adxNow = features.adx[i];
    const lead = features.plusDi[i] - features.minusDi[i];
    const known = now + usual + adxNow + lead;
    if (known !== known) return null;

    // A market that has not moved for days is calm, and has no trend to join.
    const ratio = usual > 0 ? now / usual : 0;
    if (ratio > p.stress) {
      return view.vote('HOLD', clamp01(0.8 + 0.1 * (ratio - p.stress)), 'volatility stress');
    }
    if (ratio > p.calm) return view.vote('HOLD', 0.6, 'volatility above usual');
    const size = lead < 0 ? -lead : lead;
    if (adxNow < p.orderlyAdx || size < MIN_LEAD) return view.vote('HOLD', 0.5, 'no orderly trend');
    const confidence = Math.min(clamp01(0.6 + (adxNow - p.orderlyAdx) / 100), MODEST);
    return lead > 0
      ? view.vote('BUY', confidence, 'calm uptrend')
      : view.vote('SELL', confidence, 'calm downtrend');
  },
  veto(view, portfolio) {
    const p = view.parameters;
    if (!(portfolio.drawdown <= p.maxDrawdown)) return 'drawdown';
    if (!(portfolio.exposure <= p.maxExposure)) return 'exposure';
    const i = view.i;
    if (!(view.features.now[i] <= p.spike * view.features.usual[i])) return 'volatility';
    return null;
  },
  vetoHolding(view, portfolio) {
    return portfolio.drawdown <= view.parameters.hardDrawdown ? null : 'drawdown';
  },
});

function clamp01(value: number): number {
  return Math.min(Math.max(value, 0), 1);
}
