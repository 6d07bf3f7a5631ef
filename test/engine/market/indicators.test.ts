// What holds for every indicator, and what each one means in numbers that fit on a napkin.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../../engine/errors.ts';
import { DAY_MS, HOUR_MS } from '../../../engine/interval.ts';
import type { Feature } from '../../../engine/market/indicator.ts';
import {
  adx,
  atr,
  bollinger,
  change,
  conformalForecast,
  ema,
  highest,
  lowest,
  macd,
  obv,
  type PriceSource,
  realisedVolatility,
  robustScore,
  rsi,
  sessionVwap,
  sma,
  volumeRatio,
  vwap,
  zScore,
} from '../../../engine/market/indicators/index.ts';
import { candles, START_MS } from '../../support/market.ts';
import { closesOnly, columnOf, outputsOf, randomCandles, slice } from './columns.ts';

const SEED = 20_251_120;

/** One of every kind, with periods short enough that windows wrap many times. */
const every: readonly Feature[] = [
  sma(5),
  sma(1),
  sma(3, 'volume'),
  ema(6, 'high'),
  ema(1),
  rsi(5),
  rsi(1),
  atr(4),
  macd(3, 7, 4).line,
  macd(1, 2, 1).line,
  bollinger(6, 2.5).upper,
  adx(4).adx,
  adx(1).adx,
  vwap(5),
  sessionVwap(),
  realisedVolatility(5),
  zScore(4),
  volumeRatio(5),
  volumeRatio(1),
  obv(),
  change(3),
  change(1, 'open'),
  highest(5),
  lowest(5),
  lowest(1),
  robustScore('return', 5),
  robustScore('volume', 4),
  conformalForecast({ period: 4, horizon: 3, window: 12 }).up,
];

const bitEqual = (a: readonly Float64Array[], b: readonly Float64Array[]) =>
  a.every((column, k) => column.every((x, i) => Object.is(x, b[k]![i])));

describe.each(every.map((feature) => [feature.indicator.key, feature] as const))('%s', (_, f) => {
  it('gives the same bits in one run, row by row and in any runs, with holes', () => {
    const property = fc.property(
      fc.integer(),
      fc.constantFrom(0, 0.1, 0.6),
      fc.array(fc.nat(90), { maxLength: 12 }),
      (seed, holes, cuts) => {
        const market = randomCandles(seed, 90, { holes, intervalMs: HOUR_MS });
        const whole = outputsOf(f, market);
        const rows = outputsOf(
          f,
          market,
          Array.from({ length: 89 }, (_, i) => i + 1),
        );
        const runs = outputsOf(
          f,
          market,
          cuts.sort((a, b) => a - b),
        );
        return bitEqual(whole, rows) && bitEqual(whole, runs);
      },
    );
    fc.assert(property, { seed: SEED, numRuns: 60 });
  });

  it('is NaN on holes and before its warm-up, and all numbers from then on', () => {
    const property = fc.property(fc.integer(), fc.constantFrom(0, 0.3), (seed, holes) => {
      const market = randomCandles(seed, 60, { holes });
      const outputs = outputsOf(f, market);
      let seen = 0;
      return market.close.every((close, i) => {
        if (Number.isNaN(close)) return outputs.every((column) => Number.isNaN(column[i]));
        const warm = ++seen >= f.indicator.warmupCandles;
        return outputs.every((column) => Number.isFinite(column[i]) === warm);
      });
    });
    fc.assert(property, { seed: SEED, numRuns: 60 });
  });

  it('steps over a hole as if the row were not there', () => {
    const property = fc.property(fc.integer(), (seed) => {
      const market = randomCandles(seed, 80, { holes: 0.4 });
      const rows = [...market.close.keys()].filter((i) => !Number.isNaN(market.close[i]));
      const pick = (column: Float64Array) => Float64Array.from(rows, (i) => column[i]!);
      const dense = {
        openMs: pick(market.openMs),
        open: pick(market.open),
        high: pick(market.high),
        low: pick(market.low),
        close: pick(market.close),
        volume: pick(market.volume),
      };
      return bitEqual(outputsOf(f, market).map(pick), outputsOf(f, dense));
    });
    fc.assert(property, { seed: SEED, numRuns: 40 });
  });

  it('does not change a row when later candles change', () => {
    const property = fc.property(fc.integer(), fc.integer(), fc.nat(79), (seed, other, row) => {
      const market = randomCandles(seed, 80, { holes: 0.1 });
      const later = randomCandles(other, 80, { holes: 0.5, price: 7000 });
      const before = outputsOf(f, market).map((column) => column.slice(0, row + 1));
      for (const name of ['open', 'high', 'low', 'close', 'volume'] as const) {
        market[name].set(later[name].subarray(row + 1), row + 1);
      }
      return bitEqual(
        before,
        outputsOf(f, market).map((column) => column.slice(0, row + 1)),
      );
    });
    fc.assert(property, { seed: SEED, numRuns: 60 });
  });

  it('is after a reset what a fresh one is on the rows that follow', () => {
    const property = fc.property(fc.integer(), fc.integer({ min: 0, max: 70 }), (seed, row) => {
      const market = randomCandles(seed, 80, { holes: 0.1 });
      const outputs = f.indicator.outputs.map(() => new Float64Array(80));
      const indicator = f.indicator.create(market, outputs);
      indicator.run(0, row);
      indicator.reset();
      indicator.run(row, 80);
      const suffix = outputsOf(f, slice(market, row, 80));
      return bitEqual(
        outputs.map((column) => column.slice(row)),
        suffix,
      );
    });
    fc.assert(property, { seed: SEED, numRuns: 60 });
  });

  it('is frozen, and so is what describes it', () => {
    expect(Object.isFrozen(f)).toBe(true);
    expect(Object.isFrozen(f.indicator)).toBe(true);
    expect(Object.isFrozen(f.indicator.outputs)).toBe(true);
  });
});

