// Execution algorithms inside a run: what is sent when, what a parent cost, and who takes it back.

import { describe, expect, it } from 'vitest';
import type { Config } from '../../engine/config/schema.ts';
import type { Run } from '../../engine/research/backtest.ts';
import { panelOf } from '../support/market.ts';
import { FREE, fillTexts, type Partly, runOf, targets, voter } from '../support/run.ts';

type Execution = Partly<Config['decision']['execution']>;

/** Hourly candles; windows are hours. */
function working(execution: Execution, world: Partly<Config['world']> = {}): Partly<Config> {
  return {
    decision: { risk: { maxPositionFraction: 1 }, execution },
    world: { ...FREE.world, ...world },
  };
}

const HOURS = 60;
const twap = (slices: number): Execution => ({
  algorithm: 'twap',
  twap: { windowMinutes: slices * HOURS, slices },
});

function shortfallOf(run: Run, name: string) {
  return [...run.kernel.desk.parents.shortfall].find(([worked]) => worked === name)![1];
}

describe('TWAP', () => {
  it('sends equal slices, one a candle, that add up to what was approved', () => {
    const run = runOf(panelOf({ A: '100x8' }), [targets('0.4')], working(twap(4)));
    expect(fillTexts(run)).toEqual(['1: 10 @ 100', '2: 10 @ 100', '3: 10 @ 100', '4: 10 @ 100']);
  });

  it('is one trade, entered at the average of its slices', () => {
    const run = runOf(
      panelOf({ A: '100 100 110 120 130 140 140' }),
      [targets('0.4 . . . . 0')],
      working(twap(4)),
    );
    const [trade] = run.kernel.trades.closed();
    // Filled at opens, which are the closes before: 100, 100, 110, 120.
    expect(trade!.entryPrice).toBeCloseTo(107.5, 9);
    expect(run.kernel.trades.length).toBe(1);
  });

  it('is taken back by the opposite decision, and what it had filled is closed', () => {
    const run = runOf(panelOf({ A: '100x8' }), [voter('ann', 'b1 . s1')], {
      ...working(twap(4)),
      decision: {
        ...working(twap(4)).decision!,
        risk: { maxPositionFraction: 1, sizing: { rule: 'fixed-fraction', notionalFraction: 0.4 } },
      },
    });
    expect(fillTexts(run)).toEqual(['1: 10 @ 100', '2: 10 @ 100', '3: -20 @ 100']);
    const sum = shortfallOf(run, 'twap');
    expect(sum.parents).toBe(1);
    expect(sum.paperUsd).toBe(4000);
  });

  it('is not started twice by a decision that repeats itself', () => {
    const run = runOf(panelOf({ A: '100x6' }), [voter('ann', 'b1 b1 b1')], {
      decision: {
        risk: { maxPositionFraction: 1, sizing: { rule: 'fixed-fraction', notionalFraction: 0.4 } },
        execution: twap(4),
      },
      world: FREE.world!,
    });
    expect(fillTexts(run).length).toBe(4);
    expect(run.kernel.desk.refusals.toRecord()).toEqual({ 'order-pending': 2 });
  });

  it('has one stop over what is held, grown with every slice', () => {
    const run = runOf(panelOf({ A: '100 100 100 100 80/80/70/70 70' }), [targets('0.4')], {
      decision: {
        risk: { maxPositionFraction: 1, stopLoss: { enabled: true, fraction: 0.1 } },
        execution: twap(3),
      },
      world: FREE.world!,
    });
    expect(fillTexts(run)).toEqual([
      '1: 13.334 @ 100',
      '2: 13.333 @ 100',
      '3: 13.333 @ 100',
      '4: -40 @ 80',
    ]);
  });
});

describe('a liquidation', () => {
  it('takes the rest of the parent with it: nothing opens the position again', () => {
    const given = {
      decision: { risk: { maxPositionFraction: 10, maxExposure: 10 }, execution: twap(4) },
      world: { takerFeeBps: 0, slippageBps: 0, margin: { leverage: 20 } },
    } as Partly<Config>;
    // 200 at 100 on 10,000 of margin: half of the parent is in when the price falls by two thirds.
    const run = runOf(panelOf({ A: '100 100 100 100/100/30/30 30x4' }), [targets('4')], given);
    const { qty } = run.kernel.fills.columns;
    expect(run.kernel.liquidations).toBe(1);
    expect(qty.reduce((sum, each) => sum + each, 0)).toBeCloseTo(0, 9);
    expect(qty.at(-1)).toBeLessThan(0);
    expect(run.kernel.standing.isHalted).toBe(false);
  });
});

describe('the shortfall of a parent', () => {
  it('is drift, spread, impact, fee and what was missed, and adds up', () => {
    // Bought 10 at the open of each row: references 100, 110; 1 % worse, 10 bps fee.
    const run = runOf(
      panelOf({ A: '100 110 120 120' }),
      [targets('0.2 . . ')],
      working(twap(2), { slippageBps: 100, takerFeeBps: 10 }),
    );
    const sum = shortfallOf(run, 'twap').shortfall();
    // Decision at 100; the second slice drifted by 10 on 10 units.
    expect(sum.delayUsd).toBeCloseTo(100, 9);
    expect(sum.spreadUsd).toBeCloseTo(10 * 1 + 10 * 1.1, 9);
    expect(sum.impactUsd).toBe(0);
    expect(sum.feeUsd).toBeCloseTo(0.001 * (10 * 101 + 10 * 111.1), 9);
    expect(sum.missedUsd).toBe(0);
    expect(sum.totalUsd).toBeCloseTo(100 + 21 + 2.121, 9);
    expect(sum.bpsOfPaper).toBeCloseTo((123.121 / 2000) * 1e4, 6);
  });

  it('of a plain market order is kept under market, and of a close under exit', () => {
    const run = runOf(panelOf({ A: '100 100 110 110' }), [targets('0.5 . 0')], working({}));
    const names = [...run.kernel.desk.parents.shortfall].map(([name, { parents }]) => [
      name,
      parents,
    ]);
    expect(names).toEqual([
      ['market', 1],
      ['exit', 1],
    ]);
  });
});

