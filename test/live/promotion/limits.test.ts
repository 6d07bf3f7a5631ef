// The limits of a promotion: asked for by name, checked all at once, and of no use once they were edited.

import { describe, expect, it } from 'vitest';
import { InputError } from '../../../engine/errors.ts';
import { parsePromotion, promotionText } from '../../../live/promotion/document.ts';
import { isSignedBy } from '../../../live/promotion/keys.ts';
import { DEFAULT_LIMITS, limitsFrom } from '../../../live/promotion/limits.ts';
import { OPERATOR, signed } from './sample.ts';

describe('the limits of a promotion', () => {
  it('are the usual ones where nothing else is asked for', () => {
    expect(limitsFrom([])).toEqual(DEFAULT_LIMITS);
    expect(DEFAULT_LIMITS.guard.collar).toBe(0.02);
    expect(DEFAULT_LIMITS.watchdog).toEqual({ silenceSeconds: 30, measure: 'take-back-entries' });
  });

  it('are what was asked for, and nothing else changes', () => {
    const limits = limitsFrom([
      'guard.collar=0.01',
      'watchdog.measure=flatten',
      'guard.collar=0.005',
    ]);
    expect(limits.guard).toEqual({ ...DEFAULT_LIMITS.guard, collar: 0.005 });
    expect(limits.watchdog).toEqual({ silenceSeconds: 30, measure: 'flatten' });
  });

  it('are refused all at once, each with its rule', () => {
    const wrong = [
      'guard.colar=0.01',
      'guard.collar=0.5',
      'guard.entriesAMinute=1.5',
      'guard.collar=',
    ];
    const more = ['watchdog.measure=pray', 'watchdog.silenceSeconds=NaN', 'collar'];
    let error: unknown;
    try {
      limitsFrom([...wrong, ...more]);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(InputError);
    const { problems } = error as InputError;
    expect(problems).toHaveLength(7);
    expect(problems[0]).toMatchObject({ key: '--limit', nearest: 'guard.collar' });
    expect(problems[1]!.rule).toBe('must be a number above 0 to 0.2');
    expect(problems[2]!.rule).toBe('must be a whole number from 1 to 600');
    expect(problems[4]!.rule).toBe('must be one of take-back-entries, close-unprotected, flatten');
  });

  it('cannot be widened without the operator', () => {
    const text = promotionText(signed());
    for (const [was, is] of [
      ['"collar": 0.02', '"collar": 0.1'],
      ['"maxSkewMs": 2000', '"maxSkewMs": 9000'],
      ['"exposureShare": 1', '"exposureShare": 0.5'],
      ['"measure": "take-back-entries"', '"measure": "flatten"'],
    ] as const) {
      expect(text).toContain(was);
      const edited = parsePromotion(text.replace(was, is), 'p.json');
      expect(isSignedBy(edited, OPERATOR.publicKey), was).toBe(false);
    }
    // Nor by the operator, beyond what anybody may.
    expect(() => parsePromotion(text.replace('"collar": 0.02', '"collar": 0.9'), 'p.json')).toThrow(
      'limits.guard.collar',
    );
  });
});
