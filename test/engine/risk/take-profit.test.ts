// The ladder: prices by hand, quantities that add up to the lot, rungs that wait, and what is left
// after fills.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lotsIn } from '../../../engine/market/instrument.ts';
import {
  ladderProblems,
  type RungConfig,
  TakeProfitLadder,
} from '../../../engine/risk/take-profit.ts';
import { instrumentOf } from '../../support/market.ts';

const A = instrumentOf('A');
const MINUTE_MS = 60_000;

type Rung = readonly [gain: number, fraction: number, afterMinutes?: number];

function ladderOf(rungs: readonly Rung[], enabled = true): TakeProfitLadder {
  const ladder: Record<string, RungConfig> = {};
  rungs.forEach(([gain, fraction, afterMinutes = 0], k) => {
    ladder[`r${k}`] = { gain, fraction, afterMinutes };
  });
  return new TakeProfitLadder({ enabled, ladder }, 2);
}

interface Where {
  readonly leg?: number;
  readonly side?: 1 | -1;
  readonly entry?: number;
  readonly initial?: number;
  readonly held?: number;
  readonly minutes?: number;
}

/** The resting orders as `qty @ price`. */
function rest(ladder: TakeProfitLadder, where: Where = {}): string[] {
  const { leg = 0, side = 1, entry = 100, initial = 1, held = initial, minutes = 0 } = where;
  const count = ladder.rest(leg, A, side, entry, initial, held, 5, 5 + minutes * MINUTE_MS);
  return Array.from({ length: count }, (_, k) => `${ladder.qty[k]} @ ${ladder.price[k]}`);
}

const FOUR: readonly Rung[] = [
  [0.05, 0.25],
  [0.005, 0.25],
  [0.02, 0.25],
  [0.01, 0.25],
];

describe('a ladder', () => {
  it('rests the shares of the position from the lowest gain up', () => {
    expect(rest(ladderOf(FOUR))).toEqual([
      '0.25 @ 100.5',
      '0.25 @ 101',
      '0.25 @ 102',
      '0.25 @ 105',
    ]);
  });

  it('rests below the entry of a short, and not where no price is', () => {
    const ladder = ladderOf([
      [0.02, 0.5],
      [1, 0.5],
    ]);
    expect(rest(ladder, { side: -1 })).toEqual(['0.5 @ 98']);
    expect(rest(ladder)).toEqual(['0.5 @ 102', '0.5 @ 200']);
  });

  it('leaves open what its shares do not cover', () => {
    expect(rest(ladderOf([[0.01, 0.3]]))).toEqual(['0.3 @ 101']);
  });

  it('spreads a few lots over many rungs', () => {
    expect(rest(ladderOf(FOUR), { initial: 0.003 })).toEqual([
      '0.001 @ 101',
      '0.001 @ 102',
      '0.001 @ 105',
    ]);
  });

  it('does not close a rung twice, and closes the rest of one that was filled in part', () => {
    const ladder = ladderOf(FOUR);
    ladder.open(0);
    ladder.filled(0, 0, A, 0.25);
    ladder.filled(0, 1, A, 0.1);
    expect(rest(ladder, { held: 0.65 })).toEqual(['0.15 @ 101', '0.25 @ 102', '0.25 @ 105']);
    expect(rest(ladder, { leg: 1 })).toHaveLength(4);
    ladder.open(0);
    expect(rest(ladder)).toHaveLength(4);
  });

  it('takes what was added to the position with its last rung, so that it ends flat', () => {
    const ladder = ladderOf([
      [0.01, 0.5],
      [0.02, 0.5],
    ]);
    ladder.filled(0, 0, A, 0.5);
    // 1 held, half of it sold at 101, then 0.7 bought: 1.2 is the largest size there was.
    expect(rest(ladder, { initial: 1.2, held: 1.2 })).toEqual(['0.1 @ 101', '1.1 @ 102']);
  });

  it('never rests more than is held, whatever else reduced the position', () => {
    expect(rest(ladderOf(FOUR), { held: 0.4 })).toEqual(['0.25 @ 100.5', '0.15 @ 101']);
  });

  it('is empty when a number is missing, when nothing is held, and when it is off', () => {
    const ladder = ladderOf(FOUR);
    expect(rest(ladder, { entry: Number.NaN })).toEqual([]);
    expect(rest(ladder, { held: 0 })).toEqual([]);
    expect(rest(ladder, { held: Number.NaN })).toEqual([]);
    expect(rest(ladder, { minutes: Number.NaN })).toEqual([]);
    expect(rest(ladderOf(FOUR, false))).toEqual([]);
  });

  it('adds up to the position to the lot when it is full, and to no more when it is not', () => {
    const shares = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 });
    const property = fc.property(
      shares,
      fc.boolean(),
      fc.integer({ min: 1, max: 5000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (parts, isFull, initialLots, heldShare) => {
        const whole = parts.reduce((sum, part) => sum + part, 0) + (isFull ? 0 : 10);
        const ladder = ladderOf(parts.map((part, k) => [(k + 1) / 100, part / whole]));
        const heldLots = Math.ceil(initialLots * heldShare);
        const count = ladder.rest(0, A, 1, 100, initialLots / 1000, heldLots / 1000, 0, 0);
        let lots = 0;
        for (let k = 0; k < count; k++) {
          expect(ladder.qty[k]).toBeGreaterThan(0);
          lots += lotsIn(A, ladder.qty[k]!);
        }
        if (isFull) expect(lots).toBe(heldLots);
        else expect(lots).toBeLessThanOrEqual(heldLots);
      },
    );
    fc.assert(property, { seed: 25, numRuns: 500 });
  });

  it('is flat after its rungs filled one by one in pieces of any size', () => {
    const pieces = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 200, maxLength: 200 });
    const property = fc.property(fc.integer({ min: 1, max: 2000 }), pieces, (initial, sizes) => {
      const ladder = ladderOf(FOUR);
      let held = initial;
      for (const size of sizes) {
        const count = ladder.rest(0, A, 1, 100, initial / 1000, held / 1000, 0, 0);
        if (count === 0) break;
        const lots = Math.min(size, lotsIn(A, ladder.qty[0]!));
        ladder.filled(0, ladder.rung[0]!, A, lots / 1000);
        held -= lots;
      }
      expect(held).toBe(0);
    });
    fc.assert(property, { seed: 26, numRuns: 100 });
  });
});

