// The wording of problems and the search for the name that was meant.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  assert,
  InputError,
  InvariantError,
  nearest,
  type Problem,
  problemText,
} from '../../engine/errors.ts';

describe('a problem in words', () => {
  it('names key, rule, value and the nearest name, in that order', () => {
    const problem: Problem = {
      key: 'risk.maxPosition',
      rule: 'must be 0 to 1',
      value: 7,
      nearest: 'risk.maxPositionFraction',
    };
    expect(problemText(problem)).toBe(
      'risk.maxPosition: must be 0 to 1, was 7 (did you mean risk.maxPositionFraction?)',
    );
  });

  it('shows null and NaN as they are, and says nothing of a value that is not there', () => {
    expect(problemText({ key: 'a', rule: 'r', value: null })).toBe('a: r, was null');
    expect(problemText({ key: 'a', rule: 'r', value: Number.NaN })).toBe('a: r, was NaN');
    expect(problemText({ key: 'a', rule: 'r' })).toBe('a: r');
  });

  it('cuts a long value at eighty characters', () => {
    const text = problemText({ key: 'a', rule: 'r', value: 'x'.repeat(200) });
    expect(text).toHaveLength('a: r, was '.length + 80);
    expect(text.endsWith('...')).toBe(true);
  });
});

describe('an input error', () => {
  it('holds every problem and says each on its own line', () => {
    const error = new InputError([
      { key: 'a', rule: 'one' },
      { key: 'b', rule: 'two' },
    ]);
    expect(error.message).toBe('a: one\nb: two');
    expect(error.problems).toHaveLength(2);
    expect(Object.isFrozen(error.problems)).toBe(true);
  });

  it('takes a single problem, and a cause', () => {
    const cause = new Error('deep');
    const error = new InputError({ key: 'a', rule: 'one' }, { cause });
    expect(error.problems).toEqual([{ key: 'a', rule: 'one' }]);
    expect(error.cause).toBe(cause);
    expect(error).not.toBeInstanceOf(InvariantError);
  });
});

describe('an invariant', () => {
  it('passes while it holds and throws its rule when it does not', () => {
    expect(() => assert(true, 'one is one')).not.toThrow();
    expect(() => assert(false, 'one is one')).toThrow(InvariantError);
    expect(() => assert(false, 'one is one')).toThrow('broken invariant: one is one');
  });
});

describe('the nearest name', () => {
  const names = ['maxPositions', 'maxExposure', 'sizing', 'trailingStop'];

  it('forgives a slip of the finger and the wrong case', () => {
    expect(nearest('maxPosition', names)).toBe('maxPositions');
    expect(nearest('MAXEXPOSURE', names)).toBe('maxExposure');
    expect(nearest('trialingStop', names)).toBe('trailingStop');
  });

  it('is silent when nothing is close', () => {
    expect(nearest('consensus', names)).toBeUndefined();
    expect(nearest('anything', [])).toBeUndefined();
  });

  it('finds every name under any single changed letter', () => {
    const change = fc.tuple(
      fc.constantFrom(...names),
      fc.nat({ max: 5 }),
      fc.constantFrom('q', 'j', '_'),
    );
    fc.assert(
      fc.property(change, ([name, at, letter]) => {
        expect(nearest(name.slice(0, at) + letter + name.slice(at + 1), names)).toBe(name);
      }),
      { seed: 20_261, numRuns: 100 },
    );
  });
});
