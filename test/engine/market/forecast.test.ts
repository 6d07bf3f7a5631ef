// The interval forecaster and the robust score: published formulas, brute force, and the promise of
// coverage on markets whose law is known.

import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { medianAbsoluteDeviation, median as medianOf } from 'simple-statistics';
import { describe, expect, it } from 'vitest';
import {
  adaptedAlpha,
  conformalForecast,
  conformalRank,
} from '../../../engine/market/indicators/conformal.ts';
import { robustScore } from '../../../engine/market/indicators/robust-score.ts';
import { SortedWindow } from '../../../engine/market/indicators/sorted-window.ts';
import { gaussian, random } from '../../../engine/random.ts';
import { closesOnly, columnOf, outputsOf, randomCandles } from './columns.ts';

const VECTORS = new URL('../../../../shared/vectors/conformal_lookahead.json', import.meta.url)
  .pathname;
const here = existsSync(VECTORS);

interface Vector {
  readonly id: string;
  readonly inputs: Record<string, never>;
  readonly expected: unknown;
}
const vectors: Vector[] = here ? JSON.parse(readFileSync(VECTORS, 'utf8')).vectors : [];

/** The bound that split conformal gives for these scores. */
function boundOf(scores: readonly number[], alpha: number): number {
  const window = new SortedWindow(scores.length);
  for (const score of scores) window.push(score);
  return window.sorted[conformalRank(scores.length, alpha) - 1] ?? Number.POSITIVE_INFINITY;
}

describe('the conformal bound', () => {
  const split = vectors.filter(({ id }) => id.startsWith('split_conformal'));

  it.skipIf(!here)('is that of the shared vectors', () => {
    expect(split).toHaveLength(3);
    for (const { inputs, expected } of split) {
      const { scores, alpha } = inputs as unknown as { scores: number[]; alpha: number };
      expect(boundOf(scores, alpha)).toBe(expected);
    }
  });

  it('is none where more certainty is asked for than so many errors can give', () => {
    expect(boundOf([1, 2, 3, 4, 5, 6, 7, 8, 9], 0.05)).toBe(Number.POSITIVE_INFINITY);
    expect(
      boundOf(
        Array.from({ length: 19 }, (_, k) => k),
        0.05,
      ),
    ).toBe(18);
  });

  it.skipIf(!here)('adapts its miscoverage along the path of the shared vectors', () => {
    const path = vectors.find(({ id }) => id === 'aci_alpha_path')!;
    const { alpha0, gamma, errors } = path.inputs as unknown as {
      alpha0: number;
      gamma: number;
      errors: number[];
    };
    let alpha = alpha0;
    const walked = [alpha];
    for (const error of errors) {
      alpha = adaptedAlpha(alpha, alpha0, gamma, error === 1);
      walked.push(alpha);
    }
    const expected = path.expected as number[];
    walked.forEach((value, k) => {
      expect(value).toBeCloseTo(expected[k]!, 12);
    });
  });
});

describe('the sorted window', () => {
  it('knows ranks, median and median distance as sorting the last values anew does', () => {
    const value = fc.oneof(
      fc.integer({ min: -4, max: 4 }),
      fc.double({ min: -1e6, max: 1e6, noNaN: true }),
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.array(value, { minLength: 1, maxLength: 60 }),
        value,
        (period, values, probe) => {
          const window = new SortedWindow(period);
          values.forEach((x, at) => {
            window.push(x);
            const last = values.slice(Math.max(0, at + 1 - period), at + 1);
            const sorted = last.toSorted((a, b) => a - b);
            expect([...window.sorted.subarray(0, window.length)]).toEqual(sorted);
            expect(window.below(probe)).toBe(last.filter((one) => one < probe).length);
            expect(window.above(probe)).toBe(last.filter((one) => one > probe).length);
            expect(window.median()).toBeCloseTo(medianOf(last), 9);
            const distances = last.map((one) => Math.abs(one - probe));
            expect(window.medianDistance(probe)).toBeCloseTo(medianOf(distances), 9);
          });
        },
      ),
      { seed: 20_261_129, numRuns: 150 },
    );
  });
});

