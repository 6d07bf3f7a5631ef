// Margin in a run: liquidation at the price that the formula names, what it costs, what goes with it,
// and that nobody is forgotten.

import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOUR_MS } from '../../../engine/interval.ts';
import { buildPanel, type Panel } from '../../../engine/market/panel.ts';
import { maintenanceUsd, tiersOfLeverage } from '../../../engine/portfolio/margin.ts';
import { gaussian, random } from '../../../engine/random.ts';
import { candles, instrumentOf, panelOf } from '../../support/market.ts';
import { runOf, targets, withFunding } from '../../support/run.ts';
import { HandVenue } from '../../support/venue.ts';

const VECTORS = new URL('../../../../shared/vectors/perps.json', import.meta.url);
const SEED = 20_240_107;
const LONG = process.env['SAPPHIRE_LONG'] === '1';

const margin = (more: object = {}) => ({ margin: { enabled: true, leverage: 10, ...more } });
const isolated = margin({ mode: 'isolated', liquidationFeeBps: 50 });

/** Charts by symbol, all with this highest leverage. */
function levered(charts: Record<string, string>, maxLeverage: number): Panel {
  const inputs = Object.entries(charts).map(([symbol, chart]) => ({
    instrument: instrumentOf(symbol, { maxLeverage, tickSize: 0.000_001 }),
    candles: candles(chart),
  }));
  return buildPanel(inputs, HOUR_MS, 60);
}

describe('isolated margin', () => {
  // 10 at 100, a tenth of it behind: (100 - 1000) / (10 x 0.025 - 10) = 92.3077.
  it('is liquidated where equity meets maintenance, for a fee, and other orders go with it', () => {
    const market = new HandVenue('100 100 100/101/92/95 95 95', isolated);
    market.submit({ qty: 10 });
    market.rows(1);
    market.submit({ side: -1, reduceOnly: true, type: 'stop-market', qty: 10, triggerPrice: 80 });
    market.submit({ type: 'limit', qty: 1, terms: { limitPrice: 50 } });
    expect(market.rows()).toEqual([
      '2: 2 cancelled',
      '2: 3 cancelled',
      `2: liquidated 0 -10 @ 92.30769231, fee ${+((9000 / 9.75) * 0.005).toFixed(8)}`,
    ]);
    // Lost: 10 x 7.6923 and the fee.
    expect(market.portfolio.walletUsd).toBeCloseTo(10_000 - 9000 / 117 - 4.615_384_6, 6);
  });

  it('of a short is above: (100 + 1000) / (10 x 0.025 + 10)', () => {
    const market = new HandVenue('100 100/107.3/99/100 100/107.4/99/100', isolated);
    market.submit({ side: -1, qty: 10 });
    expect(market.rows()[1]).toMatch(/^2: liquidated 0 10 @ 107\.31707317,/);
  });

  it('fills at the open where a gap leaves the price behind', () => {
    const market = new HandVenue('100 100 85/86/84/85', isolated);
    market.submit({ qty: 10 });
    expect(market.rows()[1]).toBe('2: liquidated 0 -10 @ 85, fee 4.25');
  });

  it('comes after a stop that is nearer, and before one that is farther', () => {
    for (const [triggerPrice, said] of [
      [93, '1: 2 filled -10 @ 93, 0 left'],
      [92, '1: 2 cancelled'],
    ] as const) {
      const market = new HandVenue('100 100/101/91/95', isolated);
      market.submit({ qty: 10 });
      market.submit({ side: -1, reduceOnly: true, type: 'stop-market', qty: 10, triggerPrice });
      expect(market.rows()[1]).toBe(said);
    }
  });

  it('is moved by funding, which is paid out of it', () => {
    const chart = '100 100 100/100/92.35/100 100';
    const calm = new HandVenue(chart, isolated);
    calm.submit({ qty: 10 });
    expect(calm.rows().length).toBe(1);
    // 1 % of 1000 paid at hour 1.5: (90 - 1000) / -9.75 = 93.3333.
    const paying = new HandVenue(
      withFunding(panelOf({ A: chart }), { A: [[1.5, 0.01]] }),
      isolated,
    );
    paying.submit({ qty: 10 });
    expect(paying.rows()).toEqual([
      '0: 1 filled 10 @ 100, 0 left',
      '1: funding 0 -10',
      '2: liquidated 0 -10 @ 93.33333333, fee 4.66666667',
    ]);
  });

  it('is set anew by a fill through zero and shared out by a partial close', () => {
    const market = new HandVenue('100 100 100 100/100.1/99.9/100', isolated);
    market.submit({ qty: 10 });
    market.rows(1);
    market.submit({ side: -1, qty: 14 });
    market.rows(1);
    // Short of 4 with 40 behind: (40 + 400) / (0.1 + 4).
    expect(market.venue.accounts.liquidationAt[0]).toBeCloseTo(440 / 4.1, 9);
    market.submit({ side: 1, qty: 2, reduceOnly: true });
    market.rows(1);
    expect(market.venue.accounts.liquidationAt[0]).toBeCloseTo(440 / 4.1, 9);
  });

  it('of one position does not carry another, whatever it has won', () => {
    // 1000 behind 10,000; the rest of the wallet is 9,000. Price doubles.
    const market = new HandVenue(panelOf({ A: '100 200 200', B: '100x3' }), isolated);
    market.submit({ qty: 100 });
    market.rows(2);
    market.submit({ leg: 1, qty: 950 });
    market.submit({ leg: 1, qty: 900 });
    expect(market.rows()).toEqual([
      '2: 2 rejected insufficient-margin',
      '2: 3 filled 900 @ 100, 0 left',
    ]);
  });
});