describe('a windowed indicator', () => {
  const windows = [sma(50), bollinger(50).upper, vwap(50), zScore(50), realisedVolatility(50)];

  it('gives the same within 1e-12 whether history began a thousand or a hundred candles ago', () => {
    for (const price of [2.4e-7, 100, 3e12]) {
      const market = randomCandles(3, 1000, { price });
      for (const f of windows) {
        const long = columnOf(f, market).slice(900);
        const short = columnOf(f, slice(market, 900, 1000));
        for (let i = 60; i < 100; i++) {
          const allowed = 1e-12 * Math.max(Math.abs(long[i]!), f === windows[3] ? 100 : 0);
          expect(Math.abs(long[i]! - short[i]!), f.indicator.key).toBeLessThanOrEqual(allowed);
        }
      }
    }
  });

  it('forgets an absurd price completely once it has left the window', () => {
    const closes = Array.from({ length: 60 }, (_, i) => (i === 13 ? 1e18 : 2 + (i % 3)));
    const market = closesOnly(closes);
    // Any nine in a row hold 2, 3 and 4 three times each: mean 3, variance 2 / 3.
    for (let i = 13 + 9; i < 60; i++) {
      expect(columnOf(sma(9), market)[i]).toBe(3);
      expect(columnOf(bollinger(9, 1).upper, market)[i]).toBeCloseTo(3 + Math.sqrt(2 / 3), 14);
    }
  });

  it('has a deviation of exactly 0 on a constant price, whatever the price', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-9, max: 1e9, noNaN: true }),
        fc.integer({ min: 2, max: 40 }),
        (x, n) => {
          const market = closesOnly(new Array<number>(100).fill(x));
          const { upper, lower } = bollinger(n);
          const band = columnOf(upper, market)[99]! - columnOf(lower, market)[99]!;
          return (
            band === 0 &&
            columnOf(zScore(n), market)[99] === 0 &&
            columnOf(realisedVolatility(n), market)[99] === 0
          );
        },
      ),
      { seed: SEED, numRuns: 100 },
    );
  });

  it('keeps twelve digits of a deviation far smaller than the price', () => {
    // 1e9 plus or minus 1: population deviation exactly 1.
    const market = closesOnly(Array.from({ length: 40 }, (_, i) => 1e9 + (i % 2 ? 1 : -1)));
    const { upper, middle } = bollinger(10, 1);
    expect(columnOf(middle, market)[33]).toBe(1e9);
    expect(columnOf(upper, market)[33]).toBe(1e9 + 1);
  });
});

