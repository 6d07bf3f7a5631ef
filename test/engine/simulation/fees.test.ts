// Fee tiers: an account's days by hand, the published schedules, and a slow meter beside the fast one.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError, InvariantError } from '../../../engine/errors.ts';
import { DAY_MS, HOUR_MS } from '../../../engine/interval.ts';
import {
  FEE_SCHEDULE_NAMES,
  FEE_SCHEDULES,
  feeSchedule,
} from '../../../engine/simulation/costs/fee-schedules.ts';
import { checkTiers, FeeMeter, type FeeTier } from '../../../engine/simulation/costs/fees.ts';
import { START_MS } from '../../support/market.ts';

const SEED = 20_251_124;

const TIERS: readonly FeeTier[] = [
  { fromVolumeUsd: 0, makerBps: 2, takerBps: 5 },
  { fromVolumeUsd: 1000, makerBps: 1, takerBps: 4 },
  { fromVolumeUsd: 5000, makerBps: -0.5, takerBps: 3 },
];

const day = (days: number) => START_MS + days * DAY_MS;

describe('a fee meter', () => {
  it('charges the first tier on the day of the volume and the next one from midnight UTC', () => {
    const meter = new FeeMeter(TIERS);
    meter.traded(day(0), 6000);
    expect(meter.feeBps(false, day(0) + 23 * HOUR_MS)).toBe(5);
    expect(meter.feeBps(true, day(1) - 1)).toBe(2);
    expect(meter.feeBps(false, day(1))).toBe(3);
    expect(meter.feeBps(true, day(1))).toBe(-0.5);
  });

  it('counts a volume for exactly thirty days after its own', () => {
    const meter = new FeeMeter(TIERS);
    meter.traded(day(0), 1000);
    for (let d = 1; d <= 30; d++) expect(meter.tierAt(day(d))).toBe(1);
    expect(meter.tierAt(day(31))).toBe(0);
    expect(meter.volumeUsd(day(31))).toBe(0);
  });

  it('reaches a tier at its very volume, not a dollar before', () => {
    const below = new FeeMeter(TIERS);
    below.traded(day(0), 999);
    expect(below.tierAt(day(1))).toBe(0);
    const at = new FeeMeter(TIERS);
    at.traded(day(0), 400);
    at.traded(day(0) + HOUR_MS, 600);
    expect(at.tierAt(day(1))).toBe(1);
  });

  it('takes the window of the venue: fourteen days at some', () => {
    const meter = new FeeMeter(TIERS, 14);
    meter.traded(day(0), 5000);
    expect(meter.tierAt(day(14))).toBe(2);
    expect(meter.tierAt(day(15))).toBe(0);
  });

  it('counts a stamp of an earlier day, a leg that comes later in the row, today', () => {
    const meter = new FeeMeter(TIERS, 1);
    meter.traded(day(1), 600);
    meter.traded(day(1) - HOUR_MS, 400);
    expect(meter.volumeUsd(day(2))).toBe(1000);
  });

  it('agrees with a sum over all fills of the days before, whatever the pauses', () => {
    const fills = fc.array(fc.tuple(fc.nat(40 * 24), fc.nat(3000)), { maxLength: 60 });
    const property = fc.property(fills, fc.integer({ min: 1, max: 40 }), (steps, windowDays) => {
      const meter = new FeeMeter(TIERS, windowDays);
      const done: [day: number, usd: number][] = [];
      let tsMs = START_MS;
      return steps.every(([hours, usd]) => {
        tsMs += hours * HOUR_MS * (hours % 3 === 0 ? 1 : 0.05);
        const today = Math.floor(tsMs / DAY_MS);
        const volume = done
          .filter(([of]) => of < today && of >= today - windowDays)
          .reduce((sum, [, each]) => sum + each, 0);
        const tier = TIERS.findLastIndex(({ fromVolumeUsd }) => volume >= fromVolumeUsd);
        const same =
          meter.volumeUsd(tsMs) === volume &&
          meter.feeBps(false, tsMs) === TIERS[tier]!.takerBps &&
          meter.feeBps(true, tsMs) === TIERS[tier]!.makerBps;
        meter.traded(tsMs, usd);
        done.push([today, usd]);
        return same;
      });
    });
    fc.assert(property, { seed: SEED, numRuns: 200 });
  });

  it('never charges more on the next day for more volume today', () => {
    const usd = fc.double({ min: 0, max: 1e5, noNaN: true });
    const property = fc.property(usd, usd, (a, b) => {
      const nextDay = (volume: number, isMaker: boolean) => {
        const meter = new FeeMeter(TIERS);
        meter.traded(day(0), volume);
        return meter.feeBps(isMaker, day(1));
      };
      const [less, more] = a < b ? [a, b] : [b, a];
      return [true, false].every((isMaker) => nextDay(more, isMaker) <= nextDay(less, isMaker));
    });
    fc.assert(property, { seed: SEED, numRuns: 200 });
  });

  it('stops on a notional that is not one, and refuses wrong tiers and windows all at once', () => {
    expect(() => new FeeMeter(TIERS).traded(day(0), Number.NaN)).toThrow(InvariantError);
    expect(() => new FeeMeter(TIERS).traded(day(0), -1)).toThrow(InvariantError);
    try {
      new FeeMeter([], 0);
      expect.unreachable();
    } catch (error) {
      expect((error as InputError).problems.map(({ key }) => key)).toEqual([
        'fees.tiers',
        'fees.windowDays',
      ]);
    }
  });
});

