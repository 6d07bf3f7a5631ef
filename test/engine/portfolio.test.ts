// The books: one position, the account, and the trades made of its fills.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FillLog } from '../../engine/portfolio/fill-log.ts';
import { Portfolio } from '../../engine/portfolio/portfolio.ts';
import { Position } from '../../engine/portfolio/position.ts';
import { type Decision, UNDECIDED, type Votes } from '../../engine/portfolio/trade.ts';
import { TradeLog } from '../../engine/portfolio/trade-log.ts';
import { instrumentOf, panelOf } from '../support/market.ts';
import { FREE, runOf, targets } from '../support/run.ts';

const A = instrumentOf('A');
const saying = (votes: Votes): Decision => ({ ...UNDECIDED, votes });

describe('a position', () => {
  it('averages what is added and realises what is taken off against the average', () => {
    const position = new Position(A);
    expect(position.fill(1, 100)).toBe(0);
    expect(position.fill(3, 120)).toBe(0);
    expect(position.entryPrice).toBe(115);
    expect(position.fill(-2, 125)).toBe(20);
    expect(position).toMatchObject({ qty: 2, entryPrice: 115 });
  });

  it('closes at the old average and opens at the fill price when a fill goes through zero', () => {
    const position = new Position(A);
    position.fill(2, 100);
    expect(position.fill(-5, 90)).toBe(-20);
    expect(position).toMatchObject({ qty: -3, entryPrice: 90 });
    expect(position.fill(4, 80)).toBe(30);
    expect(position).toMatchObject({ qty: 1, entryPrice: 80 });
  });

  it('is exactly 0 when flat, and has no price then', () => {
    const position = new Position(A);
    position.fill(-0.3, 100);
    position.fill(0.3, 90);
    expect(Object.is(position.qty, 0)).toBe(true);
    expect(position.entryPrice).toBeNaN();
  });

  it('stays on the grid of lots: 0.3 less 0.1 is 0.2, 0.1 and 0.2 are 0.3', () => {
    const position = new Position(A);
    position.fill(0.3, 100);
    position.fill(-0.1, 100);
    expect(position.qty).toBe(0.2);
    position.fill(-0.2, 100);
    expect(position.qty).toBe(0);
    position.fill(0.1, 100);
    position.fill(0.2, 100);
    expect(position.qty).toBe(0.3);
    position.fill(-0.3, 100);
    expect(position.qty).toBe(0);
  });

  it('ends at 0 after any fills that add up to none, whatever the lot (property)', () => {
    const lots = fc.array(fc.integer({ min: -500, max: 500 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(lots, fc.constantFrom(0.001, 0.1, 1, 0.003, 1e-8), (steps, lotSize) => {
        const position = new Position(instrumentOf('A', { lotSize }));
        let sum = 0;
        for (const step of [...steps, -steps.reduce((a, b) => a + b, 0)]) {
          if (step === 0) continue;
          position.fill(step * lotSize, 10);
          sum += step;
          expect(position.qty === 0).toBe(sum === 0);
        }
        expect(position.qty).toBe(0);
      }),
      { seed: 20_240_105, numRuns: 200 },
    );
  });
});

describe('the account', () => {
  it('is cash + realised - fees + funding in its wallet, and unrealised on top (property)', () => {
    const fill = fc.record({
      leg: fc.integer({ min: 0, max: 2 }),
      lots: fc.integer({ min: -2000, max: 2000 }).filter((lots) => lots !== 0),
      price: fc.double({ min: 1, max: 5000, noNaN: true }),
      feeBps: fc.double({ min: -2, max: 20, noNaN: true }),
      fund: fc.double({ min: -50, max: 50, noNaN: true }),
      close: fc.double({ min: 1, max: 5000, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(fill, { maxLength: 60 }), (fills) => {
        const account = new Portfolio([A, A, A], 10_000);
        let cash = 10_000;
        let realised = 0;
        const held = [0, 0, 0];
        for (const { leg, lots, price, feeBps, fund, close } of fills) {
          const qty = lots / 1000;
          const feeUsd = (Math.abs(qty) * price * feeBps) / 10_000;
          realised += account.fill(leg, qty, price, feeUsd, 0);
          account.fund(0, fund);
          account.lastPrice[leg] = close;
          account.mark();
          cash += fund - feeUsd - qty * price;
          held[leg]! += lots;
          let equity = cash;
          held.forEach((lots2, k) => {
            if (lots2 !== 0) equity += (lots2 / 1000) * account.lastPrice[k]!;
          });
          const scale = Math.max(10_000, Math.abs(cash), Math.abs(equity));
          expect(Math.abs(account.equityUsd - equity)).toBeLessThanOrEqual(1e-9 * scale);
          const wallet = 10_000 + realised - account.feesUsd + account.fundingUsd;
          expect(Math.abs(account.walletUsd - wallet)).toBeLessThanOrEqual(1e-9 * scale);
          expect(account.openPositions).toBe(held.filter((lots2) => lots2 !== 0).length);
          expect(account.peakUsd).toBeGreaterThanOrEqual(account.equityUsd);
        }
      }),
      { seed: 20_240_106, numRuns: 200 },
    );
  });

  it('draws down from its highest close', () => {
    const account = new Portfolio([A], 100);
    account.fill(0, 1, 100, 0, 0);
    for (const [close, drawdown] of [
      [125, 0],
      [100, 0.2],
      [150, 0],
      [75, 0.5],
    ] as const) {
      account.lastPrice[0] = close;
      account.mark();
      expect(account.drawdown).toBeCloseTo(drawdown, 12);
    }
  });

  it('adds the notional of longs and shorts', () => {
    const account = new Portfolio([A, A], 100);
    account.fill(0, 2, 100, 0, 0);
    account.fill(1, -3, 10, 0, 0);
    account.lastPrice.set([110, 20]);
    expect(account.grossUsd()).toBe(280);
    expect(account.notionalUsd(1)).toBe(60);
    expect(account.tradedNotionalUsd).toBe(230);
  });
});

describe('a trade', () => {
  it('is a round trip: averages, fees, slippage and funding of all its fills', () => {
    const log = new TradeLog([A]);
    log.enter(0, 1, 10, 1, 100, 0.1, 0.01, saying({ ann: 0.7 }), 1);
    log.enter(0, 2, 20, 3, 120, 0.3, 0.03, saying({ bob: 1 }), 2);
    log.fund(0, -2);
    log.exit(0, 3, 30, -2, 125, 0.2, 0.02, 20, 'signal', false, UNDECIDED, 3);
    expect(log.length).toBe(0);
    log.exit(0, 4, 40, -2, 115, 0.2, 0.02, 0, 'stop', true, UNDECIDED, 4);
    const [trade] = log.closed();
    expect(trade).toMatchObject({
      symbol: 'A',
      side: 'long',
      entryRow: 1,
      exitRow: 4,
      entryMs: 10,
      exitMs: 40,
      qty: 4,
      entryPrice: 115,
      exitPrice: 120,
      fundingUsd: -2,
      exitReason: 'stop',
      votes: { ann: 0.7 },
    });
    expect(trade!.feesUsd).toBeCloseTo(0.8, 12);
    expect(trade!.slippageUsd).toBeCloseTo(0.08, 12);
    // 20 realised, less 0.8 of fees, less 2 of funding, on 460 bought.
    expect(trade!.pnlUsd).toBeCloseTo(17.2, 12);
    expect(trade!.returnFraction).toBeCloseTo(17.2 / 460, 12);
  });

  it('that is still open is worth what the position is, after additions and reductions too', () => {
    // 50 at 100, less 25 at 110 (250 realised), plus some at 120; marked at 130.
    const chart = '100 100/110/100/110 110/120/110/120 120/130/120/130';
    const { kernel } = runOf(panelOf({ A: chart }), [targets('0.5 0.25 0.6')], FREE);
    const { portfolio, trades } = kernel;
    const [open] = trades.stillOpen(portfolio.lastPrice, 3, 0);
    expect(open).toMatchObject({ exitReason: 'open', side: 'long' });
    expect(open!.pnlUsd).toBeCloseTo(portfolio.equityUsd - 10_000, 9);
    expect(trades.length).toBe(0);
  });

  it('that flips is closed and another begins, fee and slippage shared by size', () => {
    const { kernel } = runOf(panelOf({ A: '100x5' }), [targets('')], FREE);
    kernel.portfolio.lastPrice[0] = 100;
    const { trades } = kernel;
    trades.enter(0, 0, 0, 1, 100, 0, 0, UNDECIDED, 1);
    trades.exit(0, 1, 1, -1, 90, 0.4, 0, -10, 'signal', true, UNDECIDED, 2);
    trades.enter(0, 1, 1, -2, 90, 0.8, 0, UNDECIDED, 2);
    expect(trades.closed()[0]!.pnlUsd).toBeCloseTo(-10.4, 12);
    expect(trades.stillOpen(new Float64Array([80]), 2, 2)[0]!.pnlUsd).toBeCloseTo(19.2, 12);
  });
});

describe('logs', () => {
  it('keep every row when they grow', () => {
    const log = new FillLog();
    for (let k = 0; k < 5000; k++) log.add(k, k, 0, k, 1, 100 + k, 0, 0, 0, 0);
    expect(log.length).toBe(5000);
    expect([0, 1023, 1024, 4999].map((k) => log.columns.price[k])).toEqual([100, 1123, 1124, 5099]);
  });
});
