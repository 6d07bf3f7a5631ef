// The execution algorithms, one claim at a time. What all of them keep against any venue is in
// any-venue.test.ts.

import { describe, expect, it } from 'vitest';
import type { Moment } from '../../../engine/execution/algorithms/contract.ts';
import type { AlgorithmName } from '../../../engine/execution/algorithms/list.ts';
import {
  ALGORITHMS,
  checkSettings,
  makeAlgorithm,
} from '../../../engine/execution/algorithms/list.ts';
import { VolumeProfile } from '../../../engine/execution/algorithms/volume-profile.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../engine/interval.ts';
import { random } from '../../../engine/random.ts';
import type { Sent, Venue } from './work.ts';
import { CONFIG, KIND, PARENT, START, work } from './work.ts';

const plan = (sent: readonly Sent[]) => sent.map(({ candle, qty }) => [candle, qty]);

describe('MARKET', () => {
  it('sends everything at once, rounded down to the lot, and is over when it is gone', () => {
    const run = work('market', { ...PARENT, qty: 10.07 }, KIND);
    expect(plan(run.sent)).toEqual([[0, 10]]);
    expect(run.endCandle).toBe(1);
  });

  it('rests while candles are thin, and is over at once where it cannot be sent', () => {
    const thin = work('market', PARENT, { ...KIND, fills: (candle) => (candle < 5 ? 0.2 : 1) });
    expect(thin.sent).toHaveLength(1);
    expect(thin).toMatchObject({ filled: 100, endCandle: 5 });
    const small = work('market', { ...PARENT, minNotionalUsd: 1001 }, KIND);
    expect(small).toMatchObject({ sent: [], endCandle: 0 });
    expect(work('market', { ...PARENT, qty: 0.09 }, KIND)).toMatchObject({ sent: [] });
    expect(work('market', PARENT, { ...KIND, price: () => Number.NaN }).filled).toBe(100);
  });

  it('is not sent again when it was refused', () => {
    const run = work('market', PARENT, { ...KIND, refuses: () => true });
    expect(run.sent).toHaveLength(1);
    expect(run.filled).toBe(0);
  });
});

describe('TWAP', () => {
  it('sends equal slices at even times where a jitter is shorter than half a candle', () => {
    const run = work('twap', PARENT, KIND);
    expect(plan(run.sent)).toEqual([
      [0, 2],
      [2, 2],
      [4, 2],
      [6, 2],
      [8, 2],
    ]);
    expect(run).toMatchObject({ filled: 100, endCandle: 9 });
  });

  it('moves slices by its seed where they are long: each within a fifth of a slice', () => {
    const config = { ...CONFIG, twap: { windowMinutes: 500, slices: 5 } };
    const times = [1, 2, 3].map((seed) => plan(work('twap', PARENT, KIND, { config, seed }).sent));
    for (const each of times) {
      expect(each).toHaveLength(5);
      for (const [k, [candle]] of each.entries()) {
        expect(Math.abs(candle! - k * 100)).toBeLessThanOrEqual(20);
      }
    }
    expect(times[0]).not.toEqual(times[1]);
    expect(plan(work('twap', PARENT, KIND, { config, seed: 1 }).sent)).toEqual(times[0]);
  });

  it('sends one child for slices that came due together in a hole', () => {
    const price = (candle: number) => (candle >= 1 && candle <= 5 ? Number.NaN : 100);
    expect(plan(work('twap', PARENT, { ...KIND, price }).sent)).toEqual([
      [0, 2],
      [6, 6],
      [8, 2],
    ]);
  });

  it('sends a slice that came due in a hole at the first close after it', () => {
    const price = (candle: number) => (candle === 8 ? Number.NaN : 100);
    const run = work('twap', PARENT, { ...KIND, price });
    expect(plan(run.sent).at(-1)).toEqual([9, 2]);
    expect(run.filled).toBe(100);
  });

  it('carries a refused slice to the next one, and cancels what rests at the end', () => {
    const refused = work('twap', PARENT, { ...KIND, refuses: (candle) => candle === 2 });
    expect(plan(refused.sent)).toEqual([
      [0, 2],
      [2, 2],
      [4, 4],
      [6, 2],
      [8, 2],
    ]);
    const dry = work('twap', PARENT, { ...KIND, fills: () => 0 });
    expect(plan(dry.sent)).toHaveLength(5);
    expect(dry).toMatchObject({ filled: 0, endCandle: 10, cancels: true });
  });

  it('joins slices below the minimum, and leaves no rest below it', () => {
    // 2 units a slice are 200 USD.
    const joined = work('twap', { ...PARENT, minNotionalUsd: 300 }, KIND);
    expect(plan(joined.sent)).toEqual([
      [2, 4],
      [6, 6],
    ]);
  });
});

