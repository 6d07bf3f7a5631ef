// What a backtest may not gain by what a candle does not tell. One test, or a few, for each claim.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CandleArrays, candleArrays } from '../../../engine/market/column.ts';
import type { Panel } from '../../../engine/market/panel.ts';
import { random } from '../../../engine/random.ts';
import { panelOf, START_MS } from '../../support/market.ts';
import { buy, closing, meet, sell } from '../../support/resting.ts';
import { fillsOf, freeWith, runOf, staking, voter } from '../../support/run.ts';
import { HandVenue } from '../../support/venue.ts';

const HOUR_MS = 3_600_000;
const PATHS = ['pessimistic', 'ohlc', 'adaptive'] as const;
const seed = 20_240_101;

/** A walk of whole ticks, up and down alike, in candles of `steps` each. Gaps only if `gap` is. */
function walk(draw: () => number, count: number, steps: number, gap = 0): Panel {
  const out = candleArrays(count);
  let ticks = 10_000;
  for (let i = 0; i < count; i++) {
    if (i > 0) ticks += Math.round((draw() - 0.5) * 2 * gap);
    let [high, low] = [ticks, ticks];
    out.openMs[i] = START_MS + i * HOUR_MS;
    out.open[i] = ticks / 100;
    for (let k = 0; k < steps; k++) {
      ticks += draw() < 0.5 ? -1 : 1;
      high = Math.max(high, ticks);
      low = Math.min(low, ticks);
    }
    out.high[i] = high / 100;
    out.low[i] = low / 100;
    out.close[i] = ticks / 100;
    out.volume[i] = 1000;
  }
  return panelOf({ A: out });
}

const candlesOf = (panel: Panel): CandleArrays => panel.legs[0]!.candles;

/** Seeds of walks whose candles gap and reach about as far as the stops and targets stand off. */
const walks = fc.integer({ min: 1, max: 1_000_000 }).map((n) => walk(random(n, 'walk'), 12, 60, 8));

describe('a tight trailing stop', () => {
  const trail = (distance: number) =>
    closing(sell('trailing-stop', { terms: { trailDistance: distance } }));

  it('gains nothing on a market that goes nowhere, where a path makes money of the same candles', () => {
    const draw = random(seed, 'fair');
    const rules = [
      { path: 'pessimistic' },
      { path: 'ohlc' },
      { path: 'adaptive' },
      { rules: 'freqtrade' },
    ] as const;
    const sums = rules.map(() => 0);
    const squares = rules.map(() => 0);
    const trials = 1500;
    for (let n = 0; n < trials; n++) {
      const panel = walk(draw, 6, 240);
      rules.forEach((fills, k) => {
        const [fill] = meet(panel, [trail(0.05)], { held: 1, fills });
        const gain = (fill?.price ?? candlesOf(panel).close.at(-1)!) - 100;
        sums[k]! += gain;
        squares[k]! += gain * gain;
      });
    }
    const means = sums.map((sum) => sum / trials);
    const errors = squares.map((sum, k) => Math.sqrt((sum / trials - means[k]! ** 2) / trials));
    const inErrors = means.map((mean, k) => mean / errors[k]!);
    // Whatever is done at the open or at the close of a fair market is worth nothing.
    expect(Math.abs(inErrors[0]!)).toBeLessThan(3);
    // What a walk to the extreme and straight back is said to have paid.
    expect(inErrors[1]).toBeGreaterThan(10);
    expect(inErrors[2]).toBeGreaterThan(10);
    expect(inErrors[3]).toBeGreaterThan(10);
  });

  it('never fires before a path has, and in the same candle at no better price', () => {
    const distances = fc.integer({ min: 1, max: 30 }).map((ticks) => ticks / 100);
    const property = fc.property(
      walks,
      distances,
      fc.constantFrom(1, -1),
      (panel, distance, held) => {
        const order = closing({
          side: held > 0 ? -1 : 1,
          type: 'trailing-stop',
          terms: { trailDistance: distance },
        });
        const [ours] = meet(panel, [order], { held });
        for (const path of ['ohlc', 'adaptive'] as const) {
          const [theirs] = meet(panel, [order], { held, fills: { path } });
          if (ours === undefined) continue;
          expect(theirs!.row).toBeLessThanOrEqual(ours.row);
          if (theirs!.row === ours.row) {
            expect(held * (ours.price - theirs!.price)).toBeLessThanOrEqual(1e-9);
          }
        }
      },
    );
    fc.assert(property, { seed, numRuns: 300 });
  });

  it('that has fired for certain, nobody knows where, gets the close', () => {
    // 5 behind 110 is 105, above the close; the low of 96 was not 5 behind the open.
    const chart = '100/110/96/104';
    const [ours] = meet(chart, [trail(5)], { held: 1 });
    expect(ours!.price).toBe(104);
    for (const fills of [{ path: 'ohlc' }, { path: 'adaptive' }, { rules: 'freqtrade' }] as const) {
      expect(meet(chart, [trail(5)], { held: 1, fills })[0]!.price).toBe(105);
    }
  });

  it('does not follow what price did before the position was there', () => {
    // Bought at 95 on the way down from 100: 1 behind is 94, and neither 99 nor 103.
    const stop = closing(
      sell('trailing-stop', { attachedTo: 1, distance: 0, terms: { trailDistance: 1 } }),
    );
    const entry = buy('limit', { terms: { limitPrice: 95 } });
    for (const path of PATHS) {
      const [, fired] = meet('100/104/93/96', [entry, stop], { fills: { path } });
      expect([path, fired!.price]).toEqual([path, 94]);
      // From the close of 95.4 on it is 94.4 that counts, which 94.5 does not reach.
      const next = '100/104/94.5/95.4 95.4/95.4/94.5/94.5';
      expect(meet(next, [entry, stop], { fills: { path } })).toHaveLength(1);
    }
  });

  it('that comes in late follows from where price is then', () => {
    // Half way down the worst path from 100 to 90; 1 behind 95 is 94, and not 99.
    const latency = { entry: { model: 'constant', ms: HOUR_MS / 2 } } as const;
    const market = new HandVenue('100/100/90/91', { latency });
    market.venue.adopt(0, 1, 100);
    market.submit({ ...trail(1) });
    market.rows();
    expect(market.fills.map(({ price }) => price)).toEqual([94]);
  });
});

