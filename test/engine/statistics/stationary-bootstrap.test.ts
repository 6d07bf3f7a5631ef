// The stationary bootstrap, its block length and its intervals, against the vectors of
// bootstrap_spa.json (arch's own tests among them), the one-by-one ratios, and known distributions.

import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../../engine/errors.ts';
import { gaussian, random } from '../../../engine/random.ts';
import { automaticBlockLength, meanBlockOf } from '../../../engine/statistics/block-length.ts';
import { historyOf } from '../../../engine/statistics/day-history.ts';
import { drawdown } from '../../../engine/statistics/drawdown.ts';
import {
  HEADLINES,
  headlineIntervals,
  headlineSamples,
  makeSamples,
} from '../../../engine/statistics/headline-bootstrap.ts';
import { intervalOf } from '../../../engine/statistics/percentile-interval.ts';
import * as ratios from '../../../engine/statistics/ratios.ts';
import {
  listedResampler,
  stationaryIndices,
  stationaryResampler,
} from '../../../engine/statistics/stationary-bootstrap.ts';
import { lcgNormal, numpyNormal } from './generators.ts';

const LONG = process.env['SAPPHIRE_LONG'] === '1';
const VECTORS = new URL('../../../../shared/vectors/bootstrap_spa.json', import.meta.url);
const absent = !existsSync(VECTORS);

interface Vector {
  readonly id: string;
  // biome-ignore lint/suspicious/noExplicitAny: each vector has inputs of its own.
  readonly inputs: any;
  // biome-ignore lint/suspicious/noExplicitAny: and answers of its own.
  readonly expected: any;
  readonly tol: number;
}

function vector(id: string): Vector {
  return JSON.parse(readFileSync(VECTORS, 'utf8')).vectors.find((v: Vector) => v.id === id);
}

function ar1(draw: () => number, count: number, phi: number): number[] {
  const out: number[] = [];
  for (let i = 0; i < count; i++) out.push(phi * (out[i - 1] ?? 0) + draw());
  return out;
}

describe.skipIf(absent)('the block bootstrap by ../shared/vectors (skipped without them)', () => {
  it('has the block lengths of arch on 10,000 rows of an autoregression', () => {
    const { expected, tol } = vector('arch_ar1_10000');
    const length = automaticBlockLength(ar1(numpyNormal(0), 10_100, 0.3).slice(100));
    expect(Math.abs(length.stationary - expected[0])).toBeLessThanOrEqual(tol);
    expect(Math.abs(length.circular - expected[1])).toBeLessThanOrEqual(tol);
  });

  it('has the block lengths of arch on 300 rows that remember', () => {
    const { inputs, expected, tol } = vector('block_length_lcg_ar1_0.6_n300');
    const series = ar1(lcgNormal(777), 300, 0.6);
    expect(series.slice(0, 5)).toEqual(inputs.first5);
    expect(series[299]).toBeCloseTo(inputs.last, 12);
    const length = automaticBlockLength(series);
    expect(Math.abs(length.stationary - expected[0])).toBeLessThanOrEqual(tol);
    expect(Math.abs(length.circular - expected[1])).toBeLessThanOrEqual(tol);
  });

  it('has the block lengths of arch on 300 rows that do not', () => {
    const { expected, tol } = vector('block_length_lcg_iid_n300');
    const length = automaticBlockLength(ar1(lcgNormal(999), 300, 0));
    expect(Math.abs(length.stationary - expected[0])).toBeLessThanOrEqual(tol);
    expect(Math.abs(length.circular - expected[1])).toBeLessThanOrEqual(tol);
  });

  it('draws the indices that the given uniforms say', () => {
    const { inputs, expected } = vector('stationary_indices_fixed_uniforms');
    const rows = new Uint32Array(inputs.n);
    let next = 0;
    stationaryIndices(rows, inputs.n, inputs['p=1/L'], () => inputs.uniforms[next++]);
    expect([...rows]).toEqual(expected);
  });

  it('has runs of 1 / p rows on average', () => {
    const { inputs, expected, tol } = vector('mean_block_length');
    const count = 1_000_000;
    const rows = new Uint32Array(count);
    stationaryResampler(count, 1 / inputs.p, 5)(rows);
    let runs = 1;
    for (let i = 1; i < count; i++) if (rows[i] !== (rows[i - 1]! + 1) % count) runs++;
    expect(Math.abs(count / runs - expected)).toBeLessThanOrEqual(tol);
  });
});

describe('the stationary bootstrap', () => {
  it('draws the same rows for the same seed, and every row about equally often', () => {
    const [a, b, c] = [7, 7, 8].map((seed) => {
      const rows = new Uint32Array(20_000);
      stationaryResampler(10, 4, seed)(rows);
      return rows;
    });
    expect(a).toEqual(b);
    expect(a).not.toEqual(c);
    for (let row = 0; row < 10; row++) {
      const share = a!.filter((r) => r === row).length / 20_000;
      expect(Math.abs(share - 0.1)).toBeLessThan(0.02);
    }
  });

  it('refuses blocks below 1, no resamples and no seed, all at once', () => {
    expect(() => stationaryResampler(10, 0.5, 1)).toThrow(InputError);
    const broken = { resamples: 0, seed: Number.NaN, meanBlock: 0 };
    expect(() => headlineIntervals([0.1], broken)).toThrow(/resamples[\s\S]*seed[\s\S]*meanBlock/);
    expect(() => listedResampler([[1, 2]])(new Uint32Array(3))).toThrow(InputError);
  });

  it('has no block length for a flat line, a short one and one with a NaN', () => {
    for (const values of [new Float64Array(50).fill(0.01), [1, 2, 3], [NaN, ...Array(40).keys()]]) {
      expect(meanBlockOf(values)).toBeNaN();
    }
  });
});

