// What else could have come of a run. Entries at random keep everything of the real ones but their
// times; the real ones, carried out in the same way, are the run again.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { random } from '../../../engine/random.ts';
import { type RunInput, runLoop } from '../../../engine/research/backtest.ts';
import { dealtMarket, usualBlock } from '../../../engine/research/monte-carlo/candles.ts';
import {
  type LegPlan,
  placedAtRandom,
  plansOf,
  targetsOf,
} from '../../../engine/research/monte-carlo/entries.ts';
import { sizesOf } from '../../../engine/research/monte-carlo/sizes.ts';
import { spreadOf } from '../../../engine/research/monte-carlo/spread.ts';
import { dealTrades, tradeReturns } from '../../../engine/research/monte-carlo/trades.ts';
import { dealEntries, dealMarkets, figuresOf } from '../../../engine/research/monte-carlo.ts';
import smaCross from '../../../strategies/sma-cross.ts';
import { panelOf } from '../../support/market.ts';
import { configOf, FREE, inputOf, targets } from '../../support/run.ts';
import { trade } from '../statistics/trades.ts';
import { plantedPanel } from './planted-market.ts';

const SEED = 5;

describe('a spread', () => {
  it('says where a result lies: quantiles, the share that is worse, and a p that is never 0', () => {
    const samples = Array.from({ length: 99 }, (_, k) => k + 1);
    const spread = spreadOf('totalReturn', 90, samples)!;
    // 89 are below, one is the same, 9 above: (89 + 1/2) / 99, and (1 + 10) / 100.
    expect(spread.rank).toBeCloseTo(89.5 / 99, 12);
    expect(spread.p).toBeCloseTo(0.11, 12);
    expect([spread.p5, spread.p50, spread.p95]).toEqual([5.9, 50, 94.1]);
    expect(spreadOf('totalReturn', 1000, samples)!.p).toBe(0.01);
  });

  it('is none where a resample has no number', () => {
    expect(spreadOf('sharpe', 1, [1, null])).toBeNull();
    expect(spreadOf('sharpe', null, [1])).toBeNull();
    expect(spreadOf('sharpe', 1, [])).toBeNull();
    expect(spreadOf('sharpe', 1, [Number.NaN])).toBeNull();
  });
});

describe('sizes of trades', () => {
  it('are those of a bet with two outcomes, by hand', () => {
    // Gains 2 % three times of five, loses 1 %: 0.6 / 0.01 - 0.4 / 0.02 = 40 times.
    const found = sizesOf([0.02, -0.01, 0.02, -0.01, 0.02])!;
    expect(found.winRate).toBe(0.6);
    expect(found.kelly).toBeCloseTo(40, 9);
    // Mean 0.008, variance (3 x 0.012^2 + 2 x 0.018^2) / 4 = 0.00027: 29.6 times.
    expect(found.kellyContinuous).toBeCloseTo(0.008 / 0.00027, 9);
    expect(found.growths.map(({ multiple }) => multiple)).toEqual([
      1,
      expect.closeTo(20, 9),
      expect.closeTo(40, 9),
      expect.closeTo(80, 9),
    ]);
    // At twenty times: 1.4 three times of five, else 0.8.
    expect(found.growths[1]!.growth).toBeCloseTo(1.4 ** 0.6 * 0.8 ** 0.4 - 1, 12);
    const growths = found.growths.map(({ growth }) => growth);
    expect(Math.max(...growths)).toBe(growths[2]);
    // Kelly at half the stake keeps about three quarters; at twice it there is less than nothing left.
    expect(growths[1]! / growths[2]!).toBeGreaterThan(0.7);
    expect(growths[3]).toBeLessThan(0);
  });

  it('have no Kelly without an edge, are ruin where a loss takes all, and none without a loss', () => {
    expect(sizesOf([0.01, -0.02])!.growths).toHaveLength(1);
    expect(sizesOf([0.01, -0.02])!.kelly).toBeLessThan(0);
    // 0.5 / 0.4 - 0.5 / 4 = 1.125; twice that loses 0.9 of all, which is not yet ruin.
    expect(sizesOf([4, -0.4])!.growths[3]!.growth).toBeGreaterThan(-1);
    expect(
      sizesOf([90, -0.5])!
        .growths.map(({ growth }) => growth)
        .at(-1),
    ).toBeLessThan(0);
    expect(sizesOf([2, 2, 2, -1.5])!.growths[0]!.growth).toBe(-1);
    expect([sizesOf([0.1, 0.2]), sizesOf([]), sizesOf([0.1]), sizesOf([0.1, Number.NaN])]).toEqual([
      null,
      null,
      null,
      null,
    ]);
  });
});

