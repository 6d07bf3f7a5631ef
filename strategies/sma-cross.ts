// SMA cross: the textbook baseline. Long when the fast mean crosses above the slow one, flat (or
// short) when it crosses below; the position changes on the crossing only, so there is none before
// the first. Both sides of a crossing are strict, as in backtesting.py's `crossover`: a row on which
// the means are equal is neither above nor below.
//
// A hole is NaN, and a crossing needs two rows in succession: next to a hole the target is kept.

import { defineStrategy, sma } from 'sapphire';

export default defineStrategy({
  name: 'sma-cross',
  description: 'Long above the crossing of two moving averages, flat or short below.',
  parameters: {
    fast: { default: 10, min: 1, max: 5000, integer: true, description: 'Faster mean, candles.' },
    slow: { default: 30, min: 2, max: 5000, integer: true, description: 'Slower mean, candles.' },
    short: { default: false, description: 'Below the crossing: short instead of flat.' },
  },
  features: (p) => ({ fast: sma(p.fast), slow: sma(p.slow) }),
  decide(view) {
    const i = view.i;
    if (i === 0) return undefined;
    const fast = view.features.fast;
    const slow = view.features.slow;
    const before = fast[i - 1] - slow[i - 1];
    const now = fast[i] - slow[i];
    if (before < 0 && now > 0) return 1;
    if (before > 0 && now < 0) return view.parameters.short ? -1 : 0;
    return undefined;
  },
});
