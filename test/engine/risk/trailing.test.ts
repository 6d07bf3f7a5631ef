// The trailing stop: only in favour, only at a step, only once it is armed; and freqtrade's table.
//
// What of freqtrade's table does not map: the row with a liquidation price (the venue's business,
// not a stop's) is left out; its custom stops map where they are a constant distance. Our stop is
// the one of closes, so each profit of the table is a close.

import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TrailingStops } from '../../../engine/risk/trailing.ts';

const CASES = new URL(
  '../../../../shared/cases/freqtrade_margin_funding_stop.json',
  import.meta.url,
);
const here = existsSync(CASES);

const trail = (buffer: number, step = 0, activation = 0) =>
  new TrailingStops({ enabled: true, kind: 'closes' as const, buffer, step, activation }, 1);

describe('a trailing stop', () => {
  it('follows the best close at its buffer, and never back', () => {
    const stops = trail(0.1);
    stops.open(0, 100);
    expect(stops.follow(0, 1, 100)).toBeNaN();
    expect(stops.follow(0, 1, 110)).toBeCloseTo(99, 12);
    stops.moved(0);
    expect(stops.follow(0, 1, 105)).toBeNaN();
    expect(stops.follow(0, 1, 120)).toBeCloseTo(108, 12);
  });

  it('moves only once the best close has gone a step beyond the last one', () => {
    const stops = trail(0.1, 0.05);
    stops.open(0, 100);
    expect(stops.follow(0, 1, 104)).toBeNaN();
    expect(stops.follow(0, 1, 106)).toBeCloseTo(95.4, 12);
  });

  it('with an activation waits for the gain, then follows although price comes back', () => {
    const stops = trail(0.01, 0, 0.02);
    stops.open(0, 100);
    expect(stops.follow(0, 1, 101.9)).toBeNaN();
    expect(stops.follow(0, 1, 103)).toBeCloseTo(101.97, 12);
    // Not moved yet, say because the venue refused: it is asked for again.
    expect(stops.follow(0, 1, 101)).toBeCloseTo(101.97, 12);
    stops.open(0, 200);
    expect(stops.follow(0, 1, 203)).toBeNaN();
  });

  it('of a short is the mirror image', () => {
    const stops = trail(0.01, 0, 0.02);
    stops.open(0, 100);
    expect(stops.follow(0, -1, 99)).toBeNaN();
    expect(stops.follow(0, -1, 97)).toBeCloseTo(97.97, 12);
  });

  it('is left alone by a close or an entry that is not a number', () => {
    const stops = trail(0.01, 0, 0.02);
    stops.open(0, 100);
    expect(stops.follow(0, 1, Number.NaN)).toBeNaN();
    stops.open(0, Number.NaN);
    expect(stops.follow(0, 1, 200)).toBeNaN();
  });

  it('never moves against the position, whatever the closes, step and activation', () => {
    const closes = fc.array(fc.double({ min: 50, max: 200, noNaN: true }), {
      maxLength: 60,
      size: 'max',
    });
    const ratio = fc.double({ min: 0, max: 0.1, noNaN: true });
    const side = fc.constantFrom(1 as const, -1 as const);
    const property = fc.property(closes, ratio, ratio, side, (list, step, activation, way) => {
      const stops = trail(0.02, step, activation);
      stops.open(0, 100);
      let resting = way > 0 ? -Infinity : Infinity;
      let best = 100;
      for (const close of list) {
        best = way > 0 ? Math.max(best, close) : Math.min(best, close);
        const wanted = stops.follow(0, way, close);
        if (wanted !== wanted) continue;
        expect((wanted - resting) * way).toBeGreaterThan(0);
        // Armed and no further away than its buffer allows.
        expect(((best - 100) / 100) * way).toBeGreaterThanOrEqual(activation - 1e-12);
        expect(wanted).toBeCloseTo(best * (1 - way * 0.02), 9);
        resting = wanted;
        stops.moved(0);
      }
    });
    fc.assert(property, { seed: 1928, numRuns: 300 });
  });
});

interface StopRow {
  readonly profit: number;
  readonly adjusted: number;
  readonly expected: string;
  readonly profit2: number;
  readonly adjusted2: number;
  readonly expected2: string;
  readonly liq: number | null;
  readonly trailing: boolean;
  readonly custom: boolean;
  readonly custom_stop: string | null;
}

/** Distance at which the row's stop follows; 0 = it stays where it is, 10 % below the entry. */
function bufferOf(row: StopRow): number {
  if (row.trailing) return 0.05;
  if (!row.custom || row.custom_stop?.includes('None') || row.custom_stop?.includes('inf'))
    return 0;
  return row.custom_stop === 'lambda: -0.05' ? 0.05 : 0.1;
}

describe.skipIf(!here)("freqtrade's test_ft_stoploss_reached (skipped without the cases)", () => {
  const { tests } = here ? JSON.parse(readFileSync(CASES, 'utf8')) : { tests: {} };
  const rows: StopRow[] = here ? tests.test_ft_stoploss_reached.rows : [];
  const ours = rows.filter(({ liq }) => liq === null);

  it('has 12 rows that are about stops', () => {
    expect(ours.length).toBe(12);
  });

  it.each(ours)('profit $profit then $profit2 ends as $expected2', (row) => {
    const buffer = bufferOf(row);
    const stops = trail(buffer);
    stops.open(0, 1);
    let resting = 0.9;
    let reason = 'stop_loss';
    const close = (price: number) => {
      const wanted = buffer > 0 ? stops.follow(0, 1, price) : Number.NaN;
      if (wanted > resting) {
        resting = wanted;
        reason = 'trailing_stop_loss';
        stops.moved(0);
      }
      return price <= resting ? reason : 'none';
    };
    // Their stop is compared after rounding: two decimals the first time, three the second.
    expect(close(1 + row.profit)).toBe(row.expected);
    expect(Math.abs(resting - row.adjusted)).toBeLessThanOrEqual(0.005);
    expect(close(1 + row.profit2)).toBe(row.expected2);
    expect(Math.abs(resting - row.adjusted2)).toBeLessThanOrEqual(0.0005 + 1e-12);
  });
});
