// The volume profile behind VWAP: what it has learned, what it has forgotten, what it cannot know.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VolumeProfile } from '../../../engine/execution/algorithms/volume-profile.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../engine/interval.ts';

const settings = { seed: 24, numRuns: process.env['SAPPHIRE_LONG'] === '1' ? 5_000 : 200 };
const START = 19_000 * DAY_MS;
const EVEN = [0.25, 0.25, 0.25, 0.25];

/** Adds hourly candles from START on: the volume of hour h. */
function learned(hours: number, volumeOf: (hour: number) => number, days = 30): VolumeProfile {
  const profile = new VolumeProfile(days, HOUR_MS);
  for (let hour = 0; hour < hours; hour++) profile.add(START + hour * HOUR_MS, volumeOf(hour));
  return profile;
}

describe('a volume profile', () => {
  it('is even until a whole day was seen, then follows the hours', () => {
    const rising = (hour: number) => (hour % 24) + 1;
    expect(learned(23, rising).weights(START, START + 4 * HOUR_MS, 4)).toEqual(EVEN);
    const weights = learned(24, rising).weights(START, START + 4 * HOUR_MS, 4);
    for (const [k, weight] of weights.entries()) expect(weight).toBeCloseTo((k + 1) / 10, 12);
  });

  it('weighs a slice that spans hours, and a window over midnight, by the time in each', () => {
    const profile = learned(24, (hour) => (hour === 23 ? 3 : 1));
    const from = START + 23 * HOUR_MS + HOUR_MS / 2;
    // Half of hour 23 is 1.5, hour 0 is 1, half of hour 1 is 0.5.
    expect(profile.weights(from, from + 2 * HOUR_MS, 2)).toEqual([2 / 3, 1 / 3]);
  });

  it('is a mean over what was seen: holes and half-seen hours do not look like calm', () => {
    const profile = new VolumeProfile(30, 30 * MINUTE_MS);
    for (let k = 0; k < 96; k++) {
      const isHole = k === 3 || k === 50 || k === 51;
      profile.add(START + k * 30 * MINUTE_MS, isHole ? Number.NaN : 7);
    }
    expect(profile.weights(START, START + 4 * HOUR_MS, 4)).toEqual(EVEN);
  });

  it('forgets a day when profileDays others have passed since', () => {
    const first = (hour: number) => (hour < 24 ? (hour === 0 ? 100 : 1) : 1);
    const start = START + 10 * DAY_MS;
    const share = (hours: number) =>
      learned(hours, first, 2).weights(start, start + 2 * HOUR_MS, 2)[0]!;
    expect(share(48)).toBeCloseTo(50.5 / 51.5, 12);
    expect(share(72)).toBeCloseTo(34 / 35, 12);
    expect(share(73)).toBe(0.5);
  });

  it('forgets everything over a hole longer than its memory', () => {
    const profile = learned(48, (hour) => (hour % 24) + 1, 2);
    profile.add(START + 30 * DAY_MS, 5);
    expect(profile.weights(START, START + 4 * HOUR_MS, 4)).toEqual(EVEN);
  });

  it('stays even where one hour was never seen, or each was seen for half of it only', () => {
    const start = START + 10 * DAY_MS;
    const noFour = learned(72, (hour) => (hour % 24 === 4 ? Number.NaN : (hour % 24) + 1));
    expect(noFour.weights(start, start + 4 * HOUR_MS, 4)).toEqual(EVEN);
    const halves = new VolumeProfile(30, HOUR_MS / 2);
    for (let hour = 0; hour < 24; hour++) halves.add(START + hour * HOUR_MS, hour + 1);
    expect(halves.weights(start, start + 4 * HOUR_MS, 4)).toEqual(EVEN);
    for (let hour = 24; hour < 48; hour++) halves.add(START + hour * HOUR_MS, hour - 23);
    expect(halves.weights(start, start + 4 * HOUR_MS, 4)[3]).toBeCloseTo(0.4, 12);
  });

  it('spreads a candle longer than an hour evenly over its hours', () => {
    const profile = new VolumeProfile(30, 4 * HOUR_MS);
    for (let k = 0; k < 6; k++) profile.add(START + 4 * k * HOUR_MS, k === 0 ? 40 : 80);
    const weights = profile.weights(START + 2 * HOUR_MS, START + 6 * HOUR_MS, 2);
    expect(weights).toEqual([1 / 3, 2 / 3]);
  });

  it('is even where nothing ever traded', () => {
    expect(learned(48, () => 0).weights(START, START + 4 * HOUR_MS, 4)).toEqual(EVEN);
  });

  it('refuses candles out of order and lengths that are none', () => {
    const profile = learned(2, () => 1);
    expect(() => profile.add(START + HOUR_MS, 1)).toThrow('in order of time');
    expect(() => new VolumeProfile(0, HOUR_MS)).toThrow('whole days');
    expect(() => new VolumeProfile(1, 0)).toThrow('longer than 0');
    expect(() => profile.weights(START, START, 1)).toThrow('a length');
  });
});

const volumes = fc.array(fc.double({ min: 0, max: 1e9 }), { minLength: 1, maxLength: 120 });

describe('whatever the volumes', () => {
  it('weights are at least 0 and add up to 1', () => {
    const minutes = fc.integer({ min: 1, max: 3000 });
    fc.assert(
      fc.property(volumes, minutes, fc.integer({ min: 1, max: 60 }), (each, length, slices) => {
        const profile = learned(each.length, (hour) => each[hour]!);
        const start = START + each.length * HOUR_MS;
        const weights = profile.weights(start, start + length * MINUTE_MS, slices);
        expect(weights).toHaveLength(slices);
        expect(Math.min(...weights)).toBeGreaterThanOrEqual(0);
        expect(weights.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
      }),
      settings,
    );
  });

  it('weights at a time do not depend on any later candle', () => {
    fc.assert(
      fc.property(volumes, volumes, fc.nat(119), (each, other, cut) => {
        const seen = Math.min(cut, each.length, other.length);
        const windowOf = (profile: VolumeProfile) =>
          profile.weights(START + seen * HOUR_MS, START + (seen + 6) * HOUR_MS, 12);
        // One series, read on the way while the rest of it is still to come; another one that
        // shares only its beginning.
        const walking = new VolumeProfile(30, HOUR_MS);
        let then: number[] = windowOf(walking);
        for (let hour = 0; hour < each.length; hour++) {
          walking.add(START + hour * HOUR_MS, each[hour]!);
          if (hour + 1 === seen) then = windowOf(walking);
        }
        const twin = [...each.slice(0, seen), ...other.slice(seen)];
        const prefix = learned(seen, (hour) => twin[hour]!);
        expect(windowOf(prefix)).toEqual(then);
      }),
      settings,
    );
  });
});