describe('conformalForecast', () => {
  const options = { period: 10, horizon: 5, window: 100, coverage: 0.8 };
  const { lower, upper, up, down } = conformalForecast(options);

  /** Of the forecasts on a market of these log returns, how many came true. */
  function covered(returns: readonly number[], gamma: number): number {
    let log = Math.log(100);
    const closes = returns.map((step) => {
      log += step;
      return Math.exp(log);
    });
    const spec = conformalForecast({ ...options, gamma });
    const [low, , high] = outputsOf(spec.lower, closesOnly(closes));
    let [hits, all] = [0, 0];
    for (let i = spec.lower.indicator.warmupCandles - 1; i + 5 < closes.length; i++) {
      all++;
      if (closes[i + 5]! >= low![i]! && closes[i + 5]! <= high![i]!) hits++;
    }
    return hits / all;
  }

  it('holds its coverage on independent returns, fat tails or not', () => {
    const draw = random(5, 'coverage');
    const normal = Array.from({ length: 8000 }, () => 0.01 * gaussian(draw));
    const fat = normal.map((step) => (draw() < 0.03 ? 12 * step : step));
    // Errors overlap five at a time: about 1,600 independent ones, so 0.8 +- 0.03 is three deviations.
    expect(covered(normal, 0)).toBeGreaterThan(0.77);
    expect(covered(normal, 0)).toBeLessThan(0.83);
    expect(covered(fat, 0.005)).toBeGreaterThan(0.77);
    expect(covered(fat, 0.005)).toBeLessThan(0.83);
  });

  it('keeps its coverage where volatility doubles ten times, if it adapts and not otherwise', () => {
    const draw = random(6, 'regimes');
    const rising = Array.from({ length: 6000 }, (_, i) => 1e-5 * 2 ** (i / 600) * gaussian(draw));
    expect(covered(rising, 0)).toBeLessThan(0.78);
    expect(covered(rising, 0.02)).toBeGreaterThan(0.79);
  });

  it('gives the first interval on the candle that it says', () => {
    const market = randomCandles(4, 140);
    const first = columnOf(lower, market).findIndex((x) => x === x);
    expect(first).toBe(lower.indicator.warmupCandles - 1);
  });

  it('learns that a market reverts, and sees it turn', () => {
    // +1 % and -1 % in turn by runs of five: after a rise comes a fall.
    const closes = Array.from(
      { length: 600 },
      (_, i) => 100 * 1.01 ** (5 - Math.abs((i % 10) - 5)),
    );
    const market = closesOnly(closes);
    const [, middle] = outputsOf(lower, market);
    for (let i = 400; i < 590; i++) {
      if (i % 10 === 5) expect(middle![i]!).toBeLessThan(closes[i]!);
      if (i % 10 === 0) expect(middle![i]!).toBeGreaterThan(closes[i]!);
    }
  });

  it('says of a market that only rose that it rises, and never that it does for sure', () => {
    const market = closesOnly(Array.from({ length: 300 }, (_, i) => 100 * 1.001 ** i));
    expect(columnOf(up, market)[299]).toBe(100 / 101);
    expect(columnOf(down, market)[299]).toBe(0);
    expect(columnOf(lower, market)[299]).toBeGreaterThan(market.close[299]!);
  });

  it('has an interval that is no wider than nothing where nothing moves', () => {
    const market = closesOnly(new Array<number>(300).fill(7));
    expect(columnOf(upper, market)[299]).toBe(7);
    expect(columnOf(lower, market)[299]).toBe(7);
    expect(columnOf(up, market)[299]).toBe(0);
  });

  it.each([
    ['conformalForecast.coverage', { coverage: 1 }],
    ['conformalForecast.window', { coverage: 0.99, window: 50 }],
    ['conformalForecast.gamma', { gamma: -1 }],
  ])('refuses %s', (key, bad) => {
    expect(() => conformalForecast(bad)).toThrow(key);
  });
});

describe('robustScore', () => {
  it('is 0.6745 distances of the median from the median', () => {
    // Volumes e^0 to e^4, then e^9: median 2, median distance 1, so (9 - 2) x 0.6745.
    const market = closesOnly([1, 1, 1, 1, 1, 1]);
    market.volume.set([0, 1, 2, 3, 4, 9].map(Math.exp));
    expect(columnOf(robustScore('volume', 5), market)[5]).toBeCloseTo(7 * 0.67448975, 8);
  });

  it('is what an independent median absolute deviation gives', () => {
    const market = randomCandles(9, 200);
    const column = columnOf(robustScore('return', 30), market);
    const { close } = market;
    for (let i = 40; i < 200; i++) {
      const steps = Array.from({ length: 31 }, (_, k) =>
        Math.log(close[i - k]! / close[i - k - 1]!),
      );
      const before = steps.slice(1);
      const expected = (steps[0]! - medianOf(before)) / medianAbsoluteDeviation(before);
      expect(column[i]).toBeCloseTo(0.674_489_75 * expected, 6);
    }
  });

  it('is not fooled by outliers that have come before, as a z-score is', () => {
    const closes = Array.from(
      { length: 60 },
      (_, i) => 100 + (i % 3) * 0.1 + (i % 20 === 5 ? 30 : 0),
    );
    closes.push(130);
    expect(columnOf(robustScore('return', 50), closesOnly(closes)).at(-1)).toBeGreaterThan(100);
  });

  it('falls back on the mean distance where half of the window are equal', () => {
    // Volumes of 1 and one of e^5: median and median distance 0, mean distance 1.
    const market = closesOnly([1, 1, 1, 1, 1, 1]);
    market.volume.set([1, 1, Math.exp(5), 1, 1, Math.exp(2)]);
    expect(columnOf(robustScore('volume', 5), market)[5]).toBeCloseTo(
      2 * Math.sqrt(2 / Math.PI),
      9,
    );
  });

  it('is infinitely far for the first move after none, and 0 while there is none', () => {
    const column = columnOf(robustScore('return', 4), closesOnly([5, 5, 5, 5, 5, 5, 6]));
    expect(column[5]).toBe(0);
    expect(column[6]).toBe(Number.POSITIVE_INFINITY);
  });
});
