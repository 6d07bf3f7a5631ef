// The panel: several histories on one grid of times, and the same grid grown row by row.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvariantError } from '../../../engine/errors.ts';
import { MINUTE_MS } from '../../../engine/interval.ts';
import { type CandleArrays, candleArrays } from '../../../engine/market/column.ts';
import { sma } from '../../../engine/market/indicators/index.ts';
import { buildPanel, emptyPanel, type LegInput, markAt } from '../../../engine/market/panel.ts';
import { instrumentOf, START_MS } from '../../support/market.ts';

const SEED = 20_251_124;
const KEYS = ['open', 'high', 'low', 'close', 'volume'] as const;

/** Candles in these minutes from the start; each price tells leg, minute and column. */
function minutes(leg: number, at: readonly number[]): CandleArrays {
  const candles = candleArrays(at.length);
  at.forEach((minute, row) => {
    candles.openMs[row] = START_MS + minute * MINUTE_MS;
    KEYS.forEach((key, k) => {
      candles[key][row] = 1000 * (leg + 1) + minute + k / 10;
    });
  });
  return candles;
}

const legOf = (leg: number, at: readonly number[]): LegInput => ({
  instrument: instrumentOf(`LEG${leg}`),
  candles: minutes(leg, at),
});

const minuteSet = fc
  .uniqueArray(fc.nat(60), { minLength: 1, maxLength: 40 })
  .map((list) => list.sort((a, b) => a - b));

describe('a panel of histories', () => {
  it('has the union of all times; a leg without a candle there is a hole', () => {
    const panel = buildPanel([legOf(0, [0, 1, 3]), legOf(1, [1, 2])], MINUTE_MS, 60);
    expect([...panel.openMs].map((t) => (t - START_MS) / MINUTE_MS)).toEqual([0, 1, 2, 3]);
    expect([...panel.legs[0]!.candles.open]).toEqual([1000, 1001, NaN, 1003]);
    expect([...panel.legs[1]!.candles.open]).toEqual([NaN, 2001, 2002, NaN]);
    expect(panel.length).toBe(4);
    expect(panel.countCandles()).toBe(5);
  });

  it('loses, moves and makes up no candle, whatever the times of its legs', () => {
    const property = fc.property(fc.array(minuteSet, { minLength: 1, maxLength: 4 }), (sets) => {
      const inputs = sets.map((at, leg) => legOf(leg, at));
      const panel = buildPanel(inputs, MINUTE_MS, 60);
      const union = [...new Set(sets.flat())].sort((a, b) => a - b);
      expect([...panel.openMs]).toEqual(union.map((minute) => START_MS + minute * MINUTE_MS));
      sets.forEach((at, leg) => {
        KEYS.forEach((key, k) => {
          const wanted = union.map((m) => (at.includes(m) ? 1000 * (leg + 1) + m + k / 10 : NaN));
          expect([...panel.legs[leg]!.candles[key]]).toEqual(wanted);
        });
        expect([...panel.legs[leg]!.candles.openMs]).toEqual([...panel.openMs]);
      });
      expect(panel.countCandles()).toBe(sets.flat().length);
    });
    fc.assert(property, { seed: SEED, numRuns: 100 });
  });

  it('shares the columns it was given, uncopied, when all times agree', () => {
    const inputs = [legOf(0, [0, 1, 2]), legOf(1, [0, 1, 2])];
    const panel = buildPanel(inputs, MINUTE_MS, 60);
    inputs.forEach(({ candles }, leg) => {
      for (const key of KEYS) expect(panel.legs[leg]!.candles[key]).toBe(candles[key]);
    });
    expect(panel.openMs).toBe(inputs[0]!.candles.openMs);
  });

  it('shares the columns of a leg that has every time, though another has fewer', () => {
    const inputs = [legOf(0, [0, 1, 2]), legOf(1, [1])];
    const panel = buildPanel(inputs, MINUTE_MS, 60);
    expect(panel.legs[0]!.candles.close).toBe(inputs[0]!.candles.close);
    expect(panel.legs[1]!.candles.close).not.toBe(inputs[1]!.candles.close);
  });

  it('has its features filled to its length', () => {
    const panel = buildPanel([legOf(0, [0, 1, 2]), legOf(1, [2])], MINUTE_MS, 60);
    expect(panel.legs.map((leg) => leg.features.filled)).toEqual([3, 3]);
    const column = panel.legs[0]!.features.column(sma(2, 'open'), MINUTE_MS);
    expect([...column]).toEqual([NaN, 1000.5, 1001.5]);
  });

  it('refuses to be built of nothing', () => {
    expect(() => buildPanel([], MINUTE_MS, 60)).toThrow(InvariantError);
  });
});

