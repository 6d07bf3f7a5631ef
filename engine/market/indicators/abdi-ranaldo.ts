// The spread from closes, highs and lows: Abdi and Ranaldo, "A simple estimation of bid-ask spreads
// from daily close, high, and low prices", Review of Financial Studies 30 (2017). The last close is
// apart from the mid prices of its own candle and of the next by half a spread each time:
//
//   s^2 = 4 x mean of (last close - last mid)(last close - mid), logs of prices, mid = ln(high x low) / 2

import type { Column } from '../column.ts';
import { checkLengths, halfLog } from './edge.ts';

/**
 * The spread as a fraction of the price. The mean of s^2 can be negative, which means too small to be
 * seen: its root is then that of the absolute value, or negative if `signed` (clamp at 0 for costs).
 * Rows whose close is NaN are taken as not there. NaN below two candles.
 * Throws InputError when the columns differ in length.
 */
export function abdiRanaldo(high: Column, low: Column, close: Column, signed = false): number {
  checkLengths('abdiRanaldo', high, low, close);
  let steps = 0;
  let sum = 0;
  let last = -1;
  for (let i = 0; i < close.length; i++) {
    if (Number.isNaN(close[i])) continue;
    if (last >= 0) {
      const c = close[last]!;
      sum += 4 * halfLog(high[last]! * low[last]!, c) * halfLog(high[i]! * low[i]!, c);
      steps++;
    }
    last = i;
  }
  const square = sum / steps;
  const root = Math.sqrt(Math.abs(square));
  return signed && square < 0 ? -root : root;
}
