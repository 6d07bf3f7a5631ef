// What is kept of a run to be looked at later. Markets are drawn so that every number can be read off
// the chart; all trades are one unit bought with all the equity there is.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Config } from '../../engine/config/schema.ts';
import { defineStrategy, sma } from '../../engine/index.ts';
import { HOUR_MS } from '../../engine/interval.ts';
import { candleRows } from '../../engine/research/candle-rows.ts';
import { collect } from '../../engine/research/collect.ts';
import { type RunRecord, recordOf } from '../../engine/research/record.ts';
import { panelOf, START_MS } from '../support/market.ts';
import {
  configOf,
  FREE,
  freeWith,
  inputOf,
  LABELS,
  type Partly,
  runLoop,
  targets,
  voter,
} from '../support/run.ts';

function recorded(
  chart: string,
  strategies: Parameters<typeof inputOf>[1],
  given: Partly<Config> = FREE,
  firstRow = 0,
): RunRecord & { trades: ReturnType<typeof collect>['trades'] } {
  const input = inputOf(panelOf({ BTC: chart }), strategies, given, { firstRow });
  const run = runLoop(input);
  const { trades } = collect(run, input.config, firstRow, LABELS);
  return { ...recordOf(run, input.config, firstRow, trades), trades };
}

describe('the decisions of a trade', () => {
  it('are the rows, votes and words at both ends, rows counted from the first that counts', () => {
    const wordy = defineStrategy({
      name: 'wordy',
      features: () => ({ mean: sma(2) }),
      analyze: ({ i }) => {
        if (i === 2) return { action: 'BUY', confidence: 0.8, reason: 'it rises' };
        if (i === 4) return { action: 'SELL', confidence: 0.9, reason: 'it falls' };
        return { action: 'HOLD', confidence: 0.5 };
      },
    });
    const quiet = voter('quiet', '. . b1 . s1');
    const given = { ...freeWith({ sizing: { rule: 'fixed-fraction', notionalFraction: 1 } }) };
    const { origins, trades, orders } = recorded('10 12 14 15 16 15 14', [wordy, quiet], given, 1);
    expect(trades).toHaveLength(1);
    const [origin] = origins;
    expect(origin!.entry).toEqual({
      row: 1,
      score: expect.closeTo(0.9, 12),
      said: [
        { agent: 'wordy', vote: 0.8, weight: 1, reason: 'it rises', features: { mean: 13 } },
        { agent: 'quiet', vote: 1, weight: 1, reason: '', features: {} },
      ],
    });
    expect(origin!.exit.row).toBe(3);
    expect(origin!.exit.said[0]).toMatchObject({ vote: -0.9, reason: 'it falls' });
    expect(origin!.exit.said[0]!.features).toEqual({ mean: 15.5 });
    expect(orders.purpose[origin!.entryOrderId - 1]).toBe('entry');
    expect(orders.purpose[origin!.exitOrderId - 1]).toBe('signal');
    expect(orders.status).toEqual(['filled', 'filled']);
    expect(orders.endedMs[0]! - orders.createdMs[0]!).toBe(0);
  });

  it('say nothing at the exit where a stop closed it, and name the order that did', () => {
    const given = freeWith({ stopLoss: { enabled: true, fraction: 0.1 } });
    const { origins, orders, trades } = recorded('100 100 100/101/85/90 90', [targets('1')], given);
    expect(trades[0]!.exitReason).toBe('stop');
    expect(origins[0]!.exit).toEqual({ row: -1, score: Number.NaN, said: [] });
    expect(orders.purpose[origins[0]!.exitOrderId - 1]).toBe('stop');
    expect(orders.triggerPrice[origins[0]!.exitOrderId - 1]).toBe(90);
  });

  it('say which agent no longer stood for it where one vetoed', () => {
    const guard = voter('guard', 'b1 . . .', {
      vetoHolding: ({ i }) => (i === 2 ? 'too-hot' : null),
    });
    const given = freeWith({ sizing: { rule: 'fixed-fraction', notionalFraction: 1 } });
    const { origins, trades } = recorded('10 10 10 10 10', [guard], given);
    expect(trades[0]!.exitReason).toBe('veto');
    expect(origins[0]!.exit).toMatchObject({
      row: 2,
      said: [{ agent: 'guard', reason: 'too-hot' }],
    });
  });

  it('show every move of a trailing stop as an order of its own', () => {
    const trailingStop = { enabled: true, buffer: 0.1, step: 0.01 };
    const { orders } = recorded('100 100 110 120 120', [targets('1')], freeWith({ trailingStop }));
    const moves = orders.purpose.flatMap((purpose, k) =>
      purpose === 'trailing-stop' ? [[orders.createdMs[k], orders.triggerPrice[k]]] : [],
    );
    expect(moves.slice(-2)).toEqual([
      [START_MS + 3 * HOUR_MS, 99],
      [START_MS + 4 * HOUR_MS, 108],
    ]);
  });
});

