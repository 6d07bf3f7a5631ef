// The deepest fall in money: the vectors of freqtrade that the fraction cannot meet.

import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { drawdown } from '../../../engine/statistics/drawdown.ts';

const VECTORS = new URL('../../../../shared/vectors/perf_metrics.json', import.meta.url);
const absent = !existsSync(VECTORS);
const vectors = absent ? [] : JSON.parse(readFileSync(VECTORS, 'utf8')).vectors;
const vector = (id: string) => vectors.find((v: { id: string }) => v.id === id);

function equityOf(pnl: readonly number[], startUsd: number): Float64Array {
  let value = startUsd;
  return Float64Array.from(pnl, (p) => (value += p));
}

function fallOf(pnl: readonly number[], startUsd: number) {
  const equity = equityOf(pnl, startUsd);
  return drawdown(
    equity.map((_, row) => row),
    equity,
    equity.length,
    startUsd,
    0,
  );
}

describe('the deepest fall in money', () => {
  it.skipIf(absent)('is that of freqtrade (skipped without ../shared/vectors)', () => {
    const { inputs, expected, tol } = vector('mdd_abs_freqtrade');
    const start = inputs.starting_balance;
    const found = fallOf(inputs.pnl, start);
    expect(Math.abs(found.fallUsd - expected)).toBeLessThanOrEqual(tol);
  });

  it.skipIf(absent)('is another than the deepest in per cent (skipped without ../shared)', () => {
    const { inputs, expected, tol } = vector('mdd_abs_vs_rel_False');
    const found = fallOf(inputs.pnl, inputs.start);
    expect(Math.abs(found.fallUsd - expected.abs)).toBeLessThanOrEqual(tol);
    expect(Math.abs(found.fallFraction + expected.rel)).toBeLessThanOrEqual(tol);
  });
});
