// Instants by arithmetic, against the platform's own Date, which the core may not use.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isoText, parseInstant } from '../../../engine/config/check.ts';
import { InputError, InvariantError } from '../../../engine/errors.ts';

const SEED = 20_262;
/** 0000-01-01 and 9999-12-31T23:59:59.999 in UTC ms. */
const FIRST_MS = -62_167_219_200_000;
const LAST_MS = 253_402_300_799_999;

describe('an instant that is read', () => {
  it.each([
    ['1970-01-01', 0],
    ['1969-12-31', -86_400_000],
    ['2000-02-29', 951_782_400_000],
    ['2001-09-09T01:46:40Z', 1_000_000_000_000],
    ['2009-02-13T23:31:30Z', 1_234_567_890_000],
    ['2025-05-01', 1_746_057_600_000],
    ['2025-05-01T12:00Z', 1_746_100_800_000],
    ['2025-05-01T12:00', 1_746_100_800_000],
    ['2025-05-01 12:00', 1_746_100_800_000],
    ['2025-05-01T14:00+02:00', 1_746_100_800_000],
    ['2025-05-01T14:00+0200', 1_746_100_800_000],
    ['2025-05-01T06:30-05:30', 1_746_100_800_000],
    ['2025-05-01T12:00:00.5Z', 1_746_100_800_500],
    ['2025-05-01T12:00:00.025Z', 1_746_100_800_025],
  ])('takes %s for %i ms', (text, ms) => {
    expect(parseInstant(text, 'from')).toBe(ms);
  });

  it.each([
    '',
    '2025',
    '2025-5-1',
    '01.05.2025',
    'yesterday',
    '2025-05-01T12',
    '2025-05-01Z',
    '1746057600000',
    ' 2025-05-01',
    '2025-05-01T12:00:00.1234Z',
    '2025-05-01T12:00Z tomorrow',
  ])('refuses the form of "%s"', (text) => {
    expect(() => parseInstant(text, 'world.from')).toThrow(/^world\.from: must be a date or an/);
  });

  it.each([
    '2025-02-29',
    '2100-02-29',
    '2025-13-01',
    '2025-00-10',
    '2025-04-31',
    '2025-04-00',
    '2025-05-01T24:00',
    '2025-05-01T12:60',
    '2025-05-01T12:00:60Z',
    '2025-05-01T12:00+15:00',
  ])('refuses %s, which no calendar has', (text) => {
    expect(() => parseInstant(text, 'world.from')).toThrow(InputError);
    expect(() => parseInstant(text, 'world.from')).toThrow(/day and time that exist, was/);
  });

  it('agrees with Date for every day of four centuries', () => {
    for (let ms = Date.UTC(1800, 0, 1); ms < Date.UTC(2200, 0, 1); ms += 86_400_000) {
      const day = new Date(ms).toISOString().slice(0, 10);
      if (parseInstant(day, 'x') !== ms || isoText(ms) !== `${day}T00:00:00.000Z`) {
        expect.fail(`${day} is ${ms}`);
      }
    }
  });
});

describe('an instant that is written', () => {
  it('reads as Date writes it, and back, at any millisecond of ten thousand years', () => {
    fc.assert(
      fc.property(fc.integer({ min: FIRST_MS, max: LAST_MS }), (ms) => {
        expect(isoText(ms)).toBe(new Date(ms).toISOString());
        expect(parseInstant(isoText(ms), 'x')).toBe(ms);
      }),
      { seed: SEED, numRuns: 500 },
    );
    for (const ms of [FIRST_MS, LAST_MS]) expect(isoText(ms)).toBe(new Date(ms).toISOString());
  });

  it('is refused for what is no millisecond of those years', () => {
    for (const ms of [Number.NaN, Number.POSITIVE_INFINITY, 0.5, LAST_MS + 1, FIRST_MS - 1]) {
      expect(() => isoText(ms)).toThrow(InvariantError);
    }
  });
});
