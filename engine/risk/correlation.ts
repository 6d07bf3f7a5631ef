// Two positions that move together are one position of twice the size. An entry is refused when the
// returns of its leg repeat those of an open position: same direction and correlated, or opposite
// direction and correlated the other way.
//
// Computed only when an entry asks, over the pairs of legs that are open at that moment.

/** `risk.correlation`: `max` is 0 to 1. */
export interface CorrelationConfig {
  readonly enabled: boolean;
  readonly lookbackCandles: number;
  readonly max: number;
}

/** 'correlation-unknown': too few common candles to tell, which fails closed. */
export type CorrelationCode = 'correlated' | 'correlation-unknown';

/**
 * Pearson correlation of the log returns of two legs over the last `candles` rows up to `row`, in
 * [-1, 1]. A return counts where both legs have a candle at both its ends; NaN when fewer than half
 * do, or when one of the legs did not move at all.
 */
export function returnCorrelation(
  a: Float64Array,
  b: Float64Array,
  row: number,
  candles: number,
): number {
  let n = 0;
  let meanA = 0;
  let meanB = 0;
  let squaresA = 0;
  let squaresB = 0;
  let products = 0;
  for (let i = row; i > 0 && i > row - candles; i--) {
    const x = Math.log(a[i]! / a[i - 1]!);
    const y = Math.log(b[i]! / b[i - 1]!);
    if (x !== x || y !== y) continue;
    n++;
    const offA = x - meanA;
    const offB = y - meanB;
    meanA += offA / n;
    meanB += offB / n;
    squaresA += offA * (x - meanA);
    squaresB += offB * (y - meanB);
    products += offA * (y - meanB);
  }
  if (n < 3 || n * 2 < candles) return Number.NaN;
  const r = products / Math.sqrt(squaresA * squaresB);
  return Math.max(-1, Math.min(1, r));
}

/**
 * Whether an entry of `side` on `leg` at the close of `row` repeats an open position. `closes` and
 * `positions` are by leg; a position of the same leg is not compared with itself.
 */
export function correlationCode(
  config: CorrelationConfig,
  closes: readonly Float64Array[],
  positions: readonly { readonly qty: number }[],
  leg: number,
  side: 1 | -1,
  row: number,
): CorrelationCode | null {
  if (!config.enabled) return null;
  for (let other = 0; other < positions.length; other++) {
    const { qty } = positions[other]!;
    if (other === leg || qty === 0) continue;
    const r = returnCorrelation(closes[leg]!, closes[other]!, row, config.lookbackCandles);
    const together = qty > 0 === side > 0 ? r : -r;
    if (!(together <= config.max)) return r === r ? 'correlated' : 'correlation-unknown';
  }
  return null;
}
