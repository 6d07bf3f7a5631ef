// Digests at the edge: one text for one value, whatever machine and folder.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canonicalJson, configDigest, sha256 } from '../../data/runs/canonical.ts';
import { strategyDigest, strategySourceDigest } from '../../data/runs/strategy-digest.ts';
import { InputError, InvariantError } from '../../engine/errors.ts';
import { configOf } from '../support/run.ts';

describe('canonical JSON', () => {
  it('is the text of RFC 8785 for its own sorting and number examples', () => {
    // RFC 8785, 3.2.3: keys sorted by UTF-16 code units.
    const keys = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\ud83d\ude00': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    };
    const order = [...canonicalJson(keys).matchAll(/:"([^"]*)"/g)].map(([, value]) => value);
    expect(order).toEqual([
      'Carriage Return',
      'One',
      'Control',
      'Latin Small Letter O With Diaeresis',
      'Euro Sign',
      'Emoji: Grinning Face',
      'Hebrew Letter Dalet With Dagesh',
    ]);
    // RFC 8785, 3.2.2.
    const numbers = [
      '333333333.33333329',
      '1E30',
      '4.50',
      '2e-3',
      '0.000000000000000000000000001',
    ].map(Number);
    expect(canonicalJson({ numbers, literals: [null, true, false] })).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27]}',
    );
  });

  it('reads back to the same value, and key order is no difference', () => {
    const same = fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      expect(canonicalJson(reversed(value))).toBe(text);
    });
    fc.assert(same, { seed: 8785, numRuns: 200 });
  });

  it('writes -0 as 0 and leaves out what is undefined', () => {
    expect(canonicalJson({ b: -0, a: undefined })).toBe('{"b":0}');
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('refuses %d and says where it was', (value) => {
    expect(() => canonicalJson({ a: [1, { b: value }] }, 'facts')).toThrow(InvariantError);
    expect(() => canonicalJson({ a: [1, { b: value }] }, 'facts')).toThrow(
      'facts.a[1].b is finite',
    );
  });

  it.each([[[undefined]], [{ a: () => 0 }], [new Float64Array(1)], [{ a: 1n }]])(
    'refuses what JSON has no word for (%#)',
    (value) => {
      expect(() => canonicalJson(value)).toThrow(InvariantError);
    },
  );

  it('is hashed by the SHA-256 of FIPS 180-2, appendix B.1', () => {
    expect(sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(sha256(new TextEncoder().encode('abc'))).toBe(sha256('abc'));
  });
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).reverse();
  return Object.fromEntries(entries.map(([key, item]) => [key, reversed(item)]));
}

describe('the config digest', () => {
  const config = configOf({
    decision: { strategy: '/home/a/lab/fade.ts', agents: { x: { use: 'strategies/x.ts' } } },
  });

  it('does not know $schema, nor in which folder a strategy lies', () => {
    const moved = configOf({
      decision: { strategy: '../elsewhere/fade.ts', agents: { x: { use: 'C:\\bots\\x.ts' } } },
    });
    expect(configDigest({ ...moved, $schema: './schema.json' })).toBe(configDigest(config));
  });

  it('changes with any other value', () => {
    const { decision, world } = config;
    const agents = { x: { ...decision.agents['x']!, use: 'y.ts' } };
    const others = [
      { ...config, seed: 2 },
      { ...config, decision: { ...decision, strategy: 'fade2.ts' } },
      { ...config, decision: { ...decision, agents } },
      { ...config, world: { ...world, slippageBps: 2.0000001 } },
    ];
    const digests = [config, ...others].map(configDigest);
    expect(new Set(digests).size).toBe(others.length + 1);
  });
});

describe('the strategy digest', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'sapphire-strategy-'));
  });
  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
  });

  const FILES = {
    'bots/fade.ts': "import { rank } from './parts/rank.ts';\nexport default rank;\n",
    'bots/parts/rank.ts': "export { scale as rank } from '../../lib/scale.ts';\n",
    'lib/scale.ts': "import type { X } from '../bots/fade.ts';\nexport const scale = 1;\n",
    'bots/unrelated.ts': 'export const other = 2;\n',
  };

  function checkout(name: string, changes: Readonly<Record<string, string>> = {}): string {
    for (const [path, text] of Object.entries({ ...FILES, ...changes })) {
      mkdirSync(dirname(join(root, name, path)), { recursive: true });
      writeFileSync(join(root, name, path), text);
    }
    return join(root, name, 'bots/fade.ts');
  }

  it('is the same in two checkouts, and with the line ends of Windows', () => {
    const windows = { 'lib/scale.ts': FILES['lib/scale.ts'].replaceAll('\n', '\r\n') };
    const one = strategyDigest([checkout('one')]);
    expect(strategyDigest([checkout('somewhere/deeper/two')])).toBe(one);
    expect(strategyDigest([checkout('three', windows)])).toBe(one);
    expect(one).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each(['bots/fade.ts', 'bots/parts/rank.ts', 'lib/scale.ts'] as const)(
    'changes when %s does, however deep the import, round trips of imports included',
    (path) => {
      const changed = checkout('two', { [path]: `${FILES[path]}// more\n` });
      expect(strategyDigest([changed])).not.toBe(strategyDigest([checkout('one')]));
    },
  );

  it('does not change with a file that is not imported', () => {
    const changed = checkout('two', { 'bots/unrelated.ts': 'export const other = 3;\n' });
    expect(strategyDigest([changed])).toBe(strategyDigest([checkout('one')]));
  });

  it('of several files does not know their order', () => {
    const one = checkout('one');
    const two = join(root, 'one/bots/unrelated.ts');
    expect(strategyDigest([one, two])).toBe(strategyDigest([two, one]));
    expect(strategyDigest([one, two])).not.toBe(strategyDigest([one]));
  });

  it('holds the lockfile, which the source digest of a trial family does not', () => {
    const one = checkout('one');
    expect(strategySourceDigest([one])).not.toBe(strategyDigest([one]));
  });

  it('names every file that is not there', () => {
    const missing = [join(root, 'a.ts'), join(root, 'b.ts')];
    expect(() => strategyDigest([checkout('one'), ...missing])).toThrow(InputError);
    expect(() => strategyDigest(missing)).toThrow(
      missing.map((file) => `${file}: must be a readable strategy file`).join('\n'),
    );
  });
});