describe.skipIf(!existsSync(VECTORS))('vectors (skipped without ../shared)', () => {
  it.each([
    ['hyperliquid_isolated_long', 1],
    ['hyperliquid_isolated_short', -1],
  ] as const)('%s, in a run', (id, side) => {
    const { vectors } = JSON.parse(readFileSync(VECTORS, 'utf8'));
    const { inputs, expected } = vectors.find((one: { id: string }) => one.id === id);
    const panel = levered({ A: '100 100 100/130/70/100' }, inputs.max_leverage);
    const leverage = inputs.price / inputs.isolated_margin;
    const market = new HandVenue(panel, margin({ mode: 'isolated', leverage }));
    market.submit({ side, qty: inputs.size });
    market.rows();
    expect(market.fills[1]!.price).toBeCloseTo(expected, 9);
  });
});

describe('cross margin', () => {
  it('stands behind a position with the whole wallet', () => {
    // 400 at 100 on 10,000: (10,000 - 40,000) / (1,000 - 40,000) ... 400 x 0.025 = 10.
    const market = new HandVenue('100 100 100/100/76.9/80', margin());
    market.submit({ qty: 400 });
    expect(market.rows()[1]).toMatch(/^2: liquidated 0 -400 @ 76\.92307692,/);
    expect(30_000 / 390).toBeCloseTo(76.923_076_92, 8);
  });

  it('is shared: what one leg has lost brings the liquidation of the other nearer', () => {
    const alone = new HandVenue(panelOf({ A: '100x6', B: '100x6' }), margin());
    alone.submit({ qty: 300 });
    alone.rows(4);
    expect(alone.venue.accounts.liquidationAt[0]).toBeCloseTo(20_000 / 292.5, 9);
    const both = new HandVenue(panelOf({ A: '100x6', B: '100 100 90 90 90 90' }), margin());
    both.submit({ qty: 300 });
    both.submit({ leg: 1, qty: 300 });
    both.rows(5);
    // B has lost 3,000 and must keep 27,000 / 40: 10,000 - 3,000 - 675 stand behind A.
    expect(both.venue.accounts.liquidationAt[0]).toBeCloseTo((30_000 - 6325) / 292.5, 9);
  });

  it('does not forget winners that have no liquidation price while they win', () => {
    const chart = '100 100 300 300 300 100 66 60 60';
    const market = new HandVenue(panelOf({ A: chart, B: chart }), margin());
    market.submit({ qty: 100 });
    market.submit({ leg: 1, qty: 100 });
    market.rows(5);
    expect(Array.from(market.venue.accounts.liquidationAt)).toEqual([Number.NaN, Number.NaN]);
    expect(market.venue.isBusy(5)).toBe(true);
    expect(market.rows(3).filter((line) => line.includes('liquidated')).length).toBe(0);
    const deep = '100 100 300 300 300 100 52 50 50 50';
    const lost = new HandVenue(panelOf({ A: deep, B: deep }), margin());
    lost.submit({ qty: 100 });
    lost.submit({ leg: 1, qty: 100 });
    expect(lost.rows().filter((line) => line.includes('liquidated')).length).toBeGreaterThan(0);
  });

  // An account that bears every price halved or doubled is not looked at in between. Whatever it holds:
  // insolvent at a close means liquidated in the next candle.
  it('liquidates in the next candle whoever was insolvent at a close', () => {
    let insolvent = 0;
    let liquidations = 0;
    let unhurried = 0;
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), (seed) => {
        const draw = random(seed, 'legs');
        const symbols = ['A', 'B', 'C'].slice(0, 2 + Math.floor(draw() * 2));
        const charts: Record<string, string> = {};
        for (const symbol of symbols) {
          const most = [0.01, 0.01, 0.3][Math.floor(draw() * 3)]!;
          const drift = (draw() - 0.5) * 2 * most;
          let price = 100;
          const words = Array.from({ length: 200 }, (_, i) => {
            const move = drift + 0.4 * most * gaussian(draw);
            if (i > 2) price = Math.max(0.01, price * (1 + Math.max(-most, Math.min(most, move))));
            return price.toFixed(6);
          });
          charts[symbol] = words.join(' ');
        }
        const market = new HandVenue(levered(charts, 20), margin({ leverage: 20 }));
        const gross = [0.8, 1, 4, 9][Math.floor(draw() * 4)]!;
        symbols.forEach((_, leg) => {
          const side = draw() < 0.5 ? 1 : -1;
          market.submit({ leg, side, qty: Math.floor((100 * gross) / symbols.length) });
        });
        if (gross <= 1) unhurried++;
        const tiers = tiersOfLeverage(20);
        market.rows(1);
        while (market.row < market.panel.length) {
          const { positions, lastPrice } = market.portfolio;
          let keepUsd = 0;
          positions.forEach(({ qty }, leg) => {
            if (qty !== 0) keepUsd += maintenanceUsd(tiers, qty * lastPrice[leg]!);
          });
          const wasInsolvent = keepUsd > 0 && market.portfolio.worth() < keepUsd * (1 - 1e-9);
          const said = market.rows(1);
          const isLiquidated = said.some((line) => line.includes('liquidated'));
          if (isLiquidated) liquidations++;
          if (!wasInsolvent) continue;
          insolvent++;
          expect(isLiquidated).toBe(true);
        }
      }),
      { seed: SEED, numRuns: LONG ? 2000 : 150 },
    );
    expect(liquidations).toBeGreaterThan(40);
    expect(insolvent).toBeGreaterThan(3);
    expect(unhurried).toBeGreaterThan(20);
  });
});

