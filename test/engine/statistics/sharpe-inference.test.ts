// Probabilistic and deflated Sharpe ratio, minimum track record and backtest length, against the
// papers' own examples. Cases in the form of the 2025 paper are named and left out: one form only.

import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../../engine/errors.ts';
import {
  deflatedSharpe,
  expectedMaximum,
  minimumBacktestYears,
  sharpeOfLuck,
} from '../../../engine/statistics/deflated-sharpe.ts';
import { moments, quantile } from '../../../engine/statistics/moments.ts';
import {
  minimumTrackRecord2012,
  probabilisticSharpe2012,
  sharpeVariance,
} from '../../../engine/statistics/probabilistic-sharpe.ts';
import { sharpe, sortino } from '../../../engine/statistics/ratios.ts';

const CASES = new URL('../../../../shared/cases/overfit_dsr_pbo.json', import.meta.url);
const VECTORS = new URL('../../../../shared/vectors/sharpe_inference.json', import.meta.url);

interface Case {
  readonly id: string;
  readonly function?: string;
  readonly inputs: Readonly<Record<string, number | number[]>>;
  readonly expected: number | { readonly approx: number };
  readonly tolerance?: number;
  readonly tol?: number;
}

// The 2014 paper's example, which some vectors name only by its number of trials.
const PAPER_2014 = { sr_annual: 2.5, T: 1250, var_SR_annual: 0.5, skew: -3, kurt: 10 };

/** Our number for a case; undefined when it is in another form or about another quantity. */
function ours(one: Case): number | null | undefined {
  const given: Record<string, number | number[]> = one.id.startsWith('dsr')
    ? { ...PAPER_2014, ...one.inputs }
    : { ...one.inputs };
  const at = (...keys: string[]) => {
    const key = keys.find((k) => given[k] !== undefined);
    return key === undefined ? Number.NaN : Number(given[key]);
  };
  const returns = Float64Array.from((given['returns'] ?? []) as number[]);
  const observed = {
    sharpe: at('sharpe', 'sr'),
    count: at('T'),
    skewness: at('skew'),
    kurtosis: at('kurtosis', 'kurt'),
  };
  switch (one.id) {
    case 'emax_100':
    case 'emax_N10':
    case 'emax_exact_vs_approx_N2':
    case 'emax_exact_vs_approx_N5':
    case 'emax_exact_vs_approx_N10':
    case 'emax_exact_vs_approx_N100':
    case 'emax_exact_vs_approx_N1000':
      return expectedMaximum(at('N'));
    case 'fwer_emax10':
      return Math.sqrt(at('var_sharpe')) * expectedMaximum(at('N'));
    case 'dsr_sr0':
      return Math.sqrt(at('var_SR_annual') / at('periods')) * expectedMaximum(at('N'));
    case 'dsr_value':
    case 'dsr_value_46_trials':
    case 'dsr_paper_N100':
    case 'dsr_paper_N46':
    case 'dsr_paper_N88':
      return deflatedSharpe(
        { ...observed, sharpe: at('sharpe_annual', 'sr_annual') / Math.sqrt(250) },
        at('N'),
        at('var_sharpe_annual', 'var_SR_annual') / 250,
      );
    case 'psr_2012':
      return probabilisticSharpe2012(observed, at('benchmark'));
    case 'psr_2012_normal':
      return probabilisticSharpe2012({ ...observed, sharpe: at('mean') / at('sd') }, at('sr0'));
    case 'sr_sd_nonnormal':
    case 'sr_sd_normal':
    case 'sr_se_nongauss':
    case 'sr_se_gauss':
      return Math.sqrt(
        sharpeVariance(observed.sharpe, observed.skewness, observed.kurtosis) / at('T'),
      );
    case 'lo_se_iid':
      return Math.sqrt(sharpeVariance(at('SR'), 0, 3) / at('T'));
    case 'minbtl_45':
      return minimumBacktestYears(at('N'), at('sharpe_is_annual'));
    case 'sharpe_iid_252':
      return sharpe(
        returns.map((r) => r - at('benchmark')),
        at('factor'),
      );
    case 'sortino':
      return sortino(returns, at('factor'));
    default:
      return undefined;
  }
}

describe.each([
  ['../shared/cases/overfit_dsr_pbo.json', CASES, 'cases', 11],
  ['../shared/vectors/sharpe_inference.json', VECTORS, 'vectors', 13],
] as const)('Sharpe inference by %s', (_path, url, key, atLeast) => {
  const absent = !existsSync(url);
  const list: readonly Case[] = absent ? [] : JSON.parse(readFileSync(url, 'utf8'))[key];
  const applicable = list.filter((one) => ours(one) !== undefined);

  it.skipIf(absent)('leaves out only the 2025 form, autocorrelation and error rates', () => {
    expect(applicable.length).toBeGreaterThanOrEqual(atLeast);
    const out = list.filter((one) => !applicable.includes(one)).map((one) => one.id);
    expect(out.filter((id) => !/2025|^ofdr$|^lo_eta|^pfdr$|^power$/.test(id))).toEqual([]);
  });

  it.skipIf(absent).each(applicable.map((one) => [one.id, one] as const))(
    '%s is met within the stated tolerance',
    (_id, one) => {
      const expected = typeof one.expected === 'number' ? one.expected : one.expected.approx;
      expect(Math.abs(ours(one)! - expected)).toBeLessThanOrEqual(one.tolerance ?? one.tol!);
    },
  );
});

