// The forms that sharpe-inference.test.ts names and leaves out: the 2025 probabilistic ratio, error
// rates, and annualising with autocorrelation. Together both files meet every vector and case.

import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { gaussian, random } from '../../../engine/random.ts';
import {
  autocorrelatedSharpe,
  autocorrelations,
  loFactor,
} from '../../../engine/statistics/autocorrelated-sharpe.ts';
import {
  falseDiscoveryRate,
  minimumTrackRecord2025,
  missProbability,
  observedFalseDiscoveryRate,
  probabilisticSharpe2025,
} from '../../../engine/statistics/probabilistic-sharpe-2025.ts';
import { sharpe } from '../../../engine/statistics/ratios.ts';

const CASES = new URL('../../../../shared/cases/overfit_dsr_pbo.json', import.meta.url);
const VECTORS = new URL('../../../../shared/vectors/sharpe_inference.json', import.meta.url);

interface Case {
  readonly id: string;
  readonly inputs: Readonly<Record<string, number>>;
  readonly expected: number;
  readonly tolerance?: number;
  readonly tol?: number;
}

/** The ids of each file that are tested here. */
const HERE = {
  cases: ['mintrl_2025', 'psr_2025_sr0_0', 'psr_2025_sr0_01', 'ofdr'],
  vectors: [
    'psr_2025_sr0_0',
    'mintrl_2025',
    'lo_eta12_iid',
    'lo_eta12_rho0.2_ar1',
    'pfdr',
    'power',
    'ofdr',
  ],
};

function ours({ id, inputs }: Case): number {
  const at = (...keys: string[]) => inputs[keys.find((key) => inputs[key] !== undefined)!]!;
  const observed = {
    sharpe: at('sharpe', 'sr'),
    count: at('T'),
    skewness: at('skew'),
    kurtosis: at('kurtosis', 'kurt'),
  };
  const test = { ...observed, nullSharpe: at('sr0'), goodSharpe: at('sr1') };
  const benchmark = at('benchmark', 'target', 'sr0');
  if (id.startsWith('psr_2025')) return probabilisticSharpe2025(observed, benchmark);
  if (id === 'mintrl_2025') return minimumTrackRecord2025(observed, benchmark, 1 - at('alpha'));
  if (id === 'lo_eta12_iid') return loFactor(at('q'), []);
  if (id.startsWith('lo_eta12')) {
    return loFactor(
      at('q'),
      Array.from({ length: 11 }, (_, i) => at('rho') ** (i + 1)),
    );
  }
  if (id === 'pfdr') return falseDiscoveryRate(at('p_H1'), at('alpha'), at('beta'));
  if (id === 'power') return missProbability(test, at('alpha'));
  return observedFalseDiscoveryRate(test, observed.sharpe, at('p_H1'));
}

describe.each([
  ['../shared/cases/overfit_dsr_pbo.json', CASES, 'cases'],
  ['../shared/vectors/sharpe_inference.json', VECTORS, 'vectors'],
] as const)('the other forms by %s', (_path, url, key) => {
  const absent = !existsSync(url);
  const list: readonly Case[] = absent ? [] : JSON.parse(readFileSync(url, 'utf8'))[key];

  it.skipIf(absent).each(HERE[key])('%s is met within the stated tolerance', (id) => {
    const one = list.find((each) => each.id === id)!;
    expect(Math.abs(ours(one) - one.expected)).toBeLessThanOrEqual(one.tolerance ?? one.tol!);
  });
});

describe('the 2025 form', () => {
  const fund = { sharpe: 0.036 / 0.079, count: 24, skewness: -2.448, kurtosis: 10.164 };
  const test = { ...fund, nullSharpe: 0, goodSharpe: 0.5 };

  it('reaches the confidence at its own minimum track record', () => {
    const count = minimumTrackRecord2025(fund, 0.1, 0.9);
    expect(probabilisticSharpe2025({ ...fund, count }, 0.1)).toBeCloseTo(0.9, 12);
  });

  it('finds luck less likely than before the look, at a ratio as high as the good one', () => {
    expect(observedFalseDiscoveryRate(test, 0.5, 0.05)).toBeLessThan(0.95);
    expect(observedFalseDiscoveryRate(test, 0.5, 0)).toBe(1);
    expect(observedFalseDiscoveryRate(test, 0.5, 1)).toBe(0);
  });

  it('is NaN, never a pass, on what is not finite', () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      for (const key of ['sharpe', 'count', 'skewness', 'kurtosis'] as const) {
        expect(probabilisticSharpe2025({ ...fund, [key]: bad }, 0.1)).toBeNaN();
      }
      expect(probabilisticSharpe2025(fund, bad)).toBeNaN();
      expect(minimumTrackRecord2025({ ...fund, sharpe: bad })).toBeNaN();
      expect(minimumTrackRecord2025(fund, bad)).toBeNaN();
      expect(missProbability({ ...test, goodSharpe: bad })).toBeNaN();
      expect(observedFalseDiscoveryRate(test, bad, 0.1)).toBeNaN();
    }
    expect(falseDiscoveryRate(1.2, 0.05, 0.2)).toBeNaN();
    expect(minimumTrackRecord2025(fund, 2)).toBeNaN();
  });
});

describe("Lo's factor", () => {
  function ar1(phi: number, count: number): Float64Array {
    const draw = random(5, `ar ${phi}`);
    let before = 0;
    return Float64Array.from({ length: count }, () => {
      before = phi * before + gaussian(draw);
      return 0.05 + before;
    });
  }

  it('lowers the ratio of returns that trend and raises that of returns that revert', () => {
    const trending = ar1(0.3, 2000);
    const reverting = ar1(-0.3, 2000);
    expect(autocorrelatedSharpe(trending)).toBeLessThan(0.85 * sharpe(trending, 365)!);
    expect(autocorrelatedSharpe(reverting)).toBeGreaterThan(1.15 * sharpe(reverting, 365)!);
  });

  it('is the square root of the periods where no lag is asked for', () => {
    const returns = ar1(0.3, 300);
    expect(autocorrelatedSharpe(returns, 365, 0)).toBeCloseTo(sharpe(returns, 365)!, 12);
  });

  it('takes the sample autocorrelations: 1, -1, 1, -1 has -3/4, 1/2', () => {
    expect([...autocorrelations([1, -1, 1, -1], 2)]).toEqual([-0.75, 0.5]);
  });

  it('is NaN where the variance vanishes, for flat lines and for what is not finite', () => {
    expect(loFactor(12, [-0.9])).toBeNaN();
    expect(loFactor(12, [Number.NaN])).toBeNaN();
    expect(loFactor(2.5, [])).toBeNaN();
    for (const bad of [[1, 1, 1, 1], [1, 2], [1, Number.NaN, 3], [1, Infinity, 3], []]) {
      expect(autocorrelatedSharpe(bad)).toBeNaN();
    }
  });
});
