// The feature columns of a leg: higher intervals, holes, fresh starts, and that neither the moment
// of asking nor the size of the steps changes a number.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../../engine/errors.ts';
import { HOUR_MS, MINUTE_MS } from '../../../engine/interval.ts';
import { type CandleArrays, candleArrays } from '../../../engine/market/column.ts';
import { FeatureSet } from '../../../engine/market/features.ts';
import { type Feature, on } from '../../../engine/market/indicator.ts';
import { atr, bollinger, rsi, sma, vwap } from '../../../engine/market/indicators/index.ts';
import { candles as chart, START_MS } from '../../support/market.ts';
import { columnOf, outputsOf, randomCandles, slice } from './columns.ts';

const SEED = 20_251_122;
const FIVE_MS = 5 * MINUTE_MS;

const asked: readonly Feature[] = [
  sma(3),
  rsi(4),
  on('5m', sma(1)),
  on('5m', atr(2)),
  on('5m', bollinger(3).lower),
  on('15m', vwap(2)),
];

/** A minute market with holes, both as rows without a candle and as rows that are not there. */
function brokenMinutes(seed: number, rows: number): CandleArrays {
  const startMs = START_MS + (seed % 7) * MINUTE_MS;
  const whole = randomCandles(seed, rows * 2, { holes: 0.15, startMs });
  // Every 40th stretch of 9 rows is without candles, every 30th stretch of 11 is not there at all.
  for (let i = 0; i < rows * 2; i++) {
    if (i % 40 < 9 && i > 40) for (const key of KEYS) whole[key][i] = Number.NaN;
  }
  const kept = [...whole.close.keys()].filter((i) => !(i % 71 < 11 && i > 71)).slice(0, rows);
  const pick = (column: Float64Array) => Float64Array.from(kept, (i) => column[i]!);
  return {
    openMs: pick(whole.openMs),
    open: pick(whole.open),
    high: pick(whole.high),
    low: pick(whole.low),
    close: pick(whole.close),
    volume: pick(whole.volume),
  };
}

const KEYS = ['open', 'high', 'low', 'close', 'volume'] as const;

function setOf(candles: CandleArrays, maxHoleCandles = 60): FeatureSet {
  return new FeatureSet(candles, MINUTE_MS, maxHoleCandles);
}

/** What a feature should be, the long way: whole buckets of a stretch, then the indicator. */
function expected(feature: Feature, candles: CandleArrays, maxHoleCandles: number): Float64Array {
  const rows = candles.close.length;
  const out = new Float64Array(rows).fill(Number.NaN);
  const starts = freshStarts(candles, maxHoleCandles);
  starts.forEach((from, k) => {
    const to = starts[k + 1] ?? rows;
    out.set(onStretch(feature, slice(candles, from, to)), from);
  });
  return out;
}

function freshStarts(candles: CandleArrays, maxHoleCandles: number): number[] {
  const starts = [0];
  let last = Number.NaN;
  candles.close.forEach((close, i) => {
    if (Number.isNaN(close)) return;
    const missing = (candles.openMs[i]! - last) / MINUTE_MS - 1;
    if (missing > maxHoleCandles) starts.push(i);
    last = candles.openMs[i]!;
  });
  return starts;
}

function onStretch(feature: Feature, candles: CandleArrays): Float64Array {
  const widthMs = feature.intervalMs;
  if (widthMs === undefined) return columnOf(feature, candles);
  const real = [...candles.close.keys()].filter((i) => !Number.isNaN(candles.close[i]));
  const byStart = Map.groupBy(real, (i) => Math.floor(candles.openMs[i]! / widthMs) * widthMs);
  const firstMs = candles.openMs[real[0] ?? 0];
  // The first bucket counts only if its beginning was there to see.
  const starts = [...byStart.keys()].filter((start) => start >= firstMs!);
  const buckets = candleArrays(starts.length);
  starts.forEach((start, k) => {
    const inside = byStart.get(start)!;
    buckets.openMs[k] = start;
    buckets.open[k] = candles.open[inside[0]!]!;
    buckets.high[k] = Math.max(...inside.map((i) => candles.high[i]!));
    buckets.low[k] = Math.min(...inside.map((i) => candles.low[i]!));
    buckets.close[k] = candles.close[inside.at(-1)!]!;
    buckets.volume[k] = inside.reduce((sum, i) => sum + candles.volume[i]!, 0);
  });
  const values = columnOf(feature, buckets);
  return candles.close.map((close, i) => {
    if (Number.isNaN(close)) return Number.NaN;
    const closed = starts.filter((start) => start + widthMs <= candles.openMs[i]! + MINUTE_MS);
    return closed.length === 0 ? Number.NaN : values[closed.length - 1]!;
  });
}

