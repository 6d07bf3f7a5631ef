// Parameters of a strategy: defaults, ranges, and every problem at once; the shape of an export.

import { describe, expect, it } from 'vitest';
import {
  checkStrategy,
  type ParameterRecord,
  resolveParameters,
} from '../../engine/agents/parameters.ts';
import { InputError } from '../../engine/errors.ts';
import { defineStrategy } from '../../engine/index.ts';

const strategy = defineStrategy({
  name: 'sample',
  parameters: {
    period: { default: 14, min: 2, max: 100, integer: true },
    ratio: { default: 0.5, min: 0, max: 1 },
    free: { default: 1 },
    low: { default: 5, min: 1 },
    high: { default: 5, max: 9 },
    mode: { default: 'fast', choices: ['fast', 'slow'] },
    short: { default: true },
  },
  decide: () => 0,
});

function problems(act: () => unknown): string[] {
  try {
    act();
  } catch (error) {
    if (error instanceof InputError) return error.message.split('\n');
    throw error;
  }
  return [];
}

const resolve = (overrides: ParameterRecord) => resolveParameters(strategy, overrides, 'p');

describe('parameters', () => {
  it('are the defaults overlaid by the config, and frozen', () => {
    const values = resolve({ period: 20, short: false });
    expect(values).toEqual({
      period: 20,
      ratio: 0.5,
      free: 1,
      low: 5,
      high: 5,
      mode: 'fast',
      short: false,
    });
    expect(Object.isFrozen(values)).toBe(true);
  });

  it('keep 0, false and the empty text, which are values and not absences', () => {
    expect(resolve({ ratio: 0, short: false })).toMatchObject({ ratio: 0, short: false });
  });

  it.each<[string, ParameterRecord, string]>([
    ['below the range', { period: 1 }, 'p.period: must be 2 to 100, was 1'],
    ['above the range', { ratio: 1.01 }, 'p.ratio: must be 0 to 1, was 1.01'],
    ['not whole', { period: 2.5 }, 'p.period: must be a whole number, was 2.5'],
    [
      'not finite',
      { free: Number.POSITIVE_INFINITY },
      'p.free: must be a finite number, was Infinity',
    ],
    ['below the only bound', { low: 0 }, 'p.low: must be at least 1, was 0'],
    ['above the only bound', { high: 10 }, 'p.high: must be at most 9, was 10'],
    ['no number', { ratio: Number.NaN }, 'p.ratio: must be 0 to 1, was NaN'],
    ['of another type', { period: '14' }, 'p.period: must be a number, was "14"'],
    ['not a choice', { mode: 'quick' }, 'p.mode: must be one of fast, slow, was "quick"'],
    ['misspelt', { perod: 3 }, 'p.perod: is not a parameter of sample (did you mean period?)'],
    ['unknown', { zzzzzz: 3 }, 'p.zzzzzz: is not a parameter of sample'],
    ['a name every object has', { toString: 3 }, 'p.toString: is not a parameter of sample'],
  ])('that are %s are refused', (_, overrides, text) => {
    expect(problems(() => resolve(overrides))).toEqual([text]);
  });

  it('are refused all at once', () => {
    expect(problems(() => resolve({ period: 1, ratio: 2, mode: 'x', nope: 1 })).length).toBe(4);
  });
});

describe('what a file exports', () => {
  it.each([
    ['nothing', undefined, 'f: must export default defineStrategy({...})'],
    ['a text', 'hello', 'f: must export default defineStrategy({...})'],
    ['null', null, 'f: must export default defineStrategy({...})'],
  ])('is refused when it is %s', (_, value, text) => {
    expect(problems(() => checkStrategy(value, 'f'))[0]).toMatch(text);
  });

  it('must have a name in kebab-case and something to say, and only functions where they belong', () => {
    expect(problems(() => checkStrategy({ name: 'My Strategy', veto: 3 }, 'f'))).toEqual([
      'f: name: must be lower-case words joined by dashes, was "My Strategy"',
      'f: veto: must be a function, was 3',
      'f: must have analyze (a vote), decide (a target exposure) or asks (a model)',
    ]);
  });

  it('is the strategy itself when it is one, frozen by defineStrategy', () => {
    expect(checkStrategy(strategy, 'f')).toBe(strategy);
    expect(Object.isFrozen(strategy)).toBe(true);
  });
});
