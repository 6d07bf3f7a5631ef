// Books that must balance whatever is ordered and whatever prices do: random orders against random
// candles under random settings. SAPPHIRE_LONG=1 runs ten thousand of them.

import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { Config } from '../../../engine/config/schema.ts';
import { random } from '../../../engine/random.ts';
import { type Run, type RunInput, runDigest } from '../../../engine/research/backtest.ts';
import { runEvents, runLoop } from '../../support/run.ts';
import { randomWorld } from '../random-world.ts';
import { chaos, randomPanel, randomSettings } from './chaos.ts';

const LONG = process.env['SAPPHIRE_LONG'] === '1';
const settings = { seed: 20_240_106, numRuns: LONG ? 10_000 : 300 };
vi.setConfig({ testTimeout: LONG ? 1_800_000 : 60_000 });
const seeds = fc.integer({ min: 1, max: 100_000_000 });

describe.each([
  ['at once', false],
  ['late or not at all', true],
])('with answers that come %s', (_, late) => {
  it('every order keeps its size and its promise, and cash is what was paid for what is held', () => {
    let fills = 0;
    let liquidations = 0;
    fc.assert(
      fc.property(seeds, (seed) => {
        const market = chaos(seed, late);
        const { portfolio, panel, orders } = market;
        const held = new Float64Array(panel.legs.length);
        const filled = new Float64Array(orders.length);
        let cashUsd = portfolio.cashUsd + portfolio.fundingUsd;
        let worthUsd = portfolio.cashUsd + portfolio.fundingUsd;
        for (const { orderId, leg, qty, price, feeUsd, leavesQty } of market.fills) {
          fills++;
          cashUsd -= qty * price + feeUsd;
          worthUsd += qty * (portfolio.lastPrice[leg]! - price) - feeUsd;
          const before = held[leg]!;
          const { lotSize } = panel.legs[leg]!.instrument;
          held[leg] = Math.round((before + qty) / lotSize) * lotSize;
          expect(price).toBeGreaterThan(0);
          if (orderId === 0) {
            liquidations++;
            expect(Math.abs(held[leg]!)).toBeLessThan(lotSize / 2);
            continue;
          }
          const { reduceOnly, side, terms, qty: whole } = market.order(orderId);
          expect(Math.sign(qty)).toBe(side);
          if (reduceOnly) {
            expect(before * qty).toBeLessThan(0);
            expect(Math.abs(qty)).toBeLessThan(Math.abs(before) + lotSize / 2);
          }
          filled[orderId - 1]! += Math.abs(qty);
          // The size of what was attached is the venue's own affair.
          if (whole !== whole) continue;
          expect(leavesQty).toBeGreaterThanOrEqual(0);
          expect(filled[orderId - 1]).toBeLessThan(whole + lotSize / 2 + 1e-9 * whole);
          const { amended } = market;
          const { limitPrice } = terms;
          if (amended.has(orderId)) continue;
          // A limit is never beaten, not even by its costs.
          if (limitPrice === limitPrice) {
            expect(side * (price - limitPrice)).toBeLessThanOrEqual(1e-9 * price);
          }
          if (!reduceOnly) expect(filled[orderId - 1]! + leavesQty).toBeCloseTo(whole, 6);
        }
        const scale = Math.max(1, portfolio.tradedNotionalUsd);
        let basisUsd = 0;
        portfolio.positions.forEach(({ qty, entryPrice }, leg) => {
          expect(qty).toBeCloseTo(held[leg]!, 6);
          if (qty !== 0) basisUsd += qty * entryPrice;
        });
        // Cash change = - signed quantity x price - fees + funding.
        expect(Math.abs(portfolio.walletUsd - basisUsd - cashUsd) / scale).toBeLessThan(1e-9);
        // Realised + unrealised - fees + funding = equity change.
        expect(Math.abs(portfolio.worth() - worthUsd) / scale).toBeLessThan(1e-9);
      }),
      settings,
    );
    expect(fills).toBeGreaterThan(5 * settings.numRuns);
    expect(liquidations).toBeGreaterThan(settings.numRuns / 20);
  });

  it('the venue’s ledger and ours are the same to the last bit once every answer is in', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { venue, portfolio } = chaos(seed, late);
        const { positions, walletUsd } = venue.accounts;
        expect(walletUsd[0]).toBe(portfolio.walletUsd);
        positions.forEach(({ qty, entryPrice }, leg) => {
          expect(portfolio.positions[leg]!.qty).toBe(qty);
          expect(portfolio.positions[leg]!.entryPrice).toBe(entryPrice);
        });
      }),
      settings,
    );
  });

  it('every order comes to its end, and the same seed gives the same words', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const market = chaos(seed, late);
        const ends = ['filled', 'cancelled', 'rejected', 'expired'];
        for (const { id, status } of market.orders)
          expect([id, ends.includes(status)]).toEqual([id, true]);
        expect(chaos(seed, late).said).toEqual(market.said);
      }),
      { ...settings, numRuns: settings.numRuns / 4 },
    );
  });
});

