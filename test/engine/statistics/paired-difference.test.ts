// The difference of two runs: by hand over listed resamples, and by simulation where the truth is known.

import { describe, expect, it } from 'vitest';
import { gaussian, random } from '../../../engine/random.ts';
import { pairedDifference } from '../../../engine/statistics/paired-difference.ts';
import { listedResampler } from '../../../engine/statistics/stationary-bootstrap.ts';

const LONG = process.env['SAPPHIRE_LONG'] !== undefined;

describe('the paired difference', () => {
  it('takes the same days of both: worked by hand', () => {
    const a = [0.01, 0.03];
    const b = [0, 0.01];
    // Differences 0.01 and 0.02; their mean over rows 00, 01, 10, 11 is 0.01, 0.015, 0.015, 0.02.
    const resampler = listedResampler([
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ]);
    const { yearly, p, days } = pairedDifference(
      a,
      b,
      { resamples: 4, seed: 1, meanBlock: 1 },
      0.5,
      resampler,
    );
    expect(days).toBe(2);
    expect(yearly.estimate).toBeCloseTo(0.015 * 365, 12);
    // Type-7 quantiles at positions 0.75 and 2.25 of the four.
    expect(yearly.lower).toBeCloseTo(0.01375 * 365, 12);
    expect(yearly.upper).toBeCloseTo(0.01625 * 365, 12);
    // No centred mean (0.005 at most) is as far from 0 as 0.015: (1 + 0) / (1 + 4).
    expect(p).toBeCloseTo(0.2, 12);
  });

  it('is the other way round when the runs change places', () => {
    const { a, b } = markets(1, 200, 0.001);
    const settings = { resamples: 300, seed: 5 };
    const [one, other] = [pairedDifference(a, b, settings), pairedDifference(b, a, settings)];
    expect(other.yearly.estimate).toBeCloseTo(-one.yearly.estimate, 12);
    expect(other.yearly.lower).toBeCloseTo(-one.yearly.upper, 9);
    expect(other.sharpe.lower).toBeCloseTo(-one.sharpe.upper, 9);
    expect(other.p).toBe(one.p);
  });

  it('does not see the market that both were in', () => {
    const draw = random(3, 'shared');
    const shared = Array.from({ length: 400 }, () => 0.05 * gaussian(draw));
    const own = Array.from({ length: 400 }, () => 0.001 * gaussian(draw));
    const b = shared;
    const a = shared.map((value, t) => value + 0.0005 + own[t]!);
    const { yearly, p } = pairedDifference(a, b, { resamples: 500, seed: 1 });
    // The means of shared returns wander by 0.05 / 20 a day; the difference by 0.001 / 20.
    expect(yearly.lower).toBeGreaterThan(0);
    expect(p).toBeLessThan(0.01);
  });

  it('calls equal runs different as often as it says, and covers a true difference', () => {
    const times = LONG ? 1000 : 150;
    let rejected = 0;
    let covered = 0;
    for (let k = 0; k < times; k++) {
      const same = markets(k, 120, 0);
      if (pairedDifference(same.a, same.b, { resamples: 199, seed: k }).p <= 0.1) rejected++;
      const ahead = markets(k + 10_000, 120, 0.002);
      const { yearly } = pairedDifference(ahead.a, ahead.b, { resamples: 199, seed: k });
      if (yearly.lower <= 0.002 * 365 && 0.002 * 365 <= yearly.upper) covered++;
    }
    // Binomial limits of four standard errors around 10 % and 90 %.
    const slack = 4 * Math.sqrt((0.1 * 0.9) / times);
    expect(rejected / times).toBeLessThan(0.1 + slack);
    expect(rejected / times).toBeGreaterThan(Math.max(0, 0.1 - slack) * 0.5);
    expect(covered / times).toBeGreaterThan(0.9 - slack);
  });

  it('is not defined for equal runs, a handful of days and holes, and refuses unequal lengths', () => {
    const { a, b } = markets(1, 100, 0);
    const settings = { resamples: 10, seed: 1 };
    expect(pairedDifference(a, a, settings).p).toBeNaN();
    expect(pairedDifference(a.slice(0, 5), b.slice(0, 5), settings).yearly.lower).toBeNaN();
    expect(pairedDifference([...a.slice(1), Number.NaN], b, settings).p).toBeNaN();
    expect(pairedDifference([], [], settings).p).toBeNaN();
    expect(() => pairedDifference(a, b.slice(1), settings)).toThrow('must have the 100 days');
  });
});

function markets(seed: number, days: number, ahead: number) {
  const draw = random(seed, 'pairs');
  const a = Array.from({ length: days }, () => ahead + 0.01 * gaussian(draw));
  const b = Array.from({ length: days }, () => 0.01 * gaussian(draw));
  return { a, b };
}