function expectSame(actual: Float64Array, wanted: Float64Array, what: string): void {
  const row = actual.findIndex((x, i) => !Object.is(x, wanted[i]));
  const text = row < 0 ? '' : `${what} row ${row}: ${actual[row]} for ${wanted[row]}`;
  expect(text).toBe('');
}

describe('a feature on a higher interval', () => {
  it('is the indicator on closed 5m candles, seen from the row that closes them', () => {
    const minutes = chart('1 2 3 4 5 6 7 8 9 10 11 12', { intervalMs: MINUTE_MS });
    const set = setOf(minutes);
    set.advance(12);
    const close = set.column(on('5m', sma(1)), MINUTE_MS);
    expect([...close]).toEqual([NaN, NaN, NaN, NaN, 5, 5, 5, 5, 5, 10, 10, 10]);
    const highest = set.column(on('5m', sma(2, 'high')), MINUTE_MS);
    expect([...highest].slice(8)).toEqual([NaN, 7.5, 7.5, 7.5]);
  });

  it('leaves out a first bucket whose beginning was not seen', () => {
    const startMs = START_MS + 2 * MINUTE_MS;
    const minutes = chart('3 4 5 6 7 8 9 10 11', { intervalMs: MINUTE_MS, startMs });
    const set = setOf(minutes);
    set.advance(9);
    const close = set.column(on('5m', sma(1)), MINUTE_MS);
    expect([...close]).toEqual([NaN, NaN, NaN, NaN, NaN, NaN, NaN, 10, 10]);
  });

  it('takes a bucket that begins with a hole when the one before it was being watched', () => {
    const startMs = START_MS + 4 * MINUTE_MS;
    const minutes = chart('4 - 6 7 8 9 10 11', { intervalMs: MINUTE_MS, startMs });
    const set = setOf(minutes);
    set.advance(8);
    const close = set.column(on('5m', sma(1)), MINUTE_MS);
    expect([...close]).toEqual([NaN, NaN, NaN, NaN, NaN, 9, 9, 9]);
  });

  it('closes a bucket by time, though its last minutes are missing', () => {
    const minutes = chart('1 2 3 - - 6 7', { intervalMs: MINUTE_MS });
    const set = setOf(minutes);
    set.advance(7);
    expect([...set.column(on('5m', sma(1)), MINUTE_MS)]).toEqual([NaN, NaN, NaN, NaN, NaN, 3, 3]);
  });

  it('equals the indicator on candles aggregated apart, through holes and fresh starts', () => {
    const property = fc.property(fc.nat(), fc.constantFrom(4, 8, 60), (seed, maxHole) => {
      const minutes = brokenMinutes(seed, 200);
      const set = setOf(minutes, maxHole);
      set.advance(200);
      for (const feature of asked) {
        const wanted = expected(feature, minutes, maxHole);
        expectSame(set.column(feature, MINUTE_MS), wanted, feature.indicator.key);
      }
    });
    fc.assert(property, { seed: SEED, numRuns: 60 });
  });

  it('is the decision interval when it names none, and the base candles when it names a finer one', () => {
    const minutes = randomCandles(1, 60);
    const set = setOf(minutes);
    set.advance(60);
    expect(set.column(sma(2), FIVE_MS)).toBe(set.column(on('5m', sma(2)), MINUTE_MS));
    const hours = randomCandles(1, 60, { intervalMs: HOUR_MS });
    const coarse = new FeatureSet(hours, HOUR_MS, 60);
    coarse.advance(60);
    expect(coarse.column(on('1m', sma(2)), HOUR_MS)).toBe(coarse.column(sma(2), HOUR_MS));
  });

  it('refuses an interval that is no multiple of the base candles', () => {
    const set = new FeatureSet(randomCandles(1, 10), 2 * MINUTE_MS, 60);
    expect(() => set.column(on('5m', sma(2)), FIVE_MS)).toThrow(InputError);
  });
});

