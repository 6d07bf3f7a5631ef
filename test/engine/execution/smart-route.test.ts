// Splitting a parent over venues. Impact in these tests: k = 1/300, so 1.5 k is 50 bps, and the
// marginal cost at a venue is fee + 50 bps x sqrt(x / depth): good for sums by hand.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../../engine/errors.ts';
import type { RouteVenue } from '../../../engine/execution/smart-route.ts';
import { smartRoute } from '../../../engine/execution/smart-route.ts';

const K = 1 / 300;

function venue(depthUsd: number, feeBps: number, lotSize = 0.001, minNotionalUsd = 0): RouteVenue {
  const instrument = {
    venue: 'v',
    symbol: 'BTC',
    tickSize: 0.1,
    lotSize,
    minNotionalUsd,
    makerFeeBps: 0,
    takerFeeBps: feeBps,
    maxLeverage: 10,
    source: 'assumed' as const,
    validFromMs: 0,
  };
  return { instrument, depthUsd, feeBps };
}

/** A: 500k at 10 bps, B: 200k at 5 bps, C: 1M at 15 bps. */
const ABC = [venue(500_000, 10), venue(200_000, 5), venue(1_000_000, 15)];

/** What a split of dollars costs, straight from the formula. */
function costOf(venues: readonly RouteVenue[], usd: readonly number[], k: number): number {
  return usd.reduce((sum, x, i) => {
    const { feeBps, depthUsd } = venues[i]!;
    return x === 0 ? sum : sum + x * (feeBps / 10_000) + k * x * Math.sqrt(x / depthUsd);
  }, 0);
}

describe('the example of three venues', () => {
  it('splits 117,000 USD into 45,000, 32,000 and 40,000, where the next dollar costs 25 bps', () => {
    // 10 + 50 sqrt(45/500) = 10 + 15; 5 + 50 sqrt(32/200) = 5 + 20; 15 + 50 sqrt(40/1000) = 15 + 10.
    const split = smartRoute(117_000, 1, ABC, K);
    expect(split.shares.map(({ venue: index }) => index)).toEqual([0, 1, 2]);
    [45_000, 32_000, 40_000].forEach((usd, k) => {
      expect(split.shares[k]!.qty).toBeCloseTo(usd, 2);
      expect(split.shares[k]!.marginalBps).toBeCloseTo(25, 6);
    });
    // 45k x 20 bps + 32k x 18.333 bps + 40k x 21.667 bps = 90 + 58.667 + 86.667.
    expect(split.costUsd).toBeCloseTo(235.333333, 5);
    expect(split.costBps).toBeCloseTo((235.33333333 / 117_000) * 10_000, 6);
    expect(split.missedQty).toBe(0);
  });

  it('costs less than each venue alone: 20.1 bps against 26.1, 30.5 and 26.4', () => {
    const { singleBps } = smartRoute(117_000, 1, ABC, K);
    expect(singleBps[0]).toBeCloseTo(10 + (100 / 3) * Math.sqrt(0.234), 6);
    expect(singleBps[1]).toBeCloseTo(5 + (100 / 3) * Math.sqrt(0.585), 6);
    expect(singleBps[2]).toBeCloseTo(15 + (100 / 3) * Math.sqrt(0.117), 6);
  });

  it('splits the 100,000 USD of the old system by the root of 17 l^2 - 420 l + 300 = 0 (bps)', () => {
    // 500 (l-10)^2 + 200 (l-5)^2 + 1000 (l-15)^2 = 100 x 50^2 gives l = 23.969658 by hand.
    const level = (42_000 + Math.sqrt(42_000 ** 2 - 4 * 1_700 * 30_000)) / 3_400;
    expect(level).toBeCloseTo(23.969658, 5);
    const split = smartRoute(100, 1_000, ABC, K);
    for (const share of split.shares)
      expect(Math.abs(share.marginalBps - level)).toBeLessThan(2e-3);
    const usd = split.shares.map(({ notionalUsd }) => notionalUsd);
    expect(Math.abs(usd[0]! - 500_000 * ((level - 10) / 50) ** 2)).toBeLessThanOrEqual(2);
    expect(usd.reduce((sum, each) => sum + each, 0)).toBeCloseTo(100_000, 6);
    for (const single of split.singleBps) expect(split.costBps).toBeLessThan(single);
  });

  it('gives a small order to the cheapest fee alone: 320 USD cost 5 + 2 bps at the margin', () => {
    const split = smartRoute(320, 1, ABC, K);
    expect(split.shares).toHaveLength(1);
    expect(split.shares[0]).toMatchObject({ venue: 1, lots: 320_000, qty: 320 });
    expect(split.shares[0]!.marginalBps).toBeCloseTo(7, 9);
  });
});

