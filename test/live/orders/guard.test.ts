// The last look at an order before it leaves. Every control is tripped alone, and NaN never passes one.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { outcomeOf } from '../../../engine/execution/router.ts';
import {
  boundOf,
  entryRefusal,
  GUARD_CODES,
  type GuardCode,
  limitsFor,
  reducible,
  type Situation,
} from '../../../live/orders/guard.ts';
import { Safety } from '../../../live/orders/safety.ts';
import { instrumentOf } from '../../support/market.ts';

const instrument = instrumentOf('A', { lotSize: 0.01 });
const limits = limitsFor(1000, 2);
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
  ])('is kept by %s: %o', (code, changes, qty) => {
    expect(asked(changes, qty)).toBe(code);
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
    for (const text of ['', 'null', '{}', '{"halted":1}', 'garbage']) {
      const store = { read: () => text, write: () => {} };
      expect(() => new Safety(store), text).toThrow('re-arm by hand');
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
