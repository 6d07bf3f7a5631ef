// The first stop: the tightest rule that is on, and no distance at all where it cannot be told.

import { describe, expect, it } from 'vitest';
import { type StopConfig, stopDistance } from '../../../engine/risk/stop-distance.ts';

interface On {
  readonly multiple?: number;
  readonly fraction?: number;
  readonly buffer?: number;
  readonly activation?: number;
  readonly kind?: 'closes' | 'venue';
}

function config({ multiple, fraction, buffer, activation = 0, kind = 'closes' }: On): StopConfig {
  return {
    atrStop: { enabled: multiple !== undefined, multiple: multiple ?? 1 },
    stopLoss: { enabled: fraction !== undefined, fraction: fraction ?? 0.5 },
    trailingStop: { enabled: buffer !== undefined, kind, buffer: buffer ?? 0.001, activation },
  };
}

describe('the first stop', () => {
  it('is the tightest of the rules that are on', () => {
    // 1.5 ATRs of 2 at 100 are 3 %.
    expect(stopDistance(config({ multiple: 1.5 }), 2, 100)).toBe(0.03);
    expect(stopDistance(config({ multiple: 1.5, fraction: 0.05 }), 2, 100)).toBe(0.03);
    expect(stopDistance(config({ multiple: 1.5, fraction: 0.02 }), 2, 100)).toBe(0.02);
    expect(stopDistance(config({ fraction: 0.02, buffer: 0.01 }), Number.NaN, 100)).toBe(0.01);
  });

  it('is none when no rule is on', () => {
    expect(stopDistance(config({}), Number.NaN, 100)).toBe(0);
  });

  it('is not a number while the ATR it needs is not warm, whatever else is on', () => {
    const all = config({ multiple: 1, fraction: 0.02, buffer: 0.01 });
    expect(stopDistance(all, Number.NaN, 100)).toBeNaN();
    expect(stopDistance(all, 2, Number.NaN)).toBeNaN();
  });

  it('is not the trailing buffer while that waits for a gain', () => {
    const waiting = { buffer: 0.01, activation: 0.02 };
    expect(stopDistance(config({ ...waiting, fraction: 0.05 }), Number.NaN, 100)).toBe(0.05);
    expect(stopDistance(config(waiting), Number.NaN, 100)).toBe(0);
  });

  it('stays above a price of zero', () => {
    expect(stopDistance(config({ multiple: 10 }), 50, 100)).toBe(0.99);
  });
});
