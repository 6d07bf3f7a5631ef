// Claims about the fast way of reading lines: it gives what JSON.parse and the codec give, or nothing.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Event } from '../../../engine/event.ts';
import { linkHash } from '../../../live/journal/chain.ts';
import { type Line, lineBody, readLine } from '../../../live/journal/line.ts';
import { PlainReader } from '../../../live/journal/plain.ts';
import { JournalReader } from '../../../live/journal/reader.ts';
import { anyEvent } from './any-record.ts';
import { record } from './recorded.ts';
import { FIRST, inFolder, START_MS } from './support.ts';

const LONG = process.env['SAPPHIRE_LONG'] === '1';
const settings = { seed: 20_250_707, numRuns: LONG ? 500_000 : 20_000 };
const HASH = 'A'.repeat(22);

/** Prices and volumes as venues write them, and any double at all. */
const anyNumber = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(fc.nat(10_000_000), fc.nat(8)).map(([n, k]) => n / 10 ** k) },
  { weight: 1, arbitrary: fc.double() },
  { weight: 1, arbitrary: fc.maxSafeInteger() },
);
const anyCandle: fc.Arbitrary<Event> = fc.record(
  {
    kind: fc.constant('candle' as const),
    tsMs: fc.constant(START_MS),
    leg: fc.nat(20),
    openMs: fc.nat(START_MS),
    open: anyNumber,
    high: anyNumber,
    low: anyNumber,
    close: anyNumber,
    volume: anyNumber,
  },
  { noNullPrototype: true },
);
const anyRow: fc.Arbitrary<Event> = anyNumber.map((openMs) => {
  return { kind: 'row-closed', tsMs: START_MS, openMs };
});
const anyOwn = fc.oneof(
  { weight: 6, arbitrary: anyCandle },
  { weight: 2, arbitrary: anyRow },
  { weight: 1, arbitrary: anyEvent(START_MS) },
);
const anyBody = fc.tuple(anyOwn, fc.nat(1_000_000), fc.boolean()).map(([event, seq, isOwn]) => {
  return lineBody(
    isOwn ? { kind: 'in', event, stampMs: START_MS + 1 } : { kind: 'in', event },
    seq,
  );
});

/** What a careless hand or a broken disk makes of a line: bytes changed, left out, put in, doubled. */
const LETTERS = [...'0123456789-+.eE,:"{} \tnulfaskcow\\', '\u0000', '\u00e4', '007', '.5', '1.'];
const anyEdit = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  removed: fc.nat(3),
  text: fc.oneof(fc.constantFrom('', ...LETTERS), fc.constantFrom(...LETTERS)),
});
const anyMutated = fc.tuple(anyBody, fc.array(anyEdit, { maxLength: 2 })).map(([body, edits]) => {
  let text = body;
  for (const { at, removed, text: put } of edits) {
    const from = Math.floor(at * text.length);
    text = text.slice(0, from) + put + text.slice(from + removed);
  }
  return text.replace(/\n/g, ' ');
});

type Found = { readonly line: Line } | { readonly refusal: string };

/** The line by the slow way, or the rule that it breaks. */
function slowly(text: string): Found {
  try {
    const refuse = (rule: string, value?: unknown): never => {
      throw new Error(`${rule}, was ${String(value)}`);
    };
    return { line: readLine(text, refuse) };
  } catch (error) {
    return { refusal: (error as Error).message };
  }
}

function quickly(text: string): Line | null {
  const before = 'bytes before it ';
  const bytes = Buffer.from(`${before}${text}\nbytes after it`, 'utf8');
  return new PlainReader().read(bytes, before.length, before.length + Buffer.byteLength(text));
}

const ended = (body: string) => `${body},"h":"${HASH}"}`;

