// Strict JSON with an address for every mistake: `file:line:column`, one sentence, no guessing.
//
// JSON.parse says what a document means; this reader only says where it is wrong, and refuses what
// JSON.parse lets pass in silence: the same key twice in one object.

import { InputError } from '../errors.ts';

/** The value of a JSON text. Throws InputError with the key `file:line:column`. */
export function parseJson(text: string, file: string): unknown {
  const body = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  const fault = findFault(body);
  if (fault === null) return JSON.parse(body);
  const before = body.slice(0, fault.at).split('\n');
  const column = before.at(-1)!.length + 1;
  throw new InputError({ key: `${file}:${before.length}:${column}`, rule: fault.rule });
}

interface Fault {
  readonly at: number;
  readonly rule: string;
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids them inside a string
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SPACE = /[ \t\n\r]*/y;
const WORD = /true|false|null/y;
const MAX_DEPTH = 100;

function findFault(text: string): Fault | null {
  let at = 0;

  const take = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match === null) return null;
    at = pattern.lastIndex;
    return match[0];
  };
  const skip = () => {
    take(SPACE);
  };
  const is = (character: string): boolean => {
    if (text[at] !== character) return false;
    at++;
    return true;
  };
  const fault = (rule: string): Fault => {
    if (at >= text.length) return { at, rule: `${rule}, but the text ends here` };
    if (text.startsWith('//', at) || text.startsWith('/*', at)) {
      return { at, rule: 'comments are not allowed in JSON' };
    }
    if (text[at] === "'") return { at, rule: 'strings are written in double quotes' };
    return { at, rule: `${rule}, found ${JSON.stringify(text[at])}` };
  };

  function value(depth: number): Fault | null {
    skip();
    if (depth > MAX_DEPTH) return { at, rule: `must not be nested deeper than ${MAX_DEPTH}` };
    if (is('{')) return object(depth);
    if (is('[')) return array(depth);
    if (text[at] === '"') return take(STRING) === null ? badString() : null;
    return (take(NUMBER) ?? take(WORD)) === null ? fault('expected a value') : null;
  }

  function badString(): Fault {
    const end = text.slice(at + 1).search(/["\n]/);
    const open = end < 0 || text[at + 1 + end] === '\n';
    return {
      at,
      rule: open
        ? 'a string is not closed on its line'
        : 'a bad escape or control character in a string',
    };
  }

  function array(depth: number): Fault | null {
    skip();
    if (is(']')) return null;
    for (;;) {
      const bad = value(depth + 1);
      if (bad) return bad;
      skip();
      if (is(']')) return null;
      const comma = at;
      if (!is(',')) return fault('expected , or ]');
      skip();
      if (text[at] === ']') return { at: comma, rule: 'no comma after the last item' };
    }
  }

  function object(depth: number): Fault | null {
    const keys = new Set<string>();
    skip();
    if (is('}')) return null;
    for (;;) {
      const keyAt = at;
      if (text[at] !== '"') return fault('expected a key in double quotes');
      const written = take(STRING);
      if (written === null) return badString();
      const key: string = JSON.parse(written);
      if (keys.has(key)) return { at: keyAt, rule: `the key ${written} is there twice` };
      keys.add(key);
      skip();
      if (!is(':')) return fault('expected :');
      const bad = value(depth + 1);
      if (bad) return bad;
      skip();
      if (is('}')) return null;
      const comma = at;
      if (!is(',')) return fault('expected , or }');
      skip();
      if (text[at] === '}') return { at: comma, rule: 'no comma after the last key' };
    }
  }

  const bad = value(0);
  if (bad) return bad;
  skip();
  return at < text.length ? fault('expected the end of the text') : null;
}
