// Claims that every execution algorithm keeps against a venue that fills, half fills, refuses and
// leaves orders resting as it likes. A new algorithm is tried by being listed.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type {
  ExecutionSettings,
  ParentFacts,
} from '../../../engine/execution/algorithms/contract.ts';
import { ALGORITHMS } from '../../../engine/execution/algorithms/list.ts';
import { VolumeProfile } from '../../../engine/execution/algorithms/volume-profile.ts';
import { DAY_MS, MINUTE_MS } from '../../../engine/interval.ts';
import { random } from '../../../engine/random.ts';
import { KIND, PARENT, START, work } from './work.ts';

const LONG = process.env['SAPPHIRE_LONG'] === '1';
const settings = { seed: 11, numRuns: LONG ? 10_000 : 300 };

const drawn = fc.record({
  side: fc.constantFrom<1 | -1>(1, -1),
  qty: fc.double({ min: 0, max: 1000, noNaN: true }),
  lotSize: fc.constantFrom(1, 0.1, 0.001, 0.25, 3),
  minNotionalUsd: fc.constantFrom(0, 0, 5, 500),
  target: fc.option(fc.double({ min: 80, max: 120, noNaN: true }), { nil: Number.NaN }),
  baseMinutes: fc.constantFrom(1, 5, 15),
  sliceCandles: fc.double({ min: 1, max: 6, noNaN: true }),
  slices: fc.integer({ min: 1, max: 12 }),
  visibleFraction: fc.double({ min: 0.01, max: 1, noNaN: true }),
  fallback: fc.constantFrom<'market' | 'cancel'>('market', 'cancel'),
  cancelCandles: fc.nat(3),
  seed: fc.nat(),
});
type Drawn = typeof drawn extends fc.Arbitrary<infer T> ? T : never;

/** The windows are `slices` slices of `sliceCandles` base candles. */
function worldOf(one: Drawn) {
  const baseMs = one.baseMinutes * MINUTE_MS;
  const windowMinutes = one.baseMinutes * one.sliceCandles * one.slices;
  const config: ExecutionSettings = {
    twap: { windowMinutes, slices: one.slices },
    vwap: { windowMinutes, slices: one.slices, profileDays: 2 },
    iceberg: { visibleFraction: one.visibleFraction, expiryMinutes: windowMinutes },
    sniper: { improvementBps: 20, expiryMinutes: windowMinutes, fallback: one.fallback },
    limitBoundBps: 50,
  };
  const { side, qty, lotSize, minNotionalUsd, target, seed } = one;
  const profile = new VolumeProfile(2, baseMs);
  const chance = random(seed, 'volume');
  for (let ms = START - 2 * DAY_MS; ms < START; ms += baseMs) profile.add(ms, chance());
  const parent: ParentFacts = {
    ...PARENT,
    side,
    qty,
    lotSize,
    minNotionalUsd,
    targetPrice: target,
  };
  return {
    parent,
    options: { config, baseMs, profile, seed },
    windowMs: windowMinutes * MINUTE_MS,
  };
}

describe.each(ALGORITHMS)('%s, against any venue', (name) => {
  it('never has more filled and at the venue than the parent, and comes to its end', () => {
    fc.assert(
      fc.property(drawn, (one) => {
        const { parent, options, windowMs } = worldOf(one);
        const chance = random(one.seed, 'venue');
        const price = Array.from({ length: 2000 }, () =>
          chance() < 0.1 ? Number.NaN : 90 + 20 * chance(),
        );
        const run = work(
          name,
          parent,
          {
            price: (candle) => price[candle]!,
            fills: () => (chance() < 0.3 ? 1 : chance() < 0.5 ? 0 : chance()),
            refuses: () => chance() < 0.2,
            cancelCandles: one.cancelCandles,
          },
          options,
        );
        const total = Math.floor((parent.qty / parent.lotSize) * (1 + 1e-12) + 1e-9);
        expect(run.worstLots).toBeLessThanOrEqual(total);
        expect(run.filled).toBeLessThanOrEqual(total);
        expect(run.quiet || run.cancels).toBe(true);
        // A market child is not bounded by a window; nothing else is sent after it.
        const last = run.sent.findLast(({ candle }) => candle * options.baseMs >= windowMs);
        if (last !== undefined) expect([name, last.type]).toEqual(['sniper', 'market']);
        const isBounded = name !== 'market' && !(name === 'sniper' && one.fallback === 'market');
        if (isBounded) expect(run.endMs).toBeLessThan(START + windowMs + options.baseMs);
        for (const { limitPrice } of run.sent) {
          if (name === 'iceberg') expect(parent.side * (limitPrice - 100)).toBeLessThan(0.5 + 1e-9);
        }
      }),
      settings,
    );
  });

  it('against one that fills everything, adds up to the parent but for less than a lot', () => {
    fc.assert(
      fc.property(drawn, (one) => {
        const { parent, options } = worldOf({ ...one, minNotionalUsd: 0 });
        // An iceberg needs a candle for each part it shows.
        const lots = Math.floor(parent.qty / parent.lotSize + 1e-9);
        const parts = lots / Math.max(1, Math.floor(lots * one.visibleFraction));
        fc.pre(name !== 'iceberg' || Math.ceil(parts) <= one.sliceCandles * one.slices);
        const run = work(name, parent, KIND, options);
        const sum = run.sent.reduce((total, { qty }) => total + qty, 0);
        const missed = parent.qty - sum;
        expect(missed).toBeGreaterThanOrEqual(-1e-9 * parent.qty);
        expect(missed).toBeLessThan(parent.lotSize);
        expect(run.filled).toBe(Math.round(sum / parent.lotSize));
      }),
      settings,
    );
  });

  it('sends no child below the minimum, and leaves nothing that it could have sent', () => {
    fc.assert(
      fc.property(drawn, (one) => {
        const { parent, options } = worldOf({ ...one, minNotionalUsd: 500, target: Number.NaN });
        const run = work(name, parent, KIND, options);
        for (const { qty, limitPrice } of run.sent) {
          const price = Number.isNaN(limitPrice) ? 100 : limitPrice;
          expect(qty * price).toBeGreaterThanOrEqual(500 * (1 - 1e-12));
        }
        if (name === 'iceberg') return;
        const missed = parent.qty - run.sent.reduce((total, { qty }) => total + qty, 0);
        const isAllMissed = run.sent.length === 0 && parent.qty * 100 < 501 + parent.lotSize * 100;
        expect(isAllMissed || missed < parent.lotSize).toBe(true);
      }),
      settings,
    );
  });
});