describe('the probabilistic Sharpe ratio of 2012', () => {
  const fund = { sharpe: 1.585 / Math.sqrt(12), count: 24, skewness: -2.448, kurtosis: 10.164 };

  it('is 0.913 for the hedge fund of the paper, not the 0.987 of the 2025 form', () => {
    expect(probabilisticSharpe2012(fund)).toBeCloseTo(0.913, 3);
  });

  it('needs 2.73 years of daily returns for a ratio of 2 to beat 1 at 95 % (2012)', () => {
    const scale = Math.sqrt(250);
    const observed = { sharpe: 2 / scale, skewness: 0, kurtosis: 3 };
    const days = minimumTrackRecord2012(observed, 1 / scale, 0.95)!;
    expect(days / 250).toBeCloseTo(2.73, 2);
  });

  it('reaches exactly the confidence at the minimum track record length', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 0.5, noNaN: true }),
        fc.double({ min: -1, max: 1, noNaN: true }),
        fc.double({ min: 3, max: 12, noNaN: true }),
        fc.double({ min: 0.6, max: 0.99, noNaN: true }),
        (ratio, skewness, kurtosis, confidence) => {
          const shape = { sharpe: ratio, skewness, kurtosis };
          const count = minimumTrackRecord2012(shape, 0, confidence)!;
          if (count < 2) return;
          expect(probabilisticSharpe2012({ ...shape, count })).toBeCloseTo(confidence, 10);
        },
      ),
      { seed: 3, numRuns: 200 },
    );
  });

  it('is one half when the ratio is the benchmark, and rises with more days', () => {
    expect(probabilisticSharpe2012(fund, fund.sharpe)).toBe(0.5);
    expect(probabilisticSharpe2012({ ...fund, count: 48 })!).toBeGreaterThan(
      probabilisticSharpe2012(fund)!,
    );
  });

  it('is null where its variance is not positive or the record has one return', () => {
    // 1 - 2 + (1.5 - 1)/4 < 0
    const odd = { sharpe: 1, count: 9, skewness: 2, kurtosis: 1.5 };
    expect(probabilisticSharpe2012(odd)).toBeNull();
    expect(minimumTrackRecord2012(odd)).toBeNull();
    expect(probabilisticSharpe2012({ ...fund, count: 1 })).toBeNull();
    expect(minimumTrackRecord2012(fund, 2)).toBeNull();
  });
});

describe('luck', () => {
  it('of a single trial is none, and more trials are never less luck', () => {
    expect(expectedMaximum(1)).toBe(0);
    for (let trials = 1; trials < 200; trials++) {
      expect(expectedMaximum(trials + 1)).toBeGreaterThan(expectedMaximum(trials));
    }
  });

  it('lowers the deflated ratio below the probabilistic one as soon as there are two trials', () => {
    const observed = { sharpe: 0.1, count: 365, skewness: 0, kurtosis: 3 };
    const alone = probabilisticSharpe2012(observed)!;
    expect(deflatedSharpe(observed, 1, 0.01)).toBe(alone);
    expect(deflatedSharpe(observed, 2, 0.01)!).toBeLessThan(alone);
  });

  it('of ten trials over one year is a Sharpe ratio of 1.57 (Bailey et al. 2014)', () => {
    expect(sharpeOfLuck(10, 365, 365)).toBeCloseTo(1.57, 2);
    expect(sharpeOfLuck(10, 0, 365)).toBeNull();
    expect(minimumBacktestYears(10, 0)).toBeNull();
  });

  it.each([0, 1.5, -1, Number.NaN])('is not defined for %d trials', (trials) => {
    expect(() => expectedMaximum(trials)).toThrow(InputError);
  });
});

describe('moments', () => {
  it('are those of arithmetic by hand: 1, 2, 3, 4, 10', () => {
    // d = -3 -2 -1 0 6: squares 50, cubes 180, fourths 1394
    const sample = moments([1, 2, 3, 4, 10])!;
    expect(sample.mean).toBe(4);
    expect(sample.sd).toBeCloseTo(Math.sqrt(12.5), 14);
    expect(sample.skewness).toBeCloseTo(36 / 10 ** 1.5, 14);
    expect(sample.kurtosis).toBeCloseTo(2.788, 14);
  });

  it('are null for fewer than two values, and a flat line has neither spread nor shape', () => {
    expect(moments([1])).toBeNull();
    expect(moments([0.1, 0.1, 0.1])).toMatchObject({ sd: 0, skewness: null, kurtosis: null });
  });

  it('have quantiles of type 7: the median of 1, 2, 3, 10 is 2.5, the 0.9 quantile 7.9', () => {
    expect(quantile([10, 1, 3, 2], 0.5)).toBe(2.5);
    expect(quantile([10, 1, 3, 2], 0.9)).toBeCloseTo(7.9, 12);
    expect(quantile([], 0.5)).toBeNull();
  });
});
