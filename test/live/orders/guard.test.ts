// The last look at an order before it leaves. Every control is tripped alone, and NaN never passes one.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Order } from '../../../engine/execution/order.ts';
import { outcomeOf } from '../../../engine/execution/router.ts';
import {
  boundOf,
  entryRefusal,
  GUARD_CODES,
  type GuardCode,
  reducible,
  type Situation,
} from '../../../live/orders/guard.ts';
import { type GuardConfig, limitsFor } from '../../../live/orders/limits.ts';
import { Recent } from '../../../live/orders/recent.ts';
import { Safety } from '../../../live/orders/safety.ts';
import { DEFAULT_LIMITS } from '../../../live/promotion/limits.ts';
import { instrumentOf } from '../../support/market.ts';

const instrument = instrumentOf('A', { lotSize: 0.01 });
const limits = limitsFor(1000, 2, DEFAULT_LIMITS.guard);
const order = { side: 1 as const, decisionPrice: 100 };

/** 1,000 USD of capital, nothing open, everything fresh. */
const FINE: Situation = {
  state: 'active',
  isBlocked: false,
  hasUnknown: false,
  mark: 100,
  markAgeMs: 1000,
  reference: 100,
  exposureUsd: 0,
  freeUsd: 1000,
  leverage: 2,
  skewMs: 20,
  entries: 0,
  repeats: 0,
  refusals: 0,
  twinAgeMs: Number.POSITIVE_INFINITY,
};

const asked = (changes: Partial<Situation>, qty = 5) =>
  entryRefusal(order, qty, instrument, limits, { ...FINE, ...changes });

describe('an entry', () => {
  it('may leave when nothing speaks against it', () => {
    expect(asked({})).toBeNull();
    expect(asked({ reference: null })).toBeNull();
  });

  it('goes to another venue where only this one is unwell, and is never taken for one that was sent', () => {
    const meanings = Map.groupBy(Object.keys(GUARD_CODES), outcomeOf);
    expect(meanings.get('unknown')).toBeUndefined();
    expect(meanings.get('not-taken')).toEqual(['guard-reducing', 'guard-stale', 'guard-skew']);
  });

  it.each<[GuardCode, Partial<Situation>, number]>([
    ['guard-halted', { state: 'halted' }, 5],
    ['guard-reducing', { state: 'reducing' }, 5],
    ['guard-blocked', { isBlocked: true }, 5],
    ['guard-unknown', { hasUnknown: true }, 5],
    ['guard-skew', { skewMs: 2001 }, 5],
    ['guard-skew', { skewMs: -2001 }, 5],
    ['guard-stale', { markAgeMs: 15_001 }, 5],
    ['guard-price', { mark: 97 }, 5],
    ['guard-price', { mark: 103 }, 5],
    ['guard-price', { reference: 97 }, 5],
    ['guard-price', { reference: 103 }, 5],
    ['guard-size', {}, 0],
    ['guard-size', {}, 20.01],
    ['guard-exposure', { exposureUsd: 1501 }, 5],
    ['guard-margin', { freeUsd: 249 }, 5],
    ['guard-rate', { entries: 30 }, 5],
    ['guard-repeat', { repeats: 5 }, 5],
    ['guard-refused', { refusals: 5 }, 5],
    ['guard-duplicate', { twinAgeMs: 999 }, 5],
  ])('is kept by %s: %o', (code, changes, qty) => {
    expect(asked(changes, qty)).toBe(code);
  });

  it.each<[string, Partial<Situation>, number]>([
    ['skew', { skewMs: 2000 }, 5],
    ['age of a mark', { markAgeMs: 15_000 }, 5],
    ['collar below', { mark: 100 / 1.02 + 1e-9 }, 5],
    ["collar to another venue's mark", { reference: 98.04 }, 5],
    ['size', {}, 20],
    ['exposure', { exposureUsd: 1500 }, 5],
    ['margin', { freeUsd: 250 }, 5],
    ['rate', { entries: 29 }, 5],
    ['repeats', { repeats: 4 }, 5],
    ['refusals', { refusals: 4 }, 5],
    ['a twin', { twinAgeMs: 1000 }, 5],
  ])('passes at the very limit of %s', (_, changes, qty) => {
    expect(asked(changes, qty)).toBeNull();
  });

  it('is held against what was promoted, limit by limit', () => {
    const held = (guard: Partial<GuardConfig>, changes: Partial<Situation> = {}) => {
      const own = limitsFor(1000, 2, { ...DEFAULT_LIMITS.guard, ...guard });
      return entryRefusal(order, 5, instrument, own, { ...FINE, ...changes });
    };
    // 5 at 100 are 500 USD of the 2,000 that may be open.
    expect(held({ orderShare: 0.25 })).toBeNull();
    expect(held({ orderShare: 0.24 })).toBe('guard-size');
    expect(held({ exposureShare: 0.25 })).toBeNull();
    expect(held({ exposureShare: 0.24 })).toBe('guard-exposure');
    expect(held({ collar: 0.005 }, { mark: 99 })).toBe('guard-price');
    expect(held({ collar: 0.2 }, { mark: 90, reference: 90 })).toBeNull();
    expect(held({ markLifeMs: 1000 }, { markAgeMs: 1001 })).toBe('guard-stale');
    expect(held({ maxSkewMs: 100 }, { skewMs: 101 })).toBe('guard-skew');
    expect(held({ entriesAMinute: 1 }, { entries: 1 })).toBe('guard-rate');
    expect(held({ repeatsAMinute: 1 }, { repeats: 1 })).toBe('guard-repeat');
    expect(held({ refusalsAMinute: 1 }, { refusals: 1 })).toBe('guard-refused');
    expect(held({ duplicateMs: 60_000 }, { twinAgeMs: 59_999 })).toBe('guard-duplicate');
  });

  it('never passes on a number that is none', () => {
    const numbers = Object.keys(FINE).filter(
      (key) => typeof FINE[key as keyof Situation] === 'number',
    );
    for (const key of numbers) expect(asked({ [key]: Number.NaN }), key).not.toBeNull();
    expect(asked({}, Number.NaN)).toBe('guard-size');
    const lost = { side: 1 as const, decisionPrice: Number.NaN };
    expect(entryRefusal(lost, 5, instrument, limits, FINE)).toBe('guard-price');
  });
});

