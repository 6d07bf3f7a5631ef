// The strategies that decide alone: targets on hand-drawn charts, worked out by hand.

import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DAY_MS } from '../../engine/interval.ts';
import { candleArrays } from '../../engine/market/column.ts';
import buyAndHold from '../../strategies/buy-and-hold.ts';
import momentum from '../../strategies/momentum.ts';
import rsiReversal from '../../strategies/rsi-reversal.ts';
import smaCross from '../../strategies/sma-cross.ts';
import { decisionsOf, panelOf, ramp } from '../support/market.ts';

/** Rows with a decision, as `row: target`. */
function spoken(decisions: readonly (number | undefined)[]): Record<number, number> {
  return Object.fromEntries(
    decisions.flatMap((target, i) => (target === undefined ? [] : [[i, target]])),
  );
}

describe('sma-cross', () => {
  // Means of 2 and 3: fast - slow = (a + b) / 2 - (z + a + b) / 3 has the sign of a + b - 2z.
  const tiny = { fast: 2, slow: 3 };

  it('goes long on the row that crosses above and flat on the row that crosses below', () => {
    const panel = panelOf({ BTC: '100 99 98 97 96 99 101 102 100 97' });
    // Row 5: 96 + 99 - 2 x 97 = 1 > 0, row 4 was 97 + 96 - 2 x 98 < 0.
    // Row 8: 102 + 100 - 2 x 101 = 0: touching is no crossing.
    // Row 9: 100 + 97 - 2 x 102 < 0, but row 8 was not above: no crossing either.
    expect(spoken(decisionsOf(smaCross, panel, tiny))).toEqual({ 5: 1 });
    const sharper = panelOf({ BTC: '100 99 98 97 96 99 101 102 99 97' });
    // Row 8: 102 + 99 - 2 x 101 = -1 < 0, row 7 was 101 + 102 - 2 x 99 > 0.
    expect(spoken(decisionsOf(smaCross, sharper, tiny))).toEqual({ 5: 1, 8: 0 });
  });

  it('turns short below only when told to', () => {
    const panel = panelOf({ BTC: '100 99 98 97 96 99 101 102 99 97' });
    expect(spoken(decisionsOf(smaCross, panel, { ...tiny, short: true }))).toEqual({ 5: 1, 8: -1 });
  });

  it('takes no position at warm-up, however far apart the means are', () => {
    const panel = panelOf({ BTC: ramp(100, 200, 100) });
    expect(spoken(decisionsOf(smaCross, panel))).toEqual({});
  });

  it('keeps its target next to a hole, where a crossing cannot be seen', () => {
    const panel = panelOf({ BTC: '100 99 98 97 96 - 99 101 102' });
    expect(spoken(decisionsOf(smaCross, panel, tiny))).toEqual({});
  });
});

const CASES = new URL('../../../shared/cases/', import.meta.url).pathname;
const GOLDEN = `${CASES}backtestingpy_golden.json`;
const without = existsSync(GOLDEN) ? '' : ' (skipped: the shared cases are not here)';

describe.skipIf(!existsSync(GOLDEN))(`sma-cross beside backtesting.py${without}`, () => {
  const cases = [
    { id: 'smacross_10_30_close_then_open', fast: 10, slow: 30, open: 0 },
    { id: 'smacross_10_20_readme', fast: 10, slow: 20, open: 1 },
  ];

  it.each(cases)('$id: each published trade opens on the row after our crossing', (golden) => {
    // `open`: trades still open at the end, which that case does not list.
    const { id, fast, slow, open } = golden;
    const file = JSON.parse(readFileSync(GOLDEN, 'utf8'));
    const found = file.cases.find((one: { id: string }) => one.id === id);
    const trades: { EntryBar: number; Size: number }[] = found.reproduced.trades;
    const panel = panelOf({ GOOG: googleDays() }, { intervalMs: DAY_MS });
    const crossings = Object.entries(
      spoken(decisionsOf(smaCross, panel, { fast, slow, short: true })),
    ).map(([row, target]) => [Number(row), target]);
    const published = trades.map((trade) => [trade.EntryBar - 1, Math.sign(trade.Size)]);
    published.sort(([a], [b]) => a! - b!);
    expect(trades.length).toBeGreaterThan(60);
    expect(crossings.length - published.length).toBe(open);
    expect(crossings.slice(0, published.length)).toEqual(published);
  });
});

