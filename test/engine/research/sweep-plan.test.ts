// What a sweep is planned to do: rows, warm-up, strategies, and what it refuses beforehand.

import { describe, expect, it } from 'vitest';
import { InputError } from '../../../engine/errors.ts';
import { DAY_MS, HOUR_MS } from '../../../engine/interval.ts';
import {
  daysOf,
  longestWarmup,
  planProblems,
  shareOf,
  spansOf,
  strategyNames,
  taskOf,
} from '../../../engine/research/sweep/plan.ts';
import { type PanelColumns, rowAt } from '../../../engine/research/sweep/slice.ts';
import type { SweepSpec } from '../../../engine/research/sweep/spec.ts';
import { configOf } from '../../support/run.ts';
import { BOOK, baseConfig, roomOf, warmupOf } from './sweep-room.ts';

const SLOW = { 'parameters.slow': { values: [10, 40] } };
const problemsOf = (spec: SweepSpec) => planProblems(roomOf(spec).sweep);

describe('the rows of a sweep', () => {
  it('are all of them without splits, and else the first share and the next', () => {
    expect(spansOf(20, 120, null)).toEqual({ train: { from: 20, to: 120 }, test: null });
    expect(spansOf(20, 120, { train: 0.7, test: 0.3 })).toEqual({
      train: { from: 20, to: 90 },
      test: { from: 90, to: 120 },
    });
    expect(spansOf(0, 10, { train: 0.5, test: 0.25 }).test).toEqual({ from: 5, to: 8 });
  });

  it('must hold a candle on either side', () => {
    expect(() => spansOf(0, 3, { train: 0.9, test: 0.1 })).toThrow(InputError);
    expect(() => spansOf(0, 3, { train: 0.1, test: 0.9 })).toThrow(/a candle on either side, of 3/);
  });

  it('of a rung are the first share of the span, one at least', () => {
    expect(shareOf({ from: 20, to: 90 }, 1 / 3)).toEqual({ from: 20, to: 43 });
    expect(shareOf({ from: 20, to: 90 }, 1)).toEqual({ from: 20, to: 90 });
    expect(shareOf({ from: 20, to: 90 }, 1e-9)).toEqual({ from: 20, to: 21 });
  });

  it('touch UTC days by their closes: one at midnight belongs to the day that ended', () => {
    const openMs = Float64Array.from({ length: 72 }, (_, i) => 100 * DAY_MS + i * HOUR_MS);
    const columns: PanelColumns = { intervalMs: HOUR_MS, openMs, legs: [], series: {} };
    expect(daysOf(columns, { from: 0, to: 24 })).toBe(1);
    expect(daysOf(columns, { from: 0, to: 25 })).toBe(2);
    expect(daysOf(columns, { from: 23, to: 25 })).toBe(2);
    expect(daysOf(columns, { from: 24, to: 72 })).toBe(2);
    expect(daysOf(columns, { from: 5, to: 5 })).toBe(0);
  });

  it('are found by time', () => {
    const times = Float64Array.of(10, 20, 30);
    expect([5, 10, 11, 30, 31].map((ms) => rowAt(times, ms))).toEqual([0, 0, 1, 2, 3]);
  });
});

describe('a task', () => {
  it('says nothing of the range where it is that of the base config', () => {
    const { plan, panel } = roomOf({ parameters: SLOW });
    const task = taskOf(plan, 3, { 'decision.parameters.slow': 40 }, { from: 0, to: panel.length });
    expect(task).toEqual({
      index: 3,
      assignments: [['decision.parameters.slow', 40]],
      readRow: 0,
      fromRow: 0,
      toRow: 600,
      missingCandles: 0,
    });
  });

  it('begins to read as early as its own warm-up asks', () => {
    const { plan } = roomOf({ parameters: SLOW });
    const at = (slow: number) =>
      taskOf(plan, 0, { 'decision.parameters.slow': slow }, { from: 300, to: 400 }).readRow;
    expect([at(10), at(40)]).toEqual([290, 260]);
  });

  it('counts the candles that were not read for it', () => {
    const config = baseConfig({ world: { from: '2024-01-08', to: null } });
    const { plan } = roomOf({ parameters: SLOW }, config);
    expect(plan.readCandles).toBe(40);
    const rows = { from: plan.firstRow, to: plan.columns.openMs.length };
    const missing = (slow: number) =>
      taskOf(plan, 0, { 'decision.parameters.slow': slow }, rows).missingCandles;
    expect([missing(10), missing(40), missing(52)]).toEqual([0, 0, 12]);
  });
});