describe('the candle of the signal', () => {
  it('gives no fill: what is decided at its close meets the next one, at the open', () => {
    const script = fc.array(fc.constantFrom('b', 's', 'h', '.'), { minLength: 12, maxLength: 12 });
    const property = fc.property(walks, script, (panel, words) => {
      const run = runOf(panel, [voter('v', words.join(' '))], staking(0.5));
      const { open } = candlesOf(panel);
      const { createdMs } = run.kernel.desk.log.columns;
      fillsOf(run).forEach(({ row, price }, k) => {
        expect(panel.openMs[row]).toBeGreaterThanOrEqual(createdMs[k]!);
        expect(price).toBe(open[row]);
      });
    });
    fc.assert(property, { seed, numRuns: 100 });
  });

  it('fills no limit either, however far through it that candle went', () => {
    const market = new HandVenue('100/110/80/100 100/110/96/100 100/100/90/100');
    market.rows(1);
    market.submit({ side: 1, type: 'limit', terms: { limitPrice: 95 } });
    expect(market.rows()).toEqual(['2: 1 filled 1 @ 95, 0 left']);
  });
});

describe('a gap', () => {
  it.each(PATHS)('through a stop fills at the open, path %s', (path) => {
    const fills = { path };
    const long = closing(sell('stop-market', { triggerPrice: 95 }));
    expect(meet('90/94/89/93', [long], { held: 1, fills })[0]!.price).toBe(90);
    const short = closing(buy('stop-market', { triggerPrice: 105 }));
    expect(meet('110/111/106/107', [short], { held: -1, fills })[0]!.price).toBe(110);
    const trail = closing(sell('trailing-stop', { triggerPrice: 95, terms: { trailDistance: 5 } }));
    expect(meet('90/94/89/93', [trail], { held: 1, fills })[0]!.price).toBe(90);
  });

  it.each(PATHS)('through a limit gives no more than the limit, path %s', (path) => {
    const target = closing(sell('limit', { terms: { limitPrice: 105 } }));
    // In before the candle that gaps: it was at the front of nothing, and asked for no more.
    const seen = meet('100 110/111/109/110', [target], { held: 1, fills: { path } });
    expect(seen.map(({ row, price }) => [row, price])).toEqual([[1, 105]]);
  });
});

describe('a candle in which nothing traded', () => {
  it.each(PATHS)('gives no fill to anything, path %s', (path) => {
    const orders = [
      buy('market'),
      buy('limit', { terms: { limitPrice: 99 } }),
      sell('stop-market', { triggerPrice: 95 }),
      sell('trailing-stop', { triggerPrice: 95, terms: { trailDistance: 5 } }),
      closing(sell('take-profit-market', { triggerPrice: 110 })),
    ];
    const seen = meet('100/120/80/100@0', orders, { held: 1, fills: { path } });
    expect(seen).toEqual([]);
    expect(meet('100/120/80/100@1', orders, { held: 1, fills: { path } })).not.toEqual([]);
  });
});

describe('a limit', () => {
  it.each(PATHS)('must be traded through by so many ticks, path %s', (path) => {
    for (const throughTicks of [0, 1, 5]) {
      const fills = { path, throughTicks };
      const order = buy('limit', { terms: { limitPrice: 95 } });
      const low = (ticks: number) => `100/100/${(9500 - ticks) / 100}/100`;
      expect(meet(low(throughTicks), [order], { fills })).toMatchObject([{ price: 95, maker: 1 }]);
      expect(meet(low(throughTicks - 1), [order], { fills })).toEqual([]);
    }
  });
});