describe('checkTiers', () => {
  const keys = (tiers: Parameters<typeof checkTiers>[1]) =>
    checkTiers('fees', tiers).map(({ key }) => key);

  it('finds nothing wrong with increasing volumes, falling fees and a rebate', () => {
    expect(checkTiers('fees', TIERS)).toEqual([]);
  });

  it('wants volumes that begin at 0 and increase', () => {
    const tier = { makerBps: 1, takerBps: 2 };
    expect(keys([{ ...tier, fromVolumeUsd: 5 }])).toEqual(['fees.0.fromVolumeUsd']);
    for (const second of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      const tiers = {
        base: { ...tier, fromVolumeUsd: 0 },
        vip: { ...tier, fromVolumeUsd: second },
      };
      expect(keys(tiers)).toEqual(['fees.vip.fromVolumeUsd']);
    }
  });

  it('wants fees that do not rise with volume, in range, and no rebate above the taker fee', () => {
    expect(
      keys([
        { fromVolumeUsd: 0, makerBps: 1, takerBps: 2 },
        { fromVolumeUsd: 10, makerBps: 1.5, takerBps: 3 },
        { fromVolumeUsd: 20, makerBps: -4, takerBps: 3 },
        { fromVolumeUsd: 30, makerBps: -101, takerBps: Number.NaN },
      ]),
    ).toEqual([
      'fees.1.makerBps',
      'fees.1.takerBps',
      'fees.2.makerBps',
      'fees.3.makerBps',
      'fees.3.takerBps',
    ]);
  });
});

describe('the published schedules', () => {
  it.each(FEE_SCHEDULE_NAMES)('%s is sound and says where it is from', (name) => {
    const { tiers, windowDays, source, asOf, note } = feeSchedule(name);
    expect(checkTiers(name, tiers)).toEqual([]);
    expect(() => new FeeMeter(tiers, windowDays)).not.toThrow();
    for (const text of [source, asOf, note]) expect(text.length).toBeGreaterThan(3);
    expect(Object.isFrozen(tiers) && tiers.every(Object.isFrozen)).toBe(true);
  });

  it('charges a new account at each venue what its page says for everyone', () => {
    const base = Object.entries(FEE_SCHEDULES).map(([name, { tiers, windowDays }]) => {
      const meter = new FeeMeter(tiers, windowDays);
      return [name, meter.feeBps(true, START_MS), meter.feeBps(false, START_MS)];
    });
    expect(base).toEqual([
      ['aster', 1, 3.5],
      ['hyperliquid', 1.5, 4.5],
      ['drift', -0.25, 3.5],
      ['binance-usdm', 2, 5],
    ]);
  });

  it('refuses an unknown name with the nearest one', () => {
    expect(() => feeSchedule('hyperliqid')).toThrow(/did you mean hyperliquid\?/);
    expect(() => feeSchedule('toString')).toThrow(InputError);
  });
});