describe('ICEBERG', () => {
  it('shows a part at a time and refreshes it once it is filled', () => {
    const run = runOf(
      panelOf({
        A: '100/101/99/100 100/101/98/100 100/101/98/100 100/101/98/100 100/101/98/100 100',
      }),
      [targets('0.4')],
      working({
        algorithm: 'iceberg',
        iceberg: { visibleFraction: 0.5, expiryMinutes: 10 * HOURS },
      }),
    );
    // A limit at the close of 100 is marketable at the open of 100: it takes.
    expect(fillTexts(run)).toEqual(['1: 20 @ 100', '2: 20 @ 100']);
  });
});

describe('SNIPER', () => {
  const sniper = (fallback: 'cancel' | 'market'): Execution => ({
    algorithm: 'sniper',
    sniper: { improvementBps: 100, expiryMinutes: 2 * HOURS, fallback },
  });

  it('waits at its price and is filled there once price has gone through', () => {
    const run = runOf(
      panelOf({ A: '100 100/100/98.5/100 100' }),
      [targets('0.4')],
      working(sniper('cancel')),
    );
    expect(fillTexts(run)).toEqual(['1: 40 @ 99']);
    expect(run.kernel.fills.columns.maker[0]).toBe(1);
  });

  it('misses what never came, or takes it at the end', () => {
    const panel = () => panelOf({ A: '100 101 102 103 104 105' });
    const missed = runOf(panel(), [targets('0.4')], working(sniper('cancel')));
    expect(fillTexts(missed)).toEqual([]);
    expect(shortfallOf(missed, 'sniper').shortfall().missedUsd).toBeCloseTo(40 * 2, 9);
    const taken = runOf(panel(), [targets('0.4')], working(sniper('market')));
    expect(fillTexts(taken).length).toBe(1);
  });

  it('goes for the price that the strategy names', () => {
    const strategy = { ...targets('0.4'), targetPrice: () => 95 };
    const run = runOf(
      panelOf({ A: '100 100/100/94/100 100' }),
      [strategy],
      working({ algorithm: 'auto' }),
    );
    expect(fillTexts(run)).toEqual(['1: 40 @ 95']);
  });
});

describe('the selection', () => {
  const auto = (largeShare: number, smallShare = 0.01): Execution => ({
    algorithm: 'auto',
    selection: { lookbackCandles: 4, smallShare, largeShare, volatility: 0.004 },
    twap: { windowMinutes: 2 * HOURS, slices: 2 },
    vwap: { windowMinutes: 2 * HOURS, slices: 2 },
    iceberg: { visibleFraction: 0.5, expiryMinutes: 10 * HOURS },
  });
  const names = (run: Run) => [...run.kernel.desk.parents.shortfall.keys()];

  it('takes the market for little, VWAP for more when calm, TWAP when wild, an iceberg for much', () => {
    const calm = () => panelOf({ A: '100@1000x8' });
    const wild = () => panelOf({ A: '100@1000 102@1000 100@1000 102@1000 100@1000x4' });
    // 40 of 4000 traded: one in a hundred.
    expect(names(runOf(calm(), [targets('. . . 0.4')], working(auto(0.1))))).toEqual(['market']);
    const more = working(auto(0.1, 0.001));
    expect(names(runOf(calm(), [targets('. . . 0.4')], more))).toEqual(['vwap']);
    expect(names(runOf(wild(), [targets('. . . 0.4')], more))).toEqual(['twap']);
    const much = working(auto(0.005, 0.001));
    expect(names(runOf(calm(), [targets('. . . 0.4')], much))).toEqual(['iceberg']);
  });
});

describe('obfuscation', () => {
  const blurred = working({ obfuscation: { enabled: true } });

  it('blurs an entry within 2 % and its delay, never a close, and repeats itself by seed', () => {
    const panel = () => panelOf({ A: '100/110/90/100x8' });
    const run = runOf(panel(), [targets('0.5 . 0')], blurred);
    const { qty, tsMs, price } = run.kernel.fills.columns;
    expect(qty[0]! / 50).toBeGreaterThanOrEqual(0.98);
    expect(qty[0]! / 50).toBeLessThanOrEqual(1.02);
    expect(qty[1]).toBe(-qty[0]!);
    const delay = tsMs[0]! - panel().openMs[1]!;
    expect(delay >= 100 && delay <= 1500).toBe(true);
    // It arrives a little after the open, on the worst way up: dearer than the open.
    expect(price[0]).toBeGreaterThan(100);
    const again = runOf(panel(), [targets('0.5 . 0')], blurred);
    expect(fillTexts(again)).toEqual(fillTexts(run));
  });
});
