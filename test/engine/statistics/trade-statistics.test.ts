// Trade statistics against whole runs of backtesting.py.
//
// Where definitions differ: backtesting.py takes profit factor and expectancy of RETURNS, we take
// them of USD; so its figures are met by handing its ReturnPct in as the P&L. Win rate, SQN and
// the parts of its Kelly figure are of P&L in both.

import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { tradeStatistics } from '../../../engine/statistics/trade-statistics.ts';
import { closedTrades, trade } from './trades.ts';

const GOLDEN = new URL('../../../../shared/cases/backtestingpy_golden.json', import.meta.url);
const absent = !existsSync(GOLDEN);

interface Golden {
  readonly id: string;
  readonly reproduced: {
    readonly stats: Readonly<Record<string, number | null>>;
    readonly trades: readonly { readonly PnL: number; readonly ReturnPct: number }[];
  };
}

describe.skipIf(absent)('the trades of backtesting.py (skipped without ../shared/cases)', () => {
  const cases: readonly Golden[] = absent ? [] : JSON.parse(readFileSync(GOLDEN, 'utf8')).cases;

  describe.each(cases.map((one) => [one.id, one.reproduced] as const))('%s', (_id, run) => {
    const usd = tradeStatistics(closedTrades(run.trades.map((t) => t.PnL)));
    const returns = tradeStatistics(closedTrades(run.trades.map((t) => t.ReturnPct)));
    const near = (actual: number | null, expected: number | null | undefined, scale = 1) => {
      if (expected === null || expected === undefined) return expect(actual).toBeNull();
      expect(Math.abs(actual! - expected / scale)).toBeLessThanOrEqual(
        1e-8 * Math.max(1, Math.abs(expected)),
      );
    };

    it('has the same number of trades and win rate', () => {
      expect(usd.trades).toBe(run.stats['# Trades']);
      near(usd.winRate, run.stats['Win Rate [%]'], 100);
    });

    it('has the same profit factor and expectancy when both are of returns', () => {
      near(returns.profitFactor, run.stats['Profit Factor']);
      near(returns.expectancyUsd, run.stats['Expectancy [%]'], 100);
    });

    it('has the same SQN, of P&L', () => {
      near(usd.systemQuality, run.stats['SQN']);
    });

    it('has the same Kelly figure from win rate and average win over average loss', () => {
      const { winRate, averageWinUsd, averageLossUsd } = usd;
      const kelly =
        winRate === null || averageWinUsd === null || averageLossUsd === null
          ? null
          : winRate - (1 - winRate) / (averageWinUsd / -averageLossUsd);
      near(kelly, run.stats['Kelly Criterion']);
    });
  });
});

describe('trade statistics', () => {
  it('are arithmetic by hand: +10, -4, 0, -1', () => {
    expect(tradeStatistics(closedTrades([10, -4, 0, -1]))).toEqual({
      trades: 4,
      winRate: 0.25,
      profitFactor: 2,
      expectancyUsd: 1.25,
      averageWinUsd: 10,
      averageLossUsd: -2.5,
      // Deviations 8.75, -5.25, -1.25, -2.25: sd sqrt(110.75 / 3), and 2 x 1.25 over it.
      systemQuality: 2.5 / Math.sqrt(110.75 / 3),
    });
  });

  it('have no profit factor without a loss, and one of 0 without a win', () => {
    expect(tradeStatistics(closedTrades([10])).profitFactor).toBeNull();
    expect(tradeStatistics(closedTrades([-10])).profitFactor).toBe(0);
  });

  it('do not count what is still open', () => {
    expect(tradeStatistics([trade(5, 'open')])).toMatchObject({ trades: 0, winRate: null });
  });

  it('have an expectancy of win rate x average win + loss rate x average loss', () => {
    const s = tradeStatistics(closedTrades([10, -4, 7, -1, 3]));
    const sum = s.winRate! * s.averageWinUsd! + (1 - s.winRate!) * s.averageLossUsd!;
    expect(s.expectancyUsd).toBeCloseTo(sum, 12);
  });
});
