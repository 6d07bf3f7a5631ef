// Numbers as a trader reads them. The only place of this report that multiplies by 100.
//
// A minus is U+2212, signs are explicit where colour would otherwise carry the meaning, and what is
// not defined is an en dash. Times are UTC and say so once, in the head of the page.

import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../engine/interval.ts';

export const NOTHING = '–';

const formats = new Map<string, Intl.NumberFormat>();

function decimals(x: number, least: number, most: number): string {
  const key = `${least}/${most}`;
  let format = formats.get(key);
  if (format === undefined) {
    format = new Intl.NumberFormat('en-US', {
      minimumFractionDigits: least,
      maximumFractionDigits: most,
      signDisplay: 'never',
    });
    formats.set(key, format);
  }
  return format.format(x);
}

/** Sign of `text`, which is the size of `x` as shown: what rounds to zero has no sign. */
function signed(x: number, text: string, plus: boolean): string {
  if (!/[1-9]/.test(text)) return text;
  return x < 0 ? `−${text}` : plus ? `+${text}` : text;
}

function defined(x: number | null): x is number {
  return x !== null && Number.isFinite(x);
}

/** A fraction as per cent with its sign: 0.0123 -> `+1.23 %`. */
export function change(x: number | null, digits = 2): string {
  return defined(x) ? `${signed(x, decimals(x * 100, digits, digits), true)} %` : NOTHING;
}

/** A fraction as per cent, a minus where it is negative: 0.5 -> `50.0 %`. */
export function share(x: number | null, digits = 1): string {
  return defined(x) ? `${signed(x, decimals(x * 100, digits, digits), false)} %` : NOTHING;
}

/** An amount of money: `$9,680.12`, `−$3.10`. */
export function usd(x: number | null): string {
  return defined(x) ? signed(x, `$${decimals(x, 2, 2)}`, false) : NOTHING;
}

/** Money won or lost, always with a sign. */
export function gain(x: number | null): string {
  return defined(x) ? signed(x, `$${decimals(x, 2, 2)}`, true) : NOTHING;
}

/** A ratio to two places: a Sharpe, a profit factor. */
export function ratio(x: number | null): string {
  return defined(x) ? signed(x, decimals(x, 2, 2), false) : NOTHING;
}

/** A probability to two places; its ends are never rounded into certainty. */
export function probability(x: number | null): string {
  if (!defined(x)) return NOTHING;
  if (x > 0.99 && x < 1) return 'over 0.99';
  if (x < 0.01 && x > 0) return 'under 0.01';
  return decimals(x, 2, 2);
}

export function count(x: number): string {
  return decimals(x, 0, 0);
}

/** A number of a config or a weight: as many places as it has, at most six. */
export function plain(x: number): string {
  return signed(x, decimals(x, 0, 6), false);
}

/** A price: more places the smaller it is. */
export function price(x: number): string {
  if (!Number.isFinite(x)) return NOTHING;
  const size = Math.abs(x);
  if (size >= 1000) return decimals(x, 2, 2);
  if (size >= 1) return decimals(x, 2, 4);
  return x === 0 ? '0' : decimals(x, 0, Math.min(18, 5 - Math.floor(Math.log10(size))));
}

/** A quantity in base units, six significant figures. */
export function qty(x: number): string {
  if (!Number.isFinite(x)) return NOTHING;
  const size = Math.abs(x);
  if (size === 0) return '0';
  return decimals(x, 0, Math.max(0, Math.min(18, 5 - Math.floor(Math.log10(size)))));
}

/** `noun` in the singular for one, `nouns` for more: `1 trade`, `2 trades`. */
export function some(n: number, noun: string, nouns = `${noun}s`): string {
  return `${count(n)} ${n === 1 ? noun : nouns}`;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Short English name of a month, 0 to 11. */
export function monthName(month: number): string {
  return MONTHS[month]!;
}

/** `3 Jan 2024`, UTC. */
export function day(ms: number): string {
  const date = new Date(ms);
  return `${date.getUTCDate()} ${monthName(date.getUTCMonth())} ${date.getUTCFullYear()}`;
}

/** `2024-01-03 04:05`, UTC; seconds only where there are some. */
export function minute(ms: number): string {
  const text = new Date(ms).toISOString();
  return `${text.slice(0, 10)} ${ms % MINUTE_MS === 0 ? text.slice(11, 16) : text.slice(11, 19)}`;
}

/** Hours and minutes, sortable by eye: `52:15`. */
export function hours(ms: number): string {
  const minutes = Math.round(ms / MINUTE_MS);
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}`;
}

/** The length of a span in the largest unit that says enough: `50 days`, `6.5 hours`. */
export function span(ms: number): string {
  if (ms >= 2 * DAY_MS) return inUnit(ms / DAY_MS, 'day');
  if (ms >= 2 * HOUR_MS) return inUnit(ms / HOUR_MS, 'hour');
  return inUnit(ms / MINUTE_MS, 'minute');
}

function inUnit(x: number, unit: string): string {
  const text = decimals(x, 0, x < 10 ? 1 : 0);
  return `${text} ${unit}${text === '1' ? '' : 's'}`;
}
