// RSI reversal: the baseline that bets on the way back. In at an extreme, out at the middle:
//
//   RSI   0 ..... low ............. exit ............. high ..... 100
//         go long  |  keep long ...  out  ... keep short |  go short
//
// A target is named once, when it changes: after a stop it waits for the next extreme.

import { defineStrategy, rsi } from 'sapphire';

export default defineStrategy({
  name: 'rsi-reversal',
  description: 'Buys oversold, sells overbought, leaves in the middle.',
  parameters: {
    period: { default: 14, min: 2, max: 1000, integer: true, description: 'RSI period, candles.' },
    low: { default: 30, min: 0, max: 50, description: 'At or below this RSI it buys.' },
    high: { default: 70, min: 50, max: 100, description: 'At or above this RSI it sells.' },
    exit: { default: 50, min: 0, max: 100, description: 'RSI at which either side is closed.' },
    short: { default: true, description: 'False: overbought only closes.' },
  },
  features: (p) => ({ rsi: rsi(p.period) }),
  state: () => ({ target: 0 }),
  decide(view) {
    const p = view.parameters;
    const state = view.state;
    const now = view.features.rsi[view.i];
    if (now !== now) return undefined;
    let target = state.target;
    if ((target > 0 && now >= p.exit) || (target < 0 && now <= p.exit)) target = 0;
    if (now <= p.low) target = 1;
    else if (now >= p.high) target = p.short ? -1 : 0;
    if (target === state.target) return undefined;
    state.target = target;
    return target;
  },
});
