// Maintenance tiers and liquidation prices, against numbers that venues and other projects print.

import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError, InvariantError } from '../../engine/errors.ts';
import {
  crossMarginUsd,
  initialMarginUsd,
  liquidationPrice,
  type MarginTiers,
  maintenanceUsd,
  tierLiquidationPrice,
  tiersOf,
  tiersOfLeverage,
} from '../../engine/portfolio/margin.ts';

const SHARED = new URL('../../../shared/', import.meta.url);
const VECTORS = new URL('vectors/perps.json', SHARED);
const CASES = new URL('cases/freqtrade_margin_funding_stop.json', SHARED);
const SEED = 20_261_121;

/** Binance's table of BTCUSDT in 2024, as the vectors print it. */
const FLOORS = [0, 50e3, 600e3, 3e6, 12e6, 70e6, 100e6, 230e6, 480e6, 600e6, 800e6, 1.2e9];
const RATES = [0.004, 0.005, 0.0065, 0.01, 0.02, 0.025, 0.05, 0.1, 0.125, 0.15, 0.25, 0.5];
const BTC = tiersOf(FLOORS, RATES);

interface Holding {
  readonly q: number;
  readonly EP: number;
  readonly MMR: number;
  readonly cum: number;
}

interface BinanceInputs extends Holding {
  readonly WB: number;
  readonly side: number;
  readonly other?: Holding & { readonly mark: number };
}

interface Vector {
  readonly id: string;
  readonly inputs: unknown;
  readonly expected: number;
  readonly tol: number;
}

const vectors: Vector[] = existsSync(VECTORS)
  ? JSON.parse(readFileSync(VECTORS, 'utf8')).vectors
  : [];
const vector = (id: string) => vectors.find((one) => one.id === id)!;

describe.skipIf(vectors.length === 0)('vectors of perpetuals (skipped without ../shared)', () => {
  it.each([
    'binance_isolated_eth_long',
    'binance_isolated_btc_long',
    'binance_cross_eth_long',
    'binance_cross_btc_long',
    'binance_short_roundtrip',
  ])('%s: the liquidation price is the published one', (id) => {
    const { inputs, expected, tol } = vector(id);
    const { WB, cum, q, EP, MMR, side, other } = inputs as BinanceInputs;
    const marginUsd = other
      ? crossMarginUsd(
          WB,
          other.q * (other.mark - other.EP),
          other.q * other.mark * other.MMR - other.cum,
        )
      : WB;
    const price = tierLiquidationPrice(side * q, EP, marginUsd, MMR, cum);
    expect(Math.abs(price - expected)).toBeLessThanOrEqual(tol);
  });

  it('binance_maint_amount_level5: what a tier takes off follows from the tier before it', () => {
    const { inputs, expected } = vector('binance_maint_amount_level5');
    const { floor, mmr_n, mmr_prev, cum_prev } = inputs as Record<string, number>;
    // The tiers before are any that give cum_prev: here 50 000 * (0.005 - 0.004) = 50.
    const tiers = tiersOf([0, cum_prev! / 0.001, floor!], [mmr_prev! - 0.001, mmr_prev!, mmr_n!]);
    expect(tiers.cumUsd[1]).toBeCloseTo(cum_prev!, 9);
    expect(tiers.cumUsd[2]).toBeCloseTo(expected, 9);
  });

  it('binance_btcusdt_tiers_cum: a whole table of amounts taken off', () => {
    const { inputs, expected, tol } = vector('binance_btcusdt_tiers_cum');
    const { tiers } = inputs as { tiers: { floor: number; mmr: number }[] };
    const made = tiersOf(
      tiers.map(({ floor }) => floor),
      tiers.map(({ mmr }) => mmr),
    );
    const wanted = expected as unknown as number[];
    expect(made.cumUsd).toHaveLength(wanted.length);
    wanted.forEach((cum, n) => {
      expect(Math.abs(made.cumUsd[n]! - cum)).toBeLessThanOrEqual(tol);
    });
    expect([made.floorsUsd, made.rates]).toEqual([FLOORS, RATES]);
  });

  it.each(['hyperliquid_isolated_long', 'hyperliquid_isolated_short'])('%s', (id) => {
    const { inputs, expected, tol } = vector(id);
    const one = inputs as Record<string, number>;
    const [price, qty] = [one['price']!, one['side']! * one['size']!];
    const [marginUsd, tiers] = [one['isolated_margin']!, tiersOfLeverage(one['max_leverage']!)];
    expect(tiers.rates).toEqual([one['l']]);
    const ours = liquidationPrice(tiers, qty, price, marginUsd);
    expect(Math.abs(ours - expected)).toBeLessThanOrEqual(tol);
  });
});

