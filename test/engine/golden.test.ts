// Conformance with another engine: backtesting.py's own scenarios, read in place.

import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { defineStrategy } from '../../engine/index.ts';
import { DAY_MS, HOUR_MS } from '../../engine/interval.ts';
import { candleArrays } from '../../engine/market/column.ts';
import { buildPanel, type Panel } from '../../engine/market/panel.ts';
import { runLoop } from '../../engine/research/backtest.ts';
import smaCross from '../../strategies/sma-cross.ts';
import { instrumentOf } from '../support/market.ts';
import { configOf, runOf, seat } from '../support/run.ts';

const CASES = new URL('../../../shared/cases/', import.meta.url);
const here = existsSync(CASES);

interface GoldenTrade {
  readonly Size: number;
  readonly EntryBar: number;
  readonly ExitBar: number;
  readonly EntryPrice: number;
  readonly ExitPrice: number;
  readonly PnL: number;
}

interface GoldenCase {
  readonly id: string;
  readonly reproduced: {
    readonly stats: Readonly<Record<string, number>>;
    readonly trades: readonly GoldenTrade[];
  };
}

/** A csv of the cases as a panel of one leg; rows are put on a grid, one interval apart. */
function panelOfCsv(file: string, intervalMs: number): Panel {
  const lines = readFileSync(new URL(file, CASES), 'utf8').trim().split('\n').slice(1);
  const candles = candleArrays(lines.length);
  lines.forEach((line, i) => {
    const [, open, high, low, close, volume] = line.split(',').map(Number);
    candles.openMs[i] = 1_000_000 * DAY_MS + i * intervalMs;
    candles.open[i] = open!;
    candles.high[i] = high!;
    candles.low[i] = low!;
    candles.close[i] = close!;
    candles.volume[i] = volume!;
  });
  const whole = { lotSize: 1, minNotionalUsd: 0, maxLeverage: 125, tickSize: 0.00001 };
  return buildPanel([{ instrument: instrumentOf(file, whole), candles }], intervalMs, 60);
}

/** SMA cross that reverses, and closes what is open with the candle before the last. */
function finalised(rows: number) {
  return defineStrategy({
    ...smaCross,
    name: 'sma-cross-finalised',
    decide: (view) => (view.i === rows - 2 ? 0 : smaCross.decide!(view)),
  });
}

function golden(id: string): GoldenCase {
  const text = readFileSync(new URL('backtestingpy_golden.json', CASES), 'utf8');
  return (JSON.parse(text).cases as GoldenCase[]).find((one) => one.id === id)!;
}

const SCENARIOS = [
  { id: 'smacross_10_30_close_then_open', file: 'GOOG.csv', ms: DAY_MS, fast: 10, slow: 30 },
  { id: 'smacross_10_20_readme', file: 'GOOG.csv', ms: DAY_MS, fast: 10, slow: 20, feeBps: 20 },
  { id: 'eurusd_hourly_margin', file: 'EURUSD.csv', ms: HOUR_MS, fast: 10, slow: 30, leverage: 50 },
];

describe.skipIf(!here)('scenarios of backtesting.py (skipped where shared/cases is absent)', () => {
  it.each(SCENARIOS)('$id gives the same trades and the same final equity', (scenario) => {
    const { id, file, ms, fast, slow, feeBps = 0, leverage = 1 } = scenario;
    const { stats, trades } = golden(id).reproduced;
    const panel = panelOfCsv(file, ms);
    const finalises = id !== 'smacross_10_20_readme';
    const strategy = finalises ? finalised(panel.length) : smaCross;
    const levered = defineStrategy({
      ...strategy,
      decide: (view) => {
        const target = strategy.decide!(view);
        return target === undefined ? undefined : target * leverage;
      },
    });
    const parameters = { fast, slow, short: true };
    const config = configOf({
      decision: {
        risk: { sizeAt: 'fill', maxPositionFraction: 125, maxExposure: 125 },
      },
      world: {
        cashUsd: 10_000,
        slippageBps: 0,
        takerFeeBps: feeBps,
        margin: { leverage: 50, enabled: false },
      },
    });
    const seats = [{ ...seat(levered), parameters }];
    const { kernel } = runLoop({ panel, config, seats, solo: true, firstRow: 0 });
    const closed = kernel.trades.closed();
    const ours = closed.map((trade) => ({
      Size: trade.side === 'long' ? trade.qty : -trade.qty,
      EntryBar: trade.entryRow,
      ExitBar: trade.exitRow,
      EntryPrice: trade.entryPrice,
      ExitPrice: trade.exitPrice,
    }));
    const theirs = trades.map(({ Size, EntryBar, ExitBar, EntryPrice, ExitPrice }) => ({
      Size,
      EntryBar,
      ExitBar,
      EntryPrice,
      ExitPrice,
    }));
    expect(ours.length).toBe(theirs.length);
    ours.forEach((trade, k) => {
      expect(trade.Size).toBe(theirs[k]!.Size);
      expect(trade.EntryBar).toBe(theirs[k]!.EntryBar);
      expect(trade.ExitBar).toBe(theirs[k]!.ExitBar);
      expect(trade.EntryPrice).toBeCloseTo(theirs[k]!.EntryPrice, 9);
      expect(trade.ExitPrice).toBeCloseTo(theirs[k]!.ExitPrice, 9);
      expect(closed[k]!.pnlUsd).toBeCloseTo(trades[k]!.PnL, 6);
    });
    expect(kernel.portfolio.equityUsd).toBeCloseTo(stats['Equity Final [$]']!, 6);
  });
});

void runOf;