describe('trades dealt again', () => {
  it('are P&L over the equity before the entry, closed ones alone, in order of exit', () => {
    const trades = [
      { ...trade(-11), entryMs: 25, exitMs: 40 },
      { ...trade(10), entryMs: 5, exitMs: 20 },
      { ...trade(99, 'open'), entryMs: 30, exitMs: 50 },
    ];
    const found = tradeReturns(trades, [10, 20, 30], [100, 110, 99], 3, 100);
    expect([...found]).toEqual([0.1, -0.1]);
  });

  it('end anew when drawn, and fall otherwise in another order', () => {
    const found = dealTrades(Float64Array.of(0.1, -0.2, 0.05, 0.3, -0.1), 4000, 3);
    const [end, fall] = found.drawn;
    expect(end!.real).toBeCloseTo(1.1 * 0.8 * 1.05 * 1.3 * 0.9 - 1, 12);
    expect(fall!.p5).toBeLessThan(fall!.p50);
    expect(found.shuffled.map(({ figure }) => figure)).toEqual(['maxDrawdown']);
    // Of 5! orders 48 have both losses side by side, which alone fall by 28 %.
    expect(found.shuffled[0]!.p5).toBeCloseTo(-0.28, 6);
    expect(dealTrades(new Float64Array(0), 10, 1)).toEqual({ trades: 0, drawn: [], shuffled: [] });
  });
});

describe('entries at random', () => {
  it('keep number, sides, sizes and lengths, never overlap and stay inside', () => {
    const plan = fc
      .record({
        from: fc.nat(50),
        spare: fc.nat(200),
        trades: fc.array(
          fc.record({
            target: fc.constantFrom(0.5, -0.3, 1),
            rows: fc.integer({ min: 1, max: 30 }),
          }),
          { minLength: 1, maxLength: 20 },
        ),
      })
      .map(({ from, spare, trades }): LegPlan => {
        const held = trades.reduce((sum, { rows }) => sum + rows, 0);
        return { leg: 0, from, to: from + held + spare, trades, decided: [] };
      });
    const property = fc.property(plan, fc.nat(1e6), (one, seed) => {
      const { trades, decided } = placedAtRandom(one, random(seed, 'test'));
      const sorted = (list: readonly { target: number; rows: number }[]) =>
        list.map(({ target, rows }) => `${target} ${rows}`).sort();
      expect(sorted(trades)).toEqual(sorted(one.trades));
      decided.forEach((at, k) => {
        const before = k === 0 ? one.from : decided[k - 1]! + trades[k - 1]!.rows;
        expect(at).toBeGreaterThanOrEqual(before);
        expect(at + trades[k]!.rows).toBeLessThanOrEqual(one.to);
      });
      const rows = targetsOf(one.to + 1, trades, decided);
      expect(decided.map((at) => rows[at])).toEqual(trades.map(({ target }) => target));
    });
    fc.assert(property, { seed: SEED, numRuns: 200 });
  });

  it('come at every time alike', () => {
    const plan: LegPlan = {
      leg: 0,
      from: 0,
      to: 10,
      trades: [{ target: 1, rows: 4 }],
      decided: [],
    };
    const counts = new Array<number>(10).fill(0);
    for (let k = 0; k < 6000; k++) counts[placedAtRandom(plan, random(k, 'even')).decided[0]!]!++;
    // A row is kept free after it: rows 0 to 5, a thousand each, standard deviation 29.
    expect(counts.slice(6)).toEqual([0, 0, 0, 0]);
    for (const count of counts.slice(0, 6)) expect(Math.abs(count - 1000)).toBeLessThan(120);
  });

  it('as they were are the run again, stops, warm-up and what is open at the end included', () => {
    const panel = plantedPanel({ seed: 3, days: 60 });
    const trailing = { enabled: true, buffer: 0.01, step: 0.002 };
    for (const given of [FREE, { ...FREE, decision: { risk: { trailingStop: trailing } } }]) {
      const input = { ...inputOf(panel, [smaCross], given), firstRow: 100 };
      const real = figuresOf(input);
      const { asTheyWere, trades } = dealEntries(input, { count: 1, seed: 1 });
      expect(trades).toBeGreaterThan(10);
      expect(asTheyWere.maxDrawdown!).toBeCloseTo(real.maxDrawdown!, 3);
      expect(asTheyWere.totalReturn!).toBeCloseTo(real.totalReturn!, 2);
    }
  });

  it('know timing from luck: one that buys before each rise beats them, one that guesses does not', () => {
    // Up 2 % on every fourth candle, a little down on the others.
    const rises = 'x'
      .repeat(400)
      .split('')
      .map((_, i) => (i % 4 === 3 ? 1.02 : 0.994));
    let price = 100;
    const chart = rises
      .map((ratio) => {
        price *= ratio;
        return price.toFixed(6);
      })
      .join(' ');
    // The order is decided at one close, filled at the next open, which is that close.
    const knowing = rises.map((_, i) => (i % 4 === 2 ? '1' : i % 4 === 3 ? '0' : '.')).join(' ');
    const guessing = rises.map((_, i) => (i % 5 === 2 ? '1' : i % 5 === 3 ? '0' : '.')).join(' ');
    const pOf = (script: string) => {
      const input = inputOf(panelOf({ BTC: chart }), [targets(script)], FREE);
      return dealEntries(input, { count: 60, seed: 2 }).spreads.find(
        ({ figure }) => figure === 'totalReturn',
      )!.p;
    };
    expect(pOf(knowing)).toBeCloseTo(1 / 61, 12);
    expect(pOf(guessing)).toBeGreaterThan(0.05);
  });

  it('of a run without trades are none', () => {
    const input = inputOf(panelOf({ BTC: '100x9' }), [targets('. . .')], FREE);
    expect(dealEntries(input, { count: 3, seed: 1 })).toMatchObject({ trades: 0, spreads: [] });
  });

  it('are planned by leg, from its first candle on, with what each held of equity', () => {
    const input = inputOf(
      panelOf({ BTC: '100x8', ETH: '- - 50x6' }),
      [targets({ BTC: '. 0.5 . 0', ETH: '. . . -0.2 . 0' })],
      FREE,
    );
    const { kernel } = runLoop(input);
    const plans = plansOf(input, kernel.trades.closed(0), kernel.equityUsd);
    expect(plans.map(({ leg, from, decided }) => ({ leg, from, decided }))).toEqual([
      { leg: 0, from: 0, decided: [1] },
      { leg: 1, from: 2, decided: [3] },
    ]);
    expect(plans[0]!.trades[0]).toEqual({ target: 0.5, rows: 2 });
    expect(plans[1]!.trades[0]!.target).toBeCloseTo(-0.2, 9);
  });
});

