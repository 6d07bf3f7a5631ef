// Intervals of a run's headline numbers: the days of a run, put back in their order, are that run to
// the last statistic; dealt again they are a run whose statistics the ordinary formulas give.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS } from '../../../engine/interval.ts';
import type { Trade } from '../../../engine/portfolio/trade.ts';
import { gaussian, random } from '../../../engine/random.ts';
import { dayHistory } from '../../../engine/statistics/day-history.ts';
import {
  HEADLINES,
  historyIntervals,
  TRADE_HEADLINES,
} from '../../../engine/statistics/headline-bootstrap.ts';
import { durationOf, performance } from '../../../engine/statistics/performance.ts';
import { RUN_RESAMPLES, runIntervals } from '../../../engine/statistics/run-intervals.ts';
import { trade } from './trades.ts';

const NAMES = [...HEADLINES, ...TRADE_HEADLINES];
const SEED = 11;
const isLong = process.env['SAPPHIRE_LONG'] === '1';

interface Made {
  readonly hours: number;
  readonly startHour: number;
  readonly hourly: number;
  readonly drift: number;
  readonly trades: number;
  readonly seed: number;
}

/** A run of hourly candles that begins at any hour, with holes and with trades of its own. */
function madeRun({ hours, startHour, hourly, drift, trades, seed }: Made) {
  const draw = random(seed, 'run-intervals');
  const closes: number[] = [];
  const equity: number[] = [];
  let usd = 10_000;
  for (let h = 0; h < hours; h++) {
    usd *= 1 + drift + hourly * gaussian(draw);
    // A tenth of all candles is missing, never the first.
    if (h > 0 && draw() < 0.1) continue;
    closes.push((startHour + h + 1) * HOUR_MS);
    equity.push(usd);
  }
  const list: Trade[] = Array.from({ length: trades }, () => ({
    ...trade(5 * gaussian(draw), draw() < 0.1 ? 'open' : 'signal'),
    exitMs: closes[Math.floor(draw() * closes.length)]!,
  }));
  const closeMs = Float64Array.from(closes);
  const equityUsd = Float64Array.from(equity);
  const length = closes.length;
  const durationMs = durationOf(closeMs, length);
  return { closeMs, equityUsd, length, cashUsd: 10_000, trades: list, durationMs };
}

const statisticsOf = (run: ReturnType<typeof madeRun>) =>
  performance({
    ...run,
    rowsInMarket: 0,
    tradedNotionalUsd: 0,
    feesUsd: 0,
    slippageUsd: 0,
    fundingUsd: 0,
  });