describe('the warm-up that is read', () => {
  const base = baseConfig();
  const longest = (spec: SweepSpec) =>
    longestWarmup(base, roomOf(spec).sweep, BOOK, warmupOf, HOUR_MS);

  it('is the longest of all points, and of the base config', () => {
    expect(longest({ parameters: { 'parameters.slow': { values: [3, 5] } } })).toBe(20);
    expect(longest({ parameters: { 'parameters.slow': { values: [3, 77] } } })).toBe(77);
  });

  it('is found in a space that is too large to look through', () => {
    const parameters = {
      'parameters.slow': { from: 2, to: 250, step: 1 },
      'parameters.fast': { from: 1, to: 299, step: 1 },
      'parameters.size': { from: 0.1, to: 0.9 },
    };
    expect(longest({ parameters, sampler: 'random' })).toBe(299);
  });

  it('leaves out points that would be refused', () => {
    expect(longest({ parameters: { strategy: { values: ['follower', 'nobody'] } } })).toBe(20);
  });
});

describe('strategies', () => {
  it('are all that the base config or a value names, each once', () => {
    const { sweep } = roomOf({ parameters: { strategy: { values: ['follower', 'contrarian'] } } });
    expect(strategyNames(baseConfig(), sweep.space)).toEqual([
      { name: 'follower', key: 'decision.strategy' },
      { name: 'contrarian', key: 'decision.strategy' },
    ]);
    const voting = configOf({
      decision: { agents: { ann: { weight: 1 }, bob: { use: 'ann' }, cy: { use: './cy.ts' } } },
    });
    expect(strategyNames(voting, { ...sweep.space, axes: [] })).toEqual([
      { name: 'ann', key: 'decision.agents.ann' },
      { name: './cy.ts', key: 'decision.agents.cy' },
    ]);
  });
});

describe('a sweep refuses', () => {
  it.each([
    'world.symbols',
    'world.from',
    'world.funding',
    'world.interval',
    'world.fills.finerInterval',
  ])('to vary %s, which says what is read', (path) => {
    const values = path === 'world.funding' ? [true, false] : [null];
    const spec = {
      parameters: { [path]: { values: path === 'world.symbols' ? [['BTC']] : values } },
    };
    expect(problemsOf(spec)).toMatchObject([
      { key: `parameters.${path}`, rule: expect.stringContaining('all trials share them') },
    ]);
  });

  it('finer candles for some trials, and no other path through a candle', () => {
    const paths = (values: string[]) =>
      problemsOf({ parameters: { 'world.fills.path': { values } } }).length;
    expect(paths(['ohlc', 'pessimistic'])).toBe(0);
    expect(paths(['ohlc', 'finer'])).toBe(1);
  });

  it('to look for the deepest drawdown: it is never above zero', () => {
    const rule = 'must be max: it is never above zero, so the largest is the mildest';
    const objective = { sharpe: 'max', maxDrawdown: 'min' } as const;
    expect(problemsOf({ parameters: SLOW, objective })).toEqual([
      { key: 'objective.maxDrawdown', rule, value: 'min' },
    ]);
    expect(problemsOf({ parameters: SLOW, objective: { maxDrawdown: 'max' } })).toEqual([]);
  });
});
