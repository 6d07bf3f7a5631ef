// The two lines of which a journal mostly consists, candles and closed rows, read from their bytes.
//
//   {"s":8,"k":"in","t":...,"e":{"kind":"candle","leg":0,...,"volume":109.379},"h":"..."}
//
// Byte for byte what lineBody writes, or null and readLine has to look: nothing is refused here, and
// nothing is taken that readLine would take otherwise. A number of at most 15 digits is two exact
// doubles and one division by an exact power of ten, so it is rounded once, as JSON.parse rounds it
// (W. D. Clinger, "How to read floating point numbers accurately", PLDI 1990); a longer one is handed
// to the machine's own parser.

import { HASH_CHARS, HASH_LABEL, LINE_END } from './chain.ts';
import type { Line } from './line.ts';

const MINUS = 45;
const POINT = 46;
const DIGIT_0 = 48;
/** Digits of which every integer is a double. */
const MAX_DIGITS = 15;
const POWERS = Float64Array.from({ length: MAX_DIGITS + 1 }, (_, k) => 10 ** k);
const TAIL_BYTES = HASH_LABEL.length + HASH_CHARS + LINE_END.length;

const ascii = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));
const labelsOf = (kind: string, keys: readonly string[]) =>
  keys.map((key, k) => ascii(k === 0 ? `,"e":{"kind":"${kind}","${key}":` : `,"${key}":`));

const SEQ = ascii('{"s":');
const STAMP = ascii(',"k":"in","t":');
/** In the order in which shape.ts spells them: in another one nothing here is ever taken. */
const CANDLE = labelsOf('candle', ['leg', 'openMs', 'open', 'high', 'low', 'close', 'volume']);
const ROW_CLOSED = labelsOf('row-closed', ['openMs']);
const END = ascii('}');
/** Where the kinds differ first: behind `,"e":{"kind":"`. */
const KIND_AT = ',"e":{"kind":"'.length;
const LETTER_C = 99;

export class PlainReader {
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  #isGood = true;
  /** Fields of a candle in the order of its labels; one of a row. */
  readonly #values = new Float64Array(CANDLE.length);

  /**
   * The line whose bytes begin at `at` and whose newline is at `end`, when it is a candle or a closed
   * row as the writer spells them; else null. Its hash must have been verified: it is not looked at.
   */
  read(bytes: Buffer, at: number, end: number): (Line & { readonly kind: 'in' }) | null {
    this.#bytes = bytes;
    this.#at = at;
    this.#isGood = true;
    this.#label(SEQ);
    const seq = this.#number();
    this.#label(STAMP);
    const tsMs = this.#number();
    if (!this.#isGood || !isCount(seq) || !isCount(tsMs)) return null;
    const isCandle = bytes[this.#at + KIND_AT] === LETTER_C;
    const labels = isCandle ? CANDLE : ROW_CLOSED;
    const values = this.#values;
    for (let k = 0; k < labels.length && this.#isGood; k++) {
      this.#label(labels[k]!);
      values[k] = this.#number();
    }
    this.#label(END);
    if (!this.#isGood || this.#at !== end - TAIL_BYTES) return null;
    if (!isCandle) {
      return { kind: 'in', seq, tsMs, event: { kind: 'row-closed', tsMs, openMs: values[0]! } };
    }
    const event = {
      kind: 'candle' as const,
      tsMs,
      leg: values[0]!,
      openMs: values[1]!,
      open: values[2]!,
      high: values[3]!,
      low: values[4]!,
      close: values[5]!,
      volume: values[6]!,
    };
    return { kind: 'in', seq, tsMs, event };
  }

  #label(label: Uint8Array): void {
    const bytes = this.#bytes;
    const at = this.#at;
    for (let k = 0; k < label.length; k++) {
      if (bytes[at + k] === label[k]) continue;
      this.#isGood = false;
      return;
    }
    this.#at = at + label.length;
  }

  /** A number as JSON spells it, but for exponents; else not good. */
  #number(): number {
    const bytes = this.#bytes;
    let at = this.#at;
    const isNegative = bytes[at] === MINUS;
    if (isNegative) at++;
    const first = at;
    let whole = 0;
    let digit = bytes[at]! - DIGIT_0;
    while (digit >= 0 && digit <= 9) {
      whole = whole * 10 + digit;
      digit = bytes[++at]! - DIGIT_0;
    }
    let digits = at - first;
    // JSON knows no 007 and no .5 either.
    if (digits === 0 || (digits > 1 && bytes[first] === DIGIT_0)) this.#isGood = false;
    let places = 0;
    if (bytes[at] === POINT) {
      const point = at;
      digit = bytes[++at]! - DIGIT_0;
      while (digit >= 0 && digit <= 9) {
        whole = whole * 10 + digit;
        digit = bytes[++at]! - DIGIT_0;
      }
      places = at - point - 1;
      if (places === 0) this.#isGood = false;
      digits += places;
    }
    this.#at = at;
    if (digits > MAX_DIGITS)
      return Number(bytes.toString('latin1', isNegative ? first - 1 : first, at));
    const value = places === 0 ? whole : whole / POWERS[places]!;
    return isNegative ? -value : value;
  }
}

/** As readLine counts. */
function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