describe('a stop and a target in one candle', () => {
  const stop = closing(sell('stop-market', { triggerPrice: 95, terms: { ocoGroup: 1 } }));
  const target = closing(sell('limit', { terms: { limitPrice: 105, ocoGroup: 1 } }));

  it('is the stop, whichever of them was there first', () => {
    for (const orders of [
      [stop, target],
      [target, stop],
    ]) {
      expect(meet('100/110/90/108', orders, { held: 1 })).toMatchObject([{ price: 95 }]);
    }
    expect(
      meet('100/110/90/108', [stop, target], { held: 1, fills: { path: 'ohlc' } }),
    ).toMatchObject([{ price: 105 }]);
  });

  it('ends a bracket in the candle in which any path does, at no better price', () => {
    const offs = fc.integer({ min: 1, max: 25 }).map((ticks) => ticks / 1e4);
    const property = fc.property(
      walks,
      offs,
      offs,
      fc.constantFrom('b', 's'),
      (panel, a, b, word) => {
        const script = `${word} `.repeat(12);
        const risk = {
          stopLoss: { enabled: true, fraction: a },
          takeProfit: { enabled: true, ladder: { all: { gain: b, fraction: 1, afterMinutes: 0 } } },
        };
        const given = staking(0.5, risk);
        const tradesOf = (path: (typeof PATHS)[number]) => {
          const fills = { path, volumeShare: null };
          return runOf(panel, [voter('v', script)], {
            ...given,
            world: { ...given.world, makerFeeBps: 0, fills },
          }).kernel;
        };
        const ours = tradesOf('pessimistic');
        const side = word === 'b' ? 1 : -1;
        for (const path of ['ohlc', 'adaptive'] as const) {
          const theirs = tradesOf(path);
          const [mine, others] = [ours.trades.closed(), theirs.trades.closed()];
          expect(mine.map(({ entryRow, exitRow }) => [entryRow, exitRow])).toEqual(
            others.map(({ entryRow, exitRow }) => [entryRow, exitRow]),
          );
          mine.forEach(({ exitPrice }, k) => {
            expect(side * (exitPrice - others[k]!.exitPrice)).toBeLessThanOrEqual(1e-9);
          });
          // Sizes are whole lots of 0.001: less than a cent apart for each trade.
          const slack = 0.01 * (1 + mine.length);
          expect(ours.portfolio.equityUsd).toBeLessThanOrEqual(theirs.portfolio.equityUsd + slack);
        }
      },
    );
    fc.assert(property, { seed, numRuns: 60 });
  });
});

describe('an entry that filled inside a candle', () => {
  const entry = buy('limit', { terms: { limitPrice: 95 } });

  it('takes no profit in it: the high may have come before', () => {
    const target = closing(sell('limit', { attachedTo: 1, distance: 0.05 }));
    const seen = meet('100/110/94/100 100/110/100/100', [entry, target]);
    expect(seen.map(({ row, orderId }) => [row, orderId])).toEqual([
      [0, 1],
      [1, 2],
    ]);
  });

  it('may be stopped in it', () => {
    const stop = closing(sell('stop-market', { attachedTo: 1, distance: 0.02 }));
    const seen = meet('100/110/93/100', [entry, stop]);
    expect(seen.map(({ row, price }) => [row, price])).toEqual([
      [0, 95],
      [0, 93.1],
    ]);
  });

  it('is stopped at its stop, since the open was before it was there', () => {
    // Bought at 105 on the way up from 100; the stop at 102.9 lies above the open, and is no gap.
    const breakout = buy('stop-market', { triggerPrice: 105 });
    const stop = closing(sell('stop-market', { attachedTo: 1, distance: 0.02 }));
    const seen = meet('100/106/99/104', [breakout, stop]);
    expect(seen.map(({ price }) => price)).toEqual([105, 102.9]);
  });

  it('is stopped at the open when that had gone beyond both', () => {
    const stop = closing(sell('stop-market', { attachedTo: 1, distance: 0.02 }));
    const seen = meet('100 90/91/89/90', [entry, stop]);
    expect(seen.map(({ row, price }) => [row, price])).toEqual([
      [1, 95],
      [1, 90],
    ]);
  });
});

describe('an entry by market order', () => {
  it('may take profit and be stopped in the candle whose open it took', () => {
    const given = freeWith({
      stopLoss: { enabled: true, fraction: 0.02 },
      takeProfit: { enabled: true, ladder: { all: { gain: 0.02, fraction: 1, afterMinutes: 0 } } },
    });
    const risk = {
      ...given.decision!.risk,
      sizing: { rule: 'fixed-fraction', notionalFraction: 0.5 },
    };
    const under = (chart: string) =>
      runOf(panelOf({ A: chart }), [voter('v', 'b')], { ...given, decision: { risk } } as never)
        .kernel.trades.closed()
        .map(({ exitRow, exitPrice }) => [exitRow, exitPrice]);
    expect(under('100 100/103/99/103')).toEqual([[1, 102]]);
    expect(under('100 100/103/97/103')).toEqual([[1, 98]]);
  });
});
