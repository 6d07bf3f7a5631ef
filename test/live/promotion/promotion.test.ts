// A promotion trades when the operator signed exactly this, today is within it, and what it pins is
// what is here; each way in which it does not has a code of its own.

import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { InputError } from '../../../engine/errors.ts';
import { DAY_MS } from '../../../engine/interval.ts';
import { parsePromotion, promotionText } from '../../../live/promotion/document.ts';
import {
  makeKey,
  publicPathOf,
  readPrivateKey,
  readPublicKey,
  signPromotion,
} from '../../../live/promotion/keys.ts';
import { PromotionRefusal, verifyPromotion } from '../../../live/promotion/verify.ts';
import { body, ISSUED_MS, present, signed } from './sample.ts';

const root = mkdtempSync(join(tmpdir(), 'sapphire-promotion-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function codeOf(work: () => void): string {
  try {
    work();
  } catch (error) {
    if (error instanceof PromotionRefusal) {
      expect(error.exitCode).toBe(4);
      return error.code;
    }
    throw error;
  }
  return 'trades';
}

describe('a promotion', () => {
  it('trades as it was signed, read back from its file', () => {
    const read = parsePromotion(promotionText(signed()), 'p.json');
    expect(codeOf(() => verifyPromotion(read, present()))).toBe('trades');
  });

  it('is refused for its own reason, one by one', () => {
    const { pins } = body();
    const memoryDigest = '7'.repeat(64);
    const remembering = signed({ pins: { ...pins, memoryDigest } });
    const cases: [string, () => void][] = [
      ['unsigned', () => verifyPromotion({ body: body(), signature: null }, present())],
      [
        'other-operator',
        () => {
          const { privateKey } = generateKeyPairSync('ed25519');
          verifyPromotion(signPromotion(body(), privateKey), present());
        },
      ],
      [
        'edited',
        () => verifyPromotion({ ...signed(), body: body({ capitalUsd: 5000 }) }, present()),
      ],
      ['expired', () => verifyPromotion(signed(), present({ nowMs: ISSUED_MS + 30 * DAY_MS }))],
      ['not-yet-valid', () => verifyPromotion(signed(), present({ nowMs: ISSUED_MS - 1 }))],
      ['expired', () => verifyPromotion(signed({ expiresAt: body().issuedAt }), present())],
      ['other-code', () => verifyPromotion(signed(), present({ codeDigest: '0'.repeat(64) }))],
      ['other-node', () => verifyPromotion(signed(), present({ node: '24.22.0' }))],
      ['other-strategy', () => verifyPromotion(signed(), present({ strategyDigest: '1' }))],
      ['other-config', () => verifyPromotion(signed(), present({ decisionConfigDigest: '1' }))],
      ['other-memory', () => verifyPromotion(signed(), present({ memoryDigest: '1' }))],
      ['other-memory', () => verifyPromotion(remembering, present())],
      [
        'gate-failed',
        () => {
          const [first, ...rest] = body().gates;
          verifyPromotion(signed({ gates: [{ ...first!, passed: null }, ...rest] }), present());
        },
      ],
    ];
    for (const [code, work] of cases) expect(codeOf(work), code).toBe(code);
    expect(() => verifyPromotion(remembering, present({ memoryDigest }))).not.toThrow();
  });

  it('that a clock without a time looks at is refused', () => {
    expect(codeOf(() => verifyPromotion(signed(), present({ nowMs: Number.NaN })))).toBe(
      'not-yet-valid',
    );
  });

  it('trades with a failed gate that the operator answers for, and shows it', () => {
    const [first, ...rest] = body().gates;
    const gate = { ...first!, passed: false, override: 'tried elsewhere for a year' };
    const one = signed({ gates: [gate, ...rest] });
    expect(codeOf(() => verifyPromotion(one, present()))).toBe('trades');
    expect(promotionText(one)).toContain('tried elsewhere for a year');
  });

  it('does not survive the change of any one value in its file', () => {
    const text = promotionText(signed());
    const places = leavesOf(JSON.parse(text)).filter((path) => path[0] !== 'schemaVersion');
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.integer({ min: 1, max: 9 }), (path, by) => {
        const document = JSON.parse(text);
        let place = document;
        for (const key of path.slice(0, -1)) place = place[key];
        const key = path.at(-1)!;
        place[key] = altered(place[key], by);
        let code: string;
        try {
          const read = parsePromotion(JSON.stringify(document), 'p.json');
          code = codeOf(() => verifyPromotion(read, present()));
        } catch (error) {
          if (!(error instanceof InputError)) throw error;
          code = 'unreadable';
        }
        expect(['edited', 'unreadable', 'other-operator']).toContain(code);
      }),
      { numRuns: 300 },
    );
  });

  it('means the same whatever order its keys and spaces come in', () => {
    const { signature, ...rest } = JSON.parse(promotionText(signed()));
    const turned = Object.fromEntries(Object.entries(rest).reverse());
    const read = parsePromotion(JSON.stringify({ signature, ...turned }), 'p.json');
    expect(codeOf(() => verifyPromotion(read, present()))).toBe('trades');
  });

  it.each([
    ['', 'JSON'],
    ['[]', 'one JSON object'],
    ['{"schemaVersion":9}', 'schemaVersion 1'],
    [promotionText(signed()).replace('"capitalUsd": 500', '"capitalUsd": -1'), 'capitalUsd'],
    [promotionText(signed()).replace('"venue"', '"where"'), 'must be a whole promotion'],
  ])('that is none is bad input: %#', (text, rule) => {
    const work = () => parsePromotion(text, 'p.json');
    expect(work).toThrow(InputError);
    expect(work).toThrow(rule);
    expect(work).toThrow('p.json');
  });
});