describe('a candle', () => {
  it('gives no more than its share of volume, and nothing when it is empty or missing', () => {
    let shared = 0;
    fc.assert(
      fc.property(seeds, (seed) => {
        const draw = random(seed, 'chaos');
        const panel = randomPanel(draw);
        const { fills } = randomSettings(draw, false);
        const market = chaos(seed, false);
        const taken = new Map<string, number>();
        for (const { orderId, leg, row, qty } of market.fills) {
          const volume = panel.legs[leg]!.candles.volume[row]!;
          if (orderId === 0) continue;
          expect(volume).toBeGreaterThan(0);
          const key = `${leg} ${row}`;
          const sum = (taken.get(key) ?? 0) + Math.abs(qty);
          taken.set(key, sum);
          const share = fills!.volumeShare;
          if (share == null) continue;
          shared++;
          expect(sum).toBeLessThanOrEqual(share * volume * (1 + 1e-9) + 1e-9);
        }
      }),
      settings,
    );
    expect(shared).toBeGreaterThan(settings.numRuns);
  });
});

// ---- whole runs --------------------------------------------------------------------------------

function digests({ kernel }: Run) {
  return { run: runDigest(kernel), decisions: kernel.desk.decisions.hex() };
}

/** A random run with random settings of the venue on top. */
function wild(seed: number, solo: boolean, late: boolean): RunInput {
  const input = randomWorld(seed, { solo });
  const { fills, costs, fees, margin, latency, outages } = randomSettings(
    random(seed, 'settings'),
    late,
  );
  const { world } = input.config;
  const more = (one: object, two: object | undefined) => ({ ...one, ...two });
  const changed = {
    ...world,
    fills: more(world.fills, fills),
    costs: more(world.costs, costs),
    fees: more(world.fees, fees),
    margin: more(world.margin, margin),
    latency: {
      entry: more(world.latency.entry, latency?.entry),
      response: more(world.latency.response, latency?.response),
      feed: more(world.latency.feed, latency?.feed),
    },
    outages: more(world.outages, outages),
  } as Config['world'];
  return { ...input, config: { ...input.config, seed, world: changed } };
}

describe.each([
  ['by vote, at once', false, false],
  ['by target, at once', true, false],
  ['by vote, late', false, true],
  ['by target, late', true, true],
])('a run %s', (_, solo, late) => {
  it('gives the same digests through both doors under any settings of the venue', () => {
    let fills = 0;
    fc.assert(
      fc.property(seeds, (seed) => {
        const run = runLoop(wild(seed, solo, late));
        fills += run.kernel.fills.length;
        expect(digests(runEvents(wild(seed, solo, late)))).toEqual(digests(run));
        const { portfolio } = run.kernel;
        if (late) return;
        // Nothing is under way: one ledger.
        expect(run.venue.accounts.walletUsd[0]).toBe(portfolio.walletUsd);
        run.venue.accounts.positions.forEach(({ qty, entryPrice }, leg) => {
          expect(portfolio.positions[leg]!.qty).toBe(qty);
          expect(portfolio.positions[leg]!.entryPrice).toBe(entryPrice);
        });
      }),
      { ...settings, numRuns: LONG ? 1000 : 60 },
    );
    expect(fills).toBeGreaterThan(100);
  });
});

describe('a seed', () => {
  it('moves uniform latency and with it fills, and nothing where nothing is left to chance', () => {
    const input = (seed: number, model: 'uniform' | 'constant'): RunInput => {
      const { config, ...rest } = randomWorld(11, { solo: true });
      const entry = { ...config.world.latency.entry, model, ms: 1000, maxMs: 3_000_000 };
      const latency = { ...config.world.latency, entry };
      return { ...rest, config: { ...config, seed, world: { ...config.world, latency } } };
    };
    const prices = (seed: number, model: 'uniform' | 'constant') =>
      Array.from(runLoop(input(seed, model)).kernel.fills.columns.price);
    expect(prices(1, 'uniform')).toEqual(prices(1, 'uniform'));
    expect(prices(2, 'uniform')).not.toEqual(prices(1, 'uniform'));
    expect(prices(2, 'constant')).toEqual(prices(1, 'constant'));
  });
});
