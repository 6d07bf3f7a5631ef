// The digest: any difference in order, count or a single bit shows; what means the same does not.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Digest } from '../../engine/digest.ts';

const SEED = 20_251_125;

function hexOf(...values: readonly (number | string)[]): string {
  const digest = new Digest();
  for (const value of values) {
    if (typeof value === 'string') digest.text(value);
    else digest.number(value);
  }
  return digest.hex();
}

/** `x` with bit `bit` (0 to 63) of its double turned over. */
function flipped(x: number, bit: number): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  view.setBigUint64(0, view.getBigUint64(0) ^ (1n << BigInt(bit)));
  return view.getFloat64(0);
}

describe('the digest', () => {
  it('is 16 hex digits, the same for the same numbers', () => {
    const property = fc.property(fc.array(fc.double()), (values) => {
      const hex = hexOf(...values);
      return /^[0-9a-f]{16}$/.test(hex) && hex === hexOf(...values);
    });
    fc.assert(property, { seed: SEED, numRuns: 200 });
  });

  it('tells 1, 2 from 2, 1 and any list from the same in another order', () => {
    expect(hexOf(1, 2)).not.toBe(hexOf(2, 1));
    const list = fc.uniqueArray(fc.double({ noNaN: true }), { minLength: 2, maxLength: 20 });
    const property = fc.property(list, fc.nat(), fc.nat(), (values, a, b) => {
      const i = a % values.length;
      const j = b % values.length;
      // -0 and 0 are the same number to a digest.
      fc.pre(i !== j && values[i] !== values[j]);
      const swapped = [...values];
      swapped[i] = values[j]!;
      swapped[j] = values[i]!;
      return hexOf(...values) !== hexOf(...swapped);
    });
    fc.assert(property, { seed: SEED, numRuns: 500 });
  });

  it('changes with any single bit of any number', () => {
    const list = fc.array(fc.double({ noNaN: true }), { minLength: 1, maxLength: 12 });
    const property = fc.property(list, fc.nat(), fc.nat(63), (values, a, bit) => {
      const i = a % values.length;
      const other = flipped(values[i]!, bit);
      fc.pre(!Number.isNaN(other) && other !== values[i]);
      return hexOf(...values) !== hexOf(...values.with(i, other));
    });
    fc.assert(property, { seed: SEED, numRuns: 2000 });
  });

  it('changes about half of its bits when one bit of the input changes', () => {
    let changed = 0;
    for (let k = 0; k < 200; k++) {
      const before = BigInt(`0x${hexOf(100 + k)}`);
      const after = BigInt(`0x${hexOf(flipped(100 + k, k % 52))}`);
      changed += [...(before ^ after).toString(2)].filter((bit) => bit === '1').length;
    }
    // 200 x 64 bits, each with probability a half: mean 32, standard deviation 0.28.
    expect(changed / 200).toBeGreaterThan(30.5);
    expect(changed / 200).toBeLessThan(33.5);
  });

  it('takes -0 for 0 and every NaN for the same NaN', () => {
    const other = flipped(Number.NaN, 3);
    expect(other).toBeNaN();
    expect(hexOf(-0)).toBe(hexOf(0));
    expect(hexOf(1, other)).toBe(hexOf(1, Number.NaN));
    expect(hexOf(Number.NaN)).not.toBe(hexOf(0));
    expect(hexOf(Number.POSITIVE_INFINITY)).not.toBe(hexOf(Number.NEGATIVE_INFINITY));
  });

  it('counts: nothing, one zero and two zeros differ', () => {
    expect(new Set([hexOf(), hexOf(0), hexOf(0, 0), hexOf(0, 0, 0)]).size).toBe(4);
  });

  it('of a column is that of its rows, and may be read in between', () => {
    const column = Float64Array.of(9, 1, 2, 3, 9);
    const digest = new Digest();
    digest.column(column, 1, 3);
    expect(digest.hex()).toBe(hexOf(1, 2));
    digest.column(column, 3, 4);
    expect(digest.hex()).toBe(hexOf(1, 2, 3));
  });

  it('as a whole number is its last 13 digits', () => {
    const digest = new Digest();
    for (let k = 0; k < 1000; k++) {
      digest.number(k / 3);
      expect(digest.last52()).toBe(Number.parseInt(digest.hex().slice(3), 16));
    }
  });

  it('of texts keeps them apart: "ab", "c" is not "a", "bc"', () => {
    expect(hexOf('ab', 'c')).not.toBe(hexOf('a', 'bc'));
    expect(hexOf('BTC')).not.toBe(hexOf('BTD'));
    expect(hexOf('')).not.toBe(hexOf());
  });

  it('has no two alike among 200,000 neighbours', () => {
    const digest = new Digest();
    const seen = new Set<string>();
    for (let k = 0; k < 200_000; k++) {
      digest.number(k % 7);
      seen.add(digest.hex());
    }
    expect(seen.size).toBe(200_000);
  });
});
