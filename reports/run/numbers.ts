// Numbers that only the page of a run shows: prices, quantities, holding times. Everything else is
// in `format.ts`, and so is every step from a fraction to per cent.

import { MINUTE_MS } from '../../engine/interval.ts';
import { count, decimal } from '../format.ts';

/** A price in quote currency: six significant figures, at least two places from 1 on. */
export function price(x: number): string {
  if (!Number.isFinite(x) || x === 0) return decimal(x);
  return decimal(x, { digits: Math.max(x >= 1 ? 2 : 0, placesFor(x, 6)) });
}

/** A quantity in base units: six significant figures, no zeros at its end. */
export function qty(x: number): string {
  if (!Number.isFinite(x) || x === 0) return decimal(x, { digits: 0 });
  const text = decimal(x, { digits: Math.max(0, placesFor(x, 6)) });
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

function placesFor(x: number, figures: number): number {
  return Math.min(18, figures - 1 - Math.floor(Math.log10(Math.abs(x))));
}

/** Hours and minutes: `52:15`. */
export function held(ms: number): string {
  const minutes = Math.round(ms / MINUTE_MS);
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}`;
}

/** `1 trade`, `2 trades`. */
export function some(n: number, noun: string, nouns = `${noun}s`): string {
  return `${count(n)} ${n === 1 ? noun : nouns}`;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Short English name of a month, 0 to 11. */
export function monthName(month: number): string {
  return MONTHS[month]!;
}
