// What somebody can try with the files, words and promotions that a session listens to; and that every
// listed attack has a row that says what happens, claimed where it says.

import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { shown } from '../../data/venues/said.ts';
import { InputError } from '../../engine/errors.ts';
import type { Command } from '../../engine/event.ts';
import { Inbox, LIMITS } from '../../live/inbox.ts';
import { isLoopback } from '../../live/loopback.ts';
import { Safety, safetyFile } from '../../live/orders/safety.ts';
import { parsePromotion, promotionText } from '../../live/promotion/document.ts';
import { isSignedBy } from '../../live/promotion/keys.ts';
import { type PromotionRefusal, verifyPromotion } from '../../live/promotion/verify.ts';
import { hear, tell, WORDS } from '../../live/words.ts';
import { room } from '../support/cli.ts';
import { VirtualClock } from '../support/socket.ts';
import { CALM } from './orders/venue.ts';
import { World } from './orders/world.ts';
import { OPERATOR, present, signed } from './promotion/sample.ts';

const TEST = new URL('../', import.meta.url).pathname;
const TABLE = readFileSync(new URL('../../live/ATTACKS.md', import.meta.url), 'utf8');
const LISTED = new URL('../../../shared/facts/control_api_attacks.json', import.meta.url);
const root = mkdtempSync(join(tmpdir(), 'sapphire-attacks-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('the table of attacks', () => {
  const rows = TABLE.split('\n').flatMap((line) => {
    const cells = line.split('|').map((cell) => cell.trim());
    const id = /^A\d\d\b/.exec(cells[1] ?? '')?.[0];
    return id === undefined ? [] : [{ id, where: cells[3]! }];
  });

  it('has one row for each of A01 to A28, in order', () => {
    const ids = Array.from({ length: 28 }, (_, k) => `A${String(k + 1).padStart(2, '0')}`);
    expect(rows.map(({ id }) => id)).toEqual(ids);
    if (!existsSync(LISTED)) return;
    const listed = JSON.parse(readFileSync(LISTED, 'utf8')) as { id: string }[];
    expect(listed.map(({ id }) => id)).toEqual(ids);
  });

  it.each(rows.filter(({ where }) => where !== 'none'))(
    '$id names a test that is there',
    ({ id, where }) => {
      const cited = [...where.matchAll(/`([^`]+)`/g)].map(([, path]) => path!);
      expect(cited.length).toBeGreaterThan(0);
      for (const path of cited) expect(existsSync(join(TEST, path)), path).toBe(true);
      if (cited.includes('live/attacks.test.ts')) {
        expect(readFileSync(join(TEST, 'live/attacks.test.ts'), 'utf8')).toContain(`'${id} `);
      }
    },
  );
});

