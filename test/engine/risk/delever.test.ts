// Auto-delever: one reduction an episode, scaled entries while price is far, closed when unknown.

import { describe, expect, it } from 'vitest';
import { changeOver, Delever, movedFar } from '../../../engine/risk/delever.ts';

const CONFIG = { enabled: true, threshold: 0.04, factor: 0.5, lookbackMinutes: 1440 };
const MINUTE_MS = 60_000;

describe('far', () => {
  it('is a change of the threshold or more, up or down, or one that is not known', () => {
    expect([0.04, -0.04, 0.1, Number.NaN].map((change) => movedFar(change, 0.04))).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(movedFar(0.0399, 0.04)).toBe(false);
    expect(movedFar(0.01, Number.NaN)).toBe(true);
  });
});

describe('the delever', () => {
  it('reduces an open position once in an episode, and again in the next', () => {
    const one = new Delever(CONFIG, 1);
    const keep = (change: number) => {
      one.observe(0, change, true);
      const share = one.keepFraction(0);
      if (share < 1) one.reduced(0);
      return share;
    };
    expect([0, 0.05, 0.06, -0.09, 0.01, -0.04, -0.05].map(keep)).toEqual([1, 0.5, 1, 1, 1, 0.5, 1]);
  });

  it('keeps a reduction due until it was ordered, or the position is gone', () => {
    const one = new Delever(CONFIG, 2);
    for (const leg of [0, 1]) one.observe(leg, 0.05, true);
    one.observe(0, 0.05, true);
    expect(one.keepFraction(0)).toBe(0.5);
    one.observe(1, 0.05, false);
    one.observe(1, 0.05, true);
    expect(one.keepFraction(1)).toBe(1);
  });

  it('leaves alone a position opened within the episode: its entry was scaled', () => {
    const one = new Delever(CONFIG, 1);
    one.observe(0, 0.05, false);
    expect(one.entryFactor(0)).toBe(0.5);
    one.observe(0, 0.05, true);
    expect(one.keepFraction(0)).toBe(1);
    one.observe(0, 0.01, true);
    expect(one.entryFactor(0)).toBe(1);
  });

  it('fails closed for entries when the change is unknown, and trades nothing on it', () => {
    const one = new Delever(CONFIG, 1);
    expect(one.entryFactor(0)).toBe(0.5);
    one.observe(0, Number.NaN, true);
    expect([one.entryFactor(0), one.keepFraction(0)]).toEqual([0.5, 1]);
    one.observe(0, 0.05, true);
    one.reduced(0);
    one.observe(0, Number.NaN, true);
    one.observe(0, 0.05, true);
    expect(one.keepFraction(0)).toBe(1);
  });

  it('that is off scales and reduces nothing', () => {
    const one = new Delever({ ...CONFIG, enabled: false }, 1);
    one.observe(0, 0.5, true);
    expect([one.entryFactor(0), one.keepFraction(0)]).toEqual([1, 1]);
  });
});

describe('the change over a lookback', () => {
  const grid = (minutes: readonly number[]) =>
    Float64Array.from(minutes, (minute) => minute * MINUTE_MS);
  const change = (closes: readonly number[], minutes: readonly number[], lookback: number) =>
    changeOver(
      Float64Array.from(closes),
      grid(minutes),
      closes.length - 1,
      lookback * MINUTE_MS,
      MINUTE_MS,
    );

  it('is taken against the close of that time', () => {
    expect(change([100, 50, 50, 110], [0, 1, 2, 3], 3)).toBeCloseTo(0.1, 12);
  });

  it('goes by the clock where the grid misses rows', () => {
    expect(change([100, 80, 90, 120], [0, 1, 4, 5], 3)).toBeCloseTo(0.5, 12);
  });

  it('takes the last close before a hole, up to a lookback older', () => {
    const hole = Number.NaN;
    expect(change([100, hole, hole, 5, 5, 110], [0, 1, 2, 3, 4, 5], 3)).toBeCloseTo(0.1, 12);
    expect(change([100, hole, hole, hole, 5, 110], [0, 1, 2, 3, 4, 5], 2)).toBeNaN();
  });

  it('is not known before the lookback has passed, nor in a hole', () => {
    expect(change([100, 110], [0, 1], 3)).toBeNaN();
    expect(change([100, Number.NaN], [0, 1], 1)).toBeNaN();
  });

  it('over less than a candle is the change of that candle', () => {
    const openMs = grid([0, 60]);
    const close = Float64Array.from([100, 103]);
    expect(changeOver(close, openMs, 1, 5 * MINUTE_MS, 60 * MINUTE_MS)).toBeCloseTo(0.03, 12);
  });
});
