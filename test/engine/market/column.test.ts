// Where candles begin, end and are missing, against the rows written out and counted one by one.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MINUTE_MS } from '../../../engine/interval.ts';
import { candleArrays, missingCandles, spanOf } from '../../../engine/market/column.ts';

it('finds the ends and the holes of any rows, in any part of them', () => {
  const rows = fc.array(fc.boolean(), { maxLength: 60 });
  const part = fc.tuple(fc.nat(60), fc.nat(60));
  fc.assert(
    fc.property(rows, part, (there, [one, other]) => {
      const from = Math.min(one, other, there.length);
      const to = Math.min(Math.max(one, other), there.length);
      const candles = candleArrays(there.length);
      for (const [row, isThere] of there.entries()) {
        candles.openMs[row] = row * MINUTE_MS;
        if (isThere) candles.close[row] = 100;
      }
      const found = [...there.keys()].filter((row) => row >= from && row < to && there[row]);
      const [first = -1, last = -1] = [found.at(0), found.at(-1)];
      expect(spanOf(candles.close, from, to)).toEqual({ first, last, count: found.length });
      const holes = found.length === 0 ? 0 : last - first + 1 - found.length;
      expect(missingCandles(candles, from, to, MINUTE_MS)).toBe(holes);
    }),
  );
});
