// Loss limits: where the day begins, that they latch, and that they fail closed.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LimitsConfig, LossLimits } from '../../../engine/risk/limits.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const limits = (config: Partial<LimitsConfig>) =>
  new LossLimits({ dailyLoss: null, maxDrawdown: null, drawdownCooldownCandles: 0, ...config });

/** Codes after each equity, one an hour, the first at the close `fromHour` hours into a day. */
function codes(one: LossLimits, equities: readonly number[], fromHour = 0) {
  return equities.map((equity, k) => {
    one.onClose(100 * DAY_MS + (fromHour + k) * HOUR_MS, equity);
    return one.entriesBlocked();
  });
}

describe('the daily loss', () => {
  it('blocks at the limit itself and stays although the loss is made good', () => {
    const one = limits({ dailyLoss: 0.05 });
    expect(codes(one, [1000, 951, 950, 1200])).toEqual([null, null, 'daily-loss', 'daily-loss']);
  });

  it('is counted from the equity at UTC midnight, not from the top of the day', () => {
    expect(codes(limits({ dailyLoss: 0.05 }), [1000, 1100, 1000])).toEqual([null, null, null]);
  });

  it('ends at midnight: that close already belongs to the new day', () => {
    const one = limits({ dailyLoss: 0.05 });
    expect(codes(one, [1000, 900, 880, 870, 836], 22)).toEqual([
      null,
      'daily-loss',
      null,
      null,
      'daily-loss',
    ]);
  });

  it('of a day without a close at midnight is counted from the last equity before it', () => {
    const one = limits({ dailyLoss: 0.05 });
    one.onClose(100 * DAY_MS + 23 * HOUR_MS, 1000);
    one.onClose(101 * DAY_MS + HOUR_MS, 940);
    expect(one.entriesBlocked()).toBe('daily-loss');
  });

  it('fails closed: equity or time that is not a number is a lost day', () => {
    expect(codes(limits({ dailyLoss: 0.05 }), [Number.NaN, 1000])).toEqual([
      'daily-loss',
      'daily-loss',
    ]);
    const one = limits({ dailyLoss: 0.05 });
    one.onClose(Number.NaN, 1000);
    expect(one.entriesBlocked()).toBe('daily-loss');
    one.onClose(DAY_MS, 1000);
    expect(one.entriesBlocked()).toBeNull();
  });

  it('never unblocks within the day, and blocks exactly when the loss was reached', () => {
    const equity = fc.array(fc.double({ min: 1, max: 2000, noNaN: true }), {
      minLength: 2,
      maxLength: 80,
      size: 'max',
    });
    const property = fc.property(equity, fc.double({ min: 0.001, max: 0.9 }), (list, dailyLoss) => {
      const one = limits({ dailyLoss });
      let start = Number.NaN;
      let isLost = false;
      list.forEach((usd, hour) => {
        if (hour % 24 === 0) {
          start = usd;
          isLost = false;
        }
        isLost ||= usd <= start * (1 - dailyLoss);
        one.onClose(hour * HOUR_MS, usd);
        expect(one.entriesBlocked()).toBe(isLost ? 'daily-loss' : null);
      });
    });
    fc.assert(property, { seed: 1505, numRuns: 300 });
  });
});

describe('the drawdown halt', () => {
  it('blocks below the peak and stays for the run', () => {
    const one = limits({ maxDrawdown: 0.1 });
    expect(codes(one, [1000, 1200, 1081, 1080, 5000])).toEqual([
      null,
      null,
      null,
      'drawdown-halt',
      'drawdown-halt',
    ]);
  });

  it('with a cooldown ends after that many candles, and the peak starts where equity is', () => {
    const one = limits({ maxDrawdown: 0.1, drawdownCooldownCandles: 2 });
    expect(codes(one, [1000, 900, 850, 800, 730, 720])).toEqual([
      null,
      'drawdown-halt',
      'drawdown-halt',
      null,
      null,
      'drawdown-halt',
    ]);
  });

  it('fails closed, and is not armed again on equity that is not a number or not above 0', () => {
    const one = limits({ maxDrawdown: 0.1, drawdownCooldownCandles: 1 });
    expect(codes(one, [Number.NaN, Number.NaN, -5, 1000])).toEqual([
      'drawdown-halt',
      'drawdown-halt',
      'drawdown-halt',
      null,
    ]);
  });

  it('is named before the daily loss', () => {
    expect(codes(limits({ maxDrawdown: 0.1, dailyLoss: 0.1 }), [1000, 500])[1]).toBe(
      'drawdown-halt',
    );
  });
});

it('limits that are off are off and block nothing', () => {
  const one = limits({});
  expect(one.enabled).toBe(false);
  expect(codes(one, [1000, 1, Number.NaN])).toEqual([null, null, null]);
});
