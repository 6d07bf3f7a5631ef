// The quality report on a calm market with one thing wrong at a time.

import { describe, expect, it } from 'vitest';
import { fundingQuality } from '../../data/quality/funding.ts';
import { scoreOf } from '../../data/quality/score.ts';
import { seriesQuality } from '../../data/quality/series.ts';
import { qualityFindings, qualityText } from '../../data/quality/text.ts';
import { type QualityReport, qualityOf } from '../../data/quality.ts';
import { HOUR_MS } from '../../engine/interval.ts';
import type { CandleArrays } from '../../engine/market/column.ts';

const START_MS = Date.UTC(2025, 0, 1);

/** A calm market: closes swing by 0.2 % around 100, no two candles alike. */
function calm(rows: number): CandleArrays {
  const column = (value: (row: number) => number) =>
    Float64Array.from({ length: rows }, (_, i) => value(i));
  const close = column((i) => 100 + 0.2 * Math.sin(i));
  return {
    openMs: column((i) => START_MS + i * HOUR_MS),
    open: close.map((c) => c - 0.05),
    high: close.map((c) => c + 0.1),
    low: close.map((c) => c - 0.1),
    close,
    volume: column((i) => 50 + (i % 7)),
  };
}

/** The same rows without those for which `drop` is true. */
function without(candles: CandleArrays, drop: (row: number) => boolean): CandleArrays {
  const keep = (column: Float64Array) => column.filter((_, row) => !drop(row));
  const { openMs, open, high, low, close, volume } = candles;
  return {
    openMs: keep(openMs),
    open: keep(open),
    high: keep(high),
    low: keep(low),
    close: keep(close),
    volume: keep(volume),
  };
}

function scale(candles: CandleArrays, factor: number, fromRow: number): void {
  for (const key of ['open', 'high', 'low', 'close'] as const) {
    for (let i = fromRow; i < candles.close.length; i++) candles[key][i]! *= factor;
  }
}

const report = (candles: CandleArrays): QualityReport => qualityOf(candles, HOUR_MS);

/** What a terminal shows of it. */
function said(found: QualityReport): string {
  const { candles: rows, fromMs, toMs } = found;
  const [score, findings] = [scoreOf(found), qualityFindings(found, null)];
  return qualityText({ name: 'x', rows, unit: 'candles', fromMs, toMs, score, findings });
}

