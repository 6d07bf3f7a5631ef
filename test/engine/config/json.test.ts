// Strict JSON with an address for each mistake, against JSON.parse as the judge of what is valid.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../../../engine/config/json.ts';
import { InputError } from '../../../engine/errors.ts';

describe('strict JSON', () => {
  it.each([
    ['{\n  "a": 1,\n}', 'f.json:2:9: no comma after the last key'],
    ['[1, 2,]', 'f.json:1:6: no comma after the last item'],
    ['// hello\n{}', 'f.json:1:1: comments are not allowed in JSON'],
    ['{\n  "a": 1 /* one */\n}', 'f.json:2:10: comments are not allowed in JSON'],
    ["{ 'a': 1 }", 'f.json:1:3: strings are written in double quotes'],
    ['{ a: 1 }', 'f.json:1:3: expected a key in double quotes, found "a"'],
    ['{ "a": 1 "b": 2 }', 'f.json:1:10: expected , or }, found "\\""'],
    ['{ "a" 1 }', 'f.json:1:7: expected :, found "1"'],
    ['{ "a": tru }', 'f.json:1:8: expected a value, found "t"'],
    ['{ "a": NaN }', 'f.json:1:8: expected a value, found "N"'],
    ['{ "a": 01 }', 'f.json:1:9: expected , or }, found "1"'],
    ['{ "a": "x\n" }', 'f.json:1:8: a string is not closed on its line'],
    ['{ "a": "\\x" }', 'f.json:1:8: a bad escape or control character in a string'],
    ['{ "a": 1', 'f.json:1:9: expected , or }, but the text ends here'],
    ['', 'f.json:1:1: expected a value, but the text ends here'],
    ['{} {}', 'f.json:1:4: expected the end of the text, found "{"'],
    ['{ "a": 1,\n "b": { "c": 1, "c": 2 } }', 'f.json:2:17: the key "c" is there twice'],
    ['{ "a": 1, "\\u0061": 2 }', 'f.json:1:11: the key "\\u0061" is there twice'],
  ])('says where %j is wrong', (text, message) => {
    expect(() => parseJson(text, 'f.json')).toThrow(InputError);
    expect(() => parseJson(text, 'f.json')).toThrow(message);
  });

  it('refuses nesting that would exhaust the stack', () => {
    expect(() => parseJson('['.repeat(100_000), 'f')).toThrow('deeper than 100');
  });

  it('forgives a byte order mark', () => {
    expect(parseJson('\ufeff{"a": 1}', 'f')).toEqual({ a: 1 });
  });

  it('reads whatever JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.constantFrom(0, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(parseJson(text, 'f')).toEqual(JSON.parse(text));
      }),
      { seed: 20_263, numRuns: 300 },
    );
  });

  it('accepts a damaged text exactly when JSON.parse does', () => {
    const damaged = fc
      .tuple(fc.jsonValue({ maxDepth: 2 }), fc.nat(), fc.constantFrom('', ',', '"', '}', '\\', '0'))
      .map(([value, at, letter]) => {
        const text = JSON.stringify({ key: value });
        const cut = at % text.length;
        return text.slice(0, cut) + letter + text.slice(cut + 1);
      });
    fc.assert(
      fc.property(damaged, (text) => {
        expect(outcome(() => parseJson(text, 'f'))).toBe(outcome(() => JSON.parse(text)));
      }),
      { seed: 20_264, numRuns: 500 },
    );
  });
});

function outcome(work: () => unknown): string {
  try {
    return JSON.stringify(work());
  } catch (error) {
    return error instanceof InputError || error instanceof SyntaxError ? 'refused' : String(error);
  }
}