describe('a leg', () => {
  it('keeps mark prices and finer candles as they were given, on their own times', () => {
    const mark = { atMs: Float64Array.of(START_MS), price: Float64Array.of(7) };
    const finer = minutes(0, [0, 1, 2]);
    const inputs = [{ ...legOf(0, [0, 5]), mark, finer }, legOf(1, [5])];
    const [first, second] = buildPanel(inputs, 5 * MINUTE_MS, 60).legs;
    expect(first!.mark).toBe(mark);
    expect(first!.finer).toBe(finer);
    expect(second!.mark.atMs).toHaveLength(0);
    expect(second!.finer).toBeNull();
  });

  it('is a primary one unless it says which leg before it it stands in for', () => {
    const legs = [legOf(0, [0]), legOf(1, [0]), { ...legOf(2, [0]), primary: 1 }];
    expect(buildPanel(legs, MINUTE_MS, 60).legs.map((leg) => leg.primary)).toEqual([0, 1, 1]);
    const instruments = legs.map((leg) => leg.instrument);
    const grown = emptyPanel(instruments, MINUTE_MS, 60, [], 1, [0, 1, 1]);
    expect(grown.legs.map((leg) => leg.primary)).toEqual([0, 1, 1]);
    const plain = emptyPanel(instruments, MINUTE_MS, 60, [], 1);
    expect(plain.legs.map((leg) => leg.primary)).toEqual([0, 1, 2]);
  });

  it('cannot stand in for one that comes later, or for another stand-in', () => {
    const build = (...primaries: number[]) =>
      buildPanel(
        primaries.map((primary, leg) => ({ ...legOf(leg, [0]), primary })),
        MINUTE_MS,
        60,
      );
    expect(() => build(1, 1)).toThrow(InvariantError);
    expect(() => build(0, 0, 1)).toThrow(InvariantError);
    expect(() => build(0, 5)).toThrow(InvariantError);
    expect(() => build(0, -1)).toThrow(InvariantError);
  });
});

describe('a mark price', () => {
  const mark = {
    atMs: Float64Array.of(10, 20, 40).map((minute) => START_MS + minute * MINUTE_MS),
    price: Float64Array.of(100, 200, 400),
  };
  const at = (minute: number, maxAgeMinutes?: number) =>
    maxAgeMinutes === undefined
      ? markAt(mark, START_MS + minute * MINUTE_MS)
      : markAt(mark, START_MS + minute * MINUTE_MS, maxAgeMinutes * MINUTE_MS);

  it('is the open of the candle that starts exactly then, and nothing between is made up', () => {
    expect([at(10), at(20), at(40)]).toEqual([100, 200, 400]);
    expect([at(0), at(9), at(15), at(21), at(39), at(99)]).toEqual(new Array(6).fill(Number.NaN));
  });

  it('may be as old as it is allowed to be, never from later', () => {
    expect([at(21, 5), at(25, 5), at(26, 5), at(39, 5), at(9, 5)]).toEqual([
      200,
      200,
      NaN,
      NaN,
      NaN,
    ]);
    expect(at(1e6, Number.POSITIVE_INFINITY)).toBe(400);
  });

  it('of nothing is NaN', () => {
    expect(markAt({ atMs: new Float64Array(0), price: new Float64Array(0) }, START_MS)).toBeNaN();
  });
});

