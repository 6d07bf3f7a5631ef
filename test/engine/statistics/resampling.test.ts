// Trades and candles dealt again: exact enumeration from the vectors, and what must stay as it was.

import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../../engine/errors.ts';
import { type CandleArrays, candleArrays } from '../../../engine/market/column.ts';
import { gaussian, random } from '../../../engine/random.ts';
import { candleSources, resampleCandles } from '../../../engine/statistics/candle-resampling.ts';
import { quantile } from '../../../engine/statistics/moments.ts';
import { resampleTrades, tradePath } from '../../../engine/statistics/trade-resampling.ts';

const LONG = process.env['SAPPHIRE_LONG'] === '1';
const path = '../../../../shared/vectors/montecarlo_walkforward_cv.json';
const VECTORS = new URL(path, import.meta.url);
const absent = !existsSync(VECTORS);
const vectors = absent ? [] : JSON.parse(readFileSync(VECTORS, 'utf8')).vectors;
const vector = (id: string) => vectors.find((v: { id: string }) => v.id === id);

function orders(count: number): number[][] {
  if (count === 0) return [[]];
  return orders(count - 1).flatMap((rest) =>
    Array.from({ length: count }, (_, i) => [...rest.slice(0, i), count - 1, ...rest.slice(i)]),
  );
}

const mean = (list: readonly number[]) => list.reduce((a, b) => a + b, 0) / list.length;

describe.skipIf(absent)('trades by ../shared/vectors (skipped without them)', () => {
  it('in all 120 orders fall as the vector says', () => {
    const { inputs, expected, tol } = vector('trade_shuffle_exact');
    const trades: number[] = inputs.trades;
    const falls = orders(5).map((order) => -tradePath(trades, order).maxDrawdown);
    const actual = -tradePath(trades, [0, 1, 2, 3, 4]).maxDrawdown;
    const found = {
      n: falls.length,
      min: Math.min(...falls),
      mean: mean(falls),
      max: Math.max(...falls),
      q50: quantile(falls, 0.5)!,
      q95: quantile(falls, 0.95)!,
      actual,
      p_mdd_ge_actual: falls.filter((fall) => fall >= actual - 1e-12).length / falls.length,
    };
    for (const [key, value] of Object.entries(found)) {
      expect(Math.abs(value - expected[key]), key).toBeLessThanOrEqual(tol);
    }
    for (const order of orders(5)) {
      expect(tradePath(trades, order).growth).toBeCloseTo(1.057154112, 12);
    }
  });

  it('in all 3125 draws with replacement end and fall as the vector says', () => {
    const { inputs, expected, tol } = vector('trade_bootstrap_exact');
    const paths = Array.from({ length: 3125 }, (_, i) => {
      const order = [1, 5, 25, 125, 625].map((unit) => Math.floor(i / unit) % 5);
      return tradePath(inputs.trades, order);
    });
    const falls = paths.map(({ maxDrawdown }) => -maxDrawdown);
    const found = {
      n: paths.length,
      mean_mdd: mean(falls),
      q95: quantile(falls, 0.95)!,
      max: Math.max(...falls),
      p_final_lt_1: paths.filter(({ growth }) => growth < 1).length / 3125,
    };
    for (const [key, value] of Object.entries(found)) {
      expect(Math.abs(value - expected[key]), key).toBeLessThanOrEqual(tol);
    }
  });

  it('drawn by chance come to the exact shares', () => {
    const resamples = LONG ? 200_000 : 20_000;
    const { inputs, expected } = vector('trade_shuffle_exact');
    const shuffled = resampleTrades(inputs.trades, { method: 'permutation', resamples, seed: 1 });
    expect(Math.abs(shuffled.asDeep - expected.p_mdd_ge_actual)).toBeLessThan(0.015);
    expect(-mean([...shuffled.maxDrawdown])).toBeCloseTo(expected.mean, 3);
    const exact = vector('trade_bootstrap_exact').expected;
    const drawn = resampleTrades(inputs.trades, { method: 'bootstrap', resamples, seed: 1 });
    expect(Math.abs(drawn.lossProbability - exact.p_final_lt_1)).toBeLessThan(0.015);
    expect(-mean([...drawn.maxDrawdown])).toBeCloseTo(exact.mean_mdd, 2);
  });
});

describe('resampled trades', () => {
  const settings = { method: 'permutation', resamples: 100, seed: 3 } as const;

  it('end where they ended in any order, and are the same for the same seed', () => {
    const trades = [0.1, -0.2, 0.05, 0.3, -0.1];
    const found = resampleTrades(trades, settings);
    expect(resampleTrades(trades, settings)).toEqual(found);
    expect(resampleTrades(trades, { ...settings, seed: 4 })).not.toEqual(found);
    for (const growth of found.growth) expect(growth).toBeCloseTo(found.actual.growth, 12);
  });

  it('are as likely in one order as in another', () => {
    const resamples = 6000;
    const found = resampleTrades([0.1, -0.1, -0.2], { ...settings, resamples });
    const kinds = new Map<string, number>();
    for (const fall of found.maxDrawdown) {
      kinds.set(fall.toFixed(9), (kinds.get(fall.toFixed(9)) ?? 0) + 1);
    }
    // -0.28 when both losses stand together (4 orders of 6), -0.208 when the gain parts them.
    expect(kinds.get('-0.280000000')! / resamples).toBeCloseTo(4 / 6, 1);
    expect(found.asDeep).toBeCloseTo(4 / 6, 1);
  });

  it('stop at ruin', () => {
    expect(tradePath([0.5, -1.2, -2], [0, 1, 2])).toEqual({
      growth: 1.5 * (1 - 1.2),
      maxDrawdown: (1.5 * (1 - 1.2)) / 1.5 - 1,
    });
  });

  it('have shares of NaN without trades or with one that is not finite', () => {
    for (const trades of [[], [0.1, Number.NaN], [0.1, Number.POSITIVE_INFINITY]]) {
      for (const method of ['permutation', 'bootstrap'] as const) {
        const found = resampleTrades(trades, { ...settings, method });
        expect([found.asDeep, found.lossProbability]).toEqual([NaN, NaN]);
      }
    }
    expect(() => resampleTrades([0.1], { ...settings, resamples: 0 })).toThrow(InputError);
  });
});

