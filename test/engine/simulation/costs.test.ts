// What a fill costs, in a run: spread, impact, fees by tier, funding on the mark price. By hand.

import { describe, expect, it } from 'vitest';
import { HOUR_MS } from '../../../engine/interval.ts';
import { edgeSpread } from '../../../engine/market/indicators/edge-spread.ts';
import { buildPanel } from '../../../engine/market/panel.ts';
import { candles, instrumentOf, panelOf, START_MS } from '../../support/market.ts';
import { runOf, targets } from '../../support/run.ts';
import { HandVenue, type Told } from '../../support/venue.ts';

describe('the spread', () => {
  it('is half of what candles show of it, as known before the fill', () => {
    // Prices that bounce between bid and offer.
    const words = Array.from({ length: 60 }, (_, i) => {
      const [open, close] = [i % 3 === 0 ? 99 : 101, i % 2 === 0 ? 101 : 99];
      return `${open}/101.2/98.8/${close}`;
    });
    const panel = panelOf({ A: words.join(' ') });
    const costs = { spread: 'edge', lookbackCandles: 20, spreadMaxBps: 10_000 } as const;
    const given = { world: { takerFeeBps: 0, costs } };
    const run = runOf(panel, [targets(`${'. '.repeat(40)} 0.1 . 0`)], given);
    const { price, slippageUsd, qty, impactUsd } = run.kernel.fills.columns;
    const column = panel.legs[0]!.features.column(edgeSpread(20, true), HOUR_MS);
    const { open } = panel.legs[0]!.candles;
    expect(column[40]).toBeGreaterThan(0.001);
    expect(price[0]).toBeCloseTo(open[41]! * (1 + column[40]! / 2), 9);
    expect(price[1]).toBeCloseTo(open[43]! * (1 - column[42]! / 2), 9);
    expect(slippageUsd[0]).toBeCloseTo(qty[0]! * open[41]! * (column[40]! / 2), 6);
    expect(impactUsd[0]).toBe(0);
  });

  it('is bounded, and the fixed one while candles do not tell', () => {
    const words = Array.from({ length: 40 }, (_, i) => `100/120/80/${i % 2 ? 81 : 119}`);
    const costs = { spread: 'edge', lookbackCandles: 20, spreadMaxBps: 30 } as const;
    const market = new HandVenue(words.join(' '), { slippageBps: 7, costs });
    market.rows(5);
    market.submit();
    market.rows(1);
    expect(market.fills[0]!.price).toBeCloseTo(100 * 1.0007, 9);
    market.rows(25);
    market.submit();
    market.rows(1);
    expect(market.fills[1]!.price).toBeLessThanOrEqual(100 * 1.003 + 1e-9);
  });
});

describe('impact', () => {
  it('by share of volume is zipline’s number: 50 of 100 fill at 3.50021875', () => {
    const market = new HandVenue('3.5@2000 3.5@2000 3.5@2000', {
      fills: { volumeShare: 0.025 },
      costs: { impact: 'volume-share', impactCoefficient: 0.1 },
    });
    market.submit({ qty: 100 });
    market.rows(1);
    expect(market.fills[0]).toMatchObject({ qty: 50, leavesQty: 50 });
    expect(market.fills[0]!.price).toBeCloseTo(3.500_218_75, 12);
  });

  it('by share of volume without a limit is zipline’s 5.015 for 10 of 100 at 5', () => {
    const market = new HandVenue('5 5', {
      costs: { impact: 'volume-share', impactCoefficient: 0.3 },
    });
    market.submit({ qty: 10 });
    market.rows(1);
    expect(market.fills[0]!.price).toBeCloseTo(5.015, 12);
    expect(market.fills[0]!.impactUsd).toBeCloseTo(0.15, 12);
  });

  it('by square root is sigma of the last returns times the root of the share', () => {
    // Returns 10 %, -10 %, 10 %: sigma = sqrt(0.01 - 1/900). 4 of a mean volume of 100: root 0.2.
    const costs = { impact: 'square-root' as const, lookbackCandles: 3 };
    const market = new HandVenue('100 110 99 108.9 108.9', { slippageBps: 10, costs });
    market.rows(4);
    market.submit({ side: -1, qty: 4 });
    market.rows(1);
    const impact = Math.sqrt(0.01 - 1 / 900) * 0.2;
    const [fill] = market.fills;
    expect(fill!.price).toBeCloseTo(108.9 * (1 - 0.001 - impact), 9);
    // Slippage = spread + impact.
    expect(fill!.impactUsd).toBeCloseTo(4 * 108.9 * impact, 9);
    expect(fill!.slippageUsd).toBeCloseTo(4 * 108.9 * 0.001 + fill!.impactUsd, 9);
  });

  it('of four times the size is twice as much on each unit', () => {
    const at = (qty: number) => {
      const costs = { impact: 'square-root' as const, lookbackCandles: 3 };
      const market = new HandVenue('100 110 99 108.9 108.9', { costs });
      market.rows(4);
      market.submit({ qty });
      market.rows(1);
      return market.fills[0]!.impactUsd / qty;
    };
    expect(at(16) / at(4)).toBeCloseTo(2, 9);
  });

  it('never makes a price that nobody pays: what is too much for the market waits', () => {
    const costs = { impact: 'volume-share' as const };
    const market = new HandVenue('100@10x4', { costs });
    market.submit({ side: -1, qty: 30 });
    market.rows();
    for (const { price, qty } of market.fills) {
      expect(price).toBeGreaterThanOrEqual(50);
      expect(Math.abs(qty)).toBeLessThanOrEqual(10 * Math.SQRT1_2 + 1e-9);
    }
    expect(market.fills.length).toBe(4);
  });

  it('waits for two returns before it trades on volatility', () => {
    const market = new HandVenue('100 101 100 101', { costs: { impact: 'square-root' } });
    market.submit();
    expect(market.rows()[0]).toMatch(/^3: 1 filled/);
  });
});

