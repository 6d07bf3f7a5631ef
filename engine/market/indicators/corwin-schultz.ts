// The spread from highs and lows: Corwin and Schultz, "A simple way to estimate bid-ask spreads from
// daily high and low prices", Journal of Finance 67 (2012). Variance grows with time and the spread
// does not, so the range of one candle against that of two together tells them apart. The later of
// two candles is first moved up to the last close where it gapped away from it, as in the paper.

import type { Column } from '../column.ts';
import { checkLengths } from './edge.ts';

const K = 3 - 2 * Math.sqrt(2);

/**
 * The spread as a fraction of the price: the mean over pairs of candles, each of which may be negative;
 * so may the mean be, which means too small to be seen (clamp at 0 for costs). `clamped` takes every
 * negative pair as 0 before the mean. Rows whose close is NaN are taken as not there. NaN below two
 * candles. Throws InputError when the columns differ in length.
 */
export function corwinSchultz(high: Column, low: Column, close: Column, clamped = false): number {
  checkLengths('corwinSchultz', high, low, close);
  let pairs = 0;
  let sum = 0;
  let last = -1;
  for (let i = 0; i < close.length; i++) {
    if (Number.isNaN(close[i])) continue;
    if (last >= 0) {
      const spread = ofPair(high[last]!, low[last]!, close[last]!, high[i]!, low[i]!);
      sum += clamped && spread < 0 ? 0 : spread;
      pairs++;
    }
    last = i;
  }
  return sum / pairs;
}

function ofPair(h1: number, l1: number, c1: number, h2: number, l2: number): number {
  // In logs, as in the code of bidask: the move is a factor, so the candle keeps its range.
  const move = c1 > h2 ? c1 / h2 : c1 < l2 ? c1 / l2 : 1;
  const beta = Math.log(h1 / l1) ** 2 + Math.log(h2 / l2) ** 2;
  const gamma = Math.log(Math.max(h1, h2 * move) / Math.min(l1, l2 * move)) ** 2;
  const alpha = (Math.sqrt(2 * beta) - Math.sqrt(beta)) / K - Math.sqrt(gamma / K);
  return (2 * Math.expm1(alpha)) / (1 + Math.exp(alpha));
}
