// Numbers, times and names as people read them: the only place where a fraction becomes per cent or bps.
// What is not defined (null, NaN, infinite) reads "n/a"; what rounds to zero has no sign; the minus
// is ASCII, so that what is copied from a screen is still a number.

import { DAY_MS, HOUR_MS, MINUTE_MS } from '../engine/interval.ts';
import { grouped } from '../engine/text.ts';

export type Maybe = number | null | undefined;

const NOT_DEFINED = 'n/a';

/** How a number is written: digits after the point, and whether a gain bears its plus. */
export interface NumberStyle {
  readonly digits?: number;
  readonly sign?: boolean;
}

/** `1,234.50`; from 1e15 on in powers of ten. */
export function decimal(value: Maybe, style: NumberStyle = {}): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NOT_DEFINED;
  const size = Math.abs(value);
  if (size >= 1e15) return `${value < 0 ? '-' : style.sign ? '+' : ''}${size.toExponential(2)}`;
  const text = size.toFixed(style.digits ?? 2);
  if (Number(text) === 0) return text;
  const [whole, part] = text.split('.');
  const sign = value < 0 ? '-' : style.sign ? '+' : '';
  return sign + grouped(whole!) + (part === undefined ? '' : `.${part}`);
}

/** A fraction as per cent: 0.312 => `31.2 %`. */
export function percent(fraction: Maybe, style: NumberStyle = {}): string {
  if (fraction === null || fraction === undefined) return NOT_DEFINED;
  const text = decimal(fraction * 100, { digits: 1, ...style });
  return text === NOT_DEFINED ? text : `${text} %`;
}

/** A fraction as basis points: 0.00023 => `2.3 bps`. */
export function bps(fraction: Maybe, style: NumberStyle = {}): string {
  if (fraction === null || fraction === undefined) return NOT_DEFINED;
  const text = decimal(fraction * 1e4, { digits: 1, ...style });
  return text === NOT_DEFINED ? text : `${text} bps`;
}

/** Money: `1.20 USD`. */
export function usd(value: Maybe, style: NumberStyle = {}): string {
  const text = decimal(value, style);
  return text === NOT_DEFINED ? text : `${text} USD`;
}

/** A whole number with thousands marked. */
export function count(value: Maybe): string {
  return decimal(value, { digits: 0 });
}

/** Money in a list: one digit below 100, none above. */
export function shortUsd(value: Maybe): string {
  const digits = value !== null && value !== undefined && Math.abs(value) < 99.95 ? 1 : 0;
  return decimal(value, { digits, sign: true });
}

/** A probability: two digits, cut and not rounded up, and never a certainty. */
export function probability(p: Maybe): string {
  if (p === null || p === undefined || !Number.isFinite(p)) return NOT_DEFINED;
  if (p > 0.99) return 'above 0.99';
  if (p < 0.01) return 'below 0.01';
  return (Math.floor(p * 100 + 1e-9) / 100).toFixed(2);
}

/** Things per second: `4.4 M/s`, `950 k/s`, `12 /s`. */
export function rate(perSecond: Maybe): string {
  if (perSecond === null || perSecond === undefined || !Number.isFinite(perSecond)) {
    return NOT_DEFINED;
  }
  if (perSecond >= 999_500) return `${decimal(perSecond / 1e6, { digits: 1 })} M/s`;
  if (perSecond >= 1000) return `${count(perSecond / 1e3)} k/s`;
  return `${count(perSecond)} /s`;
}

/** A length of time in its largest fitting unit: `12 days`, `5.5 hours`, `3 minutes`. */
export function duration(ms: Maybe): string {
  if (ms === null || ms === undefined || !Number.isFinite(ms)) return NOT_DEFINED;
  const [size, unit] =
    ms >= DAY_MS
      ? [ms / DAY_MS, 'day']
      : ms >= HOUR_MS
        ? [ms / HOUR_MS, 'hour']
        : [ms / MINUTE_MS, 'minute'];
  const text = decimal(size, { digits: size < 10 && !Number.isInteger(size) ? 1 : 0 });
  return `${text} ${unit}${text === '1' || text === '1.0' ? '' : 's'}`;
}

/** `2025-05-01`, UTC. */
export function utcDate(ms: Maybe): string {
  return utcMinute(ms).slice(0, 10);
}

/** `2025-05-01 13:45`, UTC. */
export function utcMinute(ms: Maybe): string {
  // The range of times that ECMAScript has.
  if (ms === null || ms === undefined || !(Math.abs(ms) <= 8.64e15)) return NOT_DEFINED;
  return new Date(ms).toISOString().replace('T', ' ').slice(0, 16);
}

/** The start of a digest, long enough to tell runs apart and to search for. */
export function shortDigest(digest: string): string {
  return plainName(digest).slice(0, 12);
}

// Controls, escapes, line and paragraph separators, zero-width and direction marks: whatever could
// move the cursor, hide text or turn it around.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** A sentence that came from outside, on one line and without anything a terminal would obey. */
export function plainText(text: string): string {
  return text.replace(/[\t\r\n]+/g, ' ').replace(UNPRINTABLE, '?');
}

/** A name that came from outside: also without the characters that mean something in HTML. */
export function plainName(name: string): string {
  return name.replace(UNPRINTABLE, '?').replace(/[<>&"'`]/g, '?');
}