describe('excursions', () => {
  it('are the furthest prices while it was held, without the candle it ended in', () => {
    // Bought at the open of the second candle (100), sold at the open of the fourth (104).
    const chart = '100 100/108/95/102 102/110/101/105 104/150/50/100 100';
    const [origin] = recorded(chart, [targets('1 . 0')]).origins;
    expect(origin!.maeFraction).toBeCloseTo(-0.05, 12);
    expect(origin!.mfeFraction).toBeCloseTo(0.1, 12);
  });

  it('turn around for a short', () => {
    const chart = '100 100/108/95/102 102/110/101/105 104/150/50/100 100';
    const [origin] = recorded(chart, [targets('-1 . 0')]).origins;
    expect(origin!.maeFraction).toBeCloseTo(-0.1, 12);
    expect(origin!.mfeFraction).toBeCloseTo(0.05, 12);
  });

  it('reach to the last candle where the trade is still open', () => {
    const [origin] = recorded('100 100 100/120/90/100', [targets('1')]).origins;
    expect(origin!.maeFraction).toBeCloseTo(-0.1, 12);
    expect(origin!.mfeFraction).toBeCloseTo(0.2, 12);
  });
});

describe('the liquidation price', () => {
  it('is where the margin of the trade meets half of what the highest leverage asks for', () => {
    const margin = { enabled: true, mode: 'isolated', leverage: 5 } as const;
    const given = { ...FREE, world: { ...FREE.world, margin } };
    const run = recorded('100 100 100', [targets('0.5')], given);
    const { instrument } = panelOf({ BTC: '100' }).legs[0]!;
    const rate = 1 / (2 * instrument.maxLeverage);
    // qty (p - 100) + 20 qty = rate qty p  =>  p = 80 / (1 - rate)
    const leverage = Math.min(5, instrument.maxLeverage);
    const expected = (100 - 100 / leverage) / (1 - rate);
    expect(run.origins[0]!.liquidationPrice).toBeCloseTo(expected, 9);
  });

  it('is no number where margin is not checked', () => {
    expect(recorded('100 100 100', [targets('0.5')]).origins[0]!.liquidationPrice).toBeNaN();
  });
});

describe('candles that are kept', () => {
  it('are all of them where they are few', () => {
    const { candles } = recorded('1 2 - 4 5', [targets('')]);
    expect(Array.from(candles.close)).toEqual([1, 2, 4, 5]);
    expect(new Set(Array.from(candles.stepMs))).toEqual(new Set([HOUR_MS]));
  });

  it('are coarse ones that keep every extreme, and base ones around a trade, where they are many', () => {
    const panel = panelOf({ BTC: '100x30000', ETH: '50x30000' });
    const { high, volume } = panel.legs[0]!.candles;
    high[12_345] = 123;
    const trade = { leg: 1, entryRow: 20_000, exitRow: 20_010, pnlUsd: 1 };
    const kept = candleRows(panel, 0, panel.length, [trade as never]);
    const rows = Array.from({ length: kept.length }, (_, k) => k);
    const base = rows.filter((k) => kept.stepMs[k] === HOUR_MS);
    expect(base).toHaveLength(30 + 10 + 30 + 1);
    expect(new Set(base.map((k) => kept.leg[k]))).toEqual(new Set([1]));
    const coarse = rows.filter((k) => kept.leg[k] === 0 && kept.stepMs[k]! > HOUR_MS);
    const step = kept.stepMs[coarse[0]!]!;
    expect(Math.max(...coarse.map((k) => kept.high[k]!))).toBe(123);
    const sum = (list: ArrayLike<number>) => Array.from(list).reduce((a, b) => a + b, 0);
    expect(sum(coarse.map((k) => kept.volume[k]!))).toBeCloseTo(sum(volume), 6);
    expect(coarse.every((k) => kept.openMs[k]! % step === 0)).toBe(true);
    expect(step).toBe(4 * HOUR_MS);
  });

  it('never exceed what a page can carry, whatever the run', () => {
    const panel = panelOf({ BTC: '100x40000', ETH: '50x40000' });
    fc.assert(
      fc.property(
        fc.array(fc.record({ at: fc.nat(39_000), held: fc.nat(900), leg: fc.nat(1) }), {
          maxLength: 3000,
        }),
        (drawn) => {
          const trades = drawn.map(({ at, held, leg }, k) => {
            return { leg, entryRow: at, exitRow: Math.min(39_999, at + held), pnlUsd: k };
          });
          const kept = candleRows(panel, 0, panel.length, trades as never);
          expect(kept.length).toBeLessThanOrEqual(18_000 + 48_000 + 600);
        },
      ),
      { seed: 71, numRuns: 10 },
    );
  });
});

describe('times out of order', () => {
  it('are the outages that there were, whether or not an order met them', () => {
    const outages = {
      listed: { noon: { from: '2024-01-01T02:00Z', to: '2024-01-01T03:00Z', answer: 'refused' } },
    } as const;
    const given = configOf({ ...FREE, world: { ...FREE.world, outages } });
    expect(recorded('100x5', [targets('')], given).breaks).toEqual([
      {
        kind: 'outage',
        venue: 'test',
        fromMs: START_MS + 2 * HOUR_MS,
        toMs: START_MS + 3 * HOUR_MS,
        what: 'refused',
      },
    ]);
  });
});