describe('a rung that waits', () => {
  // freqtrade's minimal_roi {"0": 0.04, "30": 0.02, "60": 0.01}.
  const table: readonly Rung[] = [
    [0.04, 1],
    [0.02, 1, 30],
    [0.01, 1, 60],
  ];

  it('takes over from its minute on: of a table of falling gains the lowest that holds wins', () => {
    const ladder = ladderOf(table);
    const at = (minutes: number) => rest(ladder, { minutes });
    expect([at(0), at(29.9), at(30), at(60), at(9000)]).toEqual([
      ['1 @ 104'],
      ['1 @ 104'],
      ['1 @ 102'],
      ['1 @ 101'],
      ['1 @ 101'],
    ]);
  });

  it('is told of by how many hold, so that nobody need look at every candle', () => {
    const ladder = ladderOf(table);
    expect([0, 29, 30, 60].map((minutes) => ladder.holding(5, 5 + minutes * MINUTE_MS))).toEqual([
      1, 1, 2, 3,
    ]);
  });

  it('closes what is left although a higher rung has closed its share already', () => {
    const ladder = ladderOf([
      [0.04, 0.5],
      [0.01, 0.5, 60],
    ]);
    ladder.open(0);
    ladder.filled(0, 1, A, 0.5);
    expect(rest(ladder, { held: 0.5, minutes: 10 })).toEqual([]);
    expect(rest(ladder, { held: 0.5, minutes: 60 })).toEqual(['0.5 @ 101']);
  });
});

describe('the shares of a ladder', () => {
  const rung = (fraction: number, afterMinutes = 0): RungConfig => ({
    gain: 0.01,
    fraction,
    afterMinutes,
  });

  it('may add up to 1 for rungs of one time, in decimals too', () => {
    expect(ladderProblems({ a: rung(0.1), b: rung(0.2), c: rung(0.7) }, 'ladder')).toEqual([]);
    expect(ladderProblems({ a: rung(1), b: rung(1, 30), c: rung(1, 60) }, 'ladder')).toEqual([]);
  });

  it('beyond 1, or not a number, are bad input', () => {
    const problems = ladderProblems({ a: rung(0.6), b: rung(0.6) }, 'risk.takeProfit.ladder');
    expect(problems).toMatchObject([{ key: 'risk.takeProfit.ladder', value: 1.2 }]);
    expect(ladderProblems({ a: rung(Number.NaN) }, 'ladder')).toHaveLength(1);
  });
});