interface Row {
  readonly [key: string]: unknown;
  readonly is_short: boolean;
  readonly exchange_name: string;
  readonly leverage: number;
  readonly open_rate: number;
  readonly amount: number;
  readonly expected_liq: number;
}

const tests = existsSync(CASES) ? JSON.parse(readFileSync(CASES, 'utf8')).tests : null;
const futures: Row[] = (tests?.test_get_liquidation_price.params[1].rows ?? []).filter(
  (row: { trading_mode: string }) => row.trading_mode === 'futures',
);

describe.skipIf(tests === null)(
  'liquidation prices of freqtrade (skipped without ../shared)',
  () => {
    // Rate 0.01, amount taken off 0.01, taker fee 6 bps, margin = notional / leverage: see its notes.
    it.each(
      futures.map((row) => [row.exchange_name, row.is_short ? 'short' : 'long', row] as const),
    )('%s isolated %s', (exchange, _side, row) => {
      const { leverage, open_rate: entry, amount, expected_liq: expected } = row;
      const qty = row.is_short ? -amount : amount;
      const marginUsd = initialMarginUsd(amount * entry, leverage);
      const price =
        exchange === 'binance'
          ? tierLiquidationPrice(qty, entry, marginUsd, 0.01, 0.01)
          : exchange === 'bybit'
            ? tierLiquidationPrice(qty, entry, marginUsd, 0, -amount * entry * 0.01)
            : tierLiquidationPrice(qty, entry, marginUsd, 0.01 + 6 / 10_000, 0);
      expect(price).toBeCloseTo(expected, 5);
    });

    it('covers every perpetual row of the four venues', () => {
      const count = (venue: string) => futures.filter((row) => row.exchange_name === venue).length;
      expect(['binance', 'gate', 'okx', 'bybit'].map(count)).toEqual([8, 6, 2, 8]);
    });

    it('binance cross: the other positions of the account count at their marks', () => {
      for (const row of tests.test_liquidation_price_binance.rows) {
        const others = row.open_trades.filter(
          (trade: { pair: string; amount: number }) => trade.amount !== row.amount,
        );
        let [wonUsd, keptUsd] = [0, 0];
        for (const { amount, mark_price: mark, open_rate, mm_ratio, maintenance_amt } of others) {
          wonUsd += amount * (mark - open_rate);
          keptUsd += amount * mark * mm_ratio - maintenance_amt;
        }
        const marginUsd = crossMarginUsd(row.wallet_balance, wonUsd, keptUsd);
        const { amount, open_rate: entry, mm_ratio: rate, maintenance_amt: cum } = row;
        const price = tierLiquidationPrice(amount, entry, marginUsd, rate, cum);
        expect(price).toBeCloseTo(row.expected, 2);
      }
    });
  },
);

const tierTable = fc
  .array(fc.tuple(fc.double({ min: 1, max: 1e7, noNaN: true }), fc.nat(80)), { maxLength: 6 })
  .map((steps): MarginTiers => {
    const floors = [0];
    const rates = [0.004];
    for (const [width, rise] of steps) {
      floors.push(floors.at(-1)! + width);
      rates.push(rates.at(-1)! + rise / 1000);
    }
    return tiersOf(floors, rates);
  });
const position = fc.record({
  side: fc.constantFrom(1, -1),
  qty: fc.double({ min: 1e-3, max: 1e3, noNaN: true }),
  entry: fc.double({ min: 0.01, max: 1e5, noNaN: true }),
  leverage: fc.double({ min: 1.01, max: 100, noNaN: true }),
});
const settings = { seed: SEED, numRuns: 300 };

