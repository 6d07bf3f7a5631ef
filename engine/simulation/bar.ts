// One candle of one leg while orders meet it, as seven numbers in an array that is used again.

/** Positions in the array. */
export const OPEN = 0;
export const HIGH = 1;
export const LOW = 2;
export const CLOSE = 3;
export const VOLUME = 4;
export const OPEN_MS = 5;
export const CLOSE_MS = 6;

export type Bar = Float64Array;

export function makeBar(): Bar {
  return new Float64Array(7);
}

/**
 * Price at which an order that arrives inside the candle meets the market, on the assumed path.
 * `worst` walks straight from the open to the extreme that is bad for `side`; else the corners of
 * the path are a third of the candle apart.
 */
export function priceAt(
  bar: Bar,
  atMs: number,
  side: 1 | -1,
  path: 'worst' | 'high-first' | 'low-first',
): number {
  const open = bar[OPEN]!;
  const share = (atMs - bar[OPEN_MS]!) / (bar[CLOSE_MS]! - bar[OPEN_MS]!);
  if (!(share > 0)) return open;
  const first = path === 'worst' ? (side > 0 ? HIGH : LOW) : path === 'high-first' ? HIGH : LOW;
  if (path === 'worst') return open + (bar[first]! - open) * Math.min(share, 1);
  const second = first === HIGH ? LOW : HIGH;
  const third = Math.min(share, 1) * 3;
  if (third <= 1) return open + (bar[first]! - open) * third;
  if (third <= 2) return bar[first]! + (bar[second]! - bar[first]!) * (third - 1);
  return bar[second]! + (bar[CLOSE]! - bar[second]!) * (third - 2);
}

/** Whether a path goes to the high first: always, or when the open is nearer to it than to the low. */
export function highFirst(bar: Bar, path: 'ohlc' | 'adaptive'): boolean {
  if (path === 'ohlc') return true;
  return bar[HIGH]! - bar[OPEN]! < bar[OPEN]! - bar[LOW]!;
}
