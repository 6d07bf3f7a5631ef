// Records as JSON and back, by shapes that are written down: lossless, or refused.
//
// JSON has no word for NaN and the infinities: a number field holds null, "inf" or "-inf" for
// them; -0 is the JSON text `-0`, which every parser reads as it is. A record that does not fit its
// shape is never written, so that whatever the journal holds can be read back.

import { assert } from '../../engine/errors.ts';

/** What a field may hold. `words`: one of a set; `fields`: a record inside the record. */
export type Shape =
  | 'number'
  | 'bit'
  | 'side'
  | 'sign'
  | 'flag'
  | 'text'
  | { readonly words: Readonly<Record<string, true>> }
  | { readonly fields: Readonly<Record<string, Shape>> };

/**
 * The one shape of a type. There is none for optional fields, lists and unions of kinds: whoever
 * needs one teaches the codec first, and until then it does not compile.
 */
export type ShapeOf<T> = [T] extends [boolean]
  ? 'flag'
  : [T] extends [number]
    ? NumberShape<T>
    : [T] extends [string]
      ? string extends T
        ? 'text'
        : { readonly words: Readonly<Record<T, true>> }
      : [T] extends [object]
        ? { readonly fields: FieldsOf<T> }
        : never;

type NumberShape<T extends number> = number extends T
  ? 'number'
  : [T] extends [0 | 1]
    ? 'bit'
    : [T] extends [1 | -1]
      ? 'side'
      : [T] extends [-1 | 0 | 1]
        ? 'sign'
        : never;

type FieldsOf<T> = { readonly [K in Extract<keyof T, string>]-?: ShapeOf<T[K]> };

/** The shapes of a union of records told apart by `kind`, without the fields named by `Left`. */
export type ShapesOf<T extends { readonly kind: string }, Left extends string = never> = {
  readonly [K in T['kind']]: Omit<FieldsOf<Extract<T, { readonly kind: K }>>, 'kind' | Left>;
};

type Values = Readonly<Record<string, unknown>>;

interface Field {
  readonly key: string;
  /** `,"key":` */
  readonly label: string;
  readonly shape: Shape;
  readonly inner: readonly Field[];
}

/** Called with a rule that a record read from a journal breaks; throws. */
export type Refuse = (rule: string, value: unknown) => never;

export class Codec<T extends { readonly kind: string }> {
  readonly #kinds: ReadonlyMap<string, readonly Field[]>;
  readonly #noun: string;

  /** `noun` names the records in messages: `event`, `intent`. */
  constructor(noun: string, shapes: Readonly<Record<T['kind'], object>>) {
    this.#noun = noun;
    this.#kinds = new Map(
      Object.entries(shapes).map(([kind, fields]) => [
        kind,
        fieldsOf(fields as Readonly<Record<string, Shape>>),
      ]),
    );
  }

  /** JSON text of a record. InvariantError when it does not fit its shape. */
  text(record: T): string {
    const fields = this.#kinds.get(record.kind);
    assert(fields !== undefined, `the journal knows the ${this.#noun} ${record.kind}`);
    return `{"kind":"${record.kind}"${fieldsText(fields, record as unknown as Values)}}`;
  }

  /**
   * The record of a parsed JSON value, with `extra` fields set beside. An unknown kind, an unknown
   * or missing key and a value that does not fit are handed to `refuse`.
   */
  record(value: unknown, extra: Values, refuse: Refuse): T {
    const { kind } = asObject(value, this.#noun, refuse);
    const fields = typeof kind === 'string' ? this.#kinds.get(kind) : undefined;
    if (fields === undefined) return refuse(`${this.#noun}.kind must be a known one`, kind);
    const record: Record<string, unknown> = { kind, ...extra };
    readFields(record, fields, value as Values, 1, this.#noun, refuse);
    return record as unknown as T;
  }
}

function fieldsOf(shapes: Readonly<Record<string, Shape>>): Field[] {
  return Object.entries(shapes).map(([key, shape]) => ({
    key,
    label: `,"${key}":`,
    shape,
    inner: typeof shape === 'object' && 'fields' in shape ? fieldsOf(shape.fields) : [],
  }));
}

function fieldsText(fields: readonly Field[], values: Values): string {
  let text = '';
  for (const field of fields) text += field.label + valueText(field, values[field.key]);
  return text;
}

function valueText(field: Field, value: unknown): string {
  const { shape } = field;
  if (shape === 'number' && typeof value === 'number') return numberText(value);
  if (typeof shape === 'object' && 'fields' in shape) {
    assert(typeof value === 'object' && value !== null, `${field.key} is a record`);
    return `{${fieldsText(field.inner, value as Values).slice(1)}}`;
  }
  assert(fits(shape, value), `${field.key} fits its shape in the journal`);
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

/** JSON of a double that reads back to the same one; see the head of this file. */
export function numberText(value: number): string {
  if (value === 0) return 1 / value < 0 ? '-0' : '0';
  if (Number.isFinite(value)) return String(value);
  return value !== value ? 'null' : value > 0 ? '"inf"' : '"-inf"';
}

function fits(shape: Shape, value: unknown): boolean {
  switch (shape) {
    case 'number':
      return false;
    case 'bit':
      return Object.is(value, 0) || value === 1;
    case 'side':
      return value === 1 || value === -1;
    case 'sign':
      return Object.is(value, 0) || value === 1 || value === -1;
    case 'flag':
      return typeof value === 'boolean';
    case 'text':
      return typeof value === 'string';
    default:
      return typeof value === 'string' && 'words' in shape && Object.hasOwn(shape.words, value);
  }
}

function readFields(
  into: Record<string, unknown>,
  fields: readonly Field[],
  values: Values,
  extraKeys: number,
  path: string,
  refuse: Refuse,
): void {
  for (const field of fields) {
    const at = `${path}.${field.key}`;
    if (!Object.hasOwn(values, field.key)) refuse(`${at} must be there`, undefined);
    into[field.key] = readValue(field, values[field.key], at, refuse);
  }
  if (Object.keys(values).length === fields.length + extraKeys) return;
  const known = new Set(fields.map(({ key }) => key));
  const strangers = Object.keys(values).filter((key) => !known.has(key) && key !== 'kind');
  refuse(`${path} must have no unknown keys`, strangers.join(', '));
}

function readValue(field: Field, value: unknown, path: string, refuse: Refuse): unknown {
  const { shape } = field;
  if (shape === 'number') {
    if (typeof value === 'number') return value;
    if (value === null) return Number.NaN;
    if (value === 'inf') return Number.POSITIVE_INFINITY;
    if (value === '-inf') return Number.NEGATIVE_INFINITY;
    return refuse(`${path} must be a number`, value);
  }
  if (typeof shape === 'object' && 'fields' in shape) {
    const record: Record<string, unknown> = {};
    readFields(record, field.inner, asObject(value, path, refuse), 0, path, refuse);
    return record;
  }
  return fits(shape, value) ? value : refuse(`${path} must be ${ruleOf(shape)}`, value);
}

function ruleOf(shape: Shape): string {
  if (typeof shape === 'object') return 'words' in shape ? Object.keys(shape.words).join(', ') : '';
  return {
    number: 'a number',
    bit: '0 or 1',
    side: '1 or -1',
    sign: '-1, 0 or 1',
    flag: 'a boolean',
    text: 'a text',
  }[shape];
}

/** The value as a plain object, or a refusal. */
export function asObject(value: unknown, path: string, refuse: Refuse): Values {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Values;
  return refuse(`${path} must be an object`, value);
}
