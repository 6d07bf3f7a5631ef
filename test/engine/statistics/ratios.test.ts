// Ratios against the cases of empyrical-reloaded and the vectors of perf_metrics.json.
//
// Where the source puts NaN or infinity we put null. A NaN row is dropped, as empyrical does for
// means; for growth and drawdown it is a return of 0, as empyrical counts it in n.

import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawdown } from '../../../engine/statistics/drawdown.ts';
import * as ratios from '../../../engine/statistics/ratios.ts';
import { tradeStatistics } from '../../../engine/statistics/trade-statistics.ts';
import { closedTrades } from './trades.ts';

const CASES = new URL('../../../../shared/cases/empyrical_stats.json', import.meta.url);
const VECTORS = new URL('../../../../shared/vectors/perf_metrics.json', import.meta.url);
const casesAbsent = !existsSync(CASES);
const vectorsAbsent = !existsSync(VECTORS);

type Value = number | 'NaN' | 'Infinity' | Value[];
interface Case {
  readonly function: string;
  readonly line: number;
  readonly args: Readonly<Record<string, string | number>>;
  readonly expected: Value;
  readonly value_here?: Value;
}
interface CaseFile {
  readonly series: Readonly<Record<string, Value[] | Record<string, Value[]> | null>>;
  readonly cases: readonly Case[];
}

const PERIODS: Readonly<Record<string, number>> = {
  daily: 252,
  weekly: 52,
  monthly: 12,
  yearly: 1,
};

const dropped = (raw: readonly Value[]) =>
  Float64Array.from(raw.map(Number)).filter((r) => r === r);
const asZero = (raw: readonly Value[]) =>
  Float64Array.from(raw, (r) => (Number.isNaN(Number(r)) ? 0 : Number(r)));

/** Series less a constant or another series, row by row; rows with NaN in either are dropped. */
function excess(raw: readonly Value[], off: readonly Value[] | number): Float64Array {
  return dropped(raw.map((r, i) => Number(r) - (typeof off === 'number' ? off : Number(off[i]))));
}

function compounded(returns: Float64Array): Float64Array {
  let value = 1;
  return returns.map((r) => (value *= 1 + r));
}

function depth(returns: Float64Array): number {
  const equity = compounded(returns);
  return drawdown(equity, equity, equity.length, 1, 0).depth;
}

function growthPerYear(returns: Float64Array, periods: number): number | null {
  const equity = compounded(returns);
  return ratios.cagr(equity.at(-1) ?? 1, returns.length / periods);
}

function windows(raw: readonly Value[], size: number): Value[][] {
  return raw.slice(size - 1).map((_, i) => raw.slice(i, i + size));
}

/** What our functions say for a case of empyrical; undefined when it is about something else. */
function computed(file: CaseFile, one: Case): (number | null)[] | undefined {
  const series = file.series[String(one.args['returns'])];
  if (series === undefined || series === null) return undefined;
  const columns = Array.isArray(series) ? [series] : Object.values(series);
  const periods = PERIODS[String(one.args['period'] ?? 'daily')]!;
  const off = (key: string): Value[] | number => {
    const name = String(one.args[key] ?? 0);
    const other = file.series[name];
    return Array.isArray(other) ? other : Number(name);
  };
  const each = (f: (raw: Value[]) => number | null) => columns.map(f);
  switch (one.function) {
    case 'max_drawdown':
      return each((raw) => depth(asZero(raw)));
    case 'annual_volatility':
      return each((raw) => ratios.volatility(dropped(raw), periods));
    case 'sharpe_ratio':
      return each((raw) => ratios.sharpe(excess(raw, off('risk_free')), periods));
    case 'excess_sharpe':
      return each((raw) => ratios.sharpe(excess(raw, off('factor_returns')), 1));
    case 'downside_risk':
      return each((raw) => ratios.downsideRisk(excess(raw, off('required_return')), periods));
    case 'sortino':
      return each((raw) => ratios.sortino(excess(raw, off('required_return')), periods));
    case 'omega':
      return each((raw) => ratios.omega(excess(raw, off('risk_free'))));
    case 'cagr':
      return each((raw) => growthPerYear(asZero(raw), periods));
    case 'calmar':
      return each((raw) => ratios.calmar(growthPerYear(asZero(raw), periods), depth(asZero(raw))));
    case 'tail_ratio':
      return each((raw) => ratios.tailRatio(dropped(raw)));
    case 'roll_max_drawdown':
      return windows(columns[0]!, Number(one.args['window'])).map((raw) => depth(asZero(raw)));
    case 'roll_sharpe_ratio':
      return windows(columns[0]!, Number(one.args['window'])).map((raw) =>
        ratios.sharpe(dropped(raw), 252),
      );
    default:
      return undefined;
  }
}