describe('VWAP', () => {
  const calendar = (): VolumeProfile => {
    const profile = new VolumeProfile(30, HOUR_MS);
    // Hours 0 to 3 trade 1, 2, 3, 4 parts.
    for (let hour = 0; hour < 24; hour++) profile.add(START - DAY_MS + hour * HOUR_MS, hour + 1);
    return profile;
  };

  it('weighs slices by the hours it has seen, evenly where it has seen nothing', () => {
    const run = work('vwap', PARENT, KIND, { profile: calendar() });
    expect(plan(run.sent)).toEqual([
      [0, 1],
      [60, 2],
      [120, 3],
      [180, 4],
    ]);
    const blind = work('vwap', PARENT, KIND);
    expect(blind.sent.map(({ qty }) => qty)).toEqual([2.5, 2.5, 2.5, 2.5]);
    const young = work('vwap', PARENT, KIND, { profile: new VolumeProfile(30, HOUR_MS) });
    expect(plan(young.sent)).toEqual(plan(blind.sent));
  });
});

describe('ICEBERG', () => {
  it('shows a quarter at the touch, and the next only when that one is filled', () => {
    const fills = (candle: number) => (candle % 3 === 0 ? 1 : 0.5);
    const price = (candle: number) => 100 - candle / 10;
    const run = work('iceberg', PARENT, { price, fills });
    expect(plan(run.sent)).toEqual([
      [0, 2.5],
      [3, 2.5],
      [6, 2.5],
      [9, 2.5],
    ]);
    expect(run.sent.map(({ limitPrice }) => limitPrice)).toEqual([100, 99.7, 99.4, 99.1]);
    for (const child of run.sent) {
      expect(child).toMatchObject({ type: 'limit', timeInForce: 'gtd' });
      expect(child.expiresMs).toBe(START + 30 * MINUTE_MS);
    }
  });

  it('never asks for worse than the decision price by more than its bound, on either side', () => {
    const away = (side: 1 | -1) => (candle: number) => 100 * (1 + side * 0.01 * (candle + 1));
    const limit = (side: 1 | -1) =>
      work('iceberg', { ...PARENT, side }, { price: away(side), fills: () => 1 }).sent[0]!
        .limitPrice;
    expect(limit(1)).toBe(100.49999999999999);
    expect(limit(-1)).toBe(99.5);
  });

  it('ends at its expiry before a venue that refuses everything, or fills nothing', () => {
    const refusing = work('iceberg', PARENT, { ...KIND, refuses: () => true });
    expect(refusing).toMatchObject({ filled: 0, endCandle: 30 });
    const dry = work('iceberg', PARENT, { ...KIND, fills: () => 0 });
    expect(plan(dry.sent)).toEqual([[0, 2.5]]);
    expect(dry).toMatchObject({ endCandle: 30, cancels: true });
  });

  it('shows at least a lot, and at least what the venue takes', () => {
    const few = work('iceberg', { ...PARENT, qty: 0.3 }, KIND);
    expect(few.sent.map(({ qty }) => qty)).toEqual([0.1, 0.1, 0.1]);
    const dear = work('iceberg', { ...PARENT, minNotionalUsd: 400 }, KIND);
    expect(dear.sent.map(({ qty }) => qty)).toEqual([4, 6]);
  });
});