describe('maintenance margin', () => {
  it('of a notional is its rate less what the tier takes off, by hand', () => {
    // 500 000 in the tier from 50 000: 500 000 * 0.005 - 50.
    expect(maintenanceUsd(BTC, 500_000)).toBe(2450);
    expect(maintenanceUsd(BTC, -500_000)).toBe(2450);
    expect(maintenanceUsd(BTC, 0)).toBe(0);
    expect(maintenanceUsd(BTC, 20_000)).toBe(80);
    // 2e9 in the last tier: half of it, less 421 481 450.
    expect(maintenanceUsd(BTC, 2e9)).toBeCloseTo(578_518_550, 3);
  });

  it('has no step where a tier begins', () => {
    const property = fc.property(tierTable, (tiers) => {
      for (const floor of tiers.floorsUsd.slice(1)) {
        const below = maintenanceUsd(tiers, floor * (1 - 1e-12));
        expect(Math.abs(maintenanceUsd(tiers, floor) - below)).toBeLessThan(1e-9 * floor);
      }
    });
    fc.assert(property, settings);
  });

  it('is the largest of the lines of all tiers, so it grows faster the larger the notional', () => {
    const property = fc.property(
      tierTable,
      fc.double({ min: 0, max: 1e8, noNaN: true }),
      (t, n) => {
        const lines = t.rates.map((rate, k) => n * rate - t.cumUsd[k]!);
        expect(maintenanceUsd(t, n)).toBeCloseTo(Math.max(...lines), 5);
      },
    );
    fc.assert(property, settings);
  });

  it('without a table is half of the initial margin at the highest leverage', () => {
    expect(maintenanceUsd(tiersOfLeverage(50), 1000)).toBe(10);
    expect(initialMarginUsd(1000, 50)).toBe(20);
    expect(initialMarginUsd(-1000, 4)).toBe(250);
  });
});

