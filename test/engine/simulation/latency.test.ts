// Latency: bounds, means, quantiles, and streams of chance that do not disturb each other.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { random } from '../../../engine/random.ts';
import {
  checkLatency,
  type LatencyConfig,
  LatencyModel,
  quantile,
} from '../../../engine/simulation/costs/latency.ts';

const SEED = 20_251_125;

const config = (parts: Partial<LatencyConfig>): LatencyConfig => ({
  model: 'none',
  ms: 0,
  maxMs: 0,
  samples: [],
  ...parts,
});

const draws = (model: LatencyModel, count: number) =>
  Array.from({ length: count }, () => model.draw());

describe('a latency', () => {
  it('is 0 in the model none, whatever else is written, and the constant in constant', () => {
    expect(draws(new LatencyModel(config({ ms: 50 }), 1, 'entry'), 3)).toEqual([0, 0, 0]);
    const constant = new LatencyModel(config({ model: 'constant', ms: 80 }), 1, 'feed');
    expect(draws(constant, 3)).toEqual([80, 80, 80]);
  });

  it('stays within the bounds of uniform', () => {
    const ms = fc.integer({ min: 0, max: 5000 });
    const property = fc.property(fc.integer(), ms, ms, (seed, least, width) => {
      const parts = { model: 'uniform', ms: least, maxMs: least + width } as const;
      const all = draws(new LatencyModel(config(parts), seed, 'entry'), 30);
      return all.every((x) => x >= least && x <= least + width);
    });
    fc.assert(property, { seed: SEED, numRuns: 200 });
  });

  it('has the mean of uniform: (20 + 120) / 2 within four standard errors', () => {
    const parts = { model: 'uniform', ms: 20, maxMs: 120 } as const;
    const all = draws(new LatencyModel(config(parts), SEED, 'response'), 20_000);
    const mean = all.reduce((sum, x) => sum + x, 0) / all.length;
    expect(Math.abs(mean - 70)).toBeLessThan((4 * 100) / Math.sqrt(12 * 20_000));
  });

  it('is the first draws of the stream named after its way', () => {
    const parts = { model: 'uniform', ms: 10, maxMs: 20 } as const;
    for (const way of ['entry', 'response', 'feed'] as const) {
      const stream = random(7, `latency/${way}`);
      const expected = Array.from({ length: 4 }, () => 10 + 10 * stream());
      expect(draws(new LatencyModel(config(parts), 7, way), 4)).toEqual(expected);
    }
  });

  it('repeats for a seed, differs for another and for another way', () => {
    const parts = config({ model: 'empirical', samples: [5, 90, 14, 33] });
    const of = (seed: number, way: 'entry' | 'feed') =>
      draws(new LatencyModel(parts, seed, way), 20);
    expect(of(3, 'entry')).toEqual(of(3, 'entry'));
    expect(of(3, 'entry')).not.toEqual(of(4, 'entry'));
    expect(of(3, 'entry')).not.toEqual(of(3, 'feed'));
  });

  it('has the quantiles of the sample in empirical, in any order of it', () => {
    const samples = [9, 1, 4, 25, 16];
    const all = draws(new LatencyModel(config({ model: 'empirical', samples }), 5, 'feed'), 20_000);
    const sorted = Float64Array.from(all).sort();
    // The quarters of the sample are its values 1, 4, 9, 16 and 25 themselves.
    const ranks = [0, 0.25, 0.5, 0.75, 1].map((u) => quantile(sorted, u));
    [1, 4, 9, 16, 25].forEach((x, k) => {
      expect(Math.abs(ranks[k]! - x)).toBeLessThan(0.5);
    });
    expect(sorted[0]).toBeGreaterThanOrEqual(1);
    expect(sorted.at(-1)).toBeLessThanOrEqual(25);
  });
});

describe('a quantile', () => {
  it('gives each value of the sample at its rank', () => {
    const sample = fc.array(fc.integer({ min: 0, max: 10_000 }), { minLength: 1, maxLength: 20 });
    const property = fc.property(sample, (values) => {
      const sorted = Float64Array.from(values).sort();
      const steps = Math.max(1, sorted.length - 1);
      return sorted.every((x, k) => Math.abs(quantile(sorted, k / steps) - x) < 1e-8);
    });
    fc.assert(property, { seed: SEED, numRuns: 200 });
  });

  it('is on the straight line between two values: 12.5 is a quarter of the way from 10 to 20', () => {
    expect(quantile(Float64Array.of(10, 20), 0.25)).toBe(12.5);
    expect(quantile(Float64Array.of(7), 0.9)).toBe(7);
    expect(quantile(new Float64Array(), 0.5)).toBeNaN();
  });
});

describe('checkLatency', () => {
  const keys = (parts: object) =>
    checkLatency('world.latency.entry', config(parts)).map(({ key }) => key.slice(20));

  it('finds nothing wrong with one of each', () => {
    expect(keys({})).toEqual([]);
    expect(keys({ model: 'constant', ms: 5 })).toEqual([]);
    expect(keys({ model: 'uniform', ms: 5, maxMs: 5 })).toEqual([]);
    expect(keys({ model: 'empirical', samples: [3] })).toEqual([]);
  });

  it('tells everything that is wrong at once', () => {
    expect(keys({ model: 'uniform', ms: 9, maxMs: 5 })).toEqual(['maxMs']);
    expect(keys({ model: 'empirical' })).toEqual(['samples']);
    expect(keys({ model: 'empirical', ms: -1, maxMs: Number.NaN, samples: [1, -2, 4e6] })).toEqual([
      'ms',
      'maxMs',
      'samples.1',
      'samples.2',
    ]);
    expect(checkLatency('x', config({ model: 'unifrom' as 'uniform' }))).toMatchObject([
      { key: 'x.model', nearest: 'uniform' },
    ]);
  });
});