describe('what was sent of late', () => {
  const entry = (changes: Partial<Order> = {}) =>
    ({
      leg: 0,
      side: 1,
      type: 'limit',
      qty: 5,
      equityFraction: Number.NaN,
      triggerPrice: Number.NaN,
      terms: { limitPrice: 99 },
      ...changes,
    }) as Order;

  it('is counted for a minute, by leg and side', () => {
    const recent = new Recent();
    recent.entered(entry(), 0);
    recent.entered(entry({ side: -1 }), 10_000);
    recent.entered(entry({ leg: 1 }), 20_000);
    recent.refused(entry({ side: -1 }), 30_000);
    expect(recent.counts(entry(), 59_999)).toMatchObject({ entries: 3, repeats: 1, refusals: 1 });
    expect(recent.counts(entry(), 60_000)).toMatchObject({ entries: 2, repeats: 0, refusals: 1 });
    expect(recent.counts(entry({ leg: 1 }), 90_000)).toMatchObject({ entries: 0, refusals: 0 });
  });

  it('is a twin only when all of it is the same', () => {
    const recent = new Recent();
    recent.entered(entry(), 5000);
    expect(recent.counts(entry(), 5400).twinAgeMs).toBe(400);
    const others: Partial<Order>[] = [
      { leg: 1 },
      { side: -1 },
      { type: 'market' },
      { qty: 5.01 },
      { terms: { limitPrice: 98 } as Order['terms'] },
    ];
    for (const changes of others) {
      expect(recent.counts(entry(changes), 5400).twinAgeMs).toBe(Number.POSITIVE_INFINITY);
    }
  });
});

describe('a reduction', () => {
  it('is never more than closes the position, and never the other way', () => {
    const lots = fc.integer({ min: -1000, max: 1000 });
    fc.assert(
      fc.property(
        fc.constantFrom<1 | -1>(1, -1),
        fc.integer({ min: 0, max: 2000 }),
        lots,
        (side, n, h) => {
          const held = h / 100;
          const qty = reducible(side, n / 100, held, instrument);
          expect(qty).toBeGreaterThanOrEqual(0);
          const after = held + side * qty;
          // Towards zero, and not through it.
          expect(Math.abs(after)).toBeLessThanOrEqual(Math.abs(held) + 1e-9);
          expect(after * held).toBeGreaterThanOrEqual(-1e-9);
        },
      ),
    );
  });

  it('of the whole position is all of it', () => {
    expect(reducible(-1, 0.57, 0.57, instrument)).toBe(0.57);
    expect(reducible(1, 99, -0.29, instrument)).toBe(0.29);
  });
});

describe('a bound', () => {
  it('lies on the worse side of the mark', () => {
    expect(boundOf(1, 100, limits)).toBe(102);
    expect(boundOf(-1, 100, limits)).toBe(98);
  });
});

describe('safety', () => {
  const stored = () => {
    const kept: { text: string | null } = { text: null };
    const store = {
      read: () => kept.text,
      write: (text: string) => {
        kept.text = text;
      },
    };
    return { kept, store };
  };

  it('that was halted is halted after a restart, for its first reason, until a person re-arms it', () => {
    const { store } = stored();
    const first = new Safety(store);
    first.halt('max-drawdown', 5, 'lost');
    first.halt('operator', 9);
    const second = new Safety(store);
    expect(second.state).toBe('halted');
    expect(second.haltedFor).toEqual({ code: 'max-drawdown', atMs: 5, text: 'lost' });
    second.rearm();
    expect(new Safety(store).state).toBe('active');
  });

  it('is halted even when that cannot be written down', () => {
    const full = {
      read: () => null,
      write: () => {
        throw new Error('no space left');
      },
    };
    const safety = new Safety(full);
    expect(() => safety.halt('operator', 1)).toThrow('no space');
    expect(safety.state).toBe('halted');
  });

  it('of a file that cannot be read is bad input, and trades nothing', () => {
    const half = '{"halted":null,"peak":{"session":"s"}}';
    for (const text of ['', 'null', '{}', '{"halted":1}', 'garbage', half]) {
      const store = { read: () => text, write: () => {} };
      expect(() => new Safety(store), text).toThrow('look at the venue');
    }
  });

  it('reduces as long as one cause is there', () => {
    const { store } = stored();
    const seen: string[] = [];
    const safety = new Safety(store, (state, code) => seen.push(`${state} ${code}`));
    safety.reduce('stream-down');
    safety.reduce('paused');
    safety.settle('stream-down');
    expect(safety.state).toBe('reducing');
    safety.settle('paused');
    expect(safety.state).toBe('active');
    expect(seen).toEqual([
      'reducing stream-down',
      'reducing paused',
      'reducing stream-down-over',
      'active paused-over',
    ]);
  });
});