describe.skipIf(casesAbsent)('the ratios of empyrical (skipped without ../shared/cases)', () => {
  const file: CaseFile = casesAbsent
    ? { series: {}, cases: [] }
    : JSON.parse(readFileSync(CASES, 'utf8'));
  const applicable = file.cases.filter((one) => computed(file, one) !== undefined);

  it('are at least the 46 cases about these ratios', () => {
    expect(applicable.length).toBeGreaterThanOrEqual(46);
  });

  it.each(applicable.map((one) => [one.function, JSON.stringify(one.args), one] as const))(
    '%s of %s is what empyrical says, to 8 decimals',
    (name, _args, one) => {
      // Their tail-ratio test allows 1 decimal; the value recomputed beside it is exact.
      const target = name === 'tail_ratio' ? one.value_here! : one.expected;
      const expected = Array.isArray(target) ? target : [target];
      const actual = computed(file, one)!;
      if (name === 'max_drawdown' && expected[0] === 'NaN') {
        expect(actual, 'no rows: we say that nothing fell').toEqual([0]);
        return;
      }
      expect(actual).toHaveLength(expected.length);
      for (const [i, value] of expected.entries()) {
        if (value === 'NaN' || value === 'Infinity') expect(actual[i]).toBeNull();
        else expect(actual[i]!).toBeCloseTo(Number(value), printedDecimals(value));
      }
    },
  );

  /** Some expectations are printed with 4 or 7 decimals; none is compared beyond 8. */
  function printedDecimals(value: Value): number {
    const digits = String(value).split('.')[1]?.length ?? 8;
    return digits === 4 || digits === 7 ? digits : 8;
  }
});

interface Vector {
  readonly id: string;
  readonly inputs: Readonly<Record<string, Value>>;
  readonly expected: number | 'Infinity' | { readonly abs: number; readonly rel: number };
  readonly tol: number;
}

describe.skipIf(vectorsAbsent)('the vectors of perf_metrics (skipped without ../shared)', () => {
  const vectors: readonly Vector[] = vectorsAbsent
    ? []
    : JSON.parse(readFileSync(VECTORS, 'utf8')).vectors;

  const equityOf = (pnl: readonly Value[], start: number) => {
    let value = start;
    return Float64Array.from(pnl, (p) => (value += Number(p)));
  };

  /** undefined: not a number of ours (freqtrade's largest fall in money). */
  function ours(v: Vector): number | null | undefined {
    const inputs = v.inputs;
    const raw = (inputs['returns'] ?? []) as Value[];
    const pnl = (inputs['pnl'] ?? []) as Value[];
    const periods = Number(inputs['periods'] ?? 252);
    if (v.id.startsWith('sharpe')) {
      return ratios.sharpe(excess(raw, (inputs['rf_series'] ?? 0) as Value[] | number), 252);
    }
    if (v.id.startsWith('downside_risk')) {
      return ratios.downsideRisk(excess(raw, Number(inputs['mar'])), periods);
    }
    if (v.id.startsWith('sortino')) return ratios.sortino(dropped(raw), periods);
    if (v.id.startsWith('cagr_days')) {
      const growth = Number(inputs['end']) / Number(inputs['start']);
      return ratios.cagr(growth, Number(inputs['days']) / 365);
    }
    if (v.id.startsWith('cagr')) return growthPerYear(asZero(raw), periods);
    if (v.id.startsWith('calmar')) {
      return ratios.calmar(growthPerYear(asZero(raw), periods), depth(asZero(raw)));
    }
    if (v.id.startsWith('omega')) {
      const threshold = (1 + Number(inputs['required_return_annual'])) ** (1 / 252) - 1;
      return ratios.omega(excess(raw, Number(inputs['rf'])), threshold);
    }
    const trades = tradeStatistics(closedTrades(pnl.map(Number)));
    if (v.id === 'expectancy') return trades.expectancyUsd;
    if (v.id === 'profit_factor') return trades.profitFactor;
    if (v.id === 'sqn_sample_std') return trades.systemQuality;
    if (v.id === 'mdd_abs_vs_rel_True') {
      const equity = equityOf(pnl, Number(inputs['start']));
      return -drawdown(equity, equity, equity.length, Number(inputs['start']), 0).depth;
    }
    if (v.id === 'max_dd_duration_bars') {
      const equity = Float64Array.from(inputs['equity'] as number[]);
      const bars = equity.map((_, i) => i);
      return drawdown(bars, equity, equity.length, equity[0]!, 0).longestMs;
    }
    if (v.id === 'turnover_gross') {
      const fills = inputs['fills'] as [number, number][];
      const notional = fills.reduce((sum, [qty, price]) => sum + Math.abs(qty * price), 0);
      return notional / Number(inputs['mean_equity']);
    }
    return undefined;
  }

  it('leave out nothing but the largest fall in money', () => {
    const out = vectors.filter((v) => ours(v) === undefined).map((v) => v.id);
    expect(out).toEqual(['mdd_abs_freqtrade', 'mdd_abs_vs_rel_False']);
  });

  it.each(vectors.filter((v) => ours(v) !== undefined).map((v) => [v.id, v] as const))(
    '%s is met within the stated tolerance',
    (_id, v) => {
      const actual = ours(v);
      if (v.expected === 'Infinity') return expect(actual).toBeNull();
      const expected = typeof v.expected === 'number' ? v.expected : v.expected.rel;
      expect(Math.abs(actual! - expected)).toBeLessThanOrEqual(v.tol);
    },
  );
});

