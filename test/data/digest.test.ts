// The digest of history, against SHA-256 put together by hand.

import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { digestColumns, monthDigests } from '../../data/digest.ts';
import { DAY_MS } from '../../engine/interval.ts';

const START_MS = Date.UTC(2024, 0, 30);

function candles(days: number) {
  const column = (first: number) => Float64Array.from({ length: days }, (_, i) => first + i);
  const openMs = Float64Array.from({ length: days }, (_, i) => START_MS + i * DAY_MS);
  return {
    openMs,
    open: column(10),
    high: column(12),
    low: column(9),
    close: column(11),
    volume: column(0),
  };
}

describe('the digest of history', () => {
  it('is SHA-256 over the bytes of each UTC month, then over the list of months', () => {
    const all = candles(4);
    const sha = (bytes: string | Uint8Array) => createHash('sha256').update(bytes).digest('hex');
    const month = (from: number, to: number) => {
      const bytes = Object.values(all).map((column) => Buffer.from(column.slice(from, to).buffer));
      return sha(Buffer.concat(bytes));
    };
    // 30 and 31 January, then 1 and 2 February.
    const list = `2024-01 2 ${month(0, 2)}\n2024-02 2 ${month(2, 4)}\n`;
    expect(digestColumns(all)).toBe(sha(list));
  });

  it('changes with the last bit of any column, and with funding', () => {
    const before = digestColumns(candles(40));
    for (const key of ['open', 'high', 'low', 'close', 'volume'] as const) {
      const other = candles(40);
      const bits = new BigUint64Array(other[key].buffer);
      bits[39] = bits[39]! ^ 1n;
      expect(digestColumns(other)).not.toBe(before);
    }
    const funding = { atMs: Float64Array.of(START_MS), rate: Float64Array.of(0.0001) };
    expect(digestColumns(candles(40), funding)).not.toBe(before);
  });

  it('of one month does not depend on the others', () => {
    const { openMs, close } = candles(40);
    const february = monthDigests([openMs, close])[1];
    expect(monthDigests([openMs.slice(2), close.slice(2)])[0]).toEqual(february);
    expect(february).toMatchObject({ month: '2024-02', rows: 29 });
  });
});
