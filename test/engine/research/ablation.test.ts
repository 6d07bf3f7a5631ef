// What an agent adds, on returns whose parts are known: each agent on adds its own number to every day.

import { describe, expect, it } from 'vitest';
import { gaussian, random } from '../../../engine/random.ts';
import { contributionsOf } from '../../../engine/research/sweep/ablation.ts';
import { trialMatrix } from '../../../engine/statistics/trial-matrix.ts';

const DAYS = 60;

/** All subsets of agents; each adds to a day what its function gives, over a market of noise. */
function sweepOf(agents: Readonly<Record<string, (day: number, alone: boolean) => number>>) {
  const names = Object.keys(agents);
  const draw = random(4, 'market');
  const market = Array.from({ length: DAYS }, () => 0.02 * gaussian(draw));
  const rows = Array.from({ length: 2 ** names.length }, (_, index) => {
    const on = names.filter((_name, k) => (index & (1 << k)) !== 0);
    const point = Object.fromEntries(
      names.map((name) => [`agents.${name}.weight`, on.includes(name) ? 0.5 : 0]),
    );
    const days = market.map((noise, day) =>
      on.reduce((sum, name) => sum + agents[name]!(day, on.length === 1), noise),
    );
    return { index, status: 'done' as const, fraction: 1, point, days };
  });
  return { rows, matrix: trialMatrix(rows.map(({ days }) => Float64Array.from(days))) };
}

describe('the contribution of an agent', () => {
  const draw = random(9, 'agents');
  const noise = Array.from({ length: DAYS }, () => 0.001 * gaussian(draw));
  const { rows, matrix } = sweepOf({
    good: (day) => 0.001 + noise[day]! / 10,
    idle: () => 0,
    lucky: (day) => noise[day]!,
    only: (day, alone) => (alone ? 0.002 : noise[day]! / 100),
  });
  const found = contributionsOf(rows, matrix);
  const of = (agent: string) => found.find((one) => one.agent === agent)!;

  it('is over every pair that differs in nothing but its weight', () => {
    expect(found.map(({ agent, pairs }) => `${agent} ${pairs}`)).toEqual([
      'good 8',
      'idle 8',
      'lucky 8',
      'only 8',
    ]);
  });

  it('is what was planted, a year of 365 days of it, though the market moves twenty times as much', () => {
    const { mean, beside } = of('good');
    const extra = noise.reduce((sum, x) => sum + x / 10, 0) / DAYS;
    // "only" alone earns more: with "good" beside it, it is not alone. That is one pair of eight.
    const lost = (0.002 - noise.reduce((sum, x) => sum + x / 100, 0) / DAYS) / 8;
    expect(mean.yearly.estimate).toBeCloseTo(365 * (0.001 + extra - lost), 9);
    expect(mean.yearly.lower).toBeGreaterThan(0);
    expect(mean.p).toBeLessThan(0.01);
    expect(beside!.yearly.estimate).toBeCloseTo(365 * (0.001 + extra), 9);
  });

  it('cannot be told from nothing for one that only adds noise', () => {
    const { beside } = of('lucky');
    expect(beside!.yearly.lower).toBeLessThan(0);
    expect(beside!.yearly.upper).toBeGreaterThan(0);
  });

  it('is over subsets, and beside the others another thing', () => {
    const { mean, beside } = of('only');
    expect(beside!.yearly.estimate).toBeLessThan(0.01);
    expect(mean.yearly.estimate).toBeCloseTo(
      (365 * 0.002) / 8 + (7 / 8) * beside!.yearly.estimate,
      6,
    );
  });

  it('leaves out trials that failed, and counts days after ruin as 0', () => {
    const less = rows.map((row) => (row.index === 1 ? { ...row, status: 'failed' as const } : row));
    expect(contributionsOf(less, matrix).find(({ agent }) => agent === 'good')!.pairs).toBe(7);
    const ruined = trialMatrix(rows.map(({ days }) => Float64Array.from(days)));
    ruined.values.fill(Number.NaN, 15 * DAYS + 30, 16 * DAYS);
    const { beside } = contributionsOf(rows, ruined).find(({ agent }) => agent === 'idle')!;
    const lost = rows[13]!.days.slice(30).reduce((sum, x) => sum + x, 0);
    expect(beside!.yearly.estimate).toBeCloseTo((-365 * lost) / DAYS, 9);
  });

  it('is of nobody where no weight was taken away', () => {
    const kept = rows.map((row) => ({ ...row, point: { 'consensus.actThreshold': row.index } }));
    expect(contributionsOf(kept, matrix)).toEqual([]);
  });
});
