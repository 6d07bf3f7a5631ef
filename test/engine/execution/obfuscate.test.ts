// Which algorithm a parent gets, and how its children are disguised.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Child } from '../../../engine/execution/algorithms/contract.ts';
import { obfuscate } from '../../../engine/execution/algorithms/obfuscate.ts';
import { checkSelection, selectAlgorithm } from '../../../engine/execution/algorithms/select.ts';
import { random } from '../../../engine/random.ts';

const settings = { seed: 98, numRuns: process.env['SAPPHIRE_LONG'] === '1' ? 10_000 : 1000 };

describe('the selection matrix', () => {
  const config = { smallShare: 0.001, largeShare: 0.05, volatilityThreshold: 0.02 };
  it.each([
    ['a price target, whatever the size', 0.9, 0.5, 95, 'sniper'],
    ['small', 0.001, 0.5, Number.NaN, 'market'],
    ['medium and volatile', 0.01, 0.02, Number.NaN, 'twap'],
    ['medium and calm', 0.01, 0.019, Number.NaN, 'vwap'],
    ['medium, volatility unknown', 0.01, Number.NaN, Number.NaN, 'twap'],
    ['large', 0.05, 0, Number.NaN, 'iceberg'],
    ['size unknown', Number.NaN, 0, Number.NaN, 'iceberg'],
    ['no volume at all', Number.POSITIVE_INFINITY, 0, Number.NaN, 'iceberg'],
  ])('%s', (_, shareOfVolume, volatility, targetPrice, name) => {
    expect(selectAlgorithm({ shareOfVolume, volatility, targetPrice, config })).toBe(name);
  });

  it('is refused where its rows overlap or are no numbers', () => {
    expect(checkSelection(config)).toEqual([]);
    const overlap = { ...config, largeShare: 0.001 };
    expect(checkSelection(overlap).map(({ key }) => key)).toEqual(['execution.select.largeShare']);
    const none = { smallShare: 2, largeShare: 1, volatilityThreshold: Number.NaN };
    expect(checkSelection(none, 'x')).toHaveLength(3);
  });
});

const limit: Child = {
  qty: 10,
  type: 'limit',
  limitPrice: 100,
  timeInForce: 'gtd',
  expiresMs: 5000,
};
const facts = {
  isEntry: true,
  side: 1,
  marketPrice: 100,
  lotSize: 0.001,
  maxQty: 20,
  keepsLimit: false,
} as const;

describe('a disguised child', () => {
  it('stays inside every bound', () => {
    const lots = fc.integer({ min: 1, max: 1e6 });
    const price = fc.double({ min: 50, max: 150, noNaN: true });
    const side = fc.constantFrom<1 | -1>(1, -1);
    fc.assert(
      fc.property(
        lots,
        price,
        side,
        fc.boolean(),
        fc.nat(),
        (count, limitPrice, s, keeps, seed) => {
          const child = { ...limit, qty: count / 1000, limitPrice };
          const room = { ...facts, side: s, maxQty: (count * 1.01) / 1000, keepsLimit: keeps };
          const { child: sent, delayMs } = obfuscate(child, room, random(seed, 'x'));
          expect(sent.qty).toBeGreaterThanOrEqual(child.qty * 0.98 - 1e-12);
          expect(sent.qty).toBeLessThanOrEqual(Math.min(child.qty * 1.02, room.maxQty) + 1e-12);
          expect(Math.round(sent.qty * 1000) / 1000).toBe(sent.qty);
          expect(Number.isInteger(delayMs)).toBe(true);
          expect(delayMs).toBeGreaterThanOrEqual(100);
          expect(delayMs).toBeLessThanOrEqual(1500);
          expect(s * (sent.limitPrice - 100)).toBeLessThanOrEqual(0.5 + 1e-9);
          if (keeps) expect(s * (sent.limitPrice - limitPrice)).toBeLessThanOrEqual(0);
          else expect(Math.abs(sent.limitPrice - 100)).toBeLessThanOrEqual(0.5 + 1e-9);
          expect(obfuscate(child, room, random(seed, 'x'))).toEqual({ child: sent, delayMs });
        },
      ),
      settings,
    );
  });

  it('reaches both ends of its bounds', () => {
    const least = obfuscate(limit, facts, () => 0);
    expect(least).toMatchObject({ child: { qty: 9.8 }, delayMs: 100 });
    const most = obfuscate(limit, facts, () => 1 - 2 ** -32);
    expect(most).toMatchObject({ child: { qty: 10.199 }, delayMs: 1500 });
  });

  it('closes exactly, and draws as often as an entry does', () => {
    let draws = 0;
    const draw = () => {
      draws++;
      return 0.9;
    };
    expect(obfuscate(limit, { ...facts, isEntry: false }, draw).child.qty).toBe(10);
    expect(draws).toBe(2);
    obfuscate(limit, facts, draw);
    expect(draws).toBe(4);
  });

  it('keeps a market child a market child, and a limit where the market is unknown', () => {
    const market: Child = { ...limit, type: 'market', limitPrice: Number.NaN };
    expect(obfuscate(market, facts, () => 0.5).child.limitPrice).toBeNaN();
    const far = { ...limit, limitPrice: 7 };
    const blind = { ...facts, marketPrice: Number.NaN };
    expect(obfuscate(far, blind, () => 0.5).child.limitPrice).toBe(7);
  });

  it('of one lot stays one lot', () => {
    const one = { ...limit, qty: 0.001 };
    for (const u of [0, 0.5, 0.99]) expect(obfuscate(one, facts, () => u).child.qty).toBe(0.001);
  });
});