describe('bootstrap intervals', () => {
  const draw = random(1, 'series');
  const returns = Float64Array.from({ length: 250 }, () => 0.001 + 0.02 * gaussian(draw));

  it('of the headline statistics come from the very formulas of the ratios', () => {
    const resample = stationaryResampler(returns.length, 5, 3);
    const rows = new Uint32Array(returns.length);
    const kept: Uint32Array[] = [];
    for (let b = 0; b < 50; b++) {
      resample(rows);
      kept.push(rows.slice());
    }
    const samples = makeSamples(50);
    const history = historyOf(returns, returns.length / 365);
    headlineSamples(history, listedResampler(kept), 365, samples);
    kept.forEach((list, b) => {
      const series = Float64Array.from(list, (row) => returns[row]!);
      let value = 1;
      const equity = series.map((r) => (value *= 1 + r));
      const close = (actual: number, expected: number) =>
        expect(Math.abs(actual - expected)).toBeLessThan(1e-10 * (1 + Math.abs(expected)));
      close(samples.sharpe[b]!, ratios.sharpe(series, 365)!);
      close(samples.sortino[b]!, ratios.sortino(series, 365)!);
      close(samples.volatility[b]!, ratios.volatility(series, 365)!);
      close(samples.cagr[b]!, ratios.cagr(equity.at(-1)!, returns.length / 365)!);
      close(samples.maxDrawdown[b]!, drawdown(equity, equity, equity.length, 1, 0).depth);
    });
  });

  it('hold the estimate, are the same for the same seed and narrow with confidence', () => {
    const settings = { resamples: 500, seed: 4 };
    const wide = headlineIntervals(returns, settings, 0.95);
    const narrow = headlineIntervals(returns, settings, 0.5);
    expect(headlineIntervals(returns, settings, 0.95)).toEqual(wide);
    for (const name of HEADLINES) {
      expect(wide[name].lower).toBeLessThan(narrow[name].lower);
      expect(wide[name].upper).toBeGreaterThan(narrow[name].upper);
      expect(wide[name].lower).toBeLessThan(wide[name].estimate);
      expect(wide[name].upper).toBeGreaterThan(wide[name].estimate);
    }
    expect(wide.sharpe.estimate).toBeCloseTo(ratios.sharpe(returns, 365)!, 10);
  });

  it('are type-7 quantiles, and an undefined resample is the worst at both ends', () => {
    const samples = Float64Array.from({ length: 101 }, (_, i) => i);
    const all = intervalOf(samples, 50, 0.9);
    expect([all.lower, all.upper].map((x) => x.toFixed(9))).toEqual([
      '5.000000000',
      '95.000000000',
    ]);
    for (let i = 0; i < 3; i++) samples[i] = Number.NaN;
    // 98 are left, 3 to 100: three sit below and above them.
    const some = intervalOf(samples, 50, 0.9);
    expect([some.lower, some.upper].map((x) => x.toFixed(9))).toEqual([
      '5.000000000',
      '98.000000000',
    ]);
    expect(some.undefinedResamples).toBe(3);
    samples.fill(Number.NaN, 0, 6);
    expect(intervalOf(samples, 50, 0.9).lower).toBeNaN();
    expect(intervalOf(samples, Number.NaN, 0.9).upper).toBeNaN();
    expect(() => intervalOf(samples, 50, 1)).toThrow(InputError);
  });

  it('are NaN for a NaN, an infinity, a flat line and nothing at all', () => {
    const settings = { resamples: 20, seed: 1, meanBlock: 2 };
    const broken = [Number.NaN, Number.POSITIVE_INFINITY].map((x) => returns.with(7, x));
    for (const series of [...broken, new Float64Array(0)]) {
      const all = headlineIntervals(series, settings);
      for (const name of HEADLINES) {
        expect([all[name].lower, all[name].upper]).toEqual([NaN, NaN]);
      }
    }
    const flat = headlineIntervals(new Float64Array(30).fill(0.01), settings);
    expect(flat.sharpe.lower).toBeNaN();
    expect(flat.sortino.lower).toBeNaN();
    expect(headlineIntervals(returns, { resamples: 20, seed: 1 }).meanBlock).toBeGreaterThan(0);
  });

  it('leave an account that is used up where it is', () => {
    const samples = makeSamples(1);
    const ruin = Float64Array.of(0.1, -1.5, -3);
    headlineSamples(historyOf(ruin, 3 / 365), listedResampler([[0, 1, 2]]), 365, samples);
    expect(samples.cagr[0]).toBe(-1);
    expect(samples.maxDrawdown[0]).toBeCloseTo(-1.5, 12);
  });

  it('of a mean hold the truth about as often as they say, for returns that remember too', () => {
    const histories = LONG ? 1000 : 200;
    let held = 0;
    for (let i = 0; i < histories; i++) {
      const next = random(i, 'coverage');
      const series = ar1(() => gaussian(next), 400, 0.3);
      // A Sharpe ratio is on the side of 0 that its mean is on.
      const { lower, upper } = headlineIntervals(series, { resamples: 200, seed: i }).sharpe;
      if (lower <= 0 && upper >= 0) held++;
    }
    // 90 % nominal; short series under-cover a little: three standard errors and that.
    const share = held / histories;
    expect(share).toBeGreaterThan(0.8);
    expect(share).toBeLessThan(0.97);
  });
});