function googleDays() {
  const rows = readFileSync(`${CASES}GOOG.csv`, 'utf8').trim().split('\n').slice(1);
  const out = candleArrays(rows.length);
  rows.forEach((row, i) => {
    const [day, ...numbers] = row.split(',');
    out.openMs[i] = Date.parse(`${day!.slice(0, 10)}T00:00:00Z`);
    (['open', 'high', 'low', 'close', 'volume'] as const).forEach((name, k) => {
      out[name][i] = Number(numbers[k]);
    });
  });
  return out;
}

describe('rsi-reversal', () => {
  it('buys the fall, leaves at the middle, sells the rise, and speaks once each time', () => {
    const panel = panelOf({
      BTC: `100x2 ${ramp(100, 80, 20)} ${ramp(80, 120, 30)} ${ramp(120, 108, 18)}`,
    });
    const decisions = decisionsOf(rsiReversal, panel);
    expect(decisions.filter((target) => target !== undefined)).toEqual([1, 0, -1, 0]);
    // The first RSI of 14 needs 14 changes: row 14, in the fall.
    expect(decisions.indexOf(1)).toBe(14);
  });

  it('stays flat above when shorts are off', () => {
    const panel = panelOf({ BTC: `100x2 ${ramp(100, 80, 20)} ${ramp(80, 120, 30)}` });
    const decisions = decisionsOf(rsiReversal, panel, { short: false });
    expect(decisions.filter((target) => target !== undefined)).toEqual([1, 0]);
  });
});

describe('momentum', () => {
  const calm = `${ramp(100, 100.4, 20)} ${ramp(100.4, 100, 20)} `;
  const open = { macdVeto: false, rsiHigh: 100, rsiLow: 0 };

  it('enters at the threshold over a day and exits only when the change has faded', () => {
    const rise = panelOf({ BTC: `${calm} ${ramp(100, 104, 20)} 104x40` });
    const decisions = decisionsOf(momentum, rise, open);
    expect(decisions.filter((target) => target !== undefined)).toEqual([0.05, 0]);
    const entry = decisions.indexOf(0.05);
    const exit = decisions.indexOf(0);
    const close = rise.legs[0]!.candles.close;
    expect(close[entry]! / close[entry - 24]! - 1).toBeGreaterThanOrEqual(0.025);
    expect(close[entry - 1]! / close[entry - 25]! - 1).toBeLessThan(0.025);
    expect(close[exit]! / close[exit - 24]! - 1).toBeLessThan(0.01);
    expect(close[exit - 1]! / close[exit - 25]! - 1).toBeGreaterThanOrEqual(0.01);
  });

  it('mirrors that for a fall', () => {
    const fall = panelOf({ BTC: `${calm} ${ramp(100, 96, 20)} 96x40` });
    const decisions = decisionsOf(momentum, fall, { ...open, notionalFraction: 0.2 });
    expect(decisions.filter((target) => target !== undefined)).toEqual([-0.2, 0]);
  });

  it('is kept out by an RSI above 70, and by a MACD histogram against it', () => {
    const straight = panelOf({ BTC: `${calm} ${ramp(100, 104, 20)}` });
    expect(spoken(decisionsOf(momentum, straight, { macdVeto: false }))).toEqual({});
    // The end is 3.4 % above the dip a day before, yet the price has been falling for 18 hours.
    const falling = panelOf({
      BTC: `110x8 ${ramp(110, 104, 6)} ${ramp(104, 110, 6)} ${ramp(110, 107.5, 18)}`,
    });
    expect(spoken(decisionsOf(momentum, falling, { macdVeto: true }))).toEqual({});
    expect(decisionsOf(momentum, falling, { macdVeto: false })).toContain(0.05);
  });

  it('does not flap while the change hovers at the threshold', () => {
    const hover = panelOf({ BTC: `${calm} ${ramp(100, 102.6, 20)} ${'102.4 102.6 '.repeat(2)}` });
    const decisions = decisionsOf(momentum, hover, open);
    expect(decisions.filter((target) => target !== undefined)).toEqual([0.05]);
  });
});

describe('buy-and-hold', () => {
  it('is long with all equity at every candle', () => {
    expect(decisionsOf(buyAndHold, panelOf({ BTC: '100 90 - 110' }))).toEqual([1, 1, 1, 1]);
  });
});