describe('ratios', () => {
  const few = fc.array(fc.double({ min: -0.2, max: 0.2, noNaN: true }), {
    minLength: 3,
    maxLength: 60,
  });

  it('are those of arithmetic by hand: returns 1 %, 3 %, -1 %', () => {
    const returns = Float64Array.of(0.01, 0.03, -0.01);
    // mean 0.01, squares 0 + 4e-4 + 4e-4 over 2 => sd 0.02
    expect(ratios.sharpe(returns, 1)).toBeCloseTo(0.5, 12);
    expect(ratios.volatility(returns, 365)).toBeCloseTo(0.02 * Math.sqrt(365), 12);
    // downside sqrt(1e-4 / 3)
    expect(ratios.sortino(returns, 1)).toBeCloseTo(Math.sqrt(3), 12);
    expect(ratios.omega(returns)).toBeCloseTo(4, 12);
  });

  it('do not change when every return is scaled', () => {
    fc.assert(
      fc.property(few, fc.integer({ min: -4, max: 4 }), (values, power) => {
        const returns = Float64Array.from(values);
        const scaled = returns.map((r) => r * 2 ** power);
        for (const ratio of [ratios.sharpe, ratios.sortino]) {
          const before = ratio(returns, 365);
          const after = ratio(scaled, 365);
          if (before === null || after === null || Math.abs(before) > 1e6) continue;
          expect(after).toBeCloseTo(before, 6);
        }
      }),
      { seed: 11, numRuns: 200 },
    );
  });

  it('change their sign with the returns (Sharpe), and only there', () => {
    fc.assert(
      fc.property(few, (values) => {
        const returns = Float64Array.from(values);
        const before = ratios.sharpe(returns, 365);
        const after = ratios.sharpe(
          returns.map((r) => -r),
          365,
        );
        if (before === null) expect(after).toBeNull();
        else expect(after).toBe(-before || 0);
      }),
      { seed: 12, numRuns: 200 },
    );
  });

  it('rise (Sharpe) when a day at the mean is added: same mean, less spread', () => {
    const returns = Float64Array.of(0.01, 0.03, -0.01);
    const longer = Float64Array.of(0.01, 0.03, -0.01, 0.01);
    expect(ratios.sharpe(longer, 365)!).toBeGreaterThan(ratios.sharpe(returns, 365)!);
  });

  it('are null, never infinite, for a flat line, also one with rounding noise', () => {
    const equity = Float64Array.from({ length: 50 }, (_, i) => 100 * 1.001 ** i);
    const noisy = equity.slice(1).map((e, i) => e / equity[i]! - 1);
    for (const returns of [new Float64Array(9).fill(0.01), new Float64Array(9), noisy]) {
      expect(ratios.sharpe(returns, 365)).toBeNull();
      expect(ratios.sortino(returns, 365)).toBeNull();
      expect(ratios.omega(returns)).toBeNull();
    }
  });

  it('say -1 for growth to nothing and null for no time or for what no double holds', () => {
    expect(ratios.cagr(0, 2)).toBe(-1);
    expect(ratios.cagr(-3, 2)).toBe(-1);
    expect(ratios.cagr(2, 0)).toBeNull();
    expect(ratios.cagr(1e6, 1 / 365)).toBeNull();
  });
});
