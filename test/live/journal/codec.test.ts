// Claims about the codec: every record comes back as it was, to the last bit, or is refused.

import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Event } from '../../../engine/event.ts';
import type { ShapesOf } from '../../../live/journal/codec.ts';
import {
  EVENT_CODEC,
  EVENT_KINDS,
  INTENT_CODEC,
  INTENT_KINDS,
} from '../../../live/journal/shape.ts';
import { anyEvent, anyIntent } from './any-record.ts';

const LONG = process.env['SAPPHIRE_LONG'] === '1';
const settings = { seed: 11, numRuns: LONG ? 200_000 : 5_000 };
const refuse = (rule: string): never => {
  throw new Error(rule);
};
const readEvent = (text: string, tsMs: number) =>
  EVENT_CODEC.record(JSON.parse(text), { tsMs }, refuse);
const readIntent = (text: string) => INTENT_CODEC.record(JSON.parse(text), {}, refuse);

describe('the codec', () => {
  it('gives back every event as it was, NaN, infinities and -0 included', () => {
    const kinds = new Set<string>();
    fc.assert(
      fc.property(anyEvent(17), (event) => {
        kinds.add(event.kind);
        return isDeepStrictEqual(readEvent(EVENT_CODEC.text(event), 17), event);
      }),
      settings,
    );
    expect([...kinds].sort()).toEqual([...EVENT_KINDS].sort());
  });

  it('gives back every intent as it was, the whole order and its terms included', () => {
    const kinds = new Set<string>();
    fc.assert(
      fc.property(anyIntent(), (intent) => {
        kinds.add(intent.kind);
        return isDeepStrictEqual(readIntent(INTENT_CODEC.text(intent)), intent);
      }),
      settings,
    );
    expect([...kinds].sort()).toEqual([...INTENT_KINDS].sort());
  });

  it('writes each event on one line, whatever its texts hold', () => {
    fc.assert(
      fc.property(anyEvent(17), (event) => !/[\n\r]/.test(EVENT_CODEC.text(event))),
      settings,
    );
  });

  it('spells NaN as null, the infinities as words and -0 with its sign', () => {
    const amended: Event = {
      kind: 'order-amended',
      tsMs: 17,
      orderId: 3,
      qty: -0,
      price: Number.NaN,
    };
    expect(EVENT_CODEC.text(amended)).toBe(
      '{"kind":"order-amended","orderId":3,"qty":-0,"price":null}',
    );
    expect(EVENT_CODEC.text({ kind: 'series', tsMs: 17, name: 'x', value: -1 / 0 })).toBe(
      '{"kind":"series","name":"x","value":"-inf"}',
    );
  });

  it.each([
    ['{"kind":"row-shut","openMs":1}', 'event.kind must be a known one'],
    ['{"kind":"toString"}', 'event.kind must be a known one'],
    ['{"openMs":1}', 'event.kind must be a known one'],
    ['{"kind":"row-closed"}', 'event.openMs must be there'],
    ['{"kind":"row-closed","openMs":1,"more":2}', 'event must have no unknown keys'],
    ['{"kind":"row-closed","openMs":1,"tsMs":2}', 'event must have no unknown keys'],
    ['{"kind":"row-closed","openMs":"1"}', 'event.openMs must be a number'],
    ['{"kind":"row-closed","openMs":[1]}', 'event.openMs must be a number'],
    ['{"kind":"venue-probe","venue":0,"ok":1}', 'event.ok must be a boolean'],
    ['{"kind":"order-cancelled","orderId":0,"code":null}', 'event.code must be a text'],
    ['[1]', 'event must be an object'],
    ['null', 'event must be an object'],
  ])('refuses the event %s', (text, rule) => {
    expect(() => readEvent(text, 17)).toThrow(rule);
  });

  it('does not compile without every kind, field and word', () => {
    type Pet =
      | { readonly kind: 'cat'; readonly lives: number }
      | { readonly kind: 'dog'; readonly size: 'small' | 'big' };
    const words = { small: true, big: true } as const;
    const whole: ShapesOf<Pet> = { cat: { lives: 'number' }, dog: { size: { words } } };
    // @ts-expect-error: no dog
    const kind: ShapesOf<Pet> = { cat: { lives: 'number' } };
    // @ts-expect-error: a cat without lives
    const field: ShapesOf<Pet> = { ...whole, cat: {} };
    // @ts-expect-error: a cat with tails
    const stranger: ShapesOf<Pet> = { ...whole, cat: { lives: 'number', tails: 'number' } };
    // @ts-expect-error: no big dogs
    const word: ShapesOf<Pet> = { ...whole, dog: { size: { words: { small: true } } } };
    // @ts-expect-error: lives are no text
    const shape: ShapesOf<Pet> = { ...whole, cat: { lives: 'text' } };
    expect([whole, kind, field, stranger, word, shape]).toHaveLength(6);
  });

  it('refuses to write what it would refuse to read', () => {
    const write = (event: object) => () => EVENT_CODEC.text(event as Event);
    expect(write({ kind: 'row-shut' })).toThrow('broken invariant: the journal knows the event');
    expect(write({ kind: 'row-closed', tsMs: 1 })).toThrow('openMs fits its shape');
    expect(write({ kind: 'venue-probe', tsMs: 1, venue: 0, ok: 1 })).toThrow('ok fits its shape');
  });
});