describe('the quality report', () => {
  it('has nothing to say of a calm market', () => {
    const quality = report(calm(1000));
    expect(quality).toMatchObject({
      candles: 1000,
      fromMs: START_MS,
      toMs: START_MS + 999 * HOUR_MS,
      gaps: [],
      missing: 0,
      absent: [],
      absentCandles: 0,
      duplicates: 0,
      unordered: 0,
      offGrid: 0,
      impossible: 0,
      nan: 0,
      zeroVolume: 0,
      outliers: [],
      frozenRuns: [],
      wrongUnit: [],
      relistings: [],
      funding: null,
    });
    expect(said(quality)).toContain('nothing to report');
  });

  it('never changes a row', () => {
    const candles = calm(300);
    candles.close[5] = Number.NaN;
    const before = Object.values(candles).map((column: Float64Array) => column.slice());
    report(candles);
    expect(Object.values(candles)).toEqual(before);
  });

  it('lists holes by their first missing candle', () => {
    const candles = without(calm(50), (row) => row === 10 || (row >= 20 && row < 25));
    const quality = report(candles);
    expect(quality.gaps).toEqual([
      { fromMs: START_MS + 10 * HOUR_MS, missing: 1 },
      { fromMs: START_MS + 20 * HOUR_MS, missing: 5 },
    ]);
    expect(quality.missing).toBe(6);
    expect(said(quality)).toContain('2, 6 candles missing: 2025-01-01 10:00 (1)');
  });

  it('counts rows that repeat, go back, or leave the grid', () => {
    const candles = calm(20);
    candles.openMs[5] = candles.openMs[4]!;
    candles.openMs[9] = candles.openMs[3]!;
    candles.openMs[15]! += 1;
    expect(report(candles)).toMatchObject({ duplicates: 1, unordered: 1, offGrid: 1 });
  });

  it('counts impossible candles, NaN and zero volume apart', () => {
    const candles = calm(20);
    candles.low[1] = 200;
    candles.high[2] = 1;
    candles.low[3] = -1;
    candles.volume[4] = -5;
    candles.open[5] = Number.NaN;
    candles.volume[6] = 0;
    expect(report(candles)).toMatchObject({ impossible: 4, nan: 1, zeroVolume: 1 });
  });

  it('tells a spike that came back from a fall that stayed, and sees long wicks', () => {
    const candles = calm(500);
    candles.close[100]! *= 2;
    candles.high[100]! *= 2;
    candles.low[300]! *= 0.5;
    const crashed = calm(500);
    scale(crashed, 0.6, 250);
    expect(
      report(candles).outliers.map(({ openMs, reason }) => [(openMs - START_MS) / HOUR_MS, reason]),
    ).toEqual([
      [100, expect.stringMatching(/off and back again/)],
      [101, expect.stringMatching(/far from the one before/)],
      [300, expect.stringMatching(/low far below the body \(x0.5/)],
    ]);
    expect(report(crashed).outliers).toEqual([
      { openMs: START_MS + 250 * HOUR_MS, reason: expect.stringMatching(/one before \(x0\.[56]/) },
    ]);
  });

  it('finds ten or more identical candles in a row', () => {
    const candles = calm(100);
    for (const column of [candles.open, candles.high, candles.low, candles.close, candles.volume]) {
      column.fill(column[40]!, 40, 52);
      column.fill(column[70]!, 70, 79);
    }
    expect(report(candles).frozenRuns).toEqual([{ fromMs: START_MS + 40 * HOUR_MS, candles: 12 }]);
  });

  it.each([
    ['price', 1000],
    ['price', 1e-6],
    ['volume', 1e6],
  ])('suspects a change of unit when the level of %s shifts by %d', (what, factor) => {
    const candles = calm(1000);
    if (what === 'price') scale(candles, factor, 600);
    else for (let i = 600; i < 1000; i++) candles.volume[i]! *= factor;
    const [found] = report(candles).wrongUnit;
    expect(found!.reason).toContain(`level of ${what}`);
    expect(found!.openMs).toBe(START_MS + 600 * HOUR_MS);
  });

  it.each([
    ['seconds', 1e-3],
    ['microseconds', 1e3],
  ])('suspects times in %s', (unit, factor) => {
    const candles = calm(10);
    const openMs = candles.openMs.map((ms) => ms * factor);
    expect(report({ ...candles, openMs }).wrongUnit[0]!.reason).toBe(`times look like ${unit}`);
  });

  it('suspects a relisting when the price is another after a hole, not without one', () => {
    const candles = calm(100);
    scale(candles, 6, 50);
    expect(report(candles).relistings).toEqual([]);
    const [found] = report(without(candles, (row) => row >= 40 && row < 50)).relistings;
    expect(found!.openMs).toBe(START_MS + 50 * HOUR_MS);
    expect(found!.reason).toMatch(/price x[56].* after 10 missing candles/);
  });

  it('reads the funding interval from the stamps: changes, holes and late stamps', () => {
    const hours = [0, 8, 16, 24, 40, 48, 56, 57, 58, 59, 60, 62, 63, 64, 65.25, 66, 67, 68];
    const atMs = Float64Array.from(hours, (h) => START_MS + h * HOUR_MS);
    const funding = { atMs, rate: new Float64Array(atMs.length) };
    const quality = qualityOf(calm(100), HOUR_MS, { funding });
    const at = (h: number) => START_MS + h * HOUR_MS;
    expect(quality.funding).toEqual({
      stamps: 18,
      fromMs: at(0),
      toMs: at(68),
      intervalChanges: [{ atMs: at(56), fromIntervalMs: 8 * HOUR_MS, toIntervalMs: HOUR_MS }],
      gaps: [
        { fromMs: at(32), missing: 1, stepMs: 8 * HOUR_MS },
        { fromMs: at(61), missing: 1, stepMs: HOUR_MS },
      ],
      missing: 2,
      absent: [],
      absentStamps: 0,
      irregularMs: [at(65.25)],
      // The median step is an hour: six of eight hours and more before the change, 60 to 62 after it.
      longSteps: { usualMs: HOUR_MS, ofInterval: 6, overHoles: 1 },
    });
  });

  it('takes a stamp beside the grid for the nearest place, and a grid that moves for a new one', () => {
    const read = (hours: readonly number[]) =>
      fundingQuality({
        atMs: Float64Array.from(hours, (h) => h * HOUR_MS),
        rate: new Float64Array(0),
      });
    // 2.9 stands for 3; 4 is missing. From 10.5 on the hours themselves are half past.
    const late = read([0, 1, 2, 2.9, 5, 6, 7, 8, 9, 10.5, 11.5, 12.5]);
    expect(late.irregularMs).toEqual([2.9 * HOUR_MS, 10.5 * HOUR_MS]);
    expect(late.gaps).toEqual([{ fromMs: 4 * HOUR_MS, missing: 1, stepMs: HOUR_MS }]);
    expect(read([]).stamps).toBe(0);
    expect(read([5]).gaps).toEqual([]);
  });

  it('takes a hole that the source has too for none of ours: no points, and said apart', () => {
    const candles = without(calm(50), (row) => row === 10 || (row >= 20 && row < 25));
    const at = (row: number) => START_MS + row * HOUR_MS;
    // The source was asked for 9 to 11 and for half of the second hole.
    const quality = qualityOf(candles, HOUR_MS, {
      holes: [
        [at(9), at(11)],
        [at(20), at(22)],
      ],
    });
    expect(quality.absent).toEqual([
      { fromMs: at(10), missing: 1 },
      { fromMs: at(20), missing: 2 },
    ]);
    expect(quality.gaps).toEqual([{ fromMs: at(22), missing: 3 }]);
    expect([quality.missing, quality.absentCandles]).toEqual([3, 3]);
    expect(said(quality)).toContain('absent       2, 3 candles that the source has not either: ');
    // 3 of 44 + 3 candles that could be there.
    expect(scoreOf(quality).losses).toEqual([{ what: 'missing candles', points: (500 * 3) / 47 }]);
    const stamps = {
      atMs: Float64Array.of(0, 8, 24, 32, 40).map((h) => h * HOUR_MS),
      rate: candles.close,
    };
    expect(fundingQuality(stamps, [[0, 20 * HOUR_MS]])).toMatchObject({
      missing: 0,
      absentStamps: 1,
    });
  });

  it('tells missing values of a series that comes at a step, and none of one that does not', () => {
    const days = [
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 18, 19, 20, 21, 22, 23, 24, 26, 27, 28,
    ];
    const at = (list: readonly number[]) => Float64Array.from(list, (day) => day * 24 * HOUR_MS);
    expect(seriesQuality(at(days))).toMatchObject({
      stepMs: 24 * HOUR_MS,
      gaps: [
        { fromMs: 15 * 24 * HOUR_MS, missing: 3 },
        { fromMs: 25 * 24 * HOUR_MS, missing: 1 },
      ],
      missing: 4,
    });
    expect(seriesQuality(at([0, 1, 5, 6, 6.5, 9, 12, 20, 21, 22, 23]))).toMatchObject({
      stepMs: null,
      missing: 0,
    });
  });

  it('of nothing is empty', () => {
    expect(report(calm(0))).toMatchObject({ candles: 0, missing: 0, fromMs: Number.NaN });
    expect(said(report(calm(0)))).toContain('0 candles');
  });
});
