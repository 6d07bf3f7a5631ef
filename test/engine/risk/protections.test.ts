// Protections: when they lock, whom, for how long, and that an unknown result locks too.

import { describe, expect, it } from 'vitest';
import { Protections, type ProtectionsConfig } from '../../../engine/risk/protections.ts';

const OFF = { trades: 0, lookbackCandles: 10, lockCandles: 5 };
const make = (config: Partial<ProtectionsConfig>) =>
  new Protections(
    {
      cooldownCandles: 0,
      stopLossGuard: OFF,
      lowProfit: { ...OFF, minReturn: 0 },
      maxDrawdown: { ...OFF, fraction: 0.1 },
      ...config,
    },
    3,
  );

/** Rows out of `rows` in which the leg is locked, with the code of the first. */
function lock(one: Protections, leg: number, rows = 40) {
  const locked = Array.from({ length: rows }, (_, row) => row).filter((row) =>
    one.locked(leg, row),
  );
  return [one.locked(leg, locked[0] ?? 0), locked.at(-1) ?? null] as const;
}

describe('the cooldown', () => {
  it('refuses the decisions of so many candles, on the leg alone, from the exit on', () => {
    const one = make({ cooldownCandles: 2 });
    one.closed(1, 7, 'signal', 0.1);
    expect([7, 8, 9].map((row) => one.locked(1, row))).toEqual(['cooldown', 'cooldown', null]);
    expect(one.locked(0, 7)).toBeNull();
  });
});

describe('the stop-loss guard', () => {
  const guard = { stopLossGuard: { trades: 2, lookbackCandles: 10, lockCandles: 5 } };

  it('locks every leg after so many losing stops, on whatever leg', () => {
    const one = make(guard);
    one.closed(0, 3, 'stop', -0.01);
    expect(lock(one, 2)).toEqual([null, null]);
    one.closed(1, 8, 'trailing-stop', -0.02);
    for (const leg of [0, 1, 2]) expect(lock(one, leg)).toEqual(['stop-loss-guard', 12]);
  });

  it('counts neither stops out of profit nor losses that were no stops', () => {
    const one = make(guard);
    one.closed(0, 3, 'stop', -0.01);
    one.closed(0, 4, 'trailing-stop', 0.01);
    one.closed(0, 5, 'stop', 0);
    one.closed(0, 6, 'signal', -0.01);
    expect(one.locked(0, 6)).toBeNull();
    one.closed(0, 7, 'liquidation', -0.5);
    expect(one.locked(0, 7)).toBe('stop-loss-guard');
  });

  it('forgets a stop after the lookback, which counts the row of the exit', () => {
    const apart = (rows: number) => {
      const one = make(guard);
      one.closed(0, 3, 'stop', -0.01);
      one.closed(0, 3 + rows, 'stop', -0.01);
      return one.locked(0, 3 + rows);
    };
    expect([apart(9), apart(10)]).toEqual(['stop-loss-guard', null]);
  });

  it('counts a stop whose result is not a number', () => {
    const one = make({ stopLossGuard: { ...guard.stopLossGuard, trades: 1 } });
    one.closed(0, 3, 'stop', Number.NaN);
    expect(one.locked(0, 3)).toBe('stop-loss-guard');
  });
});

describe('low profit', () => {
  const low = { lowProfit: { trades: 2, minReturn: 0.01, lookbackCandles: 10, lockCandles: 5 } };

  it('locks the leg whose trades of late sum up below the return wanted, and it alone', () => {
    const one = make(low);
    one.closed(0, 3, 'signal', -0.5);
    expect(one.locked(0, 3)).toBeNull();
    one.closed(1, 4, 'signal', 0.005);
    expect(one.locked(1, 4)).toBeNull();
    one.closed(1, 5, 'signal', 0.004);
    expect(lock(one, 1)).toEqual(['low-profit', 9]);
    expect(one.locked(0, 5)).toBeNull();
  });

  it('leaves a leg alone that made what is wanted, or too few trades within the lookback', () => {
    const one = make(low);
    one.closed(0, 3, 'signal', 0.005);
    one.closed(0, 4, 'signal', 0.005);
    expect(one.locked(0, 4)).toBeNull();
    one.closed(0, 14, 'signal', -0.9);
    expect(one.locked(0, 14)).toBeNull();
  });

  it('fails closed on a return that is not a number', () => {
    const one = make(low);
    one.closed(0, 3, 'signal', 1);
    one.closed(0, 4, 'signal', Number.NaN);
    expect(one.locked(0, 4)).toBe('low-profit');
  });
});

describe('the drawdown of closed trades', () => {
  const fall = {
    maxDrawdown: { trades: 3, fraction: 0.1, lookbackCandles: 20, lockCandles: 5 },
  };

  it('locks every leg when the running sum fell too far from its top', () => {
    const one = make(fall);
    one.closed(0, 1, 'signal', 0.2);
    one.closed(1, 2, 'signal', -0.06);
    one.closed(2, 3, 'signal', -0.03);
    expect(one.locked(0, 3)).toBeNull();
    one.closed(0, 4, 'signal', -0.02);
    for (const leg of [0, 1, 2]) expect(lock(one, leg)).toEqual(['protection-drawdown', 8]);
  });

  it('counts a first loss as a fall from where it began', () => {
    const one = make({ maxDrawdown: { ...fall.maxDrawdown, trades: 1 } });
    one.closed(0, 1, 'signal', -0.11);
    expect(one.locked(1, 1)).toBe('protection-drawdown');
  });

  it('fails closed on a return that is not a number', () => {
    const one = make({ maxDrawdown: { ...fall.maxDrawdown, trades: 1 } });
    one.closed(0, 1, 'signal', Number.NaN);
    expect(one.locked(1, 1)).toBe('protection-drawdown');
  });
});

describe('protections', () => {
  it('that are off keep nothing and lock nothing', () => {
    const one = make({});
    expect(one.enabled).toBe(false);
    one.closed(0, 3, 'stop', Number.NaN);
    expect(one.locked(0, 3)).toBeNull();
  });

  it('fail closed on a row that is not a number', () => {
    expect(make({ cooldownCandles: 1 }).locked(0, Number.NaN)).not.toBeNull();
  });

  it('look back each on their own time, although another looks further', () => {
    const apart = (config: Partial<ProtectionsConfig>, rows: number) => {
      const low = { trades: 99, minReturn: 0, lookbackCandles: 1000, lockCandles: 5 };
      const one = make({ lowProfit: low, ...config });
      one.closed(0, 3, 'stop', -0.06);
      one.closed(0, 3 + rows, 'stop', -0.06);
      return one.locked(1, 3 + rows);
    };
    const stops = { stopLossGuard: { ...OFF, trades: 2 } };
    const falls = { maxDrawdown: { ...OFF, trades: 2, fraction: 0.1 } };
    expect([apart(stops, 9), apart(stops, 10)]).toEqual(['stop-loss-guard', null]);
    expect([apart(falls, 9), apart(falls, 10)]).toEqual(['protection-drawdown', null]);
  });

  it('judge the same after thousands of trades have been forgotten', () => {
    const one = make({ stopLossGuard: { trades: 2, lookbackCandles: 3, lockCandles: 2 } });
    for (let row = 0; row < 5000; row += 3) one.closed(0, row, 'stop', -0.01);
    expect(one.locked(0, 4998)).toBeNull();
    one.closed(0, 4999, 'stop', -0.01);
    expect(one.locked(0, 4999)).toBe('stop-loss-guard');
  });
});
