// Times as files write them, as UTC milliseconds.
//
// The unit of a number is read from its size, value by value, because files mix them: one
// CryptoDataDownload file has seconds and milliseconds, and Binance spot changed to microseconds on
// 2025-01-01. The windows below (1973 to 2103) do not overlap, so a size has one meaning.

import { InputError } from '../../engine/errors.ts';
import { DAY_MS } from '../../engine/interval.ts';

const SECONDS = [1e8, 4.2e9] as const;
const MILLISECONDS = [1e11, 4.2e12] as const;
const MICROSECONDS = [1e14, 4.2e15] as const;
const NANOSECONDS = [1e17, 4.2e18] as const;

const ISO =
  /^(\d{4})-?(\d{2})-?(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?$/;

/** UTC ms of a number in s, ms, us or ns by its size; NaN when it is none of them. */
export function timeOfNumber(value: number): number {
  if (inside(value, MILLISECONDS)) return value;
  if (inside(value, MICROSECONDS)) return Math.floor(value / 1e3);
  if (inside(value, SECONDS)) return value * 1e3;
  return inside(value, NANOSECONDS) ? Math.round(value / 1e6) : Number.NaN;
}

/** UTC ms of a cell: a number as above, or `2025-09-01 08:02:00+00:00` (without an offset: UTC). */
export function timeOfCell(cell: string): number {
  const number = decimal(cell);
  // 20250901 is a date: as a number of seconds it would be in 1970, below every window.
  if (!Number.isNaN(number) && cell.length !== 8) return timeOfNumber(number);
  const match = ISO.exec(cell);
  if (match === null) return Number.NaN;
  const [year, month, day, hour, minute, second] = match
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  const wholeMs = Date.UTC(year!, month! - 1, day!, hour, minute, second);
  const date = new Date(wholeMs);
  const exists =
    date.getUTCMonth() === month! - 1 &&
    date.getUTCDate() === day &&
    date.getUTCHours() === hour &&
    date.getUTCMinutes() === minute;
  if (!exists) return Number.NaN;
  const fractionMs = Math.floor(Number(`0.${match[7] ?? 0}`) * 1e3);
  return wholeMs + fractionMs - offsetMs(match[8]);
}

/** A flag's instant, UTC ms; undefined when it was not given. InputError when it is none. */
export function instantMs(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = timeOfCell(text);
  if (!Number.isNaN(ms)) return ms;
  throw new InputError({
    key: flag,
    rule: 'must be an instant like 2025-01-31T08:00Z',
    value: text,
  });
}

/** A stamp without a time of day says only the day: what it stands for is known when that is over. */
export function endOfDays(timeMs: Float64Array): Float64Array {
  return timeMs.map((ms) => (ms % DAY_MS === 0 ? ms + DAY_MS : ms));
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** The number a cell spells in full, else NaN: not '', not '0x10', not 'Infinity'. */
export function decimal(cell: string): number {
  return DECIMAL.test(cell) ? Number(cell) : Number.NaN;
}

function offsetMs(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z' || zone === 'UTC') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return (zone.startsWith('-') ? -minutes : minutes) * 60_000;
}

function inside(value: number, [from, to]: readonly [number, number]): boolean {
  return value >= from && value < to;
}
