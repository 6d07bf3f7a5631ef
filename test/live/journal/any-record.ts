// Random events and intents of every kind that the journal knows, for properties: any double in any
// number field, any text in any text field.

import fc from 'fast-check';
import type { Event } from '../../../engine/event.ts';
import type { Intent } from '../../../engine/intent.ts';
import type { Shape } from '../../../live/journal/codec.ts';
import { EVENT_SHAPES, INTENT_SHAPES } from '../../../live/journal/shape.ts';

const ODD = [Number.NaN, -0, 0, 1 / 0, -1 / 0, 5e-324, 1.7976931348623157e308, 0.1 + 0.2, 2 ** 53];
const anyNumber = fc.oneof(
  { weight: 3, arbitrary: fc.double() },
  { weight: 1, arbitrary: fc.constantFrom(...ODD) },
);
const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\ud800', '"\\\n\r\u2028'));

function anyOf(shape: Shape): fc.Arbitrary<unknown> {
  switch (shape) {
    case 'number':
      return anyNumber;
    case 'bit':
      return fc.constantFrom(0, 1);
    case 'side':
      return fc.constantFrom(1, -1);
    case 'sign':
      return fc.constantFrom(-1, 0, 1);
    case 'flag':
      return fc.boolean();
    case 'text':
      return anyText;
    default:
      return 'words' in shape
        ? fc.constantFrom(...Object.keys(shape.words))
        : anyRecord(shape.fields, {});
  }
}

function anyRecord(fields: object, extra: Record<string, fc.Arbitrary<unknown>>) {
  const parts = Object.entries(fields).map(([key, shape]) => [key, anyOf(shape as Shape)]);
  return fc.record({ ...extra, ...Object.fromEntries(parts) }, { noNullPrototype: true });
}

/** Stamped `tsMs`. */
export function anyEvent(tsMs: number): fc.Arbitrary<Event> {
  const kinds = Object.entries(EVENT_SHAPES).map(([kind, fields]) =>
    anyRecord(fields, { kind: fc.constant(kind), tsMs: fc.constant(tsMs) }),
  );
  return fc.oneof(...kinds) as unknown as fc.Arbitrary<Event>;
}

export function anyIntent(): fc.Arbitrary<Intent> {
  const kinds = Object.entries(INTENT_SHAPES).map(([kind, fields]) =>
    anyRecord(fields, { kind: fc.constant(kind) }),
  );
  return fc.oneof(...kinds) as unknown as fc.Arbitrary<Intent>;
}