function market(rows: number, seed: number, holes: readonly number[] = []): CandleArrays {
  const draw = random(seed, 'market');
  const candles = candleArrays(rows);
  let level = 100;
  for (let i = 0; i < rows; i++) {
    candles.openMs[i] = i * 60_000;
    if (holes.includes(i)) continue;
    const open = level * Math.exp(0.001 * gaussian(draw));
    const close = open * Math.exp(0.01 * gaussian(draw));
    candles.open[i] = open;
    candles.close[i] = close;
    candles.high[i] = Math.max(open, close) * (1 + 0.01 * draw());
    candles.low[i] = Math.min(open, close) * (1 - 0.01 * draw());
    candles.volume[i] = 1 + draw();
    level = close;
  }
  return candles;
}

describe('resampled candles', () => {
  const inOrder = (rows: number) => Array.from({ length: rows - 1 }, (_, i) => i + 1);

  it('in their own order are the candles as they were', () => {
    const candles = market(50, 1);
    const same = resampleCandles(candles, inOrder(50));
    for (const name of ['open', 'high', 'low', 'close'] as const) {
      for (const [i, x] of same[name].entries()) expect(x / candles[name][i]!).toBeCloseTo(1, 12);
    }
    expect(same.volume).toEqual(candles.volume);
    expect(same.openMs).toEqual(candles.openMs);
  });

  it('by hand: closes 100, 110, 99 in the order 2, 1 are 100, 90, 99', () => {
    const candles = candleArrays(3);
    for (const name of ['open', 'high', 'low', 'close', 'volume'] as const) {
      candles[name].set([100, 110, 99]);
    }
    candles.high[1] = 121;
    const found = resampleCandles(candles, [2, 1]);
    for (const [i, x] of [100, 90, 99].entries()) expect(found.close[i]).toBeCloseTo(x, 12);
    expect(found.high[2]).toBeCloseTo((121 / 100) * 90, 12);
    expect([...found.volume]).toEqual([100, 99, 110]);
  });

  it('keep the shape of each candle, and highs above and lows below', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1e6 }),
        fc.integer({ min: 1, max: 20 }),
        (seed, block) => {
          const candles = market(60, seed);
          const sources = candleSources(60, block, seed);
          const found = resampleCandles(candles, sources);
          for (let i = 1; i < 60; i++) {
            const from = sources[i - 1]!;
            for (const name of ['open', 'high', 'low', 'close'] as const) {
              const was = candles[name][from]! / candles.close[from - 1]!;
              expect(found[name][i]! / found.close[i - 1]!).toBeCloseTo(was, 11);
            }
            expect(found.high[i]).toBeGreaterThanOrEqual(Math.max(found.open[i]!, found.close[i]!));
            expect(found.low[i]).toBeLessThanOrEqual(Math.min(found.open[i]!, found.close[i]!));
          }
        },
      ),
      { seed: 9, numRuns: LONG ? 500 : 50 },
    );
  });

  it('carry holes with them and go on from the last close', () => {
    const candles = market(6, 2, [0, 3]);
    const found = resampleCandles(candles, [4, 3, 5, 2, 1]);
    // Row 1 has no close before it, so it cannot be dealt; row 3 is a hole.
    expect([...found.close].map((x) => Number.isNaN(x))).toEqual([
      true,
      false,
      true,
      false,
      false,
      true,
    ]);
    const level = candles.close[1]!;
    expect(found.close[1]).toBeCloseTo((level * candles.close[4]!) / candles.close[2]!, 10);
    expect(found.close[3]).toBeCloseTo(
      (found.close[1]! * candles.close[5]!) / candles.close[4]!,
      10,
    );
    expect(found.volume[2]).toBeNaN();
  });

  it('have sources of whole runs, from row 1 on, the same for the same seed', () => {
    const sources = candleSources(1000, 20, 4);
    expect(candleSources(1000, 20, 4)).toEqual(sources);
    expect(Math.min(...sources)).toBeGreaterThanOrEqual(1);
    expect(Math.max(...sources)).toBeLessThanOrEqual(999);
    const joins = sources.filter((row, i) => i > 0 && row !== sources[i - 1]! + 1).length;
    expect(joins).toBeGreaterThan(25);
    expect(joins).toBeLessThan(80);
  });

  it('are refused for prices that are none and rows that are not there', () => {
    for (const bad of [0, -1, Number.POSITIVE_INFINITY, Number.NaN]) {
      const candles = market(4, 1);
      candles.low[2] = bad;
      expect(() => resampleCandles(candles, [1, 2, 3])).toThrow(InputError);
    }
    const candles = market(4, 1);
    for (const sources of [
      [1, 2],
      [0, 1, 2],
      [1, 2, 4],
      [1, 2, 1.5],
    ]) {
      expect(() => resampleCandles(candles, sources)).toThrow(InputError);
    }
    expect(() => candleSources(1, 2, 1)).toThrow(InputError);
    expect(() => candleSources(9, 0.5, 1)).toThrow(InputError);
  });
});
