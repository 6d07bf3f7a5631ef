// A promotion is for venues that take what its config sends.

import { expect, it } from 'vitest';
import { mustBeOrderable } from '../../../live/promotion/orderable.ts';
import { configOf } from '../../support/run.ts';

const trailing = (kind: 'closes' | 'venue', buffer: number, enabled = true) => {
  return configOf({ decision: { risk: { trailingStop: { enabled, kind, buffer } } } });
};

it("a venue's own trailing stop needs a venue that has one, at such a distance", () => {
  const both = ['aster', 'hyperliquid'];
  expect(() => mustBeOrderable(trailing('venue', 0.01), both)).toThrow(
    'decision.risk.trailingStop.kind: must be closes: hyperliquid has no trailing stop of its own',
  );
  // The documentation has it follow at 0.1 to 5 per cent.
  expect(() => mustBeOrderable(trailing('venue', 0.06), ['aster'])).toThrow(
    'decision.risk.trailingStop.buffer: must be 0.001 to 0.05',
  );
  for (const buffer of [0.001, 0.05]) mustBeOrderable(trailing('venue', buffer), ['aster']);
});

it('one that we move ourselves, or that is off, needs nothing', () => {
  mustBeOrderable(trailing('closes', 0.2), ['hyperliquid']);
  mustBeOrderable(trailing('venue', 0.2, false), ['hyperliquid']);
});
