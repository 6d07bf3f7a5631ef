// What holds in every run, whatever the market and the strategies: accounts add up, caps and stops
// are kept, and nothing is ever closed beyond zero.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Order } from '../../engine/execution/order.ts';
import type { Kernel } from '../../engine/kernel.ts';
import { roundQty } from '../../engine/market/instrument.ts';
import { collect } from '../../engine/research/collect.ts';
import { panelOf } from '../support/market.ts';
import { eachRow, fillTexts, freeWith, inputOf, LABELS, runOf, targets } from '../support/run.ts';
import { randomWorld } from './random-world.ts';

const seeds = fc.integer({ min: 1, max: 1_000_000 });
const LONG = process.env['SAPPHIRE_LONG'] === '1';
const settings = { seed: 20_240_103, numRuns: LONG ? 2000 : 120 };

/** Runs a world and hands over every order as it is made, and the kernel after every row. */
function watched(
  seed: number,
  temper: Parameters<typeof randomWorld>[1],
  onOrder: (kernel: Kernel, order: Order, i: number) => void,
  onRow: (kernel: Kernel, i: number) => void = () => {},
) {
  const input = randomWorld(seed, temper);
  const orders = new Map<number, Order>();
  let current: Kernel | undefined;
  const run = eachRow(input, onRow, (tray, i, kernel) => {
    current = kernel;
    for (let k = 0; k < tray.length; k++) {
      const intent = tray.at(k);
      if (intent.kind !== 'submit-order') continue;
      orders.set(intent.order.id, intent.order);
      onOrder(kernel, intent.order, i);
    }
  });
  return { run, kernel: current!, input, orders };
}

/** `a` is `b` to nine digits of the larger of them and the account. */
function same(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-9 * Math.max(10_000, Math.abs(a), Math.abs(b));
}

describe.each([
  ['by vote', false],
  ['by target', true],
])('in every run %s', (_, solo) => {
  it('the account is cash, less what was bought, less fees, plus funding, plus what is held', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { kernel, input } = watched(seed, { solo }, () => {});
        const { fills, portfolio } = kernel;
        const { columns, length } = fills;
        let cash = input.config.world.cashUsd;
        const held = new Float64Array(input.panel.legs.length);
        for (let k = 0; k < length; k++) {
          cash -= columns.qty[k]! * columns.price[k]! + columns.feeUsd[k]!;
          held[columns.leg[k]!]! += columns.qty[k]!;
        }
        for (let k = 2; k < kernel.fundingLog.length; k += 3) cash += kernel.fundingLog[k]!;
        let equity = cash;
        held.forEach((qty, leg) => {
          if (Math.abs(qty) > 1e-9) equity += qty * portfolio.lastPrice[leg]!;
          expect(portfolio.positions[leg]!.qty).toBeCloseTo(qty, 6);
        });
        expect(same(portfolio.equityUsd, equity)).toBe(true);
        expect(same(portfolio.equityUsd, portfolio.worth())).toBe(true);
      }),
      settings,
    );
  });

  it("trades' P&L, open ones included, is the change of equity, and agents' credits add up", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { run, kernel, input } = watched(seed, { solo }, () => {});
        const { facts, trades } = collect(run, input.config, input.firstRow, LABELS);
        const sum = trades.reduce((total, trade) => total + trade.pnlUsd, 0);
        const { equityUsd, cashUsd } = kernel.portfolio;
        expect(same(cashUsd + sum, equityUsd)).toBe(true);
        const closed = trades.filter((trade) => trade.exitReason !== 'open');
        const pnl = closed.reduce((total, trade) => total + trade.pnlUsd, 0);
        const credits = facts.agents.reduce((total, agent) => total + agent.pnlUsd, 0);
        expect(same(credits, pnl)).toBe(true);
        const symbols = facts.symbols.reduce((total, symbol) => total + symbol.pnlUsd, 0);
        expect(same(symbols, pnl)).toBe(true);
      }),
      settings,
    );
  });

  it('an entry keeps every cap at the moment it is approved, with all that is in flight', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const waiting = new Map<number, number>();
        const { config, panel } = randomWorld(seed, { solo });
        const { maxPositionFraction, maxExposure, allowShort } = config.decision.risk;
        watched(
          seed,
          { solo },
          ({ portfolio, desk }, order) => {
            for (const id of waiting.keys()) {
              if (desk.log.columns.status[id - 1] !== 1) waiting.delete(id);
            }
            if (order.purpose !== 'entry') return;
            expect(allowShort || order.side > 0).toBe(true);
            const equity = portfolio.equityUsd;
            const bySize = order.qty * order.decisionPrice;
            const usd = bySize === bySize ? bySize : order.equityFraction * equity;
            waiting.set(order.id, usd);
            const { maxLeverage } = panel.legs[order.leg]!.instrument;
            const cap = Math.min(maxPositionFraction, maxLeverage) * equity;
            expect(usd).toBeLessThanOrEqual(cap * (1 + 1e-9));
            const held = portfolio.positions[order.leg]!.qty;
            const leaving = held !== 0 && held > 0 !== order.side > 0;
            const freed = leaving ? portfolio.notionalUsd(order.leg) : 0;
            let all = portfolio.grossUsd() - freed;
            for (const one of waiting.values()) all += one;
            if (!leaving) expect(all).toBeLessThanOrEqual(maxExposure * equity * (1 + 1e-9));
          },
          ({ portfolio }) => {
            expect(portfolio.openPositions).toBeLessThanOrEqual(config.decision.risk.maxPositions);
          },
        );
      }),
      settings,
    );
  });

  it('every quantity is a whole number of lots, and nothing but an entry leads away from zero', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { kernel, input, orders } = watched(seed, { solo }, () => {});
        const held = new Float64Array(input.panel.legs.length);
        const { columns, length } = kernel.fills;
        for (let k = 0; k < length; k++) {
          const leg = columns.leg[k]!;
          const { instrument } = input.panel.legs[leg]!;
          const qty = columns.qty[k]!;
          expect(qty).toBe(roundQty(instrument, qty));
          const before = held[leg]!;
          const after = Math.abs(before + qty) < instrument.lotSize / 2 ? 0 : before + qty;
          const order = orders.get(columns.orderId[k]!)!;
          if (order.purpose !== 'entry') {
            expect(Math.abs(after)).toBeLessThan(Math.abs(before));
            expect(after * before).toBeGreaterThanOrEqual(0);
          }
          held[leg] = after;
        }
        kernel.portfolio.positions.forEach(({ qty }, leg) => {
          expect(qty).toBe(roundQty(input.panel.legs[leg]!.instrument, qty));
          expect(qty === 0).toBe(held[leg] === 0);
        });
      }),
      settings,
    );
  });

  it('exactly one stop, over all of it, protects every open position after every row', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const stops = new Map<number, Order>();
        watched(
          seed,
          { solo, stops: true },
          (_kernel, order) => {
            if (order.type === 'stop-market') stops.set(order.id, order);
          },
          ({ portfolio }) => {
            portfolio.positions.forEach(({ qty }, leg) => {
              const resting = [...stops.values()].filter(
                (stop) => stop.leg === leg && stop.status === 'new',
              );
              expect(resting.length).toBe(qty === 0 ? 0 : 1);
              if (qty === 0) return;
              expect(resting[0]!.qty).toBe(Math.abs(qty));
              expect(resting[0]!.side).toBe(qty > 0 ? -1 : 1);
              expect(resting[0]!.reduceOnly).toBe(true);
            });
          },
        );
      }),
      settings,
    );
  });

  it('nothing is left waiting at the venue that the desk does not know of', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { run, kernel } = watched(seed, { solo }, () => {});
        const { status } = kernel.desk.log.columns;
        const live = Array.from(status.subarray(0, kernel.desk.log.length)).some((s) => s <= 1);
        expect(run.venue.idle).toBe(!live);
      }),
      settings,
    );
  });
});

