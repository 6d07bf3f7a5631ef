// The simulated venue: fills, fees, slippage, sizing at the fill and funding, with the cases of
// other engines where they apply.

import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Order, PLAIN } from '../../engine/execution/order.ts';
import type { ApprovedOrder } from '../../engine/risk/gate.ts';
import { SimulatedVenue } from '../../engine/simulation/venue.ts';
import { Tray } from '../../engine/tray.ts';
import { panelOf } from '../support/market.ts';
import {
  configOf,
  DEAF,
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

const CASES = new URL('../../../shared/cases/matching_fills_trailing.json', import.meta.url);
const here = existsSync(CASES);

interface BarCase {
  readonly id: string;
  readonly orders: readonly { type: string; side: string; trigger?: number; qty?: number }[];
  readonly bar?: Bar;
  readonly bars?: readonly (Bar & { expect?: unknown; before_order?: boolean })[];
  readonly expect?: readonly { price: number }[];
}

interface Bar {
  readonly o: number;
  readonly h?: number;
  readonly l?: number;
  readonly c?: number;
}

/** What a stop order that rests before the first of these candles is filled at, row and price. */
function stopMeets(side: 1 | -1, triggerPrice: number, bars: readonly Bar[]): [number, number][] {
  const words = bars.map(({ o, h, l, c }) => {
    const close = c ?? l ?? o;
    return [o, h ?? Math.max(o, close), l ?? Math.min(o, close), close].join('/');
  });
  const panel = panelOf({ A: words.join(' ') });
  const fills: [number, number][] = [];
  let row = 0;
  const venue = new SimulatedVenue(panel, configOf(FREE).world, 1, {
    ...DEAF,
    onFill: (_, __, ___, price) => fills.push([row, price]),
  });
  venue.adopt(0, -side, triggerPrice);
  const tray = new Tray();
  const order: Order = {
    id: 1,
    leg: 0,
    side,
    type: 'stop-market',
    purpose: 'stop',
    reduceOnly: true,
    terms: PLAIN,
    qty: 1,
    equityFraction: Number.NaN,
    triggerPrice,
    distance: Number.NaN,
    attachedTo: 0,
    parentId: 0,
    decisionPrice: triggerPrice,
    createdMs: 0,
    sendMs: 0,
    counts: false,
    status: 'new',
    filledQty: 0,
  };
  tray.push({ kind: 'submit-order', order: order as ApprovedOrder });
  venue.take(tray, 0);
  for (; row < panel.length; row++) venue.meet(row);
  return fills;
}

describe.skipIf(!here)('the cases of other engines (skipped where shared/cases is absent)', () => {
  const all = here ? (JSON.parse(readFileSync(CASES, 'utf8')).bar_fills as BarCase[]) : [];
  const known = [
    'sell_stop_move_through',
    'doc_move_through_sell_stop',
    'lean_stop_buy',
    'lean_gap_buy',
    'lean_no_fill_before_submit_time',
  ];

  it.each(all.filter(({ id }) => known.includes(id)))('$id', (one) => {
    const [order] = one.orders;
    const bars = (one.bars ?? [one.bar!]).filter((bar) => !('before_order' in bar));
    const wanted = one.expect
      ? one.expect.map(({ price }) => [0, price])
      : bars.flatMap((bar, row) => {
          const { expect: fill } = bar as { expect: 'none' | { price: number } };
          return fill === 'none' ? [] : [[row, fill.price]];
        });
    expect(stopMeets(order!.side === 'buy' ? 1 : -1, order!.trigger!, bars)).toEqual(wanted);
  });

  it('funding: a long of one at 1,000 pays 1 at a rate of 0.001, and a short receives it', () => {
    for (const side of [1, -1]) {
      const panel = withFunding(panelOf({ A: '1000x4' }), { A: [[2, 0.001]] });
      const given = { ...FREE, world: { ...FREE.world!, cashUsd: 1000 } };
      const { kernel } = runOf(panel, [targets(`${side}`)], given);
      expect(kernel.portfolio.fundingUsd).toBe(-side);
      expect(kernel.portfolio.walletUsd).toBe(1000 - side);
    }
  });
});

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
    expect(run.venue.markFallbacks[0]).toBe(1);
    expect(run.venue.stamps[0]).toBe(1);
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
    expect(flat.venue.stamps[0]).toBe(2);
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