describe('a venue', () => {
  it('alone takes everything, down to its lot; the rest is missed', () => {
    const split = smartRoute(1.2345, 100, [venue(1_000, 5, 0.01)], K);
    expect(split.shares[0]).toMatchObject({ venue: 0, lots: 123, qty: 1.23 });
    expect(split.missedQty).toBeCloseTo(0.0045, 12);
    expect(split.costBps).toBeCloseTo(split.singleBps[0]!, 12);
  });

  it('without depth gets nothing and has no price of its own', () => {
    const split = smartRoute(10, 100, [venue(0, -50), venue(1_000, 5)], K);
    expect(split.shares.map(({ venue: index }) => index)).toEqual([1]);
    expect(split.singleBps[0]).toBeNaN();
    expect(split.missedQty).toBe(0);
  });

  it('of four times the depth at the same fee gets four times the share', () => {
    const split = smartRoute(10, 100, [venue(4_000, 5), venue(1_000, 5)], K);
    expect(split.shares.map(({ qty }) => qty)).toEqual([8, 2]);
  });

  it('whose share is below its smallest order gets none, and the others take it', () => {
    // Shares 800 and 200 USD; the second takes none below 250.
    const split = smartRoute(10, 100, [venue(4_000, 5), venue(1_000, 5, 0.001, 250)], K);
    expect(split.shares).toMatchObject([{ venue: 0, qty: 10 }]);
    expect(
      smartRoute(10, 100, [venue(4_000, 5), venue(1_000, 5, 0.001, 200)], K).shares,
    ).toHaveLength(2);
  });

  it('is kept when dropping the smaller share first would be dearer', () => {
    // Marginal costs meet at 45 and 55 USD; with 60 as smallest order only one can have the 100.
    // Alone: the first 100 x 50/1.5 x sqrt(0.1) = 10.54 bps; the second 16.77 bps and more.
    const fee = 50 * Math.sqrt(0.045) - 50 * Math.sqrt(55 / 1e9);
    const two = [venue(1_000, 0, 0.001, 0), venue(1e9, fee, 0.001, 0)];
    const free = smartRoute(100, 1, two, K);
    expect(free.shares.map(({ qty }) => qty)).toEqual([45, 55]);
    const least = [venue(1_000, 0, 0.001, 60), venue(1e9, fee, 0.001, 60)];
    expect(smartRoute(100, 1, least, K).shares).toMatchObject([{ venue: 0, qty: 100 }]);
  });

  it('comes before a later one that is alike when only one can have it all', () => {
    const alike = [venue(1_000, 5, 0.001, 60), venue(1_000, 5, 0.001, 60)];
    expect(smartRoute(1, 100, alike, K).shares).toMatchObject([{ venue: 0, qty: 1 }]);
  });

  it('list of which none can take it leaves the whole parent missed', () => {
    const split = smartRoute(0.5, 100, [venue(0, 5), venue(1_000, 5, 1), venue(9, 5, 0.1, 51)], K);
    expect(split).toMatchObject({ shares: [], routedQty: 0, missedQty: 0.5, costUsd: 0 });
    expect(split.costBps).toBeNaN();
    expect(split.singleBps.every(Number.isNaN)).toBe(true);
  });
});

describe('lots', () => {
  it('left by rounding down go where the next one costs least', () => {
    // 7 lots over two like venues: 3.5 each; both round down to 3, the earlier takes the last.
    const split = smartRoute(7, 100, [venue(1_000, 5, 1), venue(1_000, 5, 1)], K);
    expect(split.shares.map(({ lots }) => lots)).toEqual([4, 3]);
  });

  it('of one venue that are coarse leave the rest to the finer one', () => {
    const split = smartRoute(11, 100, [venue(1_000, 5, 2), venue(1_000, 5, 0.1)], K);
    // 5.5 each: two coarse lots are 4, and 5.5 + 1.5 is what the finer venue takes.
    expect(split.shares.map(({ qty }) => qty)).toEqual([4, 7]);
    expect(split.missedQty).toBe(0);
  });

  it('are not missed to save costs: a dear venue with fine lots takes what a cheap one cannot', () => {
    const split = smartRoute(1.5, 100, [venue(1e6, 0, 1), venue(1e6, 30, 0.1)], K);
    expect(split.shares.map(({ qty }) => qty)).toEqual([1, 0.5]);
  });

  it('go to the cheapest fee when there is no impact, to the earlier of two alike', () => {
    const split = smartRoute(9, 100, [venue(10, 6), venue(10, 5), venue(1_000, 5)], 0);
    expect(split.shares).toMatchObject([{ venue: 1, qty: 9 }]);
    expect(split.costBps).toBeCloseTo(5, 12);
  });
});