describe('a liquidation price', () => {
  it('is where equity equals maintenance margin, in whichever tier that is', () => {
    const property = fc.property(tierTable, position, (tiers, { side, qty, entry, leverage }) => {
      const marginUsd = initialMarginUsd(qty * entry, leverage);
      const price = liquidationPrice(tiers, side * qty, entry, marginUsd);
      if (Number.isNaN(price)) return;
      const equityUsd = marginUsd + side * qty * (price - entry);
      const keptUsd = maintenanceUsd(tiers, qty * price);
      expect(Math.abs(equityUsd - keptUsd)).toBeLessThan(1e-8 * qty * (entry + price));
    });
    fc.assert(property, settings);
  });

  it('is that of the one tier whose own price falls inside it, searched for one by one', () => {
    const property = fc.property(tierTable, position, (tiers, { side, qty, entry, leverage }) => {
      const marginUsd = initialMarginUsd(qty * entry, leverage);
      const signed = side * qty;
      const found = tiers.floorsUsd.flatMap((floor, n) => {
        const [rate, cum] = [tiers.rates[n]!, tiers.cumUsd[n]!];
        const price = tierLiquidationPrice(signed, entry, marginUsd, rate, cum);
        const notional = qty * price;
        const ceiling = tiers.floorsUsd[n + 1] ?? Number.POSITIVE_INFINITY;
        return price > 0 && notional >= floor && notional < ceiling ? [price] : [];
      });
      const price = liquidationPrice(tiers, signed, entry, marginUsd);
      // At the very edge of a tier rounding may leave no tier that claims its price.
      for (const one of found) expect(price / one).toBeCloseTo(1, 9);
    });
    fc.assert(property, settings);
  });

  it('comes nearer with higher leverage, and never passes the entry while margin suffices', () => {
    const higher = fc.double({ min: 1.01, max: 5, noNaN: true });
    const property = fc.property(tierTable, position, higher, (tiers, one, factor) => {
      const { side, qty, entry, leverage } = one;
      const at = (times: number) => {
        const marginUsd = initialMarginUsd(qty * entry, leverage * times);
        return liquidationPrice(tiers, side * qty, entry, marginUsd);
      };
      const [far, near] = [at(1), at(factor)];
      if (Number.isNaN(far)) return;
      expect(side * near).toBeGreaterThan(side * far);
      const suffices = qty * entry > leverage * maintenanceUsd(tiers, qty * entry);
      if (suffices) expect(side * far).toBeLessThanOrEqual(side * entry);
    });
    fc.assert(property, settings);
  });

  it('is the same in the form of Hyperliquid, from whatever mark it is seen', () => {
    const property = fc.property(
      position,
      fc.double({ min: 0.5, max: 1.5, noNaN: true }),
      fc.integer({ min: 3, max: 50 }),
      ({ side, qty, entry, leverage }, move, maxLeverage) => {
        const tiers = tiersOfLeverage(maxLeverage);
        const marginUsd = initialMarginUsd(qty * entry, leverage);
        const signed = side * qty;
        const mark = entry * move;
        const valueUsd = marginUsd + signed * (mark - entry);
        // price - side x available / size / (1 - l side), available = margin at the mark less what it keeps.
        const l = tiers.rates[0]!;
        const theirs = mark - (side * (valueUsd - qty * mark * l)) / qty / (1 - l * side);
        const ours = tierLiquidationPrice(signed, entry, marginUsd, tiers.rates[0]!, 0);
        expect(Math.abs(theirs - ours)).toBeLessThan(1e-9 * entry);
      },
    );
    fc.assert(property, settings);
  });

  it('uses the tier at the answer, not the one at entry, by hand', () => {
    // 10 BTC short at 59 000 (tier from 50 000: 0.005, 50) with 58 000 of margin: that tier says
    // (58 000 + 50 + 590 000) / 10.05 = 64 482.59, where the notional is 644 825.9 and the tier from
    // 600 000 holds (0.0065, 950): (58 000 + 950 + 590 000) / 10.065 = 64 475.91.
    expect(liquidationPrice(BTC, -10, 59_000, 58_000)).toBeCloseTo(64_475.9066, 4);
  });

  it('is NaN when nothing can be liquidated, and 0 for a short that is bankrupt at any price', () => {
    expect(liquidationPrice(BTC, 0, Number.NaN, 1000)).toBeNaN();
    expect(liquidationPrice(BTC, 1, 100, 100)).toBeNaN();
    expect(liquidationPrice(BTC, 1, 100, 5000)).toBeNaN();
    expect(liquidationPrice(BTC, -1, 100, -100)).toBe(0);
    expect(liquidationPrice(BTC, -1, 100, -5000)).toBe(0);
  });

  it('is refused for what is no number: NaN would read as safe', () => {
    expect(() => liquidationPrice(BTC, 1, Number.NaN, 100)).toThrow(InvariantError);
    expect(() => liquidationPrice(BTC, 1, 100, Number.NaN)).toThrow(InvariantError);
    expect(() => liquidationPrice(BTC, Number.NaN, 100, 100)).toThrow(InvariantError);
  });
});

describe('a tier table', () => {
  it('is refused with everything that is wrong with it', () => {
    expect(() => tiersOf([10, 5], [0.1, 0.05])).toThrow(
      /floorsUsd\.0: must be 0, was 10\n.*floorsUsd\.1: must be above.*was 5\n.*rates\.1: .*was 0\.05/,
    );
    expect(() => tiersOf([0, Number.NaN], [0.1, Number.NaN])).toThrow(
      /floorsUsd\.1[\s\S]*rates\.1/,
    );
    expect(() => tiersOf([0], [1])).toThrow(InputError);
    expect(() => tiersOf([0], [0])).toThrow(InputError);
    expect(() => tiersOf([], [])).toThrow(/0 floors and 0 rates/);
    expect(() => tiersOf([0, 1], [0.1])).toThrow(/2 floors and 1 rates/);
    expect(() => tiersOfLeverage(0.5)).toThrow(/maxLeverage: must be >= 1, was 0.5/);
    expect(() => tiersOfLeverage(Number.NaN)).toThrow(InputError);
  });
});