describe('fees', () => {
  it('of a maker are the maker’s, and there is no spread', () => {
    const market = new HandVenue('100/100/90/95 95', {
      takerFeeBps: 50,
      makerFeeBps: 10,
      slippageBps: 100,
    });
    market.submit({ type: 'limit', qty: 2, terms: { limitPrice: 95 } });
    market.submit({ qty: 2 });
    market.rows();
    const [taker, maker] = market.fills;
    expect(taker).toMatchObject({ price: 101, maker: 0, slippageUsd: 2 });
    expect(taker!.feeUsd).toBeCloseTo(2 * 101 * 0.005, 12);
    expect(maker).toMatchObject({ price: 95, maker: 1, slippageUsd: 0 });
    expect(maker!.feeUsd).toBeCloseTo(2 * 95 * 0.001, 12);
  });

  it('may be a rebate', () => {
    const market = new HandVenue('100/100/90/95', { makerFeeBps: -1 });
    market.submit({ type: 'limit', qty: 2, terms: { limitPrice: 95 } });
    market.rows();
    expect(market.portfolio.walletUsd).toBeCloseTo(10_000.019, 9);
  });

  it('follow the volume of the days before, from the next UTC day on', () => {
    const tiers = {
      first: { fromVolumeUsd: 0, makerBps: 2, takerBps: 10 },
      second: { fromVolumeUsd: 1000, makerBps: 1, takerBps: 5 },
    };
    const market = new HandVenue('100x30', { takerFeeBps: null, fees: { tiers } });
    for (const [row, qty] of [
      [0, 10],
      [20, 10],
      [24, 10],
    ] as const) {
      market.rows(row - market.row);
      market.submit({ qty });
    }
    market.rows();
    expect(market.fills.map(({ row, feeUsd }) => [row, +feeUsd.toFixed(9)])).toEqual([
      [0, 1],
      [20, 1],
      [24, 0.5],
    ]);
  });

  it('may be a published schedule', () => {
    const market = new HandVenue('100 100', { fees: { schedule: 'hyperliquid' } });
    market.submit({ qty: 10 });
    market.rows();
    // 4.5 bps.
    expect(market.fills[0]!.feeUsd).toBeCloseTo(0.45, 12);
  });
});