describe('the columns of a leg', () => {
  it('are the same row by row, in any steps and at once, asked early or late', () => {
    const property = fc.property(
      fc.nat(),
      fc.constantFrom(4, 8, 60),
      fc.array(fc.integer({ min: 1, max: 180 }), { maxLength: 8 }),
      fc.nat(180),
      (seed, maxHole, steps, late) => {
        const minutes = brokenMinutes(seed, 180);
        const whole = setOf(minutes, maxHole);
        whole.advance(180);
        const rowByRow = setOf(minutes, maxHole);
        for (const feature of asked) rowByRow.column(feature, MINUTE_MS);
        for (let i = 1; i <= 180; i++) rowByRow.advance(i);
        const stepped = setOf(minutes, maxHole);
        let known = 0;
        for (const to of [...steps, late, 180].sort((a, b) => a - b)) {
          stepped.advance(to);
          // Each feature is asked for the first time at another moment.
          if (known < asked.length) stepped.column(asked[known++]!, MINUTE_MS);
        }
        expect(rowByRow.resets).toEqual(whole.resets);
        for (const feature of asked) {
          const wanted = whole.column(feature, MINUTE_MS);
          expectSame(
            rowByRow.column(feature, MINUTE_MS),
            wanted,
            `by row ${feature.indicator.key}`,
          );
          expectSame(stepped.column(feature, MINUTE_MS), wanted, `steps ${feature.indicator.key}`);
        }
      },
    );
    fc.assert(property, { seed: SEED, numRuns: 60 });
  });

  it('are the same when rows are so sparse that each touches a bucket of its own', () => {
    const property = fc.property(fc.nat(), fc.constantFrom(8, 60), (seed, maxHole) => {
      const startMs = START_MS - (START_MS % (15 * MINUTE_MS));
      const sparse = randomCandles(seed, 150, { holes: 0.05, intervalMs: FIVE_MS, startMs });
      // Now and then an hour and a half is missing.
      sparse.openMs.forEach((t, i) => {
        sparse.openMs[i] = t + Math.floor(i / 50) * 90 * MINUTE_MS;
      });
      const early = setOf(sparse, maxHole);
      for (const feature of asked) early.column(feature, MINUTE_MS);
      for (let i = 1; i <= 150; i++) early.advance(i);
      const late = setOf(sparse, maxHole);
      late.advance(150);
      for (const feature of asked) {
        const wanted = expected(feature, sparse, maxHole);
        expectSame(early.column(feature, MINUTE_MS), wanted, `early ${feature.indicator.key}`);
        expectSame(late.column(feature, MINUTE_MS), wanted, `late ${feature.indicator.key}`);
      }
    });
    fc.assert(property, { seed: SEED, numRuns: 30 });
  });

  it('do not look ahead: rows not yet advanced over may hold anything', () => {
    const property = fc.property(fc.nat(), fc.integer({ min: 1, max: 119 }), (seed, row) => {
      const minutes = brokenMinutes(seed, 120);
      const whole = setOf(minutes, 8);
      whole.advance(120);
      const torn = structuredClone(minutes) as CandleArrays;
      for (const key of KEYS) torn[key].fill(-1e9, row);
      const early = setOf(torn, 8);
      early.advance(row);
      for (const feature of asked) {
        const wanted = whole.column(feature, MINUTE_MS).slice(0, row);
        expectSame(early.column(feature, MINUTE_MS).slice(0, row), wanted, feature.indicator.key);
      }
    });
    fc.assert(property, { seed: SEED, numRuns: 60 });
  });

  it('keep their state through a hole of maxHoleCandles and start afresh after one more', () => {
    const through = chart('1 2 3 - - 6 7', { intervalMs: MINUTE_MS });
    const kept = setOf(through, 2);
    kept.advance(7);
    expect(kept.resets).toEqual([]);
    expect([...kept.column(sma(3), MINUTE_MS)].slice(5)).toEqual([11 / 3, 16 / 3]);
    const fresh = setOf(through, 1);
    fresh.advance(7);
    expect(fresh.resets).toEqual([5]);
    expect([...fresh.column(sma(2), MINUTE_MS)]).toEqual([NaN, 1.5, 2.5, NaN, NaN, NaN, 6.5]);
  });

  it('share one indicator between its outputs', () => {
    const minutes = randomCandles(2, 50);
    const set = setOf(minutes);
    set.advance(50);
    const { upper, lower } = bollinger(5);
    const outputs = outputsOf(upper, minutes);
    expectSame(set.column(upper, MINUTE_MS), outputs[0]!, 'upper');
    expectSame(set.column(bollinger(5).lower, MINUTE_MS), outputs[2]!, 'lower');
    expect(set.column(lower, MINUTE_MS)).toBe(set.column(bollinger(5).lower, MINUTE_MS));
  });
});
