// The expected cost of an entry against its limit.

import { expect, it } from 'vitest';
import { slippageCode } from '../../../engine/risk/slippage-check.ts';

it('an entry passes when half the spread and the impact together are within the limit', () => {
  expect(slippageCode(25, 5, 20)).toBeNull();
  expect(slippageCode(25, 5, 20.01)).toBe('slippage');
});

it('an entry of unknown cost is refused, and so is every one under an unknown limit', () => {
  expect(slippageCode(25, Number.NaN, 1)).toBe('slippage');
  expect(slippageCode(25, 1, Number.NaN)).toBe('slippage');
  expect(slippageCode(Number.NaN, 0, 0)).toBe('slippage');
});

it('without a limit nothing is asked', () => {
  expect(slippageCode(null, Number.NaN, Number.NaN)).toBeNull();
});