describe('what the numbers mean', () => {
  it('sma(3) of 1 2 3 6 is 2, then 11 / 3', () => {
    expect([...columnOf(sma(3), candles('1 2 3 6'))]).toEqual([NaN, NaN, 2, 11 / 3]);
  });

  it('ema(3) weighs the newest by a half after a simple mean', () => {
    expect([...columnOf(ema(3), candles('1 2 3 6 - 8'))]).toEqual([NaN, NaN, 2, 4, NaN, 6]);
  });

  it('rsi(2): gains 1 and 2 without a loss are 100; then a loss of 3 gives 100 x 0.75 / 2.25', () => {
    const column = columnOf(rsi(2), candles('10 11 13 10'));
    expect(column[2]).toBe(100);
    expect(column[3]).toBeCloseTo(100 / 3, 12);
  });

  it('rsi is 100 in a market that has not moved, and 0 in one that only fell', () => {
    expect(columnOf(rsi(3), candles('5x9'))[8]).toBe(100);
    expect(columnOf(rsi(3), candles('9 8 7 6 5'))[4]).toBe(0);
  });

  it('atr(2) starts with the mean of the second and third true range, gaps included', () => {
    // Ranges: 12 - 9 = 3; from the close of 11 up to 20: 9; then Wilder: (6 x 1 + 2) / 2 = 4.
    const market = candles('10/11/9/10 10/12/9/11 18/20/17/18 18/19/17/18');
    expect([...columnOf(atr(2), market)]).toEqual([NaN, NaN, 6, 4]);
  });

  it('adx is 100 in a market that only rises and 0 in one that does not move', () => {
    expect(columnOf(adx(3).adx, candles('1 2 3 4 5 6 7 8'))[7]).toBe(100);
    expect(columnOf(adx(3).minusDi, candles('1 2 3 4 5 6 7 8'))[7]).toBe(0);
    const still = candles('5x8 6 7 8');
    expect(columnOf(adx(3).adx, still)[7]).toBe(0);
    expect(columnOf(adx(3).adx, still)[10]).toBeGreaterThan(0);
  });

  it('vwap(2) weighs the typical price by volume and is NaN where nothing was traded', () => {
    const market = candles('6/9/3/6@10 12/15/9/12@30 5@0 5@0');
    expect([...columnOf(vwap(2), market)]).toEqual([NaN, 10.5, 12, NaN]);
  });

  it('sessionVwap begins anew at 00:00 UTC and steps over holes', () => {
    const market = candles('10@1 20@3 - 30@5 40@1', {
      intervalMs: HOUR_MS,
      startMs: START_MS + DAY_MS - 3 * HOUR_MS,
    });
    for (const name of ['high', 'low'] as const) market[name].set(market.close);
    expect([...columnOf(sessionVwap(), market)]).toEqual([10, 17.5, NaN, 30, 190 / 6]);
  });

  it('realisedVolatility is the sample deviation of log returns of one candle', () => {
    // Returns of +1 % and -1 % in logs: deviation sqrt(2 x 0.01^2 / 1).
    const market = closesOnly([100, 100 * Math.exp(0.01), 100]);
    expect(columnOf(realisedVolatility(2), market)[2]).toBeCloseTo(0.01 * Math.SQRT2, 14);
  });

  it('zScore(4) of 1 1 1 5 is sqrt(3): 3 above a mean of 2 with deviation sqrt(3)', () => {
    expect(columnOf(zScore(4), candles('1 1 1 5'))[3]).toBeCloseTo(Math.sqrt(3), 14);
  });

  it('volumeRatio leaves the current candle out of the mean', () => {
    const market = candles('1@10 1@30 1@60 1@0 1@0 1@7');
    expect([...columnOf(volumeRatio(2), market)]).toEqual([NaN, NaN, 3, 0, 0, NaN]);
  });

  it('obv adds volume on a rise, takes it on a fall and keeps it on a draw', () => {
    expect([...columnOf(obv(), candles('5@1 6@2 6@4 5@8 - 7@16'))]).toEqual([1, 3, 3, -5, NaN, 11]);
  });

  it('change counts candles that exist, and is NaN over a past of 0', () => {
    expect([...columnOf(change(2), candles('4 5 - 6 10'))]).toEqual([NaN, NaN, NaN, 0.5, 1]);
    expect(columnOf(change(1, 'volume'), candles('1@0 1@5'))[1]).toBeNaN();
  });

  it('highest and lowest include the current candle', () => {
    const market = candles('5/9/1/5 5/7/3/5 5/6/4/5 5/5/5/5');
    expect([...columnOf(highest(2), market)]).toEqual([NaN, 9, 7, 6]);
    expect([...columnOf(lowest(3), market)]).toEqual([NaN, NaN, 1, 3]);
  });

  it('highest and lowest are what a search of the window finds', () => {
    const property = fc.property(fc.integer(), fc.integer({ min: 1, max: 30 }), (seed, period) => {
      const { high, low, ...rest } = randomCandles(seed, 120);
      const tops = columnOf(highest(period), { ...rest, high, low });
      const bottoms = columnOf(lowest(period), { ...rest, high, low });
      return tops.every((top, i) => {
        if (i < period - 1) return Number.isNaN(top) && Number.isNaN(bottoms[i]);
        const from = i - period + 1;
        return (
          top === Math.max(...high.subarray(from, i + 1)) &&
          bottoms[i] === Math.min(...low.subarray(from, i + 1))
        );
      });
    });
    fc.assert(property, { seed: SEED, numRuns: 60 });
  });
});