/** Every place in the document that holds a value and no further places. */
function leavesOf(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([key, item]) => leavesOf(item, [...path, key]));
}

function altered(value: unknown, by: number): unknown {
  if (typeof value === 'number') return value + by;
  if (typeof value === 'boolean') return !value;
  if (value === null) return by;
  const text = String(value);
  const at = by % text.length;
  const other = text[at] === 'a' ? 'b' : 'a';
  return text.slice(0, at) + other + text.slice(at + 1);
}

describe('the operator key', () => {
  it('is readable by its owner alone, and never overwritten', () => {
    const path = join(root, 'operator.pem');
    makeKey(path, undefined);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const before = readFileSync(path, 'utf8');
    expect(() => makeKey(path, undefined)).toThrow('never overwritten');
    expect(readFileSync(path, 'utf8')).toBe(before);
  });

  it('signs what its public half verifies', () => {
    const path = join(root, 'pair.pem');
    makeKey(path, undefined);
    const operator = readPublicKey(publicPathOf(path));
    const one = signPromotion(body(), readPrivateKey(path, undefined));
    expect(codeOf(() => verifyPromotion(one, present({ operator })))).toBe('trades');
  });

  it('with a passphrase is of no use without it, and no error tells a part of it', () => {
    const path = join(root, 'secret.pem');
    makeKey(path, 'canary-passphrase');
    expect(readFileSync(path, 'utf8')).toContain('ENCRYPTED');
    readPrivateKey(path, 'canary-passphrase');
    for (const wrong of [undefined, 'canary-wrong']) {
      const work = () => readPrivateKey(path, wrong);
      expect(work).toThrow(InputError);
      expect(work).not.toThrow('canary');
    }
  });

  it('of another kind is refused, and a private key is no public one', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const path = join(root, 'p256.pem');
    writeFileSync(path, privateKey.export({ type: 'pkcs8', format: 'pem' }));
    expect(() => readPrivateKey(path, undefined)).toThrow('ed25519');
    const pair = join(root, 'again.pem');
    makeKey(pair, undefined);
    expect(() => readPublicKey(pair)).toThrow('public key');
    expect(existsSync(publicPathOf(pair))).toBe(true);
  });
});
