// Lots and ticks: rounded once, towards less risk, onto numbers that print as they should.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lotsIn, qtyOfLots, roundPrice, roundQty } from '../../../engine/market/instrument.ts';
import { instrumentOf } from '../../support/market.ts';

const SEED = 20_251_123;

/** Steps as venues have them, and awkward ones; the text is what a venue would write. */
const STEPS = ['0.00001', '0.001', '0.01', '0.1', '0.5', '0.0025', '1', '5', '10', '1000', '0.3'];
const lotOf = (step: string) => instrumentOf('X', { lotSize: Number(step) });
const step = fc.constantFrom(...STEPS);
const count = fc.integer({ min: 0, max: 2_000_000 });

/** `lots` steps as a decimal: what the venue's own arithmetic says, rounded to a double once. */
function exact(lots: number, size: string): number {
  const decimals = size.split('.')[1]?.length ?? 0;
  const units = BigInt(lots) * BigInt(size.replace('.', ''));
  const digits = units.toString().padStart(decimals + 1, '0');
  const cut = digits.length - decimals;
  return Number(`${digits.slice(0, cut)}.${digits.slice(cut) || '0'}`);
}

describe('a quantity', () => {
  it('of 3 lots of 0.001 is exactly 0.003, and of 9 exactly 0.009, as 9 * 0.001 is not', () => {
    expect(qtyOfLots(lotOf('0.001'), 3)).toBe(0.003);
    expect(9 * 0.001).not.toBe(0.009);
    expect(qtyOfLots(lotOf('0.001'), 9)).toBe(0.009);
    expect(qtyOfLots(lotOf('0.1'), 3)).toBe(0.3);
  });

  it('of whole lots is the double nearest to its decimal where a unit is whole lots', () => {
    const property = fc.property(step, count, (size, lots) => {
      fc.pre(size !== '0.3');
      return qtyOfLots(lotOf(size), lots) === exact(lots, size);
    });
    fc.assert(property, { seed: SEED, numRuns: 500 });
  });

  it('of whole lots has that many lots in it, with either sign', () => {
    const property = fc.property(step, count, (size, lots) => {
      const instrument = lotOf(size);
      const qty = qtyOfLots(instrument, lots);
      return lotsIn(instrument, qty) === lots && lotsIn(instrument, -qty) === lots;
    });
    fc.assert(property, { seed: SEED, numRuns: 500 });
  });

  it('is never rounded up in size by more than the last bits, nor down by a lot', () => {
    const qty = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    const property = fc.property(step, qty, (size, q) => {
      const rounded = Math.abs(roundQty(lotOf(size), q));
      const lot = Number(size);
      // What may be forgiven: 1e-9 of a lot, and the twelfth digit of the quantity.
      return (
        rounded <= Math.abs(q) * (1 + 1.1e-12) + 1.1e-9 * lot &&
        rounded > Math.abs(q) * (1 - 1e-12) - lot
      );
    });
    fc.assert(property, { seed: SEED, numRuns: 1000 });
  });

  it('just below a lot is rounded down, not up', () => {
    expect(roundQty(lotOf('0.001'), 0.0029999)).toBe(0.002);
    expect(roundQty(lotOf('0.001'), 0.00299999999)).toBe(0.002);
    expect(roundQty(lotOf('10'), 19.999)).toBe(10);
    expect(roundQty(lotOf('1'), 0.999_999)).toBe(0);
  });

  it('keeps its sign, is 0 and never -0 below a lot, and does not change when rounded again', () => {
    const qty = fc.double({ min: -100, max: 100, noNaN: true });
    const property = fc.property(step, qty, (size, q) => {
      const instrument = lotOf(size);
      const rounded = roundQty(instrument, q);
      if (rounded === 0) return Object.is(rounded, 0) && Math.abs(q) < Number(size);
      return Math.sign(rounded) === Math.sign(q) && roundQty(instrument, rounded) === rounded;
    });
    fc.assert(property, { seed: SEED, numRuns: 1000 });
  });

  it('filled in parts and closed whole ends at exactly zero', () => {
    const parts = fc.array(fc.integer({ min: 1, max: 50_000 }), { minLength: 1, maxLength: 20 });
    const property = fc.property(step, parts, (size, fills) => {
      const instrument = lotOf(size);
      let qty = 0;
      let total = 0;
      for (const lots of fills) {
        total += lots;
        qty = roundQty(instrument, qty + qtyOfLots(instrument, lots));
      }
      return qty === qtyOfLots(instrument, total) && qty - roundQty(instrument, qty) === 0;
    });
    fc.assert(property, { seed: SEED, numRuns: 500 });
  });

  it('of a lot that is no whole part of a unit is a multiple of that lot', () => {
    // 1 / 0.00000003 is 33,333,333.33: near a whole number in relation, but not one.
    const instrument = lotOf('0.00000003');
    expect(qtyOfLots(instrument, 1_000_000)).toBeCloseTo(0.03, 15);
    expect(lotsIn(instrument, qtyOfLots(instrument, 1_000_000_000))).toBe(1_000_000_000);
  });
});

describe('a price', () => {
  const ticked = (tick: string) => instrumentOf('X', { tickSize: Number(tick) });

  it('is rounded to the nearest tick and prints like one', () => {
    expect(roundPrice(ticked('0.1'), 0.30000000000000004)).toBe(0.3);
    expect(roundPrice(ticked('0.01'), 1.005)).toBe(1);
    expect(roundPrice(ticked('0.5'), 100.26)).toBe(100.5);
    expect(roundPrice(ticked('5'), 103)).toBe(105);
    expect(roundPrice(ticked('0.0000001'), 2.44e-7)).toBe(2e-7);
  });

  it('moves by at most half a tick and stays where it is when rounded again', () => {
    const price = fc.double({ min: 1e-3, max: 1e6, noNaN: true });
    const property = fc.property(step, price, (tick, p) => {
      const instrument = ticked(tick);
      const rounded = roundPrice(instrument, p);
      const half = Number(tick) / 2;
      return (
        Math.abs(rounded - p) <= half * (1 + 1e-9) + 1e-12 * p &&
        roundPrice(instrument, rounded) === rounded
      );
    });
    fc.assert(property, { seed: SEED, numRuns: 1000 });
  });
});