/** What a session hears of the files in its folder, in order. */
async function heard(files: Readonly<Record<string, string>>): Promise<string[]> {
  const folder = mkdtempSync(join(root, 'words-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const clock = new VirtualClock(0);
  const over = new AbortController();
  const said: string[] = [];
  const hearing = hear(folder, clock, (word) => void said.push(word), over.signal);
  await clock.advance(10_000);
  over.abort();
  await hearing;
  return said;
}

describe('words', () => {
  it('A03 are names without a path', async () => {
    const said = await heard({
      'word-1-1.pause': '',
      'word-1-1.PAUSE': '',
      'word-1-1.pause.new': '',
      'word-..-1.halt': '',
      'word-1-1.arm': '',
      'word-1-1.halt\u200b': '',
      '%2e%2e-word-1-1.halt': '',
    });
    expect(said).toEqual(['pause']);
  });

  it('A09 are exactly one of three', () => {
    for (const word of ['HALT', 'halt ', 'arm', '../halt', '', 'halt\n']) {
      expect(() => tell(root, word, new VirtualClock(0)), word).toThrow(InputError);
    }
  });

  it('A28 that stop may hold anything', async () => {
    const said = await heard({ 'word-1-1.halt': `{"armed":true,${'x'.repeat(1e6)}` });
    expect(said).toEqual(['halt']);
  });

  it('A11 that are said twice are two words of which the second changes nothing', async () => {
    const world = new World(3, { knobs: CALM });
    const once = { kind: 'command' as const, tsMs: world.clock.nowMs(), command: 'pause' as const };
    world.kernel.apply(once);
    const before = JSON.stringify(world.kernel.standing);
    world.kernel.apply(once);
    expect(JSON.stringify(world.kernel.standing)).toBe(before);
    await world.port.close();
  });

  it('A12 of one instant end with the halt, and at a real venue none of them ends one', async () => {
    expect(
      await heard({ 'word-7-9.halt': '', 'word-7-9.resume': '', 'word-7-10.pause': '' }),
    ).toEqual(['resume', 'pause', 'halt']);
    expect(await heard({ 'word-10-1.resume': '', 'word-9-1.halt': '' })).toEqual([
      'halt',
      'resume',
    ]);
    const world = new World(3, { knobs: CALM });
    const words = fc.array(fc.constantFrom<Command>(...WORDS), { maxLength: 8 });
    fc.assert(
      fc.property(words, words, (before, after) => {
        world.safety.rearm();
        for (const word of [...before, 'halt' as const, ...after]) world.port.hear(word);
        expect(world.safety.state).toBe('halted');
      }),
      { seed: 12 },
    );
    await world.port.close();
  });

  it('A12 leave a halt on the disk that nobody else can read or lift', () => {
    const path = join(root, 'safety.json');
    new Safety(safetyFile(path)).halt('operator', 1);
    expect(new Safety(safetyFile(path)).state).toBe('halted');
    expect(statSync(path).mode & 0o077).toBe(0);
  });

  it('A06 without end fill their lane, which ends the session instead of its memory', () => {
    const inbox = new Inbox();
    for (let k = 0; k <= LIMITS.operator; k++) inbox.push({ lane: 'operator', command: 'resume' });
    expect(inbox.overflow).toBe('operator');
    expect(inbox.length).toBe(LIMITS.operator);
  });
});

describe('a promotion', () => {
  const text = promotionText(signed());
  const read = (changed: string) => parsePromotion(changed, 'p.json');

  it.each([
    [
      'A04 a field that it does not have',
      '"kind": "promotion"',
      '"kind": "promotion", "isPaper": false',
    ],
    ['A04 one deeper in', '"collar": 0.02', '"collar": 0.02, "approvedBy": "me"'],
    ['A17 a text for a number', '"capitalUsd": 500', '"capitalUsd": "500"'],
    ['A17 a truth for a number', '"maxDrawdown": 0.05', '"maxDrawdown": true'],
    [
      'A19 a prototype',
      '"kind": "promotion"',
      '"kind": "promotion", "__proto__": {"capitalUsd": 9}',
    ],
    ['A20 a number beyond all', '"capitalUsd": 500', '"capitalUsd": 1e400'],
    ['A20 a number that is none', '"capitalUsd": 500', '"capitalUsd": NaN'],
  ])('is refused with %s', (_, was, is) => {
    expect(text).toContain(was);
    expect(() => read(text.replace(was, is))).toThrow(InputError);
  });

  it('A18 with a field twice is what its last one says, for the signature as for the trade', () => {
    const twice = (first: number, last: number) =>
      read(text.replace('"capitalUsd": 500', `"capitalUsd": ${first}, "capitalUsd": ${last}`));
    expect(isSignedBy(twice(9, 500), OPERATOR.publicKey)).toBe(true);
    expect(twice(9, 500).body.capitalUsd).toBe(500);
    expect(isSignedBy(twice(500, 9), OPERATOR.publicKey)).toBe(false);
  });

  it.each([
    [
      'A08 another operator',
      signed(),
      { operator: generateKeyPairSync('ed25519').publicKey },
      'other-operator',
    ],
    ['A10 an old one', signed(), { nowMs: Number.MAX_SAFE_INTEGER }, 'expired'],
    ['A10 other code', signed(), { codeDigest: '0'.repeat(64) }, 'other-code'],
  ])('is refused with %s', (_, promotion, changes, code) => {
    try {
      verifyPromotion(promotion, present(changes));
      expect.fail('was taken');
    } catch (error) {
      expect((error as PromotionRefusal).code).toBe(code);
    }
  });
});

describe('what comes from outside', () => {
  it('A13 is of this machine only where its address is', () => {
    for (const host of ['localhost', '127.0.0.1', '127.1.2.3', '[::1]']) {
      expect(isLoopback(host), host).toBe(true);
    }
    for (const host of [
      '127.evil.example',
      '127.0.0.1.evil.example',
      'localhost.evil',
      '',
      '10.0.0.1',
      '169.254.169.254',
    ]) {
      expect(isLoopback(host), host).toBe(false);
    }
  });

  it('A23 is shown in one line without what moves a cursor', () => {
    const evil = '\u001b[31mred\u001b[0m\r\nlevel=info msg="all is well"\u0000 =cmd()';
    const line = shown(evil);
    expect(line).not.toMatch(/\p{Cc}/u);
    expect(shown('x'.repeat(1e6)).length).toBeLessThan(200);
  });

  it('A26 installs no scripts but those of Node itself', () => {
    const pack = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    const allowed = Object.entries(pack.allowScripts).filter(
      ([, isAllowed]) => isAllowed !== false,
    );
    expect(allowed).toEqual([['node', true]]);
  });

  it('A16 leads to one line without a stack', async () => {
    const place = room('attacks');
    writeFileSync(place.at('p.json'), '{"schemaVersion":1,"__proto__":{}}');
    const { code, stderr } = await place.sapphire(['live', '--promotion', 'p.json']);
    place.remove();
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: /);
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});
