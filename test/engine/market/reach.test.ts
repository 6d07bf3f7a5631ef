// Claims about finding the next row that matters without looking at every one before it.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { candleArrays } from '../../../engine/market/column.ts';
import { reachOf } from '../../../engine/market/reach.ts';

/** Candles of random closes, every `hole`-th one missing, with some way to both sides of each. */
const walk = fc
  .record({ seed: fc.array(fc.integer({ min: 0, max: 999 }), { minLength: 1, maxLength: 300 }) })
  .map(({ seed }) => {
    const candles = candleArrays(seed.length);
    seed.forEach((step, i) => {
      const isHole = step % 17 === 0;
      const close = isHole ? Number.NaN : 100 + (step % 40);
      candles.close[i] = close;
      candles.low[i] = close - (step % 3);
      candles.high[i] = close + (step % 5);
    });
    return candles;
  });

const rows = fc.tuple(fc.nat(300), fc.nat(300));
const price = fc.oneof(fc.integer({ min: 95, max: 150 }), fc.constantFrom(-Infinity, Infinity));
const side = fc.constantFrom(1 as const, -1 as const);

describe('where candles reach a price', () => {
  it('is the first row that does, be it asked row by row', () => {
    fc.assert(
      fc.property(walk, rows, price, price, side, (candles, [a, b], below, above, way) => {
        const { low, high, close } = candles;
        const to = Math.min(Math.max(a, b), close.length);
        const from = Math.min(a, b, to);
        const reach = reachOf(candles);
        const first = (isThere: (i: number) => boolean) => {
          for (let i = from; i < to; i++) if (isThere(i)) return i;
          return to;
        };
        expect(reach.next(from, to, below, above)).toBe(
          first((i) => low[i]! <= below || high[i]! >= above),
        );
        expect(reach.nextClose(from, to, way, below)).toBe(
          first((i) => (close[i]! - below) * way >= 0),
        );
        const known = close.slice(from, to).filter((c) => c === c);
        const best = [...known, 120].reduce((x, y) => (way > 0 ? Math.max(x, y) : Math.min(x, y)));
        expect(reach.bestClose(from, to, way, 120)).toBe(best);
      }),
      { seed: 20261129, numRuns: 500 },
    );
  });
});
