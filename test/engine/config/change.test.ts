// A checked config with values changed is what checking the whole of it gives: values, order of keys,
// and whatever is said of what is wrong.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Assignments, assigned, checkChange } from '../../../engine/config/change.ts';
import { checkConfig } from '../../../engine/config/check.ts';
import { fixedPaths, isBranch, nodeAt } from '../../../engine/config/place.ts';
import type { Config } from '../../../engine/config/schema.ts';
import { InputError, problemText } from '../../../engine/errors.ts';

const BASES = [
  checkConfig({ decision: { strategy: 'sma-cross', parameters: { fast: 5 } } }),
  checkConfig({ decision: { agents: { ann: { weight: 1 }, bob: { parameters: { x: 2 } } } } }),
];
const PATHS = [
  ...fixedPaths(),
  'decision.parameters.fast',
  'decision.parameters.slow',
  'decision.agents.ann.weight',
  'decision.agents.eve.weight',
  'decision.agents.bob.parameters.y',
  'decision.consensus.actTreshold',
  'world.costs.spread.edge',
];
const value = fc.oneof(
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.integer({ min: -2, max: 200 }),
  fc.boolean(),
  fc.constantFrom<unknown>(null, Number.NaN, '1h', '5m', 'fixed-risk', 'edge', 'fill', [], {}),
);
const changes = fc.array(fc.tuple(fc.constantFrom(...PATHS), value), { maxLength: 3 });

/** What comes of it, or what is said of it. */
function come(work: () => Config): string {
  try {
    return JSON.stringify(work());
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.problems.map(problemText).join('\n');
  }
}

function isFrozen(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return Object.isFrozen(value) && Object.values(value).every(isFrozen);
}

describe('a changed config', () => {
  it('is the whole one checked, or refused in the same words', () => {
    let sound = 0;
    fc.assert(
      fc.property(fc.constantFrom(...BASES), changes, (base, assignments: Assignments) => {
        const got = come(() => checkChange(base, assignments));
        expect(got).toBe(come(() => checkConfig(assigned(base, assignments))));
        if (got.startsWith('{')) sound++;
      }),
      { numRuns: 600, seed: 20261129 },
    );
    expect(sound).toBeGreaterThan(100);
  });

  it('of every single value by its default is the base itself, frozen, and leaves the base alone', () => {
    const [base] = BASES as [Config];
    const before = JSON.stringify(base);
    for (const path of fixedPaths().filter((one) => !isBranch(nodeAt(one)!))) {
      if (path === '$schema') continue;
      const keys = path.split('.');
      const own = keys.reduce<unknown>(
        (place, key) => (place as Record<string, unknown>)[key],
        base,
      );
      const changed = checkChange(base, [[path, own]]);
      expect(changed).toEqual(base);
      expect(isFrozen(changed), path).toBe(true);
    }
    expect(JSON.stringify(base)).toBe(before);
  });
});