describe('a bankrupt account', () => {
  const given = freeWith({ maxPositionFraction: 10, maxExposure: 10 });

  it('is halted at the close that shows it, and what it holds is closed at the next open', () => {
    const run = runOf(panelOf({ A: '100 100 85 84 90 90' }), [targets('10')], given);
    expect(fillTexts(run)).toEqual(['1: 1000 @ 100', '3: -1000 @ 85']);
    expect(run.kernel.standing.isHalted).toBe(true);
    expect(run.kernel.trades.closed()[0]!.exitReason).toBe('halt');
  });

  it('decides nothing any more', () => {
    const run = runOf(panelOf({ A: '100 100 85 84 90 90 90' }), [targets('10 . . . 1 1')], given);
    expect(fillTexts(run).length).toBe(2);
  });

  it('is halted too when the stop that ruined it has left nothing to close', () => {
    const stopped = freeWith({
      maxPositionFraction: 10,
      maxExposure: 10,
      trailingStop: { enabled: true, buffer: 0.05 },
    });
    const run = runOf(panelOf({ A: '100 100 80/80/80/80 80 80' }), [targets('10')], stopped);
    expect(fillTexts(run)).toEqual(['1: 1000 @ 100', '2: -1000 @ 80']);
    expect(run.kernel.portfolio.equityUsd).toBe(-10_000);
    expect(run.kernel.standing.isHalted).toBe(true);
  });

  it('takes back the entries that still wait for a candle', () => {
    const panel = panelOf({ A: '100 100 80 80 80', B: '100 100 - - 100' });
    const run = runOf(panel, [targets({ A: '9', B: '. 1' })], given);
    expect(fillTexts(run)).toEqual(['1: A 900 @ 100', '3: A -900 @ 80']);
    expect(run.venue.idle).toBe(true);
    expect(run.kernel.desk.isPending(1)).toBe(false);
  });

  it('is halted once, even when its position has no candle to be closed on', () => {
    const halts: number[] = [];
    const input = inputOf(
      panelOf({ A: '100 100 80 - - 80', B: '1x6' }),
      [targets({ A: '10' })],
      given,
    );
    const { kernel } = eachRow(
      input,
      () => {},
      (tray, i) => {
        for (let k = 0; k < tray.length; k++) if (tray.at(k).kind === 'halt') halts.push(i);
      },
    );
    expect(halts).toEqual([2]);
    expect(kernel.desk.log.length).toBe(2);
    expect(kernel.portfolio.positions[0]!.qty).toBe(0);
  });
});
