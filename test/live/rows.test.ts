// Claims about when a row closes and what of the market is not taken.

import { describe, expect, it } from 'vitest';
import { MINUTE_MS } from '../../engine/interval.ts';
import { type CandleEvent, type ClosedRow, RowGate } from '../../live/rows.ts';

const GRACE_MS = 5000;
const gate = (legs = 2) => new RowGate({ legs, intervalMs: MINUTE_MS, graceMs: GRACE_MS });
const candle = (leg: number, minute: number, changes: Partial<CandleEvent> = {}): CandleEvent => ({
  kind: 'candle',
  tsMs: (minute + 1) * MINUTE_MS,
  leg,
  openMs: minute * MINUTE_MS,
  open: 10,
  high: 12,
  low: 9,
  close: 11,
  volume: 5,
  ...changes,
});
const closed = (minute: number) =>
  ({ kind: 'row-closed', tsMs: (minute + 1) * MINUTE_MS, openMs: minute * MINUTE_MS }) as const;
const legsOf = (row: ClosedRow | null) => row?.candles.map(({ leg }) => leg);

describe('a row', () => {
  it('closes with the candle of its last leg, its candles in order of leg', () => {
    const rows = gate(3);
    expect(rows.add(candle(2, 1))).toBeNull();
    expect(rows.add(candle(0, 1))).toBeNull();
    expect(legsOf(rows.add(candle(1, 1)))).toEqual([0, 1, 2]);
    expect(rows.isWaiting).toBe(false);
  });

  it('closes without its late legs when the feed says that nothing more comes', () => {
    const rows = gate();
    rows.add(candle(1, 1));
    expect(rows.add(closed(2))).toBeNull();
    expect(legsOf(rows.add(closed(1)))).toEqual([1]);
    expect(rows.add(closed(1))).toBeNull();
  });

  it('closes when its grace time is over, not a millisecond before', () => {
    const rows = gate();
    rows.add(candle(0, 1));
    const overMs = 2 * MINUTE_MS + GRACE_MS;
    expect(rows.due(overMs - 1)).toBeNull();
    expect(legsOf(rows.due(overMs))).toEqual([0]);
    expect(rows.due(overMs)).toBeNull();
  });

  it('closes when a newer one begins, which then waits for its own legs', () => {
    const rows = gate();
    rows.add(candle(0, 1));
    expect(legsOf(rows.add(candle(1, 2)))).toEqual([0]);
    expect(rows.add(candle(0, 2))).toMatchObject({ openMs: 2 * MINUTE_MS });
  });

  it('takes along what outside series said before it closed', () => {
    const rows = gate(1);
    const series = { kind: 'series', tsMs: 1, name: 'mood', value: 7 } as const;
    rows.add(series);
    expect(rows.add(candle(0, 1))!.series).toEqual([series]);
    expect(rows.add(candle(0, 2))!.series).toEqual([]);
  });
});

describe('what the gate does not take', () => {
  it('is a candle of a row that has closed: a revision changes no decision that was made', () => {
    const rows = gate(1);
    rows.add(candle(0, 5));
    expect(rows.add(candle(0, 5, { close: 12 }))).toBeNull();
    expect(rows.add(candle(0, 4))).toBeNull();
    expect(rows.counts).toMatchObject({ late: 2, revised: 0 });
  });

  it('is a repetition, while a revision before the close takes the place', () => {
    const rows = gate();
    rows.add(candle(0, 1));
    rows.add(candle(0, 1));
    rows.add(candle(0, 1, { close: 12 }));
    expect(rows.add(candle(1, 1))!.candles[0]!.close).toBe(12);
    expect(rows.counts).toMatchObject({ repeated: 1, revised: 1, late: 0 });
  });

  it.each([
    ['a price that is no number', { close: Number.NaN }],
    ['an infinite price', { high: Number.POSITIVE_INFINITY }],
    ['a price of nothing', { low: 0 }],
    ['a high below the low', { high: 8 }],
    ['a close outside', { close: 13 }],
    ['a volume below nothing', { volume: -1 }],
    ['an open off the grid', { openMs: MINUTE_MS + 1 }],
    ['no leg of ours', { leg: 2 }],
  ])('is %s: it is counted and its leg is a hole', (_, changes) => {
    const rows = gate();
    expect(rows.add(candle(0, 1, changes))).toBeNull();
    expect(rows.counts.unsound).toBe(1);
    rows.add(candle(1, 1));
    expect(legsOf(rows.add(closed(1)))).toEqual([1]);
  });
});
