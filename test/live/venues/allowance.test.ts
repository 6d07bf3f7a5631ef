// The allowance of an account: what entries may not touch, and what others on the same IP have used.

import { describe, expect, it } from 'vitest';
import { Allowance } from '../../../live/venues/allowance.ts';
import { VirtualPace } from '../../support/venues/pace.ts';

/** 600 a minute, a third of it urgent: buckets of 200 and 100, refilled by 200 and 100 a minute. */
const RULES = {
  venueWeightPerMinute: 2400,
  weightPerMinute: 600,
  ordersPerMinute: 1200,
  urgentFraction: 1 / 3,
};

function spent(allowance: Allowance, isUrgent: boolean): number {
  let count = 0;
  while (allowance.spend(1, 1, isUrgent) === 0) count++;
  return count;
}

describe('an allowance', () => {
  it('F24 keeps a third from entries and gives it to cancels', () => {
    const allowance = new Allowance(RULES, new VirtualPace(0));
    expect(spent(allowance, false)).toBe(200);
    expect(spent(allowance, true)).toBe(100);
  });

  it('says how long a refused one would have had to wait', () => {
    const pace = new VirtualPace(0);
    const allowance = new Allowance(RULES, pace);
    spent(allowance, false);
    // 200 a minute are one in 300 ms.
    expect(allowance.spend(1, 1, false)).toBe(300);
    pace.pass(300);
    expect(allowance.spend(1, 1, false)).toBe(0);
  });

  it('counts orders by themselves', () => {
    const allowance = new Allowance({ ...RULES, ordersPerMinute: 30 }, new VirtualPace(0));
    expect(spent(allowance, false)).toBe(10);
    expect(spent(allowance, true)).toBe(5);
  });

  it('is not touched by what feeds use of the same IP, until the minute is nearly used up', () => {
    const allowance = new Allowance(RULES, new VirtualPace(0));
    allowance.reading.correct(1800);
    expect(spent(allowance, false)).toBe(200);
    allowance.reading.correct(2150);
    // 250 are left for everybody; 200 of them are for what is urgent, whose bucket holds 100.
    const other = new Allowance(RULES, new VirtualPace(0));
    other.hear(2150);
    expect(spent(other, false)).toBe(50);
    expect(spent(other, true)).toBe(100);
    const empty = new Allowance(RULES, new VirtualPace(0));
    empty.hear(2400);
    expect([spent(empty, false), spent(empty, true)]).toEqual([0, 0]);
  });

  it('has nothing but its reserve after a 429', () => {
    const allowance = new Allowance(RULES, new VirtualPace(0));
    allowance.exhaust();
    expect(spent(allowance, false)).toBe(0);
    expect(spent(allowance, true)).toBe(100);
  });
});