describe('an outside series on a panel', () => {
  const at = (minute: number) => START_MS + minute * MINUTE_MS;

  it('holds at each close the newest value published by then, NaN before the first', () => {
    const series = {
      name: 'mood',
      // Published within minute 1, at the very close of minute 2, and long after.
      publishedMs: Float64Array.of(at(1) + 1, at(3), at(99)),
      value: Float64Array.of(10, 20, 30),
    };
    const panel = buildPanel([legOf(0, [0, 1, 2, 3])], MINUTE_MS, 60, [series]);
    expect([...panel.series['mood']!]).toEqual([NaN, 10, 20, 20]);
  });

  it('never shows a value before it was published, and skips none that was', () => {
    const published = fc.uniqueArray(fc.integer({ min: -5, max: 65 }), { maxLength: 30 });
    const property = fc.property(minuteSet, published, (rows, list) => {
      const stamps = list.sort((a, b) => a - b).map((m) => at(m) + 30_000);
      const series = {
        name: 's',
        publishedMs: Float64Array.from(stamps),
        value: Float64Array.from(stamps.keys()),
      };
      const panel = buildPanel([legOf(0, rows)], MINUTE_MS, 60, [series]);
      return rows.every((minute, i) => {
        const known = stamps.filter((stamp) => stamp <= at(minute + 1)).length;
        return Object.is(panel.series['s']![i], known === 0 ? Number.NaN : known - 1);
      });
    });
    fc.assert(property, { seed: SEED, numRuns: 100 });
  });
});

describe('a panel that grows', () => {
  it('has holes on every leg of a new row until they are written', () => {
    const panel = emptyPanel([instrumentOf('A'), instrumentOf('B')], MINUTE_MS, 60, ['s'], 3);
    expect([panel.length, panel.capacity]).toEqual([0, 3]);
    expect(panel.openRow(START_MS)).toBe(0);
    expect(panel.openRow(START_MS + MINUTE_MS)).toBe(1);
    expect(panel.legs.map((leg) => leg.candles.close[1])).toEqual([NaN, NaN]);
    expect(panel.legs.map((leg) => leg.candles.openMs[1])).toEqual([
      START_MS + MINUTE_MS,
      START_MS + MINUTE_MS,
    ]);
    expect(panel.series['s']![1]).toBeNaN();
    expect(panel.countCandles()).toBe(0);
  });

  it('refuses a row out of order, a row twice, and one beyond its room', () => {
    const panel = emptyPanel([instrumentOf('A')], MINUTE_MS, 60, [], 2);
    panel.openRow(START_MS);
    expect(() => panel.openRow(START_MS)).toThrow(InvariantError);
    expect(() => panel.openRow(START_MS - MINUTE_MS)).toThrow(InvariantError);
    panel.openRow(START_MS + MINUTE_MS);
    expect(() => panel.openRow(START_MS + 2 * MINUTE_MS)).toThrow(InvariantError);
  });

  it('gives the same columns and features as the history built whole', () => {
    const property = fc.property(minuteSet, minuteSet, (first, second) => {
      const inputs = [legOf(0, first), legOf(1, second)];
      const whole = buildPanel(inputs, MINUTE_MS, 5);
      const instruments = inputs.map((input) => input.instrument);
      const grown = emptyPanel(instruments, MINUTE_MS, 5, [], whole.length);
      for (let i = 0; i < whole.length; i++) {
        grown.openRow(whole.openMs[i]!);
        grown.legs.forEach((leg, k) => {
          for (const key of KEYS) leg.candles[key][i] = whole.legs[k]!.candles[key][i]!;
          leg.features.advance(i + 1);
        });
      }
      grown.legs.forEach((leg, k) => {
        for (const key of KEYS) expect(leg.candles[key]).toEqual(whole.legs[k]!.candles[key]);
        const wanted = whole.legs[k]!.features.column(sma(3), MINUTE_MS);
        expect(leg.features.column(sma(3), MINUTE_MS)).toEqual(wanted);
      });
      expect(grown.countCandles()).toBe(whole.countCandles());
    });
    fc.assert(property, { seed: SEED, numRuns: 60 });
  });
});
