// The simulated venue under a kernel: fees, slippage, sizing at the fill and funding. What a candle
// gives to a resting order is in simulation/.

import { describe, expect, it } from 'vitest';
import { panelOf } from '../support/market.ts';
import {
  equityOf,
  FREE,
  fillTexts,
  freeWith,
  runOf,
  staking,
  targets,
  voter,
  withFunding,
} from '../support/run.ts';

describe('a fill', () => {
  it('is worse than its price by the slippage, whichever way, and pays its fee on what it cost', () => {
    const given = { ...freeWith({}), world: { takerFeeBps: 10, slippageBps: 100 } };
    const run = runOf(panelOf({ A: '100x4' }), [targets('0.5 -0.5')], given);
    // Equity at the close of row 1: 10,000 - 50 - 5.05; half of it is 49.724 whole lots at 100.
    expect(fillTexts(run)).toEqual(['1: 50 @ 101', '2: -50 @ 99', '2: -49.724 @ 99']);
    const { feeUsd, slippageUsd } = run.kernel.fills.columns;
    expect(feeUsd[0]).toBeCloseTo(5.05, 12);
    expect(slippageUsd[0]).toBeCloseTo(50, 12);
    expect(run.kernel.portfolio.feesUsd).toBeCloseTo(5.05 + 4.95 + 49.724 * 0.099, 9);
  });

  it("pays the instrument's own taker fee where the config names none", () => {
    const run = runOf(panelOf({ A: '100x3' }), [targets('0.5')], {
      ...FREE,
      world: { slippageBps: 0 },
    });
    // 5 bps of 5,000.
    expect(run.kernel.portfolio.feesUsd).toBeCloseTo(2.5, 12);
  });

  it('may earn a rebate', () => {
    const run = runOf(panelOf({ A: '100x3' }), [targets('1')], {
      ...FREE,
      world: { slippageBps: 0, takerFeeBps: -1 },
    });
    expect(run.kernel.portfolio.walletUsd).toBeCloseTo(10_001, 9);
  });
});

describe('an amount sized at the fill', () => {
  const given = freeWith({ sizeAt: 'fill' });

  it('buys what the share of equity buys at the price it gets, its fee included', () => {
    const paying = { ...given, world: { takerFeeBps: 100, slippageBps: 0 } };
    const run = runOf(panelOf({ A: '100 125/125/125/125 125' }), [targets('1')], paying);
    // 10,000 / (125 x 1.01) = 79.2079...
    expect(fillTexts(run)).toEqual(['1: 79.207 @ 125']);
  });

  it('is a quantity fixed at the close otherwise', () => {
    const run = runOf(panelOf({ A: '100 125/125/125/125 125' }), [targets('1')], FREE);
    expect(fillTexts(run)).toEqual(['1: 100 @ 125']);
  });

  it('is measured after the close that comes before it in a reversal', () => {
    const run = runOf(panelOf({ A: '100 100 120/120/120/120 120' }), [targets('1 -1')], given);
    // Sold 100 at 120: 12,000, which is 100 short.
    expect(fillTexts(run)).toEqual(['1: 100 @ 100', '2: -100 @ 120', '2: -100 @ 120']);
    const run2 = runOf(panelOf({ A: '100 100 125/125/125/125 125' }), [targets('1 -1')], FREE);
    expect(fillTexts(run2)[2]).toBe('2: -100 @ 125');
  });

  it('wakes its stop from the price it got', () => {
    const stopped = freeWith({ sizeAt: 'fill', trailingStop: { enabled: true, buffer: 0.1 } });
    const run = runOf(
      panelOf({ A: '100 200/200/200/200 200/200/170/200' }),
      [targets('1')],
      stopped,
    );
    expect(fillTexts(run)).toEqual(['1: 50 @ 200', '2: -50 @ 180']);
  });
});

describe('funding', () => {
  it('is charged on the open of the candle at its stamp and counted as a fallback', () => {
    const panel = withFunding(panelOf({ A: '100 100 110/120/100/115 115' }), { A: [[2, 0.01]] });
    const run = runOf(panel, [targets('1')], FREE);
    expect(run.kernel.fundingLog).toEqual([0, 2, -110]);
    expect(run.venue.funding.markFallbacks[0]).toBe(1);
    expect(run.venue.funding.seen[0]).toBe(1);
  });

  it('is credited to a short when longs pay, and taken from it when shorts pay', () => {
    const panel = withFunding(panelOf({ A: '100x5' }), {
      A: [
        [2, 0.01],
        [3, -0.02],
      ],
    });
    const run = runOf(panel, [targets('-1')], FREE);
    expect(run.kernel.fundingLog).toEqual([0, 2, 100, 0, 3, -200]);
    expect(equityOf(run)).toEqual([10_000, 10_000, 10_100, 9900, 9900]);
  });

  it('is not charged before the first row, when flat, or when the config says so', () => {
    const panel = withFunding(panelOf({ A: '100x5' }), {
      A: [
        [-8, 0.01],
        [0, 0.01],
        [2, 0.01],
      ],
    });
    const flat = runOf(panel, [targets('')], FREE);
    expect(flat.kernel.fundingLog).toEqual([]);
    expect(flat.venue.funding.seen[0]).toBe(2);
    const off = { ...FREE, world: { ...FREE.world!, funding: false } };
    expect(runOf(panel, [targets('1')], off).kernel.fundingLog).toEqual([]);
  });

  it('goes into the trade that was open at its stamp', () => {
    const panel = withFunding(panelOf({ A: '100x6' }), {
      A: [
        [2, 0.01],
        [4, 0.01],
      ],
    });
    const run = runOf(panel, [voter('v', 'b . s . s')], staking(1));
    expect(run.kernel.trades.closed()[0]).toMatchObject({ fundingUsd: -100, pnlUsd: -100 });
    expect(run.kernel.portfolio.fundingUsd).toBe(-100);
  });
});
