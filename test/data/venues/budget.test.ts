// The weight budget against arithmetic by hand: 1800 of 2400 usable, half at once, 15 a second.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WeightBudget } from '../../../data/venues/budget.ts';
import { VirtualPace } from '../../support/venues/pace.ts';

const RULES = { perMinute: 2400, reserveFraction: 0.25 };

describe('a weight budget', () => {
  it('leaves the reserve: 1800 of 2400, half of it at once, half a minute', async () => {
    const pace = new VirtualPace(0);
    const budget = new WeightBudget(RULES, pace);
    expect([budget.usable, budget.burst]).toEqual([1800, 900]);
    for (let i = 0; i < 90; i++) await budget.take(10);
    expect(pace.monotonicMs()).toBe(0);
    await budget.take(10);
    // 900 a minute are 15 a second: ten are there after two thirds of one.
    expect(pace.monotonicMs()).toBe(667);
  });

  it('spends no more than what is usable in any minute, wherever it begins', async () => {
    const weights = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 200 });
    const idle = fc.integer({ min: 0, max: 5000 });
    await fc.assert(
      fc.asyncProperty(weights, idle, async (takes, idleMs) => {
        const pace = new VirtualPace(0);
        const budget = new WeightBudget({ perMinute: 600, reserveFraction: 0.5 }, pace);
        const spent: [atMs: number, weight: number][] = [];
        for (const weight of takes) {
          if (weight % 7 === 0) pace.pass(idleMs);
          await budget.take(weight);
          spent.push([pace.monotonicMs(), weight]);
        }
        for (const [fromMs] of spent) {
          const within = spent.filter(([atMs]) => atMs >= fromMs && atMs < fromMs + 60_000);
          const sum = within.reduce((total, [, weight]) => total + weight, 0);
          expect(sum).toBeLessThanOrEqual(300);
        }
      }),
      { seed: 20, numRuns: 100 },
    );
  });

  it('believes the venue when others on this machine have spent more', async () => {
    const pace = new VirtualPace(0);
    const budget = new WeightBudget(RULES, pace);
    budget.correct(1780);
    await budget.take(20);
    expect(pace.monotonicMs()).toBe(0);
    budget.correct(2100);
    await budget.take(10);
    // 300 into the reserve, and 10: 310 at 15 a second.
    expect(pace.monotonicMs()).toBe(Math.ceil(310 / 0.015));
  });

  it('never gains by what the venue says', async () => {
    const pace = new VirtualPace(0);
    const budget = new WeightBudget(RULES, pace);
    await budget.take(900);
    budget.correct(0);
    budget.correct(Number.NaN);
    await budget.take(15);
    expect(pace.monotonicMs()).toBe(1000);
  });

  it('serves those who wait in the order they came', async () => {
    const pace = new VirtualPace(0);
    const budget = new WeightBudget(RULES, pace);
    const served: number[] = [];
    await Promise.all(
      [900, 800, 1, 1].map((weight, i) => budget.take(weight).then(() => served.push(i))),
    );
    expect(served).toEqual([0, 1, 2, 3]);
  });

  it('lets one that is heavier than the bucket pass with a full one', async () => {
    const pace = new VirtualPace(0);
    const budget = new WeightBudget(RULES, pace);
    await budget.take(5000);
    expect(pace.monotonicMs()).toBe(0);
    await budget.take(5000);
    expect(pace.monotonicMs()).toBe(60_000);
  });

  it('takes nothing for one who has given up, and serves the next', async () => {
    const pace = new VirtualPace(0);
    const budget = new WeightBudget(RULES, pace);
    await budget.take(900, AbortSignal.abort());
    await budget.take(900);
    expect(pace.monotonicMs()).toBe(0);
    await budget.take(900, AbortSignal.abort());
    await budget.take(15);
    expect(pace.monotonicMs()).toBe(1000);
  });
});
