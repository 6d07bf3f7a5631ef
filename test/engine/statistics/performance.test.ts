// performance(): hand arithmetic, the edges (midnight, holes, ruin, nothing at all), properties.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvariantError } from '../../../engine/errors.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../engine/interval.ts';
import {
  type PerformanceInput,
  performance,
  type Statistics,
} from '../../../engine/statistics/performance.ts';
import { dailyReturns } from '../../../engine/statistics/returns.ts';
import { closedTrades, trade } from './trades.ts';

const MAY_1 = Date.UTC(2025, 4, 1);

/** A run whose first candle opens at `startMs`, one equity value per candle. */
function run(
  equity: readonly number[],
  candleMs = DAY_MS,
  more: Partial<PerformanceInput> = {},
): Statistics {
  return performance({
    closeMs: Float64Array.from(equity, (_, i) => MAY_1 + (i + 1) * candleMs),
    equityUsd: Float64Array.from(equity),
    length: equity.length,
    cashUsd: 100,
    trades: [],
    rowsInMarket: 0,
    tradedNotionalUsd: 0,
    feesUsd: 0,
    slippageUsd: 0,
    fundingUsd: 0,
    ...more,
  });
}

describe('returns of UTC days', () => {
  const daily = (closes: readonly (readonly [number, number])[]) => [
    ...dailyReturns(
      closes.map(([hours]) => MAY_1 + hours * HOUR_MS),
      closes.map(([, equity]) => equity),
      closes.length,
      100,
    ),
  ];

  it('give a close exactly at midnight to the day that ended', () => {
    expect(
      daily([
        [23, 90],
        [24, 110],
        [25, 121],
      ]),
    ).toEqual([110 / 100 - 1, 121 / 110 - 1]);
  });

  it('take the last close before midnight when none is at midnight', () => {
    expect(
      daily([
        [1, 90],
        [23.9, 110],
        [47, 121],
      ]),
    ).toEqual([110 / 100 - 1, 121 / 110 - 1]);
  });

  it('are zero for days without a close', () => {
    expect(
      daily([
        [10, 110],
        [82, 121],
      ]),
    ).toEqual([110 / 100 - 1, 0, 0, 121 / 110 - 1]);
  });

  it('end with the day of ruin', () => {
    expect(
      daily([
        [24, 50],
        [48, -10],
        [72, 40],
        [96, 80],
      ]),
    ).toEqual([-0.5, -10 / 50 - 1]);
  });

  it('compound to the return of the run, unfinished days and holes included', () => {
    const steps = fc.array(
      fc.tuple(fc.integer({ min: 1, max: 3000 }), fc.double({ min: 0.8, max: 1.25, noNaN: true })),
      { minLength: 1, maxLength: 80 },
    );
    fc.assert(
      fc.property(steps, (list) => {
        let minute = 0;
        let equity = 100;
        const rows = list.map(([wait, growth]) => {
          minute += wait;
          equity *= growth;
          return [minute, equity] as const;
        });
        const returns = dailyReturns(
          rows.map(([at]) => MAY_1 + at * MINUTE_MS),
          rows.map(([, value]) => value),
          rows.length,
          100,
        );
        const days = Math.ceil(minute / 1440) - Math.ceil(rows[0]![0] / 1440) + 1;
        expect(returns).toHaveLength(days);
        const compounded = returns.reduce((value, r) => value * (1 + r), 100);
        expect(compounded / equity).toBeCloseTo(1, 10);
      }),
      { seed: 21, numRuns: 300 },
    );
  });
});

