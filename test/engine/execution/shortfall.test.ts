// Implementation shortfall: Perold's identity, the vector, and parts that add up.

import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ShortfallParent } from '../../../engine/execution/shortfall.ts';
import { ShortfallSum, shortfallOf } from '../../../engine/execution/shortfall.ts';

const VECTORS = new URL('../../../../shared/vectors/execution.json', import.meta.url);
const here = existsSync(VECTORS);
const settings = { seed: 1988, numRuns: process.env['SAPPHIRE_LONG'] === '1' ? 10_000 : 500 };

describe.skipIf(!here)('the vectors (skipped where shared/vectors is absent)', () => {
  const vectors = here ? JSON.parse(readFileSync(VECTORS, 'utf8')).vectors : [];
  const named = (id: string) => vectors.find((one: { id: string }) => one.id === id);

  it('implementation_shortfall_buy: with the arrival price as the reference of every fill', () => {
    const { inputs, expected } = named('implementation_shortfall_buy');
    const { decision, arrival, target_qty: qty, end_price: endPrice, fees } = inputs;
    const fills = inputs.fills.map(([filled, price]: [number, number], k: number) => ({
      qty: filled,
      price,
      feeUsd: k === 0 ? fees : 0,
      spreadUsd: 0,
      // What the vector calls trading is what we are told was impact.
      impactUsd: filled * (price - arrival),
    }));
    const ours = shortfallOf({ side: 1, qty, decisionPrice: decision, fills, endPrice });
    expect(ours.delayUsd).toBeCloseTo(expected.delay, 9);
    expect(ours.spreadUsd + ours.impactUsd).toBeCloseTo(expected.trading, 9);
    expect(ours.missedUsd).toBeCloseTo(expected.opportunity, 9);
    expect(ours.feeUsd).toBe(expected.fees);
    expect(ours.totalUsd).toBeCloseTo(expected.total, 9);
    expect(ours.bpsOfPaper).toBeCloseTo(expected.bps_of_paper, 9);
  });

  it('vwap_price: a fill of everything at that price costs what its trades cost', () => {
    const { inputs, expected } = named('vwap_price');
    const free = { feeUsd: 0, spreadUsd: 0, impactUsd: 0 };
    const trades: [number, number][] = inputs.trades;
    const qty = trades.reduce((sum, [each]) => sum + each, 0);
    const parent = { side: 1, qty, decisionPrice: 99, endPrice: Number.NaN } as const;
    const fills = trades.map(([each, price]) => ({ qty: each, price, ...free }));
    const ours = shortfallOf({ ...parent, fills });
    expect(ours.totalUsd).toBeCloseTo(qty * (expected - 99), 9);
  });
});

describe('the shortfall of a parent', () => {
  it('of a sale that slid: 10 wanted at 50, 6 sold at 49, the rest missed at 48', () => {
    const fills = [{ qty: 6, price: 49, feeUsd: 1, spreadUsd: 0.6, impactUsd: 1.2 }];
    expect(shortfallOf({ side: -1, qty: 10, decisionPrice: 50, fills, endPrice: 48 })).toEqual({
      delayUsd: 6 * 1 - 0.6 - 1.2,
      spreadUsd: 0.6,
      impactUsd: 1.2,
      feeUsd: 1,
      missedUsd: 8,
      totalUsd: 15,
      bpsOfPaper: 300,
    });
  });

  it('is a gain where the price came towards it, and all missed where nothing filled', () => {
    const base = { side: 1, qty: 2, decisionPrice: 10, endPrice: 9 } as const;
    expect(shortfallOf({ ...base, fills: [] })).toMatchObject({ missedUsd: -2, totalUsd: -2 });
    const fills = [{ qty: 2, price: 9.5, feeUsd: 0, spreadUsd: 0, impactUsd: 0 }];
    expect(shortfallOf({ ...base, fills, endPrice: Number.NaN }).totalUsd).toBe(-1);
  });

  it('refuses fills and ends that are none', () => {
    const base: ShortfallParent = {
      side: 1,
      qty: 2,
      decisionPrice: 10,
      fills: [],
      endPrice: Number.NaN,
    };
    expect(() => shortfallOf(base)).toThrow('what was missed');
    const fills = [{ qty: 0, price: 9, feeUsd: 0, spreadUsd: 0, impactUsd: 0 }];
    expect(() => shortfallOf({ ...base, fills })).toThrow('a fill has');
  });
});