describe('SNIPER', () => {
  it('asks once at the target, or better than the decision price by its improvement', () => {
    const target = work('sniper', { ...PARENT, targetPrice: 97 }, KIND);
    expect(target.sent).toHaveLength(1);
    expect(target.sent[0]).toMatchObject({ qty: 10, limitPrice: 97, timeInForce: 'gtd' });
    expect(work('sniper', PARENT, KIND).sent[0]!.limitPrice).toBe(99.8);
    expect(work('sniper', { ...PARENT, side: -1 }, KIND).sent[0]!.limitPrice).toBe(100.2);
  });

  it('falls back at expiry: the rest at market, or nothing', () => {
    const half: Venue = {
      ...KIND,
      fills: (candle, child) => (child.type === 'market' ? 1 : candle === 2 ? 0.6 : 0),
    };
    const market = work('sniper', PARENT, half);
    expect(plan(market.sent)).toEqual([
      [0, 10],
      [5, 4],
    ]);
    expect(market.sent[1]!.type).toBe('market');
    expect(market).toMatchObject({ filled: 100, endCandle: 6 });
    const sniper = { ...CONFIG.sniper, fallback: 'cancel' } as const;
    const cancel = work('sniper', PARENT, half, { config: { ...CONFIG, sniper } });
    expect(cancel.sent).toHaveLength(1);
    expect(cancel).toMatchObject({ filled: 60, endCandle: 5, cancels: true });
  });

  it('does not fall back while the limit may still fill', () => {
    const parent = { ...PARENT, targetPrice: 97 };
    const algorithm = makeAlgorithm('sniper', parent, CONFIG, random(1, 'x'), null);
    const at = (minute: number, restingQty: number, filledQty = 0): Moment => ({
      nowMs: START + minute * MINUTE_MS,
      price: 100,
      filledQty,
      restingQty,
    });
    expect(algorithm.next(at(0, 0))?.qty).toBe(10);
    expect(algorithm.cancelsResting(at(5, 10))).toBe(true);
    expect(algorithm.next(at(5, 10))).toBeNull();
    expect(algorithm.isOver(at(5, 10))).toBe(false);
    expect(algorithm.next(at(6, 7, 3))).toBeNull();
    expect(algorithm.next(at(7, 0, 3))?.qty).toBe(7);
    expect(algorithm.cancelsResting(at(8, 7, 3))).toBe(false);
    expect(algorithm.isOver(at(8, 7, 3))).toBe(false);
    expect(algorithm.isOver(at(9, 0, 10))).toBe(true);
  });
});

describe('the list', () => {
  it('names every algorithm, and the nearest one for a name it does not know', () => {
    expect(ALGORITHMS).toEqual(['market', 'twap', 'vwap', 'iceberg', 'sniper']);
    const wrong = 'icebreg' as AlgorithmName;
    const make = () => makeAlgorithm(wrong, PARENT, CONFIG, random(1, 'x'), null);
    expect(make).toThrow('did you mean iceberg?');
  });

  it('finds all that is wrong with the settings at once', () => {
    expect(checkSettings(CONFIG, MINUTE_MS)).toEqual([]);
    const wrong = {
      twap: { windowMinutes: 10, slices: 0 },
      vwap: { windowMinutes: 0, slices: 4, profileDays: 0.5 },
      iceberg: { visibleFraction: 0, expiryMinutes: 1 },
      sniper: { improvementBps: -1, expiryMinutes: Number.NaN, fallback: 'hope' as 'cancel' },
      limitBoundBps: 10_000,
    };
    expect(checkSettings(wrong, 5 * MINUTE_MS, 'x').map(({ key }) => key)).toEqual([
      'x.twap.slices',
      'x.vwap.windowMinutes',
      'x.vwap.profileDays',
      'x.iceberg.visibleFraction',
      'x.iceberg.expiryMinutes',
      'x.sniper.expiryMinutes',
      'x.sniper.improvementBps',
      'x.sniper.fallback',
      'x.limitBoundBps',
    ]);
  });
});