describe('intervals of a run', () => {
  it('have the statistics of the run itself as their estimates', () => {
    const made = fc.record({
      hours: fc.integer({ min: 300, max: 1500 }),
      startHour: fc.nat(60),
      hourly: fc.double({ min: 0.0005, max: 0.02, noNaN: true }),
      drift: fc.double({ min: -0.0005, max: 0.0005, noNaN: true }),
      trades: fc.integer({ min: 0, max: 60 }),
      seed: fc.nat(1e6),
    });
    const property = fc.property(made, (one) => {
      const run = madeRun(one);
      const statistics = statisticsOf(run);
      const found = historyIntervals(dayHistory(run), { resamples: 1, seed: 1, meanBlock: 2 });
      for (const name of NAMES) {
        const expected = statistics[name];
        const { estimate } = found[name];
        if (expected === null) expect(estimate, name).toBeNaN();
        else {
          const slack = 1e-9 * (1 + Math.abs(expected));
          expect(Math.abs(estimate - expected), name).toBeLessThan(slack);
        }
      }
    });
    fc.assert(property, { seed: SEED, numRuns: isLong ? 1000 : 60 });
  });

  it('of shuffled days are those of a run that had its days in that order', () => {
    // Two days of two candles each; the second first: 100, 90, 99, then up to 118.8, down to 108.9.
    const run = {
      closeMs: Float64Array.of(0.5 * DAY_MS, DAY_MS, 1.5 * DAY_MS, 2 * DAY_MS),
      equityUsd: Float64Array.of(120, 110, 99, 108.9),
      length: 4,
      cashUsd: 100,
      trades: [
        { ...trade(10), exitMs: DAY_MS },
        { ...trade(-1.1), exitMs: 2 * DAY_MS },
      ],
      durationMs: 2 * DAY_MS,
    };
    const { returns, low, high, fall, wins, trades } = dayHistory(run);
    const rounded = (values: Float64Array) => [...values].map((x) => Number(x.toFixed(12)));
    expect(rounded(returns)).toEqual([0.1, -0.01]);
    expect(rounded(low)).toEqual([1, 0.9]);
    expect(rounded(high)).toEqual([1.2, 1]);
    // 120 to 110 inside the first day; 110 to 99 inside the second.
    expect(rounded(fall)).toEqual([Number((110 / 120 - 1).toFixed(12)), -0.1]);
    expect([...wins, ...trades]).toEqual([1, 0, 1, 1]);
    // In its own order the fall is from 120 to 99.
    const found = historyIntervals(dayHistory(run), { resamples: 400, seed: 3, meanBlock: 1 });
    expect(found.maxDrawdown.estimate).toBeCloseTo(99 / 120 - 1, 12);
    // Day two twice: 100, 90, 99, 89.1, 98.01: from 100 to 89.1. Of 400 draws a quarter is that.
    expect(found.maxDrawdown.lower).toBeCloseTo(99 / 120 - 1, 12);
    expect(found.totalReturn.lower).toBeCloseTo(0.99 ** 2 - 1, 12);
    expect(found.totalReturn.upper).toBeCloseTo(1.1 ** 2 - 1, 12);
  });

  it('are the same for the same seed, others for another, and say how they were made', () => {
    const run = madeRun({
      hours: 2400,
      startHour: 7,
      hourly: 0.004,
      drift: 0.0001,
      trades: 80,
      seed: 5,
    });
    const found = runIntervals(run, 1);
    expect(runIntervals(run, 1)).toEqual(found);
    expect(runIntervals(run, 2).sharpe).not.toEqual(found.sharpe);
    expect(found).toMatchObject({ confidence: 0.9, resamples: RUN_RESAMPLES, seed: 1 });
    expect(found.meanBlockDays).toBeGreaterThanOrEqual(1);
    const statistics = statisticsOf(run);
    for (const name of NAMES) {
      const { lower, upper } = found[name]!;
      expect(lower!, name).toBeLessThan(upper!);
      // A drawdown and what is divided by it need not lie inside: the order of days was one of many.
      if (name === 'maxDrawdown' || name === 'calmar') continue;
      expect(lower!, name).toBeLessThan(statistics[name]!);
      expect(upper!, name).toBeGreaterThan(statistics[name]!);
    }
  });

  it('hold the win rate about as widely as binomial trades say when each day has one', () => {
    const days = 400;
    const draw = random(2, 'binomial');
    const closeMs = Float64Array.from({ length: days }, (_, k) => (k + 1) * DAY_MS);
    const trades = Array.from(closeMs, (exitMs) => ({
      ...trade(draw() < 0.6 ? 1 : -1),
      exitMs,
    }));
    let usd = 1000;
    const equityUsd = Float64Array.from(trades, ({ pnlUsd }) => (usd += pnlUsd));
    const durationMs = days * DAY_MS;
    const run = { closeMs, equityUsd, length: days, cashUsd: 1000, trades, durationMs };
    const { winRate } = historyIntervals(dayHistory(run), {
      resamples: 2000,
      seed: 1,
      meanBlock: 1,
    });
    const half = 1.6449 * Math.sqrt((winRate.estimate * (1 - winRate.estimate)) / days);
    expect(winRate.lower).toBeCloseTo(winRate.estimate - half, 2);
    expect(winRate.upper).toBeCloseTo(winRate.estimate + half, 2);
  });

  it('are null where nothing moved, nothing closed, or too little happened', () => {
    const still = madeRun({
      hours: 900,
      startHour: 0,
      hourly: 0,
      drift: 0,
      trades: 0,
      seed: 1,
    });
    const short = madeRun({
      hours: 100,
      startHour: 0,
      hourly: 0.01,
      drift: 0,
      trades: 9,
      seed: 1,
    });
    const none = { ...still, length: 0, durationMs: 0 };
    for (const run of [still, short, none]) {
      const found = runIntervals(run, 1);
      expect(found.meanBlockDays).toBeNull();
      for (const name of NAMES) expect(found[name], name).toBeNull();
    }
    const idle = madeRun({
      ...{ hours: 900, startHour: 0, hourly: 0.01, drift: 0 },
      trades: 0,
      seed: 1,
    });
    const found = runIntervals(idle, 1);
    expect(found.sharpe).not.toBeNull();
    for (const name of TRADE_HEADLINES) expect(found[name]).toBeNull();
  });

  it('are null for a profit factor that more than a twentieth of resamples have no loss for', () => {
    const days = 40;
    const closeMs = Float64Array.from({ length: days }, (_, k) => (k + 1) * DAY_MS);
    const factorOf = (losses: number) => {
      const trades = Array.from(closeMs, (exitMs, k) => ({
        ...trade(k % 7 === 3 && k < 7 * losses ? -5 : 2),
        exitMs,
      }));
      let usd = 1000;
      const equityUsd = Float64Array.from(trades, ({ pnlUsd }) => (usd += pnlUsd));
      const durationMs = days * DAY_MS;
      const run = { closeMs, equityUsd, length: days, cashUsd: 1000, trades, durationMs };
      const settings = { resamples: 2000, seed: 1, meanBlock: 1 };
      return historyIntervals(dayHistory(run), settings).profitFactor;
    };
    // (39/40)^40 = 0.36 of resamples lack the one loss, (35/40)^40 = 0.005 all five.
    expect(factorOf(1).upper).toBeNaN();
    expect(factorOf(1).undefinedResamples / 2000).toBeCloseTo(0.363, 1);
    expect(factorOf(5).upper).toBeGreaterThan(factorOf(5).estimate);
  });
});
