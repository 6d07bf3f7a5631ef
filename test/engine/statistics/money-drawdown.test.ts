// The deepest fall in money: the vectors of freqtrade that the fraction cannot meet.

import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { moneyDrawdown } from '../../../engine/statistics/money-drawdown.ts';

const VECTORS = new URL('../../../../shared/vectors/perf_metrics.json', import.meta.url);
const absent = !existsSync(VECTORS);
const vectors = absent ? [] : JSON.parse(readFileSync(VECTORS, 'utf8')).vectors;
const vector = (id: string) => vectors.find((v: { id: string }) => v.id === id);

function equityOf(pnl: readonly number[], startUsd: number): Float64Array {
  let value = startUsd;
  return Float64Array.from(pnl, (p) => (value += p));
}

describe('the deepest fall in money', () => {
  it.skipIf(absent)('is that of freqtrade (skipped without ../shared/vectors)', () => {
    const { inputs, expected, tol } = vector('mdd_abs_freqtrade');
    const start = inputs.starting_balance;
    const found = moneyDrawdown(equityOf(inputs.pnl, start), start);
    expect(Math.abs(found.fallUsd - expected)).toBeLessThanOrEqual(tol);
  });

  it.skipIf(absent)('is another than the deepest in per cent (skipped without ../shared)', () => {
    const { inputs, expected, tol } = vector('mdd_abs_vs_rel_False');
    const found = moneyDrawdown(equityOf(inputs.pnl, inputs.start), inputs.start);
    expect(Math.abs(found.fallUsd - expected.abs)).toBeLessThanOrEqual(tol);
    expect(Math.abs(found.fraction + expected.rel)).toBeLessThanOrEqual(tol);
  });

  it('is 0 for equity that only rises and NaN for what is not finite', () => {
    expect(moneyDrawdown([1, 2, 3], 1)).toEqual({ fallUsd: 0, fraction: 0 });
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      expect(moneyDrawdown([1, bad, 3], 1).fallUsd).toBeNaN();
    }
  });
});