const price = fc.double({ min: 0.01, max: 1e5, noNaN: true });
const usd = fc.double({ min: -50, max: 500, noNaN: true });
const fill = fc.record({
  qty: fc.double({ min: 1e-3, max: 100, noNaN: true }),
  price,
  feeUsd: usd,
  spreadUsd: usd,
  impactUsd: usd,
});
const parents = fc.record({
  side: fc.constantFrom<1 | -1>(1, -1),
  decisionPrice: price,
  fills: fc.array(fill, { maxLength: 8 }),
  missedQty: fc.double({ min: 0, max: 100, noNaN: true }),
  endPrice: price,
});
type Drawn = typeof parents extends fc.Arbitrary<infer T> ? T : never;

function parentOf({ missedQty, ...rest }: Drawn): ShortfallParent {
  const filledQty = rest.fills.reduce((sum, each) => sum + each.qty, 0);
  return { ...rest, qty: filledQty + missedQty };
}

/** Perold's own words: the paper portfolio's gain less the real one's. */
function paperLessReal({ side, qty, decisionPrice, fills, endPrice }: ShortfallParent): number {
  let real = 0;
  for (const each of fills) real += side * each.qty * (endPrice - each.price) - each.feeUsd;
  return side * qty * (endPrice - decisionPrice) - real;
}

describe('whatever is filled', () => {
  it('the parts add up to the total to the last bit, and the total is paper less real', () => {
    fc.assert(
      fc.property(parents, (drawn) => {
        const parent = parentOf(drawn);
        const ours = shortfallOf(parent);
        const { delayUsd, spreadUsd, impactUsd, feeUsd, missedUsd } = ours;
        expect(delayUsd + spreadUsd + impactUsd + feeUsd + missedUsd).toBe(ours.totalUsd);
        const scale = Math.max(1, parent.qty * 1e5);
        expect(Math.abs(ours.totalUsd - paperLessReal(parent))).toBeLessThan(1e-9 * scale);
      }),
      settings,
    );
  });

  it('many parents in one sum, or in sums added up, are the sum of each', () => {
    fc.assert(
      fc.property(fc.array(parents, { minLength: 1, maxLength: 6 }), (drawn) => {
        const all = new ShortfallSum();
        const added = new ShortfallSum();
        let total = 0;
        let paper = 0;
        for (const parent of drawn.map(parentOf)) {
          const one = new ShortfallSum();
          for (const sum of [all, one]) {
            const { side, decisionPrice, fills, qty, endPrice } = parent;
            let filledQty = 0;
            for (const f of fills) {
              filledQty += f.qty;
              sum.addFill(side, decisionPrice, f.qty, f.price, f.feeUsd, f.spreadUsd, f.impactUsd);
            }
            sum.endParent(side, decisionPrice, qty, filledQty, endPrice);
          }
          added.add(one);
          total += shortfallOf(parent).totalUsd;
          paper += parent.qty * parent.decisionPrice;
        }
        const near = (a: number) => expect(Math.abs(a - total)).toBeLessThan(1e-9 * (paper + 1e9));
        near(all.shortfall().totalUsd);
        near(added.shortfall().totalUsd);
        expect(added.parents).toBe(drawn.length);
        expect(added.fills).toBe(all.fills);
        expect(added.paperUsd).toBeCloseTo(paper, 3);
      }),
      settings,
    );
  });

  it('a sum of nothing has no paper to compare with', () => {
    expect(new ShortfallSum().shortfall()).toMatchObject({ totalUsd: 0, bpsOfPaper: Number.NaN });
  });
});