describe('markets dealt again', () => {
  const input = (): RunInput => inputOf(plantedPanel({ seed: 4, days: 30 }), [smaCross], FREE);

  it('have the same times and the same candle changes, for all legs the same rows', () => {
    const panel = panelOf({ BTC: '100 101 99 103 104 100', ETH: '10 11 10 12 9 10' });
    const given = inputOf(panel, [targets('.')], FREE);
    const dealt = dealtMarket(given, 2, 1).panel;
    expect([...dealt.openMs]).toEqual([...panel.openMs]);
    const changes = (one: typeof panel, leg: number) => {
      const { close } = one.legs[leg]!.candles;
      return [...close].slice(1).map((price, i) => price / close[i]!);
    };
    const [btc, eth] = [0, 1].map((leg) => changes(panel, leg));
    changes(dealt, 0).forEach((change, i) => {
      const from = btc!.findIndex((one) => Math.abs(one - change) < 1e-12);
      expect(from).toBeGreaterThanOrEqual(0);
      expect(changes(dealt, 1)[i]).toBeCloseTo(eth![from]!, 12);
    });
  });

  it('give the same spreads for the same seed, and more of them begin with the same ones', () => {
    const given = input();
    const real = figuresOf(given);
    const settings = { count: 12, seed: 9, meanBlock: usualBlock(given.panel.intervalMs) };
    const found = dealMarkets(given, real, settings);
    expect(dealMarkets(given, real, settings)).toEqual(found);
    expect(found.map(({ figure }) => figure)).toEqual(['totalReturn', 'maxDrawdown', 'sharpe']);
    const told: number[] = [];
    dealMarkets(given, real, { ...settings, count: 3 }, (done) => told.push(done));
    expect(told).toEqual([1, 2, 3]);
  });

  it('are refused where candles inside candles are replayed', () => {
    const given = { ...input(), config: configOf({ world: { fills: { path: 'finer' } } }) };
    expect(() => dealtMarket(given, 24, 1)).toThrow(/world\.fills\.path/);
  });
});
