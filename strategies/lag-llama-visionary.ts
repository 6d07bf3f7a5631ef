// Lag-Llama Visionary: a probabilistic forecast of the price some candles ahead, taken when it is narrow.
//
//   low ....... median ....... high          (high - low) / median > maxSpan: abstains
//        ^ close                             chance of a higher price = 1 - CDF(close), by the quantiles
//
// Where the config names a model for it, a forecaster is asked (a Lag-Llama behind an endpoint) and given
// the last closes. Where it names none, a conformal interval around a regression stands in, in process,
// and its reason says so: it is a simple model, and no Lag-Llama.

import { conformalForecast, defineStrategy, robustScore } from 'sapphire';

const SYSTEM =
  'You are Lag-Llama Visionary, a probabilistic forecaster. Forecast the close of the candle `horizon` ' +
  'candles after the last of `closes`: its median, and low and high such that the share `coverage` of ' +
  'outcomes lies between them.';

export default defineStrategy({
  name: 'lag-llama-visionary',
  description: 'Quantiles of a later price, taken when their interval is narrow.',
  reads: 'market',
  parameters: {
    maxSpan: {
      default: 0.25,
      min: 0.0001,
      max: 10,
      description: 'Widest interval, of the median.',
    },
    horizon: { default: 12, min: 1, max: 1000, integer: true, description: 'Candles ahead.' },
    coverage: { default: 0.8, min: 0.5, max: 0.99, description: 'Chance of its interval.' },
    period: { default: 20, min: 2, max: 1000, integer: true, description: 'EMA of returns.' },
    window: { default: 250, min: 100, max: 5000, integer: true, description: 'Errors kept.' },
    minEdge: { default: 0.05, min: 0, max: 0.49, description: 'Chance beyond one half to vote.' },
    context: { default: 128, min: 16, max: 2048, integer: true, description: 'Closes sent.' },
    maxDeviation: {
      default: 12,
      min: 1,
      max: 1000,
      description: 'Robust deviations; beyond, none.',
    },
  },
  features: (p) => {
    const { period, horizon, window, coverage } = p;
    const { lower, middle, upper, up, down } = conformalForecast({
      period,
      horizon,
      window,
      coverage,
    });
    return { lower, middle, upper, up, down, move: robustScore('return', p.window) };
  },
  analyze(view) {
    const i = view.i;
    const features = view.features;
    const p = view.parameters;
    const up = features.up[i];
    const down = features.down[i];
    const move = features.move[i];
    const span = (features.upper[i] - features.lower[i]) / features.middle[i];
    if (up !== up || move !== move) return view.abstain('not enough candles');
    if (!((move < 0 ? -move : move) <= p.maxDeviation)) return view.abstain('price is an anomaly');
    if (!(span <= p.maxSpan)) return view.abstain('interval too wide');
    if (up > 0.5 + p.minEdge) return view.vote('BUY', up, 'in-process interval: up');
    if (down > 0.5 + p.minEdge) return view.vote('SELL', down, 'in-process interval: down');
    return view.vote('HOLD', 0.5, 'in-process interval: no lean');
  },
  asks: {
    kind: 'vote',
    shape: 'forecast',
    prompt(view) {
      const { i, features, parameters: p, columns } = view;
      const move = features.move[i];
      if (move !== move) return view.abstain('not enough candles');
      if (!((move < 0 ? -move : move) <= p.maxDeviation))
        return view.abstain('price is an anomaly');
      const closes: number[] = [];
      for (let k = Math.max(0, i - p.context + 1); k <= i; k++) {
        const close = columns.close[k];
        if (close === close) closes.push(close);
      }
      const { horizon, coverage } = p;
      const numbers = { closes, horizon, coverage, intervalMs: view.intervalMs };
      return { system: SYSTEM, user: `Forecast ${view.symbol}.`, numbers };
    },
    vote(view, { low, median, high, coverage }) {
      const p = view.parameters;
      const close = view.columns.close[view.i];
      if (!((high - low) / median <= p.maxSpan)) return view.abstain('interval too wide');
      const gap = median / close - 1;
      if (!((gap < 0 ? -gap : gap) <= p.maxSpan))
        return view.abstain('forecast far from the price');
      // Between its quantiles the distribution is taken as even.
      const side = gap > 0 ? median - low : high - median;
      const apart = gap > 0 ? median - close : close - median;
      const chance = 0.5 + (coverage / 2) * (side > 0 ? Math.min(apart / side, 1) : 0);
      if (!(chance > 0.5 + p.minEdge)) return view.vote('HOLD', 0.5, 'forecast: no lean');
      return gap > 0
        ? view.vote('BUY', chance, 'forecast: up')
        : view.vote('SELL', chance, 'forecast: down');
    },
    safety: (_, { low, median, high }) => 1 - Math.min((high - low) / median, 1),
  },
});