describe('a plain line', () => {
  it('is every candle and closed row that the writer writes with numbers that are finite', () => {
    fc.assert(
      fc.property(fc.oneof(anyCandle, anyRow), fc.nat(1_000_000), (event, seq) => {
        const text = ended(lineBody({ kind: 'in', event }, seq));
        const quick = quickly(text);
        // Exponents, NaN and the infinities are left to the slow way.
        const isPlain = !/\d[eE][-+\d]|null|inf/.test(text);
        expect(quick !== null).toBe(isPlain);
        return quick === null || isDeepStrictEqual({ line: quick }, slowly(text));
      }),
      settings,
    );
  });

  it('however it was mutated is the same line to both ways, or none to the fast one', () => {
    const counts = { quick: 0, slow: 0, refused: 0 };
    fc.assert(
      fc.property(anyMutated, (body) => {
        const text = ended(body);
        const quick = quickly(text);
        const slow = slowly(text);
        if (quick === null) counts['line' in slow ? 'slow' : 'refused']++;
        else counts.quick++;
        return quick === null || isDeepStrictEqual({ line: quick }, slow);
      }),
      settings,
    );
    for (const count of Object.values(counts)) expect(count).toBeGreaterThan(settings.numRuns / 20);
  });

  it.each([
    ['a number with a zero before it', '"leg":1', '"leg":01'],
    ['a number without digits before the point', '"low":9.5', '"low":.5'],
    ['a number without digits behind the point', '"low":9.5', '"low":9.'],
    ['a sign that JSON does not know', '"low":9.5', '"low":+9.5'],
    ['two points', '"low":9.5', '"low":9.5.1'],
    ['a space', '"low":9.5', '"low": 9.5'],
    ['a text for a number', '"low":9.5', '"low":"9.5"'],
    ['an exponent', '"low":9.5', '"low":95e-1'],
    ['another order of keys', '"low":9.5,"close":10', '"close":10,"low":9.5'],
    ['a key that stands twice', '"low":9.5', '"low":9.5,"low":9.5'],
    ['more behind the event', '"volume":7}', '"volume":7},"x":1'],
    ['a number that goes on where the next begins', '"leg":1,', '"leg":1 ,'],
  ])('is not one with %s', (_, from, to) => {
    const prices = { open: 10, high: 11, low: 9.5, close: 10, volume: 7 };
    const event = { kind: 'candle', tsMs: START_MS, leg: 1, openMs: 5, ...prices } as const;
    const body = lineBody({ kind: 'in', event }, 3);
    expect(quickly(ended(body))).not.toBeNull();
    expect(body).toContain(from);
    expect(quickly(ended(body.replace(from, to)))).toBeNull();
  });

  it('of many digits is rounded as JSON.parse rounds it, to the last bit', () => {
    const digits = fc.string({
      unit: fc.constantFrom(...'0123456789'),
      minLength: 1,
      maxLength: 25,
    });
    fc.assert(
      fc.property(fc.boolean(), fc.nat(99), digits, (isNegative, whole, places) => {
        const number = `${isNegative ? '-' : ''}${whole}.${places}`;
        const quick = quickly(
          `{"s":1,"k":"in","t":5,"e":{"kind":"row-closed","openMs":${number}},"h":"${HASH}"}`,
        );
        const { event } = quick as Extract<Line, { kind: 'in' }>;
        return Object.is((event as { openMs: number }).openMs, JSON.parse(number));
      }),
      settings,
    );
  });
});

describe('a reader', () => {
  it('gives a mutated line whose chain holds, or refuses it by the rule of the slow way', async () => {
    const { bytes, ends } = await record();
    const manifest = bytes.subarray(0, ends[0]).toString('utf8');
    const previous = manifest.slice(-25, -3);
    const counts = { taken: 0, refused: 0 };
    await inFolder((folder) => {
      const path = join(folder, FIRST);
      const first = anyOwn.map((event) => lineBody({ kind: 'in', event }, 1));
      const milder = anyEdit.map(({ at }) => ({ at, removed: 0, text: at > 0.5 ? '7' : '' }));
      const mutated = fc
        .tuple(first, fc.oneof(anyEdit, milder))
        .map(([body, { at, removed, text }]) => {
          // Behind the head: what is wrong with that is said by rules of the reader's own.
          const from = 40 + Math.floor(at * (body.length - 40));
          return (body.slice(0, from) + text + body.slice(from + removed)).replace(/\n/g, ' ');
        });
      fc.assert(
        fc.property(mutated, (body) => {
          writeFileSync(path, `${manifest}${body},"h":"${linkHash(previous, body)}"}\n`);
          const slow = slowly(ended(body));
          let found: Found;
          try {
            found = { line: [...new JournalReader(path).lines()][1]! };
            counts.taken++;
          } catch (error) {
            const { message } = error as Error;
            found = { refusal: message };
            counts.refused++;
          }
          if ('line' in found || 'line' in slow) return isDeepStrictEqual(found, slow);
          return found.refusal.includes(slow.refusal.replace(/, was .*$/s, ''));
        }),
        { seed: 5, numRuns: LONG ? 20_000 : 1_000 },
      );
    });
    expect(counts.taken).toBeGreaterThan(100);
    expect(counts.refused).toBeGreaterThan(100);
  });
});