describe('a run', () => {
  const given = {
    decision: { risk: { maxPositionFraction: 8, maxExposure: 8, maxPositions: 1 } },
    world: { takerFeeBps: 0, slippageBps: 0, margin: { leverage: 20, liquidationFeeBps: 0 } },
  };

  it('ends a trade with the reason liquidation, and goes on', () => {
    const { kernel } = runOf(panelOf({ A: '100 100 100/100/80/86 86 86' }), [targets('5')], given);
    // 500 at 100 on 10,000: (10,000 - 50,000) / (12.5 - 500).
    const [trade] = kernel.trades.closed();
    expect(trade).toMatchObject({ exitReason: 'liquidation', exitRow: 2 });
    expect(trade!.exitPrice).toBeCloseTo(40_000 / 487.5, 9);
  });

  it('without margin never liquidates and never asks for any', () => {
    const off = { ...given, world: { ...given.world, margin: { enabled: false } } };
    const { kernel } = runOf(panelOf({ A: '100 100 100/101/5/100 101 101' }), [targets('5')], off);
    expect(kernel.liquidations).toBe(0);
    expect(kernel.portfolio.positions[0]!.qty).toBe(500);
  });

  it('does not go beyond the leverage set, nor beyond the instrument’s', () => {
    for (const [leverage, most] of [
      [3, 3],
      [50, 20],
    ] as const) {
      const market = new HandVenue('100x3', margin({ leverage }));
      market.submit({ qty: most * 100 + 1 });
      market.submit({ qty: most * 100 });
      expect(market.rows()).toEqual([
        '0: 1 rejected insufficient-margin',
        `0: 2 filled ${most * 100} @ 100, 0 left`,
      ]);
    }
  });
});