describe('asking for an indicator', () => {
  it('has one canonical key, defaults written out', () => {
    expect(sma(10).indicator.key).toBe('sma(close,10)');
    expect(rsi().indicator.key).toBe(rsi(14, 'close').indicator.key);
    expect(macd().signal.indicator.key).toBe('macd(close,12,26,9)');
    expect(sessionVwap().indicator.key).toBe('sessionVwap()');
  });

  it('shares one indicator between the outputs of one call', () => {
    const { line, signal, histogram } = macd();
    expect(signal.indicator).toBe(line.indicator);
    expect(histogram.indicator).toBe(line.indicator);
    expect([line.output, signal.output, histogram.output]).toEqual([0, 1, 2]);
  });

  it.each([
    ['sma.period', () => sma(0)],
    ['ema.period', () => ema(2.5)],
    ['rsi.period', () => rsi(Number.NaN)],
    ['atr.period', () => atr(-3)],
    ['adx.period', () => adx(100_001)],
    ['macd.fast', () => macd(26, 12)],
    ['bollinger.deviations', () => bollinger(20, 0)],
    ['bollinger.period', () => bollinger(1)],
    ['realisedVolatility.period', () => realisedVolatility(1)],
    ['zScore.period', () => zScore(1)],
    ['volumeRatio.period', () => volumeRatio(Number.POSITIVE_INFINITY)],
    ['highest.source', () => highest(3, 'hgih' as PriceSource)],
    ['vwap.period', () => vwap('5' as unknown as number)],
    ['change.period', () => change(0)],
  ])('refuses a bad %s by key, rule and value', (key, make) => {
    let error: unknown;
    try {
      make();
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(InputError);
    const { problems } = error as InputError;
    expect(problems.map((problem) => problem.key)).toContain(key);
    expect(problems[0]!.rule).toMatch(/^must be /);
    expect(problems[0]).toHaveProperty('value');
  });

  it('names every problem at once', () => {
    expect(() => macd(30, 0, -1, 'price' as PriceSource)).toThrow(
      /macd\.slow.*\n.*macd\.signal.*\n.*macd\.fast.*\n.*macd\.source/,
    );
  });
});