describe('bad input', () => {
  it('is refused with all that is wrong with it', () => {
    const bad = venue(-1, Number.NaN, 0, -5);
    const refused = () => smartRoute(0, Infinity, [bad], -1);
    expect(refused).toThrow(InputError);
    const keys = /qty: .*\nprice: .*\nimpact.*\n.*depthUsd: .*\n.*feeBps: .*\n.*lotSize: .*\n.*min/;
    expect(refused).toThrow(keys);
    expect(() => smartRoute(1, 1, [], K)).toThrow('venues: must be 1 to 8 venues, was 0');
    expect(() => smartRoute(1e9, 1, [venue(1, 1, 1e-4)], K)).toThrow('at most 1e12 lots');
  });
});

const anyVenue = fc
  .record({
    depthUsd: fc.oneof(
      { weight: 9, arbitrary: fc.double({ min: 1e3, max: 1e7, noNaN: true }) },
      { weight: 1, arbitrary: fc.constant(0) },
    ),
    feeBps: fc.double({ min: -5, max: 30, noNaN: true }),
    lotExponent: fc.integer({ min: 0, max: 5 }),
    minNotionalUsd: fc.constantFrom(0, 0, 5, 100, 5_000),
  })
  .map((one) => venue(one.depthUsd, one.feeBps, 10 ** -one.lotExponent, one.minNotionalUsd));

const parent = fc.record({
  qty: fc.double({ min: 0.01, max: 2_000, noNaN: true }),
  price: fc.double({ min: 1, max: 1_000, noNaN: true }),
  k: fc.double({ min: 1e-4, max: 0.05, noNaN: true }),
  venues: fc.array(anyVenue, { minLength: 1, maxLength: 5 }),
});