describe('performance', () => {
  it('is arithmetic by hand over three days: 100, 110, 99, 121', () => {
    const s = run([110, 99, 121]);
    const [a, b, c] = [0.1, -0.1, 121 / 99 - 1];
    const mean = (a + b + c) / 3;
    const sd = Math.sqrt(((a - mean) ** 2 + (b - mean) ** 2 + (c - mean) ** 2) / 2);
    expect(s.finalEquityUsd).toBe(121);
    expect(s.peakEquityUsd).toBe(121);
    expect(s.totalReturn).toBeCloseTo(0.21, 12);
    expect(s.maxDrawdown).toBeCloseTo(-0.1, 12);
    expect(s.maxDrawdownMs).toBe(DAY_MS);
    expect(s.cagr).toBeCloseTo(1.21 ** (365 / 3) - 1, 0);
    expect(s.calmar! / (s.cagr! / 0.1)).toBeCloseTo(1, 12);
    expect(s.sharpe).toBeCloseTo((mean / sd) * Math.sqrt(365), 10);
    expect(s.volatility).toBeCloseTo(sd * Math.sqrt(365), 10);
    expect(s.sortino).toBeCloseTo((mean * 365) / (Math.sqrt(0.01 / 3) * Math.sqrt(365)), 10);
    expect(s.days).toBe(3);
  });

  it('counts the starting cash as a peak and the first candle as time below it', () => {
    const s = run([90, 95, 99], HOUR_MS);
    expect(s.peakEquityUsd).toBe(100);
    expect(s.maxDrawdown).toBeCloseTo(-0.1, 12);
    expect(s.maxDrawdownMs).toBe(3 * HOUR_MS);
  });

  it('has no CAGR under a day, and one from a day on', () => {
    expect(run(new Array(23).fill(101), HOUR_MS).cagr).toBeNull();
    expect(run(new Array(24).fill(101), HOUR_MS).cagr).toBeCloseTo(1.01 ** 365 - 1, 9);
  });

  it('doubles in a year with a CAGR of 1', () => {
    const equity = Array.from({ length: 365 }, (_, i) => 100 * 2 ** ((i + 1) / 365));
    expect(run(equity).cagr).toBeCloseTo(1, 12);
  });

  it('of a run that never traded is a row of zeros and nulls', () => {
    expect(run([100, 100, 100])).toEqual({
      finalEquityUsd: 100,
      peakEquityUsd: 100,
      totalReturn: 0,
      cagr: 0,
      volatility: 0,
      sharpe: null,
      sortino: null,
      calmar: null,
      maxDrawdown: 0,
      maxDrawdownUsd: 0,
      maxDrawdownMs: 0,
      tailRatio: null,
      days: 3,
      probabilisticSharpe: null,
      trades: 0,
      winRate: null,
      profitFactor: null,
      expectancyUsd: null,
      averageWinUsd: null,
      averageLossUsd: null,
      systemQuality: null,
      exposureTime: 0,
      turnover: 0,
      feesUsd: 0,
      slippageUsd: 0,
      fundingUsd: 0,
    });
  });

  it('of two falls tells the deepest in per cent and the deepest in money', () => {
    // 100 to 50 is a half and 50 USD, 200 to 140 is three tenths and 60 USD.
    const s = run([100, 50, 200, 140, 210]);
    expect([s.maxDrawdown, s.maxDrawdownUsd]).toEqual([-0.5, 60]);
    // One that has not recovered counts too.
    expect(run([100, 50, 200, 140, 130]).maxDrawdownUsd).toBe(70);
  });

  it('of no rows at all is the cash', () => {
    const s = run([]);
    expect([s.finalEquityUsd, s.totalReturn, s.days, s.cagr, s.sharpe]).toEqual([
      100,
      0,
      0,
      null,
      null,
    ]);
  });

  it('of an account that is used up says -1 and keeps the ratios of the days until then', () => {
    const s = run([110, 121, 0, 0, 0, 0]);
    expect(s.totalReturn).toBe(-1);
    expect(s.cagr).toBe(-1);
    expect(s.maxDrawdown).toBe(-1);
    expect(s.calmar).toBe(-1);
    expect(s.days).toBe(3);
    expect(s.sharpe).toBe(run([110, 121, 0]).sharpe);
    expect(s.sharpe!).toBeLessThan(0);
  });

  it('of an account that went below zero has a fall of more than everything', () => {
    const s = run([110, -11, -50], DAY_MS, { tradedNotionalUsd: 500 });
    expect(s.maxDrawdown).toBeCloseTo(-50 / 110 - 1, 12);
    expect(s.cagr).toBe(-1);
    // mean equity 49/3
    expect(s.turnover).toBeCloseTo(1500 / 49, 10);
    expect(run([-10, -10], DAY_MS, { tradedNotionalUsd: 500 }).turnover).toBe(5);
  });

  it('has the same ratios on hourly and on daily candles of the same account', () => {
    const hourly: number[] = [];
    const days: number[] = [];
    for (let day = 0; day < 40; day++) {
      const end = 100 + day + 5 * Math.sin(day);
      for (let hour = 0; hour < 24; hour++) hourly.push(hour === 23 ? end : end - 1);
      days.push(end);
    }
    const fine = run(hourly, HOUR_MS);
    const coarse = run(days, DAY_MS);
    for (const key of ['cagr', 'volatility', 'sharpe', 'sortino', 'probabilisticSharpe'] as const) {
      expect(fine[key]).toBe(coarse[key]);
    }
    expect(fine.maxDrawdown).toBeLessThan(coarse.maxDrawdown);
  });

  it('measures exposure in rows and turnover in mean equity', () => {
    const s = run([100, 300], DAY_MS, { rowsInMarket: 1, tradedNotionalUsd: 1000 });
    expect(s.exposureTime).toBe(0.5);
    expect(s.turnover).toBe(5);
  });

  const curves = fc.array(fc.double({ min: 1, max: 1000, noNaN: true }), {
    minLength: 1,
    maxLength: 100,
  });

  it('has a drawdown of -1 to 0 and no number that is not finite, for any positive equity', () => {
    fc.assert(
      fc.property(curves, (equity) => {
        // One row alone does not say how long its candle is.
        const s = run([100, ...equity], 6 * HOUR_MS);
        expect(s.maxDrawdown).toBeLessThanOrEqual(0);
        expect(s.maxDrawdown).toBeGreaterThan(-1);
        expect(s.maxDrawdownMs).toBeLessThanOrEqual((equity.length + 1) * 6 * HOUR_MS);
        expect(s.maxDrawdown < 0).toBe(s.maxDrawdownMs > 0);
        if (s.probabilisticSharpe !== null) {
          expect(s.probabilisticSharpe).toBeGreaterThanOrEqual(0);
          expect(s.probabilisticSharpe).toBeLessThanOrEqual(1);
        }
        for (const value of Object.values(s)) {
          expect(value === null || Number.isFinite(value)).toBe(true);
        }
      }),
      { seed: 31, numRuns: 300 },
    );
  });

  it('does not change when cash and equity are four times as large, money apart', () => {
    fc.assert(
      fc.property(curves, (equity) => {
        const small = run(equity);
        const large = run(
          equity.map((e) => 4 * e),
          DAY_MS,
          { cashUsd: 400 },
        );
        expect(large).toEqual({
          ...small,
          finalEquityUsd: 4 * small.finalEquityUsd,
          peakEquityUsd: 4 * small.peakEquityUsd,
          maxDrawdownUsd: 4 * small.maxDrawdownUsd,
        });
      }),
      { seed: 32, numRuns: 200 },
    );
  });

  it('does not fall deeper when a day without change is added', () => {
    fc.assert(
      fc.property(curves, (equity) => {
        const s = run(equity);
        const longer = run([...equity, equity.at(-1)!]);
        expect(longer.maxDrawdown).toBe(s.maxDrawdown);
        expect(longer.totalReturn).toBe(s.totalReturn);
        expect(longer.maxDrawdownMs).toBeGreaterThanOrEqual(s.maxDrawdownMs);
      }),
      { seed: 33, numRuns: 100 },
    );
  });

  it('refuses equity, cash and P&L that are not finite: a defect is no number to report', () => {
    expect(() => run([100, Number.NaN, 100])).toThrow(/equity must be finite, was NaN at row 1/);
    expect(() => run([100, Number.POSITIVE_INFINITY])).toThrow(InvariantError);
    expect(() => run([100], DAY_MS, { cashUsd: 0 })).toThrow(/cash must be above 0/);
    expect(() => run([100], DAY_MS, { trades: [trade(Number.NaN)] })).toThrow(InvariantError);
    expect(() => run([100], DAY_MS, { feesUsd: Number.NaN })).toThrow(/feesUsd must be finite/);
  });

  it('takes its trade statistics from closed trades', () => {
    const s = run([100], DAY_MS, { trades: [...closedTrades([10, -5]), trade(99, 'open')] });
    expect([s.trades, s.winRate, s.profitFactor, s.expectancyUsd]).toEqual([2, 0.5, 2, 2.5]);
  });
});