describe('costs.multiple', () => {
  const BOUNCING = Array.from({ length: 60 }, (_, i) => {
    return `${i % 3 === 0 ? 99 : 101}/101.2/98.8/${i % 2 === 0 ? 101 : 99}`;
  }).join(' ');

  /** A taker's slippage, and both rates of fee, in a world and in one that costs twice. */
  const paid = (world: ConstructorParameters<typeof HandVenue>[1]) =>
    [1, 2].map((multiple) => {
      const market = new HandVenue(BOUNCING, { ...world, costs: { ...world?.costs, multiple } });
      market.rows(30);
      market.submit({ qty: 2 });
      market.submit({ type: 'limit', qty: 2, terms: { limitPrice: 98.9 } });
      market.rows(2);
      const [taker, maker] = market.fills;
      expect([taker!.maker, maker!.maker]).toEqual([0, 1]);
      const rate = ({ feeUsd, qty, price }: Told) => feeUsd / (qty * price);
      return { slippageUsd: taker!.slippageUsd, taker: rate(taker!), maker: rate(maker!) };
    });

  const edge = { spread: 'edge', lookbackCandles: 20, spreadMaxBps: 10_000 } as const;
  it.each([
    ['flat', { slippageBps: 7, takerFeeBps: 5, makerFeeBps: 2 }],
    ['an estimated spread', { costs: edge, takerFeeBps: 5, makerFeeBps: 2 }],
    ['its bound', { costs: { ...edge, spreadMaxBps: 3 }, takerFeeBps: 5, makerFeeBps: 2 }],
    ['a share of volume', { costs: { impact: 'volume-share' }, takerFeeBps: 5, makerFeeBps: 2 }],
    ['a square root', { costs: { impact: 'square-root' }, takerFeeBps: 5, makerFeeBps: 2 }],
    ['a schedule', { slippageBps: 1, fees: { schedule: 'hyperliquid' } }],
    ['a venue’s own schedule', { slippageBps: 1, venues: { test: { feeSchedule: 'aster' } } }],
  ] as const)('of 2 is twice what is paid: %s', (_, world) => {
    const [once, twice] = paid(world);
    for (const key of ['slippageUsd', 'taker', 'maker'] as const) {
      expect(once![key]).toBeGreaterThan(0);
      expect(twice![key]).toBeCloseTo(2 * once![key], 9);
    }
  });

  it('leaves a rebate as it is', () => {
    const [once, twice] = paid({ slippageBps: 1, takerFeeBps: 5, makerFeeBps: -1 });
    expect(once!.maker).toBeLessThan(0);
    expect(twice!.maker).toBe(once!.maker);
  });
});

describe('funding', () => {
  const marked = (marks: readonly (readonly [hours: number, price: number])[]) =>
    buildPanel(
      [
        {
          instrument: instrumentOf('A'),
          candles: candles('100 100 110 120 120'),
          funding: {
            atMs: Float64Array.of(START_MS + HOUR_MS, START_MS + 3 * HOUR_MS),
            rate: Float64Array.of(0.01, 0.01),
          },
          mark: {
            atMs: Float64Array.from(marks, ([hours]) => START_MS + hours * HOUR_MS),
            price: Float64Array.from(marks, ([, price]) => price),
          },
        },
      ],
      HOUR_MS,
      60,
    );

  it('is charged on the mark price of its stamp', () => {
    const market = new HandVenue(
      marked([
        [1, 98],
        [3, 108],
      ]),
    );
    market.submit({ qty: 10 });
    expect(market.rows().slice(1)).toEqual(['1: funding 0 -9.8', '3: funding 0 -10.8']);
    expect(market.venue.funding.markFallbacks[0]).toBe(0);
  });

  it('is charged on the open of its candle where there is no mark, and that is counted', () => {
    const market = new HandVenue(marked([]));
    market.submit({ qty: 10 });
    expect(market.rows().slice(1)).toEqual(['1: funding 0 -10', '3: funding 0 -11']);
    expect(market.venue.funding.markFallbacks[0]).toBe(2);
    expect(market.venue.funding.seen[0]).toBe(2);
  });

  it('in a hole is charged on the last close', () => {
    const panel = buildPanel(
      [
        {
          instrument: instrumentOf('A'),
          candles: candles('100 103 104'),
          funding: {
            atMs: Float64Array.of(START_MS + 1.5 * HOUR_MS),
            rate: Float64Array.of(0.01),
          },
        },
      ],
      HOUR_MS,
      60,
    );
    for (const column of ['open', 'high', 'low', 'close', 'volume'] as const) {
      panel.legs[0]!.candles[column][1] = Number.NaN;
    }
    const market = new HandVenue(panel);
    market.submit({ qty: 10 });
    expect(market.rows().slice(1)).toEqual(['1: funding 0 -10']);
  });
});