describe('of any parent and any venues', () => {
  it('the shares are whole lots above the smallest order and add up to the parent', () => {
    const property = fc.property(parent, ({ qty, price, k, venues }) => {
      const split = smartRoute(qty, price, venues, k);
      let sum = 0;
      for (const share of split.shares) {
        const { instrument, depthUsd } = venues[share.venue]!;
        expect(depthUsd).toBeGreaterThan(0);
        expect(Number.isSafeInteger(share.lots) && share.lots > 0).toBe(true);
        expect(share.qty).toBe(share.lots / Math.round(1 / instrument.lotSize));
        expect(share.notionalUsd).toBeGreaterThanOrEqual(instrument.minNotionalUsd);
        sum += share.qty;
      }
      expect(split.routedQty).toBe(sum);
      expect(sum).toBeLessThanOrEqual(qty * (1 + 1e-12) + 1e-12);
      expect(Math.abs(sum + split.missedQty - qty)).toBeLessThanOrEqual(1e-9 + qty * 1e-12);
      // What is missed would not make a lot anywhere where something was sent.
      for (const share of split.shares) {
        const { lotSize } = venues[share.venue]!.instrument;
        expect(split.missedQty).toBeLessThan(lotSize);
      }
    });
    fc.assert(property, { seed: 20265, numRuns: 500 });
  });

  it('whole lots of a common size add up to the parent exactly', () => {
    const lots = fc.record({
      count: fc.integer({ min: 1, max: 1_000_000 }),
      depths: fc.array(fc.integer({ min: 1_000, max: 10_000_000 }), { minLength: 1, maxLength: 6 }),
      fee: fc.integer({ min: 0, max: 10 }),
    });
    const property = fc.property(lots, ({ count, depths, fee }) => {
      const venues = depths.map((depth, i) => venue(depth, (fee * i) % 7, 0.001));
      const split = smartRoute(count / 1000, 50, venues, K);
      expect(split.shares.reduce((sum, share) => sum + share.lots, 0)).toBe(count);
      expect(split.missedQty).toBe(0);
    });
    fc.assert(property, { seed: 20266, numRuns: 500 });
  });

  it('the split is not dearer than any venue that could take it alone', () => {
    const property = fc.property(parent, ({ qty, price, k, venues }) => {
      const split = smartRoute(qty, price, venues, k);
      split.singleBps.forEach((singleBps, i) => {
        const { lotSize } = venues[i]!.instrument;
        const isWhole = Math.abs(qty / lotSize - Math.round(qty / lotSize)) < 1e-9;
        if (Number.isNaN(singleBps) || !isWhole) return;
        expect(split.costUsd).toBeLessThanOrEqual((singleBps / 10_000) * qty * price + 1e-9 * qty);
      });
    });
    const whole = parent.map((one) => ({ ...one, qty: Math.ceil(one.qty) }));
    fc.assert(property, { seed: 20267, numRuns: 300 });
    const again = fc.property(whole, ({ qty, price, k, venues }) => {
      const { costBps, missedQty, singleBps } = smartRoute(qty, price, venues, k);
      // A whole number is whole in every lot of these venues.
      for (const each of singleBps) {
        if (Number.isNaN(each)) continue;
        expect(missedQty).toBe(0);
        expect(costBps).toBeLessThanOrEqual(each + 1e-9);
      }
    });
    fc.assert(again, { seed: 20268, numRuns: 300 });
  });

  // Lots of a millionth, no smallest orders: the continuous problem.
  const fine = fc.record({
    usd: fc.double({ min: 1_000, max: 1e6, noNaN: true }),
    k: fc.double({ min: 1e-3, max: 0.05, noNaN: true }),
    specs: fc.array(
      fc.tuple(
        fc.double({ min: 1e3, max: 1e7, noNaN: true }),
        fc.double({ min: 0, max: 30, noNaN: true }),
      ),
      { minLength: 2, maxLength: 5 },
    ),
    draws: fc.array(fc.double({ min: 1e-6, max: 1, noNaN: true }), {
      minLength: 1000,
      maxLength: 1000,
    }),
  });

  it('no one of 200 random splits is cheaper', () => {
    const property = fc.property(fine, ({ usd, k, specs, draws }) => {
      const venues = specs.map(([depth, fee]) => venue(depth, fee, 1e-6));
      const split = smartRoute(usd, 1, venues, k);
      for (let n = 0; n < 200; n++) {
        const weights = venues.map((_, i) => -Math.log(draws[(n * 5 + i) % 1000]!));
        const sum = weights.reduce((a, b) => a + b, 0);
        const random = weights.map((weight) => (usd * weight) / sum);
        const most = costOf(venues, random, k);
        expect(split.costUsd).toBeLessThanOrEqual(most * (1 + 1e-9) + 1e-6);
      }
      // Nor is one that moves a hundredth of the parent from one venue to another.
      const own = venues.map((_, i) => split.shares.find((s) => s.venue === i)?.notionalUsd ?? 0);
      for (const from of own.keys()) {
        for (const to of own.keys()) {
          const part = Math.min(own[from]!, usd / 100);
          if (from === to || part === 0) continue;
          const moved = own.map((x, i) => x + (i === to ? part : i === from ? -part : 0));
          const cost = costOf(venues, moved, k);
          expect(split.costUsd).toBeLessThanOrEqual(cost * (1 + 1e-9) + 1e-6);
        }
      }
    });
    fc.assert(property, { seed: 20269, numRuns: 60 });
  });

  it('the next dollar costs the same wherever something was sent, and no less elsewhere', () => {
    const property = fc.property(fine, ({ usd, k, specs }) => {
      const venues = specs.map(([depth, fee]) => venue(depth, fee, 1e-6));
      const { shares } = smartRoute(usd, 1, venues, k);
      // The slope of a share of a few lots is steep: only larger ones can be compared.
      const levels = shares.filter(({ lots }) => lots > 1e6).map((share) => share.marginalBps);
      const [low, high] = [Math.min(...levels), Math.max(...levels)];
      expect(high - low).toBeLessThan(1e-3);
      venues.forEach(({ feeBps }, i) => {
        if (shares.every((share) => share.venue !== i)) {
          expect(feeBps).toBeGreaterThanOrEqual(low - 1e-2);
        }
      });
    });
    fc.assert(property, { seed: 20270, numRuns: 200 });
  });
});
