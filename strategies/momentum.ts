// Momentum: in when the change over a day is large enough, out when it has faded.
//
//   change    -threshold      -fade      0      fade       threshold
//        in short |  keep short |    flat    | keep long |  in long
//
// Between the lines it keeps what it has (fade = threshold x fadeFraction), so that a change that
// hovers at the threshold does not trade to and fro. RSI and MACD may forbid an entry, never an
// exit. A target is named once, when it changes: after a stop it waits for a new entry.

import { change, defineStrategy, macd, on, rsi } from 'sapphire';

const INTERVALS = ['1m', '5m', '15m', '30m', '1h', '2h', '4h', '1d'];

export default defineStrategy({
  name: 'momentum',
  description: 'Follows a large change over a day; RSI and MACD may veto the entry.',
  parameters: {
    threshold: {
      default: 0.025,
      min: 0.0001,
      max: 10,
      description: 'Change that enters, 0.025 = 2.5 %.',
    },
    interval: { default: '1h', choices: INTERVALS, description: 'Candles of every feature.' },
    lookback: {
      default: 24,
      min: 1,
      max: 5000,
      integer: true,
      description: 'Candles of the change.',
    },
    fadeFraction: {
      default: 0.4,
      min: 0,
      max: 1,
      description: 'Share of the threshold that exits.',
    },
    rsiPeriod: { default: 14, min: 2, max: 200, integer: true, description: 'RSI period.' },
    rsiHigh: { default: 70, min: 50, max: 100, description: 'No buying above this RSI.' },
    rsiLow: { default: 30, min: 0, max: 50, description: 'No selling below this RSI.' },
    macdVeto: { default: true, description: 'No entry against the MACD histogram.' },
    notionalFraction: { default: 0.05, min: 0, max: 125, description: 'Size, share of equity.' },
  },
  features: (p) => ({
    change: on(p.interval, change(p.lookback)),
    rsi: on(p.interval, rsi(p.rsiPeriod)),
    histogram: on(p.interval, macd(12, 26, 9).histogram),
  }),
  state: () => ({ side: 0 }),
  decide(view) {
    const i = view.i;
    const p = view.parameters;
    const state = view.state;
    const move = view.features.change[i];
    const rsiNow = view.features.rsi[i];
    const histogram = view.features.histogram[i];
    const known = move + rsiNow + histogram;
    if (known !== known) return undefined;

    let side = state.side;
    const fade = p.threshold * p.fadeFraction;
    if (side * move < fade) side = 0;
    if (move >= p.threshold) {
      if (rsiNow <= p.rsiHigh && (!p.macdVeto || histogram >= 0)) side = 1;
    } else if (move <= -p.threshold) {
      if (rsiNow >= p.rsiLow && (!p.macdVeto || histogram <= 0)) side = -1;
    }
    if (side === state.side) return undefined;
    state.side = side;
    return side * p.notionalFraction;
  },
});
